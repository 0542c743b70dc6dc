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
  private static final int LONGEST = 1000;
  private static final ThreadLocal<Throwable> WAITING = new ThreadLocal<>();

  private Callbacks() {}

  /** What a failed call throws. A hook's exception waits for the next failure alone. */
  static Throwable toThrowable(long error) {
    ErrorDetail detail = ErrorDetail.of(error);
    Throwable thrown = takeThrown();
    return thrown != null && detail.code() == Code.E_CALLBACK ? thrown : ThingException.of(detail);
  }

  /** What a hook threw on this thread and no call has thrown since; null: nothing. */
  static Throwable takeThrown() {
    Throwable thrown = WAITING.get();
    if (thrown != null) {
      WAITING.remove();
    }
    return thrown;
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
      if (target.mayFail(event)) {
        WAITING.set(e);
      }
      return Native.fail(error, Code.E_CALLBACK.status(), Text.utf8(described(e)));
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

  /** One line, not too long, without halves of pairs, which are no text for the library. */
  static String described(Throwable e) {
    String message = messageOf(e);
    String line = message.length() > LONGEST ? message.substring(0, LONGEST) + "..." : message;
    return line.replaceAll("[\\p{Cntrl}\\p{Cs}]", " ");
  }

  private static String messageOf(Throwable e) {
    try {
      String message = e instanceof ThingException ? e.getMessage() : e.toString();
      return message == null ? e.getClass().getName() : message;
    } catch (Throwable inMessage) {
      return e.getClass().getName();
    }
  }
}
