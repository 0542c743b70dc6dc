#pragma once
#include <atomic>
#include <cstdint>
#include <limits>

namespace thing::cache::redis {

// How long a call may take, and whether it is still wanted.
struct Patience {
  static constexpr int64_t kForever = std::numeric_limits<int64_t>::max();
  int64_t deadline = kForever;  // by the monotonic clock, in microseconds
  // Looked at every few milliseconds, and at once after Link::wake().
  const std::atomic<bool>* cancelled = nullptr;

  bool is_cancelled() const {
    return cancelled != nullptr && cancelled->load(std::memory_order_relaxed);
  }
};

}  // namespace thing::cache::redis
