/* Values on their way from a document into C and back: each becomes what a program in C would hold,
 * an int64_t of microseconds for a time, 16 bytes for a UUID, and goes to the library as that. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "player.h"

enum { MICROS = 1000000, MICROS_A_DAY = 86400 };

/* Days since 1970-01-01 of a date of the calendar that has no gap. */
static int64_t days_of(int64_t year, int64_t month, int64_t day) {
  const int64_t shifted =
      month <= 2 ? year - 1 : year; /* years that begin in March have their leap day at the end */
  const int64_t era = shifted / 400, of_era = shifted - era * 400;
  const int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* Reads digits; -1 when there are none. */
static int64_t number_at(const char** at) {
  char* end = NULL;
  const int64_t n = strtoll(*at, &end, 10);
  if (end == *at) return -1;
  *at = end;
  return n;
}

/* "12:34:56.789" as microseconds. */
static int64_t time_at(const char** at) {
  int64_t seconds = 0;
  for (int i = 0; i < 3; i++) {
    seconds = seconds * 60 + number_at(at);
    if (i < 2) ++*at; /* the colon */
  }
  int64_t micros = 0;
  if (**at == '.') {
    ++*at;
    for (int64_t unit = MICROS / 10; **at >= '0' && **at <= '9'; ++*at, unit /= 10)
      micros += (**at - '0') * unit;
  }
  return seconds * MICROS + micros;
}

static int64_t date_at(const char** at) {
  int64_t part[3];
  for (int i = 0; i < 3; i++) {
    part[i] = number_at(at);
    if (i < 2) ++*at; /* the hyphen */
  }
  return days_of(part[0], part[1], part[2]);
}

static int64_t datetime_of(const char* text) {
  const char* at = text;
  const int64_t days = date_at(&at);
  at++; /* the T */
  const int64_t micros = time_at(&at);
  int64_t minutes = 0;
  if (*at == '+' || *at == '-') {
    const int64_t sign = *at++ == '-' ? -1 : 1;
    minutes = number_at(&at) * 60;
    at++;
    minutes = sign * (minutes + number_at(&at));
  }
  return days * MICROS_A_DAY * MICROS + micros - minutes * 60 * MICROS;
}

static int64_t digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return (c | 0x20) - 'a' + 10;
}

static void uuid_of(const char* text, char* bytes) {
  for (int i = 0; i < 16; i++, text += 2) {
    if (*text == '-') text++;
    bytes[i] = (char)(digit_of(text[0]) * 16 + digit_of(text[1]));
  }
}

static int64_t base64_of(const char* text, int64_t len, char* bytes) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  uint32_t bits = 0;
  int count = 0;
  int64_t n = 0;
  for (int64_t i = 0; i < len && text[i] != '='; i++) {
    bits = bits << 6 | (uint32_t)(strchr(digits, text[i]) - digits);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes[n++] = (char)(bits >> count & 0xff);
  }
  return n;
}

static thing_status set_repeated(struct player* p, thing_obj* obj, int32_t field,
                                 const struct json* repeat) {
  struct text t = {0};
  const struct json* what = repeat->first;
  for (int64_t i = strtoll(what->next->raw, NULL, 10); i > 0; i--)
    text_add(&t, what->text, what->len);
  const thing_status status = thing_obj_set_text(obj, field, t.data, (int64_t)t.len, &p->err);
  text_free(&t);
  return status;
}

static thing_status set_bytes(struct player* p, thing_obj* obj, int32_t field,
                              const struct json* value) {
  char* bytes = malloc((size_t)value->len + 1);
  const int64_t len = base64_of(value->text, value->len, bytes);
  const thing_status status = thing_obj_set_text(obj, field, bytes, len, &p->err);
  free(bytes);
  return status;
}

static thing_status set_uuid(struct player* p, thing_obj* obj, int32_t field,
                             const struct json* value) {
  char bytes[16];
  uuid_of(value->text, bytes);
  return thing_obj_set_text(obj, field, bytes, sizeof bytes, &p->err);
}

thing_status set_native_field(struct player* p, thing_obj* obj, int32_t field,
                              const struct json* value) {
  const thing_model* m = thing_obj_model(obj);
  const int32_t type = thing_model_field_type(m, field);
  const char* at = value->text;
  if (type == THING_TYPE_JSON || (thing_model_field_flags(m, field) & THING_FIELD_LIST) != 0) {
    if (value->kind == JSON_NULL) return thing_obj_set_null(obj, field, &p->err);
    return thing_obj_set_text(obj, field, value->raw, value->raw_len, &p->err);
  }
  if (value->kind == JSON_NULL) return thing_obj_set_null(obj, field, &p->err);
  const struct json* repeat = json_get(value, "$repeat");
  if (repeat != NULL) return set_repeated(p, obj, field, repeat);
  switch (type) {
    case THING_TYPE_BOOL: return thing_obj_set_int64(obj, field, value->raw[0] == 't', &p->err);
    case THING_TYPE_INT:
      return thing_obj_set_int64(obj, field, strtoll(value->raw, NULL, 10), &p->err);
    case THING_TYPE_FLOAT:
      return thing_obj_set_double(obj, field, strtod(value->raw, NULL), &p->err);
    case THING_TYPE_DATETIME: return thing_obj_set_int64(obj, field, datetime_of(at), &p->err);
    case THING_TYPE_DATE: return thing_obj_set_int64(obj, field, date_at(&at), &p->err);
    case THING_TYPE_TIME: return thing_obj_set_int64(obj, field, time_at(&at), &p->err);
    case THING_TYPE_UUID: return set_uuid(p, obj, field, value);
    case THING_TYPE_BYTES: return set_bytes(p, obj, field, value);
    default: break;
  }
  if (value->kind == JSON_NUMBER)
    return thing_obj_set_text(obj, field, value->raw, value->raw_len, &p->err); /* a decimal */
  return thing_obj_set_text(obj, field, value->text, value->len, &p->err);
}

thing_status set_native(struct player* p, thing_obj* obj, const struct json* data) {
  thing_status status = THING_OK;
  for (const struct json* member = data != NULL ? data->first : NULL;
       member != NULL && status == THING_OK; member = member->next) {
    status = set_native_field(p, obj, field_of(p, thing_obj_model(obj), member->key), member);
  }
  return status;
}

/* Whether the getters give an int64_t. */
static bool is_number(int32_t type) {
  return type == THING_TYPE_BOOL || type == THING_TYPE_INT || type == THING_TYPE_DATETIME ||
         type == THING_TYPE_DATE || type == THING_TYPE_TIME;
}

static int32_t scalar_type(const thing_model* m, int32_t field) {
  return (thing_model_field_flags(m, field) & THING_FIELD_LIST) != 0
             ? THING_TYPE_JSON
             : thing_model_field_type(m, field);
}

thing_status copy_native(struct player* p, const thing_obj* from, thing_obj* to) {
  const thing_model* m = thing_obj_model(from);
  thing_status status = THING_OK;
  for (int32_t i = 0; i < thing_model_field_count(m) && status == THING_OK; i++) {
    const int32_t state = thing_obj_field_state(from, i) & ~THING_STATE_DIRTY,
                  type = scalar_type(m, i);
    const char* text = NULL;
    int64_t len = 0;
    if (state == THING_STATE_MISSING) continue;
    if (state == THING_STATE_NULL)
      status = thing_obj_set_null(to, i, &p->err);
    else if (is_number(type))
      status = thing_obj_set_int64(to, i, thing_obj_int64(from, i), &p->err);
    else if (type == THING_TYPE_FLOAT)
      status = thing_obj_set_double(to, i, thing_obj_double(from, i), &p->err);
    else if ((status = thing_obj_text(from, i, &text, &len)) == THING_OK)
      status = thing_obj_set_text(to, i, text, len, &p->err);
  }
  return status;
}

static void print_hex(struct text* t, const char* bytes, int64_t len, bool uuid) {
  text_add(t, "\"", 1);
  for (int64_t i = 0; i < len; i++) {
    if (uuid && (i == 4 || i == 6 || i == 8 || i == 10)) text_add(t, "-", 1);
    text_print(t, "%02x", (unsigned)(unsigned char)bytes[i]);
  }
  text_add(t, "\"", 1);
}

static void print_value(struct text* t, const thing_obj* obj, int32_t field, int32_t type) {
  if (type == THING_TYPE_BOOL) {
    text_print(t, "%s", thing_obj_int64(obj, field) != 0 ? "true" : "false");
    return;
  }
  if (is_number(type)) {
    text_print(t, "%" PRId64, thing_obj_int64(obj, field));
    return;
  }
  if (type == THING_TYPE_FLOAT) {
    const double value = thing_obj_double(obj, field);
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    text_print(t, "\"%016" PRIx64 "\"", bits);
    return;
  }
  const char* text = NULL;
  int64_t len = 0;
  if (thing_obj_text(obj, field, &text, &len) != THING_OK)
    text_print(t, "?");
  else if (type == THING_TYPE_BYTES || type == THING_TYPE_UUID)
    print_hex(t, text, len, type == THING_TYPE_UUID);
  else
    text_quote(t, text, len);
}

void print_native(struct text* t, const thing_obj* obj) {
  const thing_model* m = thing_obj_model(obj);
  bool any = false;
  text_add(t, "{", 1);
  for (int32_t i = 0; i < thing_model_field_count(m); i++) {
    const int32_t state = thing_obj_field_state(obj, i) & ~THING_STATE_DIRTY;
    if (state == THING_STATE_MISSING) continue;
    if (any) text_add(t, ",", 1);
    any = true;
    text_quote(t, thing_model_field_name(m, i), -1);
    text_add(t, ":", 1);
    if (state == THING_STATE_NULL)
      text_add(t, "null", 4);
    else
      print_value(t, obj, i, scalar_type(m, i));
  }
  text_add(t, "}", 1);
}
