// The deadline of a call as a limit of the server's own.
#include "../driver_proxy.h"
#include "postgres_server.h"

namespace thing::test {
namespace {

using base::Code;
using Net = Proxy::Net;

constexpr int64_t kSecond = 1'000'000;
// Whose text does not name it, as that of somebody who sets it would.
constexpr const char* kShow = "SELECT current_setting('statement' || '_timeout')";

class PostgresLimit : public PostgresTest {
 protected:
  void SetUp() override {
    PostgresTest::SetUp();
    if (!IsSkipped()) db = connect();
  }
  // What `sql` gives in a call that has so long.
  std::string within(int64_t micros, std::string_view sql) {
    driver::Control control;
    control.set_deadline(now() + micros);
    const Serving serving(*db, control);
    return one(*db, sql);
  }
  std::string within_a_minute() { return within(60 * kSecond, kShow); }

  std::unique_ptr<driver::Connection> db;
};

TEST_F(PostgresLimit, IsThatOfTheCallAndAMargin) {
  EXPECT_EQ(within(5 * kSecond - 1000, kShow), "'6s'");
  EXPECT_EQ(within(5 * kSecond + 500'000, kShow), "'7s'");
  EXPECT_EQ(within_a_minute(), "'61s'");
}

TEST_F(PostgresLimit, LeavesNothingBehind) {
  within_a_minute();
  EXPECT_EQ(one(*db, kShow), "'0'");
}

TEST_F(PostgresLimit, LetsTheLongestDeadlinesBe) {
  EXPECT_EQ(within(2'147'483'647'000, kShow), "'0'");
  EXPECT_EQ(within(INT64_MAX - now() - 1, kShow), "'0'");
}

TEST_F(PostgresLimit, IsLiftedForTheNextStatementOfATransaction) {
  for (const bool is_guarded : {false, true}) {
    db->guard_statements(is_guarded);
    execute(*db, "BEGIN");
    EXPECT_EQ(within_a_minute(), "'61s'");
    EXPECT_EQ(within(59 * kSecond, kShow), "'61s'");  // near enough
    EXPECT_EQ(within(9 * kSecond, kShow), "'10s'");
    EXPECT_EQ(within_a_minute(), "'61s'");
    EXPECT_EQ(one(*db, kShow), "'0'");
    execute(*db, "COMMIT");
  }
}

TEST_F(PostgresLimit, KnowsThatSavepointsBringSettingsBack) {
  execute(*db, "BEGIN");
  within_a_minute();
  execute(*db, "SAVEPOINT a");
  EXPECT_EQ(one(*db, kShow), "'0'");
  execute(*db, "ROLLBACK TO a");
  EXPECT_EQ(one(*db, kShow), "'0'");
  execute(*db, "ROLLBACK TO a");
  EXPECT_EQ(within_a_minute(), "'61s'");
  execute(*db, "COMMIT; BEGIN");
  EXPECT_EQ(one(*db, kShow), "'0'");
  execute(*db, "COMMIT");
}

TEST_F(PostgresLimit, OutlivesAStatementThatFails) {
  db->guard_statements(true);
  execute(*db, "BEGIN");
  driver::Control control;
  control.set_deadline(now() + 60 * kSecond);
  {
    const Serving serving(*db, control);
    EXPECT_FALSE(db->execute("SELECT 1/0"));
    EXPECT_EQ(one(*db, kShow), "'61s'");
    EXPECT_FALSE(db->execute("SELECT 1/0"));
  }
  EXPECT_EQ(one(*db, kShow), "'0'");
  execute(*db, "COMMIT");
}

TEST_F(PostgresLimit, LengthensNoLimitOfTheUsersOwn) {
  auto o = options();
  o.conninfo += "&options=-c%20statement_timeout%3D20s";
  db = connect(o);
  EXPECT_EQ(within_a_minute(), "'20s'");
  EXPECT_EQ(within(5 * kSecond - 1000, kShow), "'6s'");
  execute(*db, "BEGIN");
  EXPECT_EQ(within(5 * kSecond - 1000, kShow), "'6s'");
  EXPECT_EQ(within_a_minute(), "'20s'");
  execute(*db, "COMMIT");
}

TEST_F(PostgresLimit, LeavesASettingOfTheCallerAlone) {
  execute(*db, "BEGIN");
  within_a_minute();
  execute(*db, "SET LOCAL statement_timeout = '7s'");
  EXPECT_EQ(within_a_minute(), "'7s'");
  EXPECT_EQ(one(*db, kShow), "'7s'");
  execute(*db, "COMMIT; BEGIN");
  ASSERT_TRUE(run(*db, "SELECT set_config('statement_timeout', '8s', true)"));
  EXPECT_EQ(within_a_minute(), "'8s'");
  execute(*db, "COMMIT");
  EXPECT_EQ(within_a_minute(), "'61s'");
}

TEST_F(PostgresLimit, CoversTextsOfSeveralStatements) {
  execute(*db, "CREATE TEMP TABLE t(a text)");
  const char* const kKeep =
      "INSERT INTO t SELECT current_setting('x.a', true);"
      "INSERT INTO t SELECT setting FROM pg_settings WHERE name LIKE "
      "'statement\\_time%'";
  driver::Control control;
  control.set_deadline(now() + 60 * kSecond);
  {
    const Serving serving(*db, control);
    execute(*db, kKeep);
    execute(*db, "BEGIN");
    execute(*db, kKeep);
  }
  execute(*db, kKeep);
  execute(*db, "COMMIT");
  EXPECT_EQ(one(*db, "SELECT string_agg(a, ' ') FROM t"), "'61000 61000 0'");
}

TEST_F(PostgresLimit, LetsStatementsBeThatMustStandAlone) {
  execute(*db, "DROP TABLE IF EXISTS thing_alone; CREATE TABLE thing_alone(a int)");
  driver::Control control;
  control.set_deadline(now() + 60 * kSecond);
  const Serving serving(*db, control);
  execute(*db, "VACUUM thing_alone");
  // Not an index made concurrently: that waits for the transactions of all others in the database.
  execute(*db, "DROP DATABASE IF EXISTS thing_alone");
  execute(*db, "CREATE DATABASE thing_alone TEMPLATE template0");
  execute(*db, "DROP DATABASE thing_alone");
  ASSERT_TRUE(run(*db, "VACUUM thing_alone"));
}

// Nothing may see the database before the first statement does.
TEST_F(PostgresLimit, TakesNoSnapshotOfItsOwn) {
  auto other = connect();
  execute(*other, "DROP TABLE IF EXISTS thing_seen; CREATE TABLE thing_seen(a int)");
  execute(*db, "BEGIN ISOLATION LEVEL REPEATABLE READ");
  driver::Control control;
  control.set_deadline(now() + 60 * kSecond);
  const Serving serving(*db, control);
  execute(*db, "LOCK TABLE pg_description IN ACCESS SHARE MODE");
  execute(*other, "INSERT INTO thing_seen VALUES(1)");
  EXPECT_EQ(one(*db, "SELECT count(*) FROM thing_seen"), "1");
  execute(*db, "COMMIT");
}

TEST_F(PostgresLimit, TellsWhatOnlyTheCommitRefuses) {
  execute(*db,
          "CREATE TEMP TABLE t(a int CONSTRAINT late UNIQUE DEFERRABLE INITIALLY DEFERRED);"
          "INSERT INTO t VALUES(1)");
  driver::Control control;
  control.set_deadline(now() + 60 * kSecond);
  const Serving serving(*db, control);
  const auto refused = detail_of(*db, "INSERT INTO t VALUES(1)");
  EXPECT_EQ(refused.code, Code::kUnique);
  EXPECT_EQ(refused.constraint, "late");
  EXPECT_EQ(one(*db, "SELECT count(*) FROM t"), "1");
  ASSERT_TRUE(run(*db, "INSERT INTO t VALUES(2), (3)"));
  EXPECT_EQ(db->changes(), 2);
}

TEST_F(PostgresLimit, FindsItsStatementAgain) {
  within_a_minute();
  execute(*db, "DISCARD ALL");
  EXPECT_EQ(within_a_minute(), "'61s'");
  execute(*db, "DO $$BEGIN EXECUTE 'DEALLOCATE ALL'; END$$");
  EXPECT_EQ(within_a_minute(), "'61s'");
}

TEST_F(PostgresLimit, IsToldAsTheDeadlineOrAsALimit) {
  auto o = options();
  o.conninfo += "&options=-c%20statement_timeout%3D50";
  db = connect(o);
  const auto detail = detail_of(*db, "SELECT pg_sleep(60)");
  EXPECT_EQ(detail.code, Code::kTimeout);
  EXPECT_EQ(detail.sqlstate, "57014");
  EXPECT_TRUE(db->is_usable());
}

// Behind a network that a test can take away.
class PostgresLimitFar : public PostgresLimit {
 protected:
  void SetUp() override {
    PostgresTest::SetUp();
    if (IsSkipped()) return;
    const std::string to = url();
    const size_t host = to.find("host="), port = to.find("&port=");
    if (host == std::string::npos || port == std::string::npos || port < host)
      GTEST_SKIP() << "the server is not the tests' own";
    const std::string number = to.substr(port + 6);
    proxy = std::make_unique<Proxy>(to.substr(host + 5, port - host - 5) + "/.s.PGSQL." + number,
                                    std::stoi(number));
    through = options();
    through.conninfo = "host=127.0.0.1 user=thing dbname=thing sslmode=disable port=" +
                       std::to_string(proxy->port());
    direct = connect();
    db = connect(through);
  }
  bool is_running(const std::string& pid) {
    return one(*direct,
               "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' "
               "AND query LIKE '%pg_sleep(60)%' AND pid = " +
                   pid) != "0";
  }
  // Nobody can tell the server any more that the call is over; it ends the statement all the same.
  void expect_end(driver::Connection& connection, bool in_transaction) {
    const std::string pid = one(connection, "SELECT pg_backend_pid()");
    driver::Control control;
    control.set_deadline(now() + 200'000);
    const Serving serving(connection, control);
    if (in_transaction) execute(connection, "BEGIN");
    std::thread other([&] { sleep_ms(100), proxy->set(Net::kDead); });
    const auto done = connection.execute("SELECT pg_sleep(60)");
    other.join();
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code(), Code::kTimeout);
    EXPECT_TRUE(is_running(pid));
    const int64_t end = now() + 20 * kSecond;
    while (is_running(pid) && now() < end) sleep_ms(20);
    EXPECT_LT(now(), end);
    proxy->set(Net::kOpen);
  }

  driver::postgres::Options through;
  std::unique_ptr<Proxy> proxy;
  std::unique_ptr<driver::Connection> direct;
};

TEST_F(PostgresLimitFar, EndsWhatNobodyCanCancel) { expect_end(*db, false); }

TEST_F(PostgresLimitFar, EndsWhatNobodyCanCancelInATransaction) {
  db->guard_statements(true);
  expect_end(*db, true);
}

// A request to stop that comes before the statement begins stops nothing, and this client asks once.
TEST_F(PostgresLimitFar, EndsWhatAClientThatIsGoneHadBegun) {
  const std::string pid = one(*db, "SELECT pg_backend_pid()");
  std::thread other([&] { sleep_ms(100), proxy->set(Net::kCut); });
  EXPECT_FALSE(db->execute("SELECT pg_sleep(60)"));
  other.join();
  const int64_t end = now() + 20 * kSecond;
  while (is_running(pid) && now() < end) sleep_ms(20);
  EXPECT_LT(now(), end);
}

TEST_F(PostgresLimitFar, CostsNoRoundTrip) {
  execute(*direct, "DROP TABLE IF EXISTS thing_turns; CREATE TABLE thing_turns(a int)");
  auto insert = prepare(*db, "INSERT INTO thing_turns VALUES(1)");
  const auto turns = [&] {
    const int before = proxy->turns();
    EXPECT_TRUE(insert->execute());
    return proxy->turns() - before;
  };
  driver::Control control;
  control.set_deadline(now() + 60 * kSecond);
  for (const bool in_transaction : {false, true}) {
    if (in_transaction) execute(*db, "BEGIN");
    {
      const Serving serving(*db, control);
      for (int i = 0; i < 3; ++i) EXPECT_EQ(turns(), 1);
    }
    for (int i = 0; i < 2; ++i) EXPECT_EQ(turns(), 1);
  }
  execute(*db, "COMMIT");
  EXPECT_EQ(one(*direct, "SELECT count(*) FROM thing_turns"), "10");
}

}  // namespace
}  // namespace thing::test
