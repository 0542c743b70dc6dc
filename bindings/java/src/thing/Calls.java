package thing;

import thing.raw.Raw;

/** A database or a transaction with options for each call: each has a context of its own, or that of the transaction. */
final class Calls extends Session {
  private final Session parent;
  private final CallOptions options;

  Calls(Session parent, CallOptions options) {
    this.parent = parent;
    this.options = options;
  }

  @Override
  Thing thing() {
    return parent.thing();
  }

  @Override
  Bounds bounds() {
    return parent.bounds().with(options);
  }

  @Override
  Past past() {
    return parent.past();
  }

  @Override
  boolean isInTransaction() {
    return parent.isInTransaction();
  }

  /** Of a database always a context of its own, as options have to be put somewhere. */
  @Override
  long enter(int flags) {
    long own = parent.enter(flags | options.flags());
    long ctx = own != 0 ? own : Raw.thing_ctx_new(thing().handle());
    Bounds bounds = bounds().enter();
    try {
      apply(ctx, bounds);
    } catch (Throwable e) {
      leave(ctx, flags);
      throw e;
    }
    return ctx;
  }

  private void apply(long ctx, Bounds bounds) {
    mute(ctx);
    if (options.timeout() != null) {
      Raw.thing_ctx_set_timeout_ms(ctx, bounds.left());
    }
    if (options.tag() != null) {
      Raw.thing_ctx_set_tag(ctx, options.tag());
    }
    if (options.cancellation() != null) {
      options.cancellation().enter(ctx);
    }
    if (options.interruptible()) {
      Interrupts.enter(ctx);
    }
  }

  /** Nothing takes it back in a context that goes on. */
  private void mute(long ctx) {
    if (!options.muted().isEmpty() && isInTransaction()) {
      throw ThingException.of(Code.E_STATE, "models are muted for calls outside of transactions, or for all of one");
    }
    for (String model : options.muted()) {
      Raw.thing_ctx_mute(ctx, Raw.thing_model_find(thing().handle(), model));
    }
  }

  @Override
  void leave(long ctx, int flags) {
    if (options.interruptible()) {
      Interrupts.leave(ctx);
    }
    if (options.cancellation() != null) {
      options.cancellation().leave(ctx);
    }
    Bounds.leave();
    int all = flags | options.flags();
    if (isInTransaction()) {
      restore(ctx);
    } else if (parent instanceof Thing && all == 0) {
      Raw.thing_ctx_free(ctx);
      return;
    }
    parent.leave(ctx, all);
  }

  /** The context of a transaction goes on with what it had. */
  private void restore(long ctx) {
    Bounds before = parent.bounds();
    if (options.timeout() != null) {
      Raw.thing_ctx_set_timeout_ms(ctx, before.left());
    }
    if (options.tag() != null) {
      Raw.thing_ctx_set_tag(ctx, before.tag() == null ? "" : before.tag());
    }
  }
}
