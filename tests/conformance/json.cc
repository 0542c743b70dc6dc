#include "json.h"

#include <cstdint>
#include <cstdio>

namespace conformance {
namespace {

const Json kNothing;

void append_utf8(std::string& out, uint32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | c >> 12);
    out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | c >> 18);
    out += static_cast<char>(0x80 | (c >> 12 & 0x3F));
    out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

}  // namespace

class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : text_(text) {}

  bool document(Json& out) {
    if (!value(out)) return false;
    skip_spaces();
    return at_ == text_.size();
  }

 private:
  void skip_spaces() {
    while (at_ < text_.size() &&
           std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos)
      ++at_;
  }

  bool accept(char c) {
    skip_spaces();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  bool word(std::string_view w, Json::Kind kind, Json& out) {
    if (text_.substr(at_, w.size()) != w) return false;
    at_ += w.size();
    out.kind_ = kind;
    out.text_ = w;
    return true;
  }

  bool value(Json& out) {
    skip_spaces();
    if (at_ >= text_.size()) return false;
    switch (text_[at_]) {
      case '{': return members(out, Json::Kind::kObject, '}');
      case '[': return members(out, Json::Kind::kArray, ']');
      case '"': out.kind_ = Json::Kind::kString; return string(out.text_);
      case 't': return word("true", Json::Kind::kBool, out);
      case 'f': return word("false", Json::Kind::kBool, out);
      case 'n': return word("null", Json::Kind::kNull, out);
      default: return number(out);
    }
  }

  bool members(Json& out, Json::Kind kind, char end) {
    out.kind_ = kind;
    ++at_;
    if (accept(end)) return true;
    do {
      auto& [key, child] = out.members_.emplace_back();
      if (kind == Json::Kind::kObject) {
        skip_spaces();
        if (!string(key) || !accept(':')) return false;
      }
      if (!value(child)) return false;
    } while (accept(','));
    return accept(end);
  }

  bool number(Json& out) {
    const size_t start = at_;
    while (at_ < text_.size() &&
           std::string_view("+-.eE0123456789").find(text_[at_]) != std::string_view::npos)
      ++at_;
    out.kind_ = Json::Kind::kNumber;
    out.text_ = text_.substr(start, at_ - start);
    return at_ > start;
  }

  bool hex4(uint32_t& out) {
    if (at_ + 4 > text_.size()) return false;
    out = 0;
    for (int i = 0; i < 4; ++i) {
      const char c = text_[at_++];
      const size_t digit = std::string_view("0123456789abcdef").find(static_cast<char>(c | 0x20));
      if (digit == std::string_view::npos) return false;
      out = out * 16 + static_cast<uint32_t>(digit);
    }
    return true;
  }

  bool unicode_escape(std::string& out) {
    uint32_t c = 0;
    uint32_t low = 0;
    if (!hex4(c)) return false;
    if (c >= 0xD800 && c < 0xDC00) {
      if (text_.substr(at_, 2) != "\\u") return false;
      at_ += 2;
      if (!hex4(low)) return false;
      c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
    }
    append_utf8(out, c);
    return true;
  }

  bool string(std::string& out) {
    if (at_ >= text_.size() || text_[at_] != '"') return false;
    for (++at_; at_ < text_.size();) {
      const char c = text_[at_++];
      if (c == '"') return true;
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c != '\\') {
        out += c;
        continue;
      }
      if (at_ >= text_.size()) return false;
      const char escape = text_[at_++];
      const size_t known = std::string_view("\"\\/bfnrt").find(escape);
      if (known != std::string_view::npos)
        out += "\"\\/\b\f\n\r\t"[known];
      else if (escape != 'u' || !unicode_escape(out))
        return false;
    }
    return false;
  }

  std::string_view text_;
  size_t at_ = 0;
};

Json Json::parse(std::string_view text) {
  Json out;
  if (!JsonReader(text).document(out)) return kNothing;
  return out;
}

const Json& Json::at(size_t i) const { return i < members_.size() ? members_[i].second : kNothing; }

const Json& Json::operator[](std::string_view key) const {
  if (kind_ != Kind::kObject) return kNothing;
  for (const auto& [name, child] : members_) {
    if (name == key) return child;
  }
  return kNothing;
}

std::vector<std::string> Json::keys() const {
  std::vector<std::string> names;
  for (const auto& member : members_) names.push_back(member.first);
  return names;
}

std::string Json::print() const {
  if (kind_ == Kind::kString) return json_string(text_);
  if (kind_ != Kind::kArray && kind_ != Kind::kObject) return text_;
  std::string out(1, kind_ == Kind::kArray ? '[' : '{');
  for (const auto& [key, child] : members_) {
    if (out.size() > 1) out += ',';
    if (kind_ == Kind::kObject) out += json_string(key) + ":";
    out += child.print();
  }
  return out + (kind_ == Kind::kArray ? ']' : '}');
}

std::string canonical(std::string_view text) {
  const Json json = Json::parse(text);
  return json.is_missing() ? "not JSON: " + std::string(text) : json.print();
}

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
      out += escape;
    } else {
      out += c;
    }
  }
  return out + "\"";
}

}  // namespace conformance
