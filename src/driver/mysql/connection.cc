#include "driver/mysql/connection.h"

#include <cerrno>
#include <charconv>
#include <utility>

#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include "driver/mysql/statement.h"

namespace thing::driver::mysql {

using base::Code;

namespace {

constexpr unsigned kParseError = 1064;
constexpr unsigned kNotForPrepared = 1295;
// What is done after a call that is over, or for the connection itself, may take this long.
constexpr int64_t kAfterwards = 2'000'000;

// The number behind `name` in "Records: 3  Duplicates: 1  Warnings: 0".
int64_t number_in(std::string_view text, std::string_view name) {
  const size_t start = text.find(name);
  if (start == std::string_view::npos) return 0;
  text.remove_prefix(start + name.size());
  int64_t v = 0;
  std::from_chars(text.data(), text.data() + text.size(), v);
  return v;
}

// Whether something waits to be read, be it the end of the stream.
bool has_input(int socket) {
  pollfd wanted{socket, POLLIN, 0};
  if (poll(&wanted, 1, 0) <= 0) return false;
  char byte;
  return recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 ||
         (errno != EAGAIN && errno != EINTR);
}

// There is no time to look up the name of the host once more, which the library does without end,
// and it may have another server by then. But a certificate is valid for a name.
Options options_for_kill(const Options& options, MYSQL* mysql) {
  Options where = options;
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  auto* peer = reinterpret_cast<sockaddr*>(&address);
  char host[NI_MAXHOST];
  if (options.socket.empty() && options.tls != Tls::kVerify &&
      getpeername(socket_of(mysql), peer, &size) == 0 &&
      getnameinfo(peer, size, host, sizeof host, nullptr, 0, NI_NUMERICHOST) == 0)
    where.host = host;
  return where;
}

// A collation without padding that compares bytes, of a character set whose bytes sort as its
// characters do.
bool is_byte_collation(std::string_view name) {
  return name == "binary" || name == "utf8mb4_0900_bin" || name == "utf8mb4_nopad_bin" ||
         name == "utf8mb3_nopad_bin" || name == "utf8_nopad_bin" || name == "ascii_nopad_bin";
}

}  // namespace

base::Result<std::unique_ptr<MysqlConnection>> MysqlConnection::open(const Options& options,
                                                                     Control* control) {
  std::unique_ptr<MysqlConnection> connection(new MysqlConnection(options));
  THING_TRY(connection->waits_.open());
  const Serving serving(*connection, control);
  THING_ASSIGN(connection->session_, open_session(options, connection->waits_));
  connection->sent_lock_timeout_ = connection->waits_.busy_timeout_seconds();
  connection->waits_.set_kill(
      [c = connection.get(), where = options_for_kill(options, connection->mysql())](int64_t end) {
        return kill_query(where, mysql_thread_id(c->mysql()), end);
      });
  return connection;
}

base::Status MysqlConnection::check_usable() const {
  if (is_inherited())
    return base::fail(Code::kClosed, "the connection belongs to the parent process");
  if (!is_usable()) return base::fail(Code::kConnection, "the connection is lost");
  return {};
}

// A request to end a statement that came when it had ended by itself would end the next one.
base::Status MysqlConnection::settle_kill() {
  if (!waits_.is_kill_open()) return {};
  waits_.close_kill();
  THING_TRY(waits_.begin(kAfterwards));
  const bool done = calls().query("DO 0") == 0 || is_killed(mysql_errno(mysql()));
  if (!done) broken_ = true;
  return check_usable();
}

base::Status MysqlConnection::send_lock_timeouts() {
  const int64_t seconds = waits_.busy_timeout_seconds();
  if (seconds == sent_lock_timeout_) return {};
  if (calls().query("SET " + lock_timeouts(seconds, session_.is_mariadb)) != 0)
    return base::fail(error(failure_of(mysql()), SqlText()));
  sent_lock_timeout_ = seconds;
  return {};
}

base::Status MysqlConnection::begin(const SqlText& text) {
  const bool takes_back = text.is_rollback && !text.is_several;
  // The end of the call may have cost the connection, while the server answered to a part of it.
  if (!takes_back && waits_.is_shut() && waits_.control() != nullptr)
    THING_TRY(waits_.control()->check());
  THING_TRY(check_usable());
  THING_TRY(settle_kill());
  was_in_transaction_ = in_transaction();
  if (takes_back) return waits_.begin(kAfterwards);
  THING_TRY(waits_.begin());
  return send_lock_timeouts();
}

// The answer to a statement that failed does not say whether the transaction is still open.
void MysqlConnection::look_at_transaction() {
  if (in_transaction() && calls().query("DO 0") != 0) broken_ = true;
}

base::Error MysqlConnection::over_error() const {
  return make_error({1317, {}, {}}, waits_.given_up());
}

// Whether a lost answer leaves open what the server did.
bool MysqlConnection::is_at_stake(const SqlText& text) const {
  if (text.has_commit) return true;
  return was_in_transaction_ ? text.commits_before : text.may_write();
}

base::Error MysqlConnection::lost_error(const Failure& failure, const SqlText& text) const {
  if (!is_at_stake(text)) {
    base::Error error = make_error(failure, waits_.given_up());
    return error.code() == Code::kConnection ? std::move(error).retryable(true) : std::move(error);
  }
  const Code why = waits_.given_up();
  const std::string_view what =
      why == Code::kCancelled ? "the call was cancelled, and the server did not answer"
      : why == Code::kTimeout ? "the deadline of the call passed, and the server did not answer"
                              : "the connection was lost before the answer";
  return base::Error(Code::kCommitUnknown,
                     fmt::format("mysql: {}; the statement may have taken effect", what))
      .native(failure.number)
      .sqlstate("08007");
}

base::Error MysqlConnection::error(const Failure& failure, const SqlText& text) {
  if (is_broken(failure.number)) broken_ = true;
  if (is_killed(failure.number)) waits_.close_kill();
  // A server that ends the session in the middle of COMMIT may have got that far.
  const bool is_open =
      is_unanswered(failure.number) || (text.has_commit && is_ended(failure.number));
  base::Error error =
      !is_usable() && is_open ? lost_error(failure, text) : make_error(failure, waits_.given_up());
  if (text.is_rollback && !is_killed(failure.number)) broken_ = true;
  if (may_end_transaction(failure.number)) look_at_transaction();
  return error;
}

base::Result<StatementHandle> MysqlConnection::compile(std::string_view sql) {
  StatementHandle statement(mysql_stmt_init(mysql()));
  if (statement == nullptr) return base::fail(base::Error());
  if (calls().prepare(statement.get(), sql) == 0) return statement;
  return base::fail(error(statement.get(), SqlText()));
}

base::Result<std::unique_ptr<driver::Statement>> MysqlConnection::prepare(std::string_view sql) {
  if (sql.find('\0') != std::string_view::npos)
    return base::fail(Code::kInvalid, "the statement holds a NUL");
  const SqlText text = look_at(sql);
  if (text.is_empty) return base::fail(Code::kInvalid, "the text holds no statement");
  THING_TRY(begin(text));
  auto handle = compile(sql);
  if (handle) return std::make_unique<MysqlStatement>(*this, std::move(*handle), sql, text);
  const int64_t native = handle.error().detail() != nullptr ? handle.error().detail()->native : 0;
  if (native == kParseError && text.is_several)
    return base::fail(Code::kInvalid, "the text holds more than one statement");
  // MySQL prepares no BEGIN and no SAVEPOINT.
  if (native == kNotForPrepared) return std::make_unique<PlainStatement>(*this, sql, text);
  return base::fail(std::move(handle.error()));
}

// The server's answers tell the mode.
SqlText MysqlConnection::look_at(std::string_view sql) const {
  const bool has_escapes = (mysql()->server_status & SERVER_STATUS_NO_BACKSLASH_ESCAPES) == 0;
  return mysql::look_at(sql, has_escapes);
}

base::Status MysqlConnection::take_results(const SqlText& text) {
  for (;;) {
    const ResultHandle result(calls().store_result());
    if (mysql_errno(mysql()) != 0) return base::fail(error(failure_of(mysql()), text));
    if (result == nullptr) {
      count_changes(mysql_affected_rows(mysql()), mysql_insert_id(mysql()));
    } else if (!text.is_read_only && !text.is_several) {
      count_rows(mysql_num_rows(result.get()));
    }
    const int next = calls().next_result();
    if (next > 0) return base::fail(error(failure_of(mysql()), text));
    if (next < 0) return {};
  }
}

base::Status MysqlConnection::run_text(std::string_view sql, const SqlText& text) {
  THING_TRY(begin(text));
  if (calls().query(sql) != 0) return base::fail(error(failure_of(mysql()), text));
  return take_results(text);
}

base::Status MysqlConnection::execute(std::string_view sql) {
  if (sql.find('\0') != std::string_view::npos)
    return base::fail(Code::kInvalid, "the statement holds a NUL");
  const SqlText text = look_at(sql);
  return text.is_empty ? base::Status() : run_text(sql, text);
}

// The server tells how many rows an INSERT of several had; of one row it tells nothing.
void MysqlConnection::count_changes(uint64_t affected, uint64_t insert_id) {
  constexpr auto kNone = ~uint64_t{0};
  changes_ = affected == kNone ? 0 : static_cast<int64_t>(affected);
  total_changes_ += changes_;
  if (insert_id == 0) return;
  const char* info = mysql_info(mysql());
  const std::string_view told = info == nullptr ? std::string_view() : info;
  const int64_t rows = number_in(told, "Records: ");
  const bool whole = rows > 1 && number_in(told, "Duplicates: ") == 0;
  last_insert_id_ = static_cast<int64_t>(insert_id) + (whole ? (rows - 1) * session_.id_step : 0);
}

void MysqlConnection::count_rows(uint64_t rows) {
  changes_ = static_cast<int64_t>(rows);
  total_changes_ += changes_;
}

// The server says nothing by itself but that it ends the session. Where that is encrypted it looks
// like all else; the rare word of TLS itself costs a connection.
bool MysqlConnection::is_alive() {
  if (is_inherited() || !is_usable()) return false;
  // A statement keeps back what is behind its first result.
  if (!mysql_more_results(mysql()) && has_input(socket_of(mysql()))) broken_ = true;
  return is_usable();
}

// Without a deadline the answer has as long as a new connection would.
base::Status MysqlConnection::ping() {
  THING_TRY(check_usable());
  THING_TRY(settle_kill());
  THING_TRY(waits_.begin(Waits::kByControl, options_.connect_timeout_ms * 1000));
  if (calls().ping() == 0) return {};
  return base::fail(error(failure_of(mysql()), SqlText()));
}

// Of foreign keys only those of this database count, whose tables are the ones that can be reached
// here: the server would open the tables of all databases to find others.
base::Result<driver::MoreWrites> MysqlConnection::writes_more(std::string_view table) {
  THING_ASSIGN(
      auto statement,
      prepare("SELECT TABLE_TYPE NOT IN ('BASE TABLE', 'SYSTEM VERSIONED')"
              " OR EXISTS (SELECT 1 FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA ="
              " DATABASE() AND EVENT_OBJECT_TABLE = ?"
              " AND LEFT(TRIGGER_NAME, 12) <> 'thing_watch_')"
              ", EXISTS (SELECT 1 FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE"
              " CONSTRAINT_SCHEMA = DATABASE() AND UNIQUE_CONSTRAINT_SCHEMA = DATABASE() AND"
              " REFERENCED_TABLE_NAME = ? AND UPDATE_RULE NOT IN ('NO ACTION', 'RESTRICT'))"
              ", EXISTS (SELECT 1 FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE"
              " CONSTRAINT_SCHEMA = DATABASE() AND UNIQUE_CONSTRAINT_SCHEMA = DATABASE() AND"
              " REFERENCED_TABLE_NAME = ? AND DELETE_RULE NOT IN ('NO ACTION', 'RESTRICT')) "
              "FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?"));
  for (int i = 0; i < 4; ++i)
    THING_TRY(statement->bind(i, value::ValueView::of_bytes(value::Type::kText, table)));
  std::vector<value::Value> row;
  THING_ASSIGN(const bool found, statement->step_dynamic(row));
  if (!found) return base::fail(Code::kSchema, "no such table: '{}'", table);
  const auto is = [&row](size_t i) { return row[i].view().integer != 0; };
  return MoreWrites{is(0), is(1), is(2)};
}

base::Result<bool> MysqlConnection::compares_bytes(std::string_view table,
                                                   std::string_view column) {
  THING_ASSIGN(auto statement,
               prepare("SELECT COLLATION_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = "
                       "DATABASE() AND TABLE_NAME = ? AND COLUMN_NAME = ?"));
  THING_TRY(statement->bind(0, value::ValueView::of_bytes(value::Type::kText, table)));
  THING_TRY(statement->bind(1, value::ValueView::of_bytes(value::Type::kText, column)));
  std::vector<value::Value> row;
  THING_ASSIGN(const bool found, statement->step_dynamic(row));
  if (!found)
    return base::fail(
        base::Error(Code::kSchema, fmt::format("no such column: '{}.{}'", table, column))
            .table(table)
            .column(column)
            .sqlstate("42S22"));
  return row[0].is_null() || is_byte_collation(row[0].view().bytes);
}

// Servers that look like an old MySQL to their replicas have that before their own version.
std::string MysqlConnection::server_version() const {
  std::string_view version = mysql_get_server_info(mysql());
  if (version.starts_with("5.5.5-")) version.remove_prefix(6);
  return std::string(version);
}

base::Result<std::unique_ptr<driver::Connection>> connect(const Options& options,
                                                          Control* control) {
  THING_ASSIGN(std::unique_ptr<driver::Connection> connection,
               MysqlConnection::open(options, control));
  return connection;
}

std::string library_version() { return mysql_get_client_info(); }

}  // namespace thing::driver::mysql
