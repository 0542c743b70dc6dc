// Primary keys of every kind: int, text, uuid, and several fields.
#include "packed.h"
#include "support.h"

namespace conformance {
namespace {

constexpr const char* kUuidA = "0b6f8a3e-5b1c-4d8e-9f70-0123456789ab";
constexpr const char* kUuidB = "ffffffff-ffff-4fff-bfff-ffffffffffff";

class Keys : public DatabaseTest {
 protected:
  void SetUp() override {
    db_.define(R"([
      {"name": "Tag", "fields": {"id": "int", "label": "text", "hits": "int?"}},
      {"name": "Country", "fields": {"code": {"type": "text", "primary": true}, "label": "text", "hits": {"type": "int", "default": 0}}},
      {"name": "Token", "fields": {"key": {"type": "uuid", "primary": true}, "label": "text", "hits": "int?"}},
      {"name": "Line", "primary": ["order", "position"],
       "fields": {"position": "int", "order": "int", "label": "text", "hits": "int?"}},
      {"name": "Grant", "primary": ["who", "day", "token"],
       "fields": {"who": "text", "day": "date", "token": "uuid", "label": "text", "hits": "int?"}}])");
  }

  Outcome by_key(const char* model, const std::string& key, Obj& out) {
    return call(thing_by_key, db_, nullptr, db_.model(model), key.data(),
                static_cast<int64_t>(key.size()), out.out());
  }
  std::string label(const char* model, const std::string& key) {
    Obj first, second;
    const Outcome outcome = by_key(model, key, first);
    EXPECT_EQ(by_key(model, key, second).status, outcome.status) << "asked again: " << key;
    if (outcome.status == THING_NOT_FOUND) return "<ABSENT>";
    EXPECT_OK(outcome) << key;
    if (outcome.status != THING_OK) return "<FAILED>";
    EXPECT_EQ(second.json(), first.json()) << "asked again: " << key;
    return first.text("label");
  }
  Texts labels(const char* model, const std::string& keys) {
    Rows rows;
    EXPECT_OK(call(thing_by_keys, db_, nullptr, db_.model(model), keys.data(), -1, rows.out()))
        << keys;
    return rows.texts("label");
  }
  void add(const char* model, std::initializer_list<const char*> rows) {
    for (const char* row : rows) insert(db_, db_.model(model), row);
  }
  void add_lines() {
    add("Line", {R"({"order": 1, "position": 1, "label": "a"})",
                 R"({"order": 1, "position": 2, "label": "b"})",
                 R"({"order": 2, "position": 1, "label": "c"})"});
  }
  void add_grants() {
    for (const char* token : {kUuidA, kUuidB}) {
      for (const char* day : {"1969-12-31", "2024-02-29"}) {
        const std::string row = R"({"who": "O'Hara", "day": ")" + std::string(day) +
                                R"(", "token": ")" + token + R"(", "label": ")" + day + token[0] +
                                "\"}";
        insert(db_, db_.model("Grant"), row);
      }
    }
  }
};
FOR_SETUPS(Keys, kEverywhere);

TEST_P(Keys, OfIntTakeEveryJsonForm) {
  add("Tag", {R"({"id": 7, "label": "seven"})"});
  for (const char* key : {"7", "[7]", R"({"id": 7})", " 7 "})
    EXPECT_EQ(label("Tag", key), "seven") << key;
  EXPECT_EQ(label("Tag", "8"), "<ABSENT>");
}

TEST_P(Keys, OfIntHoldTheWholeRange) {
  add("Tag", {R"({"id": 9223372036854775807, "label": "max"})",
              R"({"id": -9223372036854775808, "label": "min"})", R"({"id": 0, "label": "zero"})",
              R"({"id": 9007199254740993, "label": "odd"})",
              R"({"id": 9007199254740992, "label": "even"})"});
  EXPECT_EQ(label("Tag", "9223372036854775807"), "max");
  EXPECT_EQ(label("Tag", "-9223372036854775808"), "min");
  EXPECT_EQ(label("Tag", "0"), "zero");
  EXPECT_EQ(label("Tag", "9007199254740993"), "odd");
  EXPECT_EQ(label("Tag", "9007199254740992"), "even");
  EXPECT_EQ(find(db_, db_.model("Tag"), INT64_MIN).text("label"), "min");
  EXPECT_EQ(matching(db_, db_.model("Tag"), "{}"),
            (Ids{INT64_MIN, 0, 9007199254740992, 9007199254740993, INT64_MAX}));
}

TEST_P(Keys, OfTextAreTakenByteForByte) {
  add("Country",
      {R"({"code": "de", "label": "lower"})", R"({"code": "DE", "label": "upper"})",
       R"({"code": "", "label": "empty"})", R"({"code": " de", "label": "space"})",
       R"({"code": "7", "label": "digit"})", R"({"code": "\u00e9", "label": "one"})",
       R"({"code": "e\u0301", "label": "two"})", R"({"code": "a'b\"c", "label": "quotes"})"});
  EXPECT_EQ(label("Country", R"("de")"), "lower");
  EXPECT_EQ(label("Country", R"("DE")"), "upper");
  EXPECT_EQ(label("Country", R"("")"), "empty");
  EXPECT_EQ(label("Country", R"([" de"])"), "space");
  EXPECT_EQ(label("Country", R"({"code": "7"})"), "digit");
  EXPECT_EQ(label("Country", R"("é")"), "one");
  EXPECT_EQ(label("Country", R"("e\u0301")"), "two");
  EXPECT_EQ(label("Country", R"("a'b\"c")"), "quotes");
  EXPECT_EQ(label("Country", R"("De")"), "<ABSENT>");
}

TEST_P(Keys, OfUuidIgnoreTheCaseOfTheirText) {
  add("Token", {R"({"key": "0B6F8A3E-5B1C-4D8E-9F70-0123456789AB", "label": "a"})"});
  EXPECT_EQ(label("Token", json_string(kUuidA)), "a");
  EXPECT_EQ(label("Token", R"(["0B6F8A3E-5B1C-4D8E-9F70-0123456789AB"])"), "a");
  EXPECT_EQ(label("Token", json_string(kUuidB)), "<ABSENT>");
  EXPECT_EQ(
      sql_value(db_, sql({.sqlite = "SELECT key FROM tokens",
                          .postgres = "SELECT key::text FROM tokens",
                          .mysql = "SELECT lower(insert(insert(insert(insert(hex(`key`), 9, 0, "
                                   "'-'), 14, 0, '-'), 19, 0, '-'), 24, 0, '-')) FROM tokens"})),
      kUuidA);
}

TEST_P(Keys, OfUuidMayBeGenerated) {
  db_.define(
      R"({"name": "Session", "fields": {"id": {"type": "uuid", "default": {"fn": "uuid"}}, "label": "text"}})");
  Obj first = new_obj(db_.model("Session"), R"({"label": "s"})");
  Obj second = new_obj(db_.model("Session"), R"({"label": "t"})");
  ASSERT_OK(call(thing_save, db_, nullptr, first));
  ASSERT_OK(call(thing_save, db_, nullptr, second));
  EXPECT_EQ(first.text("id").size(), 16U);
  EXPECT_NE(first.text("id"), second.text("id"));
  EXPECT_EQ(label("Session", Json::parse(first.json())["id"].print()), "s");
}

TEST_P(Keys, OfSeveralFieldsTakeArraysInKeyOrderAndObjectsInAny) {
  add_lines();
  EXPECT_EQ(label("Line", "[1, 2]"), "b");
  EXPECT_EQ(label("Line", R"({"order": 1, "position": 2})"), "b");
  EXPECT_EQ(label("Line", R"({"position": 2, "order": 1})"), "b");
  EXPECT_EQ(label("Line", "[2, 1]"), "c");
  EXPECT_EQ(label("Line", "[2, 2]"), "<ABSENT>");
}

TEST_P(Keys, OfSeveralTypesAreTold) {
  add_grants();
  const std::string key = R"(["O'Hara", "1969-12-31", ")" + std::string(kUuidB) + "\"]";
  EXPECT_EQ(label("Grant", key), "1969-12-31f");
  EXPECT_EQ(label("Grant", R"({"who": "O'Hara", "day": "2024-02-29", "token": ")" +
                               std::string(kUuidA) + "\"}"),
            "2024-02-290");
  EXPECT_EQ(label("Grant", R"(["O'Hara", "2024-03-01", ")" + std::string(kUuidA) + "\"]"),
            "<ABSENT>");
}

TEST_P(Keys, RefuseWhatIsNoKey) {
  Obj obj;
  const std::pair<const char*, const char*> cases[] = {
      {"Tag", "null"},
      {"Tag", R"("7")"},
      {"Tag", "1.5"},
      {"Tag", "[]"},
      {"Tag", "[1, 2]"},
      {"Tag", "{}"},
      {"Tag", R"({"label": 1})"},
      {"Tag", "true"},
      {"Line", "1"},
      {"Line", "[1]"},
      {"Line", "[1, null]"},
      {"Line", R"({"order": 1})"},
      {"Line", R"({"order": 1, "position": 1, "label": "a"})"},
      {"Token", R"("nonsense")"},
      {"Token", "5"},
      {"Country", "5"},
      {"Country", "null"},
      {"Grant", R"(["a", "b", "c"])"}};
  for (const auto& [model, key] : cases) {
    EXPECT_TRUE(fails_with(by_key(model, key, obj),
                           {THING_E_INVALID, THING_E_TYPE, THING_E_SYNTAX, THING_E_RANGE}))
        << model << ' ' << key;
    EXPECT_EQ(obj.get(), nullptr);
  }
  EXPECT_STATUS(THING_E_SYNTAX, by_key("Tag", "[1", obj));
  EXPECT_STATUS(THING_E_SYNTAX, by_key("Tag", "", obj));
  EXPECT_STATUS(THING_E_RANGE, by_key("Tag", "9223372036854775808", obj));
}

TEST_P(Keys, RefuseAnIntForOtherKinds) {
  Obj obj;
  for (const char* model : {"Country", "Token", "Line"}) {
    EXPECT_TRUE(fails_with(call(thing_by_id, db_, nullptr, db_.model(model), 1, obj.out()),
                           {THING_E_INVALID, THING_E_TYPE, THING_E_UNSUPPORTED}))
        << model;
  }
}

TEST_P(Keys, KeepTheOrderOfManyKeys) {
  add("Tag",
      {R"({"id": 1, "label": "a"})", R"({"id": 2, "label": "b"})", R"({"id": 3, "label": "c"})"});
  EXPECT_EQ(labels("Tag", "[3, 1, 9, 3, [2], {\"id\": 1}]"), (Texts{"c", "a", "c", "b", "a"}));
  EXPECT_EQ(labels("Tag", "[]"), Texts{});
  const int64_t ids[] = {2, 2, 77, 1};
  for (int again = 0; again < 2; ++again) {
    Rows rows;
    ASSERT_OK(call(thing_by_ids, db_, nullptr, db_.model("Tag"), ids, 4, rows.out()));
    EXPECT_EQ(rows.ids(), (Ids{2, 2, 1}));
  }
}

TEST_P(Keys, KeepTheOrderOfManyCompositeKeys) {
  add_lines();
  EXPECT_EQ(labels("Line", R"([[2, 1], {"position": 1, "order": 1}, [9, 9], [2, 1]])"),
            (Texts{"c", "a", "c"}));
  label("Line", "[1, 2]");  // one of them cached
  EXPECT_EQ(labels("Line", "[[1, 1], [1, 2], [2, 1]]"), (Texts{"a", "b", "c"}));
}

TEST_P(Keys, AreFoundByTheThousand) {
  const thing_model* tag = db_.model("Tag");
  Tx tx(db_);
  for (int i = 0; i < 3000; i += 3)
    insert(db_, tag, R"({"id": )" + std::to_string(i) + R"(, "label": "x"})", tx.ctx());
  ASSERT_OK(tx.commit());
  Ids wanted, expected;
  for (int i = 2999; i >= 0; --i) {
    wanted.push_back(i);
    if (i % 3 == 0) expected.push_back(i);
  }
  for (int again = 0; again < 2; ++again) {
    Rows rows;
    ASSERT_OK(call(thing_by_ids, db_, nullptr, tag, wanted.data(),
                   static_cast<int64_t>(wanted.size()), rows.out()));
    EXPECT_EQ(rows.ids(), expected);
  }
}

TEST_P(Keys, ComePacked) {
  add_lines();
  const thing_model* line = db_.model("Line");
  const std::string keys = PackWriter(thing_model_hash(line), 2)
                               .row()
                               .integer(0, 2)
                               .integer(1, 1)
                               .row()
                               .integer(0, 5)
                               .integer(1, 5)
                               .row()
                               .integer(0, 1)
                               .integer(1, 2)
                               .finish();
  Rows rows;
  ASSERT_OK(call(thing_by_keys_packed, db_, nullptr, line,
                 reinterpret_cast<const uint8_t*>(keys.data()), static_cast<int64_t>(keys.size()),
                 rows.out()));
  EXPECT_EQ(rows.texts("label"), (Texts{"c", "b"}));
}

TEST_P(Keys, OfTextAndUuidComePacked) {
  add_grants();
  const thing_model* grant = db_.model("Grant");
  const std::string raw("\x0b\x6f\x8a\x3e\x5b\x1c\x4d\x8e\x9f\x70\x01\x23\x45\x67\x89\xab", 16);
  const std::string keys = PackWriter(thing_model_hash(grant), 3)
                               .row()
                               .bytes(0, "O'Hara")
                               .integer(1, -1)
                               .bytes(2, raw)
                               .finish();
  Rows rows;
  ASSERT_OK(call(thing_by_keys_packed, db_, nullptr, grant,
                 reinterpret_cast<const uint8_t*>(keys.data()), static_cast<int64_t>(keys.size()),
                 rows.out()));
  EXPECT_EQ(rows.texts("label"), (Texts{"1969-12-310"}));
}

TEST_P(Keys, ServeUpdateDeleteAndIncrement) {
  add_lines();
  const thing_model* line = db_.model("Line");
  Obj obj;
  ASSERT_OK(by_key("Line", "[1, 2]", obj));
  ASSERT_OK(obj.set("label", "B"));
  ASSERT_OK(call(thing_save, db_, nullptr, obj));
  EXPECT_EQ(label("Line", "[1, 2]"), "B");
  EXPECT_EQ(label("Line", "[1, 1]"), "a");
  int64_t hits = 0;
  const int32_t field = thing_model_field_index(line, "hits", -1);
  ASSERT_OK(call(thing_incr_by_key, db_, nullptr, line, "[1, 2]", -1, field, 5, &hits));
  EXPECT_EQ(hits, 5);
  ASSERT_OK(call(thing_incr_by_key, db_, nullptr, line, R"({"order": 1, "position": 2})", -1, field,
                 -7, &hits));
  EXPECT_EQ(hits, -2);
  ASSERT_OK(call(thing_delete_by_key, db_, nullptr, line, "[1, 2]", -1, THING_DELETE_DEFAULT));
  EXPECT_EQ(label("Line", "[1, 2]"), "<ABSENT>");
  EXPECT_EQ(label("Line", "[1, 1]"), "a");
  EXPECT_STATUS(THING_NOT_FOUND,
                call(thing_delete_by_key, db_, nullptr, line, "[1, 2]", -1, THING_DELETE_DEFAULT));
  EXPECT_STATUS(THING_NOT_FOUND,
                call(thing_incr_by_key, db_, nullptr, line, "[1, 2]", -1, field, 1, &hits));
}

TEST_P(Keys, OfTextServeUpdateDeleteAndIncrement) {
  add("Country", {R"({"code": "fr", "label": "France"})"});
  const thing_model* country = db_.model("Country");
  int64_t hits = 0;
  ASSERT_OK(call(thing_incr_by_key, db_, nullptr, country, R"("fr")", -1,
                 thing_model_field_index(country, "hits", -1), 3, &hits));
  EXPECT_EQ(hits, 3);
  Obj obj;
  ASSERT_OK(by_key("Country", R"("fr")", obj));
  EXPECT_EQ(obj.integer("hits"), 3);
  ASSERT_OK(call(thing_delete, db_, nullptr, obj, THING_DELETE_DEFAULT));
  EXPECT_EQ(label("Country", R"("fr")"), "<ABSENT>");
}

TEST_P(Keys, AreUnique) {
  add_lines();
  add("Country", {R"({"code": "fr", "label": "France"})"});
  Obj line = new_obj(db_.model("Line"), R"({"order": 1, "position": 1, "label": "z"})");
  Obj country = new_obj(db_.model("Country"), R"({"code": "fr", "label": "z"})");
  EXPECT_STATUS(THING_E_UNIQUE, call(thing_save, db_, nullptr, line));
  EXPECT_STATUS(THING_E_UNIQUE, call(thing_save, db_, nullptr, country));
  EXPECT_EQ(label("Line", "[1, 1]"), "a");
  EXPECT_EQ(label("Country", R"("fr")"), "France");
}

TEST_P(Keys, AreRequired) {
  for (const char* model : {"Country", "Token", "Line"}) {
    Obj obj = new_obj(db_.model(model), R"({"label": "keyless"})");
    EXPECT_STATUS(THING_E_NOT_NULL, call(thing_save, db_, nullptr, obj)) << model;
  }
}

TEST_P(Keys, DecideUpserts) {
  add_lines();
  Obj there = new_obj(db_.model("Line"), R"({"order": 1, "position": 1, "label": "A"})");
  Obj fresh = new_obj(db_.model("Line"), R"({"order": 7, "position": 7, "label": "G"})");
  ASSERT_OK(call(thing_upsert, db_, nullptr, there, nullptr, 0));
  ASSERT_OK(call(thing_upsert, db_, nullptr, fresh, nullptr, 0));
  EXPECT_EQ(label("Line", "[1, 1]"), "A");
  EXPECT_EQ(label("Line", "[7, 7]"), "G");
  EXPECT_EQ(counted(db_, db_.model("Line"), "{}"), 4);
}

TEST_P(Keys, AbsentBeforeAreSeenOnceInserted) {
  EXPECT_EQ(label("Token", json_string(kUuidA)), "<ABSENT>");
  EXPECT_EQ(label("Line", "[4, 4]"), "<ABSENT>");
  add("Token", {R"({"key": "0b6f8a3e-5b1c-4d8e-9f70-0123456789ab", "label": "now"})"});
  add("Line", {R"({"order": 4, "position": 4, "label": "now"})"});
  EXPECT_EQ(label("Token", json_string(kUuidA)), "now");
  EXPECT_EQ(label("Line", "[4, 4]"), "now");
}

TEST_P(Keys, OrderListsByAllTheirFields) {
  add("Line", {R"({"order": 2, "position": 9, "label": "d"})"});
  add_lines();
  EXPECT_EQ(query(db_, db_.model("Line"), "{}").texts("label"), (Texts{"a", "b", "c", "d"}));
  EXPECT_EQ(
      query(db_, db_.model("Line"), R"({"cursor": {"order": 2, "position": 1}})").texts("label"),
      (Texts{"c", "d"}));
  Rows page = query(db_, db_.model("Line"), R"({"take": 2})");
  EXPECT_EQ(query(db_, db_.model("Line"), R"({"after": )" + json_string(page.next()) + "}")
                .texts("label"),
            (Texts{"c", "d"}));
  EXPECT_EQ(thing_rows_ids(page), nullptr);
  EXPECT_EQ(page.obj(0).id(), 0);
}

TEST_P(Keys, SaveManyTakesEveryKind) {
  Obj objs[] = {new_obj(db_.model("Line"), R"({"order": 1, "position": 1, "label": "l"})"),
                new_obj(db_.model("Country"), R"({"code": "it", "label": "c"})"),
                new_obj(db_.model("Token"),
                        R"({"key": "0b6f8a3e-5b1c-4d8e-9f70-0123456789ab", "label": "t"})"),
                new_obj(db_.model("Line"), R"({"order": 1, "position": 2, "label": "m"})")};
  thing_obj* const raw[] = {objs[0], objs[1], objs[2], objs[3]};
  ASSERT_OK(call(thing_save_many, db_, nullptr, raw, 4));
  EXPECT_EQ(label("Country", R"("it")"), "c");
  EXPECT_EQ(label("Token", json_string(kUuidA)), "t");
  EXPECT_EQ(labels("Line", "[[1, 2], [1, 1]]"), (Texts{"m", "l"}));
}

TEST_P(Keys, ThatAreChangedMoveTheRowOrFail) {
  add("Country", {R"({"code": "su", "label": "old"})"});
  Obj obj;
  ASSERT_OK(by_key("Country", R"("su")", obj));
  EXPECT_EQ(label("Country", R"("ru")"), "<ABSENT>");
  const Outcome set = obj.set("code", "ru");
  const bool moved =
      set.status == THING_OK && call(thing_save, db_, nullptr, obj).status == THING_OK;
  EXPECT_EQ(label("Country", R"("su")"), moved ? "<ABSENT>" : "old");
  EXPECT_EQ(label("Country", R"("ru")"), moved ? "old" : "<ABSENT>");
}

// ---- what the cache does with them

class CachedKeys : public Keys {};
FOR_SETUPS(CachedKeys, kCaches);

TEST_P(CachedKeys, HitWithoutSql) {
  add_lines();
  add("Country", {R"({"code": "fr", "label": "France"})"});
  label("Line", "[1, 1]");
  label("Country", R"("fr")");
  const int64_t sql = db_.sql(), hits = db_.stat(THING_STAT_OBJECT_HIT);
  EXPECT_EQ(label("Line", R"({"position": 1, "order": 1})"), "a");
  EXPECT_EQ(label("Country", R"(["fr"])"), "France");
  EXPECT_EQ(db_.sql(), sql);
  EXPECT_EQ(db_.stat(THING_STAT_OBJECT_HIT), hits + 4);
}

TEST_P(CachedKeys, AreEvictedOneByOne) {
  add_lines();
  label("Line", "[1, 1]");
  label("Line", "[1, 2]");
  ASSERT_OK(call(thing_cache_evict_key, db_, nullptr, db_.model("Line"), "[1, 1]", -1));
  const int64_t sql = db_.sql();
  EXPECT_EQ(label("Line", "[1, 2]"), "b");
  EXPECT_EQ(db_.sql(), sql);
  EXPECT_EQ(label("Line", "[1, 1]"), "a");
  EXPECT_GT(db_.sql(), sql);
}

}  // namespace
}  // namespace conformance
