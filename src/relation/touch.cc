#include "relation/touch.h"

#include <algorithm>

#include "relation/owners.h"
#include "store/keys.h"
#include "store/model_state.h"

namespace thing::relation {

using base::Result;
using base::Status;
using store::state_of;
using store::Written;
using value::Value;

namespace {

constexpr int kMostTouches = 16;  // of rows through rows

// The value of a field at some time of the object; nullopt: unset, or NULL.
using ValueAt = std::optional<value::ValueView> (*)(const entity::Object&, uint32_t);

std::optional<value::ValueView> present(const entity::Object& object, uint32_t field) {
  return object.get(field);
}

std::optional<value::ValueView> loaded(const entity::Object& object, uint32_t field) {
  return object.original(field);
}

std::optional<value::ValueView> before_save(const entity::Object& object, uint32_t field) {
  const value::BatchRef& row = object.saved().before;
  if (!row || !row->row(0).has(field)) return std::nullopt;
  return row->row(0).value(field, object.model().fields[field].type);
}

// Empty when there is none.
std::vector<Value> key_at(const entity::Object& object, const std::vector<uint32_t>& fields,
                          ValueAt at) {
  std::vector<Value> key;
  for (const uint32_t f : fields) {
    const auto v = at(object, f);
    if (!v.has_value() || v->is_null()) return {};
    key.emplace_back(*v);
  }
  return key;
}

// Names a model, and fields of it.
std::string name_of(const schema::Model& model, const std::vector<uint32_t>& fields) {
  std::string out = model.name;
  for (const uint32_t f : fields) out += fmt::format(":{}", f);
  return out + "=";
}

std::string name_of(const schema::Step& step, const std::vector<Value>& key) {
  std::string out = name_of(*step.to, step.to_fields);
  for (const Value& v : key) store::append_key_bytes(out, v.view());
  return out;
}

}  // namespace

bool touches_others(const schema::Model& model) {
  return std::any_of(model.relations.begin(), model.relations.end(),
                     [](const auto& r) { return r->touch; });
}

Status check_owners(const store::Call& call, const entity::Object& object) {
  if (!object.is_partial() || call.has(store::kNoTimestamps)) return {};
  for (const auto& relation : object.model().relations) {
    const schema::Link* const link = relation->touch ? relation->link() : nullptr;
    if (link == nullptr) continue;
    std::vector<uint32_t> fields = link->first_step().from_fields;
    if (link->is_polymorphic()) fields.push_back(link->type_field);
    for (const uint32_t f : fields) {
      if (!object.original(f).has_value()) return base::fail(not_selected(object.model(), f));
    }
  }
  return {};
}

void Touches::add(const entity::Object& object, int depth) {
  if (call_.has(store::kNoTimestamps) || depth >= kMostTouches) return;
  for (const auto& relation : object.model().relations) {
    const schema::Link* const link = relation->touch ? relation->link() : nullptr;
    if (link == nullptr) continue;
    if (!link->is_polymorphic()) {
      add_owners(object, link->steps[0], depth);
      continue;
    }
    const auto type = object.get(link->type_field);
    for (const auto& [value, step] : link->by_type) {
      if (type.has_value() && !type->is_null() && value::equal(*type, value.view()))
        add_owners(object, step, depth);
    }
  }
}

void Touches::add_owners(const entity::Object& object, const schema::Step& step, int depth) {
  for (const ValueAt at : {&present, &loaded, &before_save}) {
    std::vector<Value> key = key_at(object, step.from_fields, at);
    if (key.empty() || !seen_.insert(name_of(step, key)).second) continue;
    owners_.push_back({&step, std::move(key), depth});
  }
}

Status Touches::run(Objects known, const Refresh& refresh) {
  for (size_t i = 0; i < owners_.size(); ++i) {  // more come on the way
    const Owner owner = owners_[i];
    THING_TRY(touch(owner, known, refresh));
  }
  return {};
}

entity::Object* Touches::find(Objects known, const Owner& owner) {
  const schema::Step& step = *owner.step;
  if (indexed_.insert(name_of(*step.to, step.to_fields)).second) {
    for (entity::Object* const o : known) {
      if (&o->model() != step.to) continue;
      const std::vector<Value> key = key_at(*o, step.to_fields, &present);
      if (!key.empty()) by_key_.try_emplace(name_of(step, key), o);
    }
  }
  const auto at = by_key_.find(name_of(step, owner.key));
  return at == by_key_.end() ? nullptr : at->second;
}

store::Call Touches::quiet() const {
  store::Call quiet = call_;
  quiet.flags |= store::kNoCacheRead | store::kNoCacheWrite | store::kNoHooks | store::kUnscoped;
  quiet.flags &= ~static_cast<int32_t>(store::kOnlyDeleted | store::kCacheOnly);
  quiet.lock = {};
  return quiet;
}

// Locked, so that nobody's version is in between.
Result<bool> Touches::read(const Owner& owner, entity::Object& object) const {
  const schema::Step& step = *owner.step;
  query::Criteria criteria(*step.to);
  for (size_t i = 0; i < owner.key.size(); ++i) {
    auto added = criteria.compare(step.to_fields[i], query::Op::kEq, false, Value(owner.key[i]));
    if (!added) return base::fail(std::move(added.error()));
  }
  store::Call locking = quiet();
  if (store_.is_server()) locking.lock = {query::Lock::Kind::kUpdate, query::Lock::Wait::kBlock};
  THING_ASSIGN(const store::RowSet set, store_.query_first(locking, state_of(*step.to), criteria));
  if (set.rows->rows() == 0) return false;
  object.attach(set.rows->row(0), set.rows, false);
  return true;
}

// A row that is among the objects is written by its object, which so stays as the row is.
Status Touches::touch(const Owner& owner, Objects known, const Refresh& refresh) {
  entity::Object own(*owner.step->to);
  entity::Object* row = find(known, owner);
  bool is_there = true;
  if (row == nullptr) {
    row = &own;
    THING_ASSIGN(is_there, read(owner, own));
  } else if (refresh) {
    THING_ASSIGN(is_there, refresh(*row));
  }
  if (!is_there) return {};
  const schema::Model& model = row->model();
  const std::string id = model.name + "=" + store::row_key_bytes(model, row->row());
  if (!touched_.insert(id).second) return {};
  THING_TRY(set_time(*row));
  add(*row, owner.depth + 1);
  return {};
}

Status Touches::set_time(entity::Object& row) const {
  const schema::Model& model = row.model();
  if (model.updated < 0) return {};
  const int64_t now = store_.clock().now_micros();
  THING_TRY(
      row.set(static_cast<uint32_t>(model.updated), Value::of_int(value::Type::kDatetime, now)));
  THING_ASSIGN(const Written written, store_.save(quiet(), state_of(model), row));
  (void)written;  // it may have gone meanwhile
  return {};
}

Status touch(store::Store& store, const store::Call& call, const entity::Object& object) {
  if (!touches_others(object.model())) return {};
  THING_TRY(check_owners(call, object));
  Touches touches(store, call);
  touches.add(object);
  return touches.run({});
}

}  // namespace thing::relation
