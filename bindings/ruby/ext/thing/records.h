// Records: a Thing::Model instance is a handle of a thing_obj, and reads its fields from there when they are asked for, so
// that a list costs one small object a row, and text that nobody reads is never made.
#ifndef THING_RUBY_RECORDS_H
#define THING_RUBY_RECORDS_H
#include "blocking.h"

namespace thing_ruby {

constexpr int kUtc = 2147483646; // rb_time_timespec_new: INT_MAX - 1 is UTC
constexpr int64_t kMidnight2000 = 946684800;
constexpr int64_t kJulianDayOf1970 = 2440588;

inline VALUE time_of(int64_t micros) {
  int64_t seconds = micros / 1000000;
  int64_t rest = micros % 1000000;
  if (rest < 0) {
    rest += 1000000;
    seconds--;
  }
  const struct timespec ts = {static_cast<time_t>(seconds), static_cast<long>(rest * 1000)};
  return rb_obj_freeze(rb_time_timespec_new(&ts, kUtc));
}

inline VALUE date_of(int64_t days) {
  static const ID jd = rb_intern("jd");
  static const VALUE date = rb_path2class("Date");
  return rb_funcall(date, jd, 2, LL2NUM(days + kJulianDayOf1970), DBL2NUM(-HUGE_VAL)); // the calendar of the library has no gap
}

inline VALUE uuid_of(const char* p, int64_t n) {
  static const char digits[] = "0123456789abcdef";
  if (n != 16) return Qnil;
  char out[36];
  char* at = out;
  for (int i = 0; i < 16; i++) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *at++ = '-';
    const auto byte = static_cast<unsigned char>(p[i]);
    *at++ = digits[byte >> 4];
    *at++ = digits[byte & 15];
  }
  return text(out, 36);
}

inline VALUE bytes_value(int32_t type, bool list, const char* p, int64_t n) {
  if (list) return text(p, n);
  switch (type) {
    case THING_TYPE_BYTES: return rb_obj_freeze(rb_str_new(p, static_cast<long>(n)));
    case THING_TYPE_UUID: return uuid_of(p, n);
    case THING_TYPE_DECIMAL: {
      static const ID make = rb_intern("BigDecimal");
      return rb_funcall(rb_mKernel, make, 1, rb_str_new(p, static_cast<long>(n)));
    }
    default: return text(p, n);
  }
}

inline VALUE number_value(int32_t type, const thing_obj* o, int32_t field) {
  switch (type) {
    case THING_TYPE_BOOL: return thing_obj_int64(o, field) != 0 ? Qtrue : Qfalse;
    case THING_TYPE_FLOAT: return DBL2NUM(thing_obj_double(o, field));
    case THING_TYPE_DATETIME: return time_of(thing_obj_int64(o, field));
    case THING_TYPE_TIME: return time_of(thing_obj_int64(o, field) + kMidnight2000 * 1000000);
    case THING_TYPE_DATE: return date_of(thing_obj_int64(o, field));
    default: return LL2NUM(thing_obj_int64(o, field));
  }
}

// The value of a field: nil for NULL, and for one that is not set (obj_state tells them apart).
inline VALUE obj_value(const thing_obj* o, int32_t field) {
  if ((thing_obj_field_state(o, field) & ~THING_STATE_DIRTY) != THING_STATE_SET) return Qnil;
  const thing_model* model = thing_obj_model(o);
  const int32_t type = thing_model_field_type(model, field);
  const bool list = (thing_model_field_flags(model, field) & THING_FIELD_LIST) != 0;
  if (!list && (type <= THING_TYPE_FLOAT || (type >= THING_TYPE_DATETIME && type <= THING_TYPE_TIME))) {
    return number_value(type, o, field);
  }
  const char* p = nullptr;
  int64_t n = 0;
  return thing_obj_text(o, field, &p, &n) == THING_OK ? bytes_value(type, list, p, n) : Qnil;
}

inline VALUE get(VALUE, VALUE object, VALUE field) { return obj_value(handle_of<thing_obj>(object), NUM2INT(field)); }

inline VALUE original(VALUE, VALUE object, VALUE field) {
  const thing_obj* before = thing_obj_original(handle_of<thing_obj>(object));
  return before == nullptr ? Qnil : obj_value(before, NUM2INT(field));
}

// Gives an object that holds nothing yet the handle of another, which holds nothing afterwards.
inline VALUE adopt(VALUE, VALUE target, VALUE source) {
  Box* to = box_of<thing_obj>(target);
  Box* from = box_of<thing_obj>(source);
  if (to == from) return target;
  thing_obj_free(static_cast<thing_obj*>(to->handle));
  to->handle = from->handle;
  from->handle = nullptr;
  return target;
}

inline VALUE rows_to_a(VALUE, VALUE rows, VALUE klass) {
  const thing_rows* r = handle_of<thing_rows>(rows);
  const int64_t n = thing_rows_count(r);
  const VALUE array = rb_ary_new_capa(static_cast<long>(n));
  for (int64_t i = 0; i < n; i++) {
    const VALUE record = allocate<thing_obj>(klass);
    box_of<thing_obj>(record)->handle = thing_rows_obj(r, i);
    rb_ary_push(array, record);
  }
  RB_GC_GUARD(rows);
  return array;
}

// A row by its int key. What is in memory is answered with the lock held, as taking it again costs more than the row.
inline VALUE find(VALUE, VALUE db, VALUE ctx, VALUE model, VALUE id, VALUE klass) {
  Box* box = box_of<thing_db>(db);
  thing_db* handle = static_cast<thing_db*>(box->handle);
  const thing_model* m = handle_of<thing_model>(model);
  const int64_t key = NUM2LL(id);
  thing_obj* found = nullptr;
  thing_error* err = nullptr;
  thing_status status = THING_MORE;
  if (NIL_P(ctx) && box->keeper != nullptr) {
    thing_ctx* quick = static_cast<thing_ctx*>(box->keeper);
    thing_ctx_set_flags(quick, THING_CTX_CACHE_ONLY);
    status = thing_by_id(handle, quick, m, key, &found, nullptr);
  }
  const int raised = take_pending();
  if (raised != 0) rb_jump_tag(raised);
  if (status == THING_MORE || status == THING_E_BUSY) {
    thing_ctx* given = handle_of<thing_ctx>(ctx);
    Blocking call(handle, &given);
    call.run(status, &err, [&] { status = thing_by_id(handle, given, m, key, &found, &err); });
  } else if (status < 0) {
    status = thing_by_id(handle, nullptr, m, key, &found, &err); // fails at once, and says why
  }
  if (err != nullptr) raise(err);
  return status == THING_OK ? wrap_into<thing_obj>(klass, found) : outcome(status);
}

// A cursor holds a connection, which is not to wait for the collector.
inline VALUE close_cursor(VALUE, VALUE cursor) {
  Box* box = box_of<thing_cursor>(cursor);
  thing_cursor* handle = handle_of<thing_cursor>(cursor);
  box->handle = nullptr;
  unlocked([&] { thing_cursor_free(handle); });
  return Qnil;
}

inline VALUE generation_now(VALUE) { return INT2FIX(generation); }

inline void init(VALUE module) {
  rb_require("date");
  rb_require("bigdecimal");
  raw_module = module;
  rb_gc_register_mark_object(module);
  define_handle<thing_db>(module);
  define_handle<thing_model>(module);
  define_handle<thing_ctx>(module);
  define_handle<thing_obj>(module);
  define_handle<thing_criteria>(module);
  define_handle<thing_rows>(module);
  define_handle<thing_cursor>(module);
  define_handle<thing_tx>(module);
  rb_define_singleton_method(module, "get", RUBY_METHOD_FUNC(get), 2);
  rb_define_singleton_method(module, "original", RUBY_METHOD_FUNC(original), 2);
  rb_define_singleton_method(module, "adopt", RUBY_METHOD_FUNC(adopt), 2);
  rb_define_singleton_method(module, "rows_to_a", RUBY_METHOD_FUNC(rows_to_a), 2);
  rb_define_singleton_method(module, "find", RUBY_METHOD_FUNC(find), 5);
  rb_define_singleton_method(module, "close_cursor", RUBY_METHOD_FUNC(close_cursor), 1);
  rb_define_singleton_method(module, "hook_add", RUBY_METHOD_FUNC(hook_add), 5);
  rb_define_singleton_method(module, "generation", RUBY_METHOD_FUNC(generation_now), 0);
  pthread_atfork(nullptr, nullptr, in_child);
}

} // namespace thing_ruby
#endif
