package thing;

import static org.junit.jupiter.api.Assertions.*;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import thing.Models.User;

class TxTest {
  private static final String ALL = "thing.Databases#all";

  private static Thing users(String name) {
    Thing db = Databases.open(name, Models.TABLES).register(User.class);
    db.sync();
    return db;
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void aBodyThatComesToItsEndCommits(String name) {
    try (Thing db = users(name)) {
      long id = db.tx(tx -> {
        User ann = tx.repo(User.class).insert(User.named("Ann"));
        assertEquals(1, tx.repo(User.class).count(), "it sees what it wrote");
        return ann.id();
      });
      assertEquals("Ann", db.repo(User.class).get(id).name());
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void whatABodyThrowsComesOutAsItIs(String name) {
    try (Thing db = users(name)) {
      IOException mine = new IOException("mine \uD83D\uDE00");
      IOException out = assertThrows(IOException.class, () -> db.useTx(tx -> {
        tx.repo(User.class).insert(User.named("Ann"));
        throw mine;
      }));
      assertSame(mine, out);
      AssertionError error = new AssertionError();
      assertSame(error, assertThrows(AssertionError.class, () -> db.tx(tx -> {
        throw error;
      })));
      assertEquals(0, db.repo(User.class).count());
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void anInnerOneIsASavepoint(String name) {
    try (Thing db = users(name)) {
      db.useTx(tx -> {
        tx.repo(User.class).insert(User.named("Ann"));
        assertThrows(IllegalStateException.class, () -> tx.useTx(inner -> {
          inner.repo(User.class).insert(User.named("Bob"));
          throw new IllegalStateException();
        }));
        tx.useTx(inner -> inner.repo(User.class).insert(User.named("Eve")));
        tx.savepoint("here");
        tx.repo(User.class).insert(User.named("Zoe"));
        tx.rollbackTo("here");
      });
      assertEquals(List.of("Ann", "Eve"), db.repo(User.class).all().pluck("name", String.class));
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void aFailureThatIsCaughtLeavesTheTransactionUsable(String name) {
    try (Thing db = users(name)) {
      db.repo(User.class).insert(User.named("Ann"));
      db.useTx(tx -> {
        assertThrows(UniqueException.class, () -> tx.repo(User.class).insert(User.named("Ann")));
        tx.repo(User.class).insert(User.named("Bob"));
      });
      assertEquals(2, db.repo(User.class).count());
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void whoLosesRunsAgain(String name) {
    try (Thing db = users(name)) {
      AtomicInteger runs = new AtomicInteger();
      long id = db.tx(TxOptions.DEFAULT.retry(5), tx -> {
        User user = tx.repo(User.class).insert(User.named("Ann"));
        if (runs.incrementAndGet() < 3) {
          throw ThingException.of(Code.E_SERIALIZATION, "lost");
        }
        return user.id();
      });
      assertEquals(3, runs.get());
      assertTrue(db.repo(User.class).byId(id).isPresent());
      assertEquals(1, db.repo(User.class).count());
      assertThrows(SerializationException.class, () -> db.useTx(TxOptions.DEFAULT.retry(2), tx -> {
        throw ThingException.of(Code.E_SERIALIZATION, "always");
      }));
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void oneThatIsBegunEndsByItsUser(String name) {
    try (Thing db = users(name)) {
      try (Tx tx = db.begin()) {
        tx.repo(User.class).insert(User.named("Ann"));
      }
      assertEquals(0, db.repo(User.class).count(), "close takes back");
      try (Tx tx = db.begin()) {
        tx.repo(User.class).insert(User.named("Ann"));
        tx.commit();
        assertThrows(ClosedException.class, tx::commit);
        assertThrows(ClosedException.class, () -> tx.repo(User.class).count());
      }
      assertEquals(1, db.repo(User.class).count());
      Tx[] kept = new Tx[1];
      db.useTx(tx -> kept[0] = tx);
      assertThrows(ClosedException.class, () -> kept[0].repo(User.class).byId(1));
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void aReadOnlyOneWritesNothing(String name) {
    try (Thing db = users(name)) {
      assertThrows(ReadOnlyException.class,
          () -> db.useTx(TxOptions.READ_ONLY, tx -> tx.repo(User.class).insert(User.named("Ann"))));
    }
  }

  @ParameterizedTest
  @MethodSource("thing.Databases#plain")
  void whoLosesAgainstOthersRunsAgainUntilAllIsCounted(String name) throws InterruptedException {
    try (Thing db = users(name)) {
      long id = db.repo(User.class).insert(User.named("Ann").withAge(0)).id();
      AtomicInteger lost = new AtomicInteger();
      Thread[] threads = new Thread[4];
      for (int i = 0; i < threads.length; i++) {
        threads[i] = new Thread(() -> {
          for (int n = 0; n < 10; n++) {
            int[] attempts = new int[1];
            db.useTx(TxOptions.SERIALIZABLE.retry(100), tx -> {
              attempts[0]++;
              User ann = tx.repo(User.class).get(id);
              tx.repo(User.class).update(ann, ann.withAge(ann.age() + 1));
            });
            lost.addAndGet(attempts[0] - 1);
          }
        });
        threads[i].start();
      }
      for (Thread thread : threads) {
        thread.join();
      }
      assertEquals(40, db.repo(User.class).get(id).age(), "lost and run again: " + lost);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mysql"})
  void lockedRowsAreLeftOutByThoseWhoDoNotWait(String name) {
    try (Thing db = users(name)) {
      db.repo(User.class).saveAll(List.of(User.named("Ann"), User.named("Bob")));
      db.useTx(one -> {
        assertEquals("Ann", one.repo(User.class).where("id", 1).lock().sole().name());
        db.useTx(two -> {
          Query<User> free = two.repo(User.class).all().order("id").lockSkippingLocked();
          assertEquals(List.of("Bob"), free.list().stream().map(User::name).toList());
        });
        assertThrows(StateException.class, () -> db.repo(User.class).all().lock().list(), "outside of a transaction");
      });
      db.useTx(one -> {
        assertEquals("Bob", one.locking().repo(User.class).get(2).name());
        db.useTx(two -> assertEquals(List.of(1L), two.repo(User.class).all().lockSkippingLocked().list().stream().map(User::id).toList()));
      });
    }
  }

  @Test
  void flagsOfAQueryHoldForItAlone() {
    try (Thing db = Databases.memory().register(Models.Page.class)) {
      db.sync();
      db.useTx(tx -> {
        Repo<Models.Page> pages = tx.repo(Models.Page.class);
        pages.delete(pages.save(new Models.Page("x")));
        assertEquals(1, pages.all().withDeleted().count());
        assertEquals(0, pages.count());
      });
    }
  }
}
