/* libthing for Node.js by Node-API alone, which is the same in all versions of Node since 12.22:
 * the native half of thing.js, which is what programs use.
 *
 *   open(config)                     a Promise of a db
 *   register(db, models)
 *   sync(db)                         a Promise
 *   look(db, model, action, args)    the answer of a read that is in memory, else undefined
 *   call(db or tx, model, action, args, timeout_ms)
 *                                    a Promise of the answer, null when the record is not there
 *   begin(db)                        a Promise of a tx
 *   commit(tx), rollback(tx)         a Promise
 *   stats(db)
 *   close(db)                        a Promise
 *
 * Documents go in and out as JSON text; what fails throws, or rejects with, that of
 * thing_error_json. Whatever may block is a work that runs on a thread of libuv; all else, and
 * every field of a handle but its db or tx, is Node's thread's. */
#define NAPI_VERSION 8
#include <node_api.h>
#include <stdlib.h>
#include <string.h>
#include <thing.h>

enum { MOST_ARGUMENTS = 5, MOST_TEXTS = 3 };
typedef enum { DB, TX, ANY } kind;

typedef struct work work;

/* A db, or a tx with the db that it is of. */
typedef struct handle {
  thing_db* db;
  thing_tx* tx;
  struct handle* parent;
  int64_t uses;    /* the JavaScript object, works, and children */
  int64_t running; /* works on a db and its transactions */
  bool is_closed;
  work* close; /* waits for what runs */
} handle;

struct work {
  napi_async_work async;
  napi_deferred deferred;
  thing_status (*run)(work*);
  handle* on;
  handle* made; /* by open and begin */
  char* texts[MOST_TEXTS];
  int64_t timeout_ms;
  thing_status status;
  thing_buf* out;
  thing_error* err;
};

/* What is let go without an end is ended here, and waits for that. */
static void release(handle* h) {
  if (h == NULL || --h->uses > 0) return;
  thing_tx_free(h->tx);
  thing_close(h->db);
  release(h->parent);
  free(h);
}

static handle* handle_new(handle* parent) {
  handle* h = calloc(1, sizeof *h);
  if (h == NULL) return NULL;
  h->uses = 1;
  h->parent = parent;
  if (parent != NULL) parent->uses++;
  return h;
}

static handle* db_of(handle* h) { return h->parent != NULL ? h->parent : h; }

static void finalize(napi_env env, void* data, void* hint) {
  (void)env, (void)hint;
  release(data);
}

/* ---- what works do, on their thread */

static thing_status run_open(work* w) { return thing_open(w->texts[0], -1, &w->made->db, &w->err); }

static thing_status run_sync(work* w) { return thing_schema_sync(w->on->db, NULL, &w->err); }

static thing_status run_begin(work* w) {
  return thing_tx_begin(w->on->db, NULL, THING_TX_DEFAULT, &w->made->tx, &w->err);
}

static thing_status run_commit(work* w) { return thing_tx_commit(w->on->tx, &w->err); }

static thing_status run_rollback(work* w) { return thing_tx_rollback(w->on->tx, &w->err); }

/* A transaction has its own context, with the deadline that it began with. */
static thing_status run_call(work* w) {
  thing_db* const db = db_of(w->on)->db;
  thing_ctx* const own = w->on->tx == NULL ? thing_ctx_new(db) : NULL;
  thing_ctx_set_timeout_ms(own, w->timeout_ms);
  const thing_status status =
      thing_call(db, w->on->tx == NULL ? own : thing_tx_ctx(w->on->tx), w->texts[0], w->texts[1],
                 w->texts[2], -1, &w->out, &w->err);
  thing_ctx_free(own);
  return status;
}

static thing_status run_close(work* w) {
  thing_close(w->on->db);
  w->on->db = NULL;
  return THING_OK;
}

static void execute(napi_env env, void* data) {
  work* const w = data;
  (void)env;
  w->status = w->run(w);
}

/* ---- from and to JavaScript */

static napi_value text_value(napi_env env, const char* text, size_t len) {
  napi_value value = NULL;
  napi_create_string_utf8(env, text, len, &value);
  return value;
}

/* The buffer is freed. */
static napi_value take_text(napi_env env, thing_buf* buf) {
  napi_value value = text_value(env, (const char*)thing_buf_data(buf), (size_t)thing_buf_len(buf));
  thing_buf_free(buf);
  return value;
}

/* The error is freed. */
static napi_value take_error(napi_env env, thing_error* err) {
  thing_buf* const json = thing_error_json(err);
  thing_error_free(err);
  if (json != NULL) return take_text(env, json);
  return text_value(env, "{\"code\":\"E_NOMEM\",\"message\":\"out of memory\"}", NAPI_AUTO_LENGTH);
}

static napi_value nothing(napi_env env) {
  napi_value value = NULL;
  napi_get_null(env, &value);
  return value;
}

/* The caller frees it; NULL when the value is no string, or one that C would cut short. */
static char* text_of(napi_env env, napi_value value) {
  size_t len = 0;
  if (napi_get_value_string_utf8(env, value, NULL, 0, &len) != napi_ok) return NULL;
  char* const text = malloc(len + 1);
  if (text == NULL) return NULL;
  napi_get_value_string_utf8(env, value, text, len + 1, &len);
  if (strlen(text) == len) return text;
  free(text);
  return NULL;
}

static thing_error* closed(void) {
  thing_error* err = NULL;
  thing_error_set(&err, THING_E_CLOSED, "the database is closed", -1);
  return err;
}

/* ---- works, on Node's thread */

static void free_work(napi_env env, work* w) {
  if (w->async != NULL) napi_delete_async_work(env, w->async);
  for (int i = 0; i < MOST_TEXTS; i++) free(w->texts[i]);
  release(w->made);
  release(w->on);
  free(w);
}

/* The object of what was made, which then has it. */
static napi_value hand_out(napi_env env, work* w) {
  napi_value value = NULL;
  if (napi_create_external(env, w->made, finalize, NULL, &value) == napi_ok) w->made = NULL;
  return value;
}

/* Node may be about to end: then nobody hears of it, and no call of Node-API does anything. */
static void settle(napi_env env, work* w) {
  if (w->status < 0) {
    napi_reject_deferred(env, w->deferred, take_error(env, w->err));
  } else if (w->made != NULL) {
    napi_resolve_deferred(env, w->deferred, hand_out(env, w));
  } else if (w->out != NULL) {
    napi_resolve_deferred(env, w->deferred, take_text(env, w->out));
  } else {
    napi_resolve_deferred(env, w->deferred, nothing(env));
  }
}

/* Of a close alone there is no work behind it to wait for. */
static void leave(napi_env env, handle* db) {
  if (--db->running > 0 || db->close == NULL) return;
  work* const last = db->close;
  db->close = NULL;
  napi_queue_async_work(env, last->async);
}

static void complete(napi_env env, napi_status status, void* data) {
  work* const w = data;
  (void)status;
  settle(env, w);
  if (w->on != NULL && w->run != run_close) leave(env, db_of(w->on));
  free_work(env, w);
}

/* Starts the work, or has a close wait for those that run. */
static void start(napi_env env, work* w) {
  handle* const db = w->on != NULL ? db_of(w->on) : NULL;
  if (db != NULL && w->run != run_close) db->running++;
  if (db != NULL && w->run == run_close && db->running > 0) {
    db->close = w;
    return;
  }
  napi_queue_async_work(env, w->async);
}

static napi_value refuse(napi_env env, work* w, const char* reason) {
  napi_throw_type_error(env, NULL, reason);
  if (w != NULL) free_work(env, w);
  return NULL;
}

/* The promise of a work; texts are the arguments from `first` on. */
static napi_value promise(napi_env env, work* w, napi_value* texts, int count) {
  for (int i = 0; i < count; i++) {
    w->texts[i] = text_of(env, texts[i]);
    if (w->texts[i] == NULL) return refuse(env, w, "expected a string without NUL");
  }
  napi_value value = NULL, name = text_value(env, "thing", NAPI_AUTO_LENGTH);
  if (napi_create_promise(env, &w->deferred, &value) != napi_ok)
    return refuse(env, w, "no promise");
  if (w->on != NULL && db_of(w->on)->is_closed) {
    napi_reject_deferred(env, w->deferred, take_error(env, closed()));
    free_work(env, w);
    return value;
  }
  if (napi_create_async_work(env, NULL, name, execute, complete, w, &w->async) != napi_ok)
    return refuse(env, w, "no work");
  start(env, w);
  return value;
}

static work* work_new(thing_status (*run)(work*), handle* on) {
  work* const w = calloc(1, sizeof *w);
  if (w == NULL) return NULL;
  w->run = run;
  w->on = on;
  w->timeout_ms = -1;
  if (on != NULL) on->uses++;
  return w;
}

/* ---- the functions */

/* The handle, which is the first argument; NULL has thrown. */
static handle* arguments(napi_env env, napi_callback_info info, kind wanted, napi_value* values) {
  size_t count = MOST_ARGUMENTS;
  void* data = NULL;
  napi_get_cb_info(env, info, &count, values, NULL, NULL);
  napi_get_value_external(env, values[0], &data);
  handle* const h = data;
  if (h != NULL && (wanted == ANY || wanted == (h->parent == NULL ? DB : TX))) return h;
  napi_throw_type_error(env, NULL, wanted == TX ? "expected a transaction" : "expected a database");
  return NULL;
}

static napi_value open_db(napi_env env, napi_callback_info info) {
  napi_value values[MOST_ARGUMENTS];
  size_t count = MOST_ARGUMENTS;
  napi_get_cb_info(env, info, &count, values, NULL, NULL);
  work* const w = work_new(run_open, NULL);
  if (w == NULL || (w->made = handle_new(NULL)) == NULL) return refuse(env, w, "out of memory");
  return promise(env, w, values, 1);
}

/* Works without other arguments than their handle. */
static napi_value run_on(napi_env env, napi_callback_info info, kind wanted,
                         thing_status (*run)(work*)) {
  napi_value values[MOST_ARGUMENTS];
  handle* const h = arguments(env, info, wanted, values);
  if (h == NULL) return NULL;
  work* const w = work_new(run, h);
  if (w == NULL) return refuse(env, w, "out of memory");
  if (run == run_begin && (w->made = handle_new(h)) == NULL) return refuse(env, w, "out of memory");
  napi_value value = promise(env, w, NULL, 0);
  if (run == run_close && value != NULL) h->is_closed = true; /* for all that comes later */
  return value;
}

static napi_value sync_db(napi_env env, napi_callback_info info) {
  return run_on(env, info, DB, run_sync);
}

static napi_value begin(napi_env env, napi_callback_info info) {
  return run_on(env, info, DB, run_begin);
}

static napi_value commit(napi_env env, napi_callback_info info) {
  return run_on(env, info, TX, run_commit);
}

static napi_value rollback(napi_env env, napi_callback_info info) {
  return run_on(env, info, TX, run_rollback);
}

static napi_value close_db(napi_env env, napi_callback_info info) {
  return run_on(env, info, DB, run_close);
}

static napi_value call(napi_env env, napi_callback_info info) {
  napi_value values[MOST_ARGUMENTS];
  handle* const h = arguments(env, info, ANY, values);
  if (h == NULL) return NULL;
  work* const w = work_new(run_call, h);
  if (w == NULL) return refuse(env, w, "out of memory");
  napi_get_value_int64(env, values[4], &w->timeout_ms);
  return promise(env, w, values + 1, MOST_TEXTS);
}

/* Never blocks. An error is found again, and told, by the call that follows. */
static napi_value look(napi_env env, napi_callback_info info) {
  napi_value values[MOST_ARGUMENTS];
  handle* const h = arguments(env, info, DB, values);
  if (h == NULL || h->is_closed) return NULL;
  thing_buf* out = NULL;
  char* texts[MOST_TEXTS];
  for (int i = 0; i < MOST_TEXTS; i++) texts[i] = text_of(env, values[i + 1]);
  thing_call(h->db, thing_ctx_cached(), texts[0], texts[1], texts[2], -1, &out, NULL);
  for (int i = 0; i < MOST_TEXTS; i++) free(texts[i]);
  return out != NULL ? take_text(env, out) : NULL;
}

/* Throws when there is an error. */
static napi_value answer(napi_env env, thing_buf* out, thing_error* err) {
  if (err != NULL) napi_throw(env, take_error(env, err));
  return out != NULL ? take_text(env, out) : NULL;
}

static napi_value register_models(napi_env env, napi_callback_info info) {
  napi_value values[MOST_ARGUMENTS];
  handle* const h = arguments(env, info, DB, values);
  if (h == NULL) return NULL;
  thing_error* err = h->is_closed ? closed() : NULL;
  char* const json = text_of(env, values[1]);
  if (err == NULL) thing_model_register(h->db, json, -1, &err);
  free(json);
  return answer(env, NULL, err);
}

static napi_value stats(napi_env env, napi_callback_info info) {
  napi_value values[MOST_ARGUMENTS];
  handle* const h = arguments(env, info, DB, values);
  if (h == NULL) return NULL;
  thing_error* err = h->is_closed ? closed() : NULL;
  thing_buf* out = NULL;
  if (err == NULL) thing_cache_stats_json(h->db, false, &out, &err);
  return answer(env, out, err);
}

NAPI_MODULE_INIT() {
  const struct {
    const char* name;
    napi_callback function;
  } functions[] = {
      {"open", open_db},  {"register", register_models},
      {"sync", sync_db},  {"look", look},
      {"call", call},     {"begin", begin},
      {"commit", commit}, {"rollback", rollback},
      {"stats", stats},   {"close", close_db},
  };
  for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
    napi_value function = NULL;
    napi_create_function(env, functions[i].name, NAPI_AUTO_LENGTH, functions[i].function, NULL,
                         &function);
    napi_set_named_property(env, exports, functions[i].name, function);
  }
  return exports;
}
