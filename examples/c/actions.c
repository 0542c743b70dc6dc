/* A shelf of books through one function: makes them, asks and changes them, all as documents.
 *
 * usage: actions [URL]
 *
 * URL is one of thing_open; without it the books are in memory. It ends with 1 when an answer is
 * not the one that it expects. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thing.h>

static const char model[] =
    "{\"name\": \"Book\", \"table\": \"example_books\", \"fields\": {"
    "  \"id\": {\"type\": \"int\", \"default\": {\"fn\": \"autoincrement\"}},"
    "  \"isbn\": {\"type\": \"text\", \"unique\": true},"
    "  \"title\": \"text\", \"shelf\": \"text\", \"price\": \"decimal\","
    "  \"lent\": {\"type\": \"int\", \"default\": 0}}}";

static void give_up(const char* what, thing_error* err) {
  fprintf(stderr, "actions: %s: %s\n", what, thing_error_message(err));
  thing_error_free(err);
  exit(1);
}

static void print_answer(thing_status status, thing_buf* out) {
  const char* text = status == THING_NOT_FOUND ? "not found" : (const char*)thing_buf_data(out);
  printf("  %s\n", text);
}

/* Runs an action; the answer has to be `expected` (NULL: no such record). */
static void act(thing_db* db, thing_ctx* ctx, const char* action, const char* arguments,
                const char* expected) {
  thing_buf* out = NULL;
  thing_error* err = NULL;
  thing_status status = thing_call(db, ctx, "Book", action, arguments, -1, &out, &err);
  if (status < 0) give_up(action, err);
  printf("%s %s\n", action, arguments);
  print_answer(status, out);
  int as_expected = expected == NULL ? status == THING_NOT_FOUND
                                     : status == THING_OK &&
                                           strcmp((const char*)thing_buf_data(out), expected) == 0;
  thing_buf_free(out);
  if (as_expected) return;
  fprintf(stderr, "actions: expected %s\n", expected == NULL ? "not found" : expected);
  exit(1);
}

/* An action that is refused: the message says where in the document. */
static void refuse(thing_db* db, const char* action, const char* arguments, const char* expected) {
  thing_buf* out = NULL;
  thing_error* err = NULL;
  thing_status status = thing_call(db, NULL, "Book", action, arguments, -1, &out, &err);
  printf("%s %s\n  %s\n", action, arguments, thing_error_message(err));
  int as_expected =
      status < 0 && strncmp(thing_error_message(err), expected, strlen(expected)) == 0;
  thing_error_free(err);
  thing_buf_free(out);
  if (as_expected) return;
  fprintf(stderr, "actions: expected %s\n", expected);
  exit(1);
}

static void fill(thing_db* db) {
  act(db, NULL, "deleteMany", "{\"all\": true}", "{\"count\":0}");
  act(db, NULL, "createMany",
      "{\"data\": ["
      "{\"isbn\": \"1\", \"title\": \"Dune\", \"shelf\": \"A\", \"price\": \"12.50\"},"
      "{\"isbn\": \"2\", \"title\": \"Emma\", \"shelf\": \"B\", \"price\": \"7.25\"},"
      "{\"isbn\": \"3\", \"title\": \"Ulysses\", \"shelf\": \"B\", \"price\": \"20.00\"}]}",
      "{\"count\":3}");
  act(db, NULL, "createMany",
      "{\"skipDuplicates\": true, \"data\": ["
      "{\"isbn\": \"3\", \"title\": \"Ulysses\", \"shelf\": \"B\", \"price\": \"1\"},"
      "{\"isbn\": \"4\", \"title\": \"Walden\", \"shelf\": \"A\", \"price\": \"9.75\"}]}",
      "{\"count\":1}");
}

static void ask(thing_db* db) {
  act(db, NULL, "findUnique", "{\"where\": {\"isbn\": \"2\"}, \"select\": [\"title\", \"price\"]}",
      "{\"title\":\"Emma\",\"price\":\"7.25\"}");
  act(db, NULL, "findUnique", "{\"where\": {\"isbn\": \"none\"}}", "null");
  act(db, NULL, "findMany",
      "{\"where\": {\"price\": {\"lt\": 15}}, \"orderBy\": {\"price\": \"desc\"}, \"take\": 2,"
      " \"select\": {\"title\": true}}",
      "[{\"title\":\"Dune\"},{\"title\":\"Walden\"}]");
  act(db, NULL, "findMany",
      "{\"distinct\": [\"shelf\"], \"orderBy\": {\"price\": \"asc\"}, \"select\": [\"title\"]}",
      "[{\"title\":\"Emma\"},{\"title\":\"Walden\"}]");
  act(db, NULL, "groupBy",
      "{\"by\": [\"shelf\"], \"_count\": true, \"_sum\": {\"price\": true}, \"orderBy\": "
      "{\"_sum\": {\"price\": \"desc\"}}}",
      "[{\"shelf\":\"B\",\"_count\":2,\"_sum\":{\"price\":\"27.25\"}},"
      "{\"shelf\":\"A\",\"_count\":2,\"_sum\":{\"price\":\"22.25\"}}]");
  refuse(db, "findMany", "{\"where\": {\"price\": {\"below\": 15}}}",
         "where.price: found operator 'below'");
}

/* Two books are lent, or none. */
static void lend(thing_db* db, const char* isbn, const char* other, int keep) {
  thing_tx* tx = NULL;
  thing_error* err = NULL;
  if (thing_tx_begin(db, NULL, THING_TX_DEFAULT, &tx, &err) < 0) give_up("begin", err);
  const char* isbns[] = {isbn, other};
  for (int i = 0; i < 2; i++) {
    char arguments[200];
    snprintf(arguments, sizeof arguments,
             "{\"where\": {\"isbn\": \"%s\"}, \"data\": {\"lent\": {\"increment\": 1}}, "
             "\"select\": [\"lent\"]}",
             isbns[i]);
    act(db, thing_tx_ctx(tx), "update", arguments, i == 0 || keep ? "{\"lent\":1}" : NULL);
  }
  if ((keep ? thing_tx_commit(tx, &err) : thing_tx_rollback(tx, &err)) < 0) give_up("ending", err);
  thing_tx_free(tx);
}

static void change(thing_db* db) {
  lend(db, "1", "missing", 0);
  act(db, NULL, "aggregate", "{\"_sum\": {\"lent\": true}}", "{\"_sum\":{\"lent\":0}}");
  lend(db, "1", "2", 1);
  act(db, NULL, "aggregate", "{\"_sum\": {\"lent\": true}}", "{\"_sum\":{\"lent\":2}}");
  act(db, NULL, "upsert",
      "{\"where\": {\"isbn\": \"4\"}, \"create\": {}, \"update\": {\"shelf\": \"C\"}, \"select\": "
      "[\"shelf\"]}",
      "{\"shelf\":\"C\"}");
  act(db, NULL, "delete", "{\"where\": {\"isbn\": \"4\"}, \"select\": [\"title\"]}",
      "{\"title\":\"Walden\"}");
  act(db, NULL, "delete", "{\"where\": {\"isbn\": \"4\"}}", NULL);
  refuse(db, "deleteMany", "{}", "deleteMany: found no condition");
  act(db, NULL, "deleteMany", "{\"where\": {\"shelf\": {\"in\": [\"A\", \"B\"]}}}",
      "{\"count\":3}");
}

int main(int argc, char** argv) {
  thing_db* db = NULL;
  thing_error* err = NULL;
  if (thing_open(argc > 1 ? argv[1] : "sqlite::memory:", -1, &db, &err) < 0)
    give_up("opening", err);
  if (thing_model_register(db, model, -1, &err) < 0) give_up("registering", err);
  if (thing_schema_sync(db, NULL, &err) < 0) give_up("making the table", err);
  fill(db);
  ask(db);
  change(db);
  thing_close(db);
  return 0;
}
