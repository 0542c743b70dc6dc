#pragma once
// The links to one server, lent to threads. No lock is held while anything is sent or waited for
// but a free link.
//
// One link more than Config::links is kept for calls that must get through (taking off a mark when
// all else is in use). Only links that are open, quiet and of the server's present run are lent
// again. A forked child begins with none: it closes what was idle, without a word to the server.
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

#include "cache/redis/breaker.h"
#include "cache/redis/config.h"
#include "cache/redis/link.h"

namespace thing::cache::redis {

// What is known of the server of a new link.
struct Greeting {
  bool is_first = false;    // this pool had no link before
  bool is_new_run = false;  // the run id is another than that of the links before
};
// Called for every new link, before its first command. The link is closed when it fails.
using Greet = std::function<base::Status(Link&, const Greeting&, const Patience&)>;

struct PoolStats {
  int64_t in_use = 0, idle = 0, waiters = 0;
  int64_t opened = 0, closed = 0;
  int64_t failures = 0;  // links that could not be made or that were lost, timeouts too
  int64_t timeouts = 0;
  int64_t refused = 0;                                       // calls, by the breaker
  int64_t runs = 0;                                          // of the server, that were met
  int64_t commands = 0, bytes_sent = 0, bytes_received = 0;  // of loans that came back
  int64_t breaks = 0;                                        // how often the breaker opened
  Breaker::State breaker = Breaker::State::kClosed;
};

class LinkPool {
  struct Shared;

 public:
  enum class Need : uint8_t { kMay, kMust };

  // A link on loan. It goes back when this goes; a link with replies to come is closed then.
  class Loan {
   public:
    Loan(Loan&& o) noexcept;
    Loan& operator=(Loan&&) = delete;
    ~Loan();
    Link& operator*() const { return *link_; }
    Link* operator->() const { return link_.get(); }

   private:
    friend class LinkPool;
    Loan(Shared* shared, Breaker::Pass pass);
    Breaker::Outcome settle();
    Shared* shared_;
    size_t slot_;  // none yet: behind the last
    Breaker::Pass pass_;
    Breaker::Outcome unmade_ = Breaker::Outcome::kUnknown;  // when there is no link
    std::unique_ptr<Link> link_;
    Link::Counts before_;
  };

  // The clock is the breaker's and that of idle times; what a call may take goes by the system's.
  explicit LinkPool(Config config, Greet greet = nullptr,
                    const base::Clock& clock = base::system_clock());
  ~LinkPool();  // when all loans are back
  LinkPool(const LinkPool&) = delete;

  // kBusy when all links are in use for longer than Config::wait_ms; kConnection when the breaker
  // refuses, which it does not when the call must get through.
  base::Result<Loan> take(const Patience& patience, Need need = Need::kMay);
  // Links that are there now are not lent again; nor are those there when the breaker opens.
  void renew() noexcept;
  PoolStats stats() const;
  const Config& config() const { return config_; }

 private:
  Shared& shared() const;
  base::Result<std::unique_ptr<Link>> make(Shared& shared, const Patience& patience);

  const Config config_;
  const Greet greet_;
  const base::Clock& clock_;
  mutable std::atomic<Shared*> shared_;
};

}  // namespace thing::cache::redis
