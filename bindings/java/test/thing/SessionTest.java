package thing;

import static org.junit.jupiter.api.Assertions.*;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import thing.Models.Page;
import thing.Models.User;

/** What a session was given holds in its transactions and in hooks, and is not lost by calls with options of their own. */
class SessionTest {
  private static final String PLAIN = "thing.Databases#plain";

  private static Thing open(String name) {
    Thing db = Databases.open(name, Models.TABLES).register(User.class, Page.class);
    db.sync();
    return db;
  }

  private static void endsSoon(Runnable call) {
    assertTimeoutPreemptively(Duration.ofSeconds(10), call::run);
  }

  @Test
  void flagsHoldInTheTransaction() {
    try (Thing db = open("sqlite")) {
      db.on(User.class, call -> {
        throw new IllegalStateException();
      }, Event.BEFORE_SAVE);
      db.with(CallOptions.NONE.withoutHooks()).useTx(tx -> {
        tx.repo(User.class).insert(User.named("Ann"));
        assertEquals(0, tx.repo(Page.class).all().withDeleted().count());
        tx.repo(User.class).insert(User.named("Bob"));
        tx.useTx(inner -> inner.repo(User.class).insert(User.named("Eve")));
      });
      try (Tx tx = db.with(CallOptions.NONE.withoutHooks()).begin()) {
        assertEquals(0, tx.repo(Page.class).all().onlyDeleted().count());
        tx.repo(User.class).insert(User.named("Zoe"));
        tx.commit();
      }
      assertEquals(4, db.repo(User.class).count());
    }
  }

  @ParameterizedTest
  @MethodSource(PLAIN)
  void theDeadlineOfATransactionOutlastsThatOfACall(String name) {
    try (Thing db = open(name)) {
      Session hasty = db.with(Duration.ofMillis(400));
      endsSoon(() -> assertThrows(DeadlineException.class, () -> hasty.useTx(tx -> {
        tx.with(Duration.ofMinutes(9)).query("SELECT 1 AS a");
        tx.query(CallsTest.endless(name));
      })));
      endsSoon(() -> {
        try (Tx tx = hasty.begin()) {
          Session patient = tx.with(Duration.ofMinutes(9));
          assertThrows(DeadlineException.class, () -> patient.query(CallsTest.endless(name)), "the earlier one holds");
        }
      });
      assertEquals(1, db.with(Duration.ofSeconds(Long.MAX_VALUE)).query("SELECT 1 AS a").size());
    }
  }

  @ParameterizedTest
  @MethodSource(PLAIN)
  void theDeadlineOfACallHoldsInItsHooks(String name) {
    try (Thing db = open(name)) {
      db.on(User.class, call -> {
        call.session().with(Duration.ofMinutes(9)).query("SELECT 1 AS a");
        call.session().query(CallsTest.endless(name));
      }, Event.BEFORE_SAVE);
      Session hasty = db.with(Duration.ofMillis(400));
      endsSoon(() -> assertThrows(DeadlineException.class, () -> hasty.repo(User.class).insert(User.named("Ann"))));
      assertEquals(0, db.repo(User.class).count());
    }
  }

  @Test
  void theTagOfATransactionOutlastsThatOfACall() {
    try (Thing db = open("sqlite")) {
      List<String> lines = Collections.synchronizedList(new ArrayList<>());
      db.with(CallOptions.NONE.tagged("outer")).useTx(tx -> {
        tx.with(CallOptions.NONE.tagged("inner")).query("SELECT 1 AS a");
        db.log(LogLevel.DEBUG, (level, line) -> lines.add(line));
        tx.query("SELECT 2 AS a");
      });
      assertTrue(lines.stream().anyMatch(l -> l.contains("SELECT 2") && l.contains("\"outer\"")), lines::toString);
    }
  }

  @ParameterizedTest
  @MethodSource(PLAIN)
  void whatRunsInATransactionIsCancelledWithIt(String name) throws InterruptedException {
    try (Thing db = open(name)) {
      Cancellation cancellation = new Cancellation();
      AtomicReference<Throwable> cancelled = new AtomicReference<>();
      AtomicReference<Throwable> interrupted = new AtomicReference<>();
      Thread one = thrownBy(cancelled, () -> db.with(CallOptions.NONE.cancelledBy(cancellation)).useTx(tx -> {
        tx.repo(User.class).insert(User.named("Ann"));
        tx.query(CallsTest.endless(name));
      }));
      Thread.sleep(200);
      cancellation.cancel();
      one.join(10_000);
      Thread two = thrownBy(interrupted, () -> db.with(CallOptions.NONE.interruptibly()).useTx(tx -> {
        tx.repo(User.class).insert(User.named("Bob"));
        tx.query(CallsTest.endless(name));
      }));
      Thread.sleep(200);
      two.interrupt();
      two.join(10_000);
      assertInstanceOf(CancelledException.class, cancelled.get());
      assertInstanceOf(CancelledException.class, interrupted.get());
      assertEquals(0, db.repo(User.class).count());
    }
  }

  private static Thread thrownBy(AtomicReference<Throwable> thrown, Runnable call) {
    Thread thread = new Thread(() -> {
      try {
        call.run();
      } catch (Throwable e) {
        thrown.set(e);
      }
    });
    thread.start();
    return thread;
  }

  @Test
  void aCallInAHookDoesNotEndTheWatchOverTheCallAround() throws InterruptedException {
    try (Thing db = open("sqlite")) {
      Cancellation cancellation = new Cancellation();
      CallOptions both = CallOptions.NONE.interruptibly().cancelledBy(cancellation);
      db.on(User.class, call -> {
        call.session().with(both).query("SELECT 1 AS a");
        call.session().query(CallsTest.endless("sqlite"));
      }, Event.BEFORE_SAVE);
      AtomicReference<Throwable> thrown = new AtomicReference<>();
      Thread thread = thrownBy(thrown, () -> db.with(both).repo(User.class).insert(User.named("Ann")));
      Thread.sleep(200);
      thread.interrupt();
      thread.join(10_000);
      assertInstanceOf(CancelledException.class, thrown.get());
    }
  }

  @Test
  void aMissOfTheCacheAloneIsNoAbsentRow() {
    try (Thing db = open("sqlite")) {
      User ann = db.repo(User.class).insert(User.named("Ann"));
      Repo<User> cached = db.with(CallOptions.NONE.cachedOnly()).repo(User.class);
      db.clearCache();
      assertEquals(Code.MORE, assertThrows(ThingException.class, () -> cached.byId(ann.id())).code());
      assertEquals(Code.MORE, assertThrows(ThingException.class, () -> cached.byIds(ann.id())).code());
      assertEquals(Code.MORE, assertThrows(ThingException.class, () -> cached.all().list()).code());
      assertEquals(Code.MORE, assertThrows(ThingException.class, () -> cached.all().count()).code());
      db.repo(User.class).get(ann.id());
      assertEquals(ann, cached.get(ann.id()));
    }
  }
}
