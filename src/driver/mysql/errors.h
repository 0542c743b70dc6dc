#pragma once
#include <string_view>

#include "driver/mysql/client.h"
#include "driver/mysql/waits.h"

namespace thing::driver::mysql {

// What the server or the client library says of a failed call.
struct Failure {
  unsigned number = 0;
  std::string_view sqlstate;
  std::string_view message;
};

inline Failure failure_of(MYSQL* mysql) {
  return {mysql_errno(mysql), mysql_sqlstate(mysql), mysql_error(mysql)};
}
// Of a statement whose connection went away the library only tells that it is closed.
inline Failure failure_of(MYSQL_STMT* statement, MYSQL* mysql) {
  const unsigned number = mysql_stmt_errno(statement);
  if (number != 0 && number != client_error::kStatementClosed)
    return {number, mysql_stmt_sqlstate(statement), mysql_stmt_error(statement)};
  if (mysql_errno(mysql) != 0) return failure_of(mysql);
  return {client_error::kLost, "HY000", "Lost connection to server"};
}

// The message is the server's without the values that it quotes. An error that says that the
// statement was ended is what `given_up` says, when that is not kOk.
base::Error make_error(const Failure& failure, base::Code given_up = base::Code::kOk);
inline base::Error make_error(MYSQL* mysql, base::Code given_up = base::Code::kOk) {
  return make_error(failure_of(mysql), given_up);
}

bool is_killed(unsigned number);            // the statement was ended from outside
bool is_broken(unsigned number);            // the connection is gone, or not to be used any more
bool is_ended(unsigned number);             // the server ends the session, and says so
bool is_unanswered(unsigned number);        // the command was sent, and no answer to it came
bool needs_prepare(unsigned number);        // the server lost the statement, not the connection
bool may_end_transaction(unsigned number);  // the server may have rolled back all of it

}  // namespace thing::driver::mysql
