// Hooks: the library calls a proc of Ruby, in the midst of a call that runs without the interpreter's lock. What the
// proc raises or throws waits until the call has come back, and goes on from there as it was.
#ifndef THING_RUBY_HOOKS_H
#define THING_RUBY_HOOKS_H
#include "handles.h"

extern "C" int ruby_thread_has_gvl_p(void);

namespace thing_ruby {

// What left a hook of the call that this thread is in; 0 for nothing.
inline thread_local int pending = 0;

inline int take_pending() {
  const int state = pending;
  pending = 0;
  return state;
}

struct Hook {
  VALUE proc; // proc.call(event, record, ctx)
  VALUE klass;
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
  call->record = wrap_into<thing_obj>(call->hook->klass, call->obj);
  if (call->ctx != nullptr) {
    call->context = wrap_into<thing_ctx>(handle_class<thing_ctx>(), call->ctx);
    box_of<thing_ctx>(call->context)->keeper = call->ctx;
  }
  return rb_funcall(call->hook->proc, rb_intern("call"), 3, INT2FIX(call->event), call->record, call->context);
}

// Object and ctx are borrowed: a record that the hook keeps holds nothing when it is over.
inline void* with_lock(void* p) {
  HookCall* call = static_cast<HookCall*>(p);
  rb_protect(call_proc, reinterpret_cast<VALUE>(call), &call->state);
  if (!NIL_P(call->record)) box_of<thing_obj>(call->record)->handle = nullptr;
  if (!NIL_P(call->context)) box_of<thing_ctx>(call->context)->handle = nullptr;
  return nullptr;
}

inline thing_status run_hook(void* user, int32_t event, thing_db*, thing_ctx* ctx, thing_obj* obj, thing_error** err) {
  if (pending != 0) return THING_OK; // what is undone now is not told to hooks: one of them ended the call
  HookCall call = {static_cast<const Hook*>(user), event, ctx, obj};
  if (ruby_thread_has_gvl_p()) with_lock(&call);
  else rb_thread_call_with_gvl(with_lock, &call);
  if (call.state == 0) return THING_OK;
  pending = call.state;
  return thing_error_set(err, THING_E_CALLBACK, "a hook raised", -1);
}

inline void* drop_hook(void* p) {
  Hook* hook = static_cast<Hook*>(p);
  rb_gc_unregister_address(&hook->proc);
  rb_gc_unregister_address(&hook->klass);
  delete hook;
  return nullptr;
}

inline void free_hook(void* user) {
  if (ruby_thread_has_gvl_p()) drop_hook(user);
  else rb_thread_call_with_gvl(drop_hook, user);
}

inline VALUE hook_add(VALUE, VALUE db, VALUE model, VALUE events, VALUE proc, VALUE klass) {
  thing_db* handle = handle_of<thing_db>(db);
  const thing_model* m = handle_of<thing_model>(model);
  const int32_t flags = NUM2INT(events) | THING_HOOK_MAY_FAIL;
  Hook* hook = new Hook{proc, klass};
  rb_gc_register_address(&hook->proc);
  rb_gc_register_address(&hook->klass);
  int64_t id = 0;
  thing_error* err = nullptr;
  if (thing_hook_add(handle, m, flags, run_hook, hook, free_hook, &id, &err) != THING_OK) raise(err);
  return LL2NUM(id);
}

} // namespace thing_ruby
#endif
