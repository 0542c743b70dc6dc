#include <limits>

#include <fmt/format.h>

#include "base/time.h"
#include "postgres_server.h"

namespace thing::test {
namespace {

using base::Code;
using value::Type;
using value::Value;
using value::ValueView;

// A table with one column `a`, into which values go and come back in a field of a type.
class PostgresTypes : public PostgresTest {
 protected:
  void SetUp() override {
    PostgresTest::SetUp();
    if (!IsSkipped()) db_ = connect();
  }

  void column(std::string_view type) {
    execute(*db_, fmt::format("DROP TABLE IF EXISTS pg_temp.t; CREATE TEMP TABLE t(a {})", type));
  }

  base::Status store(const ValueView& v) {
    execute(*db_, "TRUNCATE t");
    auto insert = prepare(*db_, "INSERT INTO t VALUES($1)");
    THING_TRY(insert->bind(0, v));
    return insert->execute();
  }

  base::Result<Value> load(Type type) { return load("SELECT a FROM t", type); }
  base::Result<Value> load(std::string_view sql, Type type) {
    const value::Layout layout{.hash = 1, .types = {type}};
    const driver::Projection projection{.layout = &layout, .fields = {0}, .partial = false};
    value::BatchBuilder out;
    out.start(layout, false);
    auto statement = prepare(*db_, sql);
    THING_ASSIGN(const bool found, statement->step(out, projection));
    if (!found) return base::fail(Code::kState, "no row");
    return Value(out.last_row().value(0, type));
  }
  Code code_of_load(std::string_view sql, Type type) {
    const auto loaded = load(sql, type);
    return loaded ? Code::kOk : loaded.error().code();
  }

  // Through the column and back, in a field and without one.
  void expect_kept(const ValueView& v) {
    const auto stored = store(v);
    ASSERT_TRUE(stored) << stored.error().message();
    const auto loaded = load(v.type);
    ASSERT_TRUE(loaded) << loaded.error().message();
    EXPECT_TRUE(value::equal(loaded->view(), v));
    std::vector<Value> out;
    ASSERT_TRUE(*prepare(*db_, "SELECT a FROM t")->step_dynamic(out));
    EXPECT_TRUE(out[0].view().bytes == v.bytes && out[0].view().integer == v.integer);
  }

  std::unique_ptr<driver::Connection> db_;
};

TEST_F(PostgresTypes, KeepIntegers) {
  column("int8");
  for (const int64_t v : {std::numeric_limits<int64_t>::min(), int64_t{-1}, int64_t{0},
                          std::numeric_limits<int64_t>::max()})
    expect_kept(ValueView::of_int(Type::kInt, v));
  column("int4");
  for (const int64_t v : {-2147483648LL, 2147483647LL})
    expect_kept(ValueView::of_int(Type::kInt, v));
  column("int2");
  for (const int64_t v : {-32768, 32767}) expect_kept(ValueView::of_int(Type::kInt, v));
}

TEST_F(PostgresTypes, KeepFloats) {
  column("float8");
  for (const double v : {0.0, -0.0, 0.1, std::numeric_limits<double>::max(),
                         std::numeric_limits<double>::denorm_min(), -1e-300})
    expect_kept(ValueView::of_float(v));
  ASSERT_TRUE(store(ValueView::of_float(-0.0)));
  EXPECT_TRUE(std::signbit(load(Type::kFloat)->view().real));
  column("float4");
  for (const double v : {0.0, 0.5, -1024.25}) expect_kept(ValueView::of_float(v));
}

TEST_F(PostgresTypes, KeepDecimalsWithTheirScale) {
  column("numeric");
  const std::string fraction = "0." + std::string(999, '0') + "1";
  const std::string both = "-" + std::string(500, '7') + "." + std::string(500, '3');
  for (const std::string& v : {std::string("0"), std::string("0.00"), std::string("-12.50"),
                               std::string("100"), std::string("1000000.000001"),
                               std::string("12345678.90"), std::string(1000, '9'), fraction, both})
    expect_kept(ValueView::of_bytes(Type::kDecimal, v));
}

TEST_F(PostgresTypes, AreReadByTheServerAsTheyWereMeant) {
  const Value decimal = Value::of_bytes(Type::kDecimal, "-1234567.8900");
  EXPECT_EQ(one(*db_, "SELECT $1::numeric::text", {decimal}), "'-1234567.8900'");
  const Value time = Value::of_int(Type::kDatetime, 1'714'979'289'250'001);
  EXPECT_EQ(one(*db_, "SELECT $1::timestamptz::text, $1::timestamptz::timestamp::text", {time}),
            "'2024-05-06 07:08:09.250001+00'|'2024-05-06 07:08:09.250001'");
  EXPECT_EQ(one(*db_, "SELECT $1::date::text", {Value::of_int(Type::kDate, -719'162)}),
            "'0001-01-01'");
  EXPECT_EQ(one(*db_, "SELECT $1::jsonb ->> 'a'", {Value::of_bytes(Type::kJson, "{\"a\": 7}")}),
            "'7'");
}

TEST_F(PostgresTypes, KeepTextAndBytes) {
  const std::string large(1 << 20, 'x');
  for (const char* type : {"text", "varchar", "varchar(2000000)"}) {
    column(type);
    for (const std::string_view v : {"", "a", "it's \"quoted\" \\ \n", "\xF0\x9F\x98\x80 \xC3\xA9"})
      expect_kept(ValueView::of_bytes(Type::kText, v));
    expect_kept(ValueView::of_bytes(Type::kText, large));
  }
  column("bytea");
  const std::string zeros(1 << 20, '\0');
  for (const std::string_view v :
       {std::string_view(""), std::string_view("\0\xFF\\x", 4), std::string_view(zeros)})
    expect_kept(ValueView::of_bytes(Type::kBytes, v));
}

TEST_F(PostgresTypes, KeepTimes) {
  for (const char* type : {"timestamptz", "timestamp"}) {
    column(type);
    for (const int64_t v : {base::kMinDatetime, int64_t{-1}, int64_t{0},
                            int64_t{1'714'979'289'250'001}, base::kMaxDatetime})
      expect_kept(ValueView::of_int(Type::kDatetime, v));
  }
  column("date");
  for (const int64_t v : {base::kMinDate, int64_t{0}, int64_t{10'957}, base::kMaxDate})
    expect_kept(ValueView::of_int(Type::kDate, v));
  column("time");
  for (const int64_t v : {int64_t{0}, int64_t{1}, base::kMicrosPerDay - 1})
    expect_kept(ValueView::of_int(Type::kTime, v));
}

TEST_F(PostgresTypes, KeepBoolsUuidsJsonAndNull) {
  column("bool");
  for (const int64_t v : {0, 1}) expect_kept(ValueView::of_int(Type::kBool, v));
  column("uuid");
  expect_kept(ValueView::of_bytes(Type::kUuid, std::string_view("\0\1\2\3\4\5\6\7\x8\x9\xA\xB\xC\xD"
                                                                "\xE\xFF",
                                                                16)));
  for (const char* type : {"json", "jsonb"}) {
    column(type);
    for (const std::string_view v : {"{\"a\": [1, 2.50, null, \"\xC3\xA9\"]}", "7", "\"\"", "null"})
      expect_kept(ValueView::of_bytes(Type::kJson, v));
  }
  for (const char* type : {"int8", "numeric", "text", "bytea", "timestamptz", "uuid", "jsonb"}) {
    column(type);
    ASSERT_TRUE(store(ValueView()));
    std::vector<Value> out;
    ASSERT_TRUE(*prepare(*db_, "SELECT a FROM t")->step_dynamic(out));
    EXPECT_TRUE(out[0].is_null());
  }
  column("text");
  ASSERT_TRUE(store(ValueView()));
  EXPECT_TRUE(load(Type::kText)->is_null());
}

TEST_F(PostgresTypes, KeepEnumsAndDomains) {
  execute(*db_,
          "DROP TYPE IF EXISTS thing_mood; CREATE TYPE thing_mood AS ENUM('sad', 'happy');"
          "DROP DOMAIN IF EXISTS thing_positive CASCADE;"
          "CREATE DOMAIN thing_positive AS int CHECK(value > 0);"
          "CREATE DOMAIN thing_very AS thing_positive CHECK(value > 100)");
  column("thing_mood");
  ASSERT_TRUE(store(ValueView::of_bytes(Type::kEnum, "happy")));
  EXPECT_EQ(load(Type::kEnum)->view().bytes, "happy");
  EXPECT_EQ(load(Type::kText)->view().bytes, "happy");
  EXPECT_FALSE(store(ValueView::of_bytes(Type::kEnum, "bored")));
  for (const char* domain : {"thing_positive", "thing_very"}) {
    column(domain);
    expect_kept(ValueView::of_int(Type::kInt, 101));
    EXPECT_EQ(store(ValueView::of_int(Type::kInt, 0)).error().code(), Code::kCheck);
  }
}

TEST_F(PostgresTypes, KeepCitext) {
  if (!db_->execute("CREATE EXTENSION IF NOT EXISTS citext")) GTEST_SKIP() << "no citext here";
  column("citext");
  ASSERT_TRUE(store(ValueView::of_bytes(Type::kText, "MiXed")));
  EXPECT_EQ(load(Type::kText)->view().bytes, "MiXed");
  EXPECT_FALSE(*db_->compares_bytes("t", "a"));
}

TEST_F(PostgresTypes, OfTheServerAloneTakeTextAndGiveAnError) {
  column("inet");
  ASSERT_TRUE(store(ValueView::of_bytes(Type::kText, "192.0.2.1")));
  EXPECT_EQ(load("SELECT host(a) FROM t", Type::kText)->view().bytes, "192.0.2.1");
  const auto loaded = load(Type::kText);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().message(), "column 'a' is of type inet, expected one for text");
  EXPECT_EQ(error_of(*db_, "SELECT a FROM t").code(), Code::kUnsupported);
}

TEST_F(PostgresTypes, AreReadAsWhatCanBeMeant) {
  EXPECT_EQ(load("SELECT 12::numeric", Type::kInt)->view().integer, 12);
  EXPECT_EQ(load("SELECT sum(i) FROM generate_series(1::int8, 4) i", Type::kInt)->view().integer,
            10);
  EXPECT_EQ(load("SELECT 1.5::numeric", Type::kFloat)->view().real, 1.5);
  EXPECT_EQ(load("SELECT 3", Type::kFloat)->view().real, 3);
  EXPECT_EQ(load("SELECT -3::int2", Type::kDecimal)->view().bytes, "-3");
  EXPECT_EQ(load("SELECT '{}'::text", Type::kJson)->view().bytes, "{}");
  EXPECT_EQ(
      load("SELECT '00000000-0000-4000-8000-000000000001'::text", Type::kUuid)->view().bytes.size(),
      16U);
  EXPECT_EQ(one(*db_, "SELECT pg_sleep(0)"), "NULL");
  EXPECT_EQ(one(*db_, "SELECT 7::oid, 'a'::\"char\", 'n'::name"), "7|'a'|'n'");
}

TEST_F(PostgresTypes, RefuseWhatNoFieldCanHold) {
  for (const char* v : {"'NaN'::float8", "'Infinity'::float8", "'-Infinity'::float4"})
    EXPECT_EQ(code_of_load(std::string("SELECT ") + v, Type::kFloat), Code::kRange) << v;
  for (const char* v : {"'NaN'::numeric", "'Infinity'::numeric", "10::numeric ^ 1000"})
    EXPECT_EQ(code_of_load(std::string("SELECT ") + v, Type::kDecimal), Code::kRange) << v;
  for (const char* v : {"'infinity'::timestamptz", "'-infinity'::timestamp",
                        "'0001-01-01 BC'::timestamp", "'10000-01-01'::timestamptz"})
    EXPECT_EQ(code_of_load(std::string("SELECT ") + v, Type::kDatetime), Code::kRange) << v;
  for (const char* v : {"'infinity'::date", "'4713-01-01 BC'::date", "'10000-01-01'::date"})
    EXPECT_EQ(code_of_load(std::string("SELECT ") + v, Type::kDate), Code::kRange) << v;
  EXPECT_EQ(code_of_load("SELECT '24:00'::time", Type::kTime), Code::kRange);
  EXPECT_EQ(code_of_load("SELECT 1.5::numeric", Type::kInt), Code::kRange);
  EXPECT_EQ(code_of_load("SELECT 1e30::numeric", Type::kInt), Code::kRange);
  EXPECT_EQ(code_of_load("SELECT 'x'::text", Type::kUuid), Code::kSchema);
}

TEST_F(PostgresTypes, RefuseColumnsOfAnotherKind) {
  EXPECT_EQ(code_of_load("SELECT 1", Type::kBool), Code::kType);
  EXPECT_EQ(code_of_load("SELECT true", Type::kInt), Code::kType);
  EXPECT_EQ(code_of_load("SELECT now()", Type::kDate), Code::kType);
  EXPECT_EQ(code_of_load("SELECT 'a'::text", Type::kBytes), Code::kType);
  EXPECT_EQ(code_of_load("SELECT '\\x00'::bytea", Type::kText), Code::kType);
  EXPECT_EQ(code_of_load("SELECT 1.5::float8", Type::kDecimal), Code::kType);
  EXPECT_EQ(code_of_load("SELECT ARRAY[1]", Type::kInt), Code::kType);
}

}  // namespace
}  // namespace thing::test
