// Handles of the library as Ruby objects. A handle keeps its database alive, so that the collector may free them in any
// order; nothing here refers to another Ruby object, so there is nothing to mark and no barrier to keep.
#ifndef THING_RUBY_HANDLES_H
#define THING_RUBY_HANDLES_H
#include <ruby.h>
#include <ruby/encoding.h>
#include <ruby/thread.h>
#include <pthread.h>
#include <thing.h>

#include <cstring>

namespace thing_ruby {

// What a Ruby object holds. `user` is the thread whose blocking call has the handle now: others are refused, as they
// would read what is being written. That thread runs, so it needs no mark.
struct Box {
  void* handle;
  void* keeper; // of a database and a model: what keeps them, since these two are not counted
  VALUE user;
};

template <class T> struct Kind;
#define THING_RUBY_KIND(type, name, ruby, release)                                                              \
  inline void free_##name(void* p) {                                                                            \
    Box* box = static_cast<Box*>(p);                                                                            \
    release;                                                                                                    \
    ruby_xfree(box);                                                                                            \
  }                                                                                                             \
  inline size_t size_##name(const void*) { return sizeof(Box); }                                                \
  inline const rb_data_type_t type_##name = {ruby, {nullptr, free_##name, size_##name, nullptr, {}}, nullptr, nullptr, \
                                             RUBY_TYPED_FREE_IMMEDIATELY | RUBY_TYPED_WB_PROTECTED};                                          \
  template <> struct Kind<type> {                                                                               \
    static const rb_data_type_t* data() { return &type_##name; }                                                \
    static const char* ruby_name() { return ruby; }                                                             \
  };
// A database that nobody closed ends with its last handle; a finalizer does not wait for a server.
THING_RUBY_KIND(thing_db, db, "Database", thing_ctx_free(static_cast<thing_ctx*>(box->keeper)))
THING_RUBY_KIND(thing_model, model, "Model", thing_obj_free(static_cast<thing_obj*>(box->keeper)))
THING_RUBY_KIND(thing_ctx, ctx, "Context", if (box->keeper == nullptr) thing_ctx_free(static_cast<thing_ctx*>(box->handle)))
THING_RUBY_KIND(thing_obj, obj, "Record", thing_obj_free(static_cast<thing_obj*>(box->handle)))
THING_RUBY_KIND(thing_criteria, criteria, "Criteria", thing_criteria_free(static_cast<thing_criteria*>(box->handle)))
THING_RUBY_KIND(thing_rows, rows, "Rows", thing_rows_free(static_cast<thing_rows*>(box->handle)))
THING_RUBY_KIND(thing_cursor, cursor, "Cursor", thing_cursor_free(static_cast<thing_cursor*>(box->handle)))
THING_RUBY_KIND(thing_tx, tx, "Transaction", thing_tx_free(static_cast<thing_tx*>(box->handle)))
#undef THING_RUBY_KIND

inline VALUE raw_module;

template <class T> VALUE handle_class() {
  static VALUE known = rb_const_get(raw_module, rb_intern(Kind<T>::ruby_name()));
  return known;
}

template <class T> VALUE allocate(VALUE klass) {
  Box* box;
  const VALUE value = TypedData_Make_Struct(klass, Box, Kind<T>::data(), box);
  box->user = Qnil;
  return value;
}

template <class T> void define_handle(VALUE module) {
  const VALUE klass = rb_define_class_under(module, Kind<T>::ruby_name(), rb_cObject);
  rb_define_alloc_func(klass, allocate<T>);
}

template <class T> Box* box_of(VALUE value) {
  return static_cast<Box*>(rb_check_typeddata(value, Kind<T>::data()));
}

// nil is NULL, which the library answers as it says. A handle that another thread's call has is refused.
template <class T> T* handle_of(VALUE value) {
  if (NIL_P(value)) return nullptr;
  Box* box = box_of<T>(value);
  if (!NIL_P(box->user) && box->user != rb_thread_current()) {
    rb_funcall(rb_path2class("Thing::Error"), rb_intern("busy"), 0);
  }
  return static_cast<T*>(box->handle);
}

template <class T> VALUE wrap_into(VALUE klass, T* handle) {
  if (handle == nullptr) return Qnil;
  const VALUE value = allocate<T>(klass);
  box_of<T>(value)->handle = handle;
  return value;
}

template <class T> VALUE wrap(T* handle) { return wrap_into<T>(handle_class<T>(), handle); }

template <> inline VALUE wrap(thing_db* db) {
  const VALUE value = wrap_into<thing_db>(handle_class<thing_db>(), db);
  if (!NIL_P(value)) box_of<thing_db>(value)->keeper = thing_ctx_new(db);
  return value;
}

inline VALUE wrap_model(const thing_model* model) {
  const VALUE value = wrap_into<thing_model>(handle_class<thing_model>(), const_cast<thing_model*>(model));
  if (!NIL_P(value)) box_of<thing_model>(value)->keeper = thing_obj_new(model);
  return value;
}

// The ctx of a transaction belongs to it: the Ruby object keeps the transaction's as an instance variable.
inline VALUE wrap_tx_ctx(thing_ctx* ctx, VALUE tx) {
  const VALUE value = wrap_into<thing_ctx>(handle_class<thing_ctx>(), ctx);
  if (NIL_P(value)) return value;
  box_of<thing_ctx>(value)->keeper = ctx;
  rb_ivar_set(value, rb_intern("transaction"), tx);
  return value;
}

// ---- text ------------------------------------------------------------------------------------------------------
inline VALUE text(const char* p, int64_t n) { return rb_obj_freeze(rb_utf8_str_new(p, static_cast<long>(n))); }

// Bytes that stay as they are while other threads run: a frozen string, in UTF-8 for text.
inline VALUE frozen_text(VALUE value) {
  if (SYMBOL_P(value)) value = rb_sym2str(value);
  StringValue(value);
  if (rb_enc_get(value) != rb_utf8_encoding() && rb_enc_get(value) != rb_usascii_encoding() &&
      rb_enc_get(value) != rb_ascii8bit_encoding()) {
    value = rb_str_export_to_enc(value, rb_utf8_encoding());
  }
  return rb_str_new_frozen(value);
}

inline VALUE take_buf(thing_buf* buf) {
  if (buf == nullptr) return Qnil;
  const VALUE value = rb_utf8_str_new(reinterpret_cast<const char*>(thing_buf_data(buf)), static_cast<long>(thing_buf_len(buf)));
  thing_buf_free(buf);
  return value;
}

[[noreturn]] inline void raise(thing_error* error) {
  const VALUE json = take_buf(thing_error_json(error));
  const VALUE args[] = {INT2NUM(thing_error_code(error)),
                        rb_utf8_str_new_cstr(thing_error_message(error)),
                        rb_utf8_str_new_cstr(thing_error_sqlstate(error)),
                        rb_utf8_str_new_cstr(thing_error_model(error)),
                        rb_utf8_str_new_cstr(thing_error_field(error)),
                        rb_utf8_str_new_cstr(thing_error_constraint(error)),
                        rb_utf8_str_new_cstr(thing_error_table(error)),
                        thing_error_retryable(error) ? Qtrue : Qfalse,
                        json};
  thing_error_free(error);
  rb_exc_raise(rb_funcallv(rb_path2class("Thing::Error"), rb_intern("build"), 9, args));
}

// What an expected outcome is in Ruby: nil for what is not there, :more for a miss of the cache.
inline VALUE outcome(thing_status status) {
  if (status == THING_OK) return Qtrue;
  return status == THING_MORE ? ID2SYM(rb_intern("more")) : Qnil;
}

// ---- processes -------------------------------------------------------------------------------------------------
inline int generation = 0; // raised in every child: what was opened before is the parent's
inline void in_child() { generation++; }

} // namespace thing_ruby
#endif
