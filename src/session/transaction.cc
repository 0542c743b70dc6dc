#include <new>

#include "session/session.h"

namespace thing::session {
namespace {

base::Status run_ahead(Connection& connection, std::string_view sql) {
  THING_ASSIGN(const bool is_taken, connection.raw().send_ahead(sql));
  return is_taken ? base::Status() : connection.raw().execute(sql);
}

std::string with_name(Connection& connection, std::string_view verb, std::string_view name) {
  return std::string(verb) + connection.dialect().quote(name);
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
  return connection.run_ahead(mode == Begin::kImmediate ? Connection::Step::kBeginWrite
                                                        : Connection::Step::kBeginDeferred);
}

base::Status begin(Connection& connection, dialect::Isolation isolation, bool read_only) {
  if (connection.in_snapshot()) THING_TRY(connection.end_snapshot());
  for (const std::string& sql : connection.dialect().begin(isolation, read_only)) {
    if (auto done = run_ahead(connection, sql); !done) {
      connection.give_up();  // a level may be set already, for whatever comes next
      return done;
    }
  }
  return {};
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
  THING_TRY(connection.run_ahead(Connection::Step::kBeginPart));
  connection.part_guarded_ = connection.is_guarded();
  connection.guard(false);
  return {};
}

base::Status keep_part(Connection& connection) {
  connection.rest();
  THING_TRY(connection.run_ahead(Connection::Step::kKeepPart));
  connection.guard(connection.part_guarded_);
  return {};
}

bool undo_part(Connection& connection) noexcept {
  connection.rest();
  bool undone = false;
  try {
    undone =
        connection.run(Connection::Step::kUndoPart) && connection.run(Connection::Step::kKeepPart);
  } catch (const std::bad_alloc&) {
  }
  connection.guard(connection.part_guarded_);
  return undone;
}

base::Status savepoint(Connection& connection, std::string_view name) {
  return run_ahead(connection, with_name(connection, "SAVEPOINT ", name));
}

base::Status release(Connection& connection, std::string_view name) {
  connection.rest();
  return run_ahead(connection, with_name(connection, "RELEASE SAVEPOINT ", name));
}

base::Status rollback_to(Connection& connection, std::string_view name) {
  connection.rest();
  return connection.raw().execute(with_name(connection, "ROLLBACK TO SAVEPOINT ", name));
}

}  // namespace thing::session
