#include "base/utf8.h"

#include <bit>
#include <cstdint>
#include <cstring>

namespace thing::base {
namespace {

constexpr uint64_t kHighs = 0x8080808080808080;

// Length of the valid character at p, 0 when there is none (RFC 3629, section 4).
size_t character(const unsigned char* p, size_t left) {
  const unsigned char lead = p[0];
  const auto is_tail = [p](size_t i) { return (p[i] & 0xC0) == 0x80; };
  const auto is_between = [p](unsigned char low, unsigned char high) {
    return p[1] >= low && p[1] <= high;
  };
  if (lead < 0x80) return 1;
  if (lead < 0xC2) return 0;  // a tail, or an overlong form
  if (lead < 0xE0) return left >= 2 && is_tail(1) ? 2 : 0;
  if (lead < 0xF0) {  // neither an overlong form nor a surrogate
    const bool valid = left >= 3 && is_tail(2) &&
                       is_between(lead == 0xE0 ? 0xA0 : 0x80, lead == 0xED ? 0x9F : 0xBF);
    return valid ? 3 : 0;
  }
  if (lead > 0xF4) return 0;
  const bool valid = left >= 4 && is_tail(2) && is_tail(3) &&
                     is_between(lead == 0xF0 ? 0x90 : 0x80, lead == 0xF4 ? 0x8F : 0xBF);
  return valid ? 4 : 0;
}

uint64_t load(const unsigned char* p) {
  uint64_t word;
  std::memcpy(&word, p, 8);
  return word;
}

// A place up to which all is ASCII; eight bytes at a time, and 32 while that lasts.
const unsigned char* skip_ascii(const unsigned char* p, const unsigned char* end) {
  for (; end - p >= 32; p += 32) {
    if (((load(p) | load(p + 8) | load(p + 16) | load(p + 24)) & kHighs) != 0) break;
  }
  for (; end - p >= 8; p += 8) {
    const uint64_t high = load(p) & kHighs;
    if (high != 0) return p + std::countr_zero(high) / 8;
  }
  return p;
}

}  // namespace

bool is_utf8(std::string_view text) {
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  const auto* const end = p + text.size();
  while (p != end) {
    p = skip_ascii(p, end);
    do {
      if (p == end) return true;
      const size_t n = character(p, static_cast<size_t>(end - p));
      if (n == 0) return false;
      p += n;
    } while (p != end && *p >= 0x80);
  }
  return true;
}

std::string quoted(std::string_view text, size_t limit) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out = "'";
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  size_t at = 0;
  while (at < text.size()) {
    const size_t n = character(p + at, text.size() - at);
    const bool is_raw = n == 0 || (n == 1 && (p[at] < 0x20 || p[at] == 0x7F));
    const size_t size = is_raw ? 1 : n;
    if (at + size > limit) break;
    if (is_raw) {
      out += {'\\', 'x', kHex[p[at] >> 4], kHex[p[at] & 15]};
    } else {
      out.append(text, at, n);
    }
    at += size;
  }
  if (at < text.size()) out += "...";
  return out + "'";
}

}  // namespace thing::base
