package thing;

/** A unique or primary key holds the value already. */
public class UniqueException extends ConstraintException {
  private static final long serialVersionUID = 1;

  UniqueException(ErrorDetail detail) {
    super(detail);
  }
}
