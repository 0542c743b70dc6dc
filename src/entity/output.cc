#include "entity/output.h"

#include <algorithm>
#include <cstdint>
#include <new>
#include <utility>

namespace thing::entity {
namespace {

constexpr char kHex[] = "0123456789abcdef";

bool needs_escape(unsigned char c) { return c < 0x20 || c == '"' || c == '\\'; }

// Whether any of eight bytes needs an escape ("Bit Twiddling Hacks": a zero byte, a byte less than
// n). May say yes where none does.
bool may_need_escape(uint64_t word) {
  constexpr uint64_t kOnes = 0x0101010101010101, kHighs = 0x8080808080808080;
  const auto has_zero = [](uint64_t w) { return (w - kOnes) & ~w & kHighs; };
  const uint64_t controls = (word - kOnes * 0x20) & ~word & kHighs;
  return (controls | has_zero(word ^ kOnes * '"') | has_zero(word ^ kOnes * '\\')) != 0;
}

char* put_escape(char* p, unsigned char c) {
  constexpr std::string_view kSpecial = "\"\\\b\f\n\r\t";
  constexpr std::string_view kLetters = "\"\\bfnrt";
  *p++ = '\\';
  if (const size_t i = kSpecial.find(static_cast<char>(c)); i != kSpecial.npos) {
    *p++ = kLetters[i];
    return p;
  }
  for (char digit : {'u', '0', '0', kHex[c >> 4], kHex[c & 15]}) *p++ = digit;
  return p;
}

}  // namespace

Output::Output(size_t header, size_t expected) : header_(header) {
  const size_t size = header + std::max<size_t>(expected, 16) + 1;
  block_ = static_cast<char*>(std::malloc(size));
  if (block_ == nullptr) throw std::bad_alloc();
  at_ = block_ + header;
  limit_ = block_ + size - 1;
}

void Output::grow(size_t bytes) {
  const auto used = static_cast<size_t>(at_ - block_);
  const size_t size = std::max(used + bytes + 1, 2 * static_cast<size_t>(limit_ - block_));
  char* const block = static_cast<char*>(std::realloc(block_, size));
  if (block == nullptr) throw std::bad_alloc();
  block_ = block;
  at_ = block + used;
  limit_ = block + size - 1;
}

char* Output::release() {
  *at_ = '\0';
  const auto used = static_cast<size_t>(at_ - block_) + 1;
  const auto spare = static_cast<size_t>(limit_ - at_);
  if (spare > 4096 && spare > used / 8) {
    if (char* const smaller = static_cast<char*>(std::realloc(block_, used)); smaller != nullptr)
      block_ = smaller;
  }
  return std::exchange(block_, nullptr);
}

void put_json_string(Output& out, std::string_view text) {
  // With room for the rest of the text and one escape, the inner loop needs no check.
  constexpr size_t kEscape = 6;
  const char* from = text.data();
  const char* const end = from + text.size();
  char* p = out.room(text.size() + kEscape + 2);
  *p++ = '"';
  while (from != end) {
    if (end - from >= 8) {
      uint64_t word;
      std::memcpy(&word, from, 8);
      if (!may_need_escape(word)) {
        std::memcpy(p, &word, 8);
        from += 8;
        p += 8;
        continue;
      }
    }
    const char c = *from++;
    if (needs_escape(static_cast<unsigned char>(c))) {
      p = put_escape(p, static_cast<unsigned char>(c));
      out.end(p);
      p = out.room(static_cast<size_t>(end - from) + kEscape + 2);
    } else {
      *p++ = c;
    }
  }
  *p++ = '"';
  out.end(p);
}

}  // namespace thing::entity
