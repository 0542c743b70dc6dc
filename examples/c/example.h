/* What the small examples have in common: they open a database, and end with 1 when something
 * fails or is not as expected. */
#ifndef EXAMPLE_H
#define EXAMPLE_H
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <thing.h>

static inline void give_up(const char* what, thing_error* err) {
  fprintf(stderr, "%s: %s\n", what, thing_error_message(err));
  thing_error_free(err);
  exit(1);
}

/* check(thing_save(db, NULL, obj, &err), "saving", &err); gives the status, which is no failure. */
static inline thing_status check(thing_status status, const char* what, thing_error** err) {
  if (status < 0) give_up(what, *err);
  return status;
}

/* The database of the first argument, or one in memory, with the models' tables. */
static inline thing_db* open_with(int argc, char** argv, const char* models) {
  thing_db* db = NULL;
  thing_error* err = NULL;
  check(thing_open(argc > 1 ? argv[1] : "sqlite::memory:", -1, &db, &err), "opening", &err);
  check(thing_model_register(db, models, -1, &err), "registering", &err);
  check(thing_schema_sync(db, NULL, &err), "making the tables", &err);
  return db;
}

static inline void expect(const char* found, const char* expected) {
  printf("  %s\n", found);
  if (strcmp(found, expected) == 0) return;
  fprintf(stderr, "expected %s\n", expected);
  exit(1);
}

/* Runs an action, whose answer has to be `expected`. */
static inline void act(thing_db* db, thing_ctx* ctx, const char* model, const char* action,
                       const char* arguments, const char* expected) {
  thing_buf* out = NULL;
  thing_error* err = NULL;
  printf("%s %s %s\n", model, action, arguments);
  thing_status status =
      check(thing_call(db, ctx, model, action, arguments, -1, &out, &err), action, &err);
  expect(status == THING_NOT_FOUND ? "not found" : (const char*)thing_buf_data(out), expected);
  thing_buf_free(out);
}

/* An action that is refused with a message that begins so. */
static inline void refuse(thing_db* db, const char* model, const char* action,
                          const char* arguments, const char* expected) {
  thing_buf* out = NULL;
  thing_error* err = NULL;
  printf("%s %s %s\n", model, action, arguments);
  thing_status status = thing_call(db, NULL, model, action, arguments, -1, &out, &err);
  const char* message = status < 0 ? thing_error_message(err) : "no error";
  printf("  %s\n", message);
  if (strncmp(message, expected, strlen(expected)) != 0) {
    fprintf(stderr, "expected %s\n", expected);
    exit(1);
  }
  thing_error_free(err);
  thing_buf_free(out);
}

/* A new object with the fields of a JSON object. */
static inline thing_obj* make(thing_db* db, const char* model, const char* fields) {
  thing_error* err = NULL;
  thing_obj* obj = thing_obj_new(thing_model_find(db, model, -1));
  check(thing_obj_assign_json(obj, fields, -1, &err), "setting fields", &err);
  return obj;
}

static inline int32_t field(const thing_obj* obj, const char* name) {
  return thing_model_field_index(thing_obj_model(obj), name, -1);
}

#endif
