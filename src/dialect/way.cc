// Rows with the keys of those that they belong to, by rows between.
//
//   "tags" AS t JOIN (
//     SELECT DISTINCT t."post_id" AS "k0", t."tag_id" AS "f0" FROM "posts_tags" AS t WHERE ...
//   ) AS j ON t."id" = j."f0"
//
// Each row comes once for each key: those between are told apart by nothing but the key and what
// leads on from them. Where there are more of them, those before are joined inside likewise.
#include <fmt/format.h>

#include "dialect/condition.h"
#include "dialect/sql_dialect.h"

namespace thing::dialect {

using query::Query;

std::string SqlDialect::key_apart(const schema::Model& model, uint32_t field) const {
  return told_apart(column(model, field), model.fields[field].type);
}

std::string SqlDialect::way_key(size_t i) const { return "j." + quote(fmt::format("k{}", i)); }

void SqlDialect::write_source(const Query& query, Draft& draft) const {
  draft.sql += source(*query.model);
  if (!query.way.is_empty()) join_way(query, query.way.rows.size(), draft);
}

// The first `end` of the rows between, to those that the last of them leads to.
void SqlDialect::join_way(const Query& query, size_t end, Draft& draft) const {
  draft.sql += " JOIN ";
  write_way(query, end, draft);
  const schema::Step& step = *query.way.rows[end - 1].step;
  std::string_view before = " AS j ON ";
  for (size_t i = 0; i < step.to_fields.size(); ++i) {
    const value::Type type = step.to->fields[step.to_fields[i]].type;
    draft.sql += before;
    draft.sql += compared(column(*step.to, step.to_fields[i]), type);
    draft.sql += " = " + compared("j." + quote(fmt::format("f{}", i)), type);
    before = " AND ";
  }
}

void SqlDialect::write_way(const Query& query, size_t end, Draft& draft) const {
  const query::Way::Between& last = query.way.rows[end - 1];
  const schema::Model& model = *last.step->from;
  std::string_view before = "(SELECT DISTINCT ";
  const auto add = [&](const std::string& selected, std::string_view name, size_t number) {
    draft.sql.append(before).append(selected).append(" AS ");
    draft.sql += quote(fmt::format("{}{}", name, number));
    before = ", ";
  };
  for (size_t i = 0; i < query.way.key.size(); ++i)
    add(end == 1 ? key_apart(model, query.way.key[i]) : way_key(i), "k", i);
  for (size_t i = 0; i < last.step->from_fields.size(); ++i)
    add(key_apart(model, last.step->from_fields[i]), "f", i);
  draft.sql += " FROM " + source(model);
  if (end > 1) join_way(query, end - 1, draft);
  Condition(*this, model, query.params, draft).write_where(last.where);
  draft.sql += ')';
}

Compiled SqlDialect::key_page(const Query& query) const {
  const schema::Model& model = *query.model;
  const std::string number = quote("n");
  std::string inner, outer, keys;
  const auto add = [&](const std::string& selected, std::string_view name, size_t i) {
    const std::string as = quote(fmt::format("{}{}", name, i));
    inner += selected + " AS " + as + ", ";
    outer += (outer.empty() ? "t." : ", t.") + as;
  };
  for (size_t i = 0; i < query.way.key.size(); ++i) {
    add(way_key(i), "k", i);
    keys += (keys.empty() ? "" : ", ") + way_key(i);
  }
  for (size_t i = 0; i < model.primary.size(); ++i) add(column(model, model.primary[i]), "p", i);
  for (size_t i = 0; i < query.way.rows.back().step->from_fields.size(); ++i)
    add("j." + quote(fmt::format("f{}", i)), "f", i);
  Draft draft;
  draft.sql = fmt::format("SELECT {} FROM (SELECT {}row_number() OVER (PARTITION BY {}", outer,
                          inner, keys);
  write_orders(query, draft);
  draft.sql += ") AS " + number + " FROM ";
  write_source(query, draft);
  write_where(query, false, draft);
  draft.sql += ") AS t WHERE ";
  write_group_page(query, number, draft);
  draft.sql += " ORDER BY t." + number;
  return draft.finish();
}

}  // namespace thing::dialect
