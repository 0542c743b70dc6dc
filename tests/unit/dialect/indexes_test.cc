// Statements in forms that SQLite's planner finds indexes for.
#include "sqlite_memory.h"

namespace thing::test {
namespace {

constexpr std::string_view kModel = R"({"name":"Row","fields":{
  "id":{"type":"int","primary":true}, "name":"text", "price":"decimal", "age":"int?", "at":"datetime"},
  "indexes":[{"name":"by_name","fields":["name"]},{"name":"by_price","fields":["price"]},{"name":"by_age","fields":["age"]},
             {"name":"by_at","fields":["at","id"]}]})";

class Indexes : public testing::Test {
 protected:
  Indexes() : models_(parse(kModel)) { db_.create(*models_[0]); }

  std::string plan(const std::string& criteria) {
    return db_.plan(dialect::sqlite().select(resolved(*models_[0], criteria)).sql);
  }

  // Without the order, which may be worth more to the planner.
  std::string plan_of_count(const std::string& criteria) {
    return db_.plan(dialect::sqlite().count(resolved(*models_[0], criteria)).sql);
  }

  std::string plan_behind(const std::string& criteria, Values place) {
    query::Query query = resolved(*models_[0], criteria);
    query.keyset = query::Keyset{std::move(place), false};
    return db_.plan(dialect::sqlite().select(query).sql);
  }

  Models models_;
  SqliteMemory db_;
};

TEST_F(Indexes, ServeStartsWith) {
  EXPECT_EQ(plan_of_count(R"({"where":{"name":{"startsWith":"a"}}})"),
            "SEARCH t USING COVERING INDEX by_name (name>? AND name<?)");
}

TEST_F(Indexes, ServeDecimalsAsNumbers) {
  EXPECT_EQ(plan_of_count(R"({"where":{"price":{"gt":"1"}}})"),
            "SEARCH t USING COVERING INDEX by_price (price>?)");
  EXPECT_EQ(plan_of_count(R"({"where":{"price":{"in":["1","2"]}}})"),
            "SEARCH t USING COVERING INDEX by_price (price=?)");
}

TEST_F(Indexes, ServeOrders) {
  EXPECT_EQ(plan(R"({"orderBy":{"name":"asc"}})"), "SCAN t USING INDEX by_name");
  EXPECT_EQ(plan(R"({"orderBy":{"price":"asc"}})"), "SCAN t USING INDEX by_price");
  EXPECT_EQ(plan(R"({"orderBy":{"age":"asc"}})"), "SCAN t USING INDEX by_age");
  EXPECT_EQ(plan(R"({"orderBy":[{"age":"desc"},{"id":"desc"}]})"), "SCAN t USING INDEX by_age");
}

TEST_F(Indexes, ServePages) {
  EXPECT_EQ(plan_behind(R"({"take":10})", {number(7)}),
            "SEARCH t USING INTEGER PRIMARY KEY (rowid>?)");
  EXPECT_EQ(plan_behind(R"({"orderBy":{"name":"asc"},"take":10})", {text("a"), number(7)}),
            "SEARCH t USING INDEX by_name (name>?)");
  EXPECT_EQ(plan_behind(R"({"orderBy":{"price":"desc"},"take":10})", {text("1"), number(7)}),
            "SEARCH t USING INDEX by_price (price<?); USE TEMP B-TREE FOR RIGHT PART OF ORDER BY");
}

TEST_F(Indexes, ServeKeys) {
  EXPECT_EQ(db_.plan(dialect::sqlite().select_by_key(*models_[0], 3)),
            "SEARCH t USING INTEGER PRIMARY KEY (rowid=?)");
}

}  // namespace
}  // namespace thing::test
