#include "base/decimal.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "random.h"

namespace thing::base {
namespace {

std::string canonical(std::string_view text) { return canonical_decimal(text).value_or("none"); }

int sign(std::strong_ordering order) { return order < 0 ? -1 : order > 0 ? 1 : 0; }

TEST(CanonicalDecimal, KeepsTheScale) {
  EXPECT_EQ(canonical("12.50"), "12.50");
  EXPECT_EQ(canonical("-12.50"), "-12.50");
  EXPECT_EQ(canonical("0.00"), "0.00");
}

TEST(CanonicalDecimal, TakesAwayWhatDoesNotCount) {
  const std::pair<const char*, const char*> kCases[] = {
      {"+5", "5"},   {"007", "7"},      {"-0", "0"},  {"-0.00", "0.00"},
      {".5", "0.5"}, {"-.5", "-0.5"},   {"000", "0"}, {"00.10", "0.10"},
      {"-00", "0"},  {"+000.5", "0.5"}, {"0", "0"},   {"-007.0", "-7.0"}};
  for (const auto& [text, expected] : kCases) EXPECT_EQ(canonical(text), expected) << text;
}

TEST(CanonicalDecimal, WritesExponentsOut) {
  const std::pair<const char*, const char*> kCases[] = {
      {"1.5e2", "150"},         {"1.5E+2", "150"},  {"1.50e1", "15.0"},   {"15e-1", "1.5"},
      {"1e-3", "0.001"},        {"100e-1", "10.0"}, {"0.05e1", "0.5"},    {"0e5", "0"},
      {"0e-2", "0.00"},         {"-2e0", "-2"},     {"12e-5", "0.00012"}, {"0.005e5", "500"},
      {"123.456e2", "12345.6"}, {"-0e3", "0"},      {"1e-0", "1"},        {"00012e1", "120"}};
  for (const auto& [text, expected] : kCases) EXPECT_EQ(canonical(text), expected) << text;
}

TEST(CanonicalDecimal, RefusesWhatIsNoDecimal) {
  for (const char* text : {"",        "-",
                           "+",       ".",
                           "5.",      "-.",
                           "1.2.3",   "1e",
                           "1e+",     "1e-",
                           "e5",      "1e1.5",
                           "--1",     "+-1",
                           "1e+-5",   "1e--5",
                           " 1",      "1 ",
                           "0x1",     "1,5",
                           "nan",     "inf",
                           "1_000",   "1e1001",
                           "1e-1001", "1e99999999999",
                           "\xd9\xa1"}) {
    EXPECT_EQ(canonical_decimal(text), std::nullopt) << text;
  }
}

TEST(CanonicalDecimal, HasAtMostAThousandDigits) {
  const std::string most(kMaxDecimalDigits, '9');
  EXPECT_EQ(canonical(most), most);
  EXPECT_EQ(canonical("-." + most), "-0." + most);
  EXPECT_EQ(canonical_decimal(most + "9"), std::nullopt);
  EXPECT_EQ(canonical_decimal(most + ".9"), std::nullopt);
  EXPECT_EQ(canonical_decimal("9e1000"), std::nullopt);
  EXPECT_EQ(canonical("9e999").size(), 1000u);
  EXPECT_EQ(canonical("0" + most), most);
}

std::string random_decimal(test::Random& random) {
  std::string text =
      random.pick(random.between(0, 1), "+-") + random.pick(random.between(1, 12), "0012345679");
  if (random.chance(60)) text += '.' + random.pick(random.between(1, 12), "0012345679");
  if (random.chance(30)) text += "e" + std::to_string(random.between(-15, 15));
  return text;
}

TEST(CanonicalDecimal, IsItsOwnCanonicalForm) {
  test::Random random;
  SCOPED_TRACE(random.name());
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = random_decimal(random);
    const std::string once = canonical(text);
    ASSERT_EQ(canonical(once), once) << text;
    ASSERT_TRUE(is_canonical_decimal(once)) << text;
    ASSERT_EQ(is_canonical_decimal(text), once == text) << text;
  }
}

TEST(CanonicalDecimal, IsTheSameNumber) {
  test::Random random;
  SCOPED_TRACE(random.name());
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = random_decimal(random);
    ASSERT_EQ(sign(compare_decimal(text, canonical(text))), 0) << text;
    ASSERT_NEAR(std::stod(text), std::stod(canonical(text)), std::abs(std::stod(text)) * 1e-12)
        << text;
  }
}

TEST(IsCanonicalDecimal, AgreesWithTheCanonicalFormOfAnyText) {
  test::Random random;
  SCOPED_TRACE(random.name());
  for (int i = 0; i < 50'000; ++i) {
    const std::string text = random.pick(random.between(0, 6), "01.-+e5");
    ASSERT_EQ(is_canonical_decimal(text), canonical_decimal(text) == text) << text;
  }
}

TEST(CompareDecimal, OrdersNumbersByValue) {
  const std::vector<std::string> ascending = {"-1e3",
                                              "-100.01",
                                              "-100",
                                              "-9.99",
                                              "-0.1",
                                              "-0.09",
                                              "0",
                                              "0.0000001",
                                              "0.09",
                                              "0.1",
                                              "0.11",
                                              "1",
                                              "1.001",
                                              "9.99",
                                              "10",
                                              "99",
                                              "1e2",
                                              "100.5",
                                              "12345678901234567890.1"};
  for (size_t i = 0; i < ascending.size(); ++i) {
    for (size_t k = 0; k < ascending.size(); ++k) {
      EXPECT_EQ(sign(compare_decimal(ascending[i], ascending[k])), sign(i <=> k))
          << ascending[i] << " and " << ascending[k];
    }
  }
}

TEST(CompareDecimal, FindsDifferentFormsOfOneNumberEqual) {
  const std::pair<const char*, const char*> kCases[] = {
      {"1", "1.0"},     {"1", "1.000"}, {"0", "-0.00"}, {"1e2", "100"},     {"+7", "007"},
      {"0e9", "-0e-9"}, {".5", "0.50"}, {"10e-1", "1"}, {"-1.50", "-15e-1"}};
  for (const auto& [a, b] : kCases) EXPECT_EQ(sign(compare_decimal(a, b)), 0) << a << " and " << b;
}

TEST(CompareDecimal, SeesTheLastOfAThousandDigits) {
  const std::string a(kMaxDecimalDigits - 1, '3');
  EXPECT_EQ(sign(compare_decimal(a + "3", a + "4")), -1);
  EXPECT_EQ(sign(compare_decimal("-." + a + "3", "-." + a + "4")), 1);
}

TEST(CompareDecimal, SortsOtherTextBehindNumbersByBytes) {
  EXPECT_EQ(sign(compare_decimal("999", "")), -1);
  EXPECT_EQ(sign(compare_decimal("abc", "-5")), 1);
  EXPECT_EQ(sign(compare_decimal("abc", "abd")), -1);
  EXPECT_EQ(sign(compare_decimal("1.", "1.")), 0);
}

TEST(CompareDecimal, IsAStrictOrderOfAnyTexts) {
  test::Random random;
  SCOPED_TRACE(random.name());
  std::vector<std::string> texts;
  for (int i = 0; i < 60; ++i) texts.push_back(random.pick(random.between(0, 5), "01.-e5x"));
  for (const auto& a : texts) {
    for (const auto& b : texts) {
      ASSERT_EQ(sign(compare_decimal(a, b)), -sign(compare_decimal(b, a))) << a << " and " << b;
      for (const auto& c : texts) {
        const bool is_ascending = compare_decimal(a, b) <= 0 && compare_decimal(b, c) <= 0;
        ASSERT_TRUE(!is_ascending || compare_decimal(a, c) <= 0) << a << ' ' << b << ' ' << c;
      }
    }
  }
}

TEST(CompareDecimal, OrdersAsDoublesDoWhereThoseAreExact) {
  test::Random random;
  SCOPED_TRACE(random.name());
  for (int i = 0; i < 20'000; ++i) {
    const int64_t a = random.between(-2000, 2000), b = random.between(-2000, 2000);
    const std::string x = std::to_string(a) + "e-2", y = std::to_string(b) + "e-2";
    ASSERT_EQ(sign(compare_decimal(x, y)), sign(a <=> b)) << x << " and " << y;
    ASSERT_EQ(sign(compare_decimal(canonical(x), canonical(y))), sign(a <=> b))
        << x << " and " << y;
  }
}

}  // namespace
}  // namespace thing::base
