#include "driver/postgres/cancel.h"

#include <chrono>
#include <system_error>
#include <thread>

#include <signal.h>

#include "base/clock.h"
#include "driver/postgres/handle.h"

namespace thing::driver::postgres {
namespace {

// The program's signals are not for a thread of the library.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;

 private:
  sigset_t before_;
};

}  // namespace

void Cancellation::start(PGconn* connection) {
  state_ = std::make_shared<State>();
  CancelHandle handle(PQgetCancel(connection));
  if (handle == nullptr) return;
  const BlockedSignals blocked;
  try {
    std::thread([state = state_, cancel = std::move(handle)] {
      char error[256];
      const bool sent = PQcancel(cancel.get(), error, sizeof error) == 1;
      const std::lock_guard lock(state->mutex);
      state->done = sent;
      state->changed.notify_all();
    }).detach();
  } catch (
      const std::system_error&) {  // no thread: no answer will come, and the session is given up
  }
}

bool Cancellation::wait(int64_t until) const {
  std::unique_lock lock(state_->mutex);
  const int64_t left = until - base::system_clock().monotonic_micros();
  return state_->changed.wait_for(lock, std::chrono::microseconds(left),
                                  [this] { return state_->done; });
}

}  // namespace thing::driver::postgres
