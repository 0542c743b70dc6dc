/* Makes and frees objects of all kinds, over and over, and looks whether memory stays what it was.
 * Prints TAP. usage: leak [OBJECTS] */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thing.h>
#include <unistd.h>

enum { ROWS = 20, OBJECTS_A_ROUND = ROWS + 6, KIB = 1024, ALLOWED = 1024 };

static const char model[] =
    "{\"name\": \"Note\", \"fields\": {\"id\": \"int\", \"text\": {\"type\": \"text\", \"unique\": "
    "true},"
    " \"extra\": \"json?\", \"parentId\": \"int?\"},"
    " \"relations\": {\"parent\": {\"belongs_to\": \"Note\"}, \"children\": {\"has_many\": "
    "\"Note\"}}}";

static int64_t calls, wrong;

/* Counts what did not go as it should; the error is freed. */
static void expect(thing_status wanted, thing_status status, thing_error** err) {
  calls++;
  if (status != wanted && wrong++ < 5) {
    fprintf(stderr, "%s, not %s: %s\n", thing_status_name(status), thing_status_name(wanted),
            thing_error_message(*err));
  }
  thing_buf* json = *err != NULL ? thing_error_json(*err) : NULL;
  thing_buf_free(json);
  thing_error_free(*err);
  *err = NULL;
}

static thing_status hook(void* user, int32_t event, thing_db* db, thing_ctx* ctx, thing_obj* obj,
                         thing_error** err) {
  (void)user, (void)event, (void)db, (void)ctx, (void)obj;
  return thing_error_set(err, THING_E_CALLBACK, "no", -1);
}

/* Objects in memory, and one that is not saved as its text is taken, nor as a hook refuses. */
static void make(thing_db* db, const thing_model* m) {
  thing_error* err = NULL;
  thing_buf* json = NULL;
  thing_obj *copy = NULL, *obj = thing_obj_new(m);
  int64_t id = 0;
  expect(THING_OK, thing_obj_set_int64(obj, 0, 999, &err), &err);
  expect(THING_OK,
         thing_obj_assign_json(obj, "{\"text\": \"t1\", \"extra\": {\"a\": [1]}}", -1, &err), &err);
  expect(THING_OK, thing_obj_json_set(obj, 2, "/a/-", -1, "\"two\"", -1, &err), &err);
  expect(THING_OK, thing_obj_replicate(obj, NULL, 0, &copy, &err), &err);
  expect(THING_OK, thing_obj_json(copy, 0, &json, &err), &err);
  expect(THING_E_INVALID, thing_obj_assign_json(obj, "{\"nothing\": 1}", -1, &err), &err);
  expect(THING_E_UNIQUE, thing_save(db, NULL, obj, &err), &err);
  expect(THING_OK, thing_hook_add(db, m, THING_ON_BEFORE_SAVE, hook, NULL, NULL, &id, &err), &err);
  expect(THING_E_CALLBACK, thing_save(db, NULL, obj, &err), &err);
  expect(THING_OK, thing_hook_remove(db, id), &err);
  thing_obj* clone = thing_obj_clone(obj);
  thing_obj_free(obj);
  thing_obj_free(clone);
  thing_obj_free(copy);
  thing_buf_free(json);
}

/* Rows and objects of them, which outlive their rows. */
static void query(thing_db* db, const thing_model* m) {
  thing_error* err = NULL;
  thing_rows* rows = NULL;
  thing_obj* objs[ROWS];
  thing_buf* json = NULL;
  expect(THING_OK, thing_query(db, NULL, m, "{\"include\": {\"children\": true}}", -1, &rows, &err),
         &err);
  expect(THING_OK, thing_rows_json(rows, 0, &json, &err), &err);
  for (int64_t i = 0; i < ROWS; i++) objs[i] = thing_rows_obj(rows, i);
  thing_rows_free(rows);
  for (int64_t i = 0; i < ROWS; i++) thing_obj_free(objs[i]);
  thing_buf_free(json);
  expect(THING_E_INVALID, thing_query(db, NULL, m, "{\"wher\": 1}", -1, &rows, &err), &err);
}

/* Reads, a transaction that is taken back, an action, a call that is too late, and a cursor that is
 * left early. */
static void work(thing_db* db, const thing_model* m) {
  thing_error* err = NULL;
  thing_obj *one = NULL, *none = NULL, *parent = NULL;
  thing_tx* tx = NULL;
  thing_buf* json = NULL;
  thing_cursor* cursor = NULL;
  thing_rows* rows = NULL;
  expect(THING_OK, thing_by_id(db, NULL, m, 2, &one, &err), &err);
  expect(THING_NOT_FOUND, thing_by_id(db, NULL, m, 12345, &none, &err), &err);
  expect(THING_OK, thing_related_one(db, NULL, one, "parent", -1, 0, &parent, &err), &err);
  expect(THING_OK, thing_tx_begin(db, NULL, THING_TX_DEFAULT, &tx, &err), &err);
  expect(THING_OK, thing_obj_set_text(one, 1, "other", -1, &err), &err);
  expect(THING_OK, thing_save(db, thing_tx_ctx(tx), one, &err), &err);
  thing_tx_free(tx);
  expect(THING_OK, thing_call(db, NULL, "Note", "findMany", "{\"take\": 2}", -1, &json, &err),
         &err);
  thing_ctx* ctx = thing_ctx_new(db);
  thing_ctx_set_timeout_ms(ctx, 0);
  expect(THING_E_TIMEOUT, thing_reload(db, ctx, one, &err), &err);
  thing_criteria* q = thing_criteria_new(m);
  expect(THING_OK, thing_query_open(db, NULL, q, 3, &cursor, &err), &err);
  expect(THING_OK, thing_cursor_next(cursor, NULL, &rows, &err), &err);
  thing_cursor_free(cursor);
  thing_criteria_free(q);
  thing_ctx_free(ctx);
  thing_rows_free(rows);
  thing_buf_free(json);
  thing_obj_free(parent);
  thing_obj_free(one);
}

/* In KiB; -1 where the system does not tell. */
static int64_t memory(void) {
  long long pages = -1;
  FILE* file = fopen("/proc/self/statm", "r");
  if (file == NULL) return -1;
  const int found = fscanf(file, "%*d %lld", &pages);
  fclose(file);
  return found == 1 ? pages * (sysconf(_SC_PAGESIZE) / KIB) : -1;
}

static void fill(thing_db* db, const thing_model* m) {
  for (int i = 1; i <= ROWS; i++) {
    thing_error* err = NULL;
    thing_obj* obj = thing_obj_new(m);
    char text[16];
    snprintf(text, sizeof text, "t%d", i);
    thing_obj_set_int64(obj, 0, i, NULL);
    thing_obj_set_text(obj, 1, text, -1, NULL);
    thing_obj_set_int64(obj, 3, 1, NULL);
    expect(THING_OK, thing_save(db, NULL, obj, &err), &err);
    thing_obj_free(obj);
  }
}

static void run(thing_db* db, const thing_model* m, int64_t objects) {
  for (int64_t n = 0; n < objects; n += OBJECTS_A_ROUND) {
    make(db, m);
    query(db, m);
    work(db, m);
  }
}

int main(int argc, char** argv) {
  const int64_t objects = argc > 1 ? strtoll(argv[1], NULL, 10) : 1000000;
  thing_db* db = NULL;
  thing_error* err = NULL;
  if (memory() < 0) {
    printf("1..0 # SKIP the system does not tell how much memory a process has\n");
    return 0;
  }
  if (thing_open("sqlite::memory:", -1, &db, &err) < 0 ||
      thing_model_register(db, model, -1, &err) < 0 || thing_schema_sync(db, NULL, &err) < 0) {
    printf("not ok 1 - the database is there\n1..1\n");
    return 1;
  }
  const thing_model* m = thing_model_find(db, "Note", -1);
  fill(db, m);
  run(db, m, objects / 10);
  const int64_t before = memory();
  run(db, m, objects);
  const int64_t grown = memory() - before;
  thing_close(db);
  printf("%s 1 - %" PRId64 " objects leave nothing behind\n# %" PRId64 " KiB more of %" PRId64 "\n",
         grown <= ALLOWED ? "ok" : "not ok", objects, grown, before);
  printf("%s 2 - %" PRId64 " calls gave what they should\n1..2\n", wrong == 0 ? "ok" : "not ok",
         calls);
  return grown <= ALLOWED && wrong == 0 ? 0 : 1;
}
