#pragma once
#include <string>

#include "dialect/dialect.h"

namespace thing::dialect {

// SQL of SQLite 3.35 and later. compiler.cc: queries; writes.cc: rows by key; ddl.cc: tables.
class Sqlite final : public Dialect {
 public:
  std::string_view name() const override { return "sqlite"; }
  Features features() const override { return {.returning = true}; }
  std::string quote(std::string_view identifier) const override;

  Compiled select(const query::Query& query) const override;
  Compiled count(const query::Query& query) const override;
  Compiled exists(const query::Query& query) const override;
  Compiled update_where(const query::Query& query, std::span<const Set> sets) const override;
  Compiled delete_where(const query::Query& query) const override;

  std::string select_by_key(const schema::Model& model, int keys) const override;
  std::string insert(const schema::Model& model, std::span<const uint32_t> fields, int rows,
                     std::span<const uint32_t> returning) const override;
  std::string update(const schema::Model& model, std::span<const Set> sets,
                     bool with_version) const override;
  std::string remove(const schema::Model& model, bool with_version) const override;
  std::string upsert(const schema::Model& model, std::span<const uint32_t> fields,
                     std::span<const uint32_t> key_fields,
                     std::span<const uint32_t> updates) const override;

  std::string create_table(const schema::Model& model) const override;
  std::string create_index(const schema::Model& model, const schema::Index& index) const override;
  std::string add_column(const schema::Model& model, uint32_t field) const override;
  std::string column_type(const schema::Field& field) const override;
};

// Pieces of several statements.
std::string sqlite_columns(const schema::Model& model);  // t."id", t."email", ...
std::string sqlite_source(const schema::Model& model);   // "users" AS t
void write_sets(const schema::Model& model, std::span<const Set> sets, std::string& sql);

}  // namespace thing::dialect
