#include "entity/trail.h"

#include <algorithm>

namespace thing::entity {

Trail::Fate Trail::fate(uint64_t write) const noexcept {
  const Fate end = end_.load(std::memory_order_acquire);
  if (end == Fate::kUndone || !has_undone_.load(std::memory_order_acquire)) return end;
  const std::lock_guard lock(mutex_);
  const auto ends_before = [](const Range& r, uint64_t w) { return r.last < w; };
  const auto at = std::lower_bound(undone_.begin(), undone_.end(), write, ends_before);
  return at != undone_.end() && at->first <= write ? Fate::kUndone : end;
}

uint64_t Trail::part_of(uint64_t write) const {
  const auto at = std::upper_bound(parts_.begin(), parts_.end(), write);
  return at == parts_.begin() ? 0 : *(at - 1);
}

// A rollback to it, or one further out, adds one range at most to those that are there now.
void Trail::begin_part() {
  {
    const std::lock_guard lock(mutex_);
    if (undone_.size() == undone_.capacity()) undone_.reserve(2 * undone_.size() + 4);
  }
  parts_.push_back(now_ + 1);
  ++now_;
}

void Trail::undo(size_t part) noexcept {
  const uint64_t first = parts_[part];
  const std::lock_guard lock(mutex_);
  Range range{first, now_++};
  // Those behind its beginning are in it, and one that ends there goes on.
  while (!undone_.empty() && undone_.back().last + 1 >= first) {
    range.first = std::min(range.first, undone_.back().first);
    undone_.pop_back();
  }
  undone_.push_back(range);
  has_undone_.store(true, std::memory_order_release);
}

void Trail::end(bool kept) noexcept {
  end_.store(kept ? Fate::kKept : Fate::kUndone, std::memory_order_release);
}

}  // namespace thing::entity
