#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dialect/catalogue.h"

namespace thing::migrate {

// A piece of SQL. Names are as they are compared, whether they are quoted or not; comments and
// space are gone.
struct Token {
  enum class Kind { kName, kText, kBlob, kNumber, kSign } kind = Kind::kSign;
  std::string text;     // kName: as it is compared, quotes taken away; kText: decoded; kBlob: its
                        // bytes; else as written
  bool quoted = false;  // a name in quotes, which is no keyword

  bool is_word(std::string_view word) const {
    return kind == Kind::kName && !quoted && text == word;
  }
  bool is_sign(std::string_view sign) const { return kind == Kind::kSign && text == sign; }
  friend bool operator==(const Token& a, const Token& b) {
    return a.kind == b.kind && a.text == b.text;
  }
};

// Reads any text; what is not SQL becomes signs.
std::vector<Token> tokenize(std::string_view sql, const dialect::Spelling& spelling = {});
// What hexadecimal digits stand for; nullopt when they are none.
std::optional<std::string> bytes_of_digits(std::string_view digits);
// What follows WHERE in a CREATE INDEX statement.
std::vector<Token> index_condition(std::string_view sql, const dialect::Spelling& spelling = {});

}  // namespace thing::migrate
