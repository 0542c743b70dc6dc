package thing;

/** A hook refused. */
public class CallbackException extends ThingException {
  private static final long serialVersionUID = 1;

  CallbackException(ErrorDetail detail) {
    super(detail);
  }
}
