// Aggregates: groups are a table of their own to what is asked of them, so that conditions and
// orders of groups are written as those of rows are.
//
//   SELECT t."c0", t."c1" FROM (
//     SELECT t."category" AS "c0", count(*) AS "c1" FROM "products" AS t WHERE ... GROUP BY 1
//   ) AS t WHERE t."c1" >= ? ORDER BY t."c1" DESC, t."c0" LIMIT ?
//
// A page of rows, of which alone is counted, is a table likewise. Where nothing is asked of groups
// the inner statement is all there is.
#include "dialect/condition.h"
#include "dialect/sql_dialect.h"

namespace thing::dialect {

using query::Aggregate;
using query::AggregateQuery;
using query::Function;

std::string SqlDialect::aggregated(const schema::Model& model, const Aggregate& aggregate) const {
  if (aggregate.field == schema::kNone) return "count(*)";
  const auto field = static_cast<uint32_t>(aggregate.field);
  const value::Type type = model.fields[field].type;
  const std::string of = column(model, field);
  switch (aggregate.function) {
    case Function::kCount: return "count(" + of + ")";
    case Function::kSum: return sum(of, type);
    case Function::kAvg: return average(of, type);
    case Function::kMin: return "min(" + compared(of, type) + ")";
    case Function::kMax: return "max(" + compared(of, type) + ")";
  }
  return "";
}

void SqlDialect::write_groups(const AggregateQuery& query, Draft& draft) const {
  const query::Query& rows = query.rows;
  const schema::Model& model = *rows.model;
  const std::vector<schema::Field>& made = query.groups.model->fields;
  std::string_view before = "SELECT ";
  size_t n = 0;
  const auto add = [&](const std::string& expression) {
    draft.sql.append(before).append(expression).append(" AS ").append(quote(made[n++].column));
    before = ", ";
  };
  for (size_t i = 0; i < rows.way.key.size(); ++i) add(way_key(i));
  for (const uint32_t field : query.by)
    add(told_apart(distinct_column(column(model, field), model.fields[field].type),
                   model.fields[field].type));
  for (const Aggregate& aggregate : query.columns) add(aggregated(model, aggregate));
  if (rows.take || rows.skip || rows.keyset) {
    draft.sql += " FROM (SELECT " + columns(model) + " FROM " + source(model);
    write_where(rows, true, draft);
    write_orders(rows, draft);
    write_page(rows, draft);
    draft.sql += ") AS t";
  } else {
    draft.sql += " FROM ";
    write_source(rows, draft);
    write_where(rows, false, draft);
  }
  before = " GROUP BY ";
  for (size_t i = 1; i <= rows.way.key.size() + query.by.size(); ++i) {
    draft.sql.append(before).append(std::to_string(i));
    before = ", ";
  }
}

CompiledAggregate SqlDialect::aggregate(const AggregateQuery& query) const {
  const query::Query& groups = query.groups;
  CompiledAggregate out;
  Draft draft;
  const bool is_plain =
      groups.where.children.empty() && groups.order.empty() && !groups.take && !groups.skip;
  if (!is_plain) draft.sql = "SELECT " + columns(*groups.model) + " FROM (";
  write_groups(query, draft);
  out.rows = std::move(draft.arguments);
  draft.arguments.clear();
  if (!is_plain) {
    draft.sql += ") AS t";
    write_where(groups, false, draft);
    write_orders(groups, draft);
    write_page(groups, draft);
  }
  out.sql = std::move(draft.sql);
  out.groups = std::move(draft.arguments);
  return out;
}

}  // namespace thing::dialect
