package thing;

/** A constraint of the database or a rule of the model does not hold. */
public class ConstraintException extends ThingException {
  private static final long serialVersionUID = 1;

  ConstraintException(ErrorDetail detail) {
    super(detail);
  }
}
