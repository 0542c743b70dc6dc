package thing;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Reads JSON that the engine printed into maps, lists, strings, longs, decimals, booleans and null. */
final class JsonReader {
  private static final int DEEPEST = 1000;

  private final String text;
  private int at;
  private int depth;

  private JsonReader(String text) {
    this.text = text;
  }

  static Object read(String text) {
    JsonReader reader = new JsonReader(text);
    Object value = reader.value();
    reader.blanks();
    if (reader.at != text.length()) {
      throw reader.wrong("the end");
    }
    return value;
  }

  @SuppressWarnings("unchecked")
  static List<Object> list(String text) {
    return (List<Object>) read(text);
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> map(String text) {
    return (Map<String, Object>) read(text);
  }

  /** The text of one value and nothing behind it, so that it may stand inside of other text. */
  static String whole(String text) {
    read(text);
    return text;
  }

  private Object value() {
    blanks();
    return switch (at < text.length() ? text.charAt(at) : ' ') {
      case '{' -> inside(this::object);
      case '[' -> inside(this::array);
      case '"' -> string();
      case 't' -> word("true", true);
      case 'f' -> word("false", false);
      case 'n' -> word("null", null);
      default -> number();
    };
  }

  private Object inside(Supplier<Object> read) {
    if (++depth > DEEPEST) {
      throw ThingException.of(Code.E_SYNTAX, "JSON: found more than " + DEEPEST + " levels");
    }
    Object value = read.get();
    depth--;
    return value;
  }

  private Map<String, Object> object() {
    Map<String, Object> map = new LinkedHashMap<>();
    at++;
    if (is('}')) {
      return map;
    }
    do {
      blanks();
      String name = string();
      need(':');
      map.put(name, value());
    } while (is(','));
    need('}');
    return map;
  }

  private List<Object> array() {
    List<Object> list = new ArrayList<>();
    at++;
    if (is(']')) {
      return list;
    }
    do {
      list.add(value());
    } while (is(','));
    need(']');
    return list;
  }

  private String string() {
    if (at >= text.length() || text.charAt(at) != '"') {
      throw wrong("a text");
    }
    int start = ++at;
    while (at < text.length() && text.charAt(at) != '"' && text.charAt(at) != '\\') {
      at++;
    }
    if (at < text.length() && text.charAt(at) == '"') {
      return text.substring(start, at++);
    }
    StringBuilder out = new StringBuilder(text.substring(start, at));
    while (at < text.length() && text.charAt(at) != '"') {
      char c = text.charAt(at++);
      out.append(c == '\\' ? escaped() : c);
    }
    need('"');
    return out.toString();
  }

  private char escaped() {
    if (at >= text.length()) {
      throw wrong("an escape");
    }
    char c = text.charAt(at++);
    return switch (c) {
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> unicode();
      default -> c;
    };
  }

  private char unicode() {
    if (at + 4 > text.length()) {
      throw wrong("four digits");
    }
    at += 4;
    String digits = text.substring(at - 4, at);
    if (!digits.chars().allMatch(c -> Character.digit(c, 16) >= 0)) {
      throw wrong("four digits");
    }
    return (char) Integer.parseInt(digits, 16);
  }

  private Object number() {
    int start = at;
    boolean whole = true;
    while (at < text.length() && "+-.eE0123456789".indexOf(text.charAt(at)) >= 0) {
      whole &= ".eE".indexOf(text.charAt(at++)) < 0;
    }
    if (at == start) {
      throw wrong("a value");
    }
    String digits = text.substring(start, at);
    if (whole && digits.length() < 19 && digits.lastIndexOf('-') <= 0 && digits.indexOf('+') < 0 && !digits.equals("-")) {
      return Long.parseLong(digits);
    }
    BigDecimal number = decimal(digits);
    return whole && number.toBigInteger().bitLength() < 64 ? (Object) number.longValueExact() : number;
  }

  private BigDecimal decimal(String digits) {
    try {
      return new BigDecimal(digits);
    } catch (NumberFormatException e) {
      throw wrong("a number");
    }
  }

  private Object word(String word, Object value) {
    if (!text.startsWith(word, at)) {
      throw wrong(word);
    }
    at += word.length();
    return value;
  }

  private void blanks() {
    while (at < text.length() && text.charAt(at) <= ' ') {
      at++;
    }
  }

  private boolean is(char c) {
    blanks();
    if (at >= text.length() || text.charAt(at) != c) {
      return false;
    }
    at++;
    return true;
  }

  private void need(char c) {
    if (!is(c)) {
      throw wrong("'" + c + "'");
    }
  }

  private ThingException wrong(String expected) {
    return ThingException.of(Code.E_SYNTAX, "JSON: expected " + expected + " at " + at);
  }
}
