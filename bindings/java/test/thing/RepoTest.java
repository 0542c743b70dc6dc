package thing;

import static org.junit.jupiter.api.Assertions.*;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import thing.Models.Everything;
import thing.Models.Kind;
import thing.Models.Page;
import thing.Models.User;

class RepoTest {
  private static final String ALL = "thing.Databases#all";

  private static Thing users(String name) {
    Thing db = Databases.open(name, Models.TABLES).register(User.class);
    db.sync();
    return db;
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void insertGivesWhatTheDatabaseMade(String name) {
    try (Thing db = users(name)) {
      User ann = db.repo(User.class).insert(User.named("Ann"));
      assertEquals(new User(1, "Ann", "ann@example.com", null, true), ann);
      assertEquals(Optional.of(ann), db.repo(User.class).byId(1));
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void everyTypeComesBackAsItWentIn(String name) {
    try (Thing db = Databases.open(name, Models.TABLES).register(Everything.class)) {
      db.sync();
      Repo<Everything> all = db.repo(Everything.class);
      Everything full = all.insert(new Everything(
          0, true, Integer.MIN_VALUE, Long.MAX_VALUE, -0.1, new BigDecimal("12345678901234567890.125"), "e\u0301 \uD83D\uDE00 ?\uFFFD",
          new byte[] {0, -1, 7}, Instant.parse("2024-05-06T07:08:09.000001999Z"), LocalDate.of(1, 1, 1),
          LocalTime.of(23, 59, 59, 999_999_000), UUID.fromString("0a8f1b5e-5f7c-4b7e-9d5a-1c2d3e4f5a6b"),
          Json.of("{\"a\": [1, null]}"), Kind.FANCY, List.of("x", "\uD83D\uDE00"), Optional.of("")));
      Everything read = all.get(full.id());
      assertEquals(Integer.MIN_VALUE, read.small());
      assertEquals(Long.MAX_VALUE, read.big());
      assertEquals(-0.1, read.real());
      assertEquals(0, new BigDecimal("12345678901234567890.125").compareTo(read.exact()));
      assertEquals("e\u0301 \uD83D\uDE00 ?\uFFFD", read.words());
      assertArrayEquals(new byte[] {0, -1, 7}, read.bytes());
      assertEquals(Instant.parse("2024-05-06T07:08:09.000001Z"), read.moment());
      assertEquals(LocalDate.of(1, 1, 1), read.day());
      assertEquals(LocalTime.of(23, 59, 59, 999_999_000), read.clock());
      assertEquals(UUID.fromString("0a8f1b5e-5f7c-4b7e-9d5a-1c2d3e4f5a6b"), read.key());
      assertEquals(JsonReader.read("{\"a\":[1,null]}"), JsonReader.read(read.tree().text()));
      assertEquals(Kind.FANCY, read.kind());
      assertEquals(List.of("x", "\uD83D\uDE00"), read.tags());
      assertEquals(Optional.of(""), read.maybe());
    }
  }

  @Test
  void textMayHoldNul() {
    try (Thing db = users("sqlite")) {
      User odd = db.repo(User.class).insert(new User(0, "a\0b", "odd", null, null));
      assertEquals("a\0b", db.repo(User.class).get(odd.id()).name());
      assertEquals(odd, db.repo(User.class).where("name", "a\0b").sole());
    }
  }

  @Test
  void halfOfAPairIsNoText() {
    try (Thing db = users("sqlite")) {
      assertThrows(InvalidException.class, () -> db.repo(User.class).insert(User.named("a\uD83Db")));
      assertThrows(InvalidException.class, () -> db.repo(User.class).insert(User.named("a\uDE00\uD83D\u00e9?")));
      assertThrows(InvalidException.class, () -> db.repo(User.class).where("name", "?\uD83D").list());
      assertEquals(0, db.repo(User.class).count());
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void whatIsNotThereIsEmptyOrNotFound(String name) {
    try (Thing db = users(name)) {
      Repo<User> users = db.repo(User.class);
      assertEquals(Optional.empty(), users.byId(99));
      assertEquals(Optional.empty(), users.byKey(99));
      assertEquals(Optional.empty(), users.all().first());
      assertEquals(Code.NOT_FOUND, assertThrows(NotFoundException.class, () -> users.get(99)).code());
      assertThrows(NotFoundException.class, () -> users.all().sole());
      assertThrows(NotFoundException.class, () -> users.update(new User(99, "x", "x", null, true)));
      assertThrows(NotFoundException.class, () -> users.incr(99, "age", 1));
      assertFalse(users.deleteById(99));
      assertFalse(users.delete(new User(99, "x", "x", null, true)));
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void saveOfARecordWritesWhatDiffers(String name) {
    try (Thing db = users(name)) {
      Repo<User> users = db.repo(User.class);
      User ann = users.save(User.named("Ann"));
      assertEquals(30, users.save(ann.withAge(30)).age());
      long before = db.statements();
      users.save(ann.withAge(30));
      Databases.assertSent(name, 1, db.statements() - before, "a row that is as it should be is read and not written");
      assertNull(users.save(ann.withAge(null)).age());
      User other = users.save(new User(77, "Zed", "zed", 1, false));
      assertEquals(other, users.get(77), "a key that is set and not there is inserted");
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void updateOfTwoRecordsReadsNothing(String name) {
    try (Thing db = users(name)) {
      Repo<User> users = db.repo(User.class);
      User ann = users.insert(User.named("Ann"));
      db.execOn("java_users", "UPDATE java_users SET name = 'Anna' WHERE id = ?", ann.id());
      users.update(ann, ann.withAge(5));
      assertEquals(new User(ann.id(), "Anna", ann.email(), 5, true), users.get(ann.id()), "only the age was written");
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void anEntityWritesItsChangesAlone(String name) {
    try (Thing db = Databases.open(name, Models.TABLES).register(Page.class)) {
      db.sync();
      Repo<Page> pages = db.repo(Page.class);
      Page page = new Page("Alpha");
      assertTrue(page.isNew());
      assertSame(page, pages.save(page));
      assertFalse(page.isNew());
      assertEquals(0, page.views);
      assertNotNull(page.created);
      long before = db.statements();
      pages.save(page);
      Databases.assertSent(name, 0, db.statements() - before, "nothing changed");
      page.note = "x";
      pages.save(page);
      assertEquals(1L, page.version);
      assertEquals("x", pages.get(page.id).note);
      page.note = null;
      pages.save(page);
      assertNull(pages.get(page.id).note);
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void whoComesSecondMeetsAConflict(String name) {
    try (Thing db = Databases.open(name, Models.TABLES).register(Page.class)) {
      db.sync();
      Repo<Page> pages = db.repo(Page.class);
      pages.save(new Page("Alpha"));
      Page mine = pages.get(1);
      Page yours = pages.get(1);
      mine.views = 1;
      yours.views = 2;
      pages.save(mine);
      ConflictException conflict = assertThrows(ConflictException.class, () -> pages.save(yours));
      assertEquals(Code.E_CONFLICT, conflict.code());
      assertEquals("JavaPage", conflict.model());
      assertSame(yours, pages.reload(yours));
      assertEquals(1, yours.views);
      yours.views = 2;
      pages.save(yours);
      assertEquals(2, pages.get(1).views);
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void recordsAreDeletedSoftlyAndComeBack(String name) {
    try (Thing db = Databases.open(name, "java_letters").register(Letter.class)) {
      db.sync();
      Repo<Letter> letters = db.repo(Letter.class);
      Letter first = letters.insert(new Letter(0, "a", null, null));
      Letter gone = letters.softDelete(first);
      assertNotNull(gone.deleted());
      assertThrows(NotFoundException.class, () -> letters.get(first.id()));
      Letter back = letters.restore(gone);
      assertNull(back.deleted());
      assertEquals(back, letters.get(first.id()));
      letters.deleteAll(List.of(back));
      assertEquals(1, letters.all().onlyDeleted().count());
    }
  }

  @Model(name = "JavaLetter", table = "java_letters")
  record Letter(long id, String text, @SoftDelete Instant deleted, @Version Long version) {}

  @Model(name = "JavaNote", table = "java_notes")
  record Note(long id, String text, @Version Long version) {}

  @Test
  void aRecordKnowsItsVersion() {
    try (Thing db = Databases.memory().register(Note.class)) {
      db.sync();
      Repo<Note> notes = db.repo(Note.class);
      Note first = notes.insert(new Note(0, "a", null));
      Note second = notes.save(new Note(first.id(), "b", first.version()));
      assertThrows(ConflictException.class, () -> notes.save(new Note(first.id(), "c", first.version())));
      assertEquals(second, notes.get(first.id()));
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void softDeletedRowsComeBack(String name) {
    try (Thing db = Databases.open(name, Models.TABLES).register(Page.class)) {
      db.sync();
      Repo<Page> pages = db.repo(Page.class);
      Page page = pages.save(new Page("Alpha"));
      assertTrue(pages.delete(page));
      assertEquals(Optional.empty(), pages.byId(page.id));
      assertEquals(1, pages.all().withDeleted().count());
      assertEquals(1, pages.all().onlyDeleted().list().size());
      assertNotNull(page.deleted, "the object knows");
      assertSame(page, pages.restore(page));
      assertNull(page.deleted);
      assertEquals("Alpha", pages.get(page.id).title);
      assertTrue(pages.delete(page, DeleteMode.HARD));
      assertEquals(0, pages.all().withDeleted().count());
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void manyAreSavedTogetherOrNotAtAll(String name) {
    try (Thing db = users(name)) {
      Repo<User> users = db.repo(User.class);
      List<User> saved = users.saveAll(List.of(User.named("A"), User.named("B"), User.named("C")));
      assertEquals(List.of(1L, 2L, 3L), saved.stream().map(User::id).toList());
      assertThrows(UniqueException.class, () -> users.saveAll(List.of(saved.get(0).withAge(9), User.named("B"))));
      assertNull(users.get(1).age());
      List<User> again = users.saveAll(List.of(saved.get(0).withAge(9), User.named("D")));
      assertEquals(9, users.get(1).age());
      assertEquals(again, users.byIds(again.get(0).id(), again.get(1).id()));
      users.deleteAll(again);
      assertEquals(2, users.count());
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void aBatchGivesItsKeys(String name) {
    try (Thing db = users(name)) {
      List<User> many = new ArrayList<>();
      for (int i = 0; i < 1000; i++) {
        many.add(new User(0, "n" + i, "e" + i, i, i % 2 == 0));
      }
      long[] ids = db.repo(User.class).insertBatch(many);
      assertEquals(1000, ids.length);
      assertEquals("n999", db.repo(User.class).get(ids[999]).name());
      assertEquals(1000, db.repo(User.class).count());
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void idsComeInTheirOrder(String name) {
    try (Thing db = users(name)) {
      Repo<User> users = db.repo(User.class);
      users.saveAll(List.of(User.named("A"), User.named("B"), User.named("C")));
      assertEquals(List.of("C", "A", "C"), users.byIds(3, 99, 1, 3).stream().map(User::name).toList());
      assertEquals(List.of("B"), users.byIds(List.of(2L)).stream().map(User::name).toList());
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void upsertFindsTheRowByItsKey(String name) {
    try (Thing db = users(name)) {
      Repo<User> users = db.repo(User.class);
      User ann = users.insert(User.named("Ann"));
      User same = users.upsert(new User(0, "Anna", ann.email(), 8, true), "email");
      assertEquals(ann.id(), same.id());
      assertEquals("Anna", users.get(ann.id()).name());
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void incrementsAddInTheDatabase(String name) {
    try (Thing db = users(name)) {
      Repo<User> users = db.repo(User.class);
      User ann = users.insert(User.named("Ann").withAge(40));
      assertEquals(42, users.incr(ann.id(), "age", 2));
      assertEquals(42, users.get(ann.id()).age());
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void keysMayBeTextOrSeveralFields(String name) {
    try (Thing db = Databases.open(name, "java_places", "java_tags").register(Place.class, Models.Tag.class)) {
      db.sync();
      Repo<Place> places = db.repo(Place.class);
      Place place = places.save(new Place("A", 7, "x"));
      assertEquals(Optional.of(place), places.byKey("A", 7));
      assertEquals("y", places.save(new Place("A", 7, "y")).what());
      assertEquals(1, places.count());
      assertTrue(places.deleteByKey("A", 7));
      Models.Tag tag = db.repo(Models.Tag.class).save(new Models.Tag("\u00e9t\u00e9"));
      assertEquals(List.of(tag), db.repo(Models.Tag.class).byKeys(List.of("none", "\u00e9t\u00e9")));
    }
  }

  @Model(name = "JavaPlace", table = "java_places")
  record Place(@Id String room, @Id int place, String what) {}


  @Model(name = "JavaChoice")
  record Choice(long id, @Default("dflt") Optional<String> value) {}

  @Test
  void unsetNullAndEmptyAreThreeThings() {
    try (Thing db = Databases.memory().register(Choice.class)) {
      db.sync();
      Repo<Choice> all = db.repo(Choice.class);
      assertEquals(Optional.of("dflt"), all.insert(new Choice(0, null)).value());
      assertEquals(Optional.empty(), all.insert(new Choice(0, Optional.empty())).value());
      assertEquals(Optional.of(""), all.insert(new Choice(0, Optional.of(""))).value());
    }
  }

  @Test
  void aClassThatDoesNotFitItsModelIsRefused() {
    record Partial(long id, int age) {}

    record Missing(long id, String nme) {}

    record Other(long id, Instant name) {}

    try (Thing db = Databases.memory()) {
      for (Class<?> type : List.of(Partial.class, Missing.class, Other.class)) {
        db.register("{\"name\":\"" + type.getSimpleName() + "\",\"fields\":{\"id\":\"int\",\"name\":\"text\",\"age\":\"int?\"}}");
        assertThrows(ModelException.class, () -> db.repo(type), type.getSimpleName());
      }
      assertThrows(ModelException.class, () -> db.repo(String.class));
    }
  }

  @Test
  void aModelFromADocumentIsReadByARecordOfItsName() {
    record Plain(long id, String name) {}

    try (Thing db = Databases.memory()) {
      db.register("{\"name\":\"Plain\",\"fields\":{\"id\":\"int\",\"name\":\"text\",\"extra\":\"int?\"}}");
      db.sync();
      db.repo(Plain.class).insert(new Plain(4, "x"));
      assertEquals(new Plain(4, "x"), db.repo(Plain.class).get(4));
    }
  }

  @Test
  void numbersThatDoNotFitAreRefused() {
    record Short(long id, short n) {}

    try (Thing db = Databases.memory()) {
      db.register("{\"name\":\"Short\",\"fields\":{\"id\":\"int\",\"n\":\"int\"}}");
      db.sync();
      db.exec("INSERT INTO shorts (id, n) VALUES (1, 70000)");
      assertEquals(Code.E_RANGE, assertThrows(InvalidException.class, () -> db.repo(Short.class).get(1)).code());
    }
  }
}
