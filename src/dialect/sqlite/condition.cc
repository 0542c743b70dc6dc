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
#include "dialect/sqlite/condition.h"

#include <bit>

#include "dialect/sqlite/quoting.h"

namespace thing::dialect {
namespace {

using query::Node;
using query::Op;

// SQLite's limits: a parser stack of 100, of which a group that is not the first of its parts takes
// three, and expressions 1,000 deep, of which a group of n parts takes n.
constexpr int kDeep = 12;
constexpr size_t kFlat = 64;
constexpr size_t kFlatWhenDeep = 4;

// Lists are filled up to few different lengths, so that few different statements are prepared.
uint32_t padded(uint32_t count) {
  constexpr uint32_t kStep = 512;
  return count <= kStep ? std::bit_ceil(count) : (count + kStep - 1) / kStep * kStep;
}

}  // namespace

void SqliteCondition::write_where(const Node& where) {
  Term root = to_terms(where);
  if (root.is_always()) return;
  sql_ += " WHERE ";
  write_root(root);
}

void SqliteCondition::write_where(const query::Query& query, bool with_keyset) {
  with_keyset = with_keyset && query.keyset && !query.order.empty();
  if (!with_keyset) return write_where(query.where);
  sql_ += " WHERE ";
  Term root = to_terms(query.where);
  if (!root.is_always()) {
    const bool any = root.kind == Term::Kind::kAny && !root.parts.empty();
    if (any) sql_ += '(';
    write_root(root);
    sql_ += any ? ") AND " : " AND ";
  }
  write_keyset(query, sql_, *arguments_);
}

void SqliteCondition::write_root(Term& root) {
  const bool deep = root.height > kDeep;
  flat_ = deep ? kFlatWhenDeep : kFlat;
  if (deep) put_deepest_first(root);
  write(root);
}

void SqliteCondition::write(const Term& term) {
  if (!term.is_group()) return write_comparison(term);
  if (term.parts.empty()) {
    sql_ += term.kind == Term::Kind::kAll ? '1' : '0';
    return;
  }
  write_range(term, 0, term.parts.size());
}

void SqliteCondition::write_nested(const Term& term) {
  const bool parentheses = term.is_group() && !term.parts.empty();
  if (parentheses) sql_ += '(';
  write(term);
  if (parentheses) sql_ += ')';
}

void SqliteCondition::write_range(const Term& group, size_t begin, size_t end) {
  const std::string_view joint = group.kind == Term::Kind::kAll ? " AND " : " OR ";
  if (end - begin > flat_) {
    const size_t middle = begin + (end - begin) / 2;
    sql_ += '(';
    write_range(group, begin, middle);
    sql_ += ')';
    sql_ += joint;
    sql_ += '(';
    write_range(group, middle, end);
    sql_ += ')';
    return;
  }
  for (size_t i = begin; i < end; i++) {
    if (i > begin) sql_ += joint;
    write_nested(group.parts[i]);
  }
}

void SqliteCondition::write_comparison(const Term& term) {
  switch (term.op) {
    case Op::kEq: return write_simple(term, " = ");
    case Op::kNe: return write_simple(term, " <> ");
    case Op::kLt: return write_simple(term, " < ");
    case Op::kLe: return write_simple(term, " <= ");
    case Op::kGt: return write_simple(term, " > ");
    case Op::kGe: return write_simple(term, " >= ");
    case Op::kContains: return write_contains(term);
    case Op::kStartsWith:
      return term.node->insensitive ? write_starts_with_insensitive(term) : write_starts_with(term);
    case Op::kEndsWith: return write_ends_with(term);
    case Op::kIn:
    case Op::kNotIn: return write_list(term);
    case Op::kIsNull:
    case Op::kIsNotNull:
      column(*term.node);
      sql_ += term.op == Op::kIsNull ? " IS NULL" : " IS NOT NULL";
  }
}

void SqliteCondition::write_simple(const Term& term, std::string_view op) {
  folded_column(*term.node);
  sql_ += sqlite_collation(model_.fields[term.node->field].type);
  sql_ += op;
  folded_value(*term.node);
}

void SqliteCondition::write_list(const Term& term) {
  const Node& node = *term.node;
  if (node.count == 0) {
    sql_ += term.op == Op::kIn ? '0' : '1';
    return;
  }
  folded_column(node);
  sql_ += sqlite_collation(model_.fields[node.field].type);
  sql_ += term.op == Op::kIn ? " IN (" : " NOT IN (";
  const uint32_t length = arguments_ != nullptr ? padded(node.count) : node.count;
  for (uint32_t i = 0; i < length; i++) {
    if (i > 0) sql_ += ", ";
    folded_value(node, i < node.count ? i : node.count - 1);
  }
  sql_ += ')';
}

void SqliteCondition::write_contains(const Term& term) {
  sql_ += "instr(";
  folded_column(*term.node);
  sql_ += ", ";
  folded_value(*term.node);
  sql_ += term.negated ? ") = 0" : ") > 0";
}

void SqliteCondition::write_starts_with(const Term& term) {
  const Node& node = *term.node;
  sql_ += term.negated ? "NOT (" : "(";
  column(node);
  sql_ += " >= ";
  value(node);
  sql_ += " AND ";
  column(node);
  sql_ += " < CAST(";
  value(node);
  sql_ += " AS BLOB) || X'FFFF' AND instr(";
  column(node);
  sql_ += ", ";
  value(node);
  sql_ += ") = 1)";
}

void SqliteCondition::write_starts_with_insensitive(const Term& term) {
  sql_ += "instr(";
  folded_column(*term.node);
  sql_ += ", ";
  folded_value(*term.node);
  sql_ += term.negated ? ") <> 1" : ") = 1";
}

void SqliteCondition::write_ends_with(const Term& term) {
  sql_ += "instr(";
  folded_column(*term.node);
  sql_ += " || X'FFFF', ";
  folded_value(*term.node);
  sql_ += term.negated ? " || X'FFFF') = 0" : " || X'FFFF') > 0";
}

void SqliteCondition::column(const Node& node) {
  sql_ += arguments_ != nullptr ? sqlite_column(model_, node.field)
                                : sqlite_identifier(model_.fields[node.field].column);
}

void SqliteCondition::value(const Node& node, uint32_t i) {
  if (arguments_ == nullptr) {
    sql_ += sqlite_literal(params_[node.param + i].view());
    return;
  }
  sql_ += '?';
  arguments_->push_back({Argument::From::kParam, node.param + i});
}

// ASCII letters fold by lower() rather than by COLLATE NOCASE, which stops comparing at a NUL.
void SqliteCondition::folded_column(const Node& node) {
  if (!node.insensitive) return column(node);
  sql_ += "lower(";
  column(node);
  sql_ += ')';
}

void SqliteCondition::folded_value(const Node& node, uint32_t i) {
  if (!node.insensitive) return value(node, i);
  sql_ += "lower(";
  value(node, i);
  sql_ += ')';
}

}  // namespace thing::dialect
