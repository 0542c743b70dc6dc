// Columns that this library makes compare by bytes, without padding; others by their collation.
// Text operators compare bytes whatever the column's collation is:
//
//   contains    LOCATE(v, b) > 0, where b is CONVERT(c USING utf8mb4) COLLATE utf8mb4_bin
//   startsWith  c LIKE v% AND LOCATE(v, b) = 1: an index on c can serve LIKE, which holds for all
//               texts that start with v and, under a collation that folds, for more. On MariaDB
//               LOCATE alone: through an index its LIKE (10.11, utf8mb4_nopad_bin) does not find
//               texts that go on with a character above U+FFFF
//   endsWith    b LIKE %v; unlike =, LIKE pads nothing, even under utf8mb4_bin
//
// Insensitive: LOWER() folds as the character set has it, É and the Kelvin sign too. ASCII alone
// folds when the bytes of the text are taken for a character set of one byte, all of which it has,
// and in which nothing but ASCII has cases. "hebrew" is one that both servers are built with. The
// result is bytes, which are compared and searched as such; bytes of UTF-8 are found only where a
// character begins.
#include "dialect/condition.h"

#include <fmt/format.h>

#include "dialect/mysql/mysql.h"

namespace thing::dialect {
namespace {

using query::Node;
using value::Type;

std::string in_bytes(const std::string& column) {
  return fmt::format("CONVERT({} USING utf8mb4) COLLATE utf8mb4_bin", column);
}

// A pattern of LIKE that stands for the value itself.
std::string pattern(const std::string& value) {
  return fmt::format("REPLACE(REPLACE(REPLACE({}, '!', '!!'), '%', '!%'), '_', '!_')", value);
}

std::string number(const std::string& text) {
  return fmt::format("CAST({} AS DECIMAL(65,30))", text);
}

}  // namespace

std::string lower_ascii(const std::string& text) {
  return fmt::format("CAST(LOWER(CONVERT(CAST({} AS BINARY) USING hebrew)) AS BINARY)", text);
}

std::string Mysql::compared(std::string column, Type type) const {
  return type == Type::kDecimal ? number(column) : column;
}

std::string Mysql::compared_value(std::string value, Type type) const {
  return compared(std::move(value), type);
}

std::string Mysql::folded(std::string column) const {
  return lower_ascii(fmt::format("CONVERT({} USING utf8mb4)", column));
}

std::string Mysql::folded_value(std::string value) const { return lower_ascii(value); }

std::string Mysql::contains(Condition& condition, const Term& term) const {
  const Node& node = *term.node;
  const std::string column =
      node.insensitive ? condition.folded_column(node) : in_bytes(condition.column(node));
  return fmt::format("LOCATE({}, {}) {}", condition.folded_value(node), column,
                     term.negated ? "= 0" : "> 0");
}

std::string Mysql::starts_with(Condition& condition, const Term& term) const {
  const Node& node = *term.node;
  const std::string value = condition.folded_value(node);
  if (node.insensitive || is_mariadb()) {
    const std::string text =
        node.insensitive ? condition.folded_column(node) : in_bytes(condition.column(node));
    return fmt::format("LOCATE({}, {}) {} 1", value, text, term.negated ? "<>" : "=");
  }
  const std::string column = condition.column(node);
  return fmt::format("{}({} LIKE CONCAT({}, '%') ESCAPE '!' AND LOCATE({}, {}) = 1)",
                     term.negated ? "NOT " : "", column, pattern(value), condition.value(node),
                     in_bytes(column));
}

std::string Mysql::ends_with(Condition& condition, const Term& term) const {
  const Node& node = *term.node;
  const std::string value = condition.value(node);
  if (node.insensitive) {
    return fmt::format("RIGHT({}, LENGTH({})) {} {}", condition.folded_column(node), value,
                       term.negated ? "<>" : "=", condition.folded_value(node));
  }
  return fmt::format("{} {}LIKE CONCAT('%', {}) ESCAPE '!'", in_bytes(condition.column(node)),
                     term.negated ? "NOT " : "", pattern(value));
}

std::string Mysql::different(const std::string& column, const std::string& value) const {
  return fmt::format("NOT ({} <=> {})", column, value);
}

namespace {

// The elements of a list as rows: their number and their value as it is compared.
std::string elements(const std::string& list, Type element, std::string_view alias) {
  const std::string_view type = element == Type::kInt     ? "BIGINT"
                                : element == Type::kFloat ? "DOUBLE"
                                                          : "LONGTEXT CHARACTER SET utf8mb4";
  return fmt::format("JSON_TABLE({}, '$[*]' COLUMNS (i FOR ORDINALITY, v {} PATH '$')) AS {}", list,
                     type, alias);
}

// Decimals without the zeros behind their last digit, everything else but numbers as bytes: the
// text is that of the canonical form.
std::string element_value(Type element, std::string_view alias) {
  if (element == Type::kInt || element == Type::kFloat) return fmt::format("{}.v", alias);
  if (element != Type::kDecimal) return fmt::format("CAST({}.v AS BINARY)", alias);
  return fmt::format(
      "IF(LOCATE('.', {0}.v) > 0, TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM {0}.v)), {0}.v)",
      alias);
}

}  // namespace

// JSON_CONTAINS takes integers for doubles, and texts for what they are not, so elements are made
// rows and compared as values of their type. A subquery about NULL would have an answer.
std::string Mysql::list_condition(Condition& condition, const Term& term) const {
  const Node& node = *term.node;
  const Type element = value::element_of(condition.type(node));
  const std::string column = condition.column(node);
  const bool is_equality = term.op == query::Op::kEq || term.op == query::Op::kNe;
  const std::string length = is_equality ? fmt::format("JSON_LENGTH({}) = JSON_LENGTH({}) AND ",
                                                       column, condition.value(node))
                                         : "";
  const std::string found = elements(column, element, "h");
  const std::string wanted = elements(condition.value(node), element, "n");
  const std::string same =
      fmt::format("{} <=> {}", element_value(element, "h"), element_value(element, "n"));
  std::string test;
  if (is_equality) {
    test = fmt::format("{}NOT EXISTS (SELECT 1 FROM {} JOIN {} ON h.i = n.i WHERE NOT ({}))",
                       length, found, wanted, same);
  } else if (term.op != query::Op::kHasEvery) {  // of one element has is hasSome
    test = fmt::format("EXISTS (SELECT 1 FROM {} JOIN {} ON {})", found, wanted, same);
  } else {
    test = fmt::format("NOT EXISTS (SELECT 1 FROM {} WHERE NOT EXISTS (SELECT 1 FROM {} WHERE {}))",
                       wanted, found, same);
  }
  const bool negated = term.negated || term.op == query::Op::kNe;
  return fmt::format("({} IS NOT NULL AND {}({}))", column, negated ? "NOT " : "", test);
}

// The optimizer finds no range for (a, b) > (?, ?).
bool Mysql::has_row_values(Type /*type*/) const { return false; }

}  // namespace thing::dialect
