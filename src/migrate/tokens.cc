#include "migrate/tokens.h"

#include <algorithm>
#include <array>

#include "base/percent.h"
#include "migrate/names.h"

namespace thing::migrate {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

class Tokenizer {
 public:
  Tokenizer(std::string_view sql, const dialect::Spelling& spelling)
      : rest_(sql), spelling_(spelling) {}

  bool next(Token& token) {
    skip_blanks();
    if (rest_.empty()) return false;
    token = read();
    return true;
  }

 private:
  using Kind = Token::Kind;

  void skip_blanks() {
    for (;;) {
      if (!rest_.empty() && is_space(rest_[0])) {
        rest_.remove_prefix(1);
      } else if (rest_.starts_with("--")) {
        skip_behind("\n", 2);
      } else if (rest_.starts_with("/*")) {
        skip_behind("*/", 2);
      } else {
        return;
      }
    }
  }

  void skip_behind(std::string_view end, size_t from) {
    const size_t at = rest_.find(end, from);
    rest_.remove_prefix(at == std::string_view::npos ? rest_.size() : at + end.size());
  }

  Token read() {
    const char c = rest_[0];
    const char second = rest_.size() > 1 ? rest_[1] : '\0';
    if (c == '\'') return {Kind::kText, quoted('\'')};
    if (c == '"' || c == '`') return {Kind::kName, compared(quoted(c), spelling_), true};
    if (c == '[' && spelling_.brackets)
      return {Kind::kName, compared(quoted(']'), spelling_), true};
    if ((c == 'x' || c == 'X') && second == '\'') return blob();
    if (is_digit(c) || (c == '.' && is_digit(second))) return number();
    if (is_name(c))
      return {Kind::kName, folded(take_while([](char x) { return is_name(x) || is_digit(x); }))};
    return sign();
  }

  // Hexadecimal and exponents included.
  Token number() {
    constexpr auto kBelongs = [](char c) { return is_digit(c) || c == '.' || is_name(c); };
    std::string text(take_while(kBelongs));
    const bool is_hexadecimal = text.starts_with("0x") || text.starts_with("0X");
    const bool has_exponent = !is_hexadecimal && (text.back() == 'e' || text.back() == 'E');
    const bool has_sign = rest_.size() > 1 && (rest_[0] == '+' || rest_[0] == '-');
    if (has_exponent && has_sign && is_digit(rest_[1])) {
      text += rest_[0];
      rest_.remove_prefix(1);
      text += take_while(kBelongs);
    }
    return {Kind::kNumber, text};
  }

  template <class Predicate>
  std::string_view take_while(Predicate belongs) {
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), belongs);
    const std::string_view taken = rest_.substr(0, static_cast<size_t>(end - rest_.begin()));
    rest_.remove_prefix(taken.size());
    return taken;
  }

  std::string quoted(char end) {
    std::string text;
    size_t i = 1;
    for (; i < rest_.size(); i++) {
      if (rest_[i] == end) {
        if (end == ']' || i + 1 >= rest_.size() || rest_[i + 1] != end) break;
        i++;
      }
      text += rest_[i];
    }
    rest_.remove_prefix(std::min(rest_.size(), i + 1));
    return text;
  }

  Token blob() {
    rest_.remove_prefix(1);
    return {Kind::kBlob, bytes_of_digits(quoted('\'')).value_or("")};
  }

  Token sign() {
    constexpr std::array<std::string_view, 8> kLong = {
        "<>", "!=", "<=", ">=", "==", "||", "->", "::"};
    const auto found =
        std::find_if(kLong.begin(), kLong.end(), [&](auto s) { return rest_.starts_with(s); });
    std::string text(found != kLong.end() ? *found : rest_.substr(0, 1));
    rest_.remove_prefix(text.size());
    if (text == "==") text = "=";
    if (text == "!=") text = "<>";
    return {Kind::kSign, text};
  }

  std::string_view rest_;
  dialect::Spelling spelling_;
};

}  // namespace

std::optional<std::string> bytes_of_digits(std::string_view digits) {
  std::string bytes;
  if (digits.size() % 2 != 0) return std::nullopt;
  for (size_t i = 0; i < digits.size(); i += 2) {
    const int high = base::hex_digit(digits[i]);
    const int low = base::hex_digit(digits[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>(high << 4 | low);
  }
  return bytes;
}

std::vector<Token> tokenize(std::string_view sql, const dialect::Spelling& spelling) {
  std::vector<Token> tokens;
  Tokenizer tokenizer(sql, spelling);
  for (Token token; tokenizer.next(token);) tokens.push_back(token);
  return tokens;
}

// The columns stand in parentheses before it, so the first WHERE outside them is the one.
std::vector<Token> index_condition(std::string_view sql, const dialect::Spelling& spelling) {
  std::vector<Token> tokens = tokenize(sql, spelling);
  int depth = 0;
  const auto where = std::find_if(tokens.begin(), tokens.end(), [&](const Token& token) {
    depth += token.is_sign("(") ? 1 : token.is_sign(")") ? -1 : 0;
    return depth == 0 && token.is_word("where");
  });
  if (where != tokens.end())
    tokens.erase(tokens.begin(), where + 1);
  else
    tokens.clear();
  return tokens;
}

}  // namespace thing::migrate
