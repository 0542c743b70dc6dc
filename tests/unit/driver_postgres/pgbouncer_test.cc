// Behind a pooler that gives the one session it has to another client after every transaction.
#include <cstdlib>

#include "postgres_server.h"

namespace thing::test {
namespace {

using base::Code;
using driver::postgres::Options;

class PgBouncer : public PostgresTest {
 protected:
  void SetUp() override {
    const char* url = std::getenv("THING_TEST_PGBOUNCER");
    if (url == nullptr || *url == '\0') GTEST_SKIP() << "THING_TEST_PGBOUNCER names no pooler";
    pooled.conninfo = url;
    pooled.prepared = false;
    db = connect(pooled);
    other = connect(pooled);
    execute(*db,
            "DROP TABLE IF EXISTS thing_pooled; CREATE TABLE thing_pooled(a int CONSTRAINT "
            "pooled_key PRIMARY KEY, b text)");
  }
  std::string all() {
    return one(*db, "SELECT coalesce(string_agg(a::text, ' ' ORDER BY a), '') FROM thing_pooled");
  }

  Options pooled;
  std::unique_ptr<driver::Connection> db, other;
};

TEST_F(PgBouncer, RunsStatementsOfManyClientsInOneSession) {
  auto insert = prepare(*db, "INSERT INTO thing_pooled VALUES($1, $2)");
  auto theirs = prepare(*other, "SELECT b FROM thing_pooled WHERE a = $1");
  for (int i = 0; i < 5; ++i) {
    const value::Value name = text("row " + std::to_string(i));
    ASSERT_TRUE(insert->bind(0, integer(i).view()));
    ASSERT_TRUE(insert->bind(1, name.view()));
    ASSERT_TRUE(insert->execute());
    ASSERT_TRUE(theirs->bind(0, integer(i).view()));
    std::vector<value::Value> row;
    ASSERT_TRUE(*theirs->step_dynamic(row));
    EXPECT_EQ(row[0].view().bytes, name.view().bytes);
    theirs->reset();
  }
  EXPECT_EQ(one(*db, "SELECT pg_backend_pid()"), one(*other, "SELECT pg_backend_pid()"));
  EXPECT_EQ(one(*other, "SELECT count(*) FROM pg_prepared_statements"), "0");
}

TEST_F(PgBouncer, TakesTextsOfSeveralStatements) {
  execute(*db, "INSERT INTO thing_pooled VALUES(1); INSERT INTO thing_pooled VALUES(2); SELECT 1");
  EXPECT_EQ(db->total_changes(), 2);
  execute(*db, "SELECT 1");
  EXPECT_EQ(all(), "'1 2'");
}

TEST_F(PgBouncer, KeepsItsSettingsApartFromThoseOfOthers) {
  execute(*other, "SET TimeZone = 'Asia/Tokyo'; SET DateStyle = 'German'");
  EXPECT_EQ(one(*other, "SHOW TimeZone"), "'Asia/Tokyo'");
  EXPECT_EQ(one(*db, "SELECT current_setting('TimeZone'), current_setting('DateStyle')"),
            "'UTC'|'ISO, MDY'");
  EXPECT_EQ(one(*other, "SHOW TimeZone"), "'Asia/Tokyo'");
}

// A setting that the pooler does not know of would stay for others.
TEST_F(PgBouncer, LeavesNoLockTimeoutBehind) {
  db->set_busy_timeout(1234);
  execute(*db, "INSERT INTO thing_pooled VALUES(1)");
  EXPECT_EQ(one(*other, "SHOW lock_timeout"), "'0'");
  EXPECT_EQ(one(*db, "SHOW default_transaction_read_only"), "'off'");
}

TEST_F(PgBouncer, LeavesNoDeadlineBehind) {
  driver::Control control;
  control.set_deadline(now() + 60'000'000);
  {
    const Serving serving(*db, control);
    EXPECT_EQ(one(*db, "SHOW statement_timeout"), "'61s'");
  }
  EXPECT_EQ(one(*other, "SHOW statement_timeout"), "'0'");
  {
    const Serving serving(*db, control);
    execute(*db, "BEGIN");
    EXPECT_EQ(one(*db, "SHOW statement_timeout"), "'61s'");
    execute(*db, "COMMIT");
  }
  EXPECT_EQ(one(*other, "SHOW statement_timeout"), "'0'");
}

TEST_F(PgBouncer, HoldsTheSessionDuringATransaction) {
  execute(*db, "BEGIN");
  ASSERT_TRUE(run(*db, "INSERT INTO thing_pooled VALUES($1)", {integer(1)}));
  driver::Control control;
  control.set_deadline(now() + 50'000);
  {
    const Serving serving(*other, control);
    EXPECT_EQ(other->execute("SELECT 1").error().code(), Code::kTimeout);
  }
  EXPECT_LT(now(), control.deadline() + 5'000'000);
  execute(*db, "ROLLBACK");
  EXPECT_EQ(all(), "''");
}

TEST_F(PgBouncer, GuardsStatementsOfATransaction) {
  db->guard_statements(true);
  execute(*db, "BEGIN");
  ASSERT_TRUE(run(*db, "INSERT INTO thing_pooled VALUES($1)", {integer(1)}));
  EXPECT_EQ(detail_of(*db, "INSERT INTO thing_pooled VALUES($1)", {integer(1)}).constraint,
            "pooled_key");
  EXPECT_FALSE(db->execute("INSERT INTO thing_pooled VALUES(2); SELECT 1/0"));
  ASSERT_TRUE(run(*db, "INSERT INTO thing_pooled VALUES($1)", {integer(3)}));
  execute(*db, "COMMIT");
  EXPECT_EQ(all(), "'1 3'");
}

// The pooler hands on the request to stop; there are 80 ms for that.
TEST_F(PgBouncer, EndsACallThatIsOver) {
  for (int attempt = 0; attempt < 20; ++attempt) {
    driver::Control control;
    control.set_deadline(now() + 30'000);
    {
      const Serving serving(*db, control);
      EXPECT_EQ(db->execute("SELECT pg_sleep(60)").error().code(), Code::kTimeout);
    }
    EXPECT_LT(now(), control.deadline() + 5'000'000);
    if (db->is_usable()) {
      EXPECT_EQ(one(*db, "SELECT 1"), "1");
      return;
    }
    db = connect(pooled);
  }
  ADD_FAILURE() << "no statement was ended in time";
}

TEST_F(PgBouncer, TellsOfTablesAndColumns) {
  EXPECT_FALSE(db->writes_more("thing_pooled")->any());
  EXPECT_TRUE(*db->compares_bytes("thing_pooled", "b"));
  EXPECT_EQ(db->writes_more("absent").error().code(), Code::kSchema);
}

TEST_F(PgBouncer, IsAliveWhenTheSessionBehindItWent) {
  EXPECT_TRUE(db->is_alive());
  (void)other->execute("SELECT pg_terminate_backend(pg_backend_pid())");
  EXPECT_TRUE(db->is_alive());
  EXPECT_TRUE(db->ping());
  EXPECT_EQ(one(*db, "SELECT 1"), "1");
}

TEST_F(PgBouncer, TakesTablesThatChanged) {
  auto select = prepare(*db, "SELECT * FROM thing_pooled");
  ASSERT_TRUE(select->execute());
  execute(
      *other,
      "ALTER TABLE thing_pooled ADD COLUMN c int DEFAULT 5; INSERT INTO thing_pooled VALUES(1)");
  std::vector<value::Value> row;
  ASSERT_TRUE(*select->step_dynamic(row));
  ASSERT_EQ(row.size(), 3U);
  EXPECT_EQ(row[2].view().integer, 5);
}

}  // namespace
}  // namespace thing::test
