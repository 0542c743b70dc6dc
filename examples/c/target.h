/* The database that an argument names, and the few words of SQL that databases do not share. */
#ifndef PACKAGES_TARGET_H
#define PACKAGES_TARGET_H
#include <stdbool.h>

typedef struct db_target {
  char* url;            /* as thing_open takes it */
  char* shown;          /* for messages: without what is secret in a URL */
  const char* new_file; /* the path of a file that is not there yet, else NULL */
  bool is_server;
  bool is_private;       /* no second connection reaches it */
  const char* integer;   /* CAST(x AS ...): an integer of 64 bits */
  const char* tables;    /* SELECT of the names of its tables */
} db_target;

/* A URL of thing_open, or the path of an SQLite file. The target borrows the argument. */
db_target target_of(const char* argument);
void target_free(db_target* t);

#endif
