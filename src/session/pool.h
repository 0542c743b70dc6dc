#pragma once
#include <memory>
#include <random>

#include "session/keeper.h"
#include "session/lane.h"
#include "session/lease.h"
#include "session/session.h"

namespace thing::session {

// The connections of a session. A forked child leaves the whole of it alone.
class Pool {
 public:
  explicit Pool(Options options);
  ~Pool();  // after close()
  base::Status open();

  Lane& readers() { return readers_; }
  Lane& writer() { return has_writer_ ? writer_ : readers_; }
  // The slot that is opened first and goes last: the writer's, or the first reader's.
  int home() const { return has_writer_ ? readers_count_ : 0; }
  Slot& slot(int i) { return slots_[static_cast<size_t>(i)]; }
  void give(int i) {
    Lane& lane = i < readers_count_ ? readers_ : writer_;
    lane.give(i - lane.first());
  }
  bool is_read_only() const { return options_.read_only; }
  bool has_one_connection() const { return options_.single_connection; }
  bool is_server() const { return options_.is_server; }
  driver::ChangeWatch* watch() { return watch_.get(); }
  Leases& leases() { return *leases_; }  // none of a server
  const dialect::Dialect& dialect() const { return *dialect_; }
  const std::string& server_version() const { return server_version_; }

  // All four for a slot that the caller has taken. Ready: it has a connection that works.
  bool is_ready(const Slot& slot) const {
    return slot.connection != nullptr && !slot.broken &&
           slot.busy_timeout_ms == busy_timeout_ms() && !options_.is_server;
  }
  // With `to_write`, when a statement that the other side never got would leave doubt about it,
  // the connection to a server is looked at even if it was used just now.
  base::Status make_ready(Slot& slot, bool to_write, driver::Control* control);
  // Settled: nothing runs on it, no transaction is open but a lease. Asked after each loan.
  bool is_settled(Slot& slot) const {
    Connection& connection = *slot.connection;
    connection.rest();
    const bool leased = slot.leased.load(std::memory_order_relaxed);
    return connection.in_snapshot() == leased && connection.raw().in_transaction() == leased &&
           connection.raw().is_usable() && !connection.is_given_up();
  }
  void settle(Slot& slot) noexcept;  // ends what the loan left open

  int64_t busy_timeout_ms() const { return busy_timeout_ms_.load(std::memory_order_relaxed); }
  void set_busy_timeout(int64_t ms);
  void close();
  Stats stats() const;

 private:
  base::Status connect(Slot& slot, driver::Control* control);
  void disconnect(Slot& slot) noexcept;
  bool is_fit(Slot& slot, bool to_write, driver::Control* control);
  void tend();  // closes what is idle or old, opens up to the least

  const Options options_;
  const int readers_count_;
  const bool has_writer_;
  const std::unique_ptr<Slot[]> slots_;  // readers, then the writer
  Lane readers_;
  Lane writer_;
  std::atomic<int64_t> busy_timeout_ms_{0};
  std::unique_ptr<driver::ChangeWatch> watch_;
  std::unique_ptr<Leases> leases_;
  const dialect::Dialect* dialect_ = nullptr;
  std::string server_version_;
  std::atomic<uint64_t> losses_{0};  // connections that were found lost
  std::atomic<int64_t> opened_{0};
  std::atomic<int64_t> closed_{0};
  Keeper keeper_;  // goes first
};

}  // namespace thing::session
