package thing;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.provider.Arguments;

/** The databases that tests run on. */
final class Databases {
  private static final Map<String, String> SERVERS = Map.of("postgres", "THING_TEST_POSTGRES", "mysql", "THING_TEST_MYSQL");

  private static final String MINE = "java_" + ProcessHandle.current().pid();
  private static final Map<String, String> PLACES = new ConcurrentHashMap<>();

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

  /** Whether that many statements were sent at most, where no others are: who shares a cache also looks for the word of others. */
  static void assertSent(String name, long most, long sent, String why) {
    if (!name.endsWith("+redis")) {
      Assertions.assertTrue(sent <= most, why + ": found " + sent);
    }
  }

  private static String url(String variable) {
    String url = System.getenv(variable);
    Assumptions.assumeTrue(url != null, "no " + variable);
    return url;
  }

  private static Thing connect(String name) {
    String[] parts = name.split("\\+");
    String url = urlOf(parts[0]);
    return parts.length == 1 ? Thing.open(url) : Thing.open(url, Map.of("cache", "redis", "redis", url("THING_TEST_REDIS")));
  }

  static String urlOf(String server) {
    return PLACES.computeIfAbsent(server, Databases::place);
  }

  /** A schema or a database that this process has alone; the URL of it. */
  private static String place(String server) {
    String url = url(SERVERS.get(server));
    String kind = server.equals("postgres") ? "SCHEMA " : "DATABASE ";
    String drop = "DROP " + kind + "IF EXISTS " + MINE + (server.equals("postgres") ? " CASCADE" : "");
    run(url, drop, "CREATE " + kind + MINE);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> run(url, drop)));
    return server.equals("postgres")
        ? url + (url.contains("?") ? "&" : "?") + "options=-csearch_path%3D" + MINE
        : url.replaceFirst("(//[^/]*/)[^?]*", "$1" + MINE);
  }

  private static void run(String url, String... statements) {
    try (Thing db = Thing.open(url)) {
      for (String sql : statements) {
        db.exec(sql);
      }
    }
  }

  /**
   * Runs it again when a server under load did not confirm in time that it has stopped a statement, after which the
   * library gives the connection up.
   */
  static void unlessGivenUp(Runnable body) {
    for (int attempt = 1; ; attempt++) {
      try {
        body.run();
        return;
      } catch (ConnectionException e) {
        if (attempt == 5) {
          throw e;
        }
      }
    }
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
