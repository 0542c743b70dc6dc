#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/result.h"
#include "entity/object.h"

namespace thing::entity {

// THING_ON_* of thing.h.
enum Event : int32_t {
  kBeforeSave = 1,
  kAfterSave = 2,
  kBeforeCreate = 4,
  kAfterCreate = 8,
  kBeforeUpdate = 16,
  kAfterUpdate = 32,
  kBeforeDelete = 64,
  kAfterDelete = 128,
  kAfterLoad = 256,
  kAfterCommit = 512,
  kAfterRollback = 1024,
  kBeforeRestore = 2048,
  kAfterRestore = 4096,
  kBeforeSoftDelete = 8192,
  kAfterSoftDelete = 16384,
  kBeforeHardDelete = 32768,
  kAfterHardDelete = 65536,
};
inline constexpr int32_t kAllEvents = 131071;
// Those inside of a write. They are told before its transaction ends.
inline constexpr int32_t kWriteEvents = kAllEvents & ~(kAfterLoad | kAfterCommit | kAfterRollback);

struct Hook {
  int64_t id = 0;
  const schema::Model* model = nullptr;  // nullptr: every model
  int32_t events = 0;
  bool may_fail = false;  // whether what it returns after a write fails that
  // `call` is the store's Call, opaque here. Its capture frees the user's pointer when the last run
  // is over.
  std::function<base::Status(int32_t event, void* call, Object& object)> run;
  mutable std::atomic<int> running{0};
  mutable std::atomic<bool> removed{false};
};

// The hooks of a database. Readers take a shared list that writers replace, so hooks run without a
// lock.
class HookTable {
 public:
  int64_t add(const schema::Model* model, int32_t events, decltype(Hook::run) run,
              bool may_fail = false);
  // Afterwards the hook does not run any more: waits for runs on other threads, unless called from
  // inside a hook.
  bool remove(int64_t id);
  // Removes all, as remove() does each.
  void clear() noexcept;
  // Whether anybody listens to one of the events: one load.
  bool listens(int32_t events) const {
    return (mask_.load(std::memory_order_relaxed) & events) != 0;
  }
  // The same of one model, exactly.
  bool listens(int32_t events, const schema::Model& model) const;
  // Runs the hooks of one event in order of registration, up to the first that refuses.
  base::Status run_before(int32_t event, void* call, Object& object) const;
  // Runs all of them up to the first that may fail, and did; `failed` hears of the other failures.
  base::Status run_after(int32_t event, void* call, Object& object,
                         const std::function<void(const base::Error&)>& failed = {}) const;

 private:
  using List = std::vector<std::shared_ptr<const Hook>>;
  std::shared_ptr<const List> list() const;
  std::atomic<int32_t> mask_{0};
  mutable std::mutex mutex_;
  std::shared_ptr<const List> list_;  // nullptr: none
  int64_t last_id_ = 0;
};

}  // namespace thing::entity
