#include "postgres_server.h"

namespace thing::test {
namespace {

using base::Code;
using value::Type;
using value::Value;
using value::ValueView;

class PostgresStatement : public PostgresTest {};

const value::Layout kIntLayout{.hash = 1, .types = {Type::kInt}};
const driver::Projection kInt{.layout = &kIntLayout, .fields = {0}, .partial = false};

TEST_F(PostgresStatement, TellsItsShape) {
  auto db = connect();
  auto statement = prepare(*db, "SELECT $1::int AS a, $2::text AS \"b c\"");
  EXPECT_TRUE(statement->is_read_only());
  EXPECT_EQ(statement->parameter_count(), 2);
  EXPECT_EQ(statement->column_count(), 2);
  EXPECT_EQ(statement->column_name(1), "b c");
  EXPECT_FALSE(prepare(*db, "CREATE TEMP TABLE t(a int)")->is_read_only());
}

TEST_F(PostgresStatement, RunsAgainAfterReset) {
  auto db = connect();
  auto statement = prepare(*db, "SELECT $1::int, $2::int");
  std::vector<Value> out;
  ASSERT_TRUE(statement->bind(0, ValueView::of_int(Type::kInt, 7)));
  ASSERT_TRUE(*statement->step_dynamic(out));
  EXPECT_EQ(out[0].view().integer, 7);
  ASSERT_TRUE(statement->bind(1, ValueView::of_int(Type::kInt, 8)));  // starts anew
  out.clear();
  ASSERT_TRUE(*statement->step_dynamic(out));
  EXPECT_TRUE(out[0].is_null());
  EXPECT_EQ(out[1].view().integer, 8);
  EXPECT_FALSE(*statement->step_dynamic(out));
}

TEST_F(PostgresStatement, RefusesAParameterThatIsNotThere) {
  auto db = connect();
  auto statement = prepare(*db, "SELECT $1::int");
  EXPECT_EQ(statement->bind(1, integer(1).view()).error().code(), Code::kInvalid);
  EXPECT_EQ(statement->bind(-1, integer(1).view()).error().code(), Code::kInvalid);
  EXPECT_EQ(statement->bind_array(1, Type::kInt, {}).error().code(), Code::kInvalid);
}

TEST_F(PostgresStatement, NamesTheParameterThatDoesNotFit) {
  auto db = connect();
  const auto detail = detail_of(*db, "SELECT $1::int", {integer(int64_t{1} << 31)});
  EXPECT_EQ(detail.code, Code::kRange);
  EXPECT_EQ(detail.context, "while binding parameter 1");
  EXPECT_NE(detail.message.find("integer"), std::string::npos);
}

TEST_F(PostgresStatement, PutsColumnsIntoTheFieldsOfTheProjection) {
  auto db = connect();
  const value::Layout layout{.hash = 1, .types = {Type::kInt, Type::kText, Type::kFloat}};
  value::BatchBuilder out;
  for (const bool partial : {false, true}) {
    const driver::Projection projection{.layout = &layout, .fields = {2, 0}, .partial = partial};
    out.start(layout, partial);
    ASSERT_TRUE(*prepare(*db, "SELECT 1.5::float8, 7")->step(out, projection));
    EXPECT_EQ(out.last_row().float64(2), 1.5);
    EXPECT_EQ(out.last_row().int64(0), 7);
    EXPECT_FALSE(out.last_row().has(1));
    EXPECT_EQ(out.last_row().is_absent(1), partial);
  }
}

TEST_F(PostgresStatement, RefusesColumnsOtherThanTheProjection) {
  auto db = connect();
  value::BatchBuilder out;
  out.start(kIntLayout, false);
  EXPECT_EQ(prepare(*db, "SELECT 1, 2")->step(out, kInt).error().code(), Code::kSchema);
  const auto mismatch = prepare(*db, "SELECT 'x'::text AS c")->step(out, kInt);
  EXPECT_EQ(mismatch.error().code(), Code::kType);
  EXPECT_EQ(mismatch.error().message(), "column 'c' is of type text, expected one for int");
  EXPECT_EQ(mismatch.error().detail()->field, "c");
}

TEST_F(PostgresStatement, LetsOthersRunBetweenItsRows) {
  auto db = connect();
  auto first = prepare(*db, "SELECT i FROM generate_series(1, 3) i");
  auto second = prepare(*db, "SELECT i FROM generate_series(11, 13) i");
  value::BatchBuilder out;
  out.start(kIntLayout, false);
  std::vector<int64_t> seen;
  while (*first->step(out, kInt)) {
    seen.push_back(out.last_row().int64(0));
    ASSERT_TRUE(*second->step(out, kInt));
    seen.push_back(out.last_row().int64(0));
  }
  EXPECT_EQ(seen, (std::vector<int64_t>{1, 11, 2, 12, 3, 13}));
}

TEST_F(PostgresStatement, GivesBackTheRowsOfAWrite) {
  auto db = connect();
  execute(*db, "CREATE TEMP TABLE t(id serial, a text)");
  EXPECT_EQ(rows(*db, "INSERT INTO t(a) VALUES($1), ($2) RETURNING id, a", {text("x"), text("y")}),
            (std::vector<std::string>{"1|'x'", "2|'y'"}));
  EXPECT_EQ(db->changes(), 2);
  EXPECT_EQ(rows(*db, "UPDATE t SET a = 'z'"), std::vector<std::string>());
  EXPECT_EQ(rows(*db, "DELETE FROM t WHERE id = 9"), std::vector<std::string>());
  EXPECT_EQ(db->changes(), 0);
  EXPECT_EQ(db->total_changes(), 4);
}

TEST_F(PostgresStatement, StepsOverAStatementWithoutRows) {
  auto db = connect();
  value::BatchBuilder out;
  out.start(kIntLayout, false);
  EXPECT_FALSE(*prepare(*db, "CREATE TEMP TABLE t(a int)")->step(out, kInt));
  EXPECT_FALSE(*prepare(*db, "SELECT a FROM t")->step(out, kInt));
}

TEST_F(PostgresStatement, IsPreparedAnewWhenItsTableChanges) {
  auto db = connect();
  execute(*db, "CREATE TEMP TABLE t(a int); INSERT INTO t VALUES(1)");
  auto statement = prepare(*db, "SELECT * FROM t");
  ASSERT_TRUE(statement->execute());
  execute(*db, "ALTER TABLE t ADD COLUMN b text DEFAULT 'x'");
  std::vector<Value> out;
  ASSERT_TRUE(*statement->step_dynamic(out));
  ASSERT_EQ(out.size(), 2U);
  EXPECT_EQ(out[1].view().bytes, "x");
  EXPECT_EQ(statement->column_count(), 2);
}

TEST_F(PostgresStatement, CanBeRetriedWhenItsTableChangesInATransaction) {
  auto db = connect();
  execute(*db, "CREATE TEMP TABLE t(a int)");
  auto statement = prepare(*db, "SELECT * FROM t");
  ASSERT_TRUE(statement->execute());
  execute(*db, "ALTER TABLE t ADD COLUMN b text");
  execute(*db, "BEGIN");
  const auto failed = statement->execute();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code(), Code::kSchema);
  EXPECT_TRUE(failed.error().detail()->retryable);
  execute(*db, "ROLLBACK");
  EXPECT_TRUE(statement->execute());
  execute(*db, "BEGIN");
  EXPECT_TRUE(statement->execute());
}

TEST_F(PostgresStatement, IsPreparedAnewWhenTheSessionLostIt) {
  auto db = connect();
  auto statement = prepare(*db, "SELECT $1::int");
  execute(*db, "DEALLOCATE ALL");
  std::vector<Value> out;
  ASSERT_TRUE(statement->bind(0, integer(5).view()));
  ASSERT_TRUE(*statement->step_dynamic(out));
  EXPECT_EQ(out[0].view().integer, 5);
}

TEST_F(PostgresStatement, DoesNotSendOldFormsToNewTypes) {
  auto db = connect();
  execute(*db, "CREATE TEMP TABLE t(a int)");
  auto statement = prepare(*db, "INSERT INTO t VALUES($1)");
  ASSERT_TRUE(statement->bind(0, integer(5).view()));
  execute(*db, "ALTER TABLE t ALTER a TYPE text; DEALLOCATE ALL");
  const auto failed = statement->execute();
  ASSERT_FALSE(failed);
  EXPECT_TRUE(failed.error().detail()->retryable);
  const Value six = text("six");  // bytes stay until it has run
  ASSERT_TRUE(statement->bind(0, six.view()));
  ASSERT_TRUE(statement->execute());
  EXPECT_EQ(one(*db, "SELECT a FROM t"), "'six'");
}

std::string found(driver::Connection& db, std::string_view type, Type of,
                  const std::vector<ValueView>& values) {
  auto statement = prepare(db, "SELECT a::text FROM unnest($1::" + std::string(type) + ") a");
  if (auto bound = statement->bind_array(0, of, values); !bound)
    return std::string(bound.error().message());
  std::string out;
  std::vector<Value> cells;
  while (*statement->step_dynamic(cells)) {
    out += (cells[0].is_null() ? "NULL" : std::string(cells[0].view().bytes)) + " ";
    cells.clear();
  }
  return out;
}

TEST_F(PostgresStatement, TakesArraysOfKeys) {
  auto db = connect();
  const ValueView nothing;
  const std::string uuid(16, '\x11');
  EXPECT_EQ(found(*db, "int8[]", Type::kInt, {integer(1).view(), nothing, integer(-2).view()}),
            "1 NULL -2 ");
  EXPECT_EQ(found(*db, "int4[]", Type::kInt, {integer(7).view()}), "7 ");
  EXPECT_EQ(found(*db, "int8[]", Type::kInt, {}), "");
  EXPECT_EQ(found(*db, "text[]", Type::kText, {text("a,b").view(), text("").view()}), "a,b  ");
  EXPECT_EQ(found(*db, "uuid[]", Type::kUuid, {ValueView::of_bytes(Type::kUuid, uuid)}),
            "11111111-1111-1111-1111-111111111111 ");
  EXPECT_EQ(found(*db, "numeric[]", Type::kDecimal, {ValueView::of_bytes(Type::kDecimal, "1.50")}),
            "1.50 ");
  EXPECT_EQ(found(*db, "date[]", Type::kDate, {ValueView::of_int(Type::kDate, 0)}), "1970-01-01 ");
}

TEST_F(PostgresStatement, TakesArraysOfEnums) {
  auto db = connect();
  execute(*db, "DROP TYPE IF EXISTS thing_color; CREATE TYPE thing_color AS ENUM('red', 'green')");
  EXPECT_EQ(found(*db, "thing_color[]", Type::kEnum, {ValueView::of_bytes(Type::kEnum, "green")}),
            "green ");
}

TEST_F(PostgresStatement, RefusesArraysThatDoNotFit) {
  auto db = connect();
  auto scalar = prepare(*db, "SELECT $1::int");
  EXPECT_EQ(scalar->bind_array(0, Type::kInt, {}).error().code(), Code::kType);
  auto array = prepare(*db, "SELECT $1::int4[]");
  const ValueView big = ValueView::of_int(Type::kInt, int64_t{1} << 40);
  EXPECT_EQ(array->bind_array(0, Type::kInt, {&big, 1}).error().code(), Code::kRange);
  const ValueView other = ValueView::of_float(1);
  EXPECT_EQ(array->bind_array(0, Type::kInt, {&other, 1}).error().code(), Code::kType);
  auto strange = prepare(*db, "SELECT $1::inet[]");
  EXPECT_EQ(strange->bind_array(0, Type::kText, {}).error().code(), Code::kUnsupported);
}

TEST_F(PostgresStatement, TakesManyKeysAtOnce) {
  auto db = connect();
  std::vector<ValueView> keys;
  for (int i = 0; i < 100'000; ++i) keys.push_back(ValueView::of_int(Type::kInt, i));
  auto statement = prepare(*db,
                           "SELECT count(*) FROM generate_series(1, 1000) i "
                           "WHERE i = ANY($1::int8[])");
  ASSERT_TRUE(statement->bind_array(0, Type::kInt, keys));
  std::vector<Value> out;
  ASSERT_TRUE(*statement->step_dynamic(out));
  EXPECT_EQ(out[0].view().integer, 1000);
}

}  // namespace
}  // namespace thing::test
