#include "query/lowering.h"

#include <algorithm>
#include <utility>

#include "query/scopes.h"

namespace thing::query {
namespace {

// What relations are asked for means of the rows between and at the end: those that are deleted
// count where the query asks for all.
Scope related_scope(Scope scope) { return scope == Scope::kAll ? Scope::kAll : Scope::kAlive; }

Node all_of(Node node) {
  Node out = Node::group(NodeKind::kAnd);
  out.children.push_back(std::move(node));
  return out;
}

bool is_fixed(const schema::Step& step, bool of_to) {
  return step.fixed.has_value() && step.fixed->of_to == of_to;
}

}  // namespace

Lowering::Lowering(Query& query, const Sight& sight)
    : query_(query), sight_(related_scope(sight.deleted), sight.scoped) {}

Node Lowering::lower(const Node& node, uint32_t first) {
  if (node.kind == NodeKind::kRelated) return related(node);
  Node out = node;
  out.children.clear();
  out.param += first;
  for (const Node& child : node.children) out.children.push_back(lower(child, first));
  return out;
}

Node Lowering::related(const Node& node) {
  query_.has_related = true;
  Node condition = Node::group(NodeKind::kAnd);
  for (const Node& child : node.children) condition.children.push_back(lower(child));
  if (node.quantifier == Quantifier::kEvery) {
    condition.kind = NodeKind::kUntrue;
    condition = all_of(std::move(condition));
  }
  Node exists = along(node.link->steps, 0, std::move(condition));
  if (node.quantifier == Quantifier::kSome) return exists;
  Node none = Node::group(NodeKind::kNot);
  none.children.push_back(std::move(exists));
  return none;
}

void Lowering::add_asked(const schema::Step& step, std::vector<Node>& parts) {
  add_scope(*step.to, sight_.deleted, parts, query_.params);
  if (sight_.scoped && step.to->conditions != nullptr)
    step.to->conditions->add_defaults(parts, query_.params);
  if (is_fixed(step, true)) parts.push_back(fixed(step));
  if (!step.criteria.empty()) add_criteria(step, parts);
}

Node Lowering::along(const std::vector<schema::Step>& steps, size_t i, Node condition) {
  const schema::Step& step = steps[i];
  Node exists = Node::group(NodeKind::kExists);
  exists.step = &step;
  add_asked(step, exists.children);
  exists.children.push_back(i + 1 == steps.size() ? std::move(condition)
                                                  : along(steps, i + 1, std::move(condition)));
  if (!is_fixed(step, false)) return exists;
  Node both = Node::group(NodeKind::kAnd);
  both.children.push_back(fixed(step));
  both.children.push_back(std::move(exists));
  return both;
}

// It was read when the step was made, so it can be.
void Lowering::add_criteria(const schema::Step& step, std::vector<Node>& parts) {
  const auto criteria = step_criteria(step);
  if (!criteria) return;
  const auto first = static_cast<uint32_t>(query_.params.size());
  query_.params.insert(query_.params.end(), criteria->params().begin(), criteria->params().end());
  parts.push_back(lower(criteria->where(), first));
}

Node Lowering::fixed(const schema::Step& step) {
  const auto param = static_cast<uint32_t>(query_.params.size());
  query_.params.push_back(step.fixed->value);
  return Node::compare(Op::kEq, step.fixed->field, param, 1);
}

// ---- orders

RelatedValue::Hop Lowering::hop(const schema::Link& link) {
  RelatedValue::Hop out;
  out.link = &link;
  for (size_t i = 0; i < link.steps.size(); ++i) {
    const schema::Step& step = link.steps[i];
    Node asked = Node::group(NodeKind::kAnd);
    add_asked(step, asked.children);
    if (i > 0 && is_fixed(step, false)) out.where[i - 1].children.push_back(fixed(step));
    out.where.push_back(std::move(asked));
  }
  for (Node& where : out.where) where = flat(where);
  const auto last = step_criteria(link.steps.back());
  if (last) out.order = complete_order(*last);
  return out;
}

RelatedValue Lowering::value_of(const RelatedOrder& order) {
  query_.has_related = true;
  RelatedValue out;
  out.field = order.field;
  for (const schema::Link* const link : order.path) out.path.push_back(hop(*link));
  return out;
}

}  // namespace thing::query
