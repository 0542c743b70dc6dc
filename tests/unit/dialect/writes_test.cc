#include "sqlite_memory.h"

namespace thing::test {
namespace {

using dialect::Set;
using dialect::SetKind;

constexpr std::string_view kModel = R"({"name":"Row","fields":{
  "id":{"type":"int","primary":true,"default":{"fn":"autoincrement"}}, "name":{"type":"text","unique":true}, "n":"int?", "f":"float?"},
  "version":true})";
enum Field : uint32_t { kId, kName, kN, kF, kVersion };

class Writes : public testing::Test {
 protected:
  Writes() : models_(parse(kModel)) {
    db_.create(model());
    db_.insert(model(), {kName, kN, kF, kVersion},
               {text("a"), number(5), value::Value::of_float(1.5), number(0)});
    db_.insert(model(), {kName, kVersion}, {text("b"), number(0)});
  }

  const schema::Model& model() const { return *models_[0]; }
  std::string increment(uint32_t field) const {
    const Set set{field, SetKind::kIncrement};
    return dialect::sqlite().update(model(), {&set, 1}, false, {});
  }

  Models models_;
  SqliteMemory db_;
};

TEST_F(Writes, IncrementCountsNullAsZero) {
  db_.rows(increment(kN), {number(3), number(1)});
  db_.rows(increment(kN), {number(3), number(2)});
  db_.rows(increment(kF), {value::Value::of_float(0.5), number(2)});
  EXPECT_EQ(db_.rows("SELECT n, f FROM rows"), (std::vector<std::string>{"8|1.5", "3|0.5"}));
}

TEST_F(Writes, IncrementThatOverflowsFailsAndChangesNothing) {
  EXPECT_NE(db_.error(increment(kN), {number(INT64_MAX), number(1)}).find("integer overflow"),
            std::string::npos);
  db_.rows(increment(kF), {value::Value::of_float(1.7e308), number(1)});
  EXPECT_NE(db_.error(increment(kF), {value::Value::of_float(1.7e308), number(1)})
                .find("integer overflow"),
            std::string::npos);
  EXPECT_EQ(db_.rows("SELECT n, f FROM rows WHERE id = 1"),
            (std::vector<std::string>{"5|1.7e+308"}));
}

TEST_F(Writes, IncrementReachesTheEndsOfTheType) {
  db_.rows(increment(kN), {number(INT64_MAX - 5), number(1)});
  db_.rows(increment(kN), {number(INT64_MIN), number(2)});
  EXPECT_EQ(db_.rows("SELECT n FROM rows"),
            (std::vector<std::string>{"9223372036854775807", "-9223372036854775808"}));
}

TEST_F(Writes, BulkIncrementThatOverflowsOnceChangesNoRow) {
  const Set set{kN, SetKind::kIncrement};
  const query::Query query = resolved(model(), R"({"where":{"id":{"gt":0}}})");
  const auto compiled = dialect::sqlite().update_where(query, {&set, 1});
  EXPECT_NE(db_.error(compiled.sql, {number(INT64_MAX), number(0)}).find("integer overflow"),
            std::string::npos);
  EXPECT_EQ(db_.rows("SELECT n FROM rows"), (std::vector<std::string>{"5", "NULL"}));
}

TEST_F(Writes, UpdateTakesSetsThenKeyThenVersion) {
  const Set sets[] = {
      {kName, SetKind::kValue}, {kN, SetKind::kIncrement}, {kVersion, SetKind::kIncrement}};
  const std::string sql = dialect::sqlite().update(model(), sets, true, {});
  db_.rows(sql, {text("c"), number(2), number(1), number(1), number(0)});
  db_.rows(sql, {text("d"), number(2), number(1), number(1), number(0)});
  EXPECT_EQ(db_.rows("SELECT name, n, version FROM rows WHERE id = 1"),
            (std::vector<std::string>{"'c'|7|1"}));
}

TEST_F(Writes, RemoveChecksTheVersion) {
  db_.rows(dialect::sqlite().remove(model(), true), {number(1), number(9)});
  db_.rows(dialect::sqlite().remove(model(), false), {number(2)});
  EXPECT_EQ(db_.rows("SELECT id FROM rows"), (std::vector<std::string>{"1"}));
}

TEST_F(Writes, UpsertUpdatesAndRaisesTheVersion) {
  const uint32_t fields[] = {kName, kN}, key[] = {kName}, updates[] = {kN};
  const std::string sql = dialect::sqlite().upsert(model(), fields, key, updates);
  EXPECT_EQ(db_.rows(sql, {text("a"), number(9)}), (std::vector<std::string>{"1|'a'|9|1.5|1"}));
  EXPECT_EQ(db_.rows(sql, {text("z"), number(9)}), (std::vector<std::string>{"4|'z'|9|NULL|0"}));
}

TEST_F(Writes, UpsertWithoutUpdatesReturnsNothingOnConflict) {
  const uint32_t fields[] = {kName, kN}, key[] = {kName};
  const std::string sql = dialect::sqlite().upsert(model(), fields, key, {});
  EXPECT_TRUE(db_.rows(sql, {text("a"), number(9)}).empty());
  EXPECT_EQ(db_.rows(sql, {text("z"), number(9)}).size(), 1u);
}

TEST_F(Writes, UpsertKnowsTableAndRefusedRowApart) {
  const auto models = parse(
      R"({"name":"Row","table":"excluded","fields":{"id":{"type":"int","primary":true},"n":"int"},"version":true})");
  db_.create(*models[0]);
  const uint32_t fields[] = {0, 1}, key[] = {0}, updates[] = {1};
  const std::string sql = dialect::sqlite().upsert(*models[0], fields, key, updates);
  EXPECT_EQ(db_.rows(sql, {number(1), number(5)}), (std::vector<std::string>{"1|5|0"}));
  EXPECT_EQ(db_.rows(sql, {number(1), number(6)}), (std::vector<std::string>{"1|6|1"}));
}

TEST_F(Writes, UpsertMeetsAUniqueDecimalAsANumber) {
  const auto models = parse(
      R"({"name":"Price","fields":{"id":{"type":"int","primary":true},"d":{"type":"decimal","unique":true}}})");
  db_.create(*models[0]);
  const uint32_t fields[] = {0, 1}, key[] = {1}, updates[] = {1};
  const std::string sql = dialect::sqlite().upsert(*models[0], fields, key, updates);
  EXPECT_EQ(db_.rows(sql, {number(1), text("1.0")}), (std::vector<std::string>{"1|'1.0'"}));
  EXPECT_EQ(db_.rows(sql, {number(2), text("1.00")}), (std::vector<std::string>{"1|'1.00'"}));
}

TEST_F(Writes, InsertWithoutFieldsUsesDefaults) {
  const auto models = parse(
      R"({"name":"Plain","fields":{"id":{"type":"int","primary":true,"default":{"fn":"autoincrement"}},"n":{"type":"int","default":4}}})");
  db_.create(*models[0]);
  db_.insert(*models[0], {}, {});
  EXPECT_EQ(db_.rows("SELECT * FROM plains"), (std::vector<std::string>{"1|4"}));
}

TEST_F(Writes, AMissingColumnIsAnErrorEverywhere) {
  db_.rows("ALTER TABLE rows DROP COLUMN f");
  const query::Query query = resolved(model(), R"({"where":{"f":{"gt":1.5}},"select":["id"]})");
  db_.error(dialect::sqlite().select(query).sql, {value::Value::of_float(1)});
  db_.error(dialect::sqlite().select_by_key(model(), 1), {number(1)});
  const uint32_t fields[] = {kName}, key[] = {kName};
  db_.error(dialect::sqlite().upsert(model(), fields, key, fields), {text("a")});
}

}  // namespace
}  // namespace thing::test
