#pragma once
#include <atomic>
#include <cstdint>

namespace thing::base {

// Small numbers for running threads, so that counters can be written without locked instructions: a
// number below kThreadSlots belongs to exactly one thread until it ends; every further thread
// shares kThreadSlots itself.
inline constexpr uint32_t kThreadSlots = 63;

uint32_t take_thread_slot();  // slow: at a thread's first call
// initial-exec: one instruction instead of a call; the few bytes fit the reserve that dlopen has.
extern thread_local uint32_t current_thread_slot __attribute__((tls_model("initial-exec")));

inline uint32_t thread_slot() {
  const uint32_t slot = current_thread_slot;
  return slot != 0 ? slot - 1 : take_thread_slot();
}

// Adds to a counter that is only ever written through thread_slot() == slot.
inline void add_in_slot(std::atomic<uint64_t>& counter, uint32_t slot, uint64_t n,
                        std::memory_order order) {
  if (slot < kThreadSlots) {
    counter.store(counter.load(std::memory_order_relaxed) + n, order);
  } else {
    counter.fetch_add(n, order);
  }
}

}  // namespace thing::base
