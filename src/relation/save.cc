#include "relation/save.h"

#include <algorithm>

#include "relation/link.h"
#include "store/backups.h"
#include "store/keys.h"

namespace thing::relation {

using base::Code;
using base::fail;
using base::Result;
using store::Written;
using value::Value;

namespace {

constexpr int kMostTouches = 16;  // of rows through rows

store::ModelState& state_of(const schema::Model& model) {
  return *static_cast<store::ModelState*>(model.state);
}

const schema::Step* step_to(const schema::Link& link, const schema::Model& model) {
  if (!link.is_polymorphic()) return &link.steps[0];
  for (const auto& [type, step] : link.by_type) {
    if (step.to == &model) return &step;
  }
  return nullptr;
}

using Known = std::span<entity::Object* const>;  // objects that are saved together

class GraphSave {
 public:
  GraphSave(store::Store& store, const store::Call& call, store::Backups& backups)
      : store_(store), call_(call), backups_(backups) {}

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
    THING_ASSIGN(const Written written,
                 store_.save(call_, state_of(node.object->model()), *node.object));
    if (written == Written::kNotFound) return written;
    node.state = SaveNode::State::kSaved;
    objects_.push_back(node.object);
    if (writes) written_.push_back(node.object);
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
    for (const entity::Object* object : written_)
      THING_TRY(touch(store_, call_, *object, objects_));
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
  std::vector<entity::Object*> objects_, written_;
  std::vector<Pair> pairs_;
};

base::Status touch_row(store::Store& store, const store::Call& call, const schema::Step& step,
                       const std::vector<Value>& key, Known known, int depth);

base::Status touch_owners(store::Store& store, const store::Call& call,
                          const entity::Object& object, Known known, int depth) {
  const schema::Model& model = object.model();
  for (const auto& relation : model.relations) {
    const schema::Link* const link = relation->touch ? relation->link() : nullptr;
    if (link == nullptr) continue;
    const auto key_of = [&](const schema::Step& step, bool before) {
      std::vector<Value> key;
      const value::BatchRef& row = before ? object.saved().before : object.saved().after;
      for (const uint32_t f : step.from_fields) {
        if (before) {
          if (!row || !row->row(0).has(f)) return std::vector<Value>();
          key.emplace_back(row->row(0).value(f, model.fields[f].type));
        } else {
          const auto v = object.get(f);
          if (!v.has_value() || v->is_null()) return std::vector<Value>();
          key.emplace_back(*v);
        }
      }
      return key;
    };
    const auto touch_step = [&](const schema::Step& step) -> base::Status {
      const std::vector<Value> now = key_of(step, false), before = key_of(step, true);
      if (!now.empty()) THING_TRY(touch_row(store, call, step, now, known, depth));
      const bool moved =
          !before.empty() && !std::equal(before.begin(), before.end(), now.begin(), now.end(),
                                         [](const Value& a, const Value& b) {
                                           return value::equal(a.view(), b.view());
                                         });
      return moved ? touch_row(store, call, step, before, known, depth) : base::Status();
    };
    if (!link->is_polymorphic()) {
      THING_TRY(touch_step(link->steps[0]));
      continue;
    }
    const auto type = object.get(link->type_field);
    for (const auto& [value, step] : link->by_type) {
      if (type.has_value() && !type->is_null() && value::equal(*type, value.view()))
        THING_TRY(touch_step(step));
    }
  }
  return {};
}

bool has_key(const entity::Object& object, const schema::Step& step,
             const std::vector<Value>& key) {
  if (&object.model() != step.to) return false;
  for (size_t i = 0; i < key.size(); ++i) {
    const auto v = object.get(step.to_fields[i]);
    if (!v.has_value() || v->is_null() || !value::equal(*v, key[i].view())) return false;
  }
  return true;
}

// A row that is among the objects is written by its object, which so stays as the row is; others
// are locked, so that nobody's version is in between.
base::Status touch_row(store::Store& store, const store::Call& call, const schema::Step& step,
                       const std::vector<Value>& key, Known known, int depth) {
  const schema::Model& owner = *step.to;
  if (depth >= kMostTouches) return {};
  store::Call quiet = call;
  quiet.flags |= store::kNoCacheRead | store::kNoCacheWrite | store::kNoHooks | store::kUnscoped;
  quiet.flags &= ~store::kOnlyDeleted;
  const auto at = std::find_if(known.begin(), known.end(),
                               [&](const entity::Object* o) { return has_key(*o, step, key); });
  entity::Object read(owner);
  entity::Object* const row = at != known.end() ? *at : &read;
  if (row == &read) {
    query::Criteria criteria(owner);
    for (size_t i = 0; i < key.size(); ++i) {
      auto added = criteria.compare(step.to_fields[i], query::Op::kEq, false, Value(key[i]));
      if (!added) return fail(std::move(added.error()));
    }
    if (store.is_server()) quiet.lock = {query::Lock::Kind::kUpdate, query::Lock::Wait::kBlock};
    THING_ASSIGN(const store::RowSet set, store.query_first(quiet, state_of(owner), criteria));
    quiet.lock = {};
    if (set.rows->rows() == 0) return {};
    read.attach(set.rows->row(0), set.rows, false);
  }
  if (owner.updated >= 0) {
    const auto updated = static_cast<uint32_t>(owner.updated);
    const int64_t now = store.clock().now_micros();
    THING_TRY(row->set(updated, Value::of_int(value::Type::kDatetime, now)));
    THING_ASSIGN(const Written written, store.save(quiet, state_of(owner), *row));
    (void)written;  // it may have gone meanwhile
  }
  return touch_owners(store, call, *row, known, depth + 1);
}

}  // namespace

Result<bool> refer(entity::Object& object, const schema::Link& link, const entity::Object* to) {
  const schema::Step* const step =
      to == nullptr ? (link.is_polymorphic() ? &link.by_type[0].second : &link.steps[0])
                    : step_to(link, to->model());
  if (step == nullptr || (to != nullptr && step->to != &to->model()))
    return fail(base::Error(Code::kInvalid, fmt::format("relation '{}': found {}, expected {}",
                                                        link.relation->name, to->model().name,
                                                        link.is_polymorphic() ? "a model of it"
                                                                              : link.target->name))
                    .model(object.model().name)
                    .field(link.relation->name));
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
  for (size_t i = 0; i < step.from_fields.size(); ++i) {
    const auto v = owner.get(step.from_fields[i]);
    THING_TRY(child.set(step.to_fields[i], v.has_value() ? Value(*v) : Value()));
  }
  return step.fixed.has_value() ? child.set(step.fixed->field, step.fixed->value) : base::Status();
}

Result<Written> save_graph(store::Store& store, const store::Call& call,
                           std::span<SaveNode* const> roots) {
  store::Backups backups;
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

bool touches_others(const schema::Model& model) {
  return std::any_of(model.relations.begin(), model.relations.end(),
                     [](const auto& r) { return r->touch; });
}

base::Status touch(store::Store& store, const store::Call& call, const entity::Object& object,
                   std::span<entity::Object* const> known) {
  if (!touches_others(object.model()) || call.has(store::kNoTimestamps)) return {};
  return touch_owners(store, call, object, known, 0);
}

}  // namespace thing::relation
