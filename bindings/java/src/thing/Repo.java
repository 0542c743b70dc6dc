package thing;

import static thing.raw.RawConstants.*;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import thing.raw.Native;
import thing.raw.Raw;

/**
 * The rows of one model as objects of a class. It holds nothing but names: any thread may use one of a database, and keep it.
 *
 * @param <T> the class
 */
public final class Repo<T> extends Reads<T> {
  Repo(Session session, Mapper<T> mapper) {
    super(session, mapper);
  }

  /**
   * The same rows elsewhere.
   *
   * @param other a transaction, or a session with options
   * @return what reads and writes them there
   */
  public Repo<T> in(Session other) {
    return new Repo<>(other, other.thing().mapper(mapper.type));
  }

  // ---- writes

  /**
   * Inserts an object, or updates its row where that differs. Of an {@link Entity} the fields that changed since it was
   * loaded are written; of others the row is read first, and those that differ from it. An object whose key is set and whose
   * row is not there is inserted, but for an Entity that was loaded.
   *
   * <p>What relations of the object hold and has no row yet, an Entity that was never saved or another object without a
   * key, is saved with it in one transaction, and so on: parents first, and children with the keys of theirs.
   *
   * @param object what to save
   * @return what the database holds: the same object, or of a record another one
   * @throws NotFoundException when the row of an Entity that was loaded is gone
   * @throws ConflictException when somebody saved the row meanwhile, and the model has a version
   */
  public T save(T object) {
    if (Graph.hasNew(session.thing(), mapper, object)) {
      return saveGraph(object);
    }
    byte[] base = mapper.base(object);
    if (base == null) {
      return insert(object);
    }
    if (!Mapper.isPresent(base)) {
      return update(object, base, Mapper.Purpose.UPDATE);
    }
    byte[] written = write(Native.SAVE, base, mapper.pack(object, Mapper.Purpose.MERGE));
    return written == null ? insert(object) : changing(object, () -> mapper.pull(object, written));
  }

  private T saveGraph(T object) {
    requireAlive(object);
    T saved = new Graph(session).save(mapper, object);
    if (saved == null) {
      throw notFound();
    }
    return saved;
  }

  /**
   * Inserts an object. Fields that are unset take their defaults: null where the field can not be NULL or has a default, an
   * Optional that is null, and a key of 0 that the database counts. What its relations hold is left aside.
   *
   * @param object what to insert
   * @return what the database holds: the same object, or of a record another one
   */
  public T insert(T object) {
    return saved(object, null, write(Native.SAVE, null, mapper.pack(object, Mapper.Purpose.INSERT)));
  }

  /**
   * Updates the row of an object, which has to be there.
   *
   * @param object what to write
   * @return what the database holds: the same object, or of a record another one
   * @throws NotFoundException when it is not
   */
  public T update(T object) {
    byte[] base = mapper.base(object);
    if (base == null) {
      throw ThingException.of(Code.E_STATE, mapper.name + ": a new object has no row to update", mapper.name);
    }
    return update(object, base, Mapper.purposeOf(base));
  }

  private T update(T object, byte[] base, Mapper.Purpose purpose) {
    requireAlive(object);
    return saved(object, base, write(Native.SAVE, base, mapper.pack(object, purpose)));
  }

  private void requireAlive(T object) {
    if (mapper.isDeleted(object)) {
      throw ThingException.of(Code.E_STATE, mapper.name + ": its row was deleted; restore it, or save a copy", mapper.name);
    }
  }

  /**
   * Writes the fields in which two objects differ, and reads nothing first: the way for records.
   *
   * @param loaded what the database gave
   * @param changed what it shall be
   * @return what the database holds
   * @throws NotFoundException when the row is gone
   */
  public T update(T loaded, T changed) {
    byte[] base = mapper.pack(loaded, Mapper.Purpose.UPDATE);
    return saved(changed, base, write(Native.SAVE, base, mapper.pack(changed, Mapper.Purpose.UPDATE)));
  }

  /**
   * Inserts an object, or updates the row that has the same values in some fields, by one statement.
   *
   * @param object what to write
   * @param keyFields those of a primary or unique key; none: the primary key
   * @return what the database holds
   */
  public T upsert(T object, String... keyFields) {
    int[] keys = Arrays.stream(keyFields).mapToInt(mapper::field).toArray();
    byte[] row = mapper.pack(object, Mapper.Purpose.INSERT);
    return saved(object, null, write(Native.UPSERT, DeleteMode.DEFAULT, keys, null, row));
  }

  private T saved(T object, byte[] base, byte[] written) {
    byte[] row = required(written);
    return changing(object, () -> mapper.afterWrite(object, base, row));
  }

  /** What a write makes of an object. In a transaction it goes back when that is taken back; a record is another one anyway. */
  T changing(T object, Supplier<T> write) {
    Past past = session.past();
    return past == null || mapper.shape.isRecord ? write.get() : past.change(mapper, object, write);
  }

  private byte[] required(byte[] written) {
    if (written == null) {
      throw notFound();
    }
    return written;
  }

  private byte[] write(int what, byte[] base, byte[] row) {
    return write(what, DeleteMode.DEFAULT, null, base, row);
  }

  private byte[] write(int what, DeleteMode mode, int[] keys, byte[] base, byte[] row) {
    boolean present = Mapper.isPresent(base);
    byte[] loaded = present ? null : base;
    return session.writing(
        () -> session.calling(
            ctx -> Native.write(
                db(), ctx, mapper.model, mapper.version, what, mode.ordinal(), present, keys, loaded, row)),
        Objects::nonNull);
  }

  /**
   * Saves objects as {@link #save} does, in one transaction: all or none. Inserts go out many rows a statement. What their
   * relations hold is left aside.
   *
   * @param objects what to save
   * @return what the database holds, in the same order
   */
  public List<T> saveAll(Collection<? extends T> objects) {
    List<T> all = new ArrayList<>(objects);
    byte[][] bases = new byte[all.size()][];
    byte[][] rows = new byte[bases.length][];
    for (int i = 0; i < bases.length; i++) {
      requireAlive(all.get(i));
      bases[i] = mapper.base(all.get(i));
      rows[i] = mapper.pack(all.get(i), Mapper.purposeOf(bases[i]));
    }
    writeMany(Native.SAVE, DeleteMode.DEFAULT, bases, rows);
    for (int i = 0; i < bases.length; i++) {
      all.set(i, saved(all.get(i), bases[i], rows[i]));
    }
    return all;
  }

  private void writeMany(int what, DeleteMode mode, byte[][] bases, byte[][] rows) {
    boolean done = session.writing(
        () -> session.calling(
            ctx -> Native.writeMany(db(), ctx, mapper.model, mapper.version, what, mode.ordinal(), bases, rows)),
        all -> all);
    if (!done) {
      throw notFound();
    }
  }

  /**
   * Inserts many objects as one packed batch, without hooks and without reading back what the database made.
   *
   * @param objects what to insert
   * @return their int keys in order; none when the key is of another kind
   */
  public long[] insertBatch(Collection<? extends T> objects) {
    byte[] packed = mapper.pack(new ArrayList<>(objects), Mapper.Purpose.INSERT);
    long[] ids = mapper.hasIntKey() ? new long[objects.size()] : null;
    session.calling(ctx -> Raw.thing_save_packed(db(), ctx, mapper.model, packed, ids));
    return ids == null ? new long[0] : ids;
  }

  /**
   * Deletes the row of an object, softly when the model has soft delete.
   *
   * @param object the object
   * @return false when there was none
   */
  public boolean delete(T object) {
    return delete(object, DeleteMode.DEFAULT);
  }

  /**
   * Deletes the row of an object.
   *
   * @param object the object
   * @param mode softly, or for good
   * @return false when there was none
   */
  public boolean delete(T object, DeleteMode mode) {
    if (mapper.isDeleted(object) && mode != DeleteMode.HARD) {
      return false;
    }
    byte[] written = write(Native.DELETE, mode, null, loadedOf(object), null);
    if (written != null) {
      deleted(object, written);
    }
    return written != null;
  }

  private void deleted(T object, byte[] written) {
    changing(object, () -> mapper.afterDelete(object, written));
  }

  /**
   * Deletes the row of an object softly.
   *
   * @param object the object
   * @return what the database holds, which {@link #restore} takes: the same object, or of a record another one
   * @throws NotFoundException when there was none
   */
  public T softDelete(T object) {
    byte[] written = write(Native.DELETE, DeleteMode.SOFT, null, loadedOf(object), null);
    if (written == null) {
      throw notFound();
    }
    return changing(object, () -> mapper.afterDelete(mapper.pull(object, written), written));
  }

  /**
   * Deletes the rows of objects, all or none.
   *
   * @param objects the objects
   */
  public void deleteAll(Collection<? extends T> objects) {
    byte[][] bases = objects.stream().map(this::loadedOf).toArray(byte[][]::new);
    byte[][] rows = new byte[bases.length][];
    writeMany(Native.DELETE, DeleteMode.DEFAULT, bases, rows);
    int i = 0;
    for (T object : objects) {
      deleted(object, rows[i++]);
    }
  }

  /**
   * Deletes the row with an int key, without hooks.
   *
   * @param id the key
   * @return false when there was none
   */
  public boolean deleteById(long id) {
    int mode = DeleteMode.DEFAULT.ordinal();
    return isFound(ctx -> Raw.thing_delete_by_id(db(), ctx, mapper.model, id, mode));
  }

  /**
   * Deletes the row with a key of any kind, without hooks.
   *
   * @param key its parts, in the order of the primary key
   * @return false when there was none
   */
  public boolean deleteByKey(Object... key) {
    String json = keyJson(key);
    int mode = DeleteMode.DEFAULT.ordinal();
    return isFound(ctx -> Raw.thing_delete_by_key(db(), ctx, mapper.model, json, mode));
  }

  private boolean isFound(LongFunction<Integer> write) {
    return Session.isFound(session.writing(() -> session.calling(write), Session::isFound));
  }

  /**
   * Takes a soft delete back, with what it took along.
   *
   * @param object the object
   * @return what the database holds
   */
  public T restore(T object) {
    byte[] row = required(write(Native.RESTORE, loadedOf(object), null));
    return changing(object, () -> mapper.afterRead(object, row));
  }

  /**
   * Reads the row again.
   *
   * @param object the object
   * @return what the database holds: the same object, or of a record another one
   */
  public T reload(T object) {
    byte[] row = required(write(Native.RELOAD, loadedOf(object), null));
    Past past = session.past();
    return past == null ? mapper.afterRead(object, row) : past.reread(mapper, object, () -> mapper.afterRead(object, row));
  }

  /**
   * The row as it is in the database now, as another object.
   *
   * @param object the object, which stays as it is
   * @return another one
   * @throws NotFoundException when the row is gone
   */
  public T fresh(T object) {
    T read = mapper.readOne(required(write(Native.RELOAD, loadedOf(object), null)));
    return mapper.loads.heard(session, mapper, read);
  }

  /**
   * Checks what a save would check before it asks the database.
   *
   * @param object the object
   * @throws CheckException that lists all rules that are broken
   */
  public void validate(T object) {
    write(Native.VALIDATE, null, mapper.pack(object, Mapper.Purpose.INSERT));
  }

  /**
   * Adds to an int field in the database.
   *
   * @param id the key
   * @param field its name
   * @param by what to add
   * @return the new number
   * @throws NotFoundException when there is no row
   */
  public long incr(long id, String field, long by) {
    long[] out = new long[1];
    int index = mapper.field(field);
    int status = session.calling(ctx -> Raw.thing_incr(db(), ctx, mapper.model, id, index, by, out));
    if (status == THING_NOT_FOUND) {
      throw notFound();
    }
    return out[0];
  }

  /**
   * The same for a key of any kind.
   *
   * @param key a value, or a list of the parts of the key
   * @param field its name
   * @param by what to add
   * @return the new number
   * @throws NotFoundException when there is no row
   */
  public long incrByKey(Object key, String field, long by) {
    long[] out = new long[1];
    int index = mapper.field(field);
    String json = JsonWriter.write(key);
    int status = session.calling(ctx -> Raw.thing_incr_by_key(db(), ctx, mapper.model, json, index, by, out));
    if (status == THING_NOT_FOUND) {
      throw notFound();
    }
    return out[0];
  }

  // ---- links

  /**
   * Makes rows belong to an object.
   *
   * @param object the object, with a row
   * @param relation its name
   * @param keys of the other rows
   * @return what changed
   */
  public Links link(T object, String relation, Object... keys) {
    return link(object, relation, LinkMode.ADD, List.of(keys), null);
  }

  /**
   * Makes rows belong to an object no longer.
   *
   * @param object the object, with a row
   * @param relation its name
   * @param keys of the other rows
   * @return what changed
   */
  public Links unlink(T object, String relation, Object... keys) {
    return link(object, relation, LinkMode.REMOVE, List.of(keys), null);
  }

  /**
   * Makes these rows and no others belong to an object.
   *
   * @param object the object, with a row
   * @param relation its name
   * @param keys of the other rows
   * @return what changed
   */
  public Links setLinks(T object, String relation, Collection<?> keys) {
    return link(object, relation, LinkMode.SET, keys, null);
  }

  /**
   * Changes which rows belong to an object.
   *
   * @param object the object, with a row
   * @param relation its name
   * @param mode how
   * @param keys of the other rows; null with REMOVE: all of them
   * @param pivot other fields of the pairs of a many to many; may be null
   * @return what changed
   */
  public Links link(T object, String relation, LinkMode mode, Collection<?> keys, Map<String, ?> pivot) {
    long[] obj = new long[1];
    long[] added = new long[1];
    long[] removed = new long[1];
    String json = keys == null ? null : JsonWriter.write(keys);
    String fields = pivot == null ? null : JsonWriter.write(pivot);
    Raw.thing_obj_unpack(mapper.model, loadedOf(object), obj);
    try {
      if (!isFound(ctx -> Raw.thing_link(db(), ctx, obj[0], relation, mode.mode, json, fields, added, removed))) {
        throw notFound();
      }
    } finally {
      Raw.thing_obj_free(obj[0]);
    }
    return new Links(added[0], removed[0]);
  }

  /**
   * Drops what is cached of a row, which is never needed after writes through the library.
   *
   * @param id the key
   */
  public void evict(long id) {
    session.calling(ctx -> Raw.thing_cache_evict(db(), ctx, mapper.model, id));
  }
}
