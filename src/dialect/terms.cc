#include "dialect/terms.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace thing::dialect {
namespace {

using query::Node;
using query::NodeKind;
using query::Op;

// For an operator without an opposite, itself.
Op opposite(Op op) {
  switch (op) {
    case Op::kEq: return Op::kNe;
    case Op::kNe: return Op::kEq;
    case Op::kLt: return Op::kGe;
    case Op::kGe: return Op::kLt;
    case Op::kGt: return Op::kLe;
    case Op::kLe: return Op::kGt;
    case Op::kIn: return Op::kNotIn;
    case Op::kNotIn: return Op::kIn;
    case Op::kIsNull: return Op::kIsNotNull;
    case Op::kIsNotNull: return Op::kIsNull;
    case Op::kContains:
    case Op::kStartsWith:
    case Op::kEndsWith:
    case Op::kHas:
    case Op::kHasEvery:
    case Op::kHasSome:
    case Op::kHasKey: break;
  }
  return op;
}

// What is neither less nor greater may be of another kind, and what has no length be no array.
bool has_opposite(const Node& node) {
  if (node.document.empty()) return true;
  const bool is_order =
      node.op == Op::kLt || node.op == Op::kLe || node.op == Op::kGt || node.op == Op::kGe;
  return !is_order && !value::DocumentShape(node.document).is_length();
}

Term comparison(const Node& node, bool negated) {
  Term term;
  term.kind = Term::Kind::kCompare;
  term.node = &node;
  term.op = negated && has_opposite(node) ? opposite(node.op) : node.op;
  term.negated = negated && term.op == node.op;
  return term;
}

// As deep for SQLite's parser as groups are.
constexpr int kExistsHeight = 3;

void add_part(Term& group, Term part) {
  if (part.kind != group.kind) {
    const int more = part.is_group() ? 1 : 0;
    group.height = std::max(group.height, part.height + more);
    group.parts.push_back(std::move(part));
    return;
  }
  group.height = std::max(group.height, part.height);
  std::move(part.parts.begin(), part.parts.end(), std::back_inserter(group.parts));
}

Term convert(const Node& node, bool negated);

// What negates it is not pushed inside.
Term enclosing(const Node& node, bool negated) {
  Term term;
  term.kind = node.kind == NodeKind::kExists ? Term::Kind::kExists : Term::Kind::kUntrue;
  term.node = &node;
  term.negated = negated;
  Term inside;
  for (const Node& child : node.children) add_part(inside, convert(child, false));
  term.height = inside.height + kExistsHeight;
  term.parts.push_back(std::move(inside));
  return term;
}

Term convert(const Node& node, bool negated) {
  if (node.kind == NodeKind::kCompare) return comparison(node, negated);
  if (node.kind == NodeKind::kExists || node.kind == NodeKind::kUntrue)
    return enclosing(node, negated);
  if (node.kind == NodeKind::kNot) negated = !negated;
  Term group;
  group.kind = (node.kind == NodeKind::kOr) == negated ? Term::Kind::kAll : Term::Kind::kAny;
  for (const Node& child : node.children) add_part(group, convert(child, negated));
  if (group.parts.size() != 1) return group;
  Term only = std::move(group.parts.front());
  return only;
}

}  // namespace

Term to_terms(const Node& where) { return convert(where, false); }

void put_deepest_first(Term& term) {
  const auto depth = [](const Term& t) { return t.kind == Term::Kind::kCompare ? -1 : t.height; };
  std::stable_sort(term.parts.begin(), term.parts.end(),
                   [&depth](const Term& a, const Term& b) { return depth(a) > depth(b); });
  for (Term& part : term.parts) put_deepest_first(part);
}

}  // namespace thing::dialect
