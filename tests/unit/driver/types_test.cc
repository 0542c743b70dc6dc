// What SQLite stores and what comes out of it, type by type.
#include "base/time.h"
#include "sqlite_file.h"

namespace thing::test {
namespace {

using base::Code;
using value::Type;
using value::Value;
using value::ValueView;

// How the value lies in the database: "text '12.50'".
std::string stored(const Value& v) {
  auto db = memory();
  const std::string quoted =
      rows(*db, "SELECT typeof(a) || ' ' || quote(a) FROM (SELECT ? AS a)", {v}).at(0);
  return quoted.substr(1, quoted.size() - 2);
}

// Reads the SQL expression as a field of the type.
base::Result<Value> read(Type type, const std::string& expression) {
  auto db = memory();
  const value::Layout layout{.hash = 1, .types = {type}};
  const driver::Projection projection{.layout = &layout, .fields = {0}, .partial = false};
  auto statement = prepare(*db, "SELECT " + expression + " AS a");
  value::BatchBuilder out;
  out.start(layout, false);
  THING_TRY(statement->step(out, projection));
  return Value(out.last_row().value(0, type));
}

std::string read_bytes(Type type, const std::string& expression) {
  auto v = read(type, expression);
  if (!v) return std::string(v.error().message());
  EXPECT_EQ(v->type(), type);
  return std::string(v->view().bytes);
}

int64_t read_int(Type type, const std::string& expression) {
  auto v = read(type, expression);
  if (!v) ADD_FAILURE() << expression << ": " << v.error().message();
  return v ? v->view().integer : -1;
}

std::string refusal(Type type, const std::string& expression) {
  auto v = read(type, expression);
  if (v) return "accepted";
  EXPECT_EQ(v.error().code(), Code::kSchema);
  EXPECT_EQ(v.error().detail()->field, "a");
  return std::string(v.error().message());
}

Value text_of(Type type, std::string bytes) { return Value::of_bytes(type, std::move(bytes)); }

const std::string kUuid("\x12\x34\x56\x78\x9a\xbc\x4d\xef\x80\x12\x34\x56\x78\x9a\xbc\xde", 16);

TEST(SqliteTypes, AreStoredAsTheReferenceSays) {
  const int64_t day = 19'849, second = 25'689;  // 2024-05-06, 07:08:09
  const int64_t moment = day * base::kMicrosPerDay + second * 1'000'000;
  EXPECT_EQ(stored(Value::of_int(Type::kBool, 1)), "integer 1");
  EXPECT_EQ(stored(Value::of_int(Type::kInt, INT64_MIN)), "integer -9223372036854775808");
  EXPECT_EQ(stored(Value::of_float(2)), "real 2.0");
  EXPECT_EQ(stored(text_of(Type::kDecimal, "12.50")), "text '12.50'");
  EXPECT_EQ(stored(text_of(Type::kJson, "[1]")), "text '[1]'");
  EXPECT_EQ(stored(text_of(Type::kEnum, "a")), "text 'a'");
  EXPECT_EQ(stored(text_of(Type::kBytes, {"\0\xff", 2})), "blob X'00FF'");
  EXPECT_EQ(stored(Value::of_int(Type::kDatetime, moment)), "text '2024-05-06 07:08:09'");
  EXPECT_EQ(stored(Value::of_int(Type::kDatetime, moment + 250'000)),
            "text '2024-05-06 07:08:09.250000'");
  EXPECT_EQ(stored(Value::of_int(Type::kDate, day)), "text '2024-05-06'");
  EXPECT_EQ(stored(Value::of_int(Type::kTime, second * 1'000'000)), "text '07:08:09'");
  EXPECT_EQ(stored(text_of(Type::kUuid, kUuid)), "text '12345678-9abc-4def-8012-3456789abcde'");
  EXPECT_EQ(stored(Value()), "null NULL");
}

TEST(SqliteTypes, KeepEmptyTextAndEmptyBytesApartFromNull) {
  EXPECT_EQ(stored(Value(ValueView::of_bytes(Type::kText, {}))), "text ''");
  EXPECT_EQ(stored(Value(ValueView::of_bytes(Type::kBytes, {}))), "blob X''");
  EXPECT_EQ(read_bytes(Type::kText, "''"), "");
  EXPECT_EQ(read_bytes(Type::kBytes, "x''"), "");
}

TEST(SqliteTypes, BindSeveralPrintedValuesInOneStatement) {
  auto db = memory();
  EXPECT_EQ(
      rows(*db, "SELECT ?, ?, ?",
           {Value::of_int(Type::kDate, 0), text_of(Type::kUuid, kUuid),
            Value::of_int(Type::kDate, 1)}),
      std::vector<std::string>{"'1970-01-01'|'12345678-9abc-4def-8012-3456789abcde'|'1970-01-02'"});
}

TEST(SqliteTypes, ReadIntegersExactly) {
  EXPECT_EQ(read_int(Type::kInt, "9223372036854775807"), INT64_MAX);
  EXPECT_EQ(read_int(Type::kInt, "-9223372036854775808"), INT64_MIN);
  EXPECT_EQ(read_int(Type::kInt, "-9223372036854775808.0"), INT64_MIN);
  EXPECT_EQ(read_int(Type::kInt, "12.0"), 12);
  EXPECT_EQ(refusal(Type::kInt, "12.5"),
            "column 'a' holds a real that is no integer, expected int");
  EXPECT_EQ(refusal(Type::kInt, "9223372036854775808.0"),
            "column 'a' holds a real that is no integer, expected int");
  EXPECT_EQ(refusal(Type::kInt, "9e999"),
            "column 'a' holds a real that is no integer, expected int");
  EXPECT_EQ(refusal(Type::kInt, "'12'"), "column 'a' holds text, expected int");
  EXPECT_EQ(refusal(Type::kInt, "x'12'"), "column 'a' holds a blob, expected int");
}

TEST(SqliteTypes, ReadOnlyZeroAndOneAsBool) {
  EXPECT_EQ(read_int(Type::kBool, "0"), 0);
  EXPECT_EQ(read_int(Type::kBool, "1"), 1);
  EXPECT_EQ(refusal(Type::kBool, "2"),
            "column 'a' holds an integer other than 0 and 1, expected bool");
  EXPECT_EQ(refusal(Type::kBool, "-1"),
            "column 'a' holds an integer other than 0 and 1, expected bool");
  EXPECT_EQ(refusal(Type::kBool, "'true'"), "column 'a' holds text, expected bool");
}

TEST(SqliteTypes, ReadRealsAndIntegersAsFloat) {
  EXPECT_EQ(read(Type::kFloat, "0.1")->view().real, 0.1);
  EXPECT_EQ(read(Type::kFloat, "-7")->view().real, -7.0);
  EXPECT_EQ(refusal(Type::kFloat, "9e999"), "column 'a' holds infinity, expected float");
  EXPECT_EQ(refusal(Type::kFloat, "'1'"), "column 'a' holds text, expected float");
}

TEST(SqliteTypes, ReadDecimalsInTheirOneForm) {
  EXPECT_EQ(read_bytes(Type::kDecimal, "'12.50'"), "12.50");
  EXPECT_EQ(read_bytes(Type::kDecimal, "'+012.50'"), "12.50");
  EXPECT_EQ(read_bytes(Type::kDecimal, "'1.5e2'"), "150");
  EXPECT_EQ(read_bytes(Type::kDecimal, "12"), "12");
  EXPECT_EQ(read_bytes(Type::kDecimal, "0.1"), "0.1");
  EXPECT_EQ(read_bytes(Type::kDecimal, "1e20"), "100000000000000000000");
  EXPECT_EQ(refusal(Type::kDecimal, "'twelve'"),
            "column 'a' holds text that is no decimal, expected decimal");
  EXPECT_EQ(refusal(Type::kDecimal, "9e999"), "column 'a' holds infinity, expected decimal");
  EXPECT_EQ(refusal(Type::kDecimal, "x'31'"), "column 'a' holds a blob, expected decimal");
}

TEST(SqliteTypes, ReadNumbersAsTextButNotBlobs) {
  EXPECT_EQ(read_bytes(Type::kText, "'z\u00e9\U0001f600'"), "z\u00e9\U0001f600");
  EXPECT_EQ(read_bytes(Type::kText, "12"), "12");
  EXPECT_EQ(read_bytes(Type::kText, "1.5"), "1.5");
  EXPECT_EQ(read_bytes(Type::kJson, "12"), "12");
  EXPECT_EQ(read_bytes(Type::kEnum, "'a'"), "a");
  EXPECT_EQ(refusal(Type::kText, "x'61'"), "column 'a' holds a blob, expected text");
}

TEST(SqliteTypes, ReadTextWithZeroBytes) {
  EXPECT_EQ(read_bytes(Type::kText, "cast(x'610062' AS TEXT)"), std::string("a\0b", 3));
}

TEST(SqliteTypes, RefuseTextThatIsNotUtf8) {
  for (const char* text :
       {"ff", "c0af", "eda080", "f4908080", "61626364656667ff", "ff6162636465666768"}) {
    const std::string expression = "cast(x'" + std::string(text) + "' AS TEXT)";
    EXPECT_EQ(refusal(Type::kText, expression),
              "column 'a' holds text that is not UTF-8, expected text")
        << text;
  }
  EXPECT_EQ(refusal(Type::kJson, "cast(x'ff' AS TEXT)"),
            "column 'a' holds text that is not UTF-8, expected json");
}

TEST(SqliteTypes, ReadBlobsAndTextAsBytes) {
  EXPECT_EQ(read_bytes(Type::kBytes, "x'00ff'"), std::string("\0\xff", 2));
  EXPECT_EQ(read_bytes(Type::kBytes, "zeroblob(3)"), std::string(3, '\0'));
  EXPECT_EQ(read_bytes(Type::kBytes, "'ab'"), "ab");
  EXPECT_EQ(refusal(Type::kBytes, "1"), "column 'a' holds an integer, expected bytes");
}

TEST(SqliteTypes, ReadDatetimesInEveryUsualForm) {
  const int64_t whole = 1'714'979'289'000'000;
  EXPECT_EQ(read_int(Type::kDatetime, "'2024-05-06 07:08:09'"), whole);
  EXPECT_EQ(read_int(Type::kDatetime, "'2024-05-06 07:08:09.250000'"), whole + 250'000);
  EXPECT_EQ(read_int(Type::kDatetime, "'2024-05-06 07:08:09.25'"), whole + 250'000);
  EXPECT_EQ(read_int(Type::kDatetime, "'2024-05-06T09:08:09+02:00'"), whole);
  EXPECT_EQ(read_int(Type::kDatetime, "1714979289"), whole);
  EXPECT_EQ(refusal(Type::kDatetime, "'soon'"),
            "column 'a' holds text of another form, expected datetime");
  EXPECT_EQ(refusal(Type::kDatetime, "'2023-02-29 00:00:00'"),
            "column 'a' holds text of another form, expected datetime");
  EXPECT_EQ(refusal(Type::kDatetime, "253402300800"),
            "column 'a' holds seconds outside the years 0001 to 9999, expected datetime");
  EXPECT_EQ(refusal(Type::kDatetime, "1.5"), "column 'a' holds a real, expected datetime");
}

TEST(SqliteTypes, ReadDatesAndTimes) {
  EXPECT_EQ(read_int(Type::kDate, "'2024-05-06'"), 19'849);
  EXPECT_EQ(read_int(Type::kTime, "'07:08:09'"), 25'689'000'000);
  EXPECT_EQ(read_int(Type::kTime, "'07:08:09.250000'"), 25'689'250'000);
  EXPECT_EQ(refusal(Type::kDate, "19849"), "column 'a' holds an integer, expected date");
  EXPECT_EQ(refusal(Type::kTime, "'25:00:00'"),
            "column 'a' holds text of another form, expected time");
}

TEST(SqliteTypes, ReadUuidsAsTextOrAsBytes) {
  EXPECT_EQ(read_bytes(Type::kUuid, "'12345678-9ABC-4def-8012-3456789abcde'"), kUuid);
  EXPECT_EQ(read_bytes(Type::kUuid, "x'123456789abc4def80123456789abcde'"), kUuid);
  EXPECT_EQ(refusal(Type::kUuid, "x'12'"),
            "column 'a' holds a blob of another length, expected uuid");
  EXPECT_EQ(refusal(Type::kUuid, "'1234'"), "column 'a' holds text of another form, expected uuid");
}

TEST(SqliteTypes, ReadNullForEveryType) {
  for (int t = static_cast<int>(Type::kBool); t <= static_cast<int>(Type::kEnum); ++t) {
    auto v = read(static_cast<Type>(t), "NULL");
    ASSERT_TRUE(v) << t;
    EXPECT_TRUE(v->is_null()) << t;
  }
}

TEST(SqliteTypes, ComeBackAsTheyWereBound) {
  auto db = memory();
  const value::Layout layout{.hash = 1, .types = {Type::kDatetime}};
  const driver::Projection projection{.layout = &layout, .fields = {0}, .partial = false};
  auto statement = prepare(*db, "SELECT ?");
  value::BatchBuilder out;
  uint64_t random = 88'172'645'463'325'252u;
  for (int i = 0; i < 20'000; ++i) {
    random ^= random << 13, random ^= random >> 7, random ^= random << 17;
    const auto span = static_cast<uint64_t>(base::kMaxDatetime - base::kMinDatetime);
    int64_t moment = base::kMinDatetime + static_cast<int64_t>(random % span);
    if (i % 2 == 0) moment -= moment % 1'000'000;
    out.start(layout, false);
    ASSERT_TRUE(statement->bind(0, ValueView::of_int(Type::kDatetime, moment)));
    ASSERT_TRUE(statement->step(out, projection));
    ASSERT_EQ(out.last_row().int64(0), moment);
    statement->reset();
  }
}

TEST(SqliteTypes, GiveRawRowsAsTheyAreStored) {
  auto db = memory();
  EXPECT_EQ(rows(*db, "SELECT 1, 1.5, 'a', x'00', NULL"),
            std::vector<std::string>{"1|1.5|'a'|x'00'|NULL"});
  EXPECT_EQ(error_of(*db, "SELECT 9e999").code(), Code::kSchema);
  EXPECT_EQ(error_of(*db, "SELECT cast(x'ff' AS TEXT)").code(), Code::kSchema);
}

}  // namespace
}  // namespace thing::test
