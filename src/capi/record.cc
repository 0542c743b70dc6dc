// Section 8 of thing.h: reads of records.
#include "capi/record.h"

#include <cstring>

#include "capi/caller.h"

using namespace thing;
using namespace thing::capi;

namespace {

// A row on its way into an object, in one block with it.
class ObjectSink final : public store::RowSink {
 public:
  explicit ObjectSink(const thing_model* m) : model_(m) {}
  uint8_t* place(uint64_t bytes) override {
    object_.reset();
    object_.reset(thing_obj::make(model_, bytes));
    return object_->room();
  }
  OwnedObject take(bool from_cache) {
    object_->attach(value::RowView(object_->room(), 0), {}, from_cache);
    return std::move(object_);
  }

 private:
  const thing_model* const model_;
  OwnedObject object_;
};

thing_status hand_out(Caller& c, ObjectSink& sink, store::Found found, thing_obj** out) {
  if (found == store::Found::kNo) return THING_NOT_FOUND;
  if (found == store::Found::kUncached) return THING_MORE;
  return capi::hand_out(c, sink.take(found == store::Found::kCache), out);
}

// A row on its way into the caller's buffer, which may be too small or not aligned.
class BufferSink final : public store::RowSink {
 public:
  BufferSink(uint8_t* buffer, int64_t size) : buffer_(buffer), size_(static_cast<uint64_t>(size)) {}
  uint8_t* place(uint64_t bytes) override {
    need_ = (bytes + 7) / 8 * 8;
    is_direct_ = need_ <= size_ && reinterpret_cast<uintptr_t>(buffer_) % 8 == 0;
    if (is_direct_) return buffer_;
    aside_.resize(need_ / 8);
    return reinterpret_cast<uint8_t*>(aside_.data());
  }
  int64_t need() const { return static_cast<int64_t>(need_); }
  // False when the row does not fit.
  bool deliver() {
    if (need_ > size_) return false;
    if (!is_direct_) std::memcpy(buffer_, aside_.data(), need_);
    return true;
  }

 private:
  uint8_t* const buffer_;
  const uint64_t size_;
  uint64_t need_ = 0;
  bool is_direct_ = false;
  std::vector<uint64_t> aside_;
};

}  // namespace

base::Result<store::Key> capi::id_key(const thing_model* m, int64_t id) {
  if (m->model->id < 0) {
    const std::string message = fmt::format(
        "{}: found a call by id, expected one by key: the primary key is not one int field",
        m->model->name);
    return fail(base::Error(Code::kInvalid, message).model(m->model->name));
  }
  store::Key key;
  key.is_integer = true;
  key.integer = id;
  return key;
}

base::Result<store::Key> capi::json_key(Caller& c, const thing_model* m, const char* key_json,
                                        int64_t len) {
  THING_ASSIGN(const std::string_view text, bytes_of(key_json, len, "key_json"));
  return c.store().parse_key(*m->state, text);
}

thing_status thing_by_id(thing_db* db, thing_ctx* ctx, const thing_model* m, int64_t id,
                         thing_obj** out, thing_error** err) {
  return run_to(db, ctx, out, err, [&](Caller& c) -> Outcome {
    THING_TRY(check_model(c, m));
    ObjectSink sink(m);
    THING_ASSIGN(const store::Found found, c.store().find_id(c.call(), *m->state, id, sink));
    return hand_out(c, sink, found, out);
  });
}

thing_status thing_by_id_packed(thing_db* db, thing_ctx* ctx, const thing_model* m, int64_t id,
                                uint8_t* buf, int64_t cap, int64_t* need, thing_error** err) {
  return run_to(db, ctx, need, err, [&](Caller& c) -> Outcome {
    THING_TRY(check_model(c, m));
    THING_TRY(check_items(buf, cap, INT64_MAX, "cap"));
    BufferSink sink(buf, cap);
    THING_ASSIGN(const store::Found found, c.store().find_id(c.call(), *m->state, id, sink));
    if (found == store::Found::kNo) return THING_NOT_FOUND;
    if (found == store::Found::kUncached) return THING_MORE;
    *need = sink.need();
    return sink.deliver() ? THING_OK : THING_MORE;
  });
}

thing_status thing_by_key(thing_db* db, thing_ctx* ctx, const thing_model* m, const char* key_json,
                          int64_t len, thing_obj** out, thing_error** err) {
  return run_to(db, ctx, out, err, [&](Caller& c) -> Outcome {
    THING_TRY(check_model(c, m));
    THING_ASSIGN(const store::Key key, json_key(c, m, key_json, len));
    ObjectSink sink(m);
    THING_ASSIGN(const store::Found found, c.store().find_key(c.call(), *m->state, key, sink));
    return hand_out(c, sink, found, out);
  });
}

thing_status thing_by_ids(thing_db* db, thing_ctx* ctx, const thing_model* m, const int64_t* ids,
                          int64_t n, thing_rows** out, thing_error** err) {
  return run_to(db, ctx, out, err, [&](Caller& c) -> Outcome {
    THING_TRY(check_model(c, m));
    THING_TRY(check_items(ids, n, kMostItems, "ids"));
    const std::span<const int64_t> all(ids, static_cast<size_t>(n));
    THING_ASSIGN(store::RowSet set, c.store().find_ids(c.call(), *m->state, all));
    return capi::hand_out(c, m, std::move(set), out);
  });
}

static Outcome by_keys(Caller& c, const thing_model* m, const std::vector<store::Key>& keys,
                       thing_rows** out) {
  THING_TRY(check_items(keys.data(), static_cast<int64_t>(keys.size()), kMostItems, "keys"));
  THING_ASSIGN(store::RowSet set, c.store().find_keys(c.call(), *m->state, keys));
  return capi::hand_out(c, m, std::move(set), out);
}

thing_status thing_by_keys(thing_db* db, thing_ctx* ctx, const thing_model* m,
                           const char* keys_json, int64_t len, thing_rows** out,
                           thing_error** err) {
  return run_to(db, ctx, out, err, [&](Caller& c) -> Outcome {
    THING_TRY(check_model(c, m));
    THING_ASSIGN(const std::string_view text, bytes_of(keys_json, len, "keys_json"));
    THING_ASSIGN(const std::vector<store::Key> keys, c.store().parse_keys(*m->state, text));
    return by_keys(c, m, keys, out);
  });
}

thing_status thing_by_keys_packed(thing_db* db, thing_ctx* ctx, const thing_model* m,
                                  const uint8_t* packed, int64_t len, thing_rows** out,
                                  thing_error** err) {
  return run_to(db, ctx, out, err, [&](Caller& c) -> Outcome {
    THING_TRY(check_model(c, m));
    THING_ASSIGN(const value::BatchRef batch, batch_of(m->model->key_layout, packed, len));
    THING_ASSIGN(const std::vector<store::Key> keys,
                 c.store().unpack_keys(*m->state, {batch->bytes(), batch->size()}));
    return by_keys(c, m, keys, out);
  });
}
