package thing;

import static org.junit.jupiter.api.Assertions.*;

import java.lang.ref.WeakReference;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import thing.Models.Author;
import thing.Models.Book;
import thing.Models.Page;
import thing.Models.Tag;
import thing.Models.User;

/**
 * Objects that were saved in a transaction, after it was taken back: they are as they were before, so what was to be saved is
 * saved by the next call.
 */
class TakenBackTest {
  private static final String ALL = "thing.Databases#all";
  private static final String TITLE_OF_OLD = "{\"title\":[\"old\",\"new\"]}";

  /** What is thrown to take back. */
  private static final class Back extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /** Neither a record nor an Entity. */
  @Model(name = "JavaPlain", table = "java_plains")
  static class Plain {
    @Id long id;
    @Unique String word;
    @Default("7") Integer number;
    @Nullable List<String> tags;
    @Nullable byte[] bytes;
    @CreatedAt Instant created;
    @Version Long version;

    Plain() {}

    Plain(String word) {
      this.word = word;
    }
  }

  private static Thing open(String name) {
    Thing db = Databases.open(name, "java_plains", "java_tagged", "java_books", "java_authors", "java_tags", "java_users", "java_pages")
        .register(Page.class, User.class, Plain.class, Author.class, Book.class, Tag.class);
    db.sync();
    return db;
  }

  private static void takenBack(Session session, Consumer<Tx> body) {
    assertThrows(Back.class, () -> session.useTx(tx -> {
      body.accept(tx);
      throw new Back();
    }));
  }

  private static Page saved(Session db, String title) {
    return db.repo(Page.class).save(new Page(title));
  }

  private static Page titled(Session tx, Page page, String title) {
    page.title = title;
    return tx.repo(Page.class).save(page);
  }

  private static String titleOf(Session db, Page page) {
    return db.repo(Page.class).get(page.id).title;
  }

  private static String changes(Session db, Page page) {
    return db.repo(Page.class).changes(page);
  }

  private static void expectNew(Page page, String title) {
    assertTrue(page.isNew());
    assertEquals(title, page.title);
    assertEquals(0, page.id);
    assertNull(page.views);
    assertNull(page.created);
    assertNull(page.updated);
    assertNull(page.version);
    assertFalse(page.wasSaved());
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void anInsertedObjectIsNewAgain(String name) {
    try (Thing db = open(name)) {
      Page page = new Page("new");
      takenBack(db, tx -> {
        tx.repo(Page.class).save(page);
        assertFalse(page.isNew());
        assertEquals(0, page.views);
      });
      expectNew(page, "new");
      db.repo(Page.class).save(page);
      assertEquals("new", titleOf(db, page));
      assertEquals(1, db.repo(Page.class).count());
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void anUpdatedObjectHasItsChangesAndItsOriginalsAgain(String name) {
    try (Thing db = open(name)) {
      Page page = saved(db, "old");
      Instant updated = page.updated;
      long version = page.version;
      takenBack(db, tx -> {
        titled(tx, page, "one");
        page.note = "n";
        titled(tx, page, "two");
        assertEquals(version + 2, page.version);
      });
      assertEquals("{\"title\":[\"old\",\"two\"],\"note\":[null,\"n\"]}", changes(db, page));
      assertEquals(version, page.version);
      assertEquals(updated, page.updated);
      db.repo(Page.class).save(page);
      assertEquals("two", titleOf(db, page));
      assertEquals(version + 1, page.version);
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void whatWasSetSinceTheSaveStays(String name) {
    try (Thing db = open(name)) {
      Page page = saved(db, "old");
      takenBack(db, tx -> {
        titled(tx, page, "new");
        page.views = 9;
      });
      assertEquals("{\"title\":[\"old\",\"new\"],\"views\":[0,9]}", changes(db, page));
      takenBack(db, tx -> {
        tx.repo(Page.class).save(page);
        page.title = "old";
      });
      assertEquals("{\"views\":[0,9]}", changes(db, page));
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void aDeletedObjectIsThereAgain(String name) {
    try (Thing db = open(name)) {
      Repo<Page> pages = db.repo(Page.class);
      Page page = saved(db, "old");
      long version = page.version;
      page.title = "new";
      for (Consumer<Repo<Page>> delete : List.<Consumer<Repo<Page>>>of(
          in -> in.delete(page), in -> in.softDelete(page), in -> in.delete(page, DeleteMode.HARD), in -> in.deleteAll(List.of(page)),
          in -> {
            in.delete(page);
            in.restore(page);
            in.delete(page);
          })) {
        takenBack(db, tx -> {
          delete.accept(tx.repo(Page.class));
          assertTrue(page.isDeleted());
        });
        assertFalse(page.isDeleted());
        assertNull(page.deleted);
        assertEquals(version, page.version);
        assertEquals(TITLE_OF_OLD, changes(db, page));
      }
      pages.save(page);
      assertEquals("new", titleOf(db, page));
      assertTrue(pages.delete(page));
      assertEquals(0, pages.count());
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void aRestoredObjectIsDeletedAgain(String name) {
    try (Thing db = open(name)) {
      Page page = saved(db, "old");
      db.repo(Page.class).delete(page);
      takenBack(db, tx -> assertFalse(tx.repo(Page.class).restore(page).isDeleted()));
      assertTrue(page.isDeleted());
      assertNotNull(page.deleted);
      assertThrows(StateException.class, () -> db.repo(Page.class).save(page));
      db.repo(Page.class).restore(page);
      assertEquals("old", titleOf(db, page));
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void aCommitLeavesThemSaved(String name) {
    try (Thing db = open(name)) {
      Page page = new Page("new");
      db.useTx(tx -> tx.repo(Page.class).save(page));
      assertFalse(page.isNew());
      assertEquals("{}", changes(db, page));
      assertTrue(db.repo(Page.class).savedChanges(page).contains("\"new\""));
      assertEquals("new", titleOf(db, page));
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void manyThatWereSavedTogether(String name) {
    try (Thing db = open(name)) {
      Page one = new Page("one");
      Page two = new Page("two");
      Page old = saved(db, "old");
      old.title = "new";
      takenBack(db, tx -> tx.repo(Page.class).saveAll(List.of(one, two, old)));
      expectNew(one, "one");
      expectNew(two, "two");
      assertEquals(TITLE_OF_OLD, changes(db, old));
      db.repo(Page.class).saveAll(List.of(one, two, old));
      assertEquals(List.of("new", "one", "two"), db.repo(Page.class).all().order("title").pluck("title", String.class));
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void thoseOfOtherWrites(String name) {
    try (Thing db = open(name)) {
      Page inserted = new Page("inserted");
      Page updated = saved(db, "old");
      updated.title = "new";
      takenBack(db, tx -> {
        tx.repo(Page.class).insert(inserted);
        tx.with(CallOptions.NONE.tagged("part")).repo(Page.class).update(updated);
      });
      expectNew(inserted, "inserted");
      assertEquals(TITLE_OF_OLD, changes(db, updated));
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void ofOtherClassesTheValues(String name) {
    try (Thing db = open(name)) {
      Repo<Plain> plains = db.repo(Plain.class);
      Plain one = new Plain("one");
      Plain two = new Plain("two");
      one.tags = new ArrayList<>(List.of("a"));
      one.bytes = new byte[] {1, 2};
      List<String> mine = one.tags;
      takenBack(db, tx -> {
        tx.repo(Plain.class).save(one);
        tx.repo(Plain.class).upsert(two, "word");
        assertEquals(7, one.number);
        assertTrue(two.id > 0);
        one.bytes[0] = 9;
        two.number = 1;
      });
      assertSame(mine, one.tags, "it may be added to");
      assertEquals(9, one.bytes[0]);
      for (Plain plain : List.of(one, two)) {
        assertEquals(0, plain.id);
        assertNull(plain.created);
        assertNull(plain.version);
      }
      assertNull(one.number);
      assertEquals(1, two.number);
      plains.saveAll(List.of(one, two));
      assertEquals(List.of("one", "two"), plains.all().order("word").pluck("word", String.class));
      one.word = "three";
      takenBack(db, tx -> tx.repo(Plain.class).save(one));
      plains.save(one);
      assertEquals("three", plains.get(one.id).word, "it has the version of its row");
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void recordsStayAsTheyAre(String name) {
    try (Thing db = open(name)) {
      User ann = User.named("Ann");
      takenBack(db, tx -> assertTrue(tx.repo(User.class).save(ann).id() > 0));
      assertTrue(db.repo(User.class).save(ann).id() > 0);
      assertEquals(1, db.repo(User.class).count());
    }
  }

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

  @ParameterizedTest
  @MethodSource(ALL)
  void butNotWhatIsReadAfterwards(String name) {
    try (Thing db = open(name)) {
      Repo<Page> pages = db.repo(Page.class);
      Page page = saved(db, "old");
      takenBack(db, tx -> titled(tx, page, "new"));
      pages.reload(page);
      assertEquals("{}", changes(db, page));
      titled(db, page, "later");
      assertEquals("later", titleOf(db, page));
      takenBack(db, tx -> tx.repo(Page.class).reload(page).note = "n");
      assertEquals("{\"note\":[null,\"n\"]}", changes(db, page), "who only read in it is left alone");
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void whatWasReadAgainInItGoesBackToo(String name) {
    try (Thing db = open(name)) {
      Page page = new Page("new");
      takenBack(db, tx -> {
        tx.repo(Page.class).save(page);
        tx.execOn("java_pages", "UPDATE java_pages SET views = 5");
        page.note = "thrown away";
        tx.repo(Page.class).reload(page);
        assertEquals(5, page.views);
      });
      expectNew(page, "new");
      assertNull(page.note);
    }
  }

  @Test
  void oneThatWasReadOutsideOfItMeanwhileIsLeftAlone() {
    try (Thing db = open("postgres")) {
      Page page = saved(db, "old");
      takenBack(db, tx -> {
        titled(tx, page, "new");
        db.repo(Page.class).reload(page);
        page.note = "n";
      });
      assertEquals("{\"note\":[null,\"n\"]}", changes(db, page));
    }
  }

  /** The transaction holds none of those that it saved. */
  @Test
  void whatNobodyHoldsMayGo() throws InterruptedException {
    try (Thing db = open("sqlite"); Tx tx = db.begin()) {
      List<WeakReference<Page>> saved = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        saved.add(new WeakReference<>(tx.repo(Page.class).save(new Page("p" + i))));
      }
      for (int i = 0; i < 200 && !saved.stream().allMatch(page -> page.refersTo(null)); i++) {
        System.gc();
        Thread.sleep(10);
      }
      assertEquals(0, saved.stream().filter(page -> !page.refersTo(null)).count());
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
