package thing;

import static org.junit.jupiter.api.Assertions.*;
import static thing.TakenBack.*;

import java.lang.ref.WeakReference;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import thing.Models.Book;
import thing.Models.Page;
import thing.Models.User;
import thing.TakenBack.Plain;

/**
 * Objects that were saved in a transaction, after it was taken back: they are as they were before, so what was to be saved is
 * saved by the next call.
 */
class TakenBackTest {
  private static final String ALL = "thing.Databases#all";

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
  void withoutWhatHooksSetInThem(String name) {
    try (Thing db = open(name)) {
      db.on(Plain.class, call -> {
        Plain plain = call.object();
        plain.number = plain.number == null ? 1 : plain.number + 1;
        plain.bytes = new byte[] {5};
      }, Event.BEFORE_SAVE);
      Plain plain = new Plain("one");
      for (int i = 0; i < 2; i++) {
        takenBack(db, tx -> assertEquals(1, tx.repo(Plain.class).save(plain).number));
        assertNull(plain.number);
        assertNull(plain.bytes);
      }
      takenBack(db, tx -> tx.repo(Plain.class).save(plain).bytes[0] = 9);
      assertArrayEquals(new byte[] {9}, plain.bytes, "it was written to since");
      Page page = new Page("two");
      db.on(Page.class, call -> call.object().note = "of a hook", Event.BEFORE_SAVE);
      takenBack(db, tx -> assertEquals("of a hook", tx.repo(Page.class).save(page).note));
      assertNull(page.note);
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

  @ParameterizedTest
  @ValueSource(strings = {"postgres", "mysql"})
  void oneThatWasReadOutsideOfItMeanwhileIsLeftAlone(String name) {
    try (Thing db = open(name)) {
      Book book = db.repo(Book.class).save(new Book("old", null));
      db.execOn("java_books", "UPDATE java_books SET title = 'of another'");
      takenBack(db, tx -> {
        book.title = "new";
        tx.repo(Book.class).save(book);
        db.repo(Book.class).reload(book);
      });
      assertEquals("of another", book.title);
      assertEquals("{}", db.repo(Book.class).changes(book));
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void howeverOftenItWasSavedAndSetWhatWasSetStays(String name) {
    try (Thing db = open(name)) {
      db.on(Plain.class, call -> call.object().number = call.object().number == null ? 1 : call.object().number + 1, Event.BEFORE_SAVE);
      Plain plain = new Plain("one");
      takenBack(db, tx -> {
        tx.repo(Plain.class).save(plain);
        plain.number = 5;
        for (int i = 0; i < 100; i++) {
          plain.word = "word " + i;
          tx.repo(Plain.class).save(plain);
        }
        assertEquals(105, plain.number);
      });
      assertEquals(5, plain.number);
      assertEquals(0, plain.id);
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
}
