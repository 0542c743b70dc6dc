// How the kinds of thing.i cross into Ruby. The functions are those of Thing::Raw; what a call is to give is its result,
// nil where it is not there, and what fails raises Thing::Error.
%header %{
#include "handles.h"
#include "blocking.h"
#include "records.h"
%}

%define HANDLE(type)
%typemap(in) type *, const type * { $1 = thing_ruby::handle_of<type>($input); }
%typemap(out) type * { $result = thing_ruby::wrap<type>($1); }
%typemap(in, numinputs=0) type **HANDLE_OUT (type *made = NULL) { $1 = &made; }
%typemap(argout) type **HANDLE_OUT { if (*$1 != NULL) $result = thing_ruby::wrap<type>(*$1); }
%enddef
HANDLE(thing_db)
HANDLE(thing_ctx)
HANDLE(thing_obj)
HANDLE(thing_criteria)
HANDLE(thing_rows)
HANDLE(thing_cursor)
HANDLE(thing_tx)
// Their calls have no database in hand, and may run hooks, which lie with it.
%typemap(argout) thing_cursor **HANDLE_OUT, thing_tx **HANDLE_OUT {
  if (*$1 != NULL) {
    $result = thing_ruby::wrap(*$1);
    rb_ivar_set($result, rb_intern("database"), argv[0]);
  }
}
%typemap(in) const thing_model * { $1 = thing_ruby::handle_of<thing_model>($input); }
%typemap(out) const thing_model * { $result = thing_ruby::wrap_model($1); }
%typemap(out) thing_ctx *thing_tx_ctx { $result = thing_ruby::wrap_tx_ctx($1, argv[0]); }

%typemap(out) thing_status { $result = thing_ruby::outcome($1); }
%typemap(in, numinputs=0) thing_error **err (thing_error *failure = NULL) { $1 = &failure; }
%typemap(argout) thing_error **err { if (*$1 != NULL) thing_ruby::raise(*$1); }

%typemap(in, numinputs=0) int64_t *INT64_OUT (int64_t number = 0) { $1 = &number; }
%typemap(argout) int64_t *INT64_OUT { if (result == THING_OK) $result = SWIG_Ruby_AppendOutput($result == Qtrue ? Qnil : $result, LL2NUM(*$1)); }
%typemap(in, numinputs=0) double *DOUBLE_OUT (double number = 0) { $1 = &number; }
%typemap(argout) double *DOUBLE_OUT { if (result == THING_OK) $result = DBL2NUM(*$1); }
%typemap(in, numinputs=0) bool *BOOL_OUT (bool answer = false) { $1 = &answer; }
%typemap(argout) bool *BOOL_OUT { if (result == THING_OK) $result = *$1 ? Qtrue : Qfalse; }
%typemap(in, numinputs=0) thing_buf **BUF_OUT (thing_buf *bytes = NULL) { $1 = &bytes; }
%typemap(argout) thing_buf **BUF_OUT { if (*$1 != NULL) $result = thing_ruby::take_buf(*$1); }
%typemap(in, numinputs=0) (const char **TEXT_OUT, int64_t *LEN_OUT) (const char *text = NULL, int64_t length = 0) { $1 = (char **)&text; $2 = &length; }
%typemap(argout) (const char **TEXT_OUT, int64_t *LEN_OUT) { if (result == THING_OK) $result = thing_ruby::text(*$1, *$2); }

// The string stays on the stack of the wrapper, so it lives and does not move while the call runs.
%typemap(in) (const char *TEXT, int64_t LEN) (volatile VALUE held = Qnil), (const uint8_t *BYTES, int64_t LEN) (volatile VALUE held = Qnil) {
  $1 = NULL;
  $2 = 0;
  if (!NIL_P($input)) {
    held = thing_ruby::frozen_text($input);
    $1 = ($1_ltype)RSTRING_PTR(held);
    $2 = (int64_t)RSTRING_LEN(held);
  }
}
%typemap(freearg) (const char *TEXT, int64_t LEN), (const uint8_t *BYTES, int64_t LEN) { RB_GC_GUARD(held$argnum); }
%typemap(in) const char * (volatile VALUE held = Qnil) {
  $1 = NULL;
  if (!NIL_P($input)) {
    held = thing_ruby::frozen_text($input);
    $1 = (char *)StringValueCStr(*(VALUE *)&held);
  }
}
%typemap(freearg) const char * { RB_GC_GUARD(held$argnum); }
%typemap(out) const char * { $result = $1 == NULL ? Qnil : rb_obj_freeze(rb_utf8_str_new_cstr($1)); }

%define LIST_IN(pointer, count, element, convert)
%typemap(in) (pointer, count) (volatile VALUE list = Qnil, VALUE memory = Qnil) {
  list = rb_check_array_type($input);
  $1 = NULL;
  $2 = NIL_P(list) ? 0 : (int64_t)RARRAY_LEN(list);
  if ($2 > 0) {
    element *items = (element *)rb_alloc_tmp_buffer2(&memory, (long)$2, sizeof(element));
    for (int64_t i = 0; i < $2 && i < RARRAY_LEN(list); i++) items[i] = convert(rb_ary_entry(list, (long)i));
    $1 = ($1_ltype)items;
  }
}
%typemap(freearg) (pointer, count) { if (memory$argnum != Qnil) rb_free_tmp_buffer(&memory$argnum); RB_GC_GUARD(list$argnum); }
%enddef
LIST_IN(const int64_t *IDS, int64_t N, int64_t, NUM2LL)
LIST_IN(const int32_t *FIELDS, int32_t N, int32_t, NUM2INT)
LIST_IN(thing_obj *const *OBJS, int64_t N, thing_obj *, thing_ruby::handle_of<thing_obj>)

// Written by hand, as they answer with borrowed bytes or write into memory of the caller.
%ignore thing_open;
%ignore thing_close;
%ignore thing_by_id_packed;
%ignore thing_save_packed;
%ignore thing_rows_ids;
%ignore thing_rows_packed;
%ignore thing_buf_data;
%ignore thing_buf_len;
%ignore thing_buf_free;
%ignore thing_obj_free;
%ignore thing_ctx_free;
%ignore thing_tx_free;
%ignore thing_rows_free;
%ignore thing_cursor_free;
%ignore thing_criteria_free;
%rename("$ignore", regextarget=1) "^thing_error_";

%include "blocking.i"

%init %{
  thing_ruby::init(mThing_raw);
  // What Ruby has for a thread (Thread#kill, Timeout) comes up when a method returns, before its caller has the value: a
  // transaction or a cursor would be nobody's, and keep its connection until the collector comes. So an array of the
  // caller's has it before.
  rb_define_module_function(mThing_raw, "begin_into", VALUEFUNC(+[](int argc, VALUE* argv, VALUE self) -> VALUE {
    rb_check_arity(argc, 1, UNLIMITED_ARGUMENTS);
    Check_Type(argv[0], T_ARRAY);
    return rb_ary_push(argv[0], _wrap_thing_tx_begin(argc - 1, argv + 1, self));
  }), -1);
  rb_define_module_function(mThing_raw, "open_into", VALUEFUNC(+[](int argc, VALUE* argv, VALUE self) -> VALUE {
    rb_check_arity(argc, 1, UNLIMITED_ARGUMENTS);
    Check_Type(argv[0], T_ARRAY);
    return rb_ary_push(argv[0], _wrap_thing_query_open(argc - 1, argv + 1, self));
  }), -1);
%}
