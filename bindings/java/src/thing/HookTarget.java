package thing;

import java.util.Objects;

/** A hook as natives know it. */
final class HookTarget<T> {
  private final Thing thing;
  private final Mapper<T> mapper;
  private final Hook<T> hook;
  private final boolean mayFail;

  HookTarget(Thing thing, Mapper<T> mapper, Hook<T> hook, boolean mayFail) {
    this.thing = thing;
    this.mapper = mapper;
    this.hook = Objects.requireNonNull(hook, "hook");
    this.mayFail = mayFail;
  }

  /** Whether what it throws fails the write. */
  boolean mayFail(int event) {
    return mayFail || Event.of(event).isBefore();
  }

  void run(int event, long ctx, long obj) throws Exception {
    Tx inner = ctx == 0 ? null : Tx.lent(thing, 0, ctx, Bounds.ofHook(), Past.ofHook());
    HookCall<T> call = new HookCall<>(Event.of(event), inner == null ? thing : inner, mapper, obj);
    boolean outermost = thing.enterHook();
    try {
      hook.run(call);
      call.writeBack();
    } finally {
      call.end();
      if (outermost) {
        thing.leaveHook();
      }
      if (inner != null) {
        inner.end();
      }
    }
  }
}
