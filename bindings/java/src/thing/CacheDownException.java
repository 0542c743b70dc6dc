package thing;

/** The shared cache could not be told of a write, which was not made. */
public class CacheDownException extends ThingException {
  private static final long serialVersionUID = 1;

  CacheDownException(ErrorDetail detail) {
    super(detail);
  }
}
