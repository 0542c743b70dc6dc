#pragma once
// Which writes of one transaction stay, for those who remember a write longer than the transaction
// lives.
//
//   write      1  2 | 3  4 | 5        a part begins at |; writes in one part have one number
//   undone          [3 .. 4]          by a rollback to the first |
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace thing::entity {

class Trail {
 public:
  enum class Fate : uint8_t { kOpen, kKept, kUndone };

  // From any thread.
  Fate fate(uint64_t write) const noexcept;

  // By the transaction. Parts are the savepoints that are set, in their order.
  uint64_t now() const { return now_; }
  // Where the innermost part that is open began, of those that the write is in.
  uint64_t part_of(uint64_t write) const;
  void begin_part();
  void leave_parts(size_t left) noexcept { parts_.resize(left); }  // what they wrote stays
  void undo(size_t part) noexcept;                                 // from its beginning
  void end(bool kept) noexcept;

 private:
  struct Range {
    uint64_t first = 0, last = 0;
  };

  uint64_t now_ = 0;
  std::vector<uint64_t> parts_;
  std::atomic<Fate> end_{Fate::kOpen};
  std::atomic<bool> has_undone_{false};
  mutable std::mutex mutex_;
  std::vector<Range> undone_;  // sorted, apart; with room for one more
};

}  // namespace thing::entity
