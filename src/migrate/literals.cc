#include "migrate/literals.h"

#include <algorithm>

#include "text/json.h"

namespace thing::migrate {
namespace {

using value::Type;
using value::Value;
using Kind = Token::Kind;

constexpr int kMaxDepth = 20;  // of parentheses

// Reads a literal; every function leaves at_ behind what it read.
class LiteralReader {
 public:
  LiteralReader(const std::vector<Token>& tokens, size_t at) : tokens_(tokens), at_(at) {}

  size_t at() const { return at_; }

  std::optional<Literal> read(int depth) {
    std::optional<Literal> literal = take_sign("(") ? inside(depth) : bare();
    while (literal && is_sign(0, "::")) {
      std::optional<std::string> cast = take_cast(tokens_, at_);
      if (!cast) return std::nullopt;
      literal->casts.push_back(std::move(*cast));
    }
    return literal;
  }

 private:
  const Token* peek(size_t ahead) const {
    return at_ + ahead < tokens_.size() ? &tokens_[at_ + ahead] : nullptr;
  }
  bool is_kind(size_t ahead, Kind kind) const {
    return peek(ahead) != nullptr && peek(ahead)->kind == kind;
  }
  bool is_sign(size_t ahead, std::string_view sign) const {
    return peek(ahead) != nullptr && peek(ahead)->is_sign(sign);
  }
  bool take_sign(std::string_view sign) {
    const bool found = is_sign(0, sign);
    at_ += found ? 1 : 0;
    return found;
  }

  std::optional<Literal> inside(int depth) {
    std::optional<Literal> literal = depth < kMaxDepth ? read(depth + 1) : std::nullopt;
    return take_sign(")") ? literal : std::nullopt;
  }

  std::optional<Literal> bare() {
    const bool negative = is_sign(0, "-");
    if ((negative || is_sign(0, "+")) && is_kind(1, Kind::kNumber)) {
      at_ += 2;
      return Literal{(negative ? "-" : "") + tokens_[at_ - 1].text, Kind::kNumber, false, {}};
    }
    if (has_introducer()) at_++;
    if (peek(0) == nullptr || !is_literal(*peek(0))) return std::nullopt;
    const Token& token = tokens_[at_++];
    return Literal{token.text, token.kind, token.quoted, {}};
  }

  // _utf8mb4'text'
  bool has_introducer() const {
    return is_kind(0, Kind::kName) && peek(0)->text.starts_with('_') &&
           (is_kind(1, Kind::kText) || is_kind(1, Kind::kBlob) || is_kind(1, Kind::kNumber));
  }

  static bool is_literal(const Token& token) {
    if (token.kind == Kind::kName) {
      return token.quoted || token.is_word("true") || token.is_word("false") ||
             token.is_word("null");
    }
    return token.kind != Kind::kSign;
  }

  const std::vector<Token>& tokens_;
  size_t at_;
};

// The name of a type may have several words and be qualified, and brackets follow that of an array.
class TypeReader {
 public:
  TypeReader(const std::vector<Token>& tokens, size_t at) : tokens_(tokens), at_(at) {}

  size_t at() const { return at_; }

  std::optional<std::string> read() {
    if (!take_name()) return std::nullopt;
    while (is_sign(".")) {
      take();
      if (!take_name()) return std::nullopt;
    }
    if (name_ == "double") take_words({"precision"});
    if (name_ == "character" || name_ == "bit") take_words({"varying"});
    if (is_sign("(") && !take_arguments()) return std::nullopt;
    if (name_.starts_with("time")) {
      take_words({"with", "time", "zone"});
      take_words({"without", "time", "zone"});
    }
    while (is_sign("[")) {
      take();
      if (!is_sign("]")) return std::nullopt;
      take();
    }
    return std::move(name_);
  }

 private:
  bool is_sign(std::string_view sign) const {
    return at_ < tokens_.size() && tokens_[at_].is_sign(sign);
  }
  void take() { name_ += tokens_[at_++].text; }

  bool take_name() {
    if (at_ >= tokens_.size() || tokens_[at_].kind != Kind::kName) return false;
    take();
    return true;
  }

  // All of them or none.
  void take_words(std::initializer_list<std::string_view> words) {
    size_t at = at_;
    for (const std::string_view word : words) {
      if (at >= tokens_.size() || !tokens_[at++].is_word(word)) return;
    }
    for (const std::string_view word : words) name_.append(" ").append(word);
    at_ = at;
  }

  bool take_arguments() {
    while (at_ < tokens_.size() && !is_sign(")")) take();
    if (!is_sign(")")) return false;
    take();
    return true;
  }

  const std::vector<Token>& tokens_;
  size_t at_;
  std::string name_;
};

bool is_number(Type type) {
  return type == Type::kInt || type == Type::kFloat || type == Type::kDecimal;
}

Value value_of(Type type, std::string_view text) {
  if (type == Type::kJson && !text::is_json(text)) return {};
  if (value::is_list(type))  // what else arrays hold stays an expression
    return text == "{}" ? Value::of_bytes(type, "[]") : Value();
  auto parsed = value::from_text(type, text);
  return parsed ? std::move(*parsed) : Value();
}

// A cast to a type that keeps the values of the column's, or to a number that this one is.
bool keeps(const dialect::Catalogue& catalogue, Type type, const std::string& cast,
           std::string_view text) {
  const Type to = catalogue.field_type(cast, "");
  if (!catalogue.can_hold(cast, to)) return false;
  if (to == type) return true;
  return is_number(to) && is_number(type) && !value_of(to, text).is_null();
}

Value bool_value(const Literal& literal) {
  const bool digit = literal.kind != Kind::kName && literal.kind != Kind::kBlob;
  if (literal.is_word("true") || (digit && literal.text == "1"))
    return Value::of_int(Type::kBool, 1);
  if (literal.is_word("false") || (digit && literal.text == "0"))
    return Value::of_int(Type::kBool, 0);
  return {};
}

// X'00ff', or '\x00ff' that is cast to bytes.
Value bytes_value(const Literal& literal) {
  constexpr std::string_view kPrefix = "\\x";
  if (literal.kind == Kind::kBlob) return Value::of_bytes(Type::kBytes, literal.text);
  const bool is_cast = literal.kind == Kind::kText && !literal.casts.empty();
  if (!is_cast || !literal.text.starts_with(kPrefix)) return {};
  const auto bytes = bytes_of_digits(std::string_view(literal.text).substr(kPrefix.size()));
  return bytes ? Value::of_bytes(Type::kBytes, *bytes) : Value();
}

}  // namespace

std::optional<Literal> take_literal(const std::vector<Token>& tokens, size_t& at) {
  LiteralReader reader(tokens, at);
  std::optional<Literal> literal = reader.read(0);
  if (literal) at = reader.at();
  return literal;
}

std::optional<std::string> take_cast(const std::vector<Token>& tokens, size_t& at) {
  if (at >= tokens.size() || !tokens[at].is_sign("::")) return std::nullopt;
  TypeReader reader(tokens, at + 1);
  std::optional<std::string> type = reader.read();
  if (type) at = reader.at();
  return type;
}

Value literal_value(const dialect::Catalogue& catalogue, Type type, const Literal& literal) {
  const bool kept = std::all_of(
      literal.casts.begin(), literal.casts.end(),
      [&](const std::string& cast) { return keeps(catalogue, type, cast, literal.text); });
  if (!kept) return {};
  if (type == Type::kBool) return bool_value(literal);
  if (type == Type::kBytes) return bytes_value(literal);
  const bool is_word = literal.kind == Kind::kName && !literal.quoted;
  return is_word || literal.kind == Kind::kBlob ? Value() : value_of(type, literal.text);
}

}  // namespace thing::migrate
