#include "base/clock.h"

#include <chrono>
#include <ctime>

namespace thing::base {
namespace {

template <class C>
int64_t micros_of() {
  return std::chrono::duration_cast<std::chrono::microseconds>(C::now().time_since_epoch()).count();
}

class SystemClock final : public Clock {
 public:
  int64_t now_micros() const override { return micros_of<std::chrono::system_clock>(); }
  int64_t monotonic_micros() const override { return micros_of<std::chrono::steady_clock>(); }
};

}  // namespace

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

int64_t boot_micros() {
  timespec t{};
#ifdef CLOCK_BOOTTIME
  clock_gettime(CLOCK_BOOTTIME, &t);
#else
  clock_gettime(CLOCK_MONOTONIC, &t);
#endif
  return int64_t{t.tv_sec} * 1'000'000 + t.tv_nsec / 1000;
}

}  // namespace thing::base
