// Sections 4 to 6 of thing.h: opening, call contexts, models.
#include <algorithm>

#include "base/clock.h"
#include "capi/guard.h"
#include "schema/document.h"
#include "store/config.h"

using namespace thing;
using namespace thing::capi;

namespace {

entity::Object* clone_for_hooks(const entity::Object& o) { return thing_obj_clone(static_cast<const thing_obj*>(&o)); }
void free_for_hooks(entity::Object* o) { thing_obj_free(static_cast<thing_obj*>(o)); }

// Ends what is open, or leaves it to the call that is inside.
void end_roots(thing_db* db) {
  std::lock_guard lock(db->roots_mutex);
  for (auto& weak : db->cursors) {
    const auto root = weak.lock();
    if (root == nullptr || !root->door.enter_first()) continue;
    if (root->cursor != nullptr) root->cursor->close();
    root->door.leave();
  }
  for (auto& weak : db->transactions) {
    const auto root = weak.lock();
    if (root == nullptr || !root->door.enter_first()) continue;
    if (root->is_open()) (void)root->tx->rollback(store::Call{});
    root->door.leave();
  }
}

}  // namespace

thing_status thing_open(const char* config, int64_t len, thing_db** out, thing_error** err) {
  return guard(err, [&]() -> Outcome {
    THING_TRY(need(out, "out"));
    *out = nullptr;
    sweep_graveyard();
    watch_forks();
    THING_ASSIGN(const std::string_view text, text_of(config, len, "config"));
    THING_ASSIGN(store::Config parsed, store::parse_config(text));
    auto db = std::make_unique<thing_db>();
    db->generation = fork_generation.load(std::memory_order_relaxed);
    THING_ASSIGN(db->store, store::Store::open(std::move(parsed)));
    db->store->clone_object = clone_for_hooks;
    db->store->free_object = free_for_hooks;
    db->store->on_model = [db = db.get()](store::ModelState& state) {
      db->models.emplace_back(db, state);
      state.handle = &db->models.back();
    };
    db->hold();
    *out = db.release();
    return THING_OK;
  });
}

void thing_close(thing_db* db) {
  if (db == nullptr || db->is_child() || db->closed.exchange(true)) return;
  end_roots(db);
  db->store->close();
  try {
    bury(db);
  } catch (...) {
    // Without memory to remember it, the database stays: closed, but not freed.
  }
}

thing_status thing_ping(thing_db* db, thing_ctx* ctx, thing_error** err) {
  return run(db, ctx, nullptr, err, [&](Caller& c) -> Outcome {
    THING_TRY(c.store().ping(c.call()));
    return THING_OK;
  });
}

thing_status thing_set_option(thing_db* db, const char* key, const char* value, int64_t len, thing_error** err) {
  return run(db, nullptr, nullptr, err, [&](Caller& c) -> Outcome {
    THING_ASSIGN(const std::string_view name, text_of(key, -1, "key"));
    THING_ASSIGN(const std::string_view text, text_of(value, len, "value"));
    THING_TRY(c.store().set_option(name, text));
    return THING_OK;
  });
}

thing_status thing_info_json(thing_db* db, thing_ctx* ctx, thing_buf** out, thing_error** err) {
  return run(db, ctx, nullptr, err, [&](Caller& c) -> Outcome {
    THING_TRY(need(out, "out"));
    *out = nullptr;
    *out = make_buf(c.store().info_json());
    return THING_OK;
  });
}

// ---- contexts

thing_ctx* thing_ctx_new(thing_db* db) {
  if (db == nullptr) return nullptr;
  return or_null<thing_ctx>([&] {
    auto* ctx = new thing_ctx;
    ctx->db = db;
    db->hold();
    return ctx;
  });
}

void thing_ctx_free(thing_ctx* ctx) {
  if (ctx == nullptr || ctx->tx != nullptr) return;  // a thing_tx_ctx belongs to its transaction
  thing_db* const db = ctx->db;
  delete ctx;
  db->release();
}

void thing_ctx_reset(thing_ctx* ctx) {
  if (ctx == nullptr) return;
  ctx->control.clear();
  ctx->control.set_deadline(driver::Control::kNoDeadline);
  ctx->flags = 0;
  ctx->tag.clear();
}

void thing_ctx_set_timeout_ms(thing_ctx* ctx, int64_t ms) {
  if (ctx == nullptr) return;
  constexpr int64_t kLongest = INT64_MAX / 4000;
  const int64_t now = base::system_clock().monotonic_micros();
  ctx->control.set_deadline(ms == -1 ? driver::Control::kNoDeadline : now + std::clamp<int64_t>(ms, 0, kLongest) * 1000);
}

void thing_ctx_set_flags(thing_ctx* ctx, int32_t flags) {
  if (ctx != nullptr) ctx->flags = flags;
}

void thing_ctx_set_tag(thing_ctx* ctx, const char* tag, int64_t len) {
  if (ctx == nullptr) return;
  (void)guard(nullptr, [&]() -> Outcome {
    THING_ASSIGN(const std::string_view text, text_of(tag, tag == nullptr ? 0 : len, "tag"));
    ctx->tag = text;
    return THING_OK;
  });
}

void thing_ctx_cancel(thing_ctx* ctx) {
  if (ctx != nullptr) ctx->control.cancel();
}

bool thing_ctx_cancelled(const thing_ctx* ctx) { return ctx != nullptr && ctx->control.is_cancelled(); }

// ---- models

thing_status thing_model_register(thing_db* db, const char* json, int64_t len, thing_error** err) {
  return run(db, nullptr, nullptr, err, [&](Caller& c) -> Outcome {
    THING_ASSIGN(const std::string_view text, text_of(json, len, "json"));
    THING_TRY(c.store().register_models(text));
    return THING_OK;
  });
}

const thing_model* thing_model_find(thing_db* db, const char* name, int64_t len) {
  if (db == nullptr || db->is_child()) return nullptr;
  const Held held(db);
  const auto text = bytes_of(name, len, "name");
  if (!text) return nullptr;
  const store::ModelState* state = db->store->find_model(*text);
  return state == nullptr ? nullptr : static_cast<const thing_model*>(state->handle);
}

int32_t thing_model_count(thing_db* db) {
  if (db == nullptr || db->is_child()) return 0;
  const Held held(db);
  return db->store->model_count();
}

const thing_model* thing_model_at(thing_db* db, int32_t i) {
  if (db == nullptr || db->is_child()) return nullptr;
  const Held held(db);
  const store::ModelState* state = db->store->model_at(i);
  return state == nullptr ? nullptr : static_cast<const thing_model*>(state->handle);
}

const char* thing_model_name(const thing_model* m) { return m == nullptr ? nullptr : m->model->name.c_str(); }
const char* thing_model_table(const thing_model* m) { return m == nullptr ? nullptr : m->model->table.c_str(); }
int64_t thing_model_hash(const thing_model* m) { return m == nullptr ? 0 : static_cast<int64_t>(m->model->layout.hash); }
int32_t thing_model_field_count(const thing_model* m) { return m == nullptr ? 0 : static_cast<int32_t>(m->model->columns()); }

int32_t thing_model_field_index(const thing_model* m, const char* name, int64_t len) {
  if (m == nullptr) return -1;
  const auto text = bytes_of(name, len, "name");
  return text ? m->model->find(*text) : -1;
}

static const schema::Field* field_of(const thing_model* m, int32_t field) {
  if (m == nullptr || field < 0 || field >= static_cast<int32_t>(m->model->columns())) return nullptr;
  return &m->model->fields[static_cast<size_t>(field)];
}

const char* thing_model_field_name(const thing_model* m, int32_t field) {
  const schema::Field* f = field_of(m, field);
  return f == nullptr ? nullptr : f->name.c_str();
}

const char* thing_model_field_column(const thing_model* m, int32_t field) {
  const schema::Field* f = field_of(m, field);
  return f == nullptr ? nullptr : f->column.c_str();
}

int32_t thing_model_field_type(const thing_model* m, int32_t field) {
  const schema::Field* f = field_of(m, field);
  return f == nullptr ? 0 : static_cast<int32_t>(f->type);
}

int32_t thing_model_field_flags(const thing_model* m, int32_t field) {
  return field_of(m, field) == nullptr ? 0 : schema::field_flags(*m->model, static_cast<uint32_t>(field));
}

thing_status thing_model_json(const thing_model* m, thing_buf** out, thing_error** err) {
  return guard(err, [&]() -> Outcome {
    THING_TRY(need(m, "m"));
    THING_TRY(need(out, "out"));
    *out = nullptr;
    *out = make_buf(schema::print_model(*m->model));
    return THING_OK;
  });
}
