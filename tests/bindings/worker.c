/* A worker of together.py in C. usage: worker MODELS URL SECONDS NUMBER [stale] */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thing.h>
#include <time.h>

enum { ROWS = 12, GROUPS = 3, ID = 0, TALLY_N = 2, PAGE_TEXT = 1, PAGE_VERSION = 2, MARK_GRP = 1 };

struct worker {
  thing_db* db;
  const thing_model *tally, *page, *mark;
  thing_error* err;
  uint64_t random;
  int64_t start, end; /* of the last call */
  int64_t next_mark, first_mark;
  bool is_stale, has_copy[ROWS + 1];
  int64_t copy[ROWS + 1];
  char* log;
  size_t len, cap;
};

/* ---- what the operations share */

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t below(struct worker* w, int64_t n) {
  w->random ^= w->random << 13;
  w->random ^= w->random >> 7;
  w->random ^= w->random << 17;
  return (int64_t)(w->random % (uint64_t)n);
}

__attribute__((format(printf, 2, 3))) static void log_text(struct worker* w, const char* format,
                                                           ...) {
  if (w->cap - w->len < 128) {
    w->cap = w->cap * 2 + 4096;
    w->log = realloc(w->log, w->cap);
    if (w->log == NULL) exit(2);
  }
  va_list args;
  va_start(args, format);
  w->len += (size_t)vsnprintf(w->log + w->len, w->cap - w->len, format, args);
  va_end(args);
}

static void log_times(struct worker* w) {
  log_text(w, " %" PRId64 " %" PRId64 "\n", w->start, w->end);
}

static void log_done(struct worker* w, const char* what, int64_t key, int64_t value) {
  log_text(w, "%s %" PRId64 " %" PRId64, what, key, value);
  log_times(w);
}

/* Whether the call failed or did not find its row, which is logged then. */
static bool failed(struct worker* w, const char* what, thing_status status) {
  w->end = now();
  if (status == THING_OK) return false;
  log_text(w, "fail %s %s", what, thing_status_name(status));
  log_times(w);
  thing_error_free(w->err);
  w->err = NULL;
  return true;
}

static thing_obj* by_id(struct worker* w, const char* what, const thing_model* m, int64_t row) {
  thing_obj* obj = NULL;
  w->start = now();
  failed(w, what, thing_by_id(w->db, NULL, m, row, &obj, &w->err));
  return obj;
}

static thing_rows* of_group(struct worker* w, const char* what, const thing_model* m,
                            int64_t group) {
  char document[64];
  const int len = snprintf(document, sizeof document, "{\"where\":{\"grp\":%" PRId64 "}}", group);
  thing_rows* rows = NULL;
  w->start = now();
  failed(w, what, thing_query(w->db, NULL, m, document, len, &rows, &w->err));
  return rows;
}

/* ---- operations */

static void incr(struct worker* w) {
  const int64_t row = 1 + below(w, ROWS);
  int64_t n = 0;
  w->start = now();
  if (failed(w, "incr", thing_incr(w->db, NULL, w->tally, row, TALLY_N, 1, &n, &w->err))) return;
  log_done(w, "incr", row, n);
}

static void read_row(struct worker* w) {
  const int64_t row = 1 + below(w, ROWS);
  if (w->is_stale && w->has_copy[row]) {
    w->start = w->end = now();
    log_done(w, "read", row, w->copy[row]);
    return;
  }
  thing_obj* obj = by_id(w, "read", w->tally, row);
  if (obj == NULL) return;
  w->copy[row] = thing_obj_int64(obj, TALLY_N);
  w->has_copy[row] = true;
  thing_obj_free(obj);
  log_done(w, "read", row, w->copy[row]);
}

static void list(struct worker* w) {
  const int64_t group = below(w, GROUPS);
  thing_rows* rows = of_group(w, "list", w->tally, group);
  if (rows == NULL) return;
  log_text(w, "list %" PRId64 " ", group);
  for (int64_t i = 0; i < thing_rows_count(rows); i++) {
    thing_obj* obj = thing_rows_obj(rows, i);
    log_text(w, "%s%" PRId64 ":%" PRId64, i > 0 ? "," : "", thing_obj_id(obj),
             thing_obj_int64(obj, TALLY_N));
    thing_obj_free(obj);
  }
  if (thing_rows_count(rows) == 0) log_text(w, "-");
  log_times(w);
  thing_rows_free(rows);
}

static void save(struct worker* w) {
  const int64_t row = 1 + below(w, ROWS);
  thing_obj* obj = by_id(w, "save", w->page, row);
  if (obj == NULL) return;
  char text[32];
  snprintf(text, sizeof text, "%" PRId64, below(w, INT64_MAX));
  thing_obj_set_text(obj, PAGE_TEXT, text, -1, NULL);
  w->start = now();
  if (!failed(w, "save", thing_save(w->db, NULL, obj, &w->err))) {
    log_done(w, "save", row, thing_obj_int64(obj, PAGE_VERSION));
  }
  thing_obj_free(obj);
}

static void page(struct worker* w) {
  const int64_t row = 1 + below(w, ROWS);
  thing_obj* obj = by_id(w, "page", w->page, row);
  if (obj == NULL) return;
  log_done(w, "page", row, thing_obj_int64(obj, PAGE_VERSION));
  thing_obj_free(obj);
}

static void make(struct worker* w) {
  const int64_t row = w->next_mark;
  thing_obj* obj = thing_obj_new(w->mark);
  thing_obj_set_int64(obj, ID, row, NULL);
  thing_obj_set_int64(obj, MARK_GRP, row % GROUPS, NULL);
  w->start = now();
  if (!failed(w, "make", thing_save(w->db, NULL, obj, &w->err))) {
    log_done(w, "make", row, row % GROUPS);
    w->next_mark++;
  }
  thing_obj_free(obj);
}

static void drop(struct worker* w) {
  const int64_t row = w->first_mark;
  if (row == w->next_mark) return;
  w->start = now();
  if (failed(w, "drop", thing_delete_by_id(w->db, NULL, w->mark, row, 0, &w->err))) return;
  log_done(w, "drop", row, row % GROUPS);
  w->first_mark++;
}

static void count(struct worker* w) {
  const int64_t group = below(w, GROUPS);
  thing_criteria* q = thing_criteria_new(w->mark);
  int64_t n = 0;
  thing_criteria_int64(q, MARK_GRP, THING_OP_EQ, group, NULL);
  w->start = now();
  if (!failed(w, "count", thing_query_count(w->db, NULL, q, &n, &w->err))) {
    log_done(w, "count", group, n);
  }
  thing_criteria_free(q);
}

static void marks(struct worker* w) {
  const int64_t group = below(w, GROUPS);
  thing_rows* rows = of_group(w, "marks", w->mark, group);
  if (rows == NULL) return;
  const int64_t* ids = thing_rows_ids(rows);
  log_text(w, "marks %" PRId64 " ", group);
  for (int64_t i = 0; i < thing_rows_count(rows); i++) {
    log_text(w, "%s%" PRId64, i > 0 ? "," : "", ids[i]);
  }
  if (thing_rows_count(rows) == 0) log_text(w, "-");
  log_times(w);
  thing_rows_free(rows);
}

static const struct {
  int percent;
  void (*run)(struct worker*);
} mix[] = {{12, incr}, {35, read_row}, {12, list}, {8, save}, {13, page},
           {5, make},  {5, drop},      {6, count}, {4, marks}};

/* ---- the program */

static void work(struct worker* w, double seconds) {
  const int64_t end = now() + (int64_t)(seconds * 1e9);
  while (now() < end) {
    int64_t dice = below(w, 100);
    size_t i = 0;
    while (dice >= mix[i].percent) dice -= mix[i++].percent;
    mix[i].run(w);
  }
}

static bool open_all(struct worker* w, const char* models, const char* url) {
  char document[4096];
  FILE* file = fopen(models, "rb");
  if (file == NULL) return false;
  const size_t len = fread(document, 1, sizeof document, file);
  fclose(file);
  if (thing_open(url, -1, &w->db, &w->err) < 0) return false;
  if (thing_model_register(w->db, document, (int64_t)len, &w->err) < 0) return false;
  w->tally = thing_model_find(w->db, "Tally", -1);
  w->page = thing_model_find(w->db, "Page", -1);
  w->mark = thing_model_find(w->db, "Mark", -1);
  return true;
}

static void print_all(struct worker* w) {
  thing_buf* stats = NULL;
  thing_cache_stats_json(w->db, false, &stats, NULL);
  fwrite(w->log, 1, w->len, stdout);
  printf("stats %s\n", (const char*)thing_buf_data(stats));
  thing_buf_free(stats);
}

int main(int argc, char** argv) {
  if (argc < 5) {
    fprintf(stderr, "usage: worker MODELS URL SECONDS NUMBER [stale]\n");
    return 2;
  }
  struct worker w = {.is_stale = argc > 5 && strcmp(argv[5], "stale") == 0};
  const int64_t number = strtoll(argv[4], NULL, 10);
  w.random = 0x9e3779b97f4a7c15U * (uint64_t)(number + 1);
  w.first_mark = w.next_mark = number * 1000000 + 1;
  if (!open_all(&w, argv[1], argv[2])) {
    fprintf(stderr, "%s\n", w.err != NULL ? thing_error_message(w.err) : "no models");
    return 2;
  }
  char line[16];
  puts("ready");
  fflush(stdout);
  if (fgets(line, sizeof line, stdin) == NULL) return 2;
  work(&w, strtod(argv[3], NULL));
  print_all(&w);
  thing_close(w.db);
  free(w.log);
  return 0;
}
