#include "session/lease.h"

#include <chrono>
#include <system_error>

#include "base/clock.h"
#include "base/signals.h"

namespace thing::session {
namespace {

constexpr auto kBetweenLooks = std::chrono::milliseconds(25);

}  // namespace

base::Status Leases::renew(Slot& slot) {
  Connection& connection = *slot.connection;
  if (connection.in_snapshot()) THING_TRY(connection.end_snapshot());
  if (!may_begin()) {
    end(slot);
    return {};
  }
  // In this order: the snapshot may be newer than the mark, never older.
  THING_ASSIGN(const driver::ChangeMark mark, watch_.read());
  const int64_t log = watch_.log_size();
  if (log >= kLongLog || (log >= kNearCheckpoint && !is_quiet(slot, mark))) {
    end(slot);
    return {};
  }
  THING_TRY(connection.begin_snapshot());
  slot.mark = mark;
  slot.served = 1;
  slot.leases.store(slot.leases.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  if (slot.leased.load(std::memory_order_relaxed)) return {};
  slot.leased.store(true, std::memory_order_relaxed);
  if (count_.fetch_add(1) == 0) {
    std::lock_guard lock(mutex_);
    changed_.notify_one();
  }
  return {};
}

// Whether the mark is the same for a while.
bool Leases::is_quiet(Slot& slot, const driver::ChangeMark& mark) {
  const int64_t now = base::system_clock().monotonic_micros();
  if (slot.quiet_mark != mark) {
    slot.quiet_mark = mark;
    slot.quiet_since = now;
  }
  return now - slot.quiet_since >= kQuiet;
}

void Leases::end(Slot& slot) noexcept {
  if (slot.connection != nullptr && slot.connection->in_snapshot() &&
      !slot.connection->end_snapshot()) {
    slot.busy_timeout_ms = Slot::kLookAgain;
  }
  if (!slot.leased.load(std::memory_order_relaxed)) return;
  slot.leased.store(false, std::memory_order_relaxed);
  count_.fetch_sub(1);
}

void Leases::end_idle() {
  if (count_.load() == 0) return;
  for (size_t i = 0; i < lane_.slots().size(); ++i) {
    Slot& slot = lane_.slots()[i];
    if (!slot.leased.load(std::memory_order_relaxed) || !lane_.try_take_slot(static_cast<int>(i)))
      continue;
    end(slot);
    lane_.give(static_cast<int>(i));
  }
}

// Without the thread there are no leases: an idle reader could hold the log back for ever.
bool Leases::start_keeper() {
  std::lock_guard lock(mutex_);
  if (stopping_) return false;
  if (keeper_) return true;
  try {
    const base::WithoutSignals quiet;
    keeper_.emplace([this] { keep(); });
  } catch (const std::system_error&) {
    return false;
  }
  running_.store(true, std::memory_order_release);
  return true;
}

void Leases::keep() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (count_.load() == 0) {
      changed_.wait(lock);
      continue;
    }
    changed_.wait_for(lock, kBetweenLooks);
    lock.unlock();
    look();
    lock.lock();
  }
}

// Ends what did not serve a read for some looks.
void Leases::look() {
  for (size_t i = 0; i < lane_.slots().size(); ++i) {
    Slot& slot = lane_.slots()[i];
    const uint64_t reads = slot.leased_reads.load(std::memory_order_relaxed) +
                           slot.leases.load(std::memory_order_relaxed);
    const bool idle = slot.leased.load(std::memory_order_relaxed) && reads == slot.seen_reads;
    slot.idle_rounds = idle ? slot.idle_rounds + 1 : 0;
    slot.seen_reads = reads;
    if (slot.idle_rounds < kIdleRounds || !lane_.try_take_slot(static_cast<int>(i))) continue;
    end(slot);
    lane_.give(static_cast<int>(i));
  }
}

void Leases::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    running_.store(false, std::memory_order_release);
    changed_.notify_one();
  }
  if (keeper_) keeper_->join();
  keeper_.reset();
}

}  // namespace thing::session
