package thing;

/** Something is in the wrong state for the call. */
public class StateException extends ThingException {
  private static final long serialVersionUID = 1;

  StateException(ErrorDetail detail) {
    super(detail);
  }
}
