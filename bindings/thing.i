// One module for every language: all of thing.h, but for what takes callbacks, which each language writes down for itself.
//
// A parameter is known by its name, which thing.h uses in one meaning only. Here each of them is one of few kinds (in
// capitals), and thing_<language>.i says once for each kind how it crosses:
//   (const char *TEXT, int64_t LEN)       text in; NULL where the language has none
//   (const uint8_t *BYTES, int64_t LEN)   bytes in
//   (const int64_t *IDS, int64_t N)       ints in; also (const int32_t *FIELDS, int32_t N)
//   (thing_obj *const *OBJS, int64_t N)   objects in
//   (const char **TEXT_OUT, int64_t *LEN_OUT)  borrowed text out
//   int64_t *INT64_OUT, double *DOUBLE_OUT, bool *BOOL_OUT   numbers out
//   thing_<type> **HANDLE_OUT             a handle that the caller owns, out
//   thing_buf **BUF_OUT                   text or bytes that the caller would own: copied, and freed
//   thing_error **err                     why a call failed
%module thing

%{
#include <thing.h>
%}

%include <stdint.i>

#if defined(SWIGGO)
%include "go/thing_go.i"
#elif defined(SWIGRUBY)
%include "ruby/thing_ruby.i"
#elif defined(SWIGJAVA)
%include "java/thing_java.i"
#endif

%define TEXT_IN(name, length)
%apply (const char *TEXT, int64_t LEN) { (const char *name, int64_t length) };
%enddef
TEXT_IN(config, len)
TEXT_IN(value, len)
TEXT_IN(tag, len)
TEXT_IN(json, len)
TEXT_IN(name, len)
TEXT_IN(msg, len)
TEXT_IN(fields, len)
TEXT_IN(path, path_len)
TEXT_IN(path, len)
TEXT_IN(key_json, len)
TEXT_IN(keys_json, len)
TEXT_IN(keys_json, keys_len)
TEXT_IN(pivot_json, pivot_len)
TEXT_IN(params_json, params_len)
TEXT_IN(array_json, len)
TEXT_IN(token, len)
TEXT_IN(set_json, len)
TEXT_IN(aggregates_json, len)
TEXT_IN(args_json, len)
TEXT_IN(opts_json, len)
TEXT_IN(relation, len)
TEXT_IN(sql, len)

%apply (const uint8_t *BYTES, int64_t LEN) { (const uint8_t *packed, int64_t len) };
%apply (const int64_t *IDS, int64_t N) { (const int64_t *ids, int64_t n) };
%apply (const int64_t *IDS, int64_t N) { (const int64_t *values, int64_t n) };
%apply (const int32_t *FIELDS, int32_t N) { (const int32_t *fields, int32_t n) };
%apply (const int32_t *FIELDS, int32_t N) { (const int32_t *key_fields, int32_t n) };
%apply (const int32_t *FIELDS, int32_t N) { (const int32_t *key_fields, int32_t n_key) };
%apply (const int32_t *FIELDS, int32_t N) { (const int32_t *update_fields, int32_t n_update) };
%apply (const int32_t *FIELDS, int32_t N) { (const int32_t *except, int32_t n) };
%apply (thing_obj *const *OBJS, int64_t N) { (thing_obj *const *objs, int64_t n) };

%apply (const char **TEXT_OUT, int64_t *LEN_OUT) { (const char **out, int64_t *out_len) };
%apply int64_t *INT64_OUT { int64_t *out, int64_t *affected, int64_t *added, int64_t *removed };
%apply double *DOUBLE_OUT { double *out };
%apply bool *BOOL_OUT { bool *out };
%apply thing_db **HANDLE_OUT { thing_db **out };
%apply thing_obj **HANDLE_OUT { thing_obj **out };
%apply thing_criteria **HANDLE_OUT { thing_criteria **out };
%apply thing_rows **HANDLE_OUT { thing_rows **out };
%apply thing_cursor **HANDLE_OUT { thing_cursor **out };
%apply thing_tx **HANDLE_OUT { thing_tx **out };
%apply thing_buf **BUF_OUT { thing_buf **out };

%ignore thing_hook_add;
%ignore thing_tx_run;
%ignore thing_log_set;
%ignore thing_error_set;

%include "thing.h"
