#include "value/type.h"

#include <array>

namespace thing::value {
namespace {

constexpr std::array<std::string_view, 13> kNames = {
    "null",     "bool", "int",  "float", "decimal", "text", "bytes",
    "datetime", "date", "time", "uuid",  "json",    "enum"};

}  // namespace

std::string_view type_name(Type type) { return kNames[static_cast<size_t>(type)]; }

Type parse_type(std::string_view name) {
  for (size_t i = 1; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Type>(i);
  }
  return Type::kNull;
}

}  // namespace thing::value
