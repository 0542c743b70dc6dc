package thing;

/**
 * What runs beside writes of objects. What it throws before an event, or from one that may fail, fails the write, and comes
 * out of the call that wrote: the same exception. From other events it is logged.
 *
 * @param <T> the class of the objects
 */
@FunctionalInterface
public interface Hook<T> {
  /**
   * Hears of an event.
   *
   * @param call the event, the object, and where to make calls in the same transaction
   * @throws Exception refuses
   */
  void run(HookCall<T> call) throws Exception;
}
