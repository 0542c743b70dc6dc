package thing;

import static java.lang.constant.ConstantDescs.DEFAULT_NAME;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;

/** A pattern for classes whose handles are constants: it is never used as it stands, only its hidden copies are. */
final class ConstantMaker implements Maker {
  private static final MethodHandle MAKE = handle(0);
  private static final MethodHandle FILL = handle(1);

  ConstantMaker() {}

  private static MethodHandle handle(int index) {
    try {
      return MethodHandles.classDataAt(MethodHandles.lookup(), DEFAULT_NAME, MethodHandle.class, index);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public Object make(Packed packed) throws Throwable {
    return (Object) MAKE.invokeExact(packed);
  }

  @Override
  public Object fill(Object object, Packed packed) throws Throwable {
    return (Object) FILL.invokeExact(object, packed);
  }
}
