// Section 11 of thing.h: thing_tx_run.
#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>

#include "base/clock.h"
#include "base/hash.h"
#include "capi/callback.h"
#include "capi/caller.h"

using namespace thing;
using namespace thing::capi;

namespace {

// The error of a call, which its caller may not want.
class Reason {
 public:
  Reason() = default;
  ~Reason() { thing_error_free(error_); }
  Reason(const Reason&) = delete;
  thing_error** out() { return &error_; }
  thing_error* take() { return std::exchange(error_, nullptr); }

 private:
  thing_error* error_ = nullptr;
};

// The transaction of one attempt, which fn gets but can not free.
class Attempt {
 public:
  Attempt(thing_db* db, thing_ctx* ctx) : db_(db), ctx_(ctx) {}
  // Of the call's ctx, if it has one of its own.
  void tell(bool degraded) {
    if (has_own()) ctx_->degraded.store(degraded);
  }
  ~Attempt() {
    if (tx_ == nullptr) return;
    link(nullptr);
    tx_->borrowed = false;
    thing_tx_free(tx_);  // rolls back
  }
  Attempt(const Attempt&) = delete;

  thing_status begin(int32_t flags, thing_error** err) {
    const thing_status status = thing_tx_begin(db_, ctx_, flags, &tx_, err);
    if (status != THING_OK) return status;
    tx_->borrowed = true;
    link(&tx_->ctx);
    // What was cancelled between the two calls.
    if (thing_ctx_cancelled(ctx_)) thing_ctx_cancel(&tx_->ctx);
    return status;
  }
  thing_tx* tx() const { return tx_; }

 private:
  bool has_own() const { return ctx_ != nullptr && !is_shared(ctx_); }
  // From now on cancelling the ctx of thing_tx_run cancels what runs in the transaction.
  void link(thing_ctx* inner) {
    if (!has_own()) return;
    std::lock_guard lock(ctx_->inner_mutex);
    if (inner != nullptr) former_ = ctx_->inner;
    ctx_->inner = inner != nullptr ? inner : former_;
  }

  thing_db* const db_;
  thing_ctx* const ctx_;
  thing_tx* tx_ = nullptr;
  thing_ctx* former_ = nullptr;  // of a call around this one
};

// Runs fn and commits: THING_OK, another outcome of fn, or a failure.
Outcome attempt(thing_db* db, thing_ctx* ctx, int32_t flags, thing_tx_fn fn, void* user) {
  Attempt attempt(db, ctx);
  attempt.tell(false);
  Reason reason;
  thing_status status = attempt.begin(flags, reason.out());
  if (status == THING_OK) {
    status = fn(user, attempt.tx(), thing_tx_ctx(attempt.tx()), reason.out());
    if (status > THING_OK) return status;
    if (status == THING_OK) {
      thing_error_free(reason.take());
      status = thing_tx_commit(attempt.tx(), reason.out());
      attempt.tell(thing_ctx_degraded(&attempt.tx()->ctx));
    }
  }
  if (status == THING_OK) return status;
  return fail(callback_error(status, reason.take(), "the body of the transaction failed"));
}

bool is_worth_another(const Outcome& outcome) {
  return !outcome &&
         (outcome.error().code() == Code::kSerialization || outcome.error().code() == Code::kBusy);
}

// 1, 2, 4, ... 100 ms, of which a part by chance; ends early when the call should.
void pause(int32_t attempts_made, const thing_ctx* ctx) {
  constexpr int64_t kLongest = 100'000, kSlice = 2'000;
  const int64_t most = std::min<int64_t>(kLongest, int64_t{1000} << std::min(attempts_made - 1, 7));
  const uint64_t chance =
      base::mix64(static_cast<uint64_t>(base::system_clock().monotonic_micros()));
  int64_t left = most / 2 + static_cast<int64_t>(chance % static_cast<uint64_t>(most / 2));
  while (left > 0 && (ctx == nullptr || ctx->control.state() == Code::kOk)) {
    std::this_thread::sleep_for(std::chrono::microseconds(std::min(left, kSlice)));
    left -= kSlice;
  }
}

}  // namespace

Outcome capi::run_whole(thing_db* db, thing_ctx* ctx, const std::function<Outcome(Caller&)>& body) {
  struct Run {
    thing_db* db;
    const std::function<Outcome(Caller&)>& body;
  } run_of{db, body};
  const auto fn = [](void* user, thing_tx*, thing_ctx* inner, thing_error** err) -> thing_status {
    const Run& r = *static_cast<const Run*>(user);
    return run(r.db, inner, err, r.body);
  };
  return attempt(db, ctx, THING_TX_DEFAULT, fn, &run_of);
}

thing_status thing_tx_run(thing_db* db, thing_ctx* ctx, int32_t flags, int32_t attempts,
                          thing_tx_fn fn, void* user, thing_error** err) {
  return run(db, ctx, err, [&](Caller& c) -> Outcome {
    if (fn == nullptr) THING_TRY(check_pointer(nullptr, "fn"));
    if (attempts < 1 || attempts > 100)
      return fail(Code::kRange, "'attempts': found {}, expected 1 to 100", attempts);
    // Inside another transaction only all of that can be run again.
    const int32_t most = c.tx() == nullptr ? attempts : 1;
    for (int32_t made = 1;; ++made) {
      Outcome outcome = attempt(db, ctx, flags, fn, user);
      if (made == most || !is_worth_another(outcome)) return outcome;
      pause(made, ctx);
    }
  });
}
