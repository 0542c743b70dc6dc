#pragma once
// Calls that may block: who makes them, and in what.
#include <functional>
#include <utility>

#include "capi/arguments.h"
#include "capi/guard.h"
#include "capi/handles.h"

namespace thing::capi {

// One running call: holds the database, is inside the gate of its ctx or transaction.
class Caller {
 public:
  Caller(thing_db* db, thing_ctx* ctx) : db_(db), ctx_(ctx) {}
  ~Caller();
  Caller(const Caller&) = delete;

  // kInvalid, kClosed, kBusy.
  base::Status enter();

  // Checks what the call is about: errors that name no model of their own name this one's.
  base::Status about(const thing_model* m) {
    THING_TRY(check_model(db_, m));
    model_ = m->model;
    return {};
  }
  base::Status about(const thing_obj* o) {
    THING_TRY(check_object(db_, o));
    model_ = &o->model();
    return {};
  }
  base::Status about(const thing_criteria* q) {
    THING_TRY(check_criteria(db_, q));
    model_ = q->handle->model;
    return {};
  }
  base::Error named(base::Error&& error) const;

  thing_db* db() const { return db_; }
  store::Store& store() const { return *db_->store; }
  const store::Call& call() const { return call_; }
  bool runs_hooks(const schema::Model& model) const { return call_.runs_hooks(model); }
  // Whether hooks of any model may have a part in a write.
  bool runs_write_hooks() const {
    return !call_.has(store::kNoHooks) && store().hooks().listens(entity::kWriteEvents);
  }
  // The transaction that the call is in; nullptr: none.
  const std::shared_ptr<OpenTx>& tx() const { return tx_; }
  // The hold becomes that of a handle that the call hands out.
  void pass_hold() { held_ = false; }

 private:
  base::Status enter_ctx();

  thing_db* const db_;
  thing_ctx* const ctx_;
  store::Call call_;
  std::vector<const schema::Model*> muted_;  // a hook may mute others in the ctx
  std::string tag_;                          // or give it another tag
  std::shared_ptr<OpenTx> tx_;
  const schema::Model* model_ = nullptr;
  bool held_ = false;
  bool inside_ = false;  // the gate
};

// Runs body(caller).
template <class Body>
thing_status run(thing_db* db, thing_ctx* ctx, thing_error** err, Body&& body) noexcept {
  return guard(err, [&]() -> Outcome {
    THING_TRY(check_pointer(db, "db"));
    Caller caller(db, ctx);
    THING_TRY(caller.enter());
    Outcome outcome = outcome_of(body(caller));
    if (!outcome) return fail(caller.named(std::move(outcome.error())));
    return outcome;
  });
}

// The same for calls with an output, which is cleared before anything else.
template <class T, class Body>
thing_status run_to(thing_db* db, thing_ctx* ctx, T* out, thing_error** err, Body&& body) noexcept {
  if (out != nullptr) *out = T();
  return run(db, ctx, err, [&](Caller& caller) -> Outcome {
    THING_TRY(check_pointer(out, "out"));
    return outcome_of(body(caller));
  });
}

// An object that one blocking call uses.
class ObjectInUse {
 public:
  explicit ObjectInUse(thing_obj* o)
      : object_(o), mine_(!o->busy.exchange(true, std::memory_order_acquire)) {}
  ~ObjectInUse() {
    if (mine_) object_->busy.store(false, std::memory_order_release);
  }
  ObjectInUse(const ObjectInUse&) = delete;
  base::Status check() const {
    if (!mine_)
      return fail(base::Error(Code::kBusy, "the object is in use by another call").retryable(true));
    settle(object_);
    return {};
  }

 private:
  thing_obj* const object_;
  const bool mine_;
};

inline thing_status status_of(store::Written w) {
  return w == store::Written::kYes ? THING_OK : THING_NOT_FOUND;
}

// A result set as a handle, which takes the caller's hold over; THING_MORE when it was not in the
// cache.
thing_status hand_out(Caller& caller, const thing_model* m, store::RowSet&& set, thing_rows** out);
thing_status hand_out(Caller& caller, const thing_model* m, relation::RowTree&& tree,
                      thing_rows** out);
// The same after the rows of relations were loaded too.
Outcome hand_out(Caller& caller, const thing_model* m, store::RowSet&& set,
                 const std::vector<query::Include>& includes, thing_rows** out);
// `from_database`: what is not cached is read though the call asks for the cache alone.
base::Result<relation::RowTree> with_related(Caller& caller, store::RowSet&& set,
                                             const std::vector<query::Include>& includes,
                                             bool from_database = false);
// An object likewise. Its AFTER_LOAD hooks have run.
thing_status hand_out(Caller& caller, OwnedObject object, thing_obj** out);
// Row i as an object that shares the rows; does not hold the database yet.
OwnedObject row_object(const thing_model* m, const relation::RowTree& tree, uint32_t i);

// Runs body(caller) in a transaction of its own, or in a part of the one there is: all that it and
// its hooks write stays when it is THING_OK, and goes otherwise.
Outcome run_whole(thing_db* db, thing_ctx* ctx, const std::function<Outcome(Caller&)>& body);

void run_load_hooks(const store::Call& call, thing_obj& object) noexcept;

}  // namespace thing::capi
