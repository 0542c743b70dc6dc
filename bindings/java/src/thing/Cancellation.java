package thing;

import java.util.HashMap;
import java.util.Map;
import thing.raw.Raw;

/** Cancels calls that were made with it, in the database too: those that run, and those that come later. Any thread may. */
public final class Cancellation {
  private final Map<Long, Integer> running = new HashMap<>(); // calls by context, one within another from hooks
  private boolean cancelled;

  /** One that has cancelled nothing. */
  public Cancellation() {}

  /** Ends the calls with {@link CancelledException}. */
  public synchronized void cancel() {
    cancelled = true;
    running.keySet().forEach(Raw::thing_ctx_cancel);
  }

  /**
   * Whether it has been cancelled.
   *
   * @return true from then on
   */
  public synchronized boolean isCancelled() {
    return cancelled;
  }

  synchronized void enter(long ctx) {
    running.merge(ctx, 1, Integer::sum);
    if (cancelled) {
      Raw.thing_ctx_cancel(ctx);
    }
  }

  /** From here on the context may be freed. */
  synchronized void leave(long ctx) {
    running.computeIfPresent(ctx, (c, calls) -> calls == 1 ? null : calls - 1);
  }
}
