package thing;

/**
 * The body of a transaction that gives nothing.
 *
 * @param <X> what it throws
 */
@FunctionalInterface
public interface TxAction<X extends Exception> {
  /**
   * Does it; may run more than once where the options allow.
   *
   * @param tx where its calls are made
   * @throws X takes all of it back
   */
  void run(Tx tx) throws X;
}
