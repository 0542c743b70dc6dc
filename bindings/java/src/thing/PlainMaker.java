package thing;

import java.lang.invoke.MethodHandle;

/** What does the same where classes can not be made of their bytes. */
record PlainMaker(MethodHandle maker, MethodHandle filler) implements Maker {
  @Override
  public Object make(Packed packed) throws Throwable {
    return (Object) maker.invokeExact(packed);
  }

  @Override
  public Object fill(Object object, Packed packed) throws Throwable {
    return (Object) filler.invokeExact(object, packed);
  }
}
