package thing;

/** The call was cancelled, or its thread interrupted. */
public class CancelledException extends ThingException {
  private static final long serialVersionUID = 1;

  CancelledException(ErrorDetail detail) {
    super(detail);
  }
}
