#include "questions.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "packed.h"
#include "string_pool.h"
#include "table.h"

enum {
  SHOWN = 8,
  PAGE = 5,
  PAGES_SHOWN = 2,
  HOT_ROWS = 1000,
  READS = 2000,
  CACHED_READS = 50000,
  SQL_BYTES = 512
};

/* ---- small pieces */

static const char* text_of(const thing_obj* o, int32_t field) {
  const char* text = NULL;
  int64_t len = 0;
  return thing_obj_text(o, field, &text, &len) == THING_OK ? text : NULL;
}

static thing_criteria* criteria_for(const thing_model* model) {
  thing_criteria* q = thing_criteria_new(model);
  if (q == NULL) give_up("out of memory");
  return q;
}

/* Conditions give a slot, or a status below zero. */
static void where_text(thing_criteria* q, int32_t field, int32_t op, const char* value) {
  thing_error* err = NULL;
  int32_t slot = thing_criteria_text(q, field, op, value, -1, &err);
  must(slot < 0 ? slot : THING_OK, &err, "adding a condition");
}

static void where_number(thing_criteria* q, int32_t field, int32_t op, int64_t value) {
  thing_error* err = NULL;
  int32_t slot = thing_criteria_int64(q, field, op, value, &err);
  must(slot < 0 ? slot : THING_OK, &err, "adding a condition");
}

static void order_by(thing_criteria* q, int32_t field, bool descending) {
  thing_error* err = NULL;
  must(thing_criteria_order(q, field, descending, THING_NULLS_DEFAULT, &err), &err,
       "adding an order");
}

static void take(thing_criteria* q, int64_t n) {
  thing_error* err = NULL;
  must(thing_criteria_take(q, n, &err), &err, "limiting the rows");
}

static thing_rows* run(const catalog* c, thing_criteria* q, const char* doing) {
  thing_error* err = NULL;
  thing_rows* rows = NULL;
  must(thing_query_run(c->db, NULL, q, &rows, &err), &err, doing);
  return rows;
}

static int64_t count(const catalog* c, thing_criteria* q) {
  thing_error* err = NULL;
  int64_t n = 0;
  must(thing_query_count(c->db, NULL, q, &n, &err), &err, "counting");
  return n;
}

/* Rows of the ids, in their order; an id that has no row would move the rest, so there must be one.
 */
static thing_rows* by_ids(const catalog* c, const thing_model* model, const int64_t* ids,
                          int64_t n) {
  thing_error* err = NULL;
  thing_rows* rows = NULL;
  must(thing_by_ids(c->db, NULL, model, ids, n, &rows, &err), &err, "reading rows by their ids");
  if (thing_rows_count(rows) != n) give_up("a row of %s is missing", thing_model_table(model));
  return rows;
}

static thing_rows* sql(const catalog* c, const char* text, const char* params) {
  thing_error* err = NULL;
  thing_rows* rows = NULL;
  must(thing_sql(c->db, NULL, text, -1, params, -1, &rows, &err), &err, text);
  return rows;
}

static int64_t sql_number(const catalog* c, const char* text, const char* params) {
  thing_rows* rows = sql(c, text, params);
  int64_t len = 0, number = packed_get_int(thing_rows_packed(rows, &len), 0, 0);
  thing_rows_free(rows);
  return number;
}

static void title(const char* what, const char* about, int64_t found, const char* unit,
                  double started) {
  const char* time = show_microseconds(now_microseconds() - started);
  printf("%s%s  (%s %s, %s)\n\n", what, about, show_number(found), unit, time);
}

/* ---- what depends on X */

static thing_criteria* dependents_of(const catalog* c, const char* target) {
  thing_criteria* q = criteria_for(c->dependency);
  thing_error* err = NULL;
  where_text(q, DEPENDENCY_TARGET, THING_OP_EQ, target);
  must(
      thing_criteria_in_json(q, DEPENDENCY_KIND, "[\"depends\", \"pre-depends\"]", -1, false, &err),
      &err, "adding a condition");
  return q;
}

void show_dependents(const catalog* c, const char* target) {
  double started = now_microseconds();
  thing_criteria* q = dependents_of(c, target);
  int64_t all = count(c, q), ids[SHOWN];
  take(q, SHOWN);
  thing_rows* rows = run(c, q, "finding dependents");
  int64_t n = thing_rows_count(rows);
  thing_obj* dependencies[SHOWN];
  for (int64_t i = 0; i < n; i++) {
    dependencies[i] = thing_rows_obj(rows, i);
    ids[i] = thing_obj_int64(dependencies[i], DEPENDENCY_PACKAGE_ID);
  }
  thing_rows* packages = by_ids(c, c->package, ids, n);
  title("What depends on ", target, all, "dependencies", started);
  table* t = table_new("Package|Version|Architecture|Needs");
  for (int64_t i = 0; i < n; i++) {
    thing_obj* package = thing_rows_obj(packages, i);
    table_text(t, text_of(package, PACKAGE_NAME));
    table_text(t, text_of(package, PACKAGE_VERSION));
    table_text(t, text_of(package, PACKAGE_ARCHITECTURE));
    table_text(t, text_of(dependencies[i], DEPENDENCY_CONSTRAINT));
    thing_obj_free(package);
    thing_obj_free(dependencies[i]);
  }
  table_print(t, stdout);
  thing_rows_free(packages);
  thing_rows_free(rows);
  thing_criteria_free(q);
}

/* ---- the biggest maintainers: sums are plain SQL, the rows that belong to them come by id */

void show_maintainers(const catalog* c) {
  double started = now_microseconds();
  char text[SQL_BYTES];
  snprintf(text, sizeof text,
           "SELECT maintainer_id, count(*), CAST(coalesce(sum(installed_size), 0) AS %s) FROM "
           "packages WHERE maintainer_id IS NOT NULL GROUP BY maintainer_id ORDER BY 2 DESC, 1 "
           "LIMIT %d",
           c->target.integer, SHOWN);
  thing_rows* sums = sql(c, text, NULL);
  int64_t len = 0, n = thing_rows_count(sums), ids[SHOWN];
  const uint8_t* batch = thing_rows_packed(sums, &len);
  for (uint32_t i = 0; i < n; i++) ids[i] = packed_get_int(batch, i, 0);
  thing_rows* maintainers = by_ids(c, c->maintainer, ids, n);
  title("The biggest maintainers", "", n, "groups", started);
  table* t = table_new("Maintainer|Address|>Packages|>Installed MiB");
  for (uint32_t i = 0; i < n; i++) {
    thing_obj* maintainer = thing_rows_obj(maintainers, i);
    table_text(t, text_of(maintainer, MAINTAINER_NAME));
    table_text(t, text_of(maintainer, MAINTAINER_EMAIL));
    table_number(t, packed_get_int(batch, i, 1));
    table_number(t, packed_get_int(batch, i, 2) / 1024);
    thing_obj_free(maintainer);
  }
  table_print(t, stdout);
  thing_rows_free(maintainers);
  thing_rows_free(sums);
}

/* ---- the largest packages of a section, page by page: each page starts behind the last row of the
 * one before, however long the list is */

static bool go_to_next_page(thing_criteria* q, const thing_rows* rows) {
  thing_error* err = NULL;
  thing_buf* token = NULL;
  if (must(thing_rows_next(rows, &token, &err), &err, "looking for a next page") == THING_DONE)
    return false;
  must(thing_criteria_after(q, (const char*)thing_buf_data(token), thing_buf_len(token), &err),
       &err, "going to the next page");
  thing_buf_free(token);
  return true;
}

static void add_page(table* t, const thing_rows* rows, int64_t page) {
  for (int64_t i = 0; i < thing_rows_count(rows); i++) {
    thing_obj* o = thing_rows_obj(rows, i);
    table_number(t, page);
    table_text(t, text_of(o, PACKAGE_NAME));
    table_text(t, text_of(o, PACKAGE_VERSION));
    table_number(t, thing_obj_int64(o, PACKAGE_SIZE) / 1024);
    table_number(t, thing_obj_int64(o, PACKAGE_INSTALLED_SIZE));
    thing_obj_free(o);
  }
}

static int64_t section_id(const catalog* c, const char* name) {
  thing_error* err = NULL;
  thing_obj* section = NULL;
  thing_criteria* q = criteria_for(c->section);
  where_text(q, SECTION_NAME, THING_OP_EQ, name);
  must(thing_query_first(c->db, NULL, q, &section, &err), &err, "finding the section");
  int64_t id = thing_obj_id(section); /* 0 when there is none */
  thing_obj_free(section);
  thing_criteria_free(q);
  return id;
}

static thing_criteria* largest_of(const catalog* c, const char* section) {
  thing_criteria* q = criteria_for(c->package);
  where_number(q, PACKAGE_SECTION_ID, THING_OP_EQ, section_id(c, section));
  order_by(q, PACKAGE_SIZE, true);
  take(q, PAGE);
  return q;
}

void show_section(const catalog* c, const char* section) {
  double started = now_microseconds();
  thing_criteria* q = largest_of(c, section);
  table* t = table_new(">Page|Package|Version|>Size KiB|>Installed KiB");
  int64_t pages = 0, rows_seen = 0;
  for (bool more = true; more;) {
    thing_rows* rows = run(c, q, "reading a page");
    if (pages++ < PAGES_SHOWN) add_page(t, rows, pages);
    rows_seen += thing_rows_count(rows);
    more = go_to_next_page(q, rows);
    thing_rows_free(rows);
  }
  printf("%s pages of %d: ", show_number(pages), PAGE);
  title("the largest of section ", section, rows_seen, "packages", started);
  table_print(t, stdout);
  thing_criteria_free(q);
}

/* ---- names that start with ... */

void show_names(const catalog* c, const char* prefix) {
  double started = now_microseconds();
  thing_criteria* q = criteria_for(c->package);
  where_text(q, PACKAGE_NAME, THING_OP_STARTS_WITH, prefix);
  order_by(q, PACKAGE_NAME, false);
  int64_t all = count(c, q);
  take(q, SHOWN);
  thing_rows* rows = run(c, q, "finding names");
  title("Names that start with ", prefix, all, "packages", started);
  table* t = table_new("Package|Version|Description");
  for (int64_t i = 0; i < thing_rows_count(rows); i++) {
    thing_obj* o = thing_rows_obj(rows, i);
    table_text(t, text_of(o, PACKAGE_NAME));
    table_text(t, text_of(o, PACKAGE_VERSION));
    table_text(t, text_of(o, PACKAGE_DESCRIPTION));
    thing_obj_free(o);
  }
  table_print(t, stdout);
  thing_rows_free(rows);
  thing_criteria_free(q);
}

/* ---- one package as JSON */

void show_json(const catalog* c, const char* name) {
  thing_error* err = NULL;
  thing_obj* package = NULL;
  thing_buf* json = NULL;
  double started = now_microseconds();
  thing_criteria* q = criteria_for(c->package);
  where_text(q, PACKAGE_NAME, THING_OP_EQ, name);
  if (must(thing_query_first(c->db, NULL, q, &package, &err), &err, "finding the package") ==
      THING_OK) {
    must(thing_obj_json(package, 0, &json, &err), &err, "printing the package");
    title("As JSON: ", name, thing_buf_len(json), "bytes", started);
    printf("  %s\n\n", (const char*)thing_buf_data(json));
  }
  thing_buf_free(json);
  thing_obj_free(package);
  thing_criteria_free(q);
}

/* ---- the cache: the same reads with and without it, and a write by another handle */

/* Microseconds that a read takes: of so many, or of those of half a second. */
static double time_reads(const catalog* c, int32_t flags, const int64_t* ids, int64_t n,
                         int64_t reads) {
  thing_error* err = NULL;
  thing_ctx* ctx = thing_ctx_new(c->db);
  thing_ctx_set_flags(ctx, flags);
  double started = now_microseconds();
  int64_t sum = 0, i = 0;
  for (; i < reads && now_microseconds() - started < 5e5; i++) {
    thing_obj* package = NULL;
    must(thing_by_id(c->db, ctx, c->package, ids[i % n], &package, &err), &err,
         "reading a package");
    sum += thing_obj_int64(package, PACKAGE_SIZE);
    thing_obj_free(package);
  }
  double each = (now_microseconds() - started) / (double)i;
  thing_ctx_free(ctx);
  if (sum < 0) give_up("sizes below zero");
  return each;
}

static thing_rows* hot_packages(const catalog* c) {
  thing_criteria* q = criteria_for(c->package);
  take(q, HOT_ROWS);
  thing_rows* rows = run(c, q, "choosing packages to read");
  thing_criteria_free(q);
  return rows;
}

static bool is_cached(const catalog* c, int64_t id) {
  thing_error* err = NULL;
  thing_obj* package = NULL;
  must(thing_by_id(c->db, NULL, c->package, id, &package, &err), &err, "reading a package");
  bool cached = (thing_obj_state(package) & THING_OBJ_FROM_CACHE) != 0;
  thing_obj_free(package);
  return cached;
}

static void add_reads(table* t, const char* from, double each) {
  table_text(t, from);
  table_text(t, show_microseconds(each));
  table_number(t, (int64_t)(1e6 / each));
}

/* What stands behind the speed: a file tells of every commit, a server tells nobody. */
static void explain_cache(const catalog* c, bool cached, double faster) {
  if (!cached) {
    printf(
        "  A server does not tell of what others write, so the cache is off unless the URL says "
        "cache=memory.\n\n");
  } else {
    printf("  The cache is %.0f times as fast, and %s.\n\n", faster,
           c->target.is_server ? "right while nobody but this handle writes"
                               : "each of its answers is checked against the file first");
  }
}

void show_cache(const catalog* c) {
  thing_error* err = NULL;
  thing_rows* rows = hot_packages(c);
  const int64_t* ids = thing_rows_ids(rows);
  int64_t n = thing_rows_count(rows);
  must(thing_cache_warm(c->db, NULL, c->package, ids, n, &err), &err, "filling the cache");
  bool cached = is_cached(c, ids[0]);
  double slow = time_reads(c, THING_CTX_NO_CACHE_READ | THING_CTX_NO_CACHE_WRITE, ids, n, READS);
  double fast = cached ? time_reads(c, 0, ids, n, CACHED_READS) : slow;
  printf("Reading %s packages by id, again and again\n\n", show_number(n));
  table* t = table_new("Answer from|>A read|>Reads a second");
  add_reads(t, "the database", slow);
  if (cached) add_reads(t, "the cache", fast);
  table_print(t, stdout);
  explain_cache(c, cached, slow / fast);
  thing_rows_free(rows);
}

/* Sets the homepage through one connection and reads it through the other. */
static bool change_is_seen(const catalog* reader, const catalog* writer, thing_obj* package,
                           const char* homepage) {
  thing_error* err = NULL;
  thing_obj* read = NULL;
  int64_t id = thing_obj_id(package);
  if (homepage == NULL) {
    must(thing_obj_set_null(package, PACKAGE_HOMEPAGE, &err), &err, "clearing a homepage");
  } else {
    must(thing_obj_set_text(package, PACKAGE_HOMEPAGE, homepage, -1, &err), &err,
         "setting a homepage");
  }
  must(thing_save(writer->db, NULL, package, &err), &err, "saving a package");
  must(thing_by_id(reader->db, NULL, reader->package, id, &read, &err), &err, "reading it again");
  const char* seen = text_of(read, PACKAGE_HOMEPAGE);
  bool same = homepage == NULL || seen == NULL ? homepage == seen : strcmp(homepage, seen) == 0;
  thing_obj_free(read);
  return same;
}

bool show_foreign_write(const catalog* c) {
  thing_error* err = NULL;
  thing_obj* package = NULL;
  thing_rows* rows = hot_packages(c);
  int64_t id = thing_rows_ids(rows)[0];
  thing_rows_free(rows);
  /* The cache of a server's database is for the one who alone writes to it. */
  if (c->target.is_private || (c->target.is_server && is_cached(c, id))) return true;
  catalog other;
  catalog_open_again(&other, c);
  must(thing_by_id(other.db, NULL, other.package, id, &package, &err), &err, "reading a package");
  thing_obj* before = thing_obj_clone(package);
  bool seen = change_is_seen(c, &other, package, "https://changed.example");
  seen = change_is_seen(c, &other, package, text_of(before, PACKAGE_HOMEPAGE)) && seen;
  printf(
      "  Another connection changed the homepage of %s, and back; the %s after it: "
      "%s.\n\n",
      text_of(before, PACKAGE_NAME), c->target.is_server ? "reads" : "cached reads",
      seen ? "right" : "WRONG");
  thing_obj_free(before);
  thing_obj_free(package);
  catalog_close(&other);
  return seen;
}

/* ---- verification */

typedef struct comparison {
  const char* what;
  int64_t parsed, library, plain;
} comparison;

static int64_t count_all(const catalog* c, const thing_model* model) {
  thing_criteria* q = criteria_for(model);
  int64_t n = count(c, q);
  thing_criteria_free(q);
  return n;
}

static comparison compare_model(const catalog* c, const thing_model* model, const char* plain,
                                size_t parsed) {
  return (comparison){thing_model_table(model), (int64_t)parsed, count_all(c, model),
                      sql_number(c, plain, NULL)};
}

static comparison compare_resolved(const catalog* c, const deb_index* index) {
  thing_error* err = NULL;
  comparison found = {.what = "dependencies on packages of the index"};
  for (size_t i = 0; i < index->dependency_count; i++)
    found.parsed += index->dependencies[i].target_package >= 0;
  thing_criteria* q = criteria_for(c->dependency);
  must(thing_criteria_null(q, DEPENDENCY_TARGET_ID, false, &err), &err, "adding a condition");
  found.library = count(c, q);
  found.plain = sql_number(c,
                           "SELECT count(*) FROM dependencies d JOIN packages p ON p.id = "
                           "d.target_id AND p.name = d.target",
                           NULL);
  thing_criteria_free(q);
  return found;
}

static comparison compare_dependents(const catalog* c, const deb_index* index, const char* target) {
  comparison found = {.what = "dependents in the first table"};
  for (size_t i = 0; i < index->dependency_count; i++) {
    const deb_dependency* d = &index->dependencies[i];
    found.parsed += d->kind <= DEB_PRE_DEPENDS && strcmp(d->target, target) == 0;
  }
  thing_criteria* q = dependents_of(c, target);
  found.library = count(c, q);
  thing_criteria_free(q);
  char *params = must_alloc(strlen(target) * 6 + 8, 1), *out = params;
  *out++ = '[', *out++ = '"';
  for (const char* s = target; *s != '\0'; s++) {
    bool plain = *s != '"' && *s != '\\' && (unsigned char)*s >= ' ';
    if (plain) *out++ = *s;
    if (!plain) out += sprintf(out, "\\u%04x", (unsigned char)*s);
  }
  strcpy(out, "\"]");
  found.plain = sql_number(
      c,
      "SELECT count(*) FROM dependencies WHERE target = ? AND kind IN ('depends', 'pre-depends')",
      params);
  free(params);
  return found;
}

/* The sum of a field over all packages: rows streamed in batches, read out of their packed form. */
static int64_t streamed_sum(const catalog* c, uint32_t field) {
  thing_error* err = NULL;
  thing_cursor* cursor = NULL;
  thing_rows* rows = NULL;
  thing_criteria* q = criteria_for(c->package);
  int64_t sum = 0, len = 0;
  must(thing_query_open(c->db, NULL, q, 1000, &cursor, &err), &err, "opening a stream");
  while (must(thing_cursor_next(cursor, NULL, &rows, &err), &err, "reading a stream") == THING_OK) {
    const uint8_t* batch = thing_rows_packed(rows, &len);
    for (uint32_t i = 0; i < packed_rows(batch); i++) sum += packed_get_int(batch, i, field);
    thing_rows_free(rows);
  }
  thing_cursor_free(cursor);
  thing_criteria_free(q);
  return sum;
}

static comparison compare_sizes(const catalog* c, const deb_index* index) {
  comparison found = {.what = "bytes of all packages"};
  for (size_t i = 0; i < index->package_count; i++)
    if (index->packages[i].size > 0) found.parsed += index->packages[i].size;
  found.library = streamed_sum(c, PACKAGE_SIZE);
  char text[SQL_BYTES];
  snprintf(text, sizeof text, "SELECT CAST(coalesce(sum(size), 0) AS %s) FROM packages",
           c->target.integer);
  found.plain = sql_number(c, text, NULL);
  return found;
}

static comparison compare_biggest_maintainer(const catalog* c, const deb_index* index) {
  comparison found = {.what = "packages of the biggest maintainer"};
  size_t biggest = 0;
  for (size_t i = 0; i < index->maintainer_count; i++)
    if (index->maintainers[i].packages > index->maintainers[biggest].packages) biggest = i;
  if (index->maintainer_count > 0) found.parsed = index->maintainers[biggest].packages;
  int64_t id = sql_number(
      c,
      "SELECT coalesce((SELECT maintainer_id FROM packages WHERE maintainer_id IS NOT NULL "
      "GROUP BY 1 ORDER BY count(*) DESC LIMIT 1), 0)",
      NULL);
  thing_criteria* q = criteria_for(c->package);
  where_number(q, PACKAGE_MAINTAINER_ID, THING_OP_EQ, id);
  found.library = count(c, q);
  found.plain =
      sql_number(c,
                 "SELECT coalesce(max(n), 0) FROM (SELECT count(*) AS n FROM packages WHERE "
                 "maintainer_id IS NOT NULL GROUP BY maintainer_id) AS counted",
                 NULL);
  thing_criteria_free(q);
  return found;
}

int verify(const catalog* c, const deb_index* index, const char* target) {
  const comparison all[] = {
      compare_model(c, c->package, "SELECT count(*) FROM packages", index->package_count),
      compare_model(c, c->maintainer, "SELECT count(*) FROM maintainers", index->maintainer_count),
      compare_model(c, c->section, "SELECT count(*) FROM sections", index->section_count),
      compare_model(c, c->dependency, "SELECT count(*) FROM dependencies", index->dependency_count),
      compare_resolved(c, index),
      compare_dependents(c, index, target),
      compare_sizes(c, index),
      compare_biggest_maintainer(c, index)};
  int differences = 0, n = sizeof all / sizeof all[0];
  table* t = table_new("Count of|>Parsed|>libthing|>Plain SQL|Verdict");
  for (int i = 0; i < n; i++) {
    bool same = all[i].parsed == all[i].library && all[i].library == all[i].plain;
    differences += !same;
    table_text(t, all[i].what);
    table_number(t, all[i].parsed);
    table_number(t, all[i].library);
    table_number(t, all[i].plain);
    table_text(t, same ? "same" : "DIFFERENT");
  }
  table_print(t, stdout);
  if (differences == 0) printf("Verified: %d of %d counts are the same.\n", n, n);
  return differences;
}
