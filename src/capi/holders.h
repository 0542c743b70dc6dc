#pragma once
#include <array>
#include <atomic>
#include <cstdint>

#include "base/thread_slot.h"

namespace thing::capi {

// How many handles and running calls hold a database. One counter would make all threads write the
// same memory at each cached read, so each thread slot counts what it took and what it gave back.
//
// A sum of counters that others write is no moment's number. But counters only grow, and all
// `given` are read before the first `taken`: at the moment t between, given as read <= given(t) <=
// taken(t)
// <= taken as read. When the ends are equal so is the middle: nobody held it at t, and who holds
// nothing can not take. That a give is never seen without its take: the handle's way from the
// thread that took to the one that gave orders the two, and the release and acquire of `given`
// carry that on.
class Holders {
 public:
  void take() {
    const uint32_t slot = base::thread_slot();
    base::add_in_slot(slots_[slot].taken, slot, 1, std::memory_order_relaxed);
  }
  // The caller does not touch what is held after this.
  void give() {
    const uint32_t slot = base::thread_slot();
    base::add_in_slot(slots_[slot].given, slot, 1, std::memory_order_release);
  }
  bool is_nobody() const {
    uint64_t given = 0, taken = 0;
    for (const Slot& s : slots_) given += s.given.load(std::memory_order_acquire);
    for (const Slot& s : slots_) taken += s.taken.load(std::memory_order_relaxed);
    return given == taken;
  }

 private:
  struct alignas(64) Slot {
    std::atomic<uint64_t> taken{0}, given{0};
  };
  std::array<Slot, base::kThreadSlots + 1> slots_;
};

}  // namespace thing::capi
