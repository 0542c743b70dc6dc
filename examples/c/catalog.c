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

/* In the order in which their rows can be deleted. */
static const char* const tables[CATALOG_TABLES] = {"dependencies", "packages", "sections",
                                                   "maintainers"};

/* ---- failures */

/* Opened, but without an index in it so far: what is made in it goes when the program gives up. */
static catalog* unfinished;

/* Not by a rollback alone: with MySQL and MariaDB a table that was created stays. */
static void drop_new_tables(const catalog* c) {
  thing_db* db = NULL;
  if (thing_open(c->target.url, -1, &db, NULL) < 0) return;
  for (int i = 0; i < CATALOG_TABLES; i++) {
    char sql[64];
    snprintf(sql, sizeof sql, "DROP TABLE IF EXISTS %s", tables[i]);
    if (!c->was_there[i] && thing_exec(db, NULL, sql, -1, NULL, 0, NULL, NULL, NULL) < 0)
      fprintf(stderr, "packages: the new table '%s' could not be dropped\n", tables[i]);
  }
  thing_close(db);
}

/* With the files that SQLite keeps beside it, when even closing failed. */
static void remove_file(const char* path) {
  static const char* const ends[] = {"", "-wal", "-shm"};
  for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
    char* name = must_join(path, ends[i]);
    remove(name);
    free(name);
  }
}

static void leave_as_found(catalog* c) {
  thing_close(c->db); /* rolls back */
  if (c->target.new_file != NULL) {
    remove_file(c->target.new_file);
  } else if (!c->target.is_private) {
    drop_new_tables(c);
  }
}

void give_up(const char* format, ...) {
  va_list args;
  va_start(args, format);
  fputs("packages: ", stderr);
  vfprintf(stderr, format, args);
  fputs("\n", stderr);
  va_end(args);
  if (unfinished != NULL) leave_as_found(unfinished);
  exit(1);
}

thing_status must(thing_status status, thing_error** err, const char* doing) {
  if (status >= 0) return status;
  give_up("%s: %s [%s]", doing, thing_error_message(*err), thing_status_name(status));
}

/* ---- opening */

static thing_db* open_target(const db_target* t) {
  thing_error* err = NULL;
  thing_db* db = NULL;
  if (thing_open(t->url, -1, &db, &err) < 0)
    give_up("opening '%s': %s", t->shown, thing_error_message(err));
  return db;
}

static int find_table(const char* name) {
  int i = 0;
  while (i < CATALOG_TABLES && strcmp(tables[i], name) != 0) i++;
  return i;
}

/* A database that has tables, but not these, is somebody else's. */
static void look_at_tables(catalog* c) {
  thing_error* err = NULL;
  thing_rows* rows = NULL;
  int64_t len = 0;
  must(thing_sql(c->db, NULL, c->target.tables, -1, NULL, 0, &rows, &err), &err,
       "looking at the database");
  const uint8_t* batch = thing_rows_packed(rows, &len);
  for (uint32_t i = 0; i < thing_rows_count(rows); i++) {
    const char* name = packed_get_text(batch, i, 0);
    int place = find_table(name);
    if (place == CATALOG_TABLES)
      give_up("'%s' holds other data (table '%s'); give %s", c->target.shown, name,
              c->target.is_server ? "another database" : "the name of a new file");
    c->was_there[place] = true;
  }
  thing_rows_free(rows);
}

static void register_models(catalog* c) {
  thing_error* err = NULL;
  must(thing_model_register(c->db, models, -1, &err), &err, "registering the models");
  c->maintainer = thing_model_find(c->db, "Maintainer", -1);
  c->section = thing_model_find(c->db, "Section", -1);
  c->package = thing_model_find(c->db, "Package", -1);
  c->dependency = thing_model_find(c->db, "Dependency", -1);
}

void catalog_open(catalog* c, const char* database) {
  thing_error* err = NULL;
  *c = (catalog){.target = target_of(database)};
  c->db = open_target(&c->target);
  look_at_tables(c);
  unfinished = c;
  register_models(c);
  must(thing_schema_sync(c->db, NULL, &err), &err, "creating the tables");
}

void catalog_open_again(catalog* c, const catalog* first) {
  *c = (catalog){.target = target_of(first->target.url)};
  c->db = open_target(&c->target);
  register_models(c);
}

void catalog_close(catalog* c) {
  thing_close(c->db);
  target_free(&c->target);
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
  unfinished = NULL;
  thing_tx_free(tx);
  free(l.maintainer_ids);
  free(l.section_ids);
  free(l.package_ids);
  free(l.objects);
  return replaced;
}
