#include "base/random.h"

#include <cerrno>
#include <random>

#include <sys/random.h>

namespace thing::base {

void fill_random(uint8_t* out, size_t size) {
  ssize_t got = 0;
  do {
    got = getrandom(out, size, 0);
  } while (got < 0 && errno == EINTR);
  if (got == static_cast<ssize_t>(size)) return;  // always whole, up to 256 bytes
  std::random_device device;                      // a kernel or a sandbox without the call
  for (size_t i = 0; i < size; ++i) out[i] = static_cast<uint8_t>(device());
}

uint64_t random64() {
  uint8_t bytes[8];
  fill_random(bytes, sizeof bytes);
  uint64_t n = 0;
  for (const uint8_t b : bytes) n = n << 8 | b;
  return n;
}

}  // namespace thing::base
