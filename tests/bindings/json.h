/* JSON as the player in C reads it: a tree in which every value also has the bytes that it was
 * written with, so that documents reach the library as they stand and integers keep all their
 * digits. */
#ifndef THING_TESTS_BINDINGS_JSON_H
#define THING_TESTS_BINDINGS_JSON_H
#include <stdbool.h>
#include <stdint.h>

enum json_kind { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json {
  enum json_kind kind;
  const char* raw; /* within the text that was parsed */
  int64_t raw_len;
  char* text; /* of a string: decoded, with a NUL behind it */
  int64_t len;
  char* key; /* of a member of an object */
  struct json *first, *next;
};

/* NULL for what is not one JSON value; the text has to outlive the tree. */
struct json* json_parse(const char* text, int64_t len);
void json_free(struct json* value);

/* NULL when there is no such member, or no object. */
const struct json* json_get(const struct json* object, const char* key);
/* The text of a string member; NULL when there is none. */
const char* json_text(const struct json* object, const char* key);
/* The number of an integer member; otherwise what is given. */
int64_t json_int(const struct json* object, const char* key, int64_t otherwise);
bool json_true(const struct json* object, const char* key);
int64_t json_count(const struct json* value);
#endif
