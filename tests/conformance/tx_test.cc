// Transactions: what is inside, what the outside sees, and how they end.
#include <atomic>
#include <thread>

#include "tx_support.h"

namespace conformance {
namespace {

FOR_SETUPS(Transaction, kEverywhere);

// A database in memory has one connection, so nobody can read it from outside of a transaction.
class TransactionBesideOthers : public Transaction {};
FOR_SETUPS(TransactionBesideOthers, kConcurrent);

class TransactionOfSqlite : public Transaction {};
FOR_SETUPS(TransactionOfSqlite, kSqlite);

class TransactionOnFile : public Transaction {};
FOR_SETUPS(TransactionOnFile, kSqliteFiles);

TEST_P(Transaction, KeepsWhatItCommits) {  // S23
  Tx tx(db_);
  const int64_t id = add("Frank", tx.ctx());
  ASSERT_OK(tx.commit());
  EXPECT_EQ(read_text(db_, user_, id, "name"), "Frank");
  EXPECT_EQ(counted(db_, user_, "{}"), 6);
}

TEST_P(Transaction, LeavesNothingOfARollback) {  // S23
  EXPECT_EQ(counted(db_, user_, "{}"), 5);
  Tx tx(db_);
  const int64_t id = add("Frank", tx.ctx());
  update(db_, user_, 1, R"({"age": 99})", tx.ctx());
  remove(db_, user_, 2, THING_DELETE_DEFAULT, tx.ctx());
  EXPECT_EQ(count(db_, user_, "{}", tx.ctx()), 5);
  ASSERT_OK(tx.rollback());
  EXPECT_FALSE(exists(db_, user_, id));
  EXPECT_EQ(find(db_, user_, 1).integer("age"), 25);
  EXPECT_TRUE(exists(db_, user_, 2));
  EXPECT_EQ(counted(db_, user_, "{}"), 5);
}

TEST_P(Transaction, IsRolledBackWhenItIsFreed) {
  {
    Tx tx(db_);
    add("Frank", tx.ctx());
  }
  EXPECT_EQ(counted(db_, user_, "{}"), 5);
  Tx tx(db_);
  EXPECT_OK(tx.commit());
}

TEST_P(TransactionBesideOthers, SeesItsOwnWritesAlone) {  // S26, S24
  Db other = open_again();
  other.define(models());
  Tx tx(db_);
  const int64_t id = add("Frank", tx.ctx());
  update(db_, user_, 1, R"({"age": 30})", tx.ctx());
  EXPECT_EQ(count(db_, user_, R"({"where": {"name": "Frank"}})", tx.ctx()), 1);
  EXPECT_EQ(find(db_, user_, 1, tx.ctx()).integer("age"), 30);
  EXPECT_EQ(ids(db_, user_, R"({"where": {"age": 30}})", tx.ctx()), (Ids{1, 2}));
  EXPECT_EQ(counted(db_, user_, R"({"where": {"name": "Frank"}})"), 0);
  EXPECT_EQ(find(db_, user_, 1).integer("age"), 25);
  EXPECT_FALSE(exists(db_, user_, id));
  EXPECT_EQ(find(other, other.model("User"), 1).integer("age"), 25);
  ASSERT_OK(tx.commit());
  EXPECT_EQ(counted(db_, user_, R"({"where": {"name": "Frank"}})"), 1);
  EXPECT_EQ(find(db_, user_, 1).integer("age"), 30);
  EXPECT_TRUE(exists(db_, user_, id));
}

TEST_P(Transaction, SeesItsOwnDeletesAndBulkWrites) {
  Tx tx(db_);
  find(db_, user_, 3, tx.ctx());
  remove(db_, user_, 3, THING_DELETE_DEFAULT, tx.ctx());
  EXPECT_FALSE(exists(db_, user_, 3, tx.ctx()));
  ASSERT_OK(call(thing_update_where, db_, tx.ctx(), parse(user_, R"({"where": {"id": 4}})"),
                 R"({"age": 40})", -1, 0, nullptr));
  EXPECT_EQ(find(db_, user_, 4, tx.ctx()).integer("age"), 40);
  int64_t views = 0;
  ASSERT_OK(call(thing_incr, db_, tx.ctx(), post_, 1, thing_model_field_index(post_, "views", -1),
                 1, &views));
  EXPECT_EQ(find(db_, post_, 1, tx.ctx()).integer("views"), 101);
  ASSERT_OK(tx.rollback());
  EXPECT_TRUE(exists(db_, user_, 3));
  EXPECT_EQ(find(db_, user_, 4).state("age"), THING_STATE_NULL);
  EXPECT_EQ(find(db_, post_, 1).integer("views"), 100);
}

TEST_P(Transaction, UndoesToASavepoint) {  // S25
  Tx tx(db_);
  add("U1", tx.ctx());
  ASSERT_OK(savepoint(tx, "sp"));
  add("U2", tx.ctx());
  update(db_, user_, 1, R"({"age": 99})", tx.ctx());
  EXPECT_EQ(count(db_, user_, "{}", tx.ctx()), 7);
  ASSERT_OK(call(thing_tx_rollback_to, tx, "sp"));
  EXPECT_EQ(count(db_, user_, "{}", tx.ctx()), 6);
  EXPECT_EQ(find(db_, user_, 1, tx.ctx()).integer("age"), 25);
  ASSERT_OK(tx.commit());
  EXPECT_EQ(counted(db_, user_, R"({"where": {"name": {"startsWith": "U"}}})"), 1);
  EXPECT_EQ(find(db_, user_, 1).integer("age"), 25);
}

TEST_P(Transaction, KeepsASavepointAfterRollingBackToIt) {
  Tx tx(db_);
  ASSERT_OK(savepoint(tx, "sp"));
  add("U1", tx.ctx());
  ASSERT_OK(call(thing_tx_rollback_to, tx, "sp"));
  add("U2", tx.ctx());
  ASSERT_OK(call(thing_tx_rollback_to, tx, "sp"));
  add("U3", tx.ctx());
  ASSERT_OK(call(thing_tx_release, tx, "sp"));
  ASSERT_OK(tx.commit());
  EXPECT_EQ(query(db_, user_, R"({"where": {"name": {"startsWith": "U"}}})").texts("name"),
            (Texts{"U3"}));
}

TEST_P(Transaction, HidesAnEarlierSavepointOfTheSameName) {
  Tx tx(db_);
  ASSERT_OK(savepoint(tx, "sp"));
  add("U1", tx.ctx());
  ASSERT_OK(savepoint(tx, "sp"));
  add("U2", tx.ctx());
  ASSERT_OK(call(thing_tx_rollback_to, tx, "sp"));
  ASSERT_OK(call(thing_tx_release, tx, "sp"));
  EXPECT_EQ(count(db_, user_, "{}", tx.ctx()), 6);
  ASSERT_OK(call(thing_tx_rollback_to, tx, "sp"));
  EXPECT_EQ(count(db_, user_, "{}", tx.ctx()), 5);
  ASSERT_OK(tx.commit());
}

TEST_P(Transaction, TellsSavepointsApartByCase) {
  Tx tx(db_);
  ASSERT_OK(savepoint(tx, "A"));
  add("one", tx.ctx());
  ASSERT_OK(savepoint(tx, "a"));
  add("two", tx.ctx());
  ASSERT_OK(call(thing_tx_rollback_to, tx, "A"));
  ASSERT_OK(tx.commit());
  EXPECT_EQ(counted(db_, user_, "{}"), 5);
}

// SQLite takes the whole transaction back when a write of it is interrupted.
TEST_P(TransactionOfSqlite, IsOverWhenTheDatabaseTookItBack) {
  Tx tx(db_);
  add("one", tx.ctx());
  EXPECT_STATUS(THING_E_TIMEOUT, write_endless(tx));
  Obj obj = new_obj(user_, R"({"name": "two", "email": "two"})");
  EXPECT_STATUS(THING_E_STATE, call(thing_save, db_, tx.ctx(), obj));
  Obj found;
  EXPECT_STATUS(THING_E_STATE, call(thing_by_id, db_, tx.ctx(), user_, 1, found.out()));
  EXPECT_STATUS(THING_E_STATE, tx.commit());
  EXPECT_EQ(counted(db_, user_, "{}"), 5);
}

TEST_P(Transaction, RefusesUnknownAndWrongSavepointNames) {
  Tx tx(db_);
  EXPECT_TRUE(fails_with(call(thing_tx_rollback_to, tx, "nope"), {THING_E_INVALID, THING_E_STATE}));
  EXPECT_TRUE(fails_with(call(thing_tx_release, tx, "nope"), {THING_E_INVALID, THING_E_STATE}));
  const std::string longest(63, 'x'), too_long(64, 'x');
  EXPECT_OK(savepoint(tx, longest.c_str()));
  for (const char* name : {"", "a b", "a\"; DROP TABLE users; --", "a-b", "ä", too_long.c_str()}) {
    EXPECT_TRUE(fails_with(savepoint(tx, name), {THING_E_INVALID, THING_E_RANGE})) << name;
  }
  add("Frank", tx.ctx());
  EXPECT_OK(tx.commit());
}

TEST_P(Transaction, StaysUsableAfterAFailedStatement) {  // S27
  Tx tx(db_);
  add("Frank", tx.ctx());
  Obj twice = new_obj(user_, R"({"name": "x", "email": "bob@example.com"})");
  EXPECT_STATUS(THING_E_UNIQUE, call(thing_save, db_, tx.ctx(), twice));
  add("Grace", tx.ctx());
  ASSERT_OK(tx.commit());
  EXPECT_EQ(counted(db_, user_, "{}"), 7);
}

TEST_P(Transaction, StaysUsableAfterFailuresOfEveryKind) {  // S27
  Tx tx(db_);
  add("Frank", tx.ctx());
  ASSERT_OK(savepoint(tx, "sp"));
  add("Grace", tx.ctx());
  const auto run = [&](const char* text) {
    return call(thing_exec, db_, tx.ctx(), text, -1, nullptr, 0, nullptr, nullptr);
  };
  EXPECT_STATUS(THING_E_SCHEMA, run("UPDATE users SET absent = 1"));
  EXPECT_STATUS(THING_E_SYNTAX, run("UPDATEE users"));
  EXPECT_STATUS(THING_E_UNIQUE, run("UPDATE users SET email = 'same' WHERE id < 3"));
  EXPECT_STATUS(THING_E_NOT_NULL, run("UPDATE users SET name = NULL WHERE id = 1"));
  Rows rows;
  EXPECT_STATUS(THING_E_SCHEMA, call(thing_sql, db_, tx.ctx(), "SELECT absent FROM users", -1,
                                     nullptr, 0, rows.out()));
  EXPECT_STATUS(THING_E_UNIQUE, call(thing_update_where, db_, tx.ctx(),
                                     parse(user_, R"({"where": {"id": {"lt": 3}}})"),
                                     R"({"email": "same"})", -1, 0, nullptr));
  Obj twice = new_obj(user_, R"({"id": 1, "name": "A", "email": "bob@example.com"})");
  EXPECT_STATUS(THING_E_UNIQUE, call(thing_upsert, db_, tx.ctx(), twice, nullptr, 0));
  EXPECT_EQ(count(db_, user_, "{}", tx.ctx()), 7);
  ASSERT_OK(call(thing_tx_rollback_to, tx, "sp"));
  ASSERT_OK(tx.commit());
  EXPECT_EQ(counted(db_, user_, "{}"), 6);
  EXPECT_EQ(read_text(db_, user_, 1, "email"), "alice@example.com");
}

TEST_P(Transaction, KeepsObjectsAsTheyWereWhenSaveManyFailsInside) {
  Tx tx(db_);
  const int64_t first = add("Frank", tx.ctx());
  Obj good = new_obj(user_, R"({"name": "g", "email": "g"})"),
      bad = new_obj(user_, R"({"name": "b", "email": "bob@example.com"})");
  thing_obj* const objs[] = {good, bad};
  EXPECT_STATUS(THING_E_UNIQUE, call(thing_save_many, db_, tx.ctx(), objs, 2));
  EXPECT_EQ(count(db_, user_, R"({"where": {"email": "g"}})", tx.ctx()), 0)
      << "all or none, inside too";
  ASSERT_OK(tx.commit());
  EXPECT_TRUE(exists(db_, user_, first));
  EXPECT_EQ(counted(db_, user_, "{}"), 6);
}

TEST_P(Transaction, EndsOnce) {
  Tx tx(db_);
  ASSERT_OK(tx.commit());
  EXPECT_STATUS(THING_E_CLOSED, tx.commit());
  EXPECT_STATUS(THING_E_CLOSED, tx.rollback());
  EXPECT_STATUS(THING_E_CLOSED, savepoint(tx, "sp"));
  Obj obj;
  EXPECT_STATUS(THING_E_CLOSED, call(thing_by_id, db_, tx.ctx(), user_, 1, obj.out()));
  Tx rolled(db_);
  ASSERT_OK(rolled.rollback());
  EXPECT_STATUS(THING_E_CLOSED, rolled.commit());
}

// ---- nested

TEST_P(Transaction, NestsAsASavepoint) {
  Tx outer(db_);
  add("U1", outer.ctx());
  {
    Tx inner(db_, THING_TX_DEFAULT, outer.ctx());
    add("U2", inner.ctx());
    EXPECT_EQ(count(db_, user_, "{}", inner.ctx()), 7);
    ASSERT_OK(inner.rollback());
  }
  {
    Tx inner(db_, THING_TX_DEFAULT, outer.ctx());
    add("U3", inner.ctx());
    ASSERT_OK(inner.commit());
  }
  EXPECT_EQ(count(db_, user_, "{}", outer.ctx()), 7);
  ASSERT_OK(outer.commit());
  EXPECT_EQ(query(db_, user_, R"({"where": {"name": {"startsWith": "U"}}})").texts("name"),
            (Texts{"U1", "U3"}));
}

TEST_P(Transaction, LosesNestedCommitsWithItsOwnRollback) {
  EXPECT_EQ(counted(db_, user_, "{}"), 5);
  Tx outer(db_);
  Tx inner(db_, THING_TX_DEFAULT, outer.ctx());
  const int64_t id = add("U1", inner.ctx());
  ASSERT_OK(inner.commit());
  EXPECT_TRUE(exists(db_, user_, id, outer.ctx()));
  ASSERT_OK(outer.rollback());
  EXPECT_FALSE(exists(db_, user_, id));
  EXPECT_EQ(counted(db_, user_, "{}"), 5);
}

TEST_P(Transaction, UndoesAFreedNestedOne) {
  Tx outer(db_);
  {
    Tx inner(db_, THING_TX_DEFAULT, outer.ctx());
    add("U1", inner.ctx());
  }
  ASSERT_OK(outer.commit());
  EXPECT_EQ(counted(db_, user_, "{}"), 5);
}

// ---- run

struct Body {
  const Db* db;
  const thing_model* user;
  int calls = 0;
  int busy_calls = 0;
  thing_status end = THING_OK;
};

thing_status run_body(void* user, thing_tx*, thing_ctx* ctx, thing_error** err) {
  auto* body = static_cast<Body*>(user);
  ++body->calls;
  insert(*body->db, body->user, R"({"name": "run", "email": "run"})", ctx);
  if (body->calls <= body->busy_calls) return thing_error_set(err, THING_E_BUSY, "made up", -1);
  return body->end < 0 ? thing_error_set(err, body->end, "made up", -1) : body->end;
}

TEST_P(Transaction, RunCommitsWhenTheBodyIsDone) {  // S23
  Body body{&db_, user_};
  ASSERT_OK(call(thing_tx_run, db_, nullptr, 0, 1, run_body, &body));
  EXPECT_EQ(body.calls, 1);
  EXPECT_EQ(counted(db_, user_, R"({"where": {"name": "run"}})"), 1);
}

TEST_P(Transaction, RunRollsBackWhenTheBodyFails) {  // S23
  Body body{&db_, user_, 0, 0, THING_E_CHECK};
  const Outcome outcome = call(thing_tx_run, db_, nullptr, 0, 5, run_body, &body);
  EXPECT_STATUS(THING_E_CHECK, outcome);
  EXPECT_TRUE(says(outcome, "made up"));
  EXPECT_EQ(body.calls, 1);
  EXPECT_EQ(counted(db_, user_, "{}"), 5);
}

TEST_P(Transaction, RunRollsBackForAnyOtherStatus) {
  Body body{&db_, user_, 0, 0, THING_NOT_FOUND};
  EXPECT_STATUS(THING_NOT_FOUND, call(thing_tx_run, db_, nullptr, 0, 5, run_body, &body));
  EXPECT_EQ(counted(db_, user_, "{}"), 5);
}

TEST_P(Transaction, RunTriesAgainAfterBusy) {
  Body body{&db_, user_, 0, 2};
  ASSERT_OK(call(thing_tx_run, db_, nullptr, 0, 3, run_body, &body));
  EXPECT_EQ(body.calls, 3);
  EXPECT_EQ(counted(db_, user_, R"({"where": {"name": "run"}})"), 1);
}

TEST_P(Transaction, RunGivesUpAfterItsAttempts) {
  Body body{&db_, user_, 0, 9};
  EXPECT_STATUS(THING_E_BUSY, call(thing_tx_run, db_, nullptr, 0, 3, run_body, &body));
  EXPECT_EQ(body.calls, 3);
  EXPECT_EQ(counted(db_, user_, "{}"), 5);
  for (const int attempts : {0, -1, 101, INT32_MAX}) {
    EXPECT_STATUS(THING_E_RANGE, call(thing_tx_run, db_, nullptr, 0, attempts, run_body, &body));
  }
}

// What one of them read nobody changes before its commit.
TEST_P(Transaction, RunLandsAllOfManyThreadsWhenSerializable) {  // S27
  constexpr int kThreads = 8;
  const int rounds = repetitions(is_sqlite() ? 20 : 5);
  struct Step {
    const Db* db;
    const thing_model* post;
  } step{&db_, post_};
  const auto raise = [](void* user, thing_tx*, thing_ctx* ctx, thing_error** err) -> thing_status {
    const auto* s = static_cast<Step*>(user);
    Obj obj = find(*s->db, s->post, 1, ctx);
    EXPECT_OK(obj.set("views", obj.integer("views") + 1));
    return thing_save(*s->db, ctx, obj, err);
  };
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < rounds; ++i)
        EXPECT_OK(call(thing_tx_run, db_, nullptr, THING_TX_SERIALIZABLE, 100, +raise, &step));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(find(db_, post_, 1).integer("views"), 100 + kThreads * rounds);
}

TEST_P(Transaction, RunLandsTransactionsThatBlockEachOther) {  // S27
  constexpr int kThreads = 4, kRounds = 5;
  struct Step {
    const Db* db;
    const thing_model* post;
    int64_t first, second;
  };
  // In both orders, so that some wait for each other and one of them has to give way.
  const auto raise = [](void* user, thing_tx*, thing_ctx* ctx, thing_error** err) -> thing_status {
    const auto* s = static_cast<Step*>(user);
    const int32_t views = thing_model_field_index(s->post, "views", -1);
    const thing_status status = thing_incr(*s->db, ctx, s->post, s->first, views, 1, nullptr, err);
    if (status != THING_OK) return status;
    std::this_thread::yield();
    return thing_incr(*s->db, ctx, s->post, s->second, views, 1, nullptr, err);
  };
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      Step step{&db_, post_, t % 2 == 0 ? 1 : 2, t % 2 == 0 ? 2 : 1};
      for (int i = 0; i < kRounds; ++i)
        EXPECT_OK(call(thing_tx_run, db_, nullptr, 0, 100, +raise, &step));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(find(db_, post_, 1).integer("views"), 100 + kThreads * kRounds);
  EXPECT_EQ(find(db_, post_, 2).integer("views"), kThreads * kRounds);
}

TEST_P(Transaction, MovesMoneyOrLeavesIt) {
  const auto transfer = [&](int64_t amount, bool fail) {
    Tx tx(db_);
    int64_t left = 0;
    const int32_t views = thing_model_field_index(post_, "views", -1);
    ASSERT_OK(call(thing_incr, db_, tx.ctx(), post_, 5, views, -amount, &left));
    ASSERT_OK(call(thing_incr, db_, tx.ctx(), post_, 1, views, amount, nullptr));
    if (fail)
      ASSERT_OK(tx.rollback());
    else
      ASSERT_OK(tx.commit());
  };
  transfer(300, true);
  EXPECT_EQ(find(db_, post_, 5).integer("views"), 1000);
  transfer(300, false);
  EXPECT_EQ(find(db_, post_, 5).integer("views"), 700);
  EXPECT_EQ(find(db_, post_, 1).integer("views"), 400);
}

// ---- kinds

TEST_P(Transaction, ReadOnlyRefusesWrites) {
  Tx tx(db_, THING_TX_READ_ONLY);
  EXPECT_EQ(find(db_, user_, 1, tx.ctx()).text("name"), "Alice");
  Obj obj = new_obj(user_, R"({"name": "x", "email": "x"})");
  EXPECT_STATUS(THING_E_READONLY, call(thing_save, db_, tx.ctx(), obj));
  EXPECT_STATUS(THING_E_READONLY,
                call(thing_delete_by_id, db_, tx.ctx(), user_, 1, THING_DELETE_DEFAULT));
  EXPECT_STATUS(THING_E_READONLY, call(thing_exec, db_, tx.ctx(), "DELETE FROM users", -1, nullptr,
                                       0, "users", nullptr));
  EXPECT_OK(tx.commit());
  EXPECT_EQ(counted(db_, user_, "{}"), 5);
}

TEST_P(TransactionBesideOthers, ReadOnlyKeepsItsSnapshot) {
  Tx tx(db_, THING_TX_READ_ONLY);
  EXPECT_EQ(find(db_, user_, 1, tx.ctx()).integer("age"), 25);
  EXPECT_EQ(count(db_, user_, "{}", tx.ctx()), 5);
  update(db_, user_, 1, R"({"age": 26})");
  insert(db_, user_, R"({"name": "x", "email": "x"})");
  EXPECT_EQ(find(db_, user_, 1, tx.ctx()).integer("age"), 25);
  EXPECT_EQ(count(db_, user_, "{}", tx.ctx()), 5);
  EXPECT_EQ(find(db_, user_, 2, tx.ctx()).text("name"), "Bob");
  EXPECT_EQ(find(db_, user_, 1).integer("age"), 26) << "what the snapshot read may not be shared";
  EXPECT_EQ(counted(db_, user_, "{}"), 6);
  ASSERT_OK(tx.commit());
  EXPECT_EQ(find(db_, user_, 1).integer("age"), 26);
}

TEST_P(TransactionOnFile, DeferredLosesAgainstACommitSinceItsFirstRead) {
  Db other = open_again();
  other.define(models());
  Tx tx(db_, THING_TX_DEFERRED);
  EXPECT_EQ(find(db_, user_, 1, tx.ctx()).integer("age"), 25);
  update(other, other.model("User"), 1, R"({"age": 26})");
  Obj obj = find(db_, user_, 1, tx.ctx());
  ASSERT_OK(obj.set("age", 27));
  const Outcome outcome = call(thing_save, db_, tx.ctx(), obj);
  EXPECT_STATUS(THING_E_SERIALIZATION, outcome);
  EXPECT_TRUE(outcome.retryable);
  ASSERT_OK(tx.rollback());
  EXPECT_EQ(find(db_, user_, 1).integer("age"), 26);
}

TEST_P(Transaction, TakesOneLevelAndNoneInside) {
  Tx tx;
  EXPECT_STATUS(THING_E_INVALID, call(thing_tx_begin, db_, nullptr,
                                      THING_TX_READ_COMMITTED | THING_TX_SERIALIZABLE, tx.out()));
  for (const int32_t level :
       {THING_TX_READ_COMMITTED, THING_TX_REPEATABLE_READ, THING_TX_SERIALIZABLE}) {
    Tx outer(db_, level);
    EXPECT_STATUS(THING_E_UNSUPPORTED, call(thing_tx_begin, db_, outer.ctx(), level, tx.out()));
    update(db_, user_, 1, R"({"age": 99})", outer.ctx());
    ASSERT_OK(outer.rollback());
  }
  EXPECT_EQ(find(db_, user_, 1).integer("age"), 25);
}

TEST_P(Transaction, DeferredWritesWhenNobodyElseDid) {
  Tx tx(db_, THING_TX_DEFERRED);
  EXPECT_EQ(find(db_, user_, 1, tx.ctx()).integer("age"), 25);
  update(db_, user_, 1, R"({"age": 26})", tx.ctx());
  ASSERT_OK(tx.commit());
  EXPECT_EQ(find(db_, user_, 1).integer("age"), 26);
}

TEST_P(Transaction, RefusesUnknownFlags) {
  Tx tx;
  EXPECT_TRUE(fails_with(call(thing_tx_begin, db_, nullptr, 64, tx.out()),
                         {THING_E_INVALID, THING_E_RANGE}));
  EXPECT_EQ(tx.get(), nullptr);
}

TEST_P(Transaction, RefusesAContextOfAnotherDatabase) {
  Db other("sqlite::memory:");
  Ctx ctx(other);
  Obj obj;
  EXPECT_STATUS(THING_E_INVALID, call(thing_by_id, db_, ctx, user_, 1, obj.out()));
  Tx tx(other);
  EXPECT_STATUS(THING_E_INVALID, call(thing_by_id, db_, tx.ctx(), user_, 1, obj.out()));
}

}  // namespace
}  // namespace conformance
