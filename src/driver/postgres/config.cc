#include "driver/postgres/config.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <poll.h>

#include "base/clock.h"
#include "driver/postgres/errors.h"
#include "driver/postgres/wire.h"

namespace thing::driver::postgres {
namespace {

using base::Code;

constexpr int64_t kLongestTimeout = 1'000'000'000;  // ms; no sum with the clock overflows

int64_t deadline_of(const Options& options) {
  const int64_t ms = std::clamp(options.connect_timeout_ms, int64_t{1}, kLongestTimeout);
  return base::system_clock().monotonic_micros() + ms * 1000;
}

// libpq quotes the part of the text that it can not read, which may be of a password.
std::string without_quotes(std::string_view message) {
  std::string out;
  bool inside = false;
  for (const char c : message) {
    if (c == '"') out += inside ? "...\"" : "\"";
    if (c == '"') inside = !inside;
    if (c != '"' && !inside) out += c;
  }
  return out;
}

base::Status check_conninfo(const std::string& conninfo) {
  if (conninfo.find('\0') != std::string::npos)
    return base::fail(Code::kInvalid, "the conninfo holds a NUL");
  char* message = nullptr;
  PQconninfoOption* parsed = PQconninfoParse(conninfo.c_str(), &message);
  if (parsed != nullptr) {
    PQconninfoFree(parsed);
    return {};
  }
  if (message == nullptr) return base::fail(base::Error());
  const std::string why = without_quotes(one_line(message));
  PQfreemem(message);
  return base::fail(Code::kInvalid, "the conninfo can not be read: {}", why);
}

PGconn* start(const Options& options) {
  const bool is_named = !options.application_name.empty();
  // A network that swallows everything is found out within a minute, unless the conninfo says
  // otherwise: a statement without deadline would wait for ever.
  const char* keywords[] = {"fallback_application_name",
                            "keepalives_idle",
                            "keepalives_interval",
                            "keepalives_count",
                            "tcp_user_timeout",
                            "dbname",
                            "client_encoding",
                            is_named ? "application_name" : nullptr,
                            nullptr};
  const char* values[] = {"libthing", "30",
                          "10",       "3",
                          "60000",    options.conninfo.c_str(),
                          "UTF8",     options.application_name.c_str(),
                          nullptr};
  return PQconnectStartParams(keywords, values, 1);
}

void drop_notice(void*, const char*) {}  // a library does not print

base::Error late(const Options& options) {
  return make_error("08001", fmt::format("no connection within {} ms", options.connect_timeout_ms));
}

base::Status over(const Waits& waits) {
  THING_TRY(waits.check());
  return base::fail(base::Error(Code::kCancelled, "the call was cancelled").sqlstate("57014"));
}

base::Status finish_connecting(PGconn* connection, const Options& options, int64_t deadline,
                               Waits& waits) {
  PostgresPollingStatusType next = PGRES_POLLING_WRITING;
  if (PQstatus(connection) == CONNECTION_BAD) return base::fail(connect_error(connection));
  while (next != PGRES_POLLING_OK) {
    if (next == PGRES_POLLING_FAILED) return base::fail(connect_error(connection));
    const short events = next == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    switch (waits.wait(PQsocket(connection), events, deadline, true)) {
      case Waits::Woke::kReady: break;
      case Waits::Woke::kLate: return base::fail(late(options));
      case Waits::Woke::kOver: return over(waits);
    }
    next = PQconnectPoll(connection);
  }
  return {};
}

base::Result<Handle> connect_handle(const Options& options, int64_t deadline, Waits& waits) {
  Handle handle(start(options));
  PGconn* connection = handle.get();
  if (connection == nullptr) return base::fail(base::Error());
  PQsetNoticeProcessor(connection, drop_notice, nullptr);
  PQsetErrorVerbosity(connection, PQERRORS_VERBOSE);  // which tells the state of a failure
  if (auto connected = finish_connecting(connection, options, deadline, waits); !connected)
    return base::fail(
        std::move(connected.error())
            .context("while connecting to '" + mask_password(options.conninfo) + "'"));
  PQsetErrorVerbosity(connection, PQERRORS_DEFAULT);
  if (PQsetnonblocking(connection, 1) != 0)
    return base::fail(make_error("08001", PQerrorMessage(connection)));
  return handle;
}

base::Result<ResultHandle> run(Link& link, const char* sql, int count, const char* const* values,
                               int64_t deadline, bool listens) {
  THING_TRY(link.begin({.listens = listens, .until = deadline}));
  return link.finish(
      PQsendQueryParams(link.get(), sql, count, nullptr, values, nullptr, nullptr, 1));
}

std::string lock_timeout_text(int64_t ms) {
  return fmt::format("{}ms", std::clamp(ms, int64_t{1}, kLongestTimeout));
}

// One statement, so that it is one round trip. A pooler that changes the session knows of the
// first three settings and carries them along.
base::Result<ResultHandle> set_up(Link& link, const Options& options, int64_t deadline) {
  constexpr const char* kAlways =
      "SELECT (1000 * extract(epoch FROM pg_catalog.current_setting('statement_timeout')"
      "::pg_catalog.interval))::pg_catalog.int8,"
      " pg_catalog.set_config('TimeZone', 'UTC', false),"
      " pg_catalog.set_config('DateStyle', 'ISO', false),"
      " pg_catalog.set_config('standard_conforming_strings', 'on', false)";
  // A statement whose client is gone ends, also where the request to stop came before it began.
  // From version 14 on, and where the system tells the server of closed connections; what the user
  // set stays.
  constexpr const char* kWatchClient =
      ", CASE WHEN pg_catalog.current_setting('client_connection_check_interval', true) = '0'"
      " AND pg_catalog.version() LIKE '%linux%' THEN"
      " pg_catalog.set_config('client_connection_check_interval', '1s', false) END";
  if (!options.prepared) return run(link, kAlways, 0, nullptr, deadline, true);
  std::string sql(kAlways);
  sql += kWatchClient;
  sql += ", pg_catalog.set_config('lock_timeout', $1, false)";
  if (options.read_only)
    sql += ", pg_catalog.set_config('default_transaction_read_only', 'on', false)";
  if (options.own_session) sql += ", pg_catalog.pg_backend_pid()";
  const std::string timeout = lock_timeout_text(options.busy_timeout_ms);
  const char* values[] = {timeout.c_str()};
  return run(link, sql.c_str(), 1, values, deadline, true);
}

// A pooler gives its clients numbers of its own for the processes that serve them: it can not say
// which one will.
base::Status check_session(const Options& options, const Link& link, const PGresult* settings) {
  if (!options.own_session) return {};
  const int last = PQnfields(settings) - 1;
  if (load<int32_t>(PQgetvalue(settings, 0, last)) == PQbackendPID(link.get())) return {};
  return base::fail(Code::kUnsupported,
                    "postgres: found a pooler before the server, expected the server itself: with "
                    "cache 'redis' locks tell when a session is over, and those of a pooler's "
                    "session are not this program's");
}

}  // namespace

base::Result<int64_t> open_link(const Options& options, Link& link, Waits& waits) {
  THING_TRY(check_conninfo(options.conninfo));
  if (options.read_only && !options.prepared)
    return base::fail(Code::kUnsupported,
                      "postgres: a session of a pooler can not be made read-only");
  const int64_t deadline = deadline_of(options);
  THING_ASSIGN(Handle handle, connect_handle(options, deadline, waits));
  link.open(std::move(handle));
  THING_ASSIGN(const ResultHandle settings, set_up(link, options, deadline));
  THING_TRY(check_session(options, link, settings.get()));
  return load<int64_t>(PQgetvalue(settings.get(), 0, 0));
}

base::Status set_lock_timeout(Link& link, int64_t ms) {
  const std::string timeout = lock_timeout_text(ms);
  const char* values[] = {timeout.c_str()};
  constexpr int64_t kPatience = 5'000'000;
  THING_TRY(run(link, "SELECT pg_catalog.set_config('lock_timeout', $1, false)", 1, values,
                base::system_clock().monotonic_micros() + kPatience, false));
  return {};
}

}  // namespace thing::driver::postgres
