package thing;

import static thing.raw.RawConstants.*;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.LongFunction;
import thing.raw.Raw;
import thing.raw.Text;

/**
 * What can be said of objects of one model without asking the database: how they look as JSON, what changed in them, what
 * input from outside may set.
 *
 * @param <T> the class
 */
public abstract sealed class Records<T> permits Reads {
  final Mapper<T> mapper;

  Records(Mapper<T> mapper) {
    this.mapper = mapper;
  }

  // ---- as the library has them

  /** The object as one of the library, loaded or new, with what was set in it. */
  private long handleOf(T object) {
    byte[] base = mapper.trackedRow(object);
    return handleOf(mapper, base, mapper.pack(object, Mapper.purposeOf(base)));
  }

  /** A row as it was loaded, or for null a new one, with values laid over it. */
  static long handleOf(Mapper<?> mapper, byte[] base, byte[] values) {
    long obj = handleOf(mapper, base);
    try {
      Raw.thing_obj_assign_packed(obj, values);
    } catch (RuntimeException | Error e) {
      Raw.thing_obj_free(obj);
      throw e;
    }
    return obj;
  }

  private static long handleOf(Mapper<?> mapper, byte[] row) {
    if (row == null) {
      return Raw.thing_obj_new(mapper.model);
    }
    long[] obj = new long[1];
    Raw.thing_obj_unpack(mapper.model, row, obj);
    return obj[0];
  }

  private <R> R with(long obj, LongFunction<R> use) {
    try {
      return use.apply(obj);
    } finally {
      Raw.thing_obj_free(obj);
    }
  }

  static byte[] packed(long obj) {
    byte[][] row = new byte[1][];
    Raw.thing_obj_pack(obj, row);
    return row[0];
  }

  // ---- JSON

  /**
   * An object as JSON, in the order of its fields, without hidden ones and those that are unset. Relations are not in it;
   * {@link Query#toJson()} has them.
   *
   * @param object the object
   * @return a JSON object
   */
  public String toJson(T object) {
    return toJson(object, false, false);
  }

  /**
   * The same with more or less of it.
   *
   * @param object the object
   * @param hidden hidden fields too
   * @param changed changed fields only
   * @return a JSON object
   */
  public String toJson(T object, boolean hidden, boolean changed) {
    byte[][] json = new byte[1][];
    int flags = (hidden ? THING_JSON_HIDDEN : 0) | (changed ? THING_JSON_CHANGED : 0);
    with(handleOf(object), obj -> Raw.thing_obj_json(obj, flags, json));
    return Text.string(json[0]);
  }

  /**
   * Chosen fields of an object as JSON.
   *
   * @param object the object
   * @param fields "name,email", "-secret", as thing_obj_json_fields has it
   * @return a JSON object
   */
  public String toJson(T object, String fields) {
    byte[][] json = new byte[1][];
    with(handleOf(object), obj -> Raw.thing_obj_json_fields(obj, fields, 0, json));
    return Text.string(json[0]);
  }

  // ---- changes

  /**
   * The fields that a save would write: of a new object those that are set, of an {@link Entity} those that differ from
   * the row it was loaded with.
   *
   * @param object the object
   * @return their names in the order of the model
   */
  public List<String> changed(T object) {
    List<String> names = new ArrayList<>();
    return with(
        handleOf(object),
        obj -> {
          for (int c = 0; c < mapper.columns; c++) {
            if (Raw.thing_obj_dirty(obj, c)) {
              names.add(Raw.thing_model_field_name(mapper.model, c));
            }
          }
          return names;
        });
  }

  /**
   * What a save would write.
   *
   * @param object the object
   * @return {"field":[old,new],...}
   */
  public String changes(T object) {
    return with(handleOf(object), Records::changesOf);
  }

  private static String changesOf(long obj) {
    byte[][] json = new byte[1][];
    Raw.thing_obj_changes_json(obj, json);
    return Text.string(json[0]);
  }

  /**
   * What the last save of an {@link Entity} wrote.
   *
   * @param object the object
   * @return {"field":[old,new],...}; {} when it was not saved since it was loaded, and of objects that are no Entity
   */
  public String savedChanges(T object) {
    if (!(object instanceof Entity entity) || !entity.wasSaved()) {
      return "{}";
    }
    byte[] saved = mapper.trackedRow(object);
    return with(
        handleOf(mapper, entity.rowBefore()),
        obj -> {
          Raw.thing_obj_assign_packed(obj, saved);
          return changesOf(obj);
        });
  }

  /**
   * Takes changes back: the fields of an {@link Entity} hold what it was loaded with again, those of a new one nothing.
   *
   * @param object the object
   * @param fields those to take back; none: all of them
   */
  public void revert(T object, String... fields) {
    if (!mapper.shape.isTracked) {
      throw ThingException.of(Code.E_STATE, mapper.name + ": only an Entity remembers what it was loaded with", mapper.name);
    }
    Set<String> wanted = Set.of(fields);
    wanted.forEach(mapper::field);
    mapper.copyFields(mapper.rowOrNothing(mapper.trackedRow(object)), object, m -> wanted.isEmpty() || wanted.contains(m.name));
  }

  // ---- values

  /**
   * Brings values into the form in which they are saved: texts that are trimmed or have one case, decimals, times to the
   * microsecond.
   *
   * @param object the object
   * @return the same object, or of a record another one
   * @throws ThingException for a value that the model does not take; then nothing is changed
   */
  public T normalize(T object) {
    return mapper.pull(object, with(handleOf(object), Records::packed));
  }

  /**
   * Sets fields by input from outside: those that the model lets it fill ("fillable", "guarded"). All or none.
   *
   * @param object the object
   * @param json a JSON object
   * @param how what becomes of other fields
   * @return the same object, or of a record another one
   */
  public T fill(T object, String json, Fill... how) {
    byte[] filled = with(
        handleOf(object),
        obj -> {
          Raw.thing_obj_fill_json(obj, json, Fill.flags(how));
          return packed(obj);
        });
    return mapper.pull(object, filled);
  }

  /**
   * A new object with the values of another, but for its key, the fields that the library sets, and some more.
   *
   * @param object the object
   * @param except fields to leave out
   * @return the new one, not saved
   */
  public T replicate(T object, String... except) {
    int[] fields = Arrays.stream(except).mapToInt(mapper::field).toArray();
    byte[] row = with(
        handleOf(object),
        obj -> {
          long[] copy = new long[1];
          Raw.thing_obj_replicate(obj, fields, copy);
          return with(copy[0], Records::packed);
        });
    return mapper.read(mapper.parse(row, row.length));
  }
}
