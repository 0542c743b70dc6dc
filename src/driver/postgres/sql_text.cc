// PostgreSQL does not say whether a statement writes, so its words are looked at: the first one,
// and those that only a statement which writes can have where they stand. Texts, quoted names and
// comments are skipped as the server's scanner does (scan.l):
//
//   'it''s'  E'it\'s'  'two' <line end> 'parts'  "name"  $tag$ ... $tag$  -- to the end of the line
//   /* nested /* */ */
#include "driver/postgres/sql_text.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>

namespace thing::driver::postgres {
namespace {

bool is_word_start(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool is_word_part(char c) {
  return is_word_start(c) || std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '$';
}

// Words in capitals and single marks; "'" stands for a text or a quoted name.
class Scanner {
 public:
  explicit Scanner(std::string_view sql) : rest_(sql) {}

  // Empty at the end.
  std::string next() {
    skip_space();
    if (rest_.empty()) return {};
    const char c = rest_[0];
    if ((c == 'e' || c == 'E') && rest_.size() > 1 && rest_[1] == '\'') {
      rest_.remove_prefix(1);
      return take_quoted('\'', true);
    }
    if (c == '\'' || c == '"') return take_quoted(c, false);
    if (c == '$' && take_dollar_quoted()) return "'";
    if (is_word_start(c)) return take_word();
    rest_.remove_prefix(1);
    return std::string(1, c);
  }

 private:
  void skip_space() {
    for (;;) {
      const size_t start = std::min(rest_.find_first_not_of(" \t\r\n\f\v"), rest_.size());
      rest_.remove_prefix(start);
      if (rest_.starts_with("--")) {
        rest_.remove_prefix(std::min(rest_.find_first_of("\r\n"), rest_.size()));
      } else if (rest_.starts_with("/*")) {
        skip_comment();
      } else {
        return;
      }
    }
  }

  void skip_comment() {
    int depth = 0;
    do {
      const bool opens = rest_.starts_with("/*");
      const bool closes = rest_.starts_with("*/");
      depth += opens ? 1 : closes ? -1 : 0;
      rest_.remove_prefix(opens || closes ? 2 : 1);
    } while (depth > 0 && !rest_.empty());
  }

  // A text goes on behind a doubled quote, and behind a line end with another quote. To the plain
  // ones that is the start of a new one, but backslashes keep their meaning only in the same.
  std::string take_quoted(char quote, bool has_escapes) {
    do {
      size_t i = 1;
      while (i < rest_.size() && rest_[i] != quote) i += has_escapes && rest_[i] == '\\' ? 2 : 1;
      rest_.remove_prefix(std::min(i + 1, rest_.size()));
    } while (has_escapes && goes_on());
    return "'";
  }

  bool goes_on() {
    if (rest_.starts_with('\'')) return true;
    const std::string_view before = rest_;
    skip_space();
    const std::string_view skipped = before.substr(0, before.size() - rest_.size());
    return skipped.find_first_of("\r\n") != std::string_view::npos && rest_.starts_with('\'');
  }

  bool take_dollar_quoted() {
    size_t i = 1;
    while (i < rest_.size() && rest_[i] != '$' && is_word_part(rest_[i])) ++i;
    const bool is_parameter = i > 1 && std::isdigit(static_cast<unsigned char>(rest_[1])) != 0;
    if (i >= rest_.size() || rest_[i] != '$' || is_parameter) return false;
    const std::string_view tag = rest_.substr(0, i + 1);
    const size_t end = rest_.find(tag, tag.size());
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + tag.size());
    return true;
  }

  std::string take_word() {
    size_t n = 1;
    while (n < rest_.size() && is_word_part(rest_[n])) ++n;
    std::string word(rest_.substr(0, n));
    rest_.remove_prefix(n);
    for (char& c : word) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return word;
  }

  std::string_view rest_;
};

template <size_t N>
bool is_one_of(std::string_view word, const std::string_view (&words)[N]) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

constexpr std::string_view kReads[] = {"SELECT", "WITH", "VALUES", "TABLE", "SHOW", "EXPLAIN"};
constexpr std::string_view kSettings[] = {"BEGIN",    "START", "SAVEPOINT", "RELEASE",
                                          "ROLLBACK", "ABORT", "SET",       "DEALLOCATE"};
constexpr std::string_view kControls[] = {"BEGIN",    "START", "COMMIT",    "END",
                                          "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE"};
constexpr std::string_view kWrites[] = {"INSERT", "UPDATE", "DELETE", "MERGE"};
// What stands before a part that is a statement.
constexpr std::string_view kBeforeWrites[] = {"(", ")"};

bool is_drop(std::string_view first) { return first == "DEALLOCATE" || first == "DISCARD"; }

// One statement of the text, word by word.
class Look {
 public:
  explicit Look(SqlText& text) : text_(text) {}

  void take(std::string_view word) {
    if (count_ == 0) {
      start(word);
    } else {
      text_.ends_transaction = false;
      if (count_ == 1 && first_ == "PREPARE" && word == "TRANSACTION") text_.is_control = true;
      if (first_ == "SET") take_setting(word);
      // SEARCH and CYCLE end with a name, and the statement of the WITH may follow.
      has_names_ = has_names_ || word == "SEARCH" || word == "CYCLE";
      if (is_writing(word)) text_.is_read_only = false;
    }
    before_ = word;
    ++count_;
  }

 private:
  void start(std::string_view word) {
    first_ = word;
    const bool is_setting = is_one_of(word, kSettings);
    text_.is_several = !text_.is_empty;
    if (text_.is_empty) text_.is_query = is_one_of(word, kReads) || is_one_of(word, kWrites);
    text_.is_read_only = text_.is_empty && is_one_of(word, kReads);
    text_.is_setting = is_setting && (text_.is_empty || text_.is_setting);
    text_.is_rollback = text_.is_empty ? word == "ROLLBACK" || word == "ABORT" : text_.is_rollback;
    text_.is_commit = text_.is_empty ? word == "COMMIT" || word == "END" : text_.is_commit;
    text_.ends_transaction = !text_.is_several && (text_.is_rollback || text_.is_commit);
    text_.has_commit = text_.has_commit || word == "COMMIT" || word == "END";
    text_.drops_prepared = text_.drops_prepared || is_drop(word);
    text_.is_control = text_.is_control || is_one_of(word, kControls) || is_drop(word);
    text_.is_empty = false;
  }

  // SET [LOCAL | SESSION] TRANSACTION ..., also by the names of the settings.
  void take_setting(std::string_view word) {
    const bool is_name =
        count_ == 1 || (count_ == 2 && (before_ == "LOCAL" || before_ == "SESSION"));
    if (is_name && word.starts_with("TRANSACTION")) text_.is_control = true;
  }

  // SELECT INTO makes a table, EXPLAIN ANALYZE runs what it explains.
  bool is_writing(std::string_view word) const {
    if (word == "INTO" || word == "ANALYZE" || word == "ANALYSE") return true;
    return is_one_of(word, kWrites) && (has_names_ || is_one_of(before_, kBeforeWrites));
  }

  SqlText& text_;
  std::string first_, before_;
  int count_ = 0;
  bool has_names_ = false;
};

// Also in texts: it may be an argument of set_config().
bool names_limit(std::string_view sql) {
  constexpr std::string_view kName = "statement_timeout";
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  return std::search(sql.begin(), sql.end(), kName.begin(), kName.end(), same) != sql.end();
}

}  // namespace

SqlText look_at(std::string_view sql) {
  Scanner scanner(sql);
  SqlText text;
  std::optional<Look> look;
  for (std::string word = scanner.next(); !word.empty(); word = scanner.next()) {
    if (word == ";") {
      look.reset();
      continue;
    }
    if (!look && word == "(") continue;
    if (!look) look.emplace(text);
    look->take(word);
  }
  text.names_limit = names_limit(sql);
  return text;
}

}  // namespace thing::driver::postgres
