package thing;

import static org.junit.jupiter.api.Assertions.*;

import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import thing.Models.Page;
import thing.Models.User;

/** What nobody closes, what another thread closes, and what is used by two. */
class LifetimeTest {
  private static Thing open(Path folder, Map<String, ?> options) {
    Thing db = Thing.open("sqlite:" + folder.resolve("life.db"), options).register(User.class, Page.class);
    db.sync();
    return db;
  }

  /** Collects garbage until it holds; false: it never did. */
  private static boolean comesTrue(BooleanSupplier holds) throws InterruptedException {
    for (int i = 0; i < 200; i++) {
      if (holds.getAsBoolean()) {
        return true;
      }
      System.gc();
      Thread.sleep(10);
    }
    return false;
  }

  private static WeakReference<Thing> forgotten(boolean closed) {
    Thing db = Databases.memory().register(User.class);
    db.sync();
    db.on(User.class, call -> db.ping(), Event.AFTER_COMMIT);
    db.log(LogLevel.DEBUG, (level, line) -> db.hashCode());
    db.repo(User.class).insert(User.named("Ann"));
    if (closed) {
      db.close();
    }
    return new WeakReference<>(db);
  }

  @Test
  void aDatabaseThatNobodyClosedGoesWithItsHooks() throws InterruptedException {
    WeakReference<Thing> open = forgotten(false);
    WeakReference<Thing> closed = forgotten(true);
    assertTrue(comesTrue(() -> open.refersTo(null)), "the open one");
    assertTrue(comesTrue(() -> closed.refersTo(null)), "the closed one");
  }

  @Test
  void hooksAndListenersStayWhileTheirDatabaseDoes() throws InterruptedException {
    try (Thing db = Databases.memory().register(User.class)) {
      db.sync();
      int[] heard = new int[2];
      db.on(User.class, call -> heard[0]++, Event.AFTER_SAVE);
      db.log(LogLevel.DEBUG, (level, line) -> heard[1]++);
      for (int i = 0; i < 3; i++) {
        System.gc();
        Thread.sleep(10);
      }
      db.repo(User.class).insert(User.named("Ann"));
      assertEquals(1, heard[0]);
      assertTrue(heard[1] > 0);
    }
  }

  private static void beginAndForget(Thing db) {
    db.begin().repo(User.class).insert(User.named("Ann"));
  }

  private static void streamAndForget(Thing db) {
    Iterator<User> rows = db.repo(User.class).all().stream(1).iterator();
    assertTrue(rows.hasNext());
  }

  @Test
  void transactionsAndStreamsThatNobodyClosedGiveTheirConnectionsBack(@TempDir Path folder) throws InterruptedException {
    try (Thing db = open(folder, Map.of("busy_timeout_ms", 20, "connections", 1))) {
      beginAndForget(db);
      assertTrue(comesTrue(() -> writes(db)), "the write lock came back");
      assertEquals(1, db.repo(User.class).count(), "what was not committed is gone");
      streamAndForget(db);
      assertTrue(comesTrue(() -> reads(db)), "the reader came back");
    }
  }

  private static boolean writes(Thing db) {
    try {
      db.repo(User.class).insert(User.named("Bob"));
      return true;
    } catch (BusyException e) {
      return false;
    }
  }

  private static boolean reads(Thing db) {
    try (Stream<User> rows = db.repo(User.class).all().stream()) {
      return rows.count() == 1;
    } catch (BusyException e) {
      return false;
    }
  }

  /** Runs a statement in a transaction on a thread of its own until it is cancelled. */
  private static Thread busy(Tx tx, Cancellation end, AtomicReference<Throwable> thrown) throws InterruptedException {
    CountDownLatch started = new CountDownLatch(1);
    Thread thread = new Thread(() -> {
      started.countDown();
      try {
        tx.with(CallOptions.NONE.cancelledBy(end)).query(CallsTest.endless("sqlite"));
      } catch (Throwable e) {
        thrown.set(e);
      }
    });
    thread.start();
    started.await();
    Thread.sleep(100);
    return thread;
  }

  @Test
  void aTransactionMayBeClosedWhileAnotherThreadIsInACallOfIt(@TempDir Path folder) throws InterruptedException {
    try (Thing db = open(folder, Map.of())) {
      Tx tx = db.begin();
      Cancellation end = new Cancellation();
      AtomicReference<Throwable> thrown = new AtomicReference<>();
      Thread thread = busy(tx, end, thrown);
      assertThrows(BusyException.class, () -> tx.repo(User.class).count(), "one thread at a time");
      assertThrows(BusyException.class, tx::commit);
      tx.close();
      assertThrows(ClosedException.class, () -> tx.repo(User.class).count());
      end.cancel();
      thread.join(10_000);
      assertInstanceOf(CancelledException.class, thrown.get());
      db.repo(User.class).insert(User.named("Ann"));
    }
  }

  @Test
  void aBodyEndsAfterTheCallsThatOtherThreadsMakeInIt(@TempDir Path folder) throws InterruptedException {
    try (Thing db = open(folder, Map.of())) {
      Cancellation end = new Cancellation();
      AtomicReference<Throwable> thrown = new AtomicReference<>();
      Thread[] threads = new Thread[2];
      // A context that was cancelled commits nothing.
      assertTimeoutPreemptively(Duration.ofSeconds(10), () -> assertThrows(CancelledException.class, () -> db.useTx(tx -> {
        threads[0] = busy(tx, end, thrown);
        threads[1] = new Thread(() -> {
          sleep(200);
          end.cancel();
        });
        threads[1].start();
      })));
      threads[0].join(10_000);
      threads[1].join();
      assertInstanceOf(CancelledException.class, thrown.get());
    }
  }

  private static void sleep(long ms) {
    try {
      Thread.sleep(ms);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void manyThreadsCloseTransactionsAndStreamsOfOthers(@TempDir Path folder) throws InterruptedException {
    try (Thing db = open(folder, Map.of("busy_timeout_ms", 5000))) {
      db.repo(User.class).saveAll(List.of(User.named("A"), User.named("B"), User.named("C")));
      AtomicReference<Throwable> wrong = new AtomicReference<>();
      for (int round = 0; round < 100; round++) {
        Tx tx = db.begin(TxOptions.READ_ONLY);
        Stream<User> rows = db.repo(User.class).all().stream(1);
        Thread reader = new Thread(() -> accept(wrong, () -> tx.repo(User.class).all().list()));
        Thread streamer = new Thread(() -> accept(wrong, () -> rows.forEach(row -> {})));
        reader.start();
        streamer.start();
        tx.close();
        rows.close();
        reader.join();
        streamer.join();
      }
      assertNull(wrong.get());
    }
  }

  private static void accept(AtomicReference<Throwable> wrong, Runnable call) {
    try {
      call.run();
    } catch (ClosedException | IllegalStateException e) {
      // the other was faster; the latter is what Java's streams say
    } catch (Throwable e) {
      wrong.set(e);
    }
  }

  /** A hook that fails where the library swallows it leaves nothing behind for calls to come. */
  @Test
  void whatAHookThrewBelongsToItsCallAlone() {
    try (Thing db = Databases.memory().register(User.class)) {
      db.sync();
      IllegalStateException first = new IllegalStateException("refused");
      IllegalStateException second = new IllegalStateException("refused");
      boolean[] refuse = {true};
      db.on(User.class, call -> {
        if (refuse[0]) {
          throw first;
        }
      }, Event.BEFORE_SAVE);
      db.useTx(tx -> assertSame(first, assertThrows(IllegalStateException.class, () -> tx.repo(User.class).insert(User.named("A")))));
      assertSame(second, assertThrows(IllegalStateException.class, () -> db.useTx(tx -> {
        assertThrows(IllegalStateException.class, () -> tx.repo(User.class).insert(User.named("A")));
        throw second;
      })));
      refuse[0] = false;
      assertSame(second, assertThrows(IllegalStateException.class, () -> db.useTx(tx -> {
        throw second;
      })));
      assertThrows(NotNullException.class, () -> db.repo(User.class).insert(new User(0, null, "x", null, null)));
    }
  }
}
