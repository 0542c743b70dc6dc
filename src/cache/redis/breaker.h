#pragma once
// Whether a server is tried at all. A server that does not answer costs every call its patience;
// after some of that, calls are refused at once, and one by one tried again.
//
//   closed ──3 failures, or 2 timeouts, within 1 s──> open ──100 ms──> half open: one call on trial
//     ^                                                ^                  │            │
//     └───────────────────── it succeeds ──────────────│──────────────────┘            │
//                                                      └── it fails: twice as long, up to 5 s
#include <array>
#include <cstdint>
#include <mutex>

#include "base/clock.h"

namespace thing::cache::redis {

class Breaker {
 public:
  static constexpr int64_t kWindow = 1'000'000;  // microseconds
  static constexpr int64_t kFirstPause = 100'000;
  static constexpr int64_t kLongestPause = 5'000'000;
  static constexpr size_t kFailures = 3;
  static constexpr size_t kTimeouts = 2;

  enum class State : uint8_t { kClosed, kOpen, kHalfOpen };
  enum class Pass : uint8_t { kRefused, kFree, kTrial };
  enum class Outcome : uint8_t { kUnknown, kSuccess, kFailure, kTimeout };

  explicit Breaker(const base::Clock& clock) : clock_(clock) {}

  // A call that must go through is never refused. Each pass is told its outcome once, but one that
  // was refused.
  Pass ask(bool must_go);
  void tell(Pass pass, Outcome outcome);
  State state() const;
  int64_t count_opened() const;

 private:
  // The last times of something that happened.
  template <size_t kSize>
  class Times {
   public:
    // Whether this was the last of kSize within the window.
    bool add(int64_t time) {
      times_[next_] = time;
      next_ = (next_ + 1) % kSize;
      if (count_ < kSize) ++count_;
      return count_ == kSize && time - times_[next_] <= kWindow;
    }
    void clear() { count_ = next_ = 0; }

   private:
    std::array<int64_t, kSize> times_{};
    size_t next_ = 0, count_ = 0;
  };

  void open(int64_t pause);
  bool is_due() const { return clock_.monotonic_micros() >= until_; }

  const base::Clock& clock_;
  mutable std::mutex mutex_;
  bool is_open_ = false;
  bool on_trial_ = false;
  int64_t until_ = 0;
  int64_t pause_ = 0;
  int64_t opened_ = 0;
  Times<kFailures> failures_;
  Times<kTimeouts> timeouts_;
};

}  // namespace thing::cache::redis
