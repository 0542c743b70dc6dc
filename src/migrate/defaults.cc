#include "migrate/defaults.h"

#include <fmt/format.h>

#include "base/time.h"
#include "base/uuid.h"
#include "dialect/sqlite/ddl.h"
#include "migrate/tokens.h"
#include "text/json.h"

namespace thing::migrate {
namespace {

using value::Type;
using value::Value;
using Kind = Token::Kind;

// A literal as text, its sign included; false when it is not one.
bool literal_text(const std::vector<Token>& tokens, std::string& text) {
  const bool has_sign = tokens.size() == 2 && (tokens[0].is_sign("-") || tokens[0].is_sign("+"));
  if (has_sign && tokens[1].kind == Kind::kNumber) {
    text = (tokens[0].is_sign("-") ? "-" : "") + tokens[1].text;
    return true;
  }
  // A name in double quotes that is no column is a text, and a default knows no columns.
  const bool single = tokens.size() == 1 && (tokens[0].kind == Kind::kText ||
                                             tokens[0].kind == Kind::kNumber || tokens[0].quoted);
  if (single) text = tokens[0].text;
  return single;
}

// CAST(X'..' AS TEXT), in which this library writes text with control characters.
bool is_cast_text(const std::vector<Token>& t) {
  return t.size() == 6 && t[0].is_word("cast") && t[1].is_sign("(") && t[2].kind == Kind::kBlob &&
         t[3].is_word("as") && t[4].is_word("text") && t[5].is_sign(")");
}

bool is_word(const std::vector<Token>& tokens, std::string_view word) {
  return tokens.size() == 1 && tokens[0].is_word(word);
}

Value bool_literal(const std::vector<Token>& tokens) {
  std::string text;
  const bool literal = literal_text(tokens, text);
  if (is_word(tokens, "true") || (literal && text == "1")) return Value::of_int(Type::kBool, 1);
  if (is_word(tokens, "false") || (literal && text == "0")) return Value::of_int(Type::kBool, 0);
  return {};
}

Value literal(Type type, const std::vector<Token>& tokens) {
  if (type == Type::kBool) return bool_literal(tokens);
  std::string text;
  if (type == Type::kBytes) {
    return tokens.size() == 1 && tokens[0].kind == Kind::kBlob
               ? Value::of_bytes(type, tokens[0].text)
               : Value();
  }
  if (is_cast_text(tokens)) {
    text = tokens[2].text;
  } else if (!literal_text(tokens, text)) {
    return {};
  }
  if (type == Type::kJson && !text::is_json(text)) return {};
  auto parsed = value::from_text(type, text);
  return parsed ? std::move(*parsed) : Value();
}

bool is_now(Type type, const std::vector<Token>& tokens) {
  return (type == Type::kDatetime && is_word(tokens, "current_timestamp")) ||
         (type == Type::kDate && is_word(tokens, "current_date")) ||
         (type == Type::kTime && is_word(tokens, "current_time"));
}

bool is_uuid(Type type, const std::vector<Token>& tokens) {
  static const std::vector<Token> expression = tokenize(dialect::kUuidExpression);
  return (type == Type::kUuid || type == Type::kText) && tokens == expression;
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

Value literal_value(Type type, const std::vector<Token>& tokens) { return literal(type, tokens); }

std::string default_json(Type type, bool nullable, std::string_view sql) {
  const std::vector<Token> tokens = tokenize(sql);
  if (nullable && is_word(tokens, "null")) return "null";
  if (is_now(type, tokens)) return R"({"fn":"now"})";
  if (is_uuid(type, tokens)) return R"({"fn":"uuid"})";
  const Value v = literal(type, tokens);
  // A bare JSON object or null would be read as something else.
  const bool ambiguous =
      v.type() == Type::kJson &&
      (v.view().bytes.find('{') != std::string_view::npos || v.view().bytes == "null");
  if (!v.is_null() && !ambiguous) return value_json(v.view());
  return "{\"sql\":" + quoted(sql) + "}";
}

}  // namespace thing::migrate
