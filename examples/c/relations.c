/* Authors, their books and the books' tags: saved together, asked for together, linked and taken
 * apart again.
 *
 * usage: relations [URL]
 *
 * URL is one of thing_open; without it all is in memory. It ends with 1 when something is not as it
 * expects. */
#include "example.h"

static const char models[] =
    "[{\"name\": \"Author\", \"table\": \"example_authors\","
    "  \"fields\": {\"id\": {\"type\": \"int\", \"default\": {\"fn\": \"autoincrement\"}},"
    "               \"name\": \"text\"},"
    "  \"relations\": {\"books\": {\"has_many\": \"Volume\"}}},"
    " {\"name\": \"Volume\", \"table\": \"example_volumes\","
    "  \"fields\": {\"id\": {\"type\": \"int\", \"default\": {\"fn\": \"autoincrement\"}},"
    "               \"title\": \"text\", \"authorId\": \"int?\"},"
    "  \"hidden\": [\"id\", \"authorId\"],"
    "  \"relations\": {\"author\": {\"belongs_to\": \"Author\", \"on_delete\": \"cascade\"},"
    "                  \"tags\": {\"many_to_many\": \"Tag\", \"table\": \"example_tagged\"}}},"
    " {\"name\": \"Tag\", \"table\": \"example_tags\","
    "  \"fields\": {\"word\": {\"type\": \"text\", \"primary\": true}}}]";

/* An author with a book that has a tag: one call, one transaction, parents first. */
static void save_together(thing_db* db) {
  thing_error* err = NULL;
  thing_obj* ann = make(db, "Author", "{\"name\": \"Ann\"}");
  thing_obj* book = make(db, "Volume", "{\"title\": \"Alpha\"}");
  thing_obj* tag = make(db, "Tag", "{\"word\": \"new\"}");
  check(thing_obj_add_related(ann, "books", -1, book, &err), "adding a book", &err);
  check(thing_obj_add_related(book, "tags", -1, tag, &err), "adding a tag", &err);
  check(thing_save(db, NULL, ann, &err), "saving", &err);
  thing_obj_free(tag);
  thing_obj_free(book);
  thing_obj_free(ann);
  act(db, NULL, "Author", "findMany",
      "{\"select\": {\"name\": true, \"books\": {\"include\": {\"tags\": true}}}}",
      "[{\"name\":\"Ann\",\"books\":[{\"title\":\"Alpha\",\"tags\":[{\"word\":\"new\"}]}]}]");
}

static void add_more(thing_db* db) {
  act(db, NULL, "Author", "create", "{\"data\": {\"name\": \"Bob\"}, \"select\": [\"name\"]}",
      "{\"name\":\"Bob\"}");
  act(db, NULL, "Volume", "createMany",
      "{\"data\": [{\"title\": \"Beta\", \"authorId\": 1}, {\"title\": \"Gamma\", \"authorId\": 1},"
      " {\"title\": \"Delta\", \"authorId\": 2}]}",
      "{\"count\":3}");
  act(db, NULL, "Tag", "createMany", "{\"data\": [{\"word\": \"old\"}, {\"word\": \"rare\"}]}",
      "{\"count\":2}");
}

/* Statements that the handle has sent. */
static int64_t statements(thing_db* db) { return thing_cache_stat(db, THING_STAT_SQL); }

/* However many authors there are, their books take one statement. */
static void ask(thing_db* db) {
  thing_error* err = NULL;
  thing_rows* rows = NULL;
  thing_buf* json = NULL;
  const char* query =
      "{\"orderBy\": {\"name\": \"asc\"},"
      " \"include\": {\"books\": {\"orderBy\": {\"title\": \"desc\"}, \"take\": 2}}}";
  int64_t before = statements(db);
  check(thing_query(db, NULL, thing_model_find(db, "Author", -1), query, -1, &rows, &err),
        "querying", &err);
  printf("authors and two books of each, in %d statements\n", (int)(statements(db) - before));
  if (statements(db) - before > 2) give_up("more than a statement a table", NULL);
  check(thing_rows_json(rows, 0, &json, &err), "printing", &err);
  expect((const char*)thing_buf_data(json),
         "[{\"id\":1,\"name\":\"Ann\",\"books\":[{\"title\":\"Gamma\"},{\"title\":\"Beta\"}]},"
         "{\"id\":2,\"name\":\"Bob\",\"books\":[{\"title\":\"Delta\"}]}]");
  thing_buf_free(json);
  thing_rows_free(rows);
  act(db, NULL, "Author", "findMany",
      "{\"where\": {\"books\": {\"none\": {\"title\": {\"startsWith\": \"A\"}}}},"
      " \"select\": [\"name\"]}",
      "[{\"name\":\"Bob\"}]");
}

/* The book's tags are these and no others. */
static void link_tags(thing_db* db) {
  thing_error* err = NULL;
  thing_obj* book = NULL;
  int64_t added = 0, removed = 0;
  check(thing_by_id(db, NULL, thing_model_find(db, "Volume", -1), 1, &book, &err), "reading", &err);
  check(thing_link(db, NULL, book, "tags", -1, THING_LINK_SET, "[\"old\", \"rare\"]", -1, NULL, 0,
                   &added, &removed, &err),
        "linking", &err);
  printf("tags of the first book: %d added, %d removed\n", (int)added, (int)removed);
  thing_obj_free(book);
  act(db, NULL, "Volume", "findUnique",
      "{\"where\": {\"id\": 1}, \"include\": {\"tags\": {\"orderBy\": {\"word\": \"asc\"}}}}",
      "{\"title\":\"Alpha\",\"tags\":[{\"word\":\"old\"},{\"word\":\"rare\"}]}");
}

/* Books go with their author; tags stay. */
static void take_apart(thing_db* db) {
  act(db, NULL, "Author", "deleteMany", "{\"all\": true}", "{\"count\":2}");
  act(db, NULL, "Volume", "count", "{}", "0");
  act(db, NULL, "Tag", "deleteMany", "{\"all\": true}", "{\"count\":3}");
}

int main(int argc, char** argv) {
  thing_db* db = open_with(argc, argv, models);
  save_together(db);
  add_more(db);
  ask(db);
  link_tags(db);
  take_apart(db);
  thing_close(db);
  return 0;
}
