#include "value/list.h"

#include <algorithm>

#include "value/json.h"

namespace thing::value {
namespace {

using base::Code;
using base::fail;
using base::Result;
using text::JsonKind;
using text::JsonNode;

bool is_less(const Value& a, const Value& b) { return compare(a.view(), b.view()) < 0; }
bool is_same(const Value& a, const Value& b) { return compare(a.view(), b.view()) == 0; }

}  // namespace

Result<Value> list_from_json(Type list, const JsonNode& node, const text::Json& json) {
  const Type element = element_of(list);
  if (!node.is(JsonKind::kArray)) {
    return fail(Code::kType, "found {}, expected an array for a {}", text::kind_name(node.kind),
                type_name(list));
  }
  std::string out;
  text::JsonWriter writer(out);
  writer.begin_array();
  uint32_t number = 0;
  for (const JsonNode* n = node.first; n != nullptr; n = n->next, ++number) {
    auto v = from_json(element, *n, json);
    if (!v && v.error().detail() == nullptr) return fail(std::move(v.error()));
    if (!v) return fail(v.error().code(), "element {}: {}", number, v.error().message());
    if (v->is_null()) {
      return fail(Code::kType, "element {}: found null, expected a value for {}", number,
                  type_name(element));
    }
    print_value(writer, element, v->view());
  }
  writer.end_array();
  return Value::of_bytes(list, out);
}

Result<Value> list_from_text(Type list, std::string_view text) {
  THING_ASSIGN(const text::Json json, text::Json::parse(text));
  return list_from_json(list, json.root(), json);
}

bool is_canonical_list(Type list, std::string_view text) {
  const auto canonical = list_from_text(list, text);
  return canonical && canonical->view().bytes == text;
}

Value list_of_one(const Value& element) {
  std::string out;
  text::JsonWriter writer(out);
  writer.begin_array();
  print_value(writer, element.type(), element.view());
  writer.end_array();
  return Value::of_bytes(list_of(element.type()), out);
}

Result<std::vector<Value>> list_elements(Type list, std::string_view text) {
  THING_ASSIGN(const text::Json json, text::Json::parse(text));
  if (!json.root().is(JsonKind::kArray)) {
    return fail(Code::kType, "found {}, expected an array for a {}",
                text::kind_name(json.root().kind), type_name(list));
  }
  std::vector<Value> elements;
  elements.reserve(json.root().size);
  for (const JsonNode* n = json.root().first; n != nullptr; n = n->next) {
    THING_ASSIGN(Value v, from_json(element_of(list), *n, json));
    if (v.is_null()) return fail(Code::kType, "found null among the elements of a list");
    elements.push_back(std::move(v));
  }
  return elements;
}

std::optional<bool> test_list(ListTest test, Type list, std::string_view text,
                              std::string_view with) {
  if (test == ListTest::kEqual && text == with) return true;
  auto found = list_elements(list, text);
  const auto wanted = list_elements(list, with);
  if (!found || !wanted) return std::nullopt;
  if (test == ListTest::kEqual)
    return std::equal(found->begin(), found->end(), wanted->begin(), wanted->end(), is_same);
  std::sort(found->begin(), found->end(), is_less);
  const auto has = [&found](const Value& v) {
    return std::binary_search(found->begin(), found->end(), v, is_less);
  };
  return test == ListTest::kEvery ? std::all_of(wanted->begin(), wanted->end(), has)
                                  : std::any_of(wanted->begin(), wanted->end(), has);
}

}  // namespace thing::value
