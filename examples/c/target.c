#include "target.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "string_pool.h"

static const db_target sqlite = {
    .integer = "INTEGER",
    .tables =
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' "
        "ESCAPE '\\' ORDER BY name"};

/* Of the schema that new tables go to. lower() makes a text of the catalogue's own type. */
static const db_target postgres = {
    .is_server = true,
    .integer = "BIGINT",
    .tables =
        "SELECT lower(table_name) FROM information_schema.tables WHERE table_type = "
        "'BASE TABLE' AND table_schema = current_schema() ORDER BY table_name"};

static const db_target mysql = {
    .is_server = true,
    .integer = "SIGNED",
    .tables =
        "SELECT lower(table_name) FROM information_schema.tables WHERE table_type = "
        "'BASE TABLE' AND table_schema = database() ORDER BY table_name"};

static const struct scheme {
  const char* name;
  const db_target* database;
} schemes[] = {{"sqlite:", &sqlite},
               {"postgresql://", &postgres},
               {"postgres://", &postgres},
               {"mysql://", &mysql},
               {"mariadb://", &mysql}};

static db_target target_of_path(const char* path) {
  db_target t = sqlite;
  t.url = must_join("sqlite:", path);
  t.shown = must_join(path, "");
  t.is_private = strcmp(path, ":memory:") == 0;
  if (!t.is_private && access(path, F_OK) != 0) t.new_file = path;
  return t;
}

db_target target_of(const char* argument) {
  for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
    size_t len = strlen(schemes[i].name);
    if (strncmp(argument, schemes[i].name, len) != 0) continue;
    db_target t = *schemes[i].database;
    t.url = must_join(argument, "");
    t.shown = t.is_server ? must_join(schemes[i].name, "...") : must_join(argument + len, "");
    t.is_private = !t.is_server && strncmp(argument + len, ":memory:", 8) == 0;
    return t;
  }
  return target_of_path(argument);
}

void target_free(db_target* t) {
  free(t->url);
  free(t->shown);
  *t = (db_target){0};
}
