#include "json.h"

#include <stdlib.h>
#include <string.h>

struct reader {
  const char *at, *end;
};

static struct json* read_value(struct reader* r);

static void skip_blanks(struct reader* r) {
  while (r->at < r->end && strchr(" \t\r\n", *r->at) != NULL) r->at++;
}

static bool take(struct reader* r, char c) {
  skip_blanks(r);
  if (r->at >= r->end || *r->at != c) return false;
  r->at++;
  return true;
}

static bool take_word(struct reader* r, const char* word) {
  const size_t len = strlen(word);
  if ((size_t)(r->end - r->at) < len || memcmp(r->at, word, len) != 0) return false;
  r->at += len;
  return true;
}

static int32_t read_hex(struct reader* r) {
  int32_t unit = 0;
  if (r->end - r->at < 4) return -1;
  for (int i = 0; i < 4; i++, r->at++) {
    const char* digits = "0123456789abcdef";
    const char* digit = *r->at != '\0' ? strchr(digits, *r->at | 0x20) : NULL;
    if (digit == NULL) return -1;
    unit = unit * 16 + (int32_t)(digit - digits);
  }
  return unit;
}

static char* put_utf8(char* to, int32_t point) {
  if (point < 0x80) {
    *to++ = (char)point;
    return to;
  }
  if (point >= 0x10000) {
    *to++ = (char)(0xf0 | point >> 18);
    *to++ = (char)(0x80 | (point >> 12 & 0x3f));
  } else if (point >= 0x800) {
    *to++ = (char)(0xe0 | point >> 12);
  }
  if (point >= 0x800)
    *to++ = (char)(0x80 | (point >> 6 & 0x3f));
  else
    *to++ = (char)(0xc0 | point >> 6);
  *to++ = (char)(0x80 | (point & 0x3f));
  return to;
}

/* Behind the backslash; NULL for no escape. */
static char* read_escape(struct reader* r, char* to) {
  static const char names[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
  if (r->at >= r->end) return NULL;
  const char c = *r->at++;
  if (c != 'u') {
    const char* name = c != '\0' ? strchr(names, c) : NULL;
    if (name == NULL) return NULL;
    *to++ = meant[name - names];
    return to;
  }
  int32_t point = read_hex(r);
  if (point >= 0xd800 && point < 0xdc00) {
    if (!take_word(r, "\\u")) return NULL;
    const int32_t low = read_hex(r);
    if (low < 0xdc00 || low > 0xdfff) return NULL;
    point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
  }
  return point < 0 ? NULL : put_utf8(to, point);
}

/* A string decoded; its text is never longer than it is written. */
static char* read_string(struct reader* r, int64_t* len) {
  if (!take(r, '"')) return NULL;
  char *text = malloc((size_t)(r->end - r->at) + 1), *to = text;
  while (to != NULL && r->at < r->end && *r->at != '"') {
    if (*r->at == '\\') {
      r->at++;
      to = read_escape(r, to);
    } else {
      *to++ = *r->at++;
    }
  }
  if (to == NULL || !take(r, '"')) {
    free(text);
    return NULL;
  }
  *to = '\0';
  *len = to - text;
  return realloc(text, (size_t)*len + 1);
}

static bool read_members(struct reader* r, struct json* into, char close) {
  struct json** last = &into->first;
  if (take(r, close)) return true;
  do {
    char* key = NULL;
    int64_t len = 0;
    if (close == '}' && ((key = read_string(r, &len)) == NULL || !take(r, ':'))) {
      free(key);
      return false;
    }
    *last = read_value(r);
    if (*last == NULL) {
      free(key);
      return false;
    }
    (*last)->key = key;
    last = &(*last)->next;
  } while (take(r, ','));
  return take(r, close);
}

static bool read_number(struct reader* r) {
  const char* from = r->at;
  while (r->at < r->end && *r->at != '\0' && strchr("+-.eE0123456789", *r->at) != NULL) r->at++;
  return r->at > from;
}

static bool read_into(struct reader* r, struct json* value) {
  if (r->at >= r->end) return false;
  switch (*r->at) {
    case '{':
      r->at++;
      value->kind = JSON_OBJECT;
      return read_members(r, value, '}');
    case '[':
      r->at++;
      value->kind = JSON_ARRAY;
      return read_members(r, value, ']');
    case '"':
      value->kind = JSON_STRING;
      value->text = read_string(r, &value->len);
      return value->text != NULL;
    case 'n': return take_word(r, "null");
    case 't': value->kind = JSON_BOOL; return take_word(r, "true");
    case 'f': value->kind = JSON_BOOL; return take_word(r, "false");
    default: value->kind = JSON_NUMBER; return read_number(r);
  }
}

static struct json* read_value(struct reader* r) {
  struct json* value = calloc(1, sizeof *value);
  skip_blanks(r);
  value->raw = r->at;
  if (!read_into(r, value)) {
    json_free(value);
    return NULL;
  }
  value->raw_len = r->at - value->raw;
  return value;
}

struct json* json_parse(const char* text, int64_t len) {
  struct reader r = {text, text + len};
  struct json* value = read_value(&r);
  skip_blanks(&r);
  if (value == NULL || r.at == r.end) return value;
  json_free(value);
  return NULL;
}

void json_free(struct json* value) {
  while (value != NULL) {
    struct json* next = value->next;
    json_free(value->first);
    free(value->text);
    free(value->key);
    free(value);
    value = next;
  }
}

const struct json* json_get(const struct json* object, const char* key) {
  if (object == NULL || object->kind != JSON_OBJECT) return NULL;
  const struct json* member = object->first;
  while (member != NULL && strcmp(member->key, key) != 0) member = member->next;
  return member;
}

const char* json_text(const struct json* object, const char* key) {
  const struct json* member = json_get(object, key);
  return member != NULL && member->kind == JSON_STRING ? member->text : NULL;
}

int64_t json_int(const struct json* object, const char* key, int64_t otherwise) {
  const struct json* member = json_get(object, key);
  return member != NULL && member->kind == JSON_NUMBER ? strtoll(member->raw, NULL, 10) : otherwise;
}

bool json_true(const struct json* object, const char* key) {
  const struct json* member = json_get(object, key);
  return member != NULL && member->kind == JSON_BOOL && member->raw[0] == 't';
}

int64_t json_count(const struct json* value) {
  int64_t n = 0;
  for (const struct json* item = value != NULL ? value->first : NULL; item != NULL;
       item = item->next)
    n++;
  return n;
}
