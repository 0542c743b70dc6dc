#include "value/type.h"

#include <array>

namespace thing::value {
namespace {

// Scalars by the last word.
constexpr std::string_view kListOf = "list of ";
constexpr std::array<std::string_view, 13> kNames = {
    "list of null", "list of bool",  "list of int",      "list of float", "list of decimal",
    "list of text", "list of bytes", "list of datetime", "list of date",  "list of time",
    "list of uuid", "list of json",  "list of enum"};

}  // namespace

std::string_view type_name(Type type) {
  const std::string_view name = kNames[static_cast<size_t>(element_of(type))];
  return is_list(type) ? name : name.substr(kListOf.size());
}

Type parse_type(std::string_view name) {
  for (size_t i = 1; i < kNames.size(); ++i) {
    if (kNames[i].substr(kListOf.size()) == name) return static_cast<Type>(i);
  }
  return Type::kNull;
}

}  // namespace thing::value
