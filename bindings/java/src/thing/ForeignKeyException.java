package thing;

/** A referenced row is absent, or a row is still referenced. */
public class ForeignKeyException extends ConstraintException {
  private static final long serialVersionUID = 1;

  ForeignKeyException(ErrorDetail detail) {
    super(detail);
  }
}
