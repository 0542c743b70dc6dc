// Conditions on what documents of json fields have at a path. Each claim is made of every database,
// and of a list that is kept while rows come and go (WritesKeepCachedLists).
#include "support.h"

namespace conformance {
namespace {

constexpr const char* kNote = R"({"name": "Note", "fields": {
  "id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}},
  "meta": "json?", "title": "text?", "owner_id": "int?"},
  "relations": {"owner": {"belongs_to": "Note", "fields": ["owner_id"], "on_delete": "set_null"}, "notes": {"has_many": "Note", "inverse": "owner"}}})";

class DocumentConditions : public DatabaseTest {
 protected:
  void SetUp() override {
    db_.define(kNote);
    note_ = db_.model("Note");
  }
  // Rows 1, 2, ... with these documents; nullptr: NULL.
  void fill(std::initializer_list<const char*> documents) {
    for (const char* const document : documents)
      insert(db_, note_,
             std::string("{\"meta\": ") + (document != nullptr ? document : "null") + "}");
  }
  Ids found(const std::string& meta) { return where("{\"meta\": " + meta + "}"); }
  Ids where(const std::string& where) {
    return matching(db_, note_, R"({"where": )" + where + R"(, "orderBy": {"id": "asc"}})");
  }
  // The rows that a test finds, and those that its negation does.
  void expect(const std::string& meta, const Ids& yes, const Ids& no) {
    SCOPED_TRACE(meta);
    EXPECT_EQ(found(meta), yes);
    EXPECT_EQ(where("{\"NOT\": {\"meta\": " + meta + "}}"), no);
  }
  void expect_refused(const std::string& meta, thing_status status, std::string_view says_it) {
    Criteria q;
    const Outcome outcome = call(thing_criteria_parse, note_,
                                 (R"({"where": {"meta": )" + meta + "}}").c_str(), -1, q.out());
    EXPECT_EQ(outcome.status, status) << meta;
    EXPECT_TRUE(says(outcome, says_it)) << meta;
  }
  // Past the library, which would refuse some of them.
  void write_raw(std::initializer_list<const char*> documents) {
    if (database() == Database::kMysql)  // without CHECK
      execute(db_, "ALTER TABLE notes MODIFY meta LONGTEXT CHARACTER SET utf8mb4", "notes");
    for (const char* const document : documents)
      execute(db_, std::string("INSERT INTO notes (meta) VALUES ('") + document + "')", "notes");
  }
  void change(int64_t id, const char* json) {
    const Obj obj = find(db_, note_, id);
    ASSERT_OK(call(thing_obj_assign_json, obj, json, -1));
    ASSERT_OK(call(thing_save, db_, nullptr, obj));
  }

  const thing_model* note_ = nullptr;
};
FOR_SETUPS(DocumentConditions, kEverywhere);

TEST_P(DocumentConditions, FollowNamesAndIndexes) {
  fill({R"({"a": {"b": [7, {"c": 8}]}})", R"({"a": {"b": {"0": 7, "1": {"c": 8}}}})", R"([[7]])",
        R"({"0": {"0": 7}})", "7", nullptr, R"({"a": null})", R"({"a": [7]})", R"({"a": 7})"});
  expect(R"({"path": ["a", "b", 0], "equals": 7})", {1}, {});
  expect(R"({"path": ["a", "b", "0"], "equals": 7})", {2}, {});
  expect(R"({"path": ["a", "b", 1, "c"], "equals": 8})", {1}, {});
  expect(R"({"path": [0, 0], "equals": 7})", {3}, {});
  expect(R"({"path": ["0", "0"], "equals": 7})", {4}, {});
  expect(R"({"path": [], "equals": 7})", {5}, {1, 2, 3, 4, 7, 8, 9});
  expect(R"({"path": ["a", 0], "equals": 7})", {8}, {});
  expect(R"({"path": ["a", "b", 2], "exists": true})", {}, {1, 2, 3, 4, 5, 6, 7, 8, 9});
  expect(R"({"path": ["a"], "exists": true})", {1, 2, 7, 8, 9}, {3, 4, 5, 6});
  expect(R"({"path": ["a"], "exists": false})", {3, 4, 5, 6}, {1, 2, 7, 8, 9});
  expect(R"({"path": [], "exists": true})", {1, 2, 3, 4, 5, 7, 8, 9}, {6});
  expect(R"({"path": ["a"], "equals": null})", {7}, {1, 2, 8, 9});
  expect(R"({"path": ["a"], "not": null})", {1, 2, 8, 9}, {7});
  EXPECT_EQ(found(R"({"path": ["a", "b"], "exists": true, "length": 2})"), (Ids{1}));
}

TEST_P(DocumentConditions, FindNamesHoweverTheyAreWritten) {
  fill({R"({"a\"b": 1, "a.b": 2, "": 3, "*": 4, "$": 5, " ": 6, "[0]": 7, "a\\b": 8, "'": 9})",
        R"({"\u0061\u0022b": 1, "a\u002eb": 2, "\u002a": 4, "\u00e9": 10, "x\/y": 11})",
        R"({"é": 10, "😀": 12, "x/y": 11, "line\nend": 13, "\u0001": 14, "?": 15})",
        R"({"\ud83d\ude00": 12, "É": 16, "\u000a": 17})"});
  const auto at = [&](const char* name, int value) {
    return found(R"({"path": [")" + std::string(name) + R"("], "equals": )" +
                 std::to_string(value) + "}");
  };
  EXPECT_EQ(at("a\\\"b", 1), (Ids{1, 2}));
  EXPECT_EQ(at("a.b", 2), (Ids{1, 2}));
  EXPECT_EQ(at("", 3), (Ids{1}));
  EXPECT_EQ(at("*", 4), (Ids{1, 2}));
  EXPECT_EQ(at("$", 5), (Ids{1}));
  EXPECT_EQ(at(" ", 6), (Ids{1}));
  EXPECT_EQ(at("[0]", 7), (Ids{1}));
  EXPECT_EQ(at("a\\\\b", 8), (Ids{1}));
  EXPECT_EQ(at("'", 9), (Ids{1}));
  EXPECT_EQ(at("é", 10), (Ids{2, 3}));
  EXPECT_EQ(at("x/y", 11), (Ids{2, 3}));
  EXPECT_EQ(at("😀", 12), (Ids{3, 4}));
  EXPECT_EQ(at("line\\nend", 13), (Ids{3}));
  EXPECT_EQ(at("\\u0001", 14), (Ids{3}));
  EXPECT_EQ(at("?", 15), (Ids{3}));
  EXPECT_EQ(at("\\n", 17), (Ids{4}));
  EXPECT_EQ(at("É", 10), Ids());
  EXPECT_EQ(found(R"({"hasKey": "é"})"), (Ids{2, 3}));
  EXPECT_EQ(found(R"({"hasKey": "😀"})"), (Ids{3, 4}));
}

TEST_P(DocumentConditions, CompareNumbersByValue) {
  fill({"1", "1.0", "1e0", "10E-1", "9007199254740993", "9007199254740992", "-0", "0.0",
        "123456789012345678901234567890.000000000000000000000000000001",
        "123456789012345678901234567890", "\"1\"", "true", "1e400", "0.1", "1e22",
        "10000000000000000000000", "-1.5"});
  expect(R"({"path": [], "equals": 1})", {1, 2, 3, 4},
         {5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17});
  EXPECT_EQ(found(R"({"path": [], "equals": 1.00})"), (Ids{1, 2, 3, 4}));
  EXPECT_EQ(found(R"({"path": [], "equals": 10e-1})"), (Ids{1, 2, 3, 4}));
  EXPECT_EQ(found(R"({"path": [], "equals": 9007199254740993})"), (Ids{5}));
  EXPECT_EQ(found(R"({"path": [], "equals": 9007199254740992})"), (Ids{6}));
  EXPECT_EQ(found(R"({"path": [], "equals": 0})"), (Ids{7, 8}));
  EXPECT_EQ(found(R"({"path": [], "equals": 123456789012345678901234567890})"), (Ids{10}));
  EXPECT_EQ(found(R"({"path": [], "gt": 123456789012345678901234567890})"), (Ids{9}));
  EXPECT_EQ(found(R"({"path": [], "equals": 1e22})"), (Ids{15, 16}));
  EXPECT_EQ(found(R"({"path": [], "equals": 0.1})"), (Ids{14}));
  expect(R"({"lt": 0.5})", {7, 8, 14, 17}, {1, 2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 15, 16});
  expect(R"({"lte": -1.5})", {17}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16});
  EXPECT_EQ(found(R"({"gt": 1, "lte": 9007199254740992})"), (Ids{6}));
  EXPECT_EQ(found(R"({"gte": 9007199254740993, "lt": 1e29})"), (Ids{5, 15, 16}));
}

TEST_P(DocumentConditions, CompareStringsByBytes) {
  fill({R"("a")", R"("B")", R"("a ")", R"("\u0061")", R"("é")", R"("\u00e9")", R"("😀")",
        R"("\ud83d\ude00")", R"("")", "1", R"(["a"])", R"("line\nend")", R"("a\"\\\/b")"});
  expect(R"({"path": [], "equals": "a"})", {1, 4}, {2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13});
  EXPECT_EQ(found(R"({"path": [], "equals": "é"})"), (Ids{5, 6}));
  EXPECT_EQ(found(R"({"path": [], "equals": "😀"})"), (Ids{7, 8}));
  EXPECT_EQ(found(R"({"path": [], "equals": ""})"), (Ids{9}));
  EXPECT_EQ(found(R"({"path": [], "equals": "line\nend"})"), (Ids{12}));
  EXPECT_EQ(found(R"({"path": [], "equals": "a\"\\/b"})"), (Ids{13}));
  expect(R"({"lt": "a"})", {2, 9}, {1, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13});
  EXPECT_EQ(found(R"({"gt": "a", "lt": "b"})"), (Ids{3, 13}));
  EXPECT_EQ(found(R"({"gte": "é"})"), (Ids{5, 6, 7, 8}));
}

TEST_P(DocumentConditions, FindPartsOfStrings) {
  fill({R"({"t": "Hello World"})", R"({"t": "hello"})", R"({"t": "50% off_now"})", R"({"t": 5})",
        R"({"t": "ÉTÉ été"})", R"({"t": "\u0048ello"})", R"({"t": ["Hello"]})", R"({"u": 1})"});
  expect(R"({"path": ["t"], "contains": "ello"})", {1, 2, 6}, {3, 4, 5, 7});
  expect(R"({"path": ["t"], "startsWith": "Hello"})", {1, 6}, {2, 3, 4, 5, 7});
  expect(R"({"path": ["t"], "endsWith": "ello"})", {2, 6}, {1, 3, 4, 5, 7});
  EXPECT_EQ(found(R"({"path": ["t"], "contains": "% off_"})"), (Ids{3}));
  EXPECT_EQ(found(R"({"path": ["t"], "contains": ""})"), (Ids{1, 2, 3, 5, 6}));
  EXPECT_EQ(found(R"({"path": ["t"], "endsWith": ""})"), (Ids{1, 2, 3, 5, 6}));
  EXPECT_EQ(found(R"({"path": ["t"], "startsWith": "hEllO", "mode": "insensitive"})"),
            (Ids{1, 2, 6}));
  EXPECT_EQ(found(R"({"path": ["t"], "contains": "WORLD", "mode": "insensitive"})"), (Ids{1}));
  EXPECT_EQ(found(R"({"path": ["t"], "endsWith": "ÉT", "mode": "insensitive"})"), Ids());
  EXPECT_EQ(found(R"({"path": ["t"], "endsWith": "éTé", "mode": "insensitive"})"), (Ids{5}));
}

TEST_P(DocumentConditions, LookIntoArrays) {
  fill({R"([1, "a", true, null, 2.50])", "[]", R"(["1", [1], {"a": 1}])", R"({"a": [1]})", R"("a")",
        nullptr, R"([9007199254740993, "\u00e9"])", R"([false, 1e0])"});
  expect(R"({"has": 1})", {1, 8}, {2, 3, 4, 5, 7});
  EXPECT_EQ(found(R"({"has": "1"})"), (Ids{3}));
  EXPECT_EQ(found(R"({"has": true})"), (Ids{1}));
  EXPECT_EQ(found(R"({"has": false})"), (Ids{8}));
  EXPECT_EQ(found(R"({"has": null})"), (Ids{1}));
  EXPECT_EQ(found(R"({"has": 2.5})"), (Ids{1}));
  EXPECT_EQ(found(R"({"has": 9007199254740992})"), Ids());
  EXPECT_EQ(found(R"({"has": "é"})"), (Ids{7}));
  expect(R"({"hasEvery": ["a", 1]})", {1}, {2, 3, 4, 5, 7, 8});
  expect(R"({"hasSome": ["é", false]})", {7, 8}, {1, 2, 3, 4, 5});
  expect(R"({"hasEvery": []})", {1, 2, 3, 7, 8}, {4, 5});
  expect(R"({"hasSome": []})", {}, {1, 2, 3, 4, 5, 7, 8});
  expect(R"({"isEmpty": true})", {2}, {1, 3, 4, 5, 7, 8});
  expect(R"({"isEmpty": false})", {1, 3, 7, 8}, {2, 4, 5});
  expect(R"({"length": 3})", {3}, {1, 2, 4, 5, 7, 8});
  expect(R"({"length": {"not": 3}})", {1, 2, 7, 8}, {3, 4, 5});
  expect(R"({"length": {"gt": 1, "lte": 3}})", {3, 7, 8}, {1, 2, 4, 5});
  expect(R"({"path": ["a"], "has": 1})", {4}, {});
  EXPECT_EQ(found(R"({"path": [2, "a"], "equals": 1})"), (Ids{3}));
  EXPECT_EQ(found(R"({"path": [1, 0], "equals": 1})"), (Ids{3}));
  expect(R"({"path": [0], "in": [1, "1"]})", {1, 3}, {7, 8});
  expect(R"({"path": [0], "notIn": [1, "1"]})", {7, 8}, {1, 3});
  expect(R"({"path": [0], "in": []})", {}, {1, 3, 7, 8});
  expect(R"({"hasKey": "a"})", {4}, {1, 2, 3, 5, 7, 8});
}

TEST_P(DocumentConditions, CompareArraysAndObjectsByWhatTheyHold) {
  fill({R"({"v": {"a": 1, "b": [1, "x"]}})", R"({"v":{"b":[1.0,"\u0078"],"a":1e0}})",
        R"({"v": {"a": 1, "b": [1, "x"], "c": null}})", R"({"v": {"a": 1}})", R"({"v": [1, 2]})",
        R"({"v": [2, 1]})", R"({"v": []})", R"({"v": {}})", R"({"v": {"a": 1, "b": ["x", 1]}})",
        R"({"v": {"\u0061": 1, "b": [1, "x"]}})"});
  expect(R"({"path": ["v"], "equals": {"b": [1, "x"], "a": 1}})", {1, 2, 10},
         {3, 4, 5, 6, 7, 8, 9});
  expect(R"({"path": ["v"], "not": [1, 2]})", {1, 2, 3, 4, 6, 7, 8, 9, 10}, {5});
  EXPECT_EQ(found(R"({"path": ["v"], "equals": []})"), (Ids{7}));
  EXPECT_EQ(found(R"({"path": ["v"], "equals": {}})"), (Ids{8}));
  EXPECT_EQ(found(R"({"path": ["v"], "in": [[2, 1], {"a": 1}]})"), (Ids{4, 6}));
}

// Their text has \u0000, which PostgreSQL's functions do not take: nothing is known of what such
// documents hold, on any database.
TEST_P(DocumentConditions, KnowNothingOfDocumentsWithZeroCharacters) {
  fill({R"({"a": 1, "b": "x\u0000y"})", R"({"a": 1, "b": "x"})"});
  expect(R"({"path": ["a"], "equals": 1})", {2}, {});
  expect(R"({"path": ["a"], "exists": true})", {2}, {1});
  expect(R"({"hasKey": "a"})", {2}, {});
}

// As other programs write them, where the column lets them.
TEST_P(DocumentConditions, KnowNothingOfDocumentsWithHalfAPairOfSurrogates) {
  write_raw({R"({"b": 3, "s": "\ud83d"})", R"({"b": 3, "s": "\ude00x"})",
             R"({"b": 3, "\ud83d\ud83d": 1})", R"({"b": [3, "\ud83d\\\ude00"]})",
             R"({"b": 3, "s": "\\ud83d"})", R"({"b": 3, "s": "\uD83D\uDE00"})"});
  expect(R"({"path": ["b"], "equals": 3})", {5, 6}, {});
  expect(R"({"path": ["s"], "exists": true})", {5, 6}, {1, 2, 3, 4});
  expect(R"({"path": ["s"], "startsWith": "\\u"})", {5}, {6});
  expect(R"({"path": ["b"], "has": 3})", {}, {5, 6});
  ASSERT_OK(call(thing_update_where, db_, nullptr,
                 parse(note_, R"({"where": {"meta": {"path": ["b"], "lt": 4}}})"),
                 R"({"title": "found"})", -1, 0, nullptr));
  EXPECT_EQ(where(R"({"title": "found"})"), (Ids{5, 6}));
}

TEST_P(DocumentConditions, TakeNoMemberForAnotherWhereANameComesTwice) {
  write_raw({R"({"b": 3, "a": 1, "a": 2, "c": 4})", R"({"b": 3, "a": 1, "\u0061": 2, "c": 4})",
             R"({"c": 4})"});
  EXPECT_EQ(found(R"({"path": ["c"], "lt": 4})"), Ids());
  EXPECT_EQ(where(R"({"NOT": {"meta": {"path": ["c"], "equals": 4}}})"), Ids());
  EXPECT_EQ(found(R"({"path": ["a"], "gt": 2})"), Ids());
  EXPECT_EQ(found(R"({"path": ["a"], "length": 2})"), Ids());
}

TEST_P(DocumentConditions, LookIntoLongArrays) {
  std::string numbers = "[0", texts = "[\"0\"";
  for (int i = 1; i < 20000; ++i) {
    numbers += ", " + std::to_string(i);
    texts += ", \"" + std::to_string(i) + "\"";
  }
  fill({(numbers + "]").c_str(), (texts + "]").c_str()});
  EXPECT_EQ(found(R"({"has": 19999})"), (Ids{1}));
  EXPECT_EQ(found(R"({"has": "19999"})"), (Ids{2}));
  EXPECT_EQ(found(R"({"hasSome": [-1, "20000"]})"), Ids());
}

TEST_P(DocumentConditions, StandInGroupsRelationsCountsAndBulkWrites) {
  fill({R"({"n": 1})", R"({"n": 2})", R"({"n": 3})", nullptr});
  ASSERT_OK(call(thing_update_where, db_, nullptr,
                 parse(note_, R"({"where": {"meta": {"path": ["n"], "gt": 1}}})"),
                 R"({"owner_id": 1, "title": "big"})", -1, 0, nullptr));
  EXPECT_EQ(where(R"({"title": "big"})"), (Ids{2, 3}));
  EXPECT_EQ(
      where(
          R"({"OR": [{"meta": {"path": ["n"], "equals": 1}}, {"meta": {"path": ["n"], "gte": 3}}]})"),
      (Ids{1, 3}));
  EXPECT_EQ(where(R"({"owner": {"is": {"meta": {"path": ["n"], "lt": 2}}}})"), (Ids{2, 3}));
  EXPECT_EQ(where(R"({"notes": {"some": {"meta": {"path": ["n"], "equals": 3}}}})"), (Ids{1}));
  EXPECT_EQ(where(R"({"notes": {"every": {"meta": {"path": ["n"], "gt": 2}}}})"), (Ids{2, 3, 4}));
  ASSERT_OK(call(thing_delete_where, db_, nullptr,
                 parse(note_, R"({"where": {"meta": {"path": ["n"], "equals": 2}}})"),
                 THING_DELETE_HARD, 0, nullptr));
  EXPECT_EQ(where("{}"), (Ids{1, 3, 4}));
}

TEST_P(DocumentConditions, WritesKeepCachedLists) {
  fill({R"({"n": 1})", R"({"n": 5})", R"({"m": 5})"});
  const std::string big = R"({"path": ["n"], "gte": 5})";
  EXPECT_EQ(found(big), (Ids{2}));
  EXPECT_EQ(found(big), (Ids{2}));
  fill({R"({"n": 7})", R"({"n": "7"})", R"({"n": 2})"});
  EXPECT_EQ(found(big), (Ids{2, 4}));
  change(1, R"({"meta": {"n": 1e1}})");
  EXPECT_EQ(found(big), (Ids{1, 2, 4}));
  change(2, R"({"meta": null})");
  EXPECT_EQ(found(big), (Ids{1, 4}));
}

TEST_P(DocumentConditions, GoAsDeepAsTheyMay) {
  constexpr int kSteps = 30;
  std::string document = "7", path = "[";
  for (int i = 0; i < kSteps; ++i) {
    document = i % 2 == 0 ? "[" + document + "]" : "{\"é\": " + document + "}";
    path += i % 2 == 0 ? (i > 0 ? ", \"é\"" : "\"é\"") : ", 0";
  }
  fill({document.c_str(), "7"});
  expect(R"({"path": )" + path + R"(], "equals": 7})", {1}, {});
  expect(R"({"path": [], "equals": )" + document + "}", {1}, {2});
  std::string in = "[0";
  for (int i = 1; i < 98; ++i) in += ", " + std::to_string(i);
  expect(R"({"path": [], "in": )" + in + "]}", {2}, {1});
  expect_refused(R"({"path": [], "in": )" + in + ", 98, 99, 100]}", THING_E_RANGE,
                 "found more than 100 names and values, expected at most 100");
  const auto nested = [](int depth) {
    return std::string(static_cast<size_t>(depth), '[') +
           std::string(static_cast<size_t>(depth), ']');
  };
  std::string names = "[\"e\"";
  for (int i = 1; i < 32; ++i) names += ", \"e\"";
  const std::string notes = R"({"notes": {"some": {"meta": {"path": )" + names + "], ";
  EXPECT_EQ(where(notes + "\"equals\": " + nested(8) + "}}}}"), Ids());
  EXPECT_EQ(where(notes + "\"in\": [" + nested(8) + ", 1]}}}}"), Ids());
  expect_refused(R"({"path": )" + names + "], \"equals\": " + nested(9) + "}", THING_E_RANGE,
                 "found more than 40 steps and brackets around a value, expected at most 40");
  expect_refused(R"({"path": [], "in": [)" + nested(41) + "]}", THING_E_RANGE,
                 "where.meta.in: found more than 40 steps");
}

TEST_P(DocumentConditions, PrintAsTheyAreRead) {
  const std::string where[] = {
      R"({"meta":{"path":["a",0,"b\"c"],"equals":{"x":[1,"y",true,null]}}})",
      R"({"meta":{"path":[],"length":{"gt":2}}})",
      R"({"meta":{"path":["a"],"exists":false}})",
      R"({"meta":{"path":["a"],"contains":"x","mode":"insensitive"}})",
      R"({"meta":{"path":["a"],"in":[1.50,"x"]}})",
      R"({"meta":{"path":[],"hasEvery":[1,"x"]}})",
      R"({"meta":{"path":[],"has":null}})",
      R"({"meta":{"path":[],"hasKey":"k"}})"};
  for (const std::string& w : where) {
    Criteria q;
    ASSERT_OK(call(thing_criteria_parse, note_, (R"({"where":{"AND":[)" + w + "]}}").c_str(), -1,
                   q.out()));
    Buf text;
    ASSERT_OK(call(thing_criteria_json, q, text.out()));
    EXPECT_EQ(text.text(), R"({"where":{"AND":[)" + w + "]}}");
  }
}

TEST_P(DocumentConditions, RefuseWhatTheyCanNotMean) {
  expect_refused(R"({"path": "a", "equals": 1})", THING_E_TYPE, "where.meta.equals");
  expect_refused(R"({"path": ["a"]})", THING_E_INVALID, "found 'path' alone");
  expect_refused(R"({"path": ["a", -1], "equals": 1})", THING_E_RANGE, "found -1 in the path");
  expect_refused(R"({"path": ["a", 1.5], "equals": 1})", THING_E_RANGE, "found 1.5 in the path");
  expect_refused(R"({"path": ["a", true], "equals": 1})", THING_E_TYPE, "names and indexes");
  expect_refused(R"({"path": ["a\u0000"], "equals": 1})", THING_E_INVALID, "U+0000");
  expect_refused(R"({"path": ["a"], "equals": "\u0000"})", THING_E_INVALID, "U+0000");
  expect_refused(R"({"path": ["a"], "equals": 1e999})", THING_E_RANGE, "1e999");
  expect_refused(R"({"path": ["a"], "gt": true})", THING_E_TYPE, "a number or a string");
  expect_refused(R"({"path": ["a"], "contains": 5})", THING_E_TYPE, "a string");
  expect_refused(R"({"path": ["a"], "has": [1]})", THING_E_TYPE, "where.meta.has");
  expect_refused(R"({"path": ["a"], "hasSome": 1})", THING_E_TYPE, "an array of values");
  expect_refused(R"({"path": ["a"], "hasSome": [[1]]})", THING_E_TYPE, "where.meta.hasSome");
  expect_refused(R"({"path": ["a"], "length": "x"})", THING_E_TYPE, "where.meta.length");
  expect_refused(R"({"path": ["a"], "length": {"has": 1}})", THING_E_INVALID,
                 "found operator 'has'");
  expect_refused(R"({"path": ["a"], "isEmpty": 1})", THING_E_TYPE, "true or false");
  expect_refused(R"({"path": ["a"], "exists": null})", THING_E_TYPE, "true or false");
  expect_refused(R"({"path": ["a"], "like": "x"})", THING_E_INVALID, "found operator 'like'");
  expect_refused(R"({"path": ["a"], "equals": "x", "mode": "insensitive"})", THING_E_INVALID,
                 "mode insensitive");
  Criteria q;
  const Outcome on_text =
      call(thing_criteria_parse, note_, R"({"where": {"title": {"path": ["a"], "equals": 1}}})", -1,
           q.out());
  EXPECT_TRUE(says(on_text, "found operator 'path'"));
  const char* const indexed = R"({"name": "Indexed", "fields": {"id": "int", "meta": "json?"},
    "indexes": [{"fields": ["id"], "where": {"meta": {"path": ["a"], "equals": 1}}}]})";
  EXPECT_TRUE(says(call(thing_model_register, db_, indexed, -1),
                   "where: found what a document holds, expected a field"));
}

// It is there for statements of the library; others may call it with anything.
class DocumentFunction : public DatabaseTest {};
FOR_SETUPS(DocumentFunction, kSqlite);

TEST_P(DocumentFunction, TakesWhateverItIsGiven) {
  const auto answer = [this](const std::string& arguments) {
    return sql_value(db_, "SELECT COALESCE(thing_json(" + arguments + "), 'unknown')");
  };
  EXPECT_EQ(answer("'equals', 0, 'ka|n', '{}'"), "unknown");
  EXPECT_EQ(answer("'equals', 0, 'k|n', '{\"\": 1}'"), "0");
  EXPECT_EQ(answer("'equals', 0, '|n', '1', 'x'"), "0");
  EXPECT_EQ(answer("'equals', 0, '|s', '\"\"'"), "1");
  EXPECT_EQ(answer("'gt', 0, '|d', '1', '-'"), "0");
  EXPECT_EQ(answer("'hasSome', 0, '|[4294967295;[4294967295;', '[[[]]]'"), "0");
  EXPECT_EQ(answer("'hasEvery', 0, '|{4294967295;', '[{}]'"), "0");
  EXPECT_EQ(answer("'equals', 0, '|' || replace(hex(zeroblob(600)), '00', '[1;'), '[]'"), "0");
  EXPECT_EQ(answer("'contains', 2, '', '\"a\"'"), "1");
  EXPECT_EQ(answer("'lt', NULL, NULL, '1', x'00ff'"), "0");
  EXPECT_EQ(answer("'equals', 0, '#|i', '[1]', 'x'"), "0");
  for (const char* const wrong :
       {"", "'equals'", "'like', 0, '|', '1'", "NULL, NULL, NULL, NULL",
        "'equals', 0, '|' || replace(hex(zeroblob(1000000)), '00', '[1;'), '[]'"}) {
    Rows rows;
    const std::string sql = std::string("SELECT thing_json(") + wrong + ")";
    EXPECT_TRUE(says(call(thing_sql, db_, nullptr, sql.c_str(), -1, nullptr, 0, rows.out()),
                     "thing_json: "))
        << wrong;
  }
}

}  // namespace
}  // namespace conformance
