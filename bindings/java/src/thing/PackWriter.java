package thing;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Makes a packed batch, docs/reference/pack.md, row by row; always with absent bits. */
final class PackWriter {
  private static final long HEAP_LIMIT = Integer.MAX_VALUE - 8L;

  private final int columns;
  private final int words;
  private final int stride;
  private final int rows;
  private final ByteBuffer fixed;
  private byte[] heap = new byte[256];
  private int used;
  private int row = -1;

  PackWriter(int columns, long modelHash, int rows) {
    this.columns = columns;
    this.rows = rows;
    words = (columns + 63) >>> 6;
    stride = 8 * (2 * words + columns);
    fixed = ByteBuffer.allocate(Math.addExact(Packed.HEADER, Math.multiplyExact(stride, rows)));
    fixed.order(ByteOrder.LITTLE_ENDIAN);
    fixed.putInt(0, Packed.MAGIC).putShort(4, (short) 1).putShort(6, (short) 1);
    fixed.putInt(8, rows).putInt(12, columns).putInt(16, stride).putInt(20, Packed.HEADER).putLong(40, modelHash);
  }

  /** The next row, of which each column must be given once. */
  void begin() {
    row++;
  }

  private int start() {
    return Packed.HEADER + row * stride;
  }

  void slot(int column, long value) {
    fixed.putLong(start() + 16 * words + 8 * column, value);
  }

  void nul(int column) {
    setBit(start(), column);
  }

  void absent(int column) {
    setBit(start() + 8 * words, column);
  }

  private void setBit(int at, int column) {
    int place = at + ((column >>> 6) << 3);
    fixed.putLong(place, fixed.getLong(place) | 1L << (column & 63));
  }

  void heap(int column, byte[] value) {
    heap(column, value, 0, value.length);
  }

  void heap(int column, byte[] from, int start, int length) {
    long end = (long) used + length + 1;
    if (end > HEAP_LIMIT) {
      throw ThingException.of(Code.E_RANGE, "rows of more than 2 GiB in one batch");
    }
    if (end > heap.length) {
      heap = Arrays.copyOf(heap, (int) Math.min(HEAP_LIMIT, Math.max(end, 2L * heap.length)));
    }
    System.arraycopy(from, start, heap, used, length);
    slot(column, used | (long) length << 32);
    used = (int) end;
    heap[used - 1] = 0;
  }

  byte[] finish() {
    int heapAt = fixed.capacity();
    fixed.putLong(24, heapAt).putLong(32, used);
    byte[] all = Arrays.copyOf(fixed.array(), Math.addExact(heapAt, used + 7 & ~7));
    System.arraycopy(heap, 0, all, heapAt, used);
    return all;
  }
}
