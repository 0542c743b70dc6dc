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
  return {.one_writer = true,
          .returning = true,
          .partial_indexes = true,
          .unique_decimals = true,
          .upsert_by_key = true,
          .transactional_ddl = true,
          .adds_foreign_keys = false};
}

// A transaction that writes has the whole file: its rows are locked, and there are no others to
// leave out.
base::Status Sqlite::check_lock(query::Lock lock, std::string_view /*server_version*/) const {
  if (lock.wait == query::Lock::Wait::kBlock) return {};
  return base::fail(base::Code::kUnsupported,
                    "lock: SQLite locks no single rows, found wait '{}', expected 'block'",
                    query::wait_name(lock.wait));
}

// Every transaction is serializable.
std::vector<std::string> Sqlite::begin(Isolation /*isolation*/, bool read_only) const {
  return {std::string(read_only ? begins().snapshot : begins().write)};
}

std::string Sqlite::quote(std::string_view identifier) const { return doubled(identifier, '"'); }

std::string Sqlite::literal(const value::ValueView& v) const { return sqlite_literal(v); }

}  // namespace thing::dialect
