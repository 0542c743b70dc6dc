#include "migrate/defaults.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/time.h"
#include "base/uuid.h"
#include "migrate/literals.h"
#include "migrate/tokens.h"
#include "text/json.h"

namespace thing::migrate {
namespace {

using value::Type;
using value::Value;
using Kind = Token::Kind;

// What stands in parentheses behind the word: a literal, then `rest`. Nothing follows.
std::optional<Literal> argument_of(std::string_view word, const std::vector<Token>& tokens,
                                   const std::vector<Token>& rest) {
  if (tokens.size() < 3 || !tokens[0].is_word(word) || !tokens[1].is_sign("(")) return std::nullopt;
  size_t at = 2;
  std::optional<Literal> literal = take_literal(tokens, at);
  const std::vector<Token> behind(tokens.begin() + static_cast<ptrdiff_t>(at), tokens.end());
  return behind == rest ? literal : std::nullopt;
}

// CAST(X'..' AS TEXT) and CONVERT(X'..' USING utf8mb4), in which this library writes text that is
// no literal; MySQL shows bytes as 0x...
std::optional<std::string> converted_text(const std::vector<Token>& tokens) {
  static const std::vector<Token> as_text = tokenize("as text)");
  static const std::vector<Token> as_utf8 = tokenize("using utf8mb4)");
  std::optional<Literal> bytes = argument_of("cast", tokens, as_text);
  if (!bytes) bytes = argument_of("convert", tokens, as_utf8);
  if (!bytes) return std::nullopt;
  if (bytes->kind == Kind::kBlob) return bytes->text;
  const bool is_hexadecimal = bytes->kind == Kind::kNumber && bytes->text.starts_with("0x");
  return is_hexadecimal ? bytes_of_digits(bytes->text.substr(2)) : std::nullopt;
}

// UNHEX('..'), in which it writes bytes.
std::optional<std::string> converted_bytes(const std::vector<Token>& tokens) {
  const std::optional<Literal> digits = argument_of("unhex", tokens, tokenize(")"));
  return digits && digits->kind == Kind::kText ? bytes_of_digits(digits->text) : std::nullopt;
}

Value value_of(const dialect::Catalogue& catalogue, Type type, const std::vector<Token>& tokens) {
  if (const auto bytes = converted_bytes(tokens)) {
    const bool fits = type == Type::kBytes || (type == Type::kUuid && bytes->size() == 16);
    return fits ? Value::of_bytes(type, *bytes) : Value();
  }
  if (const auto text = converted_text(tokens))
    return literal_value(catalogue, type, {.text = *text, .casts = {}});
  size_t at = 0;
  const auto literal = take_literal(tokens, at);
  return literal && at == tokens.size() ? literal_value(catalogue, type, *literal) : Value();
}

bool is_null(const std::vector<Token>& tokens) {
  size_t at = 0;
  const auto literal = take_literal(tokens, at);
  return literal && at == tokens.size() && literal->is_word("null");
}

std::string quoted(std::string_view text) {
  std::string out;
  text::append_json_string(out, text);
  return out;
}

std::string time_json(int (*print)(int64_t, char*), int64_t v) {
  char text[base::kMaxTimeText];
  const int length = print(v, text);
  return quoted({text, static_cast<size_t>(length)});
}

std::string uuid_json(std::string_view bytes) {
  char text[36];
  base::print_uuid(reinterpret_cast<const uint8_t*>(bytes.data()), text);
  return quoted({text, sizeof text});
}

template <class Write>
std::string written(Write write) {
  std::string out;
  text::JsonWriter writer(out);
  write(writer);
  return out;
}

}  // namespace

std::string value_json(const value::ValueView& v) {
  if (value::is_list(v.type)) return std::string(v.bytes);
  switch (v.type) {
    case Type::kNull: return "null";
    case Type::kBool: return v.integer != 0 ? "true" : "false";
    case Type::kInt: return fmt::format("{}", v.integer);
    case Type::kFloat: return written([&](text::JsonWriter& w) { w.real(v.real); });
    case Type::kDecimal:
    case Type::kText:
    case Type::kEnum: return quoted(v.bytes);
    case Type::kBytes: return written([&](text::JsonWriter& w) { w.base64(v.bytes); });
    case Type::kDatetime: return time_json(base::print_datetime_rfc3339, v.integer);
    case Type::kDate: return time_json(base::print_date, v.integer);
    case Type::kTime: return time_json(base::print_time, v.integer);
    case Type::kUuid: return uuid_json(v.bytes);
    case Type::kJson: return std::string(v.bytes);
  }
  return "null";
}

std::string default_json(const dialect::Catalogue& catalogue, Type type, bool nullable,
                         std::string_view sql) {
  const std::vector<Token> tokens = tokenize(sql, catalogue.spelling());
  const auto is_shown_as = [&](std::string_view known) {
    return tokens == tokenize(known, catalogue.spelling());
  };
  const auto is_one_of = [&](std::span<const std::string_view> known) {
    return std::any_of(known.begin(), known.end(), is_shown_as);
  };
  if (nullable && is_null(tokens)) return "null";
  if (is_one_of(catalogue.now_defaults(type))) return R"({"fn":"now"})";
  if (is_one_of(catalogue.uuid_defaults(type))) return R"({"fn":"uuid"})";
  const Value v = catalogue.is_shown(sql) ? value_of(catalogue, type, tokens) : Value();
  // A bare JSON object or null would be read as something else.
  const bool ambiguous =
      v.type() == Type::kJson &&
      (v.view().bytes.find('{') != std::string_view::npos || v.view().bytes == "null");
  if (!v.is_null() && !ambiguous) return value_json(v.view());
  return "{\"sql\":" + quoted(sql) + "}";
}

}  // namespace thing::migrate
