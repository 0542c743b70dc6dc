/* What the program shows: aligned tables, numbers, durations and a progress bar. Text is UTF-8 and
 * is aligned by the columns that it takes on a terminal. */
#ifndef PACKAGES_TABLE_H
#define PACKAGES_TABLE_H
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef struct table table;

/* Columns divided by '|'; one that starts with '>' is aligned to the right. */
table* table_new(const char* columns);
/* The next cell, row by row. NULL is shown as "-"; only the first line of the text is shown. */
void table_text(table* t, const char* text);
void table_number(table* t, int64_t number);
/* Prints and frees the table. */
void table_print(table* t, FILE* out);

/* "63,666", "412 us", "3.4 ms", "1.2 s"; the text lives until the eighth next call of either. */
const char* show_number(int64_t number);
const char* show_microseconds(double us);
double now_microseconds(void);

/* A line on stderr that shows how far the work is; nothing when stderr is no terminal. */
typedef struct progress_bar {
  const char *what, *unit;
  int64_t total; /* 0: unknown */
  bool shown;
  double last;
} progress_bar;

progress_bar progress_start(const char* what, const char* unit, int64_t total);
void progress_show(progress_bar* bar, int64_t done);
void progress_end(progress_bar* bar);

#endif
