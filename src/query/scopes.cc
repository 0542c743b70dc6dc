#include "query/scopes.h"

#include <algorithm>

#include "base/utf8.h"

namespace thing::query {
namespace {

bool has(const std::vector<uint32_t>& numbers, size_t number) {
  return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
}

}  // namespace

base::Result<std::shared_ptr<const Scopes>> Scopes::parse(const schema::Model& model) {
  auto all = std::make_shared<Scopes>();
  for (const schema::Scope& scope : model.scopes) {
    Criteria criteria(model);
    if (!scope.where.empty()) {
      auto parsed = criteria.where_json(scope.where);
      if (!parsed || criteria.has_related())
        return base::fail(
            base::Error(base::Code::kModel,
                        fmt::format("{}: scope '{}': {}", model.name, scope.name,
                                    parsed ? "where: found a relation, expected fields"
                                           : parsed.error().message()))
                .model(model.name));
    }
    all->conditions_.push_back({flat(criteria.where()), criteria.params()});
    all->is_default_.push_back(scope.always);
    all->has_defaults_ = all->has_defaults_ || scope.always;
  }
  return std::shared_ptr<const Scopes>(std::move(all));
}

void Scopes::add_to(Query& q, const Criteria& criteria, const Sight& sight) const {
  for (size_t i = 0; i < conditions_.size(); ++i) {
    const bool holds = is_default_[i] && sight.scoped && !criteria.leaves_all_scopes_out() &&
                       !has(criteria.left_out(), i);
    if (!holds && !has(criteria.scopes(), i)) continue;
    add(i, q.where.children, q.params);
  }
}

void Scopes::add_defaults(std::vector<Node>& parts, std::vector<value::Value>& params) const {
  for (size_t i = 0; i < conditions_.size(); ++i) {
    if (is_default_[i]) add(i, parts, params);
  }
}

void Scopes::add(size_t scope, std::vector<Node>& parts, std::vector<value::Value>& params) const {
  const Condition& condition = conditions_[scope];
  const auto by = static_cast<uint32_t>(params.size());
  for (Node child : condition.where.children) {
    shift_params(child, by);
    parts.push_back(std::move(child));
  }
  params.insert(params.end(), condition.params.begin(), condition.params.end());
}

bool Scopes::restrict(const Criteria& criteria) const {
  return std::any_of(criteria.scopes().begin(), criteria.scopes().end(),
                     [this](uint32_t i) { return !conditions_[i].where.children.empty(); });
}

Membership Scopes::admit(const schema::Model& model, const value::RowView& row,
                         const Exactness& exactness) const {
  Membership all = Membership::kYes;
  for (size_t i = 0; i < conditions_.size(); ++i) {
    if (!is_default_[i]) continue;
    const Membership one =
        matches(conditions_[i].where, conditions_[i].params, model, row, exactness);
    if (one == Membership::kNo) return one;
    if (one == Membership::kMaybe) all = one;
  }
  return all;
}

// ---- of a criteria

base::Result<uint32_t> Criteria::find_scope(std::string_view name) const {
  const int found = model_->find_scope(name);
  if (found >= 0) return static_cast<uint32_t>(found);
  return base::fail(
      base::Error(base::Code::kInvalid, fmt::format("found scope {}, expected one of {}",
                                                    base::quoted(name), model_->name))
          .model(model_->name));
}

base::Status Criteria::scope(std::string_view name) {
  THING_ASSIGN(const uint32_t i, find_scope(name));
  if (!has(scopes_, i)) scopes_.push_back(i);
  return {};
}

base::Status Criteria::unscoped(std::string_view name) {
  THING_ASSIGN(const uint32_t i, find_scope(name));
  if (!has(left_out_, i)) left_out_.push_back(i);
  return {};
}

base::Status read_scopes(Criteria& criteria, const text::JsonNode& node) {
  using text::JsonKind;
  const bool adds = node.key == "scope";
  if (!adds && node.is(JsonKind::kBool)) {
    if (node.boolean) criteria.unscoped();
    return {};
  }
  const bool is_array = node.is(JsonKind::kArray);
  for (const text::JsonNode* n = is_array ? node.first : &node; n != nullptr;
       n = is_array ? n->next : nullptr) {
    if (!n->is(JsonKind::kString))
      return base::fail(base::Code::kType, "found {}, expected the name of a scope",
                        text::kind_name(n->kind));
    THING_TRY(adds ? criteria.scope(n->text) : criteria.unscoped(n->text));
  }
  return {};
}

}  // namespace thing::query
