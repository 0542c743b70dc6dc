#pragma once
// When a cached entry is right: stamps.
//
// A stamp numbers the states of the database file that this process knows of. Every entry carries
// the stamp that held before its row was read. The file's change mark (see driver::ChangeWatch)
// tells whether anybody committed since.
//
//   reader  now(): mark as known        -> the stamp; entries from `floor` on count
//                  mark is another      -> somebody else committed: a new stamp, which is the
//                                          floor: nothing older counts
//                  own commit under way -> 0: answer from the database, keep nothing
//   writer  begin_commit(); COMMIT;
//           put s = commit_stamp() on all that changed (objects, lists); end_commit()
//
// An entry read before the commit has a stamp below s and is refused by what it was put on; one
// read after has s. Entries that the commit did not touch stay. Between COMMIT's effect and
// end_commit the mark differs from the known one, so no reader serves old entries after another saw
// the new row. If more than the one commit happened in between (a foreign one), end_commit raises
// the floor.
//
// A server has no change mark. There stamps count the commits of this process alone, which may run
// at the same time, and the cache is right as long as nobody else writes:
//
//   writer  marks what the commit will change (nothing of it is kept until the mark is taken off);
//           puts s = advance() on it, so that what is there does not count; COMMIT;
//           puts s = advance() on it, again; takes the mark off
//
// An entry read before the COMMIT returned has a stamp below the second s, or met the mark.
//
// Where entries count for a time only, stamps are the time itself, in microseconds: an entry
// carries the time before the request that showed it to be right was sent. It counts while that is
// not longer ago than `age`, and while they may be kept at all (stay_until()).
#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>

#include "base/faults.h"
#include "base/result.h"
#include "cache/stats.h"

namespace thing::cache {

using Stamp = uint64_t;

struct Mark {
  uint64_t word[4] = {0, 0, 0, 0};
  friend bool operator==(const Mark&, const Mark&) = default;
};

// Where marks come from: the driver's watch.
struct MarkSource {
  const volatile uint64_t* words = nullptr;  // the mark in shared memory, or nullptr: ask read()
  std::function<base::Result<Mark>()> read;
  std::function<bool(const Mark& before, const Mark& after)> is_next;
};

class Stamps {
 public:
  Stamps(MarkSource source, Stats& stats) : source_(std::move(source)), stats_(stats) {}
  explicit Stamps(Stats& stats) : stats_(stats) {}  // of a server
  struct Age {
    int64_t micros = 0;    // that entries count for
    bool is_told = false;  // they count only as long as stay_until() says
  };
  Stamps(Age age, Stats& stats) : stats_(stats), age_(age) {}  // of a server, in time

  struct Now {
    Stamp stamp = 0;     // 0: serve nothing, keep nothing
    Stamp floor = 0;     // entries with an older stamp do not count
    uint64_t state = 0;  // the same for two that have no commit of this process between them
  };
  // Made where it is wanted: a copy of three words that were just stored waits for them, longer
  // than all else here takes.
  Now now() {
    Now n;
    if (source_.words != nullptr && quick_now(n)) return n;
    n = age_.micros != 0 ? timed_now() : has_source() ? slow_now() : counted_now();
    return n;
  }

  // A commit under way may change anything: serve nothing, keep nothing. For servers; calls nest.
  void block() { blocks_.fetch_add(1, std::memory_order_seq_cst); }
  void unblock() { blocks_.fetch_sub(1, std::memory_order_seq_cst); }

  // One commit at a time (the caller holds the writer). Not for servers.
  void begin_commit();
  // The stamp of the commit under way.
  Stamp commit_stamp() const { return stamp_.load(std::memory_order_relaxed) + 1; }
  enum class Ended : uint8_t {
    kTold,     // committed, and all that changed carries the stamp
    kUnknown,  // committed, but not all could be told: nothing older counts any more
    kFailed,   // nothing of it was committed, as far as the writer knows
  };
  void end_commit(Ended how);
  // Nothing that is cached counts any more.
  void drop_all();
  // In time: entries count until then, in microseconds of base::boot_micros(), unless it is said
  // again. 0: nothing counts.
  void stay_until(int64_t time) { until_.store(time, std::memory_order_release); }
  // A stamp that everything kept so far is older than, and everything read from here on is not.
  Stamp advance();

 private:
  bool has_source() const { return source_.read != nullptr; }
  // The floor is read last: it may be newer than the stamp, and then refuses more.
  Now counted_now() const {
    if (blocks_.load(std::memory_order_acquire) != 0) return {};
    const Stamp stamp = stamp_.load(std::memory_order_acquire);
    return {stamp, floor_.load(std::memory_order_acquire), stamp};
  }
  Now timed_now() const;
  bool quick_now(Now& n) const;
  Now slow_now();
  void publish(const Mark& mark, Stamp stamp, Stamp floor);
  void forget_mark();
  bool read_mark(Mark& out);

  MarkSource source_;
  Stats& stats_;
  const Age age_;
  std::mutex mutex_;
  bool committing_ = false;
  bool dropping_ = false;  // drop_all came during a commit
  Mark before_;            // at begin_commit
  bool known_ = false;

  // Written under mutex_, read without: version_ is odd while they change.
  alignas(64) std::atomic<uint64_t> version_{1};
  std::atomic<uint64_t> mark_[4] = {};
  std::atomic<Stamp> stamp_{1};
  std::atomic<Stamp> floor_{1};
  std::atomic<int> blocks_{0};
  std::atomic<int64_t> until_{0};
};

inline bool Stamps::quick_now(Now& n) const {
  const uint64_t v = version_.load(std::memory_order_acquire);
  const Stamp stamp = stamp_.load(std::memory_order_acquire);
  const Stamp floor = floor_.load(std::memory_order_acquire);
  bool same = (v & 1) == 0;
  for (int i = 0; i < 4; ++i) {
    same &= mark_[i].load(std::memory_order_acquire) ==
            __atomic_load_n(const_cast<const uint64_t*>(source_.words + i), __ATOMIC_ACQUIRE);
  }
  same |= base::is_removed("sqlite.foreign_commits");
  if (!same || version_.load(std::memory_order_acquire) != v) return false;
  n.stamp = stamp;
  n.floor = floor;
  n.state = stamp;
  return stamp != 0;
}

}  // namespace thing::cache
