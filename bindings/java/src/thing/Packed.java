package thing;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.UUID;

/**
 * A packed batch of rows, docs/reference/pack.md, with a row that readers look at. It trusts nothing: what is outside of
 * the batch, overlaps its parts or is no UTF-8 is refused.
 */
final class Packed {
  static final int MAGIC = 0x31474854;
  static final int HEADER = 64;
  private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

  private final byte[] bytes;
  private final int rows;
  private final int columns;
  private final int stride;
  private final int heap;
  private final int heapEnd;
  private final int words;
  private final boolean absentBits;
  private int row; // where the row begins
  private int slots; // where its slots begin
  private Object[] related; // what relations hold of this row

  /** The batch in the first length bytes. */
  Packed(byte[] bytes, int length) {
    this.bytes = bytes;
    check(length >= HEADER, "found %d bytes, expected at least 64", length);
    check(number(0) == MAGIC, "found another magic number");
    check((short) SHORT.get(bytes, 4) == 1, "found version %d, expected 1", (short) SHORT.get(bytes, 4));
    int flags = (short) SHORT.get(bytes, 6);
    check((flags & ~1) == 0, "found unknown flags %d", flags);
    absentBits = flags == 1;
    rows = number(8);
    columns = number(12);
    stride = number(16);
    check(rows >= 0 && columns >= 0 && (columns > 0 || rows == 0), "found a number of rows or columns that can not be");
    words = (columns + 63) >>> 6;
    int bits = absentBits ? 2 * words : words;
    check(stride == 8L * (bits + (long) columns), "found rows of %d bytes", stride);
    check(number(20) == HEADER, "found rows at %d, expected them at 64", number(20));
    long end = HEADER + (long) stride * rows;
    long heapAt = (long) LONG.get(bytes, 24);
    long heapLength = (long) LONG.get(bytes, 32);
    check(end <= length && heapAt >= end && heapAt <= length && (heapAt & 7) == 0, "the parts do not fit");
    check(heapLength >= 0 && heapLength <= length - heapAt && length - heapAt - heapLength < 8, "the heap does not fit");
    check((long) LONG.get(bytes, 48) == 0 && (long) LONG.get(bytes, 56) == 0, "what is reserved is not 0");
    heap = (int) heapAt;
    heapEnd = (int) (heapAt + heapLength);
    if (rows > 0) {
      row(0);
    }
  }

  int rows() {
    return rows;
  }

  int columns() {
    return columns;
  }

  long modelHash() {
    return (long) LONG.get(bytes, 40);
  }

  /** Looks at a row from now on. */
  Packed row(int index) {
    row = HEADER + index * stride;
    slots = row + 8 * (absentBits ? 2 * words : words);
    return this;
  }

  void related(Object[] values) {
    related = values;
  }

  Object related(int place) {
    return related == null ? null : related[place];
  }

  boolean isAbsent(int column) {
    return absentBits && bit(row + 8 * words, column);
  }

  boolean isNull(int column) {
    return bit(row, column);
  }

  /** Whether there is a value. */
  boolean has(int column) {
    return !isNull(column) && !isAbsent(column);
  }

  private boolean bit(int words, int column) {
    return ((long) LONG.get(bytes, words + ((column >>> 6) << 3)) >>> (column & 63) & 1) != 0;
  }

  /** The slot as it is; 0 where there is no value. */
  long getLong(int column) {
    return (long) LONG.get(bytes, slots + (column << 3));
  }

  double getDouble(int column) {
    return Double.longBitsToDouble(getLong(column));
  }

  boolean getBoolean(int column) {
    long value = getLong(column);
    if ((value & ~1L) != 0) {
      throw broken("column " + column + ": found " + value + " for a bool");
    }
    return value != 0;
  }

  int getInt(int column) {
    long value = getLong(column);
    if (value != (int) value) {
      throw outOfRange(column, "int");
    }
    return (int) value;
  }

  short getShort(int column) {
    long value = getLong(column);
    if (value != (short) value) {
      throw outOfRange(column, "short");
    }
    return (short) value;
  }

  byte getByte(int column) {
    long value = getLong(column);
    if (value != (byte) value) {
      throw outOfRange(column, "byte");
    }
    return (byte) value;
  }

  float getFloat(int column) {
    double value = getDouble(column);
    if (Double.isFinite(value) && Math.abs(value) > Float.MAX_VALUE) {
      throw outOfRange(column, "float");
    }
    return (float) value;
  }

  private static ThingException outOfRange(int column, String type) {
    return ThingException.of(Code.E_RANGE, "column " + column + ": the value does not fit into " + type);
  }

  private int start(int column) {
    return heap + checkedOffset(column);
  }

  private int checkedOffset(int column) {
    long slot = getLong(column);
    long offset = slot & 0xffffffffL;
    long end = offset + (slot >>> 32);
    if (heap + end >= heapEnd || bytes[(int) (heap + end)] != 0) {
      throw broken("column " + column + ": the value does not fit");
    }
    return (int) offset;
  }

  private int length(int column) {
    return (int) (getLong(column) >>> 32);
  }

  String getText(int column) {
    int start = start(column);
    int length = length(column);
    String text = new String(bytes, start, length, StandardCharsets.UTF_8);
    if (text.indexOf('\uFFFD') >= 0) {
      checkUtf8(column, start, length);
    }
    return text;
  }

  /** A replacement character stands in the text, or came of what is no text. */
  private void checkUtf8(int column, int start, int length) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, start, length));
    } catch (CharacterCodingException e) {
      throw broken("column " + column + ": the text is no UTF-8");
    }
  }

  byte[] getBytes(int column) {
    int start = start(column);
    return Arrays.copyOfRange(bytes, start, start + length(column));
  }

  UUID getUuid(int column) {
    int start = start(column);
    if (length(column) != 16) {
      throw broken("column " + column + ": found " + length(column) + " bytes for a uuid");
    }
    long high = Long.reverseBytes((long) LONG.get(bytes, start));
    return new UUID(high, Long.reverseBytes((long) LONG.get(bytes, start + 8)));
  }

  /** The row alone, as a batch of one; heap says which columns lie in the heap. */
  byte[] single(boolean[] inHeap) {
    PackWriter out = new PackWriter(columns, modelHash(), 1);
    out.begin();
    for (int c = 0; c < columns; c++) {
      if (isAbsent(c)) {
        out.absent(c);
      } else if (isNull(c)) {
        out.nul(c);
      } else if (inHeap[c]) {
        out.heap(c, bytes, start(c), length(c));
      } else {
        out.slot(c, getLong(c));
      }
    }
    return out.finish();
  }

  private int number(int at) {
    return (int) INT.get(bytes, at);
  }

  private static void check(boolean holds, String message, int value) {
    if (!holds) {
      throw broken(String.format(message, value));
    }
  }

  private static void check(boolean holds, String message) {
    if (!holds) {
      throw broken(message);
    }
  }

  static ThingException broken(String what) {
    return ThingException.of(Code.E_INVALID, "packed batch: " + what);
  }
}
