// "?" as PostgreSQL's own placeholders, $1, $2 ...: so one text serves all databases. What
// PostgreSQL has operators for, "?|" among them, is written with the question mark doubled, as in
// JDBC. A text that has $1 is left alone.
#include <algorithm>

#include "dialect/postgres/postgres.h"

namespace thing::dialect {
namespace {

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

class Scanner {
 public:
  explicit Scanner(std::string_view sql) : sql_(sql) {}

  std::string run() {
    while (at_ < sql_.size()) step();
    return is_native_ ? std::string(sql_) : std::move(out_);
  }

 private:
  bool next_is(std::string_view text) const { return sql_.substr(at_).starts_with(text); }
  char before() const { return at_ == 0 ? ' ' : sql_[at_ - 1]; }
  void copy(size_t n) {
    n = std::min(n, sql_.size() - at_);
    out_ += sql_.substr(at_, n);
    at_ += n;
  }

  void step() {
    switch (sql_[at_]) {
      case '\'': return quoted('\'', has_escapes());
      case '"': return quoted('"', false);
      case '$': return dollar();
      case '-': return copy(next_is("--") ? sql_.substr(at_).find('\n') : 1);
      case '/': return next_is("/*") ? comment() : copy(1);
      case '?': return question();
      default: return copy(1);
    }
  }

  // E'...' takes backslashes.
  bool has_escapes() const {
    const bool is_e = before() == 'e' || before() == 'E';
    return is_e && (at_ < 2 || !is_word(sql_[at_ - 2]));
  }

  void quoted(char quote, bool escapes) {
    size_t end = at_ + 1;
    for (; end < sql_.size(); ++end) {
      if (escapes && sql_[end] == '\\') {
        ++end;
      } else if (sql_[end] == quote) {
        if (end + 1 == sql_.size() || sql_[end + 1] != quote) break;
        ++end;  // doubled
      }
    }
    copy(end + 1 - at_);
  }

  // $1, or $tag$ ... $tag$.
  void dollar() {
    if (is_word(before())) return copy(1);
    size_t end = at_ + 1;
    while (end < sql_.size() && is_word(sql_[end])) ++end;
    const std::string_view tag = sql_.substr(at_, end - at_);
    const bool is_number = tag.size() > 1 && tag[1] >= '0' && tag[1] <= '9';
    is_native_ = is_native_ || is_number;
    if (is_number || end == sql_.size() || sql_[end] != '$') return copy(tag.size());
    const std::string closing = std::string(tag) + '$';
    const size_t close = sql_.find(closing, end + 1);
    copy(close == sql_.npos ? sql_.npos : close + closing.size() - at_);
  }

  void comment() {  // they nest
    int depth = 0;
    do {
      const bool opens = next_is("/*"), closes = next_is("*/");
      depth += opens ? 1 : closes ? -1 : 0;
      copy(opens || closes ? 2 : 1);
    } while (depth > 0 && at_ < sql_.size());
  }

  void question() {
    const bool is_doubled = next_is("??");
    out_ += is_doubled ? "?" : '$' + std::to_string(++number_);
    at_ += is_doubled ? 2 : 1;
  }

  const std::string_view sql_;
  std::string out_;
  size_t at_ = 0;
  int number_ = 0;
  bool is_native_ = false;
};

}  // namespace

std::string Postgres::with_placeholders(std::string_view sql) const {
  return sql.find('?') == sql.npos ? std::string(sql) : Scanner(sql).run();
}

}  // namespace thing::dialect
