#pragma once
// The border of the library: nothing is thrown past it, and failures become a status and a thing_error.
#include <new>
#include <string_view>
#include <utility>

#include "base/utf8.h"
#include "capi/handles.h"

namespace thing::capi {

using base::Code;

// Gives the error to the caller; returns its status.
thing_status give_error(base::Error&& error, thing_error** err) noexcept;
thing_error* no_memory_error() noexcept;

// What a call does: a status >= 0 or an error.
using Outcome = base::Result<thing_status>;

template <class Body>
thing_status guard(thing_error** err, Body&& body) noexcept {
  try {
    Outcome outcome = body();
    if (outcome) return *outcome;
    return give_error(std::move(outcome.error()), err);
  } catch (const std::bad_alloc&) {
    return give_error(base::Error(), err);
  } catch (...) {
    try {
      return give_error(base::Error(Code::kInternal, "an unexpected exception inside the library"), err);
    } catch (...) {
      return give_error(base::Error(), err);
    }
  }
}

// The same for calls that only need an object or nothing.
template <class T, class Body>
T* or_null(Body&& body) noexcept {
  try {
    return body();
  } catch (...) {
    return nullptr;
  }
}

// ---- arguments

inline base::Status need(const void* pointer, std::string_view name) {
  if (pointer != nullptr) return {};
  return base::fail(Code::kInvalid, "'{}' is NULL, expected a pointer", name);
}

// Bytes with their length; -1: up to the NUL.
base::Result<std::string_view> bytes_of(const char* p, int64_t len, std::string_view name);
base::Result<std::string_view> text_of(const char* p, int64_t len, std::string_view name);  // and valid UTF-8
base::Status check_field(const thing_model* m, int32_t field);
base::Status check_flags(int32_t flags, int32_t allowed, std::string_view name);
// A packed batch from outside, copied and checked.
base::Result<value::BatchRef> check_batch(const value::Layout& layout, const uint8_t* packed, int64_t len);
// Counts of array arguments.
base::Status check_count(const void* array, int64_t n, int64_t most, std::string_view name);

// ---- calls that may block

// Who calls: the database held, the context checked, the transaction entered.
class Caller {
 public:
  Caller(thing_db* db, thing_ctx* ctx) : db_(db), ctx_(ctx) {}
  ~Caller();
  Caller(const Caller&) = delete;
  base::Status enter();
  const store::Call& call() const { return call_; }
  store::Store& store() const { return *db_->store; }
  // The hold becomes that of a handle handed out.
  void pass_hold() { held_ = false; }

 private:
  base::Status enter_transaction();
  thing_db* db_;
  thing_ctx* ctx_;
  store::Call call_;
  bool held_ = false;
  std::shared_ptr<TxRoot> inside_;
};

// Runs body(caller) for a call on a database with a model of it (nullptr: none).
template <class Body>
thing_status run(thing_db* db, thing_ctx* ctx, const thing_model* m, thing_error** err, Body&& body) noexcept {
  return guard(err, [&]() -> Outcome {
    THING_TRY(need(db, "db"));
    Caller caller(db, ctx);
    THING_TRY(caller.enter());
    if (m != nullptr && m->db != db) return base::fail(Code::kInvalid, "the model belongs to another database");
    return body(caller);
  });
}

inline thing_status status_of(store::Written w) { return w == store::Written::kYes ? THING_OK : THING_NOT_FOUND; }

// Ends what a door guards when its database was closed meanwhile.
void leave_transaction(thing_db* db, const std::shared_ptr<TxRoot>& root) noexcept;

// An object that is in use by one blocking call.
class ObjectInUse {
 public:
  explicit ObjectInUse(thing_obj* o) : object_(o), mine_(!o->busy.exchange(true, std::memory_order_acquire)) {}
  ~ObjectInUse() {
    if (mine_) object_->busy.store(false, std::memory_order_release);
  }
  base::Status check() const {
    if (mine_) return {};
    return base::fail(Code::kBusy, "the object is in use by another call");
  }

 private:
  thing_obj* object_;
  bool mine_;
};

// A row on its way into an object, in one block with it.
class ObjectSink final : public store::RowSink {
 public:
  explicit ObjectSink(const thing_model* m) : model_(m) {}
  ~ObjectSink() override {
    if (object_ != nullptr) thing_obj::destroy(object_);
  }
  uint8_t* place(uint64_t bytes) override {
    if (object_ != nullptr) thing_obj::destroy(std::exchange(object_, nullptr));
    object_ = thing_obj::make(model_, (bytes + 7) / 8 * 8);
    return object_->row_bytes();
  }
  thing_obj* take(bool from_cache) {
    object_->attach(value::RowView(object_->row_bytes(), 0), {}, from_cache);
    return std::exchange(object_, nullptr);
  }

 private:
  const thing_model* model_;
  thing_obj* object_ = nullptr;
};

thing_buf* make_buf(std::string&& text);
thing_buf* make_buf(entity::Output& out);
thing_rows* make_rows(thing_db* db, const thing_model* m, store::RowSet&& set);  // holds the database
// The AFTER_LOAD hooks of an object handed out.
void loaded(thing_obj* o, thing_ctx* ctx) noexcept;

}  // namespace thing::capi
