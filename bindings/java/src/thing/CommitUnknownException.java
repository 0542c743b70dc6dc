package thing;

/** The connection was lost during COMMIT: it may have happened. */
public class CommitUnknownException extends ConnectionException {
  private static final long serialVersionUID = 1;

  CommitUnknownException(ErrorDetail detail) {
    super(detail);
  }
}
