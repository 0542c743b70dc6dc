// Criteria built call by call, their JSON, and what may be done with a finished one.
#include "support.h"

namespace conformance {
namespace {

class CriteriaBuilder : public StandardTest {
 protected:
  void SetUp() override {
    StandardTest::SetUp();
    q_ = Criteria(thing_criteria_new(user_));
    name_ = thing_model_field_index(user_, "name", -1);
    age_ = thing_model_field_index(user_, "age", -1);
    active_ = thing_model_field_index(user_, "active", -1);
  }

  Ids run(const thing_criteria* q) {
    Rows rows;
    EXPECT_OK(call(thing_query_run, db_, nullptr, q, rows.out()));
    return rows.ids();
  }
  Ids run() { return run(q_); }

  static std::string json(const thing_criteria* q) {
    Buf buf;
    EXPECT_OK(call(thing_criteria_json, q, buf.out()));
    return canonical(buf.text());
  }

  Criteria q_;
  int32_t name_ = -1, age_ = -1, active_ = -1;
};
FOR_SETUPS(CriteriaBuilder, kEverywhere);

TEST_P(CriteriaBuilder, FindsAllRowsWithoutConditions) { EXPECT_EQ(run(), (Ids{1, 2, 3, 4, 5})); }

TEST_P(CriteriaBuilder, ComparesInt64) {
  const std::pair<int32_t, Ids> cases[] = {{THING_OP_EQ, {2}},    {THING_OP_NE, {1, 3, 5}},
                                           {THING_OP_LT, {1, 5}}, {THING_OP_LE, {1, 2, 5}},
                                           {THING_OP_GT, {3}},    {THING_OP_GE, {2, 3}}};
  for (const auto& [op, expected] : cases) {
    Criteria q(thing_criteria_new(user_));
    EXPECT_GE(call(thing_criteria_int64, q, age_, op, 30).status, 0);
    EXPECT_EQ(run(q), expected) << op;
  }
}

TEST_P(CriteriaBuilder, ComparesText) {
  const struct {
    int32_t op;
    const char* text;
    Ids expected;
  } cases[] = {{THING_OP_EQ, "Bob", {2}},
               {THING_OP_NE, "Bob", {1, 3, 4, 5}},
               {THING_OP_LT, "Bob", {1}},
               {THING_OP_GE, "David", {4, 5}},
               {THING_OP_CONTAINS, "li", {1, 3}},
               {THING_OP_STARTS_WITH, "e", {}},
               {THING_OP_ENDS_WITH, "e", {1, 3, 5}},
               {THING_OP_STARTS_WITH | THING_OP_INSENSITIVE, "e", {5}}};
  for (const auto& c : cases) {
    Criteria q(thing_criteria_new(user_));
    EXPECT_GE(call(thing_criteria_text, q, name_, c.op, c.text, -1).status, 0);
    EXPECT_EQ(run(q), c.expected) << c.op << ' ' << c.text;
  }
}

TEST_P(CriteriaBuilder, TestsForNull) {
  ASSERT_OK(call(thing_criteria_null, q_, age_, true));
  EXPECT_EQ(run(), (Ids{4}));
  Criteria q(thing_criteria_new(user_));
  ASSERT_OK(call(thing_criteria_null, q, age_, false));
  EXPECT_EQ(run(q), (Ids{1, 2, 3, 5}));
}

TEST_P(CriteriaBuilder, ListsValues) {
  const int64_t ages[] = {25, 30};
  Criteria q(thing_criteria_new(user_));
  ASSERT_OK(call(thing_criteria_in_int64, q_, age_, ages, 2, false));
  ASSERT_OK(call(thing_criteria_in_int64, q, age_, ages, 2, true));
  EXPECT_EQ(run(), (Ids{1, 2}));
  EXPECT_EQ(run(q), (Ids{3, 5}));
}

TEST_P(CriteriaBuilder, ListsNothingAndEverything) {
  Criteria q(thing_criteria_new(user_));
  ASSERT_OK(call(thing_criteria_in_int64, q_, age_, nullptr, 0, false));
  ASSERT_OK(call(thing_criteria_in_int64, q, age_, nullptr, 0, true));
  EXPECT_EQ(run(), Ids{});
  EXPECT_EQ(run(q), (Ids{1, 2, 3, 4, 5}));
}

TEST_P(CriteriaBuilder, ListsValuesOfJson) {
  ASSERT_OK(call(thing_criteria_in_json, q_, name_, R"(["Eve", "Bob"])", -1, false));
  EXPECT_EQ(run(), (Ids{2, 5}));
}

TEST_P(CriteriaBuilder, JoinsItsConditionsByAnd) {
  EXPECT_GE(call(thing_criteria_int64, q_, age_, THING_OP_GE, 25).status, 0);
  EXPECT_GE(call(thing_criteria_int64, q_, active_, THING_OP_EQ, 1).status, 0);
  EXPECT_EQ(run(), (Ids{1, 2, 5}));
}

TEST_P(CriteriaBuilder, GroupsConditions) {
  ASSERT_OK(call(thing_criteria_begin, q_, THING_GROUP_OR));
  EXPECT_GE(call(thing_criteria_text, q_, name_, THING_OP_EQ, "Alice", -1).status, 0);
  ASSERT_OK(call(thing_criteria_begin, q_, THING_GROUP_NOT));
  EXPECT_GE(call(thing_criteria_int64, q_, active_, THING_OP_EQ, 1).status, 0);
  ASSERT_OK(call(thing_criteria_end, q_));
  ASSERT_OK(call(thing_criteria_begin, q_, THING_GROUP_AND));
  EXPECT_GE(call(thing_criteria_int64, q_, age_, THING_OP_GT, 25).status, 0);
  EXPECT_GE(call(thing_criteria_int64, q_, age_, THING_OP_LT, 30).status, 0);
  ASSERT_OK(call(thing_criteria_end, q_));
  ASSERT_OK(call(thing_criteria_end, q_));
  EXPECT_EQ(run(), (Ids{1, 3, 5}));
}

TEST_P(CriteriaBuilder, RefusesToRunWithAnOpenGroup) {
  ASSERT_OK(call(thing_criteria_begin, q_, THING_GROUP_OR));
  Rows rows;
  EXPECT_STATUS(THING_E_STATE, call(thing_query_run, db_, nullptr, q_, rows.out()));
  ASSERT_OK(call(thing_criteria_end, q_));
  EXPECT_STATUS(THING_E_STATE, call(thing_criteria_end, q_));
}

TEST_P(CriteriaBuilder, RefusesGroupsBeyond64) {
  for (int i = 0; i < 64; ++i) ASSERT_OK(call(thing_criteria_begin, q_, THING_GROUP_AND)) << i;
  EXPECT_TRUE(fails_with(call(thing_criteria_begin, q_, THING_GROUP_AND),
                         {THING_E_RANGE, THING_E_INVALID}));
  EXPECT_TRUE(fails_with(call(thing_criteria_begin, Criteria(thing_criteria_new(user_)), 9),
                         {THING_E_INVALID, THING_E_RANGE}));
}

TEST_P(CriteriaBuilder, AddsConditionsOfJson) {
  EXPECT_GE(call(thing_criteria_int64, q_, active_, THING_OP_EQ, 1).status, 0);
  ASSERT_OK(call(thing_criteria_where_json, q_,
                 R"({"OR": [{"name": "Alice"}, {"name": "Charlie"}]})", -1));
  EXPECT_EQ(run(), (Ids{1}));
}

TEST_P(CriteriaBuilder, RebindsValuesOfItsSlots) {
  const int32_t slot = call(thing_criteria_int64, q_, age_, THING_OP_EQ, 25).status;
  ASSERT_GE(slot, 0);
  EXPECT_EQ(run(), (Ids{1}));
  ASSERT_OK(call(thing_criteria_rebind_int64, q_, slot, 30));
  EXPECT_EQ(run(), (Ids{2}));
  ASSERT_OK(call(thing_criteria_rebind_int64, q_, slot, 25));
  EXPECT_EQ(run(), (Ids{1}));
}

TEST_P(CriteriaBuilder, RebindsText) {
  EXPECT_GE(call(thing_criteria_int64, q_, active_, THING_OP_EQ, 1).status, 0);
  const int32_t slot = call(thing_criteria_text, q_, name_, THING_OP_EQ, "nobody", -1).status;
  ASSERT_GE(slot, 0);
  ASSERT_OK(call(thing_criteria_rebind_text, q_, slot, "Eve", -1));
  EXPECT_EQ(run(), (Ids{5}));
}

TEST_P(CriteriaBuilder, RefusesToRebindUnknownSlotsAndOtherTypes) {
  const int32_t slot = call(thing_criteria_text, q_, name_, THING_OP_EQ, "Eve", -1).status;
  EXPECT_TRUE(fails_with(call(thing_criteria_rebind_text, q_, slot + 1, "x", -1),
                         {THING_E_INVALID, THING_E_RANGE}));
  EXPECT_TRUE(fails_with(call(thing_criteria_rebind_text, q_, -1, "x", -1),
                         {THING_E_INVALID, THING_E_RANGE}));
  EXPECT_STATUS(THING_E_TYPE, call(thing_criteria_rebind_int64, q_, slot, 5));
  EXPECT_EQ(run(), (Ids{5}));
}

TEST_P(CriteriaBuilder, RefusesUnknownFieldsAndOperators) {
  EXPECT_TRUE(fails_with(call(thing_criteria_int64, q_, 99, THING_OP_EQ, 1),
                         {THING_E_INVALID, THING_E_RANGE}));
  EXPECT_TRUE(fails_with(call(thing_criteria_int64, q_, -1, THING_OP_EQ, 1),
                         {THING_E_INVALID, THING_E_RANGE}));
  EXPECT_TRUE(
      fails_with(call(thing_criteria_int64, q_, age_, 77, 1), {THING_E_INVALID, THING_E_RANGE}));
  EXPECT_TRUE(fails_with(call(thing_criteria_int64, q_, age_, THING_OP_CONTAINS, 1),
                         {THING_E_INVALID, THING_E_TYPE}));
  EXPECT_TRUE(fails_with(call(thing_criteria_text, q_, active_, THING_OP_CONTAINS, "true", -1),
                         {THING_E_INVALID, THING_E_TYPE}));
  EXPECT_STATUS(THING_E_TYPE, call(thing_criteria_int64, q_, name_, THING_OP_EQ, 1));
  EXPECT_EQ(run().size(), 5U) << "a refused condition must change nothing";
}

TEST_P(CriteriaBuilder, RefusesNegativeTakeAndSkip) {  // N15
  EXPECT_STATUS(THING_E_RANGE, call(thing_criteria_take, q_, -1));
  EXPECT_STATUS(THING_E_RANGE, call(thing_criteria_skip, q_, -1));
  EXPECT_STATUS(THING_E_RANGE, call(thing_criteria_take, q_, INT64_MIN));
  EXPECT_EQ(run().size(), 5U);
}

TEST_P(CriteriaBuilder, TakesTheLargestTakeAndSkip) {
  ASSERT_OK(call(thing_criteria_take, q_, INT64_MAX));
  EXPECT_EQ(run().size(), 5U);
  ASSERT_OK(call(thing_criteria_skip, q_, INT64_MAX));
  EXPECT_EQ(run(), Ids{});
}

TEST_P(CriteriaBuilder, OrdersAndPages) {
  ASSERT_OK(call(thing_criteria_order, q_, age_, true, THING_NULLS_FIRST));
  EXPECT_EQ(run(), (Ids{4, 3, 2, 5, 1}));
  ASSERT_OK(call(thing_criteria_skip, q_, 1));
  ASSERT_OK(call(thing_criteria_take, q_, 2));
  EXPECT_EQ(run(), (Ids{3, 2}));
  ASSERT_OK(call(thing_criteria_take, q_, 0));
  EXPECT_EQ(run(), Ids{});
}

TEST_P(CriteriaBuilder, PrintsJsonThatParsesToTheSameQuery) {
  for (
      const char* text :
      {R"({"where": {"age": {"gte": 25, "not": 30}, "OR": [{"name": {"startsWith": "A"}}, {"age": null}]}})",
       R"({"where": {"NOT": [{"name": {"in": ["Alice", "Bob"]}}, {"active": false}]}, "take": 2, "skip": 1})",
       R"({"orderBy": [{"age": {"sort": "desc", "nulls": "first"}}, {"name": "asc"}], "take": 3})",
       R"({"where": {"name": {"contains": "LI", "mode": "insensitive"}}, "select": ["name"]})",
       R"({"where": {"OR": []}})", R"({"select": {"active": true}, "distinct": true})",
       R"({"where": {"age": {"between": [25, 30]}}, "cursor": {"id": 2}})", "{}"}) {
    const Criteria first = parse(user_, text);
    const std::string printed = json(first);
    const Criteria second = parse(user_, printed);
    EXPECT_EQ(run(second), run(first)) << text << " became " << printed;
  }
}

TEST_P(CriteriaBuilder, PrintsTheSameJsonAgain) {
  std::string text = json(parse(
      user_, R"({"where": {"age": {"gte": 25}, "NOT": {"OR": [{"age": null}, {"name": "x"}]}}})"));
  for (int i = 0; i < 100; ++i) text = json(parse(user_, text));
  EXPECT_EQ(text, json(parse(user_, text))) << "a query must not grow by being kept as text";
  EXPECT_EQ(run(parse(user_, text)), (Ids{1, 2, 3, 5}));
}

TEST_P(CriteriaBuilder, ClonesIndependently) {
  EXPECT_GE(call(thing_criteria_int64, q_, age_, THING_OP_GE, 28).status, 0);
  Criteria copy(thing_criteria_clone(q_));
  EXPECT_GE(call(thing_criteria_int64, copy, age_, THING_OP_LT, 30).status, 0);
  EXPECT_EQ(run(copy), (Ids{5}));
  EXPECT_EQ(run(q_), (Ids{2, 3, 5}));
}

TEST_P(CriteriaBuilder, RunsTheSameCriteriaFirstCountAndExists) {
  EXPECT_GE(call(thing_criteria_int64, q_, age_, THING_OP_GT, 25).status, 0);
  ASSERT_OK(call(thing_criteria_order, q_, name_, true, THING_NULLS_DEFAULT));
  Obj first;
  ASSERT_OK(call(thing_query_first, db_, nullptr, q_, first.out()));
  EXPECT_EQ(first.text("name"), "Eve");
  int64_t n = 0;
  bool any = false;
  ASSERT_OK(call(thing_query_count, db_, nullptr, q_, &n));
  ASSERT_OK(call(thing_query_exists, db_, nullptr, q_, &any));
  EXPECT_EQ(n, 3);
  EXPECT_TRUE(any);
}

TEST_P(CriteriaBuilder, FindsNoFirstRowWhereNoneMatches) {  // K-17, S22
  EXPECT_GE(call(thing_criteria_int64, q_, age_, THING_OP_GT, 99).status, 0);
  Obj first;
  EXPECT_STATUS(THING_NOT_FOUND, call(thing_query_first, db_, nullptr, q_, first.out()));
  EXPECT_EQ(first.get(), nullptr);
  bool any = true;
  ASSERT_OK(call(thing_query_exists, db_, nullptr, q_, &any));
  EXPECT_FALSE(any);
  EXPECT_EQ(run(), Ids{});
}

TEST_P(CriteriaBuilder, CountsWithoutTakeAndSkip) {
  EXPECT_EQ(counted(db_, user_, R"({"take": 2, "skip": 1})"), 5);
  EXPECT_EQ(counted(db_, user_, R"({"where": {"active": true}, "take": 1})"), 4);
}

TEST_P(CriteriaBuilder, ExplainsWithoutRunning) {
  EXPECT_GE(call(thing_criteria_int64, q_, age_, THING_OP_GT, 25).status, 0);
  const int64_t before = db_.sql();
  Buf buf;
  ASSERT_OK(call(thing_query_explain, db_, nullptr, q_, buf.out()));
  EXPECT_EQ(db_.sql(), before);
  EXPECT_NE(buf.text().find("SELECT"), std::string::npos) << buf.text();
  EXPECT_FALSE(Json::parse(buf.text()).is_missing()) << buf.text();
}

TEST_P(CriteriaBuilder, RefusesAQueryOfAnotherDatabase) {
  Db other("sqlite::memory:");
  other.define(models());
  Rows rows;
  EXPECT_STATUS(THING_E_INVALID, call(thing_query_run, other, nullptr, q_, rows.out()));
}

}  // namespace
}  // namespace conformance
