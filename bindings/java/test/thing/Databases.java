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

  /** The names of all, those without a server too; "+redis": with the shared cache in front. */
  static Stream<Arguments> all() {
    return Stream.of("sqlite", "postgres", "mysql", "postgres+redis", "mysql+redis").map(Arguments::of);
  }

  /** Without caches of servers. */
  static Stream<Arguments> plain() {
    return Stream.of("sqlite", "postgres", "mysql").map(Arguments::of);
  }

  private static String url(String variable) {
    String url = System.getenv(variable);
    Assumptions.assumeTrue(url != null, "no " + variable);
    return url;
  }

  private static Thing connect(String name) {
    String[] parts = name.split("\\+");
    String url = url(SERVERS.get(parts[0]));
    return parts.length == 1 ? Thing.open(url) : Thing.open(url, Map.of("cache", "redis", "redis", url("THING_TEST_REDIS")));
  }

  /** Opens one, without the tables that tests before left; skips where there is no server. */
  static Thing open(String name, String... tables) {
    if (name.equals("sqlite")) {
      return memory();
    }
    Thing db = connect(name);
    for (String table : List.of(tables)) {
      db.exec("DROP TABLE IF EXISTS " + table);
    }
    return db;
  }
}
