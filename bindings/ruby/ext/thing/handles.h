// Handles of the library as Ruby objects. A handle keeps its database alive, so that the collector may free them in any
// order. Of all of them a database alone refers to Ruby objects, the procs of its hooks.
#ifndef THING_RUBY_HANDLES_H
#define THING_RUBY_HANDLES_H
#include <pthread.h>
#include <ruby.h>
#include <ruby/encoding.h>
#include <ruby/thread.h>
#include <thing.h>

#include <cstring>

namespace thing_ruby {

// What a Ruby object holds. `user` is the thread whose blocking call has the handle now: others are refused, as they
// would read what is being written. That thread runs, so it needs no mark.
struct Box {
  void* handle = nullptr;
  VALUE user = Qnil;
};

// The ctx that finds what is in memory (of one thread at a time: that which has the interpreter's lock), and the procs
// of hooks, which live as long as the Ruby object. `born`: in which process; `closed`: by hand.
struct DbBox : Box {
  thing_ctx* quick = nullptr;
  VALUE procs = Qnil;
  int born = 0;
  bool closed = false;
};

// What a ctx is to be again after it was reset.
struct CtxBox : Box {
  bool borrowed = false; // of a transaction, or of the call that a hook runs in
  int32_t flags = 0;
  int64_t deadline = -1; // microseconds of CLOCK_MONOTONIC
};

struct Plan;
struct ModelBox : Box {
  Plan* plan = nullptr;
};

struct Batch;
// A result, which its records may have taken over.
struct RowsBox : Box {
  Batch* batch = nullptr;
};

// A record: a row of a batch until something needs an object of the library (record.h).
struct RecordBox : Box {
  Plan* plan = nullptr;
  Batch* batch = nullptr;
  const uint8_t* row = nullptr;
};

void release(DbBox* box);
void release(Plan* plan);
void release(RecordBox* box);
void release(RowsBox* box);

// Memory that a handle has by itself; the library's own is its own.
template <class B> size_t size_of(const B*) { return sizeof(B); }
size_t size_of(const RecordBox* box);

template <class T> struct Kind;
#define THING_RUBY_KIND(type, box_type, name, ruby, mark, free_it)                                                   \
  inline void free_##name(void* p) {                                                                                 \
    box_type* box = static_cast<box_type*>(p);                                                                       \
    free_it;                                                                                                         \
  }                                                                                                                  \
  inline size_t size_##name(const void* p) { return size_of(static_cast<const box_type*>(p)); }                      \
  inline const rb_data_type_t type_##name = {ruby, {mark, free_##name, size_##name, nullptr, {}}, nullptr, nullptr,  \
                                             RUBY_TYPED_FREE_IMMEDIATELY | RUBY_TYPED_WB_PROTECTED};                 \
  template <> struct Kind<type> {                                                                                    \
    using BoxType = box_type;                                                                                        \
    static const rb_data_type_t* data() { return &type_##name; }                                                     \
    static const char* ruby_name() { return ruby; }                                                                  \
  };
inline void mark_db(void* p) { rb_gc_mark(static_cast<DbBox*>(p)->procs); }
THING_RUBY_KIND(thing_db, DbBox, db, "Database", mark_db, release(box); ruby_xfree(box))
THING_RUBY_KIND(thing_model, ModelBox, model, "Model", nullptr, if (box->plan != nullptr) release(box->plan); ruby_xfree(box))
THING_RUBY_KIND(thing_ctx, CtxBox, ctx, "Context", nullptr,
                if (!box->borrowed) thing_ctx_free(static_cast<thing_ctx*>(box->handle)); ruby_xfree(box))
THING_RUBY_KIND(thing_obj, RecordBox, obj, "Record", nullptr, release(box))
THING_RUBY_KIND(thing_criteria, Box, criteria, "Criteria", nullptr, thing_criteria_free(static_cast<thing_criteria*>(box->handle)); ruby_xfree(box))
THING_RUBY_KIND(thing_rows, RowsBox, rows, "Rows", nullptr, release(box); ruby_xfree(box))
THING_RUBY_KIND(thing_cursor, Box, cursor, "Cursor", nullptr, thing_cursor_free(static_cast<thing_cursor*>(box->handle)); ruby_xfree(box))
THING_RUBY_KIND(thing_tx, Box, tx, "Transaction", nullptr, thing_tx_free(static_cast<thing_tx*>(box->handle)); ruby_xfree(box))
#undef THING_RUBY_KIND

template <class T> using BoxOf = typename Kind<T>::BoxType;

inline int generation = 0; // raised in every child: what was opened before is the parent's
inline bool ending = false; // the process: what is open ends with it

inline VALUE raw_module;

template <class T> VALUE handle_class() {
  static VALUE known = rb_const_get(raw_module, rb_intern(Kind<T>::ruby_name()));
  return known;
}

template <class T> VALUE allocate(VALUE klass) {
  auto* box = new (ruby_xmalloc(sizeof(BoxOf<T>))) BoxOf<T>();
  return rb_data_typed_object_wrap(klass, box, Kind<T>::data());
}

template <class T> void define_handle(VALUE module) {
  const VALUE klass = rb_define_class_under(module, Kind<T>::ruby_name(), rb_cObject);
  rb_define_alloc_func(klass, allocate<T>);
}

template <class T> BoxOf<T>* box_of(VALUE value) {
  if (RB_TYPE_P(value, T_DATA) && RTYPEDDATA_P(value) && RTYPEDDATA_TYPE(value) == Kind<T>::data()) {
    return static_cast<BoxOf<T>*>(RTYPEDDATA_DATA(value));
  }
  return static_cast<BoxOf<T>*>(rb_check_typeddata(value, Kind<T>::data()));
}

[[noreturn]] inline void refuse_busy() {
  rb_funcall(rb_path2class("Thing::Error"), rb_intern("busy"), 0);
  rb_bug("Thing::Error.busy came back");
}

// A handle that another thread's call has is refused.
inline void check_user(const Box* box) {
  if (!NIL_P(box->user) && box->user != rb_thread_current()) refuse_busy();
}

thing_obj* object_of(RecordBox* box);
template <class T> T* handle_in(BoxOf<T>* box) { return static_cast<T*>(box->handle); }
template <> inline thing_obj* handle_in<thing_obj>(RecordBox* box) { return object_of(box); }

// nil is NULL, which the library answers as it says.
template <class T> T* handle_of(VALUE value) {
  if (NIL_P(value)) return nullptr;
  BoxOf<T>* box = box_of<T>(value);
  check_user(box);
  return handle_in<T>(box);
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
  if (NIL_P(value)) return value;
  DbBox* box = box_of<thing_db>(value);
  box->quick = thing_ctx_new(db);
  box->born = generation;
  RB_OBJ_WRITE(value, &box->procs, rb_hash_new());
  return value;
}

inline VALUE wrap_borrowed(thing_ctx* ctx) {
  const VALUE value = wrap_into<thing_ctx>(handle_class<thing_ctx>(), ctx);
  if (!NIL_P(value)) box_of<thing_ctx>(value)->borrowed = true;
  return value;
}

// The ctx of a transaction belongs to it: the Ruby object keeps the transaction's as an instance variable.
inline VALUE wrap_tx_ctx(thing_ctx* ctx, VALUE tx) {
  const VALUE value = wrap_borrowed(ctx);
  if (!NIL_P(value)) rb_ivar_set(value, rb_intern("transaction"), tx);
  return value;
}

// ---- text ------------------------------------------------------------------------------------------------------
inline VALUE text(const char* p, int64_t n) { return rb_obj_freeze(rb_utf8_str_new(p, static_cast<long>(n))); }

inline VALUE in_utf8(VALUE value) {
  if (SYMBOL_P(value)) value = rb_sym2str(value);
  StringValue(value);
  const int encoding = rb_enc_get_index(value);
  if (encoding == rb_utf8_encindex() || encoding == rb_usascii_encindex() || encoding == rb_ascii8bit_encindex()) return value;
  return rb_str_export_to_enc(value, rb_utf8_encoding());
}

// Bytes that stay as they are while other threads run: a frozen string, in UTF-8 for text.
inline VALUE frozen_text(VALUE value) { return rb_str_new_frozen(in_utf8(value)); }

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

// A failure that this layer finds by itself.
[[noreturn]] inline void raise(thing_status status, const char* message) {
  thing_error* error = nullptr;
  thing_error_set(&error, status, message, -1);
  raise(error);
}

// What an expected outcome is in Ruby: nil for what is not there, :more for a miss of the cache.
inline VALUE outcome(thing_status status) {
  if (status == THING_OK) return Qtrue;
  return status == THING_MORE ? ID2SYM(rb_intern("more")) : Qnil;
}

// ---- processes -------------------------------------------------------------------------------------------------
inline bool all_loads = false; // some hook of all models hears of loads, so each record has its object
inline int bindings = 0;   // raised when a class may belong to another handle than before
inline void in_child() {
  generation++;
  bindings++;
}

} // namespace thing_ruby
#endif
