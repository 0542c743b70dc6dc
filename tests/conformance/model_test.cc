// Model documents: what they mean, what is refused, and what a registered model tells of itself.
#include <ostream>

#include "support.h"

namespace conformance {
namespace {

class Models : public testing::Test {
 protected:
  Outcome add(std::string_view json) {
    return call(thing_model_register, db_, json.data(), static_cast<int64_t>(json.size()));
  }
  const thing_model* added(std::string_view json, const char* name) {
    EXPECT_OK(add(json));
    return db_.model(name);
  }
  static std::string document(const thing_model* m) {
    Buf buf;
    EXPECT_OK(call(thing_model_json, m, buf.out()));
    return buf.text();
  }
  static int32_t flags(const thing_model* m, const char* field) {
    return thing_model_field_flags(m, thing_model_field_index(m, field, -1));
  }
  static std::string column(const thing_model* m, const char* field) {
    return thing_model_field_column(m, thing_model_field_index(m, field, -1));
  }

  Db db_{"sqlite::memory:"};
};

constexpr const char* kUser = R"({
  "name": "User", "table": "users",
  "fields": {
    "id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}},
    "email": {"type": "text", "unique": true},
    "firstName": {"type": "text", "column": "first_name", "null": true},
    "role": {"type": "enum", "values": ["admin", "user"], "default": "user"},
    "balance": {"type": "decimal", "default": "0.00"},
    "joined": {"type": "datetime", "default": {"fn": "now"}}},
  "indexes": [{"fields": ["role", "joined"]},
              {"name": "users_admins", "fields": ["email"], "unique": true, "where": {"role": "admin"}}],
  "timestamps": true, "softDelete": true, "version": true,
  "order": [{"firstName": "asc"}], "fillable": ["email", "firstName"], "hidden": ["balance"]})";

TEST_F(Models, TakeTheDocumentOfTheReference) {
  const thing_model* m = added(kUser, "User");
  EXPECT_STREQ(thing_model_name(m), "User");
  EXPECT_STREQ(thing_model_table(m), "users");
  ASSERT_EQ(thing_model_field_count(m), 10);
  const char* names[] = {"id",     "email",     "firstName", "role",      "balance",
                         "joined", "createdAt", "updatedAt", "deletedAt", "version"};
  for (int32_t i = 0; i < 10; ++i) EXPECT_STREQ(thing_model_field_name(m, i), names[i]);
  EXPECT_EQ(flags(m, "email") & THING_FIELD_UNIQUE, THING_FIELD_UNIQUE);
  EXPECT_EQ(flags(m, "firstName") & THING_FIELD_NULLABLE, THING_FIELD_NULLABLE);
  EXPECT_EQ(flags(m, "role") & THING_FIELD_DEFAULTED, THING_FIELD_DEFAULTED);
  EXPECT_EQ(flags(m, "balance") & THING_FIELD_HIDDEN, THING_FIELD_HIDDEN);
  EXPECT_EQ(flags(m, "createdAt") & THING_FIELD_CREATED, THING_FIELD_CREATED);
  EXPECT_EQ(flags(m, "updatedAt") & THING_FIELD_UPDATED, THING_FIELD_UPDATED);
  EXPECT_EQ(flags(m, "deletedAt") & (THING_FIELD_DELETED | THING_FIELD_NULLABLE),
            THING_FIELD_DELETED | THING_FIELD_NULLABLE);
  EXPECT_EQ(flags(m, "version") & THING_FIELD_VERSION, THING_FIELD_VERSION);
  EXPECT_EQ(column(m, "createdAt"), "created_at");
}

TEST_F(Models, NameTablesAndColumns) {
  const std::pair<const char*, const char*> cases[] = {
      {"OrderItem", "order_items"}, {"Person", "people"},
      {"Category", "categories"},   {"Box", "boxes"},
      {"Child", "children"},        {"User", "users"}};
  for (const auto& [name, table] : cases) {
    const thing_model* m = added(
        R"({"name": ")" + std::string(name) + R"(", "fields": {"id": "int", "someField": "text"}})",
        name);
    EXPECT_STREQ(thing_model_table(m), table);
    EXPECT_EQ(column(m, "someField"), "some_field");
  }
}

TEST_F(Models, TakeAFieldAsItsTypeAlone) {
  const thing_model* m = added(R"({"name": "A", "fields": {"id": "int", "age": "int?"}})", "A");
  EXPECT_EQ(flags(m, "age"), THING_FIELD_NULLABLE);
  EXPECT_EQ(flags(m, "id") & THING_FIELD_PRIMARY, THING_FIELD_PRIMARY);
  EXPECT_EQ(thing_model_field_type(m, 1), THING_TYPE_INT);
}

TEST_F(Models, PrintThemselvesSoThatTheyReadBackTheSame) {
  const thing_model* m = added(kUser, "User");
  const std::string text = document(m);
  EXPECT_OK(add(text)) << "the same again is a no-op";
  Db other("sqlite::memory:");
  ASSERT_OK(call(thing_model_register, other, text.data(), -1));
  EXPECT_EQ(thing_model_hash(other.model("User")), thing_model_hash(m));
  EXPECT_EQ(document(other.model("User")), text);
}

TEST_F(Models, AreRegisteredOnce) {
  EXPECT_OK(add(kUser));
  EXPECT_OK(add(kUser));
  EXPECT_EQ(thing_model_count(db_), 1);
  EXPECT_STATUS(THING_E_MODEL, add(R"({"name": "User", "fields": {"id": "int"}})"));
  EXPECT_EQ(thing_model_field_count(db_.model("User")), 10);
}

TEST_F(Models, AreRegisteredAllOrNone) {
  EXPECT_STATUS(
      THING_E_MODEL,
      add(R"([{"name": "A", "fields": {"id": "int"}}, {"name": "B", "fields": {"id": "nonsense"}}])"));
  EXPECT_EQ(thing_model_find(db_, "A", -1), nullptr);
  EXPECT_OK(
      add(R"([{"name": "A", "fields": {"id": "int"}}, {"name": "B", "fields": {"id": "int"}}])"));
  EXPECT_EQ(thing_model_count(db_), 2);
  EXPECT_STREQ(thing_model_name(thing_model_at(db_, 1)), "B");
  EXPECT_EQ(thing_model_at(db_, 2), nullptr);
  EXPECT_EQ(thing_model_at(db_, -1), nullptr);
  EXPECT_OK(add("[]"));
}

TEST_F(Models, HaveAFingerprintOfTheirFields) {
  const auto hash = [](const char* fields) {
    Db db("sqlite::memory:");
    db.define(R"({"name": "A", "fields": )" + std::string(fields) + "}");
    return thing_model_hash(db.model("A"));
  };
  const int64_t first = hash(R"({"id": "int", "a": "int"})");
  EXPECT_EQ(hash(R"({"id": "int", "a": "int"})"), first);
  EXPECT_NE(hash(R"({"id": "int", "a": "text"})"), first);
  EXPECT_NE(hash(R"({"id": "int", "b": "int"})"), first);
  EXPECT_NE(hash(R"({"a": "int", "id": "int"})"), first);
}

TEST_F(Models, AnswerUnknownFieldsWithNothing) {
  const thing_model* m = added(kUser, "User");
  EXPECT_EQ(thing_model_field_index(m, "nope", -1), -1);
  EXPECT_EQ(thing_model_field_index(m, "first_name", -1), -1);
  EXPECT_EQ(thing_model_field_index(m, "email\0x", 7), -1);
  EXPECT_EQ(thing_model_field_index(m, "emailx", 5), 1);
  for (const int32_t i : {-1, 10, INT32_MAX, INT32_MIN}) {
    EXPECT_EQ(thing_model_field_name(m, i), nullptr);
    EXPECT_EQ(thing_model_field_column(m, i), nullptr);
    EXPECT_EQ(thing_model_field_type(m, i), 0);
    EXPECT_EQ(thing_model_field_flags(m, i), 0);
  }
  EXPECT_EQ(thing_model_find(db_, "user", -1), nullptr);
  EXPECT_EQ(thing_model_find(db_, "User\0", 5), nullptr);
}

struct Wrong {
  const char* json;
  const char* says;  // a part of the message
};
void PrintTo(const Wrong& wrong, std::ostream* out) { *out << wrong.json; }

class WrongModels : public Models, public testing::WithParamInterface<Wrong> {};

TEST_P(WrongModels, AreRefusedAndTold) {
  const Outcome outcome = add(GetParam().json);
  EXPECT_STATUS(THING_E_MODEL, outcome) << GetParam().json;
  EXPECT_TRUE(says(outcome, GetParam().says)) << GetParam().json;
  EXPECT_EQ(thing_model_count(db_), 0);
}

constexpr Wrong kWrong[] = {
    {R"({"name": "A", "fields": {"id": "int", "email": {"type": "text", "typ": 1}}})",
     "fields.email.typ"},
    {R"({"name": "A", "fields": {"id": "int"}, "colour": 1})", "colour"},
    {R"({"name": "A", "fields": {"id": "integer"}})", "integer"},
    {R"({"name": "A", "fields": {"id": {}}})", "type"},
    {R"({"name": "A", "fields": {}})", "fields"},
    {R"({"name": "A"})", "fields"},
    {R"({"fields": {"id": "int"}})", "name"},
    {R"({"name": "", "fields": {"id": "int"}})", "name"},
    {R"({"name": "1A", "fields": {"id": "int"}})", "1A"},
    {R"({"name": "A-B", "fields": {"id": "int"}})", "A-B"},
    {R"({"name": "A", "table": "", "fields": {"id": "int"}})", "table"},
    {R"({"name": "Aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1", "fields": {"id": "int"}})",
     "table"},
    {R"({"name": "A", "fields": {"id": "int", "aBcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk": "int"}})",
     "column"},
    {R"({"name": "A", "fields": {"a": "int"}})", "primary"},
    {R"({"name": "A", "primary": ["nope"], "fields": {"id": "int"}})", "nope"},
    {R"({"name": "A", "primary": [], "fields": {"a": "int"}})", "primary"},
    {R"({"name": "A", "fields": {"id": "int", "kind": "enum"}})", "values"},
    {R"({"name": "A", "fields": {"id": "int", "kind": {"type": "enum", "values": []}}})", "values"},
    {R"({"name": "A", "fields": {"id": "int", "kind": {"type": "enum", "values": ["a", "a"]}}})",
     "a"},
    {R"({"name": "A", "fields": {"id": "int", "kind": {"type": "text", "values": ["a"]}}})",
     "values"},
    {R"({"name": "A", "fields": {"id": "int", "kind": {"type": "enum", "values": ["a"], "default": "b"}}})",
     "b"},
    {R"({"name": "A", "fields": {"id": "int", "n": {"type": "int", "default": "seven"}}})",
     "default"},
    {R"({"name": "A", "fields": {"id": "int", "n": {"type": "int", "default": {"fn": "random"}}}})",
     "random"},
    {R"({"name": "A", "fields": {"id": "int", "n": {"type": "int", "default": {"fn": "autoincrement"}}}})",
     "autoincrement"},
    {R"({"name": "A", "fields": {"id": {"type": "text", "primary": true, "default": {"fn": "autoincrement"}}}})",
     "autoincrement"},
    {R"({"name": "A", "fields": {"id": "int", "a": {"type": "int", "column": "x"}, "b": {"type": "int", "column": "x"}}})",
     "x"},
    {R"({"name": "A", "fields": {"id": "int"}, "indexes": [{"fields": ["nope"]}]})", "nope"},
    {R"({"name": "A", "fields": {"id": "int"}, "indexes": [{"fields": []}]})", "fields"},
    {R"({"name": "A", "fields": {"id": "int", "b": "int"}, "indexes": [{"name": "i", "fields": ["id"]}, {"name": "i", "fields": ["b"]}]})",
     "i"},
    {R"({"name": "A", "fields": {"id": "int"}, "indexes": [{"fields": ["id"], "where": {"nope": 1}}]})",
     "nope"},
    {R"({"name": "A", "fields": {"id": "int"}, "order": [{"nope": "asc"}]})", "nope"},
    {R"({"name": "A", "fields": {"id": "int"}, "order": [{"id": "up"}]})", "up"},
    {R"({"name": "A", "fields": {"id": "int"}, "hidden": ["nope"]})", "nope"},
    {R"({"name": "A", "fields": {"id": "int"}, "fillable": ["nope"]})", "nope"},
    {R"({"name": "A", "fields": {"id": "int", "a": "int"}, "fillable": ["a"], "guarded": ["a"]})",
     "guarded"},
    {R"({"name": "A", "fields": {"id": "int", "gone": "text"}, "softDelete": "gone"})", "gone"},
    {R"({"name": "A", "fields": {"id": "int", "v": "text"}, "version": "v"})", "v"},
    {R"({"name": "A", "fields": {"id": "int"}, "timestamps": {"made": "id"}})", "made"},
    {R"({"name": "A", "fields": {"id": "int"}, "timestamps": 1})", "timestamps"},
    {R"("A")", ""},
    {"5", ""},
};
INSTANTIATE_TEST_SUITE_P(Sqlite, WrongModels, testing::ValuesIn(kWrong));

TEST_F(Models, RefuseWhatIsNoJson) {
  for (const char* text : {"", "{", "{\"name\": \"A\",}", "nonsense", "{} x"})
    EXPECT_STATUS(THING_E_SYNTAX, add(text)) << text;
  EXPECT_TRUE(fails_with(add("{\"name\": \"A\xff\"}"), {THING_E_INVALID, THING_E_SYNTAX}));
  EXPECT_TRUE(fails_with(add(std::string(100'000, '[')), {THING_E_SYNTAX, THING_E_RANGE}));
}

TEST_F(Models, TakeAThousandFieldsAndNoMore) {
  std::string fields = R"("id": "int")";
  for (int i = 1; i < 1000; ++i) fields += ", \"f" + std::to_string(i) + "\": \"int?\"";
  EXPECT_OK(add(R"({"name": "Wide", "fields": {)" + fields + "}}"));
  EXPECT_TRUE(fails_with(add(R"({"name": "Wider", "fields": {)" + fields + R"(, "more": "int"}})"),
                         {THING_E_MODEL, THING_E_RANGE}));
}

TEST_F(Models, GiveIndexesNamesThatEveryDatabaseTakes) {
  const std::string a(40, 'a'), b(40, 'b');
  db_.define(R"({"name": "Long", "fields": {"id": "int", ")" + a + R"(": "int", ")" + b +
             R"(": "int"}, "indexes": [{"fields": [")" + a + R"(", ")" + b +
             R"("]}, {"fields": [")" + b + R"(", ")" + a + R"("]}]})");
  const std::string json = document(db_.model("Long"));
  size_t names = 0;
  for (size_t at = json.find("longs_"); at != json.npos;
       at = json.find("longs_", at + 1), ++names) {
    EXPECT_LE(json.find('"', at) - at, 63U) << json;
  }
  EXPECT_EQ(names, 2U) << json;
}

// ---- models in a database

class StoredModels : public DatabaseTest {};
FOR_SETUPS(StoredModels, kEverywhere);

TEST_P(StoredModels, HaveAThousandFields) {
  std::string fields = R"("id": "int")";
  for (int i = 1; i < 1000; ++i) fields += ", \"f" + std::to_string(i) + "\": \"bool?\"";
  db_.define(R"({"name": "Wide", "fields": {)" + fields + "}}");
  const thing_model* m = db_.model("Wide");
  insert(db_, m, R"({"id": 1, "f999": true})");
  EXPECT_EQ(find(db_, m, 1).integer("f999"), 1);
  EXPECT_EQ(find(db_, m, 1).state("f998"), THING_STATE_NULL);
}

TEST_P(StoredModels, QuoteEveryName) {
  db_.define(R"({"name": "Select", "table": "select from \"where\" -- ;", "fields": {"id": "int",
    "order": {"type": "int", "null": true}, "a": {"type": "text", "column": "group \"by\" ' ; --", "null": true}},
    "indexes": [{"fields": ["a", "order"]}, {"fields": ["order"], "unique": true, "name": "in\"dex"}]})");
  const thing_model* m = db_.model("Select");
  insert(db_, m, R"({"id": 1, "order": 2, "a": "x"})");
  EXPECT_EQ(matching(db_, m, R"({"where": {"a": "x", "order": 2}, "orderBy": {"a": "desc"}})"),
            (Ids{1}));
  update(db_, m, 1, R"({"a": "y"})");
  EXPECT_EQ(read_text(db_, m, 1, "a"), "y");
  ASSERT_OK(call(thing_schema_sync, db_, nullptr));
}

}  // namespace
}  // namespace conformance
