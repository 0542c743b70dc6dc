#include "migrate/sync.h"

namespace thing::migrate {
namespace {

// The number that the query gives; 0 when it gives none.
base::Result<int64_t> ask(session::Connection& connection, std::string_view sql) {
  THING_ASSIGN(const auto statement, connection.raw().prepare(sql));
  std::vector<value::Value> row;
  THING_ASSIGN(const bool found, statement->step_dynamic(row));
  const bool is_number = found && !row.empty() && row[0].type() == value::Type::kInt;
  const int64_t number = is_number ? row[0].view().integer : 0;
  statement->reset();
  return number;
}

}  // namespace

base::Status lock_schema(session::Connection& connection) {
  THING_ASSIGN(const CatalogueReader reader, CatalogueReader::open(connection));
  const std::string_view sql = reader.dialect().lock_schema();
  if (sql.empty()) return {};
  THING_ASSIGN(const int64_t locked, ask(connection, sql));
  if (locked != 0) return {};
  return base::fail(base::Error(base::Code::kBusy,
                                "found tables being changed by another process, expected it to end")
                        .retryable(true));
}

base::Status unlock_schema(session::Connection& connection) {
  THING_ASSIGN(const CatalogueReader reader, CatalogueReader::open(connection));
  const std::string_view sql = reader.dialect().unlock_schema();
  if (sql.empty()) return {};
  return ask(connection, sql).map([](int64_t) {});
}

}  // namespace thing::migrate
