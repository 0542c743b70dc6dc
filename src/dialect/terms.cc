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
    case Op::kHasSome: break;
  }
  return op;
}

Term comparison(const Node& node, bool negated) {
  Term term;
  term.kind = Term::Kind::kCompare;
  term.node = &node;
  term.op = negated ? opposite(node.op) : node.op;
  term.negated = negated && term.op == node.op;
  return term;
}

void add_part(Term& group, Term part) {
  if (part.kind != group.kind) {
    group.height = std::max(group.height, part.is_group() ? part.height + 1 : 0);
    group.parts.push_back(std::move(part));
    return;
  }
  group.height = std::max(group.height, part.height);
  std::move(part.parts.begin(), part.parts.end(), std::back_inserter(group.parts));
}

Term convert(const Node& node, bool negated) {
  if (node.kind == NodeKind::kCompare) return comparison(node, negated);
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
  std::stable_sort(term.parts.begin(), term.parts.end(), [](const Term& a, const Term& b) {
    return a.is_group() && (!b.is_group() || a.height > b.height);
  });
  for (Term& part : term.parts) put_deepest_first(part);
}

}  // namespace thing::dialect
