#include "base/thread_slot.h"

#include <mutex>

namespace thing::base {
namespace {

// Which numbers are taken. The mutex also hands the counters of a slot from its former thread to
// the next.
struct Slots {
  std::mutex mutex;
  uint64_t taken = 0;
};

Slots& slots() {
  static Slots* const all = new Slots;  // outlives every thread
  return *all;
}

struct Release {
  uint32_t slot = kThreadSlots;
  ~Release() {
    if (slot == kThreadSlots) return;
    current_thread_slot = kThreadSlots + 1;  // destructors that still run share the common slot
    std::lock_guard lock(slots().mutex);
    slots().taken &= ~(uint64_t{1} << slot);
  }
};

}  // namespace

thread_local uint32_t current_thread_slot __attribute__((tls_model("initial-exec"))) = 0;

uint32_t take_thread_slot() {
  thread_local Release release;
  std::lock_guard lock(slots().mutex);
  uint32_t slot = 0;
  while (slot < kThreadSlots && (slots().taken >> slot & 1) != 0) ++slot;
  if (slot < kThreadSlots) {
    slots().taken |= uint64_t{1} << slot;
    release.slot = slot;
  }
  current_thread_slot = slot + 1;
  return slot;
}

}  // namespace thing::base
