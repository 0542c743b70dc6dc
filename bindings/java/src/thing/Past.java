package thing;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * What objects were before the writes of a transaction, until it ends. A part of it that is taken back takes its writes along.
 *
 * <pre>
 *   writes   a b | c d | e     a part begins at |, and is in the part before it
 *   undone       [c d   e]     with the first |, from the last to the first
 * </pre>
 *
 * Objects that nobody else holds are let go. Of one that is written often in one part, what it was before the first write is
 * kept, so there is no more than what is needed when the list was last swept.
 */
final class Past {
  /** The transaction itself, or what may be taken back alone: one in it, what is behind a savepoint, a call with its hooks. */
  static final class Part {
    private final String name; // of a savepoint
    private int from;

    private Part(String name, int from) {
      this.name = name;
      this.from = from;
    }
  }

  private static final int SWEPT_FROM = 64;

  /** Of the call that runs on a thread, the inmost: what its hooks write belongs to it. */
  private static final ThreadLocal<Past> RUNNING = new ThreadLocal<>();

  private final List<Part> parts = new ArrayList<>();
  private List<Earlier<?>> writes = new ArrayList<>();
  private int sweepAt = SWEPT_FROM;
  private boolean repeats; // some may be written more than once

  /** That of a call whose hook runs here; null: of none. */
  static Past ofHook() {
    return RUNNING.get();
  }

  /** The result of a call with hooks. What these write is taken back when it throws, or is not done by its result. */
  <R> R during(Supplier<R> call, Predicate<? super R> isDone) {
    Past around = RUNNING.get();
    Part part = begin(null);
    boolean kept = false;
    RUNNING.set(this);
    try {
      R result = call.get();
      kept = isDone.test(result);
      return result;
    } catch (Throwable e) {
      kept = mayHaveHappened(e);
      throw e;
    } finally {
      end(part, kept);
      if (around == null) {
        RUNNING.remove();
      } else {
        RUNNING.set(around);
      }
    }
  }

  /** Whether what failed may be committed nevertheless: then objects are as if it was. */
  static boolean mayHaveHappened(Throwable failure) {
    return failure instanceof CommitUnknownException;
  }

  // ---- parts

  synchronized Part begin(String name) {
    Part part = new Part(name, writes.size());
    parts.add(part);
    return part;
  }

  /** Ends a part and those in it, unless it has ended. */
  synchronized void end(Part part, boolean kept) {
    int at = parts.indexOf(part);
    if (at < 0) {
      return;
    }
    parts.subList(at, parts.size()).clear();
    if (!kept) {
      undo(part.from);
    } else if (parts.isEmpty()) {
      forget();
    }
  }

  synchronized void endSavepoint(String name, boolean kept) {
    for (int i = parts.size() - 1; i >= 0; i--) {
      if (name.equals(parts.get(i).name)) {
        end(parts.get(i), kept);
        return;
      }
    }
  }

  private void undo(int from) {
    for (int i = writes.size() - 1; i >= from; i--) {
      writes.get(i).undo(this);
    }
    if (from == 0) {
      forget();
    } else {
      writes.subList(from, writes.size()).clear();
    }
  }

  private void forget() {
    writes = new ArrayList<>();
    repeats = false;
    sweepAt = SWEPT_FROM;
  }

  // ---- writes

  /** What a write makes of an object. */
  <T> T change(Mapper<T> mapper, T object, Supplier<T> write) {
    return change(mapper, object, object, write);
  }

  /** What reading the row of an object again makes of it, when it was written here: what was set in it and not saved is gone. */
  <T> T reread(Mapper<T> mapper, T object, Supplier<T> read) {
    if (!(object instanceof Entity entity) || entity.past() != this) {
      return read.get();
    }
    return change(mapper, object, mapper.asLoaded(object), read);
  }

  private <T> T change(Mapper<T> mapper, T object, T before, Supplier<T> how) {
    Object[] values = Differences.valuesOf(mapper.shape.all, before);
    Entity.Kept kept = object instanceof Entity entity ? entity.keep() : null;
    try {
      return how.get();
    } finally {
      if (object instanceof Entity entity) {
        entity.writtenIn(this);
      }
      Differences differences = Differences.between(mapper.shape.all, values, object);
      add(new Earlier<>(object, kept, differences), kept == null || kept.past() == this);
    }
  }

  private synchronized void add(Earlier<?> earlier, boolean mayRepeat) {
    if (parts.isEmpty()) {
      earlier.undo(this); // another thread ended the transaction during the call
      return;
    }
    repeats |= mayRepeat;
    writes.add(earlier);
    if (writes.size() >= sweepAt) {
      sweep();
    }
  }

  private void sweep() {
    List<Earlier<?>> left = new ArrayList<>();
    for (int p = 0; p < parts.size(); p++) {
      Part part = parts.get(p);
      int end = p + 1 < parts.size() ? parts.get(p + 1).from : writes.size();
      List<Earlier<?>> mine = writes.subList(part.from, end);
      part.from = left.size();
      sweep(mine, left);
    }
    writes = left;
    repeats = false;
    sweepAt = Math.max(SWEPT_FROM, 2 * left.size());
  }

  /** Of each object that is still held the first of its writes, which stands for all of them. */
  private void sweep(List<Earlier<?>> mine, List<Earlier<?>> left) {
    Map<Object, Earlier<?>> firsts = repeats ? new IdentityHashMap<>() : null;
    for (Earlier<?> earlier : mine) {
      Object object = earlier.get();
      Earlier<?> first = object == null || firsts == null ? null : firsts.putIfAbsent(object, earlier);
      if (first != null) {
        first.follow(earlier, this);
      } else if (object != null) {
        left.add(earlier);
      }
    }
  }
}
