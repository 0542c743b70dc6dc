package thing.raw;

import java.nio.ByteBuffer;

/** Natives by hand, native/thing_jni.c: several steps in one crossing, and callbacks. */
public final class Native {
  /** What {@link #write} and {@link #writeMany} do. */
  public static final int SAVE = 0;

  /** Inserts or updates by the fields of a key. */
  public static final int UPSERT = 1;

  /** Deletes by mode. */
  public static final int DELETE = 2;

  /** Takes a soft delete back. */
  public static final int RESTORE = 3;

  /** Reads the row again. */
  public static final int RELOAD = 4;

  /** Checks the rules of the model. */
  public static final int VALIDATE = 5;

  /** Of byId: the cache does not hold the row, and was asked alone. */
  public static final int NOT_KNOWN = -2;

  static {
    Library.load();
  }

  private Native() {}

  /** The number of bytes of the row, which lie at place when there is room for them; -1: there is no row; or NOT_KNOWN. */
  public static native long byId(long db, long ctx, long model, long id, long place, long room);

  /** Where a direct buffer lies. */
  public static native long address(ByteBuffer buffer);

  /** The rows of a result as one packed batch. */
  public static native byte[] packed(long rows);

  /** Runs a query for its packed rows; null: the cache does not hold them, and was asked alone. */
  public static native byte[] query(long db, long ctx, long model, byte[] json);

  /** Writes one row; gives it as written, or null when it is not there. */
  public static native byte[] write(
      long db, long ctx, long model, int version, int what, int mode, boolean present, int[] keys, byte[] base, byte[] row);

  /** Writes many rows, each of which becomes what was written; false when one is not there. */
  public static native boolean writeMany(
      long db, long ctx, long model, int version, int what, int mode, byte[][] bases, byte[][] rows);

  /** Adds a hook; target is given to Callbacks.runHook. */
  public static native long hookAdd(long db, long model, int events, Object target);

  /** Fills in why a callback failed. */
  public static native int fail(long error, int status, byte[] message);

  /** Runs Callbacks.runBody in a transaction. */
  public static native int txRun(long db, long ctx, int flags, int attempts, Object body);

  /** Sends lines of the log to Callbacks.runLog; null: none. */
  public static native void logSet(long db, int level, Object target);

  /** Crosses and comes back. */
  public static native long nothing(long value);
}
