// A record is a row of a packed batch as long as it is only read: a list is one allocation for all of its records, and
// text that nobody asks for is never made. What changes, saves or relates it gives it an object of the library, once.
//
//   Batch { the bytes: of a thing_rows, or behind it } [RecordBox] [RecordBox] ... [bytes]
#ifndef THING_RUBY_RECORD_H
#define THING_RUBY_RECORD_H
#include <new>

#include "handles.h"
#include "pack.h"

namespace thing_ruby {

// A model as records need it. Counted, as records may outlive the Ruby object of the model.
struct Plan {
  struct Column {
    uint8_t type;
    bool list;
    bool plain; // neither json nor a list: Ruby has a value for it
  };
  const thing_model* model;
  thing_obj* keeper; // keeps the database, and with it the model
  uint64_t hash;
  uint32_t count;
  int64_t users;
  bool on_load;   // hooks hear of each record that is loaded, so each has its object
  Column columns[1];
};

inline Plan* plan_of(const thing_model* model) {
  const auto count = static_cast<uint32_t>(thing_model_field_count(model));
  void* memory = ruby_xmalloc(sizeof(Plan) + count * sizeof(Plan::Column));
  auto* plan = new (memory) Plan{model, thing_obj_new(model), static_cast<uint64_t>(thing_model_hash(model)), count, 1, false, {}};
  for (uint32_t i = 0; i < count; i++) {
    const auto field = static_cast<int32_t>(i);
    const int32_t type = thing_model_field_type(model, field);
    const bool list = (thing_model_field_flags(model, field) & THING_FIELD_LIST) != 0;
    plan->columns[i] = {static_cast<uint8_t>(type), list, !list && type != THING_TYPE_JSON};
  }
  return plan;
}

inline void release(Plan* plan) {
  if (--plan->users > 0) return;
  thing_obj_free(plan->keeper);
  ruby_xfree(plan);
}

inline Plan* hold(Plan* plan) {
  plan->users++;
  return plan;
}

struct Batch {
  Packed packed;
  thing_rows* rows; // NULL: the bytes are the batch's own
  const uint8_t* bytes;
  int64_t length;
  int64_t users;
  int64_t outside; // bytes that the collector was told of

  RecordBox* records() { return reinterpret_cast<RecordBox*>(this + 1); }
};
static_assert(sizeof(Batch) % alignof(RecordBox) == 0);

inline void release(Batch* batch) {
  if (--batch->users > 0) return;
  thing_rows_free(batch->rows);
  if (batch->outside > 0) rb_gc_adjust_memory_usage(-batch->outside);
  ruby_xfree(batch);
}

inline void release(RecordBox* box) {
  thing_obj_free(static_cast<thing_obj*>(box->handle));
  if (box->plan != nullptr) release(box->plan);
  Batch* batch = box->batch;
  if (batch == nullptr) ruby_xfree(box);
  else release(batch);
}

// A record that was found alone has the bytes of its row; those of a list have their part of one result.
inline size_t size_of(const RecordBox* box) {
  const Batch* batch = box->batch;
  if (batch == nullptr) return sizeof(RecordBox);
  const auto bytes = static_cast<size_t>(batch->length + batch->outside) + sizeof(Batch);
  return sizeof(RecordBox) + bytes / (batch->packed.count == 0 ? 1 : batch->packed.count);
}

inline void release(RowsBox* box) {
  if (box->batch == nullptr) thing_rows_free(static_cast<thing_rows*>(box->handle));
  else release(box->batch);
}

// Room for n records and so many bytes behind them. It is the first user itself: an exception in between frees nothing
// that is still used, and `release` at the end frees it when no record was made.
inline Batch* make_batch(int64_t n, int64_t bytes) {
  void* memory = ruby_xmalloc(sizeof(Batch) + static_cast<size_t>(n) * sizeof(RecordBox) + static_cast<size_t>(bytes));
  auto* batch = new (memory) Batch{{}, nullptr, nullptr, bytes, 1, 0};
  if (bytes > 0) batch->bytes = reinterpret_cast<uint8_t*>(batch->records() + n);
  return batch;
}

inline const char* open_batch(Batch* batch, const Plan* plan) {
  return batch->packed.open(batch->bytes, static_cast<uint64_t>(batch->length), plan->count, plan->hash);
}

// A record that holds nothing yet, and is to hold row i of a batch that is open.
inline VALUE empty_record(VALUE klass) { return rb_data_typed_object_wrap(klass, nullptr, Kind<thing_obj>::data()); }
inline void place_record(VALUE record, Batch* batch, Plan* plan, int64_t i) {
  auto* box = new (&batch->records()[i]) RecordBox();
  box->plan = hold(plan);
  box->batch = batch;
  box->row = batch->packed.row(static_cast<uint64_t>(i));
  batch->users++;
  RTYPEDDATA_DATA(record) = box;
}

inline bool is_packed(const RecordBox* box) { return box->handle == nullptr && box->row != nullptr; }

// The object of a record, which is made when it is first needed.
inline thing_obj* object_of(RecordBox* box) {
  if (!is_packed(box)) return static_cast<thing_obj*>(box->handle);
  Batch* batch = box->batch;
  if (batch->rows != nullptr) {
    box->handle = thing_rows_obj(batch->rows, (box->row - batch->packed.rows) / batch->packed.stride);
    if (box->handle == nullptr) rb_memerror();
    return static_cast<thing_obj*>(box->handle);
  }
  thing_error* error = nullptr;
  thing_obj* object = nullptr;
  if (thing_obj_unpack(box->plan->model, batch->bytes, batch->length, &object, &error) != THING_OK) raise(error);
  box->handle = object;
  return object;
}

} // namespace thing_ruby
#endif
