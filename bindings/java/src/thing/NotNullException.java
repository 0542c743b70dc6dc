package thing;

/** A required field is NULL or unset. */
public class NotNullException extends ConstraintException {
  private static final long serialVersionUID = 1;

  NotNullException(ErrorDetail detail) {
    super(detail);
  }
}
