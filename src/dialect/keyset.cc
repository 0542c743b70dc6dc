// The rows behind a place (v1, v2, ...) in an order (c1, c2, ...): those that differ first in a
// column where they come later.
//
//   (c1, c2) > (?, ?)
//       all columns ascending, or all descending, and never NULL, where indexes serve that
//   c1 <= ? AND (c1 < ? OR (c1 = ? AND c2 > ?))
//       else; the first comparison lets an index start at the place, and is left out when rows
//       behind the place may hold NULL in c1
//   CASE WHEN c1 > ? THEN 1 WHEN c1 <> ? THEN 0 ...
//       from kNested columns on: nesting has its limits
//
// A NULL among the values is part of the statement, as IS NULL; whether it comes before or behind
// the rest is the order's.
#include "dialect/condition.h"

namespace thing::dialect {
namespace {

constexpr size_t kNested = 8;

class KeysetWriter {
 public:
  KeysetWriter(const SqlDialect& dialect, const query::Query& query, Draft& draft)
      : dialect_(dialect),
        model_(*query.model),
        order_(query.order),
        keyset_(*query.keyset),
        draft_(draft),
        sql_(draft.sql) {}

  void write() {
    if (order_.size() > 1 && is_row_value()) return write_row_value();
    if (order_.size() > kNested) return write_case();
    const bool bound = order_.size() > 1 && has_bound();
    if (bound) {
      compare(0, is_descending(0) ? " <= " : " >= ");
      sql_ += " AND ";
    }
    write_nested(0);
  }

 private:
  const schema::Field& field(size_t i) const { return model_.fields[order_[i].field]; }
  bool is_descending(size_t i) const { return order_[i].descending; }
  bool is_null(size_t i) const { return keyset_.values[i].is_null(); }
  bool nulls_behind(size_t i) const { return field(i).nullable && !order_[i].nulls_first; }
  // Whether no row behind the place holds NULL in the first column.
  bool has_bound() const { return !is_null(0) && !nulls_behind(0); }

  bool is_row_value() const {
    for (size_t i = 0; i < order_.size(); i++) {
      if (field(i).nullable || is_null(i) || !dialect_.has_row_values(field(i).type)) return false;
      if (is_descending(i) != is_descending(0)) return false;
    }
    return true;
  }

  void write_row_value() {
    sql_ += '(';
    for (size_t i = 0; i < order_.size(); i++) {
      if (i > 0) sql_ += ", ";
      column(i);
    }
    sql_ += is_descending(0) ? ") <" : ") >";
    sql_ += keyset_.inclusive ? "= (" : " (";
    for (size_t i = 0; i < order_.size(); i++) {
      if (i > 0) sql_ += ", ";
      sql_ += value(i);
    }
    sql_ += ')';
  }

  // Rows that are equal before column i and behind the place in it or further on.
  void write_level(size_t i) {
    if (i + 1 == order_.size()) return write_last(i);
    if (write_behind(i, false)) sql_ += " OR ";
    sql_ += '(';
    write_equal(i);
    sql_ += " AND ";
    write_nested(i + 1);
    sql_ += ')';
  }

  void write_nested(size_t i) {
    const bool single = i + 1 == order_.size() && !nulls_behind(i) && !is_null(i);
    if (!single) sql_ += '(';
    write_level(i);
    if (!single) sql_ += ')';
  }

  void write_last(size_t i) {
    const bool some = write_behind(i, keyset_.inclusive);
    const bool place_itself = keyset_.inclusive && is_null(i);
    if (some && place_itself) sql_ += " OR ";
    if (place_itself) write_equal(i);
    if (!some && !place_itself) sql_ += dialect_.truth(false);
  }

  // Rows behind the place in column i, or at it; false, and nothing written, when there can be
  // none. NULL is at the place only where the caller says so.
  bool write_behind(size_t i, bool or_equal) {
    if (is_null(i)) {
      if (!order_[i].nulls_first) return false;
      column(i);
      sql_ += " IS NOT NULL";
      return true;
    }
    compare(i, is_descending(i) ? (or_equal ? " <= " : " < ") : (or_equal ? " >= " : " > "));
    if (nulls_behind(i)) {
      sql_ += " OR ";
      column(i);
      sql_ += " IS NULL";
    }
    return true;
  }

  void write_equal(size_t i) {
    if (!is_null(i)) return compare(i, " = ");
    column(i);
    sql_ += " IS NULL";
  }

  void write_case() {
    sql_ += "CASE";
    for (size_t i = 0; i < order_.size(); i++) {
      sql_ += " WHEN ";
      if (write_behind(i, false)) then(true, " WHEN ");
      write_different(i);
      then(false, "");
    }
    sql_.append(" ELSE ").append(dialect_.truth(keyset_.inclusive)).append(" END");
  }

  void then(bool yes, std::string_view next) {
    sql_.append(" THEN ").append(dialect_.truth(yes)).append(next);
  }

  void write_different(size_t i) {
    if (is_null(i)) {
      column(i);
      sql_ += " IS NOT NULL";
      return;
    }
    const std::string compared = compared_column(i);
    sql_ += dialect_.different(compared, value(i));
  }

  void compare(size_t i, std::string_view op) {
    sql_ += compared_column(i);
    sql_ += op;
    sql_ += value(i);
  }

  std::string compared_column(size_t i) const {
    return dialect_.compared(dialect_.column(model_, order_[i].field), field(i).type);
  }

  void column(size_t i) { sql_ += dialect_.column(model_, order_[i].field); }

  std::string value(size_t i) {
    draft_.arguments.push_back({Argument::From::kKeyset, static_cast<uint32_t>(i)});
    return dialect_.compared_value(dialect_.placeholder(++draft_.placeholders), field(i).type);
  }

  const SqlDialect& dialect_;
  const schema::Model& model_;
  const std::vector<query::Order>& order_;
  const query::Keyset& keyset_;
  Draft& draft_;
  std::string& sql_;
};

}  // namespace

void write_keyset(const SqlDialect& dialect, const query::Query& query, Draft& draft) {
  KeysetWriter(dialect, query, draft).write();
}

}  // namespace thing::dialect
