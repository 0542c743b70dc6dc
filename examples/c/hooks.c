/* Articles with hooks: one makes the slug, one refuses, one keeps a journal that goes with the
 * write or is taken back with it, and one tells of what was committed.
 *
 * usage: hooks [URL]
 *
 * URL is one of thing_open; without it all is in memory. It ends with 1 when something is not as it
 * expects. */
#include <ctype.h>

#include "example.h"

static const char models[] =
    "[{\"name\": \"Article\", \"table\": \"example_articles\","
    "  \"fields\": {\"id\": {\"type\": \"int\", \"default\": {\"fn\": \"autoincrement\"}},"
    "               \"title\": \"text\", \"slug\": {\"type\": \"text\", \"unique\": true}}},"
    " {\"name\": \"Entry\", \"table\": \"example_journal\","
    "  \"fields\": {\"id\": {\"type\": \"int\", \"default\": {\"fn\": \"autoincrement\"}},"
    "               \"line\": \"text\"}, \"hidden\": [\"id\"]}]";

/* "Of Mice and Men" becomes "of-mice-and-men". */
static thing_status make_slug(void* user, int32_t event, thing_db* db, thing_ctx* ctx,
                              thing_obj* article, thing_error** err) {
  (void)user, (void)event, (void)db, (void)ctx;
  const char* title = NULL;
  int64_t length = 0;
  char slug[64];
  if (thing_obj_text(article, field(article, "title"), &title, &length) != THING_OK)
    return THING_OK;
  if (length > (int64_t)sizeof slug) length = (int64_t)sizeof slug;
  for (int64_t i = 0; i < length; i++)
    slug[i] = isalnum((unsigned char)title[i]) ? (char)tolower((unsigned char)title[i]) : '-';
  return thing_obj_set_text(article, field(article, "slug"), slug, length, err);
}

static thing_status refuse_drafts(void* user, int32_t event, thing_db* db, thing_ctx* ctx,
                                  thing_obj* article, thing_error** err) {
  (void)user, (void)event, (void)db, (void)ctx;
  const char* title = NULL;
  int64_t length = 0;
  if (thing_obj_text(article, field(article, "title"), &title, &length) != THING_OK || length < 5 ||
      strncmp(title, "Draft", 5) != 0)
    return THING_OK;
  return thing_error_set(err, THING_E_CALLBACK, "drafts are not kept", -1);
}

/* By the ctx that it is given, what a hook writes is part of the same transaction. */
static thing_status keep_journal(void* user, int32_t event, thing_db* db, thing_ctx* ctx,
                                 thing_obj* article, thing_error** err) {
  (void)user;
  char line[80];
  snprintf(line, sizeof line, "%s %d", event == THING_ON_AFTER_DELETE ? "deleted" : "saved",
           (int)thing_obj_id(article));
  thing_obj* entry = thing_obj_new(thing_model_find(db, "Entry", -1));
  thing_status status =
      thing_obj_set_text(entry, field(entry, "line"), line, (int64_t)strlen(line), err);
  if (status == THING_OK) status = thing_save(db, ctx, entry, err);
  thing_obj_free(entry);
  return status;
}

/* Nothing can be taken back any more: here mail would be sent. */
static thing_status tell(void* user, int32_t event, thing_db* db, thing_ctx* ctx,
                         thing_obj* article, thing_error** err) {
  (void)article, (void)event, (void)db, (void)ctx, (void)err;
  ++*(int*)user;
  return THING_OK;
}

static void listen(thing_db* db, int32_t events, thing_hook_fn hook, void* user) {
  thing_error* err = NULL;
  int64_t id = 0;
  check(
      thing_hook_add(db, thing_model_find(db, "Article", -1), events, hook, user, NULL, &id, &err),
      "adding a hook", &err);
}

static void journal_is(thing_db* db, const char* expected) {
  act(db, NULL, "Entry", "findMany", "{}", expected);
}

int main(int argc, char** argv) {
  thing_db* db = open_with(argc, argv, models);
  thing_error* err = NULL;
  int committed = 0;
  listen(db, THING_ON_BEFORE_SAVE, make_slug, NULL);
  listen(db, THING_ON_BEFORE_SAVE, refuse_drafts, NULL);
  listen(db, THING_ON_AFTER_SAVE | THING_ON_AFTER_DELETE | THING_HOOK_MAY_FAIL, keep_journal, NULL);
  listen(db, THING_ON_AFTER_COMMIT, tell, &committed);

  act(db, NULL, "Article", "create", "{\"data\": {\"title\": \"Of Mice and Men\"}}",
      "{\"id\":1,\"title\":\"Of Mice and Men\",\"slug\":\"of-mice-and-men\"}");
  refuse(db, "Article", "create", "{\"data\": {\"title\": \"Draft 7\"}}", "drafts are not kept");
  journal_is(db, "[{\"line\":\"saved 1\"}]");

  /* All of it, or nothing: the journal goes back too. */
  thing_tx* tx = NULL;
  check(thing_tx_begin(db, NULL, THING_TX_DEFAULT, &tx, &err), "beginning", &err);
  act(db, thing_tx_ctx(tx), "Article", "delete",
      "{\"where\": {\"id\": 1}, \"select\": [\"title\"]}", "{\"title\":\"Of Mice and Men\"}");
  check(thing_tx_rollback(tx, &err), "rolling back", &err);
  thing_tx_free(tx);
  journal_is(db, "[{\"line\":\"saved 1\"}]");

  act(db, NULL, "Article", "delete", "{\"where\": {\"id\": 1}, \"select\": [\"slug\"]}",
      "{\"slug\":\"of-mice-and-men\"}");
  journal_is(db, "[{\"line\":\"saved 1\"},{\"line\":\"deleted 1\"}]");
  printf("told of %d commits\n", committed);
  act(db, NULL, "Entry", "deleteMany", "{\"all\": true}", "{\"count\":2}");
  thing_close(db);
  return committed == 2 ? 0 : 1;
}
