package thing;

import java.util.HashMap;
import java.util.Map;
import thing.raw.Raw;

/** A database or a transaction with options for each call: each has a context of its own, or that of the transaction. */
final class Calls extends Session {
  private final Session parent;
  private final CallOptions options;
  private final ThreadLocal<Map<Long, Interrupts.Watch>> watches; // null: not interruptible

  Calls(Session parent, CallOptions options) {
    this.parent = parent;
    this.options = options;
    watches = options.interruptible() ? ThreadLocal.withInitial(HashMap::new) : null;
  }

  @Override
  Thing thing() {
    return parent.thing();
  }

  /** Of a database always a context of its own, as options have to be put somewhere. */
  @Override
  long enter(int flags) {
    long own = parent.enter(flags | options.flags());
    long ctx = own != 0 ? own : Raw.thing_ctx_new(thing().handle());
    if (options.timeout() != null) {
      Raw.thing_ctx_set_timeout_ms(ctx, Math.max(0, options.timeout().toMillis()));
    }
    if (options.tag() != null) {
      Raw.thing_ctx_set_tag(ctx, options.tag());
    }
    if (options.cancellation() != null) {
      options.cancellation().enter(ctx);
    }
    if (watches != null) {
      watches.get().computeIfAbsent(ctx, Interrupts::enter);
    }
    return ctx;
  }

  @Override
  void leave(long ctx, int flags) {
    if (watches != null) {
      Interrupts.leave(watches.get().remove(ctx));
    }
    if (options.cancellation() != null) {
      options.cancellation().leave(ctx);
    }
    int all = flags | options.flags();
    if (parent instanceof Thing && all == 0) {
      Raw.thing_ctx_free(ctx);
      return;
    }
    if (!(parent instanceof Thing)) {
      if (options.timeout() != null) {
        Raw.thing_ctx_set_timeout_ms(ctx, -1);
      }
      if (options.tag() != null) {
        Raw.thing_ctx_set_tag(ctx, "");
      }
    }
    parent.leave(ctx, all);
  }
}
