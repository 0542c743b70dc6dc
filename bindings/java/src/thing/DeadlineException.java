package thing;

/** The deadline of the call passed. */
public class DeadlineException extends ThingException {
  private static final long serialVersionUID = 1;

  DeadlineException(ErrorDetail detail) {
    super(detail);
  }
}
