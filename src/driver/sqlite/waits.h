#pragma once
#include <algorithm>
#include <cstdint>

#include <sqlite3.h>

#include "driver/driver.h"

namespace thing::driver::sqlite {

// How long a connection waits for locks, and when it gives up a running statement. SQLite calls
// back into it, so it stays where it is while the connection lives.
class Waits {
 public:
  explicit Waits(int64_t busy_timeout_ms) { set_busy_timeout(busy_timeout_ms); }
  Waits(const Waits&) = delete;

  int attach(sqlite3* db);  // SQLite's result code
  void set_control(sqlite3* db, Control* control);
  void set_busy_timeout(int64_t ms) {
    busy_timeout_ms_ = std::clamp(ms, int64_t{0}, kLongestTimeout);
  }
  const Control* control() const { return control_; }
  // Whether the running call is over: cancelled or too late.
  base::Code state() const { return control_ == nullptr ? base::Code::kOk : control_->state(); }
  // A step of the statement, which is given up when the call is over, unless it is to go on.
  int step(sqlite3_stmt* statement, bool to_the_end);
  // Whether the statement that is stepped shall end. SQLite asks once more when it is done, and
  // would tell what was committed as ended.
  bool is_unwanted() const {
    if (to_the_end_ || (stepped_ != nullptr && sqlite3_stmt_busy(stepped_) == 0)) return false;
    return state() != base::Code::kOk;
  }
  // Sleeps before attempt number `attempt` (from 0); false when it is time to give up.
  bool pause(int attempt);

 private:
  static constexpr int64_t kLongestTimeout = 1'000'000'000;  // no sum with the clock overflows

  Control* control_ = nullptr;
  sqlite3_stmt* stepped_ = nullptr;
  bool to_the_end_ = false;
  int64_t busy_timeout_ms_ = 0;
  int64_t started_ = 0;  // of the wait for one lock
};

}  // namespace thing::driver::sqlite
