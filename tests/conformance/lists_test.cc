// Lists of scalars: in and out of the database and the cache, and what a field that is one may not
// be. Conditions about lists are in list_where_test.cc.
#include "support.h"

namespace conformance {
namespace {

constexpr const char* kLists = R"({"name": "Lists", "table": "lists", "fields": {
  "id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}},
  "bools": {"type": "bool", "list": true, "null": true},
  "ints": {"type": "int", "list": true, "null": true},
  "floats": {"type": "float", "list": true, "null": true},
  "decimals": {"type": "decimal", "list": true, "null": true},
  "texts": {"type": "text?", "list": true},
  "blobs": {"type": "bytes", "list": true, "null": true},
  "datetimes": {"type": "datetime", "list": true, "null": true},
  "dates": {"type": "date", "list": true, "null": true},
  "times": {"type": "time", "list": true, "null": true},
  "uuids": {"type": "uuid", "list": true, "null": true},
  "enums": {"type": "enum", "list": true, "null": true, "values": ["red", "grün", ""]},
  "tags": {"type": "text", "list": true, "default": []},
  "ranks": {"type": "int", "list": true, "default": [3, 1, 2]}}})";

struct Sample {
  const char* field;
  const char* given;
  const char* kept;  // nullptr: as it is given
};

constexpr Sample kSamples[] = {
    {"bools", "[true,false,true]", nullptr},
    {"ints", "[-9223372036854775808,9223372036854775807,9007199254740993,0,0,-1]", nullptr},
    {"ints", " [ 1 , 2 ] ", "[1,2]"},
    {"floats", "[0.1,5e-324,1.7976931348623157e+308,1.0,-2.5]", nullptr},
    {"floats", "[1,-0.0,1e2]", "[1.0,0.0,100.0]"},
    {"decimals",
     R"(["1.50","1.5","-0.000000000000000000000000000001","99999999999999999999999999999999.5"])",
     nullptr},
    {"decimals", R"([1.50, 7, "007.10", 12345678901234567890])",
     R"(["1.50","7","7.10","12345678901234567890"])"},
    {"texts", R"(["","a","A"," a ","a,b","{x}","\"q\"","\\","NULL","null","日本語😀"])", nullptr},
    {"texts", R"(["\u0041\/\n"])", R"(["A/\n"])"},
    {"blobs", R"(["","AAEC/w==","AA=="])", nullptr},
    {"datetimes",
     R"(["0001-01-01T00:00:00Z","9999-12-31T23:59:59.999999Z","2024-05-06T07:08:09.250000Z"])",
     nullptr},
    {"datetimes", R"(["2024-05-06T09:08:09+02:00", "2024-05-06"])",
     R"(["2024-05-06T07:08:09Z","2024-05-06T00:00:00Z"])"},
    {"dates", R"(["0001-01-01","2024-02-29","9999-12-31"])", nullptr},
    {"times", R"(["00:00:00","23:59:59.999999"])", nullptr},
    {"uuids", R"(["00000000-0000-0000-0000-000000000000","01234567-89ab-cdef-0123-456789abcdef"])",
     nullptr},
    {"uuids", R"(["01234567-89AB-CDEF-0123-456789ABCDEF"])",
     R"(["01234567-89ab-cdef-0123-456789abcdef"])"},
    {"enums", R"(["grün","","red","red"])", nullptr},
};

class Lists : public DatabaseTest {
 protected:
  void SetUp() override {
    db_.define(kLists);
    lists_ = db_.model("Lists");
  }
  // As the database and then the cache give it back.
  std::string kept(const char* field, const std::string& value) {
    Obj obj = new_obj(lists_, R"({")" + std::string(field) + "\": " + value + "}");
    EXPECT_OK(call(thing_save, db_, nullptr, obj));
    const std::string text = obj.text(field);
    Ctx past_cache(db_, THING_CTX_NO_CACHE_READ | THING_CTX_NO_CACHE_WRITE);
    EXPECT_EQ(read_text(db_, lists_, obj.id(), field, past_cache), text);
    for (int again = 0; again < 2; ++again)
      EXPECT_EQ(read_text(db_, lists_, obj.id(), field), text);
    EXPECT_EQ(Json::parse(find(db_, lists_, obj.id()).json())[field].print(), canonical(text));
    return text;
  }
  Outcome set_json(const char* field, const std::string& value) {
    Obj obj(thing_obj_new(lists_));
    return obj.assign(R"({")" + std::string(field) + "\": " + value + "}");
  }
  Outcome set_text(const char* field, std::string_view value) {
    Obj obj(thing_obj_new(lists_));
    return obj.set(field, value);
  }
  Outcome define(const std::string& fields, const std::string& more = "") {
    const std::string model =
        R"({"name": "Other", "fields": {"id": "int", )" + fields + "}" + more + "}";
    return call(thing_model_register, db_, model.c_str(), -1);
  }

  const thing_model* lists_ = nullptr;
};
FOR_SETUPS(Lists, kEverywhere);

TEST_P(Lists, KeepEveryTypeAtItsEdges) {
  for (const Sample& s : kSamples) {
    EXPECT_EQ(kept(s.field, s.given), s.kept != nullptr ? s.kept : s.given) << s.field;
    EXPECT_EQ(kept(s.field, "[]"), "[]") << s.field;
  }
}

TEST_P(Lists, AreSetAndReadAsText) {
  for (const Sample& s : kSamples) {
    Obj obj(thing_obj_new(lists_));
    ASSERT_OK(obj.set(s.field, s.given));
    EXPECT_EQ(obj.text(s.field), s.kept != nullptr ? s.kept : s.given);
  }
}

TEST_P(Lists, TellNullEmptyAndUnsetApart) {
  Obj obj = new_obj(lists_, R"({"ints": null, "texts": []})");
  EXPECT_EQ(obj.state("floats"), THING_STATE_MISSING);
  ASSERT_OK(call(thing_save, db_, nullptr, obj));
  for (int again = 0; again < 2; ++again) {
    Obj back = find(db_, lists_, obj.id());
    EXPECT_EQ(back.state("ints"), THING_STATE_NULL);
    EXPECT_EQ(back.state("floats"), THING_STATE_NULL);
    EXPECT_EQ(back.state("texts"), THING_STATE_SET);
    EXPECT_EQ(back.text("texts"), "[]");
  }
}

TEST_P(Lists, KeepALongList) {
  std::string text = "[";
  for (int i = 0; i < 20'000; ++i) text += (i > 0 ? "," : "") + std::to_string(i * 7919LL);
  text += "]";
  EXPECT_EQ(kept("ints", text), text);
}

TEST_P(Lists, HaveDefaults) {
  const int64_t id = insert(db_, lists_, "{}");
  for (int again = 0; again < 2; ++again) {
    EXPECT_EQ(read_text(db_, lists_, id, "tags"), "[]");
    EXPECT_EQ(read_text(db_, lists_, id, "ranks"), "[3,1,2]");
  }
  // Other programs get them from the database.
  execute(db_,
          sql({.sqlite = "INSERT INTO lists DEFAULT VALUES",
               .postgres = "INSERT INTO lists DEFAULT VALUES",
               .mysql = "INSERT INTO lists () VALUES ()"}),
          "lists");
  EXPECT_EQ(query(db_, lists_, R"({"orderBy": {"id": "desc"}, "take": 1})").texts("ranks"),
            (Texts{"[3,1,2]"}));
}

TEST_P(Lists, AreArraysWhereThereAreSome) {
  const int64_t id = insert(db_, lists_, R"({"ints": [1, 2], "texts": ["a", "b c"]})");
  const std::string from = " FROM lists WHERE id = " + std::to_string(id);
  EXPECT_EQ(sql_value(db_, std::string("SELECT ") +
                               sql({.sqlite = "ints || texts || typeof(ints)",
                                    .postgres = "ints::text || texts::text || pg_typeof(ints)",
                                    .mysql = "CONCAT(ints, texts)"}) +
                               from),
            sql({.sqlite = R"([1,2]["a","b c"]text)",
                 .postgres = R"({1,2}{a,"b c"}bigint[])",
                 .mysql = R"([1,2]["a","b c"])"}));
}

TEST_P(Lists, RefuseElementsThatAreNone) {
  const struct {
    const char* field;
    const char* value;
    thing_status status;
    const char* part;
  } cases[] = {
      {"ints", "[1, \"x\"]", THING_E_TYPE, "element 1"},
      {"ints", "[1, 2, 1.5]", THING_E_TYPE, "element 2"},
      {"ints", "[9223372036854775808]", THING_E_RANGE, "element 0"},
      {"ints", "[1, null]", THING_E_TYPE, "element 1: found null"},
      {"ints", "[[1]]", THING_E_TYPE, "element 0"},
      {"ints", "{\"a\": 1}", THING_E_TYPE, "expected an array"},
      {"ints", "1", THING_E_TYPE, "expected an array"},
      {"bools", "[true, 1]", THING_E_TYPE, "element 1"},
      {"floats", "[1e999]", THING_E_RANGE, "element 0"},
      {"decimals", "[\"1\", \"x\"]", THING_E_SYNTAX, "element 1"},
      {"texts", "[\"a\", 1]", THING_E_TYPE, "element 1"},
      {"blobs", "[\"*\"]", THING_E_SYNTAX, "element 0"},
      {"dates", "[\"2024-05-06\", \"2024-02-30\"]", THING_E_SYNTAX, "element 1"},
      {"uuids", "[\"0123\"]", THING_E_SYNTAX, "element 0"},
      {"enums", "[\"red\", \"blue\"]", THING_E_CHECK, "element 1"},
  };
  for (const auto& c : cases) {
    for (const Outcome& outcome : {set_json(c.field, c.value), set_text(c.field, c.value)}) {
      EXPECT_STATUS(c.status, outcome) << c.field << ' ' << c.value;
      EXPECT_TRUE(says(outcome, c.part)) << outcome.message;
      EXPECT_EQ(outcome.field, c.field);
    }
  }
  EXPECT_STATUS(THING_E_SYNTAX, set_text("ints", "[1,"));
  EXPECT_STATUS(THING_E_SYNTAX, set_text("ints", ""));
  EXPECT_STATUS(THING_E_INVALID, set_text("texts", "[\"\xff\"]"));
  Obj obj(thing_obj_new(lists_));
  EXPECT_STATUS(THING_E_TYPE, obj.set("ints", 1));
  EXPECT_STATUS(THING_E_TYPE, obj.set("floats", 1.5));
  EXPECT_EQ(obj.integer("ints"), 0);
}

TEST_P(Lists, RefuseWhatTheDatabaseCanNotHold) {
  Obj obj = new_obj(lists_, R"({"texts": ["a", "b\u0000c"]})");
  if (nature().text_holds_nul) {
    ASSERT_OK(call(thing_save, db_, nullptr, obj));
    EXPECT_EQ(read_text(db_, lists_, obj.id(), "texts"), R"(["a","b\u0000c"])");
    EXPECT_EQ(matching(db_, lists_, R"({"where": {"texts": {"has": "b\u0000c"}}})"),
              (Ids{obj.id()}));
    EXPECT_EQ(matching(db_, lists_, R"({"where": {"texts": {"has": "b"}}})"), Ids{});
    return;
  }
  EXPECT_STATUS(THING_E_INVALID, call(thing_save, db_, nullptr, obj));
  EXPECT_EQ(counted(db_, lists_, "{}"), 0);
}

TEST_P(Lists, RefuseNullWhereItIsNotAllowed) {
  Obj obj = new_obj(lists_, R"({"tags": null})");
  EXPECT_STATUS(THING_E_NOT_NULL, call(thing_save, db_, nullptr, obj));
}

TEST_P(Lists, AreDirtyByTheirCanonicalText) {
  Obj obj = find(db_, lists_, insert(db_, lists_, R"({"ints": [1, 2], "decimals": ["1.50"]})"));
  ASSERT_OK(obj.assign(R"({"ints": [ 1,2 ], "decimals": [1.50]})"));
  EXPECT_FALSE(obj.is_dirty());
  ASSERT_OK(obj.set("ints", "[2, 1]"));
  ASSERT_OK(obj.set("decimals", R"(["1.5"])"));
  EXPECT_EQ(canonical(obj.changes()), R"({"ints":[[1,2],[2,1]],"decimals":[["1.50"],["1.5"]]})");
  ASSERT_OK(call(thing_save, db_, nullptr, obj));
  EXPECT_EQ(canonical(obj.saved_changes()),
            R"({"ints":[[1,2],[2,1]],"decimals":[["1.50"],["1.5"]]})");
  EXPECT_EQ(read_text(db_, lists_, obj.id(), "decimals"), R"(["1.5"])");
}

TEST_P(Lists, AreSavedInBatches) {
  std::vector<Obj> objs;
  std::vector<thing_obj*> raw;
  for (int i = 0; i < 50; ++i) {
    objs.push_back(new_obj(lists_, R"({"ints": [)" + std::to_string(i) + R"(], "tags": ["t)" +
                                       std::to_string(i) + R"("], "uuids": []})"));
    raw.push_back(objs.back());
  }
  ASSERT_OK(call(thing_save_many, db_, nullptr, raw.data(), static_cast<int64_t>(raw.size())));
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(read_text(db_, lists_, objs[static_cast<size_t>(i)].id(), "ints"),
              "[" + std::to_string(i) + "]");
    ASSERT_OK(objs[static_cast<size_t>(i)].set("ints", "[]"));
  }
  ASSERT_OK(call(thing_save_many, db_, nullptr, raw.data(), static_cast<int64_t>(raw.size())));
  EXPECT_EQ(counted(db_, lists_, R"({"where": {"ints": {"isEmpty": true}}})"), 50);
  Buf plucked;
  ASSERT_OK(call(thing_query_pluck, db_, nullptr, parse(lists_, R"({"take": 2})"),
                 thing_model_field_index(lists_, "tags", -1), plucked.out()));
  EXPECT_EQ(canonical(plucked.text()), R"([["t0"],["t1"]])");
}

TEST_P(Lists, AreUpdatedInBulk) {
  for (const char* row : {R"({"ints": [1]})", R"({"ints": [2]})", "{}"}) insert(db_, lists_, row);
  const auto update = [&](const char* where, const char* set) {
    return call(thing_update_where, db_, nullptr, parse(lists_, where), set, -1, 0, nullptr);
  };
  ASSERT_OK(update(R"({"where": {"ints": {"has": 1}}})", R"({"texts": ["x", "y"]})"));
  ASSERT_OK(update(R"({"where": {"ints": {"isEmpty": false}}})", R"({"ints": {"set": [7, 8]}})"));
  EXPECT_EQ(query(db_, lists_, R"({"orderBy": {"id": "asc"}})").texts("ints"),
            (Texts{"[7,8]", "[7,8]", "<NULL>"}));
  EXPECT_EQ(matching(db_, lists_, R"({"where": {"texts": ["x", "y"]}})"), (Ids{1}));
  const Outcome bad = update(R"({"where": {"id": 1}})", R"({"ints": [1, "x"]})");
  EXPECT_STATUS(THING_E_TYPE, bad);
  EXPECT_TRUE(says(bad, "element 1"));
  EXPECT_STATUS(THING_E_TYPE, update(R"({"where": {"id": 1}})", R"({"ints": {"increment": 1}})"));
}

TEST_P(Lists, AreUpserted) {
  for (const char* row : {R"({"id": 5, "ints": [1], "dates": ["2024-05-06"]})",
                          R"({"id": 5, "ints": [2, 3], "dates": []})"}) {
    Obj obj = new_obj(lists_, row);
    ASSERT_OK(call(thing_upsert, db_, nullptr, obj, nullptr, 0));
    EXPECT_EQ(Json::parse(find(db_, lists_, 5).json())["ints"].print(),
              Json::parse(row)["ints"].print());
    EXPECT_EQ(read_text(db_, lists_, 5, "dates"), obj.text("dates"));
  }
}

TEST_P(Lists, TravelInPackedRows) {
  Obj obj = new_obj(lists_, R"({"ints": [1, 22], "enums": ["red"], "tags": []})");
  Buf packed;
  ASSERT_OK(call(thing_obj_pack, obj, packed.out()));
  std::string bytes = packed.text();
  Obj copy(thing_obj_new(lists_));
  const auto assign = [&] {
    return call(thing_obj_assign_packed, copy, reinterpret_cast<const uint8_t*>(bytes.data()),
                static_cast<int64_t>(bytes.size()));
  };
  ASSERT_OK(assign());
  EXPECT_EQ(copy.json(), obj.json());
  // Of the same length: not canonical, not a list, not one of the enum's values.
  for (const char* other : {"[1, 2]", "[1,2] ", "[1,\"\"]", "[1,01]", "\"1,22\""}) {
    std::string damaged = bytes;
    damaged.replace(damaged.find("[1,22]"), 6, std::string(other).substr(0, 6));
    std::swap(bytes, damaged);
    EXPECT_STATUS(THING_E_INVALID, assign()) << other;
    std::swap(bytes, damaged);
  }
  bytes.replace(bytes.find("red"), 3, "ref");
  EXPECT_STATUS(THING_E_CHECK, assign());
}

TEST_P(Lists, AreToldByTheModel) {
  const auto index = [&](const char* name) { return thing_model_field_index(lists_, name, -1); };
  EXPECT_EQ(thing_model_field_type(lists_, index("ints")), THING_TYPE_INT);
  EXPECT_EQ(thing_model_field_flags(lists_, index("ints")),
            THING_FIELD_LIST | THING_FIELD_NULLABLE);
  EXPECT_EQ(thing_model_field_flags(lists_, index("tags")),
            THING_FIELD_LIST | THING_FIELD_DEFAULTED);
  EXPECT_EQ(thing_model_field_flags(lists_, index("id")) & THING_FIELD_LIST, 0);
  Buf json;
  ASSERT_OK(call(thing_model_json, lists_, json.out()));
  const Json document = Json::parse(json.text());
  const Json& tags = document["fields"]["tags"];
  EXPECT_EQ(tags["type"].text(), "text");
  EXPECT_EQ(tags["list"].print(), "true");
  EXPECT_EQ(tags["default"].print(), "[]");
}

TEST_P(Lists, AreNoKeysAndInNoIndex) {
  const std::string list = R"("tags": {"type": "text", "list": true)";
  EXPECT_TRUE(says(define(list + R"(, "primary": true})"), "list"));
  EXPECT_TRUE(says(define(list + R"(, "unique": true})"), "list"));
  for (const char* more : {R"(, "primary": ["tags"])", R"(, "order": [{"tags": "asc"}])",
                           R"(, "indexes": [{"fields": ["id", "tags"]}])"}) {
    const Outcome outcome = define(list + "}", more);
    EXPECT_STATUS(THING_E_MODEL, outcome) << more;
    EXPECT_TRUE(says(outcome, "found the list 'tags'"));
  }
  EXPECT_STATUS(THING_E_MODEL, define(R"("j": {"type": "json", "list": true})"));
  EXPECT_STATUS(THING_E_MODEL, define(list + R"(, "default": [1]})"));
  EXPECT_STATUS(THING_E_MODEL,
                define(R"("v": {"type": "int", "list": true})", R"(, "version": "v")"));
  EXPECT_STATUS(THING_E_MODEL, define(R"("e": {"type": "enum", "list": true})"));
}

TEST_P(Lists, AreInNoConditionOfAnIndex) {
  ASSERT_OK(define(R"("tags": {"type": "text", "list": true})",
                   R"(, "indexes": [{"fields": ["id"], "where": {"tags": {"has": "a"}}}])"));
  EXPECT_STATUS(THING_E_UNSUPPORTED, call(thing_schema_sync, db_, nullptr));
}

// ---- tables

TEST_P(Lists, LeaveNothingToSync) {
  Buf plan;
  ASSERT_OK(call(thing_schema_plan, db_, nullptr, plan.out()));
  EXPECT_EQ(plan.text(), "");
}

TEST_P(Lists, AreAddedToTablesWithRows) {
  execute(db_, "CREATE TABLE growings (id BIGINT PRIMARY KEY)", nullptr);
  execute(db_, "INSERT INTO growings VALUES (1)", nullptr);
  db_.define(R"({"name": "Growing", "table": "growings", "fields": {"id": "int",
    "a": {"type": "text", "list": true, "default": []},
    "b": {"type": "decimal", "list": true, "default": ["1.50", "2"]},
    "c": {"type": "datetime", "list": true, "default": ["2024-05-06T07:08:09Z"]},
    "d": {"type": "bytes", "list": true, "default": ["AAEC/w=="]},
    "e": {"type": "text", "list": true, "default": ["o'x", "a\\b\"c", "?"]},
    "f": {"type": "uuid", "list": true, "null": true}}})");
  EXPECT_EQ(canonical(find(db_, db_.model("Growing"), 1).json()),
            R"({"id":1,"a":[],"b":["1.50","2"],"c":["2024-05-06T07:08:09Z"],"d":["AAEC/w=="],)"
            R"("e":["o'x","a\\b\"c","?"],"f":null})");
}

TEST_P(Lists, ComeBackFromTheCatalogue) {
  const Json documents = Json::parse(introspected(db_));
  ASSERT_EQ(documents.size(), 1U);
  const Json& fields = documents.at(0)["fields"];
  for (const char* name : {"bools", "ints", "floats", "decimals", "texts", "blobs", "datetimes",
                           "dates", "times", "uuids", "tags"}) {
    if (database() != Database::kPostgres) {
      EXPECT_EQ(fields[name]["type"].text(), "json") << name;
      continue;
    }
    Buf json;
    ASSERT_OK(call(thing_model_json, lists_, json.out()));
    EXPECT_EQ(fields[name]["type"].text(), Json::parse(json.text())["fields"][name]["type"].text())
        << name;
    EXPECT_EQ(fields[name]["list"].print(), "true") << name;
  }
  if (database() == Database::kPostgres) {
    EXPECT_EQ(fields["enums"]["type"].text(), "text");
    EXPECT_EQ(fields["tags"]["default"].print(), "[]");
  }
}

TEST_P(Lists, RefuseColumnsOfAnotherType) {
  execute(db_,
          sql({.sqlite = "CREATE TABLE others (id INTEGER PRIMARY KEY, tags BLOB)",
               .postgres = "CREATE TABLE others (id bigint PRIMARY KEY, tags text)",
               .mysql = "CREATE TABLE others (id BIGINT PRIMARY KEY, tags BLOB)"}),
          nullptr);
  ASSERT_OK(define(R"("tags": {"type": "text", "list": true, "null": true})"));
  EXPECT_STATUS(THING_E_SCHEMA, call(thing_schema_sync, db_, nullptr));
}

// What other programs wrote.
TEST_P(Lists, OfOtherWritersAreReadWhateverTheirForm) {
  const int64_t id = insert(db_, lists_, "{}");
  execute(db_,
          sql({.sqlite = R"(UPDATE lists SET ints = ' [1 , 2]', texts = '["\u0061"]',
                       decimals = '[1.50]')",
               .postgres = R"(UPDATE lists SET ints = '[5:6]={1,2}', texts = '{a}',
                       decimals = '[0:0]={1.50}')",
               .mysql = R"(UPDATE lists SET ints = ' [1 , 2]', texts = '["\u0061"]',
                       decimals = '[1.50]')"}),
          "lists");
  Obj obj = find(db_, lists_, id);
  EXPECT_EQ(obj.text("ints"), "[1,2]");
  EXPECT_EQ(obj.text("texts"), R"(["a"])");
  EXPECT_EQ(obj.text("decimals"), R"(["1.50"])");
  EXPECT_EQ(matching(db_, lists_, R"({"where": {"ints": [1, 2]}})"), (Ids{id}));
  EXPECT_EQ(matching(db_, lists_, R"({"where": {"ints": {"not": [1, 2]}}})"), Ids{});
  EXPECT_EQ(matching(db_, lists_, R"({"where": {"ints": {"has": 2}, "texts": {"has": "a"}}})"),
            (Ids{id}));
  EXPECT_EQ(matching(db_, lists_, R"({"where": {"decimals": ["1.5"]}})"), (Ids{id}));
}

TEST_P(Lists, OfOtherWritersThatAreNoneAreErrors) {
  const int64_t id = insert(db_, lists_, "{}");
  const Texts wrong = database() == Database::kPostgres
                          ? Texts{"'{1,NULL}'", "'{{1,2},{3,4}}'"}
                          : Texts{"'[1,null]'", "'{\"a\":1}'", "'[[1]]'", "'[\"x\"]'", "'7'"};
  for (const std::string& text : wrong) {
    execute(db_, "UPDATE lists SET ints = " + text, "lists");
    Obj obj;
    const Outcome outcome = call(thing_by_id, db_, nullptr, lists_, id, obj.out());
    EXPECT_STATUS(THING_E_SCHEMA, outcome) << text;
    EXPECT_TRUE(says(outcome, "column 'ints' holds")) << outcome.message;
  }
}

}  // namespace
}  // namespace conformance
