#include <algorithm>

#include <fmt/format.h>

#include "dialect/sqlite/sqlite.h"

namespace thing::dialect {
namespace {

using schema::Model;

// A sum that leaves the type would be stored as something else: an integer as REAL, a float as
// infinity. abs() of the smallest integer fails with "integer overflow", and the statement changes
// nothing.
constexpr std::string_view kFail = "abs(-9223372036854775807 - 1)";

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

}  // namespace

// The placeholder has its number, because the expression needs it twice.
std::string Sqlite::increment(const Model& model, uint32_t field, int number) const {
  const std::string column = this->column(model, field);
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

// No index serves (a, b) IN (VALUES ...).
std::string Sqlite::select_keys(const Model& model, int keys) const {
  if (model.primary.size() == 1) return SqlDialect::select_keys(model, keys);
  Draft draft;
  std::string sql;
  write_any(key_condition(model, draft), keys, sql);
  return sql;
}

// Where the table's first column is REAL, SQLite 3.40 returns the integers of the others as REAL,
// rounded; a value that is computed keeps its type.
static const char* kept_type(const Model& model) {
  const auto is_real = [](const auto& field) { return field.type == value::Type::kFloat; };
  return std::any_of(model.fields.begin(), model.fields.end(), is_real) ? "+" : "";
}

std::string Sqlite::returned(const Model& model, std::span<const uint32_t> fields) const {
  std::string sql;
  for (const uint32_t field : fields)
    sql += (sql.empty() ? "" : ", ") + (kept_type(model) + bare_column(model, field));
  return sql;
}

// RETURNING does not know the alias of the table.
std::string Sqlite::upserted(const Model& model) const {
  const std::string column = kept_type(model) + quote(model.table) + ".";
  std::string sql;
  for (uint32_t i = 0; i < model.columns(); i++)
    sql += (sql.empty() ? " RETURNING " : ", ") + column + bare_column(model, i);
  return sql;
}

}  // namespace thing::dialect
