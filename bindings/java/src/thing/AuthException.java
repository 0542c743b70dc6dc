package thing;

/** The database refused the user. */
public class AuthException extends ConnectionException {
  private static final long serialVersionUID = 1;

  AuthException(ErrorDetail detail) {
    super(detail);
  }
}
