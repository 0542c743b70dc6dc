#include <algorithm>
#include <charconv>
#include <cmath>

#include "text/json.h"
#include "text/json_bytes.h"
#include "text/names.h"

// Appending to a std::string is a call, so what is small is put together in a buffer first and
// appended at once.
namespace thing::text {
namespace {

constexpr size_t kSmall = 48;

void append_escape(std::string& out, char c) {
  constexpr char kHex[] = "0123456789abcdef";
  constexpr std::string_view kMeanings = "\"\\\b\f\n\r\t";
  constexpr std::string_view kLetters = "\"\\bfnrt";
  if (const size_t i = kMeanings.find(c); i != kMeanings.npos) {
    out += {'\\', kLetters[i]};
  } else {
    out += {'\\', 'u', '0', '0', kHex[c >> 4], kHex[c & 15]};
  }
}

// Whether the last bytes, fewer than eight, need no escape: the words overlap what was seen before,
// or each other.
bool is_plain_tail(std::string_view text, size_t from) {
  const char* const end = text.data() + text.size();
  if (text.size() >= 8) return special_bytes(load8(end - 8)) == 0;
  if (text.size() >= 4)
    return special_bytes(uint64_t{load4(text.data())} << 32 | load4(end - 4)) == 0;
  return std::none_of(text.begin() + static_cast<std::ptrdiff_t>(from), text.end(), is_special);
}

// How many bytes of the text need no escape.
size_t plain_run(std::string_view text) {
  size_t n = 0;
  for (; text.size() - n >= 8; n += 8) {
    const uint64_t marks = special_bytes(load8(text.data() + n));
    if (marks != 0) return n + static_cast<size_t>(bytes_before(marks));
  }
  if (n == text.size() || is_plain_tail(text, n)) return text.size();
  while (!is_special(text[n])) ++n;
  return n;
}

// A text without escapes, at once.
void append_plain(std::string& out, std::string_view text, bool comma, bool colon) {
  const size_t at = out.size();
  out.resize(at + text.size() + 2 + (comma ? 1 : 0) + (colon ? 1 : 0));
  char* p = out.data() + at;
  if (comma) *p++ = ',';
  *p++ = '"';
  p += text.copy(p, text.size());
  *p++ = '"';
  if (colon) *p = ':';
}

// A text as a JSON string, with a comma before it or a colon behind it.
void append_string(std::string& out, std::string_view text, bool comma, bool colon) {
  size_t plain = plain_run(text);
  if (plain == text.size() && plain <= kSmall) return append_plain(out, text, comma, colon);
  out += comma ? ",\"" : "\"";
  for (;; plain = plain_run(text)) {
    out.append(text, 0, plain);
    if (plain == text.size()) break;
    append_escape(out, text[plain]);
    text.remove_prefix(plain + 1);
  }
  out += colon ? "\":" : "\"";
}

// A number, with a comma before it; whole ones of type double end in ".0".
template <class Number>
void append_number(std::string& out, Number v, bool comma) {
  const size_t at = out.size();
  out.resize(at + 32);
  char* const start = out.data() + at + (comma ? 1 : 0);
  if (comma) start[-1] = ',';
  char* end = std::to_chars(start, out.data() + out.size(), v).ptr;
  if (std::is_floating_point_v<Number> &&
      std::none_of(start, end, [](char c) { return c == '.' || c == 'e'; })) {
    *end++ = '.';
    *end++ = '0';
  }
  out.resize(static_cast<size_t>(end - out.data()));
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  append_string(out, text, false, false);
}

void JsonWriter::begin_object() { open('{'); }
void JsonWriter::end_object() { close('}'); }
void JsonWriter::begin_array() { open('['); }
void JsonWriter::end_array() { close(']'); }

void JsonWriter::open(char bracket) {
  if (comma_) out_ += ',';
  out_ += bracket;
  comma_ = false;
}

void JsonWriter::close(char bracket) {
  out_ += bracket;
  comma_ = true;
}

void JsonWriter::key(std::string_view name) {
  append_string(out_, name, comma_, true);
  comma_ = false;
}

void JsonWriter::string(std::string_view text) {
  append_string(out_, text, comma_, false);
  comma_ = true;
}

void JsonWriter::integer(int64_t v) {
  append_number(out_, v, comma_);
  comma_ = true;
}

void JsonWriter::real(double v) {
  if (!std::isfinite(v)) return null();
  append_number(out_, v, comma_);
  comma_ = true;
}

void JsonWriter::boolean(bool v) { raw(v ? "true" : "false"); }

void JsonWriter::null() { raw("null"); }

void JsonWriter::raw(std::string_view json) {
  if (comma_) out_ += ',';
  out_ += json;
  comma_ = true;
}

void JsonWriter::base64(std::string_view bytes) {
  if (comma_) out_ += ',';
  out_ += '"';
  out_ += text::base64(bytes);
  out_ += '"';
  comma_ = true;
}

}  // namespace thing::text
