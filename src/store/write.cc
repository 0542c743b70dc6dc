// Saving, deleting and restoring single objects.
#include "store/write.h"

#include <algorithm>

#include "entity/prepare.h"
#include "store/backups.h"
#include "store/cascade.h"
#include "store/hooked.h"
#include "store/insert.h"
#include "store/keys.h"
#include "store/prepared.h"
#include "store/sight.h"
#include "store/writing.h"

namespace thing::store {

using base::Code;
using base::fail;
using dialect::Set;
using dialect::SetKind;
using value::ValueView;

namespace {

ValueView deleted_value(const schema::Model& model, int64_t now, bool deleted) {
  const value::Type type = model.fields[static_cast<uint32_t>(model.deleted)].type;
  if (type == value::Type::kBool) return ValueView::of_int(type, deleted ? 1 : 0);
  return deleted ? ValueView::of_int(type, now) : ValueView();
}

base::Error not_saved(base::Error&& error, const ModelState& model, std::string_view verb) {
  if (error.detail() == nullptr) return std::move(error);
  return std::move(error).context(fmt::format("while {} a {}", verb, model.model.name));
}

}  // namespace

// A trigger may have changed the row that was just written: what it made of it becomes the
// object's. The write itself has happened, so trouble here leaves the object with what it wrote.
void read_again(Store& store, const Call& call, ModelState& model,
                entity::Object& object) noexcept {
  try {
    const auto key = original_key(object);
    RefSink sink;
    Call all = past_cache(call);
    all.lock = {};
    if (!key) return;
    const auto found = store.find_key(all, model, *key, sink);
    if (!found || *found != Found::kDatabase) return;
    entity::Saved saved = object.saved();
    object.accept(sink.take(), std::move(saved));
  } catch (const std::bad_alloc&) {
  }
}

// ---- insert

base::Status check_key(const schema::Model& m, const std::vector<uint32_t>& columns) {
  for (uint32_t f : m.primary) {
    if (static_cast<int>(f) == m.id || has_field(columns, static_cast<int>(f))) continue;
    return fail(base::Error(Code::kNotNull,
                            fmt::format("found no value for '{}', expected the whole primary key",
                                        m.fields[f].name))
                    .model(m.name)
                    .field(m.fields[f].name));
  }
  return {};
}

base::Status insert_object(Store& store, const Call& call, ModelState& model,
                           entity::Object& object) {
  const schema::Model& m = model.model;
  make_room(call, object);
  THING_ASSIGN(const entity::Prepared prepared,
               entity::prepare_insert(object, store.clock(), !call.has(kNoTimestamps)));
  THING_TRY(check_key(m, prepared.fields));
  const bool touches = Writing::touches_lists(model, {});
  Writing writing(store, call);
  const bool is_by_key = prepared.made < 0 || call.tx != nullptr;
  InsertStatement statement(store, model, prepared, 1, is_by_key && writing.keeps_rows(model));
  value::BatchRef row = prepared.row;
  entity::Saved saved = entity::saved_by(object, prepared);

  // Others are told before it commits which of their lists the row may be in.
  const bool is_whole = model.shared == nullptr || !statement.leaves_values();
  const bool several = statement.needs_reading() || (touches && !is_whole);
  THING_TRY(writing.open(several));
  THING_TRY(writing.concern(model, Writing::Kind::kInsert));
  Key noted = row_key(m, row->row(0));
  noted.is_known = prepared.made < 0;
  writing.note(model, noted, {}, is_whole || several ? row : value::BatchRef(), touches);
  {
    Running running(store, call, writing.connection(), &m);
    THING_TRY(running.prepare(statement.plan()));
    for (const uint32_t f : prepared.fields) THING_TRY(running.bind(prepared.value(m, f)));
    THING_TRY(writing.ready());
    if (auto ran = writing.ended(statement.run(running, writing.connection())); !ran) {
      if (ran.error().code() == Code::kConflict) writing.wrote_otherwise();
      return ran;
    }
  }
  writing.executed();
  THING_ASSIGN(row, statement.row(0, std::move(row)));
  Key key = row_key(m, row->row(0));
  if (statement.needs_reading()) {
    THING_ASSIGN(row, writing.image_after(model, key));
    if (!row) return fail(not_stored(m));
  }
  if (key.is_integer) writing.writes().set_last_id(key.integer);
  if (statement.returns_rows() || statement.needs_reading()) {
    writing.stored(model, row);
  } else {
    writing.writes().set_last_after(row);
  }
  const bool other_values = writing.has_side_effects();
  THING_TRY(writing.done());
  accept(call, object, std::move(row), std::move(saved));
  if (other_values) read_again(store, call, model, object);
  return {};
}

// ---- update

// An UPDATE of one row by key, with what it takes to tell the cache.
class RowUpdate {
 public:
  RowUpdate(Store& store, const Call& call, ModelState& model, Key key)
      : store_(store), call_(call), model_(model), key_(std::move(key)) {}

  void set(uint32_t field, ValueView v) {
    sets_.push_back({field, SetKind::kValue});
    values_.push_back(v);
    fields_.push_back(field);
  }
  void increment(uint32_t field, int64_t by) {
    sets_.push_back({field, SetKind::kIncrement});
    values_.push_back(ValueView::of_int(value::Type::kInt, by));
    fields_.push_back(field);
  }
  void only_version(int64_t v) { version_ = v; }
  void new_key(Key key) { new_key_ = std::move(key); }
  // The caller needs the row as it became.
  void wants_row() { wants_row_ = true; }
  const Key& key() const { return new_key_.has_value() ? *new_key_ : key_; }
  const std::vector<uint32_t>& fields() const { return fields_; }

  // Runs it; kNotFound writes nothing. kConflict: the row has another version.
  base::Result<Written> run(Writing& writing, const value::BatchRef& before, bool touches);
  // The row as it became, after run(); empty when it is not there any more.
  base::Result<value::BatchRef> after(Writing& writing) const;

 private:
  base::Status execute(Running& running, bool returns);
  base::Result<Written> missed(Writing& writing);

  Store& store_;
  const Call& call_;
  ModelState& model_;
  Key key_;
  std::optional<Key> new_key_;
  std::vector<Set> sets_;
  std::vector<ValueView> values_;
  std::vector<uint32_t> fields_;
  std::optional<int64_t> version_;
  bool wants_row_ = false;
  value::BatchRef after_;  // as the statement gave it
};

base::Result<value::BatchRef> RowUpdate::after(Writing& writing) const {
  if (after_) return after_;
  return writing.image_after(model_, key());
}

base::Status RowUpdate::execute(Running& running, bool returns) {
  if (!returns) return running.execute();
  value::BatchBuilder row;
  row.start(model_.model.layout, false);
  THING_TRY(running.step_all(row, model_.whole));
  if (row.rows() == 1) after_ = row.finish();
  return {};
}

base::Result<Written> RowUpdate::run(Writing& writing, const value::BatchRef& before,
                                     bool touches) {
  THING_TRY(writing.concern(model_, Writing::Kind::kUpdate));
  // What triggers make of the row afterwards is not returned.
  const bool returns = store_.dialect().features().returns_updated && !writing.has_side_effects() &&
                       (touches || wants_row_ || writing.keeps_rows(model_));
  const auto plan = model_.writes.update(
      store_.dialect(), sets_, version_.has_value(),
      returns ? std::span<const uint32_t>(model_.whole.fields) : std::span<const uint32_t>());
  writing.note(model_, key_, before, {}, touches, fields_);
  if (new_key_.has_value()) writing.note(model_, *new_key_, {}, {}, false, fields_);
  {
    Running running(store_, call_, writing.connection(), &model_.model);
    THING_TRY(running.prepare(*plan));
    for (const ValueView& v : values_) THING_TRY(running.bind(v));
    THING_TRY(running.bind_key(key_));
    if (version_.has_value())
      THING_TRY(running.bind(value::ValueView::of_int(value::Type::kInt, *version_)));
    THING_TRY(writing.ready());
    THING_TRY(writing.ended(execute(running, returns)));
  }
  if (writing.executed() == 0) return missed(writing);
  if (after_ && !new_key_.has_value()) writing.stored(model_, after_);
  return Written::kYes;
}

base::Result<Written> RowUpdate::missed(Writing& writing) {
  if (!version_.has_value()) return Written::kNotFound;
  THING_ASSIGN(const value::BatchRef row, writing.image(model_, key_));
  if (!row) return Written::kNotFound;
  return fail(other_version(model_, key_));
}

base::Result<Written> update_object(Store& store, const Call& call, ModelState& model,
                                    entity::Object& object) {
  const schema::Model& m = model.model;
  make_room(call, object);
  THING_ASSIGN(const entity::Prepared prepared,
               entity::prepare_update(object, store.clock(), !call.has(kNoTimestamps)));
  if (prepared.fields.empty()) return Written::kYes;
  THING_ASSIGN(Key key, original_key(object));
  RowUpdate update(store, call, model, std::move(key));
  std::optional<int64_t> version;
  if (m.version >= 0) {
    if (const auto v = object.original(static_cast<uint32_t>(m.version));
        v.has_value() && !v->is_null())
      version = v->integer;
  }
  for (const uint32_t f : prepared.fields) update.set(f, prepared.value(m, f));
  if (version.has_value()) update.only_version(*version);
  if (m.version >= 0 && !has_field(prepared.fields, m.version))
    update.increment(static_cast<uint32_t>(m.version), 1);
  value::BatchRef row = prepared.row;
  entity::Saved saved = entity::saved_by(object, prepared);
  const bool moves = std::any_of(m.primary.begin(), m.primary.end(),
                                 [&](uint32_t f) { return object.is_dirty(f); });
  if (moves) update.new_key(row_key(m, row->row(0)));

  const bool touches = Writing::touches_lists(model, update.fields());
  Writing writing(store, call);
  THING_TRY(writing.open(touches));
  value::BatchRef before;
  if (touches) {
    THING_ASSIGN(before, writing.image_before(model, update.key()));
    if (moves) before = {};  // lists then drop as for an unknown change
  }
  THING_ASSIGN(const Written written, update.run(writing, before, touches));
  if (written == Written::kNotFound) return written;
  if (before) {
    THING_ASSIGN(value::BatchRef after, update.after(writing));
    writing.stored(model, std::move(after));
  }
  const bool other_values = writing.has_side_effects();
  THING_TRY(writing.done());
  accept(call, object, std::move(row), std::move(saved));
  if (other_values) read_again(store, call, model, object);
  return Written::kYes;
}

// ---- delete and restore

namespace {

// The row is there, and alive or deleted as the call needs it.
bool is_in_state(const schema::Model& m, const value::BatchRef& row, bool deleted) {
  return row && is_visible(m, row->row(0), deleted ? query::Scope::kDeleted : query::Scope::kAlive);
}

struct Target {
  Key key;
  std::optional<int64_t> version;
  // Named by its key alone: the row is not there for a call that does not see it.
  bool scoped = false;
  const FoundBy* by = nullptr;
};

base::Result<Written> mark_row(Store& store, const Call& call, ModelState& model,
                               const Target& target, bool deleted, entity::Saved* out) {
  const schema::Model& m = model.model;
  Writing writing(store, call);
  THING_TRY(writing.open(true));
  THING_ASSIGN(const value::BatchRef before, writing.image_before(model, target.key));
  if (!is_in_state(m, before, !deleted)) return Written::kNotFound;
  if (target.scoped) {
    THING_ASSIGN(const bool seen, writing.sees(model, target.key, before->row(0)));
    if (!seen) return Written::kNotFound;
  }
  if (target.by != nullptr) {
    THING_ASSIGN(const bool found, writing.finds(model, target.key, before->row(0), *target.by));
    if (!found) return Written::kNotFound;
  }
  RowUpdate update(store, call, model, target.key);
  const int64_t now = call.deleted_at != 0 ? call.deleted_at : store.clock().now_micros();
  update.set(static_cast<uint32_t>(m.deleted), deleted_value(m, now, deleted));
  if (m.updated >= 0 && !call.has(kNoTimestamps)) {
    update.set(static_cast<uint32_t>(m.updated),
               ValueView::of_int(value::Type::kDatetime, store.clock().now_micros()));
  }
  if (m.version >= 0) update.increment(static_cast<uint32_t>(m.version), 1);
  if (target.version.has_value()) update.only_version(*target.version);
  THING_ASSIGN(const Written written, update.run(writing, before, true));
  if (written == Written::kNotFound) return written;
  THING_ASSIGN(value::BatchRef after, update.after(writing));
  if (out != nullptr) {
    *out = {update.fields(), before, after};
    std::sort(out->fields.begin(), out->fields.end());
  }
  writing.stored(model, std::move(after));
  THING_TRY(writing.done());
  return Written::kYes;
}

base::Result<Written> delete_row(Store& store, const Call& call, ModelState& model,
                                 const Target& target) {
  const bool touches = Writing::touches_lists(model, {});
  const bool checks = target.version.has_value();
  const auto plan = model.writes.remove(store.dialect(), checks);
  Writing writing(store, call);
  THING_TRY(writing.open(touches || checks || target.scoped));
  THING_TRY(writing.concern(model, Writing::Kind::kDelete));
  value::BatchRef before;
  if (touches || target.scoped) {
    THING_ASSIGN(before, writing.image_before(model, target.key));
    if (!before) return Written::kNotFound;
  }
  if (target.scoped) {
    THING_ASSIGN(const bool seen, writing.sees(model, target.key, before->row(0)));
    if (!seen) return Written::kNotFound;
  }
  writing.note(model, target.key, before, {}, touches);
  {
    Running running(store, call, writing.connection(), &model.model);
    THING_TRY(running.prepare(*plan));
    THING_TRY(running.bind_key(target.key));
    if (checks)
      THING_TRY(running.bind(value::ValueView::of_int(value::Type::kInt, *target.version)));
    THING_TRY(writing.ready());
    THING_TRY(writing.ended(running.execute()));
  }
  if (writing.executed() == 0) {
    if (!checks) return Written::kNotFound;
    THING_ASSIGN(const value::BatchRef row, writing.image(model, target.key));
    if (!row) return Written::kNotFound;
    return fail(other_version(model, target.key));
  }
  THING_TRY(writing.done());
  return Written::kYes;
}

base::Result<bool> is_soft(const ModelState& model, Mode mode) {
  const bool can = model.model.deleted >= 0;
  if (mode == Mode::kSoft && !can)
    return fail(base::Error(Code::kInvalid, fmt::format("{} has no soft delete", model.model.name))
                    .model(model.model.name));
  return mode == Mode::kSoft || (mode == Mode::kDefault && can);
}

base::Result<Target> target_of(const entity::Object& object, const FoundBy* by) {
  Target target;
  target.by = by;
  THING_ASSIGN(target.key, original_key(object));
  if (by != nullptr) return target;
  THING_TRY(entity::check_version(object));
  const int version = object.model().version;
  if (version >= 0 && !object.is_new()) {
    const auto v = object.original(static_cast<uint32_t>(version));
    if (v.has_value() && !v->is_null()) target.version = v->integer;
  }
  return target;
}

base::Result<Written> remove_object(Store& store, const Call& call, ModelState& model,
                                    entity::Object& object, Mode mode, const FoundBy* by) {
  THING_ASSIGN(const bool soft, is_soft(model, mode));
  THING_ASSIGN(const Target target, target_of(object, by));
  if (!soft) {
    Backups backups(call);
    if (call.tx != nullptr) backups.add(object);
    THING_ASSIGN(const Written written, delete_row(store, call, model, target));
    if (written == Written::kNotFound) return written;
    backups.keep();
    object.mark_deleted();
    return written;
  }
  make_room(call, object);
  entity::Saved saved;
  THING_ASSIGN(const Written written, mark_row(store, call, model, target, true, &saved));
  if (written == Written::kYes) {
    value::BatchRef after = saved.after;
    accept(call, object, std::move(after), std::move(saved));
    object.mark_deleted();
  }
  return written;
}

}  // namespace

// ---- the calls, with their hooks

base::Result<Written> save_object(Store& store, const Call& call, ModelState& model,
                                  entity::Object& object) {
  if (object.is_deleted())
    return fail(Code::kState, "the {} was deleted; restore it or save a copy", model.model.name);
  if (!object.is_new() && !object.is_dirty()) return Written::kYes;
  const bool is_new = object.is_new();
  const int32_t kind = is_new ? entity::kBeforeCreate : entity::kBeforeUpdate;
  THING_TRY(run_before(store, call, object, {entity::kBeforeSave, kind}));
  if (is_new) {
    if (auto done = insert_object(store, call, model, object); !done)
      return fail(not_saved(std::move(done.error()), model, "inserting"));
  } else {
    auto written = update_object(store, call, model, object);
    if (!written) return fail(not_saved(std::move(written.error()), model, "saving"));
    if (*written == Written::kNotFound) return written;
  }
  THING_TRY(wrote(store, call, model, object, {kind << 1, entity::kAfterSave}));
  return Written::kYes;
}

base::Result<Written> Store::save(const Call& call, ModelState& model, entity::Object& object) {
  return save_object(*this, call, model, object);
}

base::Result<Written> remove_one(Store& store, const Call& call, ModelState& model,
                                 entity::Object& object, Mode mode, const FoundBy* by) {
  if (object.is_deleted() && mode != Mode::kHard) return Written::kNotFound;
  THING_ASSIGN(const bool soft, is_soft(model, mode));
  const int32_t kind = soft ? entity::kBeforeSoftDelete : entity::kBeforeHardDelete;
  THING_TRY(run_before(store, call, object, {entity::kBeforeDelete, kind}));
  auto written = remove_object(store, call, model, object, mode, by);
  if (!written) return fail(not_saved(std::move(written.error()), model, "deleting"));
  if (*written == Written::kNotFound) return written;
  THING_TRY(wrote(store, call, model, object, {kind << 1, entity::kAfterDelete}));
  return written;
}

base::Result<Written> restore_one(Store& store, const Call& call, ModelState& model,
                                  entity::Object& object, value::BatchRef* before,
                                  const FoundBy* by) {
  if (model.model.deleted < 0)
    return fail(base::Error(Code::kInvalid, fmt::format("{} has no soft delete", model.model.name))
                    .model(model.model.name));
  THING_TRY(run_before(store, call, object,
                       {entity::kBeforeRestore, entity::kBeforeSave, entity::kBeforeUpdate}));
  make_room(call, object);
  THING_ASSIGN(const Target target, target_of(object, by));
  entity::Saved saved;
  auto written = mark_row(store, call, model, target, false, &saved);
  if (!written) return fail(not_saved(std::move(written.error()), model, "restoring"));
  if (*written == Written::kNotFound) return written;
  if (before != nullptr) *before = saved.before;
  value::BatchRef row = saved.after;
  accept(call, object, std::move(row), std::move(saved));
  THING_TRY(wrote(store, call, model, object,
                  {entity::kAfterUpdate, entity::kAfterSave, entity::kAfterRestore}));
  return Written::kYes;
}

namespace {

// Runs body(call) of several deletes, which are one: at one time, all or none.
template <class Body>
base::Result<Written> delete_together(Store& store, const Call& call, Body body) {
  return store.together(call, [&](const Call& inner) -> base::Result<Written> {
    Call timed = inner;
    if (timed.deleted_at == 0) timed.deleted_at = store.clock().now_micros();
    return body(timed);
  });
}

// By its key, with what goes with the row.
base::Result<Written> mark_whole(Store& store, const Call& call, ModelState& model,
                                 const Target& target) {
  return delete_together(store, call, [&](const Call& inner) -> base::Result<Written> {
    entity::Saved saved;
    THING_ASSIGN(const Written written, mark_row(store, inner, model, target, true, &saved));
    if (written == Written::kNotFound) return written;
    const auto object = store.make_object(model.model);
    object->attach(saved.after->row(0), saved.after, false);
    const entity::Object* const root = object.get();
    THING_TRY(delete_children(store, inner, {&root, 1}));
    return written;
  });
}

}  // namespace

base::Result<Written> mark_deleted(Store& store, const Call& call, ModelState& model,
                                   const Key& key) {
  auto written = mark_row(store, call, model, {key, std::nullopt}, true, nullptr);
  if (!written) return fail(not_saved(std::move(written.error()), model, "deleting"));
  return written;
}

base::Result<Written> Store::remove(const Call& call, ModelState& model, entity::Object& object,
                                    Mode mode) {
  if (!goes_on(model.model, mode)) return remove_one(*this, call, model, object, mode);
  Backups backups(call);
  backups.add(object);
  auto written = delete_together(*this, call, [&](const Call& inner) -> base::Result<Written> {
    THING_ASSIGN(const Written gone, remove_one(*this, inner, model, object, mode));
    const entity::Object* const root = &object;
    if (gone == Written::kYes) THING_TRY(delete_children(*this, inner, {&root, 1}));
    return gone;
  });
  if (written && *written == Written::kYes) backups.keep();
  return written;
}

base::Result<Written> Store::remove_key(const Call& call, ModelState& model, const Key& key,
                                        Mode mode) {
  THING_ASSIGN(const bool soft, is_soft(model, mode));
  const Target target{key, std::nullopt, is_scoped(model, call)};
  auto written = !soft                   ? delete_row(*this, call, model, target)
                 : cascades(model.model) ? mark_whole(*this, call, model, target)
                                         : mark_row(*this, call, model, target, true, nullptr);
  if (!written) return fail(not_saved(std::move(written.error()), model, "deleting"));
  return written;
}

base::Result<Written> Store::restore(const Call& call, ModelState& model, entity::Object& object) {
  if (!cascades(model.model)) return restore_one(*this, call, model, object, nullptr);
  Backups backups(call);
  backups.add(object);
  auto written = together(call, [&](const Call& inner) -> base::Result<Written> {
    value::BatchRef before;
    THING_ASSIGN(const Written restored, restore_one(*this, inner, model, object, &before));
    if (restored == Written::kYes)
      THING_TRY(restore_children(*this, inner, object, before->row(0)));
    return restored;
  });
  if (written && *written == Written::kYes) backups.keep();
  return written;
}

base::Result<Written> Store::reload(const Call& call, ModelState& model, entity::Object& object) {
  THING_ASSIGN(const Key key, original_key(object));
  RefSink sink;
  const Call all = past_cache(call);
  THING_ASSIGN(const Found found, find_key(all, model, key, sink));
  if (found == Found::kNo) return Written::kNotFound;
  object.accept(sink.take(), {});
  if (call.tx == nullptr) object.forget_past();  // it is as the database has it
  return Written::kYes;
}

base::Result<Written> Store::increment(const Call& call, ModelState& model, const Key& key,
                                       uint32_t field, int64_t delta, int64_t* out) {
  const schema::Model& m = model.model;
  if (m.fields[field].type != value::Type::kInt || m.is_key(field)) {
    return fail(
        base::Error(Code::kType,
                    fmt::format("'{}' is {}, expected an int field that is no key",
                                m.fields[field].name, value::type_name(m.fields[field].type)))
            .model(m.name)
            .field(m.fields[field].name));
  }
  RowUpdate update(*this, call, model, key);
  update.increment(field, delta);
  if (m.updated >= 0 && !call.has(kNoTimestamps)) {
    update.set(static_cast<uint32_t>(m.updated),
               ValueView::of_int(value::Type::kDatetime, clock().now_micros()));
  }
  if (m.version >= 0 && static_cast<int>(field) != m.version)
    update.increment(static_cast<uint32_t>(m.version), 1);
  if (out != nullptr) update.wants_row();
  const bool touches = Writing::touches_lists(model, update.fields());
  const bool scoped = is_scoped(model, call);
  Writing writing(*this, call);
  THING_TRY(writing.open(touches || scoped || out != nullptr));
  value::BatchRef before_row;
  if (touches || scoped) {
    THING_ASSIGN(before_row, writing.image_before(model, key));
  }
  if (scoped) {
    if (!before_row) return Written::kNotFound;
    THING_ASSIGN(const bool seen, writing.sees(model, key, before_row->row(0)));
    if (!seen) return Written::kNotFound;
  }
  // Without the row as it became, the one before would say that it went.
  auto written = update.run(writing, touches ? before_row : value::BatchRef(), touches);
  if (!written) return fail(not_saved(std::move(written.error()), model, "incrementing"));
  if (*written == Written::kNotFound) return written;
  int64_t now = 0;
  if (touches || out != nullptr) {
    THING_ASSIGN(value::BatchRef after_row, update.after(writing));
    if (after_row) now = after_row->row(0).int64(field);
    writing.stored(model, std::move(after_row));
  }
  THING_TRY(writing.done());
  if (out != nullptr) *out = now;
  return Written::kYes;
}

}  // namespace thing::store
