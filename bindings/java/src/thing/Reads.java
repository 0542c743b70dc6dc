package thing;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import thing.raw.Native;
import thing.raw.Raw;
import thing.raw.Text;

/**
 * How rows of one model become objects of a class: by key, by queries, and with what is related to them.
 *
 * @param <T> the class
 */
public abstract sealed class Reads<T> extends Records<T> permits Repo {
  /** Where a row lies between the library and its object; a constructor that reads rows itself finds it in use. */
  private static final class Scratch {
    private static final ThreadLocal<Scratch> MINE = ThreadLocal.withInitial(Scratch::new);
    private static final int USUAL = 4 << 10;
    private static final int KEPT = 64 << 10;
    private ByteBuffer place; // where the library puts a row
    private long address;
    private byte[] bytes; // where it is read
    private boolean used;

    private Scratch() {
      resize(USUAL);
    }

    private void resize(int room) {
      place = ByteBuffer.allocateDirect(room);
      address = Native.address(place);
      bytes = new byte[room];
    }

    /** The row in bytes that the next one takes, too. */
    private byte[] borrowed(int length) {
      place.get(0, bytes, 0, length);
      return bytes;
    }

    private byte[] owned(int length) {
      byte[] own = new byte[length];
      place.get(0, own);
      return own;
    }

    private void release() {
      used = false;
      if (bytes.length > KEPT) {
        resize(USUAL); // a thread does not hold on to the largest row that it ever saw
      }
    }
  }

  final Session session;

  Reads(Session session, Mapper<T> mapper) {
    super(mapper);
    this.session = session;
  }

  final long db() {
    return session.thing().handle();
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

  final ThingException notFound() {
    return ThingException.of(Code.NOT_FOUND, mapper.name + ": there is no such row", mapper.name);
  }

  private T find(long id) {
    T object = read(id);
    return object == null ? null : mapper.loads.heard(session, mapper, object);
  }

  private T read(long id) {
    Scratch scratch = Scratch.MINE.get();
    if (scratch.used) {
      scratch = new Scratch();
    }
    scratch.used = true;
    try {
      // A database alone, mostly: its calls have no context, and this way nothing of contexts is in the way.
      int length = session instanceof Thing db ? read(db, 0, id, scratch) : readWithin(id, scratch);
      return length < 0 ? null : object(scratch, length);
    } finally {
      scratch.release();
    }
  }

  private int readWithin(long id, Scratch scratch) {
    long ctx = session.enter(0);
    try {
      return read(session.thing(), ctx, id, scratch);
    } finally {
      session.leave(ctx, 0);
      Reference.reachabilityFence(session);
    }
  }

  private int read(Thing db, long ctx, long id, Scratch scratch) {
    long need = Native.byId(db.handle(), ctx, mapper.model, id, scratch.address, scratch.bytes.length);
    while (need > scratch.bytes.length) {
      scratch.resize(Math.toIntExact(need));
      need = Native.byId(db.handle(), ctx, mapper.model, id, scratch.address, scratch.bytes.length);
    }
    Reference.reachabilityFence(db);
    if (need == Native.NOT_KNOWN) {
      Session.known(Code.MORE.status());
    }
    return (int) need;
  }

  /** An object that remembers its row needs bytes of its own. */
  private T object(Scratch scratch, int length) {
    return mapper.shape.isTracked
        ? mapper.readOne(scratch.owned(length))
        : mapper.read(mapper.parse(scratch.borrowed(length), length));
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

  static String keyJson(Object[] key) {
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
    Session.known(status);
    try {
      return mapper.loads.heard(session, mapper, mapper.readAll(Native.packed(rows[0])));
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
      return includes.fill(session, mapper, loaded[0], objects);
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

  /** The row of an object as it was loaded, as far as the object tells. */
  final byte[] loadedOf(T object) {
    byte[] base = mapper.base(object);
    if (base == null) {
      throw ThingException.of(Code.E_STATE, mapper.name + ": a new object has no row", mapper.name);
    }
    return Mapper.isPresent(base) ? mapper.pack(object, Mapper.Purpose.UPDATE) : base;
  }
}
