#include "driver/mysql/sql_text.h"

#include <algorithm>

namespace thing::driver::mysql {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '$' || (static_cast<unsigned char>(c) & 0x80) != 0;
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> upper) {
  const auto same = [](char a, char b) {
    return (a >= 'a' && a <= 'z' ? static_cast<char>(a - 'a' + 'A') : a) == b;
  };
  return std::any_of(upper.begin(), upper.end(), [&](std::string_view u) {
    return std::equal(word.begin(), word.end(), u.begin(), u.end(), same);
  });
}

// The tokens of SQL that matter here: words, and every other character by itself.
class Tokens {
 public:
  explicit Tokens(std::string_view sql) : rest_(sql) {}

  // Empty at the end. A string or a quoted name is its first quote.
  std::string_view next() {
    while (skip_blank()) {
    }
    if (rest_.empty()) return {};
    const char c = rest_.front();
    if (c == '\'' || c == '"' || c == '`') return quoted(c);
    size_t size = 1;
    if (is_word(c))
      size = static_cast<size_t>(std::find_if_not(rest_.begin(), rest_.end(), is_word) -
                                 rest_.begin());
    return take(size);
  }

 private:
  std::string_view take(size_t size) {
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(taken.size());
    return taken;
  }

  void skip_behind(std::string_view end) {
    const size_t found = rest_.find(end);
    rest_.remove_prefix(found == std::string_view::npos ? rest_.size() : found + end.size());
  }

  // A doubled quote is the end of one string and the start of the next, which is as good.
  std::string_view quoted(char quote) {
    const std::string_view first = take(1);
    skip_behind({&quote, 1});
    return first;
  }

  bool skip_blank() {
    if (rest_.empty()) return false;
    if (is_space(rest_.front())) return !take(1).empty();
    if (rest_.starts_with("#") || is_dashes()) {
      skip_behind("\n");
    } else if (rest_.starts_with("/*!") || rest_.starts_with("/*M!")) {
      skip_behind("!");
      while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') take(1);
    } else if (rest_.starts_with("/*")) {
      take(2);
      skip_behind("*/");
    } else if (rest_.starts_with("*/")) {
      take(2);
    } else {
      return false;
    }
    return true;
  }

  // "--" is a comment only before a blank: 1--1 is 2.
  bool is_dashes() const {
    return rest_.starts_with("--") &&
           (rest_.size() == 2 || is_space(rest_[2]) || static_cast<unsigned char>(rest_[2]) < 0x20);
  }

  std::string_view rest_;
};

bool can_read(std::string_view first) {
  return is_one_of(first, {"SELECT", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "VALUES", "TABLE",
                           "WITH", "(", "HELP"});
}

// Words that make a statement write that starts as one that reads: SELECT ... INTO OUTFILE, WITH
// ... DELETE, NEXT VALUE FOR. FOR UPDATE only locks.
bool writes(std::string_view word, std::string_view before, bool is_with) {
  if (is_one_of(word, {"INTO", "NEXTVAL", "SETVAL"})) return true;
  if (is_one_of(word, {"VALUE"})) return is_one_of(before, {"NEXT"});
  if (!is_with) return false;
  return is_one_of(word, {"DELETE"}) ||
         (is_one_of(word, {"UPDATE"}) && !is_one_of(before, {"FOR"}));
}

}  // namespace

SqlText look_at(std::string_view sql) {
  Tokens tokens(sql);
  std::string_view word = tokens.next();
  while (word == ";") word = tokens.next();
  SqlText out;
  out.is_empty = word.empty();
  out.is_commit = is_one_of(word, {"COMMIT"});
  out.is_rollback = is_one_of(word, {"ROLLBACK"});
  out.is_read_only = can_read(word);
  const bool is_with = is_one_of(word, {"WITH"});
  bool ended = false;
  for (std::string_view before = word; !(word = tokens.next()).empty(); before = word) {
    if (writes(word, before, is_with)) out.is_read_only = false;
    out.is_several = out.is_several || (ended && word != ";");
    ended = ended || word == ";";
  }
  return out;
}

}  // namespace thing::driver::mysql
