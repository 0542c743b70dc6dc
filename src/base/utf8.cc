#include "base/utf8.h"

#include <cstdint>
#include <cstring>

namespace thing::base {
namespace {

// Length of the valid character at p, 0 when there is none (RFC 3629).
size_t character(const unsigned char* p, size_t left) {
  const auto is_tail = [&](size_t i) { return i < left && (p[i] & 0xC0) == 0x80; };
  if (p[0] < 0x80) return 1;
  if (p[0] >= 0xC2 && p[0] <= 0xDF) return is_tail(1) ? 2 : 0;
  if (p[0] >= 0xE0 && p[0] <= 0xEF) {
    if (!is_tail(1) || !is_tail(2)) return 0;
    if (p[0] == 0xE0 && p[1] < 0xA0) return 0;  // overlong
    if (p[0] == 0xED && p[1] > 0x9F) return 0;  // surrogate
    return 3;
  }
  if (p[0] >= 0xF0 && p[0] <= 0xF4) {
    if (!is_tail(1) || !is_tail(2) || !is_tail(3)) return 0;
    if (p[0] == 0xF0 && p[1] < 0x90) return 0;
    if (p[0] == 0xF4 && p[1] > 0x8F) return 0;
    return 4;
  }
  return 0;
}

}  // namespace

bool is_utf8(std::string_view text) {
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  size_t left = text.size();
  while (left > 0) {
    while (left >= 8) {  // runs of ASCII, eight at a time
      uint64_t word;
      std::memcpy(&word, p, 8);
      if ((word & 0x8080808080808080ULL) != 0) break;
      p += 8;
      left -= 8;
    }
    if (left == 0) break;
    const size_t n = character(p, left);
    if (n == 0) return false;
    p += n;
    left -= n;
  }
  return true;
}

std::string quoted(std::string_view text, size_t limit) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out = "'";
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  size_t at = 0;
  while (at < text.size() && at < limit) {
    const size_t n = character(p + at, text.size() - at);
    if (n == 0 || (n == 1 && (p[at] < 0x20 || p[at] == 0x7F))) {
      out += {'\\', 'x', kHex[p[at] >> 4], kHex[p[at] & 15]};
      ++at;
    } else {
      out.append(text, at, n);
      at += n;
    }
  }
  if (at < text.size()) out += "...";
  return out + "'";
}

}  // namespace thing::base
