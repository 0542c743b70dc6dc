#include "text/json_scanner.h"

#include <algorithm>

#include <fmt/core.h>

#include "base/utf8.h"
#include "text/json_bytes.h"

namespace thing::text {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

int hex(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string place(std::string_view before) {
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
  return fmt::format("line {}, column {}", lines + 1, before.size() - line_start + 1);
}

// The first character, which may have several bytes.
std::string_view first_character(std::string_view text) {
  size_t n = 1;
  while (n < std::min<size_t>(text.size(), 4) && (text[0] & 0x80) != 0 && (text[n] & 0xC0) == 0x80)
    ++n;
  return text.substr(0, n);
}

}  // namespace

bool JsonScanner::fail_at(uint32_t offset, base::Code code, std::string_view what) {
  error_ = base::Error(code, fmt::format("JSON: {}: {}", place({begin_, offset}), what));
  return false;
}

bool JsonScanner::unexpected(std::string_view expected) {
  const std::string_view rest(p_, static_cast<size_t>(end_ - p_));
  const std::string found = rest.empty() ? "the end" : base::quoted(first_character(rest));
  return fail_at(offset(), base::Code::kSyntax,
                 fmt::format("found {}, expected {}", found, expected));
}

bool JsonScanner::word(std::string_view expected) {
  static_assert(kPadding >= 5);  // "false" may be looked for at the end
  if (std::memcmp(p_, expected.data(), expected.size()) != 0) return unexpected("a value");
  p_ += expected.size();
  return true;
}

// -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?
bool JsonScanner::number(std::string_view& out) {
  const char* const start = p_;
  const auto digits = [this] {
    if (!is_digit(*p_)) return false;
    while (is_digit(*p_)) ++p_;
    return true;
  };
  if (*p_ == '-') ++p_;
  if (*p_ == '0' && is_digit(p_[1])) return unexpected("a number without leading zeros");
  if (!digits()) return unexpected(p_ == start ? "a value" : "a digit");
  if (*p_ == '.') {
    ++p_;
    if (!digits()) return unexpected("a digit");
  }
  if (*p_ == 'e' || *p_ == 'E') {
    ++p_;
    if (*p_ == '+' || *p_ == '-') ++p_;
    if (!digits()) return unexpected("a digit");
  }
  out = {start, static_cast<size_t>(p_ - start)};
  return true;
}

bool JsonScanner::string(std::string_view& out) {
  const char* const start = ++p_;
  uint64_t seen = 0, marks = 0;
  for (;; p_ += 8) {
    const uint64_t bytes = load8(p_);
    marks = special_bytes(bytes);
    if (marks != 0) {
      seen |= bytes & ((marks & -marks) - 1);
      break;
    }
    seen |= bytes;
  }
  p_ += bytes_before(marks);
  if (*p_ == '\\') return escaped(start, out);
  if (*p_ != '"') return unexpected(at_end() ? "'\"'" : "an escaped control character");
  out = {start, static_cast<size_t>(p_ - start)};
  if ((seen & kHighBits) != 0 && !check_utf8(out, start)) return false;
  ++p_;
  return true;
}

// The rest of a string from its first escape on. Decoding makes a text shorter, so that the rest of
// the document is room for all.
bool JsonScanner::escaped(const char* start, std::string_view& out) {
  if (decoded_ == nullptr) decoded_ = arena_.block(static_cast<size_t>(end_ - start) + 8);
  const char* const text = decoded_;
  decoded_ = std::copy(start, p_, decoded_);
  while (*p_ != '"') {
    const uint64_t bytes = load8(p_);
    const uint64_t marks = special_bytes(bytes);
    const int plain = marks != 0 ? bytes_before(marks) : 8;
    std::memcpy(decoded_, &bytes, 8);
    decoded_ += plain;
    p_ += plain;
    if (*p_ == '\\') {
      ++p_;
      if (!escape()) return false;
    } else if (static_cast<unsigned char>(*p_) < 0x20) {
      return unexpected(at_end() ? "'\"'" : "an escaped control character");
    }
  }
  out = {text, static_cast<size_t>(decoded_ - text)};
  ++p_;
  return check_utf8(out, start);
}

// Behind the backslash.
bool JsonScanner::escape() {
  constexpr std::string_view kLetters = "\"\\/bfnrt";
  constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  if (*p_ == 'u') {
    uint32_t c = 0;
    if (!code_point(c)) return false;
    put_utf8(c);
    return true;
  }
  const size_t i = kLetters.find(*p_);
  if (i == kLetters.npos) return unexpected("one of \" \\ / b f n r t u");
  *decoded_++ = kMeanings[i];
  ++p_;
  return true;
}

bool JsonScanner::code_point(uint32_t& out) {
  if (!code_unit(out)) return false;
  if (out < 0xD800 || out > 0xDFFF) return true;
  uint32_t low = 0;
  if (out > 0xDBFF || p_[0] != '\\' || p_[1] != 'u')
    return unexpected("a pair of surrogates, the high one first");
  ++p_;
  if (!code_unit(low)) return false;
  if (low < 0xDC00 || low > 0xDFFF) return unexpected("a pair of surrogates, the high one first");
  out = 0x10000 + ((out - 0xD800) << 10) + (low - 0xDC00);
  return true;
}

// "uXXXX"
bool JsonScanner::code_unit(uint32_t& out) {
  ++p_;
  out = 0;
  for (int i = 0; i < 4; ++i, ++p_) {
    const int digit = hex(*p_);
    if (digit < 0) return unexpected("four hexadecimal digits");
    out = out * 16 + static_cast<uint32_t>(digit);
  }
  return true;
}

void JsonScanner::put_utf8(uint32_t c) {
  const auto put = [this](uint32_t byte) { *decoded_++ = static_cast<char>(byte); };
  if (c < 0x80) return put(c);
  if (c < 0x800) {
    put(0xC0 | c >> 6);
  } else if (c < 0x10000) {
    put(0xE0 | c >> 12);
    put(0x80 | (c >> 6 & 63));
  } else {
    put(0xF0 | c >> 18);
    put(0x80 | (c >> 12 & 63));
    put(0x80 | (c >> 6 & 63));
  }
  put(0x80 | (c & 63));
}

bool JsonScanner::check_utf8(std::string_view text, const char* start) {
  if (base::is_utf8(text)) return true;
  return fail_at(static_cast<uint32_t>(start - begin_), base::Code::kInvalid,
                 fmt::format("found {}, expected valid UTF-8", base::quoted(text)));
}

}  // namespace thing::text
