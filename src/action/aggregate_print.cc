// Aggregates as JSON. Decimals have no zeros at their end, since databases differ in those.
#include "action/aggregate.h"
#include "base/decimal_sum.h"

namespace thing::action {

using value::RowView;
using value::Type;

namespace {

base::Status put_member(const Summary::Part& part, const Summary::Member& member,
                        const RowView& row, const Summary& summary, entity::Output& out) {
  auto v = summary.aggregation.value_of(member.answer, row);
  if (!v)
    return Place(summary.aggregation.model(), part.name).at(member.name).of(std::move(v.error()));
  entity::put_value(out, v->type(), v->view());
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
      entity::put_json_string(out, base::without_zeros(row.bytes(f)));
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
