// Sections 12, 14 and 15 of thing.h: hooks, schema, logging, raw SQL.
#include <utility>

#include "capi/guard.h"

using namespace thing;
using namespace thing::capi;

namespace {

// The user's pointer of a callback, freed with the last one who may still call it.
class UserPointer {
 public:
  UserPointer(void* user, thing_free_fn free) : user_(user), free_(free) {}
  ~UserPointer() {
    if (free_ != nullptr) free_(user_);
  }
  UserPointer(const UserPointer&) = delete;
  void* get() const { return user_; }
  void keep() { free_ = nullptr; }  // the caller has it still

 private:
  void* user_;
  thing_free_fn free_;
};

base::Status run_hook(thing_hook_fn fn, void* user, int32_t event, thing_db* db, void* call, entity::Object& object) {
  thing_error* err = nullptr;
  const thing_status status = fn(user, event, db, static_cast<thing_ctx*>(call), static_cast<thing_obj*>(&object), &err);
  if (status >= 0) {
    thing_error_free(err);
    return {};
  }
  if (err == nullptr) return base::fail(static_cast<Code>(status < THING_E_COMMIT_UNKNOWN ? THING_E_CALLBACK : status), "a hook refused");
  base::Error error = err == no_memory_error() ? base::Error() : std::move(err->error);
  thing_error_free(err);
  return base::fail(std::move(error));
}

}  // namespace

thing_status thing_hook_add(thing_db* db, const thing_model* m, int32_t events, thing_hook_fn fn, void* user, thing_free_fn user_free, int64_t* id,
                            thing_error** err) {
  if (id != nullptr) *id = 0;
  return run(db, nullptr, m, err, [&](Caller& c) -> Outcome {
    THING_TRY(need(reinterpret_cast<const void*>(fn), "fn"));
    if (events == 0) return base::fail(Code::kInvalid, "'events' is 0, expected bits of THING_ON_*");
    THING_TRY(check_flags(events, entity::kAllEvents, "events"));
    auto pointer = std::make_shared<UserPointer>(user, user_free);
    try {
      const int64_t made = c.store().hooks().add(m == nullptr ? nullptr : m->model, events,
                                                 [fn, pointer, db](int32_t event, void* call, entity::Object& object) { return run_hook(fn, pointer->get(), event, db, call, object); });
      if (id != nullptr) *id = made;
    } catch (...) {
      pointer->keep();
      throw;
    }
    return THING_OK;
  });
}

thing_status thing_hook_remove(thing_db* db, int64_t id) {
  return run(db, nullptr, nullptr, nullptr, [&](Caller& c) -> Outcome { return c.store().hooks().remove(id) ? THING_OK : THING_NOT_FOUND; });
}

// ---- schema

thing_status thing_introspect(thing_db* db, thing_ctx* ctx, const char* opts_json, int64_t len, thing_buf** out, thing_error** err) {
  return run(db, ctx, nullptr, err, [&](Caller& c) -> Outcome {
    THING_TRY(need(out, "out"));
    *out = nullptr;
    THING_ASSIGN(const std::string_view options, text_of(opts_json, opts_json == nullptr ? 0 : len, "opts_json"));
    THING_ASSIGN(std::string json, c.store().introspect(c.call(), options));
    *out = make_buf(std::move(json));
    return THING_OK;
  });
}

thing_status thing_schema_plan(thing_db* db, thing_ctx* ctx, thing_buf** out, thing_error** err) {
  return run(db, ctx, nullptr, err, [&](Caller& c) -> Outcome {
    THING_TRY(need(out, "out"));
    *out = nullptr;
    THING_ASSIGN(const std::vector<std::string> statements, c.store().plan_schema(c.call()));
    std::string text;
    for (const std::string& sql : statements) text += sql + ";\n";
    *out = make_buf(std::move(text));
    return THING_OK;
  });
}

thing_status thing_schema_sync(thing_db* db, thing_ctx* ctx, thing_error** err) {
  return run(db, ctx, nullptr, err, [&](Caller& c) -> Outcome {
    THING_TRY(c.store().sync_schema(c.call()));
    return THING_OK;
  });
}

thing_status thing_ddl(thing_db* db, const thing_model* m, const char* dialect, thing_buf** out, thing_error** err) {
  return run(db, nullptr, m, err, [&](Caller& c) -> Outcome {
    THING_TRY(need(out, "out"));
    *out = nullptr;
    THING_TRY(need(m, "m"));
    THING_ASSIGN(const std::string_view name, text_of(dialect, -1, "dialect"));
    THING_ASSIGN(std::string sql, c.store().ddl(*m->state, name));
    *out = make_buf(std::move(sql));
    return THING_OK;
  });
}

// ---- logging, raw SQL

void thing_log_set(thing_db* db, int32_t level, thing_log_fn fn, void* user, thing_free_fn user_free) {
  if (db == nullptr || db->is_child()) return;
  (void)guard(nullptr, [&]() -> Outcome {
    const Held held(db);
    auto pointer = std::make_shared<UserPointer>(user, user_free);
    if (fn == nullptr) {
      db->store->log().set(0, {});
    } else {
      db->store->log().set(level, [fn, pointer](int32_t at, std::string_view line) { fn(pointer->get(), at, line.data(), static_cast<int64_t>(line.size())); });
    }
    return THING_OK;
  });
}

thing_status thing_exec(thing_db* db, thing_ctx* ctx, const char* sql, int64_t len, const char* params_json, int64_t params_len, const char* tables,
                        int64_t* affected, thing_error** err) {
  return run(db, ctx, nullptr, err, [&](Caller& c) -> Outcome {
    if (affected != nullptr) *affected = 0;
    THING_ASSIGN(const std::string_view text, text_of(sql, len, "sql"));
    THING_ASSIGN(const std::string_view params, text_of(params_json, params_json == nullptr ? 0 : params_len, "params_json"));
    THING_ASSIGN(const int64_t n, c.store().execute(c.call(), text, params, tables));
    if (affected != nullptr) *affected = n;
    return THING_OK;
  });
}

thing_status thing_sql(thing_db* db, thing_ctx* ctx, const char* sql, int64_t len, const char* params_json, int64_t params_len, thing_rows** out,
                       thing_error** err) {
  return run(db, ctx, nullptr, err, [&](Caller& c) -> Outcome {
    THING_TRY(need(out, "out"));
    *out = nullptr;
    THING_ASSIGN(const std::string_view text, text_of(sql, len, "sql"));
    THING_ASSIGN(const std::string_view params, text_of(params_json, params_json == nullptr ? 0 : params_len, "params_json"));
    THING_ASSIGN(store::RowSet set, c.store().select_raw(c.call(), text, params));
    *out = make_rows(db, nullptr, std::move(set));
    return THING_OK;
  });
}
