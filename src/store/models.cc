// Registering models: all of a document or none, with the relations that are whole with it.
#include <algorithm>

#include "query/scopes.h"
#include "schema/document.h"
#include "store/keys.h"
#include "store/store.h"

namespace thing::store {

using base::Code;
using base::fail;

namespace {

using Models = std::vector<std::unique_ptr<ModelState>>;

base::Status check_indexes(const schema::Model& model) {
  for (const schema::Index& index : model.indexes) {
    if (index.where.empty()) continue;
    query::Criteria criteria(model);
    auto parsed = criteria.where_json(index.where);
    if (parsed && !criteria.has_related() && !criteria.compares_fields() &&
        !criteria.tests_documents())
      continue;
    const std::string_view problem =
        !parsed                      ? std::string_view(parsed.error().message())
        : criteria.has_related()     ? "where: found a relation, expected fields"
        : criteria.compares_fields() ? "where: found a field to compare with, expected a value"
                                     : "where: found what a document holds, expected a field";
    return fail(base::Error(Code::kModel,
                            fmt::format("{}: index '{}': {}", model.name, index.name, problem))
                    .model(model.name));
  }
  return {};
}

base::Error wrong_relation(const schema::Link& link, std::string_view problem) {
  const schema::Model& model = *link.steps[0].from;
  return base::Error(Code::kModel,
                     fmt::format("{}: relations.{}: {}", model.name, link.relation->name, problem))
      .model(model.name);
}

// What relations ask for beyond their keys is of fields alone: which relations there are is not
// known yet.
base::Status check_criteria(const schema::Link& link) {
  const schema::Relation& relation = *link.relation;
  if (relation.criteria.empty()) return {};
  auto parsed = query::step_criteria(link.steps.back());
  if (parsed && !parsed->has_related() && parsed->related_order().empty()) return {};
  const std::string problem = !parsed ? std::string(parsed.error().message())
                              : parsed->has_related()
                                  ? "where: found a relation, expected fields"
                                  : "orderBy: found a relation, expected fields";
  return fail(wrong_relation(link, problem));
}

// What goes with a soft delete has to be able to.
base::Status check_cascade(const schema::Link& link) {
  if (!link.relation->cascades) return {};
  for (const schema::Model* const m : {link.steps[0].from, link.target}) {
    if (m->deleted < 0)
      return fail(wrong_relation(
          link, fmt::format("on_soft_delete: found {} without soft delete, expected it", m->name)));
  }
  return {};
}

// A registration under way: what is known, and what comes to it.
class Registration {
 public:
  Registration(Store& store, const Models& known) : store_(store), known_(known) {}

  base::Status add(std::vector<std::unique_ptr<schema::Model>> models);
  // Makes the models of pairs that are needed now, and finds out the relations that are whole.
  base::Status relate();
  Models& added() { return added_; }
  void publish() {
    for (auto& [slot, link] : links_) slot->set(std::move(link));
  }

 private:
  const ModelState* find(std::string_view name) const {
    for (const Models* models : {&known_, static_cast<const Models*>(&added_)}) {
      for (const auto& m : *models) {
        if (m->model.name == name) return m.get();
      }
    }
    return nullptr;
  }
  // Each relation that is not found out yet; `body` may add models.
  template <class Body>
  base::Status each_open(Body body);

  Store& store_;
  const Models& known_;
  Models added_;
  std::vector<std::pair<schema::LinkSlot*, std::unique_ptr<schema::Link>>> links_;
};

base::Status Registration::add(std::vector<std::unique_ptr<schema::Model>> models) {
  for (auto& model : models) {
    THING_TRY(check_indexes(*model));
    if (!model->scopes.empty()) {
      THING_ASSIGN(model->conditions, query::Scopes::parse(*model));
    }
    const ModelState* const other = find(model->name);
    if (other == nullptr) {
      const auto number = static_cast<uint32_t>(known_.size() + added_.size());
      added_.push_back(std::make_unique<ModelState>(store_, std::move(model), number));
    } else if (schema::print_model(other->model) != schema::print_model(*model)) {
      return fail(
          base::Error(
              Code::kModel,
              fmt::format("{}: found another definition, expected the one registered", model->name))
              .model(model->name));
    }
  }
  return {};
}

template <class Body>
base::Status Registration::each_open(Body body) {
  for (size_t i = 0; i < known_.size() + added_.size(); ++i) {
    const ModelState& state = i < known_.size() ? *known_[i] : *added_[i - known_.size()];
    for (const auto& relation : state.model.relations) {
      if (relation->link() == nullptr) THING_TRY(body(state.model, *relation));
    }
  }
  return {};
}

base::Status Registration::relate() {
  const schema::FindModel find_model = [this](std::string_view name) {
    const ModelState* const state = find(name);
    return state == nullptr ? nullptr : &state->model;
  };
  THING_TRY(
      each_open([&](const schema::Model& model, const schema::Relation& relation) -> base::Status {
        THING_ASSIGN(const std::string pairs, schema::pairs_document(model, relation, find_model));
        if (pairs.empty()) return {};
        THING_ASSIGN(auto models, schema::parse_models(pairs));
        return add(std::move(models));
      }));
  return each_open(
      [&](const schema::Model& model, const schema::Relation& relation) -> base::Status {
        THING_ASSIGN(auto link, schema::resolve_relation(model, relation, find_model));
        if (link == nullptr) return {};
        if (!link->is_polymorphic()) {
          THING_TRY(check_criteria(*link));
          THING_TRY(check_cascade(*link));
        }
        links_.emplace_back(relation.slot.get(), std::move(link));
        return {};
      });
}

}  // namespace

base::Status Store::register_models(std::string_view document) {
  if (is_closed()) return fail(Code::kClosed, "the database is closed");
  THING_ASSIGN(std::vector<std::unique_ptr<schema::Model>> models, schema::parse_models(document));
  std::unique_lock lock(models_mutex_);
  Registration registration(*this, models_);
  THING_TRY(registration.add(std::move(models)));
  THING_TRY(registration.relate());
  models_.reserve(models_.size() + registration.added().size());
  for (auto& state : registration.added()) {
    if (on_model) on_model(*state);
    for (const auto& other : models_) {
      if (!is_same_table(other->model, state->model)) continue;
      other->has_twin.store(true, std::memory_order_release);
      state->has_twin.store(true, std::memory_order_release);
    }
    models_.push_back(std::move(state));
  }
  registration.publish();
  model_count_.store(static_cast<int>(models_.size()), std::memory_order_release);
  return {};
}

}  // namespace thing::store
