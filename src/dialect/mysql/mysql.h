#pragma once
#include <string>

#include "dialect/sql_dialect.h"

namespace thing::dialect {

// SQL of MySQL 8.0.20 and MariaDB 10.5, and later. They share a grammar; what differs asks for the
// server.
class Mysql final : public SqlDialect {
 public:
  enum class Server : uint8_t { kMysql, kMariadb };
  explicit Mysql(Server server) : server_(server) {}

  std::string_view name() const override { return is_mariadb() ? "mariadb" : "mysql"; }
  Features features() const override;
  std::string quote(std::string_view identifier) const override;
  Begins begins() const override {
    return {"START TRANSACTION", "START TRANSACTION",
            "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"};
  }
  std::vector<std::string> begin(Isolation isolation, bool read_only) const override;
  std::string_view row_lock(query::Lock lock) const override;
  base::Status check_lock(query::Lock lock, std::string_view server_version) const override;
  std::string literal(const value::ValueView& v) const override;

  base::Status check_table(const schema::Model& model) const override;
  base::Status check_index(const schema::Model& model, const schema::Index& index) const override;
  base::Status check_foreign_key(const schema::Model& model,
                                 const schema::ForeignKey& key) const override;
  std::string column_type(const schema::Model& model, uint32_t field) const override;
  const Catalogue& catalogue() const override;
  std::string_view lock_schema() const override;
  std::string_view unlock_schema() const override;
  std::string name_session(uint64_t name) const override;
  std::string ask_session(uint64_t name) const override;
  std::string_view ask_changing_columns() const override;
  std::string_view ask_identity() const override;
  std::string_view create_outbox() const override;
  std::string_view ask_outbox() const override;
  std::vector<std::string> watch_table(const schema::Model& model, std::string_view name,
                                       std::string_view schema) const override;
  std::vector<std::string> unwatch_table(const schema::Model& model, std::string_view name,
                                         std::string_view schema) const override;

  std::string compared(std::string column, value::Type type) const override;
  std::string compared_value(std::string value, value::Type type) const override;
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
  std::string_view nulls_before(bool nullable, const query::Order& order) const override;
  std::string_view no_limit() const override { return " LIMIT 18446744073709551615"; }
  std::string_view derived_alias() const override { return " AS d"; }
  std::string distinct_column(std::string column, value::Type type) const override;
  std::string distinct_order(std::string column, value::Type type) const override;
  std::string told_apart(std::string column, value::Type type) const override;

  std::string sum(const std::string& column, value::Type type) const override;
  std::string average(const std::string& column, value::Type type) const override;

  std::string increment(const schema::Model& model, uint32_t field, int number) const override;
  std::string delete_from(const schema::Model& model) const override;
  bool finds_rows_first(const query::Query& query, bool deletes) const override;
  std::string_view default_row() const override { return " () VALUES ()"; }
  std::string upsert_target(const schema::Model& model) const override;
  std::string on_conflict(const schema::Model& model, std::span<const uint32_t> key_fields,
                          std::span<const uint32_t> updates) const override;
  std::string upserted(const schema::Model& model) const override;

  std::string_view id_clause() const override { return " AUTO_INCREMENT PRIMARY KEY"; }
  std::string_view now(value::Type type) const override;
  std::string uuid_expression(value::Type type) const override;
  std::string literal_default(const schema::Model& model, uint32_t field) const override;
  std::string check_clause(const schema::Field& field) const override;
  std::string index_column(const schema::Model& model, uint32_t field) const override;
  std::string_view table_options() const override { return " ENGINE=InnoDB"; }

 private:
  bool is_mariadb() const { return server_ == Server::kMariadb; }

  Server server_;
};

// A text as bytes whose ASCII letters are lower.
std::string lower_ascii(const std::string& text);

}  // namespace thing::dialect
