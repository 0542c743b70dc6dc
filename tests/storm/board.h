#pragma once
// What the processes of a storm know together. It outlives each of them, so that a process that is
// killed takes nothing of the history along.
#include <atomic>
#include <cstdint>
#include <cstdio>

namespace storm {

inline constexpr int kRows = 24;
inline constexpr int kGroups = 4;
inline constexpr int kWorkers = 6;

struct Board {
  // By row: the newest version that a write returned, and that a write returned or a read gave.
  // Versions of a row are made by the database, one after the other; a read that begins now must
  // give none below the first, and while no mark is lost none below the second.
  std::atomic<int64_t> returned[kRows + 1];
  std::atomic<int64_t> version[kRows + 1];
  // By row: the newest version of a write that returned while others were not told of it, and the
  // last look into the outbox that found no word of the row.
  std::atomic<int64_t> degraded[kRows + 1];
  std::atomic<int64_t> told[kRows + 1];
  std::atomic<int64_t> looks;  // into the outbox that were begun
  // By row: the group that it is in, its place there, and a number that is odd while its owner
  // moves it.
  std::atomic<int64_t> group[kRows + 1];
  std::atomic<int64_t> score[kRows + 1];
  std::atomic<int64_t> moves[kRows + 1];

  // The row whose write nobody knows the outcome of, the last one.
  std::atomic<int64_t> doubt;

  std::atomic<int64_t> reads, hits, writes, lists, windows, counts, refused;
  std::atomic<int64_t> untold;                                        // writes, of all
  std::atomic<int64_t> old_rows, old_lists, old_windows, old_counts;  // violations
  std::atomic<int64_t> backwards;  // new, then old, where marks may be lost
  std::atomic<int64_t> errors;
  std::atomic<int64_t> faults, restarts;  // by nemeses
  std::atomic<int64_t> revived;           // restarts with keys from before
  std::atomic<bool> stop;

  // Of the network: where its doors are, for how long each piece is held at most, how often all
  // that passes a door was cut, whether nobody gets in, and what nobody is told of: the side from
  // which all is swallowed, or that what clients say comes when it is over.
  enum Mute : int { kNobody, kClients, kServer, kHeld };
  struct Door {
    std::atomic<int> port, delay_ms, cuts, mute;
    std::atomic<bool> is_shut;
  };
  Door to_database, to_redis;

  int64_t operations() const { return reads + writes + lists + windows + counts; }
  int64_t violations() const { return old_rows + old_lists + old_windows + old_counts; }
};

inline void raise_to(std::atomic<int64_t>& value, int64_t seen) {
  int64_t known = value.load();
  while (known < seen && !value.compare_exchange_weak(known, seen)) {
  }
}

}  // namespace storm
