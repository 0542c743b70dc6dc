/* Verbs of actions and SQL, transactions, and hooks. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "player.h"

/* ---- actions and SQL */

static thing_status do_call(struct player* p, const struct json* step) {
  const struct json* args = json_get(step, "args");
  thing_buf* buf = NULL;
  thing_ctx* ctx = begin_ctx(p, step);
  const thing_status status =
      thing_call(p->db, ctx, json_text(step, "model"), json_text(step, "action"),
                 args != NULL ? args->raw : NULL, args != NULL ? args->raw_len : 0, &buf, &p->err);
  end_ctx(p, step, ctx);
  return answer_buf(p, status, &buf);
}

static thing_status do_sql(struct player* p, const struct json* step) {
  const struct json *sql = json_get(step, "sql"), *params = json_get(step, "params");
  thing_rows* rows = NULL;
  thing_ctx* ctx = begin_ctx(p, step);
  thing_status status =
      thing_sql(p->db, ctx, sql->text, sql->len, params != NULL ? params->raw : NULL,
                params != NULL ? params->raw_len : 0, &rows, &p->err);
  end_ctx(p, step, ctx);
  if (status == THING_OK) status = answer_rows(p, step, rows);
  thing_rows_free(rows);
  return status;
}

static thing_status do_exec(struct player* p, const struct json* step) {
  const struct json *sql = json_get(step, "sql"), *params = json_get(step, "params");
  int64_t affected = 0;
  thing_ctx* ctx = begin_ctx(p, step);
  const thing_status status = thing_exec(
      p->db, ctx, sql->text, sql->len, params != NULL ? params->raw : NULL,
      params != NULL ? params->raw_len : 0, json_text(step, "tables"), &affected, &p->err);
  end_ctx(p, step, ctx);
  if (status == THING_OK) text_print(&p->answer, "%" PRId64, affected);
  return status;
}

/* ---- transactions */

static const char* const tx_names[] = {"read_only",       "deferred",     "read_committed",
                                       "repeatable_read", "serializable", NULL};
static const int32_t tx_bits[] = {THING_TX_READ_ONLY, THING_TX_DEFERRED, THING_TX_READ_COMMITTED,
                                  THING_TX_REPEATABLE_READ, THING_TX_SERIALIZABLE};

/* Runs the steps in the transaction that ctx carries. */
static enum leave run_body(struct player* p, const struct json* step, thing_ctx* ctx) {
  thing_ctx* outer = p->tx_ctx;
  p->tx_ctx = ctx;
  p->leave = LEAVE_NOT;
  text_add(&p->place, ".", 1);
  play_steps(p, json_get(step, "steps"));
  text_cut(&p->place, p->place.len - 1);
  const enum leave leave = p->leave;
  p->leave = LEAVE_NOT;
  p->tx_ctx = outer;
  p->answer.len = 0;
  return leave;
}

/* What the body's end means for its transaction; below 0 p->err is set, and more is known by
 * p->thrown or p->own_failure. */
static thing_status end_of_body(struct player* p, enum leave leave, thing_error** err) {
  if (leave == LEAVE_THROW) {
    p->thrown = p->thrown_text;
    return thing_error_set(err, THING_E_CALLBACK, "thrown", -1);
  }
  if (leave == LEAVE_FAIL) {
    p->own_failure = true;
    return thing_error_set(err, p->failure, "a failure of the scenario", -1);
  }
  return leave == LEAVE_ROLLBACK ? THING_DONE : THING_OK;
}

struct body {
  struct player* player;
  const struct json* step;
};

static thing_status run_again(void* user, thing_tx* tx, thing_ctx* ctx, thing_error** err) {
  const struct body* body = user;
  (void)tx;
  body->player->own_failure = false;
  return end_of_body(body->player, run_body(body->player, body->step, ctx), err);
}

static void keep_tx(struct player* p, const struct json* step, thing_tx* tx) {
  const char* name = json_text(step, "as");
  if (name == NULL) {
    thing_tx_free(tx);
    return;
  }
  struct named* n = find_named(p, name, true);
  thing_tx_free(n->tx);
  n->tx = tx;
}

static thing_status do_tx(struct player* p, const struct json* step) {
  const int32_t flags = bits_of(p, json_get(step, "flags"), tx_names, tx_bits);
  const int64_t attempts = json_int(step, "attempts", 0);
  if (attempts > 0) {
    struct body body = {p, step};
    const thing_status ran =
        thing_tx_run(p->db, p->tx_ctx, flags, (int32_t)attempts, run_again, &body, &p->err);
    return ran == THING_DONE ? THING_OK : ran;
  }
  thing_tx* tx = NULL;
  thing_status status = thing_tx_begin(p->db, p->tx_ctx, flags, &tx, &p->err);
  if (status < 0) return status;
  status = end_of_body(p, run_body(p, step, thing_tx_ctx(tx)), &p->err);
  if (status == THING_OK)
    status = thing_tx_commit(tx, &p->err);
  else
    thing_tx_rollback(tx, NULL);
  keep_tx(p, step, tx);
  return status == THING_DONE ? THING_OK : status;
}

static thing_status do_rollback(struct player* p, const struct json* step) {
  (void)step;
  p->leave = LEAVE_ROLLBACK;
  return THING_OK;
}

static thing_status do_throw(struct player* p, const struct json* step) {
  snprintf(p->thrown_text, sizeof p->thrown_text, "%s", json_text(step, "text"));
  p->thrown = p->thrown_text;
  p->leave = LEAVE_THROW;
  return THING_E_CALLBACK;
}

static thing_status status_of(const char* name) {
  thing_status status = THING_E_INTERNAL;
  while (status > -100 && strcmp(thing_status_name(status), name) != 0) status--;
  return status;
}

/* How often a step was reached is kept by its place. */
static thing_status do_fail(struct player* p, const struct json* step) {
  struct named* reached = find_named(p, p->place.data, true);
  if (reached->hook++ >= json_int(step, "times", 1)) return THING_OK;
  p->failure = status_of(json_text(step, "code"));
  p->own_failure = true;
  p->leave = LEAVE_FAIL;
  return p->failure;
}

/* ---- hooks */

static const char* const event_names[] = {
    "before_save",        "after_save",         "before_create",
    "after_create",       "before_update",      "after_update",
    "before_delete",      "after_delete",       "after_load",
    "after_commit",       "after_rollback",     "before_restore",
    "after_restore",      "before_soft_delete", "after_soft_delete",
    "before_hard_delete", "after_hard_delete",  NULL};
static const int32_t event_bits[] = {
    THING_ON_BEFORE_SAVE,        THING_ON_AFTER_SAVE,         THING_ON_BEFORE_CREATE,
    THING_ON_AFTER_CREATE,       THING_ON_BEFORE_UPDATE,      THING_ON_AFTER_UPDATE,
    THING_ON_BEFORE_DELETE,      THING_ON_AFTER_DELETE,       THING_ON_AFTER_LOAD,
    THING_ON_AFTER_COMMIT,       THING_ON_AFTER_ROLLBACK,     THING_ON_BEFORE_RESTORE,
    THING_ON_AFTER_RESTORE,      THING_ON_BEFORE_SOFT_DELETE, THING_ON_AFTER_SOFT_DELETE,
    THING_ON_BEFORE_HARD_DELETE, THING_ON_AFTER_HARD_DELETE};

static void record(struct player* p, const char* name, int32_t event, const thing_obj* obj) {
  size_t i = 0;
  while (event_names[i] != NULL && event_bits[i] != event) i++;
  if (p->heard.len > 0) text_add(&p->heard, ",", 1);
  text_print(&p->heard, "\"%s %s %s\"", name, event_names[i],
             thing_model_name(thing_obj_model(obj)));
}

static thing_status create_in_hook(struct player* p, const struct json* step, thing_db* db,
                                   thing_ctx* ctx, thing_error** err) {
  thing_obj* obj = thing_obj_new(thing_model_find(db, json_text(step, "into"), -1));
  thing_status status = set_native(p, obj, json_get(step, "data"));
  if (status == THING_OK) status = thing_save(db, ctx, obj, err);
  thing_obj_free(obj);
  return status;
}

static thing_status set_in_hook(struct player* p, const struct json* step, thing_obj* obj) {
  return set_native_field(p, obj, field_of(p, thing_obj_model(obj), json_text(step, "field")),
                          json_get(step, "value"));
}

static thing_status on_event(void* user, int32_t event, thing_db* db, thing_ctx* ctx,
                             thing_obj* obj, thing_error** err) {
  const struct hook* hook = user;
  struct player* p = hook->player;
  const char *act = json_text(hook->step, "act"), *name = json_text(hook->step, "as");
  record(p, name, event, obj);
  if (strcmp(act, "set") == 0) return set_in_hook(p, hook->step, obj);
  if (strcmp(act, "create") == 0) return create_in_hook(p, hook->step, db, ctx, err);
  const bool throws = strcmp(act, "throw") == 0;
  if (!throws && strcmp(act, "refuse") != 0) return THING_OK;
  char text[100];
  snprintf(text, sizeof text, "%s by %s", throws ? "thrown" : "refused", name);
  if (throws) {
    strcpy(p->thrown_text, text);
    p->thrown = p->thrown_text;
  }
  return thing_error_set(err, THING_E_CALLBACK, text, -1);
}

static thing_status do_hook(struct player* p, const struct json* step) {
  const int32_t events = bits_of(p, json_get(step, "on"), event_names, event_bits) |
                         (json_true(step, "may_fail") ? THING_HOOK_MAY_FAIL : 0);
  struct hook* hook = calloc(1, sizeof *hook);
  *hook = (struct hook){p, step, p->hooks};
  p->hooks = hook;
  return thing_hook_add(p->db, model_of(p, step), events, on_event, hook, NULL,
                        &find_named(p, json_text(step, "as"), true)->hook, &p->err);
}

static thing_status do_unhook(struct player* p, const struct json* step) {
  return thing_hook_remove(p->db, find_named(p, json_text(step, "of"), true)->hook);
}

static thing_status do_heard(struct player* p, const struct json* step) {
  (void)step;
  text_add(&p->answer, "[", 1);
  text_add(&p->answer, p->heard.data != NULL ? p->heard.data : "", (int64_t)p->heard.len);
  text_add(&p->answer, "]", 1);
  p->heard.len = 0;
  return THING_OK;
}

const struct verb tx_verbs[] = {
    {"call", do_call},         {"sql", do_sql},     {"exec", do_exec}, {"tx", do_tx},
    {"rollback", do_rollback}, {"throw", do_throw}, {"fail", do_fail}, {NULL, NULL}};
const struct verb hook_verbs[] = {
    {"hook", do_hook}, {"unhook", do_unhook}, {"heard", do_heard}, {NULL, NULL}};
