#include <algorithm>

#include <fmt/format.h>
#include <strings.h>

#include "dialect/condition.h"
#include "dialect/sql_dialect.h"

namespace thing::dialect {

using query::Query;

std::string SqlDialect::source(const schema::Model& model) const {
  return quote(model.table) + " AS t";
}

std::string SqlDialect::bare_column(const schema::Model& model, uint32_t field) const {
  return quote(model.fields[field].column);
}

std::string SqlDialect::column(const schema::Model& model, uint32_t field) const {
  return "t." + bare_column(model, field);
}

std::string SqlDialect::columns(const schema::Model& model) const {
  std::string sql;
  for (uint32_t i = 0; i < model.columns(); i++) {
    if (i > 0) sql += ", ";
    sql += column(model, i);
  }
  return sql;
}

std::string SqlDialect::selected(const Query& query) const {
  if (query.select.empty()) return columns(*query.model);
  std::string sql;
  for (const uint32_t field : query.select) {
    if (!sql.empty()) sql += ", ";
    std::string selected = column(*query.model, field);
    sql += query.distinct ? distinct_column(std::move(selected), query.model->fields[field].type)
                          : selected;
  }
  return sql;
}

std::string SqlDialect::distinct_columns(const Query& query) const {
  Query all;
  all.model = query.model;
  all.distinct = true;
  all.select = query.select;
  for (uint32_t i = 0; query.select.empty() && i < query.model->columns(); i++)
    all.select.push_back(i);
  return "SELECT DISTINCT " + selected(all);
}

void SqlDialect::write_where(const Query& query, bool with_keyset, Draft& draft) const {
  Condition(*this, *query.model, query.params, draft).write_where(query, with_keyset);
}

void SqlDialect::write_orders(const Query& query, Draft& draft) const {
  std::string_view before = " ORDER BY ";
  for (const query::Order& order : query.order) {
    draft.sql += before;
    before = ", ";
    if (order.related >= 0) {
      Condition(*this, *query.model, query.params, draft).write_order(query, order);
      continue;
    }
    const schema::Field& field = query.model->fields[order.field];
    std::string sorted = column(*query.model, order.field);
    sorted = query.distinct ? distinct_order(std::move(sorted), field.type)
                            : compared(std::move(sorted), field.type);
    write_order(field.nullable, order, draft.sql, [&] { draft.sql += sorted; });
  }
}

void SqlDialect::write_page(const Query& query, Draft& draft) const {
  if (query.take) {
    draft.sql += " LIMIT " + placeholder(++draft.placeholders);
    draft.arguments.push_back({Argument::From::kTake});
  }
  if (!query.skip) return;
  if (!query.take) draft.sql += no_limit();
  draft.sql += " OFFSET " + placeholder(++draft.placeholders);
  draft.arguments.push_back({Argument::From::kSkip});
}

// A name that none of the columns has; databases may take "a" for "A".
static std::string rank_name(const schema::Model& model) {
  std::string name = "thing_rank";
  const auto has = [&name](const schema::Field& f) {
    return strcasecmp(f.column.c_str(), name.c_str()) == 0;
  };
  while (std::any_of(model.fields.begin(), model.fields.end(), has)) name += '_';
  return name;
}

// Rows that are alike in some fields are numbered in their order; the first of each comes back.
Compiled SqlDialect::select_first(const Query& query) const {
  const schema::Model& model = *query.model;
  const std::string rank = quote(rank_name(model));
  std::string parts;
  for (const uint32_t field : query.distinct_on) {
    if (!parts.empty()) parts += ", ";
    parts += distinct_column(column(model, field), model.fields[field].type);
  }
  Draft draft;
  draft.sql = "SELECT " + selected(query) + " FROM (SELECT " + columns(model) +
              ", row_number() OVER (PARTITION BY " + parts;
  write_orders(query, draft);
  draft.sql += ") AS " + rank + " FROM " + source(model);
  write_where(query, false, draft);
  draft.sql += ") AS t WHERE t." + rank + " = 1";
  if (query.keyset) {
    draft.sql += " AND ";
    write_keyset(*this, query, draft);
  }
  write_orders(query, draft);
  write_page(query, draft);
  return draft.finish();
}

void SqlDialect::write_group_page(const Query& query, const std::string& number,
                                  Draft& draft) const {
  if (query.skip) {
    draft.sql += "t." + number + " > " + placeholder(++draft.placeholders);
    draft.arguments.push_back({Argument::From::kSkip});
  }
  if (query.take) {
    if (query.skip) draft.sql += " AND ";
    draft.sql += "t." + number;
    if (query.skip) {
      draft.sql += " - " + placeholder(++draft.placeholders);
      draft.arguments.push_back({Argument::From::kSkip});
    }
    draft.sql += " <= " + placeholder(++draft.placeholders);
    draft.arguments.push_back({Argument::From::kTake});
  }
}

// The page of each group, by the number that each row has in its own.
Compiled SqlDialect::select_groups(const Query& query) const {
  const std::string number = quote("thing row");
  std::string groups;
  for (const uint32_t field : query.per)
    groups += (groups.empty() ? "" : ", ") + key_apart(*query.model, field);
  Draft draft;
  draft.sql = fmt::format("SELECT {} FROM (SELECT t.*, row_number() OVER (PARTITION BY {}",
                          selected(query), groups);
  write_orders(query, draft);
  draft.sql += fmt::format(") AS {} FROM {}", number, source(*query.model));
  write_where(query, false, draft);
  draft.sql += ") AS t WHERE ";
  write_group_page(query, number, draft);
  draft.sql += fmt::format(" ORDER BY {}, t.{}", groups, number);
  return draft.finish();
}

Compiled SqlDialect::select(const Query& query) const {
  if (!query.distinct_on.empty()) return select_first(query);
  if (!query.per.empty()) return select_groups(query);
  Draft draft;
  draft.sql = query.distinct ? distinct_columns(query) : "SELECT " + selected(query);
  draft.sql += " FROM " + source(*query.model);
  write_where(query, true, draft);
  write_orders(query, draft);
  write_page(query, draft);
  draft.sql += row_lock(query.lock);
  return draft.finish();
}

Compiled SqlDialect::count(const Query& query) const {
  Draft draft;
  draft.sql =
      query.distinct ? "SELECT count(*) FROM (" + distinct_columns(query) : "SELECT count(*)";
  draft.sql += " FROM " + source(*query.model);
  write_where(query, false, draft);
  if (query.distinct) draft.sql.append(")").append(derived_alias());
  return draft.finish();
}

Compiled SqlDialect::exists(const Query& query) const {
  Draft draft;
  draft.sql = "SELECT 1 FROM " + source(*query.model);
  write_where(query, false, draft);
  draft.sql += " LIMIT 1";
  return draft.finish();
}

bool SqlDialect::reads_rows(const query::Node& node, const std::string* table) {
  if (node.kind == query::NodeKind::kExists && (table == nullptr || node.step->to->table == *table))
    return true;
  return std::any_of(node.children.begin(), node.children.end(),
                     [table](const query::Node& child) { return reads_rows(child, table); });
}

// DISTINCT keeps the keys a table of their own, that is made before anything is written.
void SqlDialect::write_bulk_where(const Query& query, bool deletes, Draft& draft) const {
  if (!finds_rows_first(query, deletes)) return write_where(query, false, draft);
  const schema::Model& model = *query.model;
  std::string keys;
  for (const uint32_t field : model.primary)
    keys += (keys.empty() ? "" : ", ") + column(model, field);
  const bool one = model.primary.size() == 1;
  draft.sql +=
      fmt::format(" WHERE {} IN (SELECT {} FROM (SELECT DISTINCT {} FROM {}",
                  one ? keys : "(" + keys + ")", names(model, model.primary), keys, source(model));
  write_where(query, false, draft);
  draft.sql += ") AS d)";
}

Compiled SqlDialect::update_where(const Query& query, std::span<const Set> sets) const {
  Draft draft;
  draft.sql = "UPDATE " + source(*query.model);
  write_sets(*query.model, sets, draft);
  write_bulk_where(query, false, draft);
  return draft.finish();
}

Compiled SqlDialect::delete_where(const Query& query) const {
  Draft draft;
  draft.sql = delete_from(*query.model);
  write_bulk_where(query, true, draft);
  return draft.finish();
}

}  // namespace thing::dialect
