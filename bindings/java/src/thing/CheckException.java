package thing;

/** A CHECK constraint, a rule of the model, or an enum value not in its list. */
public class CheckException extends ConstraintException {
  private static final long serialVersionUID = 1;

  CheckException(ErrorDetail detail) {
    super(detail);
  }
}
