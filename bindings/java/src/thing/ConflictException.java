package thing;

/** Somebody saved the row since it was loaded. */
public class ConflictException extends ThingException {
  private static final long serialVersionUID = 1;

  ConflictException(ErrorDetail detail) {
    super(detail);
  }
}
