package thing;

import thing.raw.Native;
import thing.raw.Text;

/** A body on its way through thing_tx_run, which keeps what it threw. */
final class TxRun<R, X extends Exception> {
  private final Session session;
  private final TxFunction<R, X> body;
  private final Bounds bounds;
  private R result;
  private Throwable thrown; // by the last attempt

  TxRun(Session session, TxFunction<R, X> body) {
    this.session = session;
    this.body = body;
    bounds = session.bounds();
  }

  R result() {
    return result;
  }

  Throwable thrown() {
    return thrown;
  }

  /** Whether what the body threw is why all of it failed; an attempt may also fail to begin. */
  boolean isCauseOf(ThingException failure) {
    return thrown != null && failure.code() == statusOf(thrown);
  }

  /** One attempt; a status. */
  int attempt(long handle, long ctx, long error) {
    thrown = null;
    Tx tx = Tx.lent(session.thing(), handle, ctx, bounds);
    try {
      result = body.run(tx);
      return Code.OK.status();
    } catch (Throwable e) {
      thrown = e;
      Callbacks.takeThrown(); // what a hook threw in a call whose failure the body made another one of
      return Native.fail(error, statusOf(e).status(), Text.utf8(Callbacks.described(e)));
    } finally {
      tx.end();
    }
  }

  /** Of what is worth another attempt its own code. */
  private static Code statusOf(Throwable e) {
    return e instanceof ThingException failure && failure.code().status() < 0 ? failure.code() : Code.E_CALLBACK;
  }

  /** Throws it, whether it is checked or not. */
  @SuppressWarnings("unchecked")
  static <E extends Throwable> E anyOf(Throwable e) throws E {
    throw (E) e;
  }
}
