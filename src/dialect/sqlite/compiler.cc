#include "dialect/sqlite/condition.h"
#include "dialect/sqlite/quoting.h"
#include "dialect/sqlite/sqlite.h"

namespace thing::dialect {
namespace {

using query::Query;

void write_where(const Query& query, bool with_keyset, Compiled& out) {
  SqliteCondition(*query.model, query.params, out.sql, &out.arguments)
      .write_where(query, with_keyset);
}

std::string selected(const Query& query) {
  if (query.select.empty()) return sqlite_columns(*query.model);
  std::string sql;
  for (const uint32_t field : query.select) {
    if (!sql.empty()) sql += ", ";
    sql += sqlite_column(*query.model, field);
    // What counts as different is a matter of numbers too.
    if (query.distinct) sql += sqlite_collation(query.model->fields[field].type);
  }
  return sql;
}

std::string distinct_columns(const Query& query) {
  Query all;
  all.model = query.model;
  all.distinct = true;
  all.select = query.select;
  for (uint32_t i = 0; query.select.empty() && i < query.model->columns(); i++)
    all.select.push_back(i);
  return "SELECT DISTINCT " + selected(all);
}

// SQLite itself takes NULL for the smallest value; saying what holds anyway would only make
// statements longer, and for columns that are never NULL it would keep some indexes from being
// used.
void write_order(const Query& query, std::string& sql) {
  std::string_view before = " ORDER BY ";
  for (const query::Order& order : query.order) {
    const schema::Field& field = query.model->fields[order.field];
    sql += before;
    sql += sqlite_column(*query.model, order.field);
    sql += sqlite_collation(field.type);
    if (order.descending) sql += " DESC";
    if (field.nullable && order.nulls_first == order.descending) {
      sql += order.nulls_first ? " NULLS FIRST" : " NULLS LAST";
    }
    before = ", ";
  }
}

void write_page(const Query& query, Compiled& out) {
  if (query.take) {
    out.sql += " LIMIT ?";
    out.arguments.push_back({Argument::From::kTake});
  }
  if (!query.skip) return;
  out.sql += query.take ? " OFFSET ?" : " LIMIT -1 OFFSET ?";
  out.arguments.push_back({Argument::From::kSkip});
}

}  // namespace

Compiled Sqlite::select(const Query& query) const {
  Compiled out;
  out.sql = query.distinct ? distinct_columns(query) : "SELECT " + selected(query);
  out.sql += " FROM " + sqlite_source(*query.model);
  write_where(query, true, out);
  write_order(query, out.sql);
  write_page(query, out);
  return out;
}

Compiled Sqlite::count(const Query& query) const {
  Compiled out;
  out.sql = query.distinct ? "SELECT count(*) FROM (" + distinct_columns(query) : "SELECT count(*)";
  out.sql += " FROM " + sqlite_source(*query.model);
  write_where(query, false, out);
  if (query.distinct) out.sql += ')';
  return out;
}

Compiled Sqlite::exists(const Query& query) const {
  Compiled out;
  out.sql = "SELECT 1 FROM " + sqlite_source(*query.model);
  write_where(query, false, out);
  out.sql += " LIMIT 1";
  return out;
}

Compiled Sqlite::update_where(const Query& query, std::span<const Set> sets) const {
  Compiled out;
  out.sql = "UPDATE " + sqlite_source(*query.model);
  write_sets(*query.model, sets, out.sql);
  write_where(query, false, out);
  return out;
}

Compiled Sqlite::delete_where(const Query& query) const {
  Compiled out;
  out.sql = "DELETE FROM " + sqlite_source(*query.model);
  write_where(query, false, out);
  return out;
}

}  // namespace thing::dialect
