package thing;

import java.lang.ref.Cleaner;
import java.util.List;
import java.util.Spliterators;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import thing.raw.Raw;

/** The batches of a cursor, one object after the other. */
final class RowCursor<T> extends Spliterators.AbstractSpliterator<T> implements AutoCloseable {
  private final Session session;
  private final int flags;
  private final Mapper<T> mapper;
  private final Includes includes;
  private final Cleaner.Cleanable freed;
  private long cursor; // 0: closed
  private List<T> batch = List.of();
  private int next;

  RowCursor(Session session, int flags, long cursor, Mapper<T> mapper, Includes includes) {
    super(Long.MAX_VALUE, ORDERED | NONNULL);
    this.session = session;
    this.flags = flags;
    this.cursor = cursor;
    this.mapper = mapper;
    this.includes = includes;
    freed = Thing.CLEANER.register(this, () -> Raw.thing_cursor_free(cursor));
  }

  Stream<T> stream() {
    return StreamSupport.stream(this, false).onClose(this::close);
  }

  @Override
  public boolean tryAdvance(Consumer<? super T> use) {
    if (next == batch.size() && !read()) {
      return false;
    }
    use.accept(batch.get(next++));
    return true;
  }

  /** False at the end, where the connection is given back. */
  private boolean read() {
    if (cursor == 0) {
      return false;
    }
    long[] rows = new long[1];
    batch = session.calling(
        flags,
        ctx -> {
          if (Raw.thing_cursor_next(cursor, ctx, rows) != Code.OK.status()) {
            return List.<T>of();
          }
          try {
            return includes.read(session.thing(), mapper, rows[0]);
          } finally {
            Raw.thing_rows_free(rows[0]);
          }
        });
    next = 0;
    if (batch.isEmpty()) {
      close();
    }
    return !batch.isEmpty();
  }

  @Override
  public void close() {
    cursor = 0;
    freed.clean();
  }
}
