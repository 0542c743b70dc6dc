#include "driver/postgres/parameters.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "base/time.h"

namespace thing::driver::postgres {
namespace {

using base::Code;
using value::Type;
using value::ValueView;

Code code_of(Kind kind, const ValueView& v) {
  Place place;
  const auto wire = encode({1, kind, "x"}, v, place);
  return wire ? Code::kOk : wire.error().code();
}

ValueView integer(int64_t v) { return ValueView::of_int(Type::kInt, v); }
ValueView text(std::string_view v) { return ValueView::of_bytes(Type::kText, v); }

TEST(PostgresParameters, RefuseIntegersThatDoNotFit) {
  EXPECT_EQ(code_of(Kind::kInt2, integer(32767)), Code::kOk);
  EXPECT_EQ(code_of(Kind::kInt2, integer(32768)), Code::kRange);
  EXPECT_EQ(code_of(Kind::kInt4, integer(-2147483648LL)), Code::kOk);
  EXPECT_EQ(code_of(Kind::kInt4, integer(-2147483649LL)), Code::kRange);
  EXPECT_EQ(code_of(Kind::kInt8, integer(std::numeric_limits<int64_t>::min())), Code::kOk);
  EXPECT_EQ(code_of(Kind::kOid, integer(-1)), Code::kRange);
}

TEST(PostgresParameters, RefuseNumbersThatWouldBeOthers) {
  EXPECT_EQ(code_of(Kind::kFloat8, integer((int64_t{1} << 53) + 1)), Code::kRange);
  EXPECT_EQ(code_of(Kind::kFloat4, ValueView::of_float(1e39)), Code::kRange);
  EXPECT_EQ(code_of(Kind::kFloat4, ValueView::of_float(0.1)), Code::kOk);
  EXPECT_EQ(code_of(Kind::kFloat8, ValueView::of_float(std::nan(""))), Code::kRange);
  EXPECT_EQ(code_of(Kind::kNumeric, ValueView::of_float(INFINITY)), Code::kRange);
}

TEST(PostgresParameters, RefuseTimesOutsideTheYears) {
  EXPECT_EQ(code_of(Kind::kTimestamptz, ValueView::of_int(Type::kDatetime, base::kMaxDatetime)),
            Code::kOk);
  EXPECT_EQ(code_of(Kind::kTimestamp, ValueView::of_int(Type::kDatetime, base::kMaxDatetime + 1)),
            Code::kRange);
  EXPECT_EQ(code_of(Kind::kDate, ValueView::of_int(Type::kDate, base::kMinDate - 1)), Code::kRange);
  EXPECT_EQ(code_of(Kind::kTime, ValueView::of_int(Type::kTime, base::kMicrosPerDay)),
            Code::kRange);
}

TEST(PostgresParameters, RefuseANulInText) {
  const std::string_view nul("a\0b", 3);
  for (const Kind kind : {Kind::kText, Kind::kJson, Kind::kJsonb, Kind::kOther})
    EXPECT_EQ(code_of(kind, text(nul)), Code::kInvalid);
  EXPECT_EQ(code_of(Kind::kBytes, ValueView::of_bytes(Type::kBytes, nul)), Code::kOk);
}

TEST(PostgresParameters, RefuseValuesOfAnotherKind) {
  EXPECT_EQ(code_of(Kind::kInt4, ValueView::of_float(1)), Code::kType);
  EXPECT_EQ(code_of(Kind::kBool, integer(1)), Code::kType);
  EXPECT_EQ(code_of(Kind::kText, ValueView::of_bytes(Type::kBytes, "a")), Code::kType);
  EXPECT_EQ(code_of(Kind::kBytes, integer(1)), Code::kType);
  EXPECT_EQ(code_of(Kind::kDate, ValueView::of_int(Type::kDatetime, 0)), Code::kType);
  EXPECT_EQ(code_of(Kind::kUuid, ValueView::of_bytes(Type::kUuid, "short")), Code::kType);
  EXPECT_EQ(code_of(Kind::kVoid, integer(1)), Code::kType);
}

TEST(PostgresParameters, ReadTextForTypesThatAreNone) {
  EXPECT_EQ(code_of(Kind::kInt4, text("7")), Code::kOk);
  EXPECT_EQ(code_of(Kind::kInt4, text("seven")), Code::kSyntax);
  EXPECT_EQ(code_of(Kind::kTimestamptz, text("2024-05-06T07:08:09Z")), Code::kOk);
  EXPECT_EQ(code_of(Kind::kUuid, text("00000000-0000-4000-8000-000000000001")), Code::kOk);
  EXPECT_EQ(code_of(Kind::kNumeric, text("1.50")), Code::kOk);
}

TEST(PostgresParameters, StandAsTextWhereTheTypeIsNotKnown) {
  Place place;
  const PgType other{1, Kind::kOther, "x"};
  EXPECT_EQ(*encode(other, integer(-5), place), "-5");
  EXPECT_EQ(*encode(other, ValueView::of_int(Type::kBool, 1), place), "true");
  EXPECT_EQ(*encode(other, ValueView::of_int(Type::kDate, 0), place), "1970-01-01");
  EXPECT_EQ(*encode(other, ValueView::of_float(1.5), place), "1.5");
  EXPECT_EQ(*encode(other, ValueView::of_bytes(Type::kUuid, std::string(16, '\1')), place),
            "01010101-0101-0101-0101-010101010101");
  EXPECT_EQ(place.built.c_str()[36], '\0');
}

}  // namespace
}  // namespace thing::driver::postgres
