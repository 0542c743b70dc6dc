package thing;

import java.util.IdentityHashMap;
import java.util.Map;
import thing.raw.Raw;

/**
 * Cancels calls whose threads were interrupted. One daemon thread looks after all of them, and sleeps while there is none.
 */
final class Interrupts {
  private static final long PERIOD_MS = 5;
  private static final Interrupts ALL = new Interrupts();

  /** A call that runs. */
  static final class Watch {
    private final Thread thread = Thread.currentThread();
    private final long ctx;

    private Watch(long ctx) {
      this.ctx = ctx;
    }
  }

  private final Map<Watch, Boolean> running = new IdentityHashMap<>();
  private Thread watcher;

  private Interrupts() {}

  static Watch enter(long ctx) {
    Watch watch = new Watch(ctx);
    ALL.add(watch);
    return watch;
  }

  static void leave(Watch watch) {
    ALL.remove(watch);
  }

  private synchronized void add(Watch watch) {
    running.put(watch, true);
    if (watch.thread.isInterrupted()) {
      Raw.thing_ctx_cancel(watch.ctx);
    }
    if (watcher == null) {
      watcher = new Thread(this::look, "thing-interrupts");
      watcher.setDaemon(true);
      watcher.start();
    }
    notifyAll();
  }

  /** From here on the context may be freed. */
  private synchronized void remove(Watch watch) {
    running.remove(watch);
  }

  private synchronized void look() {
    while (true) {
      try {
        wait(running.isEmpty() ? 0 : PERIOD_MS);
      } catch (InterruptedException e) {
        continue; // nobody has a reason to
      }
      for (Watch watch : running.keySet()) {
        if (watch.thread.isInterrupted()) {
          Raw.thing_ctx_cancel(watch.ctx);
        }
      }
    }
  }
}
