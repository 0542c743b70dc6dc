package thing;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.provider.Arguments;

/** The databases that tests run on. */
final class Databases {
  private static final Map<String, String> SERVERS = Map.of("postgres", "THING_TEST_POSTGRES", "mysql", "THING_TEST_MYSQL");

  private Databases() {}

  static Thing memory() {
    return Thing.open("sqlite::memory:");
  }

  /** The names of all, those without a server too. */
  static Stream<Arguments> all() {
    return Stream.of("sqlite", "postgres", "mysql").map(Arguments::of);
  }

  /** Opens one, without the tables that tests before left; skips where there is no server. */
  static Thing open(String name, String... tables) {
    if (name.equals("sqlite")) {
      return memory();
    }
    String url = System.getenv(SERVERS.get(name));
    Assumptions.assumeTrue(url != null, "no " + SERVERS.get(name));
    Thing db = Thing.open(url);
    for (String table : List.of(tables)) {
      db.exec("DROP TABLE IF EXISTS " + table);
    }
    return db;
  }
}
