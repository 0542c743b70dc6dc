#include "store/raw_text.h"

#include <algorithm>
#include <string>

namespace thing::store {

using base::Code;
using base::fail;

namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// The words that a statement begins with, in capitals, comments skipped.
class Words {
 public:
  Words(std::string_view sql, const dialect::Dialect& dialect)
      : sql_(sql),
        is_mysql_(dialect.name() == "mysql" || dialect.name() == "mariadb"),
        nests_(dialect.name() == "postgres") {}

  std::string next() {
    while (skip_space() || skip_comment()) {
    }
    std::string word;
    for (; at_ < sql_.size() && is_letter(sql_[at_]); ++at_)
      word += static_cast<char>(sql_[at_] & ~0x20);
    return word;
  }

 private:
  bool next_is(std::string_view text) const { return sql_.substr(at_).starts_with(text); }
  bool skip_space() {
    const size_t before = at_;
    while (at_ < sql_.size() && (static_cast<unsigned char>(sql_[at_]) <= ' ' || sql_[at_] == ';'))
      ++at_;
    return at_ != before;
  }
  bool skip_comment() {
    if (next_is("--") || (is_mysql_ && next_is("#"))) {
      at_ = std::min(sql_.find('\n', at_), sql_.size());
      return true;
    }
    if (!next_is("/*")) return false;
    if (is_mysql_ && (next_is("/*!") || next_is("/*M!"))) {  // is run, by servers of that version
      at_ = sql_.find('!', at_) + 1;
      while (at_ < sql_.size() && sql_[at_] >= '0' && sql_[at_] <= '9') ++at_;
      return true;
    }
    for (int depth = 0;;) {
      const bool opens = next_is("/*") && (nests_ || depth == 0), closes = next_is("*/");
      depth += opens ? 1 : closes ? -1 : 0;
      at_ += opens || closes ? 2 : 1;
      if (depth == 0 || at_ >= sql_.size()) break;
    }
    at_ = std::min(at_, sql_.size());
    return true;
  }

  const std::string_view sql_;
  const bool is_mysql_;
  const bool nests_;
  size_t at_ = 0;
};

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// SET LOCAL of PostgreSQL ends with the transaction.
bool changes_session(std::string_view first, std::string_view second,
                     const dialect::Dialect& dialect) {
  if (first == "SET") return dialect.name() != "postgres" || second != "LOCAL";
  if (dialect.features().one_writer) return is_one_of(first, {"ATTACH", "DETACH"});
  if (is_one_of(first,
                {"PREPARE", "DEALLOCATE", "USE", "XA", "RESET", "DISCARD", "LISTEN", "UNLISTEN"}))
    return true;
  return dialect.name() != "postgres" && is_one_of(first, {"LOCK", "UNLOCK", "HANDLER", "FLUSH"});
}

// MySQL commits before it runs one of these.
bool ends_transaction(std::string_view first, std::string_view second) {
  if (is_one_of(first, {"CREATE", "DROP"})) return second != "TEMPORARY";
  return is_one_of(first, {"ALTER", "TRUNCATE", "RENAME", "GRANT", "REVOKE", "ANALYZE", "OPTIMIZE",
                           "REPAIR", "CHECK", "INSTALL", "UNINSTALL", "CHANGE"});
}

}  // namespace

base::Status check_raw(std::string_view sql, const dialect::Dialect& dialect, bool in_transaction) {
  Words words(sql, dialect);
  const std::string first = words.next(), second = words.next();
  const bool is_control = is_one_of(
      first, {"BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE"});
  if (is_control || changes_session(first, second, dialect)) {
    return fail(Code::kUnsupported,
                "raw SQL: found {}, expected a statement that changes neither the transaction nor "
                "the connection; use thing_tx_*",
                first);
  }
  if (in_transaction && !dialect.features().transactional_ddl && ends_transaction(first, second)) {
    return fail(Code::kUnsupported,
                "raw SQL: found {} in a transaction, which {} would commit by it; expected a call "
                "outside of one",
                first, dialect.name());
  }
  return {};
}

bool may_change_schema(std::string_view sql, const dialect::Dialect& dialect) {
  return !is_one_of(Words(sql, dialect).next(),
                    {"SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE", "WITH", "VALUES"});
}

}  // namespace thing::store
