#include "cache/tracker.h"

#include <chrono>
#include <system_error>

#include <fmt/format.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/signals.h"

namespace thing::cache::redis {

using base::Code;
using base::fail;

namespace {

constexpr int64_t kBetweenLinks = 100'000;  // microseconds
constexpr int64_t kBetweenLooks = 10'000;

int64_t monotonic() { return base::system_clock().monotonic_micros(); }

}  // namespace

Tracker::Tracker(Config config, std::string space, int64_t within_ms, Told told)
    : config_(std::move(config)),
      space_(std::move(space)),
      within_(within_ms * 1000),
      told_(std::move(told)),
      process_(getpid()) {
  try {
    const base::WithoutSignals quiet;
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error&) {  // then nothing counts
  }
}

// A forked child has no such thread.
Tracker::~Tracker() {
  if (process_ != getpid()) {
    if (thread_.joinable()) thread_.detach();
    return;
  }
  stops_.store(true);
  {
    const std::lock_guard lock(link_mutex_);
    if (link_ != nullptr) link_->wake();
  }
  if (thread_.joinable()) thread_.join();
}

bool Tracker::sleep(int64_t micros) {
  for (; micros > 0 && !stops_.load(); micros -= kBetweenLooks)
    std::this_thread::sleep_for(std::chrono::microseconds(std::min(micros, kBetweenLooks)));
  return !stops_.load();
}

void Tracker::run() noexcept {
  do {
    try {
      track();
    } catch (const std::bad_alloc&) {  // the link is gone, and a new one begins anew
    }
    told_.heard(0);
    told_.lost("");
  } while (sleep(kBetweenLinks));
}

void Tracker::track() {
  auto link = Link::connect(config_, Patience{Patience::kForever, &stops_});
  if (!link) return;
  {
    const std::lock_guard lock(link_mutex_);
    link_ = link->get();
  }
  struct Gone {
    Tracker& tracker;
    ~Gone() {
      const std::lock_guard lock(tracker.link_mutex_);
      tracker.link_ = nullptr;
    }
  } gone{*this};
  std::string space;
  if (subscribe(**link, space)) (void)listen(**link, space);
}

// The redirection is to the link itself: a link of RESP2 is told by messages.
base::Status Tracker::subscribe(Link& link, std::string& space) {
  const Patience patience{Patience::kForever, &stops_};
  THING_ASSIGN(const Reply id, link.call({"CLIENT", "ID"}, patience));
  const std::string self = fmt::format("{}", id.integer());
  space = fmt::format("{}:{}:", space_, link.facts().run_id.substr(0, 16));
  THING_TRY(link.call({"CLIENT", "TRACKING", "ON", "REDIRECT", self, "BCAST", "PREFIX", space},
                      patience));
  // What changes meanwhile may come before the answer, or with it.
  link.append({"SUBSCRIBE", "__redis__:invalidate"});
  const Patience answer{monotonic() + within_, &stops_};
  for (;;) {
    THING_ASSIGN(const std::optional<Reply> said, link.listen(answer));
    if (!said.has_value() || said->is_error())
      return fail(Code::kConnection, "Redis does not tell what changes");
    if (said->is_array() && said->size() == 3 && said->at(0).text() == "subscribe") break;
  }
  told_.lost(space);
  return {};
}

base::Status Tracker::listen(Link& link, std::string_view space) {
  int64_t asked = 0;  // base::boot_micros() when the ping was sent that is not answered yet
  int64_t next = monotonic();
  for (;;) {
    if (asked == 0 && monotonic() >= next) {
      asked = base::boot_micros();
      link.append({"PING"});
    }
    const int64_t wakes = asked != 0 ? monotonic() + within_ : next;
    THING_ASSIGN(const std::optional<Reply> said, link.listen(Patience{wakes, &stops_}));
    if (!said.has_value()) {
      if (asked != 0) return fail(Code::kTimeout, "Redis says nothing");
      continue;
    }
    if (said->is_array() && said->size() >= 1 && said->at(0).text() == "pong" && asked != 0) {
      told_.heard(asked + within_);
      asked = 0;
      next = monotonic() + within_ / 3;
      continue;
    }
    hear(*said, space);
  }
}

// {"message", channel, keys}; nil keys: all of them are gone.
void Tracker::hear(const Reply& reply, std::string_view space) {
  if (!reply.is_array() || reply.size() != 3 || reply.at(0).text() != "message") return;
  const Reply keys = reply.at(2);
  if (!keys.is_array()) {
    told_.lost(space);
    return;
  }
  for (const Reply key : keys) {
    std::string_view name = key.text();
    if (!name.starts_with(space)) continue;
    name.remove_prefix(space.size());
    told_.changed(name);
  }
}

}  // namespace thing::cache::redis
