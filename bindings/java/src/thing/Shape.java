package thing;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A class or record as reflection sees it, once for all databases. */
final class Shape {
  private static final MethodType GETTER = MethodType.methodType(Object.class, Object.class);
  private static final MethodType SETTER = MethodType.methodType(void.class, Object.class, Object.class);
  private static final ClassValue<Shape> ALL =
      new ClassValue<>() {
        @Override
        protected Shape computeValue(Class<?> type) {
          return new Shape(type);
        }
      };

  final Class<?> type;
  final boolean isRecord;
  final boolean isTracked; // an Entity
  final List<Member> fields = new ArrayList<>();
  final List<Member> relations = new ArrayList<>();
  final List<Member> all = new ArrayList<>(); // of a record in the order of its constructor
  final List<HookMethod> hooks = new ArrayList<>();
  final MethodHandle constructor; // with the components of a record, else without parameters

  /** A method with {@link On}. */
  record HookMethod(On on, MethodHandle handle, boolean takesCall) {}

  static Shape of(Class<?> type) {
    return ALL.get(type);
  }

  private Shape(Class<?> type) {
    this.type = type;
    isRecord = type.isRecord();
    isTracked = Entity.class.isAssignableFrom(type);
    Shape.class.getModule().addReads(type.getModule()); // which has to open the package itself
    try {
      MethodHandles.Lookup lookup = MethodHandles.privateLookupIn(type, MethodHandles.lookup());
      constructor = isRecord ? readRecord(lookup) : readClass(lookup);
      readHooks(lookup);
    } catch (ReflectiveOperationException e) {
      throw ThingException.of(
          Code.E_MODEL,
          type.getName() + ": can not be reached or made: " + e.getMessage() + ". A class needs a constructor without"
              + " parameters, and its package must be open to the module thing");
    }
    for (Member member : all) {
      (member.isRelation ? relations : fields).add(member);
    }
  }

  String modelName() {
    Model model = type.getAnnotation(Model.class);
    return model == null || model.name().isEmpty() ? type.getSimpleName() : model.name();
  }

  Member relation(String name) {
    return relations.stream().filter(m -> m.name.equals(name)).findFirst().orElse(null);
  }

  /** The field whose member an accessor is of: one of its very name, or of that without "get" or "is". */
  String fieldOf(String accessor) {
    for (String member : List.of(accessor, GetterNames.plain(accessor))) {
      for (Member field : fields) {
        if (field.member.equals(member)) {
          return field.name;
        }
      }
    }
    throw ThingException.of(Code.E_INVALID, type.getName() + "." + accessor + " is the accessor of no field");
  }

  private MethodHandle readRecord(MethodHandles.Lookup lookup) throws ReflectiveOperationException {
    RecordComponent[] components = type.getRecordComponents();
    for (RecordComponent c : components) {
      MethodHandle get = lookup.unreflect(c.getAccessor()).asType(GETTER);
      all.add(new Member(c.getName(), c.getGenericType(), c.getType(), c, get, null));
    }
    Class<?>[] types = Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    Constructor<?> canonical = type.getDeclaredConstructor(types);
    return lookup.unreflectConstructor(canonical);
  }

  private MethodHandle readClass(MethodHandles.Lookup lookup) throws ReflectiveOperationException {
    for (Class<?> owner : lineage()) {
      MethodHandles.Lookup inside = owner == type ? lookup : MethodHandles.privateLookupIn(owner, lookup);
      for (Field field : owner.getDeclaredFields()) {
        if (isMember(field)) {
          all.add(
              new Member(field.getName(), field.getGenericType(), field.getType(), field,
                  inside.unreflectGetter(field).asType(GETTER), inside.unreflectSetter(field).asType(SETTER)));
        }
      }
    }
    return lookup.unreflectConstructor(type.getDeclaredConstructor());
  }

  /** The classes that members are declared in, from the top. */
  private Deque<Class<?>> lineage() {
    Deque<Class<?>> classes = new ArrayDeque<>();
    for (Class<?> c = type; c != Object.class && c != Entity.class && c != null; c = c.getSuperclass()) {
      classes.addFirst(c);
    }
    return classes;
  }

  private static boolean isMember(Field field) {
    int modifiers = field.getModifiers();
    return !Modifier.isStatic(modifiers) && !Modifier.isTransient(modifiers) && !Modifier.isFinal(modifiers)
        && !field.isAnnotationPresent(Ignore.class) && !field.isSynthetic();
  }

  /** Those of classes above come first; one that a class below overrides is that one's. */
  private void readHooks(MethodHandles.Lookup lookup) throws IllegalAccessException {
    Map<String, HookMethod> found = new LinkedHashMap<>();
    for (Class<?> owner : isRecord ? List.<Class<?>>of(type) : lineage()) {
      MethodHandles.Lookup inside = owner == type ? lookup : MethodHandles.privateLookupIn(owner, lookup);
      Method[] methods = owner.getDeclaredMethods();
      Arrays.sort(methods, Comparator.comparing(Method::toString)); // reflection has no order
      for (Method method : methods) {
        String key = Modifier.isPrivate(method.getModifiers()) ? method.toString() : signature(method);
        found.remove(key);
        if (method.isAnnotationPresent(On.class)) {
          found.put(key, hook(method, inside));
        }
      }
    }
    hooks.addAll(found.values());
  }

  private static String signature(Method method) {
    return method.getName() + Arrays.toString(method.getParameterTypes());
  }

  private HookMethod hook(Method method, MethodHandles.Lookup lookup) throws IllegalAccessException {
    Class<?>[] parameters = method.getParameterTypes();
    boolean takesCall = parameters.length == 1 && parameters[0] == HookCall.class;
    if (Modifier.isStatic(method.getModifiers()) || parameters.length > 0 && !takesCall) {
      throw ThingException.of(
          Code.E_MODEL, type.getName() + "." + method.getName() + ": a hook is no static method, and takes nothing or a HookCall");
    }
    return new HookMethod(method.getAnnotation(On.class), lookup.unreflect(method), takesCall);
  }
}
