// Level by level, no recursion: ways may be long. The rows that belong to those of a level are
// asked for together, and marked one by one. A row that was deleted, or restored, is not met again,
// so circles end.
//
// Hooks, triggers and others write meanwhile. So rows are asked for as they are now, and where one
// was changed between that and its turn, it is marked only if it still belongs.
#include "store/cascade.h"

#include <algorithm>
#include <deque>
#include <optional>

#include "query/match.h"
#include "store/keys.h"
#include "store/model_state.h"
#include "store/sight.h"
#include "store/write.h"

namespace thing::store {
namespace {

constexpr size_t kMostParents = 500;  // of one query

bool has_time(const schema::Model& model) {
  return model.fields[static_cast<size_t>(model.deleted)].type == value::Type::kDatetime;
}

using Objects = std::span<const entity::Object* const>;

// The values of a row that others refer to it by; empty: it has none.
std::vector<value::Value> referred(const entity::Object& object, const schema::Step& step) {
  std::vector<value::Value> values;
  for (const uint32_t f : step.from_fields) {
    const auto v = object.original(f);
    if (!v.has_value() || v->is_null()) return {};
    values.emplace_back(*v);
  }
  return values;
}

base::Status equals(query::Criteria& criteria, uint32_t field, value::Value v) {
  auto added = criteria.compare(field, query::Op::kEq, false, std::move(v));
  if (!added) return base::fail(std::move(added.error()));
  return {};
}

// Adds that rows refer to one of the parents. False: nothing could.
base::Result<bool> add_parents(query::Criteria& criteria, const schema::Step& step,
                               Objects parents) {
  std::vector<std::vector<value::Value>> keys;
  for (const entity::Object* parent : parents) {
    auto key = referred(*parent, step);
    if (!key.empty()) keys.push_back(std::move(key));
  }
  if (keys.empty()) return false;
  if (step.to_fields.size() == 1) {
    std::vector<value::Value> values;
    for (auto& key : keys) values.push_back(std::move(key[0]));
    THING_TRY(criteria.in(step.to_fields[0], std::move(values), false));
    return true;
  }
  THING_TRY(criteria.begin(query::NodeKind::kOr));
  for (auto& key : keys) {
    THING_TRY(criteria.begin(query::NodeKind::kAnd));
    for (size_t i = 0; i < key.size(); ++i)
      THING_TRY(equals(criteria, step.to_fields[i], std::move(key[i])));
    THING_TRY(criteria.end());
  }
  THING_TRY(criteria.end());
  return true;
}

class Cascade {
 public:
  // `restored`: of which time rows come back; nullopt: rows are deleted.
  Cascade(Store& store, const Call& call, std::optional<int64_t> restored)
      : store_(store), call_(call), restored_(restored), newest_(for_writing(store, call)) {
    newest_.flags |= kUnscoped;
    if (restored_.has_value()) newest_.flags |= kOnlyDeleted;
  }

  base::Status run(Objects roots);

 private:
  // Objects of one model whose rows of relations are next.
  struct Level {
    const schema::Model* model = nullptr;
    std::vector<const entity::Object*> objects;
    std::vector<Store::OwnedObject> owned;
  };

  Level& level_of(const schema::Model& model);
  base::Status go_on(const Level& level);
  base::Status go_on(Objects parents, const schema::Link& link);
  // nullopt: there is nothing that rows could refer to.
  base::Result<std::optional<query::Criteria>> children_of(Objects parents,
                                                           const schema::Link& link) const;
  base::Status mark(ModelState& model, const value::BatchRef& rows, FoundBy by, bool is_fresh);
  bool is_heard(const ModelState& model) const {
    return call_.runs_hooks(model.model) &&
           store_.hooks().listens(entity::kAllEvents & ~entity::kAfterLoad, model.model);
  }

  Store& store_;
  const Call& call_;
  const std::optional<int64_t> restored_;
  Call newest_;
  std::deque<Level> levels_;
};

base::Status Cascade::run(Objects roots) {
  for (const entity::Object* root : roots) level_of(root->model()).objects.push_back(root);
  while (!levels_.empty()) {
    const Level level = std::move(levels_.front());
    levels_.pop_front();
    THING_TRY(go_on(level));
  }
  return {};
}

Cascade::Level& Cascade::level_of(const schema::Model& model) {
  const auto known = std::find_if(levels_.begin(), levels_.end(),
                                  [&model](const Level& l) { return l.model == &model; });
  if (known != levels_.end()) return *known;
  levels_.emplace_back().model = &model;
  return levels_.back();
}

base::Status Cascade::go_on(const Level& level) {
  const Objects all = level.objects;
  for (const auto& relation : level.model->relations) {
    const schema::Link* const link = relation->cascades ? relation->link() : nullptr;
    if (link == nullptr) continue;  // what it leads to is not registered, so there is nothing
    if (restored_.has_value() && !has_time(*link->target)) continue;
    for (size_t at = 0; at < all.size(); at += kMostParents)
      THING_TRY(go_on(all.subspan(at, std::min(kMostParents, all.size() - at)), *link));
  }
  return {};
}

base::Status Cascade::go_on(Objects parents, const schema::Link& link) {
  THING_ASSIGN(const std::optional<query::Criteria> criteria, children_of(parents, link));
  if (!criteria.has_value()) return {};
  ModelState& model = state_of(*link.target);
  const query::Sight sight = newest_.scope();
  THING_ASSIGN(const query::Query q, query::resolve(*criteria, sight));
  THING_ASSIGN(const RowSet set, store_.query(newest_, model, q));
  const std::vector<uint64_t> fields = query::fields_of(q.where, model.model.columns());
  for (uint32_t r = 0; r < set.rows->rows(); ++r)
    THING_TRY(mark(model, set.rows, {*criteria, sight, fields, set.rows->row(r)}, r == 0));
  return {};
}

base::Result<std::optional<query::Criteria>> Cascade::children_of(Objects parents,
                                                                  const schema::Link& link) const {
  const schema::Step& step = link.steps[0];
  THING_ASSIGN(query::Criteria criteria, query::step_criteria(step));
  THING_ASSIGN(const bool has_parents, add_parents(criteria, step, parents));
  if (!has_parents) return std::optional<query::Criteria>();
  if (step.fixed.has_value()) THING_TRY(equals(criteria, step.fixed->field, step.fixed->value));
  if (restored_.has_value())
    THING_TRY(equals(criteria, static_cast<uint32_t>(link.target->deleted),
                     value::Value::of_int(value::Type::kDatetime, *restored_)));
  return std::optional<query::Criteria>(std::move(criteria));
}

base::Status Cascade::mark(ModelState& model, const value::BatchRef& rows, FoundBy by,
                           bool is_fresh) {
  auto child = store_.make_object(model.model);
  child->attach(by.row, rows, false);
  RowSet now;  // outlives the object, which a hook may load anew
  if (!is_fresh && is_heard(model)) {
    // Hooks of the rows before it may have written it: its own are to see it as it is.
    THING_ASSIGN(const query::Query q, query_again(model, by, row_key(model.model, by.row)));
    THING_ASSIGN(now, store_.query(newest_, model, q));
    if (now.rows->rows() == 0) return {};
    by.row = now.rows->row(0);
    child->attach(by.row, now.rows, false);
  }
  THING_ASSIGN(const Written written,
               restored_.has_value() ? restore_one(store_, call_, model, *child, nullptr, &by)
                                     : remove_one(store_, call_, model, *child, Mode::kSoft, &by));
  if (written == Written::kNotFound || !cascades(model.model)) return {};
  Level& next = level_of(model.model);
  next.objects.push_back(child.get());
  next.owned.push_back(std::move(child));
  return {};
}

}  // namespace

bool cascades(const schema::Model& model) {
  return std::any_of(model.relations.begin(), model.relations.end(),
                     [](const auto& relation) { return relation->cascades; });
}

Call for_writing(const Store& store, const Call& call) {
  Call out = call;
  out.flags |= kNoCacheRead | kNoCacheWrite;
  out.flags &= ~(kWithDeleted | kOnlyDeleted | kCacheOnly);
  out.lock = {};
  if (store.is_server()) out.lock.kind = query::Lock::Kind::kUpdate;
  return out;
}

base::Status delete_children(Store& store, const Call& call, Objects objects) {
  return Cascade(store, call, std::nullopt).run(objects);
}

base::Status restore_children(Store& store, const Call& call, const entity::Object& object,
                              const value::RowView& before) {
  const auto deleted = static_cast<uint32_t>(object.model().deleted);
  if (!has_time(object.model()) || !before.has(deleted)) return {};
  const entity::Object* const root = &object;
  return Cascade(store, call, before.int64(deleted)).run({&root, 1});
}

}  // namespace thing::store
