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

// The type of a list has the number of its elements' type and this bit. Elements are scalars and
// never NULL; the value is the canonical JSON text of the array (list.h).
inline constexpr uint8_t kListBit = 0x20;
constexpr bool is_list(Type t) { return (static_cast<uint8_t>(t) & kListBit) != 0; }
constexpr Type list_of(Type element) {
  return static_cast<Type>(static_cast<uint8_t>(element) | kListBit);
}
constexpr Type element_of(Type list) {  // of any other type, the type itself
  return static_cast<Type>(static_cast<uint8_t>(list) & ~kListBit);
}

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
  return t == Type::kText || t == Type::kJson || t == Type::kEnum || t == Type::kDecimal ||
         is_list(t);
}

std::string_view type_name(Type type);   // "datetime", "list of datetime"
Type parse_type(std::string_view name);  // of a scalar; kNull when unknown

}  // namespace thing::value
