#include <algorithm>

#include <fmt/format.h>

#include "dialect/sqlite/quoting.h"
#include "dialect/sqlite/sqlite.h"

namespace thing::dialect {
namespace {

using schema::Model;

// A sum that leaves the type would be stored as something else: an integer as REAL, a float as
// infinity. abs() of the smallest integer fails with "integer overflow", and the statement changes
// nothing.
constexpr std::string_view kFail = "abs(-9223372036854775807 - 1)";

// `number` is that of the placeholder, which the expression needs twice.
std::string increment(const Model& model, uint32_t field, size_t number) {
  const std::string column = sqlite_column(model, field);
  if (static_cast<int>(field) == model.version) return column + " + ?";
  const bool is_float = model.fields[field].type == value::Type::kFloat;
  const std::string sum =
      fmt::format("coalesce({}, {}) + ?{}", column, is_float ? "0.0" : "0", number);
  if (is_float) {
    return fmt::format("CASE WHEN abs({0}) <= 1.7976931348623157e308 THEN {0} ELSE {1} END", sum,
                       kFail);
  }
  return fmt::format("CASE typeof({0}) WHEN 'integer' THEN {0} ELSE {1} END", sum, kFail);
}

std::string names(const Model& model, std::span<const uint32_t> fields) {
  std::string sql;
  for (const uint32_t field : fields) {
    if (!sql.empty()) sql += ", ";
    sql += sqlite_identifier(model.fields[field].column);
  }
  return sql;
}

std::string placeholders(size_t n) {
  std::string sql = "(";
  for (size_t i = 0; i < n; i++) sql += i > 0 ? ", ?" : "?";
  return sql += ')';
}

// Keys are compared as they are written, decimals too: that is the identity of a row.
std::string key_condition(const Model& model) {
  std::string sql;
  for (const uint32_t field : model.primary) {
    if (!sql.empty()) sql += " AND ";
    sql += sqlite_column(model, field) + " = ?";
  }
  return sql;
}

std::string key_and_version(const Model& model, bool with_version) {
  std::string sql = " WHERE " + key_condition(model);
  if (with_version)
    sql += " AND " + sqlite_column(model, static_cast<uint32_t>(model.version)) + " = ?";
  return sql;
}

// `condition` n times, joined by OR; in halves, because a chain of n makes an expression n deep.
void write_any(const std::string& condition, int n, std::string& sql) {
  constexpr int kChain = 64;
  if (n > kChain) {
    sql += '(';
    write_any(condition, n / 2, sql);
    sql += ") OR (";
    write_any(condition, n - n / 2, sql);
    sql += ')';
    return;
  }
  for (int i = 0; i < n; i++) sql += (i > 0 ? " OR (" : "(") + condition + ")";
}

// The row that is there is `t`, so that a table called "excluded" can be told from the row that was
// refused.
std::string conflict_sets(const Model& model, std::span<const uint32_t> updates) {
  std::string sql;
  for (const uint32_t field : updates) {
    if (static_cast<int>(field) == model.version) continue;
    const std::string column = sqlite_identifier(model.fields[field].column);
    sql += fmt::format("{}{} = excluded.{}", sql.empty() ? "" : ", ", column, column);
  }
  if (model.version == schema::kNone) return sql;
  const auto version = static_cast<uint32_t>(model.version);
  return sql += fmt::format("{}{} = coalesce({}, 0) + 1", sql.empty() ? "" : ", ",
                            sqlite_identifier(model.fields[version].column),
                            sqlite_column(model, version));
}

// RETURNING does not know the alias of the table.
std::string returned(const Model& model) {
  const std::string table = sqlite_identifier(model.table);
  std::string sql;
  for (const schema::Field& field : model.fields) {
    sql += fmt::format("{}{}.{}", sql.empty() ? " RETURNING " : ", ", table,
                       sqlite_identifier(field.column));
  }
  return sql;
}

}  // namespace

std::string sqlite_source(const Model& model) { return sqlite_identifier(model.table) + " AS t"; }

std::string sqlite_columns(const Model& model) {
  std::string sql;
  for (uint32_t i = 0; i < model.columns(); i++) {
    if (i > 0) sql += ", ";
    sql += sqlite_column(model, i);
  }
  return sql;
}

void write_sets(const Model& model, std::span<const Set> sets, std::string& sql) {
  std::string_view before = " SET ";
  for (size_t i = 0; i < sets.size(); i++) {
    sql += before;
    sql += sqlite_identifier(model.fields[sets[i].field].column);
    sql += " = ";
    sql += sets[i].kind == SetKind::kIncrement ? increment(model, sets[i].field, i + 1) : "?";
    before = ", ";
  }
}

std::string Sqlite::select_by_key(const Model& model, int keys) const {
  std::string sql = "SELECT " + sqlite_columns(model) + " FROM " + sqlite_source(model) + " WHERE ";
  if (keys == 1) return sql += key_condition(model);
  if (model.primary.size() == 1) {
    return sql += sqlite_column(model, model.primary[0]) + " IN " +
                  placeholders(static_cast<size_t>(keys));
  }
  write_any(key_condition(model), keys, sql);
  return sql;
}

std::string Sqlite::insert(const Model& model, std::span<const uint32_t> fields, int rows,
                           std::span<const uint32_t> returning) const {
  std::string sql = "INSERT INTO " + sqlite_identifier(model.table);
  if (fields.empty()) {
    sql += " DEFAULT VALUES";
  } else {
    sql += " (" + names(model, fields) + ") VALUES ";
    const std::string row = placeholders(fields.size());
    for (int i = 0; i < rows; i++) sql += (i > 0 ? ", " : "") + row;
  }
  if (!returning.empty()) sql += " RETURNING " + names(model, returning);
  return sql;
}

std::string Sqlite::update(const Model& model, std::span<const Set> sets, bool with_version) const {
  std::string sql = "UPDATE " + sqlite_source(model);
  write_sets(model, sets, sql);
  return sql += key_and_version(model, with_version);
}

std::string Sqlite::remove(const Model& model, bool with_version) const {
  return "DELETE FROM " + sqlite_source(model) + key_and_version(model, with_version);
}

std::string Sqlite::upsert(const Model& model, std::span<const uint32_t> fields,
                           std::span<const uint32_t> key_fields,
                           std::span<const uint32_t> updates) const {
  std::string sql = "INSERT INTO " + sqlite_source(model);
  if (fields.empty()) {
    sql += " DEFAULT VALUES";
  } else {
    sql += " (" + names(model, fields) + ") VALUES " + placeholders(fields.size());
    sql += " ON CONFLICT (" + names(model, key_fields) + ") DO ";
    sql += updates.empty() ? "NOTHING" : "UPDATE SET " + conflict_sets(model, updates);
  }
  return sql += returned(model);
}

}  // namespace thing::dialect
