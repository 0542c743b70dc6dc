#include "dialect/postgres/postgres.h"
#include "dialect/quoting.h"

namespace thing::dialect {

const Dialect& postgres() {
  static const Postgres instance;
  return instance;
}

Features Postgres::features() const {
  return {.returning = true,
          .key_array = true,
          .partial_indexes = true,
          .unique_decimals = true,
          .computed_column = true,
          .transactional_ddl = true};
}

std::string Postgres::quote(std::string_view identifier) const { return doubled(identifier, '"'); }

// Of the database, by the bytes of "libthing". It goes with the transaction.
std::string_view Postgres::lock_schema() const {
  return "SELECT 1 FROM pg_advisory_xact_lock(7811883280758304359)";
}

}  // namespace thing::dialect
