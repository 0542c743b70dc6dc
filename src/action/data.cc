#include "action/data.h"

#include <algorithm>
#include <cmath>

#include "base/decimal_sum.h"
#include "base/utf8.h"
#include "schema/field_value.h"

namespace thing::action {

using base::Code;
using base::quoted;
using text::Json;
using text::JsonKind;
using text::JsonNode;
using value::Type;
using value::Value;

namespace {

base::Result<Value> read_value(const Place& place, const schema::Field& field, const JsonNode& node,
                               const Json& json) {
  auto v = schema::value_from_json(field, node, json);
  if (v) return v;
  base::Error error = std::move(v.error());
  if (error.detail() == nullptr) return base::fail(std::move(error));
  return place.of(std::move(error).field(field.name));
}

std::string_view name_of(Change::Kind kind) {
  return kind == Change::Kind::kIncrement ? "increment" : "decrement";
}

bool is_number(Type type) {
  return type == Type::kInt || type == Type::kFloat || type == Type::kDecimal;
}

// {"increment": 1}
base::Result<Change> read_operation(const Place& place, uint32_t field, const JsonNode& node,
                                    const Json& json) {
  const schema::Field& f = place.model().fields[field];
  if (node.size != 1)
    return place.bad(Code::kInvalid, fmt::format("found {} operations, expected one of set, "
                                                 "increment, decrement",
                                                 node.size));
  const JsonNode& operand = *node.first;
  Change change;
  change.field = field;
  if (operand.key == "increment" || operand.key == "decrement") {
    change.kind = operand.key == "increment" ? Change::Kind::kIncrement : Change::Kind::kDecrement;
    if (!is_number(f.type))
      return place.bad(Code::kType, fmt::format("found {} of '{}' that is {}, expected an int, "
                                                "float or decimal",
                                                operand.key, f.name, value::type_name(f.type)));
    if (operand.is(JsonKind::kNull)) return place.at(operand.key).wrong(operand, "a number");
  } else if (operand.key != "set") {
    return place.bad(Code::kInvalid,
                     fmt::format("found operation {}, expected one of set, increment, decrement",
                                 quoted(operand.key)));
  }
  THING_ASSIGN(change.value, read_value(place.at(operand.key), f, operand, json));
  return change;
}

}  // namespace

base::Result<Change> read_change(const Place& place, uint32_t field, const JsonNode& node,
                                 const Json& json, Of of) {
  const schema::Field& f = place.model().fields[field];
  // An object is a value of a json field, unless it says that it sets one.
  const bool is_value = of == Of::kNew || !node.is(JsonKind::kObject) ||
                        (f.type == Type::kJson && node.find("set") == nullptr);
  if (!is_value) return read_operation(place, field, node, json);
  Change change;
  change.field = field;
  THING_ASSIGN(change.value, read_value(place, f, node, json));
  return change;
}

base::Result<Changes> read_changes(const Place& place, const JsonNode& node, const Json& json,
                                   Of of) {
  if (!node.is(JsonKind::kObject)) return place.wrong(node, "an object of values");
  Changes changes;
  for (const JsonNode* n = node.first; n != nullptr; n = n->next) {
    THING_ASSIGN(const uint32_t field, place.field(n->key));
    THING_ASSIGN(Change change, read_change(place.at(n->key), field, *n, json, of));
    changes.push_back(std::move(change));
  }
  return changes;
}

base::Result<Changes> read_changes_of_many(const Place& place, const JsonNode& node,
                                           const Json& json) {
  THING_ASSIGN(Changes changes, read_changes(place, node, json, Of::kThere));
  if (changes.empty()) return place.bad(Code::kInvalid, "found no field, expected at least one");
  for (const Change& change : changes) {
    const schema::Field& field = place.model().fields[change.field];
    if (place.model().is_key(change.field))
      return place.at(field.name)
          .bad(Code::kUnsupported, "found a field of the primary key, expected others");
    if (change.kind != Change::Kind::kSet && field.type == Type::kDecimal)
      return place.at(field.name)
          .bad(Code::kUnsupported,
               "found a sum of decimals, expected a value, or update of one record");
  }
  return changes;
}

namespace {

tl::unexpected<base::Error> too_large(const Place& place, const schema::Field& field) {
  return base::fail(
      base::Error(Code::kRange, fmt::format("{}: found a sum that leaves the field, "
                                            "expected one that fits {}",
                                            place.path(), value::type_name(field.type)))
          .model(place.model().name)
          .field(field.name));
}

// The sum of what is there, nothing counting as 0, and the change.
base::Result<Value> sum_of(const Place& place, const Change& change,
                           const std::optional<value::ValueView>& there) {
  const schema::Field& field = place.model().fields[change.field];
  const Place here = place.at(field.name).at(name_of(change.kind));
  const bool down = change.kind == Change::Kind::kDecrement;
  const value::ValueView by = change.value.view();
  const bool is_null = !there.has_value() || there->is_null();
  if (field.type == Type::kInt) {
    const int64_t before = is_null ? 0 : there->integer;
    int64_t sum = 0;
    const bool fits = down ? !__builtin_sub_overflow(before, by.integer, &sum)
                           : !__builtin_add_overflow(before, by.integer, &sum);
    if (!fits) return too_large(here, field);
    return Value::of_int(Type::kInt, sum);
  }
  if (field.type == Type::kFloat) {
    const double sum = (is_null ? 0.0 : there->real) + (down ? -by.real : by.real);
    if (!std::isfinite(sum)) return too_large(here, field);
    return Value::of_float(sum);
  }
  base::DecimalSum sum;
  if (!is_null) (void)sum.add(there->bytes);
  (void)(down ? sum.subtract(by.bytes) : sum.add(by.bytes));
  auto v = value::from_text(Type::kDecimal, sum.text());
  if (!v) return too_large(here, field);
  return v;
}

}  // namespace

base::Status apply(const Place& place, const Changes& changes, entity::Object& object) {
  std::vector<std::pair<uint32_t, Value>> values;
  values.reserve(changes.size());
  for (const Change& change : changes) {
    values.emplace_back(change.field, change.value);
    if (change.kind != Change::Kind::kSet) {
      THING_ASSIGN(values.back().second, sum_of(place, change, object.get(change.field)));
    }
  }
  return object.set_all(std::move(values));
}

}  // namespace thing::action
