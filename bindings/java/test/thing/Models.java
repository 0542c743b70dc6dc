package thing;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** What several tests keep. */
final class Models {
  private Models() {}

  @Model(name = "JavaUser", table = "java_users")
  record User(long id, String name, @Unique String email, @Nullable Integer age, @Default("true") Boolean active) {
    static User named(String name) {
      return new User(0, name, name.toLowerCase() + "@example.com", null, null);
    }

    User withAge(Integer years) {
      return new User(id, name, email, years, active);
    }
  }

  @Model(name = "JavaPage", table = "java_pages")
  static class Page extends Entity {
    @Id long id;
    String title;
    @Default("0") Integer views;
    @Nullable String note;
    @CreatedAt Instant created;
    @UpdatedAt Instant updated;
    @SoftDelete Instant deleted;
    @Version Long version;

    Page() {}

    Page(String title) {
      this.title = title;
    }
  }

  enum Kind {
    PLAIN,
    FANCY
  }

  @Model(name = "JavaThingy", table = "java_thingies")
  record Everything(
      long id, boolean flag, int small, long big, double real, BigDecimal exact, String words, byte[] bytes, Instant moment,
      LocalDate day, LocalTime clock, UUID key, Json tree, Kind kind, List<String> tags, Optional<String> maybe) {}

  @Model(name = "JavaAuthor", table = "java_authors")
  record Author(long id, String name, @HasMany List<Book> books) {}

  @Model(name = "JavaBook", table = "java_books")
  static class Book extends Entity {
    @Id long id;
    String title;
    @Nullable Long authorId;
    @BelongsTo(onDelete = "cascade") Optional<Author> author;
    @ManyToMany(table = "java_tagged") List<Tag> tags;

    Book() {}

    Book(String title, Long authorId) {
      this.title = title;
      this.authorId = authorId;
    }
  }

  @Model(name = "JavaTag", table = "java_tags")
  record Tag(@Id String word) {}

  static final String[] TABLES = {"java_tagged", "java_books", "java_authors", "java_tags", "java_users", "java_pages", "java_thingies"};
}
