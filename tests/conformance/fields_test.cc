// Chosen fields of objects and rows as JSON, byte by byte.
#include "support.h"

namespace conformance {
namespace {

class Fields : public DatabaseTest {
 protected:
  void SetUp() override {
    db_.define(R"({"name": "Person", "fields": {
      "id": {"type": "int", "primary": true}, "name": "text", "age": "int?", "createdAt": "datetime?",
      "books": "json?", "secret": {"type": "text", "null": true}}, "hidden": ["secret"]})");
    person_ = db_.model("Person");
    insert(db_, person_, R"({"id": 1, "name": "Alice", "age": 30, "secret": "s", "books": [
      {"title": "Go 101", "publish_at": 2020, "author": "Bob"},
      {"title": "Go Advanced", "publish_at": 2021, "author": "Carol"}]})");
  }
  std::string of_object(const char* fields, int32_t flags = 0) {
    Buf out;
    EXPECT_OK(call(thing_obj_json_fields, find(db_, person_, 1), fields, -1, flags, out.out()));
    return out.text();
  }
  std::string of_rows(const char* fields) {
    Buf out;
    EXPECT_OK(call(thing_rows_json_fields, query(db_, person_, "{}"), fields, -1, 0, out.out()));
    return out.text();
  }
  Outcome refused(const char* fields) {
    Buf out;
    return call(thing_obj_json_fields, find(db_, person_, 1), fields, -1, 0, out.out());
  }

  const thing_model* person_ = nullptr;
};
FOR_SETUPS(Fields, kEverywhere);

TEST_P(Fields, K26_ArePrintedInTheOrderChosen) {
  const std::pair<const char*, const char*> cases[] = {
      {"name,books{title}",
       R"({"name":"Alice","books":[{"title":"Go 101"},{"title":"Go Advanced"}]})"},
      {"name,books{title,-publish_at}",
       R"({"name":"Alice","books":[{"title":"Go 101"},{"title":"Go Advanced"}]})"},
      {"name,books{title,author}",
       R"({"name":"Alice","books":[{"title":"Go 101","author":"Bob"},{"title":"Go Advanced","author":"Carol"}]})"},
      {"-age,books{title}", R"({"books":[{"title":"Go 101"},{"title":"Go Advanced"}]})"},
      {"books{title,author},-name,-id,-created_at,-updated_at,-deleted",
       R"({"books":[{"title":"Go 101","author":"Bob"},{"title":"Go Advanced","author":"Carol"}]})"},
      {"age,name,id", R"({"age":30,"name":"Alice","id":1})"},
      {"id,age,name", R"({"id":1,"age":30,"name":"Alice"})"},
      {"books{title},books{author}", R"({"books":[{"title":"Go 101"},{"title":"Go Advanced"}]})"},
      {"  name ,  -deleted ", R"({"name":"Alice"})"},
      {"books{-title, -author}", R"({"books":[{"publish_at":2020},{"publish_at":2021}]})"},
      {"-books,-createdAt", R"({"id":1,"name":"Alice","age":30})"},
      {"-books,-created_at", R"({"id":1,"name":"Alice","age":30})"},
      {"name,nickname,books{isbn}",
       R"({"name":"Alice","nickname":null,"books":[{"isbn":null},{"isbn":null}]})"},
      {"name,-name", "{}"},
      {"name,secret", R"({"name":"Alice"})"},
      {",name,,", R"({"name":"Alice"})"}};
  for (const auto& [fields, expected] : cases) {
    EXPECT_EQ(of_object(fields), expected) << fields;
    EXPECT_EQ(of_rows(fields), "[" + std::string(expected) + "]") << fields;
  }
  EXPECT_EQ(of_object("name,secret", THING_JSON_HIDDEN), R"({"name":"Alice","secret":"s"})");
  EXPECT_EQ(of_object("id,createdAt"), R"({"id":1,"createdAt":null})");
  EXPECT_EQ(of_object("created_at,id"), R"({"created_at":null,"id":1})");
}

TEST_P(Fields, AreAllWhenNoneIsChosen) {
  Buf whole;
  ASSERT_OK(call(thing_obj_json, find(db_, person_, 1), 0, whole.out()));
  EXPECT_EQ(of_object(""), whole.text());
  EXPECT_EQ(of_object("-nothing"), whole.text());
}

TEST_P(Fields, OfAnObjectAreItsPresentValues) {
  Obj alice = find(db_, person_, 1);
  ASSERT_OK(alice.set("age", "31"));
  ASSERT_OK(alice.set("books", R"({"a": {"b": 9007199254740993, "c": [1.50, {"b": 2}]}})"));
  Buf out;
  ASSERT_OK(call(thing_obj_json_fields, alice, "age,books{a{c{b},b}}", -1, 0, out.out()));
  EXPECT_EQ(out.text(), R"({"age":31,"books":{"a":{"c":[1.50,{"b":2}],"b":9007199254740993}}})");
}

TEST_P(Fields, ThatWereNotLoadedAreLeftOut) {
  Rows rows = query(db_, person_, R"({"select": ["id", "name"]})");
  Buf out;
  ASSERT_OK(call(thing_rows_json_fields, rows, "age,name", -1, 0, out.out()));
  EXPECT_EQ(out.text(), R"([{"name":"Alice"}])");
}

TEST_P(Fields, OfRawRowsAreTheirColumns) {
  Rows rows;
  ASSERT_OK(
      call(thing_sql, db_, nullptr, "SELECT id, name FROM people", -1, nullptr, 0, rows.out()));
  Buf out;
  ASSERT_OK(call(thing_rows_json_fields, rows, "name,id", -1, 0, out.out()));
  EXPECT_EQ(out.text(), R"([{"name":"Alice","id":1}])");
}

TEST_P(Fields, ThatCanNotBeReadAreErrorsThatSayWhere) {
  const std::pair<const char*, const char*> cases[] = {
      {"books{title", "'fields': byte 11: found the end, expected '}'"},
      {"books{title}}", "'fields': byte 12: found '}', expected ',' or the end"},
      {"books{title}x", "'fields': byte 12: found 'x', expected ',' or '}'"},
      {"{title}", "'fields': byte 0: found '{', expected a name"},
      {"name,-", "'fields': byte 6: found the end, expected a name"},
      {"-books{title}",
       "'fields': byte 6: found '{', expected ',' or the end after a name that is left out"}};
  for (const auto& [fields, message] : cases) {
    const Outcome outcome = refused(fields);
    EXPECT_STATUS(THING_E_SYNTAX, outcome) << fields;
    EXPECT_EQ(outcome.message, message) << fields;
  }
  const Outcome within = refused("name{first}");
  EXPECT_STATUS(THING_E_INVALID, within);
  EXPECT_EQ(within.message,
            "'fields': found a choice within 'name', which is text, expected a field of type json");
  EXPECT_EQ(within.field, "name");
  std::string deep;
  for (int i = 0; i < 1000; ++i) deep += "books{";
  EXPECT_STATUS(THING_E_RANGE, refused(deep.c_str()));
  std::string many;
  for (int i = 0; i < 1001; ++i) many += "a" + std::to_string(i) + ",";
  EXPECT_STATUS(THING_E_RANGE, refused(many.c_str()));
  EXPECT_STATUS(THING_E_INVALID, refused("\xff"));
}

}  // namespace
}  // namespace conformance
