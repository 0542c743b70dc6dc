// Section 8 of thing.h: records.
#include <algorithm>
#include <cstring>

#include "capi/guard.h"

using namespace thing;
using namespace thing::capi;

namespace {

constexpr int64_t kMostIds = 1'000'000;

// The row of the caller's buffer.
class BufferSink final : public store::RowSink {
 public:
  BufferSink(uint8_t* buffer, int64_t capacity) : buffer_(buffer), capacity_(capacity) {}
  uint8_t* place(uint64_t bytes) override {
    size_ = bytes;
    const uint64_t rounded = (bytes + 7) / 8 * 8;
    direct_ = capacity_ >= static_cast<int64_t>(rounded) && reinterpret_cast<uintptr_t>(buffer_) % 8 == 0;
    if (direct_) return buffer_;
    words_.resize(rounded / 8);
    return reinterpret_cast<uint8_t*>(words_.data());
  }
  // Whether the caller has the row now.
  bool deliver() {
    if (direct_) return true;
    if (capacity_ < static_cast<int64_t>(size_)) return false;
    std::memcpy(buffer_, words_.data(), size_);
    return true;
  }
  int64_t size() const { return static_cast<int64_t>(size_); }

 private:
  uint8_t* buffer_;
  int64_t capacity_;
  uint64_t size_ = 0;
  bool direct_ = false;
  std::vector<uint64_t> words_;
};

// Hands a found row out as an object, which takes over the caller's hold.
thing_status hand_out(Caller& c, ObjectSink& sink, store::Found found, thing_ctx* ctx, thing_obj** out) {
  if (found == store::Found::kNo) return THING_NOT_FOUND;
  if (found == store::Found::kUncached) return THING_MORE;
  *out = sink.take(found == store::Found::kCache);
  if (ctx == nullptr || ctx->tx == nullptr) {
    c.pass_hold();
  } else {
    (*out)->handle->db->hold();
  }
  loaded(*out, ctx);
  return THING_OK;
}

// The rows of a set, or THING_MORE.
thing_status hand_out(thing_db* db, const thing_model* m, store::RowSet&& set, thing_rows** out) {
  if (set.missed) return THING_MORE;
  *out = make_rows(db, m, std::move(set));
  return THING_OK;
}

base::Status check_object(thing_db* db, const thing_obj* o) {
  THING_TRY(need(o, "o"));
  if (o->handle->db != db) return base::fail(Code::kInvalid, "the object belongs to another database");
  return {};
}

base::Result<store::Mode> mode_of(int32_t mode) {
  if (mode == THING_DELETE_DEFAULT) return store::Mode::kDefault;
  if (mode == THING_DELETE_SOFT) return store::Mode::kSoft;
  if (mode == THING_DELETE_HARD) return store::Mode::kHard;
  return base::fail(Code::kInvalid, "'mode' is {}, expected THING_DELETE_DEFAULT, _SOFT or _HARD", mode);
}

// A write of one object.
template <class Body>
thing_status write(thing_db* db, thing_ctx* ctx, thing_obj* o, thing_error** err, Body body) {
  return run(db, ctx, nullptr, err, [&](Caller& c) -> Outcome {
    THING_TRY(check_object(db, o));
    const ObjectInUse in_use(o);
    THING_TRY(in_use.check());
    return body(c, *o->handle->state);
  });
}

// All objects of an array in use, and as items.
class ItemsInUse {
 public:
  base::Status add(thing_db* db, thing_obj* const* objs, int64_t n) {
    THING_TRY(check_count(objs, n, kMostIds, "objs"));
    items.reserve(static_cast<size_t>(n));
    for (int64_t i = 0; i < n; ++i) {
      if (objs[i] == nullptr) return base::fail(Code::kInvalid, "item {} is NULL, expected an object", i);
      THING_TRY(check_object(db, objs[i]));
      items.push_back({objs[i]->handle->state, objs[i]});
      // The same object may stand twice: then it is in use by this call already.
      if (objs[i]->busy.exchange(true, std::memory_order_acquire)) {
        if (std::find(mine_.begin(), mine_.end(), objs[i]) == mine_.end()) return base::fail(Code::kBusy, "item {} is in use by another call", i);
      } else {
        mine_.push_back(objs[i]);
      }
    }
    return {};
  }
  ~ItemsInUse() {
    for (thing_obj* o : mine_) o->busy.store(false, std::memory_order_release);
  }
  std::vector<store::Store::Item> items;

 private:
  std::vector<thing_obj*> mine_;
};

}  // namespace

thing_status thing_by_id(thing_db* db, thing_ctx* ctx, const thing_model* m, int64_t id, thing_obj** out, thing_error** err) {
  return run(db, ctx, m, err, [&](Caller& c) -> Outcome {
    THING_TRY(need(out, "out"));
    *out = nullptr;
    THING_TRY(need(m, "m"));
    ObjectSink sink(m);
    THING_ASSIGN(const store::Found found, c.store().find_id(c.call(), *m->state, id, sink));
    return hand_out(c, sink, found, ctx, out);
  });
}

thing_status thing_by_id_packed(thing_db* db, thing_ctx* ctx, const thing_model* m, int64_t id, uint8_t* buf, int64_t cap, int64_t* need_bytes,
                                thing_error** err) {
  return run(db, ctx, m, err, [&](Caller& c) -> Outcome {
    THING_TRY(need(need_bytes, "need"));
    *need_bytes = 0;
    THING_TRY(need(m, "m"));
    THING_TRY(check_count(buf, cap, INT64_MAX, "cap"));
    BufferSink sink(buf, cap);
    THING_ASSIGN(const store::Found found, c.store().find_id(c.call(), *m->state, id, sink));
    if (found == store::Found::kNo) return THING_NOT_FOUND;
    if (found == store::Found::kUncached) return THING_MORE;
    *need_bytes = sink.size();
    return sink.deliver() ? THING_OK : THING_MORE;
  });
}

thing_status thing_by_key(thing_db* db, thing_ctx* ctx, const thing_model* m, const char* key_json, int64_t len, thing_obj** out, thing_error** err) {
  return run(db, ctx, m, err, [&](Caller& c) -> Outcome {
    THING_TRY(need(out, "out"));
    *out = nullptr;
    THING_TRY(need(m, "m"));
    THING_ASSIGN(const std::string_view text, text_of(key_json, len, "key_json"));
    THING_ASSIGN(const store::Key key, c.store().parse_key(*m->state, text));
    ObjectSink sink(m);
    THING_ASSIGN(const store::Found found, c.store().find_key(c.call(), *m->state, key, sink));
    return hand_out(c, sink, found, ctx, out);
  });
}

thing_status thing_by_ids(thing_db* db, thing_ctx* ctx, const thing_model* m, const int64_t* ids, int64_t n, thing_rows** out, thing_error** err) {
  return run(db, ctx, m, err, [&](Caller& c) -> Outcome {
    THING_TRY(need(out, "out"));
    *out = nullptr;
    THING_TRY(need(m, "m"));
    THING_TRY(check_count(ids, n, kMostIds, "ids"));
    THING_ASSIGN(store::RowSet set, c.store().find_ids(c.call(), *m->state, {ids, static_cast<size_t>(n)}));
    return hand_out(db, m, std::move(set), out);
  });
}

thing_status thing_by_keys(thing_db* db, thing_ctx* ctx, const thing_model* m, const char* keys_json, int64_t len, thing_rows** out, thing_error** err) {
  return run(db, ctx, m, err, [&](Caller& c) -> Outcome {
    THING_TRY(need(out, "out"));
    *out = nullptr;
    THING_TRY(need(m, "m"));
    THING_ASSIGN(const std::string_view text, text_of(keys_json, len, "keys_json"));
    THING_ASSIGN(const std::vector<store::Key> keys, c.store().parse_keys(*m->state, text));
    THING_ASSIGN(store::RowSet set, c.store().find_keys(c.call(), *m->state, keys));
    return hand_out(db, m, std::move(set), out);
  });
}

thing_status thing_by_keys_packed(thing_db* db, thing_ctx* ctx, const thing_model* m, const uint8_t* packed, int64_t len, thing_rows** out,
                                  thing_error** err) {
  return run(db, ctx, m, err, [&](Caller& c) -> Outcome {
    THING_TRY(need(out, "out"));
    *out = nullptr;
    THING_TRY(need(m, "m"));
    THING_ASSIGN(const value::BatchRef batch, check_batch(m->model->key_layout, packed, len));
    THING_ASSIGN(const std::vector<store::Key> keys, c.store().unpack_keys(*m->state, {batch->bytes(), batch->size()}));
    if (keys.size() > static_cast<size_t>(kMostIds)) return base::fail(Code::kRange, "number of keys is {}, expected at most {}", keys.size(), kMostIds);
    THING_ASSIGN(store::RowSet set, c.store().find_keys(c.call(), *m->state, keys));
    return hand_out(db, m, std::move(set), out);
  });
}

thing_status thing_save(thing_db* db, thing_ctx* ctx, thing_obj* o, thing_error** err) {
  return write(db, ctx, o, err, [&](Caller& c, store::ModelState& model) -> Outcome {
    THING_ASSIGN(const store::Written written, c.store().save(c.call(), model, *o));
    return status_of(written);
  });
}

thing_status thing_save_many(thing_db* db, thing_ctx* ctx, thing_obj* const* objs, int64_t n, thing_error** err) {
  return run(db, ctx, nullptr, err, [&](Caller& c) -> Outcome {
    ItemsInUse in_use;
    THING_TRY(in_use.add(db, objs, n));
    THING_ASSIGN(const store::Written written, c.store().save_many(c.call(), in_use.items));
    return status_of(written);
  });
}

thing_status thing_save_packed(thing_db* db, thing_ctx* ctx, const thing_model* m, const uint8_t* packed, int64_t len, int64_t* ids, int64_t cap,
                               thing_error** err) {
  return run(db, ctx, m, err, [&](Caller& c) -> Outcome {
    THING_TRY(need(m, "m"));
    THING_TRY(check_count(ids, cap, INT64_MAX / 8, "cap"));
    THING_ASSIGN(const value::BatchRef batch, check_batch(m->model->layout, packed, len));
    THING_TRY(c.store().insert_rows(c.call(), *m->state, *batch.get(), {ids, static_cast<size_t>(cap)}));
    return THING_OK;
  });
}

thing_status thing_upsert(thing_db* db, thing_ctx* ctx, thing_obj* o, const int32_t* key_fields, int32_t n, thing_error** err) {
  return write(db, ctx, o, err, [&](Caller& c, store::ModelState& model) -> Outcome {
    THING_TRY(check_count(key_fields, n, model.model.columns(), "key_fields"));
    std::vector<uint32_t> fields;
    for (int32_t i = 0; i < n; ++i) {
      THING_TRY(check_field(o->handle, key_fields[i]));
      fields.push_back(static_cast<uint32_t>(key_fields[i]));
    }
    THING_TRY(c.store().upsert(c.call(), model, *o, fields));
    return THING_OK;
  });
}

thing_status thing_reload(thing_db* db, thing_ctx* ctx, thing_obj* o, thing_error** err) {
  const thing_status status = write(db, ctx, o, err, [&](Caller& c, store::ModelState& model) -> Outcome {
    THING_ASSIGN(const store::Written written, c.store().reload(c.call(), model, *o));
    return status_of(written);
  });
  if (status == THING_OK) loaded(o, ctx);
  return status;
}

thing_status thing_delete(thing_db* db, thing_ctx* ctx, thing_obj* o, int32_t mode, thing_error** err) {
  return write(db, ctx, o, err, [&](Caller& c, store::ModelState& model) -> Outcome {
    THING_ASSIGN(const store::Mode how, mode_of(mode));
    THING_ASSIGN(const store::Written written, c.store().remove(c.call(), model, *o, how));
    return status_of(written);
  });
}

thing_status thing_delete_many(thing_db* db, thing_ctx* ctx, thing_obj* const* objs, int64_t n, int32_t mode, thing_error** err) {
  return run(db, ctx, nullptr, err, [&](Caller& c) -> Outcome {
    THING_ASSIGN(const store::Mode how, mode_of(mode));
    ItemsInUse in_use;
    THING_TRY(in_use.add(db, objs, n));
    THING_ASSIGN(const store::Written written, c.store().remove_many(c.call(), in_use.items, how));
    return status_of(written);
  });
}

static Outcome delete_key(Caller& c, const thing_model* m, const store::Key& key, int32_t mode) {
  THING_ASSIGN(const store::Mode how, mode_of(mode));
  THING_ASSIGN(const store::Written written, c.store().remove_key(c.call(), *m->state, key, how));
  return status_of(written);
}

static base::Result<store::Key> id_key(const thing_model* m, int64_t id) {
  if (m->model->id < 0) return base::fail(Code::kInvalid, "{}: the primary key is not one int field, expected a call by key", m->model->name);
  store::Key key;
  key.is_integer = true;
  key.integer = id;
  return key;
}

static base::Result<store::Key> json_key(Caller& c, const thing_model* m, const char* key_json, int64_t len) {
  THING_ASSIGN(const std::string_view text, text_of(key_json, len, "key_json"));
  return c.store().parse_key(*m->state, text);
}

thing_status thing_delete_by_id(thing_db* db, thing_ctx* ctx, const thing_model* m, int64_t id, int32_t mode, thing_error** err) {
  return run(db, ctx, m, err, [&](Caller& c) -> Outcome {
    THING_TRY(need(m, "m"));
    THING_ASSIGN(const store::Key key, id_key(m, id));
    return delete_key(c, m, key, mode);
  });
}

thing_status thing_delete_by_key(thing_db* db, thing_ctx* ctx, const thing_model* m, const char* key_json, int64_t len, int32_t mode,
                                 thing_error** err) {
  return run(db, ctx, m, err, [&](Caller& c) -> Outcome {
    THING_TRY(need(m, "m"));
    THING_ASSIGN(const store::Key key, json_key(c, m, key_json, len));
    return delete_key(c, m, key, mode);
  });
}

thing_status thing_restore(thing_db* db, thing_ctx* ctx, thing_obj* o, thing_error** err) {
  return write(db, ctx, o, err, [&](Caller& c, store::ModelState& model) -> Outcome {
    THING_ASSIGN(const store::Written written, c.store().restore(c.call(), model, *o));
    return status_of(written);
  });
}

static Outcome increment(Caller& c, const thing_model* m, const store::Key& key, int32_t field, int64_t delta, int64_t* out) {
  THING_TRY(check_field(m, field));
  if (out != nullptr) *out = 0;
  THING_ASSIGN(const store::Written written, c.store().increment(c.call(), *m->state, key, static_cast<uint32_t>(field), delta, out));
  return status_of(written);
}

thing_status thing_incr(thing_db* db, thing_ctx* ctx, const thing_model* m, int64_t id, int32_t field, int64_t delta, int64_t* out, thing_error** err) {
  return run(db, ctx, m, err, [&](Caller& c) -> Outcome {
    THING_TRY(need(m, "m"));
    THING_ASSIGN(const store::Key key, id_key(m, id));
    return increment(c, m, key, field, delta, out);
  });
}

thing_status thing_incr_by_key(thing_db* db, thing_ctx* ctx, const thing_model* m, const char* key_json, int64_t len, int32_t field, int64_t delta,
                               int64_t* out, thing_error** err) {
  return run(db, ctx, m, err, [&](Caller& c) -> Outcome {
    THING_TRY(need(m, "m"));
    THING_ASSIGN(const store::Key key, json_key(c, m, key_json, len));
    return increment(c, m, key, field, delta, out);
  });
}

// ---- the cache (section 13)

int64_t thing_cache_stat(thing_db* db, int32_t which) {
  if (db == nullptr || db->is_child()) return 0;
  const Held held(db);
  return db->store->stat(which);
}

thing_status thing_cache_stats_json(thing_db* db, bool reset, thing_buf** out, thing_error** err) {
  return run(db, nullptr, nullptr, err, [&](Caller& c) -> Outcome {
    THING_TRY(need(out, "out"));
    *out = nullptr;
    *out = make_buf(c.store().stats_json(reset));
    return THING_OK;
  });
}

thing_status thing_cache_evict(thing_db* db, thing_ctx* ctx, const thing_model* m, int64_t id, thing_error** err) {
  return run(db, ctx, m, err, [&](Caller& c) -> Outcome {
    THING_TRY(need(m, "m"));
    THING_ASSIGN(const store::Key key, id_key(m, id));
    c.store().evict(*m->state, key);
    return THING_OK;
  });
}

thing_status thing_cache_evict_key(thing_db* db, thing_ctx* ctx, const thing_model* m, const char* key_json, int64_t len, thing_error** err) {
  return run(db, ctx, m, err, [&](Caller& c) -> Outcome {
    THING_TRY(need(m, "m"));
    THING_ASSIGN(const store::Key key, json_key(c, m, key_json, len));
    c.store().evict(*m->state, key);
    return THING_OK;
  });
}

thing_status thing_cache_clear(thing_db* db, thing_ctx* ctx, const thing_model* m, thing_error** err) {
  return run(db, ctx, m, err, [&](Caller& c) -> Outcome {
    c.store().clear_cache(m == nullptr ? nullptr : m->state);
    return THING_OK;
  });
}

thing_status thing_cache_warm(thing_db* db, thing_ctx* ctx, const thing_model* m, const int64_t* ids, int64_t n, thing_error** err) {
  return run(db, ctx, m, err, [&](Caller& c) -> Outcome {
    THING_TRY(need(m, "m"));
    THING_TRY(check_count(ids, n, kMostIds, "ids"));
    THING_TRY(c.store().warm(c.call(), *m->state, {ids, static_cast<size_t>(n)}));
    return THING_OK;
  });
}
