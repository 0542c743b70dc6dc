package thing;

/** This database or this build can not do it. */
public class UnsupportedException extends ThingException {
  private static final long serialVersionUID = 1;

  UnsupportedException(ErrorDetail detail) {
    super(detail);
  }
}
