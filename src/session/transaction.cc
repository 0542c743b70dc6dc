#include <new>

#include "session/session.h"

namespace thing::session {
namespace {

std::string with_name(std::string_view verb, std::string_view name) {
  std::string sql = std::string(verb) + " \"";
  for (const char c : name) {
    if (c == '"') sql += c;
    sql += c;
  }
  return sql + '"';
}

// Whether the transaction is over. Never throws.
bool try_rollback(Connection& connection, bool prepared) noexcept {
  try {
    const base::Status done = prepared ? connection.run(Connection::Step::kRollback)
                                       : connection.raw().execute("ROLLBACK");
    return done.has_value() || !connection.raw().in_transaction();
  } catch (const std::bad_alloc&) {
    return !connection.raw().in_transaction();
  }
}

}  // namespace

base::Status begin(Connection& connection, Begin mode) {
  // A snapshot that the session keeps would be in the way; the new transaction takes its own.
  if (connection.in_snapshot()) THING_TRY(connection.end_snapshot());
  return connection.run(mode == Begin::kImmediate ? Connection::Step::kBeginImmediate
                                                  : Connection::Step::kBegin);
}

base::Status commit(Connection& connection) {
  connection.rest();
  return connection.run(Connection::Step::kCommit);
}

void rollback(Connection& connection) noexcept {
  connection.rest();
  if (!connection.raw().in_transaction()) return;
  if (try_rollback(connection, true)) return;
  // As plain text it needs nothing that was prepared, and a failure makes the connection unusable.
  try_rollback(connection, false);
}

base::Status begin_part(Connection& connection) {
  THING_TRY(connection.prepare(Connection::Step::kKeepPart));
  THING_TRY(connection.prepare(Connection::Step::kUndoPart));
  return connection.run(Connection::Step::kBeginPart);
}

base::Status keep_part(Connection& connection) {
  connection.rest();
  return connection.run(Connection::Step::kKeepPart);
}

bool undo_part(Connection& connection) noexcept {
  connection.rest();
  try {
    return connection.run(Connection::Step::kUndoPart) &&
           connection.run(Connection::Step::kKeepPart);
  } catch (const std::bad_alloc&) {
    return false;
  }
}

base::Status savepoint(Connection& connection, std::string_view name) {
  return connection.raw().execute(with_name("SAVEPOINT", name));
}

base::Status release(Connection& connection, std::string_view name) {
  connection.rest();
  return connection.raw().execute(with_name("RELEASE", name));
}

base::Status rollback_to(Connection& connection, std::string_view name) {
  connection.rest();
  return connection.raw().execute(with_name("ROLLBACK TO", name));
}

}  // namespace thing::session
