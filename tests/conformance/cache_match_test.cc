// Whether a write touches a cached query: a table of conditions and rows, each decided against the
// database.
#include "support.h"

namespace conformance {
namespace {

// A row becomes another under a cached query. An empty text: no row.
struct Change {
  const char* where;
  const char* before;
  const char* after;
};

constexpr const char* kCell = R"({"name": "Cell", "fields": {
  "id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}},
  "n": "int?", "f": "float?", "d": "decimal?", "s": "text?", "b": "bool?", "at": "datetime?", "day": "date?", "tm": "time?",
  "e": {"type": "enum", "values": ["x", "y", "z"], "null": true}, "u": "uuid?", "raw": "bytes?", "j": "json?",
  "n2": "int?", "d2": "decimal?", "s2": "text?", "at2": "datetime?"},
  "indexes": [{"fields": ["s"]}]})";

class Matching : public DatabaseTest {
 protected:
  void SetUp() override {
    db_.define(kCell);
    cell_ = db_.model("Cell");
    for (
        const char* row :
        {R"({"n": 1, "s": "a", "b": true, "d": "1.5", "f": 0.5, "e": "x"})",
         R"({"n": null, "s": null})",
         R"({"n": 25, "s": "qa", "b": false, "d": "24.5", "f": 24.5, "e": "y", "at": "2024-01-01T00:00:00Z"})"}) {
      insert(db_, cell_, row);
    }
  }

  // What the cache answers and what the database does.
  void compare(const std::string& query) {
    Ctx past_cache(db_, THING_CTX_NO_CACHE_READ);
    EXPECT_EQ(ids(db_, cell_, query), ids(db_, cell_, query, past_cache)) << query;
    EXPECT_EQ(count(db_, cell_, query), count(db_, cell_, query, past_cache)) << query;
  }

  template <class Write>
  void check(const Change& change, Write&& write) {
    if (!nature().text_holds_nul && holds_nul(change)) return;
    SCOPED_TRACE(std::string(change.where) + "\n  before " + change.before + "\n  after  " +
                 change.after);
    const std::string query = R"({"where": )" + std::string(change.where) + "}";
    const int64_t id = *change.before != '\0' ? insert(db_, cell_, change.before) : 0;
    compare(query);
    const int64_t written = write(id);
    compare(query);
    if (*change.after != '\0') remove(db_, cell_, written);
    compare(query);
  }

  static bool holds_nul(const Change& change) {
    const std::string all = std::string(change.where) + change.before + change.after;
    return all.find("\\u0000") != std::string::npos;
  }

  const thing_model* cell_ = nullptr;
};
FOR_SETUPS(Matching, kCaches);

constexpr Change kChanges[] = {
    // The nine stale answers of another system.  N13
    {R"({"s": {"startsWith": "zed", "mode": "insensitive"}})", "", R"({"s": "ZED one"})"},
    {R"({"s": {"startsWith": "qa%z"}})", "", R"({"s": "qabcz"})"},
    {R"({"s": {"startsWith": " q"}})", "", R"({"s": " qq"})"},
    {R"({"s": {"not": "x"}})", R"({"s": null})", R"({"s": "y"})"},
    {R"({"s": {"notIn": ["x"]}})", R"({"s": null})", R"({"s": "y"})"},
    {R"({"d": {"lt": 4.5}})", "", R"({"d": 4})"},
    {R"({"d": {"gte": 24.5}})", R"({"d": 24})", R"({"d": 25})"},
    {R"({"d": "600"})", "", R"({"d": "600.00"})"},
    {R"({"at": {"gte": "2024-05-06T07:00:00Z"}})", "", R"({"at": "2024-05-06T09:00:00+02:00"})"},
    // Fields beside each other: either of them moves the row.
    {R"({"n": {"gt": {"field": "n2"}}})", R"({"n": 5, "n2": 9})", R"({"n": 5, "n2": 1})"},
    {R"({"n": {"gt": {"field": "n2"}}})", R"({"n": 5, "n2": 1})", R"({"n": 5, "n2": null})"},
    {R"({"n": {"equals": {"field": "n2"}}})", R"({"n": 5, "n2": 4})", R"({"n": 4, "n2": 4})"},
    {R"({"n": 5, "n2": {"equals": {"field": "n"}}})", R"({"n": 5, "n2": 4})",
     R"({"n": 5, "n2": 5})"},
    {R"({"NOT": {"n": {"lte": {"field": "n2"}}}})", R"({"n": 5, "n2": 9})",
     R"({"n": 10, "n2": 9})"},
    {R"({"d": {"not": {"field": "d2"}}})", R"({"d": "1.5", "d2": "1.50"})",
     R"({"d": "1.5", "d2": "1.51"})"},
    {R"({"d": {"lt": {"field": "d2"}}})", R"({"d": "9", "d2": "10"})",
     R"({"d": "9", "d2": "-10"})"},
    {R"({"s": {"lt": {"field": "s2"}}})", R"({"s": "a", "s2": "B"})", R"({"s": "a", "s2": "b"})"},
    {R"({"s": {"equals": {"field": "s2"}}})", R"({"s": "a", "s2": "A"})",
     R"({"s": "a", "s2": "a"})"},
    {R"({"at": {"lte": {"field": "at2"}}})",
     R"({"at": "2024-05-06T07:00:00Z", "at2": "2024-05-06T06:59:59.999999Z"})",
     R"({"at": "2024-05-06T07:00:00Z", "at2": "2024-05-06T09:00:00+02:00"})"},
    // Three-valued logic.  K-22
    {R"({"s": {"not": "x"}})", R"({"s": "y"})", R"({"s": null})"},
    {R"({"s": {"not": "x"}})", R"({"s": "x"})", R"({"s": null})"},
    {R"({"NOT": {"s": "x"}})", R"({"s": "x"})", R"({"s": null})"},
    {R"({"NOT": {"s": "x"}})", R"({"s": null})", R"({"s": "z"})"},
    {R"({"NOT": {"s": {"not": "x"}}})", R"({"s": null})", R"({"s": "x"})"},
    {R"({"NOT": {"n": {"gt": 5}}})", R"({"n": null})", R"({"n": 4})"},
    {R"({"NOT": {"n": {"gt": 5}}})", R"({"n": 4})", R"({"n": null})"},
    {R"({"NOT": [{"n": 1}, {"s": "x"}]})", R"({"n": null, "s": "y"})", R"({"n": 2, "s": "y"})"},
    {R"({"OR": [{"n": {"not": 1}}, {"s": null}]})", R"({"n": null, "s": "a"})",
     R"({"n": null, "s": null})"},
    {R"({"AND": [{"n": {"not": 1}}, {"s": {"not": "q"}}]})", R"({"n": 2, "s": null})",
     R"({"n": 2, "s": "r"})"},
    {R"({"n": null})", R"({"n": 1})", R"({"n": null})"},
    {R"({"n": null})", R"({"n": null})", R"({"n": 0})"},
    {R"({"n": {"not": null}})", R"({"n": null})", R"({"n": 0})"},
    {R"({"n": {"in": []}})", R"({"n": 1})", R"({"n": 2})"},
    {R"({"n": {"notIn": []}})", R"({"n": 1})", R"({"n": null})"},
    {R"({"n": {"notIn": [1, 2]}})", R"({"n": 3})", R"({"n": 1})"},
    {R"({"NOT": {"n": {"notIn": [1, 2]}}})", R"({"n": null})", R"({"n": 1})"},
    {R"({"NOT": {"n": {"in": [1, 2]}}})", R"({"n": 1})", R"({"n": null})"},
    {R"({"NOT": {"n": {"between": [1, 5]}}})", R"({"n": 3})", R"({"n": 6})"},
    {R"({"OR": []})", R"({"n": 1})", R"({"n": 2})"},
    {R"({"AND": []})", "", R"({"n": 2})"},
    {"{}", R"({"n": 1})", ""},
    // Numbers at their edges.
    {R"({"n": {"gt": 9223372036854775806}})", R"({"n": 9223372036854775806})",
     R"({"n": 9223372036854775807})"},
    {R"({"n": 9007199254740993})", R"({"n": 9007199254740992})", R"({"n": 9007199254740993})"},
    {R"({"n": {"lt": -9223372036854775807}})", "", R"({"n": -9223372036854775808})"},
    {R"({"n": {"between": [3, 3]}})", R"({"n": 2})", R"({"n": 3})"},
    {R"({"f": {"lt": 0.3}})", R"({"f": 0.30000000000000004})", R"({"f": 0.1})"},
    {R"({"f": 0.0})", R"({"f": 1})", R"({"f": -0.0})"},
    {R"({"f": {"gte": 9007199254740993}})", "", R"({"f": 9007199254740992})"},
    {R"({"f": {"gt": 2}})", R"({"f": 2})", R"({"f": 2.0000000000000004})"},
    {R"({"d": {"gt": "9.99"}})", R"({"d": "9.990"})", R"({"d": "10"})"},
    {R"({"d": {"in": ["1.0", "2"]}})", R"({"d": "3"})", R"({"d": "2.000"})"},
    {R"({"d": {"not": "1"}})", R"({"d": "2"})", R"({"d": "1.0"})"},
    {R"({"d": {"lt": "-0.5"}})", R"({"d": "-0.05"})", R"({"d": "-5"})"},
    {R"({"d": {"gt": "99999999999999999999.1"}})", R"({"d": "99999999999999999999.1"})",
     R"({"d": "99999999999999999999.2"})"},
    // Text.
    {R"({"s": "alice"})", "", R"({"s": "ALICE"})"},
    {R"({"s": "alice"})", R"({"s": "bob"})", R"({"s": "alice "})"},
    {R"({"s": {"equals": "ALICE", "mode": "insensitive"}})", R"({"s": "bob"})",
     R"({"s": "alice"})"},
    {R"({"s": {"in": ["A", "B"], "mode": "insensitive"}})", R"({"s": "c"})", R"({"s": "b"})"},
    {R"({"s": {"not": "ALICE", "mode": "insensitive"}})", R"({"s": "bob"})", R"({"s": "Alice"})"},
    {R"({"s": {"equals": "ÉTÉ", "mode": "insensitive"}})", "", R"({"s": "été"})"},
    {R"({"s": {"contains": "_"}})", R"({"s": "ab"})", R"({"s": "a_b"})"},
    {R"({"s": {"contains": "%"}})", "", R"({"s": "100"})"},
    {R"({"s": {"endsWith": "z"}})", R"({"s": "za"})", R"({"s": "az"})"},
    {R"({"s": {"contains": ""}})", R"({"s": null})", R"({"s": ""})"},
    {R"({"s": {"gt": "Z"}})", R"({"s": "A"})", R"({"s": "a"})"},
    {R"({"s": {"lt": "é"}})", R"({"s": "ê"})", R"({"s": "z"})"},
    {R"({"s": ""})", R"({"s": null})", R"({"s": ""})"},
    {R"({"s": "a\u0000b"})", R"({"s": "a"})", R"({"s": "a\u0000b"})"},
    {R"({"s": {"startsWith": "a\u0000"}})", R"({"s": "a"})", R"({"s": "a\u0000b"})"},
    {R"({"s": {"contains": "A", "mode": "insensitive"}})", R"({"s": "x"})", R"({"s": "xay"})"},
    // Other types.
    {R"({"b": true})", R"({"b": null})", R"({"b": true})"},
    {R"({"b": {"not": true}})", R"({"b": null})", R"({"b": false})"},
    {R"({"at": "2024-05-06T07:08:09Z"})", "", R"({"at": "2024-05-06T09:08:09+02:00"})"},
    {R"({"at": {"gt": "2024-05-06T07:08:09Z"}})", R"({"at": "2024-05-06T07:08:09Z"})",
     R"({"at": "2024-05-06T07:08:09.000001Z"})"},
    {R"({"at": {"lt": "1970-01-01T00:00:00Z"}})", R"({"at": "1970-01-01T00:00:00Z"})",
     R"({"at": "1969-12-31T23:59:59.9Z"})"},
    {R"({"day": {"lte": "1969-12-31"}})", R"({"day": "1970-01-01"})", R"({"day": "1969-12-31"})"},
    {R"({"tm": {"gte": "07:08:09"}})", R"({"tm": "07:08:08.999999"})", R"({"tm": "07:08:09"})"},
    {R"({"e": {"in": ["x", "y"]}})", R"({"e": "z"})", R"({"e": "y"})"},
    {R"({"e": {"contains": "z"}})", R"({"e": "x"})", R"({"e": "z"})"},
    {R"({"u": "0001FE0F-1020-3040-8050-60708090A0FF"})", "",
     R"({"u": "0001fe0f-1020-3040-8050-60708090a0ff"})"},
    {R"({"u": {"gt": "00000000-0000-4000-8000-000000000000"}})", R"({"u": null})",
     R"({"u": "0001fe0f-1020-3040-8050-60708090a0ff"})"},
    {R"({"raw": "AP8="})", R"({"raw": "AP4="})", R"({"raw": "AP8="})"},
    {R"({"raw": {"lt": "AQ=="}})", "", R"({"raw": "AP8="})"},
    {R"({"j": null})", R"({"j": {"a": 1}})", R"({"j": null})"},
};

TEST_P(Matching, DecidesOverSavesAsTheDatabaseDoes) {  // K-22, N13
  for (const Change& change : kChanges) {
    check(change, [&](int64_t id) {
      if (id == 0) return insert(db_, cell_, change.after);
      if (*change.after == '\0')
        remove(db_, cell_, id);
      else
        update(db_, cell_, id, change.after);
      return id;
    });
  }
}

TEST_P(Matching, DecidesOverBulkUpdatesAsTheDatabaseDoes) {  // K-22
  for (const Change& change : kChanges) {
    if (*change.before == '\0' || *change.after == '\0') continue;
    check(change, [&](int64_t id) {
      const std::string one = R"({"where": {"id": )" + std::to_string(id) + "}}";
      EXPECT_OK(
          call(thing_update_where, db_, nullptr, parse(cell_, one), change.after, -1, 0, nullptr));
      return id;
    });
  }
}

TEST_P(Matching, DecidesOverTransactionsAsTheDatabaseDoes) {  // K-22
  for (const Change& change : kChanges) {
    if (*change.before == '\0' || *change.after == '\0') continue;
    check(change, [&](int64_t id) {
      Tx tx(db_);
      update(db_, cell_, id, R"({"n": 7, "s": "between", "d": "7", "f": 7, "b": null, "e": null})",
             tx.ctx());
      update(db_, cell_, id, R"({"n": null, "s": null, "d": null, "f": null})", tx.ctx());
      update(db_, cell_, id, change.before, tx.ctx());
      update(db_, cell_, id, change.after, tx.ctx());
      EXPECT_OK(tx.commit());
      return id;
    });
  }
}

TEST_P(Matching, DecidesOverUpsertsAsTheDatabaseDoes) {
  int64_t fresh = 1000;
  for (const Change& change : kChanges) {
    if (*change.after == '\0') continue;
    check(change, [&](int64_t id) {
      Obj obj = new_obj(cell_, change.after);
      EXPECT_OK(obj.set("id", id != 0 ? id : ++fresh));
      EXPECT_OK(call(thing_upsert, db_, nullptr, obj, nullptr, 0));
      return obj.id();
    });
  }
}

TEST_P(Matching, IsUnsureWhereTheColumnComparesTextItsOwnWay) {  // B12, B13
  execute_all(
      {"CREATE TABLE folded (id INTEGER PRIMARY KEY, s TEXT COLLATE NOCASE)"},
      {"CREATE COLLATION folding (provider = icu, locale = 'und-u-ks-level2', deterministic "
       "= false)",
       "CREATE TABLE folded (id integer PRIMARY KEY, s text COLLATE folding)"},
      {"CREATE TABLE folded (id INTEGER PRIMARY KEY, s TEXT COLLATE utf8mb4_general_ci)"});
  db_.define(R"({"name": "Folded", "table": "folded", "fields": {"id": "int", "s": "text?"}})");
  const thing_model* folded = db_.model("Folded");
  insert(db_, folded, R"({"id": 1, "s": "x"})");
  for (const char* query :
       {R"({"where": {"s": "alice"}})", R"({"where": {"s": {"in": ["alice"]}}})",
        R"({"where": {"s": {"gt": "B"}}})"}) {
    Ctx past_cache(db_, THING_CTX_NO_CACHE_READ);
    for (const char* s : {"ALICE", "bob", "alice", "b"}) {
      ids(db_, folded, query);
      update(db_, folded, 1, R"({"s": ")" + std::string(s) + "\"}");
      EXPECT_EQ(ids(db_, folded, query), ids(db_, folded, query, past_cache)) << query << ' ' << s;
    }
  }
}

}  // namespace
}  // namespace conformance
