// Text operators compare bytes, whatever they hold: SQLite's substr() and length() stop at a NUL
// and LIKE folds case, instr() does neither. `contains` is instr(c, v) > 0; the other two rest on
// bytes that no UTF-8 text has:
//
//   startsWith  c >= v AND c < v·FFFF AND instr(c, v) = 1
//               The range holds exactly the texts that start with v, and an index on c can serve
//               it; instr() keeps the answer right when the column has a collation of its own.
//               v·FFFF is CAST(v AS BLOB) || X'FFFF': joining bytes gives text in the database's
//               encoding.
//   endsWith    instr(c·FFFF, v·FFFF) > 0
//               The mark can only be found at the end.
//
// NULL stays NULL in all of them, and the empty text is found everywhere.
#include "dialect/condition.h"

#include <fmt/format.h>

#include "dialect/sqlite/quoting.h"
#include "dialect/sqlite/sqlite.h"

namespace thing::dialect {

std::string Sqlite::compared(std::string column, value::Type type) const {
  return column.append(sqlite_collation(type));
}

// ASCII letters fold by lower() rather than by COLLATE NOCASE, which stops comparing at a NUL.
std::string Sqlite::folded(std::string column) const { return "lower(" + column + ")"; }
std::string Sqlite::folded_value(std::string value) const { return "lower(" + value + ")"; }

std::string Sqlite::contains(Condition& condition, const Term& term) const {
  const query::Node& node = *term.node;
  return fmt::format("instr({}, {}) {}", condition.folded_column(node),
                     condition.folded_value(node), term.negated ? "= 0" : "> 0");
}

std::string Sqlite::starts_with(Condition& condition, const Term& term) const {
  const query::Node& node = *term.node;
  const std::string column = condition.folded_column(node);
  const std::string value = condition.folded_value(node);
  if (node.insensitive)
    return fmt::format("instr({}, {}) {} 1", column, value, term.negated ? "<>" : "=");
  const std::string end = condition.value(node);
  return fmt::format(
      "{0}({1} >= {2} AND {1} < CAST({3} AS BLOB) || X'FFFF' AND instr({1}, {4}) = 1)",
      term.negated ? "NOT " : "", column, value, end, condition.value(node));
}

std::string Sqlite::ends_with(Condition& condition, const Term& term) const {
  const query::Node& node = *term.node;
  return fmt::format("instr({} || X'FFFF', {} || X'FFFF') {}", condition.folded_column(node),
                     condition.folded_value(node), term.negated ? "= 0" : "> 0");
}

// A function that every connection has: thing_list(test, type of the elements, list, other list).
std::string Sqlite::list_condition(Condition& condition, const Term& term) const {
  using query::Op;
  const query::Node& node = *term.node;
  const std::string_view test = term.op == Op::kHasSome                    ? "some"
                                : term.op == Op::kEq || term.op == Op::kNe ? "equal"
                                                                           : "every";
  const value::Type element = value::element_of(condition.type(node));
  return fmt::format("{}thing_list('{}', '{}', {}, {})",
                     term.negated || term.op == Op::kNe ? "NOT " : "", test,
                     value::type_name(element), condition.column(node), condition.value(node));
}

// A function that every connection has: thing_json(test, whether it is insensitive, shape,
// document, values...).
std::string Sqlite::document_condition(Condition& condition, const Term& term) const {
  const query::Node& node = *term.node;
  const query::DocumentTestOp test = query::document_op(term.op, node.document);
  std::string out =
      fmt::format("{}thing_json('{}', {}, '{}', {}", test.negated != term.negated ? "NOT " : "",
                  value::document_op_name(test.op), node.insensitive ? 1 : 0, node.document,
                  condition.column(node));
  for (uint32_t i = 0; i < node.count; ++i) out += ", " + condition.value(node, i);
  return out + ')';
}

std::string Sqlite::different(const std::string& column, const std::string& value) const {
  return column + " IS NOT " + value;
}

// Decimals have a collation of their own, which a row value can not name.
bool Sqlite::has_row_values(value::Type type) const { return type != value::Type::kDecimal; }

}  // namespace thing::dialect
