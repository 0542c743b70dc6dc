// Rows that are inserted, or changed where one with their key is there.
#include <algorithm>
#include <iterator>

#include "entity/prepare.h"
#include "store/backups.h"
#include "store/hooked.h"
#include "store/insert.h"
#include "store/keys.h"
#include "store/list.h"
#include "store/prepared.h"
#include "store/write.h"
#include "store/writing.h"

namespace thing::store {

using base::fail;

namespace {

using Fields = std::vector<uint32_t>;

bool is_unique_key(const schema::Model& m, Fields fields) {
  std::sort(fields.begin(), fields.end());
  const auto same = [&fields](std::vector<uint32_t> other) {
    std::sort(other.begin(), other.end());
    return other == fields;
  };
  if (same(m.primary)) return true;
  return std::any_of(m.indexes.begin(), m.indexes.end(), [&](const schema::Index& i) {
    return i.unique && i.where.empty() && same(i.fields);
  });
}

bool has(const Fields& fields, uint32_t field) {
  return std::find(fields.begin(), fields.end(), field) != fields.end();
}

base::Status check_updates(const schema::Model& m, const Fields& key, const Fields& updates) {
  for (const uint32_t f : updates) {
    if (!has(key, f) && !m.is_key(f)) continue;
    return fail(base::Error(base::Code::kInvalid,
                            fmt::format("found '{}' among the fields to update, expected none of a "
                                        "key that the row is found by",
                                        m.fields[f].name))
                    .model(m.name)
                    .field(m.fields[f].name));
  }
  return {};
}

// What the row that is there takes from the new one: what was set, or of that what was chosen, but
// for the key and the time it was created. Where it takes anything, the updated time goes with it.
Fields updated_fields(const schema::Model& m, const entity::Object& object,
                      const entity::Prepared& prepared, const Fields& key,
                      const std::optional<Fields>& chosen) {
  Fields updates;
  const auto is_taken = [&](uint32_t f) {
    if (chosen.has_value()) return object.is_dirty(f) && has(*chosen, f);
    const bool is_kept = has(key, f) || m.is_key(f) || static_cast<int>(f) == m.created;
    return object.is_dirty(f) && !is_kept;
  };
  std::copy_if(prepared.fields.begin(), prepared.fields.end(), std::back_inserter(updates),
               is_taken);
  const bool is_timed = !chosen.has_value() || !updates.empty();
  if (is_timed && has_field(prepared.fields, m.updated) &&
      !has(updates, static_cast<uint32_t>(m.updated)))
    updates.push_back(static_cast<uint32_t>(m.updated));
  return updates;
}

// A row that is inserted, or changed when one with its key is there.
struct Upsert {
  Store& store;
  const Call& call;
  ModelState& model;
  const entity::Prepared& prepared;
  const Fields& key;
  const Fields& updates;

  // The row that is there and stays as it is; an empty one where there is none.
  base::Result<value::BatchRef> there() const;
  // In one statement, which gives the row. Empty: it gave none.
  base::Result<value::BatchRef> run_one(Writing& writing) const;
  // Where a statement that does both would take the row of any unique key for the one meant: an
  // insert, and an update by key where it met one. What it met under another key stays an error.
  base::Result<value::BatchRef> run(Writing& writing) const;

 private:
  base::Status insert(Writing& writing) const;
  base::Result<bool> update(Writing& writing) const;  // false: there is no row with the key
  base::Result<value::BatchRef> read(Writing& writing) const;
  base::Result<query::Query> find() const;
};

base::Result<value::BatchRef> Upsert::there() const {
  for (const uint32_t f : key) {
    if (prepared.value(model.model, f).is_null()) return value::BatchRef();  // equal to none
  }
  THING_ASSIGN(const query::Query q, find());
  Call past = call;
  past.flags |= kNoCacheRead | kNoCacheWrite;
  past.flags &= ~static_cast<int32_t>(kCacheOnly);
  past.lock = {};
  THING_ASSIGN(const RowSet set, store.query(past, model, q));
  return set.rows->rows() == 0 ? value::BatchRef() : set.rows;
}

base::Result<value::BatchRef> Upsert::run_one(Writing& writing) const {
  const auto plan = model.writes.upsert(store.dialect(), prepared.fields, key, updates);
  value::BatchBuilder builder;
  builder.start(model.model.layout, false);
  {
    Running running(store, call, writing.connection(), &model.model);
    THING_TRY(running.prepare(*plan));
    for (const uint32_t f : prepared.fields)
      THING_TRY(running.bind(prepared.value(model.model, f)));
    THING_TRY(writing.ready());
    THING_TRY(writing.ended(running.step_all(builder, model.whole)));
  }
  writing.executed();
  if (builder.rows() > 0) return builder.finish();
  // One that stays as it is gives nothing back: somebody made it meanwhile.
  if (updates.empty()) return read(writing);
  return value::BatchRef();
}

base::Result<value::BatchRef> Upsert::run(Writing& writing) const {
  auto inserted = insert(writing);
  if (!inserted && inserted.error().code() != base::Code::kUnique)
    return fail(std::move(inserted.error()));
  if (!inserted && !updates.empty()) {
    THING_ASSIGN(const bool is_there, update(writing));
    if (!is_there) return fail(std::move(inserted.error()));
  }
  THING_ASSIGN(value::BatchRef row, read(writing));
  if (!row && !inserted) return fail(std::move(inserted.error()));
  return row;
}

// An update that changed nothing makes no row of this transaction: its snapshot, when that is
// older, has another row there, or none.
base::Result<value::BatchRef> Upsert::read(Writing& writing) const {
  THING_ASSIGN(const query::Query q, find());
  const auto plan = store.plans().get(store.dialect(), q, PlanKind::kNewest);
  value::BatchBuilder builder;
  builder.start(model.model.layout, false);
  Running running(store, call, writing.connection(), &model.model);
  THING_TRY(running.prepare(plan->plan));
  THING_TRY(bind_arguments(running, plan->arguments, q));
  THING_TRY(running.step_all(builder, plan->projection));
  return builder.rows() == 0 ? value::BatchRef() : builder.finish();
}

// It gives nothing back: the row is read by its key in any case, and MariaDB tells of a row that
// was refused only behind the head of the result, which costs the statement.
base::Status Upsert::insert(Writing& writing) const {
  const auto plan = model.writes.insert(store.dialect(), prepared.fields, 1, {});
  Running running(store, call, writing.connection(), &model.model);
  THING_TRY(running.prepare(*plan));
  for (const uint32_t f : prepared.fields) THING_TRY(running.bind(prepared.value(model.model, f)));
  THING_TRY(running.execute());
  writing.executed();
  return {};
}

base::Result<bool> Upsert::update(Writing& writing) const {
  const schema::Model& m = model.model;
  THING_ASSIGN(const query::Query q, find());
  std::vector<dialect::Set> sets;
  for (const uint32_t f : updates) {
    if (static_cast<int>(f) != m.version) sets.push_back({f, dialect::SetKind::kValue});
  }
  const size_t values = sets.size();
  if (m.version >= 0)
    sets.push_back({static_cast<uint32_t>(m.version), dialect::SetKind::kIncrement});
  const auto plan = store.plans().get_update(store.dialect(), q, sets);
  Running running(store, call, writing.connection(), &m);
  THING_TRY(running.prepare(plan->plan));
  for (size_t i = 0; i < values; ++i) THING_TRY(running.bind(prepared.value(m, sets[i].field)));
  if (m.version >= 0) THING_TRY(running.bind(value::ValueView::of_int(value::Type::kInt, 1)));
  THING_TRY(bind_arguments(running, plan->arguments, q));
  THING_TRY(running.execute());
  return writing.executed() > 0;
}

// The row of the key, soft-deleted or not.
base::Result<query::Query> Upsert::find() const {
  query::Criteria criteria(model.model);
  for (const uint32_t f : key) {
    const value::ValueView v = prepared.value(model.model, f);
    if (v.is_null()) {
      THING_TRY(criteria.is_null(f, true));
    } else {
      THING_TRY(criteria.compare(f, query::Op::kEq, false, value::Value(v)));
    }
  }
  return query::resolve(criteria, query::Sight(query::Scope::kAll, false));
}

}  // namespace

base::Status Store::upsert(const Call& call, ModelState& model, entity::Object& object,
                           const Upserting& how) {
  const schema::Model& m = model.model;
  const Fields& key = how.key.empty() ? m.primary : how.key;
  if (!is_unique_key(m, key))
    return fail(base::Error(base::Code::kInvalid,
                            "the fields to find the row by are no primary or unique key")
                    .model(m.name));
  if (how.updates.has_value()) THING_TRY(check_updates(m, key, *how.updates));
  if (object.is_partial()) THING_TRY(object.require_whole());  // it may have to be inserted
  THING_TRY(run_before(*this, call, object, {entity::kBeforeSave}));
  make_room(call, object);
  THING_ASSIGN(const entity::Prepared prepared,
               entity::prepare_insert(object, clock(), !call.has(kNoTimestamps)));
  for (uint32_t f : key) {
    if (!has_field(prepared.fields, static_cast<int>(f))) {
      return fail(base::Error(base::Code::kNotNull,
                              fmt::format("found no value for '{}', expected the whole key",
                                          m.fields[f].name))
                      .model(m.name)
                      .field(m.fields[f].name));
    }
  }
  const Fields updates = updated_fields(m, object, prepared, key, how.updates);
  const Upsert upsert{*this, call, model, prepared, key, updates};
  if (updates.empty()) {
    THING_ASSIGN(value::BatchRef row, upsert.there());
    if (row) {
      accept(call, object, std::move(row), {});
      return wrote(*this, call, model, object, {entity::kAfterSave});
    }
  }
  entity::Saved saved = entity::saved_by(object, prepared);
  const bool in_one = dialect().features().upsert_by_key;
  // One statement needs no round trips around it. Alone it commits before the row's key is known,
  // which is too late to mark what the cache has of the row.
  const bool is_cached = use_cache() || shared_ != nullptr;
  const bool alone = in_one && is_server() && (call.tx != nullptr || !is_cached);
  Writing writing(*this, call);
  THING_TRY(writing.open(!alone));
  THING_TRY(writing.concern(model, Writing::Kind::kUpdate));
  THING_ASSIGN(value::BatchRef row, in_one ? upsert.run_one(writing) : upsert.run(writing));
  if (!row) {
    writing.wrote_otherwise();
    return fail(not_stored(m));
  }
  writing.note(model, row_key(m, row->row(0)), {}, {}, Writing::touches_lists(model, {}));
  writing.stored(model, row);
  saved.after = row;  // an id, and a version that was raised, are known from it alone
  THING_TRY(writing.done());
  accept(call, object, std::move(row), std::move(saved));
  return wrote(*this, call, model, object, {entity::kAfterSave});
}

base::Status Store::upsert_many(const Call& call, ModelState& model,
                                std::span<entity::Object* const> objects, const Upserting& how) {
  if (objects.empty()) return {};
  Backups backups(call);
  auto written = together(call, [&](const Call& inner) -> base::Result<Written> {
    for (entity::Object* const object : objects) {
      backups.add(*object);
      THING_TRY(upsert(inner, model, *object, how));
    }
    return Written::kYes;
  });
  if (!written) return fail(std::move(written.error()));
  backups.keep();
  return {};
}

}  // namespace thing::store
