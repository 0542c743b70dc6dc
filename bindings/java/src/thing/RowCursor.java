package thing;

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
  private final Handle cursor;
  private List<T> batch = List.of();
  private int next;

  RowCursor(Session session, int flags, long cursor, Mapper<T> mapper, Includes includes) {
    super(Long.MAX_VALUE, ORDERED | NONNULL);
    this.session = session;
    this.flags = flags;
    this.mapper = mapper;
    this.includes = includes;
    this.cursor = new Handle(cursor, Raw::thing_cursor_free).ownedBy(this);
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
    long handle = cursor.enter();
    if (handle == 0) {
      return false;
    }
    try {
      batch = session.calling(flags, ctx -> readBatch(handle, ctx));
      next = 0;
    } finally {
      cursor.leave();
    }
    if (batch.isEmpty()) {
      close();
    }
    return !batch.isEmpty();
  }

  private List<T> readBatch(long handle, long ctx) {
    long[] rows = new long[1];
    if (Raw.thing_cursor_next(handle, ctx, rows) != Code.OK.status()) {
      return List.of();
    }
    try {
      return includes.read(session, mapper, rows[0]);
    } finally {
      Raw.thing_rows_free(rows[0]);
    }
  }

  @Override
  public void close() {
    cursor.close();
  }
}
