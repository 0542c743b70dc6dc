// Section 11 of thing.h: transactions.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <random>
#include <thread>

#include "capi/guard.h"

using namespace thing;
using namespace thing::capi;

namespace {

store::Begin mode_of(int32_t flags) {
  if ((flags & THING_TX_READ_ONLY) != 0) return store::Begin::kReadOnly;
  return (flags & THING_TX_DEFERRED) != 0 ? store::Begin::kDeferred : store::Begin::kImmediate;
}

// The ctx that the transaction's calls use takes its options from the one given to begin.
void copy_options(thing_tx* tx, const thing_ctx* from) {
  tx->ctx.db = tx->db;
  tx->ctx.tx = tx;
  if (from == nullptr) return;
  tx->ctx.control.set_deadline(from->control.deadline());
  tx->ctx.flags = from->flags;
  tx->ctx.tag = from->tag;
}

store::Call call_of(thing_tx* tx) {
  store::Call call;
  call.control = &tx->ctx.control;
  call.flags = tx->ctx.flags;
  call.tag = tx->ctx.tag;
  call.context = &tx->ctx;
  return call;
}

// Handles of nested transactions from `tx` on are over; so is `tx` itself.
void end_handles(thing_tx* tx) {
  std::vector<thing_tx*>& open = tx->root->open;
  const auto from = tx->savepoint.empty() ? open.begin() : std::find(open.begin(), open.end(), tx);
  std::for_each(from, open.end(), [](thing_tx* t) { t->open = false; });
  open.erase(from, open.end());
  tx->open = false;
}

// Inside the transaction of a handle, for calls without a ctx.
class InTransaction {
 public:
  explicit InTransaction(thing_tx* tx) : tx_(tx) { tx_->db->hold(); }
  base::Status enter() {
    if (!tx_->db->is_open()) return base::fail(Code::kClosed, "the database is closed");
    if (!tx_->root->door.enter()) return base::fail(Code::kBusy, "the transaction is in use by another thread");
    entered_ = true;
    if (!tx_->is_open()) return base::fail(Code::kClosed, "the transaction is over");
    return {};
  }
  ~InTransaction() {
    if (entered_) leave_transaction(tx_->db, tx_->root);
    tx_->db->release();
  }

 private:
  thing_tx* tx_;
  bool entered_ = false;
};

template <class Body>
thing_status inside(thing_tx* tx, thing_error** err, Body body) {
  return guard(err, [&]() -> Outcome {
    THING_TRY(need(tx, "tx"));
    InTransaction in(tx);
    THING_TRY(in.enter());
    THING_TRY(body(*tx->root->tx));
    return THING_OK;
  });
}

Outcome begin_nested(Caller& c, thing_ctx* ctx, std::unique_ptr<thing_tx> tx, thing_tx** out) {
  tx->root = ctx->tx->root;
  tx->savepoint = "thing_" + std::to_string(++tx->root->nested);
  tx->root->open.reserve(tx->root->open.size() + 1);
  THING_TRY(c.call().tx->savepoint(tx->savepoint));
  tx->root->open.push_back(tx.get());
  tx->db->hold();
  *out = tx.release();
  return THING_OK;
}

Outcome begin_outermost(Caller& c, int32_t flags, std::unique_ptr<thing_tx> tx, thing_tx** out) {
  tx->root = std::make_shared<TxRoot>();
  {
    std::lock_guard lock(tx->db->roots_mutex);
    std::erase_if(tx->db->transactions, [](const auto& weak) { return weak.expired(); });
    tx->db->transactions.push_back(tx->root);
  }
  tx->root->door.enter();
  auto begun = store::Transaction::begin(c.store(), c.call(), mode_of(flags));
  if (begun) tx->root->tx = std::move(*begun);
  leave_transaction(tx->db, tx->root);
  if (!begun) return base::fail(std::move(begun.error()));
  tx->db->hold();
  *out = tx.release();
  return THING_OK;
}

}  // namespace

thing_status thing_tx_begin(thing_db* db, thing_ctx* ctx, int32_t flags, thing_tx** out, thing_error** err) {
  return run(db, ctx, nullptr, err, [&](Caller& c) -> Outcome {
    THING_TRY(need(out, "out"));
    *out = nullptr;
    THING_TRY(check_flags(flags, THING_TX_READ_ONLY | THING_TX_DEFERRED, "flags"));
    auto tx = std::make_unique<thing_tx>();
    tx->db = db;
    copy_options(tx.get(), ctx);
    if (ctx != nullptr && ctx->tx != nullptr) return begin_nested(c, ctx, std::move(tx), out);
    return begin_outermost(c, flags, std::move(tx), out);
  });
}

thing_ctx* thing_tx_ctx(thing_tx* tx) { return tx == nullptr ? nullptr : &tx->ctx; }

thing_status thing_tx_commit(thing_tx* tx, thing_error** err) {
  return inside(tx, err, [tx](store::Transaction& t) -> base::Status {
    if (!tx->savepoint.empty()) {
      THING_TRY(t.release(tx->savepoint));
      end_handles(tx);
      return {};
    }
    auto done = t.commit(call_of(tx));
    if (done || !t.is_open()) end_handles(tx);
    return done;
  });
}

thing_status thing_tx_rollback(thing_tx* tx, thing_error** err) {
  return inside(tx, err, [tx](store::Transaction& t) -> base::Status {
    if (tx->savepoint.empty()) {
      end_handles(tx);
      return t.rollback(call_of(tx));
    }
    THING_TRY(t.rollback_to(call_of(tx), tx->savepoint));
    end_handles(tx);
    return t.release(tx->savepoint);
  });
}

static base::Result<std::string_view> user_name(const char* name) {
  THING_ASSIGN(const std::string_view text, text_of(name, -1, "name"));
  if (text.starts_with("thing_")) return base::fail(Code::kInvalid, "savepoint: found name {}, expected one that does not begin with 'thing_'", base::quoted(text));
  return text;
}

thing_status thing_tx_savepoint(thing_tx* tx, const char* name, thing_error** err) {
  return inside(tx, err, [name](store::Transaction& t) -> base::Status {
    THING_ASSIGN(const std::string_view text, user_name(name));
    return t.savepoint(text);
  });
}

thing_status thing_tx_release(thing_tx* tx, const char* name, thing_error** err) {
  return inside(tx, err, [name](store::Transaction& t) -> base::Status {
    THING_ASSIGN(const std::string_view text, user_name(name));
    return t.release(text);
  });
}

thing_status thing_tx_rollback_to(thing_tx* tx, const char* name, thing_error** err) {
  return inside(tx, err, [tx, name](store::Transaction& t) -> base::Status {
    THING_ASSIGN(const std::string_view text, user_name(name));
    return t.rollback_to(call_of(tx), text);
  });
}

void thing_tx_free(thing_tx* tx) {
  if (tx == nullptr) return;
  thing_db* const db = tx->db;
  if (!db->is_child()) {
    if (tx->is_open()) (void)thing_tx_rollback(tx, nullptr);
    if (!tx->savepoint.empty()) std::erase(tx->root->open, tx);
  }
  delete tx;
  db->release();
}

// ---- run

namespace {

bool is_worth_another_try(thing_status status) { return status == THING_E_SERIALIZATION || status == THING_E_BUSY; }

// 1, 2, 4, ... ms up to 100, a random part of it; less when the ctx ends sooner.
void pause_before(int32_t attempt, const thing_ctx* ctx) {
  static thread_local std::minstd_rand random(static_cast<unsigned>(std::chrono::steady_clock::now().time_since_epoch().count()));
  const int64_t most = std::min<int64_t>(100'000, int64_t{1000} << std::min(attempt, 7));
  int64_t left = most / 2 + static_cast<int64_t>(random()) % (most / 2);
  while (left > 0 && (ctx == nullptr || ctx->control.state() == Code::kOk)) {
    const int64_t step = std::min<int64_t>(left, 5'000);
    std::this_thread::sleep_for(std::chrono::microseconds(step));
    left -= step;
  }
}

// One attempt: THING_OK when committed.
thing_status attempt(thing_db* db, thing_ctx* ctx, int32_t flags, thing_tx_fn fn, void* user, thing_error** err) {
  thing_tx* tx = nullptr;
  thing_status status = thing_tx_begin(db, ctx, flags, &tx, err);
  if (status != THING_OK) return status;
  thing_error* reason = nullptr;
  status = fn(user, tx, thing_tx_ctx(tx), &reason);
  if (status == THING_OK) {
    thing_error_free(reason);
    reason = nullptr;
    status = thing_tx_commit(tx, &reason);
  } else if (status < 0 && reason == nullptr) {
    thing_error_set(&reason, status, "the body of the transaction failed", -1);
  }
  thing_tx_free(tx);
  if (status < 0 && err != nullptr) {
    *err = reason;
  } else {
    thing_error_free(reason);
  }
  return status;
}

}  // namespace

thing_status thing_tx_run(thing_db* db, thing_ctx* ctx, int32_t flags, int32_t attempts, thing_tx_fn fn, void* user, thing_error** err) {
  const thing_status checked = guard(err, [&]() -> Outcome {
    THING_TRY(need(db, "db"));
    THING_TRY(need(reinterpret_cast<const void*>(fn), "fn"));
    if (attempts < 1 || attempts > 100) return base::fail(Code::kRange, "'attempts' is {}, expected 1 to 100", attempts);
    return THING_OK;
  });
  if (checked != THING_OK) return checked;
  const Held held(db);
  for (int32_t i = 0;; ++i) {
    thing_error* reason = nullptr;
    const thing_status status = attempt(db, ctx, flags, fn, user, &reason);
    const bool again = is_worth_another_try(status) && i + 1 < attempts && (ctx == nullptr || ctx->control.state() == Code::kOk);
    if (!again) {
      if (status < 0 && err != nullptr) {
        *err = reason;
      } else {
        thing_error_free(reason);
      }
      return status;
    }
    thing_error_free(reason);
    pause_before(i, ctx);
  }
}
