package thing;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Passes the log on to SLF4J; loaded only where somebody asks for it, as SLF4J need not be there. */
final class Slf4jLog implements LogListener {
  private final Logger logger = LoggerFactory.getLogger("thing");

  @Override
  public void line(LogLevel level, String json) {
    switch (level) {
      case ERROR -> logger.error(json);
      case WARN -> logger.warn(json);
      case INFO -> logger.info(json);
      default -> logger.debug(json);
    }
  }

  /** What the logger would let through. */
  LogLevel level() {
    if (logger.isDebugEnabled()) {
      return LogLevel.DEBUG;
    }
    return logger.isInfoEnabled() ? LogLevel.INFO : logger.isWarnEnabled() ? LogLevel.WARN : LogLevel.ERROR;
  }
}
