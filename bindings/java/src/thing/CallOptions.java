package thing;

import static thing.raw.RawConstants.*;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * Options of calls. Those that can end a call early cost a context for each call, so calls without options do not have them.
 *
 * @param timeout how long a call may take; null: for ever
 * @param interruptible whether interrupting the thread cancels its call, in the database too
 * @param cancellation what cancels calls from another thread; may be null
 * @param tag a label for the log; may be null
 * @param flags those of thing_ctx_set_flags
 * @param muted models whose hooks do not run
 */
public record CallOptions(
    Duration timeout, boolean interruptible, Cancellation cancellation, String tag, int flags, List<String> muted) {
  /** None. */
  public static final CallOptions NONE = new CallOptions(null, false, null, null, 0, List.of());

  /**
   * A deadline for each call, counted from its start.
   *
   * @param timeout how long it may take
   * @return the options
   */
  public static CallOptions timeout(Duration timeout) {
    return NONE.within(timeout);
  }

  /**
   * The same, and interrupting the thread cancels its call: {@link CancelledException}, and the thread stays interrupted.
   * One thread of the library looks after all such calls every few milliseconds.
   *
   * @return the options
   */
  public CallOptions interruptibly() {
    return new CallOptions(timeout, true, cancellation, tag, flags, muted);
  }

  /**
   * The same, cancelled from another thread.
   *
   * @param by what cancels them
   * @return the options
   */
  public CallOptions cancelledBy(Cancellation by) {
    return new CallOptions(timeout, interruptible, by, tag, flags, muted);
  }

  /**
   * The same with a deadline. In a transaction the earlier one of both counts.
   *
   * @param limit how long a call may take
   * @return the options
   */
  public CallOptions within(Duration limit) {
    return new CallOptions(limit, interruptible, cancellation, tag, flags, muted);
  }

  /**
   * The same with a label in the lines of the log.
   *
   * @param label the id of a request, for one
   * @return the options
   */
  public CallOptions tagged(String label) {
    return new CallOptions(timeout, interruptible, cancellation, label, flags, muted);
  }

  /**
   * The same, answered by the database and not by the cache.
   *
   * @return the options
   */
  public CallOptions uncached() {
    return flagged(THING_CTX_NO_CACHE_READ);
  }

  /**
   * The same, answered by the cache in memory alone, which never blocks; what is not there is a {@link ThingException} with
   * {@link Code#MORE}.
   *
   * @return the options
   */
  public CallOptions cachedOnly() {
    return flagged(THING_CTX_CACHE_ONLY);
  }

  /**
   * The same without hooks.
   *
   * @return the options
   */
  public CallOptions withoutHooks() {
    return flagged(THING_CTX_NO_HOOKS);
  }

  /**
   * The same without hooks of a model. Transactions that are begun so are quiet as a whole; one that has begun is not to be
   * made quiet for a single call.
   *
   * @param model its name
   * @return the options
   */
  public CallOptions muting(String model) {
    List<String> models = Stream.concat(muted.stream(), Stream.of(model)).toList();
    return new CallOptions(timeout, interruptible, cancellation, tag, flags, models);
  }

  /**
   * The same, leaving created and updated times as they are.
   *
   * @return the options
   */
  public CallOptions withoutTimestamps() {
    return flagged(THING_CTX_NO_TIMESTAMPS);
  }

  /**
   * The same, seeing rows that are deleted softly.
   *
   * @return the options
   */
  public CallOptions withDeleted() {
    return flagged(THING_CTX_WITH_DELETED);
  }

  /**
   * The same, seeing rows that default scopes hide.
   *
   * @return the options
   */
  public CallOptions unscoped() {
    return flagged(THING_CTX_UNSCOPED);
  }

  private CallOptions flagged(int more) {
    return new CallOptions(timeout, interruptible, cancellation, tag, flags | more, muted);
  }
}
