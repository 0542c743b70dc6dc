#pragma once
#include <string>
#include <string_view>

#include "dialect/dialect.h"
#include "dialect/terms.h"

namespace thing::dialect {

class Condition;

// A statement under construction. Placeholders are numbered from 1 as they are written, those
// without an argument (the sets of an update) too.
struct Draft {
  std::string sql;
  std::vector<Argument> arguments;
  int placeholders = 0;

  Compiled finish() { return {std::move(sql), std::move(arguments)}; }
};

// SQL as all databases speak it, behind the pieces in which they differ. compiler.cc: queries;
// writes.cc: rows by key; ddl.cc: tables; condition.cc and keyset.cc: what follows WHERE. The table
// of a statement is `t`, and columns in expressions are qualified with it.
class SqlDialect : public Dialect {
 public:
  Compiled select(const query::Query& query) const final;
  Compiled count(const query::Query& query) const final;
  Compiled exists(const query::Query& query) const final;
  CompiledAggregate aggregate(const query::AggregateQuery& query) const final;
  Compiled key_page(const query::Query& query) const final;
  Compiled update_where(const query::Query& query, std::span<const Set> sets) const final;
  Compiled delete_where(const query::Query& query) const final;

  std::string select_by_key(const schema::Model& model, int keys, query::Lock lock) const final;
  std::string insert(const schema::Model& model, std::span<const uint32_t> fields, int rows,
                     std::span<const uint32_t> returning) const final;
  std::string update(const schema::Model& model, std::span<const Set> sets, bool with_version,
                     std::span<const uint32_t> returning) const final;
  std::string remove(const schema::Model& model, bool with_version) const final;
  std::string upsert(const schema::Model& model, std::span<const uint32_t> fields,
                     std::span<const uint32_t> key_fields,
                     std::span<const uint32_t> updates) const final;

  base::Status check_table(const schema::Model& model) const override;
  base::Status check_index(const schema::Model& model, const schema::Index& index) const override;
  base::Status check_foreign_key(const schema::Model& model,
                                 const schema::ForeignKey& key) const override;
  std::string create_table(const schema::Model& model,
                           std::span<const schema::Reference> keys) const final;
  std::string create_index(const schema::Model& model, const schema::Index& index) const final;
  std::string add_column(const schema::Model& model, uint32_t field,
                         const schema::Reference* key) const final;
  std::string add_foreign_key(const schema::Model& model, const schema::Reference& key) const final;
  std::string add_column_without_default(const schema::Model& model, uint32_t field) const final;
  std::string initial_value(const schema::Model& model, uint32_t field) const final;
  std::string index_condition(const schema::Model& model, const schema::Index& index) const final;

  // One column of an order. `write` writes what is sorted by, and may be asked to twice.
  template <class Write>
  void write_order(bool nullable, const query::Order& order, std::string& sql, Write write) const {
    if (const std::string_view before = nulls_before(nullable, order); !before.empty()) {
      write();
      sql += before;
    }
    write();
    if (order.descending) sql += " DESC";
    sql += nulls_behind(nullable, order);
  }

  // Names: "users" AS t; t."email"; "email".
  std::string source(const schema::Model& model) const;
  std::string column(const schema::Model& model, uint32_t field) const;
  std::string bare_column(const schema::Model& model, uint32_t field) const;
  std::string names(const schema::Model& model, std::span<const uint32_t> fields) const;

  // Values.
  virtual std::string placeholder(int /*number*/) const { return "?"; }
  virtual std::string literal(const value::ValueView& v) const = 0;
  // Whether a long list can be one array: c = ANY (?).
  virtual bool has_arrays() const { return false; }
  virtual std::string_view truth(bool yes) const { return yes ? "1" : "0"; }

  // Comparisons: a column and a value of a type as they are compared and sorted.
  virtual std::string compared(std::string column, value::Type /*type*/) const { return column; }
  virtual std::string compared_value(std::string value, value::Type /*type*/) const {
    return value;
  }
  // A column and a value whose ASCII letters are lower, the rest as it is.
  virtual std::string folded(std::string column) const = 0;
  virtual std::string folded_value(std::string value) const = 0;
  // Text operators compare bytes, whatever the column's collation.
  virtual std::string contains(Condition& condition, const Term& term) const = 0;
  virtual std::string starts_with(Condition& condition, const Term& term) const = 0;
  virtual std::string ends_with(Condition& condition, const Term& term) const = 0;
  // Of a list: equals, not, has, hasEvery or hasSome; NULL or no row of the condition for NULL.
  virtual std::string list_condition(Condition& condition, const Term& term) const = 0;
  // Of what a document has at a path.
  virtual std::string document_condition(Condition& condition, const Term& term) const = 0;
  // True or false, never NULL; the value is none.
  virtual std::string different(const std::string& column, const std::string& value) const = 0;
  // Whether (a, b) > (?, ?) may hold a column of this type: an index finds the place.
  virtual bool has_row_values(value::Type type) const = 0;

 protected:
  // Order and page. Where NULLs are not where the order wants them, either the column comes once
  // more before it, with what makes NULLs come first or last, or this follows it.
  virtual std::string_view nulls_before(bool /*nullable*/, const query::Order& /*order*/) const {
    return "";
  }
  virtual std::string_view nulls_behind(bool /*nullable*/, const query::Order& /*order*/) const {
    return "";
  }
  virtual std::string_view no_limit() const = 0;  // before OFFSET: " LIMIT -1"
  virtual std::string_view derived_alias() const { return ""; }
  // A column of SELECT DISTINCT: what counts as different.
  virtual std::string distinct_column(std::string column, value::Type type) const {
    return compared(std::move(column), type);
  }
  // A column that tells values apart as their bytes do, whatever its collation.
  virtual std::string told_apart(std::string column, value::Type /*type*/) const { return column; }
  // The same as something to sort by: beside DISTINCT databases sort by what is selected alone.
  virtual std::string distinct_order(std::string column, value::Type type) const {
    return distinct_column(std::move(column), type);
  }

  // Aggregates of a column, in a form that the type of the answer can be read from. Counts leave
  // NULL out.
  virtual std::string sum(const std::string& column, value::Type type) const = 0;
  virtual std::string average(const std::string& column, value::Type type) const = 0;

  // Writes.
  virtual std::string increment(const schema::Model& model, uint32_t field, int number) const = 0;
  virtual std::string delete_from(const schema::Model& model) const;
  // Whether it has a condition on rows of the table; nullptr: of any.
  static bool reads_rows(const query::Node& node, const std::string* table);
  // Whether a bulk write has to know all rows that it means before it writes the first.
  virtual bool finds_rows_first(const query::Query& /*query*/, bool /*deletes*/) const {
    return false;
  }
  virtual std::string_view default_row() const { return " DEFAULT VALUES"; }
  // The column equals the value as it is written, decimals too: that is the identity of a row.
  virtual std::string key_equals(const schema::Model& model, uint32_t field,
                                 const std::string& value) const;
  virtual std::string select_keys(const schema::Model& model, int keys) const;  // more than one
  virtual std::string upsert_target(const schema::Model& model) const { return source(model); }
  virtual std::string on_conflict(const schema::Model& model, std::span<const uint32_t> key_fields,
                                  std::span<const uint32_t> updates) const;
  // The list of an INSERT's or UPDATE's RETURNING.
  virtual std::string returned(const schema::Model& model, std::span<const uint32_t> fields) const {
    return names(model, fields);
  }
  virtual std::string upserted(const schema::Model& model) const = 0;  // " RETURNING ..." or ""

  // Tables.
  virtual std::string_view id_clause() const = 0;  // of a key whose values the database gives
  virtual std::string_view now(value::Type type) const = 0;
  virtual std::string uuid_expression(value::Type type) const = 0;
  virtual std::string literal_default(const schema::Model& model, uint32_t field) const;
  virtual std::string check_clause(const schema::Field& /*field*/) const { return ""; }
  virtual std::string index_column(const schema::Model& model, uint32_t field) const;
  virtual std::string_view table_options() const { return ""; }

  // Pieces that statements share.
  std::string columns(const schema::Model& model) const;       // t."id", t."email", ...
  std::string placeholders(size_t count, Draft& draft) const;  // (?, ?)
  std::string key_condition(const schema::Model& model, Draft& draft) const;
  std::string raised_version(const schema::Model& model, const std::string& column) const;

 private:
  std::string way_key(size_t i) const;
  std::string aggregated(const schema::Model& model, const query::Aggregate& aggregate) const;
  void write_groups(const query::AggregateQuery& query, Draft& draft) const;
  Compiled select_first(const query::Query& query) const;  // of rows that are alike
  Compiled select_groups(const query::Query& query) const;
  std::string selected(const query::Query& query) const;
  std::string distinct_columns(const query::Query& query) const;
  void write_where(const query::Query& query, bool with_keyset, Draft& draft) const;
  void write_bulk_where(const query::Query& query, bool deletes, Draft& draft) const;
  void write_orders(const query::Query& query, Draft& draft) const;
  void write_page(const query::Query& query, Draft& draft) const;
  // Rows by their number among those of a group: `number` is its name.
  void write_group_page(const query::Query& query, const std::string& number, Draft& draft) const;
  // "tags" AS t, with the keys that its rows belong to others by.
  void write_source(const query::Query& query, Draft& draft) const;
  std::string key_apart(const schema::Model& model, uint32_t field) const;
  void write_way(const query::Query& query, size_t end, Draft& draft) const;
  void join_way(const query::Query& query, size_t end, Draft& draft) const;
  void write_sets(const schema::Model& model, std::span<const Set> sets, Draft& draft) const;
  std::string key_and_version(const schema::Model& model, bool with_version, Draft& draft) const;
  std::string row_values(const schema::Model& model, std::span<const uint32_t> fields,
                         int rows) const;
  std::string key_clause(const schema::Model& model, uint32_t field) const;
  std::string composite_key(const schema::Model& model) const;
  // CONSTRAINT "name" ...; what follows FOREIGN KEY (columns), or a column.
  std::string constraint(const schema::Reference& key) const;
  std::string foreign_key(const schema::Model& model, const schema::Reference& key) const;
  std::string references(const schema::Reference& key) const;
  // The column as it follows ADD COLUMN.
  std::string column_definition(const schema::Model& model, uint32_t field,
                                bool with_default) const;
};

}  // namespace thing::dialect
