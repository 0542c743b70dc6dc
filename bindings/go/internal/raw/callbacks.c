// The functions that the library calls, and what belongs to them.
#include "callbacks.h"

#include "_cgo_export.h"

// The call that this thread is in. A goroutine stays on its thread from before the call until it is back.
static _Thread_local uintptr_t running;

uintptr_t thing_go_enter(uintptr_t call) {
  const uintptr_t before = running;
  running = call;
  return before;
}

static thing_status on_event(void *user, int32_t event, thing_db *db, thing_ctx *ctx, thing_obj *obj, thing_error **err) {
  (void)db;
  return thingGoHook((uintptr_t)user, running, event, (uintptr_t)ctx, (uintptr_t)obj, (uintptr_t)err);
}

static void on_line(void *user, int32_t level, const char *line, int64_t len) {
  thingGoLog((uintptr_t)user, level, (uintptr_t)line, len);
}

static void on_free(void *user) { thingGoFree((uintptr_t)user); }

thing_status thing_go_hook_add(uintptr_t db, uintptr_t model, int32_t events, uintptr_t user, int64_t *id, uintptr_t *err) {
  return thing_hook_add((thing_db *)db, (const thing_model *)model, events, on_event, (void *)user, on_free, id, (thing_error **)err);
}

void thing_go_log_set(uintptr_t db, int32_t level, uintptr_t user) {
  thing_log_set((thing_db *)db, level, user == 0 ? NULL : on_line, (void *)user, user == 0 ? NULL : on_free);
}

thing_status thing_go_refuse(uintptr_t err, thing_status code, const char *message, int64_t len) {
  return thing_error_set((thing_error **)err, code, message, len);
}
