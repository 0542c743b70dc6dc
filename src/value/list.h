#pragma once
// A list of scalars is the text of a JSON array in canonical form: no blanks, each element as
// print_value() writes it, so equal lists of one spelling have equal bytes and a list prints as it
// is. Decimals keep their digits: ["1.50"] and ["1.5"] are two texts, but one list to test_list()
// and to the databases.
#include <optional>
#include <string_view>
#include <vector>

#include "text/json.h"
#include "value/value.h"

namespace thing::value {

// The canonical list. Errors are those of from_json() and name the element, counted from 0; kType
// for NULL among the elements and for what is no array.
base::Result<Value> list_from_json(Type list, const text::JsonNode& node, const text::Json& json);
base::Result<Value> list_from_text(Type list, std::string_view text);
bool is_canonical_list(Type list, std::string_view text);
// A list of nothing but `element`, which is not NULL.
Value list_of_one(const Value& element);

base::Result<std::vector<Value>> list_elements(Type list, std::string_view text);
// What stands between the brackets.
inline std::string_view list_inside(std::string_view canonical) {
  return canonical.substr(1, canonical.size() - 2);
}

enum class ListTest : uint8_t {
  kEqual,  // the same elements in the same order
  kEvery,  // `text` has every element of `with`
  kSome,   // `text` has at least one of them
};
// Elements are compared as values of their type, decimals as numbers. nullopt when `text` is no
// list of the type; `with` is one.
std::optional<bool> test_list(ListTest test, Type list, std::string_view text,
                              std::string_view with);

}  // namespace thing::value
