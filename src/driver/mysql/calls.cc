// MariaDB's library runs a call on a stack of its own and comes back from it when it would wait:
// _start() and _cont() return the events that it waits for, 0 when the call is done.
#include "driver/mysql/calls.h"

#include "driver/mysql/tls.h"

namespace thing::driver::mysql {
namespace {

#if THING_MYSQL_NONBLOCKING
template <class R, class Start, class Continue>
R drive(MYSQL* mysql, Waits& waits, Start start, Continue go_on) {
  const PipeGuard guard(waits.guards_pipe());
  R result{};
  if (waits.is_by_tls()) forget_tls_errors();
  int events = start(&result);
  while (events != 0) {
    const int found = waits.await(mysql, events);
    if (waits.is_by_tls()) forget_tls_errors();
    events = go_on(&result, found);
  }
  return result;
}

#define THING_MYSQL_CALL(R, name, subject, ...)                                            \
  drive<R>(                                                                                \
      mysql_, waits_,                                                                      \
      [&](R* result) { return name##_start(result, subject __VA_OPT__(, ) __VA_ARGS__); }, \
      [&](R* result, int events) { return name##_cont(result, subject, events); })
#else
#define THING_MYSQL_CALL(R, name, subject, ...)      \
  [&]() -> R {                                       \
    const PipeGuard guard(waits_.guards_pipe());     \
    waits_.await(mysql_, 0);                         \
    return name(subject __VA_OPT__(, ) __VA_ARGS__); \
  }()
#endif

}  // namespace

MYSQL* Calls::connect(const char* host, const char* user, const char* password,
                      const char* database, unsigned port, const char* socket,
                      unsigned long flags) {
  return THING_MYSQL_CALL(MYSQL*, mysql_real_connect, mysql_, host, user, password, database, port,
                          socket, flags);
}

int Calls::query(std::string_view sql) {
  return THING_MYSQL_CALL(int, mysql_real_query, mysql_, sql.data(), sql.size());
}

int Calls::ping() { return THING_MYSQL_CALL(int, mysql_ping, mysql_); }

MYSQL_RES* Calls::store_result() {
  return THING_MYSQL_CALL(MYSQL_RES*, mysql_store_result, mysql_);
}

int Calls::next_result() { return THING_MYSQL_CALL(int, mysql_next_result, mysql_); }

int Calls::prepare(MYSQL_STMT* statement, std::string_view sql) {
  return THING_MYSQL_CALL(int, mysql_stmt_prepare, statement, sql.data(), sql.size());
}

int Calls::send_long(MYSQL_STMT* statement, unsigned parameter, std::string_view part) {
  return THING_MYSQL_CALL(Flag, mysql_stmt_send_long_data, statement, parameter, part.data(),
                          part.size());
}

int Calls::execute(MYSQL_STMT* statement) {
  return THING_MYSQL_CALL(int, mysql_stmt_execute, statement);
}

int Calls::store_result(MYSQL_STMT* statement) {
  return THING_MYSQL_CALL(int, mysql_stmt_store_result, statement);
}

int Calls::free_result(MYSQL_STMT* statement) {
  return THING_MYSQL_CALL(Flag, mysql_stmt_free_result, statement);
}

int Calls::next_result(MYSQL_STMT* statement) {
  return THING_MYSQL_CALL(int, mysql_stmt_next_result, statement);
}

}  // namespace thing::driver::mysql
