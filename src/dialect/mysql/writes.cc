#include <algorithm>

#include <fmt/format.h>

#include "dialect/mysql/mysql.h"

namespace thing::dialect {

using schema::Model;

// A sum that leaves the type is an error of the server ("BIGINT value is out of range").
std::string Mysql::increment(const Model& model, uint32_t field, int number) const {
  const std::string column = this->column(model, field);
  if (static_cast<int>(field) == model.version) return column + " + " + placeholder(number);
  const bool is_float = model.fields[field].type == value::Type::kFloat;
  return fmt::format("coalesce({}, {}) + {}", column, is_float ? "0e0" : "0", placeholder(number));
}

// DELETE FROM takes an alias since MySQL 8.0.16 and MariaDB 11.6; this form always took one.
std::string Mysql::delete_from(const Model& model) const {
  return "DELETE t FROM " + source(model);
}

// A DELETE can not read its own table, nor MySQL's UPDATE. And rows are deleted as they are found:
// what the foreign keys of one do to others decides whether the next is found, too.
bool Mysql::finds_rows_first(const query::Query& query, bool deletes) const {
  const Model& model = *query.model;
  if (!deletes) return reads_rows(query.where, &model.table);
  const auto refers_to_itself = [&model](const schema::ForeignKey& key) {
    return key.model == model.name || key.table == model.table;
  };
  return reads_rows(query.where, nullptr) ||
         std::any_of(model.foreign_keys.begin(), model.foreign_keys.end(), refers_to_itself);
}

// INSERT knows no alias of the table.
std::string Mysql::upsert_target(const Model& model) const { return quote(model.table); }

// The row that is there is updated whichever unique index it is found by: with a second one, it may
// be a row with another key, and with two such rows it is only the first of them. MySQL calls the
// row that was refused by an alias, MariaDB by VALUES().
std::string Mysql::on_conflict(const Model& model, std::span<const uint32_t> key_fields,
                               std::span<const uint32_t> updates) const {
  const std::string table = quote(model.table);
  const std::string_view refused = table == "`new`" ? "`refused`" : "`new`";
  std::string sets;
  for (const uint32_t field : updates) {
    if (static_cast<int>(field) == model.version) continue;
    const std::string column = bare_column(model, field);
    sets += sets.empty() ? "" : ", ";
    sets += is_mariadb() ? fmt::format("{0} = VALUES({0})", column)
                         : fmt::format("{0} = {1}.{0}", column, refused);
  }
  if (updates.empty()) {  // an update of nothing
    const std::string key = bare_column(model, key_fields[0]);
    sets = fmt::format("{1} = {0}.{1}", table, key);
  } else if (model.version != schema::kNone) {
    const std::string version =
        table + "." + bare_column(model, static_cast<uint32_t>(model.version));
    sets += (sets.empty() ? "" : ", ") + raised_version(model, version);
  }
  const std::string alias = is_mariadb() ? "" : fmt::format(" AS {}", refused);
  return alias + " ON DUPLICATE KEY UPDATE " + sets;
}

std::string Mysql::upserted(const Model& model) const {
  if (!features().returning) return "";
  std::string sql;
  for (uint32_t i = 0; i < model.columns(); i++)
    sql += (i > 0 ? ", " : " RETURNING ") + bare_column(model, i);
  return sql;
}

}  // namespace thing::dialect
