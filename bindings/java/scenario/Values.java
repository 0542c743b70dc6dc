package thing;

import java.lang.reflect.Field;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;

/** Values of the scenario's documents as those of Java, and back. */
final class Values {
  private Values() {}

  // ---- fields of objects

  /** Null when there is none. */
  static Field field(Object object, String name) {
    for (Field field : object.getClass().getDeclaredFields()) {
      Column column = field.getAnnotation(Column.class);
      if ((column == null ? field.getName() : column.field()).equals(name)) {
        field.setAccessible(true);
        return field;
      }
    }
    return null;
  }

  static Object get(Object object, String name) {
    try {
      return field(object, name).get(object);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }

  static void put(Object object, String name, Object value) {
    try {
      field(object, name).set(object, value);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean isValue(Field field) {
    return field.getType() == Optional.class;
  }

  /** Sets fields by a document. */
  static void set(Object object, Map<String, Object> data) {
    data.forEach(
        (name, value) -> {
          Field field = field(object, name);
          if (field == null || !isValue(field)) {
            throw ThingException.of(Code.E_INVALID, "no field '" + name + "'");
          }
          Type type = ((ParameterizedType) field.getGenericType()).getActualTypeArguments()[0];
          put(object, name, value == null ? Optional.empty() : Optional.of(toJava(type, value)));
        });
  }

  /** Gives one object the fields of another, but for relations. */
  static void copy(Object from, Object to) {
    for (Field field : from.getClass().getDeclaredFields()) {
      if (isValue(field)) {
        put(to, field.getName(), get(from, field.getName()));
      }
    }
  }

  private static Object toJava(Type type, Object value) {
    if (value instanceof Map<?, ?> map && map.get("$repeat") instanceof List<?> repeat) {
      return ((String) repeat.get(0)).repeat(((Long) repeat.get(1)).intValue());
    }
    if (type instanceof ParameterizedType list) {
      List<Object> items = new ArrayList<>();
      ((List<?>) value).forEach(item -> items.add(toJava(list.getActualTypeArguments()[0], item)));
      return items;
    }
    if (type == Json.class) {
      return Json.of(JsonWriter.write(JsonWriter.bare(value)));
    }
    return value instanceof String text ? ofText(type, text) : ofOther(type, value);
  }

  private static Object ofText(Type type, String text) {
    return switch (type.getTypeName()) {
      case "java.math.BigDecimal" -> new BigDecimal(text);
      case "[B", "byte[]" -> Base64.getDecoder().decode(text);
      case "java.time.Instant" -> OffsetDateTime.parse(text).toInstant();
      case "java.time.LocalDate" -> LocalDate.parse(text);
      case "java.time.LocalTime" -> LocalTime.parse(text);
      case "java.util.UUID" -> UUID.fromString(text);
      default -> text;
    };
  }

  private static Object ofOther(Type type, Object value) {
    if (type == Double.class) {
      return ((Number) value).doubleValue();
    }
    return type == BigDecimal.class ? new BigDecimal(value.toString()) : value;
  }

  // ---- traces

  /** The values of an object as Java has them. */
  static String read(Object object) {
    List<String> members = new ArrayList<>();
    for (Field field : object.getClass().getDeclaredFields()) {
      if (isValue(field) && get(object, field.getName()) instanceof Optional<?> value) {
        members.add(quote(field.getName()) + ":" + value.map(Values::printed).orElse("null"));
      }
    }
    return "{" + String.join(",", members) + "}";
  }

  private static String printed(Object value) {
    if (value instanceof Long || value instanceof Boolean) {
      return value.toString();
    }
    if (value instanceof Double number) {
      return quote(String.format("%016x", Double.doubleToRawLongBits(number)));
    }
    if (value instanceof Instant at) {
      return Long.toString(Math.addExact(Math.multiplyExact(at.getEpochSecond(), 1_000_000L), at.getNano() / 1000));
    }
    if (value instanceof LocalDate day) {
      return Long.toString(day.toEpochDay());
    }
    if (value instanceof LocalTime time) {
      return Long.toString(time.toNanoOfDay() / 1000);
    }
    return quote(textOf(value));
  }

  private static String textOf(Object value) {
    if (value instanceof BigDecimal number) {
      return number.toPlainString();
    }
    if (value instanceof byte[] bytes) {
      return HexFormat.of().formatHex(bytes);
    }
    if (value instanceof List<?> items) {
      return items.stream().map(i -> i instanceof String text ? shortened(quote(text)) : i.toString())
          .collect(Collectors.joining(",", "[", "]"));
    }
    return value.toString();
  }

  /** With the short escapes of JSON, as lists are kept. */
  private static String shortened(String quoted) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < quoted.length(); i++) {
      String rest = quoted.substring(i, Math.min(quoted.length(), i + 6));
      if (rest.startsWith("\\u")) {
        int letter = List.of("\\u0008", "\\u0009", "\\u000a", "\\u000c", "\\u000d").indexOf(rest);
        out.append(letter < 0 ? rest : "\\" + "btnfr".charAt(letter));
        i += 5;
      } else if (rest.startsWith("\\")) {
        out.append(rest, 0, 2);
        i++;
      } else {
        out.append(quoted.charAt(i));
      }
    }
    return out.toString();
  }

  /** A JSON string as traces have it. */
  static String quote(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < ' ') {
        out.append(String.format("\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    return out.append('"').toString();
  }

  static String quoteAll(List<String> texts) {
    return texts.stream().map(Values::quote).collect(Collectors.joining(",", "[", "]"));
  }
}
