package thing;

import static org.junit.jupiter.api.Assertions.*;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import thing.Models.Author;
import thing.Models.Book;
import thing.Models.Tag;

class GraphTest {
  private static final String ALL = "thing.Databases#all";

  private static Thing library(String name) {
    Thing db = Databases.open(name, Models.TABLES).register(Author.class, Book.class, Tag.class);
    db.sync();
    return db;
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void newObjectsOfRelationsAreSavedToo(String name) {
    try (Thing db = library(name)) {
      Book alpha = new Book("Alpha", null);
      Author ann = db.repo(Author.class).save(new Author(0, "Ann", List.of(alpha, new Book("Beta", null))));
      assertTrue(ann.id() > 0);
      assertSame(alpha, ann.books().get(0));
      assertFalse(alpha.isNew());
      assertEquals(ann.id(), alpha.authorId);
      assertEquals(2, db.repo(Book.class).where("authorId", ann.id()).count());
      alpha.title = "Alpha again";
      db.repo(Book.class).save(alpha);
      assertEquals("Alpha again", db.repo(Book.class).get(alpha.id).title);
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void whatAnObjectRefersToIsSavedFirst(String name) {
    try (Thing db = library(name)) {
      Book book = new Book("Gamma", null);
      book.author = Optional.of(new Author(0, "Bob", null));
      db.repo(Book.class).save(book);
      assertEquals(book.authorId, book.author.orElseThrow().id());
      assertEquals("Bob", db.repo(Author.class).get(book.authorId).name());
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void anObjectThatHasARowTakesNewOnesToo(String name) {
    try (Thing db = library(name)) {
      Author ann = db.repo(Author.class).save(new Author(0, "Ann", null));
      Author more = db.repo(Author.class).save(new Author(ann.id(), "Anna", List.of(new Book("Alpha", null))));
      assertEquals("Anna", db.repo(Author.class).get(ann.id()).name());
      assertEquals(ann.id(), more.books().get(0).authorId);
      assertEquals(1, db.repo(Author.class).count());
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void allOfItOrNothing(String name) {
    try (Thing db = library(name)) {
      Book wrong = new Book(null, null); // a title is required
      Author ann = new Author(0, "Ann", List.of(new Book("Alpha", null), wrong));
      assertThrows(NotNullException.class, () -> db.repo(Author.class).save(ann));
      assertTrue(wrong.isNew());
      assertEquals(0, db.repo(Author.class).count());
      assertEquals(0, db.repo(Book.class).count());
    }
  }
}
