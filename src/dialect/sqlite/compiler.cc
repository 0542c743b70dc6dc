#include "dialect/sqlite/sqlite.h"

namespace thing::dialect {

// SQLite itself takes NULL for the smallest value; saying what holds anyway would only make
// statements longer, and for columns that are never NULL it would keep some indexes from being
// used.
std::string_view Sqlite::nulls_behind(bool nullable, const query::Order& order) const {
  if (!nullable || order.nulls_first != order.descending) return "";
  return order.nulls_first ? " NULLS FIRST" : " NULLS LAST";
}

// Functions that every connection has: sum() stops at integers that leave 64 bits on the way, and
// knows no decimals.
std::string Sqlite::sum(const std::string& column, value::Type type) const {
  if (type == value::Type::kFloat) return "sum(CAST(" + column + " AS REAL))";
  return "thing_sum(" + column + ")";
}

std::string Sqlite::average(const std::string& column, value::Type type) const {
  return (type == value::Type::kDecimal ? "thing_avg(" : "avg(") + column + ")";
}

}  // namespace thing::dialect
