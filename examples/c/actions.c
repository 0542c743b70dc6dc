/* A shelf of books through one function: makes them, asks and changes them, all as documents.
 *
 * usage: actions [URL]
 *
 * URL is one of thing_open; without it the books are in memory. It ends with 1 when an answer is
 * not the one that it expects. */
#include "example.h"

static const char model[] =
    "{\"name\": \"Book\", \"table\": \"example_books\", \"fields\": {"
    "  \"id\": {\"type\": \"int\", \"default\": {\"fn\": \"autoincrement\"}},"
    "  \"isbn\": {\"type\": \"text\", \"unique\": true},"
    "  \"title\": \"text\", \"shelf\": \"text\", \"price\": \"decimal\","
    "  \"lent\": {\"type\": \"int\", \"default\": 0}}}";

static void fill(thing_db* db) {
  act(db, NULL, "Book", "deleteMany", "{\"all\": true}", "{\"count\":0}");
  act(db, NULL, "Book", "createMany",
      "{\"data\": ["
      "{\"isbn\": \"1\", \"title\": \"Dune\", \"shelf\": \"A\", \"price\": \"12.50\"},"
      "{\"isbn\": \"2\", \"title\": \"Emma\", \"shelf\": \"B\", \"price\": \"7.25\"},"
      "{\"isbn\": \"3\", \"title\": \"Ulysses\", \"shelf\": \"B\", \"price\": \"20.00\"}]}",
      "{\"count\":3}");
  act(db, NULL, "Book", "createMany",
      "{\"skipDuplicates\": true, \"data\": ["
      "{\"isbn\": \"3\", \"title\": \"Ulysses\", \"shelf\": \"B\", \"price\": \"1\"},"
      "{\"isbn\": \"4\", \"title\": \"Walden\", \"shelf\": \"A\", \"price\": \"9.75\"}]}",
      "{\"count\":1}");
}

static void ask(thing_db* db) {
  act(db, NULL, "Book", "findUnique",
      "{\"where\": {\"isbn\": \"2\"}, \"select\": [\"title\", \"price\"]}",
      "{\"title\":\"Emma\",\"price\":\"7.25\"}");
  act(db, NULL, "Book", "findUnique", "{\"where\": {\"isbn\": \"none\"}}", "null");
  act(db, NULL, "Book", "findMany",
      "{\"where\": {\"price\": {\"lt\": 15}}, \"orderBy\": {\"price\": \"desc\"}, \"take\": 2,"
      " \"select\": {\"title\": true}}",
      "[{\"title\":\"Dune\"},{\"title\":\"Walden\"}]");
  act(db, NULL, "Book", "findMany",
      "{\"distinct\": [\"shelf\"], \"orderBy\": {\"price\": \"asc\"}, \"select\": [\"title\"]}",
      "[{\"title\":\"Emma\"},{\"title\":\"Walden\"}]");
  act(db, NULL, "Book", "groupBy",
      "{\"by\": [\"shelf\"], \"_count\": true, \"_sum\": {\"price\": true}, \"orderBy\": "
      "{\"_sum\": {\"price\": \"desc\"}}}",
      "[{\"shelf\":\"B\",\"_count\":2,\"_sum\":{\"price\":\"27.25\"}},"
      "{\"shelf\":\"A\",\"_count\":2,\"_sum\":{\"price\":\"22.25\"}}]");
  refuse(db, "Book", "findMany", "{\"where\": {\"price\": {\"below\": 15}}}",
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
    act(db, thing_tx_ctx(tx), "Book", "update", arguments,
        i == 0 || keep ? "{\"lent\":1}" : "not found");
  }
  if ((keep ? thing_tx_commit(tx, &err) : thing_tx_rollback(tx, &err)) < 0) give_up("ending", err);
  thing_tx_free(tx);
}

static void change(thing_db* db) {
  lend(db, "1", "missing", 0);
  act(db, NULL, "Book", "aggregate", "{\"_sum\": {\"lent\": true}}", "{\"_sum\":{\"lent\":0}}");
  lend(db, "1", "2", 1);
  act(db, NULL, "Book", "aggregate", "{\"_sum\": {\"lent\": true}}", "{\"_sum\":{\"lent\":2}}");
  act(db, NULL, "Book", "upsert",
      "{\"where\": {\"isbn\": \"4\"}, \"create\": {}, \"update\": {\"shelf\": \"C\"}, \"select\": "
      "[\"shelf\"]}",
      "{\"shelf\":\"C\"}");
  act(db, NULL, "Book", "delete", "{\"where\": {\"isbn\": \"4\"}, \"select\": [\"title\"]}",
      "{\"title\":\"Walden\"}");
  act(db, NULL, "Book", "delete", "{\"where\": {\"isbn\": \"4\"}}", "not found");
  refuse(db, "Book", "deleteMany", "{}", "deleteMany: found no condition");
  act(db, NULL, "Book", "deleteMany", "{\"where\": {\"shelf\": {\"in\": [\"A\", \"B\"]}}}",
      "{\"count\":3}");
}

int main(int argc, char** argv) {
  thing_db* db = open_with(argc, argv, model);
  fill(db);
  ask(db);
  change(db);
  thing_close(db);
  return 0;
}
