#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "dialect/sql_dialect.h"

namespace thing::dialect {

inline constexpr std::string_view kTable = "t";  // of a statement

// Writes conditions. Usually every value is a placeholder and columns are qualified; as literals,
// values are written and columns bare, as the condition of an index needs it.
class Condition {
 public:
  enum class Values : uint8_t { kPlaceholders, kLiterals };

  Condition(const SqlDialect& dialect, const schema::Model& model,
            const std::vector<value::Value>& params, Draft& draft,
            Values values = Values::kPlaceholders)
      : dialect_(dialect),
        model_(&model),
        params_(params),
        draft_(draft),
        sql_(draft.sql),
        literals_(values == Values::kLiterals) {}

  // " WHERE ..." or nothing; a keyset's condition behind that of the query.
  void write_where(const query::Node& where);
  void write_where(const query::Query& query, bool with_keyset);

  // One column of the query's order that rows of relations say.
  void write_order(const query::Query& query, const query::Order& order);

  // What a comparison is made of. Each call of a value is another placeholder, one that is
  // numbered may be written more than once.
  std::string column(const query::Node& node) const;
  std::string value(const query::Node& node, uint32_t i = 0);
  value::Type type(const query::Node& node) const { return model_->fields[node.field].type; }
  // The same, folded where the comparison is insensitive.
  std::string folded_column(const query::Node& node) const;
  std::string folded_value(const query::Node& node, uint32_t i = 0);

 private:
  void write_root(Term& root);
  void write(const Term& term);
  void write_nested(const Term& term);
  void write_range(const Term& group, size_t begin, size_t end);
  void write_comparison(const Term& term);
  void write_simple(const Term& term, std::string_view op);
  void write_list(const Term& term);
  void write_exists(const Term& term);
  void write_nested_any(const Term& term);
  void write_step(const schema::Step& step, const std::string& outer);
  void write_untrue(const Term& term);
  // related.cc: what rows of relations say, as a value.
  void write_value(const query::RelatedValue& value, size_t i);
  void write_reached(const query::RelatedValue::Hop& hop, size_t step, const std::string& outer);
  void write_first(const query::RelatedValue::Hop& hop);
  void write_asked(const query::Node& where);
  bool is_deep() const;
  std::string column_of(uint32_t field) const;
  std::string compared_column(const query::Node& node) const;
  std::string compared_value(const query::Node& node, uint32_t i = 0);

  const SqlDialect& dialect_;
  const schema::Model* model_;  // of the rows that the condition is of now, and their name
  std::string alias_{kTable};
  const std::vector<value::Value>& params_;
  Draft& draft_;
  std::string& sql_;
  bool literals_;
  int nested_ = 0;   // conditions of rows of other tables
  size_t flat_ = 0;  // most parts of a group that are written side by side
};

// The condition of the rows at and behind a place in an order.
void write_keyset(const SqlDialect& dialect, const query::Query& query, Draft& draft);

}  // namespace thing::dialect
