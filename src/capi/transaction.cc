// Section 11 of thing.h: transactions.
#include <algorithm>

#include "capi/caller.h"

using namespace thing;
using namespace thing::capi;

namespace {

// Inside the gate of an open transaction.
class TxInUse {
 public:
  explicit TxInUse(thing_tx* tx) : held_(tx->ctx.db), tx_(tx), state_(tx->state) {}
  ~TxInUse() {
    if (inside_) state_->leave();
  }
  TxInUse(const TxInUse&) = delete;
  base::Status enter() {
    const thing_db& db = *tx_->ctx.db;
    if (!db.is_open()) return fail(Code::kClosed, "the database is closed");
    inside_ = state_->gate.enter();
    if (!inside_)
      return fail(
          base::Error(Code::kBusy, "the transaction is in use by another thread").retryable(true));
    if (!tx_->is_open()) return fail(Code::kClosed, "the transaction is over");
    return {};
  }
  // For what takes the connection away: not from a hook of one of its own calls.
  base::Status check_alone() const {
    if (!state_->gate.is_nested()) return {};
    return fail(
        Code::kState,
        "found a call of the transaction that is running, expected none; hooks can not end it");
  }

 private:
  const Held held_;
  thing_tx* const tx_;
  const std::shared_ptr<OpenTx> state_;
  bool inside_ = false;
};

// Runs body(state) inside.
template <class Body>
thing_status inside(thing_tx* tx, thing_error** err, Body body) {
  if (tx != nullptr && tx->ctx.db->is_child()) {
    return guard(err, []() -> base::Status {
      return fail(Code::kClosed, "the database was opened by the parent of this process");
    });
  }
  return guard(err, [&]() -> base::Status {
    THING_TRY(check_pointer(tx, "tx"));
    TxInUse in_use(tx);
    THING_TRY(in_use.enter());
    if constexpr (std::is_invocable_v<Body, OpenTx&, const TxInUse&>) {
      return body(*tx->state, in_use);
    } else {
      return body(*tx->state);
    }
  });
}

// What calls say that end a transaction or a part of it. Hooks after the end get no ctx: that of
// the transaction is over.
store::Call call_of(thing_tx* tx) {
  store::Call call;
  call.control = &tx->ctx.control;
  call.flags = tx->ctx.flags;
  call.tag = tx->ctx.tag;
  call.degraded = &tx->ctx.degraded;
  return call;
}

// A rollback must be possible after the deadline.
store::Call last_call_of(thing_tx* tx) {
  store::Call call = call_of(tx);
  call.control = nullptr;
  return call;
}

constexpr int32_t kLevels =
    THING_TX_READ_COMMITTED | THING_TX_REPEATABLE_READ | THING_TX_SERIALIZABLE;

using Marks = std::vector<OpenTx::Mark>;

Marks::iterator find_level(OpenTx& state, uint64_t level) {
  return std::find_if(state.marks.begin(), state.marks.end(),
                      [level](const OpenTx::Mark& m) { return m.level == level; });
}

// The latest savepoint of the name that the user of this handle set, or in the case of the
// outermost, anybody.
base::Result<Marks::iterator> find_mark(thing_tx* tx, std::string_view name) {
  OpenTx& state = *tx->state;
  const auto begin = tx->level == 0 ? state.marks.begin() : find_level(state, tx->level) + 1;
  for (auto at = state.marks.end(); at != begin;) {
    --at;
    if (at->level == 0 && at->name == name) return at;
  }
  return fail(Code::kState, "found no savepoint '{}', expected one that is set", name);
}

base::Status commit_nested(OpenTx& state, thing_tx* tx) {
  const auto mark = find_level(state, tx->level);
  if (mark == state.marks.end()) return fail(Code::kState, "the transaction around has gone back");
  THING_TRY(state.transaction->release(mark->name));
  state.marks.erase(mark, state.marks.end());
  return {};
}

void copy_options(const thing_ctx* from, thing_ctx& to) {
  if (from == nullptr) return;
  to.control.set_deadline(from->control.deadline());
  to.flags = from->flags;
  to.tag = from->tag;
  to.muted = from->muted;
}

base::Result<store::Begin> begin_of(int32_t flags) {
  using dialect::Isolation;
  store::Begin begin;
  begin.read_only = (flags & THING_TX_READ_ONLY) != 0;
  begin.deferred = (flags & THING_TX_DEFERRED) != 0;
  switch (flags & kLevels) {
    case 0: return begin;
    case THING_TX_READ_COMMITTED: begin.isolation = Isolation::kReadCommitted; return begin;
    case THING_TX_REPEATABLE_READ: begin.isolation = Isolation::kRepeatableRead; return begin;
    case THING_TX_SERIALIZABLE: begin.isolation = Isolation::kSerializable; return begin;
    default:
      return fail(Code::kInvalid, "flags: found several isolation levels, expected at most one");
  }
}

// Below a transaction: a savepoint.
base::Status begin_nested(Caller& c, int32_t flags, thing_tx* tx) {
  OpenTx& state = *tx->state;
  if ((flags & THING_TX_READ_ONLY) != 0 && !state.transaction->is_read_only()) {
    return fail(Code::kUnsupported,
                "found a read-only transaction inside one that writes, expected one of its kind");
  }
  if ((flags & kLevels) != 0)
    return fail(Code::kUnsupported, "a transaction inside another takes no isolation level");
  if (c.call().control != nullptr) THING_TRY(c.call().control->check());
  tx->level = ++state.last_level;
  state.marks.reserve(state.marks.size() + 1);
  OpenTx::Mark mark{state.name_of(tx->level), tx->level};
  THING_TRY(state.transaction->savepoint(mark.name));
  state.marks.push_back(std::move(mark));
  return {};
}

base::Status begin_outermost(Caller& c, int32_t flags, thing_tx* tx) {
  THING_ASSIGN(const store::Begin mode, begin_of(flags));
  THING_ASSIGN(tx->state->transaction, store::Transaction::begin(c.store(), c.call(), mode));
  if (c.db()->add(tx->state)) return {};
  (void)tx->state->transaction->rollback(store::Call());
  return fail(Code::kClosed, "the database is closed");
}

}  // namespace

thing_status thing_tx_begin(thing_db* db, thing_ctx* ctx, int32_t flags, thing_tx** out,
                            thing_error** err) {
  return run_to(db, ctx, out, err, [&](Caller& c) -> base::Status {
    THING_TRY(check_flags(flags, THING_TX_READ_ONLY | THING_TX_DEFERRED | kLevels, "flags"));
    const bool nested = c.tx() != nullptr;
    auto tx = std::make_unique<thing_tx>(db, nested ? c.tx() : std::make_shared<OpenTx>(db));
    copy_options(ctx, tx->ctx);
    THING_TRY(nested ? begin_nested(c, flags, tx.get()) : begin_outermost(c, flags, tx.get()));
    *out = tx.release();
    c.pass_hold();
    return {};
  });
}

thing_ctx* thing_tx_ctx(thing_tx* tx) { return tx == nullptr ? nullptr : &tx->ctx; }

thing_status thing_tx_commit(thing_tx* tx, thing_error** err) {
  return inside(tx, err, [tx](OpenTx& state, const TxInUse& in_use) -> base::Status {
    if (tx->level != 0) {
      auto done = tx->ctx.control.check();
      if (done) done = commit_nested(state, tx);
      if (!done && tx->is_open()) (void)state.rollback_level(tx->level);
      return done;
    }
    THING_TRY(in_use.check_alone());
    return state.commit(call_of(tx));
  });
}

thing_status thing_tx_rollback(thing_tx* tx, thing_error** err) {
  return inside(tx, err, [tx](OpenTx& state, const TxInUse& in_use) -> base::Status {
    if (tx->level != 0) return state.rollback_level(tx->level);
    THING_TRY(in_use.check_alone());
    return state.rollback(last_call_of(tx));
  });
}

thing_status thing_tx_savepoint(thing_tx* tx, const char* name, thing_error** err) {
  return inside(tx, err, [name](OpenTx& state) -> base::Status {
    THING_ASSIGN(const std::string_view text, text_of(name, -1, "name"));
    state.marks.reserve(state.marks.size() + 1);
    OpenTx::Mark mark{std::string(text), 0};
    THING_TRY(state.transaction->savepoint(text));
    state.marks.push_back(std::move(mark));
    return {};
  });
}

thing_status thing_tx_release(thing_tx* tx, const char* name, thing_error** err) {
  return inside(tx, err, [&](OpenTx& state) -> base::Status {
    THING_ASSIGN(const std::string_view text, text_of(name, -1, "name"));
    THING_ASSIGN(const auto mark, find_mark(tx, text));
    THING_TRY(state.transaction->release(text));
    state.marks.erase(mark, state.marks.end());
    return {};
  });
}

thing_status thing_tx_rollback_to(thing_tx* tx, const char* name, thing_error** err) {
  return inside(tx, err, [&](OpenTx& state) -> base::Status {
    THING_ASSIGN(const std::string_view text, text_of(name, -1, "name"));
    THING_ASSIGN(const auto mark, find_mark(tx, text));
    THING_TRY(state.transaction->rollback_to(text));
    state.marks.erase(mark + 1, state.marks.end());
    state.transaction->run_undone(last_call_of(tx));
    return {};
  });
}

void thing_tx_free(thing_tx* tx) {
  if (tx == nullptr || tx->borrowed) return;
  const Held held(tx->ctx.db);
  const std::shared_ptr<OpenTx> state = tx->state;
  if (!tx->ctx.db->is_child()) return state->free(tx);
  // The connection is the parent's.
  (void)new (std::nothrow) std::shared_ptr<OpenTx>(std::move(tx->state));
  delete tx;
}
