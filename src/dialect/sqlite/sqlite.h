#pragma once
#include <string>

#include "dialect/sql_dialect.h"

namespace thing::dialect {

// SQL of SQLite 3.35 and later.
class Sqlite final : public SqlDialect {
 public:
  std::string_view name() const override { return "sqlite"; }
  Features features() const override;
  std::string quote(std::string_view identifier) const override;
  Begins begins() const override { return {"BEGIN IMMEDIATE", "BEGIN", "BEGIN"}; }
  std::vector<std::string> begin(Isolation isolation, bool read_only) const override;
  std::string_view row_lock(query::Lock /*lock*/) const override { return ""; }
  base::Status check_lock(query::Lock lock, std::string_view server_version) const override;
  std::string literal(const value::ValueView& v) const override;
  std::string column_type(const schema::Model& model, uint32_t field) const override;
  const Catalogue& catalogue() const override;

  std::string compared(std::string column, value::Type type) const override;
  std::string folded(std::string column) const override;
  std::string folded_value(std::string value) const override;
  std::string contains(Condition& condition, const Term& term) const override;
  std::string starts_with(Condition& condition, const Term& term) const override;
  std::string ends_with(Condition& condition, const Term& term) const override;
  std::string list_condition(Condition& condition, const Term& term) const override;
  std::string document_condition(Condition& condition, const Term& term) const override;
  std::string different(const std::string& column, const std::string& value) const override;
  bool has_row_values(value::Type type) const override;

 protected:
  // A condition on the table that is written sees what was written so far.
  bool finds_rows_first(const query::Query& query, bool /*deletes*/) const override {
    return reads_rows(query.where, &query.model->table);
  }
  std::string_view nulls_behind(bool nullable, const query::Order& order) const override;
  std::string_view no_limit() const override { return " LIMIT -1"; }

  std::string sum(const std::string& column, value::Type type) const override;
  std::string average(const std::string& column, value::Type type) const override;

  std::string increment(const schema::Model& model, uint32_t field, int number) const override;
  std::string select_keys(const schema::Model& model, int keys) const override;
  std::string returned(const schema::Model& model, std::span<const uint32_t> fields) const override;
  std::string upserted(const schema::Model& model) const override;

  std::string_view id_clause() const override { return " PRIMARY KEY AUTOINCREMENT"; }
  std::string_view now(value::Type type) const override;
  std::string uuid_expression(value::Type type) const override;
  std::string literal_default(const schema::Model& model, uint32_t field) const override;
  std::string index_column(const schema::Model& model, uint32_t field) const override;
};

// The one instance, for what only SQLite is asked.
const Sqlite& sqlite_dialect();

}  // namespace thing::dialect
