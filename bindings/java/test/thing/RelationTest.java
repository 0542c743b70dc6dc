package thing;

import static org.junit.jupiter.api.Assertions.*;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import thing.Models.Author;
import thing.Models.Book;
import thing.Models.Tag;

class RelationTest {
  private static final String ALL = "thing.Databases#all";

  private static Thing library(String name) {
    Thing db = Databases.open(name, Models.TABLES).register(Author.class, Book.class, Tag.class);
    db.sync();
    Author ann = db.repo(Author.class).save(new Author(0, "Ann", null));
    Author bob = db.repo(Author.class).save(new Author(0, "Bob", null));
    db.repo(Author.class).save(new Author(0, "Eve", null));
    db.repo(Book.class).saveAll(List.of(
        new Book("Alpha", ann.id()), new Book("Beta", ann.id()), new Book("Gamma", bob.id()), new Book("Loose", null)));
    db.repo(Tag.class).saveAll(List.of(new Tag("new"), new Tag("old")));
    return db;
  }

  private static List<String> titles(List<Book> books) {
    return books.stream().map(b -> b.title).toList();
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void rowsOfRelationsComeAlongInOneStatementATable(String name) {
    try (Thing db = library(name)) {
      db.repo(Book.class).link(db.repo(Book.class).get(1), "tags", "new", "old");
      db.clearCache();
      long before = db.statements();
      List<Author> authors = db.repo(Author.class).all().preload("books.tags").list();
      Databases.assertSent(name, 4, db.statements() - before, "a table is a statement");
      assertEquals(List.of("Alpha", "Beta"), titles(authors.get(0).books()));
      assertEquals(List.of(), authors.get(2).books());
      assertEquals(2, authors.get(0).books().get(0).tags.size());
      assertNull(authors.get(0).books().get(0).author, "what was not asked for is not there");
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void aQueryChoosesAmongRelatedRows(String name) {
    try (Thing db = library(name)) {
      List<Author> authors = db.repo(Author.class).all()
          .preload("books", Book.class, q -> q.where("title", Op.NE, "Alpha").order("-title").preload("author")).list();
      assertEquals(List.of("Beta"), titles(authors.get(0).books()));
      assertEquals("Ann", authors.get(0).books().get(0).author.orElseThrow().name());
      assertEquals(List.of("Ann"), db.repo(Author.class)
          .where(Where.some("books", Where.eq("title", "Beta"))).pluck("name", String.class));
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void relationsAreLoadedLater(String name) {
    try (Thing db = library(name)) {
      Repo<Book> books = db.repo(Book.class);
      List<Book> all = books.all().list();
      assertNull(all.get(0).author);
      assertEquals(all, books.load(all, "author", "tags"));
      assertEquals("Ann", all.get(0).author.orElseThrow().name());
      assertEquals(Optional.empty(), all.get(3).author);
      assertEquals(List.of(), all.get(0).tags);
      Author ann = db.repo(Author.class).get(1);
      assertNull(ann.books());
      Author loaded = db.repo(Author.class).load(ann, "books");
      assertEquals(List.of("Alpha", "Beta"), titles(loaded.books()));
      all.get(0).title = "Changed";
      books.save(all.get(0));
      assertEquals("Ann", all.get(0).author.orElseThrow().name(), "a save leaves what was loaded");
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void relatedIsAQuery(String name) {
    try (Thing db = library(name)) {
      Author ann = db.repo(Author.class).get(1);
      Query<Book> books = db.repo(Author.class).related(ann, "books", Book.class);
      assertEquals(2, books.count());
      assertEquals(List.of("Beta"), titles(books.where("title", Op.GT, "B").list()));
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void linksAreAddedTakenAwayAndSet(String name) {
    try (Thing db = library(name)) {
      Repo<Book> books = db.repo(Book.class);
      Book book = books.get(1);
      assertEquals(new Links(2, 0), books.link(book, "tags", "new", "old"));
      assertEquals(new Links(0, 1), books.unlink(book, "tags", "old"));
      assertEquals(new Links(1, 1), books.setLinks(book, "tags", List.of("old")));
      assertEquals(List.of(new Tag("old")), books.load(book, "tags").tags);
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void aRelationWithoutAMemberIsRefused(String name) {
    try (Thing db = library(name)) {
      assertThrows(InvalidException.class, () -> db.repo(Author.class).all().preload("shelves").list());
      assertThrows(ForeignKeyException.class, () -> db.repo(Book.class).save(new Book("Lost", 999L)));
    }
  }
}
