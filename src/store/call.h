#pragma once
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <span>
#include <string_view>

#include "driver/driver.h"
#include "query/criteria.h"

namespace thing::store {

class Transaction;

// THING_CTX_* of thing.h.
enum CallFlag : int32_t {
  kNoCacheRead = 1,
  kNoCacheWrite = 2,
  kWithDeleted = 4,
  kOnlyDeleted = 8,
  kCacheOnly = 16,
  kNoHooks = 32,
  kNoTimestamps = 64,
  kNoCopies = 2048,
  kUnscoped = 4096,
};

// What a call context says. The default is a call without one.
struct Call {
  driver::Control* control = nullptr;
  int32_t flags = 0;
  Transaction* tx = nullptr;
  query::Lock lock;  // of the rows that it reads
  std::string_view tag;
  void* context = nullptr;                      // capi's thing_ctx, for hooks
  std::span<const schema::Model* const> muted;  // models whose hooks do not run
  int64_t deleted_at = 0;  // the time of soft deletes that are one; 0: that of each
  // Set when what was committed could not be told to all who share the cache.
  std::atomic<bool>* degraded = nullptr;

  void note_degraded(bool is) const {
    if (is && degraded != nullptr) degraded->store(true, std::memory_order_relaxed);
  }
  bool has(CallFlag f) const { return (flags & f) != 0; }
  // Whether the model's hooks run in it.
  bool runs_hooks(const schema::Model& model) const {
    return !has(kNoHooks) && std::find(muted.begin(), muted.end(), &model) == muted.end();
  }
  query::Sight scope() const {
    return {has(kOnlyDeleted)   ? query::Scope::kDeleted
            : has(kWithDeleted) ? query::Scope::kAll
                                : query::Scope::kAlive,
            !has(kUnscoped)};
  }
};

}  // namespace thing::store
