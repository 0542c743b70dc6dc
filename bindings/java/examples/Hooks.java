import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import thing.Entity;
import thing.Event;
import thing.HookCall;
import thing.Id;
import thing.Model;
import thing.On;
import thing.Thing;
import thing.Unique;

/**
 * Articles with hooks: one makes the slug, one refuses, one keeps a journal that goes with the write or is taken back with
 * it, and one tells of what was committed. Usage: Hooks [URL]
 */
public class Hooks {
  private static final AtomicInteger COMMITTED = new AtomicInteger();

  /** Its hooks are methods that run beside a write. */
  @Model(table = "example_articles")
  static class Article extends Entity {
    @Id long id;
    String title;
    @Unique String slug;

    /** "Of Mice and Men" becomes "of-mice-and-men". */
    @On(Event.BEFORE_SAVE)
    void makeSlug() {
      slug = title.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{Nd}]", "-");
    }

    @On(Event.BEFORE_SAVE)
    void refuseDrafts() {
      if (title.startsWith("Draft")) {
        throw new IllegalStateException("drafts are not kept");
      }
    }

    /** By the session that it is given, what a hook writes is part of the same transaction. */
    @On(value = {Event.AFTER_SAVE, Event.AFTER_DELETE}, mayFail = true)
    void keepJournal(HookCall<Article> call) {
      String what = call.event() == Event.AFTER_DELETE ? "deleted" : "saved";
      call.session().repo(Entry.class).insert(new Entry(0, what + " " + id));
    }

    /** Nothing can be taken back any more: here mail would be sent. */
    @On(Event.AFTER_COMMIT)
    void tell() {
      COMMITTED.incrementAndGet();
    }
  }

  /** A line of the journal. */
  @Model(table = "example_journal", more = "{\"hidden\": [\"id\"]}")
  record Entry(long id, String line) {}

  private static void journalIs(Thing db, String expected) {
    Show.act(db, "Entry", "findMany", "{}", expected);
  }

  private static void run(Thing db) {
    Show.act(
        db, "Article", "create", "{\"data\": {\"title\": \"Of Mice and Men\"}}",
        "{\"id\":1,\"title\":\"Of Mice and Men\",\"slug\":\"of-mice-and-men\"}");
    Show.refuse(db, "Article", "create", "{\"data\": {\"title\": \"Draft 7\"}}", "drafts are not kept");
    journalIs(db, "[{\"line\":\"saved 1\"}]");

    // All of it, or nothing: the journal goes back too.
    try (var tx = db.begin()) {
      Show.act(
          tx, "Article", "delete", "{\"where\": {\"id\": 1}, \"select\": [\"title\"]}", "{\"title\":\"Of Mice and Men\"}");
    }
    journalIs(db, "[{\"line\":\"saved 1\"}]");

    Show.act(
        db, "Article", "delete", "{\"where\": {\"id\": 1}, \"select\": [\"slug\"]}", "{\"slug\":\"of-mice-and-men\"}");
    journalIs(db, "[{\"line\":\"saved 1\"},{\"line\":\"deleted 1\"}]");
    System.out.println("told of " + COMMITTED + " commits");
    Show.act(db, "Entry", "deleteMany", "{\"all\": true}", "{\"count\":2}");
    Show.require(COMMITTED.get() == 2, "2 commits");
  }

  /**
   * Runs it.
   *
   * @param arguments a URL, or nothing
   */
  public static void main(String[] arguments) {
    try (Thing db = Show.open(arguments, Article.class, Entry.class)) {
      run(db);
    }
  }
}
