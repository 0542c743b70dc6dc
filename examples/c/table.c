#include "table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "string_pool.h"

enum { MAX_COLUMNS = 16, MAX_WIDTH = 46, BAR_WIDTH = 32, TEXTS = 8, TEXT_BYTES = 64 };

struct table {
  const char* heads[MAX_COLUMNS];
  bool right[MAX_COLUMNS];
  int width[MAX_COLUMNS];
  int columns;
  const char** cells;
  size_t count, room;
  string_pool pool;
};

/* ---- how wide text is on a terminal */

typedef struct range {
  uint32_t first, last;
} range;

static bool in_ranges(uint32_t c, const range* ranges, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (c >= ranges[i].first && c <= ranges[i].last) return true;
  return false;
}

static int width_of(uint32_t c) {
  static const range none[] = {
      {0x300, 0x36F},   {0x483, 0x489},   {0x591, 0x5BD},   {0x610, 0x61A},   {0x64B, 0x65F},
      {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x200B, 0x200F}, {0x202A, 0x202E}, {0x2060, 0x206F},
      {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}, {0xFEFF, 0xFEFF}, {0xE0000, 0xE01EF}};
  static const range two[] = {{0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0xA4CF},
                              {0xA960, 0xA97F},   {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},
                              {0xFE30, 0xFE6F},   {0xFF01, 0xFF60},   {0xFFE0, 0xFFE6},
                              {0x1F300, 0x1F64F}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};
  if (in_ranges(c, none, sizeof none / sizeof none[0])) return 0;
  return in_ranges(c, two, sizeof two / sizeof two[0]) ? 2 : 1;
}

static uint32_t decoded(const char* s, size_t len) {
  static const unsigned char first_bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
  uint32_t c = (unsigned char)s[0] & first_bits[len];
  for (size_t i = 1; i < len; i++) c = c << 6 | ((unsigned char)s[i] & 0x3F);
  return c;
}

/* Characters that would move the cursor or change the terminal. */
static bool is_control(uint32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069);
}

static int text_width(const char* s) {
  int width = 0;
  for (size_t n; *s != '\0'; s += n) {
    n = utf8_length(s, strlen(s));
    width += width_of(decoded(s, n));
  }
  return width;
}

/* Writes the characters of s to out that fit in width columns; returns the columns taken. */
static int copy_within(char* out, const char* s, int width) {
  int taken = 0;
  for (size_t n; *s != '\0'; s += n) {
    n = utf8_length(s, strlen(s));
    int w = width_of(decoded(s, n));
    if (taken + w > width) break;
    memcpy(out, s, n);
    out += n;
    taken += w;
  }
  *out = '\0';
  return taken;
}

/* The first line, without control characters, cut to MAX_WIDTH. */
static const char* shown(table* t, const char* text) {
  size_t len = strcspn(text, "\n");
  char *clean = must_alloc(len + 8, 1), *out = clean;
  for (size_t at = 0, n; at < len; at += n) {
    n = utf8_length(text + at, len - at);
    bool plain = n > 0 && !is_control(decoded(text + at, n));
    if (n == 0) n = 1;
    memcpy(out, plain ? text + at : "?", plain ? n : 1);
    out += plain ? n : 1;
  }
  if (text_width(clean) > MAX_WIDTH) {
    char* whole = must_alloc(len + 8, 1);
    strcpy(whole, clean);
    copy_within(clean, whole, MAX_WIDTH - 1);
    strcat(clean, "\xE2\x80\xA6"); /* an ellipsis */
    free(whole);
  }
  const char* kept = string_pool_add(&t->pool, clean, strlen(clean));
  free(clean);
  return kept;
}

/* ---- tables */

static void note_width(table* t, int column, const char* text) {
  int width = text_width(text);
  if (width > t->width[column]) t->width[column] = width;
}

table* table_new(const char* columns) {
  table* t = must_alloc(1, sizeof *t);
  while (t->columns < MAX_COLUMNS) {
    int i = t->columns++;
    t->right[i] = columns[0] == '>';
    columns += t->right[i];
    size_t len = strcspn(columns, "|");
    t->heads[i] = string_pool_add(&t->pool, columns, len);
    note_width(t, i, t->heads[i]);
    if (columns[len] == '\0') break;
    columns += len + 1;
  }
  return t;
}

void table_text(table* t, const char* text) {
  const char* cell = shown(t, text != NULL ? text : "-");
  t->cells = must_grow(t->cells, t->count, &t->room, sizeof *t->cells);
  note_width(t, (int)(t->count % (size_t)t->columns), cell);
  t->cells[t->count++] = cell;
}

void table_number(table* t, int64_t number) { table_text(t, show_number(number)); }

static void print_row(const table* t, const char* const* cells, size_t count, FILE* out) {
  fputs(" ", out);
  for (size_t i = 0; i < count; i++) {
    int gap = t->width[i] - text_width(cells[i]);
    bool last = i + 1 == count;
    if (t->right[i]) fprintf(out, " %*s%s", gap, "", cells[i]);
    if (!t->right[i]) fprintf(out, " %s%*s", cells[i], last ? 0 : gap, "");
    if (!last) fputs(" ", out);
  }
  fputs("\n", out);
}

static void print_rule(const table* t, FILE* out) {
  fputs(" ", out);
  for (int i = 0; i < t->columns; i++) {
    fputs(i > 0 ? "  " : " ", out);
    for (int k = 0; k < t->width[i]; k++) fputs("-", out);
  }
  fputs("\n", out);
}

void table_print(table* t, FILE* out) {
  size_t columns = (size_t)t->columns;
  print_row(t, t->heads, columns, out);
  print_rule(t, out);
  for (size_t at = 0; at < t->count; at += columns)
    print_row(t, t->cells + at, t->count - at < columns ? t->count - at : columns, out);
  fputs("\n", out);
  free(t->cells);
  string_pool_free(&t->pool);
  free(t);
}

/* ---- numbers and times */

static char* next_text(void) {
  static char texts[TEXTS][TEXT_BYTES];
  static int next;
  next = (next + 1) % TEXTS;
  return texts[next];
}

const char* show_number(int64_t number) {
  char digits[24];
  int len = snprintf(digits, sizeof digits, "%" PRId64, number);
  char *text = next_text(), *out = text;
  for (int i = 0; i < len; i++) {
    *out++ = digits[i];
    int left = len - i - 1;
    if (left > 0 && left % 3 == 0 && digits[i] != '-') *out++ = ',';
  }
  *out = '\0';
  return text;
}

const char* show_microseconds(double us) {
  char* text = next_text();
  if (us < 10) {
    snprintf(text, TEXT_BYTES, "%.2f us", us);
  } else if (us < 1000) {
    snprintf(text, TEXT_BYTES, "%.0f us", us);
  } else if (us < 1e6) {
    snprintf(text, TEXT_BYTES, "%.1f ms", us / 1e3);
  } else {
    snprintf(text, TEXT_BYTES, "%.2f s", us / 1e6);
  }
  return text;
}

double now_microseconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* ---- the progress bar */

progress_bar progress_start(const char* what, const char* unit, int64_t total) {
  const char* terminal = getenv("TERM");
  bool dumb = terminal == NULL || strcmp(terminal, "dumb") == 0;
  return (progress_bar){what, unit, total, isatty(STDERR_FILENO) && !dumb, 0};
}

static void print_bar(const progress_bar* bar, int64_t done) {
  double part = done < bar->total ? (double)done / (double)bar->total : 1;
  int filled = (int)(part * BAR_WIDTH);
  fprintf(stderr, " [%.*s%*s] %3.0f %%", filled,
          "================================", BAR_WIDTH - filled, "", part * 100);
}

void progress_show(progress_bar* bar, int64_t done) {
  if (!bar->shown) return;
  double now = now_microseconds();
  bool complete = bar->total > 0 && done >= bar->total;
  if (!complete && now - bar->last < 50e3) return;
  bar->last = now;
  fprintf(stderr, "\r\033[K%s", bar->what);
  if (bar->total > 0) print_bar(bar, done);
  fprintf(stderr, "  %s %s", show_number(done), bar->unit);
  fflush(stderr);
}

void progress_end(progress_bar* bar) {
  if (bar->shown) fputs("\r\033[K", stderr);
  bar->shown = false;
}
