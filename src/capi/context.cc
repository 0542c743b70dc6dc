// Section 5 of thing.h: call contexts.
#include <algorithm>
#include <new>

#include "base/clock.h"
#include "base/utf8.h"
#include "capi/arguments.h"
#include "capi/guard.h"

using namespace thing;
using namespace thing::capi;

namespace {
// Whether the caller may change it.
bool is_own(const thing_ctx* ctx) { return ctx != nullptr && !is_shared(ctx); }
}  // namespace

thing_ctx* thing_ctx_new(thing_db* db) {
  if (db == nullptr || db->is_child()) return nullptr;
  return value_or<thing_ctx*>(nullptr, [db] {
    auto* const ctx = new thing_ctx(db);
    db->hold();
    return ctx;
  });
}

thing_ctx* thing_ctx_cached() {
  static thing_ctx* const shared = [] {
    auto* const ctx = new (std::nothrow) thing_ctx(nullptr);
    if (ctx != nullptr) ctx->flags = THING_CTX_CACHE_ONLY;
    return ctx;
  }();
  return shared;
}

void thing_ctx_free(thing_ctx* ctx) {
  if (!is_own(ctx) || ctx->tx != nullptr) return;  // that of a transaction goes with it
  thing_db* const db = ctx->db;
  delete ctx;
  db->release();
}

void thing_ctx_reset(thing_ctx* ctx) {
  if (!is_own(ctx)) return;
  ctx->control.clear();
  ctx->control.set_deadline(driver::Control::kNoDeadline);
  ctx->flags = 0;
  ctx->tag.clear();
  ctx->muted.clear();
}

void thing_ctx_set_timeout_ms(thing_ctx* ctx, int64_t ms) {
  if (!is_own(ctx)) return;
  constexpr int64_t kLongest = 1'000'000'000'000;  // 30 years: no sum with the clock overflows
  if (ms == -1) return ctx->control.set_deadline(driver::Control::kNoDeadline);
  const int64_t now = base::system_clock().monotonic_micros();
  ctx->control.set_deadline(now + std::clamp<int64_t>(ms, 0, kLongest) * 1000);
}

void thing_ctx_set_flags(thing_ctx* ctx, int32_t flags) {
  if (is_own(ctx)) ctx->flags = flags;  // calls refuse those that are unknown
}

void thing_ctx_set_tag(thing_ctx* ctx, const char* tag, int64_t len) {
  if (!is_own(ctx)) return;
  (void)guard(nullptr, [&]() -> base::Status {
    THING_ASSIGN(const std::string_view bytes, bytes_of(tag, tag == nullptr ? 0 : len, "tag"));
    ctx->tag = base::is_utf8(bytes) ? std::string(bytes) : base::quoted(bytes, bytes.size());
    return {};
  });
}

thing_status thing_ctx_mute(thing_ctx* ctx, const thing_model* m, thing_error** err) {
  return guard(err, [&]() -> base::Status {
    THING_TRY(check_pointer(ctx, "ctx"));
    if (is_shared(ctx))
      return fail(Code::kInvalid, "'ctx': found that of thing_ctx_cached, expected one of its own");
    THING_TRY(check_model(ctx->db, m));
    if (std::find(ctx->muted.begin(), ctx->muted.end(), m->model) == ctx->muted.end())
      ctx->muted.push_back(m->model);
    return {};
  });
}

void thing_ctx_cancel(thing_ctx* ctx) {
  if (!is_own(ctx)) return;
  ctx->control.cancel();
  std::lock_guard lock(ctx->inner_mutex);
  thing_ctx_cancel(ctx->inner);
}

bool thing_ctx_cancelled(const thing_ctx* ctx) {
  return ctx != nullptr && ctx->control.is_cancelled();
}

bool thing_ctx_degraded(const thing_ctx* ctx) {
  return ctx != nullptr && ctx->degraded.load(std::memory_order_relaxed);
}
