/* The database of the example: four models, and how an index gets into it. */
#ifndef PACKAGES_CATALOG_H
#define PACKAGES_CATALOG_H
#include <stdbool.h>
#include <stdint.h>
#include <thing.h>

#include "deb_index.h"
#include "target.h"

/* Fields in the order of the model documents in catalog.c. */
enum { MAINTAINER_ID, MAINTAINER_NAME, MAINTAINER_EMAIL };
enum { SECTION_ID, SECTION_NAME };
enum {
  PACKAGE_ID,
  PACKAGE_NAME,
  PACKAGE_VERSION,
  PACKAGE_ARCHITECTURE,
  PACKAGE_PRIORITY,
  PACKAGE_SECTION_ID,
  PACKAGE_MAINTAINER_ID,
  PACKAGE_INSTALLED_SIZE,
  PACKAGE_SIZE,
  PACKAGE_DESCRIPTION,
  PACKAGE_HOMEPAGE
};
enum {
  DEPENDENCY_ID,
  DEPENDENCY_PACKAGE_ID,
  DEPENDENCY_KIND,
  DEPENDENCY_CLAUSE,
  DEPENDENCY_TARGET,
  DEPENDENCY_TARGET_ID,
  DEPENDENCY_CONSTRAINT
};

enum { CATALOG_TABLES = 4 };

typedef struct catalog {
  db_target target;
  thing_db* db;
  const thing_model *maintainer, *section, *package, *dependency;
  bool was_there[CATALOG_TABLES]; /* the tables, before this run */
} catalog;

/* Opens the database (a path or a URL) and makes the tables that it lacks. Ends the program with a
 * message when it holds something else. Until an index is loaded, a program that gives up leaves
 * the database as it found it; the catalog must stay where it is. */
void catalog_open(catalog* c, const char* database);
/* A second, independent handle of the same database. */
void catalog_open_again(catalog* c, const catalog* first);
/* Puts the index in the place of what the database holds, in one transaction; the number of rows
 * that were there before. */
int64_t catalog_load(catalog* c, const deb_index* index);
void catalog_close(catalog* c);

/* Ends the program when status is a failure, with what was being done and the library's message. */
thing_status must(thing_status status, thing_error** err, const char* doing);
_Noreturn void give_up(const char* format, ...) __attribute__((format(printf, 1, 2)));

#endif
