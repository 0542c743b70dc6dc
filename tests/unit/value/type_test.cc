#include "value/type.h"

#include <gtest/gtest.h>

namespace thing::value {
namespace {

constexpr int kTypes = 13;

TEST(Type, HasANameThatReadsBack) {
  for (int i = 1; i < kTypes; ++i)
    EXPECT_EQ(parse_type(type_name(static_cast<Type>(i))), static_cast<Type>(i));
}

TEST(Type, IsNullForAnUnknownName) {
  for (const char* name : {"", "null", "Int", "integer", "int "})
    EXPECT_EQ(parse_type(name), Type::kNull) << name;
}

TEST(Type, HasExactlyOneKindOfSlotUnlessNull) {
  EXPECT_FALSE(is_int_slot(Type::kNull) || is_float_slot(Type::kNull) || is_heap_slot(Type::kNull));
  for (int i = 1; i < kTypes; ++i) {
    const auto type = static_cast<Type>(i);
    EXPECT_EQ(is_int_slot(type) + is_float_slot(type) + is_heap_slot(type), 1) << type_name(type);
  }
}

}  // namespace
}  // namespace thing::value
