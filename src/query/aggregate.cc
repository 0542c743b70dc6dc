#include "query/aggregate.h"

#include <algorithm>

namespace thing::query {

using base::Code;
using base::fail;
using value::Type;

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
  schema::Field group;
  group.name = of.name;
  group.column = fmt::format("c{}", by_.size());
  group.type = of.type;
  group.nullable = of.nullable;
  group.primary = true;
  group.enum_values = of.enum_values;
  groups_model_.primary.push_back(static_cast<uint32_t>(by_.size()));
  groups_model_.fields.push_back(std::move(group));
  groups_model_.layout.types.push_back(of.type);
  by_.push_back(field);
  return {};
}

base::Result<uint32_t> Aggregation::column(Aggregate aggregate) {
  const auto at = std::find(columns_.begin(), columns_.end(), aggregate);
  const auto number =
      static_cast<uint32_t>(by_.size() + static_cast<size_t>(at - columns_.begin()));
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
    if (made.type == Type::kNull) {
      return fail(
          base::Error(Code::kInvalid, fmt::format("found '{}' that is {}, expected {}", of.name,
                                                  value::type_name(of.type),
                                                  aggregate.function == Function::kSum ||
                                                          aggregate.function == Function::kAvg
                                                      ? "an int, float or decimal"
                                                      : "a number, text, enum or time"))
              .model(model().name)
              .field(of.name));
    }
  }
  groups_model_.layout.types.push_back(made.type);
  groups_model_.fields.push_back(std::move(made));
  columns_.push_back(aggregate);
  return number;
}

}  // namespace thing::query
