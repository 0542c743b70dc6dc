package thing;

import java.math.BigDecimal;
import java.util.Collections;
import java.util.Map;
import java.util.Set;

/** A row without a class: columns by name, in the order of the query. Values are those of JSON. */
public final class Row {
  private final Map<String, Object> values;

  private Row(Map<String, Object> values) {
    this.values = values;
  }

  @SuppressWarnings("unchecked")
  static Row of(Object map) {
    return new Row((Map<String, Object>) map);
  }

  /**
   * The names of the columns.
   *
   * @return them in order
   */
  public Set<String> names() {
    return Collections.unmodifiableSet(values.keySet());
  }

  /**
   * A value: Long, BigDecimal, Boolean, String, List, Map, or null.
   *
   * @param name the column
   * @return its value
   */
  public Object get(String name) {
    if (!values.containsKey(name)) {
      throw ThingException.of(Code.E_INVALID, "found no column '" + name + "'");
    }
    return values.get(name);
  }

  /**
   * A value as one of a class that fields may have.
   *
   * @param name the column
   * @param type Long, Instant, UUID, ...
   * @param <V> its type
   * @return the value, or null
   */
  @SuppressWarnings("unchecked")
  public <V> V get(String name, Class<V> type) {
    Codec codec = Codec.of(type);
    if (codec == null) {
      throw ThingException.of(Code.E_TYPE, "no field has values of " + type.getName());
    }
    return (V) codec.fromJson(get(name));
  }

  /**
   * A whole number.
   *
   * @param name the column
   * @return the value; 0 for null
   * @throws InvalidException for what is no whole number
   */
  public long getLong(String name) {
    Long value = get(name, Long.class);
    return value == null ? 0 : value;
  }

  /**
   * A text.
   *
   * @param name the column
   * @return the value, or null
   */
  public String getString(String name) {
    Object value = get(name);
    return value == null ? null : value instanceof BigDecimal number ? number.toPlainString() : value.toString();
  }

  @Override
  public String toString() {
    return JsonWriter.write(JsonWriter.bare(values));
  }
}
