package thing;

import static org.junit.jupiter.api.Assertions.*;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import thing.Models.User;

class QueryTest {
  private static final String ALL = "thing.Databases#all";

  private static Thing people(String name) {
    Thing db = Databases.open(name, Models.TABLES).register(User.class);
    db.sync();
    db.repo(User.class).saveAll(List.of(
        User.named("Ann").withAge(25), User.named("Bob").withAge(30), User.named("Eve"), User.named("Zoe").withAge(30)));
    return db;
  }

  private static List<String> names(Query<User> query) {
    return query.list().stream().map(User::name).toList();
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void conditionsChooseRows(String name) {
    try (Thing db = people(name)) {
      Repo<User> users = db.repo(User.class);
      assertEquals(List.of("Bob", "Zoe"), names(users.where("age", 30)));
      assertEquals(List.of("Bob", "Zoe"), names(users.where(User::age, 30)));
      assertEquals(List.of("Ann"), names(users.where(User::age, Op.LT, 30)));
      assertEquals(List.of("Eve"), names(users.where("age", null)));
      assertEquals(List.of("Ann", "Bob", "Zoe"), names(users.where("age", Op.NE, null)));
      assertEquals(List.of("Ann", "Eve"), names(users.where("name", Op.IN, List.of("Ann", "Eve", "X"))));
      assertEquals(List.of("Bob"), names(users.where("age", 30).where("name", Op.STARTS_WITH, "B")));
      assertEquals(List.of("Ann", "Zoe"),
          names(users.where(Where.any(Where.eq("name", "Ann"), Where.ignoringCase("name", Op.EQ, "zOE")))));
      assertEquals(List.of("Eve"), names(users.where(Where.not(Where.json("{\"age\":{\"not\":null}}")))));
      assertEquals(List.of(), names(users.where(Where.any())));
      assertEquals(4, users.where(Where.all()).count());
    }
  }

  /** It may come from anywhere, and must not end the condition that it stands in. */
  @Test
  void aConditionInJsonIsOneValue() {
    try (Thing db = people("sqlite")) {
      Query<User> mine = db.repo(User.class).where("name", "Ann");
      for (String json : List.of("{}}],\"OR\":[{}", "{}}", "{},{}", "", "{", "{\"name\":\"Bob\"", "[".repeat(5000) + "]".repeat(5000))) {
        assertThrows(InvalidException.class, () -> mine.where(Where.json(json)).list(), json);
      }
      assertEquals(0, mine.where(Where.json("{\"name\": \"Bob\"}")).count());
      assertThrows(InvalidException.class, () -> mine.orderJson("{\"name\":\"asc\"}],\"take\":5,\"x\":[1").list());
    }
  }

  @Model(name = "JavaDocument", table = "java_documents")
  record Document(long id, Json tree, @Nullable String text) {}

  /** A value that came from outside is compared and set as it is, though it looks like an operator. */
  @ParameterizedTest
  @MethodSource(ALL)
  void valuesAreNoOperators(String name) {
    try (Thing db = Databases.open(name, "java_documents").register(Document.class)) {
      db.sync();
      Repo<Document> all = db.repo(Document.class);
      Json odd = Json.of("{\"not\": 1}");
      all.saveAll(List.of(new Document(0, odd, "a"), new Document(0, Json.of("{\"gte\": 1}"), null)));
      assertEquals(1, all.where("tree", odd).sole().id());
      assertEquals(2, all.where("tree", Op.NE, odd).sole().id());
      assertEquals(2, all.where(Document::tree, Json.of("{\"gte\": 1}")).sole().id());
      assertThrows(InvalidException.class, () -> all.where("text", Map.of("not", "x")));
      assertThrows(InvalidException.class, () -> all.where("text", Op.EQ, Map.of("field", "tree")));
      assertThrows(ThingException.class, () -> all.where("text", Json.of("{\"not\":\"x\"}")).list());
      Json set = Json.of("{\"set\": 5}");
      assertEquals(1, all.where("id", 1).update(Map.of("tree", set)));
      assertEquals(JsonReader.read(set.text()), JsonReader.read(all.get(1).tree().text()));
      assertThrows(InvalidException.class, () -> all.where("id", 1).update(Map.of("text", Map.of("increment", 1))));
    }
  }

  @Test
  void fieldsCompareWithFields() {
    try (Thing db = people("sqlite")) {
      assertEquals(4, db.repo(User.class).where(Where.fields("email", Op.GT, "name")).count());
      assertEquals(0, db.repo(User.class).where(Where.fields("email", Op.EQ, "name")).count());
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void rowsComeInOrderAndInPages(String name) {
    try (Thing db = people(name)) {
      Query<User> query = db.repo(User.class).all().order("-age").order("name");
      assertEquals(List.of("Bob", "Zoe", "Ann", "Eve"), names(query));
      assertEquals(List.of("Zoe", "Ann"), names(query.offset(1).limit(2)));
      assertEquals(names(query), names(db.repo(User.class).all().orderDescending(User::age).order(User::name)));
      Page<User> first = query.page(3);
      assertEquals(3, first.items().size());
      Page<User> second = query.after(first.next().orElseThrow()).page(3);
      assertEquals(List.of("Eve"), second.items().stream().map(User::name).toList());
      assertEquals(Optional.empty(), second.next());
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void lessThanAllRowsMayBeAsked(String name) {
    try (Thing db = people(name)) {
      Query<User> thirty = db.repo(User.class).where("age", 30).order("name");
      assertEquals("Bob", thirty.first().orElseThrow().name());
      assertEquals(2, thirty.count());
      assertTrue(thirty.exists());
      assertEquals(List.of("Bob", "Zoe"), thirty.pluck("name", String.class));
      assertEquals(Code.E_RANGE, assertThrows(InvalidException.class, thirty::sole).code());
      assertEquals("Ann", db.repo(User.class).where("name", "Ann").sole().name());
      assertEquals("[{\"name\":\"Bob\"}]",
          db.call("JavaUser", "findMany", Map.of("where", Map.of("name", "Bob"), "select", List.of("name"))));
      assertEquals("{\"_sum\":{\"age\":60}}", thirty.aggregate("{\"_sum\":{\"age\":true}}"));
      assertTrue(thirty.explain().contains("SELECT"));
    }
  }

  @Test
  void pluckGivesNullForNull() {
    try (Thing db = people("sqlite")) {
      List<Integer> expected = new ArrayList<>(List.of(25, 30));
      expected.add(null);
      expected.add(30);
      assertEquals(expected, db.repo(User.class).all().pluck("age", Integer.class));
    }
  }

  record NameAge(String name, Optional<Integer> age) {}

  @Test
  void aProjectionReadsItsFieldsAlone() {
    try (Thing db = people("sqlite")) {
      assertEquals(List.of(new NameAge("Ann", Optional.of(25)), new NameAge("Eve", Optional.empty())),
          db.repo(User.class).where("name", Op.IN, List.of("Ann", "Eve")).as(NameAge.class).list());
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void streamsBringAllRowsAndGiveTheirConnectionBack(String name) {
    try (Thing db = people(name)) {
      Repo<User> users = db.repo(User.class);
      List<User> more = new ArrayList<>();
      for (int i = 0; i < 2500; i++) {
        more.add(new User(0, "n", "e" + i, i, true));
      }
      users.insertBatch(more);
      try (Stream<User> all = users.all().stream(100)) {
        assertEquals(2504, all.count());
      }
      for (int i = 0; i < 30; i++) { // more than there are connections
        try (Stream<User> all = users.all().stream(10)) {
          assertTrue(all.findFirst().isPresent());
        }
      }
      long[] n = new long[1];
      users.all().each(u -> n[0]++);
      assertEquals(2504, n[0]);
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void bulkWritesNeedACondition(String name) {
    try (Thing db = people(name)) {
      Repo<User> users = db.repo(User.class);
      Map<String, Object> none = new HashMap<>();
      none.put("age", null);
      assertEquals(2, users.where("age", 30).update(none));
      assertEquals(3, users.where("age", null).count());
      assertThrows(InvalidException.class, () -> users.all().update(Map.of("age", 1)));
      assertThrows(InvalidException.class, () -> users.all().delete());
      assertEquals(4, users.all().everything().updateJson("{\"active\":false}"));
      assertEquals(3, users.where("age", null).delete());
      assertEquals(1, users.all().everything().delete());
    }
  }

  @Test
  void aQueryNeverChanges() {
    try (Thing db = people("sqlite")) {
      Query<User> all = db.repo(User.class).all();
      all.where("age", 30).order("name").limit(1).preload("nothing");
      assertEquals("{}", all.json());
      assertEquals(4, all.list().size());
    }
  }

  @Model(name = "JavaFlag", table = "java_flags")
  static class Flag {
    @Id long id;
    @Column(field = "label", name = "text") String name;
    boolean isSet;

    long id() {
      return id;
    }

    String getName() {
      return name;
    }

    boolean isSet() {
      return isSet;
    }

    String neither() {
      return name;
    }
  }

  @Test
  void accessorsStandForFieldsWhateverTheseAreCalled() {
    try (Thing db = Databases.memory().register(Flag.class)) {
      db.sync();
      Repo<Flag> flags = db.repo(Flag.class);
      Flag flag = new Flag();
      flag.name = "x";
      flag.isSet = true;
      flags.insert(flag);
      assertEquals(1, flags.where(Flag::getName, "x").where(Flag::isSet, true).where(Flag::id, Op.GT, 0).count());
      assertThrows(InvalidException.class, () -> flags.where(Flag::neither, "x"));
    }
  }

  @Test
  void aLambdaHasNoName() {
    try (Thing db = people("sqlite")) {
      assertThrows(InvalidException.class, () -> db.repo(User.class).where(u -> u.name(), "x"));
      assertThrows(InvalidException.class, () -> db.repo(User.class).where("nme", "x").list());
    }
  }

  @Test
  void sqlGivesRowsByName() {
    try (Thing db = people("sqlite")) {
      List<Row> rows = db.query("SELECT name, age, 1.5 AS half FROM java_users WHERE age > ? ORDER BY name", 26);
      assertEquals(2, rows.size());
      assertEquals("Bob", rows.get(0).getString("name"));
      assertEquals(30, rows.get(0).getLong("age"));
      assertEquals(1.5, rows.get(0).get("half", Double.class));
      assertThrows(InvalidException.class, () -> rows.get(0).get("none"));
      assertEquals(Code.E_RANGE, assertThrows(InvalidException.class, () -> rows.get(0).getLong("half")).code());
      assertEquals(Code.E_TYPE, assertThrows(InvalidException.class, () -> rows.get(0).getLong("name")).code());
      assertThrows(InvalidException.class, () -> rows.get(0).get("name", Boolean.class));
      assertThrows(InvalidException.class, () -> rows.get(0).get("name", Thread.class));
      Row edges = db.query("SELECT 1 AS yes, 2 AS two, 9223372036854775807 AS most, -9223372036854775808 AS least, NULL AS nil").get(0);
      assertEquals(true, edges.get("yes", Boolean.class));
      assertThrows(InvalidException.class, () -> edges.get("two", Boolean.class));
      assertEquals(Long.MAX_VALUE, edges.getLong("most"));
      assertEquals(Long.MIN_VALUE, edges.getLong("least"));
      assertThrows(InvalidException.class, () -> edges.get("most", Integer.class));
      assertThrows(InvalidException.class, () -> edges.get("most", Short.class));
      assertNull(edges.get("nil", Instant.class));
    }
  }
}
