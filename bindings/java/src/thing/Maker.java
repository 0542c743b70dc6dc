package thing;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Arrays;

/** Makes objects of rows, and fills them. */
interface Maker {
  /** An object of the row that packed looks at. */
  Object make(Packed packed) throws Throwable;

  /** The object with the values of the row that packed looks at. */
  Object fill(Object object, Packed packed) throws Throwable;

  /**
   * By handles of the types (Packed)Object and (Object, Packed)Object; fill is null for records. The virtual machine
   * compiles handles into their callers where they are constants, so each pair gets a class of its own, in which they are.
   */
  static Maker of(MethodHandle make, MethodHandle fill) {
    try (InputStream in = ConstantMaker.class.getResourceAsStream("ConstantMaker.class")) {
      if (in != null) {
        MethodHandles.Lookup made =
            MethodHandles.lookup().defineHiddenClassWithClassData(in.readAllBytes(), Arrays.asList(make, fill), true);
        return (Maker) made.findConstructor(made.lookupClass(), MethodType.methodType(void.class)).invoke();
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (Throwable e) {
      throw new IllegalStateException("making a class of handles", e);
    }
    return new PlainMaker(make, fill);
  }
}
