package thing;

import static org.junit.jupiter.api.Assertions.*;
import static thing.TakenBack.*;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import thing.Models.Author;
import thing.Models.Book;
import thing.Models.Page;
import thing.Models.Tag;
import thing.TakenBack.Back;
import thing.TakenBack.Plain;

/** What takes objects back: parts of transactions, commits, attempts and calls; and which objects go with others. */
class TakenBackPartsTest {
  private static final String ALL = "thing.Databases#all";

  @ParameterizedTest
  @MethodSource(ALL)
  void thoseOfASavepointAlone(String name) {
    try (Thing db = open(name)) {
      Page page = saved(db, "old");
      Page added = new Page("new");
      db.useTx(tx -> {
        titled(tx, page, "kept");
        tx.savepoint("here");
        titled(tx, page, "undone");
        tx.repo(Page.class).save(added);
        tx.rollbackTo("here");
        assertEquals("{\"title\":[\"kept\",\"undone\"]}", changes(tx, page));
        expectNew(added, "new");
        tx.repo(Page.class).save(page);
        tx.savepoint("here");
        titled(tx, page, "inmost");
        tx.rollbackTo("here");
        assertEquals("{\"title\":[\"undone\",\"inmost\"]}", changes(tx, page), "the later one of that name");
        tx.release("here");
        tx.rollbackTo("here");
        assertEquals("{\"title\":[\"kept\",\"inmost\"]}", changes(tx, page));
        assertThrows(StateException.class, () -> tx.rollbackTo("nowhere"));
        titled(tx, page, "last");
        tx.release("here");
      });
      assertEquals("{}", changes(db, page));
      assertEquals("last", titleOf(db, page));
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void thoseOfANestedOneWithWhatIsAroundIt(String name) {
    try (Thing db = open(name)) {
      Page undone = saved(db, "old");
      Page kept = saved(db, "old");
      takenBack(db, tx -> {
        takenBack(tx, inner -> titled(inner, undone, "new"));
        assertEquals(TITLE_OF_OLD, changes(tx, undone));
        tx.useTx(inner -> titled(inner, kept, "new"));
        assertEquals("{}", changes(tx, kept));
      });
      assertEquals(TITLE_OF_OLD, changes(db, kept));
      db.useTx(tx -> {
        tx.useTx(inner -> inner.repo(Page.class).save(kept));
        takenBack(tx, inner -> inner.useTx(inmost -> inmost.repo(Page.class).save(undone)));
      });
      assertEquals("{}", changes(db, kept));
      assertEquals("new", titleOf(db, kept));
      assertEquals(TITLE_OF_OLD, changes(db, undone));
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void thoseOfOneThatItsUserEnds(String name) {
    try (Thing db = open(name)) {
      Page page = new Page("new");
      try (Tx tx = db.begin()) {
        tx.repo(Page.class).save(page);
        tx.rollback();
        expectNew(page, "new");
      }
      try (Tx tx = db.begin()) {
        tx.repo(Page.class).save(page);
      }
      expectNew(page, "new");
      Page inInner = new Page("inner");
      try (Tx tx = db.begin()) {
        tx.repo(Page.class).save(page);
        try (Tx inner = tx.begin()) {
          inner.repo(Page.class).save(inInner);
        }
        expectNew(inInner, "inner");
        try (Tx inner = tx.begin()) {
          inner.repo(Page.class).save(inInner);
          inner.commit();
        }
        tx.commit();
      }
      assertEquals("new inner", titleOf(db, page) + " " + titleOf(db, inInner));
    }
  }

  /** Each of many parts is undone, or a part of what it is in; the object follows every time. */
  @ParameterizedTest
  @ValueSource(strings = {"sqlite", "postgres"})
  void asOftenAsItHappens(String name) {
    try (Thing db = open(name)) {
      Page page = saved(db, "old");
      long version = page.version;
      String[] kept = {"old"};
      takenBack(db, tx -> {
        for (int i = 0; i < 200; i++) {
          String now = "t" + i;
          if (i % 3 == 0) {
            tx.useTx(part -> titled(part, page, now));
            titled(tx, page, kept[0] = now + "!");
            continue;
          }
          takenBack(tx, part -> {
            titled(part, page, "first " + now);
            titled(part, page, now);
          });
          assertEquals("{\"title\":[\"" + kept[0] + "\",\"" + now + "\"]}", changes(tx, page));
        }
        for (int i = 0; i < 200; i++) {
          titled(tx, page, "u" + i);
        }
      });
      assertEquals("{\"title\":[\"old\",\"u199\"]}", changes(db, page));
      assertEquals(version, page.version);
    }
  }

  private static void refuseNextCommit(Tx tx) {
    tx.execOn("java_notes", "INSERT INTO java_notes VALUES (1, 999)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"sqlite", "postgres", "postgres+redis"})
  void byACommitThatFails(String name) {
    try (Thing db = open(name)) {
      db.exec("DROP TABLE IF EXISTS java_notes");
      db.exec("CREATE TABLE java_notes (id INTEGER PRIMARY KEY, page INTEGER REFERENCES java_pages (id) DEFERRABLE INITIALLY DEFERRED)");
      Page page = saved(db, "old");
      Page added = new Page("new");
      assertThrows(ForeignKeyException.class, () -> db.useTx(tx -> {
        titled(tx, page, "new");
        tx.useTx(inner -> inner.repo(Page.class).save(added));
        refuseNextCommit(tx);
      }));
      expectNew(added, "new");
      assertEquals(TITLE_OF_OLD, changes(db, page));
      try (Tx tx = db.begin()) {
        tx.repo(Page.class).saveAll(List.of(page, added));
        refuseNextCommit(tx);
        assertThrows(ForeignKeyException.class, tx::commit);
        expectNew(added, "new");
      }
      assertEquals(TITLE_OF_OLD, changes(db, page));
      db.exec("DROP TABLE java_notes");
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void beforeABodyThatIsRunAgain(String name) {
    try (Thing db = open(name)) {
      Page added = new Page("new");
      Page page = saved(db, "old");
      page.title = "new";
      List<String> found = new ArrayList<>();
      db.useTx(TxOptions.DEFAULT.retry(5), tx -> {
        found.add(added.isNew() + " " + added.id + " " + changes(tx, page));
        tx.repo(Page.class).save(added);
        tx.repo(Page.class).save(page);
        if (found.size() < 3) {
          throw ThingException.of(Code.E_SERIALIZATION, "lost");
        }
      });
      String asItWas = "true 0 " + TITLE_OF_OLD;
      assertEquals(List.of(asItWas, asItWas, asItWas), found);
      assertEquals("new new", titleOf(db, page) + " " + titleOf(db, added));
      assertEquals(2, db.repo(Page.class).count());
    }
  }

  @Test
  void beforeABodyThatIsRunAgainAsItLostWhenItWasToCommit() {
    try (Thing db = open("postgres")) {
      Page page = new Page("new");
      List<Boolean> found = new ArrayList<>();
      db.useTx(TxOptions.SERIALIZABLE.retry(5), tx -> {
        found.add(page.isNew());
        tx.query("SELECT count(*) FROM java_plains");
        tx.repo(Page.class).save(page);
        if (found.size() == 1) { // who reads what the other writes, and commits first, wins
          db.useTx(TxOptions.SERIALIZABLE, other -> {
            other.query("SELECT count(*) FROM java_pages");
            other.repo(Plain.class).save(new Plain("one"));
          });
        }
      });
      assertEquals(List.of(true, true), found);
      assertEquals(1, db.repo(Page.class).count());
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void beforeHooksHearOfARollback(String name) {
    try (Thing db = open(name)) {
      Page page = new Page("new");
      List<Boolean> heard = new ArrayList<>();
      db.on(Page.class, call -> heard.add(page.isNew()), Event.AFTER_ROLLBACK);
      takenBack(db, tx -> tx.repo(Page.class).save(page));
      try (Tx tx = db.begin()) {
        tx.repo(Page.class).save(page);
        tx.rollback();
      }
      try (Tx tx = db.begin()) {
        tx.repo(Page.class).save(page);
      }
      assertEquals(List.of(true, true, true), heard);
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void withWhatWasSavedBesideThem(String name) {
    try (Thing db = open(name)) {
      Book book = new Book("Gamma", null);
      book.tags = List.of(new Tag("a"));
      Book other = new Book("Delta", null);
      Optional<Author> bob = Optional.of(new Author(0, "Bob", List.of(other)));
      book.author = bob;
      takenBack(db, tx -> {
        tx.repo(Book.class).save(book);
        assertTrue(book.author.orElseThrow().id() > 0);
        assertEquals(book.authorId, other.authorId);
      });
      assertTrue(book.isNew() && other.isNew());
      assertNull(book.authorId);
      assertNull(other.authorId);
      assertSame(bob, book.author);
      db.repo(Book.class).save(book);
      assertEquals("Bob", db.repo(Author.class).get(book.authorId).name());
      assertEquals(2, db.repo(Book.class).where("authorId", book.authorId).count());
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void aRelationThatWasSetSinceStays(String name) {
    try (Thing db = open(name)) {
      Book book = new Book("Gamma", null);
      book.author = Optional.of(new Author(0, "Ann", null));
      Author bob = db.repo(Author.class).save(new Author(0, "Bob", null));
      takenBack(db, tx -> {
        tx.repo(Book.class).save(book);
        book.author = Optional.of(bob);
        book.authorId = bob.id();
      });
      assertSame(bob, book.author.orElseThrow());
      db.repo(Book.class).save(book);
      assertEquals(bob.id(), db.repo(Book.class).get(book.id).authorId);
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void notByAFailureThatWroteNothing(String name) {
    try (Thing db = open(name)) {
      db.repo(Plain.class).save(new Plain("one"));
      Plain two = new Plain("two");
      Page page = saved(db, "old");
      db.useTx(tx -> {
        titled(tx, page, "new");
        List<Plain> both = List.of(two, new Plain("one"));
        assertThrows(UniqueException.class, () -> tx.repo(Plain.class).saveAll(both));
        assertEquals(0, two.id);
        assertEquals("{}", changes(tx, page));
      });
      assertEquals("new", titleOf(db, page));
    }
  }

  /** What hooks save is part of the call: it goes with that, and with the transaction around it. */
  @ParameterizedTest
  @MethodSource(ALL)
  void withObjectsThatAHookSaved(String name) {
    try (Thing db = open(name)) {
      Page page = new Page("of a hook");
      boolean[] refuses = {true};
      db.onMayFail(Plain.class, call -> {
        call.session().repo(Page.class).save(page);
        if (refuses[0]) {
          throw new Back();
        }
      }, Event.AFTER_SAVE);
      Plain plain = new Plain("one");
      assertThrows(Back.class, () -> db.repo(Plain.class).save(plain));
      expectNew(page, "of a hook");
      db.useTx(tx -> {
        assertThrows(Back.class, () -> tx.repo(Plain.class).saveAll(List.of(plain)));
        expectNew(page, "of a hook");
        assertThrows(Back.class, () -> tx.call("JavaPlain", "create", "{\"data\": {\"word\": \"two\"}}"));
        expectNew(page, "of a hook");
      });
      refuses[0] = false;
      takenBack(db, tx -> {
        tx.repo(Plain.class).save(plain);
        assertFalse(page.isNew());
      });
      expectNew(page, "of a hook");
      assertEquals(0, plain.id);
      db.repo(Plain.class).save(plain);
      assertFalse(page.isNew());
      assertEquals(1, db.repo(Page.class).count());
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void withObjectsThatAHookSavedInATransactionOfItsOwnOrForALink(String name) {
    try (Thing db = open(name)) {
      Page page = new Page("of a hook");
      Exception mine = new Exception();
      Book book = new Book("Gamma", null);
      Author ann = db.repo(Author.class).save(new Author(0, "Ann", List.of(book)));
      db.onMayFail(Book.class, call -> {
        call.session().useTx(inner -> inner.repo(Page.class).save(page));
        assertFalse(page.isNew());
        throw mine;
      }, Event.AFTER_UPDATE);
      assertSame(mine, assertThrows(Exception.class, () -> db.repo(Author.class).unlink(ann, "books", book.id)));
      expectNew(page, "of a hook");
      book.title = "Delta";
      db.useTx(tx -> {
        Page around = tx.repo(Page.class).save(new Page("around"));
        assertSame(mine, assertThrows(Exception.class, () -> tx.repo(Book.class).save(book)));
        expectNew(page, "of a hook");
        assertFalse(around.isNew());
      });
      assertEquals(List.of("around"), db.repo(Page.class).all().pluck("title", String.class));
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void withObjectsThatAHookSavedForARowThatIsNotThere(String name) {
    try (Thing db = open(name)) {
      Plain plain = db.repo(Plain.class).save(new Plain("one"));
      Page page = new Page("of a hook");
      db.on(Plain.class, call -> call.session().repo(Page.class).save(page), Event.BEFORE_DELETE);
      db.repo(Plain.class).deleteById(plain.id);
      db.useTx(tx -> assertFalse(tx.repo(Plain.class).delete(plain)));
      assertEquals(0, db.repo(Page.class).count());
      expectNew(page, "of a hook");
    }
  }

  @Test
  void aCommitThatMayHaveHappenedLeavesThemSaved() throws Exception {
    try (LostAnswer way = LostAnswer.make(); Thing db = Thing.open(way.url()).register(Page.class)) {
      db.exec("DROP TABLE IF EXISTS java_pages");
      db.sync();
      Page page = new Page("new");
      assertThrows(CommitUnknownException.class, () -> db.useTx(tx -> {
        tx.repo(Page.class).save(page);
        way.arm();
      }));
      assertFalse(page.isNew());
      Page other = new Page("other");
      try (Tx tx = db.begin()) {
        tx.repo(Page.class).save(other);
        way.arm();
        assertThrows(CommitUnknownException.class, tx::commit);
      }
      assertFalse(other.isNew());
      assertEquals(2, db.repo(Page.class).count());
    }
  }
}
