#pragma once
#include <cstdint>
#include <string_view>

namespace thing::base {

struct Hash128 {
  uint64_t low = 0;
  uint64_t high = 0;
  friend bool operator==(const Hash128&, const Hash128&) = default;
};

uint64_t hash64(const void* bytes, size_t size, uint64_t seed = 0);  // XXH3
Hash128 hash128(std::string_view bytes);                             // XXH3

// A strong mix of one word, for integer keys.
constexpr uint64_t mix64(uint64_t x) {
  x ^= x >> 32;
  x *= 0xd6e8feb86659fd93ULL;
  x ^= x >> 32;
  x *= 0xd6e8feb86659fd93ULL;
  x ^= x >> 32;
  return x;
}

}  // namespace thing::base
