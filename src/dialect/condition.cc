#include "dialect/condition.h"

#include <bit>
#include <utility>

#include <fmt/format.h>

namespace thing::dialect {
namespace {

using query::Node;
using query::Op;

// Within SQLite's limits, the narrowest: a parser stack of 100, of which a group that is not the
// first of its parts takes three, and expressions 1,000 deep, of which a group of n parts takes n.
constexpr int kDeep = 12;
constexpr size_t kFlat = 64;
constexpr size_t kFlatWhenDeep = 4;

// Longer ones are one array where there are arrays: one statement for lists of every length, with
// one argument to plan for.
constexpr uint32_t kLongList = 8;

// Lists are filled up to few different lengths, so that few different statements are prepared.
uint32_t padded(uint32_t count) {
  constexpr uint32_t kStep = 512;
  return count <= kStep ? std::bit_ceil(count) : (count + kStep - 1) / kStep * kStep;
}

}  // namespace

void Condition::write_where(const Node& where) {
  Term root = to_terms(where);
  if (root.is_always()) return;
  sql_ += " WHERE ";
  write_root(root);
}

void Condition::write_where(const query::Query& query, bool with_keyset) {
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
  write_keyset(dialect_, query, draft_);
}

void Condition::write_root(Term& root) {
  const bool deep = root.height > kDeep;
  flat_ = deep ? kFlatWhenDeep : kFlat;
  if (deep) put_deepest_first(root);
  write(root);
}

bool Condition::is_deep() const { return flat_ == kFlatWhenDeep; }

void Condition::write(const Term& term) {
  if (term.kind == Term::Kind::kExists) return write_exists(term);
  if (term.kind == Term::Kind::kUntrue) return write_untrue(term);
  if (!term.is_group()) return write_comparison(term);
  if (term.parts.empty()) {
    sql_ += dialect_.truth(term.kind == Term::Kind::kAll);
    return;
  }
  write_range(term, 0, term.parts.size());
}

void Condition::write_nested(const Term& term) {
  const bool parentheses = term.is_group() && !term.parts.empty();
  if (parentheses) sql_ += '(';
  write(term);
  if (parentheses) sql_ += ')';
}

void Condition::write_range(const Term& group, size_t begin, size_t end) {
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

void Condition::write_comparison(const Term& term) {
  if (!term.node->document.empty()) {
    sql_ += dialect_.document_condition(*this, term);
    return;
  }
  const bool is_null_test = term.op == Op::kIsNull || term.op == Op::kIsNotNull;
  if (model_->fields[term.node->field].is_list() && !is_null_test) {
    sql_ += dialect_.list_condition(*this, term);
    return;
  }
  switch (term.op) {
    case Op::kEq: return write_simple(term, " = ");
    case Op::kNe: return write_simple(term, " <> ");
    case Op::kLt: return write_simple(term, " < ");
    case Op::kLe: return write_simple(term, " <= ");
    case Op::kGt: return write_simple(term, " > ");
    case Op::kGe: return write_simple(term, " >= ");
    case Op::kContains: sql_ += dialect_.contains(*this, term); return;
    case Op::kStartsWith: sql_ += dialect_.starts_with(*this, term); return;
    case Op::kEndsWith: sql_ += dialect_.ends_with(*this, term); return;
    case Op::kIn:
    case Op::kNotIn: return write_list(term);
    case Op::kIsNull: sql_ += column(*term.node) + " IS NULL"; return;
    case Op::kIsNotNull: sql_ += column(*term.node) + " IS NOT NULL"; return;
    case Op::kHas:
    case Op::kHasEvery:
    case Op::kHasSome:
    case Op::kHasKey: return;  // of lists and documents alone
  }
}

void Condition::write_simple(const Term& term, std::string_view op) {
  sql_ += compared_column(*term.node);
  sql_ += op;
  const Node& node = *term.node;
  if (node.other == schema::kNone) {
    sql_ += compared_value(node);
  } else {
    sql_ += dialect_.compared(column_of(static_cast<uint32_t>(node.other)), type(node));
  }
}

void Condition::write_list(const Term& term) {
  const Node& node = *term.node;
  if (node.count == 0) {
    sql_ += dialect_.truth(term.op == Op::kNotIn);
    return;
  }
  sql_ += compared_column(node);
  const bool is_plain = !node.insensitive && model_->fields[node.field].type != value::Type::kJson;
  if (node.count > kLongList && is_plain && !literals_ && dialect_.has_arrays()) {
    draft_.arguments.push_back({Argument::From::kParam, node.param, node.count});
    sql_ += term.op == Op::kIn ? " = ANY (" : " <> ALL (";
    sql_ += dialect_.placeholder(++draft_.placeholders) + ')';
    return;
  }
  sql_ += term.op == Op::kIn ? " IN (" : " NOT IN (";
  const uint32_t length = literals_ ? node.count : padded(node.count);
  for (uint32_t i = 0; i < length; i++) {
    if (i > 0) sql_ += ", ";
    sql_ += compared_value(node, i < node.count ? i : node.count - 1);
  }
  sql_ += ')';
}

// EXISTS (SELECT 1 FROM "posts" AS t1 WHERE t1."author_id" = t."id" AND ...)
void Condition::write_exists(const Term& term) {
  const schema::Step& step = *term.node->step;
  const std::string outer = std::exchange(alias_, fmt::format("{}{}", kTable, ++nested_));
  const schema::Model* const outer_model = std::exchange(model_, step.to);
  sql_ += term.negated ? "NOT EXISTS (SELECT 1 FROM " : "EXISTS (SELECT 1 FROM ";
  sql_ += dialect_.quote(step.to->table) + " AS " + alias_ + " WHERE ";
  const Term& inside = term.parts[0];
  const bool is_open = inside.is_always();
  // What is nested costs the parser least where it comes first.
  if (!is_open && is_deep()) {
    write_nested_any(inside);
    sql_ += " AND ";
  }
  write_step(step, outer);
  if (!is_open && !is_deep()) {
    sql_ += " AND ";
    write_nested_any(inside);
  }
  sql_ += ')';
  alias_ = outer;
  model_ = outer_model;
}

void Condition::write_nested_any(const Term& term) {
  if (term.kind == Term::Kind::kAny) return write_nested(term);
  write(term);
}

// The row that a step leads to has the keys of the one that it comes from.
void Condition::write_step(const schema::Step& step, const std::string& outer) {
  for (size_t i = 0; i < step.to_fields.size(); ++i) {
    if (i > 0) sql_ += " AND ";
    const value::Type type = step.to->fields[step.to_fields[i]].type;
    sql_ +=
        dialect_.compared(alias_ + '.' + dialect_.bare_column(*step.to, step.to_fields[i]), type);
    sql_ += " = ";
    sql_ += dialect_.compared(outer + '.' + dialect_.bare_column(*step.from, step.from_fields[i]),
                              type);
  }
}

void Condition::write_untrue(const Term& term) {
  sql_ += '(';
  write(term.parts[0]);
  sql_ += term.negated ? ") IS TRUE" : ") IS NOT TRUE";
}

std::string Condition::column(const Node& node) const { return column_of(node.field); }

std::string Condition::column_of(uint32_t field) const {
  const std::string bare = dialect_.bare_column(*model_, field);
  return literals_ ? bare : alias_ + '.' + bare;
}

std::string Condition::value(const Node& node, uint32_t i) {
  if (literals_) return dialect_.literal(params_[node.param + i].view());
  draft_.arguments.push_back({Argument::From::kParam, node.param + i});
  return dialect_.placeholder(++draft_.placeholders);
}

std::string Condition::folded_column(const Node& node) const {
  return node.insensitive ? dialect_.folded(column(node)) : column(node);
}

std::string Condition::folded_value(const Node& node, uint32_t i) {
  return node.insensitive ? dialect_.folded_value(value(node, i)) : value(node, i);
}

std::string Condition::compared_column(const Node& node) const {
  return dialect_.compared(folded_column(node), model_->fields[node.field].type);
}

std::string Condition::compared_value(const Node& node, uint32_t i) {
  return dialect_.compared_value(folded_value(node, i), model_->fields[node.field].type);
}

}  // namespace thing::dialect
