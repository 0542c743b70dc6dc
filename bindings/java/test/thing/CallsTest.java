package thing;

import static org.junit.jupiter.api.Assertions.*;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import thing.Models.User;

class CallsTest {
  /** Runs for many seconds, unless somebody ends it. */
  static String endless(String name) {
    return switch (name) {
      case "postgres" -> "SELECT pg_sleep(30)";
      case "mysql" -> "SELECT SLEEP(30)";
      default -> "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) SELECT COUNT(*) FROM n";
    };
  }

  private static void endsSoon(Runnable call) {
    assertTimeoutPreemptively(Duration.ofSeconds(20), call::run);
  }

  @ParameterizedTest
  @ValueSource(strings = {"sqlite", "postgres", "mysql"})
  void aDeadlineEndsTheStatement(String name) {
    try (Thing db = Databases.open(name)) {
      Session hasty = db.with(Duration.ofMillis(100));
      endsSoon(() -> assertThrows(DeadlineException.class, () -> hasty.query(endless(name))));
      endsSoon(() -> assertThrows(DeadlineException.class, () -> hasty.useTx(tx -> tx.query(endless(name)))));
      endsSoon(() -> Databases.unlessGivenUp(() -> db.useTx(tx -> {
        assertThrows(DeadlineException.class, () -> tx.with(Duration.ofMillis(100)).query(endless(name)));
        assertEquals(1, tx.query("SELECT 1 AS a").size(), "the deadline was that of the call");
      })));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"sqlite", "postgres", "mysql"})
  void anInterruptCancelsTheStatement(String name) throws InterruptedException {
    try (Thing db = Databases.open(name)) {
      Session calls = db.with(CallOptions.NONE.interruptibly());
      AtomicReference<Throwable> thrown = new AtomicReference<>();
      AtomicReference<Boolean> flag = new AtomicReference<>();
      Thread thread = new Thread(() -> {
        thrown.set(assertThrows(ThingException.class, () -> calls.query(endless(name))));
        flag.set(Thread.currentThread().isInterrupted());
      });
      thread.start();
      Thread.sleep(200);
      thread.interrupt();
      thread.join(10_000);
      assertInstanceOf(CancelledException.class, thrown.get());
      assertTrue(flag.get(), "the thread stays interrupted");
      assertEquals(1, calls.query("SELECT 1 AS a").size());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"sqlite", "postgres", "mysql"})
  void anotherThreadCancels(String name) throws InterruptedException {
    try (Thing db = Databases.open(name)) {
      Cancellation cancellation = new Cancellation();
      Session calls = db.with(CallOptions.NONE.cancelledBy(cancellation));
      Thread thread = new Thread(() -> {
        try {
          Thread.sleep(100);
        } catch (InterruptedException e) {
          return;
        }
        cancellation.cancel();
      });
      thread.start();
      endsSoon(() -> assertThrows(CancelledException.class, () -> calls.query(endless(name))));
      thread.join();
      assertTrue(cancellation.isCancelled());
      assertThrows(CancelledException.class, () -> calls.query("SELECT 1 AS a"), "later calls, too");
    }
  }

  @Test
  void optionsReachTheCall() {
    try (Thing db = Databases.memory().register(User.class)) {
      db.sync();
      List<String> lines = Collections.synchronizedList(new ArrayList<>());
      User ann = db.repo(User.class).insert(User.named("Ann"));
      db.log(LogLevel.DEBUG, (level, line) -> lines.add(level + line));
      db.with(CallOptions.NONE.tagged("r \uD83D\uDE00").uncached()).repo(User.class).get(ann.id());
      assertTrue(lines.stream().anyMatch(l -> l.startsWith("DEBUG") && l.contains("r \uD83D\uDE00")), lines::toString);
      db.log(LogLevel.OFF, null);
      int heard = lines.size();
      db.on(User.class, call -> {
        throw new IllegalStateException();
      }, Event.BEFORE_SAVE);
      db.with(CallOptions.NONE.withoutHooks()).repo(User.class).insert(User.named("Bob"));
      assertEquals(heard, lines.size());
      db.useTx(tx -> tx.with(CallOptions.NONE.withoutHooks()).repo(User.class).insert(User.named("Eve")));
      assertEquals(3, db.repo(User.class).count());
    }
  }

  @Test
  void slf4jHearsTheLog(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("log");
    System.setProperty("org.slf4j.simpleLogger.logFile", file.toString()); // read when the first logger is made
    System.setProperty("org.slf4j.simpleLogger.log.thing", "debug");
    try (Thing db = Databases.memory()) {
      db.logToSlf4j();
      db.query("SELECT 7 AS seven");
    }
    String log = Files.readString(file);
    assertTrue(log.contains("DEBUG thing") && log.contains("SELECT 7"), log);
  }
}
