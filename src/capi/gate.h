#pragma once
#include <atomic>
#include <chrono>
#include <thread>

namespace thing::capi {

// Lets one thread in at a time. It may come in again: from a hook of the call that it is in.
class Gate {
 public:
  bool enter() {
    const std::thread::id self = std::this_thread::get_id();
    if (owner_.load(std::memory_order_relaxed) != self) {
      std::thread::id nobody;
      if (!owner_.compare_exchange_strong(nobody, self, std::memory_order_acquire)) return false;
    }
    ++depth_;
    return true;
  }
  // For frees and closing, which can not say that the handle is busy.
  void wait() {
    while (!enter()) std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  void leave() {
    if (--depth_ == 0) owner_.store(std::thread::id(), std::memory_order_release);
  }
  // Whether the thread inside is in more than once.
  bool is_nested() const { return depth_ > 1; }

 private:
  std::atomic<std::thread::id> owner_{std::thread::id()};
  int depth_ = 0;  // of the owner alone
};

}  // namespace thing::capi
