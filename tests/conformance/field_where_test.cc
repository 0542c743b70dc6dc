// Conditions that compare a field with another one of the same row.
#include "support.h"

namespace conformance {
namespace {

// Two fields of each type, and in each row a pair of values.
constexpr const char* kPair = R"({"name": "Pair", "fields": {
  "id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}},
  "label": "text?", "mark": {"type": "text", "null": true, "column": "the_mark"}, "owner_id": "int?",
  "int_a": "int?", "int_b": "int?", "float_a": "float?", "float_b": "float?",
  "decimal_a": "decimal?",
  "decimal_b": "decimal?",
  "text_a": "text?", "text_b": "text?", "bytes_a": "bytes?", "bytes_b": "bytes?",
  "datetime_a": "datetime?", "datetime_b": "datetime?", "date_a": "date?", "date_b": "date?",
  "time_a": "time?", "time_b": "time?", "uuid_a": "uuid?", "uuid_b": "uuid?",
  "enum_a": {"type": "enum", "values": ["b", "a"], "null": true},
  "enum_b": {"type": "enum", "values": ["b", "a"], "null": true},
  "bool_a": "bool?", "bool_b": "bool?", "json_a": "json?", "json_b": "json?",
  "ints": {"type": "int", "list": true, "null": true}, "more": {"type": "int", "list": true, "null": true}}})";

struct Values {
  const char* type;
  const char* low;
  const char* high;
};
constexpr Values kOrdered[] = {
    {"int", "-9223372036854775808", "9223372036854775807"},
    {"float", "-0.5", "0.25"},
    {"decimal", "\"9.5\"", "\"10.2\""},
    {"text", "\"B\"", "\"a\""},
    {"bytes", "\"QQ==\"", "\"QUI=\""},
    {"datetime", "\"1969-12-31T23:59:59.999999Z\"", "\"1970-01-01T00:00:00Z\""},
    {"date", "\"1969-12-31\"", "\"1970-01-01\""},
    {"time", "\"09:00:00.000001\"", "\"10:00:00\""},
    {"uuid", "\"00000000-0000-4000-8000-0000000000ff\"",
     "\"f0000000-0000-4000-8000-000000000000\""},
};

class FieldConditions : public DatabaseTest {
 protected:
  void SetUp() override {
    db_.define(kPair);
    pair_ = db_.model("Pair");
  }
  Ids found(const std::string& where) {
    return matching(db_, pair_, R"({"where": )" + where + R"(, "orderBy": {"id": "asc"}})");
  }
  Ids found(const std::string& type, const char* op) {
    return found("{\"" + type + "_a\": {\"" + op + "\": {\"field\": \"" + type + "_b\"}}}");
  }
  // Rows 1 to 5: less, equal, greater, and NULL on either side.
  void fill(const Values& v) {
    const std::string low = v.low, high = v.high;
    add(v.type, low, high);
    add(v.type, low, low);
    add(v.type, high, low);
    add(v.type, "null", low);
    add(v.type, low, "null");
  }
  void add(const std::string& type, const std::string& a, const std::string& b) {
    insert(db_, pair_, "{\"" + type + "_a\": " + a + ", \"" + type + "_b\": " + b + "}");
  }
  void empty() {
    ASSERT_OK(call(thing_delete_where, db_, nullptr, Criteria(thing_criteria_new(pair_)),
                   THING_DELETE_HARD, THING_BULK_ALL, nullptr));
  }
  Outcome refused(const std::string& where) {
    Criteria q;
    return call(thing_criteria_parse, pair_, (R"({"where": )" + where + "}").c_str(), -1, q.out());
  }
  // The ids without what rows of types before took.
  Ids from_first(Ids ids, int64_t first) {
    for (int64_t& id : ids) id -= first;
    return ids;
  }

  const thing_model* pair_ = nullptr;
};
FOR_SETUPS(FieldConditions, kEverywhere);

TEST_P(FieldConditions, CompareFieldsOfEachType) {
  int64_t first = 0;
  for (const Values& v : kOrdered) {
    SCOPED_TRACE(v.type);
    fill(v);
    const auto rows = [&](const char* op) { return from_first(found(v.type, op), first); };
    EXPECT_EQ(rows("equals"), (Ids{2}));
    EXPECT_EQ(rows("not"), (Ids{1, 3}));
    EXPECT_EQ(rows("lt"), (Ids{1}));
    EXPECT_EQ(rows("lte"), (Ids{1, 2}));
    EXPECT_EQ(rows("gt"), (Ids{3}));
    EXPECT_EQ(rows("gte"), (Ids{2, 3}));
    empty();
    first += 5;
  }
}

TEST_P(FieldConditions, CompareBoolsAndEnumsForEquality) {
  fill({"bool", "false", "true"});
  EXPECT_EQ(found("bool", "equals"), (Ids{2}));
  EXPECT_EQ(found("bool", "not"), (Ids{1, 3}));
  fill({"enum", "\"b\"", "\"a\""});
  EXPECT_EQ(found("enum", "equals"), (Ids{7}));
  EXPECT_EQ(found("enum", "not"), (Ids{6, 8}));
}

TEST_P(FieldConditions, LeaveNullOutInNegationsToo) {
  fill(kOrdered[0]);
  EXPECT_EQ(found(R"({"NOT": {"int_a": {"lt": {"field": "int_b"}}}})"), (Ids{2, 3}));
  EXPECT_EQ(found(R"({"int_a": {"not": {"lt": {"field": "int_b"}}}})"), (Ids{2, 3}));
  EXPECT_EQ(found(R"({"OR": [{"int_a": {"gt": {"field": "int_b"}}}, {"int_b": null}]})"),
            (Ids{3, 5}));
  EXPECT_EQ(found(R"({"int_a": {"gte": {"field": "int_b"}, "lt": 0}})"), (Ids{2}));
}

TEST_P(FieldConditions, MeanFieldsWhoseNameIsThatOfAnOperator) {
  insert(db_, pair_, R"({"label": "field", "mark": "field"})");
  insert(db_, pair_, R"({"label": "field", "mark": "x"})");
  EXPECT_EQ(found(R"({"label": {"equals": {"field": "mark"}}})"), (Ids{1}));
  EXPECT_EQ(found(R"({"mark": {"not": {"field": "label"}}})"), (Ids{2}));
  EXPECT_EQ(found(R"({"label": {"equals": {"field": "label"}}})"), (Ids{1, 2}));
}

TEST_P(FieldConditions, ComeBackFromTheirText) {
  fill(kOrdered[0]);
  const Criteria q = parse(pair_, R"({"where": {"NOT": {"int_a": {"gte": {"field": "int_b"}}}}})");
  Buf text;
  ASSERT_OK(call(thing_criteria_json, q, text.out()));
  EXPECT_NE(text.text().find(R"("int_a":{"gte":{"field":"int_b"}})"), std::string::npos)
      << text.text();
  EXPECT_EQ(ids(db_, pair_, text.text()), (Ids{1}));
}

TEST_P(FieldConditions, AreBuiltByTheInterface) {
  fill(kOrdered[0]);
  const int32_t a = thing_model_field_index(pair_, "int_a", -1);
  const int32_t b = thing_model_field_index(pair_, "int_b", -1);
  const int32_t list = thing_model_field_index(pair_, "ints", -1);
  Criteria q(thing_criteria_new(pair_));
  ASSERT_OK(call(thing_criteria_field, q, a, THING_OP_LE, b));
  int64_t n = 0;
  ASSERT_OK(call(thing_query_count, db_, nullptr, q, &n));
  EXPECT_EQ(n, 2);
  EXPECT_EQ(call(thing_criteria_field, q, a, THING_OP_LE, 999).status, THING_E_INVALID);
  EXPECT_EQ(call(thing_criteria_field, q, a, THING_OP_CONTAINS, b).status, THING_E_INVALID);
  EXPECT_EQ(call(thing_criteria_field, q, a, THING_OP_EQ | THING_OP_INSENSITIVE, b).status,
            THING_E_INVALID);
  EXPECT_EQ(call(thing_criteria_field, q, list, THING_OP_EQ, list).status, THING_E_INVALID);
  EXPECT_EQ(call(thing_criteria_field, q, a, THING_OP_EQ, list).status, THING_E_TYPE);
}

TEST_P(FieldConditions, ChooseRowsOfBulkWritesAndActions) {
  fill(kOrdered[0]);
  int64_t n = 0;
  const Criteria less = parse(pair_, R"({"where": {"int_a": {"lt": {"field": "int_b"}}}})");
  ASSERT_OK(call(thing_update_where, db_, nullptr, less, R"({"label": "less"})", -1, 0, &n));
  EXPECT_EQ(n, 1);
  EXPECT_EQ(found(R"({"label": "less"})"), (Ids{1}));
  Buf answer;
  ASSERT_OK(call(thing_call, db_, nullptr, "Pair", "deleteMany",
                 R"({"where": {"int_a": {"gte": {"field": "int_b"}}}})", -1, answer.out()));
  EXPECT_EQ(answer.text(), R"({"count":2})");
}

TEST_P(FieldConditions, ChooseRowsOfBulkDeletes) {
  fill(kOrdered[0]);
  int64_t n = 0;
  const Criteria equal = parse(pair_, R"({"where": {"int_a": {"equals": {"field": "int_b"}}}})");
  const Criteria copy(thing_criteria_clone(equal));
  Buf explained;
  ASSERT_OK(call(thing_query_explain, db_, nullptr, copy, explained.out()));
  EXPECT_NE(explained.text().find("int_b"), std::string::npos) << explained.text();
  ASSERT_OK(call(thing_delete_where, db_, nullptr, copy, THING_DELETE_HARD, 0, &n));
  EXPECT_EQ(n, 1);
  EXPECT_EQ(found("int", "gte"), (Ids{3}));
}

TEST_P(FieldConditions, RefuseWhatIsNoSuchField) {
  EXPECT_TRUE(says(refused(R"({"int_a": {"lt": {"field": "nothing"}}})"),
                   "where.int_a.lt.field: found field 'nothing', expected a field of Pair"));
  EXPECT_TRUE(says(refused(R"({"int_a": {"lt": {"field": 7}}})"), "where.int_a.lt.field: found"));
  EXPECT_TRUE(says(refused(R"({"int_a": {"lt": {"field": "float_a"}}})"),
                   "found 'float_a' of float to compare 'int_a' with, expected a field of int"));
  EXPECT_TRUE(
      says(refused(R"({"int_a": {"equals": {"field": "ints"}}})"), "'ints' of list of int"));
  EXPECT_TRUE(says(refused(R"({"ints": {"equals": {"field": "more"}}})"), "found a field"));
  EXPECT_TRUE(says(refused(R"({"bool_a": {"lt": {"field": "bool_b"}}})"), "operator 'lt'"));
  EXPECT_TRUE(says(refused(R"({"text_a": {"contains": {"field": "text_b"}}})"), "found a field"));
  EXPECT_TRUE(says(refused(R"({"text_a": {"equals": {"field": "text_b"}, "mode": "insensitive"}})"),
                   "found mode insensitive beside a field"));
  EXPECT_EQ(refused(R"({"int_a": {"in": [{"field": "int_b"}]}})").status, THING_E_TYPE);
}

// A json field takes any document as a value, this one too.
TEST_P(FieldConditions, LeaveDocumentsBe) {
  insert(db_, pair_, R"({"json_a": {"field": "json_b"}, "json_b": 1})");
  EXPECT_EQ(found(R"({"json_a": {"equals": {"field": "json_b"}}})"), (Ids{1}));
}

TEST_P(FieldConditions, AreNoConditionsOfIndexes) {
  const auto refused = call(thing_model_register, db_,
                            R"({"name": "Odd", "fields": {"id": "int", "a": "int", "b": "int"},
    "indexes": [{"fields": ["a"], "where": {"a": {"lt": {"field": "b"}}}}]})",
                            -1);
  EXPECT_EQ(refused.status, THING_E_MODEL);
  EXPECT_TRUE(says(refused, "where: found a field to compare with, expected a value"));
}

// A write to a field that the condition does not name leaves the list; one to either field is seen.
TEST_P(FieldConditions, AreSeenByWhatIsCached) {
  fill(kOrdered[0]);
  const std::string less = R"({"where": {"int_a": {"lt": {"field": "int_b"}}}})";
  EXPECT_EQ(ids(db_, pair_, less), (Ids{1}));
  EXPECT_EQ(count(db_, pair_, less), 1);
  update(db_, pair_, 3, R"({"int_b": 9223372036854775807, "int_a": 5})");
  EXPECT_EQ(ids(db_, pair_, less), (Ids{1, 3}));
  EXPECT_EQ(count(db_, pair_, less), 2);
  update(db_, pair_, 1, R"({"int_b": null})");
  EXPECT_EQ(ids(db_, pair_, less), (Ids{3}));
  EXPECT_EQ(count(db_, pair_, less), 1);
}

// Within a relation's condition it is a field of the relation's rows.
constexpr const char* kShelves = R"([{"name": "Shelf", "fields": {"id": "int", "width": "int"},
    "relations": {"boxes": {"has_many": "Box"}}},
  {"name": "Box", "fields": {"id": "int", "shelf_id": "int?", "width": "int", "depth": "int"},
    "relations": {"shelf": {"belongs_to": "Shelf"}}}])";

class FieldConditionsOfRelations : public DatabaseTest {};
FOR_SETUPS(FieldConditionsOfRelations, kEverywhere);

TEST_P(FieldConditionsOfRelations, AreOfTheirRows) {
  db_.define(kShelves);
  const thing_model* const shelf = db_.model("Shelf");
  const thing_model* const box = db_.model("Box");
  insert(db_, shelf, R"({"id": 1, "width": 5})");
  insert(db_, shelf, R"({"id": 2, "width": 9})");
  insert(db_, box, R"({"id": 1, "shelf_id": 1, "width": 7, "depth": 6})");
  insert(db_, box, R"({"id": 2, "shelf_id": 2, "width": 6, "depth": 7})");
  EXPECT_EQ(matching(db_, shelf,
                     R"({"where": {"boxes": {"some": {"width": {"gt": {"field": "depth"}}}}}})"),
            (Ids{1}));
  EXPECT_EQ(matching(db_, shelf,
                     R"({"where": {"boxes": {"every": {"width": {"lt": {"field": "depth"}}}}}})"),
            (Ids{2}));
  Buf answer;
  ASSERT_OK(call(
      thing_call, db_, nullptr, "Shelf", "update",
      R"({"where": {"id": 1}, "data": {"boxes": {"deleteMany": {"width": {"gt": {"field": "depth"}}}}}})",
      -1, answer.out()));
  EXPECT_EQ(ids(db_, box, "{}"), (Ids{2}));
}

}  // namespace
}  // namespace conformance
