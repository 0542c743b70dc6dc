#include "relation/save.h"

#include <algorithm>

#include "relation/link.h"
#include "relation/touch.h"
#include "store/backups.h"
#include "store/keys.h"
#include "store/model_state.h"

namespace thing::relation {

using base::Code;
using base::fail;
using base::Result;
using store::state_of;
using store::Written;
using value::Value;

namespace {

const schema::Step* step_to(const schema::Link& link, const schema::Model& model) {
  if (!link.is_polymorphic()) return &link.steps[0];
  for (const auto& [type, step] : link.by_type) {
    if (step.to == &model) return &step;
  }
  return nullptr;
}

class GraphSave {
 public:
  GraphSave(store::Store& store, const store::Call& call, store::Backups& backups)
      : store_(store), call_(call), backups_(backups), touches_(store, call) {}

  // Those that it refers to come first, and those whose child it is.
  Result<Written> save(SaveNode& node) {
    if (node.state == SaveNode::State::kSaved) return Written::kYes;
    if (node.state == SaveNode::State::kUnderWay)
      return fail(
          base::Error(Code::kInvalid, "found objects each of which is to be saved before the other")
              .model(node.object->model().name));
    node.state = SaveNode::State::kUnderWay;
    backups_.add(*node.object);
    for (const auto* before : {&node.parents, &node.owners}) {
      for (const auto& [link, other] : *before) {
        if (before == &node.owners && link->pivot() != nullptr) continue;
        THING_ASSIGN(const Written written, save(*other));
        if (written == Written::kNotFound) return written;
      }
    }
    THING_TRY(set_keys(node));
    const bool writes = node.object->is_new() || node.object->is_dirty();
    if (writes) THING_TRY(check_owners(call_, *node.object));
    THING_ASSIGN(const Written written,
                 store_.save(call_, state_of(node.object->model()), *node.object));
    if (written == Written::kNotFound) return written;
    node.state = SaveNode::State::kSaved;
    objects_.push_back(node.object);
    if (writes) touches_.add(*node.object);
    for (const auto& [link, child] : node.children) {
      if (link->pivot() != nullptr) pairs_.push_back({&node, link, child});
      // One that is under way waits for this one.
      if (child->state == SaveNode::State::kUnderWay) continue;
      THING_ASSIGN(const Written saved, save(*child));
      if (saved == Written::kNotFound) return saved;
    }
    return Written::kYes;
  }

  // When all are saved: the pairs between them, and the times of rows that they refer to.
  Result<Written> finish() {
    for (const Pair& p : pairs_) {
      THING_ASSIGN(const Written paired, pair(*p.owner->object, *p.link, *p.child->object));
      if (paired == Written::kNotFound) return paired;
    }
    THING_TRY(touches_.run(objects_));
    return Written::kYes;
  }

 private:
  static base::Status set_keys(SaveNode& node) {
    entity::Object& object = *node.object;
    for (const auto& [link, parent] : node.parents) {
      THING_ASSIGN(const bool has_key, refer(object, *link, parent->object));
      if (has_key) continue;
      return fail(base::Error(Code::kState,
                              fmt::format("relation '{}': found an object without the key to refer "
                                          "by, expected one",
                                          link->relation->name))
                      .model(object.model().name));
    }
    for (const auto& [link, owner] : node.owners) {
      if (link->pivot() != nullptr) continue;
      THING_TRY(claim(object, *owner->object, link->steps[0]));
    }
    return {};
  }

  Result<Written> pair(const entity::Object& owner, const schema::Link& link,
                       const entity::Object& child) {
    THING_ASSIGN(store::Key key, store::original_key(child));
    LinkChange change;
    change.keys.emplace();
    change.keys->push_back(std::move(key));
    Linked linked;
    return change_links(store_, call_, owner, link, change, linked);
  }

  store::Store& store_;
  const store::Call& call_;
  struct Pair {
    SaveNode* owner;
    const schema::Link* link;
    SaveNode* child;
  };
  store::Backups& backups_;
  Touches touches_;
  std::vector<entity::Object*> objects_;
  std::vector<Pair> pairs_;
};

}  // namespace

Result<bool> refer(entity::Object& object, const schema::Link& link, const entity::Object* to) {
  const schema::Step* const step = to == nullptr ? &link.first_step() : step_to(link, to->model());
  if (step == nullptr || (to != nullptr && step->to != &to->model()))
    return fail(base::Error(Code::kInvalid, fmt::format("relation '{}': found {}, expected {}",
                                                        link.relation->name, to->model().name,
                                                        link.is_polymorphic() ? "a model of it"
                                                                              : link.target->name))
                    .model(object.model().name)
                    .field(link.relation->name));
  if (to != nullptr) THING_TRY(to->check_selected(step->to_fields));
  std::vector<std::pair<uint32_t, Value>> values;
  for (size_t i = 0; i < step->from_fields.size(); ++i) {
    const auto v = to == nullptr ? std::optional<value::ValueView>() : to->get(step->to_fields[i]);
    if (to != nullptr && (!v.has_value() || v->is_null())) return false;
    values.emplace_back(step->from_fields[i], v.has_value() ? Value(*v) : Value());
  }
  if (link.is_polymorphic())
    values.emplace_back(link.type_field, to == nullptr ? Value() : step->fixed->value);
  THING_TRY(object.set_all(std::move(values)));
  return true;
}

base::Status claim(entity::Object& child, const entity::Object& owner, const schema::Step& step) {
  THING_TRY(owner.check_selected(step.from_fields));
  for (size_t i = 0; i < step.from_fields.size(); ++i) {
    const auto v = owner.get(step.from_fields[i]);
    THING_TRY(child.set(step.to_fields[i], v.has_value() ? Value(*v) : Value()));
  }
  return step.fixed.has_value() ? child.set(step.fixed->field, step.fixed->value) : base::Status();
}

Result<Written> save_graph(store::Store& store, const store::Call& call,
                           std::span<SaveNode* const> roots) {
  store::Backups backups(call);
  auto written = store.together(call, [&](const store::Call& inner) -> Result<Written> {
    GraphSave graph(store, inner, backups);
    for (SaveNode* root : roots) {
      THING_ASSIGN(const Written one, graph.save(*root));
      if (one == Written::kNotFound) return one;
    }
    return graph.finish();
  });
  if (written && *written == Written::kYes) backups.keep();
  return written;
}

}  // namespace thing::relation
