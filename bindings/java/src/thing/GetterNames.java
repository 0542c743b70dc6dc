package thing;

import java.lang.invoke.SerializedLambda;
import java.lang.reflect.Method;

/** The names of the methods that getters refer to, by the classes that stand for the references. */
final class GetterNames {
  private static final ClassValue<GetterNames> ALL =
      new ClassValue<>() {
        @Override
        protected GetterNames computeValue(Class<?> type) {
          return new GetterNames();
        }
      };

  private volatile String name;

  private GetterNames() {}

  /** The method's own name. */
  static String methodOf(Getter<?, ?> getter) {
    GetterNames names = ALL.get(getter.getClass());
    if (names.name == null) {
      names.name = read(getter);
    }
    return names.name;
  }

  /** That of a property: without "get" or "is". */
  static String plain(String method) {
    int prefix = method.startsWith("get") ? 3 : method.startsWith("is") ? 2 : 0;
    if (prefix == 0 || method.length() == prefix || !Character.isUpperCase(method.charAt(prefix))) {
      return method;
    }
    return Character.toLowerCase(method.charAt(prefix)) + method.substring(prefix + 1);
  }

  private static String read(Getter<?, ?> getter) {
    try {
      Method write = getter.getClass().getDeclaredMethod("writeReplace");
      write.setAccessible(true);
      String method = ((SerializedLambda) write.invoke(getter)).getImplMethodName();
      if (method.startsWith("lambda$")) {
        throw new IllegalArgumentException("it is a lambda");
      }
      return method;
    } catch (ReflectiveOperationException | RuntimeException e) {
      throw ThingException.of(Code.E_INVALID, "this is no reference to a method, such as User::name: " + e.getMessage());
    }
  }
}
