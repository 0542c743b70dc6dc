#pragma once
#include <cstdint>
#include <string_view>

namespace thing::value {

// THING_TYPE_* of thing.h, with the same numbers.
enum class Type : uint8_t {
  kNull = 0,
  kBool = 1,
  kInt = 2,
  kFloat = 3,
  kDecimal = 4,
  kText = 5,
  kBytes = 6,
  kDatetime = 7,
  kDate = 8,
  kTime = 9,
  kUuid = 10,
  kJson = 11,
  kEnum = 12,
};

// How a slot of a packed row holds the type.
constexpr bool is_int_slot(Type t) {
  return t == Type::kBool || t == Type::kInt || t == Type::kDatetime || t == Type::kDate ||
         t == Type::kTime;
}
constexpr bool is_float_slot(Type t) { return t == Type::kFloat; }
constexpr bool is_heap_slot(Type t) {
  return t != Type::kNull && !is_int_slot(t) && !is_float_slot(t);
}
constexpr bool is_utf8_type(Type t) {
  return t == Type::kText || t == Type::kJson || t == Type::kEnum || t == Type::kDecimal;
}

std::string_view type_name(Type type);   // "datetime"
Type parse_type(std::string_view name);  // kNull when unknown

}  // namespace thing::value
