package thing;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Classes of the scenario's models. All fields are Optional, as the scenario tells unset, which is null, from NULL. */
final class Tables {
  static class User extends Entity {
    Optional<Long> id;
    Optional<String> email;
    Optional<String> name;
    Optional<String> role;
    Optional<Long> age;
    Optional<BigDecimal> balance;
    Optional<Boolean> active;
    Optional<String> secret;
    Optional<Instant> createdAt;
    Optional<Instant> updatedAt;
    Optional<Instant> deletedAt;
    Optional<Long> version;
  }

  static class Sample extends Entity {
    Optional<Long> id;
    Optional<Boolean> yes;
    Optional<Long> number;
    Optional<Double> real;
    Optional<BigDecimal> exact;
    Optional<String> words;
    Optional<byte[]> raw;
    Optional<Instant> moment;
    Optional<LocalDate> day;
    Optional<LocalTime> hour;
    Optional<UUID> token;
    Optional<Json> document;
    Optional<String> colour;
    Optional<List<String>> tags;
    Optional<List<Long>> numbers;
  }

  static class Seat extends Entity {
    Optional<String> hall;
    Optional<Long> place;
    Optional<String> guest;
    Optional<Long> sold;
  }

  static class Device extends Entity {
    Optional<UUID> id;
    Optional<String> label;
    Optional<Long> uses;
  }

  static class Word extends Entity {
    Optional<String> text;
    Optional<Long> count;
  }

  static class Entry extends Entity {
    Optional<Long> id;
    Optional<String> line;
  }

  static class Author extends Entity {
    Optional<Long> id;
    Optional<String> name;
    @HasOne Profile profile;
    @HasMany List<Book> books;

    @HasMany
    @Column(field = "long")
    List<Book> longBooks;

    @HasMany List<Tag> tags;
  }

  static class Profile extends Entity {
    Optional<Long> id;
    Optional<Long> authorId;
    Optional<String> text;
    @BelongsTo Author author;
  }

  static class Book extends Entity {
    Optional<Long> id;
    Optional<Long> authorId;
    Optional<String> title;
    Optional<Long> pages;
    @BelongsTo Author author;
    @ManyToMany List<Tag> tags;
  }

  static class Tag extends Entity {
    Optional<Long> id;
    Optional<String> label;
    @ManyToMany List<Book> books;
  }

  static class Label extends Entity {
    Optional<Long> bookId;
    Optional<Long> tagId;
    Optional<Long> weight;
    @BelongsTo Book book;
    @BelongsTo Tag tag;
  }

  private static final Map<String, Class<? extends Entity>> ALL =
      Map.ofEntries(
          Map.entry("User", User.class), Map.entry("Sample", Sample.class), Map.entry("Seat", Seat.class),
          Map.entry("Device", Device.class), Map.entry("Word", Word.class), Map.entry("Entry", Entry.class),
          Map.entry("Author", Author.class), Map.entry("Profile", Profile.class), Map.entry("Book", Book.class),
          Map.entry("Tag", Tag.class), Map.entry("Label", Label.class));

  private Tables() {}

  static Class<? extends Entity> of(String model) {
    Class<? extends Entity> type = ALL.get(model);
    if (type == null) {
      throw ThingException.of(Code.E_INVALID, "no model '" + model + "'");
    }
    return type;
  }
}
