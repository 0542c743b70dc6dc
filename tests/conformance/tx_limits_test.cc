// Transactions and the limits of time around calls: deadlines, cancels, locks that are waited for.
#include <atomic>
#include <thread>

#include "tx_support.h"

namespace conformance {
namespace {

TEST_P(Transaction, EndsACallAtItsDeadline) {
  Ctx ctx(db_);
  thing_ctx_set_timeout_ms(ctx, 50);
  EXPECT_STATUS(THING_E_TIMEOUT, run_endless(ctx));
  EXPECT_STATUS(THING_E_TIMEOUT, call(thing_ping, db_, ctx))
      << "the deadline is past for later calls too";
  thing_ctx_set_timeout_ms(ctx, -1);
  EXPECT_OK(call(thing_ping, db_, ctx));
  EXPECT_OK(call(thing_ping, db_, nullptr));
}

TEST_P(Transaction, FailsAtOnceAfterADeadlineThatIsPast) {
  Ctx ctx(db_);
  for (const int64_t ms : {int64_t{0}, int64_t{-2}, INT64_MIN}) {
    thing_ctx_set_timeout_ms(ctx, ms);
    Obj obj = new_obj(user_, R"({"name": "x", "email": "x"})");
    EXPECT_STATUS(THING_E_TIMEOUT, call(thing_save, db_, ctx, obj));
  }
  EXPECT_EQ(counted(db_, user_, "{}"), 5);
  thing_ctx_set_timeout_ms(ctx, INT64_MAX);
  EXPECT_OK(call(thing_ping, db_, ctx));
  thing_ctx_set_timeout_ms(ctx, 0);
  thing_ctx_reset(ctx);
  EXPECT_OK(call(thing_ping, db_, ctx));
}

TEST_P(Transaction, IsCancelledFromAnotherThread) {
  Ctx ctx(db_);
  std::atomic<bool> started{false};
  std::thread canceller([&] {
    while (!started) std::this_thread::yield();
    thing_ctx_cancel(ctx);
  });
  started = true;
  EXPECT_STATUS(THING_E_CANCELLED, run_endless(ctx));
  canceller.join();
  EXPECT_TRUE(thing_ctx_cancelled(ctx));
  EXPECT_STATUS(THING_E_CANCELLED, call(thing_ping, db_, ctx));
  thing_ctx_reset(ctx);
  EXPECT_FALSE(thing_ctx_cancelled(ctx));
  EXPECT_OK(call(thing_ping, db_, ctx));
}

TEST_P(Transaction, IsRolledBackAfterItsDeadline) {
  Ctx outer(db_);
  thing_ctx_set_timeout_ms(outer, 50);
  {
    Tx tx(db_, THING_TX_DEFAULT, outer);
    add("Frank", tx.ctx());
    EXPECT_STATUS(THING_E_TIMEOUT, run_endless(tx.ctx()));
    EXPECT_OK(tx.rollback()) << "a rollback must be possible after the deadline";
  }
  EXPECT_EQ(counted(db_, user_, "{}"), 5);
}

TEST_P(Transaction, WaitsForALockNoLongerThanTold) {
  ASSERT_OK(call(thing_set_option, db_, "busy_timeout_ms", "30", -1));
  Db other = GetParam().in_memory ? Db() : open_again();
  if (!GetParam().in_memory) other.define(models());
  const Db& holding = GetParam().in_memory ? db_ : other;
  Obj obj = find(db_, user_, 1);
  ASSERT_OK(obj.set("age", 26));
  Tx holder(holding);
  hold(holding, holder);
  const Outcome outcome = call(thing_save, db_, nullptr, obj);
  EXPECT_STATUS(THING_E_BUSY, outcome);
  EXPECT_TRUE(outcome.retryable);
  EXPECT_TRUE(obj.is_dirty("age"));
  ASSERT_OK(holder.rollback());
  EXPECT_OK(call(thing_save, db_, nullptr, obj));
}

TEST_P(Transaction, WaitsForALockUntilItsDeadline) {
  Obj obj = find(db_, user_, 1);
  ASSERT_OK(obj.set("age", 26));
  Tx holder(db_);
  hold(db_, holder);
  Ctx ctx(db_);
  thing_ctx_set_timeout_ms(ctx, 30);
  EXPECT_TRUE(fails_with(call(thing_save, db_, ctx, obj), {THING_E_TIMEOUT}));
  ASSERT_OK(holder.rollback());
}

TEST_P(Transaction, TellsOverlappingUse) {
  Ctx bounded(db_);
  thing_ctx_set_timeout_ms(bounded, 30'000);
  Tx tx(db_, THING_TX_DEFAULT, bounded);
  thing_ctx* ctx = tx.ctx();
  std::atomic<bool> done{false};
  Outcome run;
  std::thread runner([&] {
    do {  // the other's ping may be the first of the two
      run = run_endless(ctx);
    } while (run.status == THING_E_BUSY);
    done = true;
  });
  Outcome ping;
  while (ping.status == THING_OK && !done) ping = call(thing_ping, db_, ctx);
  thing_ctx_cancel(ctx);
  runner.join();
  EXPECT_STATUS(THING_E_BUSY, ping);
  EXPECT_STATUS(THING_E_CANCELLED, run);
  EXPECT_OK(tx.rollback());
}

}  // namespace
}  // namespace conformance
