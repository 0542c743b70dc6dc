#include "driver/postgres/waits.h"

#include <algorithm>
#include <cerrno>

#include <poll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

namespace thing::driver::postgres {

using base::Code;

Waits::~Waits() {
  if (event_ >= 0) close(event_);
}

base::Status Waits::open() {
  event_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (event_ >= 0) return {};
  return base::fail(Code::kConnection, "no file descriptor is left to wait with");
}

void Waits::interrupt() {
  interrupted_.store(true, std::memory_order_relaxed);
  const uint64_t one = 1;
  // It fails only when the counter is full, and then the thread is awake already.
  [[maybe_unused]] const ssize_t written = write(event_, &one, sizeof one);
}

Code Waits::state() const {
  if (control_ != nullptr) return control_->state();
  return interrupted_.load(std::memory_order_relaxed) ? Code::kCancelled : Code::kOk;
}

base::Status Waits::check() const {
  return control_ == nullptr ? base::Status() : control_->check();
}

// The counter is emptied before the state is looked at, so that no interrupt is missed.
void Waits::take_interrupt() {
  uint64_t count = 0;
  [[maybe_unused]] const ssize_t size = read(event_, &count, sizeof count);
}

Waits::Woke Waits::wait(int socket, short events, int64_t until, bool listens) {
  for (;;) {
    if (listens && state() != Code::kOk) return Woke::kOver;
    const int64_t now = base::system_clock().monotonic_micros();
    if (now >= until) return Woke::kLate;
    int64_t end = until;
    if (listens && control_ != nullptr) end = std::min(end, control_->deadline());
    const int64_t left = std::max(end - now, int64_t{0});
    const timespec span{left / 1'000'000, static_cast<long>(left % 1'000'000) * 1000};
    pollfd descriptors[2] = {{socket, events, 0}, {event_, POLLIN, 0}};
    const int ready = ppoll(descriptors, 2, end == Control::kNoDeadline ? nullptr : &span, nullptr);
    if (ready < 0 && errno != EINTR) return Woke::kReady;  // the socket's next use tells why
    if (ready > 0 && descriptors[1].revents != 0) take_interrupt();
    if (ready > 0 && descriptors[0].revents != 0) return Woke::kReady;
  }
}

}  // namespace thing::driver::postgres
