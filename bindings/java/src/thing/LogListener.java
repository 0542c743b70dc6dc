package thing;

/** Hears the log, on the thread that makes the call. */
@FunctionalInterface
public interface LogListener {
  /**
   * One line.
   *
   * @param level how much it matters
   * @param json a JSON object: {"level":"debug","event":"sql","sql":...,"us":12,"rows":1}
   */
  void line(LogLevel level, String json);
}
