#include "session/pool.h"

#include <algorithm>
#include <new>

namespace thing::session {
namespace {

constexpr int64_t kLongestTimeout = 1'000'000'000;  // ms: no sum with the clock overflows

int count_readers(const Options& o) {
  return o.single_connection ? 1 : std::clamp(o.readers, 1, 1024);
}

bool wants_writer(const Options& o) { return !o.single_connection && !o.read_only; }

}  // namespace

Pool::Pool(Options options)
    : options_(std::move(options)),
      readers_count_(count_readers(options_)),
      has_writer_(wants_writer(options_)),
      slots_(std::make_unique<Slot[]>(static_cast<size_t>(readers_count_) + 1)),
      readers_({slots_.get(), static_cast<size_t>(readers_count_)}, 0),
      writer_({slots_.get() + readers_count_, 1}, readers_count_) {
  set_busy_timeout(options_.busy_timeout_ms);
}

base::Status Pool::open() {
  THING_TRY(connect(slot(home())));
  // After the connection, which makes the file and sets its journal.
  THING_ASSIGN(watch_, options_.watch());
  leases_ = std::make_unique<Leases>(readers_, *watch_);
  leases_->set_on(options_.lease && !options_.single_connection);
  return {};
}

base::Status Pool::connect(Slot& slot) {
  THING_ASSIGN(auto raw, options_.connect());
  slot.connection = std::make_unique<Connection>(std::move(raw));
  slot.busy_timeout_ms = Slot::kLookAgain;
  slot.open.store(true, std::memory_order_relaxed);
  return {};
}

base::Status Pool::make_ready(Slot& slot) {
  if (slot.connection != nullptr && !slot.broken && !is_settled(slot)) settle(slot);
  if (slot.connection == nullptr) THING_TRY(connect(slot));
  if (slot.broken) {
    return base::fail(base::Code::kConnection,
                      "the connection to the database in memory is broken");
  }
  const int64_t timeout = busy_timeout_ms();
  if (slot.busy_timeout_ms != timeout) {
    slot.connection->raw().set_busy_timeout(timeout);
    slot.busy_timeout_ms = timeout;
  }
  return {};
}

void Pool::settle(Slot& slot) noexcept {
  Connection& connection = *slot.connection;
  leases_->end(slot);
  if (connection.in_snapshot()) (void)connection.end_snapshot();
  rollback(connection);
  if (connection.raw().is_usable() && !connection.raw().in_transaction()) return;
  if (options_.single_connection) {
    slot.broken = true;  // a database in memory would be gone with its connection, without a word
  } else {
    slot.connection.reset();
    slot.open.store(false, std::memory_order_relaxed);
  }
}

void Pool::set_busy_timeout(int64_t ms) {
  busy_timeout_ms_.store(std::clamp<int64_t>(ms, 0, kLongestTimeout), std::memory_order_relaxed);
}

void Pool::close() {
  if (leases_ != nullptr) leases_->stop();
  readers_.close();
  writer_.close();
  // The watch stays until the pool goes, because readers of cached entries look at its words
  // without a loan; and with it the connection that goes last, which writes the log back.
  for (int i = 0; i <= readers_count_; ++i) {
    if (i == home()) continue;
    slot(i).connection.reset();
    slot(i).open.store(false, std::memory_order_relaxed);
  }
}

Pool::~Pool() {
  watch_.reset();
  slot(home()).connection.reset();
}

Stats Pool::stats() const {
  Stats s;
  for (int i = 0; i <= readers_count_; ++i) {
    const Slot& slot = slots_[static_cast<size_t>(i)];
    s.open += slot.open.load(std::memory_order_relaxed) ? 1 : 0;
    s.leases += static_cast<int64_t>(slot.leases.load(std::memory_order_relaxed));
    s.leased_reads += static_cast<int64_t>(slot.leased_reads.load(std::memory_order_relaxed));
  }
  s.in_use = readers_.count_taken() + writer_.count_taken();
  return s;
}

}  // namespace thing::session
