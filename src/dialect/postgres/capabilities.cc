#include <fmt/format.h>

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
          .returns_updated = true,
          .returns_ids = true,
          .upsert_by_key = true,
          .computed_column = true,
          .transactional_ddl = true,
          .decimal_references = true};
}

std::vector<std::string> Postgres::begin(Isolation isolation, bool read_only) const {
  return {"BEGIN ISOLATION LEVEL " + std::string(isolation_name(isolation)) +
          (read_only ? " READ ONLY" : "")};
}

std::string_view Postgres::row_lock(query::Lock lock) const {
  if (lock.is_none()) return "";
  constexpr std::string_view kShare[] = {" FOR SHARE", " FOR SHARE NOWAIT",
                                         " FOR SHARE SKIP LOCKED"};
  constexpr std::string_view kUpdate[] = {" FOR UPDATE", " FOR UPDATE NOWAIT",
                                          " FOR UPDATE SKIP LOCKED"};
  const auto wait = static_cast<size_t>(lock.wait);
  return lock.kind == query::Lock::Kind::kShare ? kShare[wait] : kUpdate[wait];
}

std::string Postgres::quote(std::string_view identifier) const { return doubled(identifier, '"'); }

// Of the database, by the bytes of "libthing". It goes with the transaction.
std::string_view Postgres::lock_schema() const {
  return "SELECT 1 FROM pg_advisory_xact_lock(7811883280758304359)";
}

std::string Postgres::name_session(uint64_t name) const {
  return fmt::format("SELECT pg_advisory_lock({}), set_config('thing.managed', '1', false)", name);
}

std::string Postgres::ask_session(uint64_t name) const {
  return fmt::format("SELECT pg_try_advisory_xact_lock_shared({})::int", name);
}

std::string_view Postgres::ask_schema() const {
  return "SELECT n.nspname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
         "WHERE c.oid = to_regclass($1) AND c.relkind IN ('r', 'p') AND NOT EXISTS "
         "(SELECT 1 FROM pg_inherits i WHERE i.inhrelid = c.oid)";
}

std::string_view Postgres::ask_changing_columns() const {
  return "SELECT attname::text FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 "
         "AND NOT attisdropped AND attgenerated <> ''";
}

std::string Postgres::table_argument(std::string_view table) const {
  const size_t dot = table.rfind('.');
  if (dot == table.npos) return quote(table);
  return quote(table.substr(0, dot)) + "." + quote(table.substr(dot + 1));
}

std::string_view Postgres::ask_identity() const {
  return "SELECT system_identifier || ':' || oid FROM pg_control_system(), pg_database "
         "WHERE datname = current_database()";
}

}  // namespace thing::dialect
