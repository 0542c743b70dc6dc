package thing;

import static thing.raw.RawConstants.THING_CTX_NO_HOOKS;

import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Hooks that hear of objects that were loaded. They run here, as what the library gives are rows, which become objects in
 * this process.
 */
final class LoadHooks<T> {
  /** A hook, and whether what it throws fails the read. */
  private record Entry<T>(Hook<T> hook, boolean mayFail) {}

  private volatile List<Entry<T>> all = List.of();

  /** Adds a hook; what it gives takes that away again, and says whether it was there. */
  synchronized Runnable add(Hook<T> hook, boolean mayFail) {
    Entry<T> entry = new Entry<>(Objects.requireNonNull(hook, "hook"), mayFail);
    List<Entry<T>> more = new ArrayList<>(all);
    more.add(entry);
    all = List.copyOf(more);
    return () -> remove(entry);
  }

  private synchronized void remove(Entry<T> entry) {
    all = all.stream().filter(e -> e != entry).toList();
  }

  /** The object, when all have heard of it. */
  T heard(Session session, Mapper<T> mapper, T object) {
    List<Entry<T>> entries = all;
    if (!entries.isEmpty() && (session.bounds().flags() & THING_CTX_NO_HOOKS) == 0) {
      entries.forEach(entry -> run(entry, new HookCall<>(session, mapper, object)));
    }
    return object;
  }

  List<T> heard(Session session, Mapper<T> mapper, List<T> objects) {
    if (!all.isEmpty()) {
      objects.forEach(object -> heard(session, mapper, object));
    }
    return objects;
  }

  private static <T> void run(Entry<T> entry, HookCall<T> call) {
    try {
      entry.hook().run(call);
    } catch (Exception | Error e) {
      if (entry.mayFail()) {
        throw TxRun.<RuntimeException>anyOf(e);
      }
      System.getLogger("thing").log(Level.WARNING, "a hook after a load failed", e);
    }
  }
}
