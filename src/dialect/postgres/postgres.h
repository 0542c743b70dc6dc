#pragma once
#include <string>

#include "dialect/sql_dialect.h"

namespace thing::dialect {

// SQL of PostgreSQL 13 and later. Placeholders are $1, $2 ...; where the server can not tell the
// type of one, the type is written behind it.
class Postgres final : public SqlDialect {
 public:
  std::string_view name() const override { return "postgres"; }
  Features features() const override;
  std::string quote(std::string_view identifier) const override;
  Begins begins() const override {
    return {"BEGIN", "BEGIN", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"};
  }
  std::vector<std::string> begin(Isolation isolation, bool read_only) const override;
  std::string_view row_lock(query::Lock lock) const override;
  std::string placeholder(int number) const override;
  std::string literal(const value::ValueView& v) const override;
  bool has_arrays() const override { return true; }
  std::string with_placeholders(std::string_view sql) const override;
  std::string_view truth(bool yes) const override { return yes ? "TRUE" : "FALSE"; }

  base::Status check_table(const schema::Model& model) const override;
  base::Status check_index(const schema::Model& model, const schema::Index& index) const override;
  std::string column_type(const schema::Model& model, uint32_t field) const override;
  const Catalogue& catalogue() const override;
  std::string_view lock_schema() const override;
  std::string name_session(uint64_t name) const override;
  std::string ask_session(uint64_t name) const override;
  std::string_view ask_schema() const override;
  std::string_view ask_changing_columns() const override;
  std::string table_argument(std::string_view table) const override;
  std::string_view ask_identity() const override;
  std::string_view create_outbox() const override;
  std::string_view ask_outbox() const override;
  std::vector<std::string> watch_table(const schema::Model& model, std::string_view name,
                                       std::string_view schema) const override;
  std::vector<std::string> unwatch_table(const schema::Model& model, std::string_view name,
                                         std::string_view schema) const override;

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
  std::string_view nulls_behind(bool nullable, const query::Order& order) const override;
  std::string_view no_limit() const override { return ""; }
  std::string_view derived_alias() const override { return " AS d"; }

  std::string sum(const std::string& column, value::Type type) const override;
  std::string average(const std::string& column, value::Type type) const override;

  std::string increment(const schema::Model& model, uint32_t field, int number) const override;
  std::string key_equals(const schema::Model& model, uint32_t field,
                         const std::string& value) const override;
  std::string select_keys(const schema::Model& model, int keys) const override;
  std::string upserted(const schema::Model& model) const override;

  std::string_view id_clause() const override;
  std::string_view now(value::Type type) const override;
  std::string uuid_expression(value::Type type) const override;
};

// The type of a column: "bigint", "text"; without the collation.
std::string_view postgres_type(value::Type type);

}  // namespace thing::dialect
