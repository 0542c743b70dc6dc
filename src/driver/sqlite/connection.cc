#include "driver/sqlite/connection.h"

#include <limits>
#include <utility>

#include "driver/sqlite/config.h"
#include "driver/sqlite/errors.h"
#include "driver/sqlite/statement.h"

namespace thing::driver::sqlite {

using base::Code;

base::Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(const Options& options) {
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(options.busy_timeout_ms));
  THING_ASSIGN(connection->db_, open_handle(options, connection->waits_));
  return connection;
}

base::Error SqliteConnection::error(int rc) {
  if (is_broken(rc)) broken_ = true;
  return make_error(db_.get(), rc, waits_.control());
}

// The first statement of the text, null when there is none; `rest` is what follows it.
base::Result<StatementHandle> SqliteConnection::compile(std::string_view sql, unsigned flags,
                                                        std::string_view* rest) {
  if (sql.size() > static_cast<size_t>(std::numeric_limits<int>::max())) {
    return base::fail(Code::kRange, "a statement of {} bytes is too long", sql.size());
  }
  sqlite3_stmt* raw = nullptr;
  const char* tail = nullptr;
  if (sql.empty()) sql = " ";  // that has a place
  const int rc =
      sqlite3_prepare_v3(db_.get(), sql.data(), static_cast<int>(sql.size()), flags, &raw, &tail);
  StatementHandle statement(raw);
  if (rc != SQLITE_OK) return base::fail(error(rc));
  *rest = tail == nullptr ? std::string_view() : sql.substr(static_cast<size_t>(tail - sql.data()));
  return statement;
}

base::Result<std::unique_ptr<driver::Statement>> SqliteConnection::prepare(std::string_view sql) {
  // SQLite ends the text at a NUL and would run the half.
  if (sql.find('\0') != std::string_view::npos)
    return base::fail(Code::kInvalid, "the statement holds a NUL");
  std::string_view rest;
  THING_ASSIGN(StatementHandle statement, compile(sql, SQLITE_PREPARE_PERSISTENT, &rest));
  if (statement == nullptr) return base::fail(Code::kInvalid, "the text holds no statement");
  while (rest.find_first_not_of(" \t\r\n\f;") != std::string_view::npos) {
    THING_ASSIGN(const StatementHandle second, compile(rest, 0, &rest));  // null for a comment
    if (second != nullptr)
      return base::fail(Code::kInvalid, "the text holds more than one statement");
  }
  return std::make_unique<SqliteStatement>(*this, std::move(statement));
}

base::Status SqliteConnection::run_all(std::string_view sql) {
  while (!sql.empty()) {
    THING_ASSIGN(StatementHandle handle, compile(sql, 0, &sql));
    if (handle == nullptr) continue;
    THING_TRY(SqliteStatement(*this, std::move(handle)).execute());
  }
  return {};
}

base::Status SqliteConnection::execute(std::string_view sql) {
  if (sql.find('\0') != std::string_view::npos)
    return base::fail(Code::kInvalid, "the statement holds a NUL");
  if (sql != "ROLLBACK") return run_all(sql);
  // A transaction that can not be rolled back leaves nothing to go on with.
  const bool was_broken = std::exchange(broken_, true);
  base::Status done = run_all(sql);
  broken_ = was_broken || in_transaction();
  return done;
}

int64_t SqliteConnection::changes() const {
#if SQLITE_VERSION_NUMBER >= 3037000
  return sqlite3_changes64(db_.get());
#else
  return sqlite3_changes(db_.get());
#endif
}

int64_t SqliteConnection::total_changes() const {
#if SQLITE_VERSION_NUMBER >= 3037000
  return sqlite3_total_changes64(db_.get());
#else
  return sqlite3_total_changes(db_.get());
#endif
}

base::Result<bool> SqliteConnection::stores_utf8() {
  THING_ASSIGN(const std::string encoding, query_text(db_.get(), "PRAGMA encoding", waits_));
  return encoding == "UTF-8";
}

base::Result<bool> SqliteConnection::compares_bytes(std::string_view table,
                                                    std::string_view column) {
  const char* collation = nullptr;
  const auto look = [&, t = std::string(table), c = std::string(column)] {
    return sqlite3_table_column_metadata(db_.get(), "main", t.c_str(), c.c_str(), nullptr,
                                         &collation, nullptr, nullptr, nullptr);
  };
  int rc = look();
  if (rc == SQLITE_ERROR) {
    // The schema that this connection remembers may be older than the table: a statement that runs
    // looks at the file.
    THING_TRY(execute("SELECT 1 FROM sqlite_master LIMIT 1"));
    rc = look();
  }
  if (rc == SQLITE_ERROR)
    return base::fail(
        base::Error(Code::kSchema, fmt::format("no such column: '{}.{}'", table, column))
            .table(table)
            .column(column)
            .sqlstate("42703"));
  if (rc != SQLITE_OK) return base::fail(error(rc));
  if (collation == nullptr || sqlite3_stricmp(collation, "BINARY") != 0) return false;
  return stores_utf8();  // the bytes of UTF-16 sort otherwise
}

base::Result<std::unique_ptr<driver::Connection>> connect(const Options& options) {
  THING_ASSIGN(std::unique_ptr<driver::Connection> connection, SqliteConnection::open(options));
  return connection;
}

std::string library_version() { return sqlite3_libversion(); }

}  // namespace thing::driver::sqlite
