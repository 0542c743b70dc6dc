#pragma once
#include <bit>
#include <cstdint>
#include <cstring>

// What JSON strings are made of, eight bytes at a time ("Bit Twiddling Hacks": a zero byte, a byte
// less than n).
namespace thing::text {

inline constexpr uint64_t kHighBits = 0x8080808080808080;

inline uint64_t load8(const char* p) {
  uint64_t word;
  std::memcpy(&word, p, 8);
  return word;
}

inline uint32_t load4(const char* p) {
  uint32_t word;
  std::memcpy(&word, p, 4);
  return word;
}

// High bits that mark '"', '\' and control bytes. The lowest mark is right; those above may be
// wrong.
inline uint64_t special_bytes(uint64_t word) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  const uint64_t quote = word ^ kOnes * '"';
  const uint64_t backslash = word ^ kOnes * '\\';
  return (((word - kOnes * 0x20) & ~word) | ((quote - kOnes) & ~quote) |
          ((backslash - kOnes) & ~backslash)) &
         kHighBits;
}

// The number of bytes before the lowest mark (little-endian).
inline int bytes_before(uint64_t marks) { return std::countr_zero(marks) / 8; }

inline bool is_special(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

}  // namespace thing::text
