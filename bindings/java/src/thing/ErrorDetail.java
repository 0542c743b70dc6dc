package thing;

import java.io.Serializable;
import thing.raw.Raw;
import thing.raw.Text;

/** What a thing_error holds. */
record ErrorDetail(
    Code code,
    String message,
    String sqlState,
    long nativeCode,
    String model,
    String field,
    String table,
    String column,
    String constraint,
    boolean retryable,
    String json)
    implements Serializable {
  private static final long serialVersionUID = 1;

  static ErrorDetail of(long error) {
    return new ErrorDetail(
        Code.of(Raw.thing_error_code(error)),
        Raw.thing_error_message(error),
        Raw.thing_error_sqlstate(error),
        Raw.thing_error_native(error),
        Raw.thing_error_model(error),
        Raw.thing_error_field(error),
        Raw.thing_error_table(error),
        Raw.thing_error_column(error),
        Raw.thing_error_constraint(error),
        Raw.thing_error_retryable(error),
        Text.string(Raw.thing_error_json(error)));
  }

  /** One that arose on this side. */
  static ErrorDetail of(Code code, String message, String model) {
    String json = "{\"code\":" + JsonWriter.write(code.name()) + ",\"message\":" + JsonWriter.write(message) + "}";
    boolean retryable = code == Code.E_SERIALIZATION || code == Code.E_BUSY;
    return new ErrorDetail(code, message, "", 0, model, "", "", "", "", retryable, json);
  }
}
