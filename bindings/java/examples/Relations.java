import java.util.List;
import java.util.Optional;
import thing.BelongsTo;
import thing.Entity;
import thing.HasMany;
import thing.Id;
import thing.Links;
import thing.ManyToMany;
import thing.Model;
import thing.Nullable;
import thing.Query;
import thing.Repo;
import thing.Thing;

/**
 * Authors, their books and the books' tags: saved together, asked for together, linked and taken apart again. Usage:
 * Relations [URL]
 */
public class Relations {
  @Model(table = "example_authors")
  record Author(long id, String name, @HasMany List<Volume> books) {}

  @Model(table = "example_volumes", more = "{\"hidden\": [\"id\", \"authorId\"]}")
  record Volume(
      long id,
      String title,
      @Nullable Long authorId,
      @BelongsTo(onDelete = "cascade") Optional<Author> author,
      @ManyToMany(table = "example_tagged") List<Tag> tags) {}

  /** Its key is the word, so what tells a new one from others is that it was never saved: an Entity knows. */
  @Model(table = "example_tags")
  static class Tag extends Entity {
    @Id String word;

    Tag() {}

    Tag(String word) {
      this.word = word;
    }
  }

  /** An author with a book that has a tag: one call, one transaction, parents first. */
  private static void saveTogether(Thing db) {
    Volume alpha = new Volume(0, "Alpha", null, null, List.of(new Tag("new")));
    Author ann = db.repo(Author.class).save(new Author(0, "Ann", List.of(alpha)));
    Show.require(ann.books().get(0).authorId() == ann.id(), "the book of Ann");
    Show.act(
        db, "Author", "findMany", "{\"select\": {\"name\": true, \"books\": {\"include\": {\"tags\": true}}}}",
        "[{\"name\":\"Ann\",\"books\":[{\"title\":\"Alpha\",\"tags\":[{\"word\":\"new\"}]}]}]");
  }

  private static void addMore(Thing db) {
    Show.act(db, "Author", "create", "{\"data\": {\"name\": \"Bob\"}, \"select\": [\"name\"]}", "{\"name\":\"Bob\"}");
    Show.act(
        db, "Volume", "createMany",
        "{\"data\": [{\"title\": \"Beta\", \"authorId\": 1}, {\"title\": \"Gamma\", \"authorId\": 1},"
            + " {\"title\": \"Delta\", \"authorId\": 2}]}",
        "{\"count\":3}");
    Show.act(db, "Tag", "createMany", "{\"data\": [{\"word\": \"old\"}, {\"word\": \"rare\"}]}", "{\"count\":2}");
  }

  /** However many authors there are, their books take one statement. */
  private static void ask(Thing db) {
    long before = db.statements();
    Query<Author> query =
        db.repo(Author.class).all().order("name").preload("books", Volume.class, books -> books.order("-title").limit(2));
    List<Author> found = query.list();
    long sent = db.statements() - before;
    System.out.println("authors and two books of each, in " + sent + " statements");
    Show.require(sent <= 2 && found.size() == 2 && found.get(0).books().size() == 2, "no more than a statement a table");
    Show.expect(
        query.toJson(),
        "[{\"id\":1,\"name\":\"Ann\",\"books\":[{\"title\":\"Gamma\"},{\"title\":\"Beta\"}]},"
            + "{\"id\":2,\"name\":\"Bob\",\"books\":[{\"title\":\"Delta\"}]}]");
    Show.act(
        db, "Author", "findMany",
        "{\"where\": {\"books\": {\"none\": {\"title\": {\"startsWith\": \"A\"}}}}, \"select\": [\"name\"]}",
        "[{\"name\":\"Bob\"}]");
  }

  /** The book's tags are these and no others. */
  private static void linkTags(Thing db) {
    Repo<Volume> books = db.repo(Volume.class);
    Links links = books.setLinks(books.get(1), "tags", List.of("old", "rare"));
    System.out.println("tags of the first book: " + links.added() + " added, " + links.removed() + " removed");
    Show.act(
        db, "Volume", "findUnique", "{\"where\": {\"id\": 1}, \"include\": {\"tags\": {\"orderBy\": {\"word\": \"asc\"}}}}",
        "{\"title\":\"Alpha\",\"tags\":[{\"word\":\"old\"},{\"word\":\"rare\"}]}");
  }

  /** Books go with their author; tags stay. */
  private static void takeApart(Thing db) {
    Show.act(db, "Author", "deleteMany", "{\"all\": true}", "{\"count\":2}");
    Show.act(db, "Volume", "count", "{}", "0");
    Show.act(db, "Tag", "deleteMany", "{\"all\": true}", "{\"count\":3}");
  }

  /**
   * Runs it.
   *
   * @param arguments a URL, or nothing
   */
  public static void main(String[] arguments) {
    try (Thing db = Show.open(arguments, Author.class, Volume.class, Tag.class)) {
      saveTogether(db);
      addMore(db);
      ask(db);
      linkTags(db);
      takeApart(db);
    }
  }
}
