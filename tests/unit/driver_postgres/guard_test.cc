// Statements that fail in a transaction and leave it open.
#include <chrono>
#include <thread>

#include "postgres_server.h"

namespace thing::test {
namespace {

using base::Code;

class PostgresGuard : public PostgresTest {
 protected:
  void SetUp() override {
    PostgresTest::SetUp();
    if (IsSkipped()) return;
    db = connect();
    begin();
  }
  void begin() {
    execute(*db, "CREATE TEMP TABLE t(a int PRIMARY KEY, b text)");
    db->guard_statements(true);
    execute(*db, "BEGIN");
  }
  // The error of a text that execute() takes.
  Code code_of(std::string_view sql) {
    const auto done = db->execute(sql);
    return done ? Code::kOk : done.error().code();
  }
  std::string all() { return one(*db, "SELECT coalesce(string_agg(a::text, ' '), '') FROM t"); }
  std::unique_ptr<driver::Connection> db;
};

TEST_F(PostgresGuard, KeepsATransactionInWhichAStatementFails) {
  const std::string insert = "INSERT INTO t VALUES($1)";
  ASSERT_TRUE(run(*db, insert, {integer(1)}));
  const auto failed = detail_of(*db, insert, {integer(1)});
  EXPECT_EQ(failed.code, Code::kUnique);
  EXPECT_EQ(failed.constraint, "t_pkey");
  EXPECT_TRUE(db->in_transaction());
  ASSERT_TRUE(run(*db, insert, {integer(2)}));
  execute(*db, "COMMIT");
  EXPECT_FALSE(db->in_transaction());
  EXPECT_EQ(all(), "'1 2'");
}

TEST_F(PostgresGuard, TakesBackAllThatTheStatementDid) {
  EXPECT_EQ(code_of("INSERT INTO t VALUES(1), (2), (1)"), Code::kUnique);
  EXPECT_EQ(code_of("INSERT INTO t VALUES(3); INSERT INTO t VALUES(4), (3)"), Code::kUnique);
  EXPECT_EQ(code_of("INSERT INTO t VALUES(5); SELECT FROM"), Code::kSyntax);
  EXPECT_EQ(code_of("INSERT INTO t VALUES(6); INSERT INTO t VALUES(7)"), Code::kOk);
  execute(*db, "COMMIT");
  EXPECT_EQ(all(), "'6 7'");
}

TEST_F(PostgresGuard, CountsTheRowsOfTheStatementAlone) {
  ASSERT_TRUE(run(*db, "INSERT INTO t VALUES(1), (2)"));
  EXPECT_EQ(db->changes(), 2);
  EXPECT_EQ(db->total_changes(), 2);
  EXPECT_FALSE(run(*db, "INSERT INTO t VALUES(3), (1)"));
  EXPECT_EQ(rows(*db, "UPDATE t SET b = 'x' RETURNING a").size(), 2U);
  EXPECT_EQ(db->changes(), 2);
  EXPECT_EQ(db->total_changes(), 4);
}

TEST_F(PostgresGuard, LeavesTheSavepointsOfTheCallerAlone) {
  execute(*db, "SAVEPOINT a; INSERT INTO t VALUES(1)");
  EXPECT_EQ(code_of("INSERT INTO t VALUES(1)"), Code::kUnique);
  ASSERT_TRUE(run(*db, "ROLLBACK TO a"));
  EXPECT_EQ(all(), "''");
  execute(*db, "RELEASE a");
  EXPECT_EQ(detail_of(*db, "RELEASE \"thing guard\"").sqlstate, "3B001");  // nothing is left behind
  execute(*db, "ROLLBACK");
  EXPECT_FALSE(db->in_transaction());
}

TEST_F(PostgresGuard, LetsSettingsOfTheTransactionThrough) {
  execute(*db, "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE");
  EXPECT_EQ(one(*db, "SHOW transaction_isolation"), "'serializable'");
  execute(*db, "ROLLBACK; BEGIN");
  ASSERT_TRUE(run(*db, "SET LOCAL transaction_isolation = 'repeatable read'"));
  EXPECT_EQ(one(*db, "SHOW transaction_isolation"), "'repeatable read'");
}

TEST_F(PostgresGuard, CoversWhatCanNotBePrepared) {
  EXPECT_EQ(error_of(*db, "SELECT * FROM absent").code(), Code::kSchema);
  EXPECT_EQ(error_of(*db, "SELEC 1").code(), Code::kSyntax);
  EXPECT_EQ(db->compares_bytes("t", "absent").error().code(), Code::kSchema);
  EXPECT_EQ(one(*db, "SELECT 1"), "1");
}

TEST_F(PostgresGuard, PreparesAnewInsideATransaction) {
  auto select = prepare(*db, "SELECT * FROM t");
  ASSERT_TRUE(select->execute());
  execute(*db, "ALTER TABLE t ADD COLUMN c int DEFAULT 7; INSERT INTO t VALUES(1)");
  std::vector<value::Value> row;
  const auto stepped = select->step_dynamic(row);
  ASSERT_TRUE(stepped) << stepped.error().message();
  ASSERT_EQ(row.size(), 3U);
  EXPECT_EQ(row[2].view().integer, 7);
  execute(*db, "COMMIT");
}

TEST_F(PostgresGuard, FindsStatementsAgainThatTheSessionLost) {
  auto select = prepare(*db, "SELECT $1::int");
  execute(*db, "DEALLOCATE ALL");
  std::vector<value::Value> row;
  ASSERT_TRUE(select->bind(0, integer(5).view()));
  const auto stepped = select->step_dynamic(row);
  ASSERT_TRUE(stepped) << stepped.error().message();
  EXPECT_EQ(row[0].view().integer, 5);
  execute(*db, "COMMIT");
}

// Which nobody could know of: the savepoint fails, too, but only once.
TEST_F(PostgresGuard, FindsItsOwnStatementsAgainAfterATransaction) {
  execute(*db, "INSERT INTO t VALUES(1); COMMIT; BEGIN");
  execute(*db, "INSERT INTO t VALUES(2)");
  execute(*db, "COMMIT");
  execute(*db, "DO $$BEGIN EXECUTE 'DEALLOCATE ALL'; END$$");
  execute(*db, "BEGIN");
  const auto lost = db->execute("INSERT INTO t VALUES(3)");
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code(), Code::kState);
  EXPECT_TRUE(lost.error().detail()->retryable);
  execute(*db, "ROLLBACK; BEGIN");
  execute(*db, "INSERT INTO t VALUES(3)");
  execute(*db, "COMMIT");
  EXPECT_EQ(all(), "'1 2 3'");
}

TEST_F(PostgresGuard, EndsAWaitForALockAlone) {
  auto holder = connect();
  execute(*holder, "CREATE TABLE IF NOT EXISTS thing_kept(a int)");
  execute(*holder, "BEGIN; LOCK thing_kept");
  execute(*db, "ROLLBACK");
  db->set_busy_timeout(20);
  execute(*db, "BEGIN");
  execute(*db, "INSERT INTO t VALUES(1)");
  EXPECT_EQ(code_of("LOCK thing_kept"), Code::kBusy);
  EXPECT_EQ(all(), "'1'");
}

TEST_F(PostgresGuard, EndsADeadlockWithoutTheTransaction) {
  auto other = connect();
  execute(*other,
          "DROP TABLE IF EXISTS thing_pair; CREATE TABLE thing_pair(a int PRIMARY KEY);"
          "INSERT INTO thing_pair VALUES(1), (2)");
  execute(*other, "SET deadlock_timeout = '60s'; BEGIN; DELETE FROM thing_pair WHERE a = 2");
  execute(*db, "SET deadlock_timeout = '20ms'");
  execute(*db, "DELETE FROM thing_pair WHERE a = 1");
  std::thread waiting([&] { execute(*other, "DELETE FROM thing_pair WHERE a = 1"); });
  const auto lost = detail_of(*db, "DELETE FROM thing_pair WHERE a = 2");
  EXPECT_EQ(lost.code, Code::kSerialization);
  EXPECT_TRUE(lost.retryable);
  EXPECT_TRUE(db->in_transaction());
  EXPECT_EQ(one(*db, "SELECT count(*) FROM thing_pair"), "1");
  execute(*db, "ROLLBACK");
  waiting.join();
}

// The server has 80 ms to say that it stopped, which it may miss on a busy machine.
TEST_F(PostgresGuard, OutlivesACallThatIsOver) {
  for (int attempt = 0; attempt < 20; ++attempt) {
    execute(*db, "INSERT INTO t VALUES(1)");
    driver::Control control;
    control.set_deadline(now() + 20'000);
    {
      const Serving serving(*db, control);
      EXPECT_EQ(code_of("SELECT pg_sleep(60)"), Code::kTimeout);
    }
    if (!db->is_usable()) {
      db = connect();
      begin();
      continue;
    }
    EXPECT_TRUE(db->in_transaction());
    EXPECT_EQ(all(), "'1'");
    return;
  }
  ADD_FAILURE() << "no statement was ended in time";
}

// Wherever the cancel hits, the statement is done or not done, and the rest stays; unless it hits
// the savepoint itself, which ends the transaction as a whole.
TEST_F(PostgresGuard, LeavesNothingHalfDone) {
  execute(*db, "ROLLBACK");
  int ended = 0;
  for (int i = 0; i < 50; ++i) {
    if (!db->is_usable()) {
      db = connect();
      begin();
      execute(*db, "ROLLBACK");
    }
    execute(*db, "TRUNCATE t; BEGIN; INSERT INTO t VALUES(1)");
    auto insert = prepare(*db, "INSERT INTO t SELECT 2 FROM pg_sleep(0.001)");
    driver::Control control;
    std::thread other([&, i] {
      std::this_thread::sleep_for(std::chrono::microseconds(i * 40));
      control.cancel();
    });
    bool is_done = false;
    {
      const Serving serving(*db, control);
      is_done = insert->execute().has_value();
    }
    other.join();
    if (!db->is_usable()) continue;
    EXPECT_TRUE(db->in_transaction());
    const auto third = db->execute("INSERT INTO t VALUES(3)");
    EXPECT_TRUE(third || third.error().detail()->sqlstate == "25P02");
    EXPECT_TRUE(third || !is_done);
    ended += third ? 0 : 1;
    execute(*db, third ? "COMMIT" : "ROLLBACK");
    EXPECT_EQ(all(), !third ? "''" : is_done ? "'1 2 3'" : "'1 3'") << i;
  }
  EXPECT_LT(ended, 15);
}

TEST_F(PostgresGuard, WorksWithoutPreparedStatements) {
  auto o = options();
  o.prepared = false;
  db = connect(o);
  begin();
  ASSERT_TRUE(run(*db, "INSERT INTO t VALUES($1)", {integer(1)}));
  EXPECT_FALSE(run(*db, "INSERT INTO t VALUES($1)", {integer(1)}));
  EXPECT_EQ(code_of("SELECT 1/0"), Code::kRange);
  EXPECT_EQ(one(*db, "SELECT count(*) FROM pg_prepared_statements"), "0");
  execute(*db, "COMMIT");
  EXPECT_EQ(all(), "'1'");
}

TEST_F(PostgresGuard, DoesNothingWhenItIsOff) {
  db->guard_statements(false);
  EXPECT_EQ(code_of("SELECT 1/0"), Code::kRange);
  EXPECT_EQ(code_of("SELECT 1"), Code::kState);
}

TEST_F(PostgresGuard, LeavesAnEndedTransactionEnded) {
  db->guard_statements(false);
  EXPECT_EQ(code_of("SELECT 1/0"), Code::kRange);
  db->guard_statements(true);
  EXPECT_EQ(detail_of(*db, "SELECT 1").sqlstate, "25P02");
  execute(*db, "ROLLBACK");
  EXPECT_EQ(one(*db, "SELECT 1"), "1");
}

TEST_F(PostgresGuard, TellsThatTheServerIsGone) {
  auto killer = connect();
  const std::string pid = one(*db, "SELECT pg_backend_pid()");
  EXPECT_EQ(one(*killer, "SELECT pg_terminate_backend(" + pid + ", 60000)"), "true");
  EXPECT_EQ(code_of("SELECT 1"), Code::kConnection);
  EXPECT_FALSE(db->is_usable());
  EXPECT_FALSE(db->in_transaction());
}

}  // namespace
}  // namespace thing::test
