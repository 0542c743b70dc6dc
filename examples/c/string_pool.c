#include "string_pool.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 1 << 20, FIRST_SLOTS = 1024 };

struct string_block {
  struct string_block* next;
  size_t used, size;
  char bytes[];
};

struct string_slot {
  const char* key;
  uint32_t hash;
  int32_t number;
};

static void out_of_memory(void) {
  fputs("packages: out of memory\n", stderr);
  exit(1);
}

void* must_alloc(size_t count, size_t size) {
  void* p = calloc(count > 0 ? count : 1, size);
  if (p == NULL) out_of_memory();
  return p;
}

char* must_join(const char* first, const char* second) {
  size_t size = strlen(first) + strlen(second) + 1;
  char* text = must_alloc(size, 1);
  snprintf(text, size, "%s%s", first, second);
  return text;
}

void* must_grow(void* array, size_t count, size_t* capacity, size_t size) {
  if (count < *capacity) return array;
  size_t wanted = *capacity > 0 ? *capacity * 2 : 64;
  void* p = wanted > SIZE_MAX / size ? NULL : realloc(array, wanted * size);
  if (p == NULL) out_of_memory();
  *capacity = wanted;
  return p;
}

/* ---- the pool */

static char* pool_reserve(string_pool* pool, size_t size) {
  struct string_block* block = pool->blocks;
  if (block == NULL || block->size - block->used < size) {
    size_t wanted = size > BLOCK_BYTES ? size : BLOCK_BYTES;
    block = must_alloc(1, sizeof *block + wanted);
    block->size = wanted;
    block->next = pool->blocks;
    pool->blocks = block;
  }
  return block->bytes + block->used;
}

static bool is_continuation(char c) { return ((unsigned char)c & 0xC0) == 0x80; }

/* The shortest form alone counts, no surrogates, nothing beyond U+10FFFF. */
static bool second_byte_fits(unsigned char first, unsigned char second) {
  switch (first) {
    case 0xE0: return second >= 0xA0;
    case 0xED: return second <= 0x9F;
    case 0xF0: return second >= 0x90;
    case 0xF4: return second <= 0x8F;
    default: return true;
  }
}

size_t utf8_length(const char* s, size_t len) {
  if (len == 0) return 0;
  unsigned char first = (unsigned char)s[0];
  if (first < 0x80) return 1;
  size_t need = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || len < need) return 0;
  for (size_t i = 1; i < need; i++)
    if (!is_continuation(s[i])) return 0;
  return second_byte_fits(first, (unsigned char)s[1]) ? need : 0;
}

static size_t valid_prefix(const char* s, size_t len) {
  size_t at = 0;
  while (at < len && s[at] != '\0') {
    size_t n = utf8_length(s + at, len - at);
    if (n == 0) break;
    at += n;
  }
  return at;
}

static size_t copy_repaired(char* to, const char* bytes, size_t len) {
  size_t out = 0;
  for (size_t at = 0; at < len;) {
    size_t good = valid_prefix(bytes + at, len - at);
    memcpy(to + out, bytes + at, good);
    at += good;
    out += good;
    if (at == len) break;
    memcpy(to + out, "\xEF\xBF\xBD", 3);
    at += 1;
    out += 3;
  }
  return out;
}

const char* string_pool_add(string_pool* pool, const char* bytes, size_t len) {
  bool valid = valid_prefix(bytes, len) == len;
  char* to = pool_reserve(pool, (valid ? len : len * 3) + 1);
  size_t out = len;
  if (valid) {
    memcpy(to, bytes, len);
  } else {
    out = copy_repaired(to, bytes, len);
  }
  to[out] = '\0';
  pool->blocks->used += out + 1;
  return to;
}

void string_pool_free(string_pool* pool) {
  while (pool->blocks != NULL) {
    struct string_block* next = pool->blocks->next;
    free(pool->blocks);
    pool->blocks = next;
  }
}

/* ---- the map: open addressing, at most half full */

static uint32_t hash_of(const char* key) {
  uint32_t hash = 2166136261u;
  for (; *key != '\0'; key++) hash = (hash ^ (unsigned char)*key) * 16777619u;
  return hash ^ (hash >> 15);
}

static struct string_slot* slot_of(const string_map* map, const char* key, uint32_t hash) {
  size_t i = hash & (map->capacity - 1);
  while (map->slots[i].key != NULL &&
         (map->slots[i].hash != hash || strcmp(map->slots[i].key, key) != 0)) {
    i = (i + 1) & (map->capacity - 1);
  }
  return &map->slots[i];
}

static void map_grow(string_map* map) {
  string_map old = *map;
  map->capacity = old.capacity > 0 ? old.capacity * 2 : FIRST_SLOTS;
  map->slots = must_alloc(map->capacity, sizeof *map->slots);
  for (size_t i = 0; i < old.capacity; i++)
    if (old.slots[i].key != NULL) *slot_of(map, old.slots[i].key, old.slots[i].hash) = old.slots[i];
  free(old.slots);
}

int32_t string_map_put(string_map* map, const char* key, int32_t number) {
  if (map->count * 2 >= map->capacity) map_grow(map);
  uint32_t hash = hash_of(key);
  struct string_slot* slot = slot_of(map, key, hash);
  if (slot->key != NULL) return slot->number;
  *slot = (struct string_slot){key, hash, number};
  map->count++;
  return number;
}

int32_t string_map_find(const string_map* map, const char* key) {
  if (map->capacity == 0) return -1;
  const struct string_slot* slot = slot_of(map, key, hash_of(key));
  return slot->key != NULL ? slot->number : -1;
}

void string_map_free(string_map* map) {
  free(map->slots);
  *map = (string_map){0};
}
