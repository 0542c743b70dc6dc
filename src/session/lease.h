#pragma once
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "session/lane.h"

namespace thing::session {

// Snapshots that readers keep between loans. Starting a read transaction of SQLite takes file
// locks, which cost as much as a small read. So a reader stays in its transaction while the change
// mark of the file is the one from before the transaction began: then nobody has committed, and the
// snapshot is what a new one would be.
//
// A snapshot holds back the log: frames that it may need are not overwritten. So a lease ends after
// kMostReads, when it was idle for kIdleRounds looks of a thread of its own, and before writes of
// this session.
//
// A commit of somebody else still meets the lease that it makes old. While one is there, SQLite can
// not write back the last frames, and tries again at every commit from the 1,000th frame on, with
// two syncs each time. So from kNearCheckpoint on a lease begins only after kQuiet without a
// commit: then the next checkpoint meets none and is complete. From kLongLog on none begins before
// that has happened.
class Leases {
 public:
  Leases(Lane& lane, driver::ChangeWatch& watch) : lane_(lane), watch_(watch) {}
  ~Leases() { stop(); }
  Leases(const Leases&) = delete;

  void set_on(bool on) { on_.store(on, std::memory_order_relaxed); }
  // Both for a slot that the caller has taken: counts one more read of a lease that holds every
  // commit that returned before; where there is none, renew() begins one. Afterwards the connection
  // reads in such a snapshot, or in none.
  bool serves(Slot& slot) {
    if (!slot.connection->in_snapshot() || slot.served >= kMostReads ||
        !on_.load(std::memory_order_relaxed))
      return false;
    if (!watch_.is_still(slot.mark)) return false;
    ++slot.served;
    slot.leased_reads.store(slot.leased_reads.load(std::memory_order_relaxed) + 1,
                            std::memory_order_relaxed);
    return true;
  }
  base::Status renew(Slot& slot);
  void end(Slot& slot) noexcept;  // of a taken slot
  void end_idle();                // of all slots that nobody has taken
  void stop();                    // no lease begins any more; waits for the thread

 private:
  static constexpr uint32_t kMostReads = 1000;
  static constexpr int64_t kNearCheckpoint = 900;  // frames
  static constexpr int64_t kLongLog = 10'000;
  static constexpr int64_t kQuiet = 50'000;  // microseconds
  static constexpr int kIdleRounds = 2;

  bool may_begin() {
    if (!on_.load(std::memory_order_relaxed) || watch_.words == nullptr) return false;
    return running_.load(std::memory_order_acquire) || start_keeper();
  }
  static bool is_quiet(Slot& slot, const driver::ChangeMark& mark);
  bool start_keeper();
  void keep();
  void look();

  Lane& lane_;
  driver::ChangeWatch& watch_;
  std::atomic<bool> on_{true};
  std::atomic<int> count_{0};  // slots with a lease

  std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<bool> running_{false};  // the keeper
  bool stopping_ = false;
  std::optional<std::thread> keeper_;
};

}  // namespace thing::session
