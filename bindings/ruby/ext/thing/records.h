// What Thing::Model is made of: reading and setting fields, lists of records, finding one.
#ifndef THING_RUBY_RECORDS_H
#define THING_RUBY_RECORDS_H
#include <array>
#include <utility>

#include "blocking.h"

namespace thing_ruby {

inline VALUE get(VALUE, VALUE record, VALUE field) { return field_value(box_of<thing_obj>(record), NUM2INT(field)); }

inline VALUE set(VALUE, VALUE record, VALUE field, VALUE value) {
  set_value(record, NUM2INT(field), value);
  return value;
}

inline VALUE original(VALUE, VALUE record, VALUE field) {
  RecordBox* box = box_of<thing_obj>(record);
  if (is_packed(box)) return field_value(box, NUM2INT(field));
  const thing_obj* before = thing_obj_original(handle_of<thing_obj>(record));
  return before == nullptr ? Qnil : value_of(before, nullptr, NUM2INT(field));
}

inline VALUE state(VALUE, VALUE record, VALUE field) { return INT2FIX(field_state(box_of<thing_obj>(record), NUM2INT(field))); }

// THING_OBJ_*, without making an object for what is only read.
inline VALUE object_state(VALUE, VALUE record) {
  RecordBox* box = box_of<thing_obj>(record);
  check_user(box);
  if (is_packed(box) && !box->batch->packed.absents) return INT2FIX(0);
  return INT2FIX(thing_obj_state(object_of(box)));
}

inline VALUE dirty(VALUE, VALUE record, VALUE field) {
  RecordBox* box = box_of<thing_obj>(record);
  check_user(box);
  if (is_packed(box)) return Qfalse;
  return thing_obj_dirty(static_cast<thing_obj*>(box->handle), NUM2INT(field)) ? Qtrue : Qfalse;
}

// ---- methods of fields: one function for each place that a field may have -------------------------------------------------
constexpr size_t kPlaces = 64;

template <size_t I> VALUE read_field(VALUE record) { return field_value(box_of<thing_obj>(record), static_cast<int32_t>(I)); }
template <size_t I> VALUE write_field(VALUE record, VALUE value) {
  set_value(record, static_cast<int32_t>(I), value);
  return value;
}
template <size_t... I> constexpr auto readers(std::index_sequence<I...>) { return std::array<VALUE (*)(VALUE), sizeof...(I)>{read_field<I>...}; }
template <size_t... I> constexpr auto writers(std::index_sequence<I...>) { return std::array<VALUE (*)(VALUE, VALUE), sizeof...(I)>{write_field<I>...}; }
constexpr auto kReaders = readers(std::make_index_sequence<kPlaces>());
constexpr auto kWriters = writers(std::make_index_sequence<kPlaces>());

// Whether the place has one: defines how field `place` is read (and written) in a module of Ruby.
inline VALUE define_field(VALUE, VALUE module, VALUE name, VALUE place, VALUE plain) {
  const auto i = static_cast<size_t>(NUM2INT(place));
  if (i >= kPlaces) return Qfalse;
  VALUE text = rb_sym2str(name);
  if (RTEST(plain)) rb_define_method(module, StringValueCStr(text), kReaders[i], 0);
  VALUE writer = rb_str_plus(text, rb_str_new_cstr("="));
  rb_define_method(module, StringValueCStr(writer), kWriters[i], 1);
  return Qtrue;
}

// ---- records -------------------------------------------------------------------------------------------------------------
// Makes a record that was allocated a new one of the model.
inline VALUE make(VALUE, VALUE record, VALUE model) {
  RecordBox* box = box_of<thing_obj>(record);
  ModelBox* of = box_of<thing_model>(model);
  if (box->handle != nullptr || box->plan != nullptr) raise(THING_E_STATE, "the record is there already");
  box->handle = thing_obj_new(static_cast<thing_model*>(of->handle));
  if (box->handle == nullptr) rb_memerror();
  box->plan = hold(of->plan);
  return record;
}

// Gives a record what another holds, and that one what this one held.
inline VALUE adopt(VALUE, VALUE target, VALUE source) {
  check_user(box_of<thing_obj>(target));
  check_user(box_of<thing_obj>(source));
  std::swap(RTYPEDDATA_DATA(target), RTYPEDDATA_DATA(source));
  return target;
}

// Hooks on a load hear of each record, in the order of the rows.
inline VALUE loaded_records(const thing_rows* r, VALUE klass) {
  const int64_t n = thing_rows_count(r);
  const VALUE array = rb_ary_new_capa(static_cast<long>(n));
  for (int64_t i = 0; i < n; i++) {
    const VALUE record = allocate<thing_obj>(klass);
    box_of<thing_obj>(record)->handle = thing_rows_obj(r, i);
    const int raised = take_pending();
    if (raised != 0) rb_jump_tag(raised);
    rb_ary_push(array, record);
  }
  return array;
}

// Opens the packed rows of a result, or raises.
inline void open_rows(const thing_rows* r, const Plan* plan, Packed& packed) {
  int64_t length = 0;
  const uint8_t* bytes = thing_rows_packed(r, &length);
  const char* wrong = packed.open(bytes, static_cast<uint64_t>(length), plan->count, plan->hash);
  if (wrong == nullptr && packed.count != static_cast<uint64_t>(thing_rows_count(r))) wrong = "packed rows: of another number";
  if (wrong != nullptr) raise(THING_E_SYNTAX, wrong);
}

// The records of a result, in one pass over its packed rows. They share it with its Ruby object.
inline VALUE rows_to_a(VALUE, VALUE rows, VALUE klass) {
  RowsBox* box = box_of<thing_rows>(rows);
  auto* r = handle_of<thing_rows>(rows);
  const int64_t n = thing_rows_count(r);
  if (n == 0) return rb_ary_new();
  VALUE model = rb_funcall(klass, rb_intern("raw_model"), 0);
  Plan* plan = box_of<thing_model>(model)->plan;
  if (box->batch != nullptr || plan->on_load || all_loads) return loaded_records(r, klass);
  Packed packed;
  open_rows(r, plan, packed);
  const VALUE array = rb_ary_new_capa(static_cast<long>(n));
  Batch* batch = make_batch(n, 0);
  batch->packed = packed;
  batch->rows = r;
  batch->bytes = thing_rows_packed(r, &batch->outside);
  box->batch = batch; // the first user
  rb_gc_adjust_memory_usage(batch->outside);
  for (int64_t i = 0; i < n; i++) {
    const VALUE record = empty_record(klass);
    place_record(record, batch, plan, i);
    rb_ary_push(array, record);
  }
  RB_GC_GUARD(rows);
  RB_GC_GUARD(model);
  return array;
}

// The values of fields of all rows: arrays of one value a row, or of as many as there are fields.
inline VALUE pluck(VALUE, VALUE rows, VALUE model, VALUE fields) {
  const auto* r = handle_of<thing_rows>(rows);
  const Plan* plan = box_of<thing_model>(model)->plan;
  Packed packed;
  open_rows(r, plan, packed);
  const long width = RARRAY_LEN(fields);
  const VALUE all = rb_ary_new_capa(static_cast<long>(packed.count));
  for (uint64_t i = 0; i < packed.count; i++) {
    const VALUE values = width == 1 ? all : rb_ary_new_capa(width);
    for (long k = 0; k < width; k++) {
      const auto field = static_cast<uint32_t>(NUM2UINT(rb_ary_entry(fields, k)));
      if (field >= plan->count) raise(THING_E_INVALID, "no such field");
      const bool absent = packed.absent(packed.row(i), field);
      rb_ary_push(values, absent ? Qnil : packed_value(packed, packed.row(i), plan->columns[field], field));
    }
    if (width != 1) rb_ary_push(all, values);
  }
  RB_GC_GUARD(rows);
  RB_GC_GUARD(model);
  return all;
}

// ---- finding one -----------------------------------------------------------------------------------------------------------
// What a call that takes a row's bytes needs. The buffer grows when the row is larger than those of its model before.
struct Wanted {
  thing_db* db;
  const Plan* plan;
  int64_t key;
  uint8_t* buffer;
  int64_t capacity;
  int64_t need = 0;

  bool too_small(thing_status status) const { return status == THING_MORE && need > capacity; }
  thing_status ask(thing_ctx* ctx, thing_error** err) {
    need = 0;
    return thing_by_id_packed(db, ctx, plan->model, key, buffer, capacity, &need, err);
  }
};

inline thing_status ask_database(Wanted& wanted, VALUE ctx, thing_error** err) {
  thing_ctx* given = handle_of<thing_ctx>(ctx);
  thing_status status = THING_OK;
  Blocking call(wanted.db, &given, ctx);
  call.run(status, err, [&] { status = wanted.ask(given, err); });
  return status;
}

// Records whose hooks hear of loads have an object.
inline VALUE find_object(DbBox* box, VALUE ctx, Plan* plan, int64_t key, VALUE klass) {
  auto* db = static_cast<thing_db*>(box->handle);
  thing_obj* found = nullptr;
  thing_error* err = nullptr;
  thing_status status = THING_OK;
  thing_ctx* given = handle_of<thing_ctx>(ctx);
  Blocking call(db, &given, ctx);
  call.run(status, &err, [&] { status = thing_by_id(db, given, plan->model, key, &found, &err); }, [&] { thing_obj_free(found); });
  if (err != nullptr) raise(err);
  return status == THING_OK ? wrap_into<thing_obj>(klass, found) : outcome(status);
}

// A record with bytes of its own. Ruby's part is made first, so that nothing is lost when there is no memory for it.
inline VALUE record_of(const Wanted& wanted, Plan* plan, VALUE klass) {
  const VALUE record = empty_record(klass);
  Batch* batch = make_batch(1, wanted.need);
  std::memcpy(const_cast<uint8_t*>(batch->bytes), wanted.buffer, static_cast<size_t>(wanted.need));
  const char* wrong = open_batch(batch, plan);
  if (wrong == nullptr && batch->packed.count != 1) wrong = "packed rows: of another number";
  if (wrong == nullptr) place_record(record, batch, plan, 0);
  release(batch);
  if (wrong != nullptr) raise(THING_E_SYNTAX, wrong);
  return record;
}

// A row by its int key. What is in memory is answered with the lock held, as taking it again costs more than the row.
inline VALUE find_by_int(VALUE db, VALUE ctx, VALUE model, int64_t key, VALUE klass) {
  DbBox* box = box_of<thing_db>(db);
  Plan* plan = box_of<thing_model>(model)->plan;
  if (plan->on_load || all_loads) return find_object(box, ctx, plan, key, klass);
  uint8_t small[1024];
  VALUE memory = Qnil;
  Wanted wanted = {static_cast<thing_db*>(box->handle), plan, key, small, sizeof small};
  thing_error* err = nullptr;
  thing_ctx* quick = quick_ctx(box, ctx);
  thing_status status = quick == nullptr ? THING_MORE : wanted.ask(quick, nullptr);
  while (status == THING_MORE || status < 0) {
    if (wanted.too_small(status)) {
      wanted.capacity = wanted.need * 2;
      wanted.buffer = static_cast<uint8_t*>(rb_alloc_tmp_buffer(&memory, static_cast<long>(wanted.capacity)));
    }
    status = ask_database(wanted, ctx, &err);
    if (err != nullptr) raise(err);
    if (!wanted.too_small(status)) break;
  }
  const VALUE found = status == THING_OK ? record_of(wanted, plan, klass) : outcome(status);
  if (memory != Qnil) rb_free_tmp_buffer(&memory);
  RB_GC_GUARD(model);
  RB_GC_GUARD(db);
  return found;
}

inline VALUE find(VALUE, VALUE db, VALUE ctx, VALUE model, VALUE id, VALUE klass) {
  return find_by_int(db, ctx, model, NUM2LL(id), klass);
}

// The rows of a query as a document; from memory where they are there, as above.
inline VALUE query(VALUE, VALUE db, VALUE ctx, VALUE model, VALUE document) {
  DbBox* box = box_of<thing_db>(db);
  const thing_model* m = handle_of<thing_model>(model);
  VALUE json = frozen_text(document);
  const char* text = RSTRING_PTR(json);
  const auto length = static_cast<int64_t>(RSTRING_LEN(json));
  auto* handle = static_cast<thing_db*>(box->handle);
  thing_rows* rows = nullptr;
  thing_error* err = nullptr;
  thing_ctx* quick = quick_ctx(box, ctx);
  thing_status status = quick == nullptr ? THING_MORE : thing_query(handle, quick, m, text, length, &rows, nullptr);
  if (quick != nullptr) leave_if_raised();
  if (status == THING_MORE || status < 0) {
    thing_ctx* given = handle_of<thing_ctx>(ctx);
    Blocking call(handle, &given, ctx);
    call.run(status, &err, [&] { status = thing_query(handle, given, m, text, length, &rows, &err); }, [&] { thing_rows_free(rows); });
    if (err != nullptr) raise(err);
  }
  RB_GC_GUARD(json);
  return wrap(rows);
}

// ---- what a class is bound to, so that User.find(1) is one call -----------------------------------------------------------
struct Binding {
  VALUE db;
  VALUE model;
  int since;
};
inline void mark_binding(void* p) {
  auto* binding = static_cast<Binding*>(p);
  rb_gc_mark(binding->db);
  rb_gc_mark(binding->model);
}
inline size_t size_binding(const void*) { return sizeof(Binding); }
inline const rb_data_type_t type_binding = {"Binding", {mark_binding, RUBY_DEFAULT_FREE, size_binding, nullptr, {}}, nullptr, nullptr,
                                            RUBY_TYPED_FREE_IMMEDIATELY};
inline ID id_binding;
inline ID id_transactions;

inline VALUE bind(VALUE, VALUE klass, VALUE db, VALUE model) {
  Binding* binding;
  const VALUE value = TypedData_Make_Struct(rb_cObject, Binding, &type_binding, binding);
  binding->db = db;
  binding->model = model;
  binding->since = bindings;
  rb_ivar_set(klass, id_binding, value);
  return Qnil;
}

inline VALUE unbind(VALUE) {
  bindings++;
  return Qnil;
}

// nil when the row is not there; false when Ruby is to go the long way: it is no int key, the class is not bound yet,
// or calls here have a ctx.
inline VALUE quick_find(VALUE, VALUE klass, VALUE key) {
  if (!FIXNUM_P(key)) return Qfalse;
  const VALUE known = rb_attr_get(klass, id_binding);
  if (NIL_P(known)) return Qfalse;
  const auto* binding = static_cast<Binding*>(RTYPEDDATA_DATA(known));
  if (binding->since != bindings || !NIL_P(rb_thread_local_aref(rb_thread_current(), id_transactions))) return Qfalse;
  return find_by_int(binding->db, Qnil, binding->model, FIX2LONG(key), klass);
}

// User.find: one int key is answered here, all else by find_any.
inline VALUE model_find(int argc, VALUE* argv, VALUE klass) {
  if (argc == 1) {
    const VALUE found = quick_find(Qnil, klass, argv[0]);
    if (RTEST(found)) return found;
    if (NIL_P(found)) return rb_funcall(klass, rb_intern("missing"), 0);
  }
  static const ID any = rb_intern("find_any");
  return rb_funcallv(klass, any, argc, argv);
}

inline VALUE define_find(VALUE, VALUE klass) {
  rb_define_singleton_method(klass, "find", model_find, -1);
  return Qnil;
}

// ---- the rest ---------------------------------------------------------------------------------------------------------------
// A cursor holds a connection, which is not to wait for the collector.
inline VALUE close_cursor(VALUE, VALUE cursor) {
  Box* box = box_of<thing_cursor>(cursor);
  thing_cursor* handle = handle_of<thing_cursor>(cursor);
  box->handle = nullptr;
  unlocked([&] { thing_cursor_free(handle); });
  return Qnil;
}

// Flags (THING_CTX_*), microseconds of the monotonic clock after which calls fail, a label for the log, and models
// whose hooks are silent; nil: none.
inline VALUE configure(VALUE, VALUE ctx, VALUE flags, VALUE deadline, VALUE tag, VALUE mutes) {
  if (NIL_P(ctx)) raise(THING_E_CLOSED, "the database is closed");
  CtxBox* box = box_of<thing_ctx>(ctx);
  check_user(box);
  box->flags = NUM2INT(flags);
  box->deadline = NIL_P(deadline) ? -1 : NUM2LL(deadline);
  rb_ivar_set(ctx, id_tag, NIL_P(tag) ? Qnil : frozen_text(tag));
  rb_ivar_set(ctx, id_mutes, mutes);
  apply(ctx);
  return ctx;
}

inline VALUE configuration(VALUE, VALUE ctx) {
  const CtxBox* box = box_of<thing_ctx>(ctx);
  return rb_ary_new_from_args(4, INT2NUM(box->flags), box->deadline < 0 ? Qnil : LL2NUM(box->deadline), rb_attr_get(ctx, id_tag),
                              rb_attr_get(ctx, id_mutes));
}

// A ctx that the library made of another one knows what that one has.
inline VALUE inherit(VALUE, VALUE ctx, VALUE from) {
  if (NIL_P(ctx) || NIL_P(from)) return ctx;
  CtxBox* box = box_of<thing_ctx>(ctx);
  const CtxBox* before = box_of<thing_ctx>(from);
  box->flags = before->flags;
  box->deadline = before->deadline;
  rb_ivar_set(ctx, id_tag, rb_attr_get(from, id_tag));
  rb_ivar_set(ctx, id_mutes, rb_attr_get(from, id_mutes));
  return ctx;
}

// Whether a ctx is that of a transaction, or of the call that a hook runs in.
inline VALUE in_transaction(VALUE, VALUE ctx) { return !NIL_P(ctx) && box_of<thing_ctx>(ctx)->borrowed ? Qtrue : Qfalse; }

inline VALUE generation_now(VALUE) { return INT2FIX(generation); }

inline VALUE wrap_model(const thing_model* model) {
  const VALUE value = wrap_into(handle_class<thing_model>(), const_cast<thing_model*>(model));
  if (!NIL_P(value)) box_of<thing_model>(value)->plan = plan_of(model);
  return value;
}

// All rows of a packed batch: arrays of values, :missing for what was not loaded. For what came from outside: each part is looked at.
inline VALUE decode(VALUE, VALUE model, VALUE bytes) {
  const Plan* plan = box_of<thing_model>(model)->plan;
  StringValue(bytes);
  Packed packed;
  const char* wrong = packed.open(reinterpret_cast<const uint8_t*>(RSTRING_PTR(bytes)), static_cast<uint64_t>(RSTRING_LEN(bytes)), plan->count, plan->hash);
  if (wrong != nullptr) raise(THING_E_SYNTAX, wrong);
  VALUE frozen = rb_str_new_frozen(bytes);
  packed.open(reinterpret_cast<const uint8_t*>(RSTRING_PTR(frozen)), static_cast<uint64_t>(RSTRING_LEN(frozen)), plan->count, plan->hash);
  const VALUE rows = rb_ary_new();
  for (uint64_t i = 0; i < packed.count; i++) {
    const VALUE values = rb_ary_new_capa(plan->count);
    const uint8_t* row = packed.row(i);
    for (uint32_t k = 0; k < plan->count; k++) {
      const char* fault = fault_of(packed, row, plan->columns[k], k);
      if (fault != nullptr) raise(THING_E_SYNTAX, fault);
      rb_ary_push(values, packed.absent(row, k) ? ID2SYM(rb_intern("missing")) : packed_value(packed, row, plan->columns[k], k));
    }
    rb_ary_push(rows, values);
  }
  RB_GC_GUARD(frozen);
  return rows;
}

inline void init(VALUE module) {
  rb_require("date");
  rb_require("bigdecimal");
  raw_module = module;
  rb_gc_register_mark_object(module);
  id_binding = rb_intern("binding");
  id_transactions = rb_intern("thing_transactions");
  id_tag = rb_intern("tag");
  id_mutes = rb_intern("mutes");
  define_handle<thing_db>(module);
  define_handle<thing_model>(module);
  define_handle<thing_ctx>(module);
  define_handle<thing_obj>(module);
  define_handle<thing_criteria>(module);
  define_handle<thing_rows>(module);
  define_handle<thing_cursor>(module);
  define_handle<thing_tx>(module);
  rb_define_singleton_method(module, "open", open_db, 1);
  rb_define_singleton_method(module, "close", close_db, 1);
  rb_define_singleton_method(module, "get", get, 2);
  rb_define_singleton_method(module, "set", set, 3);
  rb_define_singleton_method(module, "original", original, 2);
  rb_define_singleton_method(module, "state", state, 2);
  rb_define_singleton_method(module, "object_state", object_state, 1);
  rb_define_singleton_method(module, "dirty?", dirty, 2);
  rb_define_singleton_method(module, "define_field", define_field, 4);
  rb_define_singleton_method(module, "make", make, 2);
  rb_define_singleton_method(module, "adopt", adopt, 2);
  rb_define_singleton_method(module, "rows_to_a", rows_to_a, 2);
  rb_define_singleton_method(module, "find", find, 5);
  rb_define_singleton_method(module, "query", query, 4);
  rb_define_singleton_method(module, "bind", bind, 3);
  rb_define_singleton_method(module, "unbind", unbind, 0);
  rb_define_singleton_method(module, "quick_find", quick_find, 2);
  rb_define_singleton_method(module, "define_find", define_find, 1);
  rb_define_singleton_method(module, "close_cursor", close_cursor, 1);
  rb_define_singleton_method(module, "hook_add", hook_add, 5);
  rb_define_singleton_method(module, "hook_remove", hook_remove, 2);
  rb_define_singleton_method(module, "configure", configure, 5);
  rb_define_singleton_method(module, "configuration", configuration, 1);
  rb_define_singleton_method(module, "in_transaction?", in_transaction, 1);
  rb_define_singleton_method(module, "inherit", inherit, 2);
  rb_define_singleton_method(module, "pluck", pluck, 3);
  rb_define_singleton_method(module, "decode", decode, 2);
  rb_define_singleton_method(module, "generation", generation_now, 0);
  pthread_atfork(nullptr, nullptr, in_child);
  rb_set_end_proc([](VALUE) { ending = true; }, Qnil);
}

} // namespace thing_ruby
#endif
