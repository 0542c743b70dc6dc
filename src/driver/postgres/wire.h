#pragma once
// Numbers as the protocol has them: big-endian.
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>

namespace thing::driver::postgres {

template <class Unsigned>
Unsigned swapped(Unsigned v) {
  if constexpr (std::endian::native == std::endian::big || sizeof(v) == 1) return v;
  if constexpr (sizeof(v) == 2) return __builtin_bswap16(v);
  if constexpr (sizeof(v) == 4) return __builtin_bswap32(v);
  if constexpr (sizeof(v) == 8) return __builtin_bswap64(v);
}

template <class Integer>
Integer load(const char* from) {
  std::make_unsigned_t<Integer> v;
  std::memcpy(&v, from, sizeof v);
  return static_cast<Integer>(swapped(v));
}

template <class Integer>
void store(char* to, Integer value) {
  const auto v = swapped(static_cast<std::make_unsigned_t<Integer>>(value));
  std::memcpy(to, &v, sizeof v);
}

template <class Integer>
void append(std::string& out, Integer value) {
  char bytes[sizeof value];
  store(bytes, value);
  out.append(bytes, sizeof bytes);
}

// Times count from 2000-01-01.
inline constexpr int64_t kEpochMicros = 946'684'800'000'000;
inline constexpr int32_t kEpochDays = 10'957;

}  // namespace thing::driver::postgres
