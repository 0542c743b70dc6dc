#include <fmt/format.h>

#include "dialect/mysql/mysql.h"

namespace thing::dialect {

using value::Type;

// NULL is the smallest value. There is no NULLS LAST; no index serves an order by IS NULL.
std::string_view Mysql::nulls_before(bool nullable, const query::Order& order) const {
  if (!nullable || order.nulls_first != order.descending) return "";
  return order.nulls_first ? " IS NULL DESC, " : " IS NULL, ";
}

// Decimals are text, of which those of one value must look the same: without zeros behind.
std::string Mysql::distinct_column(std::string column, Type type) const {
  if (type != Type::kDecimal) return column;
  return fmt::format(
      "IF(LOCATE('.', {0}) > 0, TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM {0})), {0})", column);
}

std::string Mysql::told_apart(std::string column, Type type) const {
  if (type != Type::kText && type != Type::kEnum) return column;
  return fmt::format("CONVERT({} USING utf8mb4) COLLATE {}", column,
                     is_mariadb() ? "utf8mb4_nopad_bin" : "utf8mb4_0900_bin");
}

std::string Mysql::distinct_order(std::string column, Type type) const {
  return compared(distinct_column(std::move(column), type), type);
}

// Sums of integers are decimals.
std::string Mysql::sum(const std::string& column, Type type) const {
  return "sum(" + compared(column, type) + ")";
}

// avg() of integers has four digits behind the point.
std::string Mysql::average(const std::string& column, Type type) const {
  if (type == Type::kDecimal) return "avg(" + compared(column, type) + ")";
  return fmt::format("(sum({0}) + 0e0) / count({0})", column);
}

}  // namespace thing::dialect
