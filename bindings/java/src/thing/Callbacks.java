package thing;

import java.lang.System.Logger.Level;
import java.lang.ref.Reference;
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

  /** What a failed call throws. A hook's exception waits for the next failure alone. */
  static Throwable toThrowable(long error) {
    ErrorDetail detail = ErrorDetail.of(error);
    Thrown thrown = WAITING.get();
    if (thrown == null) {
      return ThingException.of(detail);
    }
    WAITING.remove();
    boolean isIt = detail.code() == Code.E_CALLBACK && detail.message().contains(thrown.message());
    return isIt ? thrown.cause() : ThingException.of(detail);
  }

  static int runHook(Object reference, int event, long ctx, long obj, long error) {
    HookTarget<?> target = (HookTarget<?>) ((Reference<?>) reference).get();
    if (target == null) {
      return Code.OK.status(); // it was taken away
    }
    try {
      target.run(event, ctx, obj);
      return Code.OK.status();
    } catch (Throwable e) {
      String message = described(e);
      if (target.mayFail(event)) {
        WAITING.set(new Thrown(e, message));
      }
      return Native.fail(error, Code.E_CALLBACK.status(), Text.utf8(message));
    }
  }

  static int runBody(Object run, long tx, long ctx, long error) {
    return ((TxRun<?, ?>) run).attempt(tx, ctx, error);
  }

  static void runLog(Object reference, int level, byte[] line) {
    LogListener listener = (LogListener) ((Reference<?>) reference).get();
    if (listener == null) {
      return;
    }
    try {
      listener.line(LogLevel.of(level), Text.string(line));
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
