#include "query/aggregate.h"

#include <algorithm>
#include <charconv>

#include "base/decimal_sum.h"

namespace thing::query {

using base::Code;
using base::fail;
using value::Type;
using value::Value;

std::string_view function_name(Function function) {
  constexpr std::string_view kNames[] = {"_count", "_sum", "_avg", "_min", "_max"};
  return kNames[static_cast<size_t>(function)];
}

Type type_of(Function function, Type field) {
  const bool is_number = field == Type::kInt || field == Type::kFloat || field == Type::kDecimal;
  const bool is_time = field == Type::kDatetime || field == Type::kDate || field == Type::kTime;
  switch (function) {
    case Function::kCount: return Type::kInt;
    case Function::kSum:
      return field == Type::kInt ? Type::kDecimal : is_number ? field : Type::kNull;
    case Function::kAvg:
      return field == Type::kInt ? Type::kFloat : is_number ? field : Type::kNull;
    case Function::kMin:
    case Function::kMax: break;
  }
  return is_number || is_time || field == Type::kText || field == Type::kEnum ? field : Type::kNull;
}

base::Status check_function(const schema::Model& model, Function function, uint32_t field) {
  const schema::Field& of = model.fields[field];
  if (type_of(function, of.type) != Type::kNull) return {};
  const bool is_sum = function == Function::kSum || function == Function::kAvg;
  return fail(base::Error(Code::kInvalid, fmt::format("found '{}' that is {}, expected {}", of.name,
                                                      value::type_name(of.type),
                                                      is_sum ? "an int, float or decimal"
                                                             : "a number, text, enum or time"))
                  .model(model.name)
                  .field(of.name));
}

Aggregation::Aggregation(const schema::Model& model) : rows(model), groups(groups_model_) {
  groups_model_.name = model.name;
}

base::Status Aggregation::group_by(uint32_t field) {
  const schema::Field& of = model().fields[field];
  const bool is_twice = std::find(by_.begin(), by_.end(), field) != by_.end();
  if (of.is_list() || of.type == Type::kJson || is_twice) {
    const std::string found =
        is_twice ? "twice" : fmt::format("that is {}", value::type_name(of.type));
    return fail(
        base::Error(Code::kInvalid,
                    fmt::format("found '{}' {}, expected scalars, each once", of.name, found))
            .model(model().name)
            .field(of.name));
  }
  add_group(of);
  by_.push_back(field);
  return {};
}

void Aggregation::group_by(std::vector<WayPart> way, std::vector<uint32_t> key) {
  for (const uint32_t field : key) add_group(way[0].rows.model().fields[field]);
  way_ = std::move(way);
  way_key_ = std::move(key);
}

void Aggregation::add_group(const schema::Field& of) {
  const auto number = static_cast<uint32_t>(groups_model_.primary.size());
  schema::Field group;
  group.name = of.name;
  group.column = fmt::format("c{}", number);
  group.type = of.type;
  group.nullable = of.nullable;
  group.primary = true;
  group.enum_values = of.enum_values;
  group.epoch = of.epoch;
  groups_model_.primary.push_back(number);
  groups_model_.fields.push_back(std::move(group));
  groups_model_.layout.types.push_back(of.type);
}

base::Result<uint32_t> Aggregation::column(Aggregate aggregate) {
  const auto at = std::find(columns_.begin(), columns_.end(), aggregate);
  const auto number = static_cast<uint32_t>(groups_model_.primary.size() +
                                            static_cast<size_t>(at - columns_.begin()));
  if (at != columns_.end()) return number;
  schema::Field made;
  made.name = function_name(aggregate.function);
  made.column = fmt::format("c{}", number);
  made.type = Type::kInt;
  if (aggregate.field != schema::kNone) {
    const schema::Field& of = model().fields[static_cast<size_t>(aggregate.field)];
    made.name += "." + of.name;
    made.type = type_of(aggregate.function, of.type);
    made.nullable = aggregate.function != Function::kCount;
    made.enum_values = of.enum_values;
    if (made.type == of.type) made.epoch = of.epoch;
    THING_TRY(check_function(model(), aggregate.function, static_cast<uint32_t>(aggregate.field)));
  }
  groups_model_.layout.types.push_back(made.type);
  groups_model_.fields.push_back(std::move(made));
  columns_.push_back(aggregate);
  return number;
}

base::Result<Answer> Aggregation::answer(Aggregate aggregate) {
  Answer out;
  out.function = aggregate.function;
  if (aggregate.field != schema::kNone)
    out.field = model().fields[static_cast<size_t>(aggregate.field)].type;
  if (aggregate.function != Function::kAvg) {
    THING_ASSIGN(out.column, column(aggregate));
    return out;
  }
  THING_ASSIGN(out.column, column({Function::kSum, aggregate.field}));
  THING_ASSIGN(out.count, column({Function::kCount, aggregate.field}));
  return out;
}

namespace {

constexpr size_t kScale = 16;       // digits behind the point of an average of decimals, or more
constexpr size_t kExactScale = 60;  // enough to find the nearest double

base::Result<Value> sum_of_ints(std::string_view sum) {
  const std::string_view text = base::without_zeros(sum);
  int64_t n = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), n);
  if (read.ec == std::errc() && read.ptr == text.data() + text.size())
    return Value::of_int(Type::kInt, n);
  return fail(Code::kRange, "found a sum of more than 64 bits, expected one that an int holds");
}

double quotient(std::string_view sum, int64_t n) {
  const std::string text = base::divide_decimal(base::without_zeros(sum), n, kExactScale);
  double v = 0;
  std::from_chars(text.data(), text.data() + text.size(), v);
  return v;
}

Value decimal(std::string_view text) {
  return Value::of_bytes(Type::kDecimal, base::without_zeros(text));
}

// The sum, which is there, over the number of values.
Value average(const Answer& answer, const value::RowView& row) {
  const int64_t n = row.int64(answer.count);
  if (answer.field == Type::kInt) return Value::of_float(quotient(row.bytes(answer.column), n));
  if (answer.field == Type::kFloat)
    return Value::of_float(row.float64(answer.column) / static_cast<double>(n));
  const std::string_view sum = base::without_zeros(row.bytes(answer.column));
  const size_t point = std::min(sum.find('.'), sum.size());
  return decimal(base::divide_decimal(sum, n, std::max(sum.size() - point, kScale)));
}

}  // namespace

base::Result<Value> Aggregation::value_of(const Answer& answer, const value::RowView& row) const {
  if (!row.has(answer.column)) return Value();
  if (answer.function == Function::kAvg) return average(answer, row);
  if (answer.function == Function::kSum && answer.field == Type::kInt)
    return sum_of_ints(row.bytes(answer.column));
  const Type type = groups_model_.fields[answer.column].type;
  if (type == Type::kDecimal) return decimal(row.bytes(answer.column));
  return Value(row.value(answer.column, type));
}

}  // namespace thing::query
