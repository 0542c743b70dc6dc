import java.math.BigDecimal;
import thing.Default;
import thing.Model;
import thing.Thing;
import thing.Unique;

/**
 * A shelf of books through one function: makes them, asks and changes them, all as documents. Usage: Actions [URL]
 */
public class Actions {
  @Model(table = "example_books")
  record Book(long id, @Unique String isbn, String title, String shelf, BigDecimal price, @Default("0") Integer lent) {}

  private static void fill(Thing db) {
    Show.act(db, "Book", "deleteMany", "{\"all\": true}", "{\"count\":0}");
    Show.act(
        db, "Book", "createMany",
        "{\"data\": [{\"isbn\": \"1\", \"title\": \"Dune\", \"shelf\": \"A\", \"price\": \"12.50\"},"
            + "{\"isbn\": \"2\", \"title\": \"Emma\", \"shelf\": \"B\", \"price\": \"7.25\"},"
            + "{\"isbn\": \"3\", \"title\": \"Ulysses\", \"shelf\": \"B\", \"price\": \"20.00\"}]}",
        "{\"count\":3}");
    Show.act(
        db, "Book", "createMany",
        "{\"skipDuplicates\": true, \"data\": [{\"isbn\": \"3\", \"title\": \"Ulysses\", \"shelf\": \"B\", \"price\": \"1\"},"
            + "{\"isbn\": \"4\", \"title\": \"Walden\", \"shelf\": \"A\", \"price\": \"9.75\"}]}",
        "{\"count\":1}");
  }

  private static void ask(Thing db) {
    Show.act(
        db, "Book", "findUnique", "{\"where\": {\"isbn\": \"2\"}, \"select\": [\"title\", \"price\"]}",
        "{\"title\":\"Emma\",\"price\":\"7.25\"}");
    Show.act(db, "Book", "findUnique", "{\"where\": {\"isbn\": \"none\"}}", "null");
    Show.act(
        db, "Book", "findMany",
        "{\"where\": {\"price\": {\"lt\": 15}}, \"orderBy\": {\"price\": \"desc\"}, \"take\": 2, \"select\": {\"title\": true}}",
        "[{\"title\":\"Dune\"},{\"title\":\"Walden\"}]");
    Show.act(
        db, "Book", "findMany", "{\"distinct\": [\"shelf\"], \"orderBy\": {\"price\": \"asc\"}, \"select\": [\"title\"]}",
        "[{\"title\":\"Emma\"},{\"title\":\"Walden\"}]");
    Show.act(
        db, "Book", "groupBy",
        "{\"by\": [\"shelf\"], \"_count\": true, \"_sum\": {\"price\": true}, \"orderBy\": {\"_sum\": {\"price\": \"desc\"}}}",
        "[{\"shelf\":\"B\",\"_count\":2,\"_sum\":{\"price\":\"27.25\"}},{\"shelf\":\"A\",\"_count\":2,\"_sum\":{\"price\":\"22.25\"}}]");
    Show.refuse(
        db, "Book", "findMany", "{\"where\": {\"price\": {\"below\": 15}}}", "where.price: found operator 'below'");
  }

  /** Two books are lent, or none. */
  private static void lend(Thing db, String isbn, String other, boolean keep) {
    try (var tx = db.begin()) {
      for (String each : new String[] {isbn, other}) {
        Show.act(
            tx, "Book", "update",
            "{\"where\": {\"isbn\": \"" + each + "\"}, \"data\": {\"lent\": {\"increment\": 1}}, \"select\": [\"lent\"]}",
            each.equals(isbn) || keep ? "{\"lent\":1}" : "not found");
      }
      if (keep) {
        tx.commit();
      }
    }
  }

  private static void change(Thing db) {
    lend(db, "1", "missing", false);
    Show.act(db, "Book", "aggregate", "{\"_sum\": {\"lent\": true}}", "{\"_sum\":{\"lent\":0}}");
    lend(db, "1", "2", true);
    Show.act(db, "Book", "aggregate", "{\"_sum\": {\"lent\": true}}", "{\"_sum\":{\"lent\":2}}");
    Show.act(
        db, "Book", "upsert",
        "{\"where\": {\"isbn\": \"4\"}, \"create\": {}, \"update\": {\"shelf\": \"C\"}, \"select\": [\"shelf\"]}",
        "{\"shelf\":\"C\"}");
    Show.act(db, "Book", "delete", "{\"where\": {\"isbn\": \"4\"}, \"select\": [\"title\"]}", "{\"title\":\"Walden\"}");
    Show.act(db, "Book", "delete", "{\"where\": {\"isbn\": \"4\"}}", "not found");
    Show.refuse(db, "Book", "deleteMany", "{}", "deleteMany: found no condition");
    Show.act(db, "Book", "deleteMany", "{\"where\": {\"shelf\": {\"in\": [\"A\", \"B\"]}}}", "{\"count\":3}");
  }

  /**
   * Runs it.
   *
   * @param arguments a URL, or nothing
   */
  public static void main(String[] arguments) {
    try (Thing db = Show.open(arguments, Book.class)) {
      fill(db);
      ask(db);
      change(db);
    }
  }
}
