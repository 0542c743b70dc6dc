package thing;

import java.util.List;

/**
 * A call that failed. Each kind that a program may want to tell apart is a class of its own; {@link #code()} tells all of
 * them apart. Messages are one line and never hold values of rows.
 */
public class ThingException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** What the library knows of it. */
  private final ErrorDetail detail;

  ThingException(ErrorDetail detail) {
    super(detail.message());
    this.detail = detail;
  }

  static ThingException of(ErrorDetail detail) {
    return switch (detail.code()) {
      case E_INVALID, E_TYPE, E_RANGE, E_SYNTAX -> new InvalidException(detail);
      case NOT_FOUND -> new NotFoundException(detail);
      case E_UNIQUE -> new UniqueException(detail);
      case E_NOT_NULL -> new NotNullException(detail);
      case E_FOREIGN_KEY -> new ForeignKeyException(detail);
      case E_CHECK -> new CheckException(detail);
      case E_CONFLICT -> new ConflictException(detail);
      case E_SERIALIZATION -> new SerializationException(detail);
      case E_BUSY -> new BusyException(detail);
      case E_TIMEOUT -> new DeadlineException(detail);
      case E_CANCELLED -> new CancelledException(detail);
      case E_CONNECTION -> new ConnectionException(detail);
      case E_AUTH -> new AuthException(detail);
      case E_COMMIT_UNKNOWN -> new CommitUnknownException(detail);
      case E_MODEL -> new ModelException(detail);
      case E_SCHEMA -> new SchemaException(detail);
      case E_UNSUPPORTED -> new UnsupportedException(detail);
      case E_READONLY -> new ReadOnlyException(detail);
      case E_CLOSED -> new ClosedException(detail);
      case E_STATE -> new StateException(detail);
      case E_CALLBACK -> new CallbackException(detail);
      case E_CACHE_DOWN -> new CacheDownException(detail);
      default -> new ThingException(detail);
    };
  }

  /**
   * A failure of a program's own, for bodies of transactions that want to run again, or hooks that refuse.
   *
   * @param code what it is
   * @param message one line
   * @return the exception of that code
   */
  public static ThingException of(Code code, String message) {
    return of(ErrorDetail.of(code, message, ""));
  }

  static ThingException of(Code code, String message, String model) {
    return of(ErrorDetail.of(code, message, model));
  }

  /**
   * What happened.
   *
   * @return the code of thing.h
   */
  public Code code() {
    return detail.code();
  }

  /**
   * The nearest class of SQL errors.
   *
   * @return five characters of SQLSTATE, or "" when unknown
   */
  public String sqlState() {
    return detail.sqlState();
  }

  /**
   * The number that the driver has for it.
   *
   * @return the driver's own code, 0 when there is none
   */
  public long nativeCode() {
    return detail.nativeCode();
  }

  /**
   * The model of the call.
   *
   * @return its name, "" when unknown
   */
  public String model() {
    return detail.model();
  }

  /**
   * The fields concerned.
   *
   * @return their names, joined by ",", "" when unknown
   */
  public String field() {
    return detail.field();
  }

  /**
   * The fields concerned, one by one.
   *
   * @return their names
   */
  public List<String> fields() {
    return detail.field().isEmpty() ? List.of() : List.of(detail.field().split(","));
  }

  /**
   * The index, check or foreign key; of rules of a model their names, joined by ",".
   *
   * @return its name, "" when unknown
   */
  public String constraint() {
    return detail.constraint();
  }

  /**
   * The table whose constraint was violated, or that is missing or lacks a column.
   *
   * @return its name, "" when unknown
   */
  public String table() {
    return detail.table();
  }

  /**
   * The columns of that table.
   *
   * @return their names, joined by ",", "" when unknown
   */
  public String column() {
    return detail.column();
  }

  /**
   * Whether the same call, or the same transaction as a whole, may succeed when run again.
   *
   * @return true when it is worth another try
   */
  public boolean retryable() {
    return detail.retryable();
  }

  /**
   * All of it for programs, with the chain of what was being done.
   *
   * @return a JSON object
   */
  public String json() {
    return detail.json();
  }
}
