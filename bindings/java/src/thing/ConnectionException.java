package thing;

/** The database can not be opened or reached. */
public class ConnectionException extends ThingException {
  private static final long serialVersionUID = 1;

  ConnectionException(ErrorDetail detail) {
    super(detail);
  }
}
