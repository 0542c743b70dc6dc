package thing;

/**
 * The body of a transaction.
 *
 * @param <R> what it gives
 * @param <X> what it throws
 */
@FunctionalInterface
public interface TxFunction<R, X extends Exception> {
  /**
   * Does it; may run more than once where the options allow.
   *
   * @param tx where its calls are made
   * @return what the caller gets
   * @throws X takes all of it back
   */
  R run(Tx tx) throws X;
}
