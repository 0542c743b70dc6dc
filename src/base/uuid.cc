#include "base/uuid.h"

#include "base/random.h"

namespace thing::base {
namespace {

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_dash_before(size_t byte) { return byte == 4 || byte == 6 || byte == 8 || byte == 10; }

}  // namespace

Uuid random_uuid() {
  Uuid u;
  fill_random(u.data(), u.size());
  u[6] = static_cast<uint8_t>((u[6] & 0x0f) | 0x40);  // RFC 4122: version 4
  u[8] = static_cast<uint8_t>((u[8] & 0x3f) | 0x80);  // its variant
  return u;
}

std::optional<Uuid> parse_uuid(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  Uuid u;
  size_t at = 0;
  for (size_t i = 0; i < u.size(); ++i) {
    if (is_dash_before(i) && text[at++] != '-') return std::nullopt;
    const int high = hex(text[at]), low = hex(text[at + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    u[i] = static_cast<uint8_t>(high * 16 + low);
    at += 2;
  }
  return u;
}

void print_uuid(const uint8_t* bytes, char* out) {
  constexpr char kHex[] = "0123456789abcdef";
  for (size_t i = 0; i < 16; ++i) {
    if (is_dash_before(i)) *out++ = '-';
    *out++ = kHex[bytes[i] >> 4];
    *out++ = kHex[bytes[i] & 15];
  }
}

}  // namespace thing::base
