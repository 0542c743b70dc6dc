package thing;

import static thing.raw.RawConstants.*;

/**
 * How a transaction is run.
 *
 * @param flags those of thing_tx_begin
 * @param attempts how often all of it is tried when it loses against others
 */
public record TxOptions(int flags, int attempts) {
  /** SQLite takes the write lock at once; servers have their own isolation level; one attempt. */
  public static final TxOptions DEFAULT = new TxOptions(THING_TX_DEFAULT, 1);

  /** Reads one state of the database and blocks nobody. */
  public static final TxOptions READ_ONLY = new TxOptions(THING_TX_READ_ONLY, 1);

  /** SQLite takes the write lock at the first write. */
  public static final TxOptions DEFERRED = new TxOptions(THING_TX_DEFERRED, 1);

  /** Each statement sees what is committed by then. */
  public static final TxOptions READ_COMMITTED = new TxOptions(THING_TX_READ_COMMITTED, 1);

  /** Reads see one state. */
  public static final TxOptions REPEATABLE_READ = new TxOptions(THING_TX_REPEATABLE_READ, 1);

  /** As if transactions ran one after the other. */
  public static final TxOptions SERIALIZABLE = new TxOptions(THING_TX_SERIALIZABLE, 1);

  /**
   * The same with more attempts.
   *
   * @param attempts 1 to 100
   * @return the options
   */
  public TxOptions retry(int attempts) {
    return new TxOptions(flags, attempts);
  }

  /**
   * The same, for reading alone.
   *
   * @return the options
   */
  public TxOptions readOnly() {
    return new TxOptions(flags | THING_TX_READ_ONLY, attempts);
  }
}
