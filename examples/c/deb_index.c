/* deb-control(5): a paragraph ends at a blank line; a line that starts with a blank continues the
 * field above it; names of fields are the same in upper and lower case; '#' starts a comment. */
#include "deb_index.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_LINE = 1 << 20, MAX_VALUE = 1 << 22, READ_BYTES = 1 << 16 };

enum field {
  FIELD_PACKAGE,
  FIELD_VERSION,
  FIELD_ARCHITECTURE,
  FIELD_SECTION,
  FIELD_MAINTAINER,
  FIELD_PRIORITY,
  FIELD_INSTALLED_SIZE,
  FIELD_SIZE,
  FIELD_DESCRIPTION,
  FIELD_HOMEPAGE,
  FIELD_DEPENDS, /* the four kinds in the order of deb_kind */
  FIELD_PRE_DEPENDS,
  FIELD_RECOMMENDS,
  FIELD_SUGGESTS,
  FIELDS,
  FIELD_OTHER = FIELDS,
  FIELD_NONE
};

static const char* const field_names[FIELDS] = {
    "Package",  "Version",        "Architecture", "Section",     "Maintainer",
    "Priority", "Installed-Size", "Size",         "Description", "Homepage",
    "Depends",  "Pre-Depends",    "Recommends",   "Suggests"};

typedef struct slice {
  const char* bytes;
  size_t len;
} slice;

typedef struct buffer {
  char* bytes;
  size_t len, room;
} buffer;

typedef struct reader {
  FILE* file;
  char block[READ_BYTES];
  size_t at, end;
  int64_t total;
  buffer line;
  deb_progress progress;
  void* user;
} reader;

typedef struct parser {
  deb_index* index;
  buffer values[FIELDS];
  bool present[FIELDS];
  bool any;           /* the paragraph has a field */
  enum field current; /* what a continuation line belongs to */
} parser;

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n'; }

static slice trimmed(const char* bytes, size_t len) {
  while (len > 0 && is_blank(bytes[0])) bytes++, len--;
  while (len > 0 && is_blank(bytes[len - 1])) len--;
  return (slice){bytes, len};
}

/* Takes off the part before the separator, or all. */
static slice cut_at(slice* rest, char separator) {
  const char* found = rest->len > 0 ? memchr(rest->bytes, separator, rest->len) : NULL;
  slice head = {rest->bytes, found != NULL ? (size_t)(found - rest->bytes) : rest->len};
  size_t skipped = head.len + (found != NULL);
  *rest = (slice){rest->len > 0 ? rest->bytes + skipped : NULL, rest->len - skipped};
  return head;
}

static void buffer_add(buffer* b, const char* bytes, size_t len) {
  while (b->room < b->len + len) b->bytes = must_grow(b->bytes, b->room, &b->room, 1);
  if (len > 0) memcpy(b->bytes + b->len, bytes, len);
  b->len += len;
}

/* ---- lines */

static bool refill(reader* r) {
  r->at = 0;
  r->end = fread(r->block, 1, sizeof r->block, r->file);
  r->total += (int64_t)r->end;
  if (r->progress != NULL) r->progress(r->user, r->total);
  return r->end > 0;
}

/* The next line without its end; a longer one than MAX_LINE is cut and *whole is false. */
static bool next_line(reader* r, bool* whole) {
  r->line.len = 0;
  *whole = true;
  bool started = false;
  while (r->at < r->end || refill(r)) {
    started = true;
    const char* from = r->block + r->at;
    const char* newline = memchr(from, '\n', r->end - r->at);
    size_t len = newline != NULL ? (size_t)(newline - from) : r->end - r->at;
    r->at += len + (newline != NULL);
    size_t left = MAX_LINE - r->line.len;
    if (len > left) *whole = false;
    buffer_add(&r->line, from, len < left ? len : left);
    if (newline != NULL) break;
  }
  if (r->line.len > 0 && r->line.bytes[r->line.len - 1] == '\r') r->line.len--;
  return started;
}

static const char* compression_of(const reader* r) {
  static const struct {
    const char *program, *magic;
  } known[] = {{"gzip", "\x1F\x8B"},
               {"xz",
                "\xFD"
                "7zXZ"},
               {"bzip2", "BZh"},
               {"zstd", "\x28\xB5\x2F\xFD"},
               {"lz4", "\x04\x22\x4D\x18"}};
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    size_t len = strlen(known[i].magic);
    if (r->end >= len && memcmp(r->block, known[i].magic, len) == 0) return known[i].program;
  }
  return NULL;
}

static void skip_byte_order_mark(reader* r) {
  if (r->end >= 3 && memcmp(r->block, "\xEF\xBB\xBF", 3) == 0) r->at = 3;
}

/* ---- values */

static const char* kept(deb_index* index, slice s) {
  return string_pool_add(&index->pool, s.bytes, s.len);
}

/* NULL for an empty text. */
static const char* kept_text(deb_index* index, slice s) {
  return s.len > 0 ? kept(index, s) : NULL;
}

static slice raw_value(const parser* p, enum field field) {
  return trimmed(p->values[field].bytes, p->present[field] ? p->values[field].len : 0);
}

static const char* value_of(parser* p, enum field field) {
  return kept_text(p->index, raw_value(p, field));
}

static const char* first_line_of(parser* p, enum field field) {
  slice s = raw_value(p, field), first = cut_at(&s, '\n');
  return kept_text(p->index, trimmed(first.bytes, first.len));
}

static int64_t number_of(parser* p, enum field field) {
  if (!p->present[field]) return -1;
  slice s = raw_value(p, field);
  int64_t number = s.len > 0 && s.len <= 18 ? 0 : -1;
  for (size_t i = 0; i < s.len && number >= 0; i++)
    number = s.bytes[i] >= '0' && s.bytes[i] <= '9' ? number * 10 + (s.bytes[i] - '0') : -1;
  if (number < 0) p->index->bad_lines++;
  return number;
}

static int32_t section_of(parser* p) {
  deb_index* index = p->index;
  const char* name = first_line_of(p, FIELD_SECTION);
  if (name == NULL) return -1;
  int32_t next = (int32_t)index->section_count,
          number = string_map_put(&index->by_section, name, next);
  if (number == next) {
    index->sections = must_grow(index->sections, index->section_count, &index->section_room,
                                sizeof *index->sections);
    index->sections[index->section_count++] = (deb_section){name, 0};
  }
  index->sections[number].packages++;
  return number;
}

static const char* in_lower_case(deb_index* index, const char* text) {
  char* copy = (char*)string_pool_add(&index->pool, text, strlen(text));
  for (char* c = copy; *c != '\0'; c++)
    if (*c >= 'A' && *c <= 'Z') *c = (char)(*c - 'A' + 'a');
  return copy;
}

/* "Name <address>"; one address is one maintainer, whatever the spelling of the name. */
static deb_maintainer split_maintainer(deb_index* index, const char* text) {
  const char* open = strrchr(text, '<');
  if (open == NULL) return (deb_maintainer){text, NULL, 0};
  size_t len = strcspn(open + 1, ">");
  slice email = trimmed(open + 1, len), name = trimmed(text, (size_t)(open - text));
  if (email.len == 0) return (deb_maintainer){name.len > 0 ? kept(index, name) : text, NULL, 0};
  return (deb_maintainer){kept(index, name.len > 0 ? name : email), kept(index, email), 0};
}

static int32_t maintainer_of(parser* p) {
  deb_index* index = p->index;
  const char* text = first_line_of(p, FIELD_MAINTAINER);
  if (text == NULL) return -1;
  deb_maintainer found = split_maintainer(index, text);
  const char* key = in_lower_case(index, found.email != NULL ? found.email : found.name);
  int32_t next = (int32_t)index->maintainer_count;
  int32_t number = string_map_put(&index->by_maintainer, key, next);
  if (number == next) {
    index->maintainers = must_grow(index->maintainers, index->maintainer_count,
                                   &index->maintainer_room, sizeof *index->maintainers);
    index->maintainers[index->maintainer_count++] = found;
  }
  index->maintainers[number].packages++;
  return number;
}

/* ---- dependencies: clauses divided by ',', alternatives by '|' */

static void add_alternative(deb_index* index, slice text, int32_t kind, int32_t clause) {
  size_t name = 0;
  while (name < text.len && !is_blank(text.bytes[name]) && strchr("(:[<", text.bytes[name]) == NULL)
    name++;
  if (name == 0) {
    index->bad_lines++;
    return;
  }
  const char *open = memchr(text.bytes, '(', text.len), *constraint = NULL;
  if (open != NULL) {
    size_t left = text.len - (size_t)(open + 1 - text.bytes);
    const char* close = memchr(open + 1, ')', left);
    constraint =
        kept_text(index, trimmed(open + 1, close != NULL ? (size_t)(close - open - 1) : left));
  }
  index->dependencies = must_grow(index->dependencies, index->dependency_count,
                                  &index->dependency_room, sizeof *index->dependencies);
  index->dependencies[index->dependency_count++] =
      (deb_dependency){(int32_t)index->package_count - 1,      kind,      clause, -1,
                       kept(index, (slice){text.bytes, name}), constraint};
}

static void add_dependencies(parser* p, int32_t kind) {
  enum field field = (enum field)(FIELD_DEPENDS + kind);
  if (!p->present[field]) return;
  slice rest = {p->values[field].bytes, p->values[field].len};
  for (int32_t clause = 0; rest.len > 0;) {
    slice one = cut_at(&rest, ',');
    slice alternatives = trimmed(one.bytes, one.len);
    if (alternatives.len == 0) continue;
    while (alternatives.len > 0) {
      slice alternative = cut_at(&alternatives, '|');
      add_alternative(p->index, trimmed(alternative.bytes, alternative.len), kind, clause);
    }
    clause++;
  }
}

/* ---- paragraphs */

static bool is_new_package(deb_index* index, const deb_package* package) {
  const char* parts[] = {package->name, package->version, package->architecture};
  buffer key = {0};
  for (size_t i = 0; i < 3; i++) {
    buffer_add(&key, parts[i], strlen(parts[i]));
    buffer_add(&key, "\n", 1); /* no value of one line holds it */
  }
  const char* text = kept(index, (slice){key.bytes, key.len});
  free(key.bytes);
  int32_t next = (int32_t)index->package_count;
  return string_map_put(&index->by_key, text, next) == next;
}

static void add_package(parser* p) {
  deb_index* index = p->index;
  deb_package package = {.name = first_line_of(p, FIELD_PACKAGE),
                         .version = first_line_of(p, FIELD_VERSION),
                         .architecture = first_line_of(p, FIELD_ARCHITECTURE)};
  if (package.name == NULL || package.version == NULL || package.architecture == NULL) {
    index->incomplete++;
    return;
  }
  if (!is_new_package(index, &package)) {
    index->repeated++;
    return;
  }
  package.priority = first_line_of(p, FIELD_PRIORITY);
  package.description = value_of(p, FIELD_DESCRIPTION);
  package.homepage = first_line_of(p, FIELD_HOMEPAGE);
  package.section = section_of(p);
  package.maintainer = maintainer_of(p);
  package.installed_size = number_of(p, FIELD_INSTALLED_SIZE);
  package.size = number_of(p, FIELD_SIZE);
  index->packages = must_grow(index->packages, index->package_count, &index->package_room,
                              sizeof *index->packages);
  string_map_put(&index->by_name, package.name, (int32_t)index->package_count);
  index->packages[index->package_count++] = package;
  for (int32_t kind = 0; kind < DEB_KINDS; kind++) add_dependencies(p, kind);
}

static void end_paragraph(parser* p) {
  if (p->any) add_package(p);
  memset(p->present, 0, sizeof p->present);
  p->any = false;
  p->current = FIELD_NONE;
}

static enum field field_named(slice name) {
  for (int i = 0; i < FIELDS; i++)
    if (strlen(field_names[i]) == name.len &&
        strncasecmp(field_names[i], name.bytes, name.len) == 0)
      return (enum field)i;
  return FIELD_OTHER;
}

static void add_value(parser* p, slice text) {
  if (p->current == FIELD_OTHER) return;
  buffer* value = &p->values[p->current];
  if (value->len + text.len >= MAX_VALUE) {
    p->index->bad_lines++;
    return;
  }
  buffer_add(value, text.bytes, text.len);
}

static bool start_field(parser* p, slice line) {
  const char* colon = memchr(line.bytes, ':', line.len);
  if (colon == NULL || colon == line.bytes) return false;
  slice name = {line.bytes, (size_t)(colon - line.bytes)};
  for (size_t i = 0; i < name.len; i++)
    if (name.bytes[i] <= ' ' || name.bytes[i] > '~') return false;
  p->current = field_named(name);
  p->any = true;
  if (p->current != FIELD_OTHER) {
    p->present[p->current] = true;
    p->values[p->current].len = 0;
  }
  add_value(p, trimmed(colon + 1, line.len - name.len - 1));
  return true;
}

static bool continue_field(parser* p, slice line) {
  if (p->current == FIELD_NONE) return false;
  slice text = trimmed(line.bytes, line.len);
  if (text.len == 1 && text.bytes[0] == '.') text.len = 0; /* an empty line of a description */
  add_value(p, (slice){"\n", 1});
  add_value(p, text);
  return true;
}

static void take_line(parser* p, slice line) {
  if (trimmed(line.bytes, line.len).len == 0) {
    end_paragraph(p);
  } else if (line.bytes[0] != '#') {
    bool used = is_blank(line.bytes[0]) ? continue_field(p, line) : start_field(p, line);
    if (!used) p->index->bad_lines++;
  }
}

static void resolve_targets(deb_index* index) {
  for (size_t i = 0; i < index->dependency_count; i++) {
    deb_dependency* d = &index->dependencies[i];
    d->target_package = string_map_find(&index->by_name, d->target);
  }
}

int deb_index_read(deb_index* index, FILE* file, deb_progress progress, void* user) {
  parser p = {.index = index, .current = FIELD_NONE};
  reader* r = must_alloc(1, sizeof *r);
  *r = (reader){.file = file, .progress = progress, .user = user};
  errno = 0;
  refill(r);
  index->compression = compression_of(r);
  skip_byte_order_mark(r);
  bool whole = true;
  while (index->compression == NULL && next_line(r, &whole)) {
    take_line(&p, (slice){r->line.bytes, r->line.len});
    if (!whole) index->bad_lines++;
  }
  end_paragraph(&p);
  resolve_targets(index);
  for (int i = 0; i < FIELDS; i++) free(p.values[i].bytes);
  free(r->line.bytes);
  free(r);
  return ferror(file) ? -1 : 0;
}

void deb_index_free(deb_index* index) {
  free(index->packages);
  free(index->maintainers);
  free(index->sections);
  free(index->dependencies);
  string_map_free(&index->by_key);
  string_map_free(&index->by_name);
  string_map_free(&index->by_maintainer);
  string_map_free(&index->by_section);
  string_pool_free(&index->pool);
  *index = (deb_index){0};
}
