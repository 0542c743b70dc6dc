// Aggregates: counts, sums, averages, least and greatest values, of rows and of groups.
#include <algorithm>
#include <cmath>
#include <map>

#include "actions.h"

namespace conformance {
namespace {

class Aggregates : public StandardTest {
 protected:
  std::string posts(const std::string& args) { return act(db_, "Post", "aggregate", args); }
};
FOR_SETUPS(Aggregates, kEverywhere);

TEST_P(Aggregates, S14_NumbersOfPublishedPosts) {
  const Json all =
      Json::parse(posts(R"({"where": {"published": true}, "_count": true, "_sum": {"views": true},
    "_avg": {"views": true}, "_min": {"views": true}, "_max": {"views": true}})"));
  EXPECT_EQ(all["_count"].text(), "3");
  EXPECT_EQ(all["_sum"]["views"].text(), "1150");
  EXPECT_DOUBLE_EQ(std::stod(all["_avg"]["views"].text()), 1150.0 / 3);
  EXPECT_EQ(all["_min"]["views"].text(), "50");
  EXPECT_EQ(all["_max"]["views"].text(), "1000");
  EXPECT_EQ(all.keys(), (Texts{"_count", "_sum", "_avg", "_min", "_max"}));
}

TEST_P(Aggregates, LeaveNullOut) {
  EXPECT_EQ(
      act(db_, "User", "aggregate",
          R"({"_count": {"_all": true, "age": true, "name": false}, "_sum": {"age": true},
                    "_avg": {"age": true}, "_min": {"age": true, "name": true}})"),
      R"({"_count":{"_all":5,"age":4},"_sum":{"age":118},"_avg":{"age":29.5},"_min":{"age":25,"name":"Alice"}})");
}

TEST_P(Aggregates, OfNoRowsAreNull) {
  EXPECT_EQ(
      posts(
          R"({"where": {"id": 99}, "_count": {"_all": true, "views": true}, "_sum": {"views": true},
                     "_avg": {"views": true}, "_min": {"title": true}, "_max": {"views": true}})"),
      R"({"_count":{"_all":0,"views":0},"_sum":{"views":null},"_avg":{"views":null},"_min":{"title":null},"_max":{"views":null}})");
}

TEST_P(Aggregates, OfAPageOfRows) {
  EXPECT_EQ(
      posts(
          R"({"orderBy": {"views": "desc"}, "take": 2, "_count": true, "_sum": {"views": true}})"),
      R"({"_count":2,"_sum":{"views":1100}})");
  EXPECT_EQ(
      posts(R"({"orderBy": {"id": "asc"}, "skip": 3, "_count": true, "_sum": {"views": true}})"),
      R"({"_count":2,"_sum":{"views":1000}})");
  EXPECT_EQ(posts(R"({"cursor": {"id": 3}, "take": 2, "_count": true, "_max": {"title": true}})"),
            R"({"_count":2,"_max":{"title":"Charlie's Draft"}})");
  EXPECT_EQ(posts(R"({"cursor": {"id": 99}, "_count": true, "_sum": {"views": true}})"),
            R"({"_count":0,"_sum":{"views":null}})");
  EXPECT_EQ(act(db_, "Post", "count", R"({"take": 3})"), "3");
  EXPECT_EQ(act(db_, "Post", "count", R"({"where": {"published": true}, "skip": 1})"), "2");
}

TEST_P(Aggregates, CountRowsAndValues) {
  EXPECT_EQ(act(db_, "User", "count", "{}"), "5");
  EXPECT_EQ(act(db_, "User", "count", R"({"where": {"active": true}})"), "4");
  EXPECT_EQ(act(db_, "User", "count", R"({"select": {"_all": true, "age": true}})"),
            R"({"_all":5,"age":4})");
  EXPECT_EQ(act(db_, "User", "count", R"({"select": {"age": true}, "where": {"active": false}})"),
            R"({"age":1})");
}

TEST_P(Aggregates, SeeTheTransactionTheyAreIn) {
  Tx tx(db_);
  act(db_, "Post", "updateMany", R"({"all": true, "data": {"views": 1}})", tx.ctx());
  EXPECT_EQ(act(db_, "Post", "aggregate", R"({"_sum": {"views": true}})", tx.ctx()),
            R"({"_sum":{"views":5}})");
  ASSERT_OK(tx.rollback());
  EXPECT_EQ(posts(R"({"_sum": {"views": true}})"), R"({"_sum":{"views":1150}})");
}

TEST_P(Aggregates, OfACriteria) {
  const Criteria q =
      parse(post_, R"({"where": {"published": true}, "orderBy": {"views": "desc"}, "take": 2})");
  const auto ask = [&](const char* json) {
    Buf out;
    EXPECT_OK(call(thing_aggregate, db_.get(), nullptr, q.get(), json, int64_t{-1}, out.out()));
    return out.get() == nullptr ? "" : canonical(out.text());
  };
  EXPECT_EQ(ask(R"({"_sum": {"views": true}, "_count": true})"),
            R"({"_sum":{"views":1100},"_count":2})");
  EXPECT_EQ(
      ask(R"({"by": ["userId"], "_max": {"views": true}, "orderBy": {"userId": "desc"}, "take": 1})"),
      R"([{"userId":2,"_max":{"views":1000}}])");
  Buf out;
  const Outcome wrong = call(thing_aggregate, db_.get(), nullptr, q.get(), R"({"where": {}})",
                             int64_t{-1}, out.out());
  EXPECT_STATUS(THING_E_INVALID, wrong);
  EXPECT_TRUE(says(wrong, "aggregates: found key 'where'"));
  EXPECT_STATUS(THING_E_INVALID,
                call(thing_aggregate, db_.get(), nullptr, nullptr, "{}", int64_t{-1}, out.out()));
}

// ---- numbers

class ExactAggregates : public DatabaseTest {
 protected:
  void SetUp() override {
    db_.define(
        R"({"name": "Entry", "fields": {"id": {"type": "int", "default": {"fn": "autoincrement"}},
      "n": "int?", "d": "decimal?", "f": "float?", "at": "datetime?", "day": "date?", "time": "time?",
      "kind": {"type": "enum", "values": ["b", "a"], "null": true}, "u": "uuid?", "on": "bool?"}})");
  }
  void add(const std::string& rows) {
    act(db_, "Entry", "createMany", R"({"data": [)" + rows + "]}");
  }
  std::string ask(const std::string& args) { return act(db_, "Entry", "aggregate", args); }
};
FOR_SETUPS(ExactAggregates, kEverywhere);

TEST_P(ExactAggregates, AddIntegersBeyondDoubles) {
  add(R"({"n": 9007199254740993}, {"n": 9007199254740993}, {"n": -1})");
  EXPECT_EQ(ask(R"({"_sum": {"n": true}})"), R"({"_sum":{"n":18014398509481985}})");
}

TEST_P(ExactAggregates, PassTheEndOfIntegersOnTheWay) {
  add(R"({"n": 9223372036854775807}, {"n": 9223372036854775807}, {"n": -9223372036854775808})");
  EXPECT_EQ(ask(R"({"_sum": {"n": true}})"), R"({"_sum":{"n":9223372036854775806}})");
  EXPECT_EQ(std::stod(Json::parse(ask(R"({"_avg": {"n": true}})"))["_avg"]["n"].text()),
            9223372036854775806.0 / 3);
  add(R"({"n": 2})");
  const Outcome over = refused(db_, "Entry", "aggregate", R"({"_sum": {"n": true}})");
  EXPECT_STATUS(THING_E_RANGE, over);
  EXPECT_TRUE(says(over, "_sum.n: found a sum of more than 64 bits"));
  EXPECT_EQ(
      act(db_, "Entry", "groupBy",
          R"({"by": ["on"], "_count": true, "having": {"n": {"_sum": {"gt": "9223372036854775807"}}}})"),
      R"([{"on":null,"_count":4}])");
}

TEST_P(ExactAggregates, AddDecimalsExactly) {
  add(R"({"d": "0.10"}, {"d": "0.20"}, {"d": "1234567890123456789.005"}, {"d": "-0.005"}, {"d": null})");
  EXPECT_EQ(
      ask(R"({"_sum": {"d": true}, "_min": {"d": true}, "_max": {"d": true}, "_count": {"d": true}})"),
      R"({"_sum":{"d":"1234567890123456789.3"},"_min":{"d":"-0.005"},"_max":{"d":"1234567890123456789.005"},"_count":{"d":4}})");
}

TEST_P(ExactAggregates, RoundAveragesOfDecimalsAlike) {
  add(R"({"d": "1.00"}, {"d": "1.00"}, {"d": "0.00"})");
  EXPECT_EQ(ask(R"({"_avg": {"d": true}, "_sum": {"d": true}})"),
            R"({"_avg":{"d":"0.6666666666666667"},"_sum":{"d":"2"}})");
  add(R"({"d": "-4.00"})");
  EXPECT_EQ(ask(R"({"_avg": {"d": true}})"), R"({"_avg":{"d":"-0.5"}})");
}

TEST_P(ExactAggregates, CompareDecimalsAsNumbers) {
  add(R"({"d": "9.5"}, {"d": "10.25"}, {"d": "-3"})");
  EXPECT_EQ(ask(R"({"_min": {"d": true}, "_max": {"d": true}})"),
            R"({"_min":{"d":"-3"},"_max":{"d":"10.25"}})");
}

TEST_P(ExactAggregates, GroupDecimalsOfOneValue) {
  add(R"({"d": "1.0", "n": 1}, {"d": "1.00", "n": 2}, {"d": "2.50", "n": 3}, {"d": null, "n": 4})");
  EXPECT_EQ(act(db_, "Entry", "groupBy", R"({"by": "d", "_sum": {"n": true}})"),
            R"([{"d":"1","_sum":{"n":3}},{"d":"2.5","_sum":{"n":3}},{"d":null,"_sum":{"n":4}}])");
  EXPECT_EQ(act(db_, "Entry", "groupBy",
                R"({"by": "d", "_count": true, "having": {"d": {"gt": "1.000"}}})"),
            R"([{"d":"2.5","_count":1}])");
}

TEST_P(ExactAggregates, KnowEveryTypeThatHasAnOrder) {
  add(R"({"f": 1.5, "at": "2024-05-06T07:08:09Z", "day": "2024-01-02", "time": "10:00:00", "kind": "b"},
         {"f": -2.25, "at": "2024-05-06T07:08:09.5Z", "day": "2023-12-31", "time": "09:59:59", "kind": "a"})");
  EXPECT_EQ(ask(R"({"_min": {"f": true, "day": true, "time": true, "kind": true}})"),
            R"({"_min":{"f":-2.25,"day":"2023-12-31","time":"09:59:59","kind":"a"}})");
  const Json most = Json::parse(
      ask(R"({"_max": {"at": true, "kind": true}, "_sum": {"f": true}, "_avg": {"f": true}})"));
  EXPECT_TRUE(most["_max"]["at"].text().starts_with("2024-05-06T07:08:09.5"));
  EXPECT_EQ(most["_max"]["kind"].text(), "b");
  EXPECT_EQ(most["_sum"]["f"].text(), "-0.75");
  EXPECT_EQ(most["_avg"]["f"].text(), "-0.375");
}

TEST_P(ExactAggregates, RefuseTypesThatHaveNone) {
  const struct {
    const char *args, *message;
  } cases[] = {{R"({"_sum": {"at": true}})",
                "_sum: found 'at' that is datetime, expected an int, float or decimal"},
               {R"({"_avg": {"kind": true}})", "_avg: found 'kind' that is enum"},
               {R"({"_min": {"u": true}})",
                "_min: found 'u' that is uuid, expected a number, text, enum or time"},
               {R"({"_max": {"on": true}})", "_max: found 'on' that is bool"},
               {R"({"_sum": {"x": true}})", "_sum: found field 'x'"},
               {R"({"_sum": {"_all": true}})", "_sum: found field '_all'"},
               {R"({"_sum": {"n": 1}})", "_sum.n: found a number"},
               {R"({"_sum": true})", "_sum: found a boolean"},
               {R"({"_sum": {}})", "_sum: found no field"},
               {R"({"_count": 1})", "_count: found a number, expected true or an object"},
               {R"({})", "aggregate: found none of _count"},
               {R"({"_count": true, "by": ["n"]})", "aggregate: found key 'by'"},
               {R"({"_count": true, "distinct": ["n"]})", "aggregate: found key 'distinct'"}};
  for (const auto& c : cases) {
    const Outcome outcome = refused(db_, "Entry", "aggregate", c.args);
    EXPECT_LT(outcome.status, 0) << c.args;
    EXPECT_TRUE(outcome.message.starts_with(c.message)) << c.args << ": " << outcome.message;
  }
}

// Rows by chance, and what is to be said of them as it is counted here.
TEST_P(ExactAggregates, AreThoseOfRowsAddedUpByHand) {
  Random random;
  SCOPED_TRACE(random.seed());
  struct Group {
    int64_t rows = 0, values = 0, sum = 0, least = INT64_MAX, most = INT64_MIN, hundredths = 0;
  };
  std::map<std::string, Group> groups;
  std::string rows;
  for (int i = 0; i < 60; ++i) {
    const std::string kind = random.pick(Texts{"null", "\"a\"", "\"b\""});
    const int64_t n = random.below(2'001) - 1'000, hundredths = random.below(100'000);
    const bool has_n = !random.chance(30);
    Group& group = groups[kind];
    ++group.rows;
    group.hundredths += hundredths;
    if (has_n) {
      ++group.values;
      group.sum += n;
      group.least = std::min(group.least, n);
      group.most = std::max(group.most, n);
    }
    const std::string cents = std::to_string(100 + hundredths % 100).substr(1);
    rows += (i == 0 ? "" : ",") + (R"({"kind":)" + kind) + R"(,"d":")" +
            std::to_string(hundredths / 100) + "." + cents + R"(","n":)" +
            (has_n ? std::to_string(n) : "null") + "}";
  }
  add(rows);
  const Json found = Json::parse(
      act(db_, "Entry", "groupBy",
          R"({"by": ["kind"], "_count": {"_all": true, "n": true}, "_sum": {"n": true, "d": true},
          "_min": {"n": true}, "_max": {"n": true}, "_avg": {"n": true}})"));
  ASSERT_EQ(found.size(), groups.size());
  for (size_t i = 0; i < found.size(); ++i) {
    const Json& one = found.at(i);
    const std::string kind = one["kind"].print();
    const Group& group = groups[kind];
    const auto shown = [&](int64_t n) { return group.values == 0 ? "null" : std::to_string(n); };
    EXPECT_EQ(one["_count"]["_all"].text(), std::to_string(group.rows)) << kind;
    EXPECT_EQ(one["_count"]["n"].text(), std::to_string(group.values)) << kind;
    EXPECT_EQ(one["_sum"]["n"].text(), shown(group.sum)) << kind;
    EXPECT_EQ(one["_min"]["n"].text(), shown(group.least)) << kind;
    EXPECT_EQ(one["_max"]["n"].text(), shown(group.most)) << kind;
    EXPECT_EQ(std::llround(100 * std::stod(one["_sum"]["d"].text())), group.hundredths) << kind;
    if (group.values == 0) continue;
    EXPECT_DOUBLE_EQ(std::stod(one["_avg"]["n"].text()),
                     static_cast<double>(group.sum) / static_cast<double>(group.values));
    const std::string having = R"({"by": ["kind"], "having": {"n": {"_sum": )" +
                               std::to_string(group.sum) + R"(, "_count": )" +
                               std::to_string(group.values) + R"(}}, "_max": {"n": true}})";
    EXPECT_GE(Json::parse(act(db_, "Entry", "groupBy", having)).size(), 1u) << having;
  }
}

// ---- groups

class Groups : public DatabaseTest {
 protected:
  void SetUp() override {
    db_.define(
        R"({"name": "Product", "fields": {"id": {"type": "int", "default": {"fn": "autoincrement"}},
      "category": "text", "brand": "text?", "price": "float", "quantity": "int"}})");
    act(db_, "Product", "createMany", R"({"data": [
      {"category": "Electronics", "brand": "A", "price": 1000, "quantity": 1},
      {"category": "Electronics", "brand": "B", "price": 300, "quantity": 1},
      {"category": "Electronics", "brand": "C", "price": 150, "quantity": 2},
      {"category": "Furniture", "brand": "D", "price": 500, "quantity": 1},
      {"category": "Furniture", "brand": "E", "price": 300, "quantity": 2}]})");
  }
  std::string group(const std::string& args) { return act(db_, "Product", "groupBy", args); }
  size_t groups(const std::string& args) { return Json::parse(group(args)).size(); }
};
FOR_SETUPS(Groups, kEverywhere);

TEST_P(Groups, CountAndAdd) {
  EXPECT_EQ(
      group(R"({"by": ["category"], "_count": true, "_sum": {"price": true, "quantity": true}})"),
      R"([{"category":"Electronics","_count":3,"_sum":{"price":1450.0,"quantity":4}},)"
      R"({"category":"Furniture","_count":2,"_sum":{"price":800.0,"quantity":3}}])");
}

TEST_P(Groups, FulfilConditions) {
  EXPECT_EQ(groups(R"({"by": ["category"], "having": {"price": {"_sum": {"gte": 500}}}})"), 2u);
  EXPECT_EQ(groups(R"({"by": ["category"], "having": {"_sum": {"price": {"gt": 800}}}})"), 1u);
  EXPECT_EQ(groups(R"({"by": ["category"], "having": {"id": {"_count": {"gte": 2}}}})"), 2u);
  EXPECT_EQ(groups(R"({"by": ["category"], "having": {"_count": {"_all": {"gte": 3}}}})"), 1u);
  EXPECT_EQ(groups(R"({"by": ["category"], "having": {"price": {"_avg": {"gt": 150}}}})"), 2u);
  EXPECT_EQ(
      groups(
          R"({"by": ["category"], "having": {"price": {"_avg": {"gt": 400}, "_min": {"lt": 200}}}})"),
      1u);
  EXPECT_EQ(groups(R"({"by": ["category"], "having": {"quantity": {"_sum": {"in": [3, 5]}}}})"),
            1u);
  EXPECT_EQ(groups(R"({"by": ["category"], "having": {"quantity": {"_avg": {"equals": 1.5}}}})"),
            1u);
  EXPECT_EQ(groups(R"({"by": ["category"], "having": {"brand": {"_max": {"startsWith": "C"}}}})"),
            1u);
  EXPECT_EQ(groups(R"({"by": ["category"], "having": {"category": {"startsWith": "F"}}})"), 1u);
  EXPECT_EQ(
      groups(
          R"({"by": ["category"], "having": {"OR": [{"category": "Furniture"}, {"_count": {"_all": 3}}]}})"),
      2u);
  EXPECT_EQ(groups(R"({"by": ["category"], "having": {"NOT": {"_count": {"_all": 3}}}})"), 1u);
  EXPECT_EQ(
      groups(
          R"({"by": ["category"], "where": {"price": {"lt": 400}}, "having": {"_count": {"_all": {"gt": 1}}}})"),
      1u);
}

TEST_P(Groups, ComeInOrderAndInPages) {
  EXPECT_EQ(group(R"({"by": ["category"], "orderBy": {"_sum": {"price": "asc"}}})"),
            R"([{"category":"Furniture"},{"category":"Electronics"}])");
  EXPECT_EQ(group(R"({"by": ["category"], "orderBy": [{"_count": "desc"}], "take": 1})"),
            R"([{"category":"Electronics"}])");
  EXPECT_EQ(group(R"({"by": ["category"], "orderBy": {"category": "desc"}, "skip": 1})"),
            R"([{"category":"Electronics"}])");
  EXPECT_EQ(
      group(
          R"({"by": ["quantity", "category"], "orderBy": [{"_count": {"brand": "desc"}}, {"category": "desc"}],
                      "take": 2, "skip": 1, "_count": {"brand": true}})"),
      R"([{"quantity":1,"category":"Furniture","_count":{"brand":1}},{"quantity":2,"category":"Furniture","_count":{"brand":1}}])");
}

TEST_P(Groups, AreThoseOfNullToo) {
  act(db_, "Product", "createMany", R"({"data": [
    {"category": "x", "price": 1, "quantity": 1}, {"category": "y", "price": 2, "quantity": 1}]})");
  EXPECT_EQ(group(R"({"by": ["brand"], "where": {"price": {"lt": 200}}, "_sum": {"price": true}})"),
            R"([{"brand":"C","_sum":{"price":150.0}},{"brand":null,"_sum":{"price":3.0}}])");
  EXPECT_EQ(
      group(
          R"({"by": ["brand"], "having": {"brand": null}, "_count": {"_all": true, "brand": true}})"),
      R"([{"brand":null,"_count":{"_all":2,"brand":0}}])");
  EXPECT_EQ(
      group(
          R"({"by": ["brand"], "orderBy": {"brand": {"sort": "asc", "nulls": "first"}}, "take": 1})"),
      R"([{"brand":null}])");
}

TEST_P(Groups, OfNothingAreNone) {
  EXPECT_EQ(group(R"({"by": ["category"], "where": {"id": 99}, "_count": true})"), "[]");
}

TEST_P(Groups, TellWhatIsDistinct) {
  EXPECT_EQ(found(db_, "Product", R"({"distinct": ["category"]})"), 2u);
  EXPECT_EQ(found(db_, "Product", R"({"distinct": ["brand"]})"), 5u);
  EXPECT_EQ(
      found(db_, "Product", R"({"distinct": ["brand"], "where": {"category": "Electronics"}})"),
      3u);
  EXPECT_EQ(found(db_, "Product", R"({"distinct": ["category", "brand"]})"), 5u);
}

TEST_P(Groups, SayWhereADocumentIsWrong) {
  const struct {
    const char *args, *message;
  } cases[] = {
      {R"({})", "by: found none"},
      {R"({"by": []})", "by: found no field"},
      {R"({"by": [1]})", "by: found a number"},
      {R"({"by": ["x"]})", "by: found field 'x'"},
      {R"({"by": ["brand", "brand"]})", "by: found 'brand' twice"},
      {R"({"by": ["brand"], "select": {}})", "groupBy: found key 'select'"},
      {R"({"by": ["brand"], "having": {"price": {"gt": 1}}})",
       "having: found 'price' that makes no groups"},
      {R"({"by": ["brand"], "having": {"price": {"_sum": {"gtt": 1}}}})",
       "having.price._sum: found operator 'gtt'"},
      {R"({"by": ["brand"], "having": {"price": {"_sum": 1, "gt": 1}}})",
       "having.price: found key 'gt'"},
      {R"({"by": ["brand"], "having": {"price": {"_sun": {"gt": 1}}}})",
       "having.price: found key '_sun'"},
      {R"({"by": ["brand"], "having": {"_count": {"_all": {"gt": "x"}}}})",
       "having._count._all.gt: "},
      {R"({"by": ["brand"], "having": {"OR": [{"_sum": {"brand": 1}}]}})",
       "having.OR[0]._sum: found 'brand' that is text"},
      {R"({"by": ["brand"], "having": {"AND": 1}})", "having.AND: found a number"},
      {R"({"by": ["brand"], "orderBy": {"price": "asc"}})",
       "orderBy: found 'price' that makes no groups"},
      {R"({"by": ["brand"], "orderBy": [{"brand": "up"}]})", "orderBy[0].brand: found 'up'"},
      {R"({"by": ["brand"], "orderBy": {"_sum": "asc"}})", "orderBy._sum: found a text"},
      {R"({"by": ["brand"], "orderBy": {"_sum": {"brand": "asc"}}})",
       "orderBy._sum: found 'brand' that is text"},
      {R"({"by": ["brand"], "take": -1})", "take"},
  };
  for (const auto& c : cases) {
    const Outcome outcome = refused(db_, "Product", "groupBy", c.args);
    EXPECT_LT(outcome.status, 0) << c.args;
    EXPECT_TRUE(outcome.message.starts_with(c.message)) << c.args << ": " << outcome.message;
  }
}

}  // namespace
}  // namespace conformance
