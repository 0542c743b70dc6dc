// Objects: documents in them, copies of them, and what is made of values that are set.
#include "support.h"

namespace conformance {
namespace {

class Attributes : public DatabaseTest {
 protected:
  void SetUp() override {
    db_.define(R"({"name": "Note", "fields": {
      "id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}},
      "title": "text", "stars": "int?", "extra": "json?", "tags": {"type": "json", "default": {"all": []}},
      "email": {"type": "text", "null": true, "trim": true, "case": "lower"},
      "code": {"type": "text", "null": true, "case": "upper"}},
      "timestamps": true, "softDelete": true, "version": true, "guarded": ["code"]})");
    note_ = db_.model("Note");
    id_ = insert(
        db_, note_,
        R"({"title": "one", "stars": 3, "extra": {"a": 1, "b": [1, 2.50, "x"], "c": {"d": null}}})");
  }
  Obj load(thing_ctx* ctx = nullptr) { return find(db_, note_, id_, ctx); }
  static Outcome json_set(Obj& o, const char* field, const char* path, const char* json) {
    return call(thing_obj_json_set, o, o.field(field), path, -1, json, -1);
  }
  static Outcome json_remove(Obj& o, const char* field, const char* path) {
    return call(thing_obj_json_remove, o, o.field(field), path, -1);
  }
  static Outcome json_merge(Obj& o, const char* field, const char* json) {
    return call(thing_obj_json_merge, o, o.field(field), json, -1);
  }

  const thing_model* note_ = nullptr;
  int64_t id_ = 0;
};
FOR_SETUPS(Attributes, kEverywhere);

TEST_P(Attributes, TakeADocumentInAnotherSpellingForTheSame) {  // A8, O7
  Obj obj = load();
  ASSERT_OK(obj.set("extra", R"( {"c":{"d" : null}, "b":[1e0,2.5,"\u0078"],"a":10e-1} )"));
  EXPECT_FALSE(obj.is_dirty());
  for (const char* other : {R"({"a": 1, "b": [2.50, 1, "x"], "c": {"d": null}})",
                            R"({"a": 1, "b": [1, 2.50, "x"], "c": {}})",
                            R"({"a": "1", "b": [1, 2.50, "x"], "c": {"d": null}})",
                            R"({"a": 1, "b": [1, 2.501, "x"], "c": {"d": null}})",
                            R"({"a": 1, "b": [1, 2.50, "x"], "c": {"d": null}, "e": 0})"}) {
    ASSERT_OK(obj.set("extra", other));
    EXPECT_TRUE(obj.is_dirty("extra")) << other;
  }
}

TEST_P(Attributes, RunNoSqlForADocumentThatSaysTheSame) {
  Obj obj = load();
  ASSERT_OK(obj.set("extra", R"({"b":[1,2.5,"x"],"c":{"d":null},"a":1})"));
  const int64_t before = db_.sql();
  ASSERT_OK(call(thing_save, db_, nullptr, obj));
  EXPECT_EQ(db_.sql(), before);
}

TEST_P(Attributes, EditDocumentsByPath) {  // A16
  Obj obj = load();
  ASSERT_OK(json_set(obj, "extra", "/a", "2"));
  ASSERT_OK(json_set(obj, "extra", "/b/1", R"({"new": true})"));
  ASSERT_OK(json_set(obj, "extra", "/b/-", "9"));
  ASSERT_OK(json_set(obj, "extra", "/x/y~1z/~0", "[ ]"));
  ASSERT_OK(json_remove(obj, "extra", "/b/0"));
  ASSERT_OK(json_remove(obj, "extra", "/c/d"));
  ASSERT_OK(json_remove(obj, "extra", "/nothing/here"));
  const std::string edited = R"({"a":2,"b":[{"new": true},"x",9],"c":{},"x":{"y/z":{"~":[ ]}}})";
  EXPECT_EQ(obj.text("extra"), edited);
  EXPECT_TRUE(obj.is_dirty("extra"));
  ASSERT_OK(call(thing_save, db_, nullptr, obj));
  Obj other = load();
  ASSERT_OK(other.set("extra", edited));
  EXPECT_FALSE(other.is_dirty()) << other.text("extra");
}

TEST_P(Attributes, MergeDocumentsDeeply) {
  Obj obj = load();
  ASSERT_OK(
      json_merge(obj, "extra", R"({"a": null, "c": {"e": {"f": null, "g": 1}}, "b": "all"})"));
  EXPECT_EQ(obj.text("extra"), R"({"b":"all","c":{"d":null,"e":{"g":1}}})");
  ASSERT_OK(json_merge(obj, "extra", "[1]"));
  EXPECT_EQ(obj.text("extra"), "[1]");
}

TEST_P(Attributes, TakeAnEditBackThatRestoresTheDocument) {
  Obj obj = load();
  ASSERT_OK(json_set(obj, "extra", "/a", "2"));
  EXPECT_TRUE(obj.is_dirty("extra"));
  ASSERT_OK(json_set(obj, "extra", "/a", "1.0"));
  EXPECT_FALSE(obj.is_dirty());
}

TEST_P(Attributes, BeginDocumentsThatAreNotThere) {
  Obj obj = new_obj(note_, R"({"title": "two"})");
  ASSERT_OK(json_set(obj, "extra", "/deep/down", "1"));
  ASSERT_OK(json_set(obj, "tags", "/all/-", "\"x\""));
  EXPECT_EQ(obj.text("extra"), R"({"deep":{"down":1}})");
  EXPECT_EQ(obj.text("tags"), R"({"all":["x"]})");
  Obj loaded = load();
  ASSERT_OK(loaded.set_null("extra"));
  ASSERT_OK(json_merge(loaded, "extra", R"({"n": 1})"));
  EXPECT_EQ(loaded.text("extra"), R"({"n":1})");
}

TEST_P(Attributes, RefuseEditsThatCanNotBe) {
  Obj obj = load();
  EXPECT_STATUS(THING_E_TYPE, json_set(obj, "title", "/a", "1"));
  EXPECT_STATUS(THING_E_SYNTAX, json_set(obj, "extra", "/a", "{"));
  EXPECT_STATUS(THING_E_INVALID, json_set(obj, "extra", "a", "1"));
  EXPECT_STATUS(THING_E_INVALID, json_set(obj, "extra", "/~2", "1"));
  EXPECT_STATUS(THING_E_INVALID, json_set(obj, "extra", "/a/b", "1"));
  EXPECT_STATUS(THING_E_INVALID, json_set(obj, "extra", "/b/4", "1"));
  EXPECT_STATUS(THING_E_INVALID, json_set(obj, "extra", "/b/01", "1"));
  EXPECT_STATUS(THING_E_INVALID, json_remove(obj, "extra", ""));
  EXPECT_FALSE(obj.is_dirty());
  Rows rows = query(db_, note_, R"({"select": ["title"]})");
  Obj partial = rows.obj(0);
  EXPECT_STATUS(THING_E_STATE, json_set(partial, "extra", "/a", "1"));
}

TEST_P(Attributes, LoseAnEditToSomebodyElsesVersion) {
  Obj mine = load(), yours = load();
  ASSERT_OK(json_set(mine, "extra", "/a", "2"));
  ASSERT_OK(json_set(yours, "extra", "/z", "3"));
  ASSERT_OK(call(thing_save, db_, nullptr, mine));
  EXPECT_STATUS(THING_E_CONFLICT, call(thing_save, db_, nullptr, yours));
}

TEST_P(Attributes, AreReplicatedWithoutKeyAndManagedFields) {  // C16
  Obj obj = load();
  ASSERT_OK(obj.set("stars", 4));
  const int32_t except[] = {obj.field("extra")};
  Obj copy;
  ASSERT_OK(call(thing_obj_replicate, obj, except, 1, copy.out()));
  EXPECT_EQ(copy.text("title"), "one");
  EXPECT_EQ(copy.integer("stars"), 4);
  for (const char* field : {"id", "extra", "createdAt", "updatedAt", "deletedAt", "version"})
    EXPECT_EQ(copy.state(field), THING_STATE_MISSING) << field;
  EXPECT_NE(thing_obj_state(copy) & THING_OBJ_NEW, 0);
  ASSERT_OK(call(thing_save, db_, nullptr, copy));
  EXPECT_NE(copy.id(), id_);
  EXPECT_TRUE(obj.is_dirty("stars"));
  EXPECT_EQ(load().integer("stars"), 3);
  EXPECT_STATUS(THING_E_INVALID, call(thing_obj_replicate, nullptr, nullptr, 0, copy.out()));
}

TEST_P(Attributes, AreTheSameByModelAndKey) {  // C16
  Obj a = load(), b = load();
  ASSERT_OK(b.set("title", "two"));
  EXPECT_TRUE(thing_obj_same(a, b));
  const int64_t other = insert(db_, note_, R"({"title": "two"})");
  EXPECT_FALSE(thing_obj_same(a, find(db_, note_, other)));
  EXPECT_FALSE(thing_obj_same(a, nullptr));
  Obj fresh = new_obj(note_), second = new_obj(note_);
  EXPECT_FALSE(thing_obj_same(fresh, second));
  ASSERT_OK(fresh.set("id", id_));
  EXPECT_TRUE(thing_obj_same(a, fresh));
  Db elsewhere("sqlite::memory:");
  elsewhere.define(R"({"name": "Note", "fields": {"id": "int"}})");
  Obj far = new_obj(elsewhere.model("Note"));
  ASSERT_OK(far.set("id", id_));
  EXPECT_FALSE(thing_obj_same(a, far));
}

TEST_P(Attributes, AreReadAfreshBesideTheObject) {  // C15
  Obj obj = load();
  ASSERT_OK(obj.set("title", "mine"));
  execute(db_, "UPDATE notes SET stars = 9 WHERE id = 1", "notes");
  Obj fresh;
  ASSERT_OK(call(thing_fresh, db_, nullptr, obj, fresh.out()));
  EXPECT_EQ(fresh.integer("stars"), 9);
  EXPECT_EQ(fresh.text("title"), "one");
  EXPECT_FALSE(fresh.is_dirty());
  EXPECT_EQ(obj.text("title"), "mine");
  EXPECT_EQ(obj.integer("stars"), 3);
  ASSERT_OK(call(thing_reload, db_, nullptr, obj));
  EXPECT_EQ(obj.text("title"), "one");
  EXPECT_EQ(obj.integer("stars"), 9);
}

TEST_P(Attributes, AreNotReadAfreshWithoutARow) {
  Obj obj = load();
  remove(db_, note_, id_, THING_DELETE_SOFT);
  Obj fresh;
  ASSERT_OK(call(thing_fresh, db_, nullptr, obj, fresh.out()));
  EXPECT_EQ(fresh.state("deletedAt"), THING_STATE_SET);
  remove(db_, note_, id_, THING_DELETE_HARD);
  EXPECT_STATUS(THING_NOT_FOUND, call(thing_fresh, db_, nullptr, obj, fresh.out()));
  EXPECT_STATUS(THING_E_INVALID, call(thing_fresh, db_, nullptr, new_obj(note_), fresh.out()));
}

TEST_P(Attributes, AreTrimmedAndFoldedWhenTheyAreSet) {  // Y10
  Obj obj = load();
  ASSERT_OK(obj.set("email", " \t Ann@Example.COM\n"));
  EXPECT_EQ(obj.text("email"), "ann@example.com");
  ASSERT_OK(obj.assign(R"({"code": "aé-z"})"));
  EXPECT_EQ(obj.text("code"), "Aé-Z");
  ASSERT_OK(call(thing_save, db_, nullptr, obj));
  EXPECT_EQ(read_text(db_, note_, id_, "email"), "ann@example.com");
  ASSERT_OK(obj.set("email", "ANN@example.com "));
  EXPECT_FALSE(obj.is_dirty());
  ASSERT_OK(obj.set_null("email"));
  EXPECT_EQ(obj.text("email"), "<NULL>");
}

TEST_P(Attributes, AreCastInBulkToo) {
  ASSERT_OK(call(thing_update_where, db_, nullptr, parse(note_, R"({"where": {"id": 1}})"),
                 R"({"email": " BOB ", "code": {"set": "x"}})", -1, 0, nullptr));
  EXPECT_EQ(read_text(db_, note_, id_, "email"), "bob");
  EXPECT_EQ(read_text(db_, note_, id_, "code"), "X");
}

TEST_P(Attributes, AreFilledWhereTheyAreAbsent) {  // A5 to A7
  Obj obj = load();
  ASSERT_OK(call(thing_obj_fill_json, obj, R"({"title": "two", "email": "e", "code": "c"})", -1,
                 THING_FILL_IF_ABSENT));
  EXPECT_EQ(obj.text("title"), "one");
  EXPECT_EQ(obj.text("email"), "e");
  EXPECT_EQ(obj.state("code"), THING_STATE_NULL);
  ASSERT_OK(obj.assign(R"({"code": "c"})"));
  EXPECT_EQ(obj.text("code"), "C");
}

TEST_P(Attributes, TellTheOnlyRow) {  // C17
  insert(db_, note_, R"({"title": "two"})");
  Obj obj;
  ASSERT_OK(call(thing_query_sole, db_, nullptr, parse(note_, R"({"where": {"title": "two"}})"),
                 obj.out()));
  EXPECT_EQ(obj.text("title"), "two");
  EXPECT_STATUS(THING_E_RANGE, call(thing_query_sole, db_, nullptr, parse(note_, "{}"), obj.out()));
  EXPECT_STATUS(THING_NOT_FOUND, call(thing_query_sole, db_, nullptr,
                                      parse(note_, R"({"where": {"title": "none"}})"), obj.out()));
}

}  // namespace
}  // namespace conformance
