#include "driver/sqlite/waits.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/clock.h"

namespace thing::driver::sqlite {
namespace {

// Locks of small writes are free again within microseconds; a long writer must not keep a processor
// busy.
constexpr int64_t kShortestPause = 50;
constexpr int64_t kLongestPause = 10'000;
// Virtual machine steps between two looks at the control: some ten microseconds.
constexpr int kStepsBetweenLooks = 1000;

int on_busy(void* waits, int attempt) noexcept {
  return static_cast<Waits*>(waits)->pause(attempt) ? 1 : 0;
}

int on_progress(void* waits) noexcept { return static_cast<Waits*>(waits)->is_unwanted() ? 1 : 0; }

}  // namespace

int Waits::attach(sqlite3* db) { return sqlite3_busy_handler(db, on_busy, this); }

void Waits::set_control(sqlite3* db, Control* control) {
  if (control == control_) return;
  control_ = control;
  if (control != nullptr) {
    sqlite3_progress_handler(db, kStepsBetweenLooks, on_progress, this);
  } else {
    sqlite3_progress_handler(db, 0, nullptr, nullptr);
  }
}

int Waits::step(sqlite3_stmt* statement, bool to_the_end) {
  stepped_ = statement;
  to_the_end_ = to_the_end;
  const int rc = sqlite3_step(statement);
  stepped_ = nullptr;
  to_the_end_ = false;
  return rc;
}

bool Waits::pause(int attempt) {
  const int64_t now = base::system_clock().monotonic_micros();
  if (attempt == 0) started_ = now;
  int64_t end = started_ + busy_timeout_ms_ * 1000;
  if (control_ != nullptr) end = std::min(end, control_->deadline());
  if (now >= end || state() != base::Code::kOk) return false;
  const int64_t wanted = std::min(kLongestPause, kShortestPause << std::min(attempt, 20));
  std::this_thread::sleep_for(std::chrono::microseconds(std::min(wanted, end - now)));
  return true;
}

}  // namespace thing::driver::sqlite
