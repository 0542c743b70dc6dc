/* Strings that live until the end: a pool that keeps them, a map that numbers them. Without memory
 * the program ends with a message. */
#ifndef PACKAGES_STRING_POOL_H
#define PACKAGES_STRING_POOL_H
#include <stddef.h>
#include <stdint.h>

typedef struct string_pool {
  struct string_block* blocks;
} string_pool;

/* A copy of the bytes as valid UTF-8: what is not becomes U+FFFD, and so does NUL. */
const char* string_pool_add(string_pool* pool, const char* bytes, size_t len);
void string_pool_free(string_pool* pool);

/* The number of the first bytes of s that are one UTF-8 character; 0 when they are not. */
size_t utf8_length(const char* s, size_t len);

typedef struct string_map {
  struct string_slot* slots;
  size_t capacity, count;
} string_map;

/* The number kept for key; when there is none yet, number is kept. The map borrows key. */
int32_t string_map_put(string_map* map, const char* key, int32_t number);
/* -1 when there is none. */
int32_t string_map_find(const string_map* map, const char* key);
void string_map_free(string_map* map);

void* must_alloc(size_t count, size_t size);
/* The two texts as one; the caller frees it. */
char* must_join(const char* first, const char* second);
/* Doubles the array when count has reached *capacity. */
void* must_grow(void* array, size_t count, size_t* capacity, size_t size);

#endif
