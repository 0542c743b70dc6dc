#include "value/value.h"

#include <vector>

#include <gtest/gtest.h>

namespace thing::value {
namespace {

int sign(std::strong_ordering order) { return order < 0 ? -1 : order > 0 ? 1 : 0; }

TEST(Value, IsNullAtFirst) {
  EXPECT_TRUE(Value().is_null());
  EXPECT_TRUE(Value().view().is_null());
}

TEST(Value, KeepsItsOwnBytes) {
  std::string bytes = "some text that is too long for the inside of a string";
  const Value value(ValueView::of_bytes(Type::kText, bytes));
  const std::string expected = bytes;
  bytes.assign(bytes.size(), '?');
  EXPECT_EQ(value.view().bytes, expected);
}

TEST(Value, GivesBackWhatItWasMadeOf) {
  EXPECT_EQ(Value::of_int(Type::kDate, -5).view().integer, -5);
  EXPECT_EQ(Value::of_int(Type::kDate, -5).type(), Type::kDate);
  EXPECT_EQ(Value::of_float(1.5).view().real, 1.5);
  EXPECT_EQ(Value::of_bytes(Type::kBytes, std::string("a\0b", 3)).view().bytes,
            std::string_view("a\0b", 3));
}

TEST(Equal, WantsTheSameType) {
  EXPECT_TRUE(equal(ValueView::of_int(Type::kInt, 1), ValueView::of_int(Type::kInt, 1)));
  EXPECT_FALSE(equal(ValueView::of_int(Type::kInt, 1), ValueView::of_int(Type::kBool, 1)));
  EXPECT_FALSE(equal(ValueView::of_int(Type::kInt, 1), ValueView::of_float(1)));
  EXPECT_FALSE(
      equal(ValueView::of_bytes(Type::kText, "a"), ValueView::of_bytes(Type::kBytes, "a")));
}

TEST(Equal, TakesNullAsEqualToNullAlone) {
  EXPECT_TRUE(equal({}, {}));
  EXPECT_FALSE(equal({}, ValueView::of_int(Type::kInt, 0)));
}

TEST(Equal, TellsDecimalsOfDifferentScaleApart) {
  EXPECT_FALSE(equal(ValueView::of_bytes(Type::kDecimal, "1.0"),
                     ValueView::of_bytes(Type::kDecimal, "1.00")));
}

void expect_ascending(const std::vector<ValueView>& values) {
  for (size_t i = 0; i < values.size(); ++i) {
    for (size_t k = 0; k < values.size(); ++k)
      EXPECT_EQ(sign(compare(values[i], values[k])), sign(i <=> k)) << i << " and " << k;
  }
}

TEST(Compare, OrdersIntegersByValue) {
  std::vector<ValueView> values;
  for (int64_t v : {INT64_MIN, int64_t{-1}, int64_t{0}, int64_t{1}, INT64_MAX})
    values.push_back(ValueView::of_int(Type::kInt, v));
  expect_ascending(values);
}

TEST(Compare, OrdersFloatsByValue) {
  std::vector<ValueView> values;
  for (double v : {-1e300, -1.0, 0.0, 5e-324, 1.0, 1e300}) values.push_back(ValueView::of_float(v));
  expect_ascending(values);
  EXPECT_EQ(sign(compare(ValueView::of_float(0.0), ValueView::of_float(-0.0))), 0);
}

TEST(Compare, OrdersTextByUnsignedBytes) {
  std::vector<ValueView> values;
  for (const char* v : {"", "A", "a", "aa", "b", "\u00e9", "\U0001F600"})
    values.push_back(ValueView::of_bytes(Type::kText, v));
  expect_ascending(values);
}

TEST(Compare, OrdersDecimalsAsNumbers) {
  std::vector<ValueView> values;
  for (const char* v : {"-10", "-9.5", "0", "9", "9.01", "10"})
    values.push_back(ValueView::of_bytes(Type::kDecimal, v));
  expect_ascending(values);
  EXPECT_EQ(sign(compare(ValueView::of_bytes(Type::kDecimal, "1.0"),
                         ValueView::of_bytes(Type::kDecimal, "1.00"))),
            0);
}

}  // namespace
}  // namespace thing::value
