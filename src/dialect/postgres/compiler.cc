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

}  // namespace thing::dialect
