#include "schema/field_value.h"

#include "base/time.h"
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

// As a rule that is broken.
base::Error not_in_values(std::string message) {
  return base::Error(Code::kCheck, std::move(message)).constraint(kEnumRule).sqlstate("23514");
}

base::Status check_one(const Field& field, std::string_view found) {
  if (field.is_enum_value(found)) return {};
  std::string expected;
  for (const std::string& one : field.enum_values)
    expected += (expected.empty() ? "" : ", ") + quoted(one);
  return fail(not_in_values(fmt::format("found {}, expected one of {}", quoted(found), expected)));
}

base::Result<Value> datetime_from(Epoch epoch, std::string_view number) {
  const int digits = epoch == Epoch::kSeconds ? 6 : epoch == Epoch::kMillis ? 3 : 0;
  if (const auto micros = base::parse_epoch(number, digits); micros.has_value())
    return Value::of_int(Type::kDatetime, *micros);
  return fail(Code::kRange, "found {} {} since 1970, expected a time in the years 0001 to 9999",
              quoted(number), epoch_name(epoch));
}

}  // namespace

std::string_view epoch_name(Epoch epoch) {
  constexpr std::string_view kNames[] = {"", "s", "ms", "us"};
  return kNames[static_cast<size_t>(epoch)];
}

base::Status check_enum(const Field& field, const value::ValueView& v) {
  if (value::element_of(field.type) != Type::kEnum || v.is_null()) return {};
  if (!value::is_list(field.type)) return check_one(field, v.bytes);
  THING_ASSIGN(const std::vector<Value> elements, value::list_elements(field.type, v.bytes));
  for (size_t i = 0; i < elements.size(); ++i) {
    if (auto fits = check_one(field, elements[i].view().bytes); !fits)
      return fail(not_in_values(fmt::format("element {}: {}", i, fits.error().message())));
  }
  return {};
}

base::Result<Value> value_from_json(const Field& field, const text::JsonNode& node,
                                    const text::Json& json) {
  if (field.epoch != Epoch::kOff && node.is(text::JsonKind::kNumber))
    return datetime_from(field.epoch, node.text);
  THING_ASSIGN(Value v, value::from_json(field.type, node, json));
  THING_TRY(check_enum(field, v.view()));
  return v;
}

}  // namespace thing::schema
