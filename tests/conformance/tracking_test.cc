// Objects: what they hold, what has changed, and what a save does with it.
#include "support.h"

namespace conformance {
namespace {

class Tracking : public DatabaseTest {
 protected:
  void SetUp() override {
    db_.define(R"({"name": "Note", "fields": {
      "id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}},
      "title": "text", "stars": {"type": "int", "null": true}, "price": "decimal?", "at": "datetime?",
      "extra": "json?", "secret": {"type": "text", "null": true}, "owner": {"type": "text", "null": true}},
      "hidden": ["secret"], "guarded": ["owner"]})");
    note_ = db_.model("Note");
    id_ = insert(db_, note_,
                 R"({"title": "one", "stars": 3, "price": "1.50", "secret": "s", "owner": "me"})");
  }
  Obj load() { return find(db_, note_, id_); }
  static Outcome fill(Obj& obj, const char* json, int32_t flags = 0) {
    return call(thing_obj_fill_json, obj, json, -1, flags);
  }

  const thing_model* note_ = nullptr;
  int64_t id_ = 0;
};
FOR_SETUPS(Tracking, kEverywhere);

TEST_P(Tracking, FindsALoadedObjectClean) {
  Obj obj = load();
  EXPECT_FALSE(obj.is_dirty());
  EXPECT_EQ(obj.changes(), "{}");
  EXPECT_EQ(obj.saved_changes(), "{}");
  EXPECT_FALSE(thing_obj_was_changed(obj, -1));
  EXPECT_EQ(thing_obj_state(obj) & (THING_OBJ_NEW | THING_OBJ_DIRTY | THING_OBJ_PARTIAL), 0);
}

TEST_P(Tracking, TellsWhichFieldsChanged) {
  Obj obj = load();
  ASSERT_OK(obj.set("title", "two"));
  ASSERT_OK(obj.set_null("stars"));
  EXPECT_TRUE(obj.is_dirty());
  EXPECT_TRUE(obj.is_dirty("title"));
  EXPECT_TRUE(obj.is_dirty("stars"));
  EXPECT_FALSE(obj.is_dirty("price"));
  EXPECT_EQ(obj.changes(), R"({"title":["one","two"],"stars":[3,null]})");
  EXPECT_EQ(obj.state("title"), THING_STATE_SET | THING_STATE_DIRTY);
  EXPECT_EQ(obj.state("stars"), THING_STATE_NULL | THING_STATE_DIRTY);
  EXPECT_NE(thing_obj_state(obj) & THING_OBJ_DIRTY, 0);
}

TEST_P(Tracking, TakesAChangeBackToTheOriginalValue) {
  Obj obj = load();
  ASSERT_OK(obj.set("title", "two"));
  ASSERT_OK(obj.set("title", "one"));
  ASSERT_OK(obj.set_null("stars"));
  ASSERT_OK(obj.set("stars", 3));
  ASSERT_OK(obj.set("price", "1.50"));
  EXPECT_FALSE(obj.is_dirty());
  EXPECT_EQ(obj.changes(), "{}");
}

TEST_P(Tracking, TakesNullAndEmptyForDifferent) {
  Obj obj = load();
  ASSERT_OK(obj.set("extra", "null"));
  ASSERT_OK(obj.set("at", int64_t{0}));
  ASSERT_OK(obj.set("secret", ""));
  EXPECT_TRUE(obj.is_dirty("at"));
  EXPECT_TRUE(obj.is_dirty("secret"));
  EXPECT_TRUE(obj.is_dirty("extra"));
}

TEST_P(Tracking, KeepsTheOriginal) {
  Obj obj = load();
  ASSERT_OK(obj.set("title", "two"));
  const thing_obj* original = thing_obj_original(obj);
  ASSERT_NE(original, nullptr);
  const char* bytes = nullptr;
  int64_t len = 0;
  ASSERT_EQ(thing_obj_text(original, obj.field("title"), &bytes, &len), THING_OK);
  EXPECT_EQ(std::string(bytes, static_cast<size_t>(len)), "one");
  EXPECT_EQ(obj.text("title"), "two");
  EXPECT_FALSE(thing_obj_dirty(original, -1));
}

TEST_P(Tracking, HasNoOriginalOfANewObject) {
  Obj obj(thing_obj_new(note_));
  EXPECT_EQ(thing_obj_original(obj), nullptr);
  EXPECT_NE(thing_obj_state(obj) & THING_OBJ_NEW, 0);
  EXPECT_EQ(obj.id(), 0);
  EXPECT_EQ(obj.json(), "{}");
}

TEST_P(Tracking, RevertsOneChangeOrAll) {
  Obj obj = load();
  ASSERT_OK(obj.assign(R"({"title": "two", "stars": 4, "price": null})"));
  thing_obj_revert(obj, obj.field("stars"));
  EXPECT_EQ(obj.integer("stars"), 3);
  EXPECT_EQ(obj.changes(), R"({"title":["one","two"],"price":["1.50",null]})");
  thing_obj_revert(obj, -1);
  EXPECT_FALSE(obj.is_dirty());
  EXPECT_EQ(obj.text("title"), "one");
}

TEST_P(Tracking, RevertsANewObjectToUnset) {
  Obj obj = new_obj(note_, R"({"title": "x", "stars": 1})");
  thing_obj_revert(obj, obj.field("stars"));
  EXPECT_EQ(obj.state("stars"), THING_STATE_MISSING);
  thing_obj_revert(obj, -1);
  EXPECT_EQ(obj.state("title"), THING_STATE_MISSING);
}

TEST_P(Tracking, SyncMakesThePresentTheOriginal) {
  Obj obj = load();
  ASSERT_OK(obj.set("title", "two"));
  ASSERT_OK(call(thing_obj_sync, obj));
  EXPECT_FALSE(obj.is_dirty());
  EXPECT_EQ(obj.text("title"), "two");
  const int64_t sql = db_.sql();
  ASSERT_OK(call(thing_save, db_, nullptr, obj));
  EXPECT_EQ(db_.sql(), sql);
  ASSERT_OK(obj.set("title", "one"));
  EXPECT_EQ(obj.changes(), R"({"title":["two","one"]})");
}

TEST_P(Tracking, RemembersWhatTheLastSaveWrote) {
  Obj obj = load();
  ASSERT_OK(obj.assign(R"({"title": "two", "stars": null})"));
  ASSERT_OK(call(thing_save, db_, nullptr, obj));
  EXPECT_FALSE(obj.is_dirty());
  EXPECT_TRUE(thing_obj_was_changed(obj, -1));
  EXPECT_TRUE(thing_obj_was_changed(obj, obj.field("title")));
  EXPECT_FALSE(thing_obj_was_changed(obj, obj.field("price")));
  EXPECT_EQ(obj.saved_changes(), R"({"title":["one","two"],"stars":[3,null]})");
  EXPECT_EQ(obj.changes(), "{}");
  ASSERT_OK(obj.set("stars", 9));
  ASSERT_OK(call(thing_save, db_, nullptr, obj));
  EXPECT_EQ(obj.saved_changes(), R"({"stars":[null,9]})");
}

TEST_P(Tracking, WritesOnlyChangedColumns) {
  Obj obj = load();
  ASSERT_OK(obj.set("stars", 4));
  Log log(db_, THING_LOG_DEBUG);
  ASSERT_OK(call(thing_save, db_, nullptr, obj));
  const Texts updates = log.take_sql("UPDATE");
  ASSERT_EQ(updates.size(), 1U) << log.all();
  EXPECT_NE(updates[0].find("stars"), std::string::npos);
  const std::string set_part = updates[0].substr(0, updates[0].find("WHERE"));
  for (const char* column : {"title", "price", "secret", "owner"})
    EXPECT_EQ(set_part.find(column), std::string::npos) << set_part;
}

TEST_P(Tracking, RunsNoSqlForACleanSave) {  // K-19
  Obj obj = load();
  ASSERT_OK(obj.set("title", "two"));
  ASSERT_OK(obj.set("title", "one"));
  const int64_t sql = db_.sql();
  ASSERT_OK(call(thing_save, db_, nullptr, obj));
  EXPECT_EQ(db_.sql(), sql);
}

TEST_P(Tracking, ComparesWithItsOwnSnapshot) {  // N7
  Obj mine = load();
  update(db_, note_, id_, R"({"title": "theirs"})");
  ASSERT_OK(mine.set("stars", 8));
  ASSERT_OK(call(thing_save, db_, nullptr, mine));
  EXPECT_EQ(read_text(db_, note_, id_, "title"), "theirs")
      << "only the changed column may be written";
  Obj fresh = load();
  ASSERT_OK(fresh.set("title", "one"));
  EXPECT_TRUE(fresh.is_dirty("title"));
  ASSERT_OK(call(thing_save, db_, nullptr, fresh));
  EXPECT_EQ(read_text(db_, note_, id_, "title"), "one");
}

TEST_P(Tracking, ClonesIndependently) {
  Obj obj = load();
  ASSERT_OK(obj.set("title", "two"));
  Obj copy(thing_obj_clone(obj));
  ASSERT_OK(copy.set("stars", 7));
  EXPECT_EQ(copy.changes(), R"({"title":["one","two"],"stars":[3,7]})");
  EXPECT_EQ(obj.changes(), R"({"title":["one","two"]})");
  thing_obj_revert(obj, -1);
  EXPECT_EQ(copy.text("title"), "two");
  ASSERT_OK(call(thing_save, db_, nullptr, copy));
  EXPECT_EQ(obj.text("title"), "one");
}

TEST_P(Tracking, GivesObjectsOfOneRowTheirOwnChanges) {
  Obj a = load(), b = load();
  ASSERT_OK(a.set("title", "changed"));
  EXPECT_EQ(b.text("title"), "one");
  EXPECT_EQ(load().text("title"), "one");
}

// ---- JSON in and out

TEST_P(Tracking, AssignsAllFieldsOrNone) {
  Obj obj = load();
  EXPECT_STATUS(THING_E_TYPE, obj.assign(R"({"title": "two", "stars": "many"})"));
  EXPECT_STATUS(THING_E_INVALID, obj.assign(R"({"title": "two", "nope": 1})"));
  EXPECT_TRUE(says(obj.assign(R"({"title": "two", "nope": 1})"), "nope"));
  EXPECT_STATUS(THING_E_SYNTAX, obj.assign(R"({"title": "two")"));
  EXPECT_FALSE(obj.is_dirty());
  EXPECT_OK(obj.assign(R"({"title": "two", "owner": "you", "id": 1})"));
  EXPECT_EQ(obj.text("owner"), "you");
}

TEST_P(Tracking, FillsOnlyWhatTheModelAllows) {
  Obj obj = load();
  ASSERT_OK(fill(obj, R"({"title": "two", "owner": "you", "id": 99})"));
  EXPECT_EQ(obj.changes(), R"({"title":["one","two"]})");
  EXPECT_STATUS(THING_E_INVALID, fill(obj, R"({"nope": 1})"));
}

TEST_P(Tracking, RefusesGuardedKeysWhenStrict) {
  Obj obj = load();
  const Outcome outcome = fill(obj, R"({"title": "two", "owner": "you"})", THING_FILL_STRICT);
  EXPECT_STATUS(THING_E_INVALID, outcome);
  EXPECT_TRUE(says(outcome, "owner"));
  EXPECT_FALSE(obj.is_dirty());
  EXPECT_OK(fill(obj, R"({"title": "two"})", THING_FILL_STRICT));
}

TEST_P(Tracking, FillsOnlyUnsetAndNullFieldsIfAbsent) {
  Obj obj = load();
  ASSERT_OK(fill(obj, R"({"title": "two", "at": "2024-01-01T00:00:00Z", "secret": "t"})",
                 THING_FILL_IF_ABSENT));
  EXPECT_EQ(obj.text("title"), "one");
  EXPECT_EQ(obj.text("secret"), "s");
  EXPECT_TRUE(obj.is_dirty("at"));
  Obj fresh(thing_obj_new(note_));
  ASSERT_OK(fill(fresh, R"({"title": "new"})", THING_FILL_IF_ABSENT));
  EXPECT_EQ(fresh.text("title"), "new");
}

TEST_P(Tracking, FillsTheListedFieldsOfFillable) {
  db_.define(
      R"([{"name": "Narrow", "fields": {"id": "int", "a": "int?", "b": "int?"}, "fillable": ["b"]},
                 {"name": "Closed", "table": "closed", "fields": {"id": "int", "a": "int?"}, "guarded": ["*"]}])");
  Obj narrow(thing_obj_new(db_.model("Narrow"))), closed(thing_obj_new(db_.model("Closed")));
  ASSERT_OK(fill(narrow, R"({"a": 1, "b": 2, "id": 3})"));
  EXPECT_EQ(narrow.json(), R"({"b":2})");
  ASSERT_OK(fill(closed, R"({"a": 1})"));
  EXPECT_EQ(closed.json(), "{}");
}

TEST_P(Tracking, LeavesHiddenFieldsOutOfJsonUnlessAsked) {
  Obj obj = load();
  const Json open = Json::parse(obj.json());
  EXPECT_TRUE(open["secret"].is_missing());
  EXPECT_EQ(Json::parse(obj.json(THING_JSON_HIDDEN))["secret"].text(), "s");
  EXPECT_TRUE(Json::parse(query(db_, note_, "{}").json()).at(0)["secret"].is_missing());
  EXPECT_EQ(Json::parse(query(db_, note_, "{}").json(THING_JSON_HIDDEN)).at(0)["secret"].text(),
            "s");
  EXPECT_EQ(open.keys(), (Texts{"id", "title", "stars", "price", "at", "extra", "owner"}));
}

TEST_P(Tracking, PrintsOnlyChangesWhenAsked) {
  Obj obj = load();
  ASSERT_OK(obj.set("stars", 5));
  EXPECT_EQ(obj.json(THING_JSON_CHANGED), R"({"stars":5})");
}

TEST_P(Tracking, ReadsItsOwnJsonBack) {
  Obj obj = load();
  Obj copy = new_obj(note_, obj.json(THING_JSON_HIDDEN));
  EXPECT_EQ(copy.json(THING_JSON_HIDDEN), obj.json(THING_JSON_HIDDEN));
}

TEST_P(Tracking, RefusesDuplicateKeys) {
  Obj obj = load();
  EXPECT_TRUE(
      fails_with(obj.assign(R"({"title": "a", "title": "b"})"), {THING_E_SYNTAX, THING_E_INVALID}));
  EXPECT_FALSE(obj.is_dirty());
}

// ---- validation and failed saves

TEST_P(Tracking, ValidatesBeforeTheDatabaseIsAsked) {  // S19
  Obj obj(thing_obj_new(note_));
  const Outcome outcome = call(thing_obj_validate, obj);
  EXPECT_STATUS(THING_E_NOT_NULL, outcome);
  EXPECT_EQ(outcome.field, "title");
  EXPECT_EQ(outcome.model, "Note");
  ASSERT_OK(obj.set("title", "x"));
  EXPECT_OK(call(thing_obj_validate, obj));
}

TEST_P(Tracking, AcceptsNullForARequiredFieldUntilSave) {  // S19
  Obj obj = load();
  ASSERT_OK(obj.set_null("title"));
  const Outcome outcome = call(thing_save, db_, nullptr, obj);
  EXPECT_STATUS(THING_E_NOT_NULL, outcome);
  EXPECT_EQ(outcome.field, "title");
  EXPECT_TRUE(obj.is_dirty("title"));
  EXPECT_EQ(read_text(db_, note_, id_, "title"), "one");
  thing_obj_revert(obj, -1);
  EXPECT_OK(call(thing_save, db_, nullptr, obj));
}

TEST_P(Tracking, LeavesAnObjectAsItWasAfterAFailedSave) {
  db_.define(
      R"({"name": "Slot", "fields": {"id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}},
                 "name": {"type": "text", "unique": true}, "n": {"type": "int", "default": 5}, "u": {"type": "uuid", "default": {"fn": "uuid"}}},
                 "timestamps": true, "version": true})");
  const thing_model* slot = db_.model("Slot");
  insert(db_, slot, R"({"name": "taken"})");
  Obj fresh = new_obj(slot, R"({"name": "taken"})");
  const std::string before = fresh.json();
  EXPECT_STATUS(THING_E_UNIQUE, call(thing_save, db_, nullptr, fresh));
  EXPECT_EQ(fresh.json(), before) << "no default, time or id may stay behind";
  EXPECT_NE(thing_obj_state(fresh) & THING_OBJ_NEW, 0);
  ASSERT_OK(fresh.set("name", "free"));
  ASSERT_OK(call(thing_save, db_, nullptr, fresh));
  ASSERT_OK(fresh.set("name", "taken"));
  const std::string loaded = fresh.json();
  EXPECT_STATUS(THING_E_UNIQUE, call(thing_save, db_, nullptr, fresh));
  EXPECT_EQ(fresh.json(), loaded);
  EXPECT_EQ(fresh.changes(), R"({"name":["free","taken"]})");
}

TEST_P(Tracking, HoldsWhatTheDatabaseHoldsAfterASave) {
  Obj fresh = new_obj(note_, R"({"title": "t"})");
  ASSERT_OK(call(thing_save, db_, nullptr, fresh));
  EXPECT_EQ(fresh.json(), find(db_, note_, fresh.id()).json());
  EXPECT_EQ(fresh.state("stars"), THING_STATE_NULL);
}

TEST_P(Tracking, ReadsWhatATriggerMadeOfASave) {  // B7
  execute_all({"CREATE TRIGGER shout AFTER UPDATE OF owner ON notes BEGIN "
               "UPDATE notes SET owner = upper(new.owner) WHERE id = new.id; END"},
              {"CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN new.owner := "
               "upper(new.owner); RETURN new; END'",
               "CREATE TRIGGER shout BEFORE UPDATE OF owner ON notes FOR EACH ROW EXECUTE FUNCTION "
               "shout()"},
              {"CREATE TRIGGER shout BEFORE UPDATE ON notes FOR EACH ROW SET new.owner = "
               "upper(new.owner)"});
  Obj obj = load();
  ASSERT_OK(obj.set("owner", "you"));
  ASSERT_OK(call(thing_save, db_, nullptr, obj));
  EXPECT_EQ(read_text(db_, note_, id_, "owner"), "YOU");
}

TEST_P(Tracking, ReloadsAndDropsChanges) {
  Obj obj = load();
  ASSERT_OK(obj.set("title", "mine"));
  update(db_, note_, id_, R"({"stars": 11})");
  ASSERT_OK(call(thing_reload, db_, nullptr, obj));
  EXPECT_FALSE(obj.is_dirty());
  EXPECT_EQ(obj.text("title"), "one");
  EXPECT_EQ(obj.integer("stars"), 11);
}

TEST_P(Tracking, ReloadOfAGoneRowIsNotFound) {
  Obj obj = load();
  remove(db_, note_, id_);
  EXPECT_STATUS(THING_NOT_FOUND, call(thing_reload, db_, nullptr, obj));
  Obj fresh(thing_obj_new(note_));
  EXPECT_TRUE(
      fails_with(call(thing_reload, db_, nullptr, fresh), {THING_E_STATE, THING_E_INVALID}));
}

TEST_P(Tracking, RefusesUnknownFieldNumbers) {
  Obj obj = load();
  EXPECT_TRUE(fails_with(call(thing_obj_set_int64, obj, 99, 1), {THING_E_INVALID, THING_E_RANGE}));
  EXPECT_TRUE(fails_with(call(thing_obj_set_null, obj, -1), {THING_E_INVALID, THING_E_RANGE}));
  EXPECT_TRUE(fails_with(call(thing_obj_set_text, obj, INT32_MIN, "x", 1),
                         {THING_E_INVALID, THING_E_RANGE}));
  EXPECT_FALSE(thing_obj_dirty(obj, 99));
  thing_obj_revert(obj, 99);
  EXPECT_FALSE(obj.is_dirty());
}

TEST_P(Tracking, TellsWhetherARowCameFromTheCache) {
  Obj first = load(), second = load();
  EXPECT_EQ((thing_obj_state(second) & THING_OBJ_FROM_CACHE) != 0, GetParam().is_cached());
  Ctx past(db_, THING_CTX_NO_CACHE_READ);
  EXPECT_EQ(thing_obj_state(find(db_, note_, id_, past)) & THING_OBJ_FROM_CACHE, 0);
}

}  // namespace
}  // namespace conformance
