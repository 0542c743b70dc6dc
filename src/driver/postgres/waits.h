#pragma once
#include <atomic>
#include <cstdint>

#include "driver/driver.h"

namespace thing::driver::postgres {

// Where a connection sleeps: until its socket is ready, or the call that it runs for is over.
class Waits {
 public:
  enum class Woke : uint8_t { kReady, kOver, kLate };

  Waits() = default;
  Waits(const Waits&) = delete;
  ~Waits();

  base::Status open();
  void set_control(Control* control) { control_ = control; }
  // Wakes the waiting thread; any thread may call it.
  void interrupt();
  // A new statement: an interrupt that nobody saw was meant for another one.
  void begin() { interrupted_.store(false, std::memory_order_relaxed); }
  // kCancelled or kTimeout when the running call is over.
  base::Code state() const;
  base::Status check() const;
  int64_t deadline() const {  // of the running call
    return control_ == nullptr ? Control::kNoDeadline : control_->deadline();
  }
  // Until poll() sees one of `events` on the socket, the call is over (unless !listens), or the
  // clock passes `until`.
  Woke wait(int socket, short events, int64_t until, bool listens);

 private:
  void take_interrupt();

  Control* control_ = nullptr;
  std::atomic<bool> interrupted_{false};
  int event_ = -1;  // readable after interrupt()
};

}  // namespace thing::driver::postgres
