#include <charconv>
#include <cstring>

#include "text/json.h"
#include "text/names.h"

namespace thing::text {
namespace {

constexpr char kHex[] = "0123456789abcdef";

bool needs_escape(unsigned char c) { return c < 0x20 || c == '"' || c == '\\'; }

// Whether any of eight bytes needs an escape (bit tricks: "Determine if a word has a byte less than n / equal to n",
// Bit Twiddling Hacks). May say yes for a byte that does not.
bool word_needs_escape(uint64_t w) {
  constexpr uint64_t kOnes = 0x0101010101010101ULL, kHigh = 0x8080808080808080ULL;
  const auto has_zero = [](uint64_t x) { return (x - kOnes) & ~x & kHigh; };
  return (((w - kOnes * 0x20) & ~w & kHigh) | has_zero(w ^ kOnes * '"') | has_zero(w ^ kOnes * '\\')) != 0;
}

void append_escape(std::string& out, unsigned char c) {
  switch (c) {
    case '"': out += "\\\""; break;
    case '\\': out += "\\\\"; break;
    case '\b': out += "\\b"; break;
    case '\f': out += "\\f"; break;
    case '\n': out += "\\n"; break;
    case '\r': out += "\\r"; break;
    case '\t': out += "\\t"; break;
    default: out += {'\\', 'u', '0', '0', kHex[c >> 4], kHex[c & 15]};
  }
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  size_t start = 0, i = 0;
  while (i < text.size()) {
    if (i + 8 <= text.size()) {
      uint64_t word;
      std::memcpy(&word, text.data() + i, 8);
      if (!word_needs_escape(word)) {
        i += 8;
        continue;
      }
    }
    const auto c = static_cast<unsigned char>(text[i]);
    if (needs_escape(c)) {
      out.append(text, start, i - start);
      append_escape(out, c);
      start = i + 1;
    }
    ++i;
  }
  out.append(text, start, i - start);
  out += '"';
}

void JsonWriter::separate() {
  if (comma_) out_ += ',';
  comma_ = true;
}

void JsonWriter::begin_object() {
  separate();
  out_ += '{';
  comma_ = false;
}
void JsonWriter::end_object() {
  out_ += '}';
  comma_ = true;
}
void JsonWriter::begin_array() {
  separate();
  out_ += '[';
  comma_ = false;
}
void JsonWriter::end_array() {
  out_ += ']';
  comma_ = true;
}

void JsonWriter::key(std::string_view name) {
  separate();
  append_json_string(out_, name);
  out_ += ':';
  comma_ = false;
}

void JsonWriter::string(std::string_view text) {
  separate();
  append_json_string(out_, text);
}

void JsonWriter::integer(int64_t v) {
  separate();
  char buffer[24];
  out_.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, v).ptr);
}

void JsonWriter::real(double v) {
  separate();
  char buffer[40];
  char* end = std::to_chars(buffer, buffer + 32, v).ptr;
  const std::string_view text(buffer, static_cast<size_t>(end - buffer));
  if (text.find_first_of(".e") == text.npos) {
    *end++ = '.';
    *end++ = '0';
  }
  out_.append(buffer, end);
}

void JsonWriter::boolean(bool v) {
  separate();
  out_ += v ? "true" : "false";
}

void JsonWriter::null() {
  separate();
  out_ += "null";
}

void JsonWriter::raw(std::string_view json) {
  separate();
  out_ += json;
}

void JsonWriter::base64(std::string_view bytes) {
  separate();
  out_ += '"';
  out_ += text::base64(bytes);
  out_ += '"';
}

}  // namespace thing::text
