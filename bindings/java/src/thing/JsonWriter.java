package thing;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Writes values in the form that docs/reference/models.md, "Values", has for their types. */
final class JsonWriter {
  private static final int MOST_ZEROS = 100_000;
  private static final String HEX = "0123456789abcdef";
  private static final String SHORT = "\b\t\n\f\r"; // as the library prints them

  private JsonWriter() {}

  static String write(Object value) {
    StringBuilder out = new StringBuilder();
    write(out, value);
    return out.toString();
  }

  /** What JsonReader read, with its numbers as numbers, which otherwise are decimals and so texts. */
  static Object bare(Object read) {
    if (read instanceof BigDecimal number) {
      return new Json(number.toString());
    }
    if (read instanceof Map<?, ?> map) {
      Map<Object, Object> all = new LinkedHashMap<>();
      map.forEach((key, value) -> all.put(key, bare(value)));
      return all;
    }
    return read instanceof Collection<?> items ? new ArrayList<>(Arrays.asList(items.stream().map(JsonWriter::bare).toArray())) : read;
  }

  static void write(StringBuilder out, Object value) {
    if (value == null) {
      out.append("null");
    } else if (value instanceof String text) {
      string(out, text);
    } else if (value instanceof Double || value instanceof Float) {
      number(out, ((Number) value).doubleValue());
    } else if (value instanceof BigDecimal decimal) {
      string(out, plain(decimal));
    } else if (value instanceof Number || value instanceof Boolean) {
      out.append(value);
    } else if (value instanceof Json json) {
      out.append(JsonReader.whole(json.text()));
    } else if (value instanceof Map<?, ?> map) {
      object(out, map);
    } else if (value instanceof Collection<?> items) {
      array(out, items.toArray());
    } else if (value instanceof Optional<?> optional) {
      write(out, optional.orElse(null));
    } else {
      scalar(out, value);
    }
  }

  private static void scalar(StringBuilder out, Object value) {
    if (value instanceof Enum<?> constant) {
      string(out, constant.name());
    } else if (value instanceof Instant instant) {
      string(out, instant.truncatedTo(ChronoUnit.MICROS).toString());
    } else if (value instanceof LocalTime time) {
      string(out, time(time));
    } else if (value instanceof LocalDate || value instanceof UUID || value instanceof Character) {
      string(out, value.toString());
    } else if (value instanceof byte[] bytes) {
      string(out, Base64.getEncoder().encodeToString(bytes));
    } else if (value instanceof Object[] items) {
      array(out, items);
    } else {
      throw ThingException.of(Code.E_TYPE, "found a value of " + value.getClass().getName() + ", which no field has");
    }
  }

  /** Seconds are always there. */
  private static String time(LocalTime time) {
    LocalTime exact = time.truncatedTo(ChronoUnit.MICROS);
    return exact.getSecond() == 0 && exact.getNano() == 0 ? exact + ":00" : exact.toString();
  }

  private static void number(StringBuilder out, double value) {
    if (!Double.isFinite(value)) {
      throw ThingException.of(Code.E_RANGE, "found a float that is not finite");
    }
    out.append(value);
  }

  /** A decimal without exponent; one that would be no shorter than a book is refused. */
  static String plain(BigDecimal decimal) {
    if (Math.abs((long) decimal.scale()) > MOST_ZEROS) {
      throw ThingException.of(Code.E_RANGE, "found a decimal with more than " + MOST_ZEROS + " digits");
    }
    return decimal.toPlainString();
  }

  private static void object(StringBuilder out, Map<?, ?> map) {
    out.append('{');
    String comma = "";
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      out.append(comma);
      string(out, String.valueOf(entry.getKey()));
      out.append(':');
      write(out, entry.getValue());
      comma = ",";
    }
    out.append('}');
  }

  private static void array(StringBuilder out, Object[] items) {
    out.append('[');
    for (int i = 0; i < items.length; i++) {
      if (i > 0) {
        out.append(',');
      }
      write(out, items[i]);
    }
    out.append(']');
  }

  static void string(StringBuilder out, String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (SHORT.indexOf(c) >= 0) {
        out.append('\\').append("btnfr".charAt(SHORT.indexOf(c)));
      } else if (c < ' ') {
        out.append("\\u00").append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 15));
      } else {
        out.append(c);
      }
    }
    out.append('"');
  }
}
