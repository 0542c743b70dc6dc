/* Verbs of models, of objects in memory, and of saving them. */
#include <stdlib.h>
#include <string.h>

#include "player.h"

/* ---- models */

static thing_status do_register(struct player* p, const struct json* step) {
  const struct json* document = json_get(step, "document");
  if (document == NULL) document = p->models;
  return thing_model_register(p->db, document->raw, document->raw_len, &p->err);
}

static thing_status do_sync(struct player* p, const struct json* step) {
  thing_ctx* ctx = begin_ctx(p, step);
  const thing_status status = thing_schema_sync(p->db, ctx, &p->err);
  end_ctx(p, step, ctx);
  return status;
}

static thing_status do_describe(struct player* p, const struct json* step) {
  thing_buf* buf = NULL;
  return answer_buf(p, thing_model_json(model_of(p, step), &buf, &p->err), &buf);
}

static thing_status do_open(struct player* p, const struct json* step) {
  const struct json* config = json_get(step, "config");
  thing_db* db = NULL;
  const thing_status status = thing_open(config->raw, config->raw_len, &db, &p->err);
  thing_close(db);
  return status;
}

static thing_status do_close(struct player* p, const struct json* step) {
  (void)step;
  thing_close(p->db);
  return THING_OK;
}

/* ---- objects in memory */

static thing_status do_new(struct player* p, const struct json* step) {
  thing_obj* obj = thing_obj_new(model_of(p, step));
  thing_status status = set_native(p, obj, json_get(step, "data"));
  if (status == THING_OK) status = answer_obj(p, step, obj, 0);
  keep(p, step, obj);
  return status;
}

static thing_status do_set(struct player* p, const struct json* step) {
  thing_obj* obj = object_of(p, step, "of");
  const thing_status status = set_native(p, obj, json_get(step, "data"));
  return status == THING_OK ? answer_obj(p, step, obj, 0) : status;
}

static thing_status do_fill(struct player* p, const struct json* step) {
  thing_obj* obj = object_of(p, step, "of");
  const struct json* document = json_get(step, "json");
  const int32_t flags = (json_true(step, "strict") ? THING_FILL_STRICT : 0) |
                        (json_true(step, "if_absent") ? THING_FILL_IF_ABSENT : 0);
  const thing_status status =
      thing_obj_fill_json(obj, document->raw, document->raw_len, flags, &p->err);
  return status == THING_OK ? answer_obj(p, step, obj, 0) : status;
}

static thing_status do_read(struct player* p, const struct json* step) {
  print_native(&p->answer, object_of(p, step, "of"));
  return THING_OK;
}

static thing_status do_show(struct player* p, const struct json* step) {
  const int32_t flags = (json_true(step, "hidden") ? THING_JSON_HIDDEN : 0) |
                        (json_true(step, "changed") ? THING_JSON_CHANGED : 0);
  return answer_obj(p, step, object_of(p, step, "of"), flags);
}

static thing_status do_state(struct player* p, const struct json* step) {
  const thing_obj* obj = object_of(p, step, "of");
  const thing_model* m = thing_obj_model(obj);
  const int32_t state = thing_obj_state(obj);
  bool any = false;
  text_print(&p->answer, "{\"new\":%s,\"dirty\":[",
             (state & THING_OBJ_NEW) != 0 ? "true" : "false");
  for (int32_t i = 0; i < thing_model_field_count(m); i++) {
    if (!thing_obj_dirty(obj, i)) continue;
    text_print(&p->answer, "%s\"%s\"", any ? "," : "", thing_model_field_name(m, i));
    any = true;
  }
  text_print(&p->answer, "],\"deleted\":%s}", (state & THING_OBJ_DELETED) != 0 ? "true" : "false");
  return THING_OK;
}

static thing_status do_changes(struct player* p, const struct json* step) {
  thing_buf* buf = NULL;
  return answer_buf(p, thing_obj_changes_json(object_of(p, step, "of"), &buf, &p->err), &buf);
}

static thing_status do_saved_changes(struct player* p, const struct json* step) {
  thing_buf* buf = NULL;
  return answer_buf(p, thing_obj_saved_changes_json(object_of(p, step, "of"), &buf, &p->err), &buf);
}

static thing_status do_revert(struct player* p, const struct json* step) {
  thing_obj* obj = object_of(p, step, "of");
  const char* field = json_text(step, "field");
  thing_obj_revert(obj, field != NULL ? field_of(p, thing_obj_model(obj), field) : -1);
  return answer_obj(p, step, obj, 0);
}

static thing_status do_validate(struct player* p, const struct json* step) {
  return thing_obj_validate(object_of(p, step, "of"), &p->err);
}

static thing_status do_replicate(struct player* p, const struct json* step) {
  const thing_obj* obj = object_of(p, step, "of");
  int32_t except[16], n = 0;
  const struct json* names = json_get(step, "except");
  for (const struct json* name = names != NULL ? names->first : NULL; name != NULL && n < 16;
       name = name->next) {
    except[n++] = field_of(p, thing_obj_model(obj), name->text);
  }
  thing_obj* other = NULL;
  thing_status status = thing_obj_replicate(obj, except, n, &other, &p->err);
  if (status == THING_OK) status = set_native(p, other, json_get(step, "data"));
  if (status == THING_OK) status = answer_obj(p, step, other, 0);
  keep(p, step, other);
  return status;
}

static thing_status do_forget(struct player* p, const struct json* step) {
  struct named* n = find_named(p, json_text(step, "of"), true);
  thing_obj_free(n->obj);
  n->obj = NULL;
  return THING_OK;
}

/* ---- saving */

typedef thing_status (*object_call)(thing_db* db, thing_ctx* ctx, thing_obj* obj,
                                    thing_error** err);

// A call of an object, which is printed as it is afterwards.
static thing_status change(struct player* p, const struct json* step, thing_obj* obj,
                           object_call call) {
  thing_ctx* ctx = begin_ctx(p, step);
  const thing_status status = call(p->db, ctx, obj, &p->err);
  end_ctx(p, step, ctx);
  return status == THING_OK ? answer_obj(p, step, obj, 0) : status;
}

static thing_status save(struct player* p, const struct json* step, thing_obj* obj) {
  return change(p, step, obj, thing_save);
}

static thing_status do_save(struct player* p, const struct json* step) {
  return save(p, step, object_of(p, step, "of"));
}

static thing_status do_create(struct player* p, const struct json* step) {
  thing_obj* obj = thing_obj_new(model_of(p, step));
  thing_status status = set_native(p, obj, json_get(step, "data"));
  if (status == THING_OK) status = save(p, step, obj);
  keep(p, step, obj);
  return status;
}

static thing_status do_copy(struct player* p, const struct json* step) {
  const thing_obj* from = object_of(p, step, "of");
  thing_obj* to = thing_obj_new(thing_obj_model(from));
  thing_status status = copy_native(p, from, to);
  if (status == THING_OK) status = set_native(p, to, json_get(step, "data"));
  if (status == THING_OK) status = save(p, step, to);
  keep(p, step, to);
  return status;
}

static int64_t objects_of(struct player* p, const struct json* step, thing_obj** objs,
                          int64_t cap) {
  int64_t n = 0;
  const struct json* names = json_get(step, "of");
  for (const struct json* name = names->first; name != NULL && n < cap; name = name->next)
    objs[n++] = find_named(p, name->text, true)->obj;
  return n;
}

static thing_status do_save_many(struct player* p, const struct json* step) {
  thing_obj* objs[16];
  const int64_t n = objects_of(p, step, objs, 16);
  thing_ctx* ctx = begin_ctx(p, step);
  thing_status status = thing_save_many(p->db, ctx, objs, n, &p->err);
  end_ctx(p, step, ctx);
  for (int64_t i = 0; i < n && status == THING_OK; i++) {
    text_add(&p->answer, i == 0 ? "[" : ",", 1);
    status = answer_obj(p, step, objs[i], 0);
  }
  if (status == THING_OK) text_add(&p->answer, "]", 1);
  return status;
}

static thing_status do_delete_many(struct player* p, const struct json* step) {
  thing_obj* objs[16];
  const int64_t n = objects_of(p, step, objs, 16);
  thing_ctx* ctx = begin_ctx(p, step);
  const thing_status status = thing_delete_many(p->db, ctx, objs, n, delete_mode(step), &p->err);
  end_ctx(p, step, ctx);
  return status;
}

static thing_status do_upsert(struct player* p, const struct json* step) {
  thing_obj* obj = object_of(p, step, "of");
  int32_t by[8], n = 0;
  const struct json* names = json_get(step, "by");
  for (const struct json* name = names != NULL ? names->first : NULL; name != NULL && n < 8;
       name = name->next) {
    by[n++] = field_of(p, thing_obj_model(obj), name->text);
  }
  thing_ctx* ctx = begin_ctx(p, step);
  const thing_status status = thing_upsert(p->db, ctx, obj, by, n, &p->err);
  end_ctx(p, step, ctx);
  return status == THING_OK ? answer_obj(p, step, obj, 0) : status;
}

static thing_status do_reload(struct player* p, const struct json* step) {
  return change(p, step, object_of(p, step, "of"), thing_reload);
}

static thing_status do_fresh(struct player* p, const struct json* step) {
  thing_obj* other = NULL;
  thing_ctx* ctx = begin_ctx(p, step);
  thing_status status = thing_fresh(p->db, ctx, object_of(p, step, "of"), &other, &p->err);
  end_ctx(p, step, ctx);
  if (status == THING_OK) status = answer_obj(p, step, other, 0);
  keep(p, step, other);
  return status;
}

static thing_status do_delete(struct player* p, const struct json* step) {
  thing_ctx* ctx = begin_ctx(p, step);
  const thing_status status =
      thing_delete(p->db, ctx, object_of(p, step, "of"), delete_mode(step), &p->err);
  end_ctx(p, step, ctx);
  return status;
}

static thing_status do_restore(struct player* p, const struct json* step) {
  return change(p, step, object_of(p, step, "of"), thing_restore);
}

const struct verb object_verbs[] = {{"register", do_register},
                                    {"sync", do_sync},
                                    {"describe", do_describe},
                                    {"open", do_open},
                                    {"close", do_close},
                                    {"new", do_new},
                                    {"set", do_set},
                                    {"fill", do_fill},
                                    {"read", do_read},
                                    {"show", do_show},
                                    {"state", do_state},
                                    {"changes", do_changes},
                                    {"saved_changes", do_saved_changes},
                                    {"revert", do_revert},
                                    {"validate", do_validate},
                                    {"replicate", do_replicate},
                                    {"forget", do_forget},
                                    {NULL, NULL}};

const struct verb record_verbs[] = {{"save", do_save},
                                    {"create", do_create},
                                    {"copy", do_copy},
                                    {"save_many", do_save_many},
                                    {"delete_many", do_delete_many},
                                    {"upsert", do_upsert},
                                    {"reload", do_reload},
                                    {"fresh", do_fresh},
                                    {"delete", do_delete},
                                    {"restore", do_restore},
                                    {NULL, NULL}};
