package thing;

import java.util.HashMap;
import java.util.Map;
import thing.raw.Raw;

/**
 * Cancels calls whose threads were interrupted. One daemon thread looks after all of them, and sleeps while there is none.
 */
final class Interrupts {
  private static final long PERIOD_MS = 5;
  private static final Interrupts ALL = new Interrupts();

  /** The thread that is in calls with a context. */
  private static final class Watch {
    private final Thread thread = Thread.currentThread();
    private int calls; // one within another, from a hook
  }

  private final Map<Long, Watch> running = new HashMap<>(); // by context
  private Thread watcher;

  private Interrupts() {}

  static void enter(long ctx) {
    ALL.add(ctx);
  }

  /** From here on the context may be freed. */
  static void leave(long ctx) {
    ALL.remove(ctx);
  }

  private synchronized void add(long ctx) {
    if (watcher == null) {
      watcher = new Thread(null, this::look, "thing-interrupts", 0, false);
      watcher.setDaemon(true);
      watcher.setContextClassLoader(null); // that of whoever came first could else never go
      watcher.start();
    }
    running.computeIfAbsent(ctx, c -> new Watch()).calls++;
    if (Thread.currentThread().isInterrupted()) {
      Raw.thing_ctx_cancel(ctx);
    }
    if (running.size() == 1) {
      notifyAll();
    }
  }

  private synchronized void remove(long ctx) {
    running.computeIfPresent(ctx, (c, watch) -> --watch.calls == 0 ? null : watch);
  }

  private synchronized void look() {
    while (true) {
      try {
        wait(running.isEmpty() ? 0 : PERIOD_MS);
      } catch (InterruptedException e) {
        continue; // nobody has a reason to
      }
      running.forEach(
          (ctx, watch) -> {
            if (watch.thread.isInterrupted()) {
              Raw.thing_ctx_cancel(ctx);
            }
          });
    }
  }
}
