// Rules of a model: what they let pass, how they say what they do not, and where they are checked.
#include "support.h"

namespace conformance {
namespace {

class Validation : public DatabaseTest {
 protected:
  void SetUp() override {
    db_.define(R"({"name": "Member", "fields": {
      "id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}},
      "name": {"type": "text", "required": true, "trim": true, "maxLength": 5},
      "email": {"type": "text", "null": true, "pattern": "^[^@ ]+@[^@ ]+$"},
      "age": {"type": "int", "null": true, "min": 0, "max": 150},
      "price": {"type": "decimal", "null": true, "min": "0.10", "max": "9.99"},
      "born": {"type": "date", "null": true, "min": "1900-01-01"},
      "level": {"type": "int", "default": 1, "in": [1, 2, 3]},
      "nick": {"type": "text", "null": true, "required": true, "minLength": 2},
      "tags": {"type": "text", "list": true, "null": true, "maxLength": 2},
      "free": "text"}})");
    member_ = db_.model("Member");
    id_ = insert(db_, member_, R"({"name": "Ann", "nick": "an", "free": ""})");
  }
  Obj load() { return find(db_, member_, id_); }
  // Of a member that has what is required.
  Outcome checked(const char* json) {
    Obj obj = new_obj(member_, R"({"name": "Bob", "nick": "bo", "free": "f"})");
    EXPECT_OK(obj.assign(json));
    return call(thing_obj_validate, obj);
  }
  static std::string error_json(thing_obj* obj) {
    thing_error* error = nullptr;
    EXPECT_EQ(thing_obj_validate(obj, &error), THING_E_CHECK);
    Buf buf(thing_error_json(error));
    thing_error_free(error);
    return buf.text();
  }

  const thing_model* member_ = nullptr;
  int64_t id_ = 0;
};
FOR_SETUPS(Validation, kEverywhere);

TEST_P(Validation, LetsPassWhatKeepsTheRules) {
  for (const char* json :
       {"{}", R"({"name": "12345"})", R"({"name": "ÄÖÜßé"})", R"({"name": "  12345  "})",
        R"({"email": "a@b"})", R"({"email": null})", R"({"age": 0})", R"({"age": 150})",
        R"({"price": "0.1"})", R"({"price": "9.990"})", R"({"born": "1900-01-01"})",
        R"({"level": 3})", R"({"tags": ["a", "b"]})", R"({"tags": []})"})
    EXPECT_OK(checked(json)) << json;
}

TEST_P(Validation, RefusesWhatBreaksOne) {
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {R"({"name": ""})", "name", "required"},
      {R"({"name": "   "})", "name", "required"},
      {R"({"name": "123456"})", "name", "maxLength"},
      {R"({"email": "nobody"})", "email", "pattern"},
      {R"({"age": -1})", "age", "min"},
      {R"({"age": 151})", "age", "max"},
      {R"({"price": "0.09"})", "price", "min"},
      {R"({"price": "9.991"})", "price", "max"},
      {R"({"born": "1899-12-31"})", "born", "min"},
      {R"({"level": 4})", "level", "in"},
      {R"({"nick": "x"})", "nick", "minLength"},
      {R"({"nick": null})", "nick", "required"},
      {R"({"tags": ["a", "b", "c"]})", "tags", "maxLength"}};
  for (const auto& [json, field, rule] : cases) {
    const Outcome outcome = checked(json);
    EXPECT_STATUS(THING_E_CHECK, outcome) << json;
    EXPECT_EQ(outcome.field, field) << json;
    EXPECT_EQ(outcome.constraint, rule) << json;
    EXPECT_EQ(outcome.model, "Member");
  }
}

TEST_P(Validation, ListsEveryFieldAtOnce) {
  Obj obj = new_obj(member_, R"({"name": "too long", "age": 200, "email": "x"})");
  const Outcome outcome = call(thing_obj_validate, obj);
  EXPECT_STATUS(THING_E_CHECK, outcome);
  EXPECT_EQ(outcome.field, "name,email,age,nick,free");
  EXPECT_EQ(outcome.constraint, "maxLength,pattern,max,required,required");
  const std::string json = error_json(obj);
  EXPECT_NE(
      json.find(
          R"("failures":[{"field":"name","rule":"maxLength","message":"expected at most 5 characters"},)"
          R"({"field":"email","rule":"pattern","message":"expected a text of the rule's pattern"},)"
          R"({"field":"age","rule":"max","message":"expected at most 150"},)"
          R"({"field":"nick","rule":"required","message":"expected a value"},)"
          R"({"field":"free","rule":"required","message":"expected a value"}])"),
      std::string::npos)
      << json;
  EXPECT_EQ(json.find("too long"), std::string::npos) << "no value is told";
}

TEST_P(Validation, LeavesWhatIsMissingAloneToNotNull) {
  Obj obj = new_obj(member_, R"({"name": "Bob", "nick": "bo"})");
  const Outcome outcome = call(thing_obj_validate, obj);
  EXPECT_STATUS(THING_E_NOT_NULL, outcome);
  EXPECT_EQ(outcome.field, "free");
}

TEST_P(Validation, IsPartOfEverySave) {
  Obj fresh = new_obj(member_, R"({"name": "Bob", "nick": "bo", "free": "", "age": 151})");
  EXPECT_STATUS(THING_E_CHECK, call(thing_save, db_, nullptr, fresh));
  thing_obj* const objs[] = {fresh};
  EXPECT_STATUS(THING_E_CHECK, call(thing_save_many, db_, nullptr, objs, 1));
  EXPECT_STATUS(THING_E_CHECK, call(thing_upsert, db_, nullptr, fresh, nullptr, 0));
  Buf packed;
  ASSERT_OK(call(thing_obj_pack, fresh, packed.out()));
  EXPECT_STATUS(THING_E_CHECK, call(thing_save_packed, db_, nullptr, member_,
                                    thing_buf_data(packed), thing_buf_len(packed), nullptr, 0));
  Obj loaded = load();
  ASSERT_OK(loaded.set("age", -1));
  EXPECT_STATUS(THING_E_CHECK, call(thing_save, db_, nullptr, loaded));
  EXPECT_EQ(loaded.changes(), R"({"age":[null,-1]})");
  EXPECT_EQ(counted(db_, member_, "{}"), 1);
}

TEST_P(Validation, ChecksWhatChangedAndNothingElse) {
  execute(db_, "UPDATE members SET age = 999 WHERE id = 1", "members");
  Obj obj = load();
  ASSERT_OK(obj.set("name", "Eve"));
  EXPECT_OK(call(thing_save, db_, nullptr, obj)) << "others may have written what they like";
  EXPECT_EQ(load().integer("age"), 999);
}

TEST_P(Validation, RunsAfterTheHooksBeforeASave) {
  int64_t id = 0;
  const auto sets_nick = [](void*, int32_t, thing_db*, thing_ctx*, thing_obj* obj,
                            thing_error** err) -> thing_status {
    return thing_obj_set_text(obj, thing_model_field_index(thing_obj_model(obj), "nick", -1),
                              "made", -1, err);
  };
  ASSERT_OK(
      call(thing_hook_add, db_, member_, THING_ON_BEFORE_SAVE, sets_nick, nullptr, nullptr, &id));
  Obj obj = new_obj(member_, R"({"name": "Bob", "free": ""})");
  EXPECT_OK(call(thing_save, db_, nullptr, obj));
}

TEST_P(Validation, ChecksWhatABulkUpdateSets) {
  const auto update = [this](const char* set) {
    return call(thing_update_where, db_, nullptr, parse(member_, R"({"where": {"id": 1}})"), set,
                -1, 0, nullptr);
  };
  const Outcome outcome = update(R"({"age": {"set": 151}, "level": 9, "free": "x"})");
  EXPECT_STATUS(THING_E_CHECK, outcome);
  EXPECT_EQ(outcome.field, "age,level");
  EXPECT_STATUS(THING_E_CHECK, update(R"({"nick": null})"));
  EXPECT_OK(update(R"({"age": 150, "level": 2})"));
  EXPECT_EQ(load().integer("age"), 150);
}

TEST_P(Validation, AnswersFastForEveryText) {
  db_.define(R"({"name": "Slow", "fields": {"id": "int",
      "t": {"type": "text", "pattern": "^(a+)+$"}}})");
  Obj obj = new_obj(db_.model("Slow"), R"({"id": 1})");
  ASSERT_OK(obj.set("t", std::string(100'000, 'a') + "b"));
  EXPECT_STATUS(THING_E_CHECK, call(thing_obj_validate, obj));
  ASSERT_OK(obj.set("t", std::string(100'000, 'a')));
  EXPECT_OK(call(thing_obj_validate, obj));
}

TEST_P(Validation, RefusesRulesThatCanNotBe) {
  for (const char* field :
       {R"({"type": "text", "min": 1})", R"({"type": "int", "min": "x"})",
        R"({"type": "int", "min": 2, "max": 1})", R"({"type": "int", "minLength": 1})",
        R"({"type": "text", "minLength": -1})",
        R"({"type": "text", "minLength": 3, "maxLength": 2})",
        R"({"type": "text", "pattern": "["})", R"({"type": "int", "pattern": "1"})",
        R"x({"type": "text", "pattern": "(?=a)"})x", R"({"type": "int", "in": []})",
        R"({"type": "int", "in": ["a"]})", R"({"type": "int", "trim": true})",
        R"({"type": "text", "case": "title"})", R"({"type": "int", "required": 1})"}) {
    const std::string model =
        std::string(R"({"name": "Bad", "fields": {"id": "int", "f": )") + field + "}}";
    const Outcome outcome = call(thing_model_register, db_, model.c_str(), -1);
    EXPECT_STATUS(THING_E_MODEL, outcome) << field;
    EXPECT_TRUE(says(outcome, "fields.f")) << outcome.message;
  }
}

TEST_P(Validation, IsPartOfTheDocumentThatAModelPrints) {
  Buf printed;
  ASSERT_OK(call(thing_model_json, member_, printed.out()));
  EXPECT_NE(printed.text().find(R"("maxLength":5,"trim":true)"), std::string::npos);
  EXPECT_OK(call(thing_model_register, db_, printed.text().c_str(), -1));
  Db other("sqlite::memory:");
  other.define(printed.text());
  Buf again;
  ASSERT_OK(call(thing_model_json, other.model("Member"), again.out()));
  EXPECT_EQ(again.text(), printed.text());
}

}  // namespace
}  // namespace conformance
