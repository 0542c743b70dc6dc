#include "catalog.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "packed.h"
#include "string_pool.h"
#include "table.h"

enum { OBJECTS_A_BATCH = 2000, ROWS_A_BATCH = 10000 };

static const char models[] =
    "[{\"name\": \"Maintainer\", \"fields\": {"
    "   \"id\": {\"type\": \"int\", \"default\": {\"fn\": \"autoincrement\"}},"
    "   \"name\": \"text\","
    "   \"email\": {\"type\": \"text\", \"null\": true, \"unique\": true}}},"
    " {\"name\": \"Section\", \"fields\": {"
    "   \"id\": {\"type\": \"int\", \"default\": {\"fn\": \"autoincrement\"}},"
    "   \"name\": {\"type\": \"text\", \"unique\": true}}},"
    " {\"name\": \"Package\", \"fields\": {"
    "   \"id\": {\"type\": \"int\", \"default\": {\"fn\": \"autoincrement\"}},"
    "   \"name\": \"text\", \"version\": \"text\", \"architecture\": \"text\", \"priority\": "
    "\"text?\","
    "   \"sectionId\": \"int?\", \"maintainerId\": \"int?\","
    "   \"installedSize\": \"int?\", \"size\": \"int?\","
    "   \"description\": \"text?\", \"homepage\": \"text?\"},"
    "  \"indexes\": [{\"fields\": [\"name\", \"version\", \"architecture\"], \"unique\": true},"
    "                {\"fields\": [\"sectionId\", \"size\"]}, {\"fields\": [\"maintainerId\"]}]},"
    " {\"name\": \"Dependency\", \"fields\": {"
    "   \"id\": {\"type\": \"int\", \"default\": {\"fn\": \"autoincrement\"}},"
    "   \"packageId\": \"int\","
    "   \"kind\": {\"type\": \"enum\", \"values\": [\"depends\", \"pre-depends\", \"recommends\", "
    "\"suggests\"]},"
    "   \"clause\": \"int\", \"target\": \"text\", \"targetId\": \"int?\", \"constraint\": "
    "\"text?\"},"
    "  \"indexes\": [{\"fields\": [\"packageId\"]}, {\"fields\": [\"target\", \"kind\"]}, "
    "{\"fields\": [\"targetId\"]}]}]";

/* In the order of deb_kind. */
static const char* const kinds[DEB_KINDS] = {"depends", "pre-depends", "recommends", "suggests"};

/* ---- failures */

void give_up(const char* format, ...) {
  va_list args;
  va_start(args, format);
  fputs("packages: ", stderr);
  vfprintf(stderr, format, args);
  fputs("\n", stderr);
  va_end(args);
  exit(1);
}

thing_status must(thing_status status, thing_error** err, const char* doing) {
  if (status >= 0) return status;
  give_up("%s: %s [%s]", doing, thing_error_message(*err), thing_status_name(status));
}

/* ---- opening */

static thing_db* open_file(const char* path) {
  thing_error* err = NULL;
  thing_db* db = NULL;
  size_t size = strlen(path) + sizeof "sqlite:";
  char* url = must_alloc(size, 1);
  snprintf(url, size, "sqlite:%s", path);
  if (thing_open(url, -1, &db, &err) < 0)
    give_up("opening '%s': %s", path, thing_error_message(err));
  free(url);
  return db;
}

/* A database that has tables, but not these, is somebody else's. */
static void refuse_foreign_tables(thing_db* db, const char* path) {
  static const char sql[] =
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE "
      "'\\' AND name "
      "NOT IN ('maintainers', 'sections', 'packages', 'dependencies') ORDER BY name LIMIT 1";
  thing_error* err = NULL;
  thing_rows* rows = NULL;
  int64_t len = 0;
  must(thing_sql(db, NULL, sql, -1, NULL, 0, &rows, &err), &err, "looking at the database");
  if (thing_rows_count(rows) > 0) {
    const char* name = packed_get_text(thing_rows_packed(rows, &len), 0, 0);
    give_up("'%s' holds other data (table '%s'); give the name of a new file", path, name);
  }
  thing_rows_free(rows);
}

static catalog register_models(thing_db* db) {
  thing_error* err = NULL;
  must(thing_model_register(db, models, -1, &err), &err, "registering the models");
  return (catalog){db, thing_model_find(db, "Maintainer", -1), thing_model_find(db, "Section", -1),
                   thing_model_find(db, "Package", -1), thing_model_find(db, "Dependency", -1)};
}

catalog catalog_open(const char* path) {
  thing_error* err = NULL;
  thing_db* db = open_file(path);
  refuse_foreign_tables(db, path);
  catalog c = register_models(db);
  must(thing_schema_sync(db, NULL, &err), &err, "creating the tables");
  return c;
}

catalog catalog_open_again(const char* path) { return register_models(open_file(path)); }

void catalog_close(catalog* c) {
  thing_close(c->db);
  *c = (catalog){0};
}

/* ---- loading */

typedef struct loading {
  catalog* catalog;
  const deb_index* index;
  thing_ctx* ctx; /* carries the transaction */
  int64_t *maintainer_ids, *section_ids, *package_ids;
  thing_obj** objects; /* of the running batch */
} loading;

static void set_text(thing_obj* o, int32_t field, const char* text) {
  thing_error* err = NULL;
  if (text != NULL) must(thing_obj_set_text(o, field, text, -1, &err), &err, "setting a text");
}

/* Unknown numbers are below zero and stay unset, which saves NULL. */
static void set_number(thing_obj* o, int32_t field, int64_t number) {
  thing_error* err = NULL;
  if (number >= 0) must(thing_obj_set_int64(o, field, number, &err), &err, "setting a number");
}

static int64_t id_at(const int64_t* ids, int32_t place) { return place >= 0 ? ids[place] : -1; }

static thing_obj* new_object(const thing_model* model) {
  thing_obj* o = thing_obj_new(model);
  if (o == NULL) give_up("out of memory");
  return o;
}

static thing_obj* maintainer_object(const loading* l, size_t i) {
  thing_obj* o = new_object(l->catalog->maintainer);
  set_text(o, MAINTAINER_NAME, l->index->maintainers[i].name);
  set_text(o, MAINTAINER_EMAIL, l->index->maintainers[i].email);
  return o;
}

static thing_obj* section_object(const loading* l, size_t i) {
  thing_obj* o = new_object(l->catalog->section);
  set_text(o, SECTION_NAME, l->index->sections[i].name);
  return o;
}

static thing_obj* package_object(const loading* l, size_t i) {
  const deb_package* p = &l->index->packages[i];
  thing_obj* o = new_object(l->catalog->package);
  set_text(o, PACKAGE_NAME, p->name);
  set_text(o, PACKAGE_VERSION, p->version);
  set_text(o, PACKAGE_ARCHITECTURE, p->architecture);
  set_text(o, PACKAGE_PRIORITY, p->priority);
  set_number(o, PACKAGE_SECTION_ID, id_at(l->section_ids, p->section));
  set_number(o, PACKAGE_MAINTAINER_ID, id_at(l->maintainer_ids, p->maintainer));
  set_number(o, PACKAGE_INSTALLED_SIZE, p->installed_size);
  set_number(o, PACKAGE_SIZE, p->size);
  set_text(o, PACKAGE_DESCRIPTION, p->description);
  set_text(o, PACKAGE_HOMEPAGE, p->homepage);
  return o;
}

typedef thing_obj* (*object_maker)(const loading* l, size_t i);

/* Saves count objects in batches; the ids that the database gave are kept in order. */
static int64_t* save_objects(loading* l, const char* what, size_t count, object_maker make) {
  thing_error* err = NULL;
  int64_t* ids = must_alloc(count, sizeof *ids);
  progress_bar bar = progress_start("saving  ", what, (int64_t)count);
  for (size_t at = 0; at < count;) {
    size_t n = count - at < OBJECTS_A_BATCH ? count - at : OBJECTS_A_BATCH;
    for (size_t i = 0; i < n; i++) l->objects[i] = make(l, at + i);
    must(thing_save_many(l->catalog->db, l->ctx, l->objects, (int64_t)n, &err), &err, what);
    for (size_t i = 0; i < n; i++) {
      ids[at + i] = thing_obj_id(l->objects[i]);
      thing_obj_free(l->objects[i]);
    }
    at += n;
    progress_show(&bar, (int64_t)at);
  }
  progress_end(&bar);
  return ids;
}

static void pack_dependency(const loading* l, packed_writer* w, const deb_dependency* d) {
  packed_row(w);
  packed_int(w, DEPENDENCY_PACKAGE_ID, l->package_ids[d->package]);
  packed_text(w, DEPENDENCY_KIND, kinds[d->kind]);
  packed_int(w, DEPENDENCY_CLAUSE, d->clause);
  packed_text(w, DEPENDENCY_TARGET, d->target);
  if (d->target_package >= 0) {
    packed_int(w, DEPENDENCY_TARGET_ID, l->package_ids[d->target_package]);
  } else {
    packed_null(w, DEPENDENCY_TARGET_ID);
  }
  packed_text(w, DEPENDENCY_CONSTRAINT, d->constraint);
}

/* The many small rows go as packed batches: no object is made for any of them. */
static void save_dependencies(loading* l) {
  thing_error* err = NULL;
  size_t count = l->index->dependency_count;
  packed_writer writer = {0};
  progress_bar bar = progress_start("saving  ", "dependencies", (int64_t)count);
  for (size_t at = 0; at < count;) {
    packed_start(&writer, l->catalog->dependency);
    while (at < count && writer.rows < ROWS_A_BATCH)
      pack_dependency(l, &writer, &l->index->dependencies[at++]);
    int64_t len = 0;
    uint8_t* batch = packed_finish(&writer, &len);
    must(thing_save_packed(l->catalog->db, l->ctx, l->catalog->dependency, batch, len, NULL, 0,
                           &err),
         &err, "saving the dependencies");
    free(batch);
    progress_show(&bar, (int64_t)at);
  }
  progress_end(&bar);
  packed_free(&writer);
}

/* Deleting everything has to be said: THING_BULK_ALL. */
static int64_t delete_all(catalog* c, thing_ctx* ctx, const thing_model* model) {
  thing_error* err = NULL;
  int64_t affected = 0;
  thing_criteria* all = thing_criteria_new(model);
  must(thing_delete_where(c->db, ctx, all, THING_DELETE_HARD, THING_BULK_ALL, &affected, &err),
       &err, "deleting the rows of the earlier run");
  thing_criteria_free(all);
  return affected;
}

static int64_t delete_earlier_run(catalog* c, thing_ctx* ctx) {
  return delete_all(c, ctx, c->dependency) + delete_all(c, ctx, c->package) +
         delete_all(c, ctx, c->section) + delete_all(c, ctx, c->maintainer);
}

int64_t catalog_load(catalog* c, const deb_index* index) {
  thing_error* err = NULL;
  thing_tx* tx = NULL;
  must(thing_tx_begin(c->db, NULL, THING_TX_DEFAULT, &tx, &err), &err, "beginning the transaction");
  loading l = {.catalog = c, .index = index, .ctx = thing_tx_ctx(tx)};
  l.objects = must_alloc(OBJECTS_A_BATCH, sizeof(thing_obj*));
  int64_t replaced = delete_earlier_run(c, l.ctx);
  l.maintainer_ids = save_objects(&l, "maintainers", index->maintainer_count, maintainer_object);
  l.section_ids = save_objects(&l, "sections", index->section_count, section_object);
  l.package_ids = save_objects(&l, "packages", index->package_count, package_object);
  save_dependencies(&l);
  must(thing_tx_commit(tx, &err), &err, "committing");
  thing_tx_free(tx);
  free(l.maintainer_ids);
  free(l.section_ids);
  free(l.package_ids);
  free(l.objects);
  return replaced;
}
