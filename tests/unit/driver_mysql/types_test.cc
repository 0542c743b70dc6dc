// What the server stores and what comes out of it, type by type.
#include <limits>

#include "base/time.h"
#include "mysql_server.h"

namespace thing::test {
namespace {

using base::Code;
using value::Type;
using value::Value;
using value::ValueView;

constexpr int64_t kMoment =
    19'849 * base::kMicrosPerDay + 25'689'250'000;  // 2024-05-06 07:08:09.25

Value bytes_of(Type type, std::string bytes) { return Value::of_bytes(type, std::move(bytes)); }

const std::string kUuid("\x12\x34\x56\x78\x9a\xbc\x4d\xef\x80\x12\x34\x56\x78\x9a\xbc\xde", 16);

class MysqlTypes : public MysqlTest {
 protected:
  void SetUp() override {
    MysqlTest::SetUp();
    if (!IsSkipped()) db = connect();
  }

  // The SQL expression, or column of a table, as a field of the type.
  base::Result<Value> read(Type type, const std::string& sql,
                           const std::vector<Value>& arguments = {}) {
    const value::Layout layout{.hash = 1, .types = {type}};
    const driver::Projection projection{.layout = &layout, .fields = {0}, .partial = false};
    THING_ASSIGN(auto statement, db->prepare(sql));
    for (size_t i = 0; i < arguments.size(); ++i)
      THING_TRY(statement->bind(static_cast<int>(i), arguments[i].view()));
    value::BatchBuilder out;
    out.start(layout, false);
    THING_ASSIGN(const bool found, statement->step(out, projection));
    if (!found) return base::fail(Code::kState, "no row");
    return Value(out.last_row().value(0, type));
  }

  // Stores the value in a column and reads it back.
  void round_trip(const std::string& column, const std::vector<Value>& values) {
    execute(*db, "CREATE OR REPLACE TABLE t(a " + column + ")");
    for (const Value& v : values) {
      execute(*db, "DELETE FROM t");
      const auto stored = run(*db, "INSERT INTO t VALUES(?)", {v});
      ASSERT_TRUE(stored) << column << ": " << stored.error().message();
      auto back = read(v.type(), "SELECT a FROM t");
      ASSERT_TRUE(back) << column << ": " << back.error().message();
      EXPECT_TRUE(value::equal(back->view(), v.view()))
          << column << ": " << one(*db, "SELECT CAST(a AS CHAR(100)) FROM t");
    }
  }

  Code refusal(Type type, const std::string& sql) {
    auto v = read(type, sql);
    if (v) return Code::kOk;
    EXPECT_EQ(v.error().detail()->field, "a") << sql;
    return v.error().code();
  }

  std::unique_ptr<driver::Connection> db;
};

TEST_F(MysqlTypes, KeepIntegersAndBooleans) {
  round_trip("BIGINT", {integer(0), integer(-1), integer(std::numeric_limits<int64_t>::min()),
                        integer(std::numeric_limits<int64_t>::max())});
  round_trip("BIGINT UNSIGNED", {integer(0), integer(std::numeric_limits<int64_t>::max())});
  round_trip("INT UNSIGNED", {integer(4'294'967'295)});
  round_trip("SMALLINT", {integer(-32'768)});
  round_trip("MEDIUMINT", {integer(-8'388'608)});
  round_trip("TINYINT UNSIGNED", {integer(255)});
  round_trip("YEAR", {integer(2024)});
  round_trip("TINYINT(1)", {Value::of_int(Type::kBool, 0), Value::of_int(Type::kBool, 1)});
  round_trip("BIT(1)", {Value::of_int(Type::kBool, 0), Value::of_int(Type::kBool, 1)});
}

TEST_F(MysqlTypes, KeepFloats) {
  round_trip("DOUBLE", {Value::of_float(0), Value::of_float(0.1), Value::of_float(-1.5e300),
                        Value::of_float(std::numeric_limits<double>::denorm_min()),
                        Value::of_float(std::numeric_limits<double>::max())});
  round_trip("FLOAT", {Value::of_float(1.5), Value::of_float(double{0.1f})});
}

TEST_F(MysqlTypes, KeepDecimalsExactly) {
  const std::string digits(65, '9');
  round_trip("DECIMAL(65,0)",
             {bytes_of(Type::kDecimal, digits), bytes_of(Type::kDecimal, "-" + digits),
              bytes_of(Type::kDecimal, "0")});
  round_trip("DECIMAL(65,30)",
             {bytes_of(Type::kDecimal, digits.substr(0, 35) + "." + digits.substr(0, 30)),
              bytes_of(Type::kDecimal, "-0." + std::string(29, '0') + "1")});
  round_trip("DECIMAL(9,2)", {bytes_of(Type::kDecimal, "12.50"), bytes_of(Type::kDecimal, "0.00")});
}

TEST_F(MysqlTypes, KeepTimes) {
  round_trip("DATETIME(6)",
             {Value::of_int(Type::kDatetime, kMoment), Value::of_int(Type::kDatetime, -1),
              Value::of_int(Type::kDatetime, 0), Value::of_int(Type::kDatetime, base::kMinDatetime),
              Value::of_int(Type::kDatetime, base::kMaxDatetime)});
  round_trip("TIMESTAMP(6)", {Value::of_int(Type::kDatetime, kMoment)});
  round_trip("DATE", {Value::of_int(Type::kDate, 0), Value::of_int(Type::kDate, 19'782),
                      Value::of_int(Type::kDate, base::kMinDate),
                      Value::of_int(Type::kDate, base::kMaxDate)});
  round_trip("TIME(6)", {Value::of_int(Type::kTime, 0), Value::of_int(Type::kTime, 25'689'250'000),
                         Value::of_int(Type::kTime, base::kMicrosPerDay - 1)});
}

TEST_F(MysqlTypes, StoreTimesAsUtcText) {
  EXPECT_EQ(one(*db, "SELECT CAST(? AS CHAR(40))", {Value::of_int(Type::kDatetime, kMoment)}),
            "'2024-05-06 07:08:09.250000'");
  EXPECT_EQ(one(*db, "SELECT CAST(? AS CHAR(40))", {Value::of_int(Type::kDate, 19'849)}),
            "'2024-05-06'");
  EXPECT_EQ(one(*db, "SELECT @@time_zone"), "'+00:00'");
}

TEST_F(MysqlTypes, KeepTextAndBytes) {
  const std::string megabyte(1 << 20, 'x');
  round_trip("LONGTEXT", {text(""), text("a\\b'\"\n"), text("\U0001F600 \u00e4"), text(megabyte),
                          text(std::string("a\0b", 3)), text("trailing  ")});
  round_trip("VARCHAR(255)", {text(""), text(std::string(255, 'y'))});
  round_trip("LONGBLOB", {bytes_of(Type::kBytes, ""), bytes_of(Type::kBytes, {"\0\xff\\'", 4}),
                          bytes_of(Type::kBytes, megabyte)});
  round_trip("ENUM('a','b c')", {bytes_of(Type::kEnum, "b c")});
  round_trip("JSON",
             {bytes_of(Type::kJson, R"({"a": [1, "\\\u00e9"]})"), bytes_of(Type::kJson, "null")});
}

TEST_F(MysqlTypes, KeepUuids) {
  const Value uuid = bytes_of(Type::kUuid, kUuid);
  round_trip("BINARY(16)", {uuid, bytes_of(Type::kUuid, std::string(16, '\0'))});
  if (db->dialect() == "mariadb") round_trip("UUID", {uuid});
  execute(*db, "CREATE OR REPLACE TABLE t(a CHAR(36))");
  execute(*db, "INSERT INTO t VALUES('12345678-9ABC-4def-8012-3456789abcde')");
  EXPECT_EQ(read(Type::kUuid, "SELECT a FROM t")->view().bytes, kUuid);
  auto statement = prepare(*db, "SELECT ?");
  EXPECT_EQ(statement->bind(0, ValueView::of_bytes(Type::kUuid, "x")).error().code(), Code::kRange);
}

TEST_F(MysqlTypes, KeepNull) {
  execute(*db, "CREATE TABLE t(a BIGINT, b DATETIME(6), c TEXT)");
  ASSERT_TRUE(run(*db, "INSERT INTO t VALUES(?, ?, ?)", {Value(), Value(), Value()}));
  EXPECT_EQ(one(*db, "SELECT * FROM t"), "NULL|NULL|NULL");
  EXPECT_TRUE(read(Type::kDatetime, "SELECT b FROM t")->is_null());
  EXPECT_TRUE(read(Type::kText, "SELECT c FROM t")->is_null());
}

TEST_F(MysqlTypes, KeepSixteenMebibytes) {
  execute(*db, "CREATE TABLE t(a LONGBLOB)");
  const Value large = bytes_of(Type::kBytes, std::string(16 << 20, 'z'));
  const auto stored = run(*db, "INSERT INTO t VALUES(?)", {large});
  ASSERT_TRUE(stored) << stored.error().message();
  auto back = read(Type::kBytes, "SELECT a FROM t");
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_TRUE(value::equal(back->view(), large.view()));
  const Value larger = bytes_of(Type::kBytes, std::string((16 << 20) + 1, 'z'));
  if (one(*db, "SELECT @@max_allowed_packet") != "16777216") return;
  EXPECT_EQ(error_of(*db, "INSERT INTO t VALUES(?)", {larger}).code(), Code::kRange);
  EXPECT_TRUE(db->is_usable());
}

TEST_F(MysqlTypes, ReadRowsOfGrowingLengthInOneResult) {
  std::string sql = "SELECT a FROM (SELECT 1 AS n, REPEAT('x', 10) AS a";
  for (int i = 2; i <= 6; ++i)
    sql += fmt::format(" UNION ALL SELECT {}, REPEAT('y', {})", i, i % 2 == 0 ? 70'000 * i : 3);
  const auto all = rows(*db, sql + ") AS t ORDER BY n");
  ASSERT_EQ(all.size(), 6u);
  EXPECT_EQ(all[0], "'xxxxxxxxxx'");
  for (int i = 2; i <= 6; ++i) {
    const size_t length = i % 2 == 0 ? 70'000u * static_cast<unsigned>(i) : 3;
    EXPECT_EQ(all[static_cast<size_t>(i) - 1], "'" + std::string(length, 'y') + "'");
  }
}

TEST_F(MysqlTypes, RefuseValuesOutsideTheType) {
  execute(*db, "CREATE TABLE t(a BIGINT UNSIGNED, b TIME(6), c DATETIME, d DATE)");
  execute(*db, "SET sql_mode = ''");
  execute(*db,
          "INSERT INTO t VALUES(9223372036854775808, '-01:00:00', '0000-00-00', '2024-00-10')");
  EXPECT_EQ(refusal(Type::kInt, "SELECT a FROM t"), Code::kRange);
  EXPECT_EQ(refusal(Type::kTime, "SELECT b AS a FROM t"), Code::kRange);
  EXPECT_EQ(refusal(Type::kDatetime, "SELECT c AS a FROM t"), Code::kRange);
  EXPECT_EQ(refusal(Type::kDate, "SELECT d AS a FROM t"), Code::kRange);
  for (const char* column : {"a", "b", "c", "d"})
    EXPECT_EQ(error_of(*db, fmt::format("SELECT {} FROM t", column)).code(), Code::kRange);
  EXPECT_EQ(refusal(Type::kInt, "SELECT 9223372036854775808.0 AS a"), Code::kRange);
  EXPECT_EQ(read(Type::kDecimal, "SELECT a FROM t")->view().bytes, "9223372036854775808");
}

TEST_F(MysqlTypes, RefuseColumnsOfOtherTypes) {
  EXPECT_EQ(refusal(Type::kInt, "SELECT 'x' AS a"), Code::kSchema);
  EXPECT_EQ(refusal(Type::kInt, "SELECT 1.5 AS a"), Code::kSchema);
  EXPECT_EQ(refusal(Type::kBool, "SELECT 2 AS a"), Code::kSchema);
  EXPECT_EQ(refusal(Type::kText, "SELECT 1 AS a"), Code::kSchema);
  EXPECT_EQ(refusal(Type::kText, "SELECT x'ff' AS a"), Code::kSchema);
  EXPECT_EQ(refusal(Type::kBytes, "SELECT 1 AS a"), Code::kSchema);
  EXPECT_EQ(refusal(Type::kDatetime, "SELECT CAST('01:00:00' AS TIME) AS a"), Code::kSchema);
  EXPECT_EQ(refusal(Type::kDate, "SELECT CAST('2024-01-01' AS DATETIME) AS a"), Code::kSchema);
  EXPECT_EQ(refusal(Type::kUuid, "SELECT 'x' AS a"), Code::kSchema);
  EXPECT_EQ(refusal(Type::kFloat, "SELECT 'x' AS a"), Code::kSchema);
  EXPECT_EQ(refusal(Type::kDecimal, "SELECT 'x' AS a"), Code::kSchema);
}

TEST_F(MysqlTypes, ReadWhatOthersStore) {
  EXPECT_EQ(
      read(Type::kInt, "SELECT SUM(n) FROM (SELECT 7 AS n UNION SELECT -9) AS t")->view().integer,
      -2);
  EXPECT_EQ(read(Type::kFloat, "SELECT 1.25")->view().real, 1.25);
  EXPECT_EQ(read(Type::kFloat, "SELECT 18446744073709551615")->view().real, 18446744073709551615.0);
  EXPECT_EQ(read(Type::kDecimal, "SELECT 7")->view().bytes, "7");
  EXPECT_EQ(read(Type::kDatetime, "SELECT CAST('1970-01-02' AS DATE)")->view().integer,
            base::kMicrosPerDay);
  EXPECT_EQ(read(Type::kDatetime, "SELECT '1970-01-02T00:00:00Z'")->view().integer,
            base::kMicrosPerDay);
  EXPECT_EQ(read(Type::kInt, "SELECT b'101'+0")->view().integer, 5);
}

TEST_F(MysqlTypes, NeverCutWhatAColumnCanNotHold) {
  execute(*db,
          "CREATE TABLE t(a VARCHAR(3), b TINYINT, c DECIMAL(4,2), d ENUM('x'), e BINARY(2), f "
          "DATE, g INT UNSIGNED, h JSON)");
  const auto code = [&](const char* column, const Value& v) {
    return error_of(*db, fmt::format("INSERT INTO t({}) VALUES(?)", column), {v}).code();
  };
  EXPECT_EQ(code("a", text("abcd")), Code::kRange);
  EXPECT_EQ(code("b", integer(128)), Code::kRange);
  EXPECT_EQ(code("b", text("x")), Code::kType);
  EXPECT_EQ(code("c", bytes_of(Type::kDecimal, "100.00")), Code::kRange);
  EXPECT_EQ(code("d", bytes_of(Type::kEnum, "y")), Code::kType);
  EXPECT_EQ(code("e", bytes_of(Type::kBytes, "abc")), Code::kRange);
  EXPECT_EQ(code("f", text("0000-00-00")), Code::kType);
  EXPECT_EQ(code("f", text("2024-02-30")), Code::kType);
  EXPECT_EQ(code("g", integer(-1)), Code::kRange);
  EXPECT_EQ(code("a", bytes_of(Type::kBytes, "\xff")), Code::kType);
  if (db->dialect() == "mariadb") {
    EXPECT_EQ(code("h", bytes_of(Type::kJson, "{")), Code::kCheck);
  }
  EXPECT_EQ(one(*db, "SELECT COUNT(*) FROM t"), "0");
}

TEST_F(MysqlTypes, AreTheServersInRowsWithoutAModel) {
  EXPECT_EQ(one(*db,
                "SELECT 1, 1.50, 2.5e0, 'a', x'00ff', CAST('2024-05-06' AS DATE), "
                "CAST('1970-01-01 00:00:01' AS DATETIME), CAST('00:00:01' AS TIME), NULL"),
            "1|1.50|2.5|'a'|x'00ff'|date 19849|datetime 1000000|time 1000000|NULL");
  if (db->dialect() != "mariadb") return;
  execute(*db, "CREATE TABLE t(a UUID, b JSON, c DECIMAL(6,2) ZEROFILL)");
  execute(*db, "INSERT INTO t VALUES('12345678-9abc-4def-8012-3456789abcde', '[1]', 1.5)");
  EXPECT_EQ(one(*db, "SELECT a, b, c FROM t"),
            "uuid'123456789abc4def80123456789abcde'|json'[1]'|1.50");
}

}  // namespace
}  // namespace thing::test
