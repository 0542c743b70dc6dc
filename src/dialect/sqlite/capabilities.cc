#include "dialect/quoting.h"
#include "dialect/sqlite/quoting.h"
#include "dialect/sqlite/sqlite.h"

namespace thing::dialect {

const Sqlite& sqlite_dialect() {
  static const Sqlite instance;
  return instance;
}

const Dialect& sqlite() { return sqlite_dialect(); }

Features Sqlite::features() const {
  return {.returning = true,
          .partial_indexes = true,
          .unique_decimals = true,
          .transactional_ddl = true};
}

std::string Sqlite::quote(std::string_view identifier) const { return doubled(identifier, '"'); }

std::string Sqlite::literal(const value::ValueView& v) const { return sqlite_literal(v); }

}  // namespace thing::dialect
