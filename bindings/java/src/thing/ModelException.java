package thing;

/** A model document, or a class that stands for one, is wrong. */
public class ModelException extends ThingException {
  private static final long serialVersionUID = 1;

  ModelException(ErrorDetail detail) {
    super(detail);
  }
}
