#include "cache/redis/breaker.h"

#include <algorithm>

namespace thing::cache::redis {

Breaker::Pass Breaker::ask(bool must_go) {
  std::lock_guard lock(mutex_);
  if (!is_open_) return Pass::kFree;
  if (is_due() && !on_trial_) {
    on_trial_ = true;
    return Pass::kTrial;
  }
  return must_go ? Pass::kFree : Pass::kRefused;
}

void Breaker::open(int64_t pause) {
  is_open_ = true;
  ++opened_;
  pause_ = pause;
  until_ = clock_.monotonic_micros() + pause;
  failures_.clear();
  timeouts_.clear();
}

// While it is open only the call on trial counts: one that began before says little of now.
void Breaker::tell(Pass pass, Outcome outcome) {
  if (pass == Pass::kRefused) return;
  std::lock_guard lock(mutex_);
  const bool failed = outcome == Outcome::kFailure || outcome == Outcome::kTimeout;
  if (pass == Pass::kTrial) {
    on_trial_ = false;
    if (failed) open(std::min(pause_ * 2, kLongestPause));
    if (outcome == Outcome::kSuccess) is_open_ = false;
    return;
  }
  if (is_open_ || !failed) return;
  const int64_t now = clock_.monotonic_micros();
  const bool too_late = outcome == Outcome::kTimeout && timeouts_.add(now);
  const bool too_many = failures_.add(now);
  if (too_late || too_many) open(kFirstPause);
}

Breaker::State Breaker::state() const {
  std::lock_guard lock(mutex_);
  if (!is_open_) return State::kClosed;
  return is_due() ? State::kHalfOpen : State::kOpen;
}

int64_t Breaker::count_opened() const {
  std::lock_guard lock(mutex_);
  return opened_;
}

}  // namespace thing::cache::redis
