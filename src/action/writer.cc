#include "action/writer.h"

#include <algorithm>

#include "entity/prepare.h"
#include "relation/save.h"
#include "store/keys.h"
#include "store/reading.h"
#include "store/write.h"

namespace thing::action {

using base::Code;
using base::Result;
using base::Status;
using relation::LinkMode;
using store::state_of;
using store::Written;
using value::Value;

namespace {

// What is wrong with the record that the call names is said of its fields, without a path.
tl::unexpected<base::Error> failed(const Place& place, base::Error&& error) {
  if (place.path().find('.') == std::string::npos) return base::fail(std::move(error));
  return place.of(std::move(error));
}

// A row that is to belong to a record.
tl::unexpected<base::Error> not_there(const Place& place) {
  return place.bad(Code::kForeignKey,
                   fmt::format("found no such {}, expected one that is there", place.model().name));
}

// A row that has to belong to a record already.
tl::unexpected<base::Error> not_related(const Place& place, const RelationWrite& write) {
  return place.bad(Code::kForeignKey, fmt::format("found no such {} in '{}', expected one",
                                                  place.model().name, write.link->relation->name));
}

bool is_same(const store::Key& a, const store::Key& b) {
  return a.is_integer ? a.integer == b.integer : store::key_bytes(a) == store::key_bytes(b);
}

std::string row_id(const schema::Model& model, const value::RowView& row) {
  return model.name + "=" + store::row_key_bytes(model, row);
}

std::string row_id(const entity::Object& object) { return row_id(object.model(), object.row()); }

}  // namespace

Writer::Writer(const Run& run) : run_(run), rows_(run.call), touches_(run.store, run.call) {
  rows_.flags &= ~store::kOnlyDeleted;
}

store::Call Writer::past_cache() const {
  store::Call past = rows_;
  past.flags |= store::kNoCacheRead | store::kNoCacheWrite;
  past.flags &= ~store::kCacheOnly;
  past.lock = {};
  return past;
}

// ---- objects

entity::Object& Writer::make(const schema::Model& model) {
  objects_.push_back(run_.store.make_object(model));
  return *objects_.back();
}

entity::Object& Writer::load(const schema::Model& model, value::BatchRef row) {
  const value::RowView view = row->row(0);
  const std::string id = row_id(model, view);
  const auto at = by_row_.find(id);
  const bool is_known =
      at != by_row_.end() && !at->second->is_deleted() && row_id(*at->second) == id;
  entity::Object& object = is_known ? *at->second : make(model);
  if (is_known && as_of_[&object] == writes_) return object;
  object.attach(view, std::move(row), false);
  keep(object);
  return object;
}

// Makes the object be as its row is now; what is laid over it stays. False: the row is gone.
Result<bool> Writer::refresh(entity::Object& object) {
  if (object.is_deleted()) return false;
  if (object.is_new() || as_of_[&object] == writes_) return true;
  const schema::Model& model = object.model();
  THING_ASSIGN(const store::Key key, store::original_key(object));
  store::Call all = past_cache();
  all.flags |= store::kWithDeleted | store::kUnscoped;
  if (run_.store.is_server()) all.lock.kind = query::Lock::Kind::kUpdate;
  store::RefSink sink;
  THING_ASSIGN(const store::Found found, run_.store.find_key(all, state_of(model), key, sink));
  if (found == store::Found::kNo) return false;
  value::BatchRef row = sink.take();
  const value::RowView view = row->row(0);
  const auto is_alive = [&model](const value::RowView& r) {
    return store::is_visible(model, r, query::Scope::kAlive);
  };
  if (is_alive(object.row()) && !is_alive(view)) return false;
  object.attach(view, std::move(row), false);
  as_of_[&object] = writes_;
  return true;
}

void Writer::keep(entity::Object& object) {
  by_row_[row_id(object)] = &object;
  as_of_[&object] = writes_;
}

// A new row is none that another object has; and what hooks wrote, nobody knows.
void Writer::note_saved(entity::Object& object, bool was_new) {
  if (!was_new) ++writes_;
  keep(object);
  if (run_.is_hooked()) ++writes_;
  touches_.add(object);
}

Result<entity::Object*> Writer::create(const Record& record) {
  THING_ASSIGN(const auto objects, create_all(record.place, {&record}, nullptr));
  return objects[0];
}

// The rows themselves are written together, and then what refers to each.
Result<std::vector<entity::Object*>> Writer::create_all(const Place& place, const Records& records,
                                                        const Side* side) {
  std::vector<entity::Object*> objects;
  std::vector<New> rows;
  std::vector<Leaving> none;
  for (const Record* record : records) {
    entity::Object& object = make(record->place.model());
    THING_TRY(write_references(*record, object, none));
    if (auto set = apply(record->place, record->changes, object); !set)
      return failed(record->place, std::move(set.error()));
    if (side != nullptr && side->write.link->pivot() == nullptr)
      THING_TRY(relation::claim(object, side->owner, side->write.link->steps[0]));
    objects.push_back(&object);
    rows.push_back({&record->place, &object});
  }
  THING_TRY(save_new(place, rows));
  for (size_t i = 0; i < records.size(); ++i) THING_TRY(write_rows(*records[i], *objects[i], true));
  return objects;
}

// With hooks nothing is gained by a batch.
Status Writer::save_new(const Place& place, const std::vector<New>& records) {
  if (run_.is_hooked() || records.size() == 1) {
    for (const New& record : records) THING_TRY(save(*record.place, *record.object));
    return {};
  }
  std::vector<store::Store::Item> items;
  for (const New& record : records)
    items.push_back({&state_of(record.object->model()), record.object});
  auto saved = run_.store.save_many(run_.call, items);
  for (const New& record : records) {
    if (saved) {
      note_saved(*record.object, true);
      continue;
    }
    // The error of one that could not even be tried names it.
    auto own = entity::prepare_insert(*record.object, run_.store.clock(),
                                      !run_.call.has(store::kNoTimestamps));
    if (!own) return failed(*record.place, std::move(own.error()));
  }
  if (!saved) return failed(place, std::move(saved.error()));
  return {};
}

Result<Written> Writer::save(const Place& place, entity::Object& object) {
  const bool is_new = object.is_new();
  const bool writes = is_new || object.is_dirty();
  auto written = run_.store.save(run_.call, state_of(object.model()), object);
  if (!written) return failed(place, std::move(written.error()));
  if (writes && *written == Written::kYes) note_saved(object, is_new);
  return written;
}

Result<entity::Object*> Writer::update(const Record& record, value::BatchRef row) {
  entity::Object& object = load(record.place.model(), std::move(row));
  std::vector<Leaving> leaving;
  THING_TRY(write_references(record, object, leaving));
  THING_ASSIGN(const bool is_there, refresh(object));
  if (!is_there) return nullptr;
  if (auto set = apply(record.place, record.changes, object); !set)
    return failed(record.place, std::move(set.error()));
  THING_ASSIGN(const Written written, save(record.place, object));
  if (written == Written::kNotFound) return nullptr;
  THING_TRY(write_rows(record, object, false));
  for (const Leaving& one : leaving) THING_TRY(remove(*one.item, *one.object));
  return &object;
}

Status Writer::change(const Item& item, value::BatchRef row) {
  THING_ASSIGN(const entity::Object* const object, update(*item.update, std::move(row)));
  return object != nullptr ? Status() : not_there(item.place);
}

Status Writer::remove(const Item& item, entity::Object& object) {
  THING_ASSIGN(const bool is_there, refresh(object));
  if (!is_there) return not_there(item.place);
  auto written =
      run_.store.remove(run_.call, state_of(object.model()), object, store::Mode::kDefault);
  if (!written) return item.place.of(std::move(written.error()));
  ++writes_;
  touches_.add(object);
  return *written == Written::kYes ? Status() : not_there(item.place);
}

Result<Written> Writer::finish(const Record& record, entity::Object& object) {
  std::vector<entity::Object*> known;
  for (const auto& o : objects_) {
    if (!o->is_new() && !o->is_deleted()) known.push_back(o.get());
  }
  THING_TRY(touches_.run(known, [this](entity::Object& o) { return refresh(o); }));
  if (record.relations.empty()) return Written::kYes;
  return run_.store.reload(past_cache(), state_of(object.model()), object);
}

// ---- what a record refers to

Status Writer::write_references(const Record& record, entity::Object& object,
                                std::vector<Leaving>& leaving) {
  for (const RelationWrite& write : record.relations) {
    if (!write.is_reference()) continue;
    const Side side{write, object, object.is_new()};
    for (const Operation& operation : write.operations)
      THING_TRY(write_reference(side, operation, leaving));
  }
  return {};
}

Status Writer::write_reference(const Side& side, const Operation& operation,
                               std::vector<Leaving>& leaving) {
  const Item& item = operation.items[0];
  switch (operation.verb) {
    case Verb::kDisconnect: return refer(side, nullptr);
    case Verb::kDelete: {
      THING_ASSIGN(value::BatchRef row, must_find(side, item));
      leaving.push_back({&item, &load(target(side), std::move(row))});
      return refer(side, nullptr);
    }
    case Verb::kUpdate: {
      THING_ASSIGN(value::BatchRef row, must_find(side, item));
      return change(item, std::move(row));
    }
    case Verb::kUpsert: {
      THING_ASSIGN(value::BatchRef row, find_to_change(side, item));
      if (row) return change(item, std::move(row));
      break;
    }
    case Verb::kConnect:
    case Verb::kConnectOrCreate: {
      THING_ASSIGN(value::BatchRef row, read_row(run_of(target(side)), *item.one, false));
      if (row) return refer(side, &load(target(side), std::move(row)));
      if (operation.verb == Verb::kConnect) return not_there(item.place);
      break;
    }
    default: break;  // create
  }
  THING_ASSIGN(const entity::Object* const made, create(*item.create));
  return refer(side, made);
}

Status Writer::refer(const Side& side, const entity::Object* to) {
  auto referred = relation::refer(side.owner, *side.write.link, to);
  if (!referred) return side.write.place.of(std::move(referred.error()));
  if (*referred) return {};
  return side.write.place.bad(
      Code::kState,
      fmt::format("found a {} without the key to refer by, expected one", target(side).name));
}

// ---- what refers to a record

Status Writer::write_rows(const Record& record, entity::Object& object, bool is_new) {
  for (const RelationWrite& write : record.relations) {
    if (write.is_reference()) continue;
    const Side side{write, object, is_new};
    for (const Operation& operation : write.operations) THING_TRY(write_operation(side, operation));
  }
  return {};
}

Status Writer::write_operation(const Side& side, const Operation& operation) {
  switch (operation.verb) {
    case Verb::kSet:
    case Verb::kConnect: {
      THING_ASSIGN(Keys keys, keys_of(side, operation, true));
      const bool is_set = operation.verb == Verb::kSet;
      return link(side, operation, is_set ? LinkMode::kSet : LinkMode::kAdd, std::move(keys));
    }
    case Verb::kDisconnect: return disconnect(side, operation);
    case Verb::kDelete: return delete_rows(side, operation);
    case Verb::kUpdate: return update_rows(side, operation);
    case Verb::kUpsert: return upsert_rows(side, operation);
    case Verb::kCreateMany: return create_many(side, operation);
    case Verb::kConnectOrCreate: return connect_or_create(side, operation);
    case Verb::kDeleteMany:
    case Verb::kUpdateMany: {
      for (const Item& item : operation.items) THING_TRY(write_many(side, item));
      return {};
    }
    case Verb::kCreate: break;
  }
  Records records;
  for (const Item& item : operation.items) records.push_back(item.create.get());
  return create_rows(side, operation, records);
}

Status Writer::update_rows(const Side& side, const Operation& operation) {
  for (const Item& item : operation.items) {
    THING_ASSIGN(value::BatchRef row, must_find(side, item));
    THING_TRY(change(item, std::move(row)));
  }
  return {};
}

Status Writer::upsert_rows(const Side& side, const Operation& operation) {
  for (const Item& item : operation.items) {
    THING_ASSIGN(value::BatchRef row, find_to_change(side, item));
    THING_TRY(row ? change(item, std::move(row))
                  : create_rows(side, operation, {item.create.get()}));
  }
  return {};
}

Status Writer::delete_rows(const Side& side, const Operation& operation) {
  for (const Item& item : operation.items) {
    THING_ASSIGN(value::BatchRef row, must_find(side, item));
    THING_TRY(remove(item, load(target(side), std::move(row))));
  }
  return {};
}

Status Writer::create_rows(const Side& side, const Operation& operation, const Records& records) {
  if (records.empty()) return {};
  const bool takes_a_place = !side.write.is_many() && !side.is_new;
  if (takes_a_place) THING_TRY(link(side, operation, LinkMode::kRemove, std::nullopt));
  THING_ASSIGN(const auto objects, create_all(operation.place, records, &side));
  if (side.write.link->pivot() == nullptr) return {};
  Keys keys;
  for (const entity::Object* object : objects) {
    THING_ASSIGN(store::Key key, store::original_key(*object));
    keys.push_back(std::move(key));
  }
  return link(side, operation, LinkMode::kAdd, std::move(keys), true);
}

Status Writer::create_many(const Side& side, const Operation& operation) {
  std::vector<New> rows;
  std::vector<store::Store::Item> items;
  for (const Item& item : operation.items) {
    entity::Object& object = make(target(side));
    if (auto set = apply(item.place, item.values, object); !set)
      return failed(item.place, std::move(set.error()));
    THING_TRY(relation::claim(object, side.owner, side.write.link->steps[0]));
    rows.push_back({&item.place, &object});
    items.push_back({&state_of(target(side)), &object});
  }
  if (!operation.skips_duplicates) return save_new(operation.place, rows);
  auto saved = action::save_new(run_of(target(side)), items);
  if (!saved) return operation.place.of(std::move(saved.error()));
  for (const New& row : rows) {
    if (!row.object->is_new()) note_saved(*row.object, true);
  }
  return {};
}

// One after the other: what one makes, the next may find.
Status Writer::connect_or_create(const Side& side, const Operation& operation) {
  Keys keys;
  for (const Item& item : operation.items) {
    THING_ASSIGN(const value::BatchRef row, read_row(run_of(target(side)), *item.one, false));
    if (!row) {
      THING_TRY(create_rows(side, operation, {item.create.get()}));
    } else {
      keys.push_back(store::row_key(target(side), row->row(0)));
    }
  }
  return keys.empty() ? Status() : link(side, operation, LinkMode::kAdd, std::move(keys));
}

Status Writer::disconnect(const Side& side, const Operation& operation) {
  if (!side.write.is_many()) return link(side, operation, LinkMode::kRemove, std::nullopt);
  THING_ASSIGN(Keys keys, keys_of(side, operation, false));
  return keys.empty() ? Status() : link(side, operation, LinkMode::kRemove, std::move(keys));
}

Status Writer::link(const Side& side, const Operation& operation, LinkMode mode,
                    std::optional<Keys> keys, bool are_made) {
  relation::LinkChange change;
  change.are_made = are_made;
  change.touches = &touches_;
  change.mode = mode;
  change.keys = std::move(keys);
  if (mode != LinkMode::kRemove) change.pivot = side.write.pivot;
  relation::Linked linked;
  auto written =
      relation::change_links(run_.store, run_.call, side.owner, *side.write.link, change, linked);
  if (!written) return operation.place.of(std::move(written.error()));
  ++writes_;
  if (*written == Written::kYes) return {};
  if (change.keys.has_value()) THING_TRY(check_there(side, operation, *change.keys));
  return not_there(Place(target(side), operation.place.path()));
}

// updateMany and deleteMany: of many_to_many in parts, by the keys that the pairs hold.
Status Writer::write_many(const Side& side, const Item& item) {
  if (side.write.link->pivot() == nullptr) {
    query::Criteria rows = *item.rows;
    THING_ASSIGN(const bool has_key,
                 relation::add_owner(rows, side.owner, side.write.link->steps[0]));
    return has_key ? write_where(item, rows) : Status();
  }
  THING_ASSIGN(const auto keys, paired_keys(side));
  const std::vector<uint32_t>& fields = side.write.last().to_fields;
  const size_t most = relation::most_keys(fields);
  for (size_t at = 0; at < keys.size(); at += most) {
    query::Criteria rows = *item.rows;
    const std::span part = std::span(keys).subspan(at, std::min(most, keys.size() - at));
    THING_TRY(relation::add_keys(rows, fields, part));
    THING_TRY(write_where(item, rows));
  }
  return {};
}

Status Writer::write_where(const Item& item, const query::Criteria& rows) {
  store::ModelState& state = state_of(item.place.model());
  auto written = item.document.empty()
                     ? run_.store.remove_where(rows_, state, rows, store::Mode::kDefault, true)
                     : run_.store.update_where(rows_, state, rows, item.document, true);
  if (!written) return item.place.of(std::move(written.error()));
  ++writes_;
  return {};
}

// ---- which rows are meant

// Keys that are given are not looked for here: whoever links them does that, for all of them at
// once.
Result<Writer::Keys> Writer::keys_of(const Side& side, const Operation& operation, bool must) {
  Keys keys;
  for (const Item& item : operation.items) {
    if (item.one->key.has_value()) {
      keys.push_back(*item.one->key);
      continue;
    }
    THING_ASSIGN(const value::BatchRef row, read_row(run_of(target(side)), *item.one, false));
    if (row) keys.push_back(store::row_key(target(side), row->row(0)));
    if (!row && must) return not_there(item.place);
  }
  return keys;
}

// Says which of the keys, one of each item, has no row.
Status Writer::check_there(const Side& side, const Operation& operation, const Keys& keys) {
  if (keys.size() != operation.items.size()) return {};
  THING_ASSIGN(const store::RowSet set,
               run_.store.find_keys(past_cache(), state_of(target(side)), keys));
  uint32_t next = 0;  // rows come in the order of their keys
  for (size_t i = 0; i < keys.size(); ++i, ++next) {
    if (next == set.rows->rows() ||
        !is_same(store::row_key(target(side), set.rows->row(next)), keys[i]))
      return not_there(operation.items[i].place);
  }
  return {};
}

Result<value::BatchRef> Writer::find(const Side& side, const Item& item, bool locks) {
  const schema::Link& link = *side.write.link;
  query::Criteria rows = item.one.has_value() ? item.one->criteria : *item.rows;
  if (link.pivot() == nullptr) {
    THING_ASSIGN(const bool has_key, relation::add_owner(rows, side.owner, link.steps[0]));
    if (!has_key) return value::BatchRef();
  }
  THING_ASSIGN(value::BatchRef row, read_row(run_of(target(side)), rows, locks));
  if (!row || link.pivot() == nullptr) return row;
  THING_ASSIGN(const bool paired, is_paired(side, row->row(0)));
  return paired ? row : value::BatchRef();
}

Result<value::BatchRef> Writer::must_find(const Side& side, const Item& item) {
  THING_ASSIGN(value::BatchRef row, find(side, item, true));
  if (!row) return not_related(item.place, side.write);
  return row;
}

// Without a lock first, as an upsert does: see there.
Result<value::BatchRef> Writer::find_to_change(const Side& side, const Item& item) {
  THING_ASSIGN(value::BatchRef row, find(side, item, false));
  if (!row || !run_.store.is_server()) return row;
  return find(side, item, true);
}

Result<bool> Writer::is_paired(const Side& side, const value::RowView& row) {
  const schema::Step& on = side.write.last();
  std::vector<Value> key;
  for (const uint32_t f : on.to_fields) key.emplace_back(row.value(f, on.to->fields[f].type));
  THING_ASSIGN(query::Criteria pairs, relation::referring(side.owner, *side.write.link));
  THING_TRY(relation::add_keys(pairs, on.from_fields, {&key, 1}));
  store::Call all = past_cache();
  all.flags |= store::kUnscoped;
  THING_ASSIGN(const auto is_there, run_.store.exists(all, state_of(*on.from), pairs));
  return is_there.value_or(false);  // which past_cache() always has
}

Result<std::vector<std::vector<Value>>> Writer::paired_keys(const Side& side) {
  const schema::Step& on = side.write.last();
  THING_ASSIGN(const query::Criteria pairs, relation::referring(side.owner, *side.write.link));
  store::Call all = past_cache();
  all.flags |= store::kUnscoped;
  THING_ASSIGN(const store::RowSet set, run_.store.query(all, state_of(*on.from), pairs));
  std::vector<std::vector<Value>> keys(set.rows->rows());
  for (uint32_t r = 0; r < set.rows->rows(); ++r) {
    for (const uint32_t f : on.from_fields)
      keys[r].emplace_back(set.rows->row(r).value(f, on.from->fields[f].type));
  }
  return keys;
}

}  // namespace thing::action
