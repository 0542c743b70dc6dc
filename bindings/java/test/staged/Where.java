import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import thing.LogLevel;
import thing.Thing;
import thing.UnsupportedException;

/** Prints the version of the library, and from where the natives were loaded. */
public final class Where {
  private Where() {}

  /**
   * Runs it.
   *
   * @param arguments none
   * @throws Exception when something is not as it should be
   */
  public static void main(String[] arguments) throws Exception {
    try (Thing db = Thing.open("sqlite::memory:");
        Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
      db.ping();
      db.log(LogLevel.OFF, null); // the natives by hand are in the same library
      System.out.println(Thing.version());
      needsNoSlf4j(db);
      maps.filter(line -> line.contains("libthing")).map(line -> line.replaceAll(".*? /", "/")).distinct().sorted()
          .forEach(System.out::println);
    }
  }

  private static void needsNoSlf4j(Thing db) {
    try {
      db.logToSlf4j();
      throw new IllegalStateException("SLF4J is on the class path");
    } catch (UnsupportedException e) {
      // as it should be
    }
  }
}
