#include "driver/mysql/config.h"

#include <charconv>
#include <memory>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "driver/mysql/calls.h"
#include "driver/mysql/errors.h"
#include "driver/mysql/signals.h"
#include "driver/mysql/tls.h"

namespace thing::driver::mysql {
namespace {

using base::Code;

// What a value is must not depend on the server's configuration. Backslashes are characters; an id
// of 0 is the id 0; messages are English because errors.cc reads names from them.
constexpr std::string_view kSettings =
    "SET NAMES utf8mb4, SESSION time_zone='+00:00', SESSION autocommit=1,"
    " SESSION lc_messages='en_US', SESSION sql_mode='STRICT_ALL_TABLES,NO_ZERO_DATE,"
    "NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,ONLY_FULL_GROUP_BY,"
    "NO_BACKSLASH_ESCAPES,NO_AUTO_VALUE_ON_ZERO'";

const char* text_or_null(const std::string& text) { return text.empty() ? nullptr : text.c_str(); }

void set_flag(MYSQL* mysql, mysql_option option, bool on) {
  const Flag flag = on ? 1 : 0;
  mysql_options(mysql, option, &flag);
}

void set_tls(MYSQL* mysql, const Options& options) {
  if (options.tls_ca != "") mysql_options(mysql, MYSQL_OPT_SSL_CA, options.tls_ca.c_str());
  if (options.tls_cert != "") mysql_options(mysql, MYSQL_OPT_SSL_CERT, options.tls_cert.c_str());
  if (options.tls_key != "") mysql_options(mysql, MYSQL_OPT_SSL_KEY, options.tls_key.c_str());
#ifdef MARIADB_PACKAGE_VERSION
  // Whatever its name says, the option asks for TLS and goes on without when the server has none.
  set_flag(mysql, MYSQL_OPT_SSL_ENFORCE, options.tls != Tls::kDisabled);
  set_flag(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, options.tls == Tls::kVerify);
#else
  constexpr unsigned kModes[] = {SSL_MODE_DISABLED, SSL_MODE_PREFERRED, SSL_MODE_REQUIRED,
                                 SSL_MODE_VERIFY_IDENTITY};
  mysql_options(mysql, MYSQL_OPT_SSL_MODE, &kModes[static_cast<int>(options.tls)]);
#endif
}

void set_options(MYSQL* mysql, const Options& options) {
  const auto connect_seconds = static_cast<unsigned>((options.connect_timeout_ms + 999) / 1000);
  mysql_options(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &connect_seconds);
  mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  // A server must not be able to ask for the files of its clients.
  const unsigned off = 0;
  mysql_options(mysql, MYSQL_OPT_LOCAL_INFILE, &off);
  const unsigned protocol = options.socket.empty() ? MYSQL_PROTOCOL_TCP : MYSQL_PROTOCOL_SOCKET;
  mysql_options(mysql, MYSQL_OPT_PROTOCOL, &protocol);
#if THING_MYSQL_NONBLOCKING
  mysql_options(mysql, MYSQL_OPT_NONBLOCK, nullptr);
#else
  const auto read_seconds = static_cast<unsigned>((options.read_timeout_ms + 999) / 1000);
  mysql_options(mysql, MYSQL_OPT_READ_TIMEOUT, &read_seconds);
  mysql_options(mysql, MYSQL_OPT_WRITE_TIMEOUT, &read_seconds);
#endif
  // A Unix socket can not be listened to; the library refuses TLS on it when it is asked for.
  if (options.socket.empty() || options.tls >= Tls::kRequired) set_tls(mysql, options);
}

// A network that swallows everything is found out within a minute: a statement without deadline
// would wait for ever.
void watch_network(int socket) {
  const auto set = [socket](int option, int v) {
    setsockopt(socket, IPPROTO_TCP, option, &v, sizeof(v));
  };
  const int on = 1;
  setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
  set(TCP_KEEPIDLE, 30);
  set(TCP_KEEPINTVL, 10);
  set(TCP_KEEPCNT, 3);
  set(TCP_USER_TIMEOUT, 60'000);
}

std::string place_of(const Options& options) {
  if (!options.socket.empty()) return options.socket;
  return fmt::format("{}:{}", options.host, options.port);
}

// The library itself waits for nothing on a plain socket, whatever its mode; but OpenSSL does.
void keep_tls_from_waiting(MYSQL* mysql, int socket, Waits& waits) {
  if (mysql_get_ssl_cipher(mysql) == nullptr || !can_forget_tls_errors()) return;
  const int flags = fcntl(socket, F_GETFL);
  waits.speak_tls(flags >= 0 && fcntl(socket, F_SETFL, flags | O_NONBLOCK) == 0);
}

// By the control of a call, if there is one, and by a time of its own.
base::Status begin_within(Waits& waits, int64_t micros) {
  return waits.control() == nullptr ? waits.begin(micros) : waits.begin(Waits::kByControl, micros);
}

base::Result<Handle> connect_within(const Options& options, Waits& waits, int64_t micros) {
  if (!initialize_library()) return base::fail(base::Error());
  Handle handle(mysql_init(nullptr));
  MYSQL* const mysql = handle.get();
  if (mysql == nullptr) return base::fail(base::Error());
  set_options(mysql, options);
  THING_TRY(begin_within(waits, micros));
  waits.guard_pipe(is_pipe_fatal());
  MYSQL* const connected =
      Calls(mysql, waits)
          .connect(options.host.c_str(), options.user.c_str(), options.password.c_str(),
                   text_or_null(options.database), static_cast<unsigned>(options.port),
                   text_or_null(options.socket), CLIENT_FOUND_ROWS | CLIENT_MULTI_STATEMENTS);
  if (connected == nullptr) {
    const bool is_over = waits.control() != nullptr && waits.given_up() != Code::kConnection;
    if (is_over && waits.given_up() != Code::kOk) THING_TRY(waits.control()->check());
    if (waits.given_up() != Code::kOk)
      return base::fail(Code::kConnection, "the server did not answer within {} ms", micros / 1000);
    return base::fail(make_error(mysql));
  }
  if (options.tls >= Tls::kRequired && mysql_get_ssl_cipher(mysql) == nullptr)
    return base::fail(Code::kConnection, "the server has no TLS, which is required");
  waits.guard_pipe(waits.guards_pipe() && may_raise(mysql));
  if (const int socket = socket_of(mysql); socket >= 0) {
    fcntl(socket, F_SETFD, FD_CLOEXEC);
    keep_tls_from_waiting(mysql, socket, waits);
    if (options.socket.empty()) watch_network(socket);
  }
  return handle;
}

// Why a step on the way to a session failed. Behind the time that connecting has, the server is at
// fault.
base::Error step_error(MYSQL* mysql, const Waits& waits) {
  const bool is_late = waits.control() == nullptr && waits.given_up() != Code::kOk;
  return make_error(mysql, is_late ? Code::kConnection : waits.given_up());
}

base::Status run(MYSQL* mysql, std::string_view sql, Waits& waits) {
  if (Calls(mysql, waits).query(sql) != 0) return base::fail(step_error(mysql, waits));
  return {};
}

int64_t number_of(const char* text, int64_t otherwise) {
  if (text == nullptr) return otherwise;
  int64_t v = otherwise;
  std::from_chars(text, text + std::char_traits<char>::length(text), v);
  return v;
}

int64_t left_until(int64_t end) { return end - base::system_clock().monotonic_micros(); }

// Once the request is sent there is nothing to wait for but that the server has it.
constexpr int64_t kDropWithin = 10'000;

// A session beside another one, to end what that does.
struct Killer {
  bool kill(std::string_view what, unsigned long id, int64_t micros) {
    return waits.begin(micros) &&
           run(handle.get(), fmt::format("KILL {}{}", what, id), waits).has_value();
  }

  Waits waits{0};
  Handle handle;
};

base::Status read_limits(Session& session, Waits& waits) {
  MYSQL* const mysql = session.handle.get();
  THING_TRY(run(mysql, "SELECT @@max_allowed_packet, @@auto_increment_increment", waits));
  const ResultHandle result(Calls(mysql, waits).store_result());
  const MYSQL_ROW row = result == nullptr ? nullptr : mysql_fetch_row(result.get());
  if (row == nullptr) return base::fail(step_error(mysql, waits));
  session.max_packet = number_of(row[0], 1 << 20);
  session.id_step = number_of(row[1], 1);
  return {};
}

base::Status set_up(Session& session, Waits& waits) {
  MYSQL* const mysql = session.handle.get();
  session.is_mariadb =
      std::string_view(mysql_get_server_info(mysql)).find("MariaDB") != std::string_view::npos;
  const std::string sql = std::string(kSettings) + ", " +
                          lock_timeouts(waits.busy_timeout_seconds(), session.is_mariadb);
  THING_TRY(run(mysql, sql, waits));
  return read_limits(session, waits);
}

}  // namespace

std::string lock_timeouts(int64_t seconds, bool is_mariadb) {
  // MariaDB takes 0 for "do not wait"; MySQL has no such thing. Above a year it is for ever.
  const int64_t wait = std::clamp(seconds, int64_t{is_mariadb ? 0 : 1}, int64_t{31'536'000});
  return fmt::format("SESSION innodb_lock_wait_timeout={0}, SESSION lock_wait_timeout={0}", wait);
}

base::Result<Session> open_session(const Options& options, Waits& waits) {
  Session session;
  const int64_t limit = options.connect_timeout_ms * 1000;
  auto handle = connect_within(options, waits, limit);
  if (!handle) {
    return base::fail(
        std::move(handle.error()).context("while connecting to '" + place_of(options) + "'"));
  }
  session.handle = std::move(*handle);
  THING_TRY(begin_within(waits, limit));
  THING_TRY(set_up(session, waits));
  return session;
}

Waits::Drop kill_query(const Options& options, unsigned long id, int64_t end) {
  Options where = options;
  where.database.clear();
  where.connect_timeout_ms = 1000;
  const auto killer = std::make_shared<Killer>();
  if (!killer->waits.open()) return {};
  auto handle = connect_within(where, killer->waits, left_until(end));
  if (!handle) return {};
  killer->handle = std::move(*handle);
  if (!killer->kill("QUERY ", id, left_until(end))) return {};
  return [killer, id] { killer->kill("", id, kDropWithin); };
}

}  // namespace thing::driver::mysql
