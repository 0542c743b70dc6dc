#pragma once
#include <optional>
#include <string>
#include <vector>

#include "dialect/catalogue.h"
#include "migrate/tokens.h"
#include "value/value.h"

namespace thing::migrate {

// A literal as databases write it: a sign and a number, a text behind the name of its character
// set, true, false or NULL, in parentheses and with casts: ('-5'::integer)::numeric.
struct Literal {
  std::string text;  // the sign included, bytes decoded
  Token::Kind kind = Token::Kind::kText;
  bool quoted = false;             // a name in quotes
  std::vector<std::string> casts;  // the types, the innermost first

  bool is_word(std::string_view word) const {
    return kind == Token::Kind::kName && !quoted && text == word;
  }
};

// The literal that begins at `at`, which is moved behind it; nullopt when there is none.
std::optional<Literal> take_literal(const std::vector<Token>& tokens, size_t& at);
// The type of a cast that begins at `at`: "character varying" of ::character varying(20) has its
// length with it.
std::optional<std::string> take_cast(const std::vector<Token>& tokens, size_t& at);

// The value for a column of the type; NULL when it is none of the type, or a cast may change it.
value::Value literal_value(const dialect::Catalogue& catalogue, value::Type type,
                           const Literal& literal);

}  // namespace thing::migrate
