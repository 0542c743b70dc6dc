#pragma once
#include <memory>

#include "session/lane.h"
#include "session/lease.h"
#include "session/session.h"

namespace thing::session {

// The connections of a session. A forked child leaves the whole of it alone.
class Pool {
 public:
  explicit Pool(Options options);
  base::Status open();

  Lane& readers() { return readers_; }
  Lane& writer() { return has_writer_ ? writer_ : readers_; }
  Slot& slot(int i) { return slots_[static_cast<size_t>(i)]; }
  void give(int i) {
    Lane& lane = i < readers_count_ ? readers_ : writer_;
    lane.give(i - lane.first());
  }
  bool is_read_only() const { return options_.read_only; }
  bool has_one_connection() const { return options_.single_connection; }
  driver::ChangeWatch& watch() { return *watch_; }
  Leases& leases() { return *leases_; }

  // Both for a slot that the caller has taken.
  base::Status make_ready(Slot& slot);  // with a connection that works, in no transaction but a lease
  void settle(Slot& slot) noexcept;     // after a loan: ends what it left open

  int64_t busy_timeout_ms() const { return busy_timeout_ms_.load(std::memory_order_relaxed); }
  void set_busy_timeout(int64_t ms);
  void close();
  Stats stats() const;

 private:
  base::Status connect(Slot& slot);
  void drop(Slot& slot) noexcept;

  const Options options_;
  const int readers_count_;
  const bool has_writer_;
  const std::unique_ptr<Slot[]> slots_;  // readers, then the writer
  Lane readers_;
  Lane writer_;
  std::atomic<int64_t> busy_timeout_ms_{0};
  std::unique_ptr<driver::ChangeWatch> watch_;
  std::unique_ptr<Leases> leases_;
};

}  // namespace thing::session
