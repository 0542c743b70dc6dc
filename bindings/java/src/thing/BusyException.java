package thing;

/** A lock or a free connection did not come in time. */
public class BusyException extends ThingException {
  private static final long serialVersionUID = 1;

  BusyException(ErrorDetail detail) {
    super(detail);
  }
}
