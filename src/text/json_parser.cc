#include <charconv>
#include <cmath>
#include <cstring>
#include <unordered_set>

#include "base/utf8.h"
#include "text/json.h"

namespace thing::text {

using base::Code;
using base::fail;

namespace {

constexpr size_t kFewMembers = 16;  // up to here duplicate keys are looked for by comparing all

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

int hex(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

char* put_utf8(char* out, uint32_t c) {
  if (c < 0x80) {
    *out++ = static_cast<char>(c);
  } else if (c < 0x800) {
    *out++ = static_cast<char>(0xC0 | c >> 6);
    *out++ = static_cast<char>(0x80 | (c & 63));
  } else if (c < 0x10000) {
    *out++ = static_cast<char>(0xE0 | c >> 12);
    *out++ = static_cast<char>(0x80 | (c >> 6 & 63));
    *out++ = static_cast<char>(0x80 | (c & 63));
  } else {
    *out++ = static_cast<char>(0xF0 | c >> 18);
    *out++ = static_cast<char>(0x80 | (c >> 12 & 63));
    *out++ = static_cast<char>(0x80 | (c >> 6 & 63));
    *out++ = static_cast<char>(0x80 | (c & 63));
  }
  return out;
}

}  // namespace

// Recursive descent over the document's copy; strings with escapes are decoded in place, which only makes them shorter.
class JsonParser {
 public:
  static base::Result<Json> parse(std::string_view document);

 private:
  explicit JsonParser(Json& json) : json_(json) {}
  base::Status value(JsonNode& out, int depth);
  base::Status object(JsonNode& out, int depth);
  base::Status array(JsonNode& out, int depth);
  base::Status string(std::string_view& out);
  base::Status escaped(char* from, std::string_view& out);
  base::Status escape(char*& out);
  base::Status code_unit(uint32_t& out);
  base::Status number(JsonNode& out);
  base::Status literal(std::string_view word, JsonNode& out, JsonKind kind, bool boolean);
  base::Status check_keys(const JsonNode& object);
  JsonNode* node();
  std::byte* block(size_t size);
  void spaces() {
    while (p_ != end_ && is_space(*p_)) ++p_;
  }
  base::Status unexpected(std::string_view expected);
  std::string place(const char* at) const;

  Json& json_;
  char* begin_ = nullptr;
  char* p_ = nullptr;
  char* end_ = nullptr;
  JsonNode* nodes_ = nullptr;  // free ones of the latest block
  size_t nodes_left_ = 0;
};

base::Result<Json> JsonParser::parse(std::string_view document) {
  if (document.size() > UINT32_MAX) return fail(Code::kRange, "JSON: found {} bytes, expected at most 4 GiB", document.size());
  Json json;
  JsonParser parser(json);
  // One block for a small document: the source, a copy to decode in, and as many nodes as it can hold at most.
  const size_t text = (document.size() + 8) / 8 * 8;
  parser.nodes_left_ = std::min<size_t>(document.size() / 2 + 1, 64);
  std::byte* const memory = parser.block(2 * text + parser.nodes_left_ * sizeof(JsonNode));
  if (!document.empty()) {
    std::memcpy(memory, document.data(), document.size());
    std::memcpy(memory + text, document.data(), document.size());
  }
  json.source_ = {reinterpret_cast<const char*>(memory), document.size()};
  parser.begin_ = parser.p_ = reinterpret_cast<char*>(memory + text);
  parser.end_ = parser.p_ + document.size();
  *parser.end_ = '\0';
  parser.nodes_ = reinterpret_cast<JsonNode*>(memory + 2 * text);
  if (!base::is_utf8(document)) return fail(Code::kInvalid, "JSON: found invalid UTF-8");
  JsonNode* const root = parser.node();
  THING_TRY(parser.value(*root, 0));
  parser.spaces();
  if (parser.p_ != parser.end_) return fail(std::move(parser.unexpected("the end").error()));
  json.root_ = root;
  return json;
}

std::byte* JsonParser::block(size_t size) {
  json_.blocks_.push_back(std::unique_ptr<std::byte[]>(new std::byte[size]));
  return json_.blocks_.back().get();
}

JsonNode* JsonParser::node() {
  if (nodes_left_ == 0) {
    nodes_left_ = 256;
    nodes_ = reinterpret_cast<JsonNode*>(block(nodes_left_ * sizeof(JsonNode)));
  }
  --nodes_left_;
  return new (nodes_++) JsonNode();
}

std::string JsonParser::place(const char* at) const {
  size_t line = 1, column = 1;
  for (const char* p = json_.source_.data(); p != json_.source_.data() + (at - begin_); ++p) {
    ++column;
    if (*p == '\n') {
      ++line;
      column = 1;
    }
  }
  return fmt::format("line {}, column {}", line, column);
}

base::Status JsonParser::unexpected(std::string_view expected) {
  const std::string found = p_ == end_ ? "the end" : base::quoted(json_.source_.substr(static_cast<size_t>(p_ - begin_), 1));
  return fail(Code::kSyntax, "JSON: {}: found {}, expected {}", place(p_), found, expected);
}

base::Status JsonParser::value(JsonNode& out, int depth) {
  spaces();
  out.offset = static_cast<uint32_t>(p_ - begin_);
  if (p_ == end_) return unexpected("a value");
  base::Status parsed;
  switch (*p_) {
    case '{': parsed = object(out, depth + 1); break;
    case '[': parsed = array(out, depth + 1); break;
    case '"':
      out.kind = JsonKind::kString;
      parsed = string(out.text);
      break;
    case 't': parsed = literal("true", out, JsonKind::kBool, true); break;
    case 'f': parsed = literal("false", out, JsonKind::kBool, false); break;
    case 'n': parsed = literal("null", out, JsonKind::kNull, false); break;
    default: parsed = number(out);
  }
  out.end = static_cast<uint32_t>(p_ - begin_);
  return parsed;
}

base::Status JsonParser::literal(std::string_view word, JsonNode& out, JsonKind kind, bool boolean) {
  if (static_cast<size_t>(end_ - p_) < word.size() || std::memcmp(p_, word.data(), word.size()) != 0) return unexpected("a value");
  p_ += word.size();
  out.kind = kind;
  out.boolean = boolean;
  return {};
}

// -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?
base::Status JsonParser::number(JsonNode& out) {
  const char* const start = p_;
  if (*p_ == '-') ++p_;
  if (!is_digit(*p_)) return unexpected(p_ == start ? "a value" : "a digit");
  if (*p_ == '0' && is_digit(p_[1])) return unexpected("a number without leading zeros");
  while (is_digit(*p_)) ++p_;
  if (*p_ == '.') {
    ++p_;
    if (!is_digit(*p_)) return unexpected("a digit");
    while (is_digit(*p_)) ++p_;
  }
  if (*p_ == 'e' || *p_ == 'E') {
    ++p_;
    if (*p_ == '+' || *p_ == '-') ++p_;
    if (!is_digit(*p_)) return unexpected("a digit");
    while (is_digit(*p_)) ++p_;
  }
  out.kind = JsonKind::kNumber;
  out.text = {start, static_cast<size_t>(p_ - start)};
  return {};
}

base::Status JsonParser::string(std::string_view& out) {
  char* const start = ++p_;
  while (p_ != end_ && *p_ != '"' && *p_ != '\\') {
    if (static_cast<unsigned char>(*p_) < 0x20) return unexpected("an escaped control character");
    ++p_;
  }
  if (p_ == end_) return unexpected("'\"'");
  if (*p_ == '\\') return escaped(start, out);
  out = {start, static_cast<size_t>(p_ - start)};
  ++p_;
  return {};
}

// The rest of a string from its first escape on.
base::Status JsonParser::escaped(char* start, std::string_view& out) {
  char* to = p_;
  while (p_ != end_ && *p_ != '"') {
    if (static_cast<unsigned char>(*p_) < 0x20) return unexpected("an escaped control character");
    if (*p_ == '\\') {
      ++p_;
      THING_TRY(escape(to));
    } else {
      *to++ = *p_++;
    }
  }
  if (p_ == end_) return unexpected("'\"'");
  out = {start, static_cast<size_t>(to - start)};
  ++p_;
  return {};
}

base::Status JsonParser::escape(char*& out) {
  constexpr std::string_view kShort = "\"\\/bfnrt";
  constexpr std::string_view kMeaning = "\"\\/\b\f\n\r\t";
  if (p_ == end_) return unexpected("an escape");
  if (const size_t i = kShort.find(*p_); i != kShort.npos) {
    *out++ = kMeaning[i];
    ++p_;
    return {};
  }
  if (*p_ != 'u') return unexpected("one of \" \\ / b f n r t u");
  uint32_t unit = 0;
  THING_TRY(code_unit(unit));
  if (unit >= 0xD800 && unit <= 0xDBFF) {  // the first half of a pair
    uint32_t low = 0;
    if (end_ - p_ < 2 || p_[0] != '\\' || p_[1] != 'u') return unexpected("the second half of a surrogate pair");
    ++p_;
    THING_TRY(code_unit(low));
    if (low < 0xDC00 || low > 0xDFFF) return unexpected("the second half of a surrogate pair");
    unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
  } else if (unit >= 0xDC00 && unit <= 0xDFFF) {
    return unexpected("no lone half of a surrogate pair");
  }
  out = put_utf8(out, unit);
  return {};
}

// p_ is at the 'u'.
base::Status JsonParser::code_unit(uint32_t& out) {
  ++p_;
  out = 0;
  for (int i = 0; i < 4; ++i, ++p_) {
    const int digit = p_ == end_ ? -1 : hex(*p_);
    if (digit < 0) return unexpected("four hexadecimal digits");
    out = out * 16 + static_cast<uint32_t>(digit);
  }
  return {};
}

base::Status JsonParser::object(JsonNode& out, int depth) {
  if (depth > kMaxDepth) return fail(Code::kRange, "JSON: {}: nested deeper than {}", place(p_), kMaxDepth);
  out.kind = JsonKind::kObject;
  ++p_;
  spaces();
  if (p_ != end_ && *p_ == '}') {
    ++p_;
    return {};
  }
  const JsonNode** link = &out.first;
  for (;;) {
    spaces();
    if (p_ == end_ || *p_ != '"') return unexpected("a name in quotes");
    JsonNode* const member = node();
    THING_TRY(string(member->key));
    spaces();
    if (p_ == end_ || *p_ != ':') return unexpected("':'");
    ++p_;
    THING_TRY(value(*member, depth));
    *link = member;
    link = &member->next;
    ++out.size;
    spaces();
    if (p_ != end_ && *p_ == ',') {
      ++p_;
      continue;
    }
    if (p_ == end_ || *p_ != '}') return unexpected("',' or '}'");
    ++p_;
    return check_keys(out);
  }
}

base::Status JsonParser::check_keys(const JsonNode& object) {
  const auto twice = [this](const JsonNode& n) {
    return fail(Code::kSyntax, "JSON: {}: found the name {} twice in one object", place(begin_ + n.offset), base::quoted(n.key));
  };
  if (object.size <= kFewMembers) {
    for (const JsonNode* a = object.first; a != nullptr; a = a->next) {
      for (const JsonNode* b = a->next; b != nullptr; b = b->next) {
        if (a->key == b->key) return twice(*b);
      }
    }
    return {};
  }
  std::unordered_set<std::string_view> seen;
  for (const JsonNode* n = object.first; n != nullptr; n = n->next) {
    if (!seen.insert(n->key).second) return twice(*n);
  }
  return {};
}

base::Status JsonParser::array(JsonNode& out, int depth) {
  if (depth > kMaxDepth) return fail(Code::kRange, "JSON: {}: nested deeper than {}", place(p_), kMaxDepth);
  out.kind = JsonKind::kArray;
  ++p_;
  spaces();
  if (p_ != end_ && *p_ == ']') {
    ++p_;
    return {};
  }
  const JsonNode** link = &out.first;
  for (;;) {
    JsonNode* const item = node();
    THING_TRY(value(*item, depth));
    *link = item;
    link = &item->next;
    ++out.size;
    spaces();
    if (p_ != end_ && *p_ == ',') {
      ++p_;
      continue;
    }
    if (p_ == end_ || *p_ != ']') return unexpected("',' or ']'");
    ++p_;
    return {};
  }
}

base::Result<Json> Json::parse(std::string_view document) { return JsonParser::parse(document); }

bool is_json(std::string_view document) { return Json::parse(document).has_value(); }

const JsonNode* JsonNode::find(std::string_view name) const {
  for (const JsonNode* n = first; n != nullptr; n = n->next) {
    if (n->key == name) return n;
  }
  return nullptr;
}

std::optional<int64_t> JsonNode::integer() const {
  if (kind != JsonKind::kNumber) return std::nullopt;
  int64_t v = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), v);
  if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return v;
}

std::optional<double> JsonNode::real() const {
  if (kind != JsonKind::kNumber) return std::nullopt;
  double v = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), v);
  if (error != std::errc() || stop != text.data() + text.size() || !std::isfinite(v)) return std::nullopt;
  return v;
}

std::string_view kind_name(JsonKind kind) {
  switch (kind) {
    case JsonKind::kNull: return "null";
    case JsonKind::kBool: return "a boolean";
    case JsonKind::kNumber: return "a number";
    case JsonKind::kString: return "a text";
    case JsonKind::kArray: return "an array";
    case JsonKind::kObject: return "an object";
  }
  return "a value";
}

}  // namespace thing::text
