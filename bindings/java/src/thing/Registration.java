package thing;

/** Something that was added and can be taken away again. */
@FunctionalInterface
public interface Registration extends AutoCloseable {
  /** Takes it away. More than once does no harm. */
  @Override
  void close();
}
