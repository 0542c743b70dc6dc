#include "schema/field_value.h"

#include "base/utf8.h"
#include "value/json.h"
#include "value/list.h"

namespace thing::schema {
namespace {

using base::Code;
using base::fail;
using base::quoted;
using value::Type;
using value::Value;

base::Status check_one(const Field& field, std::string_view found) {
  if (field.is_enum_value(found)) return {};
  std::string expected;
  for (const std::string& one : field.enum_values)
    expected += (expected.empty() ? "" : ", ") + quoted(one);
  return fail(Code::kCheck, "found {}, expected one of {}", quoted(found), expected);
}

}  // namespace

base::Status check_enum(const Field& field, const value::ValueView& v) {
  if (value::element_of(field.type) != Type::kEnum || v.is_null()) return {};
  if (!value::is_list(field.type)) return check_one(field, v.bytes);
  THING_ASSIGN(const std::vector<Value> elements, value::list_elements(field.type, v.bytes));
  for (size_t i = 0; i < elements.size(); ++i) {
    if (auto fits = check_one(field, elements[i].view().bytes); !fits)
      return fail(Code::kCheck, "element {}: {}", i, fits.error().message());
  }
  return {};
}

base::Result<Value> value_from_json(const Field& field, const text::JsonNode& node,
                                    const text::Json& json) {
  THING_ASSIGN(Value v, value::from_json(field.type, node, json));
  THING_TRY(check_enum(field, v.view()));
  return v;
}

}  // namespace thing::schema
