#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "base/time.h"
#include "random.h"
#include "value/value.h"

namespace thing::value {
namespace {

using base::Code;

Code code_of(const base::Result<Value>& result) {
  return result.has_value() ? Code::kOk : result.error().code();
}

constexpr int64_t kTwo53 = int64_t{1} << 53;

TEST(FromInt64, KeepsEveryInt) {
  for (int64_t v : {INT64_MIN, int64_t{-1}, int64_t{0}, INT64_MAX})
    EXPECT_EQ(from_int64(Type::kInt, v)->view().integer, v);
}

TEST(FromInt64, IsExactForDecimals) {
  EXPECT_EQ(from_int64(Type::kDecimal, INT64_MIN)->view().bytes, "-9223372036854775808");
  EXPECT_EQ(from_int64(Type::kDecimal, 0)->view().bytes, "0");
}

TEST(FromInt64, IsAFloatOnlyWhileFloatsAreExact) {
  EXPECT_EQ(from_int64(Type::kFloat, -kTwo53)->view().real, -9007199254740992.0);
  EXPECT_EQ(code_of(from_int64(Type::kFloat, kTwo53 + 1)), Code::kRange);
  EXPECT_EQ(code_of(from_int64(Type::kFloat, INT64_MIN)), Code::kRange);
}

TEST(FromInt64, ChecksTheRangeOfTheType) {
  const struct {
    Type type;
    int64_t low, high;
  } kCases[] = {{Type::kBool, 0, 1},
                {Type::kDatetime, base::kMinDatetime, base::kMaxDatetime},
                {Type::kDate, base::kMinDate, base::kMaxDate},
                {Type::kTime, 0, base::kMicrosPerDay - 1}};
  for (const auto& c : kCases) {
    EXPECT_EQ(from_int64(c.type, c.low)->view().integer, c.low) << type_name(c.type);
    EXPECT_EQ(from_int64(c.type, c.high)->view().integer, c.high) << type_name(c.type);
    EXPECT_EQ(code_of(from_int64(c.type, c.low - 1)), Code::kRange) << type_name(c.type);
    EXPECT_EQ(code_of(from_int64(c.type, c.high + 1)), Code::kRange) << type_name(c.type);
  }
}

TEST(FromInt64, IsNoTextBytesUuidJsonOrEnum) {
  for (Type type :
       {Type::kText, Type::kBytes, Type::kUuid, Type::kJson, Type::kEnum, Type::kNull}) {
    EXPECT_EQ(code_of(from_int64(type, 7)), Code::kType) << type_name(type);
  }
}

TEST(FromInt64, SaysWhatItFoundAndExpected) {
  EXPECT_EQ(from_int64(Type::kBool, 2).error().message(), "found 2 for a bool, expected 0 to 1");
  EXPECT_EQ(from_int64(Type::kText, 7).error().message(),
            "found the integer 7, expected a value for a text");
}

TEST(FromDouble, IsAnIntWhenItIsWholeAndExact) {
  EXPECT_EQ(from_double(Type::kInt, 2.0)->view().integer, 2);
  EXPECT_EQ(from_double(Type::kInt, -0.0)->view().integer, 0);
  EXPECT_EQ(from_double(Type::kInt, 9007199254740992.0)->view().integer, kTwo53);
  EXPECT_EQ(code_of(from_double(Type::kInt, 9007199254740994.0)), Code::kRange);
  EXPECT_EQ(code_of(from_double(Type::kInt, 1e300)), Code::kRange);
  EXPECT_EQ(from_double(Type::kInt, 2.5).error().message(),
            "found 2.5 for an int, expected a whole number");
  EXPECT_EQ(code_of(from_double(Type::kInt, 2.5)), Code::kType);
}

TEST(FromDouble, IsFinite) {
  for (double v : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
    EXPECT_EQ(code_of(from_double(Type::kFloat, v)), Code::kRange);
    EXPECT_EQ(code_of(from_double(Type::kInt, v)), Code::kRange);
  }
}

TEST(FromDouble, HasOneZero) {
  EXPECT_FALSE(std::signbit(from_double(Type::kFloat, -0.0)->view().real));
}

TEST(FromDouble, IsNothingButIntAndFloat) {
  for (Type type : {Type::kBool, Type::kDecimal, Type::kText, Type::kDatetime, Type::kDate,
                    Type::kTime, Type::kUuid, Type::kJson}) {
    EXPECT_EQ(code_of(from_double(type, 1.0)), Code::kType) << type_name(type);
  }
}

TEST(FromText, ReadsEachType) {
  EXPECT_EQ(from_text(Type::kBool, "true")->view().integer, 1);
  EXPECT_EQ(from_text(Type::kBool, "0")->view().integer, 0);
  EXPECT_EQ(from_text(Type::kInt, "-9223372036854775808")->view().integer, INT64_MIN);
  EXPECT_EQ(from_text(Type::kInt, "+7")->view().integer, 7);
  EXPECT_EQ(from_text(Type::kFloat, "-1.5e3")->view().real, -1500.0);
  EXPECT_EQ(from_text(Type::kDecimal, "+01.50")->view().bytes, "1.50");
  EXPECT_EQ(from_text(Type::kText, "gr\u00fc\u00df")->view().bytes, "gr\u00fc\u00df");
  EXPECT_EQ(from_text(Type::kBytes, "\xff")->view().bytes, "\xff");
  EXPECT_EQ(from_text(Type::kDatetime, "1970-01-01T02:00:00+02:00")->view().integer, 0);
  EXPECT_EQ(from_text(Type::kDate, "1970-01-02")->view().integer, 1);
  EXPECT_EQ(from_text(Type::kTime, "00:00:01")->view().integer, 1'000'000);
  EXPECT_EQ(from_text(Type::kUuid, "61626364-6566-6768-696a-6b6c6d6e6f70")->view().bytes,
            "abcdefghijklmnop");
  EXPECT_EQ(from_text(Type::kUuid, "abcdefghijklmnop")->view().bytes, "abcdefghijklmnop");
  EXPECT_EQ(from_text(Type::kEnum, "admin")->view().bytes, "admin");
}

TEST(FromText, RefusesTextThatDoesNotParse) {
  const std::pair<Type, const char*> kCases[] = {{Type::kBool, "yes"},
                                                 {Type::kBool, "TRUE"},
                                                 {Type::kBool, ""},
                                                 {Type::kInt, "1.5"},
                                                 {Type::kInt, ""},
                                                 {Type::kInt, "+"},
                                                 {Type::kInt, "+-1"},
                                                 {Type::kInt, "++1"},
                                                 {Type::kInt, " 1"},
                                                 {Type::kInt, "1 "},
                                                 {Type::kInt, "0x10"},
                                                 {Type::kInt, "1e3"},
                                                 {Type::kInt, "99999999999999999999x"},
                                                 {Type::kFloat, "1,5"},
                                                 {Type::kFloat, ""},
                                                 {Type::kFloat, "1.5x"},
                                                 {Type::kFloat, "+1"},
                                                 {Type::kDecimal, "1.5.0"},
                                                 {Type::kDecimal, ""},
                                                 {Type::kDatetime, "now"},
                                                 {Type::kDatetime, "2023-02-29T00:00:00Z"},
                                                 {Type::kDate, "2024-05-06T00:00:00Z"},
                                                 {Type::kDate, "06.05.2024"},
                                                 {Type::kTime, "25:00:00"},
                                                 {Type::kUuid, "61626364"},
                                                 {Type::kDate, "2023-02-29"},
                                                 {Type::kDate, "0000-13-01"},
                                                 {Type::kDate, "12345-02-30x"}};
  for (const auto& [type, text] : kCases)
    EXPECT_EQ(code_of(from_text(type, text)), Code::kSyntax) << type_name(type) << " " << text;
}

TEST(FromText, TellsValuesOutsideTheTypeFromBadText) {
  const std::pair<Type, const char*> kCases[] = {{Type::kInt, "9223372036854775808"},
                                                 {Type::kInt, "-9223372036854775809"},
                                                 {Type::kFloat, "1e999"},
                                                 {Type::kFloat, "nan"},
                                                 {Type::kFloat, "-inf"},
                                                 {Type::kDatetime, "10000-01-01T00:00:00Z"},
                                                 {Type::kDatetime, "0000-01-01T00:00:00Z"},
                                                 {Type::kDatetime, "9999-12-31T23:59:59-01:00"},
                                                 {Type::kDatetime, "0001-01-01T00:00:00+01:00"},
                                                 {Type::kDate, "12024-02-29"},
                                                 {Type::kDate, "0000-12-31"}};
  for (const auto& [type, text] : kCases)
    EXPECT_EQ(code_of(from_text(type, text)), Code::kRange) << type_name(type) << " " << text;
}

TEST(FromText, RefusesInvalidUtf8WhereTextIsText) {
  for (Type type : {Type::kText, Type::kJson, Type::kEnum})
    EXPECT_EQ(code_of(from_text(type, "a\xff")), Code::kInvalid) << type_name(type);
}

TEST(FromText, QuotesAndCutsWhatItFound) {
  EXPECT_EQ(from_text(Type::kInt, "1.5").error().message(), "found '1.5', expected a whole number");
  EXPECT_EQ(from_text(Type::kDate, "x\n").error().message(),
            "found 'x\\x0a', expected a date as '2024-05-06'");
  EXPECT_LT(from_text(Type::kInt, std::string(10'000, '9')).error().message().size(), 200u);
}

TEST(FromText, ReadsBackEveryPrintedInt) {
  test::Random random;
  SCOPED_TRACE(random.name());
  for (int i = 0; i < 10'000; ++i) {
    const auto v = static_cast<int64_t>(random.word() >> random.between(0, 63));
    ASSERT_EQ(from_text(Type::kInt, std::to_string(v))->view().integer, v);
  }
}

}  // namespace
}  // namespace thing::value
