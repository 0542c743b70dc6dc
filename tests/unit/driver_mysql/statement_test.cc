#include "mysql_server.h"

namespace thing::test {
namespace {

using base::Code;
using value::Type;
using value::Value;
using value::ValueView;

using MysqlStatement = MysqlTest;

TEST_F(MysqlStatement, RunsAgainAfterReset) {
  auto db = connect();
  auto statement = prepare(*db, "SELECT ? AS a, ?");
  EXPECT_TRUE(statement->is_read_only());
  EXPECT_EQ(statement->parameter_count(), 2);
  EXPECT_EQ(statement->column_count(), 2);
  EXPECT_EQ(statement->column_name(0), "a");
  EXPECT_EQ(statement->column_name(2), "");
  std::vector<Value> row;
  ASSERT_TRUE(statement->bind(0, ValueView::of_int(Type::kInt, 7)));
  ASSERT_TRUE(*statement->step_dynamic(row));
  EXPECT_EQ(row[0].view().integer, 7);
  EXPECT_TRUE(row[1].is_null());
  ASSERT_TRUE(statement->bind(1, ValueView::of_int(Type::kInt, 8)));  // starts anew, unbound
  row.clear();
  ASSERT_TRUE(*statement->step_dynamic(row));
  EXPECT_TRUE(row[0].is_null());
  EXPECT_EQ(row[1].view().integer, 8);
  EXPECT_FALSE(*statement->step_dynamic(row));
  row.clear();
  ASSERT_TRUE(*statement->step_dynamic(row));
  EXPECT_TRUE(row[1].is_null());
}

TEST_F(MysqlStatement, TakesValuesOfOtherTypesTheNextTime) {
  auto db = connect();
  auto statement = prepare(*db, "SELECT ?");
  for (const Value& v : {integer(7), text("seven"), Value::of_float(7.5), Value(), integer(-1)}) {
    std::vector<Value> row;
    ASSERT_TRUE(statement->bind(0, v.view()));
    ASSERT_TRUE(*statement->step_dynamic(row));
    EXPECT_TRUE(value::equal(row[0].view(), v.view()));
    EXPECT_FALSE(*statement->step_dynamic(row));
  }
}

TEST_F(MysqlStatement, RefusesAParameterThatIsNotThere) {
  auto db = connect();
  auto statement = prepare(*db, "SELECT ?");
  EXPECT_EQ(statement->bind(1, ValueView()).error().code(), Code::kInvalid);
  EXPECT_EQ(statement->bind(-1, ValueView()).error().code(), Code::kInvalid);
}

TEST_F(MysqlStatement, PutsColumnsIntoTheFieldsOfTheProjection) {
  auto db = connect();
  const value::Layout layout{.hash = 1, .types = {Type::kInt, Type::kText, Type::kFloat}};
  value::BatchBuilder out;
  for (const bool partial : {false, true}) {
    const driver::Projection projection{.layout = &layout, .fields = {2, 0}, .partial = partial};
    out.start(layout, partial);
    ASSERT_TRUE(*prepare(*db, "SELECT 1.5e0, 7")->step(out, projection));
    EXPECT_EQ(out.last_row().float64(2), 1.5);
    EXPECT_EQ(out.last_row().int64(0), 7);
    EXPECT_FALSE(out.last_row().has(1));
    EXPECT_EQ(out.last_row().is_absent(1), partial);
  }
}

TEST_F(MysqlStatement, LeavesTheConnectionFreeForOthersBetweenRows) {
  auto db = connect();
  auto first = prepare(*db, "SELECT 1 UNION ALL SELECT 2");
  auto second = prepare(*db, "SELECT 'a' UNION ALL SELECT 'b'");
  std::vector<Value> row;
  ASSERT_TRUE(*first->step_dynamic(row));
  ASSERT_TRUE(*second->step_dynamic(row));
  EXPECT_EQ(one(*db, "SELECT 9"), "9");
  ASSERT_TRUE(*first->step_dynamic(row));
  ASSERT_TRUE(*second->step_dynamic(row));
  EXPECT_EQ(row[2].view().integer, 2);
  EXPECT_EQ(row[3].view().bytes, "b");
  EXPECT_FALSE(*first->step_dynamic(row));
  EXPECT_FALSE(*second->step_dynamic(row));
}

TEST_F(MysqlStatement, SeesATableThatChanged) {
  auto db = connect(), other = connect();
  execute(*db, "CREATE TABLE t(a INT); INSERT INTO t VALUES(1)");
  auto insert = prepare(*db, "INSERT INTO t(a) VALUES(?)");
  auto select = prepare(*db, "SELECT * FROM t");
  std::vector<Value> row;
  ASSERT_TRUE(*select->step_dynamic(row));
  select->reset();
  execute(*other, "ALTER TABLE t ADD COLUMN b VARCHAR(5) NOT NULL DEFAULT 'x'");
  row.clear();
  ASSERT_TRUE(*select->step_dynamic(row));
  ASSERT_EQ(row.size(), 2u);
  EXPECT_EQ(row[1].view().bytes, "x");
  select->reset();
  execute(*other, "ALTER TABLE t MODIFY a VARCHAR(9)");
  row.clear();
  ASSERT_TRUE(*select->step_dynamic(row));
  EXPECT_EQ(row[0].view().bytes, "1");
  select->reset();
  ASSERT_TRUE(insert->bind(0, ValueView::of_bytes(Type::kText, "y")));
  ASSERT_TRUE(insert->execute());
  EXPECT_EQ(one(*db, "SELECT COUNT(*) FROM t"), "2");
}

TEST_F(MysqlStatement, RefusesOtherColumnsThanTheProjection) {
  auto db = connect();
  execute(*db, "CREATE TABLE t(a INT); INSERT INTO t VALUES(1)");
  const value::Layout layout{.hash = 1, .types = {Type::kInt}};
  const driver::Projection projection{.layout = &layout, .fields = {0}, .partial = false};
  value::BatchBuilder out;
  out.start(layout, false);
  auto statement = prepare(*db, "SELECT * FROM t");
  ASSERT_TRUE(*statement->step(out, projection));
  statement->reset();
  execute(*db, "ALTER TABLE t ADD COLUMN b INT");
  EXPECT_EQ(statement->step(out, projection).error().code(), Code::kSchema);
  execute(*db, "ALTER TABLE t DROP COLUMN b");
  EXPECT_TRUE(*statement->step(out, projection));
}

TEST_F(MysqlStatement, GoesOnAfterAnError) {
  auto db = connect();
  execute(*db, "CREATE TABLE t(a INT PRIMARY KEY)");
  auto statement = prepare(*db, "INSERT INTO t VALUES(?)");
  for (const Code expected : {Code::kOk, Code::kUnique}) {
    ASSERT_TRUE(statement->bind(0, ValueView::of_int(Type::kInt, 1)));
    const auto done = statement->execute();
    EXPECT_EQ(done ? Code::kOk : done.error().code(), expected);
  }
  ASSERT_TRUE(statement->bind(0, ValueView::of_int(Type::kInt, 2)));
  EXPECT_TRUE(statement->execute());
  EXPECT_EQ(db->changes(), 1);
}

TEST_F(MysqlStatement, GoesOnAfterAnErrorInTheMiddleOfItsRows) {
  auto db = connect();
  execute(*db, "CREATE TABLE t(a BIGINT); INSERT INTO t VALUES(1), (9223372036854775807)");
  auto statement = prepare(*db, "SELECT a + ? FROM t");
  for (const int64_t added : {0, 1, 0, 1, 0}) {
    ASSERT_TRUE(statement->bind(0, ValueView::of_int(Type::kInt, added)));
    std::vector<Value> row;
    const auto first = statement->step_dynamic(row);
    if (added != 0) {
      EXPECT_EQ(first.error().code(), Code::kRange);
      continue;
    }
    ASSERT_TRUE(first);
    ASSERT_TRUE(*statement->step_dynamic(row));
    EXPECT_FALSE(*statement->step_dynamic(row));
  }
}

TEST_F(MysqlStatement, RunsAgainAfterAnEmptyResult) {
  auto db = connect();
  execute(*db, "CREATE TABLE t(a INT)");
  auto statement = prepare(*db, "SELECT a FROM t");
  std::vector<Value> row;
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(*statement->step_dynamic(row));
  execute(*db, "INSERT INTO t VALUES(1)");
  EXPECT_TRUE(*statement->step_dynamic(row));
  statement->reset();
  EXPECT_TRUE(statement->execute());
}

TEST_F(MysqlStatement, CallsAProcedureAgain) {
  auto db = connect();
  execute(*db, "CREATE PROCEDURE p(n INT) BEGIN SELECT n; SELECT 'x', 'y'; END");
  auto statement = prepare(*db, "CALL p(?)");
  for (const int64_t n : {1, 2, 3}) {
    std::vector<Value> row;
    ASSERT_TRUE(statement->bind(0, ValueView::of_int(Type::kInt, n)));
    ASSERT_TRUE(*statement->step_dynamic(row));
    EXPECT_EQ(row.size(), 1u);
    EXPECT_EQ(row[0].view().integer, n);
    EXPECT_FALSE(*statement->step_dynamic(row));
  }
}

TEST_F(MysqlStatement, MixesLargeAndSmallValues) {
  auto db = connect();
  execute(*db, "CREATE TABLE t(a INT, b LONGTEXT, c LONGBLOB)");
  const std::string large(3 << 20, 'b');
  auto statement = prepare(*db, "INSERT INTO t VALUES(?, ?, ?)");
  for (const std::string& b : {large, std::string("small"), large}) {
    ASSERT_TRUE(statement->bind(0, ValueView::of_int(Type::kInt, 1)));
    ASSERT_TRUE(statement->bind(1, ValueView::of_bytes(Type::kText, b)));
    ASSERT_TRUE(statement->bind(2, ValueView::of_bytes(Type::kBytes, "c")));
    const auto done = statement->execute();
    ASSERT_TRUE(done) << done.error().message();
  }
  EXPECT_EQ(rows(*db, "SELECT LENGTH(b), c FROM t"),
            (std::vector<std::string>{"3145728|x'63'", "5|x'63'", "3145728|x'63'"}));
}

}  // namespace
}  // namespace thing::test
