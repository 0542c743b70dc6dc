#include "base/decimal_sum.h"

#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "base/decimal.h"
#include "random.h"

namespace thing::base {
namespace {

using test::Random;

std::string sum_of(const std::vector<std::string>& decimals) {
  DecimalSum sum;
  for (const std::string& one : decimals) EXPECT_TRUE(sum.add(one)) << one;
  return sum.text();
}

TEST(DecimalSum, IsExactAndKeepsTheGreatestScale) {
  EXPECT_EQ(sum_of({}), "0");
  EXPECT_EQ(sum_of({"0.1", "0.20"}), "0.30");
  EXPECT_EQ(sum_of({"999999999", "1"}), "1000000000");
  EXPECT_EQ(sum_of({"999999999.999999999", "0.000000001"}), "1000000000.000000000");
  EXPECT_EQ(sum_of({"12345678901234567890123.5", "0.25"}), "12345678901234567890123.75");
}

TEST(DecimalSum, KnowsSigns) {
  EXPECT_EQ(sum_of({"-0.5", "0.25"}), "-0.25");
  EXPECT_EQ(sum_of({"1000000000", "-1"}), "999999999");
  EXPECT_EQ(sum_of({"1", "-1000000000.5"}), "-999999999.5");
  EXPECT_EQ(sum_of({"0.10", "-0.1"}), "0.00");
  EXPECT_EQ(sum_of({"-1000000000000000000"}), "-1000000000000000000");
}

TEST(DecimalSum, AddsIntegersOfAllBits) {
  DecimalSum sum;
  sum.add(std::numeric_limits<int64_t>::max());
  sum.add(std::numeric_limits<int64_t>::max());
  EXPECT_EQ(sum.text(), "18446744073709551614");
  sum.add(std::numeric_limits<int64_t>::min());
  sum.add(std::numeric_limits<int64_t>::min());
  sum.add(std::numeric_limits<int64_t>::min());
  EXPECT_EQ(sum.text(), "-9223372036854775810");
}

TEST(DecimalSum, SubtractsAndRefusesWhatIsNoDecimal) {
  DecimalSum sum;
  EXPECT_TRUE(sum.add("1.5"));
  EXPECT_TRUE(sum.subtract("2.25"));
  EXPECT_FALSE(sum.add("1e3"));
  EXPECT_FALSE(sum.add(""));
  EXPECT_EQ(sum.text(), "-0.75");
}

TEST(DecimalSum, HoldsDecimalsOfEveryLength) {
  const std::string long_one = "1" + std::string(500, '0') + "." + std::string(498, '0') + "1";
  EXPECT_EQ(sum_of({long_one, "-" + long_one}), "0." + std::string(499, '0'));
  EXPECT_EQ(sum_of({std::string(1000, '9'), "1"}), "1" + std::string(1000, '0'));
}

// With three digits behind the point, an integer of thousandths is the same number.
std::string in_thousandths(int64_t n) {
  const std::string digits = std::to_string(n < 0 ? -n : n);
  const std::string padded = std::string(digits.size() < 4 ? 4 - digits.size() : 0, '0') + digits;
  const size_t point = padded.size() - 3;
  return (n < 0 ? "-" : "") + padded.substr(0, point) + "." + padded.substr(point);
}

TEST(DecimalSum, IsThatOfIntegersOfThousandths) {
  Random random;
  SCOPED_TRACE(random.name());
  for (int round = 0; round < 200; ++round) {
    DecimalSum sum;
    EXPECT_TRUE(sum.add("0.000"));
    int64_t expected = 0;
    for (int64_t n = random.between(1, 30); n > 0; --n) {
      const int64_t limit = random.chance(50) ? 2'000 : 100'000'000'000'000'000;
      const int64_t one = random.between(-limit, limit);
      expected += one;
      EXPECT_TRUE(sum.add(in_thousandths(one)));
    }
    EXPECT_EQ(sum.text(), in_thousandths(expected));
  }
}

TEST(DivideDecimal, RoundsHalfAwayFromZero) {
  EXPECT_EQ(divide_decimal("1", 3, 4), "0.3333");
  EXPECT_EQ(divide_decimal("2", 3, 4), "0.6667");
  EXPECT_EQ(divide_decimal("-2", 3, 4), "-0.6667");
  EXPECT_EQ(divide_decimal("1", 2, 0), "1");
  EXPECT_EQ(divide_decimal("-1", 2, 0), "-1");
  EXPECT_EQ(divide_decimal("0.0001", 3, 2), "0.00");
  EXPECT_EQ(divide_decimal("999.9999", 1, 2), "1000.00");
  EXPECT_EQ(divide_decimal("12.50", 5, 3), "2.500");
  EXPECT_EQ(divide_decimal("9223372036854775807", std::numeric_limits<int64_t>::max(), 1), "1.0");
}

TEST(WithoutZeros, TakesThoseBehindThePointAlone) {
  EXPECT_EQ(without_zeros("12.50"), "12.5");
  EXPECT_EQ(without_zeros("3.00"), "3");
  EXPECT_EQ(without_zeros("100"), "100");
  EXPECT_EQ(without_zeros("0.001"), "0.001");
  EXPECT_EQ(without_zeros("0"), "0");
}

}  // namespace
}  // namespace thing::base
