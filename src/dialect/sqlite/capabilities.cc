#include "dialect/sqlite/quoting.h"
#include "dialect/sqlite/sqlite.h"

namespace thing::dialect {

const Dialect& sqlite() {
  static const Sqlite instance;
  return instance;
}

std::string Sqlite::quote(std::string_view identifier) const {
  return sqlite_identifier(identifier);
}

}  // namespace thing::dialect
