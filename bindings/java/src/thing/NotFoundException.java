package thing;

/** A row that had to be there is not. */
public class NotFoundException extends ThingException {
  private static final long serialVersionUID = 1;

  NotFoundException(ErrorDetail detail) {
    super(detail);
  }
}
