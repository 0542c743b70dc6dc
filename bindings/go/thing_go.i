// How the kinds of thing.i cross into Go. Handles are uintptr, so that the collector and the checks of cgo leave them
// alone; outputs are pointers to Go memory that holds no pointers.
%insert(cgo_comment_typedefs) %{
#cgo pkg-config: thing
%}

%typemap(gotype) thing_db *, thing_ctx *, thing_obj *, thing_criteria *, thing_rows *, thing_cursor *, thing_tx *, thing_buf *,
  thing_error *, const thing_ctx *, const thing_model *, const thing_obj *, const thing_criteria *, const thing_rows *,
  const thing_buf *, const thing_error * "uintptr"

%typemap(gotype) thing_error **err "*uintptr"
%typemap(gotype) thing_db **HANDLE_OUT, thing_obj **HANDLE_OUT, thing_criteria **HANDLE_OUT, thing_rows **HANDLE_OUT,
  thing_cursor **HANDLE_OUT, thing_tx **HANDLE_OUT, thing_buf **BUF_OUT "*uintptr"
%typemap(in) thing_error **err, thing_db **HANDLE_OUT, thing_obj **HANDLE_OUT, thing_criteria **HANDLE_OUT,
  thing_rows **HANDLE_OUT, thing_cursor **HANDLE_OUT, thing_tx **HANDLE_OUT, thing_buf **BUF_OUT { $1 = ($1_ltype)$input; }

%typemap(gotype) int64_t *INT64_OUT, int64_t *need, int64_t *out_len "*int64"
%typemap(gotype) double *DOUBLE_OUT "*float64"
%typemap(gotype) bool *BOOL_OUT "*bool"
%typemap(in) int64_t *INT64_OUT, int64_t *need, int64_t *out_len, double *DOUBLE_OUT, bool *BOOL_OUT { $1 = ($1_ltype)$input; }

// Borrowed bytes: where they are, to be read before the next call on their handle.
%typemap(gotype) const uint8_t *, const int64_t * "uintptr"
%typemap(out) const uint8_t *, const int64_t * { $result = ($1_ltype)$1; }
%typemap(gotype) (const char **TEXT_OUT, int64_t *LEN_OUT) "*[2]uintptr"
%typemap(in) (const char **TEXT_OUT, int64_t *LEN_OUT) { $1 = (char **)$input; $2 = (int64_t *)(void *)((char **)$input + 1); }

%typemap(gotype) (const uint8_t *BYTES, int64_t LEN) "[]byte"
%typemap(gotype) (const int64_t *IDS, int64_t N) "[]int64"
%typemap(gotype) (const int32_t *FIELDS, int32_t N) "[]int32"
%typemap(gotype) (thing_obj *const *OBJS, int64_t N) "[]uintptr"
%typemap(in) (const uint8_t *BYTES, int64_t LEN), (const int64_t *IDS, int64_t N), (const int32_t *FIELDS, int32_t N),
  (thing_obj *const *OBJS, int64_t N) { $1 = ($1_ltype)$input.array; $2 = ($2_ltype)$input.len; }
%typemap(gotype) (uint8_t *buf, int64_t cap) "[]byte"
%typemap(in) (uint8_t *buf, int64_t cap) { $1 = ($1_ltype)$input.array; $2 = ($2_ltype)$input.len; }
%typemap(gotype) (int64_t *ids, int64_t cap) "[]int64"
%typemap(in) (int64_t *ids, int64_t cap) { $1 = ($1_ltype)$input.array; $2 = ($2_ltype)$input.len; }

// Go has no string that is not there: an empty JSON document stands for none, any other empty text for itself.
%header %{
#include <stdlib.h>
#include <string.h>
static char *go_text(const char *text, long long length, const char *parameter) {
  const char *end = strrchr(parameter, '_');
  if (length != 0) return (char *)text;
  return end != NULL && strcmp(end, "_json") == 0 ? NULL : (char *)"";
}
%}
%typemap(gotype) (const char *TEXT, int64_t LEN) "string"
%typemap(in) (const char *TEXT, int64_t LEN) { $1 = go_text($input.p, $input.n, "$1_name"); $2 = (int64_t)$input.n; }

// NULL for none: then nothing is known of what the statement writes.
%typemap(in) const char *tables {
  $1 = $input.n == 0 ? NULL : (char *)malloc((size_t)$input.n + 1);
  if ($1 != NULL) { memcpy($1, $input.p, (size_t)$input.n); $1[$input.n] = '\0'; }
}
%typemap(freearg) const char *tables { free($1); }

// What would take several crossings otherwise. A set is three numbers: a handle, where its bytes are, and how many.
%typemap(gotype) (int64_t *sets, int64_t n) "[]int64"
%typemap(in) (int64_t *sets, int64_t n) { $1 = ($1_ltype)$input.array; $2 = ($2_ltype)$input.len; }
%apply (const char *TEXT, int64_t LEN) { (const char *q_json, int64_t len) };
%apply (const char *TEXT, int64_t LEN) { (const char *of, int64_t len) };
%{
enum { go_most_of_row = 320, go_header_of_rows = 64 };
%}
%typemap(gotype) uint8_t *room "uintptr"
%typemap(in) uint8_t *room { $1 = ($1_ltype)$input; }
%inline %{
/* What is left is only set for THING_OK. */
static void thing_go_set(int64_t *set, thing_rows *rows) {
  set[0] = (int64_t)(intptr_t)rows;
  set[1] = (int64_t)(intptr_t)thing_rows_packed(rows, &set[2]);
}
/* As thing_by_id_packed, but without the header, which the caller knows of its model: how many bytes; -1: no such row.
   Else below zero, and to be asked again in the long way: -2, or less the bytes that would be needed. `room` is memory
   of Go's that holds no pointers, given as a number since cgo would look at it for longer than the read takes. */
static int64_t thing_go_by_id(thing_db *db, thing_ctx *ctx, const thing_model *m, int64_t id, uint8_t *room, int64_t cap) {
  uint8_t row[go_header_of_rows + go_most_of_row];
  int64_t need = 0;
  uint16_t flags;
  const thing_status status = thing_by_id_packed(db, ctx, m, id, row, (int64_t)sizeof row, &need, NULL);
  if (status == THING_NOT_FOUND) return -1;
  need -= go_header_of_rows;
  if (status != THING_OK) return status == THING_MORE && need > 2 ? -need : -2;
  memcpy(&flags, row + 6, sizeof flags);
  if (flags != 0) return -2;
  if (need > cap) return -need;
  memcpy(room, row + go_header_of_rows, (size_t)need);
  return need;
}
/* As thing_query. */
static thing_status thing_go_query(thing_db *db, thing_ctx *ctx, const thing_model *m, const char *q_json, int64_t len, int64_t *sets,
                                   int64_t n, thing_error **err) {
  thing_rows *rows = NULL;
  const thing_status status = n < 3 ? THING_E_INVALID : thing_query(db, ctx, m, q_json, len, &rows, err);
  if (status == THING_OK) thing_go_set(sets, rows);
  return status;
}
/* The rows of a relation for each row, in sets of three; none of them is left when it fails. */
static thing_status thing_go_related(const thing_rows *r, const char *of, int64_t len, int64_t *sets, int64_t n, thing_error **err) {
  for (int64_t i = 0; i * 3 + 2 < n; i++) {
    thing_rows *rows = NULL;
    const thing_status status = thing_rows_related(r, i, of, len, &rows, err);
    if (status == THING_OK) {
      thing_go_set(sets + i * 3, rows);
      continue;
    }
    while (--i >= 0) thing_rows_free((thing_rows *)(intptr_t)sets[i * 3]);
    return status;
  }
  return THING_OK;
}
static void thing_go_free(int64_t *sets, int64_t n) {
  for (int64_t i = 0; i + 2 < n; i += 3) thing_rows_free((thing_rows *)(intptr_t)sets[i]);
}
/* An object of each row, as the first of three; none of them is left when it fails. */
static thing_status thing_go_objects(const thing_rows *r, int64_t *sets, int64_t n) {
  for (int64_t i = 0; i * 3 + 2 < n; i++) {
    sets[i * 3] = (int64_t)(intptr_t)thing_rows_obj(r, i);
    if (sets[i * 3] != 0) continue;
    while (--i >= 0) thing_obj_free((thing_obj *)(intptr_t)sets[i * 3]);
    return THING_E_NOMEM;
  }
  return THING_OK;
}
static void thing_go_free_objects(int64_t *sets, int64_t n) {
  for (int64_t i = 0; i + 2 < n; i += 3) thing_obj_free((thing_obj *)(intptr_t)sets[i]);
}
/* A number about the related rows of each object: what a packed row has in a slot, or of texts where they are, which is
   until the objects are freed; and its length, or -1 for NULL. */
static thing_status thing_go_numbers(int64_t *sets, int64_t n, const char *of, int64_t len, int32_t type, thing_error **err) {
  for (int64_t *set = sets; set + 2 < sets + n; set += 3) {
    const thing_obj *o = (const thing_obj *)(intptr_t)set[0];
    thing_status status;
    double number = 0;
    const char *text = NULL;
    set[2] = 0;
    switch (type) {
      case THING_TYPE_FLOAT:
        status = thing_obj_related_double(o, of, len, &number, err);
        memcpy(&set[1], &number, sizeof number);
        break;
      case THING_TYPE_DECIMAL:
      case THING_TYPE_TEXT:
      case THING_TYPE_ENUM:
        status = thing_obj_related_text(o, of, len, &text, &set[2], err);
        set[1] = (int64_t)(intptr_t)text;
        break;
      default: status = thing_obj_related_int64(o, of, len, &set[1], err);
    }
    if (status == THING_NULL) set[2] = -1;
    else if (status != THING_OK) return status;
  }
  return THING_OK;
}
/* As thing_obj_pack, into the caller's buffer as thing_by_id_packed does. */
static thing_status thing_go_pack(const thing_obj *o, uint8_t *buf, int64_t cap, int64_t *need, thing_error **err) {
  thing_buf *packed = NULL;
  thing_status status = thing_obj_pack(o, &packed, err);
  if (status != THING_OK) return status;
  *need = thing_buf_len(packed);
  if (*need > cap) status = THING_MORE;
  else memcpy(buf, thing_buf_data(packed), (size_t)*need);
  thing_buf_free(packed);
  return status;
}
%}
