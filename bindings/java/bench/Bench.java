package thing;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import thing.raw.Native;

/**
 * Measures the layer beside JDBC on the same file in the same run, and its cache beside a crossing that does nothing. Prints
 * TAP, and holds each figure to its goal, which leaves room for machines that do other things.
 */
public final class Bench {
  private static final int ROWS = 5000;
  private static final int LIST = 1000;
  private static final int ROUNDS = 7;
  private static final long ROUND_NANOS = 60_000_000;
  private static final ThreadMXBean CLOCK = ManagementFactory.getThreadMXBean();

  @Model(table = "users")
  record User(long id, String name, @Nullable String email, double score, Instant made, boolean admin) {}

  /** The same rows, remembered by their objects. */
  @Model(name = "User", table = "users")
  static class Tracked extends Entity {
    @Id long id;
    String name;
    @Nullable String email;
    double score;
    Instant made;
    boolean admin;
  }

  /** Something done n times. */
  private interface Work {
    void run(int n) throws SQLException;
  }

  /** What is measured, and the most that it may be of what it is compared with; 0: a floor itself. */
  private record Item(String name, String floor, double goal, Work work) {}

  private final List<Item> items = new ArrayList<>();
  private long sum; // so that nothing is left out as useless

  /**
   * Measures.
   *
   * @param arguments none
   * @throws IOException when there is no place for a file
   * @throws SQLException of the driver
   */
  public static void main(String[] arguments) throws IOException, SQLException {
    Path folder = Files.createTempDirectory("thing-bench-");
    String file = folder.resolve("bench.db").toString();
    try (Thing cached = Thing.open("sqlite:" + file);
        Thing uncached = Thing.open("sqlite:" + file, Map.of("cache", "off"))) {
      fill(cached.register(User.class));
      uncached.register(User.class);
      try (Connection driver = DriverManager.getConnection("jdbc:sqlite:" + file)) {
        driver.createStatement().execute("PRAGMA synchronous = NORMAL"); // as the library has it
        Bench bench = new Bench();
        bench.add(cached, uncached, driver);
        System.exit(bench.report() ? 0 : 1);
      }
    } finally {
      try (var files = Files.list(folder)) {
        files.forEach(f -> f.toFile().delete());
      }
      Files.delete(folder);
    }
  }

  private static void fill(Thing db) {
    db.sync();
    List<User> many = new ArrayList<>();
    for (int i = 0; i < ROWS; i++) {
      String email = "user" + i + "@example.com";
      many.add(new User(0, String.format("user number %08d", i), email, i / 3.0, Instant.ofEpochSecond(i), i % 2 == 0));
    }
    db.repo(User.class).insertBatch(many);
  }

  // ---- work

  private void add(Thing cached, Thing uncached, Connection driver) throws SQLException {
    String columns = "SELECT id, name, email, score, made, admin FROM users ";
    PreparedStatement one = driver.prepareStatement(columns + "WHERE id = ?");
    PreparedStatement list = driver.prepareStatement(columns + "ORDER BY id LIMIT " + LIST);
    PreparedStatement update = driver.prepareStatement("UPDATE users SET score = ? WHERE id = ?");
    PreparedStatement insert = driver.prepareStatement("INSERT INTO users (name, score, made, admin) VALUES (?, ?, ?, ?)");
    items.add(new Item("crossing", "", 0, n -> {
      for (int i = 0; i < n; i++) {
        sum += Native.nothing(i);
      }
    }));
    items.add(new Item("packed row", "crossing", 0, packedRows(cached)));
    items.add(new Item("by id, JDBC", "", 0, n -> byId(one, n)));
    items.add(new Item("1000 rows, JDBC", "", 0, n -> list(list, n)));
    items.add(new Item("insert, JDBC", "", 0, n -> insert(insert, n)));
    items.add(new Item("update in a transaction, JDBC", "", 0, n -> updateInTransaction(driver, update, n)));
    items.add(new Item("by id, cached", "packed row", 3, byId(cached.repo(User.class))));
    items.add(new Item("by id, cached, Entity", "packed row", 3, trackedById(cached.repo(Tracked.class))));
    items.add(new Item("by id, cached, deadline", "packed row", 8, byId(cached.with(Duration.ofHours(1)).repo(User.class))));
    items.add(new Item("by id, not cached", "by id, JDBC", 1, byId(uncached.repo(User.class))));
    items.add(new Item("1000 rows, cached", "1000 rows, JDBC", 1, list(cached.repo(User.class))));
    items.add(new Item("1000 rows, not cached", "1000 rows, JDBC", 1, list(uncached.repo(User.class))));
    items.add(new Item("insert", "insert, JDBC", 2, n -> insert(cached.repo(User.class), n)));
    items.add(new Item("save without changes", "by id, JDBC", 1.5, n -> saveUnchanged(cached.repo(Tracked.class), n)));
    items.add(new Item("save in a transaction", "update in a transaction, JDBC", 6, n -> saveInTransaction(cached, n)));
  }

  private static User read(ResultSet row) throws SQLException {
    row.getString(5); // what is left as text is less work than the layer does
    return new User(row.getLong(1), row.getString(2), row.getString(3), row.getDouble(4), null, row.getBoolean(6));
  }

  /** Few rows again and again, which are cached where there is a cache. */
  private static long idOf(int i) {
    return i % 100 + 1;
  }

  private void byId(PreparedStatement statement, int n) throws SQLException {
    for (int i = 0; i < n; i++) {
      statement.setLong(1, idOf(i));
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        sum += read(row).name().length();
      }
    }
  }

  private Work byId(Repo<User> users) {
    return n -> {
      for (int i = 0; i < n; i++) {
        sum += users.get(idOf(i)).name().length();
      }
    };
  }

  /** What the library alone takes for a row of its cache, in one crossing: the floor of reads by key. */
  private Work packedRows(Thing db) {
    ByteBuffer place = ByteBuffer.allocateDirect(1024);
    long address = Native.address(place);
    long handle = db.handle();
    long model = db.mapper(User.class).model;
    return n -> {
      for (int i = 0; i < n; i++) {
        sum += Native.byId(handle, 0, model, idOf(i), address, place.capacity());
      }
    };
  }

  private Work trackedById(Repo<Tracked> users) {
    return n -> {
      for (int i = 0; i < n; i++) {
        sum += users.get(idOf(i)).name.length();
      }
    };
  }

  private void list(PreparedStatement statement, int n) throws SQLException {
    for (int i = 0; i < n; i++) {
      List<User> all = new ArrayList<>(LIST);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          all.add(read(row));
        }
      }
      count(all);
    }
  }

  private Work list(Repo<User> users) {
    var query = users.all().order("id").limit(LIST);
    return n -> {
      for (int i = 0; i < n; i++) {
        count(query.list());
      }
    };
  }

  private void count(List<User> all) {
    if (all.size() != LIST) {
      throw new IllegalStateException(all.size() + " rows");
    }
    sum += all.get(LIST - 1).id();
  }

  private static void insert(PreparedStatement statement, int n) throws SQLException {
    for (int i = 0; i < n; i++) {
      statement.setString(1, "x");
      statement.setDouble(2, 1.5);
      statement.setString(3, "2024-05-06 07:08:09");
      statement.setInt(4, 0);
      statement.executeUpdate();
    }
  }

  private static void insert(Repo<User> users, int n) {
    for (int i = 0; i < n; i++) {
      users.insert(new User(0, "x", null, 1.5, Instant.EPOCH, false));
    }
  }

  private static void saveUnchanged(Repo<Tracked> users, int n) {
    Tracked user = users.get(7);
    for (int i = 0; i < n; i++) {
      users.save(user);
    }
  }

  private static void updateInTransaction(Connection driver, PreparedStatement update, int n) throws SQLException {
    driver.setAutoCommit(false);
    for (int i = 0; i < n; i++) {
      update.setDouble(1, i);
      update.setLong(2, 7);
      update.executeUpdate();
    }
    driver.commit();
    driver.setAutoCommit(true);
  }

  private static void saveInTransaction(Thing db, int n) {
    db.useTx(tx -> {
      Repo<Tracked> users = tx.repo(Tracked.class);
      Tracked user = users.get(7);
      for (int i = 0; i < n; i++) {
        user.score = i;
        users.save(user);
      }
    });
  }

  // ---- harness

  /** The best of some rounds: what others did meanwhile is no part of it. Rounds of all items take turns. */
  private Map<String, Double> measure() throws SQLException {
    Map<String, Double> took = new LinkedHashMap<>();
    for (int round = 0; round < ROUNDS; round++) {
      for (Item item : items) {
        took.merge(item.name(), round(item.work()), Math::min);
      }
    }
    return took;
  }

  /** The time of the processor for one, of as many as fit into some milliseconds; the first ones warm up. */
  private static double round(Work work) throws SQLException {
    for (int n = 20;; n *= 3) {
      long started = System.nanoTime();
      long worked = CLOCK.getCurrentThreadCpuTime();
      work.run(n);
      worked = CLOCK.getCurrentThreadCpuTime() - worked;
      if (System.nanoTime() - started > ROUND_NANOS) {
        return (double) worked / n;
      }
    }
  }

  private boolean report() throws SQLException {
    Map<String, Double> took = measure();
    int points = 0;
    int failures = 0;
    for (Item item : items) {
      if (item.goal() == 0) {
        System.out.printf("# %-24s %10.0f ns%n", item.name(), took.get(item.name()));
        continue;
      }
      double ratio = took.get(item.name()) / took.get(item.floor());
      boolean holds = ratio <= item.goal();
      failures += holds ? 0 : 1;
      System.out.printf(
          "%s %d - %s: %.0f ns, %.2f of %s, at most %.1f%n", holds ? "ok" : "not ok", ++points, item.name(),
          took.get(item.name()), ratio, item.floor(), item.goal());
    }
    System.out.println("1.." + points + (sum == 0 ? " # nothing was read" : ""));
    return failures == 0;
  }
}
