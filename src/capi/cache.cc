// Section 13 of thing.h: the cache.
#include "capi/buffer.h"
#include "capi/record.h"

using namespace thing;
using namespace thing::capi;

int64_t thing_cache_stat(thing_db* db, int32_t which) {
  if (db == nullptr || db->is_child()) return 0;
  const Held held(db);
  return value_or<int64_t>(0, [&] { return db->store->stat(which); });
}

thing_status thing_cache_stats_json(thing_db* db, bool reset, thing_buf** out, thing_error** err) {
  return run_to(db, nullptr, out, err, [&](Caller& c) -> base::Status {
    *out = make_buffer(c.store().stats_json(reset));
    return {};
  });
}

thing_status thing_cache_inspect_key(thing_db* db, thing_ctx* ctx, const thing_model* m,
                                     const char* key_json, int64_t len, thing_buf** out,
                                     thing_error** err) {
  return run_to(db, ctx, out, err, [&](Caller& c) -> base::Status {
    THING_TRY(c.about(m));
    THING_ASSIGN(const store::Key key, json_key(c, m, key_json, len));
    THING_ASSIGN(const std::string text, c.store().inspect_key(c.call(), *m->state, key));
    *out = make_buffer(text);
    return {};
  });
}

thing_status thing_cache_evict(thing_db* db, thing_ctx* ctx, const thing_model* m, int64_t id,
                               thing_error** err) {
  return run(db, ctx, err, [&](Caller& c) -> base::Status {
    THING_TRY(c.about(m));
    THING_ASSIGN(const store::Key key, id_key(m, id));
    return c.store().evict(*m->state, key);
  });
}

thing_status thing_cache_evict_key(thing_db* db, thing_ctx* ctx, const thing_model* m,
                                   const char* key_json, int64_t len, thing_error** err) {
  return run(db, ctx, err, [&](Caller& c) -> base::Status {
    THING_TRY(c.about(m));
    THING_ASSIGN(const store::Key key, json_key(c, m, key_json, len));
    return c.store().evict(*m->state, key);
  });
}

thing_status thing_cache_clear(thing_db* db, thing_ctx* ctx, const thing_model* m,
                               thing_error** err) {
  return run(db, ctx, err, [&](Caller& c) -> base::Status {
    if (m != nullptr) THING_TRY(check_model(db, m));
    return c.store().clear_cache(m == nullptr ? nullptr : m->state);
  });
}

thing_status thing_cache_watch(thing_db* db, thing_ctx* ctx, const thing_model* m, bool on,
                               thing_error** err) {
  return run(db, ctx, err, [&](Caller& c) -> base::Status {
    THING_TRY(c.about(m));
    return c.store().watch_table(*m->state, on);
  });
}

thing_status thing_cache_warm(thing_db* db, thing_ctx* ctx, const thing_model* m,
                              const int64_t* ids, int64_t n, thing_error** err) {
  return run(db, ctx, err, [&](Caller& c) -> base::Status {
    THING_TRY(c.about(m));
    THING_TRY(check_items(ids, n, kMostItems, "ids"));
    return c.store().warm(c.call(), *m->state, {ids, static_cast<size_t>(n)});
  });
}
