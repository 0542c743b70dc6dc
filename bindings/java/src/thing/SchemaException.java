package thing;

/** The database lacks a table or column, or holds it differently. */
public class SchemaException extends ThingException {
  private static final long serialVersionUID = 1;

  SchemaException(ErrorDetail detail) {
    super(detail);
  }
}
