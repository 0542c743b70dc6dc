#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

namespace thing::cache::shared {

// Why something did not come from the shared cache, or did not go there, and what became of marks.
enum class Reason : uint8_t {
  // Of misses.
  kMissing,       // nothing is there: never, for too long, or dropped by a commit
  kMarked,        // a commit that writes it is under way
  kLeased,        // somebody else is about to fill it
  kTableChanged,  // all of the table was written since
  kStampChanged,  // something that the list or count depends on was written since
  kOtherLayout,   // it is of a program with other columns
  kOtherQuery,    // the same hash of another query
  kUnreachable,   // Redis can not be asked
  // Of what was read and is not kept.
  kLeaseLost,  // a commit came in between, or it took too long
  kOtherKey,   // others keep rows of the table by another key
  kUnderWay,   // a commit that it may depend on is under way
  kUnknownTo,  // a commit is under way that may not know of such queries
  kHeld,       // of a list that is cut: a commit behind its end came in between
  // Of marks.
  kResolved,  // of commits that nobody ended
  kLostMark,  // Redis had forgotten it
  kEnd,
};

class Reasons {
 public:
  void add(Reason reason, uint64_t n = 1) {
    counts_[static_cast<size_t>(reason)].fetch_add(n, std::memory_order_relaxed);
  }
  uint64_t get(Reason reason) const {
    return counts_[static_cast<size_t>(reason)].load(std::memory_order_relaxed);
  }
  void reset() {
    for (auto& count : counts_) count.store(0, std::memory_order_relaxed);
  }

 private:
  std::array<std::atomic<uint64_t>, static_cast<size_t>(Reason::kEnd)> counts_{};
};

}  // namespace thing::cache::shared
