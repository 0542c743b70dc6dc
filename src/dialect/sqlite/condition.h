#pragma once
#include <string>
#include <vector>

#include "dialect/dialect.h"
#include "dialect/terms.h"

namespace thing::dialect {

// Writes conditions. With `arguments` every value is a placeholder and columns are qualified;
// without, values are literals and columns bare, as the condition of an index needs it.
class SqliteCondition {
 public:
  SqliteCondition(const schema::Model& model, const std::vector<value::Value>& params,
                  std::string& sql, std::vector<Argument>* arguments)
      : model_(model), params_(params), sql_(sql), arguments_(arguments) {}

  // " WHERE ..." or nothing; a keyset's condition behind that of the query.
  void write_where(const query::Node& where);
  void write_where(const query::Query& query, bool with_keyset);

 private:
  void write_root(Term& root);
  void write(const Term& term);
  void write_nested(const Term& term);
  void write_range(const Term& group, size_t begin, size_t end);
  void write_comparison(const Term& term);
  void write_simple(const Term& term, std::string_view op);
  void write_list(const Term& term);
  void write_contains(const Term& term);
  void write_starts_with(const Term& term);
  void write_starts_with_insensitive(const Term& term);
  void write_ends_with(const Term& term);

  void column(const query::Node& node);
  void value(const query::Node& node, uint32_t i = 0);
  void folded_column(const query::Node& node);
  void folded_value(const query::Node& node, uint32_t i = 0);

  const schema::Model& model_;
  const std::vector<value::Value>& params_;
  std::string& sql_;
  std::vector<Argument>* arguments_;
  size_t flat_ = 0;  // most parts of a group that are written side by side
};

// The condition of the rows at and behind a place in an order.
void write_keyset(const query::Query& query, std::string& sql, std::vector<Argument>& arguments);

}  // namespace thing::dialect
