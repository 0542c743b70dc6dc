#include "base/clock.h"

#include <gtest/gtest.h>

namespace thing::base {
namespace {

TEST(SystemClock, TellsTheTimeInMicrosecondsSince1970) {
  constexpr int64_t kStartOf2024 = 1'704'067'200'000'000, kStartOf2200 = 7'258'118'400'000'000;
  EXPECT_GT(system_clock().now_micros(), kStartOf2024);
  EXPECT_LT(system_clock().now_micros(), kStartOf2200);
}

TEST(SystemClock, NeverGoesBackWhenMonotonic) {
  int64_t last = system_clock().monotonic_micros();
  for (int i = 0; i < 1000; ++i) {
    const int64_t now = system_clock().monotonic_micros();
    EXPECT_GE(now, last);
    last = now;
  }
}

}  // namespace
}  // namespace thing::base
