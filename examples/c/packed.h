/* Packed batches, the bytes that docs/reference/pack.md draws: written for thing_save_packed, read
 * out of thing_rows_packed. */
#ifndef PACKAGES_PACKED_H
#define PACKAGES_PACKED_H
#include <stddef.h>
#include <stdint.h>
#include <thing.h>

typedef struct packed_writer {
  int64_t model_hash;
  uint32_t columns, rows;
  uint8_t *cells, *heap;
  size_t cells_len, cells_room, heap_len, heap_room;
} packed_writer;

/* Starts an empty batch of the model; the writer's memory is used again. */
void packed_start(packed_writer* w, const thing_model* model);
/* The next row: every column absent. Its columns are set in ascending order, each once. */
void packed_row(packed_writer* w);
void packed_null(packed_writer* w, uint32_t column);
void packed_int(packed_writer* w, uint32_t column, int64_t value);
/* NULL sets the column to NULL. */
void packed_text(packed_writer* w, uint32_t column, const char* text);
/* The whole batch; the caller frees it. */
uint8_t* packed_finish(const packed_writer* w, int64_t* len);
void packed_free(packed_writer* w);

/* A column of a row in a batch that the library made. NULL is 0 and "". */
uint32_t packed_rows(const uint8_t* batch);
int64_t packed_get_int(const uint8_t* batch, uint32_t row, uint32_t column);
const char* packed_get_text(const uint8_t* batch, uint32_t row, uint32_t column);

#endif
