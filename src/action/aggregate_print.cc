// Aggregates as JSON. Decimals have no zeros at their end, since databases differ in those.
#include <algorithm>
#include <charconv>

#include "action/aggregate.h"
#include "base/decimal_sum.h"

namespace thing::action {

using base::Code;
using query::Function;
using value::RowView;
using value::Type;
using value::ValueView;

namespace {

constexpr size_t kScale = 16;       // digits behind the point of an average of decimals, or more
constexpr size_t kExactScale = 60;  // enough to find the nearest double

void put_decimal(std::string_view text, entity::Output& out) {
  entity::put_json_string(out, base::without_zeros(text));
}

base::Status put_sum_of_ints(std::string_view sum, const Place& place, entity::Output& out) {
  const std::string_view text = base::without_zeros(sum);
  int64_t n = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), n);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size())
    return place.bad(Code::kRange,
                     "found a sum of more than 64 bits, expected one that an int holds");
  out.put(text);
  return {};
}

double quotient(std::string_view sum, int64_t n) {
  const std::string text = base::divide_decimal(base::without_zeros(sum), n, kExactScale);
  double v = 0;
  std::from_chars(text.data(), text.data() + text.size(), v);
  return v;
}

// The sum, which is there, over the number of values.
void put_average(const Summary::Member& member, const RowView& row, entity::Output& out) {
  const int64_t n = row.int64(member.count);
  if (member.field == Type::kDecimal) {
    const std::string_view sum = base::without_zeros(row.bytes(member.column));
    const size_t point = std::min(sum.find('.'), sum.size());
    return put_decimal(base::divide_decimal(sum, n, std::max(sum.size() - point, kScale)), out);
  }
  const double average = member.field == Type::kInt
                             ? quotient(row.bytes(member.column), n)
                             : row.float64(member.column) / static_cast<double>(n);
  entity::put_value(out, Type::kFloat, ValueView::of_float(average));
}

base::Status put_member(const Summary::Part& part, const Summary::Member& member,
                        const RowView& row, const Summary& summary, entity::Output& out) {
  if (!row.has(member.column)) {
    out.put("null");
    return {};
  }
  if (member.function == Function::kAvg) {
    put_average(member, row, out);
    return {};
  }
  if (member.function == Function::kSum && member.field == Type::kInt) {
    const Place place(summary.aggregation.model(), part.name);
    return put_sum_of_ints(row.bytes(member.column), place.at(member.name), out);
  }
  const Type type = summary.aggregation.groups_model().fields[member.column].type;
  if (type == Type::kDecimal) {
    put_decimal(row.bytes(member.column), out);
  } else {
    entity::put_value(out, type, row.value(member.column, type));
  }
  return {};
}

}  // namespace

base::Status print_members(const Summary::Part& part, const RowView& row, const Summary& summary,
                           entity::Output& out) {
  if (part.is_plain) return put_member(part, part.members[0], row, summary, out);
  char before = '{';
  for (const Summary::Member& member : part.members) {
    out.put(before);
    entity::put_json_string(out, member.name);
    out.put(':');
    THING_TRY(put_member(part, member, row, summary, out));
    before = ',';
  }
  out.put('}');
  return {};
}

base::Status print_group(const Summary& summary, const RowView& row, entity::Output& out) {
  char before = '{';
  const auto put_name = [&](std::string_view name) {
    out.put(before);
    entity::put_json_string(out, name);
    out.put(':');
    before = ',';
  };
  const schema::Model& groups = summary.aggregation.groups_model();
  for (uint32_t f = 0; f < summary.aggregation.by().size(); ++f) {
    const Type type = groups.fields[f].type;
    put_name(groups.fields[f].name);
    if (type == Type::kDecimal && row.has(f)) {
      put_decimal(row.bytes(f), out);
    } else {
      entity::put_value(out, type, row.value(f, type));
    }
  }
  for (const Summary::Part& part : summary.parts) {
    put_name(part.name);
    THING_TRY(print_members(part, row, summary, out));
  }
  out.put('}');
  return {};
}

}  // namespace thing::action
