#include "migrate/conditions.h"

#include <algorithm>
#include <utility>

#include "migrate/defaults.h"
#include "migrate/literals.h"
#include "text/json.h"

namespace thing::migrate {
namespace {

using Kind = Token::Kind;
using Text = std::optional<std::string>;

constexpr int kMaxDepth = 40;  // of parentheses and NOTs

Text object(std::string_view key, const std::string& json) {
  std::string out = "{";
  text::append_json_string(out, key);
  return out + ":" + json + "}";
}

// Recursive descent; every function leaves at_ behind what it read, and what it returns is an
// object of criteria.
class ConditionReader {
 public:
  ConditionReader(const dialect::Catalogue& catalogue, const std::vector<Token>& tokens,
                  const std::vector<NamedColumn>& columns)
      : catalogue_(catalogue), tokens_(tokens), columns_(columns) {}

  Text read() {
    Text all = any_of(0);
    return at_ == tokens_.size() ? all : std::nullopt;
  }

 private:
  bool take_word(std::string_view word) { return take(peek() != nullptr && peek()->is_word(word)); }
  bool take_sign(std::string_view sign) { return take(peek() != nullptr && peek()->is_sign(sign)); }
  bool take(bool yes) {
    at_ += yes ? 1 : 0;
    return yes;
  }
  const Token* peek() const { return at_ < tokens_.size() ? &tokens_[at_] : nullptr; }

  template <class Part>
  Text joined(std::string_view word, std::string_view key, Part part) {
    Text first = part();
    if (!first || peek() == nullptr || !peek()->is_word(word)) return first;
    std::string list = "[" + *first;
    while (take_word(word)) {
      const Text next = part();
      if (!next) return std::nullopt;
      list += "," + *next;
    }
    return object(key, list + "]");
  }

  Text any_of(int depth) {
    return joined("or", "OR", [&] { return all_of(depth); });
  }
  Text all_of(int depth) {
    return joined("and", "AND", [&] { return one(depth); });
  }

  Text one(int depth) {
    if (depth > kMaxDepth) return std::nullopt;
    if (take_word("not")) {
      const Text negated = one(depth + 1);
      return negated ? object("NOT", *negated) : std::nullopt;
    }
    if (is_cast_column() || !take_sign("(")) return comparison();
    Text inner = any_of(depth + 1);
    return take_sign(")") ? inner : std::nullopt;
  }

  Text comparison() {
    const NamedColumn* column = read_column();
    if (column == nullptr) return std::nullopt;
    if (take_word("isnull")) return object(column->field, "null");
    if (take_word("notnull")) return object(column->field, R"({"not":null})");
    if (take_word("is")) return null_test(*column);
    if (take_word("between")) return between(*column);
    if (take_word("in")) return list(*column, "in");
    if (take_word("not")) return negated(*column);
    return simple(*column);
  }

  // (column)::text
  bool is_cast_column() const {
    return at_ + 3 < tokens_.size() && tokens_[at_].is_sign("(") &&
           tokens_[at_ + 1].kind == Kind::kName && tokens_[at_ + 2].is_sign(")") &&
           tokens_[at_ + 3].is_sign("::");
  }

  // Text that is cast to text stays what it is.
  const NamedColumn* read_column() {
    if (!is_cast_column()) return read_name();
    at_++;
    const NamedColumn* const column = read_name();
    at_++;
    const auto cast = take_cast(tokens_, at_);
    const bool is_kept = column != nullptr && column->type == value::Type::kText && cast == "text";
    return is_kept ? column : nullptr;
  }

  const NamedColumn* read_name() {
    if (peek() == nullptr || peek()->kind != Kind::kName) return nullptr;
    const auto found = std::find_if(columns_.begin(), columns_.end(),
                                    [&](const NamedColumn& c) { return c.column == peek()->text; });
    if (found == columns_.end()) return nullptr;
    at_++;
    if (found->type == value::Type::kDecimal && take_word("collate") && !take_word("thing_decimal"))
      return nullptr;
    return &*found;
  }

  Text null_test(const NamedColumn& column) {
    const bool negated = take_word("not");
    if (!take_word("null")) return std::nullopt;
    return object(column.field, negated ? R"({"not":null})" : "null");
  }

  Text between(const NamedColumn& column) {
    const Text low = literal(column);
    if (!low || !take_word("and")) return std::nullopt;
    const Text high = literal(column);
    return high ? object(column.field, *object("between", "[" + *low + "," + *high + "]"))
                : std::nullopt;
  }

  Text negated(const NamedColumn& column) {
    if (take_word("in")) return list(column, "notIn");
    if (!take_word("between")) return std::nullopt;
    const Text inside = between(column);
    return inside ? object("NOT", *inside) : std::nullopt;
  }

  Text list(const NamedColumn& column, std::string_view op) {
    return take_sign("(") ? values_up_to(")", column, op) : std::nullopt;
  }

  // ANY (ARRAY['a'::text, 'b'::text]), which may be cast: ANY ((ARRAY[...])::text[]).
  Text array(const NamedColumn& column, std::string_view op) {
    const bool opened = take_sign("(");
    const bool is_cast = take_sign("(");
    if (!opened || !take_word("array") || !take_sign("[")) return std::nullopt;
    Text values = values_up_to("]", column, op);
    if (is_cast && !(take_sign(")") && column.type == value::Type::kText &&
                     take_cast(tokens_, at_) == "text[]"))
      return std::nullopt;
    return take_sign(")") ? values : std::nullopt;
  }

  Text values_up_to(std::string_view end, const NamedColumn& column, std::string_view op) {
    std::string values;
    do {
      const Text v = literal(column);
      if (!v) return std::nullopt;
      values += (values.empty() ? "" : ",") + *v;
    } while (take_sign(","));
    return take_sign(end) ? object(column.field, *object(op, "[" + values + "]")) : std::nullopt;
  }

  Text simple(const NamedColumn& column) {
    constexpr std::pair<std::string_view, std::string_view> kOps[] = {
        {"=", "equals"}, {"<>", "not"}, {"<", "lt"}, {"<=", "lte"}, {">", "gt"}, {">=", "gte"}};
    for (const auto& [sign, op] : kOps) {
      if (!take_sign(sign)) continue;
      if (sign == "=" && take_word("any")) return array(column, "in");
      if (sign == "<>" && take_word("all")) return array(column, "notIn");
      const Text v = literal(column);
      return v ? object(column.field, *object(op, *v)) : std::nullopt;
    }
    return column.type == value::Type::kBool ? object(column.field, "true") : std::nullopt;
  }

  // A name in quotes is a column here. Conditions of indexes compare no lists.
  Text literal(const NamedColumn& column) {
    if (value::is_list(column.type)) return std::nullopt;
    const auto found = take_literal(tokens_, at_);
    if (!found || found->quoted) return std::nullopt;
    const value::Value v = literal_value(catalogue_, column.type, *found);
    return v.is_null() ? std::nullopt : Text(value_json(v.view()));
  }

  const dialect::Catalogue& catalogue_;
  const std::vector<Token>& tokens_;
  const std::vector<NamedColumn>& columns_;
  size_t at_ = 0;
};

}  // namespace

std::optional<std::string> criteria_of(const dialect::Catalogue& catalogue,
                                       const std::vector<Token>& condition,
                                       const std::vector<NamedColumn>& columns) {
  return ConditionReader(catalogue, condition, columns).read();
}

}  // namespace thing::migrate
