package thing;

/** The database, transaction or stream is closed. */
public class ClosedException extends ThingException {
  private static final long serialVersionUID = 1;

  ClosedException(ErrorDetail detail) {
    super(detail);
  }
}
