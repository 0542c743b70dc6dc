#include "cache/redis/pool.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <utility>

#include "base/process.h"

namespace thing::cache::redis {

using base::Code;
using base::fail;
using Outcome = Breaker::Outcome;

namespace {

constexpr int64_t kBetweenLooks = 5'000;  // at whether a waiting call was cancelled

int64_t now() { return base::system_clock().monotonic_micros(); }

// A call that ran out of its own time says nothing of the server.
Outcome outcome_of(const base::Error& error, const Patience& patience) {
  if (error.code() == Code::kCancelled) return Outcome::kUnknown;
  if (error.code() != Code::kTimeout) return Outcome::kFailure;
  return now() >= patience.deadline ? Outcome::kUnknown : Outcome::kTimeout;
}

Outcome outcome_of(const Link& link, bool has_answered) {
  if (link.met_down()) return Outcome::kFailure;
  switch (link.ending()) {
    case Ending::kFailed: return Outcome::kFailure;
    case Ending::kTimedOut: return Outcome::kTimeout;
    case Ending::kNone:
    case Ending::kDropped: break;
  }
  return has_answered ? Outcome::kSuccess : Outcome::kUnknown;
}

}  // namespace

// What belongs to one process. A forked child gets its own and leaves its parent's as it is: a lock
// in there may be held by a thread that the child does not have.
struct LinkPool::Shared {
  // The idle link is atomic, so that a child may take it out whatever its parent was doing.
  struct Slot {
    std::atomic<Link*> idle{nullptr};
    bool is_taken = false;
    int64_t used = 0;
  };

  Shared(const Config& config, const base::Clock& the_clock)
      : idle_micros(config.idle_ms * 1000),
        size(static_cast<size_t>(config.links) + 1),
        slots(std::make_unique<Slot[]>(size)),
        clock(the_clock),
        breaker(the_clock) {}

  bool is_of_this_process() const { return process.is_current(); }
  // The slots for a need: those with an idle link first, the reserved one last. None: size.
  size_t find_free(Need need) const;
  base::Result<size_t> take_slot(const Patience& patience, Need need, int64_t wait_until);
  void give_slot(size_t slot, std::unique_ptr<Link> link);
  std::unique_ptr<Link> take_expired(int64_t time);  // one of them
  void close(std::unique_ptr<Link> link) {
    if (link != nullptr) closed.fetch_add(1, std::memory_order_relaxed);
  }
  void tell(Breaker::Pass pass, Outcome outcome);
  void count(const Link::Counts& before, const Link::Counts& after);
  bool is_present(const Link& link);
  bool is_young(const Link& link) const { return link.age == age.load(std::memory_order_acquire); }
  void drop_idle();

  const base::Process process = base::Process::current();
  const int64_t idle_micros;
  const size_t size;
  const std::unique_ptr<Slot[]> slots;  // the last one is reserved
  const base::Clock& clock;
  Breaker breaker;

  std::mutex mutex;  // of what follows, and of the slots
  std::condition_variable freed;
  int64_t waiters = 0;
  std::string run_id;  // of the newest link
  int64_t runs = 0;

  std::atomic<uint64_t> age{0};  // links of another are not lent any more
  std::atomic<int64_t> opened{0}, closed{0}, failures{0}, timeouts{0}, refused{0};
  std::atomic<int64_t> commands{0}, bytes_sent{0}, bytes_received{0};
};

size_t LinkPool::Shared::find_free(Need need) const {
  size_t found = size;
  for (size_t i = 0; i + 1 < size; ++i) {
    if (slots[i].is_taken) continue;
    if (slots[i].idle.load(std::memory_order_relaxed) != nullptr) return i;
    if (found == size) found = i;
  }
  if (found == size && need == Need::kMust && !slots[size - 1].is_taken) return size - 1;
  return found;
}

base::Result<size_t> LinkPool::Shared::take_slot(const Patience& patience, Need need,
                                                 int64_t wait_until) {
  std::unique_lock lock(mutex);
  for (;;) {
    if (const size_t free = find_free(need); free < size) {
      slots[free].is_taken = true;
      return free;
    }
    if (patience.is_cancelled()) return fail(std::move(cancelled().error()));
    const int64_t t = now(), until = std::min(wait_until, patience.deadline);
    if (t >= until && until == patience.deadline) return fail(std::move(late().error()));
    if (t >= until)
      return fail(
          base::Error(Code::kBusy, fmt::format("all {} links to Redis are in use", size - 1))
              .retryable(true));
    const int64_t span =
        patience.cancelled == nullptr ? until - t : std::min(until - t, kBetweenLooks);
    ++waiters;
    freed.wait_for(lock, std::chrono::microseconds(span));
    --waiters;
  }
}

std::unique_ptr<Link> LinkPool::Shared::take_expired(int64_t time) {
  std::lock_guard lock(mutex);
  for (size_t i = 0; i < size; ++i) {
    if (slots[i].is_taken || time - slots[i].used < idle_micros) continue;
    if (Link* link = slots[i].idle.exchange(nullptr, std::memory_order_acquire))
      return std::unique_ptr<Link>(link);
  }
  return nullptr;
}

void LinkPool::Shared::give_slot(size_t slot, std::unique_ptr<Link> link) {
  const int64_t time = clock.monotonic_micros();
  bool wakes = false;
  {
    std::lock_guard lock(mutex);
    slots[slot].used = time;
    slots[slot].idle.store(link.release(), std::memory_order_release);
    slots[slot].is_taken = false;
    wakes = waiters > 0;
  }
  // All: one that must get through may be waiting for another slot than the rest.
  if (wakes) freed.notify_all();
  if (idle_micros == 0) return;
  while (auto old = take_expired(time)) close(std::move(old));
}

void LinkPool::Shared::tell(Breaker::Pass pass, Outcome outcome) {
  if (outcome == Outcome::kFailure || outcome == Outcome::kTimeout)
    failures.fetch_add(1, std::memory_order_relaxed);
  if (outcome == Outcome::kTimeout) timeouts.fetch_add(1, std::memory_order_relaxed);
  const int64_t opened_before = breaker.count_opened();
  breaker.tell(pass, outcome);
  if (breaker.count_opened() != opened_before) age.fetch_add(1, std::memory_order_release);
}

void LinkPool::Shared::count(const Link::Counts& before, const Link::Counts& after) {
  const auto add = [](std::atomic<int64_t>& to, uint64_t n) {
    to.fetch_add(static_cast<int64_t>(n), std::memory_order_relaxed);
  };
  add(commands, after.commands - before.commands);
  add(bytes_sent, after.bytes_sent - before.bytes_sent);
  add(bytes_received, after.bytes_received - before.bytes_received);
}

bool LinkPool::Shared::is_present(const Link& link) {
  std::lock_guard lock(mutex);
  return link.facts().run_id == run_id;
}

void LinkPool::Shared::drop_idle() {
  for (size_t i = 0; i < size; ++i)
    std::unique_ptr<Link>(slots[i].idle.exchange(nullptr, std::memory_order_acquire)).reset();
}

LinkPool::LinkPool(Config config, Greet greet, const base::Clock& clock)
    : config_(std::move(config)),
      greet_(std::move(greet)),
      clock_(clock),
      shared_(std::make_unique<Shared>(config_, clock).release()) {}

LinkPool::~LinkPool() {
  const std::unique_ptr<Shared> last(&shared());
  last->drop_idle();
}

// In a forked child the first thread that comes here makes its own; the parent's stays in memory.
LinkPool::Shared& LinkPool::shared() const {
  Shared* present = shared_.load(std::memory_order_acquire);
  if (present->is_of_this_process()) return *present;
  auto fresh = std::make_unique<Shared>(config_, clock_);
  if (!shared_.compare_exchange_strong(present, fresh.get(), std::memory_order_acq_rel))
    return *present;
  present->drop_idle();
  return *fresh.release();
}

base::Result<std::unique_ptr<Link>> LinkPool::make(Shared& shared, const Patience& patience) {
  const uint64_t age = shared.age.load(std::memory_order_acquire);
  THING_ASSIGN(std::unique_ptr<Link> link, Link::connect(config_, patience));
  link->age = age;
  shared.opened.fetch_add(1, std::memory_order_relaxed);
  const std::string& run = link->facts().run_id;
  Greeting greeting;
  {
    std::lock_guard lock(shared.mutex);
    greeting = {shared.run_id.empty(), !shared.run_id.empty() && shared.run_id != run};
  }
  base::Status greeted;
  if (greet_ != nullptr) greeted = greet_(*link, greeting, patience);
  if (greeted && !link->is_quiet())
    greeted = fail(Code::kConnection, "the new link to Redis is not ready for use");
  if (!greeted) {
    shared.count({}, link->counts());
    shared.close(std::move(link));
    return fail(std::move(greeted.error()));
  }
  std::lock_guard lock(shared.mutex);
  if (shared.run_id != run) ++shared.runs;
  shared.run_id = run;
  return link;
}

base::Result<LinkPool::Loan> LinkPool::take(const Patience& patience, Need need) {
  Shared& s = shared();
  const Breaker::Pass pass = s.breaker.ask(need == Need::kMust);
  if (pass == Breaker::Pass::kRefused) {
    s.refused.fetch_add(1, std::memory_order_relaxed);
    return fail(base::Error(Code::kConnection, "Redis did not answer lately and is left alone")
                    .retryable(true));
  }
  Loan loan(&s, pass);  // gives back what it has, whatever happens
  THING_ASSIGN(loan.slot_, s.take_slot(patience, need, now() + config_.wait_ms * 1000));
  std::unique_ptr<Link> link(s.slots[loan.slot_].idle.exchange(nullptr, std::memory_order_acquire));
  if (link != nullptr && !(link->is_quiet() && s.is_present(*link) && s.is_young(*link)))
    s.close(std::move(link));
  if (link == nullptr) {
    auto made = make(s, patience);
    if (!made) {
      loan.unmade_ = outcome_of(made.error(), patience);
      return fail(std::move(made.error()));
    }
    link = std::move(*made);
  }
  loan.link_ = std::move(link);
  loan.before_ = loan.link_->counts();
  return loan;
}

void LinkPool::renew() noexcept { shared().age.fetch_add(1, std::memory_order_release); }

PoolStats LinkPool::stats() const {
  Shared& s = shared();
  PoolStats out;
  {
    std::lock_guard lock(s.mutex);
    for (size_t i = 0; i < s.size; ++i) {
      out.in_use += s.slots[i].is_taken ? 1 : 0;
      out.idle += s.slots[i].idle.load(std::memory_order_relaxed) != nullptr ? 1 : 0;
    }
    out.waiters = s.waiters;
    out.runs = s.runs;
  }
  const auto get = [](const std::atomic<int64_t>& n) { return n.load(std::memory_order_relaxed); };
  out.opened = get(s.opened);
  out.closed = get(s.closed);
  out.failures = get(s.failures);
  out.timeouts = get(s.timeouts);
  out.refused = get(s.refused);
  out.commands = get(s.commands);
  out.bytes_sent = get(s.bytes_sent);
  out.bytes_received = get(s.bytes_received);
  out.breaks = s.breaker.count_opened();
  out.breaker = s.breaker.state();
  return out;
}

LinkPool::Loan::Loan(Shared* shared, Breaker::Pass pass)
    : shared_(shared), slot_(shared->size), pass_(pass) {}

LinkPool::Loan::Loan(Loan&& o) noexcept
    : shared_(std::exchange(o.shared_, nullptr)),
      slot_(o.slot_),
      pass_(o.pass_),
      unmade_(o.unmade_),
      link_(std::move(o.link_)),
      before_(o.before_) {}

LinkPool::Loan::~Loan() {
  if (shared_ == nullptr || !shared_->is_of_this_process()) return;  // a child drops the link alone
  shared_->tell(pass_, link_ == nullptr ? unmade_ : settle());
  if (slot_ < shared_->size) shared_->give_slot(slot_, std::move(link_));
}

// What the loan came to; a link that can not be lent again is closed.
Outcome LinkPool::Loan::settle() {
  if (link_->is_open() && link_->pending() > 0) link_->drop();
  const Link::Counts& after = link_->counts();
  shared_->count(before_, after);
  const Outcome outcome = outcome_of(*link_, after.commands > before_.commands);
  if (!link_->is_open() || link_->met_down() || !shared_->is_present(*link_) ||
      !shared_->is_young(*link_))
    shared_->close(std::move(link_));
  return outcome;
}

}  // namespace thing::cache::redis
