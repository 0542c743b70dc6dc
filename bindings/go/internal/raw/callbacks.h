#pragma once
#include <stdint.h>
#include <thing.h>

uintptr_t thing_go_enter(uintptr_t call);
thing_status thing_go_hook_add(uintptr_t db, uintptr_t model, int32_t events, uintptr_t user, int64_t *id, uintptr_t *err);
void thing_go_log_set(uintptr_t db, int32_t level, uintptr_t user);
thing_status thing_go_refuse(uintptr_t err, thing_status code, const char *message, int64_t len);
