#pragma once
#include <string_view>

#include "driver/mysql/handle.h"
#include "driver/mysql/waits.h"

namespace thing::driver::mysql {

// The calls of the client library that wait for the server, each with the library's own result.
// They end when the waits give up, with an error of the library for a lost connection.
class Calls {
 public:
  Calls(MYSQL* mysql, Waits& waits) : mysql_(mysql), waits_(waits) {}

  MYSQL* connect(const char* host, const char* user, const char* password, const char* database,
                 unsigned port, const char* socket, unsigned long flags);
  int query(std::string_view sql);
  int ping();
  MYSQL_RES* store_result();
  int next_result();
  int prepare(MYSQL_STMT* statement, std::string_view sql);
  int send_long(MYSQL_STMT* statement, unsigned parameter, std::string_view part);
  int execute(MYSQL_STMT* statement);
  int store_result(MYSQL_STMT* statement);
  int next_result(MYSQL_STMT* statement);
  int free_result(MYSQL_STMT* statement);

 private:
  MYSQL* mysql_;
  Waits& waits_;
};

}  // namespace thing::driver::mysql
