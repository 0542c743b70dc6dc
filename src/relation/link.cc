#include "relation/link.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "entity/document.h"
#include "query/criteria.h"
#include "relation/save.h"
#include "relation/touch.h"
#include "store/keys.h"
#include "store/model_state.h"
#include "store/reading.h"
#include "text/json.h"
#include "value/json.h"

namespace thing::relation {

using base::Code;
using base::fail;
using base::Result;
using store::state_of;
using store::Written;
using value::Value;
using value::ValueView;

namespace {

using Fields = std::vector<uint32_t>;
using Owned = store::Store::OwnedObject;

constexpr size_t kMostListed = 10'000;  // keys in one condition
constexpr size_t kMostOred = 100;       // the same of keys of several fields
constexpr size_t kFew = 4;              // rows that are saved one by one

std::string bytes_of(const std::vector<Value>& values) {
  std::string out;
  for (const Value& v : values) store::append_key_bytes(out, v.view());
  return out;
}

std::vector<Value> values_of(const entity::Object& object, const Fields& fields) {
  std::vector<Value> values;
  for (const uint32_t f : fields) values.emplace_back(object.get(f).value_or(ValueView()));
  return values;
}

// One change of the rows of a relation, in its transaction.
class Linking {
 public:
  Linking(store::Store& store, const store::Call& call, const entity::Object& object,
          const schema::Link& link, const LinkChange& change, Linked& out)
      : store_(store), call_(call), object_(object), link_(link), change_(change), out_(out) {
    // Which rows the call wants to read is nothing to those that are linked: they are there.
    call_.flags &= ~static_cast<int32_t>(store::kOnlyDeleted | store::kCacheOnly);
    // The one that comes takes the place of the one there is.
    if (is_one() && mode_ == LinkMode::kAdd) mode_ = LinkMode::kSet;
  }

  Result<Written> run() {
    THING_TRY(object_.check_selected(step().from_fields));
    for (const uint32_t f : step().from_fields) {
      const auto v = object_.get(f);
      if (object_.is_new() || !v.has_value() || v->is_null())
        return fail(base::Error(Code::kState,
                                fmt::format("relation '{}': found an object without '{}', expected "
                                            "one that is saved",
                                            link_.relation->name, object_.model().fields[f].name))
                        .model(object_.model().name));
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
  bool is_one() const { return link_.relation->kind == schema::RelationKind::kHasOne; }
  // Reads that build on what the database has.
  store::Call past_cache() const {
    store::Call past = call_;
    past.flags |= store::kNoCacheRead | store::kNoCacheWrite;
    return past;
  }
  // All rows that belong to the object, whatever a scope hides; of pairs also those that were
  // deleted softly when they are in the way of others, and else never.
  store::Call whole(store::Call call) const {
    call.flags |= store::kUnscoped;
    if (link_.pivot() == nullptr) return call;
    call.flags &= ~store::kWithDeleted;
    if (are_pairs_unique()) call.flags |= store::kWithDeleted;
    return call;
  }
  Result<ByKey> named(const Fields& key_fields);
  Result<store::RowSet> query_one(const query::Criteria& criteria) const;
  Result<Rows> current(const Fields& key_fields, const ByKey& keys) const;
  Fields pair_fields() const;
  bool are_pairs_unique() const;
  Result<std::set<std::string>> strangers(const Rows& pairs) const;
  Result<Written> run_pairs();
  Result<Owned> new_pair(const Named& key) const;
  Result<Written> remove_pairs(std::vector<Owned>& pairs);
  Result<Written> run_rows();
  Result<Written> add_rows(ByKey& keys);
  Result<Written> remove_rows(Rows& rows);
  bool is_heard(const schema::Model& model) const;
  bool saves_together(size_t rows) const;
  Result<Written> save_rows(const store::Call& call, std::vector<Owned>& rows);
  Result<Written> save_all(std::vector<Owned>& objects);
  void touch(const std::vector<Owned>& objects) const;

  store::Store& store_;
  store::Call call_;
  const entity::Object& object_;
  const schema::Link& link_;
  const LinkChange& change_;
  Linked& out_;
  LinkMode mode_ = change_.mode;
  store::RowSet there_;     // rows that are named
  bool lacks_row_ = false;  // one of them is not there
};

// The keys that are named, as values of these fields of the target. What is to be removed need not
// be there.
Result<Linking::ByKey> Linking::named(const Fields& key_fields) {
  ByKey out;
  const schema::Model& target = *link_.target;
  if (!change_.keys.has_value() || change_.keys->empty()) return out;
  const bool by_primary = key_fields == target.primary;
  if (!by_primary || !(mode_ == LinkMode::kRemove || change_.are_made)) {
    store::Call past = past_cache();
    if (change_.are_made) past.flags |= store::kUnscoped | store::kWithDeleted;
    THING_ASSIGN(there_, store_.find_keys(past, state_of(target), *change_.keys));
    lacks_row_ = there_.rows->rows() < change_.keys->size();
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
  for (uint32_t r = 0; r < there_.rows->rows(); ++r) {
    Named named;
    for (const uint32_t f : key_fields)
      named.values.emplace_back(there_.rows->row(r).value(f, target.fields[f].type));
    std::string bytes = bytes_of(named.values);
    out.emplace(std::move(bytes), std::move(named));
  }
  return out;
}

// The row that a has_one shows. Where it shows none, one that a scope hides may be in the way.
Result<store::RowSet> Linking::query_one(const query::Criteria& criteria) const {
  store::ModelState& target = state_of(*step().to);
  THING_ASSIGN(store::RowSet shown, store_.query_first(past_cache(), target, criteria));
  if (shown.rows->rows() > 0 || step().to->scopes.empty()) return shown;
  return store_.query_first(whole(past_cache()), target, criteria);
}

// The pairs, or rows, that belong to the object now, by these fields of theirs. Where only those
// that are named can change, no others are read.
Result<Linking::Rows> Linking::current(const Fields& key_fields, const ByKey& keys) const {
  THING_ASSIGN(query::Criteria criteria, referring(object_, link_));
  const bool named_alone = mode_ != LinkMode::kSet && change_.keys.has_value();
  if (named_alone && keys.size() <= most_keys(key_fields)) {
    std::vector<std::vector<Value>> values;
    for (const auto& [bytes, key] : keys) values.push_back(key.values);
    THING_TRY(add_keys(criteria, key_fields, values));
  }
  THING_ASSIGN(const store::RowSet set,
               is_one() ? query_one(criteria)
                        : store_.query(whole(past_cache()), state_of(*step().to), criteria));
  Rows out;
  for (uint32_t r = 0; r < set.rows->rows(); ++r) {
    auto row = store_.make_object(*step().to);
    row->attach(set.rows->row(r), set.rows, false);
    out.emplace(bytes_of(values_of(*row, key_fields)), std::move(row));
  }
  return out;
}

void Linking::touch(const std::vector<Owned>& objects) const {
  if (change_.touches == nullptr) return;
  for (const Owned& o : objects) change_.touches->add(*o);
}

Result<Written> Linking::save_all(std::vector<Owned>& objects) {
  touch(objects);
  std::vector<store::Store::Item> items;
  for (const auto& o : objects) items.push_back({&state_of(o->model()), o.get()});
  if (items.empty()) return Written::kYes;
  return store_.save_many(call_, items);
}

// ---- many_to_many

// The fields of a pair that say of which rows it is.
Fields Linking::pair_fields() const {
  std::set<uint32_t> own(step().to_fields.begin(), step().to_fields.end());
  own.insert(link_.steps[1].from_fields.begin(), link_.steps[1].from_fields.end());
  for (const schema::Step& s : link_.steps) {
    if (s.fixed.has_value() && (&s == &step()) == s.fixed->of_to) own.insert(s.fixed->field);
  }
  return {own.begin(), own.end()};
}

// Whether two rows have one pair at most, so that one that was deleted softly is in the way of
// another.
bool Linking::are_pairs_unique() const {
  if (link_.pivot() == nullptr) return false;
  const schema::Model& pair = *link_.pivot();
  const Fields own = pair_fields();
  const auto is_own = [&own](const Fields& fields) {
    return std::all_of(fields.begin(), fields.end(), [&own](uint32_t f) {
      return std::binary_search(own.begin(), own.end(), f);
    });
  };
  return is_own(pair.primary) ||
         std::any_of(pair.indexes.begin(), pair.indexes.end(), [&](const schema::Index& i) {
           return i.unique && i.where.empty() && is_own(i.fields);
         });
}

// Of a relation with conditions: pairs that lead to other rows are none of it, though they are
// there.
Result<std::set<std::string>> Linking::strangers(const Rows& pairs) const {
  const schema::Step& on = link_.steps[1];
  std::set<std::string> out;
  if (on.criteria.empty() || mode_ == LinkMode::kAdd) return out;
  std::vector<std::vector<Value>> keys;
  for (const auto& [bytes, pair] : pairs) {
    if (out.insert(bytes).second) keys.push_back(values_of(*pair, on.from_fields));
  }
  THING_ASSIGN(const query::Criteria conditions, query::step_criteria(on));
  const size_t most = most_keys(on.to_fields);
  for (size_t at = 0; at < keys.size(); at += most) {
    query::Criteria criteria = conditions;
    THING_TRY(add_keys(criteria, on.to_fields,
                       std::span(keys).subspan(at, std::min(most, keys.size() - at))));
    THING_ASSIGN(const store::RowSet set, store_.query(past_cache(), state_of(*on.to), criteria));
    for (uint32_t r = 0; r < set.rows->rows(); ++r) {
      std::vector<Value> key;
      for (const uint32_t f : on.to_fields)
        key.emplace_back(set.rows->row(r).value(f, on.to->fields[f].type));
      out.erase(bytes_of(key));
    }
  }
  return out;
}

Result<Owned> Linking::new_pair(const Named& key) const {
  auto pair = store_.make_object(*step().to);
  const schema::Step& on = link_.steps[1];
  THING_TRY(claim(*pair, object_, step()));
  for (size_t i = 0; i < key.values.size(); ++i)
    THING_TRY(pair->set(on.from_fields[i], key.values[i]));
  if (on.fixed.has_value()) THING_TRY(pair->set(on.fixed->field, on.fixed->value));
  if (!change_.pivot.empty())
    THING_TRY(entity::assign_json(*pair, change_.pivot, entity::Fill::kForce, false));
  return pair;
}

Result<Written> Linking::run_pairs() {
  const Fields& key_fields = link_.steps[1].from_fields;
  THING_ASSIGN(const ByKey keys, named(link_.steps[1].to_fields));
  if (lacks_row_ && mode_ != LinkMode::kRemove) return Written::kNotFound;
  THING_ASSIGN(Rows pairs, current(key_fields, keys));
  THING_ASSIGN(const std::set<std::string> strange, strangers(pairs));
  std::set<std::string> there;
  std::vector<Owned> written, removed, gone;
  for (auto& [bytes, pair] : pairs) {
    const bool is_named = keys.contains(bytes) || !change_.keys.has_value();
    if (!store::is_visible(pair->model(), pair->row(), query::Scope::kAlive)) {
      if (is_named && mode_ != LinkMode::kRemove) gone.push_back(std::move(pair));
      continue;
    }
    there.insert(bytes);
    const bool leaves = mode_ == LinkMode::kSet ? !is_named : is_named && mode_ != LinkMode::kAdd;
    if (leaves && !strange.contains(bytes)) {
      removed.push_back(std::move(pair));
    } else if (is_named && !change_.pivot.empty()) {
      THING_TRY(entity::assign_json(*pair, change_.pivot, entity::Fill::kForce, false));
      written.push_back(std::move(pair));
    }
  }
  out_.removed = static_cast<int64_t>(removed.size());
  for (const auto& [bytes, key] : keys) {
    if (mode_ == LinkMode::kRemove || there.contains(bytes)) continue;
    THING_ASSIGN(auto pair, new_pair(key));
    written.push_back(std::move(pair));
    ++out_.added;
  }
  std::move(gone.begin(), gone.end(), std::back_inserter(removed));
  THING_ASSIGN(const Written left, remove_pairs(removed));
  return left == Written::kNotFound ? left : save_all(written);
}

// Those that nobody listens to by the keys that they hold, in few statements; a pair that went
// meanwhile is no loss. Few of them are deleted one by one, as in saves_together().
Result<Written> Linking::remove_pairs(std::vector<Owned>& pairs) {
  touch(pairs);
  // Of several fields all that say which pair it is, so that each alternative follows an index;
  // beside a condition of the owner a database may look at all its pairs for each statement.
  const bool is_whole = link_.steps[1].from_fields.size() > 1;
  const Fields fields = is_whole ? pair_fields() : link_.steps[1].from_fields;
  std::vector<std::vector<Value>> keys;
  for (const Owned& pair : pairs) keys.push_back(values_of(*pair, fields));
  const bool has_null = std::any_of(keys.begin(), keys.end(), [](const std::vector<Value>& key) {
    return std::any_of(key.begin(), key.end(), [](const Value& v) { return v.is_null(); });
  });
  const store::Call all = whole(call_);
  if (pairs.size() <= kFew || has_null || is_heard(*step().to)) {
    std::vector<store::Store::Item> items;
    for (const Owned& o : pairs) items.push_back({&state_of(o->model()), o.get()});
    if (items.empty()) return Written::kYes;
    return store_.remove_many(all, items, store::Mode::kHard);
  }
  THING_ASSIGN(query::Criteria own,
               is_whole ? query::step_criteria(step()) : referring(object_, link_));
  own.clear_order();
  const size_t most = most_keys(fields);
  for (size_t at = 0; at < keys.size(); at += most) {
    query::Criteria criteria = own;
    THING_TRY(
        add_keys(criteria, fields, std::span(keys).subspan(at, std::min(most, keys.size() - at))));
    THING_TRY(store_.remove_where(all, state_of(*step().to), criteria, store::Mode::kHard, false));
  }
  return Written::kYes;
}

// ---- has_many, has_one

bool Linking::is_heard(const schema::Model& model) const {
  return call_.runs_hooks(model) &&
         store_.hooks().listens(entity::kAllEvents & ~entity::kAfterLoad, model);
}

// Rows that nobody listens to go in one statement. Few of them are saved one by one: a statement of
// many drops all that is cached of the model.
bool Linking::saves_together(size_t rows) const {
  const schema::Model& target = *link_.target;
  const Fields& refers = step().to_fields;
  return rows > kFew && target.id >= 0 && !is_heard(target) &&
         std::none_of(refers.begin(), refers.end(),
                      [&target](uint32_t f) { return target.is_key(f); });
}

// Rows of which each has the same changes.
Result<Written> Linking::save_rows(const store::Call& call, std::vector<Owned>& rows) {
  if (!saves_together(rows.size())) return save_all(rows);
  touch(rows);
  const schema::Model& target = *link_.target;
  Fields fields = step().to_fields;
  if (step().fixed.has_value()) fields.push_back(step().fixed->field);
  std::string document;
  text::JsonWriter writer(document);
  writer.begin_object();
  for (const uint32_t f : fields) {
    writer.key(target.fields[f].name);
    value::print_value(writer, target.fields[f].type, rows[0]->get(f).value_or(ValueView()));
  }
  writer.end_object();
  for (size_t at = 0; at < rows.size(); at += kMostListed) {
    const size_t end = std::min(rows.size(), at + kMostListed);
    std::vector<Value> ids;
    for (size_t i = at; i < end; ++i)
      ids.emplace_back(rows[i]->row().value(static_cast<uint32_t>(target.id), value::Type::kInt));
    query::Criteria criteria(target);
    THING_TRY(criteria.in(static_cast<uint32_t>(target.id), std::move(ids), false));
    THING_ASSIGN(const int64_t n,
                 store_.update_where(call, state_of(target), criteria, document, false));
    if (n < static_cast<int64_t>(end - at)) return Written::kNotFound;
  }
  return Written::kYes;
}

// Those that refer to the object already are not written.
Result<Written> Linking::add_rows(ByKey& keys) {
  std::vector<Owned> rows;
  for (uint32_t r = 0; !keys.empty() && r < there_.rows->rows(); ++r) {
    const value::RowView view = there_.rows->row(r);
    std::vector<Value> key;
    for (const uint32_t f : link_.target->primary)
      key.emplace_back(view.value(f, link_.target->fields[f].type));
    if (keys.erase(bytes_of(key)) == 0) continue;
    auto row = store_.make_object(*link_.target);
    row->attach(view, there_.rows, false);
    THING_TRY(claim(*row, object_, step()));
    if (row->is_dirty()) rows.push_back(std::move(row));
  }
  if (!keys.empty()) return Written::kNotFound;
  out_.added += static_cast<int64_t>(rows.size());
  return save_rows(call_, rows);
}

Result<Written> Linking::remove_rows(Rows& rows) {
  std::vector<Owned> changed;
  for (auto& [bytes, row] : rows) {
    for (const uint32_t f : step().to_fields) THING_TRY(row->set(f, Value()));
    changed.push_back(std::move(row));
  }
  out_.removed += static_cast<int64_t>(changed.size());
  return save_rows(whole(call_), changed);
}

Result<Written> Linking::run_rows() {
  const Fields& primary = link_.target->primary;
  THING_ASSIGN(ByKey keys, named(primary));
  if (mode_ == LinkMode::kAdd) return add_rows(keys);
  THING_ASSIGN(Rows rows, current(primary, keys));
  if (is_one() && mode_ == LinkMode::kSet && keys.size() > 1)
    return fail(
        base::Error(Code::kInvalid, fmt::format("relation '{}': found {} keys, expected one",
                                                link_.relation->name, keys.size()))
            .model(object_.model().name));
  Rows going;
  for (auto& [bytes, row] : rows) {
    const bool is_named = keys.contains(bytes) || !change_.keys.has_value();
    const bool goes = mode_ == LinkMode::kSet ? !is_named : is_named;
    if (goes) going.emplace(bytes, std::move(row));
  }
  ByKey coming;
  for (const auto& [bytes, key] : keys) {
    if (mode_ != LinkMode::kRemove && !rows.contains(bytes)) coming.emplace(bytes, key);
  }
  THING_ASSIGN(const Written gone, remove_rows(going));
  if (gone == Written::kNotFound) return gone;
  return add_rows(coming);
}

}  // namespace

Result<bool> add_owner(query::Criteria& criteria, const entity::Object& object,
                       const schema::Step& step) {
  THING_TRY(object.check_selected(step.from_fields));
  for (size_t i = 0; i < step.from_fields.size(); ++i) {
    const auto v = object.get(step.from_fields[i]);
    if (!v.has_value() || v->is_null()) return false;
    auto added = criteria.compare(step.to_fields[i], query::Op::kEq, false, Value(*v));
    if (!added) return fail(std::move(added.error()));
  }
  if (!step.fixed.has_value() || !step.fixed->of_to) return true;
  auto added = criteria.compare(step.fixed->field, query::Op::kEq, false, Value(step.fixed->value));
  if (!added) return fail(std::move(added.error()));
  return true;
}

size_t most_keys(const Fields& fields) { return fields.size() == 1 ? kMostListed : kMostOred; }

base::Status add_keys(query::Criteria& criteria, const Fields& fields,
                      std::span<const std::vector<Value>> keys) {
  const auto is_key = [](const std::vector<Value>& key) {
    return std::none_of(key.begin(), key.end(), [](const Value& v) { return v.is_null(); });
  };
  if (fields.size() == 1) {
    std::vector<Value> values;
    for (const auto& key : keys) {
      if (is_key(key)) values.push_back(key[0]);
    }
    return criteria.in(fields[0], std::move(values), false);
  }
  THING_TRY(criteria.begin(query::NodeKind::kOr));
  for (const auto& key : keys) {
    if (!is_key(key)) continue;
    THING_TRY(criteria.begin(query::NodeKind::kAnd));
    for (size_t i = 0; i < fields.size(); ++i)
      THING_TRY(criteria.compare(fields[i], query::Op::kEq, false, Value(key[i])));
    THING_TRY(criteria.end());
  }
  return criteria.end();
}

Result<query::Criteria> referring(const entity::Object& object, const schema::Link& link) {
  THING_ASSIGN(query::Criteria criteria, query::step_criteria(link.steps[0]));
  THING_ASSIGN(const bool has_key, add_owner(criteria, object, link.steps[0]));
  if (!has_key)
    return fail(Code::kState, "relation '{}': found an object without a key", link.relation->name);
  if (link.pivot() == nullptr || !link.steps[1].fixed.has_value() || link.steps[1].fixed->of_to)
    return criteria;
  const schema::Step::Fixed& fixed = *link.steps[1].fixed;
  auto added = criteria.compare(fixed.field, query::Op::kEq, false, Value(fixed.value));
  if (!added) return fail(std::move(added.error()));
  return criteria;
}

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
