/* Verbs of records by key, of queries, and of relations. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "player.h"

/* ---- by key */

static bool is_int(const struct json* value) { return value->kind == JSON_NUMBER; }

static thing_status do_find(struct player* p, const struct json* step) {
  const struct json* key = json_get(step, "key");
  thing_obj* obj = NULL;
  const thing_model* m = model_of(p, step);
  thing_ctx* ctx = begin_ctx(p, step);
  thing_status status = is_int(key)
                            ? thing_by_id(p->db, ctx, m, strtoll(key->raw, NULL, 10), &obj, &p->err)
                            : thing_by_key(p->db, ctx, m, key->raw, key->raw_len, &obj, &p->err);
  end_ctx(p, step, ctx);
  if (status == THING_OK) status = answer_obj(p, step, obj, 0);
  keep(p, step, obj);
  return status;
}

static void keep_first(struct player* p, const struct json* step, const thing_rows* rows) {
  if (json_text(step, "as") != NULL) keep(p, step, thing_rows_obj(rows, 0));
}

static thing_status answer_and_free(struct player* p, const struct json* step, thing_status status,
                                    thing_rows* rows) {
  if (status == THING_OK) status = answer_rows(p, step, rows);
  if (status == THING_OK) keep_first(p, step, rows);
  thing_rows_free(rows);
  return status;
}

static thing_status find_ids(struct player* p, thing_ctx* ctx, const thing_model* m,
                             const struct json* keys, thing_rows** rows) {
  int64_t ids[16], n = 0;
  for (const struct json* key = keys->first; key != NULL && n < 16; key = key->next)
    ids[n++] = strtoll(key->raw, NULL, 10);
  return thing_by_ids(p->db, ctx, m, ids, n, rows, &p->err);
}

static thing_status do_find_many(struct player* p, const struct json* step) {
  const struct json* keys = json_get(step, "keys");
  const thing_model* m = model_of(p, step);
  thing_rows* rows = NULL;
  thing_ctx* ctx = begin_ctx(p, step);
  const bool ints = keys->first != NULL && is_int(keys->first);
  const thing_status status =
      ints ? find_ids(p, ctx, m, keys, &rows)
           : thing_by_keys(p->db, ctx, m, keys->raw, keys->raw_len, &rows, &p->err);
  end_ctx(p, step, ctx);
  return answer_and_free(p, step, status, rows);
}

static thing_status do_incr(struct player* p, const struct json* step) {
  const struct json* key = json_get(step, "key");
  const thing_model* m = model_of(p, step);
  const int32_t field = m != NULL ? field_of(p, m, json_text(step, "field")) : 0;
  const int64_t by = json_int(step, "by", 0);
  int64_t now = 0;
  thing_ctx* ctx = begin_ctx(p, step);
  const thing_status status =
      is_int(key)
          ? thing_incr(p->db, ctx, m, strtoll(key->raw, NULL, 10), field, by, &now, &p->err)
          : thing_incr_by_key(p->db, ctx, m, key->raw, key->raw_len, field, by, &now, &p->err);
  end_ctx(p, step, ctx);
  if (status == THING_OK) text_print(&p->answer, "%" PRId64, now);
  return status;
}

static thing_status do_delete_key(struct player* p, const struct json* step) {
  const struct json* key = json_get(step, "key");
  const thing_model* m = model_of(p, step);
  thing_ctx* ctx = begin_ctx(p, step);
  const thing_status status =
      is_int(key)
          ? thing_delete_by_id(p->db, ctx, m, strtoll(key->raw, NULL, 10), delete_mode(step),
                               &p->err)
          : thing_delete_by_key(p->db, ctx, m, key->raw, key->raw_len, delete_mode(step), &p->err);
  end_ctx(p, step, ctx);
  return status;
}

static thing_status do_insert_many(struct player* p, const struct json* step) {
  const thing_model* m = model_of(p, step);
  const struct json* rows = json_get(step, "rows");
  const int64_t n = json_count(rows);
  thing_obj* objs[64] = {NULL};
  thing_status status = n <= 64 ? THING_OK : THING_E_INVALID;
  int64_t i = 0;
  for (const struct json* row = rows->first; row != NULL && status == THING_OK;
       row = row->next, i++) {
    objs[i] = thing_obj_new(m);
    status = set_native(p, objs[i], row);
  }
  struct text packed = {0};
  int64_t ids[64] = {0};
  if (status == THING_OK) {
    pack_objects(&packed, objs, n, m);
    const bool ints = thing_model_field_type(m, 0) == THING_TYPE_INT;
    thing_ctx* ctx = begin_ctx(p, step);
    status = thing_save_packed(p->db, ctx, m, (const uint8_t*)packed.data, (int64_t)packed.len, ids,
                               ints ? n : 0, &p->err);
    end_ctx(p, step, ctx);
    if (ints && status == THING_OK) {
      for (int64_t k = 0; k < n; k++)
        text_print(&p->answer, "%s%" PRId64, k == 0 ? "[" : ",", ids[k]);
      text_add(&p->answer, n == 0 ? "[]" : "]", -1);
    }
  }
  text_free(&packed);
  for (i = 0; i < n && i < 64; i++) thing_obj_free(objs[i]);
  return status;
}

/* ---- queries */

static thing_status parse(struct player* p, const struct json* step, thing_criteria** q) {
  const struct json* document = json_get(step, "criteria");
  return thing_criteria_parse(model_of(p, step), document->raw, document->raw_len, q, &p->err);
}

static thing_status do_query(struct player* p, const struct json* step) {
  const struct json* document = json_get(step, "criteria");
  thing_rows* rows = NULL;
  const thing_model* m = model_of(p, step);
  thing_ctx* ctx = begin_ctx(p, step);
  const thing_status status =
      thing_query(p->db, ctx, m, document->raw, document->raw_len, &rows, &p->err);
  end_ctx(p, step, ctx);
  return answer_and_free(p, step, status, rows);
}

typedef thing_status one_fn(thing_db* db, thing_ctx* ctx, const thing_criteria* q, thing_obj** out,
                            thing_error** err);

static thing_status query_one(struct player* p, const struct json* step, one_fn* run) {
  thing_criteria* q = NULL;
  thing_obj* obj = NULL;
  thing_status status = parse(p, step, &q);
  if (status == THING_OK) {
    thing_ctx* ctx = begin_ctx(p, step);
    status = run(p->db, ctx, q, &obj, &p->err);
    end_ctx(p, step, ctx);
  }
  if (status == THING_OK) status = answer_obj(p, step, obj, 0);
  keep(p, step, obj);
  thing_criteria_free(q);
  return status;
}

static thing_status do_first(struct player* p, const struct json* step) {
  return query_one(p, step, thing_query_first);
}
static thing_status do_sole(struct player* p, const struct json* step) {
  return query_one(p, step, thing_query_sole);
}

/* What a verb does with its query. */
typedef thing_status work_fn(struct player* p, const struct json* step, thing_ctx* ctx,
                             thing_criteria* q);

static thing_status with_query(struct player* p, const struct json* step, work_fn* work) {
  thing_criteria* q = NULL;
  thing_status status = parse(p, step, &q);
  if (status == THING_OK) {
    thing_ctx* ctx = begin_ctx(p, step);
    status = work(p, step, ctx, q);
    end_ctx(p, step, ctx);
  }
  thing_criteria_free(q);
  return status;
}

static thing_status count(struct player* p, const struct json* step, thing_ctx* ctx,
                          thing_criteria* q) {
  (void)step;
  int64_t n = 0;
  const thing_status status = thing_query_count(p->db, ctx, q, &n, &p->err);
  if (status == THING_OK) text_print(&p->answer, "%" PRId64, n);
  return status;
}

static thing_status exists(struct player* p, const struct json* step, thing_ctx* ctx,
                           thing_criteria* q) {
  (void)step;
  bool there = false;
  const thing_status status = thing_query_exists(p->db, ctx, q, &there, &p->err);
  if (status == THING_OK) text_print(&p->answer, "%s", there ? "true" : "false");
  return status;
}

static thing_status pluck(struct player* p, const struct json* step, thing_ctx* ctx,
                          thing_criteria* q) {
  thing_buf* buf = NULL;
  const int32_t field = field_of(p, model_of(p, step), json_text(step, "field"));
  return answer_buf(p, thing_query_pluck(p->db, ctx, q, field, &buf, &p->err), &buf);
}

/* Moves q behind the rows; THING_DONE when they were the last. */
static thing_status turn_page(struct player* p, const thing_rows* rows, thing_criteria* q) {
  thing_buf* token = NULL;
  thing_status status = thing_rows_next(rows, &token, &p->err);
  if (status == THING_OK)
    status =
        thing_criteria_after(q, (const char*)thing_buf_data(token), thing_buf_len(token), &p->err);
  thing_buf_free(token);
  return status;
}

static thing_status pages(struct player* p, const struct json* step, thing_ctx* ctx,
                          thing_criteria* q) {
  thing_status status = THING_OK;
  text_add(&p->answer, "[", 1);
  for (int page = 0; status == THING_OK; page++) {
    thing_rows* rows = NULL;
    status = thing_query_run(p->db, ctx, q, &rows, &p->err);
    if (status == THING_OK && page > 0) text_add(&p->answer, ",", 1);
    if (status == THING_OK) status = answer_rows(p, step, rows);
    if (status == THING_OK) status = turn_page(p, rows, q);
    thing_rows_free(rows);
  }
  text_add(&p->answer, "]", 1);
  return status == THING_DONE ? THING_OK : status;
}

static thing_status stream(struct player* p, const struct json* step, thing_ctx* ctx,
                           thing_criteria* q) {
  thing_cursor* cursor = NULL;
  thing_status status =
      thing_query_open(p->db, ctx, q, json_int(step, "batch", 100), &cursor, &p->err);
  const size_t from = p->answer.len;
  while (status == THING_OK) {
    thing_rows* rows = NULL;
    status = thing_cursor_next(cursor, ctx, &rows, &p->err);
    const size_t open = p->answer.len;
    if (status == THING_OK) status = answer_rows(p, step, rows);
    if (status == THING_OK && open > from) p->answer.data[open] = ',';
    if (status == THING_OK) p->answer.len--; /* the bracket that would end the array */
    thing_rows_free(rows);
  }
  thing_cursor_free(cursor);
  text_add(&p->answer, p->answer.len > from ? "]" : "[]", -1);
  return status == THING_DONE ? THING_OK : status;
}

static thing_status update_where(struct player* p, const struct json* step, thing_ctx* ctx,
                                 thing_criteria* q) {
  const struct json* set = json_get(step, "set");
  const int32_t flags = json_true(step, "all") ? THING_BULK_ALL : 0;
  int64_t n = 0;
  const thing_status status =
      thing_update_where(p->db, ctx, q, set->raw, set->raw_len, flags, &n, &p->err);
  if (status == THING_OK) text_print(&p->answer, "%" PRId64, n);
  return status;
}

static thing_status delete_where(struct player* p, const struct json* step, thing_ctx* ctx,
                                 thing_criteria* q) {
  const int32_t flags = json_true(step, "all") ? THING_BULK_ALL : 0;
  int64_t n = 0;
  const thing_status status =
      thing_delete_where(p->db, ctx, q, delete_mode(step), flags, &n, &p->err);
  if (status == THING_OK) text_print(&p->answer, "%" PRId64, n);
  return status;
}

static thing_status do_count(struct player* p, const struct json* step) {
  return with_query(p, step, count);
}
static thing_status do_exists(struct player* p, const struct json* step) {
  return with_query(p, step, exists);
}
static thing_status do_pluck(struct player* p, const struct json* step) {
  return with_query(p, step, pluck);
}
static thing_status do_pages(struct player* p, const struct json* step) {
  return with_query(p, step, pages);
}
static thing_status do_stream(struct player* p, const struct json* step) {
  return with_query(p, step, stream);
}
static thing_status do_update_where(struct player* p, const struct json* step) {
  return with_query(p, step, update_where);
}
static thing_status do_delete_where(struct player* p, const struct json* step) {
  return with_query(p, step, delete_where);
}

/* ---- relations */

static thing_status do_related(struct player* p, const struct json* step) {
  thing_rows* rows = NULL;
  thing_ctx* ctx = begin_ctx(p, step);
  const thing_status status =
      thing_related(p->db, ctx, object_of(p, step, "of"), json_text(step, "relation"), -1,
                    json_true(step, "again") ? THING_LOAD_AGAIN : 0, &rows, &p->err);
  end_ctx(p, step, ctx);
  return answer_and_free(p, step, status, rows);
}

static thing_status do_related_one(struct player* p, const struct json* step) {
  thing_obj* other = NULL;
  thing_ctx* ctx = begin_ctx(p, step);
  thing_status status =
      thing_related_one(p->db, ctx, object_of(p, step, "of"), json_text(step, "relation"), -1,
                        json_true(step, "strict") ? THING_LOAD_STRICT : 0, &other, &p->err);
  end_ctx(p, step, ctx);
  if (status == THING_OK) status = answer_obj(p, step, other, 0);
  keep(p, step, other);
  return status;
}

static thing_status do_load(struct player* p, const struct json* step) {
  thing_obj* obj = object_of(p, step, "of");
  const struct json* include = json_get(step, "include");
  thing_ctx* ctx = begin_ctx(p, step);
  const thing_status status =
      thing_obj_load(p->db, ctx, obj, include->raw, include->raw_len, &p->err);
  end_ctx(p, step, ctx);
  return status == THING_OK ? answer_obj(p, step, obj, 0) : status;
}

static thing_status do_set_related(struct player* p, const struct json* step) {
  thing_obj* other = json_text(step, "other") != NULL ? object_of(p, step, "other") : NULL;
  return thing_obj_set_related(object_of(p, step, "of"), json_text(step, "relation"), -1, other,
                               &p->err);
}

static thing_status do_add_related(struct player* p, const struct json* step) {
  return thing_obj_add_related(object_of(p, step, "of"), json_text(step, "relation"), -1,
                               object_of(p, step, "child"), &p->err);
}

static int32_t link_mode(const char* name) {
  static const char* const names[] = {"add", "remove", "set", "toggle"};
  static const int32_t modes[] = {THING_LINK_ADD, THING_LINK_REMOVE, THING_LINK_SET,
                                  THING_LINK_TOGGLE};
  for (int i = 0; i < 4; i++) {
    if (strcmp(names[i], name) == 0) return modes[i];
  }
  return 0;
}

static thing_status do_link(struct player* p, const struct json* step) {
  const struct json *keys = json_get(step, "keys"), *pivot = json_get(step, "pivot");
  int64_t added = 0, removed = 0;
  thing_ctx* ctx = begin_ctx(p, step);
  const thing_status status =
      thing_link(p->db, ctx, object_of(p, step, "of"), json_text(step, "relation"), -1,
                 link_mode(json_text(step, "mode")), keys != NULL ? keys->raw : NULL,
                 keys != NULL ? keys->raw_len : 0, pivot != NULL ? pivot->raw : NULL,
                 pivot != NULL ? pivot->raw_len : 0, &added, &removed, &p->err);
  end_ctx(p, step, ctx);
  if (status == THING_OK)
    text_print(&p->answer, "{\"added\":%" PRId64 ",\"removed\":%" PRId64 "}", added, removed);
  return status;
}

const struct verb query_verbs[] = {{"find", do_find},
                                   {"find_many", do_find_many},
                                   {"incr", do_incr},
                                   {"delete_key", do_delete_key},
                                   {"insert_many", do_insert_many},
                                   {"query", do_query},
                                   {"first", do_first},
                                   {"sole", do_sole},
                                   {"count", do_count},
                                   {"exists", do_exists},
                                   {"pluck", do_pluck},
                                   {"pages", do_pages},
                                   {"stream", do_stream},
                                   {"update_where", do_update_where},
                                   {"delete_where", do_delete_where},
                                   {NULL, NULL}};

const struct verb relation_verbs[] = {{"related", do_related},
                                      {"related_one", do_related_one},
                                      {"load", do_load},
                                      {"set_related", do_set_related},
                                      {"add_related", do_add_related},
                                      {"link", do_link},
                                      {NULL, NULL}};
