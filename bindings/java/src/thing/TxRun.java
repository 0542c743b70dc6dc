package thing;

import thing.raw.Native;
import thing.raw.Text;

/** A body on its way through thing_tx_run, which keeps what it threw. */
final class TxRun<R, X extends Exception> {
  private final Session session;
  private final TxFunction<R, X> body;
  private final Bounds bounds;
  private final Past past;
  private Past.Part part; // of the last attempt
  private R result;
  private Throwable thrown; // by the last attempt

  TxRun(Session session, TxFunction<R, X> body) {
    this.session = session;
    this.body = body;
    bounds = session.bounds();
    past = session.pastOrNew();
  }

  R result() {
    return result;
  }

  Throwable thrown() {
    return thrown;
  }

  /** Whether what the body threw is why all of it failed; an attempt may also fail to begin. */
  boolean isCauseOf(Throwable failure) {
    return thrown != null && failure instanceof ThingException told && told.code() == statusOf(thrown);
  }

  /** One attempt; a status. */
  int attempt(long handle, long ctx, long error) {
    end(false); // the attempt before lost when it was to commit
    thrown = null;
    part = past.begin(null);
    Tx tx = Tx.lent(session.thing(), handle, ctx, bounds, past);
    try {
      result = body.run(tx);
      return Code.OK.status();
    } catch (Throwable e) {
      thrown = e;
      Callbacks.takeThrown(); // what a hook threw in a call whose failure the body made another one of
      return Native.fail(error, statusOf(e).status(), Text.utf8(Callbacks.described(e)));
    } finally {
      tx.end();
      if (thrown != null) {
        end(false); // before hooks that hear of the rollback
      }
    }
  }

  /** It is committed or taken back, and so are the objects that were written in it. */
  void end(boolean kept) {
    past.end(part, kept);
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
