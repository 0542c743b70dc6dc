// Section 8 of thing.h: writes of records.
#include <algorithm>
#include <deque>

#include "capi/record.h"
#include "relation/save.h"
#include "relation/touch.h"
#include "store/backups.h"
#include "store/cascade.h"

using namespace thing;
using namespace thing::capi;

namespace {

// Whether hooks may have a part in what goes with a soft delete of the model's rows.
bool has_hooked_children(Caller& c, const schema::Model& model) {
  return store::cascades(model) && c.runs_write_hooks();
}

// Runs body(caller), a write of the objects. Where hooks have a part in it, all of it is one: what
// they write, and what they set in the objects, stays with it or goes with it.
Outcome run_hooked(Caller& c, thing_db* db, thing_ctx* ctx,
                   std::span<const store::Store::Item> items,
                   const std::function<Outcome(Caller&)>& body) {
  const bool is_hooked = std::any_of(items.begin(), items.end(), [&c](const auto& item) {
    const schema::Model& model = item.model->model;
    return (c.runs_hooks(model) && c.store().hooks().listens(entity::kWriteEvents, model)) ||
           has_hooked_children(c, model);
  });
  if (!is_hooked) return body(c);
  store::Backups backups(c.call());
  for (const auto& item : items) backups.add(*item.object);
  Outcome outcome = run_whole(db, ctx, body);
  if (outcome && *outcome == THING_OK) backups.keep();
  return outcome;
}

// A write of one object.
template <class Body>
thing_status write(thing_db* db, thing_ctx* ctx, thing_obj* o, thing_error** err, Body body) {
  return run(db, ctx, err, [&](Caller& c) -> Outcome {
    THING_TRY(c.about(o));
    const ObjectInUse in_use(o);
    THING_TRY(in_use.check());
    const store::Store::Item item{o->handle->state, o};
    return run_hooked(c, db, ctx, {&item, 1},
                      [&](Caller& inner) { return outcome_of(body(inner, *o->handle->state)); });
  });
}

Outcome outcome_of_write(base::Result<store::Written>&& written) {
  if (!written) return fail(std::move(written.error()));
  return status_of(*written);
}

// The objects of an array, each in use once.
class ObjectsInUse {
 public:
  ObjectsInUse() = default;
  ObjectsInUse(const ObjectsInUse&) = delete;
  ~ObjectsInUse() {
    for (thing_obj* o : taken_) o->busy.store(false, std::memory_order_release);
  }
  base::Status take(Caller& c, thing_obj* const* objs, int64_t n) {
    THING_TRY(check_items(objs, n, kMostItems, "objs"));
    std::vector<thing_obj*> all(objs, objs + n);
    for (thing_obj* o : all) {
      THING_TRY(check_object(c.db(), o));
      items_.push_back({o->handle->state, o});
    }
    const bool of_one_model = std::all_of(
        all.begin(), all.end(), [&](thing_obj* o) { return o->handle == all[0]->handle; });
    if (n > 0 && of_one_model) THING_TRY(c.about(all[0]));
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    taken_.reserve(all.size());
    for (thing_obj* o : all) {
      if (o->busy.exchange(true, std::memory_order_acquire)) {
        return fail(
            base::Error(Code::kBusy, "an object is in use by another call").retryable(true));
      }
      taken_.push_back(o);
      o->settle();
    }
    return {};
  }
  std::span<const store::Store::Item> items() const { return items_; }

 private:
  std::vector<store::Store::Item> items_;
  std::vector<thing_obj*> taken_;
};

// Objects and those that are saved with them: each is held, and in use once.
class Graph {
 public:
  // The caller has the roots in use.
  explicit Graph(std::span<thing_obj* const> roots) : roots_(roots.begin(), roots.end()) {}
  Graph(const Graph&) = delete;
  ~Graph() {
    for (thing_obj* o : taken_) o->busy.store(false, std::memory_order_release);
    for (thing_obj* o : objects_) thing_obj::release(o);
  }
  base::Result<std::vector<relation::SaveNode*>> nodes() {
    std::vector<relation::SaveNode*> out;
    for (thing_obj* root : roots_) {
      THING_ASSIGN(relation::SaveNode* const node, node_of(*root));
      out.push_back(node);
    }
    return out;
  }
  const std::vector<thing_obj*>& objects() const { return objects_; }
  // What was put into relations is saved: they are read again when they are asked for. What hooks
  // put into them meanwhile stays, for the next save.
  void saved() noexcept {
    for (const auto& [owner, a] : attached_) {
      owner->relations.forget(*a.link->relation);
      owner->detach(*a.link, *a.object);
    }
  }

 private:
  base::Result<relation::SaveNode*> node_of(thing_obj& o) {
    const auto at = std::find(objects_.begin(), objects_.end(), &o);
    if (at != objects_.end()) return &nodes_[static_cast<size_t>(at - objects_.begin())];
    taken_.reserve(taken_.size() + 1);
    objects_.reserve(objects_.size() + 1);
    if (std::find(roots_.begin(), roots_.end(), &o) == roots_.end()) {
      if (o.busy.exchange(true, std::memory_order_acquire))
        return fail(
            base::Error(Code::kBusy, "an object is in use by another call").retryable(true));
      taken_.push_back(&o);
      o.settle();
    }
    o.holders.fetch_add(1, std::memory_order_relaxed);
    objects_.push_back(&o);
    relation::SaveNode& node = nodes_.emplace_back();
    node.object = &o;
    for (const entity::Attached& a : o.attached()) {
      THING_ASSIGN(relation::SaveNode* const other, node_of(static_cast<thing_obj&>(*a.object)));
      attached_.emplace_back(&o, a);
      const bool refers = a.link->relation->kind == schema::RelationKind::kBelongsTo;
      (refers ? node.parents : node.children).emplace_back(a.link, other);
      if (!refers) other->owners.emplace_back(a.link, &node);
    }
    return &node;
  }

  const std::vector<thing_obj*> roots_;
  std::vector<thing_obj*> objects_, taken_;
  std::deque<relation::SaveNode> nodes_;  // of the objects
  std::vector<std::pair<thing_obj*, entity::Attached>> attached_;
};

bool is_changed(const thing_obj& o) { return o.is_new() || o.is_dirty(); }

bool is_alone(const thing_obj& o) {
  return o.attached().empty() && !relation::touches_others(o.model());
}

// Which models come along is known by the objects alone, so the hooks of any count.
Outcome save_together(Caller& c, thing_db* db, thing_ctx* ctx, std::span<thing_obj* const> roots) {
  Graph graph(roots);
  THING_ASSIGN(const std::vector<relation::SaveNode*> nodes, graph.nodes());
  store::Backups backups(c.call());
  for (thing_obj* o : graph.objects()) backups.add(*o);
  const auto save = [&nodes](Caller& inner) {
    return outcome_of_write(relation::save_graph(inner.store(), inner.call(), nodes));
  };
  const bool writes =
      std::any_of(graph.objects().begin(), graph.objects().end(),
                  [](const thing_obj* o) { return is_changed(*o) || !o->attached().empty(); });
  Outcome outcome = writes && c.runs_write_hooks() ? run_whole(db, ctx, save) : save(c);
  if (!outcome || *outcome != THING_OK) return outcome;
  backups.keep();
  graph.saved();
  return outcome;
}

Outcome remove_key(Caller& c, thing_ctx* ctx, const thing_model* m, const store::Key& key,
                   int32_t mode) {
  THING_ASSIGN(const store::Mode how, mode_of(mode));
  const auto remove = [&](Caller& inner) {
    return outcome_of_write(inner.store().remove_key(inner.call(), *m->state, key, how));
  };
  return has_hooked_children(c, *m->model) ? run_whole(c.db(), ctx, remove) : remove(c);
}

Outcome increment(Caller& c, const thing_model* m, const store::Key& key, int32_t field,
                  int64_t delta, int64_t* out) {
  THING_ASSIGN(const uint32_t f, field_of(m, field));
  return outcome_of_write(c.store().increment(c.call(), *m->state, key, f, delta, out));
}

}  // namespace

thing_status thing_save(thing_db* db, thing_ctx* ctx, thing_obj* o, thing_error** err) {
  return run(db, ctx, err, [&](Caller& c) -> Outcome {
    THING_TRY(c.about(o));
    const ObjectInUse in_use(o);
    THING_TRY(in_use.check());
    if (!is_alone(*o)) return save_together(c, db, ctx, {&o, 1});
    if (!is_changed(*o))  // nothing is written, so nobody has a part in it
      return outcome_of_write(c.store().save(c.call(), *o->handle->state, *o));
    const store::Store::Item item{o->handle->state, o};
    return run_hooked(c, db, ctx, {&item, 1}, [o](Caller& inner) {
      return outcome_of_write(inner.store().save(inner.call(), *o->handle->state, *o));
    });
  });
}

thing_status thing_save_many(thing_db* db, thing_ctx* ctx, thing_obj* const* objs, int64_t n,
                             thing_error** err) {
  return run(db, ctx, err, [&](Caller& c) -> Outcome {
    ObjectsInUse objects;
    THING_TRY(objects.take(c, objs, n));
    if (std::any_of(objs, objs + n, [](const thing_obj* o) { return !is_alone(*o); }))
      return save_together(c, db, ctx, {objs, static_cast<size_t>(n)});
    if (std::none_of(objs, objs + n, [](const thing_obj* o) { return is_changed(*o); }))
      return outcome_of_write(c.store().save_many(c.call(), objects.items()));
    return run_hooked(c, db, ctx, objects.items(), [&](Caller& inner) {
      return outcome_of_write(inner.store().save_many(inner.call(), objects.items()));
    });
  });
}

thing_status thing_save_packed(thing_db* db, thing_ctx* ctx, const thing_model* m,
                               const uint8_t* packed, int64_t len, int64_t* ids, int64_t cap,
                               thing_error** err) {
  return run(db, ctx, err, [&](Caller& c) -> base::Status {
    THING_TRY(c.about(m));
    THING_TRY(check_items(ids, cap, INT64_MAX / 8, "cap"));
    THING_ASSIGN(const value::BatchRef batch, batch_of(m->model->layout, packed, len));
    return c.store().insert_rows(c.call(), *m->state, *batch.get(),
                                 {ids, static_cast<size_t>(cap)});
  });
}

thing_status thing_upsert(thing_db* db, thing_ctx* ctx, thing_obj* o, const int32_t* key_fields,
                          int32_t n, thing_error** err) {
  return write(db, ctx, o, err, [&](Caller& c, store::ModelState& model) -> base::Status {
    store::Store::Upserting how;
    THING_ASSIGN(how.key, fields_of(o->handle, key_fields, n, "key_fields"));
    return c.store().upsert(c.call(), model, *o, how);
  });
}

thing_status thing_upsert_many(thing_db* db, thing_ctx* ctx, thing_obj* const* objs, int64_t n,
                               const int32_t* key_fields, int32_t n_key,
                               const int32_t* update_fields, int32_t n_update, int32_t flags,
                               thing_error** err) {
  return run(db, ctx, err, [&](Caller& c) -> Outcome {
    THING_TRY(check_flags(flags, THING_UPSERT_KEEP, "flags"));
    ObjectsInUse objects;
    THING_TRY(objects.take(c, objs, n));
    if (n == 0) return THING_OK;
    const thing_model* const m = objs[0]->handle;
    if (std::any_of(objs, objs + n, [m](const thing_obj* o) { return o->handle != m; }))
      return fail(Code::kInvalid, "'objs': found objects of several models, expected one model's");
    store::Store::Upserting how;
    THING_ASSIGN(how.key, fields_of(m, key_fields, n_key, "key_fields"));
    THING_ASSIGN(std::vector<uint32_t> updates,
                 fields_of(m, update_fields, n_update, "update_fields"));
    if (flags != 0 && !updates.empty())
      return fail(Code::kInvalid,
                  "'update_fields': found fields and THING_UPSERT_KEEP, expected one of both");
    if (flags != 0 || !updates.empty()) how.updates = std::move(updates);
    const std::vector<entity::Object*> all(objs, objs + n);
    return run_hooked(c, db, ctx, objects.items(), [&](Caller& inner) {
      return outcome_of(inner.store().upsert_many(inner.call(), *m->state, all, how));
    });
  });
}

thing_status thing_reload(thing_db* db, thing_ctx* ctx, thing_obj* o, thing_error** err) {
  return run(db, ctx, err, [&](Caller& c) -> Outcome {
    THING_TRY(c.about(o));
    const ObjectInUse in_use(o);
    THING_TRY(in_use.check());
    THING_ASSIGN(const store::Written read, c.store().reload(c.call(), *o->handle->state, *o));
    o->relations.clear();
    if (read == store::Written::kYes) run_load_hooks(c.call(), *o);
    return status_of(read);
  });
}

thing_status thing_fresh(thing_db* db, thing_ctx* ctx, const thing_obj* o, thing_obj** out,
                         thing_error** err) {
  return run_to(db, ctx, out, err, [&](Caller& c) -> Outcome {
    THING_TRY(c.about(o));
    settle(o);
    OwnedObject fresh(thing_obj::make(o->handle));
    THING_TRY(fresh->copy_key_of(*o));
    THING_ASSIGN(const store::Written read, c.store().reload(c.call(), *o->handle->state, *fresh));
    if (read != store::Written::kYes) return THING_NOT_FOUND;
    return hand_out(c, std::move(fresh), out);
  });
}

thing_status thing_delete(thing_db* db, thing_ctx* ctx, thing_obj* o, int32_t mode,
                          thing_error** err) {
  return write(db, ctx, o, err, [&](Caller& c, store::ModelState& model) -> Outcome {
    THING_ASSIGN(const store::Mode how, mode_of(mode));
    if (!relation::touches_others(model.model))
      return outcome_of_write(c.store().remove(c.call(), model, *o, how));
    store::Backups backups(c.call());
    backups.add(*o);
    auto written =
        c.store().together(c.call(), [&](const store::Call& inner) -> base::Result<store::Written> {
          THING_ASSIGN(const store::Written gone, c.store().remove(inner, model, *o, how));
          if (gone == store::Written::kYes) THING_TRY(relation::touch(c.store(), inner, *o));
          return gone;
        });
    if (written && *written == store::Written::kYes) backups.keep();
    return outcome_of_write(std::move(written));
  });
}

thing_status thing_delete_many(thing_db* db, thing_ctx* ctx, thing_obj* const* objs, int64_t n,
                               int32_t mode, thing_error** err) {
  return run(db, ctx, err, [&](Caller& c) -> Outcome {
    THING_ASSIGN(const store::Mode how, mode_of(mode));
    ObjectsInUse objects;
    THING_TRY(objects.take(c, objs, n));
    return run_hooked(c, db, ctx, objects.items(), [&](Caller& inner) {
      return outcome_of_write(inner.store().remove_many(inner.call(), objects.items(), how));
    });
  });
}

thing_status thing_delete_by_id(thing_db* db, thing_ctx* ctx, const thing_model* m, int64_t id,
                                int32_t mode, thing_error** err) {
  return run(db, ctx, err, [&](Caller& c) -> Outcome {
    THING_TRY(c.about(m));
    THING_ASSIGN(const store::Key key, id_key(m, id));
    return remove_key(c, ctx, m, key, mode);
  });
}

thing_status thing_delete_by_key(thing_db* db, thing_ctx* ctx, const thing_model* m,
                                 const char* key_json, int64_t len, int32_t mode,
                                 thing_error** err) {
  return run(db, ctx, err, [&](Caller& c) -> Outcome {
    THING_TRY(c.about(m));
    THING_ASSIGN(const store::Key key, json_key(c, m, key_json, len));
    return remove_key(c, ctx, m, key, mode);
  });
}

thing_status thing_restore(thing_db* db, thing_ctx* ctx, thing_obj* o, thing_error** err) {
  return write(db, ctx, o, err, [o](Caller& c, store::ModelState& model) {
    return outcome_of_write(c.store().restore(c.call(), model, *o));
  });
}

thing_status thing_incr(thing_db* db, thing_ctx* ctx, const thing_model* m, int64_t id,
                        int32_t field, int64_t delta, int64_t* out, thing_error** err) {
  if (out != nullptr) *out = 0;
  return run(db, ctx, err, [&](Caller& c) -> Outcome {
    THING_TRY(c.about(m));
    THING_ASSIGN(const store::Key key, id_key(m, id));
    return increment(c, m, key, field, delta, out);
  });
}

thing_status thing_incr_by_key(thing_db* db, thing_ctx* ctx, const thing_model* m,
                               const char* key_json, int64_t len, int32_t field, int64_t delta,
                               int64_t* out, thing_error** err) {
  if (out != nullptr) *out = 0;
  return run(db, ctx, err, [&](Caller& c) -> Outcome {
    THING_TRY(c.about(m));
    THING_ASSIGN(const store::Key key, json_key(c, m, key_json, len));
    return increment(c, m, key, field, delta, out);
  });
}
