#include "cache/stamps.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"

namespace thing::cache {

bool Stamps::read_mark(Mark& out) {
  auto mark = source_.read();
  if (!mark) return false;
  out = *mark;
  return true;
}

void Stamps::publish(const Mark& mark, Stamp stamp, Stamp floor) {
  const uint64_t v = version_.load(std::memory_order_relaxed) | 1;
  version_.store(v, std::memory_order_relaxed);
  for (int i = 0; i < 4; ++i) mark_[i].store(mark.word[i], std::memory_order_release);
  stamp_.store(stamp, std::memory_order_release);
  floor_.store(floor, std::memory_order_release);
  version_.store(v + 1, std::memory_order_release);
  known_ = true;
}

// The state and the floor are read last: they may be newer than the stamp, and then refuse more.
Stamps::Now Stamps::timed_now() const {
  if (blocks_.load(std::memory_order_acquire) != 0) return {};
  const int64_t time = base::boot_micros();
  if (age_.is_told && time >= until_.load(std::memory_order_acquire)) return {};
  const Stamp oldest = static_cast<Stamp>(std::max<int64_t>(time - age_.micros + 1, 1));
  const uint64_t state = stamp_.load(std::memory_order_acquire);
  return {static_cast<Stamp>(time), std::max(oldest, floor_.load(std::memory_order_acquire)),
          state};
}

Stamps::Now Stamps::slow_now() {
  std::lock_guard lock(mutex_);
  Mark mark;
  if (!read_mark(mark)) return {};
  const Stamp stamp = stamp_.load(std::memory_order_relaxed);
  const Stamp floor = floor_.load(std::memory_order_relaxed);
  Mark known;
  for (int i = 0; i < 4; ++i) known.word[i] = mark_[i].load(std::memory_order_relaxed);
  if (known_ && mark == known) return {stamp, floor, stamp};
  if (committing_) return {};
  if (known_) stats_.add(Stat::kForeignChange);
  publish(mark, stamp + 1, stamp + 1);
  return {stamp + 1, stamp + 1, stamp + 1};
}

void Stamps::begin_commit() {
  std::lock_guard lock(mutex_);
  const Stamp stamp = stamp_.load(std::memory_order_relaxed);
  Mark known;
  for (int i = 0; i < 4; ++i) known.word[i] = mark_[i].load(std::memory_order_relaxed);
  committing_ = true;
  if (!read_mark(before_)) {  // end_commit can not compare then, and drops everything
    forget_mark();
    return;
  }
  if (known_ && before_ == known) return;
  if (known_) stats_.add(Stat::kForeignChange);
  publish(before_, stamp + 1, stamp + 1);
}

void Stamps::end_commit(Ended how) {
  std::lock_guard lock(mutex_);
  committing_ = false;
  const bool dropping = std::exchange(dropping_, false);
  const Stamp stamp = stamp_.load(std::memory_order_relaxed) + 1;
  Mark after;
  if (!read_mark(after)) {
    forget_mark();
    stamp_.store(stamp, std::memory_order_release);
    floor_.store(stamp, std::memory_order_release);
    return;
  }
  // One commit is ours when we know that we made one. After a failure only a file that nobody
  // changed is safe.
  const bool is_same = after == before_;
  const bool own_only = known_ && !dropping && how != Ended::kUnknown &&
                        (is_same || (how == Ended::kTold && source_.is_next(before_, after)));
  publish(after, stamp, own_only ? floor_.load(std::memory_order_relaxed) : stamp);
}

Stamp Stamps::advance() {
  std::lock_guard lock(mutex_);
  const Stamp next = stamp_.load(std::memory_order_relaxed) + 1;
  if (!has_source()) {
    stamp_.store(next, std::memory_order_release);
    return age_.micros != 0 ? static_cast<Stamp>(base::boot_micros()) + 1 : next;
  }
  if (committing_) return next;  // what is read before the commit ends counts as older
  Mark mark;
  for (int i = 0; i < 4; ++i) mark.word[i] = mark_[i].load(std::memory_order_relaxed);
  const bool known = known_;
  publish(mark, next, floor_.load(std::memory_order_relaxed));
  if (!known) forget_mark();
  return next;
}

void Stamps::drop_all() {
  std::lock_guard lock(mutex_);
  if (!has_source()) {
    const Stamp next = stamp_.load(std::memory_order_relaxed) + 1;
    // A reader in between gets nothing.
    const bool is_timed = age_.micros != 0;
    floor_.store(is_timed ? static_cast<Stamp>(base::boot_micros()) + 1 : next,
                 std::memory_order_release);
    stamp_.store(next, std::memory_order_release);
    return;
  }
  // A commit under way has been promised the next stamp already: it is taken by end_commit, which
  // then drops too.
  const Stamp stamp = stamp_.load(std::memory_order_relaxed) + (committing_ ? 0 : 1);
  dropping_ = committing_;
  const bool known = known_;
  Mark mark;
  for (int i = 0; i < 4; ++i) mark.word[i] = mark_[i].load(std::memory_order_relaxed);
  publish(mark, stamp, committing_ ? stamp + 1 : stamp);
  if (!known) forget_mark();
}

// Readers take the slow path until a mark is known again.
void Stamps::forget_mark() {
  known_ = false;
  version_.store(version_.load(std::memory_order_relaxed) | 1, std::memory_order_release);
}

}  // namespace thing::cache
