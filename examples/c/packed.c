#include "packed.h"

#include <stdlib.h>
#include <string.h>

#include "string_pool.h"

enum { HEADER_BYTES = 64, HAS_ABSENT = 1, MAGIC = 0x31474854 };

static void store(uint8_t* to, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; i++) to[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t fetch(const uint8_t* from, int bytes) {
  uint64_t value = 0;
  for (int i = 0; i < bytes; i++) value |= (uint64_t)from[i] << (8 * i);
  return value;
}

/* ---- writing: null bits, absent bits, slots */

static uint32_t words_of(uint32_t columns) { return (columns + 63) / 64; }
static size_t stride_of(const packed_writer* w) {
  return 8 * (2 * (size_t)words_of(w->columns) + w->columns);
}
static uint8_t* last_row(const packed_writer* w) { return w->cells + w->cells_len - stride_of(w); }
static uint8_t* absent_bits(const packed_writer* w) {
  return last_row(w) + 8 * words_of(w->columns);
}

static uint8_t* slot(const packed_writer* w, uint32_t column) {
  return last_row(w) + 16 * words_of(w->columns) + 8 * (size_t)column;
}

static void* room_for(uint8_t* bytes, size_t len, size_t more, size_t* room) {
  while (*room < len + more) bytes = must_grow(bytes, *room, room, 1);
  return bytes;
}

static void set_present(packed_writer* w, uint32_t column) {
  absent_bits(w)[column / 8] &= (uint8_t) ~(1u << (column % 8));
}

void packed_start(packed_writer* w, const thing_model* model) {
  w->model_hash = thing_model_hash(model);
  w->columns = (uint32_t)thing_model_field_count(model);
  w->rows = 0;
  w->cells_len = w->heap_len = 0;
}

void packed_row(packed_writer* w) {
  size_t stride = stride_of(w);
  w->cells = room_for(w->cells, w->cells_len, stride, &w->cells_room);
  memset(w->cells + w->cells_len, 0, stride);
  w->cells_len += stride;
  w->rows++;
  for (uint32_t i = 0; i < w->columns; i++) absent_bits(w)[i / 8] |= (uint8_t)(1u << (i % 8));
}

void packed_null(packed_writer* w, uint32_t column) {
  set_present(w, column);
  last_row(w)[column / 8] |= (uint8_t)(1u << (column % 8));
}

void packed_int(packed_writer* w, uint32_t column, int64_t value) {
  set_present(w, column);
  store(slot(w, column), (uint64_t)value, 8);
}

void packed_text(packed_writer* w, uint32_t column, const char* text) {
  if (text == NULL) {
    packed_null(w, column);
    return;
  }
  size_t len = strlen(text);
  set_present(w, column);
  store(slot(w, column), w->heap_len, 4);
  store(slot(w, column) + 4, len, 4);
  w->heap = room_for(w->heap, w->heap_len, len + 1, &w->heap_room);
  memcpy(w->heap + w->heap_len, text, len + 1);
  w->heap_len += len + 1;
}

static void store_header(const packed_writer* w, uint8_t* to) {
  store(to, MAGIC, 4);
  store(to + 4, 1, 2);
  store(to + 6, HAS_ABSENT, 2);
  store(to + 8, w->rows, 4);
  store(to + 12, w->columns, 4);
  store(to + 16, stride_of(w), 4);
  store(to + 20, HEADER_BYTES, 4);
  store(to + 24, HEADER_BYTES + w->cells_len, 8);
  store(to + 32, w->heap_len, 8);
  store(to + 40, (uint64_t)w->model_hash, 8);
}

uint8_t* packed_finish(const packed_writer* w, int64_t* len) {
  size_t size = HEADER_BYTES + w->cells_len + w->heap_len;
  uint8_t* batch = must_alloc(size, 1);
  store_header(w, batch);
  if (w->cells_len > 0) memcpy(batch + HEADER_BYTES, w->cells, w->cells_len);
  if (w->heap_len > 0) memcpy(batch + HEADER_BYTES + w->cells_len, w->heap, w->heap_len);
  *len = (int64_t)size;
  return batch;
}

void packed_free(packed_writer* w) {
  free(w->cells);
  free(w->heap);
  *w = (packed_writer){0};
}

/* ---- reading */

uint32_t packed_rows(const uint8_t* batch) { return (uint32_t)fetch(batch + 8, 4); }

static const uint8_t* slot_at(const uint8_t* batch, uint32_t row, uint32_t column) {
  uint32_t words = words_of((uint32_t)fetch(batch + 12, 4));
  if (fetch(batch + 6, 2) & HAS_ABSENT) words *= 2;
  return batch + fetch(batch + 20, 4) + row * fetch(batch + 16, 4) + 8 * ((size_t)words + column);
}

int64_t packed_get_int(const uint8_t* batch, uint32_t row, uint32_t column) {
  return (int64_t)fetch(slot_at(batch, row, column), 8);
}

const char* packed_get_text(const uint8_t* batch, uint32_t row, uint32_t column) {
  const uint8_t* at = slot_at(batch, row, column);
  if (fetch(at + 4, 4) == 0) return "";
  return (const char*)batch + fetch(batch + 24, 8) + fetch(at, 4);
}
