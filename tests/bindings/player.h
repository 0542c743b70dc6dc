/* The player in C: what its parts share. README.md says what a player does. */
#ifndef THING_TESTS_BINDINGS_PLAYER_H
#define THING_TESTS_BINDINGS_PLAYER_H
#include <stddef.h>
#include <thing.h>

#include "json.h"

/* Text that grows. */
struct text {
  char* data;
  size_t len, cap;
};

void text_add(struct text* t, const char* bytes, int64_t len);
void text_print(struct text* t, const char* format, ...) __attribute__((format(printf, 2, 3)));
/* As a JSON string, with quotes. */
void text_quote(struct text* t, const char* bytes, int64_t len);
void text_cut(struct text* t, size_t len);
void text_free(struct text* t);

struct player;

/* A name of the scenario, and the object, model, transaction or hook behind it. */
struct named {
  char* name;
  const thing_model* model;
  thing_obj* obj;
  thing_tx* tx;
  int64_t hook;
  struct named* next;
};

struct hook {
  struct player* player;
  const struct json* step;
  struct hook* next;
};

/* How a body of a transaction ended before its end. */
enum leave { LEAVE_NOT, LEAVE_ROLLBACK, LEAVE_FAIL, LEAVE_THROW };

struct player {
  thing_db* db;
  thing_ctx* anchor; /* any handle keeps a closed database there to be asked */
  thing_ctx* tx_ctx; /* of the transaction around the step; NULL: none */
  const struct json* models;
  struct named* names;
  struct hook* hooks;
  struct text heard;  /* what hooks recorded, joined by "," */
  struct text answer; /* of the step */
  struct text place;  /* "7.2." */
  thing_error* err;
  const char* thrown; /* an exception that is on its way */
  char thrown_text[128];
  enum leave leave;
  thing_status failure; /* of LEAVE_FAIL */
  bool own_failure;     /* the step's failure is one that the player made */
  bool wrong;           /* the scenario has something that this player does not know */
};

/* A step's work: its status, with p->err for a failure, and the answer in p->answer. */
typedef thing_status verb_fn(struct player* p, const struct json* step);

struct verb {
  const char* name;
  verb_fn* run;
};

extern const struct verb object_verbs[], record_verbs[], query_verbs[], relation_verbs[],
    tx_verbs[], hook_verbs[];

/* ---- play.c */
void play_steps(struct player* p, const struct json* steps);
/* The name's own place; made when there is none and make is true. */
struct named* find_named(struct player* p, const char* name, bool make);
/* The object that a member of the step names; NULL, and a scenario that is wrong, when there is
 * none. */
thing_obj* object_of(struct player* p, const struct json* step, const char* member);
/* Keeps the object by the step's "as", or frees it. */
void keep(struct player* p, const struct json* step, thing_obj* obj);
const thing_model* model_of(struct player* p, const struct json* step);
int32_t field_of(struct player* p, const thing_model* m, const char* name);
/* A bit by its name within names, which end with NULL; bits[i] belongs to names[i]. */
int32_t bits_of(struct player* p, const struct json* names, const char* const* known,
                const int32_t* bits);
/* The ctx of the step's call, to be given back by end_ctx; NULL without options and transaction. */
thing_ctx* begin_ctx(struct player* p, const struct json* step);
void end_ctx(struct player* p, const struct json* step, thing_ctx* ctx);
int32_t delete_mode(const struct json* step);

/* ---- answers: printed by the library, as the step's "fields" say */
thing_status answer_obj(struct player* p, const struct json* step, const thing_obj* obj,
                        int32_t flags);
thing_status answer_rows(struct player* p, const struct json* step, const thing_rows* rows);
/* Takes the buffer when the call that made it went well. */
thing_status answer_buf(struct player* p, thing_status status, thing_buf** buf);

/* ---- native.c: values as C holds them */
thing_status set_native(struct player* p, thing_obj* obj, const struct json* data);
thing_status set_native_field(struct player* p, thing_obj* obj, int32_t field,
                              const struct json* value);
thing_status copy_native(struct player* p, const thing_obj* from, thing_obj* to);
void print_native(struct text* t, const thing_obj* obj);

/* ---- pack.c */
/* The objects' values as a packed batch. */
void pack_objects(struct text* t, thing_obj* const* objs, int64_t n, const thing_model* m);
#endif
