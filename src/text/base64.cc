#include <array>
#include <cstdint>

#include "text/names.h"

// RFC 4648, section 4.
namespace thing::text {
namespace {

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr uint8_t kNone = 64;

constexpr std::array<uint8_t, 256> kDigits = [] {
  std::array<uint8_t, 256> digits{};
  digits.fill(kNone);
  for (uint8_t i = 0; i < 64; ++i) digits[static_cast<uint8_t>(kAlphabet[i])] = i;
  return digits;
}();

uint32_t byte_at(std::string_view bytes, size_t i) { return static_cast<uint8_t>(bytes[i]); }

void put4(char* out, uint32_t group) {
  for (int i = 3; i >= 0; --i, group >>= 6) out[i] = kAlphabet[group & 63];
}

std::string_view without_padding(std::string_view text) {
  if (text.size() % 4 != 0) return text;
  if (text.ends_with('=')) text.remove_suffix(1);
  if (text.ends_with('=')) text.remove_suffix(1);
  return text;
}

}  // namespace

std::string base64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4, '=');
  char* p = out.data();
  size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3, p += 4)
    put4(p, byte_at(bytes, i) << 16 | byte_at(bytes, i + 1) << 8 | byte_at(bytes, i + 2));
  const size_t left = bytes.size() - i;
  if (left == 0) return out;
  put4(p, byte_at(bytes, i) << 16 | (left == 2 ? byte_at(bytes, i + 1) << 8 : 0));
  for (size_t k = left + 1; k < 4; ++k) p[k] = '=';
  return out;
}

bool parse_base64(std::string_view text, std::string& out) {
  text = without_padding(text);
  out.clear();
  if (text.size() % 4 == 1) return false;
  out.reserve(text.size() / 4 * 3 + 2);
  uint32_t group = 0;
  int bits = 0;
  for (const char c : text) {
    const uint8_t digit = kDigits[static_cast<uint8_t>(c)];
    if (digit == kNone) return false;
    group = group << 6 | digit;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out += static_cast<char>(group >> bits & 255);
  }
  return (group & ((1U << bits) - 1)) == 0;  // bits left over must be zero: one text for one value
}

}  // namespace thing::text
