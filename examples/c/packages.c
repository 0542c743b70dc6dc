/* The package index of a Debian system as things: reads it, saves it, asks it, and checks the
 * answers.
 *
 * usage: packages DATABASE [INDEX_FILE|-]
 *
 * DATABASE is the path of an SQLite file, or any URL of thing_open: postgresql://..., mysql://...
 * Without INDEX_FILE it asks `apt-cache dumpavail`; "-" reads standard input. The database of an
 * earlier run gets the new index in the place of the old one, in one transaction. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "catalog.h"
#include "deb_index.h"
#include "questions.h"
#include "table.h"

static const char command[] = "apt-cache dumpavail";

typedef struct source {
  const char* name;
  FILE* file;
  bool is_command;
} source;

static source open_source(const char* name) {
  if (name == NULL) {
    fflush(stdout);
    return (source){command, popen(command, "r"), true};
  }
  if (strcmp(name, "-") == 0) return (source){"standard input", stdin, false};
  return (source){name, fopen(name, "rb"), false};
}

static void close_source(const source* s) {
  if (!s->is_command) {
    if (s->file != stdin) fclose(s->file);
    return;
  }
  int status = pclose(s->file);
  if (status != 0)
    give_up("'%s' ended with status %d; give an INDEX_FILE instead", command, status);
}

static int64_t size_of(FILE* file) {
  struct stat st;
  return fstat(fileno(file), &st) == 0 && S_ISREG(st.st_mode) ? (int64_t)st.st_size / 1024 : 0;
}

static void show_reading(void* user, int64_t bytes) { progress_show(user, bytes / 1024); }

static void check_index(const deb_index* index, const char* name) {
  if (index->compression != NULL)
    give_up("%s is compressed: %s -dc FILE | packages DATABASE -", name, index->compression);
  if (index->package_count == 0)
    give_up(
        "%s holds no packages (%s bad lines, %s incomplete paragraphs); 'apt-get update' fetches "
        "an index",
        name, show_number(index->bad_lines), show_number(index->incomplete));
}

static deb_index read_index(const char* name) {
  deb_index index = {0};
  source s = open_source(name);
  if (s.file == NULL) give_up("opening %s: %s", s.name, strerror(errno));
  progress_bar bar = progress_start("reading ", "KiB", size_of(s.file));
  int failed = deb_index_read(&index, s.file, show_reading, &bar);
  progress_end(&bar);
  if (failed) give_up("reading %s: %s", s.name, strerror(errno));
  close_source(&s);
  check_index(&index, s.name);
  return index;
}

static void show_index(const deb_index* index, double us) {
  printf("read   %s packages, %s dependencies, %s maintainers, %s sections in %s\n",
         show_number((int64_t)index->package_count), show_number((int64_t)index->dependency_count),
         show_number((int64_t)index->maintainer_count), show_number((int64_t)index->section_count),
         show_microseconds(us));
  if (index->bad_lines + index->incomplete + index->repeated > 0)
    printf(
        "       left out: %s bad lines or values, %s incomplete paragraphs, %s repeated packages\n",
        show_number(index->bad_lines), show_number(index->incomplete),
        show_number(index->repeated));
}

static void show_load(const deb_index* index, int64_t replaced, double us) {
  size_t rows = index->package_count + index->dependency_count + index->maintainer_count +
                index->section_count;
  printf("saved  %s rows in %s, %s rows a second", show_number((int64_t)rows),
         show_microseconds(us), show_number((int64_t)((double)rows / us * 1e6)));
  if (replaced > 0) printf(", in the place of %s rows of an earlier run", show_number(replaced));
  printf("\n\n");
}

/* What the questions ask about: something known when the index has it, else what it has most of. */
static const char* choose_package(const deb_index* index) {
  if (string_map_find(&index->by_name, "libsqlite3-0") >= 0) return "libsqlite3-0";
  return index->dependency_count > 0 ? index->dependencies[0].target : index->packages[0].name;
}

static const char* choose_section(const deb_index* index) {
  if (string_map_find(&index->by_section, "games") >= 0) return "games";
  return index->section_count > 0 ? index->sections[0].name : NULL;
}

/* The number of wrong answers. */
static int ask(const catalog* c, const deb_index* index) {
  const char *package = choose_package(index), *section = choose_section(index);
  show_dependents(c, package);
  show_maintainers(c);
  if (section != NULL) show_section(c, section);
  show_names(c, "python3-sql");
  show_json(c, package);
  show_cache(c);
  int unseen = show_foreign_write(c) ? 0 : 1;
  return unseen + verify(c, index, package);
}

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3 || argv[1][0] == '\0' || (argv[1][0] == '-' && argv[1][1] != '\0')) {
    fputs("usage: packages DATABASE [INDEX_FILE|-]\n", stderr);
    return 2;
  }
  double started = now_microseconds();
  deb_index index = read_index(argc > 2 ? argv[2] : NULL);
  show_index(&index, now_microseconds() - started);
  catalog c;
  catalog_open(&c, argv[1]);
  started = now_microseconds();
  int64_t replaced = catalog_load(&c, &index);
  show_load(&index, replaced, now_microseconds() - started);
  int wrong = ask(&c, &index);
  if (wrong > 0) fprintf(stderr, "packages: %d answers are wrong\n", wrong);
  catalog_close(&c);
  deb_index_free(&index);
  return wrong > 0 ? 1 : 0;
}
