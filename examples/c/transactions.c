/* Money between accounts: what moves moves as a whole, a part can be taken back alone, and who
 * loses against others is run again.
 *
 * usage: transactions [URL]
 *
 * URL is one of thing_open; without it all is in memory. It ends with 1 when something is not as it
 * expects. */
#include "example.h"

static const char models[] =
    "{\"name\": \"Account\", \"table\": \"example_accounts\","
    " \"fields\": {\"id\": {\"type\": \"int\", \"primary\": true}, \"owner\": \"text\","
    "              \"cents\": {\"type\": \"int\", \"min\": 0}}}";

typedef struct {
  thing_db* db;
  int64_t from, to, cents;
} transfer;

static thing_status add(thing_db* db, thing_ctx* ctx, int64_t id, int64_t cents,
                        thing_error** err) {
  thing_obj* account = NULL;
  thing_status status =
      thing_by_id(db, ctx, thing_model_find(db, "Account", -1), id, &account, err);
  if (status == THING_NOT_FOUND)
    return thing_error_set(err, THING_E_INVALID, "there is no such account", -1);
  if (status == THING_OK) {
    int32_t f = field(account, "cents");
    status = thing_obj_set_int64(account, f, thing_obj_int64(account, f) + cents, err);
  }
  if (status == THING_OK) status = thing_save(db, ctx, account, err);
  thing_obj_free(account);
  return status;
}

/* THING_OK commits; anything else takes all of it back. */
static thing_status move(void* user, thing_tx* tx, thing_ctx* ctx, thing_error** err) {
  (void)tx;
  const transfer* t = (const transfer*)user;
  thing_ctx_set_flags(ctx, THING_CTX_LOCK_UPDATE); /* what is read is not changed by others */
  thing_status status = add(t->db, ctx, t->to, t->cents, err);
  if (status == THING_OK) status = add(t->db, ctx, t->from, -t->cents, err);
  return status;
}

/* At most five times, when others were faster. */
static thing_status run(transfer t, thing_error** err) {
  printf("%d cents from %d to %d\n", (int)t.cents, (int)t.from, (int)t.to);
  return thing_tx_run(t.db, NULL, THING_TX_DEFAULT, 5, move, &t, err);
}

static void fail(transfer t, const char* expected) {
  thing_error* err = NULL;
  expect(run(t, &err) < 0 ? thing_error_message(err) : "no error", expected);
  thing_error_free(err);
}

static void balances_are(thing_db* db, thing_ctx* ctx, const char* expected) {
  act(db, ctx, "Account", "findMany", "{\"select\": [\"cents\"]}", expected);
}

/* The gift is taken back alone, the rest of the transaction stays. */
static void save_a_part(thing_db* db) {
  thing_error* err = NULL;
  thing_tx* tx = NULL;
  check(thing_tx_begin(db, NULL, THING_TX_DEFAULT, &tx, &err), "beginning", &err);
  thing_ctx* ctx = thing_tx_ctx(tx);
  check(add(db, ctx, 1, 5, &err), "adding", &err);
  check(thing_tx_savepoint(tx, "gift", &err), "savepoint", &err);
  check(add(db, ctx, 2, 1000, &err), "adding", &err);
  balances_are(db, ctx, "[{\"cents\":705},{\"cents\":1800}]");
  check(thing_tx_rollback_to(tx, "gift", &err), "taking back", &err);
  check(thing_tx_commit(tx, &err), "committing", &err);
  thing_tx_free(tx);
}

int main(int argc, char** argv) {
  thing_db* db = open_with(argc, argv, models);
  thing_error* err = NULL;
  act(db, NULL, "Account", "createMany",
      "{\"data\": [{\"id\": 1, \"owner\": \"Ann\", \"cents\": 1000},"
      " {\"id\": 2, \"owner\": \"Bob\", \"cents\": 500}]}",
      "{\"count\":2}");
  check(run((transfer){db, 1, 2, 300}, &err), "moving", &err);
  balances_are(db, NULL, "[{\"cents\":700},{\"cents\":800}]");
  fail((transfer){db, 1, 2, 5000}, "Account: 'cents': expected at least 0");
  fail((transfer){db, 3, 1, 10}, "there is no such account");
  balances_are(db, NULL, "[{\"cents\":700},{\"cents\":800}]");
  save_a_part(db);
  balances_are(db, NULL, "[{\"cents\":705},{\"cents\":800}]");
  act(db, NULL, "Account", "deleteMany", "{\"all\": true}", "{\"count\":2}");
  thing_close(db);
  return 0;
}
