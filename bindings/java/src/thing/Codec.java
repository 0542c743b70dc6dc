package thing;

import static thing.raw.RawConstants.*;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import thing.raw.Text;

/** How values of one Java class are kept in packed rows and JSON. */
final class Codec {
  /** Reads a value that is there. */
  interface Read {
    Object from(Packed row, int column);
  }

  /** Writes a value. */
  interface Write {
    void to(PackWriter out, int column, Object value);
  }

  /** Makes a value of one that JsonReader read. */
  interface FromJson {
    Object of(Object value);
  }

  private static final Map<Class<?>, Codec> ALL = new HashMap<>();

  final Class<?> type;
  final String name; // of the type in models
  private final int[] accepted;
  private final Read read;
  private final Write write;
  private final FromJson fromJson;
  final Codec element; // of lists

  private Codec(Class<?> type, String name, int[] accepted, Read read, Write write, FromJson fromJson, Codec element) {
    this.type = type;
    this.name = name;
    this.accepted = accepted;
    this.read = read;
    this.write = write;
    this.fromJson = fromJson;
    this.element = element;
  }

  private static void add(Class<?> type, String name, Read read, Write write, FromJson fromJson, int... accepted) {
    ALL.put(type, new Codec(type, name, accepted, read, write, fromJson, null));
  }

  private static void addWhole(Class<?> type, Class<?> primitive, Read read, FromJson fromJson) {
    Write write = (out, c, v) -> out.slot(c, ((Number) v).longValue());
    add(type, "int", read, write, fromJson, THING_TYPE_INT);
    add(primitive, "int", read, write, fromJson, THING_TYPE_INT);
  }

  static {
    addWhole(Long.class, long.class, Packed::getLong, Codec::whole);
    addWhole(Integer.class, int.class, Packed::getInt, v -> Math.toIntExact(whole(v)));
    addWhole(Short.class, short.class, Packed::getShort, v -> narrow(v, Short.MIN_VALUE, Short.MAX_VALUE).shortValue());
    addWhole(Byte.class, byte.class, Packed::getByte, v -> narrow(v, Byte.MIN_VALUE, Byte.MAX_VALUE).byteValue());
    for (Class<?> type : List.of(boolean.class, Boolean.class)) {
      add(type, "bool", Packed::getBoolean, (out, c, v) -> out.slot(c, (Boolean) v ? 1 : 0), Codec::bool, THING_TYPE_BOOL);
    }
    for (Class<?> type : List.of(double.class, Double.class)) {
      add(type, "float", Packed::getDouble, Codec::writeDouble, v -> ((Number) v).doubleValue(), THING_TYPE_FLOAT);
    }
    for (Class<?> type : List.of(float.class, Float.class)) {
      add(type, "float", Packed::getFloat, Codec::writeDouble, Codec::floating, THING_TYPE_FLOAT);
    }
    add(String.class, "text", Packed::getText, (out, c, v) -> out.heap(c, utf8((String) v)), Codec::textOfJson,
        THING_TYPE_TEXT, THING_TYPE_ENUM, THING_TYPE_DECIMAL, THING_TYPE_JSON);
    add(Json.class, "json", (p, c) -> new Json(p.getText(c)), (out, c, v) -> out.heap(c, utf8(((Json) v).text())),
        v -> new Json(JsonWriter.write(JsonWriter.bare(v))), THING_TYPE_JSON);
    add(BigDecimal.class, "decimal", Codec::readDecimal,
        (out, c, v) -> out.heap(c, utf8(JsonWriter.plain((BigDecimal) v))),
        v -> v instanceof BigDecimal ? v : new BigDecimal(v.toString()), THING_TYPE_DECIMAL);
    add(byte[].class, "bytes", Packed::getBytes, (out, c, v) -> out.heap(c, (byte[]) v),
        v -> Base64.getDecoder().decode((String) v), THING_TYPE_BYTES);
    add(Instant.class, "datetime", (p, c) -> instant(p.getLong(c)), (out, c, v) -> out.slot(c, micros((Instant) v)),
        v -> Instant.parse((String) v), THING_TYPE_DATETIME);
    add(LocalDate.class, "date", Codec::readDate, (out, c, v) -> out.slot(c, ((LocalDate) v).toEpochDay()),
        v -> LocalDate.parse((String) v), THING_TYPE_DATE);
    add(LocalTime.class, "time", Codec::readTime, (out, c, v) -> out.slot(c, ((LocalTime) v).toNanoOfDay() / 1000),
        v -> LocalTime.parse((String) v), THING_TYPE_TIME);
    add(UUID.class, "uuid", Packed::getUuid, Codec::writeUuid, v -> UUID.fromString((String) v), THING_TYPE_UUID);
  }

  /** Null: no field has values of the class. */
  static Codec of(Class<?> type) {
    return type.isEnum() ? ofEnum(type) : ALL.get(type);
  }

  private static Codec ofEnum(Class<?> type) {
    Map<String, Object> constants = new HashMap<>();
    for (Object constant : type.getEnumConstants()) {
      constants.put(((Enum<?>) constant).name(), constant);
    }
    FromJson byName = v -> {
      Object constant = constants.get(v);
      if (constant == null) {
        throw ThingException.of(Code.E_TYPE, "found a value that " + type.getName() + " has no constant for");
      }
      return constant;
    };
    int[] accepted = {THING_TYPE_ENUM, THING_TYPE_TEXT};
    return new Codec(type, "enum", accepted, (p, c) -> byName.of(p.getText(c)),
        (out, c, v) -> out.heap(c, utf8(((Enum<?>) v).name())), byName, null);
  }

  /** Lists of the element are the text of a JSON array. */
  static Codec listOf(Codec element) {
    FromJson fromJson = v -> elements(element, (List<?>) v);
    return new Codec(List.class, element.name, element.accepted, (p, c) -> listIn(element, p.getText(c)),
        (out, c, v) -> out.heap(c, utf8(JsonWriter.write(v))), fromJson, element);
  }

  private static Object listIn(Codec element, String text) {
    if (JsonReader.read(text) instanceof List<?> items) {
      return elements(element, items);
    }
    throw Packed.broken("found text that is no list");
  }

  private static List<Object> elements(Codec element, List<?> items) {
    List<Object> made = new ArrayList<>(items.size());
    for (Object item : items) {
      if (item == null) {
        throw ThingException.of(Code.E_TYPE, "found null in a list");
      }
      made.add(element.fromJson(item));
    }
    return Collections.unmodifiableList(made);
  }

  boolean isList() {
    return element != null;
  }

  boolean accepts(int fieldType) {
    return Arrays.stream(accepted).anyMatch(t -> t == fieldType);
  }

  /** The value, or null where there is none. */
  Object read(Packed row, int column) {
    return row.has(column) ? read.from(row, column) : null;
  }

  void write(PackWriter out, int column, Object value) {
    write.to(out, column, value);
  }

  /** The value of one that JsonReader read. */
  Object fromJson(Object value) {
    try {
      return value == null ? null : fromJson.of(value);
    } catch (ArithmeticException e) {
      throw ThingException.of(Code.E_RANGE, "found a number that does not fit into " + type.getSimpleName());
    } catch (ClassCastException | IllegalArgumentException | DateTimeException | NullPointerException e) {
      throw ThingException.of(Code.E_TYPE, "found a value that is no " + type.getSimpleName());
    }
  }

  /** A number without a fraction. */
  static Long whole(Object value) {
    return value instanceof BigDecimal decimal ? (Long) decimal.longValueExact() : (Long) value;
  }

  /** Databases without the type have 0 and 1. */
  private static Object bool(Object value) {
    if (value instanceof Long number && (number & ~1L) == 0) {
      return number == 1;
    }
    return (Boolean) value;
  }

  private static Object floating(Object value) {
    float number = ((Number) value).floatValue();
    if (Float.isInfinite(number)) {
      throw new ArithmeticException();
    }
    return number;
  }

  private static Long narrow(Object value, long least, long most) {
    long number = whole(value);
    if (number < least || number > most) {
      throw new ArithmeticException();
    }
    return number;
  }

  private static byte[] utf8(String text) {
    return Text.utf8(text);
  }

  private static Object textOfJson(Object value) {
    return value instanceof String ? value : JsonWriter.write(JsonWriter.bare(value));
  }

  private static void writeDouble(PackWriter out, int column, Object value) {
    double number = ((Number) value).doubleValue();
    if (!Double.isFinite(number)) {
      throw ThingException.of(Code.E_RANGE, "found a float that is not finite");
    }
    out.slot(column, Double.doubleToRawLongBits(number));
  }

  private static Object readDecimal(Packed row, int column) {
    try {
      return new BigDecimal(row.getText(column));
    } catch (NumberFormatException e) {
      throw Packed.broken("column " + column + ": the decimal is none");
    }
  }

  static Instant instant(long micros) {
    return Instant.ofEpochSecond(Math.floorDiv(micros, 1_000_000L), Math.floorMod(micros, 1_000_000L) * 1000);
  }

  /** What is finer than a microsecond is cut off, toward the past. */
  private static long micros(Instant instant) {
    try {
      return Math.addExact(Math.multiplyExact(instant.getEpochSecond(), 1_000_000L), instant.getNano() / 1000);
    } catch (ArithmeticException e) {
      throw ThingException.of(Code.E_RANGE, "found an instant outside of the years 0001 to 9999");
    }
  }

  private static Object readDate(Packed row, int column) {
    try {
      return LocalDate.ofEpochDay(row.getLong(column));
    } catch (DateTimeException e) {
      throw Packed.broken("column " + column + ": the date is none");
    }
  }

  private static Object readTime(Packed row, int column) {
    long micros = row.getLong(column);
    if (micros < 0 || micros >= 86_400_000_000L) {
      throw Packed.broken("column " + column + ": the time of day is none");
    }
    return LocalTime.ofNanoOfDay(micros * 1000);
  }

  private static void writeUuid(PackWriter out, int column, Object value) {
    UUID uuid = (UUID) value;
    byte[] bytes = new byte[16];
    for (int i = 0; i < 8; i++) {
      bytes[i] = (byte) (uuid.getMostSignificantBits() >>> 56 - 8 * i);
      bytes[8 + i] = (byte) (uuid.getLeastSignificantBits() >>> 56 - 8 * i);
    }
    out.heap(column, bytes);
  }
}
