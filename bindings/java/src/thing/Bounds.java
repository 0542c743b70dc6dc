package thing;

import java.util.ArrayDeque;

/**
 * What holds for all calls of a session already: a transaction keeps what the session had that began it. Options of a single
 * call in a transaction are laid over these, and these are what is there again afterwards.
 *
 * @param deadline by System.nanoTime; null: none
 * @param tag null: none
 * @param flags those of thing_ctx_set_flags
 */
record Bounds(Long deadline, String tag, int flags) {
  static final Bounds NONE = new Bounds(null, null, 0);

  /** Those of the calls of each thread that run, the inmost first: what a hook has, to which the library gives a context alone. */
  private static final ThreadLocal<ArrayDeque<Bounds>> RUNNING = ThreadLocal.withInitial(ArrayDeque::new);

  static Bounds ofHook() {
    Bounds inmost = RUNNING.get().peek();
    return inmost == null ? NONE : inmost;
  }

  Bounds enter() {
    RUNNING.get().push(this);
    return this;
  }

  static void leave() {
    RUNNING.get().pop();
  }

  /** The earlier deadline holds. */
  Bounds with(CallOptions options) {
    Long earliest = deadline;
    if (options.timeout() != null) {
      long own = System.nanoTime() + nanos(options);
      earliest = deadline == null || own - deadline < 0 ? (Long) own : deadline;
    }
    return new Bounds(earliest, options.tag() != null ? options.tag() : tag, flags | options.flags());
  }

  private static long nanos(CallOptions options) {
    try {
      return Math.max(0, options.timeout().toNanos());
    } catch (ArithmeticException e) {
      return Long.MAX_VALUE / 2; // longer than anybody waits
    }
  }

  /** Milliseconds for thing_ctx_set_timeout_ms, rounded up: a call is not late before its deadline. */
  long left() {
    return deadline == null ? -1 : Math.max(0, (deadline - System.nanoTime() + 999_999) / 1_000_000);
  }
}
