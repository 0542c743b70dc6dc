package thing.raw;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Text as UTF-8 bytes. */
public final class Text {
  private Text() {}

  /** The bytes of a text; null for null. Half a pair of surrogates becomes bytes that the library refuses. */
  public static byte[] utf8(String text) {
    if (text == null) {
      return null;
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    for (byte b : bytes) {
      if (b == '?') { // which also stands for what could not be encoded
        return hasHalfPair(text) ? withHalfPairs(text) : bytes;
      }
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

  private static boolean hasHalfPair(String text) {
    return text.codePoints().anyMatch(Text::isHalfPair);
  }

  private static boolean isHalfPair(int c) {
    return c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
  }

  /** Halves are encoded as if they were characters, which is no UTF-8. */
  private static byte[] withHalfPairs(String text) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    text.codePoints().forEach(
        c -> {
          if (isHalfPair(c)) {
            out.write(0xE0 | c >> 12);
            out.write(0x80 | c >> 6 & 0x3F);
            out.write(0x80 | c & 0x3F);
          } else {
            out.writeBytes(Character.toString(c).getBytes(StandardCharsets.UTF_8));
          }
        });
    return out.toByteArray();
  }
}
