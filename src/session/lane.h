#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "session/session.h"

namespace thing::session {

// A place for one connection. Everything without a word of its own belongs to who has taken the
// slot.
struct alignas(64) Slot {
  static constexpr int64_t kLookAgain = -1;  // the connection may not be ready for the next loan

  std::atomic<uint32_t> taken{0};
  std::atomic<bool> open{false};
  std::atomic<bool> leased{false};  // the connection keeps a snapshot between loans
  std::atomic<uint64_t> leases{0};
  std::atomic<uint64_t> leased_reads{0};
  bool broken = false;            // the connection neither works nor can be replaced
  uint32_t served = 0;            // reads by this lease
  int64_t busy_timeout_ms = 0;    // as the connection has it, or kLookAgain
  int64_t born = 0;               // of a server's connection: when it was opened, ...
  int64_t dies = 0;               // ... when it has to go (micros of the monotonic clock), ...
  int64_t used = 0;               // ... when its last loan ended, ...
  uint64_t losses = 0;            // ... and Pool::losses_ when it was last seen alive
  driver::ChangeMark mark;        // the lease is good while this is the mark
  driver::ChangeMark quiet_mark;  // seen while no lease could begin,
  int64_t quiet_since = 0;        // first at this time
  std::unique_ptr<Connection> connection;

  // Of the keeper of leases alone.
  uint64_t seen_reads = 0;
  int idle_rounds = 0;
};

// Slots of one kind and who waits for them. Taking a free one is one exchange. [S]
//
// Who comes while a slot is free takes it, even before threads that wait: they need a while to wake
// up, and the slot would stand empty. But once the first of the queue has waited for kPatience,
// slots are handed to it directly.
class Lane {
 public:
  // Counts its slots from 0; `first` is for its owner.
  Lane(std::span<Slot> slots, int first) : slots_(slots), first_(first) {}
  int first() const { return first_; }

  // The number of a free slot, now taken: `preferred` when that is free. -1 when none is.
  int try_take(uint32_t preferred) {
    if (preferred < slots_.size() && try_take_slot(static_cast<int>(preferred)))
      return static_cast<int>(preferred);
    return try_take_any(preferred);
  }
  bool try_take_slot(int i) {
    return slots_[static_cast<size_t>(i)].taken.exchange(1, std::memory_order_seq_cst) == 0;
  }
  // Waits until the control ends (kTimeout, kCancelled), `timeout_ms` passed (kBusy) or the lane is
  // closed (kClosed).
  base::Result<int> take(uint32_t preferred, const driver::Control* control, int64_t timeout_ms);
  void give(int i) {
    if (waiting_.load(std::memory_order_relaxed) != 0 && hand_over(i)) return;
    // Ordered before the look at waiting_, as take() counts itself before it looks at the slots.
    slots_[static_cast<size_t>(i)].taken.exchange(0, std::memory_order_seq_cst);
    if (waiting_.load(std::memory_order_seq_cst) != 0) wake();
  }
  // Takes every slot for ever: who waits gets kClosed, who has one is waited for.
  void close();

  std::span<Slot> slots() const { return slots_; }
  int count_taken() const;
  int count_waiting() const { return waiting_.load(std::memory_order_relaxed); }
  int64_t waits() const { return waits_.load(std::memory_order_relaxed); }
  int64_t waited() const { return waited_.load(std::memory_order_relaxed); }  // microseconds

 private:
  struct Waiter {
    std::condition_variable woken;
    int64_t started = 0;
    int slot = -1;  // handed over
  };
  // A place in the queue, also when memory runs out while it waits. Made and ended with mutex_
  // held.
  class Queued {
   public:
    Queued(Lane& lane, Waiter& self) : lane_(lane), self_(self) {
      lane_.queue_.push_back(&self_);
      lane_.waiting_.fetch_add(1, std::memory_order_seq_cst);
    }
    ~Queued();
    Queued(const Queued&) = delete;

   private:
    Lane& lane_;
    Waiter& self_;
  };

  int try_take_any(uint32_t preferred);
  bool hand_over(int i);
  void wake();
  void wake_front();
  base::Result<int> wait(Waiter& self, std::unique_lock<std::mutex>& lock, uint32_t preferred,
                         const driver::Control* control, int64_t timeout_ms);

  const std::span<Slot> slots_;
  const int first_;
  std::atomic<int> waiting_{0};  // size of queue_
  std::atomic<int64_t> waits_{0};
  std::atomic<int64_t> waited_{0};
  std::mutex mutex_;
  std::vector<Waiter*> queue_;
  bool closed_ = false;
};

}  // namespace thing::session
