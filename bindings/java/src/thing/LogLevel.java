package thing;

/** How much the log tells. */
public enum LogLevel {
  /** Nothing. */
  OFF,
  /** What failed. */
  ERROR,
  /** What should not be. */
  WARN,
  /** What happens seldom. */
  INFO,
  /** Each statement. */
  DEBUG;

  private static final LogLevel[] ALL = values();

  static LogLevel of(int level) {
    return ALL[level & 7];
  }
}
