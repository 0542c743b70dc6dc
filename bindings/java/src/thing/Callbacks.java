package thing;

import java.lang.System.Logger.Level;
import thing.raw.Native;
import thing.raw.Text;

/**
 * Where natives enter Java. No exception leaves these methods: what a hook throws waits on its thread until the call that it
 * failed comes back, and is thrown there, the same object.
 */
final class Callbacks {
  /** What a hook threw, and the message by which the library knows it. */
  private record Thrown(Throwable cause, String message) {}

  private static final ThreadLocal<Thrown> WAITING = new ThreadLocal<>();

  private Callbacks() {}

  /** What a failed call throws. */
  static Throwable toThrowable(long error) {
    ErrorDetail detail = ErrorDetail.of(error);
    if (detail.code() == Code.E_CALLBACK) {
      Thrown thrown = WAITING.get();
      if (thrown != null && detail.message().contains(thrown.message())) {
        WAITING.remove();
        return thrown.cause();
      }
    }
    return ThingException.of(detail);
  }

  static int runHook(Object target, int event, long ctx, long obj, long error) {
    try {
      ((HookTarget<?>) target).run(event, ctx, obj);
      return Code.OK.status();
    } catch (Throwable e) {
      String message = described(e);
      if (((HookTarget<?>) target).mayFail(event)) {
        WAITING.set(new Thrown(e, message));
      }
      return Native.fail(error, Code.E_CALLBACK.status(), Text.utf8(message));
    }
  }

  static int runBody(Object run, long tx, long ctx, long error) {
    return ((TxRun<?, ?>) run).attempt(tx, ctx, error);
  }

  static void runLog(Object listener, int level, byte[] line) {
    try {
      ((LogListener) listener).line(LogLevel.of(level), Text.string(line));
    } catch (Throwable e) {
      System.getLogger("thing").log(Level.WARNING, "a listener of the log failed", e);
    }
  }

  /** One line; halves of pairs are no text for the library. */
  static String described(Throwable e) {
    String message = e instanceof ThingException ? e.getMessage() : e.toString();
    return message == null ? e.getClass().getName() : message.replaceAll("[\\p{Cntrl}\\p{Cs}]", " ");
  }
}
