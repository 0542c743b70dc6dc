#include "session/pool.h"

#include <algorithm>
#include <new>

#include "base/clock.h"

namespace thing::session {
namespace {

constexpr int64_t kLongestTimeout = 1'000'000'000;  // ms: no sum with the clock overflows

int count_readers(const Options& o) {
  return o.single_connection ? 1 : std::clamp(o.readers, 1, 1024);
}

bool wants_writer(const Options& o) { return !o.single_connection && !o.read_only && !o.is_server; }

// A connection to a server that was not used for so long is looked at before it is; one that was
// not used for longer, when what lies between may have forgotten it, is asked.
constexpr int64_t kTrusted = 1'000'000;
constexpr int64_t kLongIdle = 30'000'000;
constexpr auto kBetweenLooks = std::chrono::milliseconds(250);

int64_t now() { return base::system_clock().monotonic_micros(); }

// Connections opened together do not all go at once.
int64_t lifetime(int64_t ms) {
  static thread_local std::minstd_rand random(std::random_device{}());
  const int64_t micros = ms * 1000;
  return micros - std::uniform_int_distribution<int64_t>(0, micros / 10)(random);
}

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
  THING_TRY(connect(slot(home()), nullptr));
  dialect_ = &slot(home()).connection->dialect();
  server_version_ = slot(home()).connection->raw().server_version();
  if (options_.is_server) {
    keeper_.start(kBetweenLooks, [this] { tend(); });
    return {};
  }
  // After the connection, which makes the file and sets its journal.
  THING_ASSIGN(watch_, options_.watch());
  leases_ = std::make_unique<Leases>(readers_, *watch_);
  leases_->set_on(options_.lease && !options_.single_connection);
  return {};
}

base::Status Pool::connect(Slot& slot, driver::Control* control) {
  THING_ASSIGN(auto raw, options_.connect(control));
  auto connection = std::make_unique<Connection>(std::move(raw));
  if (options_.named) {
    const driver::Serving serving(connection->raw(), control);
    THING_TRY(connection->take_name());
  }
  slot.connection = std::move(connection);
  slot.busy_timeout_ms = Slot::kLookAgain;
  slot.open.store(true, std::memory_order_relaxed);
  opened_.fetch_add(1, std::memory_order_relaxed);
  slot.born = slot.used = now();
  slot.dies = options_.lifetime_ms > 0 ? slot.born + lifetime(options_.lifetime_ms) : INT64_MAX;
  slot.losses = losses_.load(std::memory_order_relaxed);
  return {};
}

void Pool::disconnect(Slot& slot) noexcept {
  if (slot.connection == nullptr) return;
  slot.connection.reset();
  slot.open.store(false, std::memory_order_relaxed);
  closed_.fetch_add(1, std::memory_order_relaxed);
}

// Whether the connection to a server may be used once more. After one was lost, the others are
// likely to be lost too.
bool Pool::is_fit(Slot& slot, bool to_write, driver::Control* control) {
  const int64_t t = now();
  if (t >= slot.dies) return false;
  const uint64_t losses = losses_.load(std::memory_order_relaxed);
  const int64_t idle = t - slot.used;
  if (!to_write && idle < kTrusted && slot.losses == losses) return true;
  driver::Connection& raw = slot.connection->raw();
  bool fit = raw.is_alive();
  if (fit && idle >= kLongIdle) {
    const driver::Serving serving(raw, control);
    fit = raw.ping().has_value() && raw.is_usable();
  }
  if (fit) {
    slot.losses = losses;
  } else {
    losses_.fetch_add(1, std::memory_order_relaxed);
  }
  return fit;
}

// One look a quarter of a second; connections in use are left alone, and looked at when they come
// back.
void Pool::tend() {
  const int64_t t = now();
  int open = 0;
  bool refused = false;  // one attempt is enough: it may take the whole of the connect timeout
  for (int i = 0; i < readers_count_; ++i) open += slot(i).open.load(std::memory_order_relaxed);
  for (int i = 0; i < readers_count_; ++i) {
    Slot& s = slot(i);
    const bool is_open = s.open.load(std::memory_order_relaxed);
    if (!is_open && (refused || open >= options_.least)) continue;
    if (!readers_.try_take_slot(i)) continue;
    if (s.connection == nullptr) {
      try {
        refused = open < options_.least && !connect(s, nullptr);
        if (s.connection != nullptr) ++open;
      } catch (const std::bad_alloc&) {
      }
    } else if (t >= s.dies || (options_.idle_ms > 0 && open > options_.least &&
                               t - s.used >= options_.idle_ms * 1000)) {
      disconnect(s);
      --open;
    }
    readers_.give(i);
  }
}

base::Status Pool::make_ready(Slot& slot, bool to_write, driver::Control* control) {
  if (slot.connection != nullptr && !slot.broken && !is_settled(slot)) settle(slot);
  if (options_.is_server && slot.connection != nullptr && !is_fit(slot, to_write, control))
    disconnect(slot);
  if (slot.connection == nullptr) THING_TRY(connect(slot, control));
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
  if (leases_ != nullptr) leases_->end(slot);
  if (connection.in_snapshot()) (void)connection.end_snapshot();
  rollback(connection);
  const bool is_settled = connection.raw().is_usable() && !connection.raw().in_transaction();
  if (is_settled && !connection.is_given_up()) return;
  if (options_.single_connection) {
    slot.broken = true;  // a database in memory would be gone with its connection, without a word
  } else {
    losses_.fetch_add(1, std::memory_order_relaxed);
    disconnect(slot);
  }
}

void Pool::set_busy_timeout(int64_t ms) {
  busy_timeout_ms_.store(std::clamp<int64_t>(ms, 0, kLongestTimeout), std::memory_order_relaxed);
}

void Pool::close() {
  keeper_.stop();
  if (leases_ != nullptr) leases_->stop();
  readers_.close();
  writer_.close();
  // The watch stays until the pool goes, because readers of cached entries look at its words
  // without a loan; and with it the connection that goes last, which writes the log back.
  for (int i = 0; i <= readers_count_; ++i) {
    if (i != home() || options_.is_server) disconnect(slot(i));
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
  s.in_use = readers_.count_taken() + (has_writer_ ? writer_.count_taken() : 0);
  for (const Lane* lane : {&readers_, &writer_}) {
    s.waiters += lane->count_waiting();
    s.waits += lane->waits();
    s.waited += lane->waited();
  }
  s.opened = opened_.load(std::memory_order_relaxed);
  s.closed = closed_.load(std::memory_order_relaxed);
  return s;
}

}  // namespace thing::session
