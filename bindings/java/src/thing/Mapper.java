package thing;

import static thing.raw.RawConstants.*;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import thing.raw.Raw;

/**
 * Objects of a class as packed rows of a model, and back. Rows become objects by one method handle that is composed of the
 * readers of all members, which the virtual machine compiles as one method.
 */
final class Mapper<T> {
  private static final MethodHandles.Lookup HERE = MethodHandles.lookup();
  private static final MethodType MAKE = MethodType.methodType(Object.class, Packed.class);
  private static final MethodType FILL = MethodType.methodType(Object.class, Object.class, Packed.class);
  private static final byte[] PRESENT = {};
  private static final int SET_BY_LIBRARY = THING_FIELD_CREATED | THING_FIELD_UPDATED | THING_FIELD_DELETED | THING_FIELD_VERSION;

  /** How members that say nothing are written. */
  enum Purpose {
    INSERT, // what is unset takes its default
    UPDATE, // all members hold
    MERGE // all members hold but those that the library sets
  }

  final Shape shape;
  final Class<T> type;
  final long model;
  final String name;
  final int version; // the field that counts saves; -1: none
  final int columns;
  final long hash;
  final boolean[] inHeap;
  final LoadHooks<T> loads = new LoadHooks<>();
  private final List<Member> members = new ArrayList<>();
  private final int[] columnOf; // of members
  private final int[] flagsOf; // of members
  private final int[] keys; // columns of the primary key
  private final Maker maker;

  @SuppressWarnings("unchecked")
  Mapper(Shape shape, long model) {
    this.shape = shape;
    this.model = model;
    type = (Class<T>) shape.type;
    name = Raw.thing_model_name(model);
    columns = Raw.thing_model_field_count(model);
    hash = Raw.thing_model_hash(model);
    inHeap = new boolean[columns];
    int versionField = -1;
    List<Integer> primary = new ArrayList<>();
    for (int c = 0; c < columns; c++) {
      int flags = Raw.thing_model_field_flags(model, c);
      inHeap[c] = isInHeap(Raw.thing_model_field_type(model, c), flags);
      versionField = (flags & THING_FIELD_VERSION) != 0 ? c : versionField;
      if ((flags & THING_FIELD_PRIMARY) != 0) {
        primary.add(c);
      }
    }
    version = versionField;
    keys = primary.stream().mapToInt(i -> i).toArray();
    columnOf = new int[shape.fields.size()];
    flagsOf = new int[columnOf.length];
    shape.fields.forEach(this::bind);
    maker = Maker.of(composeMake(), shape.isRecord ? null : composeFill());
  }

  private static boolean isInHeap(int type, int flags) {
    return (flags & THING_FIELD_LIST) != 0
        || switch (type) {
          case THING_TYPE_DECIMAL, THING_TYPE_TEXT, THING_TYPE_BYTES, THING_TYPE_UUID, THING_TYPE_JSON, THING_TYPE_ENUM -> true;
          default -> false;
        };
  }

  private void bind(Member member) {
    int column = Raw.thing_model_field_index(model, member.name);
    if (column < 0) {
      throw wrong(member, "the model has no such field");
    }
    int flags = Raw.thing_model_field_flags(model, column);
    boolean list = (flags & THING_FIELD_LIST) != 0;
    if (list != member.codec.isList() || !member.codec.accepts(Raw.thing_model_field_type(model, column))) {
      throw wrong(member, "the field is of another type");
    }
    if (member.type.isPrimitive() && (flags & THING_FIELD_NULLABLE) != 0) {
      throw wrong(member, "the field may be NULL, which '" + member.type + "' can not be");
    }
    columnOf[members.size()] = column;
    flagsOf[members.size()] = flags;
    members.add(member);
  }

  private ThingException wrong(Member member, String what) {
    return ThingException.of(Code.E_MODEL, type.getName() + "." + member.name + ": " + what, name);
  }

  // ---- rows to objects

  private MethodHandle composeMake() {
    MethodHandle constructor = shape.constructor;
    if (!shape.isRecord) {
      constructor = constructor.asType(constructor.type().changeReturnType(Object.class));
      MethodHandle made = MethodHandles.dropArguments(constructor, 0, Packed.class);
      return MethodHandles.foldArguments(composeFill(), made).asType(MAKE);
    }
    MethodHandle made = constructor;
    for (int i = 0; i < shape.all.size(); i++) {
      made = MethodHandles.collectArguments(made, i, reader(shape.all.get(i)));
    }
    return MethodHandles.permuteArguments(
        made.asType(made.type().changeReturnType(Object.class)), MAKE, new int[shape.all.size()]);
  }

  private MethodHandle composeFill() {
    MethodHandle done = MethodHandles.dropArguments(MethodHandles.identity(Object.class), 1, Packed.class);
    for (Member member : shape.all) {
      MethodHandle read = reader(member).asType(MethodType.methodType(Object.class, Packed.class));
      done = MethodHandles.foldArguments(done, MethodHandles.collectArguments(member.set, 1, read));
    }
    return done.asType(FILL);
  }

  /** (Packed) and the type of the member. */
  private MethodHandle reader(Member member) {
    try {
      int place = shape.fields.indexOf(member);
      MethodHandle read;
      if (member.isRelation) {
        MethodHandle related = HERE.findVirtual(Packed.class, "related", MethodType.methodType(Object.class, int.class));
        read = MethodHandles.insertArguments(related, 1, shape.relations.indexOf(member));
      } else if (member.type.isPrimitive()) {
        String name = member.type.getName();
        String getter = "get" + Character.toUpperCase(name.charAt(0)) + name.substring(1);
        MethodHandle get = HERE.findVirtual(Packed.class, getter, MethodType.methodType(member.type, int.class));
        read = MethodHandles.insertArguments(get, 1, columnOf[place]);
      } else {
        String how = member.optional ? "readOptional" : "readValue";
        MethodType type = MethodType.methodType(Object.class, Codec.class, int.class, Packed.class);
        read = MethodHandles.insertArguments(HERE.findStatic(Mapper.class, how, type), 0, member.codec, columnOf[place]);
      }
      return read.asType(MethodType.methodType(member.type, Packed.class));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Object readValue(Codec codec, int column, Packed row) {
    return codec.read(row, column);
  }

  /** An absent value is null, NULL an empty Optional. */
  private static Object readOptional(Codec codec, int column, Packed row) {
    return row.isAbsent(column) ? null : Optional.ofNullable(codec.read(row, column));
  }

  /** A batch of the model. */
  Packed parse(byte[] bytes, int length) {
    Packed packed = new Packed(bytes, length);
    if (packed.columns() != columns || packed.modelHash() != hash) {
      throw Packed.broken("rows of another model than " + name);
    }
    return packed;
  }

  /** The object of the row that packed looks at. */
  @SuppressWarnings("unchecked")
  T read(Packed packed) {
    try {
      return (T) maker.make(packed);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(type.getName() + " can not be made", e);
    }
  }

  /** The only row of bytes that nobody else changes. */
  T readOne(byte[] bytes) {
    return remember(read(parse(bytes, bytes.length)), bytes, 0);
  }

  T remember(T object, byte[] bytes, int row) {
    if (shape.isTracked) {
      ((Entity) object).loaded(bytes, row);
    }
    return object;
  }

  /** Null: the cache was asked alone, and does not know. */
  List<T> readAll(byte[] bytes) {
    if (bytes == null) {
      Session.known(Code.MORE.status());
    }
    Packed packed = parse(bytes, bytes.length);
    int n = packed.rows();
    List<T> all = new ArrayList<>(n);
    for (int i = 0; i < n; i++) {
      all.add(remember(read(packed.row(i)), bytes, i));
    }
    return all;
  }

  /** What a write, laid over a row or nothing, made of an object. */
  T afterWrite(T object, byte[] base, byte[] bytes) {
    T now = pull(object, bytes);
    if (shape.isTracked) {
      ((Entity) now).saved(bytes, base);
    }
    return now;
  }

  /** What reading its row again made of an object. */
  T afterRead(T object, byte[] bytes) {
    return remember(pull(object, bytes), bytes, 0);
  }

  /** The object has the times and the version of its row, and what its user set. */
  T afterDelete(T object, byte[] bytes) {
    if (shape.isTracked) {
      copyFields(read(parse(bytes, bytes.length)), object, m -> (flagsOf[members.indexOf(m)] & SET_BY_LIBRARY) != 0);
      ((Entity) object).deleted(bytes);
    }
    return object;
  }

  /** The same object with the values of a row, or of a record another; relations stay. */
  @SuppressWarnings("unchecked")
  T pull(T object, byte[] bytes) {
    Packed packed = parse(bytes, bytes.length);
    packed.related(relationsOf(object));
    if (shape.isRecord) {
      return read(packed);
    }
    try {
      return (T) maker.fill(object, packed);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(type.getName() + " can not be filled", e);
    }
  }

  /** An object of a row that does not remember it; of null one whose fields are unset. */
  T rowOrNothing(byte[] row) {
    byte[] bytes = row;
    if (row == null) {
      PackWriter out = new PackWriter(columns, hash, 1);
      out.begin();
      for (int c = 0; c < columns; c++) {
        out.absent(c);
      }
      bytes = out.finish();
    }
    return read(parse(bytes, bytes.length));
  }

  /** An object as it was when its row was loaded, with the same in its relations. */
  T asLoaded(T object) {
    return withRelations(rowOrNothing(trackedRow(object)), relationsOf(object));
  }

  void copyFields(T from, T to, Predicate<Member> which) {
    members.stream().filter(which).forEach(m -> m.set(to, m.valueOf(from)));
  }

  Object[] relationsOf(T object) {
    return shape.relations.stream().map(m -> m.valueOf(object)).toArray();
  }

  /** The object with these values in its relations: itself, or of a record another. */
  T withRelations(T object, Object[] related) {
    if (shape.isRecord) {
      byte[] row = pack(object, Purpose.UPDATE);
      Packed packed = parse(row, row.length);
      packed.related(related);
      return read(packed);
    }
    for (int i = 0; i < related.length; i++) {
      shape.relations.get(i).set(object, related[i]);
    }
    return object;
  }

  // ---- objects to rows

  /** The values of the members that are fields. */
  Object[] values(T object) {
    return Differences.valuesOf(members, object);
  }

  byte[] pack(T object, Purpose purpose) {
    return pack(List.of(object), purpose);
  }

  byte[] pack(List<T> objects, Purpose purpose) {
    PackWriter out = new PackWriter(columns, hash, objects.size());
    for (T object : objects) {
      write(out, values(object), null, purpose);
    }
    return out.finish();
  }

  /** Only the members whose values differ from those before; null when none does. */
  byte[] packChanges(Object[] before, Object[] after) {
    boolean[] changed = new boolean[after.length];
    boolean any = false;
    for (int i = 0; i < after.length; i++) {
      changed[i] = !Objects.deepEquals(before[i], after[i]);
      any |= changed[i];
    }
    if (!any) {
      return null;
    }
    PackWriter out = new PackWriter(columns, hash, 1);
    write(out, after, changed, Purpose.UPDATE);
    return out.finish();
  }

  private void write(PackWriter out, Object[] values, boolean[] wanted, Purpose purpose) {
    out.begin();
    int[] memberOf = memberOfColumn();
    for (int c = 0; c < columns; c++) {
      int m = memberOf[c];
      if (m < 0 || wanted != null && !wanted[m]) {
        out.absent(c);
      } else {
        write(out, m, values[m], purpose);
      }
    }
  }

  private void write(PackWriter out, int m, Object value, Purpose purpose) {
    Member member = members.get(m);
    int column = columnOf[m];
    if (isUnset(m, value, purpose)) {
      out.absent(column);
      return;
    }
    Object plain = value instanceof Optional<?> optional ? optional.orElse(null) : value;
    if (plain == null) {
      out.nul(column);
    } else {
      member.codec.write(out, column, plain);
    }
  }

  private boolean isUnset(int m, Object value, Purpose purpose) {
    int flags = flagsOf[m];
    if (value == null && members.get(m).optional) {
      return true;
    }
    boolean isManaged = (flags & (THING_FIELD_CREATED | THING_FIELD_UPDATED | THING_FIELD_DELETED)) != 0;
    boolean mayBeNull = (flags & THING_FIELD_NULLABLE) != 0;
    return switch (purpose) {
      case UPDATE -> false;
      case MERGE -> isManaged || value == null && !mayBeNull;
      case INSERT -> (flags & THING_FIELD_VERSION) != 0
          || value == null && (isManaged || !mayBeNull || (flags & THING_FIELD_DEFAULTED) != 0)
          || (flags & THING_FIELD_GENERATED) != 0 && isZero(value);
    };
  }

  private static boolean isZero(Object value) {
    return value instanceof Number number && number.longValue() == 0;
  }

  private int[] memberOfColumn() {
    int[] memberOf = new int[columns];
    Arrays.fill(memberOf, -1);
    for (int m = 0; m < columnOf.length; m++) {
      memberOf[columnOf[m]] = m;
    }
    return memberOf;
  }

  // ---- keys and bases

  /** The row an Entity was loaded with; null for a new one, and for others. */
  byte[] trackedRow(T object) {
    return shape.isTracked ? ((Entity) object).loadedRow(inHeap) : null;
  }

  boolean isDeleted(T object) {
    return shape.isTracked && ((Entity) object).isDeleted();
  }

  /** What the write is laid over: the row as loaded, PRESENT for one that has to be read, null for a new one. */
  byte[] base(T object) {
    if (shape.isTracked) {
      return trackedRow(object);
    }
    return hasKey(object) ? PRESENT : null;
  }

  static Purpose purposeOf(byte[] base) {
    if (base == null) {
      return Purpose.INSERT;
    }
    return isPresent(base) ? Purpose.MERGE : Purpose.UPDATE;
  }

  /** Whether it has no row yet, as far as the object tells. */
  boolean isNew(T object) {
    return shape.isTracked ? ((Entity) object).isNew() : !hasKey(object);
  }

  static boolean isPresent(byte[] base) {
    return base != null && base.length == 0;
  }

  private boolean hasKey(T object) {
    for (int key : keys) {
      Object value = valueOf(object, key);
      if (value == null || isGenerated(key) && isZero(value)) {
        return false;
      }
    }
    return true;
  }

  private boolean isGenerated(int column) {
    return (Raw.thing_model_field_flags(model, column) & THING_FIELD_GENERATED) != 0;
  }

  Object valueOf(T object, int column) {
    for (int m = 0; m < columnOf.length; m++) {
      if (columnOf[m] == column) {
        return members.get(m).valueOf(object);
      }
    }
    throw ThingException.of(Code.E_INVALID, type.getName() + " has no member for the primary key", name);
  }

  /** The primary key as JSON. */
  String keyJson(T object) {
    Object[] values = new Object[keys.length];
    for (int i = 0; i < keys.length; i++) {
      values[i] = valueOf(object, keys[i]);
    }
    return JsonWriter.write(keys.length == 1 ? values[0] : values);
  }

  boolean hasIntKey() {
    return keys.length == 1 && Raw.thing_model_field_type(model, keys[0]) == THING_TYPE_INT;
  }

  /** The index of a field. */
  int field(String field) {
    int index = Raw.thing_model_field_index(model, field);
    if (index < 0) {
      throw ThingException.of(Code.E_INVALID, name + ": found no field '" + field + "'", name);
    }
    return index;
  }

  /** The names of the fields that the class has members for. */
  List<String> fieldNames() {
    return members.stream().map(m -> m.name).toList();
  }
}
