#include "dialect/postgres/postgres.h"

namespace thing::dialect {

// PostgreSQL takes NULL for the greatest value; an index serves an order that says what holds
// anyway as well as one that does not.
std::string_view Postgres::nulls_behind(bool nullable, const query::Order& order) const {
  if (!nullable || order.nulls_first == order.descending) return "";
  return order.nulls_first ? " NULLS FIRST" : " NULLS LAST";
}

// Sums of bigint and numeric are numeric; of real they would be real.
std::string Postgres::sum(const std::string& column, value::Type type) const {
  return "sum(" + column + (type == value::Type::kFloat ? "::float8)" : ")");
}

std::string Postgres::average(const std::string& column, value::Type type) const {
  return "avg(" + column + (type == value::Type::kDecimal ? ")" : ")::float8");
}

}  // namespace thing::dialect
