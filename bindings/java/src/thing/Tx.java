package thing;

import static thing.raw.RawConstants.THING_CTX_LOCK_UPDATE;

import thing.raw.Raw;

/**
 * A transaction: what is called here happens as a whole or not at all. One thread at a time.
 *
 * <p>What takes writes back, also those since a savepoint or of an inner transaction, takes them back from objects of classes
 * too: one that was saved, deleted or restored is as it was before; what was set in it since stays. After
 * {@link CommitUnknownException} objects stay as saved, and so do those of a transaction that nobody ends and the collector
 * finds.
 */
public final class Tx extends Session implements AutoCloseable {
  private static final String ENDED = "the transaction has ended";

  private final Thing thing;
  private final boolean owned; // ended by its user, not by Session.tx
  private final long tx; // 0: of a hook, which has the context alone
  private final Handle ctx; // of the context, which lives as long as the transaction
  private final Past past; // null: of a hook of no call
  private final Past.Part part; // null: somebody else ends it
  private volatile Bounds bounds;

  private Tx(Thing thing, long tx, long ctx, boolean owned, Bounds bounds, Past past) {
    this.thing = thing;
    this.tx = tx;
    this.owned = owned;
    this.bounds = bounds;
    this.past = past;
    part = owned ? past.begin(null) : null;
    this.ctx = owned ? new Handle(ctx, c -> Raw.thing_tx_free(tx)).ownedBy(this) : new Handle(ctx, null);
  }

  /** One that its user ends. */
  static Tx owned(Thing thing, long tx, Bounds bounds, Past past) {
    return new Tx(thing, tx, Raw.thing_tx_ctx(tx), true, bounds, past);
  }

  /** One that somebody else ends, by end before it is gone. */
  static Tx lent(Thing thing, long tx, long ctx, Bounds bounds, Past past) {
    return new Tx(thing, tx, ctx, false, bounds, past);
  }

  @Override
  Thing thing() {
    return thing;
  }

  @Override
  Bounds bounds() {
    return bounds;
  }

  @Override
  Past past() {
    return past;
  }

  @Override
  boolean isInTransaction() {
    return true;
  }

  @Override
  long enter(int more) {
    long entered = ctx.enter();
    if (entered == 0) {
      throw ThingException.of(Code.E_CLOSED, ENDED);
    }
    bounds.enter();
    if (more != 0) {
      Raw.thing_ctx_set_flags(entered, bounds.flags() | more);
    }
    return entered;
  }

  @Override
  void leave(long entered, int more) {
    if (more != 0) {
      Raw.thing_ctx_set_flags(entered, bounds.flags());
    }
    Bounds.leave();
    ctx.leave();
  }

  /** It is over: calls are refused, and none runs any more. */
  void end() {
    ctx.closeAndWait();
  }

  /**
   * Reads by key in this transaction lock the rows that they give, so that no other changes them.
   *
   * @return this transaction
   */
  public Tx locking() {
    bounds = new Bounds(bounds.deadline(), bounds.tag(), bounds.flags() | THING_CTX_LOCK_UPDATE);
    ctx.use(
        ENDED,
        entered -> {
          Raw.thing_ctx_set_flags(entered, bounds.flags());
          return this;
        });
    return this;
  }

  /** Commits. After a failure it is rolled back and over, but for {@link BusyException}: then it may be tried again. */
  public void commit() {
    needOwned("commit");
    try {
      inside(() -> Raw.thing_tx_commit(tx));
    } catch (BusyException e) {
      throw e;
    } catch (Throwable e) {
      finish(Past.mayHaveHappened(e));
      throw e;
    }
    finish(true);
  }

  private void finish(boolean kept) {
    past.end(part, kept);
    ctx.close();
  }

  /** Takes all of it back. */
  public void rollback() {
    needOwned("roll back");
    past.end(part, false); // before hooks that hear of the rollback
    try {
      inside(() -> Raw.thing_tx_rollback(tx));
    } finally {
      ctx.close();
    }
  }

  private void needOwned(String what) {
    if (!owned && !ctx.isClosed()) {
      throw ThingException.of(Code.E_STATE, "who began the transaction ends it: return to commit, throw to " + what);
    }
  }

  /** With what belongs to the transaction, which is not freed meanwhile. */
  private void inside(Runnable call) {
    calling(
        c -> {
          call.run();
          return null;
        });
  }

  /**
   * Sets a savepoint.
   *
   * @param name 1 to 63 letters, digits and underscores
   */
  public void savepoint(String name) {
    inside(() -> Raw.thing_tx_savepoint(tx, name));
    past.begin(name);
  }

  /**
   * Forgets a savepoint and keeps what was done since.
   *
   * @param name its name
   */
  public void release(String name) {
    inside(() -> Raw.thing_tx_release(tx, name));
    past.endSavepoint(name, true);
  }

  /**
   * Takes back what was done since a savepoint.
   *
   * @param name its name
   */
  public void rollbackTo(String name) {
    inside(() -> Raw.thing_tx_rollback_to(tx, name));
    past.endSavepoint(name, false);
    past.begin(name); // it is still there
  }

  /** Rolls back what was not committed. Once is enough, and more does no harm. */
  @Override
  public void close() {
    if (owned) {
      finish(false);
    }
  }
}
