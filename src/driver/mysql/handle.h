#pragma once
#include <memory>
#include <utility>

#include "base/process.h"
#include "driver/mysql/client.h"
#include "driver/mysql/signals.h"

namespace thing::driver::mysql {

// A session of the client library, closed when it goes. In a forked child only the descriptor is
// closed: a word to the server would end the session that the parent still has.
class Handle {
 public:
  Handle() = default;
  explicit Handle(MYSQL* mysql) : mysql_(mysql) {}
  Handle(Handle&& o) noexcept : mysql_(std::exchange(o.mysql_, nullptr)), process_(o.process_) {}
  Handle& operator=(Handle&& o) noexcept {
    std::swap(mysql_, o.mysql_);
    std::swap(process_, o.process_);
    return *this;
  }
  ~Handle();
  MYSQL* get() const { return mysql_; }
  bool is_inherited() const { return !process_.is_current(); }

 private:
  MYSQL* mysql_ = nullptr;
  base::Process process_ = base::Process::current();
};

struct CloseStatement {
  void operator()(MYSQL_STMT* statement) const {
    MYSQL* const mysql = statement->mysql;
    const PipeGuard guard(mysql != nullptr && may_raise(mysql) && is_pipe_fatal());
    mysql_stmt_close(statement);
  }
};
using StatementHandle = std::unique_ptr<MYSQL_STMT, CloseStatement>;

struct FreeResult {
  void operator()(MYSQL_RES* result) const { mysql_free_result(result); }
};
using ResultHandle = std::unique_ptr<MYSQL_RES, FreeResult>;

}  // namespace thing::driver::mysql
