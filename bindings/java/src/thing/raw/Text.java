package thing.raw;

import java.nio.charset.StandardCharsets;

/** Text as UTF-8 bytes. */
public final class Text {
  private Text() {}

  /** The bytes of a text; null for null. Half a pair of surrogates is no text. */
  public static byte[] utf8(String text) {
    if (text == null) {
      return null;
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length != text.length() || text.indexOf('?') >= 0) {
      refuseHalfPairs(text);
    }
    return bytes;
  }

  /** The bytes of a name, which holds no NUL. */
  public static byte[] name(String name) {
    if (name != null && name.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("a name holds a NUL character");
    }
    return utf8(name);
  }

  /** The text of bytes; null for null. */
  public static String string(byte[] bytes) {
    return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
  }

  private static void refuseHalfPairs(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!Character.isSurrogate(c)) {
        continue;
      }
      boolean whole = Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1));
      if (!whole) {
        throw new IllegalArgumentException("half a pair of surrogates at " + i + ": this is no Unicode text");
      }
      i++;
    }
  }
}
