#include "dialect/sqlite/sqlite.h"

namespace thing::dialect {

// SQLite itself takes NULL for the smallest value; saying what holds anyway would only make
// statements longer, and for columns that are never NULL it would keep some indexes from being
// used.
void Sqlite::write_order(const std::string& column, bool nullable, const query::Order& order,
                         std::string& sql) const {
  sql += column;
  if (order.descending) sql += " DESC";
  if (nullable && order.nulls_first == order.descending)
    sql += order.nulls_first ? " NULLS FIRST" : " NULLS LAST";
}

}  // namespace thing::dialect
