#pragma once
#include <array>
#include <atomic>
#include <cstdint>

#include "base/thread_slot.h"

namespace thing::cache {

// THING_STAT_* of thing.h, those that count events.
enum class Stat : uint32_t {
  kObjectHit = 1,
  kObjectMiss,
  kObjectFill,
  kAbsentHit,
  kAbsentFill,
  kListHit,
  kListMiss,
  kListFill,
  kCountHit,
  kCountMiss,
  kCountFill,
  kEviction,
  kInvalidation,
  kForeignChange,
  kFlightJoin,
  kBytes,    // asked of the tables
  kEntries,  // asked of the tables
  kSql,
  kDegraded,
  kEnd,
};

// Counters without contention: one set a thread slot.
class Stats {
 public:
  void add(Stat stat, uint64_t n = 1) {
    const uint32_t slot = base::thread_slot();
    base::add_in_slot(slots_[slot].count[static_cast<uint32_t>(stat)], slot, n,
                      std::memory_order_relaxed);
  }
  int64_t get(Stat stat) const {
    const auto i = static_cast<uint32_t>(stat);
    uint64_t sum = 0;
    for (const Slot& s : slots_) sum += s.count[i].load(std::memory_order_relaxed);
    return static_cast<int64_t>(sum - base_[i].load(std::memory_order_relaxed));
  }
  // Counts from here on.
  void reset() {
    for (uint32_t i = 0; i < static_cast<uint32_t>(Stat::kEnd); ++i) {
      const auto now = static_cast<uint64_t>(get(static_cast<Stat>(i)));
      base_[i].fetch_add(now, std::memory_order_relaxed);
    }
  }

 private:
  static constexpr size_t kStats = static_cast<size_t>(Stat::kEnd);
  struct alignas(64) Slot {
    std::array<std::atomic<uint64_t>, kStats> count{};
  };
  std::array<Slot, base::kThreadSlots + 1> slots_{};
  std::array<std::atomic<uint64_t>, kStats> base_{};
};

}  // namespace thing::cache
