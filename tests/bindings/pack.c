/* Writes the packed batch that docs/reference/pack.md describes, from values as C has them. */
#include <stdlib.h>
#include <string.h>

#include "player.h"

enum { HEADER = 64, SLOT = 8, MAGIC = 0x31474854, HAS_ABSENT = 1 };

static void put(char* at, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; i++) at[i] = (char)(value >> (8 * i) & 0xff);
}

static void put_header(char* at, int64_t rows, int32_t columns, int64_t stride, size_t heap,
                       uint64_t hash) {
  const int64_t heap_at = HEADER + rows * stride;
  put(at, MAGIC, 4);
  put(at + 4, 1, 2);
  put(at + 6, HAS_ABSENT, 2);
  put(at + 8, (uint64_t)rows, 4);
  put(at + 12, (uint64_t)columns, 4);
  put(at + 16, (uint64_t)stride, 4);
  put(at + 20, HEADER, 4);
  put(at + 24, (uint64_t)heap_at, 8);
  put(at + 32, heap, 8);
  put(at + 40, hash, 8);
}

static void put_value(char* slot, struct text* heap, const thing_obj* obj, int32_t field) {
  const thing_model* m = thing_obj_model(obj);
  const bool list = (thing_model_field_flags(m, field) & THING_FIELD_LIST) != 0;
  const char* text = NULL;
  int64_t len = 0;
  uint64_t bits = 0;
  if (list || thing_obj_text(obj, field, &text, &len) == THING_OK) {
    if (list) thing_obj_text(obj, field, &text, &len);
    put(slot, heap->len, 4);
    put(slot + 4, (uint64_t)len, 4);
    text_add(heap, text, len);
    text_add(heap, "", 1);
  } else if (thing_model_field_type(m, field) == THING_TYPE_FLOAT) {
    const double value = thing_obj_double(obj, field);
    memcpy(&bits, &value, sizeof bits);
    put(slot, bits, SLOT);
  } else {
    put(slot, (uint64_t)thing_obj_int64(obj, field), SLOT);
  }
}

void pack_objects(struct text* t, thing_obj* const* objs, int64_t n, const thing_model* m) {
  const int32_t columns = thing_model_field_count(m), words = (columns + 63) / 64;
  const int64_t stride = (2 * words + columns) * SLOT;
  struct text heap = {0};
  char* fixed = calloc(1, (size_t)(HEADER + n * stride));
  for (int64_t row = 0; row < n; row++) {
    char *nulls = fixed + HEADER + row * stride, *absent = nulls + words * SLOT,
         *slots = absent + words * SLOT;
    for (int32_t i = 0; i < columns; i++) {
      const int32_t state = thing_obj_field_state(objs[row], i) & ~THING_STATE_DIRTY;
      if (state == THING_STATE_SET)
        put_value(slots + i * SLOT, &heap, objs[row], i);
      else
        (state == THING_STATE_NULL ? nulls : absent)[i / 8] |= (char)(1 << i % 8);
    }
  }
  put_header(fixed, n, columns, stride, heap.len, (uint64_t)thing_model_hash(m));
  text_add(t, fixed, HEADER + n * stride);
  if (heap.len > 0) text_add(t, heap.data, (int64_t)heap.len);
  free(fixed);
  text_free(&heap);
}
