package thing;

/** The transaction lost against another: run it again. */
public class SerializationException extends ThingException {
  private static final long serialVersionUID = 1;

  SerializationException(ErrorDetail detail) {
    super(detail);
  }
}
