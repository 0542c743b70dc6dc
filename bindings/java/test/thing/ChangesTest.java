package thing;

import static org.junit.jupiter.api.Assertions.*;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import thing.Models.Page;
import thing.Models.User;

class ChangesTest {
  private static final String ALL = "thing.Databases#all";

  private static Thing pages(String name) {
    Thing db = Databases.open(name, Models.TABLES).register(Page.class, User.class);
    db.sync();
    return db;
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void anEntityKnowsWhatChangedAndWhatWasSaved(String name) {
    try (Thing db = pages(name)) {
      Repo<Page> pages = db.repo(Page.class);
      Page page = new Page("One");
      assertEquals(List.of("title", "note"), pages.changed(page), "null is NULL where a field may be NULL");
      pages.save(page);
      assertEquals(List.of(), pages.changed(page));
      assertTrue(pages.savedChanges(page).contains("\"title\":[null,\"One\"]"));
      page.title = "Two";
      page.note = "n";
      assertEquals(List.of("title", "note"), pages.changed(page));
      assertEquals("{\"title\":[\"One\",\"Two\"],\"note\":[null,\"n\"]}", pages.changes(page));
      pages.revert(page, "title");
      assertEquals("One", page.title);
      pages.save(page);
      assertTrue(pages.savedChanges(page).startsWith("{\"note\":[null,\"n\"]"));
      assertEquals("{}", pages.savedChanges(pages.get(page.id)));
      page.title = "Three";
      pages.revert(page);
      assertEquals("One n", page.title + " " + page.note);
      assertThrows(InvalidException.class, () -> pages.revert(page, "nothing"));
    }
  }

  @ParameterizedTest
  @MethodSource(ALL)
  void aDeletedEntityIsNotSavedUntilItIsRestored(String name) {
    try (Thing db = pages(name)) {
      Repo<Page> pages = db.repo(Page.class);
      Page page = pages.save(new Page("One"));
      page.note = "not saved";
      assertTrue(pages.delete(page));
      assertTrue(page.isDeleted());
      assertNotNull(page.deleted);
      assertEquals("not saved", page.note);
      assertFalse(pages.delete(page));
      assertThrows(StateException.class, () -> pages.save(page));
      pages.restore(page);
      assertFalse(page.isDeleted());
      page.title = "Two";
      assertEquals("Two", pages.save(page).title, "it has the version that the restore made");
      pages.deleteAll(List.of(page));
      assertTrue(page.isDeleted());
    }
  }

  @Test
  void anObjectPrintsItself() {
    try (Thing db = pages("sqlite")) {
      Repo<User> users = db.repo(User.class);
      User ann = users.insert(User.named("Änn \uD83D\uDE00"));
      assertEquals("{\"name\":\"Änn \uD83D\uDE00\",\"age\":null}", users.toJson(ann, "name,age"));
      assertTrue(users.toJson(ann).startsWith("{\"id\":1,"));
      assertThrows(ThingException.class, () -> users.toJson(ann, "name,{"));
      Page page = db.repo(Page.class).save(new Page("One"));
      page.title = "Two";
      assertEquals("{\"title\":\"Two\"}", db.repo(Page.class).toJson(page, false, true));
    }
  }

  @Test
  void inputFromOutsideFillsWhatItMay() {
    try (Thing db = Databases.memory()) {
      db.register("{\"name\": \"Form\", \"fields\": {\"id\": \"int\", \"name\": {\"type\": \"text\", \"trim\": true}, \"role\": \"text?\"},"
          + " \"guarded\": [\"role\"]}");
      Repo<Form> forms = db.repo(Form.class);
      Form form = forms.fill(new Form(1, null, null), "{\"name\": \" Ann \", \"role\": \"admin\"}");
      assertEquals(new Form(1, "Ann", null), form);
      assertEquals("Ann", forms.fill(form, "{\"name\": \"Bob\"}", Fill.IF_ABSENT).name());
      assertThrows(InvalidException.class, () -> forms.fill(form, "{\"role\": \"admin\"}", Fill.STRICT));
      assertThrows(InvalidException.class, () -> forms.fill(form, "{\"shoe\": 42}"));
      assertEquals("x", forms.normalize(new Form(1, " x ", null)).name());
      Form copy = forms.replicate(form, "role");
      assertEquals(new Form(0, "Ann", null), copy);
    }
  }

  record Form(long id, String name, @Nullable String role) {}

  @Test
  void whatIsLoadedIsHeardOf() {
    try (Thing db = pages("sqlite")) {
      Repo<User> users = db.repo(User.class);
      users.saveAll(List.of(User.named("Ann"), User.named("Bob")));
      List<String> heard = new ArrayList<>();
      Registration hook = db.on(User.class, call -> heard.add(call.model() + " " + call.object().name()), Event.AFTER_LOAD);
      assertEquals(Optional.empty(), users.byId(99));
      users.get(1);
      users.byIds(2);
      users.all().list();
      assertEquals(List.of("JavaUser Ann", "JavaUser Bob", "JavaUser Ann", "JavaUser Bob"), heard);
      db.with(CallOptions.NONE.withoutHooks()).repo(User.class).get(1);
      hook.close();
      users.get(1);
      assertEquals(4, heard.size());
      IllegalStateException mine = new IllegalStateException("not this one");
      db.onMayFail(
          User.class,
          call -> {
            throw mine;
          },
          Event.AFTER_LOAD);
      assertSame(mine, assertThrows(IllegalStateException.class, () -> users.get(1)));
    }
  }

  @Test
  void modelsAreMuted() {
    try (Thing db = pages("sqlite")) {
      List<String> heard = new ArrayList<>();
      db.onAny(call -> heard.add(call.model()), Event.AFTER_SAVE);
      Session quiet = db.with(CallOptions.NONE.muting("JavaUser"));
      quiet.repo(User.class).insert(User.named("Ann"));
      quiet.repo(Page.class).save(new Page("One"));
      quiet.useTx(tx -> tx.repo(User.class).insert(User.named("Bob")));
      assertEquals(List.of("JavaPage"), heard);
      db.repo(User.class).insert(User.named("Cid"));
      assertEquals(List.of("JavaPage", "JavaUser"), heard);
      assertThrows(StateException.class,
          () -> db.useTx(tx -> tx.with(CallOptions.NONE.muting("JavaUser")).repo(User.class).insert(User.named("Dan"))));
    }
  }
}
