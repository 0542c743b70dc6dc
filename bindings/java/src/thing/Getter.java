package thing;

import java.io.Serializable;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.Method;
import java.util.function.Function;

/**
 * A reference to the accessor of a member, which stands for its field where a query wants a name: {@code User::name}, or
 * {@code User::getName}.
 *
 * @param <T> the class
 * @param <V> the type of the member
 */
@FunctionalInterface
public interface Getter<T, V> extends Function<T, V>, Serializable {
  /**
   * The name of the field.
   *
   * @return that of the method, without "get" or "is"
   */
  default String field() {
    return Names.ALL.get(getClass()).of(this);
  }

  /** The names by the classes that stand for references. */
  final class Names {
    private static final ClassValue<Names> ALL =
        new ClassValue<>() {
          @Override
          protected Names computeValue(Class<?> type) {
            return new Names();
          }
        };

    private volatile String name;

    private Names() {}

    private String of(Getter<?, ?> getter) {
      if (name == null) {
        name = read(getter);
      }
      return name;
    }

    private static String read(Getter<?, ?> getter) {
      try {
        Method write = getter.getClass().getDeclaredMethod("writeReplace");
        write.setAccessible(true);
        return plain(((SerializedLambda) write.invoke(getter)).getImplMethodName());
      } catch (ReflectiveOperationException | RuntimeException e) {
        throw ThingException.of(Code.E_INVALID, "this is no reference to a method, such as User::name: " + e.getMessage());
      }
    }

    private static String plain(String method) {
      if (method.startsWith("lambda$")) {
        throw new IllegalArgumentException("it is a lambda");
      }
      int prefix = method.startsWith("get") ? 3 : method.startsWith("is") ? 2 : 0;
      if (prefix == 0 || method.length() == prefix || !Character.isUpperCase(method.charAt(prefix))) {
        return method;
      }
      return Character.toLowerCase(method.charAt(prefix)) + method.substring(prefix + 1);
    }
  }
}
