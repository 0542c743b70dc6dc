package thing;

/** A write to a read-only database or transaction. */
public class ReadOnlyException extends ThingException {
  private static final long serialVersionUID = 1;

  ReadOnlyException(ErrorDetail detail) {
    super(detail);
  }
}
