#pragma once
#include <sqlite3.h>

#include <cstdint>

#include "driver/driver.h"

namespace thing::driver::sqlite {

// How long a connection waits for locks, and when it gives up a running statement. SQLite calls back into it, so it stays
// where it is while the connection lives.
class Waits {
 public:
  explicit Waits(int64_t busy_timeout_ms) : busy_timeout_ms_(busy_timeout_ms) {}
  Waits(const Waits&) = delete;

  int attach(sqlite3* db);  // SQLite's result code
  void set_control(sqlite3* db, Control* control);
  void set_busy_timeout(int64_t ms) { busy_timeout_ms_ = ms; }
  const Control* control() const { return control_; }
  // Whether the running call is over: cancelled or too late.
  base::Code state() const { return control_ == nullptr ? base::Code::kOk : control_->state(); }
  // Sleeps before attempt number `attempt` (from 0); false when it is time to give up.
  bool pause(int attempt);

 private:
  Control* control_ = nullptr;
  int64_t busy_timeout_ms_;
  int64_t started_ = 0;  // of the wait for one lock
};

}  // namespace thing::driver::sqlite
