/* Plays a scenario through thing.h and prints its trace. usage: play SCENARIO URL */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "player.h"

/* ---- text that grows */

void text_add(struct text* t, const char* bytes, int64_t len) {
  const size_t n = len < 0 ? strlen(bytes) : (size_t)len;
  if (t->len + n + 1 > t->cap) {
    t->cap = (t->len + n + 1) * 2;
    t->data = realloc(t->data, t->cap);
    if (t->data == NULL) exit(2);
  }
  if (n > 0) memcpy(t->data + t->len, bytes, n);
  t->len += n;
  t->data[t->len] = '\0';
}

void text_print(struct text* t, const char* format, ...) {
  char line[1024];
  va_list args;
  va_start(args, format);
  const int n = vsnprintf(line, sizeof line, format, args);
  va_end(args);
  text_add(t, line, n);
}

void text_quote(struct text* t, const char* bytes, int64_t len) {
  const int64_t n = len < 0 ? (int64_t)strlen(bytes) : len;
  text_add(t, "\"", 1);
  for (int64_t i = 0; i < n; i++) {
    const unsigned char c = (unsigned char)bytes[i];
    if (c == '"' || c == '\\')
      text_print(t, "\\%c", c);
    else if (c < 0x20)
      text_print(t, "\\u%04x", (unsigned)c);
    else
      text_add(t, bytes + i, 1);
  }
  text_add(t, "\"", 1);
}

void text_cut(struct text* t, size_t len) {
  t->len = len;
  if (t->data != NULL) t->data[len] = '\0';
}

void text_free(struct text* t) {
  free(t->data);
  *t = (struct text){0};
}

/* ---- names */

static void mistake(struct player* p, const char* what, const char* name) {
  fprintf(stderr, "step %s%s: '%s'\n", p->place.data != NULL ? p->place.data : "", what,
          name != NULL ? name : "");
  p->wrong = true;
}

struct named* find_named(struct player* p, const char* name, bool make) {
  struct named* n = p->names;
  while (n != NULL && strcmp(n->name, name) != 0) n = n->next;
  if (n != NULL || !make) return n;
  n = calloc(1, sizeof *n);
  n->name = malloc(strlen(name) + 1);
  strcpy(n->name, name);
  n->next = p->names;
  p->names = n;
  return n;
}

thing_obj* object_of(struct player* p, const struct json* step, const char* member) {
  const char* name = json_text(step, member);
  const struct named* n = name != NULL ? find_named(p, name, false) : NULL;
  if (n != NULL && n->obj != NULL) return n->obj;
  mistake(p, "no object", name);
  return NULL;
}

void keep(struct player* p, const struct json* step, thing_obj* obj) {
  const char* name = json_text(step, "as");
  if (name == NULL || obj == NULL) {
    thing_obj_free(obj);
    return;
  }
  struct named* n = find_named(p, name, true);
  if (n->obj != obj) thing_obj_free(n->obj);
  n->obj = obj;
}

const thing_model* model_of(struct player* p, const struct json* step) {
  const char* name = json_text(step, "model");
  if (name == NULL) return NULL;
  struct named* n = find_named(p, name, true); /* kept, as a closed database finds none */
  if (n->model == NULL) n->model = thing_model_find(p->db, name, -1);
  if (n->model == NULL) mistake(p, "no model", name);
  return n->model;
}

int32_t field_of(struct player* p, const thing_model* m, const char* name) {
  const int32_t field = thing_model_field_index(m, name, -1);
  if (field < 0) mistake(p, "no field", name);
  return field;
}

int32_t bits_of(struct player* p, const struct json* names, const char* const* known,
                const int32_t* bits) {
  int32_t all = 0;
  for (const struct json* name = names != NULL ? names->first : NULL; name != NULL;
       name = name->next) {
    size_t i = 0;
    while (known[i] != NULL && strcmp(known[i], name->text) != 0) i++;
    if (known[i] == NULL)
      mistake(p, "no flag", name->text);
    else
      all |= bits[i];
  }
  return all;
}

int32_t delete_mode(const struct json* step) {
  const char* mode = json_text(step, "mode");
  if (mode == NULL) return THING_DELETE_DEFAULT;
  return strcmp(mode, "hard") == 0 ? THING_DELETE_HARD : THING_DELETE_SOFT;
}

/* ---- options of a call */

static const char* const ctx_names[] = {"no_cache_read", "no_cache_write",
                                        "with_deleted",  "only_deleted",
                                        "cache_only",    "no_hooks",
                                        "no_timestamps", "lock_share",
                                        "lock_update",   "nowait",
                                        "skip_locked",   "no_copies",
                                        "unscoped",      NULL};
static const int32_t ctx_bits[] = {
    THING_CTX_NO_CACHE_READ, THING_CTX_NO_CACHE_WRITE, THING_CTX_WITH_DELETED,
    THING_CTX_ONLY_DELETED,  THING_CTX_CACHE_ONLY,     THING_CTX_NO_HOOKS,
    THING_CTX_NO_TIMESTAMPS, THING_CTX_LOCK_SHARE,     THING_CTX_LOCK_UPDATE,
    THING_CTX_NOWAIT,        THING_CTX_SKIP_LOCKED,    THING_CTX_NO_COPIES,
    THING_CTX_UNSCOPED};

thing_ctx* begin_ctx(struct player* p, const struct json* step) {
  const struct json *in = json_get(step, "in"), *options = json_get(step, "ctx");
  if (in != NULL && in->kind == JSON_STRING) return thing_tx_ctx(find_named(p, in->text, true)->tx);
  thing_ctx* around = in == NULL ? p->tx_ctx : NULL;
  if (options == NULL) return around;
  thing_ctx* ctx = around != NULL ? around : thing_ctx_new(p->db);
  const char* mute = json_text(options, "mute");
  thing_ctx_set_timeout_ms(ctx, json_int(options, "timeout_ms", -1));
  thing_ctx_set_flags(ctx, bits_of(p, json_get(options, "flags"), ctx_names, ctx_bits));
  if (mute != NULL) thing_ctx_mute(ctx, thing_model_find(p->db, mute, -1), NULL);
  if (json_true(options, "cancelled")) thing_ctx_cancel(ctx);
  return ctx;
}

void end_ctx(struct player* p, const struct json* step, thing_ctx* ctx) {
  if (json_get(step, "ctx") == NULL) return;
  if (ctx == p->tx_ctx)
    thing_ctx_reset(ctx);
  else
    thing_ctx_free(ctx);
}

/* ---- answers */

thing_status answer_buf(struct player* p, thing_status status, thing_buf** buf) {
  if (status >= 0 && *buf != NULL)
    text_add(&p->answer, (const char*)thing_buf_data(*buf), thing_buf_len(*buf));
  thing_buf_free(*buf);
  return status;
}

thing_status answer_obj(struct player* p, const struct json* step, const thing_obj* obj,
                        int32_t flags) {
  const struct json* fields = json_get(step, "fields");
  thing_buf* buf = NULL;
  if (fields == NULL) return answer_buf(p, thing_obj_json(obj, flags, &buf, &p->err), &buf);
  return answer_buf(p, thing_obj_json_fields(obj, fields->text, fields->len, flags, &buf, &p->err),
                    &buf);
}

thing_status answer_rows(struct player* p, const struct json* step, const thing_rows* rows) {
  const struct json* fields = json_get(step, "fields");
  thing_buf* buf = NULL;
  if (fields == NULL) return answer_buf(p, thing_rows_json(rows, 0, &buf, &p->err), &buf);
  return answer_buf(p, thing_rows_json_fields(rows, fields->text, fields->len, 0, &buf, &p->err),
                    &buf);
}

/* ---- the trace */

static void print_failure(struct player* p) {
  struct text* t = &p->answer;
  t->len = 0;
  if (p->own_failure) {
    text_add(t, "null", 4);
    return;
  }
  const struct {
    const char *name, *value;
  } members[] = {{"sqlstate", thing_error_sqlstate(p->err)},
                 {"model", thing_error_model(p->err)},
                 {"field", thing_error_field(p->err)},
                 {"constraint", thing_error_constraint(p->err)},
                 {"table", thing_error_table(p->err)}};
  for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
    text_print(t, "%s\"%s\":", i == 0 ? "{" : ",", members[i].name);
    text_quote(t, members[i].value, -1);
  }
  text_print(t, ",\"retryable\":%s}", thing_error_retryable(p->err) ? "true" : "false");
}

static const char* print_outcome(struct player* p, thing_status status) {
  if (status < 0 && p->thrown != NULL) {
    p->answer.len = 0;
    text_quote(&p->answer, p->thrown, -1);
    return "THROWN";
  }
  if (status < 0)
    print_failure(p);
  else if (status == THING_NOT_FOUND)
    p->answer.len = 0;
  if (p->answer.len == 0) text_add(&p->answer, "null", 4);
  return thing_status_name(status);
}

static verb_fn* find_verb(const char* name) {
  const struct verb* const tables[] = {object_verbs,   record_verbs, query_verbs,
                                       relation_verbs, tx_verbs,     hook_verbs};
  for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
    for (const struct verb* v = tables[i]; v->name != NULL; v++) {
      if (strcmp(v->name, name) == 0) return v->run;
    }
  }
  return NULL;
}

static void play_step(struct player* p, const struct json* step, int number) {
  const size_t place = p->place.len;
  const char* name = json_text(step, "do");
  verb_fn* run = name != NULL ? find_verb(name) : NULL;
  text_print(&p->place, "%d", number);
  if (run == NULL) mistake(p, ": no such verb", name);

  p->answer.len = 0;
  const thing_status status = run != NULL ? run(p, step) : THING_E_INVALID;
  const char* outcome = print_outcome(p, status);
  printf("%s %s ", p->place.data, outcome);
  fwrite(p->answer.data, 1, p->answer.len, stdout);
  putchar('\n');

  thing_error_free(p->err);
  p->err = NULL;
  p->thrown = NULL;
  p->own_failure = false;
  text_cut(&p->place, place);
}

void play_steps(struct player* p, const struct json* steps) {
  int number = 0;
  for (const struct json* step = steps->first; step != NULL && p->leave == LEAVE_NOT;
       step = step->next)
    play_step(p, step, ++number);
}

/* ---- the program */

static void forget_all(struct player* p) {
  while (p->names != NULL) {
    struct named* n = p->names;
    p->names = n->next;
    thing_obj_free(n->obj);
    thing_tx_free(n->tx);
    free(n->name);
    free(n);
  }
  while (p->hooks != NULL) {
    struct hook* h = p->hooks;
    p->hooks = h->next;
    free(h);
  }
  text_free(&p->heard);
  text_free(&p->answer);
  text_free(&p->place);
}

static bool read_file(const char* path, struct text* into) {
  FILE* file = fopen(path, "rb");
  char block[1 << 16];
  size_t n = 0;
  if (file == NULL) return false;
  while ((n = fread(block, 1, sizeof block, file)) > 0) text_add(into, block, (int64_t)n);
  fclose(file);
  return true;
}

static int play(const struct json* scenario, const char* url) {
  struct player p = {0};
  if (thing_open(url, -1, &p.db, &p.err) < 0) {
    fprintf(stderr, "%s\n", thing_error_message(p.err));
    thing_error_free(p.err);
    return 2;
  }
  p.anchor = thing_ctx_new(p.db);
  p.models = json_get(scenario, "models");
  play_steps(&p, json_get(scenario, "steps"));
  thing_close(p.db);
  forget_all(&p);
  thing_ctx_free(p.anchor);
  return p.wrong ? 1 : 0;
}

int main(int argc, char** argv) {
  struct text source = {0};
  if (argc != 3 || !read_file(argv[1], &source)) {
    fprintf(stderr, "usage: play SCENARIO URL\n");
    return 2;
  }
  struct json* scenario = json_parse(source.data, (int64_t)source.len);
  if (scenario == NULL) fprintf(stderr, "%s: not JSON\n", argv[1]);
  const int result = scenario != NULL ? play(scenario, argv[2]) : 2;
  json_free(scenario);
  text_free(&source);
  return result;
}
