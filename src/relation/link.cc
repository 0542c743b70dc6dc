#include "relation/link.h"

#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include "entity/document.h"
#include "query/criteria.h"
#include "store/keys.h"

namespace thing::relation {

using base::Code;
using base::fail;
using base::Result;
using store::Written;
using value::Value;
using value::ValueView;

namespace {

using Fields = std::vector<uint32_t>;
using Owned = store::Store::OwnedObject;

store::ModelState& state_of(const schema::Model& model) {
  return *static_cast<store::ModelState*>(model.state);
}

std::string bytes_of(const std::vector<Value>& values) {
  std::string out;
  for (const Value& v : values) store::append_key_bytes(out, v.view());
  return out;
}

// One change of the rows of a relation, in its transaction.
class Linking {
 public:
  Linking(store::Store& store, const store::Call& call, const entity::Object& object,
          const schema::Link& link, const LinkChange& change, Linked& out)
      : store_(store), call_(call), object_(object), link_(link), change_(change), out_(out) {}

  Result<Written> run() {
    for (const uint32_t f : step().from_fields) {
      const auto v = object_.get(f);
      if (object_.is_new() || !v.has_value() || v->is_null())
        return fail(base::Error(Code::kState,
                                fmt::format("relation '{}': found an object without '{}', expected "
                                            "one that is saved",
                                            link_.relation->name, object_.model().fields[f].name))
                        .model(object_.model().name));
      owner_.emplace_back(*v);
    }
    return link_.pivot() != nullptr ? run_pairs() : run_rows();
  }

 private:
  // A key that is named, or a row that is there: by the bytes of its key.
  struct Named {
    std::vector<Value> values;
  };
  using ByKey = std::map<std::string, Named>;
  using Rows = std::multimap<std::string, Owned>;  // pairs may be there twice

  const schema::Step& step() const { return link_.steps[0]; }
  Result<ByKey> named(const Fields& key_fields);
  base::Status leave_out_strangers(Rows& pairs) const;
  Result<Rows> current(const Fields& key_fields) const;
  static base::Status add_condition(query::Criteria& criteria, const Fields& fields,
                                    const std::vector<Value>& values);
  Result<Written> run_pairs();
  Result<Written> add_pairs(const ByKey& keys);
  Result<Owned> new_pair(const Named& key) const;
  Result<Written> run_rows();
  Result<Written> add_rows(const ByKey& keys);
  Result<Written> remove_rows(Rows& rows);
  Result<Written> save_all(std::vector<Owned>& objects);

  store::Store& store_;
  const store::Call& call_;
  const entity::Object& object_;
  const schema::Link& link_;
  const LinkChange& change_;
  Linked& out_;
  std::vector<Value> owner_;
  bool lacks_row_ = false;  // one that is named is not there
};

// The keys that are named, as values of these fields of the target. What is to be removed need not
// be there.
Result<Linking::ByKey> Linking::named(const Fields& key_fields) {
  ByKey out;
  const schema::Model& target = *link_.target;
  if (!change_.keys.has_value() || change_.keys->empty()) return out;
  store::Call past = call_;
  past.flags |= store::kNoCacheRead | store::kNoCacheWrite;
  past.flags &= ~store::kOnlyDeleted;
  const bool by_primary = key_fields == target.primary;
  store::RowSet set;
  if (!by_primary || change_.mode != LinkMode::kRemove) {
    THING_ASSIGN(set, store_.find_keys(past, state_of(target), *change_.keys));
    lacks_row_ = set.rows->rows() < change_.keys->size();
  }
  if (by_primary) {
    for (const store::Key& key : *change_.keys) {
      Named named;
      named.values = key.is_integer
                         ? std::vector<Value>{Value::of_int(value::Type::kInt, key.integer)}
                         : key.values;
      std::string bytes = bytes_of(named.values);
      out.emplace(std::move(bytes), std::move(named));
    }
    return out;
  }
  for (uint32_t r = 0; r < set.rows->rows(); ++r) {
    Named named;
    for (const uint32_t f : key_fields)
      named.values.emplace_back(set.rows->row(r).value(f, target.fields[f].type));
    std::string bytes = bytes_of(named.values);
    out.emplace(std::move(bytes), std::move(named));
  }
  return out;
}

base::Status Linking::add_condition(query::Criteria& criteria, const Fields& fields,
                                    const std::vector<Value>& values) {
  for (size_t i = 0; i < fields.size(); ++i) {
    auto added = criteria.compare(fields[i], query::Op::kEq, false, Value(values[i]));
    if (!added) return fail(std::move(added.error()));
  }
  return {};
}

// The pairs, or rows, that belong to the object now, by these fields of theirs.
Result<Linking::Rows> Linking::current(const Fields& key_fields) const {
  THING_ASSIGN(query::Criteria criteria, query::step_criteria(step()));
  THING_TRY(add_condition(criteria, step().to_fields, owner_));
  for (const schema::Step& s : link_.steps) {
    if (!s.fixed.has_value() || (&s == &step() ? !s.fixed->of_to : s.fixed->of_to)) continue;
    auto added = criteria.compare(s.fixed->field, query::Op::kEq, false, Value(s.fixed->value));
    if (!added) return fail(std::move(added.error()));
  }
  store::Call past = call_;
  past.flags |= store::kNoCacheRead | store::kNoCacheWrite | store::kUnscoped;
  past.flags &= ~store::kOnlyDeleted;
  THING_ASSIGN(const store::RowSet set, store_.query(past, state_of(*step().to), criteria));
  Rows out;
  for (uint32_t r = 0; r < set.rows->rows(); ++r) {
    auto row = store_.make_object(*step().to);
    row->attach(set.rows->row(r), set.rows, false);
    std::vector<Value> key;
    for (const uint32_t f : key_fields) key.emplace_back(row->get(f).value_or(ValueView()));
    out.emplace(bytes_of(key), std::move(row));
  }
  return out;
}

Result<Written> Linking::save_all(std::vector<Owned>& objects) {
  std::vector<store::Store::Item> items;
  for (const auto& o : objects) items.push_back({&state_of(o->model()), o.get()});
  if (items.empty()) return Written::kYes;
  return store_.save_many(call_, items);
}

// ---- many_to_many

// Of a relation with conditions: pairs that lead to other rows are none of it.
base::Status Linking::leave_out_strangers(Rows& pairs) const {
  const schema::Step& on = link_.steps[1];
  if (on.criteria.empty() || pairs.empty()) return {};
  THING_ASSIGN(query::Criteria criteria, query::step_criteria(on));
  THING_TRY(criteria.begin(query::NodeKind::kOr));
  for (const auto& [bytes, pair] : pairs) {
    std::vector<Value> key;
    for (const uint32_t f : on.from_fields) key.emplace_back(pair->get(f).value_or(ValueView()));
    THING_TRY(criteria.begin(query::NodeKind::kAnd));
    THING_TRY(add_condition(criteria, on.to_fields, key));
    THING_TRY(criteria.end());
  }
  THING_TRY(criteria.end());
  store::Call past = call_;
  past.flags |= store::kNoCacheRead | store::kNoCacheWrite;
  past.flags &= ~store::kOnlyDeleted;
  THING_ASSIGN(const store::RowSet set, store_.query(past, state_of(*on.to), criteria));
  std::set<std::string> own;
  for (uint32_t r = 0; r < set.rows->rows(); ++r) {
    std::vector<Value> key;
    for (const uint32_t f : on.to_fields)
      key.emplace_back(set.rows->row(r).value(f, on.to->fields[f].type));
    own.insert(bytes_of(key));
  }
  std::erase_if(pairs, [&own](const auto& pair) { return !own.contains(pair.first); });
  return {};
}

Result<Owned> Linking::new_pair(const Named& key) const {
  auto pair = store_.make_object(*step().to);
  const schema::Step& on = link_.steps[1];
  for (size_t i = 0; i < owner_.size(); ++i) THING_TRY(pair->set(step().to_fields[i], owner_[i]));
  for (size_t i = 0; i < key.values.size(); ++i)
    THING_TRY(pair->set(on.from_fields[i], key.values[i]));
  if (step().fixed.has_value()) THING_TRY(pair->set(step().fixed->field, step().fixed->value));
  if (on.fixed.has_value()) THING_TRY(pair->set(on.fixed->field, on.fixed->value));
  if (!change_.pivot.empty())
    THING_TRY(entity::assign_json(*pair, change_.pivot, entity::Fill::kForce, false));
  return pair;
}

Result<Written> Linking::run_pairs() {
  const Fields& key_fields = link_.steps[1].from_fields;
  THING_ASSIGN(const ByKey keys, named(link_.steps[1].to_fields));
  if (lacks_row_ && change_.mode != LinkMode::kRemove) return Written::kNotFound;
  THING_ASSIGN(Rows pairs, current(key_fields));
  THING_TRY(leave_out_strangers(pairs));
  std::vector<Owned> written;
  std::vector<Owned> removed;
  for (auto& [bytes, pair] : pairs) {
    const bool is_named = keys.contains(bytes) || !change_.keys.has_value();
    const bool goes =
        change_.mode == LinkMode::kSet ? !is_named : is_named && change_.mode != LinkMode::kAdd;
    if (goes) {
      removed.push_back(std::move(pair));
    } else if (is_named && !change_.pivot.empty()) {
      THING_TRY(entity::assign_json(*pair, change_.pivot, entity::Fill::kForce, false));
      written.push_back(std::move(pair));
    }
  }
  out_.removed = static_cast<int64_t>(removed.size());
  if (change_.mode != LinkMode::kRemove) {
    for (const auto& [bytes, key] : keys) {
      if (pairs.contains(bytes)) continue;
      THING_ASSIGN(auto pair, new_pair(key));
      written.push_back(std::move(pair));
      ++out_.added;
    }
  }
  std::vector<store::Store::Item> items;
  for (const auto& o : removed) items.push_back({&state_of(o->model()), o.get()});
  if (!items.empty()) {
    THING_ASSIGN(const Written gone, store_.remove_many(call_, items, store::Mode::kHard));
    if (gone == Written::kNotFound) return gone;
  }
  return save_all(written);
}

// ---- has_many, has_one

Result<Written> Linking::add_rows(const ByKey& keys) {
  std::vector<store::Key> wanted;
  for (const auto& [bytes, named] : keys) {
    store::Key key;
    key.is_integer = link_.target->id >= 0;
    if (key.is_integer) {
      key.integer = named.values[0].view().integer;
    } else {
      key.values = named.values;
    }
    wanted.push_back(std::move(key));
  }
  if (wanted.empty()) return Written::kYes;
  store::Call past = call_;
  past.flags |= store::kNoCacheRead | store::kNoCacheWrite;
  THING_ASSIGN(const store::RowSet set, store_.find_keys(past, state_of(*link_.target), wanted));
  if (set.rows->rows() < wanted.size()) return Written::kNotFound;
  std::vector<Owned> rows;
  for (uint32_t r = 0; r < set.rows->rows(); ++r) {
    auto row = store_.make_object(*link_.target);
    row->attach(set.rows->row(r), set.rows, false);
    for (size_t i = 0; i < owner_.size(); ++i) THING_TRY(row->set(step().to_fields[i], owner_[i]));
    if (step().fixed.has_value()) THING_TRY(row->set(step().fixed->field, step().fixed->value));
    rows.push_back(std::move(row));
  }
  out_.added += static_cast<int64_t>(rows.size());
  return save_all(rows);
}

Result<Written> Linking::remove_rows(Rows& rows) {
  std::vector<Owned> changed;
  for (auto& [bytes, row] : rows) {
    for (const uint32_t f : step().to_fields) THING_TRY(row->set(f, Value()));
    changed.push_back(std::move(row));
  }
  out_.removed += static_cast<int64_t>(changed.size());
  return save_all(changed);
}

Result<Written> Linking::run_rows() {
  const Fields& primary = link_.target->primary;
  THING_ASSIGN(ByKey keys, named(primary));
  THING_ASSIGN(Rows rows, current(primary));
  const bool is_one = link_.relation->kind == schema::RelationKind::kHasOne;
  const LinkMode mode = is_one && change_.mode == LinkMode::kAdd ? LinkMode::kSet : change_.mode;
  if (is_one && mode == LinkMode::kSet && keys.size() > 1)
    return fail(
        base::Error(Code::kInvalid, fmt::format("relation '{}': found {} keys, expected one",
                                                link_.relation->name, keys.size()))
            .model(object_.model().name));
  Rows going;
  for (auto& [bytes, row] : rows) {
    const bool is_named = keys.contains(bytes) || !change_.keys.has_value();
    const bool goes = mode == LinkMode::kSet ? !is_named : is_named && mode != LinkMode::kAdd;
    if (goes) going.emplace(bytes, std::move(row));
  }
  ByKey coming;
  for (const auto& [bytes, key] : keys) {
    if (mode != LinkMode::kRemove && !rows.contains(bytes)) coming.emplace(bytes, key);
  }
  THING_ASSIGN(const Written gone, remove_rows(going));
  if (gone == Written::kNotFound) return gone;
  return add_rows(coming);
}

}  // namespace

Result<Written> change_links(store::Store& store, const store::Call& call,
                             const entity::Object& object, const schema::Link& link,
                             const LinkChange& change, Linked& out) {
  const bool is_direct = link.steps.size() == 1 || link.pivot() != nullptr;
  if (link.relation->kind == schema::RelationKind::kBelongsTo || !is_direct)
    return fail(base::Error(Code::kUnsupported,
                            fmt::format("relation '{}': found {}, expected has_one, has_many or "
                                        "many_to_many that is not through others",
                                        link.relation->name,
                                        schema::relation_kind_name(link.relation->kind)))
                    .model(object.model().name));
  if (!change.pivot.empty() && link.pivot() == nullptr)
    return fail(base::Error(Code::kInvalid,
                            fmt::format("relation '{}': found fields of pairs, expected them of a "
                                        "many_to_many",
                                        link.relation->name))
                    .model(object.model().name));
  if (!change.keys.has_value() && change.mode != LinkMode::kRemove)
    return fail(Code::kInvalid, "found no keys, expected an array of them");
  out = {};
  const auto body = [&](const store::Call& inner) {
    return Linking(store, inner, object, link, change, out).run();
  };
  auto written = store.together(call, body);
  // Another made the same pair meanwhile: it is there now.
  if (!written && written.error().code() == Code::kUnique && call.tx == nullptr) {
    out = {};
    written = store.together(call, body);
  }
  if (!written || *written == Written::kNotFound) out = {};
  return written;
}

}  // namespace thing::relation
