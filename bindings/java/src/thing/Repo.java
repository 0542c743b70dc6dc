package thing;

import static thing.raw.RawConstants.*;

import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import thing.raw.Native;
import thing.raw.Raw;
import thing.raw.Text;

/**
 * The rows of one model as objects of a class. It holds nothing but names: any thread may use one of a database, and keep it.
 *
 * @param <T> the class
 */
public final class Repo<T> extends Records<T> {
  /** Where a row lies between the library and its object; a constructor that reads rows itself finds it in use. */
  private static final class Scratch {
    private static final ThreadLocal<Scratch> MINE = ThreadLocal.withInitial(Scratch::new);
    private byte[] bytes = new byte[1024];
    private boolean used;
  }

  private final Session session;

  Repo(Session session, Mapper<T> mapper) {
    super(mapper);
    this.session = session;
  }

  private long db() {
    return session.thing().handle();
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

  // ---- reads by key

  /**
   * The row with an int key: the fast way, mostly from the cache.
   *
   * @param id the key
   * @return its object, or none
   */
  public Optional<T> byId(long id) {
    return Optional.ofNullable(find(id));
  }

  /**
   * The row with an int key, which has to be there.
   *
   * @param id the key
   * @return its object
   * @throws NotFoundException when it is not
   */
  public T get(long id) {
    T object = find(id);
    if (object == null) {
      throw notFound();
    }
    return object;
  }

  private ThingException notFound() {
    return ThingException.of(Code.NOT_FOUND, mapper.name + ": there is no such row", mapper.name);
  }

  private T find(long id) {
    Scratch scratch = Scratch.MINE.get();
    if (scratch.used) {
      scratch = new Scratch();
    }
    scratch.used = true;
    try {
      int length = read(id, scratch);
      return length < 0 ? null : object(scratch.bytes, length);
    } finally {
      scratch.used = false;
    }
  }

  private int read(long id, Scratch scratch) {
    long ctx = session.enter(0);
    try {
      long need = Native.byId(db(), ctx, mapper.model, id, scratch.bytes);
      while (need > scratch.bytes.length) {
        scratch.bytes = new byte[Math.toIntExact(need)];
        need = Native.byId(db(), ctx, mapper.model, id, scratch.bytes);
      }
      return (int) need;
    } finally {
      session.leave(ctx, 0);
      Reference.reachabilityFence(session);
    }
  }

  /** An object that remembers its row needs bytes of its own. */
  private T object(byte[] bytes, int length) {
    return mapper.shape.isTracked
        ? mapper.readOne(Arrays.copyOf(bytes, length))
        : mapper.read(mapper.parse(bytes, length));
  }

  /**
   * The row with a key of any kind.
   *
   * @param key its parts, in the order of the primary key
   * @return its object, or none
   */
  public Optional<T> byKey(Object... key) {
    List<T> rows = byKeysJson("[" + keyJson(key) + "]");
    return rows.isEmpty() ? Optional.empty() : Optional.of(rows.get(0));
  }

  private static String keyJson(Object[] key) {
    return JsonWriter.write(key.length == 1 ? key[0] : key);
  }

  /**
   * The rows with these keys by one call, in the order of the keys; absent ones are left out.
   *
   * @param ids int keys
   * @return their objects
   */
  public List<T> byIds(long... ids) {
    long[] rows = new long[1];
    return session.calling(ctx -> readRows(Raw.thing_by_ids(db(), ctx, mapper.model, ids, rows), rows));
  }

  /**
   * The same for a collection.
   *
   * @param ids int keys
   * @return their objects
   */
  public List<T> byIds(Collection<Long> ids) {
    return byIds(ids.stream().mapToLong(Long::longValue).toArray());
  }

  /**
   * The same for keys of any kind.
   *
   * @param keys a value each, or a list of values for keys of several fields
   * @return their objects
   */
  public List<T> byKeys(List<?> keys) {
    return byKeysJson(JsonWriter.write(keys));
  }

  private List<T> byKeysJson(String keys) {
    long[] rows = new long[1];
    return session.calling(ctx -> readRows(Raw.thing_by_keys(db(), ctx, mapper.model, keys, rows), rows));
  }

  private List<T> readRows(int status, long[] rows) {
    try {
      return mapper.readAll(Native.packed(rows[0]));
    } finally {
      Raw.thing_rows_free(rows[0]);
    }
  }

  // ---- queries

  /**
   * A query for all rows.
   *
   * @return the query
   */
  public Query<T> all() {
    return new Query<>(session, mapper);
  }

  /**
   * A query for rows that fulfil a condition.
   *
   * @param condition it
   * @return the query
   */
  public Query<T> where(Where condition) {
    return all().where(condition);
  }

  /**
   * A query for rows whose field equals a value; null finds NULL.
   *
   * @param field its name
   * @param value the value
   * @return the query
   */
  public Query<T> where(String field, Object value) {
    return all().where(field, value);
  }

  /**
   * A query for rows whose field compares with a value.
   *
   * @param field its name
   * @param op how
   * @param value the value
   * @return the query
   */
  public Query<T> where(String field, Op op, Object value) {
    return all().where(field, op, value);
  }

  /**
   * A query for rows whose field equals a value.
   *
   * @param field a reference to its accessor, User::name
   * @param value the value
   * @param <V> the type of both
   * @return the query
   */
  public <V> Query<T> where(Getter<T, V> field, V value) {
    return all().where(field, value);
  }

  /**
   * A query for rows whose field compares with a value.
   *
   * @param field a reference to its accessor, User::age
   * @param op how
   * @param value the value
   * @return the query
   */
  public Query<T> where(Getter<T, ?> field, Op op, Object value) {
    return all().where(field, op, value);
  }

  /**
   * A query given as a criteria document, docs/reference/criteria.md. Objects have members for all that they are asked for,
   * or are not asked for: {@link Query#toJson()} has what no member is for.
   *
   * @param json a JSON object
   * @return the query
   */
  public Query<T> criteria(String json) {
    return all().document(JsonReader.map(json));
  }

  /**
   * How many rows there are.
   *
   * @return a number
   */
  public long count() {
    return all().count();
  }

  // ---- writes

  /**
   * Inserts an object, or updates its row where that differs. Of an {@link Entity} the fields that changed since it was
   * loaded are written; of others the row is read first, and those that differ from it. An object whose key is set and whose
   * row is not there is inserted, but for an Entity that was loaded.
   *
   * @param object what to save
   * @return what the database holds: the same object, or of a record another one
   * @throws NotFoundException when the row of an Entity that was loaded is gone
   * @throws ConflictException when somebody saved the row meanwhile, and the model has a version
   */
  public T save(T object) {
    byte[] base = mapper.base(object);
    if (base == null) {
      return insert(object);
    }
    if (!Mapper.isPresent(base)) {
      return update(object, base, Mapper.Purpose.UPDATE);
    }
    byte[] written = write(Native.SAVE, base, mapper.pack(object, Mapper.Purpose.MERGE));
    return written == null ? insert(object) : mapper.pull(object, written);
  }

  /**
   * Inserts an object. Fields that are unset take their defaults: null where the field can not be NULL or has a default, an
   * Optional that is null, and a key of 0 that the database counts.
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
    return update(object, base, purposeOf(base));
  }

  private T update(T object, byte[] base, Mapper.Purpose purpose) {
    requireAlive(object);
    return saved(object, base, write(Native.SAVE, base, mapper.pack(object, purpose)));
  }

  private void requireAlive(T object) {
    if (mapper.isDeleted(object)) {
      throw ThingException.of(Code.E_STATE, mapper.name + ": its row was deleted; restore it, or save a copy");
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
    return mapper.afterWrite(object, base, required(written));
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
    return session.calling(
        ctx -> Native.write(
            db(), ctx, mapper.model, mapper.version, what, mode.ordinal(), present, keys, loaded, row));
  }

  /**
   * Saves objects as {@link #save} does, in one transaction: all or none. Inserts go out many rows a statement.
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
      rows[i] = mapper.pack(all.get(i), purposeOf(bases[i]));
    }
    writeMany(Native.SAVE, DeleteMode.DEFAULT, bases, rows);
    for (int i = 0; i < bases.length; i++) {
      all.set(i, mapper.afterWrite(all.get(i), bases[i], rows[i]));
    }
    return all;
  }

  private static Mapper.Purpose purposeOf(byte[] base) {
    if (base == null) {
      return Mapper.Purpose.INSERT;
    }
    return Mapper.isPresent(base) ? Mapper.Purpose.MERGE : Mapper.Purpose.UPDATE;
  }

  private void writeMany(int what, DeleteMode mode, byte[][] bases, byte[][] rows) {
    boolean done = session.calling(
        ctx -> Native.writeMany(db(), ctx, mapper.model, mapper.version, what, mode.ordinal(), bases, rows));
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
      mapper.afterDelete(object, written);
    }
    return written != null;
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
    T deleted = mapper.pull(object, written);
    mapper.afterDelete(deleted, written);
    return deleted;
  }

  /** The row of an object as it was loaded, as far as the object tells. */
  private byte[] loadedOf(T object) {
    byte[] base = mapper.base(object);
    if (base == null) {
      throw ThingException.of(Code.E_STATE, mapper.name + ": a new object has no row", mapper.name);
    }
    return Mapper.isPresent(base) ? mapper.pack(object, Mapper.Purpose.UPDATE) : base;
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
      mapper.afterDelete(object, rows[i++]);
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
    return session.calling(ctx -> Raw.thing_delete_by_id(db(), ctx, mapper.model, id, mode)) != THING_NOT_FOUND;
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
    return session.calling(ctx -> Raw.thing_delete_by_key(db(), ctx, mapper.model, json, mode)) != THING_NOT_FOUND;
  }

  /**
   * Takes a soft delete back, with what it took along.
   *
   * @param object the object
   * @return what the database holds
   */
  public T restore(T object) {
    return mapper.afterRead(object, required(write(Native.RESTORE, loadedOf(object), null)));
  }

  /**
   * Reads the row again.
   *
   * @param object the object
   * @return what the database holds: the same object, or of a record another one
   */
  public T reload(T object) {
    return mapper.afterRead(object, required(write(Native.RELOAD, loadedOf(object), null)));
  }

  /**
   * The row as it is in the database now, as another object.
   *
   * @param object the object, which stays as it is
   * @return another one
   * @throws NotFoundException when the row is gone
   */
  public T fresh(T object) {
    return mapper.readOne(required(write(Native.RELOAD, loadedOf(object), null)));
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

  // ---- relations

  /**
   * Loads relations for objects together, in place of what was loaded of them.
   *
   * @param objects the objects, with rows
   * @param relations that the class has members for, or of theirs behind dots
   * @return the same objects, or of records others; those whose rows are gone are left out
   */
  public List<T> load(Collection<? extends T> objects, String... relations) {
    Includes includes = new Includes();
    for (String relation : relations) {
      includes.add(relation, Map.of());
    }
    String keys = "[" + String.join(",", objects.stream().map(mapper::keyJson).toList()) + "]";
    List<T> all = new ArrayList<>(objects);
    return session.calling(ctx -> load(ctx, all, keys, includes));
  }

  private List<T> load(long ctx, List<T> objects, String keys, Includes includes) {
    long[] rows = new long[1];
    long[] loaded = new long[1];
    Raw.thing_by_keys(db(), ctx, mapper.model, keys, rows);
    try {
      Raw.thing_rows_load(db(), ctx, rows[0], JsonWriter.write(includes.document()), loaded);
      return includes.fill(session.thing(), mapper, loaded[0], objects);
    } finally {
      Raw.thing_rows_free(rows[0]);
      Raw.thing_rows_free(loaded[0]);
    }
  }

  /**
   * Loads relations for one object.
   *
   * @param object the object, with a row
   * @param relations that the class has members for
   * @return the same object, or of a record another one
   * @throws NotFoundException when the row is gone
   */
  public T load(T object, String... relations) {
    List<T> loaded = load(List.of(object), relations);
    if (loaded.isEmpty()) {
      throw notFound();
    }
    return loaded.get(0);
  }

  /**
   * A query for the rows of a relation of an object, to be narrowed, counted, paged or streamed.
   *
   * @param object the object, with a row
   * @param relation its name
   * @param type the class that it leads to
   * @param <R> that class
   * @return the query
   */
  public <R> Query<R> related(T object, String relation, Class<R> type) {
    long[] obj = new long[1];
    long[] criteria = new long[1];
    byte[][] json = new byte[1][];
    Raw.thing_obj_unpack(mapper.model, loadedOf(object), obj);
    try {
      Raw.thing_criteria_related(obj[0], relation, criteria);
      Raw.thing_criteria_json(criteria[0], json);
    } finally {
      Raw.thing_criteria_free(criteria[0]);
      Raw.thing_obj_free(obj[0]);
    }
    return new Query<>(session, session.thing().mapper(type)).document(JsonReader.map(Text.string(json[0])));
  }

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
      int status = session.calling(
          ctx -> Raw.thing_link(db(), ctx, obj[0], relation, mode.mode, json, fields, added, removed));
      if (status == THING_NOT_FOUND) {
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
