package thing;

/** An argument is wrong: an unknown name, key or operator, a value of the wrong type, out of range, or text that does not parse. */
public class InvalidException extends ThingException {
  private static final long serialVersionUID = 1;

  InvalidException(ErrorDetail detail) {
    super(detail);
  }
}
