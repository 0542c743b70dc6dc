// Hooks: the library calls a proc of Ruby, in the midst of a call that runs without the interpreter's lock. What the
// proc raises or throws waits until the call has come back, and goes on from there as it was.
#ifndef THING_RUBY_HOOKS_H
#define THING_RUBY_HOOKS_H
#include "values.h"

extern "C" int ruby_thread_has_gvl_p(void);
extern "C" int ruby_native_thread_p(void);

namespace thing_ruby {

// What left a hook of the call that this thread is in; 0 for nothing.
inline thread_local int pending = 0;

// Calls with the interpreter's lock, which the thread may have.
inline void locked(void* (*body)(void*), void* argument) {
  if (ruby_thread_has_gvl_p() != 0) body(argument);
  else rb_thread_call_with_gvl(body, argument);
}

inline int take_pending() {
  const int state = pending;
  pending = 0;
  return state;
}

// The procs lie in the Ruby object of the database, as long as that is there: a proc that refers to the database, as all
// do, keeps nobody alive. Calls have that object in hand, so a hook that runs finds them.
struct Hook {
  VALUE procs; // {id => [proc, class]}: the database's object marks it, so it stays where it is
  int64_t id;
};

struct HookCall {
  const Hook* hook;
  int32_t event;
  thing_ctx* ctx;
  thing_obj* obj;
  VALUE record = Qnil;
  VALUE context = Qnil;
  int state = 0;
};

inline VALUE call_proc(VALUE p) {
  HookCall* call = reinterpret_cast<HookCall*>(p);
  const VALUE known = rb_hash_lookup(call->hook->procs, LL2NUM(call->hook->id));
  if (NIL_P(known)) return Qnil;
  const VALUE proc = rb_ary_entry(known, 0);
  VALUE klass = rb_ary_entry(known, 1);
  if (NIL_P(klass)) {
    static const VALUE model = pinned("Thing::Model");
    klass = rb_funcall(model, rb_intern("named"), 1, rb_utf8_str_new_cstr(thing_model_name(thing_obj_model(call->obj))));
  }
  call->record = wrap_into<thing_obj>(klass, call->obj);
  if (call->ctx != nullptr) call->context = wrap_borrowed(call->ctx);
  return rb_funcall(proc, rb_intern("call"), 3, INT2FIX(call->event), call->record, call->context);
}

// Object and ctx are borrowed: a record that the hook keeps holds nothing when it is over.
inline void* with_lock(void* p) {
  HookCall* call = static_cast<HookCall*>(p);
  rb_protect(call_proc, reinterpret_cast<VALUE>(call), &call->state);
  if (!NIL_P(call->record)) box_of<thing_obj>(call->record)->handle = nullptr;
  if (!NIL_P(call->context)) box_of<thing_ctx>(call->context)->handle = nullptr;
  return nullptr;
}

// A hook that hears of the end of a transaction in a call that another hook left.
struct Late {
  HookCall* call;
  int left; // how
};

inline VALUE leave(VALUE p) {
  rb_jump_tag(reinterpret_cast<Late*>(p)->left);
  return Qnil;
}

// What it raises or throws is lost, but for the end of its thread, which Ruby asks for once and writes as a number.
inline VALUE tell(VALUE p) {
  HookCall* call = reinterpret_cast<Late*>(p)->call;
  with_lock(call);
  if (call->state != 0 && RB_FIXNUM_P(rb_errinfo())) rb_jump_tag(call->state);
  return Qnil;
}

// What left the other hook waits as for an `ensure`, so that Ruby itself keeps it, be it an exception, a throw or the end
// of the thread. Calls that the hook makes do not see it.
inline void* told(void* p) {
  Late late = {static_cast<HookCall*>(p), take_pending()};
  rb_protect([](VALUE q) -> VALUE { return rb_ensure(leave, q, tell, q); }, reinterpret_cast<VALUE>(&late), &pending);
  return nullptr;
}

inline bool is_end(int32_t event) { return event == THING_ON_AFTER_ROLLBACK || event == THING_ON_AFTER_COMMIT; }

inline thing_status run_hook(void* user, int32_t event, thing_db*, thing_ctx* ctx, thing_obj* obj, thing_error** err) {
  // The collector ends a transaction that nobody ended, in the midst of which Ruby can not run.
  if (ruby_native_thread_p() == 0 || (ruby_thread_has_gvl_p() != 0 && rb_during_gc() != 0)) return THING_OK;
  HookCall call = {static_cast<const Hook*>(user), event, ctx, obj};
  if (pending != 0) {
    if (is_end(event)) locked(told, &call);
    return THING_OK;
  }
  locked(with_lock, &call);
  if (call.state == 0) return THING_OK;
  pending = call.state;
  return thing_error_set(err, THING_E_CALLBACK, "a hook raised", -1);
}

// Runs in whatever thread ends the last call, and in the collector.
inline void free_hook(void* user) { delete static_cast<Hook*>(user); }

// Hooks of all models have no class: it is that of the model's name.
inline VALUE hook_add(VALUE, VALUE db, VALUE model, VALUE events, VALUE proc, VALUE klass) {
  DbBox* box = box_of<thing_db>(db);
  thing_db* handle = handle_of<thing_db>(db);
  const thing_model* m = handle_of<thing_model>(model);
  const int32_t flags = NUM2INT(events) | THING_HOOK_MAY_FAIL;
  const VALUE known = rb_assoc_new(proc, klass);
  Hook* hook = new Hook{box->procs, 0};
  thing_error* err = nullptr;
  if (thing_hook_add(handle, m, flags, run_hook, hook, free_hook, &hook->id, &err) != THING_OK) {
    delete hook;
    raise(err);
  }
  const VALUE id = LL2NUM(hook->id);
  rb_hash_aset(box->procs, id, known);
  if ((flags & THING_ON_AFTER_LOAD) != 0 && m != nullptr) box_of<thing_model>(model)->plan->on_load = true;
  if ((flags & THING_ON_AFTER_LOAD) != 0 && m == nullptr) all_loads = true;
  return id;
}

inline VALUE hook_remove(VALUE, VALUE db, VALUE id) {
  const VALUE procs = box_of<thing_db>(db)->procs;
  const thing_status status = thing_hook_remove(handle_of<thing_db>(db), NUM2LL(id));
  if (status == THING_OK) rb_hash_delete(procs, id);
  return outcome(status);
}

} // namespace thing_ruby
#endif
