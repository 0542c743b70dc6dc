#include "dialect/postgres/postgres.h"
#include "dialect/quoting.h"

namespace thing::dialect {

const Dialect& postgres() {
  static const Postgres instance;
  return instance;
}

Features Postgres::features() const {
  return {.returning = true, .key_array = true, .partial_indexes = true, .unique_decimals = true};
}

std::string Postgres::quote(std::string_view identifier) const { return doubled(identifier, '"'); }

}  // namespace thing::dialect
