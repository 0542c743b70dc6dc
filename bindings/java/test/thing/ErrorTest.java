package thing;

import static org.junit.jupiter.api.Assertions.*;

import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import thing.Models.User;

class ErrorTest {
  @ParameterizedTest
  @MethodSource("thing.Databases#all")
  void anErrorSaysWhatItKnows(String name) {
    try (Thing db = Databases.open(name, Models.TABLES).register(User.class)) {
      db.sync();
      db.repo(User.class).insert(User.named("Ann"));
      UniqueException e = assertThrows(UniqueException.class, () -> db.repo(User.class).insert(User.named("Ann")));
      assertInstanceOf(ConstraintException.class, e);
      assertEquals(Code.E_UNIQUE, e.code());
      assertEquals("23505", e.sqlState());
      assertEquals("JavaUser", e.model());
      assertEquals("email", e.field());
      assertEquals(List.of("email"), e.fields());
      assertEquals("java_users", e.table());
      assertEquals("email", e.column());
      assertEquals("java_users_email_key", e.constraint());
      assertFalse(e.retryable());
      assertTrue(JsonReader.map(e.json()).get("code").toString().contains("UNIQUE"), e.json());
      assertFalse(e.getMessage().contains("ann@example.com"));
    }
  }

  @Test
  void everyCodeOfTheHeaderHasItsName() {
    for (Code code : Code.values()) {
      assertEquals(code.name(), thing.raw.Raw.thing_status_name(code.status()));
      assertSame(code, Code.of(code.status()));
    }
  }

  @Test
  void kindsOfErrorsAreClasses() {
    try (Thing db = Databases.memory()) {
      assertThrows(ModelException.class, () -> db.register("{\"name\": \"X\"}"));
      assertThrows(InvalidException.class, () -> db.register("{"));
      assertThrows(InvalidException.class, () -> db.call("None", "findMany", "{}"));
      assertThrows(SchemaException.class, () -> db.query("SELECT * FROM nowhere"));
      assertThrows(ReadOnlyException.class, () -> db.query("CREATE TABLE t (a)"));
      assertThrows(UnsupportedException.class, () -> db.exec("BEGIN"));
      assertThrows(ConnectionException.class, () -> Thing.open("sqlite:/nowhere/at/all.db"));
      assertThrows(InvalidException.class, () -> Thing.open("sqlite::memory:?nothing=1"));
    }
  }

  @Test
  void afterCloseCallsAreRefused() {
    Thing db = Databases.memory().register(User.class);
    db.sync();
    Repo<User> users = db.repo(User.class);
    User ann = users.insert(User.named("Ann"));
    Query<User> query = users.where("name", "Ann");
    db.close();
    db.close();
    assertThrows(ClosedException.class, () -> users.byId(1));
    assertThrows(ClosedException.class, () -> users.save(ann));
    assertThrows(ClosedException.class, query::list);
    assertThrows(ClosedException.class, query::count);
    assertThrows(ClosedException.class, () -> db.tx(tx -> 1));
    assertThrows(ClosedException.class, db::begin);
    assertThrows(ClosedException.class, () -> db.repo(Models.Page.class));
    assertThrows(ClosedException.class, db::ping);
  }

  @Test
  void closingInAnyOrderIsSafe(@TempDir Path folder) {
    Thing db = Thing.open("sqlite:" + folder.resolve("any.db")).register(User.class);
    db.sync();
    db.repo(User.class).saveAll(List.of(User.named("Ann"), User.named("Bob")));
    Tx tx = db.begin();
    Tx inner = tx.begin();
    var inside = tx.repo(User.class).all().stream(1);
    var rows = db.repo(User.class).all().stream(1);
    Iterator<User> began = rows.iterator();
    assertEquals("Ann", began.next().name());
    Registration hook = db.on(User.class, call -> {}, Event.BEFORE_SAVE);
    db.close();
    assertThrows(ClosedException.class, tx::commit);
    tx.close();
    assertThrows(ClosedException.class, inner::commit);
    inner.close();
    inner.close();
    assertThrows(ClosedException.class, () -> inside.forEach(r -> {}));
    assertThrows(ClosedException.class, began::next);
    rows.close();
    rows.close();
    inside.close();
    hook.close();
    db.close();
  }

  @Test
  void manyThreadsMayCloseAndCall() throws InterruptedException {
    for (int round = 0; round < 20; round++) {
      Thing db = Databases.memory().register(User.class);
      db.sync();
      Repo<User> users = db.repo(User.class);
      Thread[] threads = new Thread[4];
      for (int i = 0; i < threads.length; i++) {
        threads[i] = new Thread(() -> assertThrows(ClosedException.class, () -> {
          while (true) {
            users.byId(1);
          }
        }));
        threads[i].start();
      }
      db.close();
      for (Thread thread : threads) {
        thread.join();
      }
    }
  }
}
