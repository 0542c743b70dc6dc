// A list of what is still to be done, no recursion: ways may be long. A row that was deleted, or
// restored, is not met again, so circles end.
#include "store/cascade.h"

#include <algorithm>
#include <deque>
#include <optional>

#include "store/write.h"

namespace thing::store {
namespace {

bool has_time(const schema::Model& model) {
  return model.fields[static_cast<size_t>(model.deleted)].type == value::Type::kDatetime;
}

class Cascade {
 public:
  // `restored`: of which time rows come back; nullopt: rows are deleted.
  Cascade(Store& store, const Call& call, std::optional<int64_t> restored)
      : store_(store), call_(call), restored_(restored) {}

  base::Status run(const entity::Object& root) {
    THING_TRY(go_on(root));
    for (size_t i = 0; i < done_.size(); ++i) THING_TRY(go_on(*done_[i]));
    return {};
  }

 private:
  base::Status go_on(const entity::Object& object) {
    for (const auto& relation : object.model().relations) {
      const schema::Link* const link = relation->cascades ? relation->link() : nullptr;
      if (link == nullptr) continue;  // what it leads to is not registered, so there is nothing
      if (restored_.has_value() && !has_time(*link->target)) continue;
      THING_TRY(go_on(object, *link));
    }
    return {};
  }

  base::Status go_on(const entity::Object& object, const schema::Link& link) {
    THING_ASSIGN(const std::optional<query::Criteria> criteria, children_of(object, link));
    if (!criteria.has_value()) return {};
    ModelState& model = *static_cast<ModelState*>(link.target->state);
    THING_ASSIGN(const RowSet set, store_.query(past(), model, *criteria));
    for (uint32_t r = 0; r < set.rows->rows(); ++r) {
      auto child = store_.make_object(*link.target);
      child->attach(set.rows->row(r), set.rows, false);
      THING_ASSIGN(const Written written,
                   restored_.has_value() ? restore_one(store_, call_, model, *child, nullptr)
                                         : remove_one(store_, call_, model, *child, Mode::kSoft));
      if (written == Written::kYes) done_.push_back(std::move(child));
    }
    return {};
  }

  // nullopt: the object has no key that rows could refer to.
  base::Result<std::optional<query::Criteria>> children_of(const entity::Object& object,
                                                           const schema::Link& link) const {
    const schema::Step& step = link.steps[0];
    THING_ASSIGN(query::Criteria criteria, query::step_criteria(step));
    const auto equals = [&criteria](uint32_t field, value::Value v) -> base::Status {
      auto added = criteria.compare(field, query::Op::kEq, false, std::move(v));
      if (!added) return base::fail(std::move(added.error()));
      return {};
    };
    for (size_t i = 0; i < step.from_fields.size(); ++i) {
      const auto v = object.original(step.from_fields[i]);
      if (!v.has_value() || v->is_null()) return std::optional<query::Criteria>();
      THING_TRY(equals(step.to_fields[i], value::Value(*v)));
    }
    if (step.fixed.has_value()) THING_TRY(equals(step.fixed->field, step.fixed->value));
    if (restored_.has_value())
      THING_TRY(equals(static_cast<uint32_t>(link.target->deleted),
                       value::Value::of_int(value::Type::kDatetime, *restored_)));
    return std::optional<query::Criteria>(std::move(criteria));
  }

  Call past() const {
    Call out = call_;
    out.flags |= kNoCacheRead | kNoCacheWrite | kUnscoped;
    out.flags &= ~(kWithDeleted | kOnlyDeleted | kCacheOnly);
    if (restored_.has_value()) out.flags |= kOnlyDeleted;
    out.lock = {};
    return out;
  }

  Store& store_;
  const Call& call_;
  const std::optional<int64_t> restored_;
  std::deque<Store::OwnedObject> done_;
};

}  // namespace

bool cascades(const schema::Model& model) {
  return std::any_of(model.relations.begin(), model.relations.end(),
                     [](const auto& relation) { return relation->cascades; });
}

base::Status delete_children(Store& store, const Call& call, const entity::Object& object) {
  return Cascade(store, call, std::nullopt).run(object);
}

base::Status restore_children(Store& store, const Call& call, const entity::Object& object,
                              const value::RowView& before) {
  const auto deleted = static_cast<uint32_t>(object.model().deleted);
  if (!has_time(object.model()) || !before.has(deleted)) return {};
  return Cascade(store, call, before.int64(deleted)).run(object);
}

}  // namespace thing::store
