#include "dialect/postgres/postgres.h"

namespace thing::dialect {

// PostgreSQL takes NULL for the greatest value; an index serves an order that says what holds
// anyway as well as one that does not.
void Postgres::write_order(const std::string& column, bool nullable, const query::Order& order,
                           std::string& sql) const {
  sql += column;
  if (order.descending) sql += " DESC";
  if (nullable && order.nulls_first != order.descending)
    sql += order.nulls_first ? " NULLS FIRST" : " NULLS LAST";
}

// Sums of bigint and numeric are numeric; of real they would be real.
std::string Postgres::sum(const std::string& column, value::Type type) const {
  return "sum(" + column + (type == value::Type::kFloat ? "::float8)" : ")");
}

std::string Postgres::average(const std::string& column, value::Type type) const {
  return "avg(" + column + (type == value::Type::kDecimal ? ")" : ")::float8");
}

}  // namespace thing::dialect
