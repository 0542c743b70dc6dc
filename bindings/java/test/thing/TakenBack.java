package thing;

import static org.junit.jupiter.api.Assertions.*;

import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import thing.Models.Author;
import thing.Models.Book;
import thing.Models.Page;
import thing.Models.Tag;
import thing.Models.User;

/** What tests of objects that go back with their transaction have together. */
final class TakenBack {
  static final String TITLE_OF_OLD = "{\"title\":[\"old\",\"new\"]}";

  private TakenBack() {}

  /** What is thrown to take back. */
  static final class Back extends RuntimeException {
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

  static Thing open(String name) {
    Thing db = Databases.open(name, "java_plains", "java_tagged", "java_books", "java_authors", "java_tags", "java_users", "java_pages")
        .register(Page.class, User.class, Plain.class, Author.class, Book.class, Tag.class);
    db.sync();
    return db;
  }

  static void takenBack(Session session, Consumer<Tx> body) {
    assertThrows(Back.class, () -> session.useTx(tx -> {
      body.accept(tx);
      throw new Back();
    }));
  }

  static Page saved(Session db, String title) {
    return db.repo(Page.class).save(new Page(title));
  }

  static Page titled(Session tx, Page page, String title) {
    page.title = title;
    return tx.repo(Page.class).save(page);
  }

  static String titleOf(Session db, Page page) {
    return db.repo(Page.class).get(page.id).title;
  }

  static String changes(Session db, Page page) {
    return db.repo(Page.class).changes(page);
  }

  static void expectNew(Page page, String title) {
    assertTrue(page.isNew());
    assertEquals(title, page.title);
    assertEquals(0, page.id);
    assertNull(page.views);
    assertNull(page.created);
    assertNull(page.updated);
    assertNull(page.version);
    assertFalse(page.wasSaved());
  }
}
