/* Reads Debian package indexes: paragraphs of "Field: value" lines as in Packages files and in the
 * output of `apt-cache dumpavail`. Any input gives an index of valid UTF-8; what could not be used
 * is counted. */
#ifndef PACKAGES_DEB_INDEX_H
#define PACKAGES_DEB_INDEX_H
#include <stdint.h>
#include <stdio.h>

#include "string_pool.h"

typedef struct deb_maintainer {
  const char* name;
  const char* email; /* NULL: the index gives a name alone */
  int64_t packages;
} deb_maintainer;

typedef struct deb_section {
  const char* name;
  int64_t packages;
} deb_section;

/* Text is NULL and a number -1 where the paragraph has no such field, or not a number in it. */
typedef struct deb_package {
  const char *name, *version, *architecture; /* never NULL; together they are unique */
  const char *priority, *description, *homepage;
  int32_t section, maintainer;  /* places in the index's lists, or -1 */
  int64_t installed_size, size; /* KiB, bytes */
} deb_package;

enum deb_kind { DEB_DEPENDS, DEB_PRE_DEPENDS, DEB_RECOMMENDS, DEB_SUGGESTS, DEB_KINDS };

/* One alternative: "a | b (>= 2)" is two of them with the same clause. */
typedef struct deb_dependency {
  int32_t package; /* who depends, a place in the list of packages */
  int32_t kind;
  int32_t clause;         /* counted from 0 within a package and kind */
  int32_t target_package; /* the first package of that name, or -1: virtual or absent */
  const char* target;
  const char* constraint; /* ">= 2", or NULL */
} deb_dependency;

typedef struct deb_index {
  deb_package* packages;
  deb_maintainer* maintainers;
  deb_section* sections;
  deb_dependency* dependencies;
  size_t package_count, maintainer_count, section_count, dependency_count;
  int64_t bad_lines;       /* neither a field nor the continuation of one, or beyond the limits */
  int64_t incomplete;      /* paragraphs without name, version or architecture */
  int64_t repeated;        /* paragraphs of a package that was there already */
  const char* compression; /* set when the input is compressed: the program that unpacks it */
  size_t package_room, maintainer_room, section_room, dependency_room;
  string_pool pool;
  string_map by_key, by_name, by_maintainer, by_section;
} deb_index;

/* Called now and then with the number of bytes read so far. */
typedef void (*deb_progress)(void* user, int64_t bytes);

/* Reads to the end of the file into an index of zeros; -1 with errno when reading failed. */
int deb_index_read(deb_index* index, FILE* file, deb_progress progress, void* user);
void deb_index_free(deb_index* index);

#endif
