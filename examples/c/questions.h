/* What one asks a package index, and whether the answers are right. */
#ifndef PACKAGES_QUESTIONS_H
#define PACKAGES_QUESTIONS_H
#include "catalog.h"

void show_dependents(const catalog* c, const char* target);
void show_maintainers(const catalog* c);
void show_section(const catalog* c, const char* section);
void show_names(const catalog* c, const char* prefix);
void show_json(const catalog* c, const char* name);
void show_cache(const catalog* c);
/* A write through another handle of the database; whether reads saw it at once. True where no other
 * handle can, or may, write. */
bool show_foreign_write(const catalog* c);

/* Compares what was counted while parsing, what libthing counts and what plain SQL counts; the
 * number of differences. */
int verify(const catalog* c, const deb_index* index, const char* target);

#endif
