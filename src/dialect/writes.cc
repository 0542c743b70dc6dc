#include <fmt/format.h>

#include "dialect/sql_dialect.h"

namespace thing::dialect {

using schema::Model;

std::string SqlDialect::names(const Model& model, std::span<const uint32_t> fields) const {
  std::string sql;
  for (const uint32_t field : fields) {
    if (!sql.empty()) sql += ", ";
    sql += bare_column(model, field);
  }
  return sql;
}

std::string SqlDialect::placeholders(size_t count, Draft& draft) const {
  std::string sql = "(";
  for (size_t i = 0; i < count; i++) {
    if (i > 0) sql += ", ";
    sql += placeholder(++draft.placeholders);
  }
  return sql += ')';
}

std::string SqlDialect::key_equals(const Model& model, uint32_t field,
                                   const std::string& value) const {
  return column(model, field) + " = " + value;
}

std::string SqlDialect::key_condition(const Model& model, Draft& draft) const {
  std::string sql;
  for (const uint32_t field : model.primary) {
    if (!sql.empty()) sql += " AND ";
    sql += key_equals(model, field, placeholder(++draft.placeholders));
  }
  return sql;
}

std::string SqlDialect::key_and_version(const Model& model, bool with_version, Draft& draft) const {
  std::string sql = " WHERE " + key_condition(model, draft);
  if (with_version) {
    sql += " AND " + column(model, static_cast<uint32_t>(model.version)) + " = " +
           placeholder(++draft.placeholders);
  }
  return sql;
}

void SqlDialect::write_sets(const Model& model, std::span<const Set> sets, Draft& draft) const {
  std::string_view before = " SET ";
  for (const Set& set : sets) {
    draft.sql += before;
    draft.sql += bare_column(model, set.field) + " = ";
    const int number = ++draft.placeholders;
    draft.sql +=
        set.kind == SetKind::kIncrement ? increment(model, set.field, number) : placeholder(number);
    before = ", ";
  }
}

std::string SqlDialect::select_by_key(const Model& model, int keys, query::Lock lock) const {
  std::string sql = "SELECT " + columns(model) + " FROM " + source(model) + " WHERE ";
  Draft draft;
  sql += keys == 1 ? key_condition(model, draft) : select_keys(model, keys);
  return sql += row_lock(lock);
}

// (a, b) IN ((?, ?), (?, ?)), or without the parentheses for one column.
std::string SqlDialect::select_keys(const Model& model, int keys) const {
  const bool composite = model.primary.size() > 1;
  std::string sql;
  for (const uint32_t field : model.primary)
    sql += (sql.empty() ? "" : ", ") + column(model, field);
  if (composite) sql = "(" + sql + ")";
  Draft draft;
  if (!composite) return sql + " IN " + placeholders(static_cast<size_t>(keys), draft);
  sql += " IN (";
  for (int i = 0; i < keys; i++)
    sql += (i > 0 ? ", " : "") + placeholders(model.primary.size(), draft);
  return sql += ')';
}

std::string SqlDialect::row_values(const Model& model, std::span<const uint32_t> fields,
                                   int rows) const {
  if (fields.empty()) return std::string(default_row());
  Draft draft;
  std::string sql = " (" + names(model, fields) + ") VALUES ";
  for (int i = 0; i < rows; i++) sql += (i > 0 ? ", " : "") + placeholders(fields.size(), draft);
  return sql;
}

std::string SqlDialect::insert(const Model& model, std::span<const uint32_t> fields, int rows,
                               std::span<const uint32_t> returning) const {
  std::string sql = "INSERT INTO " + quote(model.table) + row_values(model, fields, rows);
  if (!returning.empty()) sql += " RETURNING " + returned(model, returning);
  return sql;
}

std::string SqlDialect::update(const Model& model, std::span<const Set> sets, bool with_version,
                               std::span<const uint32_t> returning) const {
  Draft draft;
  draft.sql = "UPDATE " + source(model);
  write_sets(model, sets, draft);
  draft.sql += key_and_version(model, with_version, draft);
  if (!returning.empty()) draft.sql += " RETURNING " + returned(model, returning);
  return std::move(draft.sql);
}

std::string SqlDialect::delete_from(const Model& model) const {
  return "DELETE FROM " + source(model);
}

std::string SqlDialect::remove(const Model& model, bool with_version) const {
  Draft draft;
  return delete_from(model) + key_and_version(model, with_version, draft);
}

std::string SqlDialect::upsert(const Model& model, std::span<const uint32_t> fields,
                               std::span<const uint32_t> key_fields,
                               std::span<const uint32_t> updates) const {
  std::string sql = "INSERT INTO " + upsert_target(model) + row_values(model, fields, 1);
  if (!fields.empty()) sql += on_conflict(model, key_fields, updates);
  return sql += upserted(model);
}

std::string SqlDialect::raised_version(const Model& model, const std::string& column) const {
  return fmt::format("{} = coalesce({}, 0) + 1",
                     bare_column(model, static_cast<uint32_t>(model.version)), column);
}

// The row that is there is `t`, so that a table called "excluded" can be told from the row that was
// refused.
std::string SqlDialect::on_conflict(const Model& model, std::span<const uint32_t> key_fields,
                                    std::span<const uint32_t> updates) const {
  const std::string conflict = " ON CONFLICT (" + names(model, key_fields) + ") DO ";
  if (updates.empty()) return conflict + "NOTHING";
  std::string sets;
  for (const uint32_t field : updates) {
    if (static_cast<int>(field) == model.version) continue;
    const std::string column = bare_column(model, field);
    sets += fmt::format("{}{} = excluded.{}", sets.empty() ? "" : ", ", column, column);
  }
  if (model.version != schema::kNone) {
    sets += (sets.empty() ? "" : ", ") +
            raised_version(model, column(model, static_cast<uint32_t>(model.version)));
  }
  return conflict + "UPDATE SET " + sets;
}

}  // namespace thing::dialect
