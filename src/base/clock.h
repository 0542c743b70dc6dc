#pragma once
#include <cstdint>

namespace thing::base {

// Where the time comes from; tests replace it.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual int64_t now_micros() const = 0;        // since 1970 UTC
  virtual int64_t monotonic_micros() const = 0;  // never goes back
};

const Clock& system_clock();

// Microseconds since the machine started, those counted in which it slept.
int64_t boot_micros();

}  // namespace thing::base
