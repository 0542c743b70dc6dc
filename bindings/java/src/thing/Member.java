package thing;

import java.lang.annotation.Annotation;
import java.lang.invoke.MethodHandle;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.List;
import java.util.Optional;

/** A component of a record or a field of a class: a field of the model, or a relation. */
final class Member {
  final String member; // its own name
  final String name; // of the field or relation
  final Class<?> type; // as declared
  final boolean optional;
  final Codec codec; // null: a relation
  final boolean isList; // of values
  final Class<?> target; // of a relation
  final boolean many; // of a relation
  final boolean isRelation;
  final MethodHandle get; // (Object)Object
  final MethodHandle set; // (Object, Object)void; null in records
  private final AnnotatedElement element;

  Member(String member, Type generic, Class<?> type, AnnotatedElement element, MethodHandle get, MethodHandle set) {
    this.member = member;
    this.element = element;
    this.type = type;
    this.get = get;
    this.set = set;
    Column column = element.getAnnotation(Column.class);
    name = column != null && !column.field().isEmpty() ? column.field() : member;
    optional = type == Optional.class;
    Type inner = optional ? argument(generic) : generic;
    isRelation = has(BelongsTo.class) || has(HasOne.class) || has(HasMany.class) || has(ManyToMany.class);
    many = rawOf(inner) == List.class && isRelation;
    codec = isRelation ? null : codecOf(inner, member);
    isList = codec != null && codec.isList();
    target = isRelation ? rawOf(many ? argument(inner) : inner) : null;
  }

  boolean isNullable() {
    return optional || has(Nullable.class) || has(SoftDelete.class);
  }

  boolean has(Class<? extends Annotation> annotation) {
    return element.isAnnotationPresent(annotation);
  }

  <A extends Annotation> A get(Class<A> annotation) {
    return element.getAnnotation(annotation);
  }

  Index[] indexes() {
    return element.getAnnotationsByType(Index.class);
  }

  Object valueOf(Object owner) {
    try {
      return (Object) get.invokeExact(owner);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("reading " + name, e);
    }
  }

  /** Of a class. */
  void set(Object owner, Object value) {
    try {
      set.invokeExact(owner, value);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("setting " + name, e);
    }
  }

  private static Codec codecOf(Type type, String member) {
    Class<?> raw = rawOf(type);
    Codec codec = raw == List.class ? Codec.of(rawOf(argument(type))) : Codec.of(raw);
    if (codec == null) {
      throw ThingException.of(Code.E_MODEL, "member '" + member + "': no field has values of " + type.getTypeName());
    }
    return raw == List.class ? Codec.listOf(codec) : codec;
  }

  private static Type argument(Type type) {
    return type instanceof ParameterizedType generic ? generic.getActualTypeArguments()[0] : Object.class;
  }

  private static Class<?> rawOf(Type type) {
    if (type instanceof Class<?> raw) {
      return raw;
    }
    return type instanceof ParameterizedType generic ? (Class<?>) generic.getRawType() : Object.class;
  }
}
