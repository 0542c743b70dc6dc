#include "driver/mysql/sql_text.h"

#include <algorithm>
#include <optional>

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

// What the server's mode and version make of a text.
struct Mode {
  bool has_escapes = false;
  bool runs_comments = true;  // /*! ... */
};

// The tokens of SQL that matter here: words, and every other character by itself.
class Tokens {
 public:
  Tokens(std::string_view sql, Mode mode) : rest_(sql), mode_(mode) {}

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
    const std::string_view first = rest_.substr(0, 1);
    const bool has_escapes = mode_.has_escapes && quote != '`';
    size_t i = 1;
    while (i < rest_.size() && rest_[i] != quote) i += has_escapes && rest_[i] == '\\' ? 2 : 1;
    take(i + 1);
    return first;
  }

  bool skip_blank() {
    if (rest_.empty()) return false;
    if (is_space(rest_.front())) return !take(1).empty();
    if (rest_.starts_with("#") || is_dashes()) {
      skip_behind("\n");
    } else if (mode_.runs_comments && is_code_comment()) {
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

  bool is_code_comment() const { return rest_.starts_with("/*!") || rest_.starts_with("/*M!"); }

  // "--" is a comment only before a blank: 1--1 is 2.
  bool is_dashes() const {
    return rest_.starts_with("--") &&
           (rest_.size() == 2 || is_space(rest_[2]) || static_cast<unsigned char>(rest_[2]) < 0x20);
  }

  std::string_view rest_;
  Mode mode_;
};

bool can_read(std::string_view first) {
  return is_one_of(first, {"SELECT", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "VALUES", "TABLE",
                           "WITH", "(", "HELP"});
}

bool is_explain(std::string_view first) {
  return is_one_of(first, {"EXPLAIN", "DESCRIBE", "DESC"});
}

bool is_setting(std::string_view first) {
  return is_one_of(first, {"BEGIN", "START", "SAVEPOINT", "RELEASE", "ROLLBACK", "SET", "USE",
                           "PREPARE", "DEALLOCATE"});
}

// What ends with a commit, or runs statements that are not in the text.
bool may_commit(std::string_view first) {
  return is_one_of(first, {"COMMIT", "XA", "CALL", "EXECUTE"});
}

bool commits_before(std::string_view first) {
  return is_one_of(
      first, {"BEGIN",  "START", "ALTER",   "CREATE",  "DROP",     "TRUNCATE", "RENAME", "GRANT",
              "REVOKE", "LOCK",  "UNLOCK",  "ANALYZE", "OPTIMIZE", "REPAIR",   "CHECK",  "CACHE",
              "FLUSH",  "LOAD",  "INSTALL", "RESET",   "SET",      "UNINSTALL"});
}

// One statement of the text, word by word.
class Look {
 public:
  explicit Look(SqlText& text) : text_(text) {}

  void take(std::string_view word) {
    if (count_ == 0) start(word);
    if (is_one_of(word, {"AUTOCOMMIT"}) && is_one_of(first_, {"SET"})) text_.has_commit = true;
    if (is_one_of(word, {"COMMIT"}) && text_.is_several) text_.has_commit = true;
    if (count_ == 1 && is_explain(first_) && is_one_of(word, {"ANALYZE"})) runs_parts_ = true;
    if (count_ != 0 && writes(word)) text_.is_read_only = false;
    before_ = word;
    ++count_;
  }

 private:
  void start(std::string_view word) {
    first_ = word;
    runs_parts_ = is_one_of(word, {"WITH"});
    const bool is_first = text_.is_empty;
    text_.is_several = !is_first;
    text_.is_read_only = is_first && can_read(word);
    text_.is_rollback = is_first ? is_one_of(word, {"ROLLBACK"}) : text_.is_rollback;
    text_.is_setting = is_setting(word) && (is_first || text_.is_setting);
    text_.has_commit = text_.has_commit || may_commit(word);
    text_.commits_before = text_.commits_before || commits_before(word);
    text_.is_empty = false;
  }

  // Words that make a statement write that starts as one that reads: SELECT ... INTO OUTFILE, WITH
  // ... DELETE, EXPLAIN ANALYZE DELETE, NEXT VALUE FOR. FOR UPDATE only locks.
  bool writes(std::string_view word) const {
    if (is_one_of(word, {"INTO", "NEXTVAL", "SETVAL"})) return true;
    if (is_one_of(word, {"VALUE"})) return is_one_of(before_, {"NEXT"});
    if (!runs_parts_) return false;
    return is_one_of(word, {"DELETE"}) ||
           (is_one_of(word, {"UPDATE"}) && !is_one_of(before_, {"FOR"}));
  }

  SqlText& text_;
  std::string_view first_, before_;
  int count_ = 0;
  bool runs_parts_ = false;  // a part of it is a statement that runs
};

SqlText look_once(std::string_view sql, Mode mode) {
  Tokens tokens(sql, mode);
  SqlText text;
  std::optional<Look> look;
  for (std::string_view word = tokens.next(); !word.empty(); word = tokens.next()) {
    if (word == ";") {
      look.reset();
      continue;
    }
    if (!look) look.emplace(text);
    look->take(word);
  }
  return text;
}

}  // namespace

SqlText look_at(std::string_view sql, bool has_escapes) {
  SqlText text = look_once(sql, {.has_escapes = has_escapes});
  if (sql.find("/*!") == std::string_view::npos && sql.find("/*M!") == std::string_view::npos)
    return text;
  const SqlText other = look_once(sql, {.has_escapes = has_escapes, .runs_comments = false});
  text.is_several = text.is_several || other.is_several;
  text.is_read_only = text.is_read_only && other.is_read_only;
  text.is_rollback = text.is_rollback && other.is_rollback;
  text.is_setting = text.is_setting && other.is_setting;
  text.has_commit = text.has_commit || other.has_commit;
  text.commits_before = text.commits_before || other.commits_before;
  return text;
}

}  // namespace thing::driver::mysql
