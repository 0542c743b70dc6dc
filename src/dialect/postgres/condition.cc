// Text operators compare characters, which for UTF-8 is comparing bytes, under the collation "C":
// other collations may be nondeterministic, and an index serves starts_with() under "C" alone (with
// PostgreSQL 15 and later), the collation of the columns that this library makes.
//
//   contains    strpos(c COLLATE "C", v) > 0
//   startsWith  starts_with(c COLLATE "C", v)
//   endsWith    right(c COLLATE "C", char_length(v)) = v
//
// lower() under "C" folds ASCII letters and nothing else. NULL stays NULL in all of them, and the
// empty text is found everywhere.
#include "dialect/condition.h"

#include <fmt/format.h>

#include "dialect/postgres/postgres.h"

namespace thing::dialect {
namespace {

constexpr std::string_view kBytes = " COLLATE \"C\"";

std::string bytes_column(const Condition& condition, const query::Node& node) {
  return node.insensitive ? condition.folded_column(node) : condition.column(node).append(kBytes);
}

}  // namespace

// json has no equality of its own, its text is compared.
std::string Postgres::compared(std::string column, value::Type type) const {
  return type == value::Type::kJson ? column.append("::text").append(kBytes) : column;
}

std::string Postgres::folded(std::string column) const {
  return fmt::format("lower({}{})", column, kBytes);
}

std::string Postgres::folded_value(std::string value) const {
  return fmt::format("lower({}::text{})", value, kBytes);
}

std::string Postgres::contains(Condition& condition, const Term& term) const {
  return fmt::format("strpos({}, {}) {}", bytes_column(condition, *term.node),
                     condition.folded_value(*term.node), term.negated ? "= 0" : "> 0");
}

std::string Postgres::starts_with(Condition& condition, const Term& term) const {
  return fmt::format("{}starts_with({}, {})", term.negated ? "NOT " : "",
                     bytes_column(condition, *term.node), condition.folded_value(*term.node));
}

std::string Postgres::ends_with(Condition& condition, const Term& term) const {
  const query::Node& node = *term.node;
  const std::string value = condition.value(node);
  return fmt::format("right({}, char_length({}::text)) {} {}", bytes_column(condition, node), value,
                     term.negated ? "<>" : "=", node.insensitive ? folded_value(value) : value);
}

// Elements are equal as values of their type. Arrays of foreign tables may count their elements
// from another number than 1, which = looks at; those of a slice are counted from 1.
std::string Postgres::list_condition(Condition& condition, const Term& term) const {
  const query::Node& node = *term.node;
  const value::Type element = value::element_of(condition.type(node));
  const bool is_text = element == value::Type::kText || element == value::Type::kEnum;
  std::string column = condition.column(node);
  if (is_text) column.append(kBytes);
  switch (term.op) {
    case query::Op::kEq: return fmt::format("({})[:] = {}", column, condition.value(node));
    case query::Op::kNe: return fmt::format("({})[:] <> {}", column, condition.value(node));
    default: break;
  }
  return fmt::format("{}{} {} {}", term.negated ? "NOT " : "", column,
                     term.op == query::Op::kHasSome ? "&&" : "@>", condition.value(node));
}

std::string Postgres::different(const std::string& column, const std::string& value) const {
  return column + " IS DISTINCT FROM " + value;
}

bool Postgres::has_row_values(value::Type type) const { return type != value::Type::kJson; }

}  // namespace thing::dialect
