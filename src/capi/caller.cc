#include "capi/caller.h"

#include "relation/lazy.h"
#include "relation/loader.h"
#include "store/hooked.h"

namespace thing::capi {
namespace {

constexpr int32_t kAllFlags = THING_CTX_NO_CACHE_READ | THING_CTX_NO_CACHE_WRITE |
                              THING_CTX_WITH_DELETED | THING_CTX_ONLY_DELETED |
                              THING_CTX_CACHE_ONLY | THING_CTX_NO_HOOKS | THING_CTX_NO_TIMESTAMPS |
                              THING_CTX_LOCK_SHARE | THING_CTX_LOCK_UPDATE | THING_CTX_NOWAIT |
                              THING_CTX_SKIP_LOCKED | THING_CTX_NO_COPIES | THING_CTX_UNSCOPED;

// The lock that flags of a ctx ask for.
base::Result<query::Lock> lock_of(int32_t flags) {
  using Kind = query::Lock::Kind;
  using Wait = query::Lock::Wait;
  const int32_t kind = flags & (THING_CTX_LOCK_SHARE | THING_CTX_LOCK_UPDATE);
  const int32_t wait = flags & (THING_CTX_NOWAIT | THING_CTX_SKIP_LOCKED);
  if (kind == 0 && wait == 0) return query::Lock();
  if ((kind != THING_CTX_LOCK_SHARE && kind != THING_CTX_LOCK_UPDATE) ||
      wait == (THING_CTX_NOWAIT | THING_CTX_SKIP_LOCKED)) {
    return fail(Code::kInvalid,
                "'flags of the ctx': found {:#x}, expected one of THING_CTX_LOCK_SHARE and "
                "THING_CTX_LOCK_UPDATE, and at most one of THING_CTX_NOWAIT and "
                "THING_CTX_SKIP_LOCKED",
                static_cast<uint32_t>(kind | wait));
  }
  return query::Lock{kind == THING_CTX_LOCK_SHARE ? Kind::kShare : Kind::kUpdate,
                     wait == THING_CTX_NOWAIT        ? Wait::kNowait
                     : wait == THING_CTX_SKIP_LOCKED ? Wait::kSkipLocked
                                                     : Wait::kBlock};
}

base::Error in_use(const char* what) {
  return base::Error(Code::kBusy, fmt::format("the {} is in use by another thread", what))
      .retryable(true);
}

}  // namespace

Caller::~Caller() {
  if (inside_) tx_ != nullptr ? tx_->leave() : ctx_->gate.leave();
  tx_.reset();
  if (held_) db_->release();
}

base::Error Caller::named(base::Error&& error) const {
  const auto* const detail = error.detail();
  if (model_ == nullptr || detail == nullptr || !detail->model.empty()) return std::move(error);
  return std::move(error).model(model_->name);
}

base::Status Caller::enter() {
  if (db_->is_child())
    return fail(Code::kClosed, "the database was opened by the parent of this process");
  db_->hold();
  held_ = true;
  if (!db_->is_open()) return fail(Code::kClosed, "the database is closed");
  return ctx_ == nullptr ? base::Status() : enter_ctx();
}

base::Status Caller::enter_ctx() {
  if (is_shared(ctx_)) {
    call_.flags = ctx_->flags;
    return {};
  }
  if (ctx_->db != db_)
    return fail(Code::kInvalid, "'ctx': found one of another database, expected one of this");
  if (ctx_->tx != nullptr) {
    tx_ = ctx_->tx->state;
    if (!tx_->gate.enter()) return fail(in_use("transaction"));
    inside_ = true;
    if (!ctx_->tx->is_open()) return fail(Code::kClosed, "the transaction is over");
    call_.tx = tx_->transaction.get();
  } else {
    if (!ctx_->gate.enter()) return fail(in_use("ctx"));
    inside_ = true;
  }
  THING_TRY(check_flags(ctx_->flags, kAllFlags, "flags of the ctx"));
  THING_ASSIGN(call_.lock, lock_of(ctx_->flags));
  call_.control = &ctx_->control;
  call_.flags = ctx_->flags;
  tag_ = ctx_->tag;
  call_.tag = tag_;
  call_.context = ctx_;
  muted_ = ctx_->muted;
  call_.muted = muted_;
  ctx_->degraded.store(false, std::memory_order_relaxed);
  call_.degraded = &ctx_->degraded;
  return {};
}

thing_status hand_out(Caller& caller, const thing_model* m, store::RowSet&& set, thing_rows** out) {
  return hand_out(caller, m, relation::RowTree{std::move(set), {}}, out);
}

base::Result<relation::RowTree> with_related(Caller& caller, store::RowSet&& set,
                                             const std::vector<query::Include>& includes,
                                             bool from_database) {
  relation::RowTree tree{std::move(set), {}};
  if (includes.empty()) return tree;
  store::Call call = caller.call();
  if (from_database) call.flags &= ~store::kCacheOnly;
  THING_TRY(relation::Loader(caller.store(), call).load(tree, includes));
  return tree;
}

Outcome hand_out(Caller& caller, const thing_model* m, store::RowSet&& set,
                 const std::vector<query::Include>& includes, thing_rows** out) {
  THING_ASSIGN(relation::RowTree tree, with_related(caller, std::move(set), includes));
  return hand_out(caller, m, std::move(tree), out);
}

thing_status hand_out(Caller& caller, const thing_model* m, relation::RowTree&& tree,
                      thing_rows** out) {
  if (tree.set.missed) return THING_MORE;
  *out = new thing_rows(caller.db(), m, std::move(tree));
  (*out)->hooks = m != nullptr && caller.runs_hooks(*m->model);
  caller.pass_hold();
  return THING_OK;
}

thing_status hand_out(Caller& caller, OwnedObject object, thing_obj** out) {
  run_load_hooks(caller.call(), *object);
  *out = object.release();
  caller.pass_hold();
  return THING_OK;
}

OwnedObject row_object(const thing_model* m, const relation::RowTree& tree, uint32_t i) {
  OwnedObject object(thing_obj::make(m));
  object->attach(tree.set.rows->row(i), tree.set.rows, tree.set.from_cache);
  for (const relation::Related& related : tree.related)
    object->relations.set(relation::of_row(related, i), relation::key_of(*object, *related.link));
  for (const relation::Numbers& numbers : tree.numbers)
    object->relations.set(relation::take_numbers(numbers, {&i, 1}),
                          relation::key_of(*object, *numbers.link));
  return object;
}

void run_load_hooks(const store::Call& call, thing_obj& object) noexcept {
  store::Store& store = *object.handle->db->store;
  if (!call.runs_hooks(object.model()) || !store.hooks().listens(entity::kAfterLoad)) return;
  store::run_late(store, call, entity::kAfterLoad, object);
}

}  // namespace thing::capi
