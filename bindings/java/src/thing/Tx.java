package thing;

import static thing.raw.RawConstants.THING_CTX_LOCK_UPDATE;

import java.lang.ref.Cleaner;
import thing.raw.Raw;

/** A transaction: what is called here happens as a whole or not at all. One thread at a time. */
public final class Tx extends Session implements AutoCloseable {
  private final Thing thing;
  private final boolean owned; // ended by its user, not by Session.tx
  private final Cleaner.Cleanable freed;
  private long handle;
  private long ctx;
  private int flags;

  Tx(Thing thing, long handle, long ctx, boolean owned) {
    this.thing = thing;
    this.handle = handle;
    this.ctx = ctx;
    this.owned = owned;
    freed = owned ? Thing.CLEANER.register(this, () -> Raw.thing_tx_free(handle)) : null;
  }

  @Override
  Thing thing() {
    return thing;
  }

  @Override
  long enter(int more) {
    if (ctx == 0) {
      throw ThingException.of(Code.E_CLOSED, "the transaction has ended");
    }
    if (more != 0) {
      Raw.thing_ctx_set_flags(ctx, flags | more);
    }
    return ctx;
  }

  @Override
  void leave(long entered, int more) {
    if (more != 0 && ctx != 0) {
      Raw.thing_ctx_set_flags(ctx, flags);
    }
  }

  /** It is over; its handle belongs to somebody else, or is freed. */
  void end() {
    ctx = 0;
    handle = 0;
    if (freed != null) {
      freed.clean();
    }
  }

  /**
   * Reads by key in this transaction lock the rows that they give, so that no other changes them.
   *
   * @return this transaction
   */
  public Tx locking() {
    enter(0);
    flags |= THING_CTX_LOCK_UPDATE;
    Raw.thing_ctx_set_flags(ctx, flags);
    return this;
  }

  /** Commits. After a failure it is rolled back and over, but for {@link BusyException}: then it may be tried again. */
  public void commit() {
    needOwned("commit");
    try {
      Raw.thing_tx_commit(handle);
    } catch (BusyException e) {
      throw e;
    } catch (ThingException e) {
      end();
      throw e;
    }
    end();
  }

  /** Takes all of it back. */
  public void rollback() {
    needOwned("roll back");
    try {
      Raw.thing_tx_rollback(handle);
    } finally {
      end();
    }
  }

  private void needOwned(String what) {
    enter(0);
    if (!owned) {
      throw ThingException.of(Code.E_STATE, "who began the transaction ends it: return to commit, throw to " + what);
    }
  }

  /**
   * Sets a savepoint.
   *
   * @param name 1 to 63 letters, digits and underscores
   */
  public void savepoint(String name) {
    enter(0);
    Raw.thing_tx_savepoint(handle, name);
  }

  /**
   * Forgets a savepoint and keeps what was done since.
   *
   * @param name its name
   */
  public void release(String name) {
    enter(0);
    Raw.thing_tx_release(handle, name);
  }

  /**
   * Takes back what was done since a savepoint.
   *
   * @param name its name
   */
  public void rollbackTo(String name) {
    enter(0);
    Raw.thing_tx_rollback_to(handle, name);
  }

  /** Rolls back what was not committed. Once is enough, and more does no harm. */
  @Override
  public void close() {
    if (owned && ctx != 0) {
      end();
    }
  }
}
