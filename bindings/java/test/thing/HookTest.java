package thing;

import static org.junit.jupiter.api.Assertions.*;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import thing.Models.Page;
import thing.Models.User;

class HookTest {
  private static Thing users(String name) {
    Thing db = Databases.open(name, Models.TABLES).register(User.class, Page.class);
    db.sync();
    return db;
  }

  @ParameterizedTest
  @MethodSource("thing.Databases#all")
  void eventsComeInTheirOrder(String name) {
    try (Thing db = users(name)) {
      List<Event> heard = new ArrayList<>();
      Registration all = db.on(User.class, call -> heard.add(call.event()), Event.values());
      User ann = db.repo(User.class).insert(User.named("Ann"));
      assertEquals(List.of(Event.BEFORE_SAVE, Event.BEFORE_CREATE, Event.AFTER_CREATE, Event.AFTER_SAVE, Event.AFTER_COMMIT), heard);
      all.close();
      all.close();
      db.repo(User.class).save(ann.withAge(3));
      assertEquals(5, heard.size());
    }
  }

  @Test
  void whatABeforeHookChangesIsWritten() {
    try (Thing db = users("sqlite")) {
      db.on(User.class, call -> call.replace(call.object().withAge(7)), Event.BEFORE_CREATE);
      db.on(Page.class, call -> call.object().title = call.object().title.trim(), Event.BEFORE_SAVE);
      User ann = db.repo(User.class).insert(User.named("Ann"));
      assertEquals(7, ann.age());
      assertTrue(ann.active(), "what no hook touched takes its default");
      assertEquals("x", db.repo(Page.class).save(new Page(" x ")).title);
    }
  }

  @ParameterizedTest
  @MethodSource("thing.Databases#all")
  void whatAHookThrowsComesOutAsItIs(String name) {
    try (Thing db = users(name)) {
      IllegalStateException mine = new IllegalStateException("drafts are not kept \uD83D\uDE00");
      Registration refuse = db.on(User.class, call -> {
        throw mine;
      }, Event.BEFORE_SAVE);
      assertSame(mine, assertThrows(IllegalStateException.class, () -> db.repo(User.class).insert(User.named("Ann"))));
      assertSame(mine, assertThrows(IllegalStateException.class, () -> db.repo(User.class).saveAll(List.of(User.named("Ann")))));
      assertSame(mine, assertThrows(IllegalStateException.class,
          () -> db.call("JavaUser", "create", "{\"data\":{\"name\":\"a\",\"email\":\"b\"}}")));
      assertSame(mine, assertThrows(IllegalStateException.class,
          () -> db.useTx(tx -> tx.repo(User.class).insert(User.named("Ann")))));
      refuse.close();
      assertEquals(0, db.repo(User.class).count());
      Exception checked = new Exception();
      db.onMayFail(User.class, call -> {
        throw checked;
      }, Event.AFTER_CREATE);
      assertSame(checked, assertThrows(Exception.class, () -> db.repo(User.class).insert(User.named("Ann"))));
      assertEquals(0, db.repo(User.class).count(), "the row went back");
    }
  }

  @Test
  void anAfterHookThatThrowsIsLoggedAlone() {
    try (Thing db = users("sqlite")) {
      List<String> lines = new ArrayList<>();
      db.log(LogLevel.WARN, (level, line) -> lines.add(line));
      db.on(User.class, call -> {
        throw new IllegalStateException("only told");
      }, Event.AFTER_SAVE);
      db.repo(User.class).insert(User.named("Ann"));
      assertTrue(lines.stream().anyMatch(line -> line.contains("only told")), lines::toString);
      assertThrows(UniqueException.class, () -> db.repo(User.class).insert(User.named("Ann")));
    }
  }

  @ParameterizedTest
  @MethodSource("thing.Databases#all")
  void whatAHookWritesGoesWithTheCall(String name) {
    try (Thing db = users(name)) {
      db.onMayFail(User.class, call -> {
        call.session().repo(Page.class).save(new Page("saved " + call.object().name()));
        if (call.object().name().equals("Bob")) {
          throw new IllegalArgumentException("no Bob");
        }
      }, Event.AFTER_SAVE);
      db.repo(User.class).insert(User.named("Ann"));
      assertThrows(IllegalArgumentException.class, () -> db.repo(User.class).insert(User.named("Bob")));
      assertEquals(List.of("saved Ann"), db.repo(Page.class).all().pluck("title", String.class));
    }
  }

  @Test
  void aSessionAndACallEndWithTheirHook() {
    try (Thing db = users("sqlite")) {
      List<HookCall<User>> kept = new ArrayList<>();
      db.on(User.class, kept::add, Event.BEFORE_SAVE);
      db.repo(User.class).insert(User.named("Ann"));
      HookCall<User> call = kept.get(0);
      assertThrows(ClosedException.class, () -> call.session().repo(User.class).count());
      assertThrows(ClosedException.class, call::object);
      assertThrows(ClosedException.class, call::changes);
      assertThrows(ClosedException.class, call::json);
      assertThrows(ClosedException.class, () -> call.replace(User.named("Bob")));
    }
  }

  private static final class Mute extends RuntimeException {
    private static final long serialVersionUID = 1;

    @Override
    public String getMessage() {
      throw new IllegalStateException("not even this");
    }
  }

  @Test
  void exceptionsOfAnyKindComeOutAsTheyAre() {
    try (Thing db = users("sqlite")) {
      Throwable[] thrown = new Throwable[1];
      db.on(User.class, call -> sneak(thrown[0]), Event.BEFORE_SAVE);
      for (Throwable one : List.of(
          new Mute(), new RuntimeException((String) null), new RuntimeException(""), new StackOverflowError(),
          new OutOfMemoryError("pretended"), new InterruptedException(), new RuntimeException("x\n\"\0\uD83D".repeat(50_000)),
          ThingException.of(Code.E_CONFLICT, "mine"))) {
        thrown[0] = one;
        assertSame(one, assertThrows(Throwable.class, () -> db.repo(User.class).insert(User.named("Ann"))));
        assertSame(one, assertThrows(Throwable.class, () -> db.useTx(tx -> tx.repo(User.class).insert(User.named("Ann")))));
      }
    }
  }

  @SuppressWarnings("unchecked")
  private static <X extends Throwable> void sneak(Throwable e) throws X {
    throw (X) e;
  }

  @Test
  void oneHookMayCatchWhatAnotherThrew() {
    try (Thing db = users("sqlite")) {
      IllegalStateException inner = new IllegalStateException("the same words");
      IllegalStateException outer = new IllegalStateException("the same words");
      db.on(Page.class, call -> {
        throw inner;
      }, Event.BEFORE_SAVE);
      db.on(User.class, call -> {
        assertSame(inner, assertThrows(IllegalStateException.class, () -> call.session().repo(Page.class).save(new Page("x"))));
        if (call.object().name().equals("Bob")) {
          throw outer;
        }
      }, Event.BEFORE_SAVE);
      db.repo(User.class).insert(User.named("Ann"));
      assertSame(outer, assertThrows(IllegalStateException.class, () -> db.repo(User.class).insert(User.named("Bob"))));
      assertEquals(1, db.repo(User.class).count());
    }
  }

  @Test
  void aHookMayTakeItselfAwayButNotItsDatabase() {
    try (Thing db = users("sqlite")) {
      Thing same = db;
      int[] ran = new int[1];
      Registration[] self = new Registration[1];
      self[0] = db.on(User.class, call -> {
        ran[0]++;
        self[0].close();
      }, Event.BEFORE_SAVE);
      db.repo(User.class).insert(User.named("Ann"));
      db.repo(User.class).insert(User.named("Bob"));
      assertEquals(1, ran[0]);
      db.on(User.class, call -> {
        call.session().repo(Page.class).save(new Page("x"));
        same.close();
      }, Event.AFTER_SAVE);
      db.on(Page.class, call -> ran[0]++, Event.AFTER_SAVE);
      db.repo(User.class).insert(User.named("Eve"));
      assertEquals(2, ran[0]);
      assertEquals(3, db.repo(User.class).count(), "it is open");
    }
  }

  @Test
  void aListenerDoesNotCloseTheDatabaseEither() {
    try (Thing db = users("sqlite")) {
      Thing same = db;
      List<Throwable> thrown = new ArrayList<>();
      db.log(LogLevel.DEBUG, (level, line) -> thrown.add(assertThrows(StateException.class, same::close)));
      db.repo(User.class).insert(User.named("Ann"));
      assertFalse(thrown.isEmpty());
      db.log(LogLevel.OFF, null);
      assertEquals(1, db.repo(User.class).count());
    }
  }

  @Test
  void aBodyMayCloseTheDatabase() {
    Thing db = users("sqlite");
    assertThrows(ClosedException.class, () -> db.useTx(tx -> {
      tx.repo(User.class).insert(User.named("Ann"));
      db.close();
    }));
  }

  abstract static class Stamped extends Entity {
    @Id long id;
    @Ignore List<String> ran = new ArrayList<>();

    @On(Event.BEFORE_SAVE)
    void above() {
      stamp("above");
    }

    @On(Event.BEFORE_SAVE)
    void overridden() {
      stamp("not this one");
    }

    abstract void stamp(String what);
  }

  @Model(name = "JavaStamp")
  static class Stamp extends Stamped {
    String text;

    @Override
    @On(Event.BEFORE_SAVE)
    void overridden() {
      stamp("below");
    }

    @Override
    void stamp(String what) {
      text = text + " " + what;
    }
  }

  @Test
  void hooksOfClassesAboveRunToo() {
    try (Thing db = Databases.memory().register(Stamp.class)) {
      db.sync();
      Stamp stamp = new Stamp();
      stamp.text = "ran";
      assertEquals("ran above below", db.repo(Stamp.class).save(stamp).text);
    }
  }

  @Model(name = "JavaStatic")
  record WithStatic(long id) {
    @On(Event.BEFORE_SAVE)
    static void wrong() {}
  }

  @Test
  void aMethodThatIsNoHookIsRefused() {
    try (Thing db = Databases.memory()) {
      assertThrows(ModelException.class, () -> db.register(WithStatic.class));
    }
  }

  @Test
  void changesAreToldBeforeAndAfter() {
    try (Thing db = users("sqlite")) {
      User ann = db.repo(User.class).insert(User.named("Ann").withAge(1));
      List<String> told = new ArrayList<>();
      db.on(User.class, call -> told.add(call.changes()), Event.BEFORE_UPDATE, Event.AFTER_UPDATE);
      db.repo(User.class).save(ann.withAge(2));
      assertEquals(List.of("{\"age\":[1,2]}", "{\"age\":[1,2]}"), told);
    }
  }

  @Model(name = "JavaSlug")
  static class Slug extends Entity {
    @Id long id;
    String title;
    String slug;
    @Ignore int calls;

    @On(Event.BEFORE_SAVE)
    void make() {
      slug = title.toLowerCase().replace(' ', '-');
    }

    @On({Event.BEFORE_SAVE})
    void refuse(HookCall<Slug> call) {
      if (title.isEmpty()) {
        throw new IllegalArgumentException(call.event().name());
      }
    }
  }

  @Test
  void methodsOfTheClassAreHooks() {
    try (Thing db = Databases.memory().register(Slug.class)) {
      db.sync();
      Slug slug = new Slug();
      slug.title = "Of Mice";
      assertEquals("of-mice", db.repo(Slug.class).save(slug).slug);
      Slug empty = new Slug();
      empty.title = "";
      assertThrows(IllegalArgumentException.class, () -> db.repo(Slug.class).save(empty));
    }
  }

  @Test
  void endlessHooksEndInAnError() {
    try (Thing db = users("sqlite")) {
      int[] n = new int[1];
      db.on(User.class, call -> call.session().repo(User.class).insert(User.named("n" + n[0]++)), Event.BEFORE_CREATE);
      assertThrows(Throwable.class, () -> db.repo(User.class).insert(User.named("Ann")));
      assertEquals(0, db.repo(User.class).count());
    }
  }
}
