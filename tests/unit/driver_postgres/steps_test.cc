// What is sent together: statements that wait for the next one, and several that need nothing of
// each other. Round trips are counted.
#include "../driver_proxy.h"
#include "postgres_server.h"

namespace thing::test {
namespace {

using base::Code;
using driver::Step;

class PostgresSteps : public PostgresTest {
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
    execute(*direct,
            "DROP TABLE IF EXISTS thing_steps; CREATE TABLE thing_steps(a int PRIMARY KEY)");
    db = connect(through);
    insert = prepare(*db, "INSERT INTO thing_steps VALUES($1) RETURNING a + 100");
  }
  void ahead(std::string_view sql) {
    const auto taken = db->send_ahead(sql);
    ASSERT_TRUE(taken && *taken) << sql;
  }
  base::Status add(int a) {
    THING_TRY(insert->bind(0, integer(a).view()));
    return insert->execute();
  }
  template <class Body>
  int turns_of(Body body) {
    const int before = proxy->turns();
    body();
    return proxy->turns() - before;
  }
  std::string all() {
    return one(*direct,
               "SELECT coalesce(string_agg(a::text, ' ' ORDER BY a), '') FROM thing_steps");
  }
  // Inserts in one go, and what they gave: "101 102"; "" when it failed.
  std::string run(const std::vector<int>& values) {
    std::string given;
    std::vector<Step> steps;
    for (const int a : values) {
      const auto read = [this, &given]() -> base::Status {
        for (;;) {
          std::vector<value::Value> row;
          THING_ASSIGN(const bool more, insert->step_dynamic(row));
          if (!more) return {};
          given += (given.empty() ? "" : " ") + std::to_string(row[0].view().integer);
          changes += db->changes();
        }
      };
      steps.push_back(
          {insert.get(), [this, a] { return insert->bind(0, integer(a).view()); }, read});
    }
    const auto done = db->run_steps(steps);
    if (!done) failed = *done.error().detail();
    return done ? given : "";
  }

  driver::postgres::Options through;
  std::unique_ptr<Proxy> proxy;
  std::unique_ptr<driver::Connection> direct, db;
  std::unique_ptr<driver::Statement> insert;
  base::Error::Detail failed;
  int64_t changes = 0;
};

TEST_F(PostgresSteps, BeginsWithTheFirstStatement) {
  for (const bool is_guarded : {false, true}) {
    db->guard_statements(is_guarded);
    (void)add(0);  // parses what the guard needs
    EXPECT_EQ(turns_of([&] { ahead("BEGIN"); }), 0);
    EXPECT_TRUE(db->in_transaction());
    EXPECT_EQ(turns_of([&] { EXPECT_TRUE(add(is_guarded ? 2 : 1)); }), 1);
    EXPECT_EQ(one(*direct, "SELECT count(*) FROM thing_steps WHERE a > 1"), "0");
    EXPECT_EQ(turns_of([&] { execute(*db, "COMMIT"); }), 1);
    EXPECT_FALSE(db->in_transaction());
  }
  EXPECT_EQ(all(), "'0 1 2'");
}

TEST_F(PostgresSteps, EndsATransactionOfNothingWithoutAWord) {
  for (const char* end : {"COMMIT", "ROLLBACK"}) {
    const int turns = turns_of([&] {
      ahead("BEGIN");
      ahead("SAVEPOINT a");
      ahead("RELEASE a");
      EXPECT_TRUE(db->in_transaction());
      execute(*db, end);
      EXPECT_FALSE(db->in_transaction());
    });
    EXPECT_EQ(turns, 0);
  }
  auto commit = prepare(*db, "COMMIT");
  ahead("BEGIN");
  EXPECT_EQ(turns_of([&] { EXPECT_TRUE(commit->execute()); }), 0);
  EXPECT_TRUE(add(1));
  EXPECT_EQ(all(), "'1'");
}

TEST_F(PostgresSteps, KeepsSavepointsWithTheirStatements) {
  EXPECT_EQ(turns_of([&] {
              ahead("BEGIN");
              ahead("SAVEPOINT a");
              EXPECT_TRUE(add(1));
              ahead("RELEASE a");
              ahead("SAVEPOINT b");
              EXPECT_TRUE(add(2));
              execute(*db, "ROLLBACK TO b");
              ahead("RELEASE b");
              execute(*db, "COMMIT");
            }),
            4);
  EXPECT_EQ(all(), "'1'");
}

TEST_F(PostgresSteps, RollsBackWhatFailedAtOnce) {
  EXPECT_TRUE(add(1));
  ahead("BEGIN");
  EXPECT_FALSE(add(1));
  EXPECT_TRUE(db->in_transaction());
  execute(*db, "ROLLBACK");
  EXPECT_FALSE(db->in_transaction());
  ahead("BEGIN");
  ahead("SAVEPOINT a");
  EXPECT_FALSE(add(1));
  execute(*db, "ROLLBACK TO a");
  EXPECT_TRUE(add(2));
  execute(*db, "COMMIT");
  EXPECT_EQ(all(), "'1 2'");
}

// A text of several statements can be no part of a pipeline.
TEST_F(PostgresSteps, GoBeforeTextsOfSeveralStatements) {
  ahead("BEGIN");
  execute(*db, "INSERT INTO thing_steps VALUES(1); INSERT INTO thing_steps VALUES(2)");
  EXPECT_EQ(all(), "''");
  execute(*db, "ROLLBACK");
  EXPECT_EQ(all(), "''");
}

TEST_F(PostgresSteps, WaitForTheNextCallWhenOneEnds) {
  ahead("BEGIN");
  driver::Control control;
  control.cancel();
  {
    const Serving serving(*db, control);
    EXPECT_EQ(add(1).error().code(), Code::kCancelled);
    EXPECT_EQ(db->send_ahead("SAVEPOINT a").error().code(), Code::kCancelled);
  }
  EXPECT_TRUE(db->in_transaction());
  EXPECT_TRUE(add(2));
  execute(*db, "ROLLBACK");
  EXPECT_EQ(all(), "''");
}

// Wherever the cancel hits, BEGIN included, what follows never stands alone.
TEST_F(PostgresSteps, NeverLoseTheirTransaction) {
  for (int i = 0; i < 60; ++i) {
    if (!db->is_usable()) {
      db = connect(through);
      insert = prepare(*db, "INSERT INTO thing_steps VALUES($1)");
    }
    ahead("BEGIN");
    driver::Control control;
    std::thread other([&, i] {
      std::this_thread::sleep_for(std::chrono::microseconds(i * 10));
      control.cancel();
    });
    {
      const Serving serving(*db, control);
      (void)add(1);
    }
    other.join();
    if (!db->is_usable()) continue;
    EXPECT_TRUE(db->in_transaction());
    (void)add(2);
    execute(*db, "ROLLBACK");
    EXPECT_EQ(all(), "''") << i;
  }
}

TEST_F(PostgresSteps, GoWithADeadline) {
  driver::Control control;
  control.set_deadline(now() + 60'000'000);
  ahead("BEGIN");
  {
    const Serving serving(*db, control);
    EXPECT_EQ(turns_of([&] { EXPECT_TRUE(add(1)); }), 1);
    EXPECT_EQ(one(*db, "SELECT current_setting('statement' || '_timeout')"), "'61s'");
  }
  EXPECT_EQ(one(*db, "SELECT current_setting('statement' || '_timeout')"), "'0'");
  execute(*db, "COMMIT");
}

TEST_F(PostgresSteps, RunInOneRoundTrip) {
  EXPECT_EQ(turns_of([&] {
              ahead("BEGIN");
              EXPECT_EQ(run({3, 1, 2}), "103 101 102");
            }),
            1);
  EXPECT_EQ(changes, 3);
  EXPECT_EQ(db->total_changes(), 3);
  execute(*db, "COMMIT");
  EXPECT_EQ(all(), "'1 2 3'");
}

TEST_F(PostgresSteps, TellWhichOneFailed) {
  ahead("BEGIN");
  EXPECT_EQ(run({1, 2, 1, 4}), "");
  EXPECT_EQ(failed.code, Code::kUnique);
  EXPECT_EQ(failed.table, "thing_steps");
  execute(*db, "ROLLBACK");
  EXPECT_EQ(all(), "''");
  ahead("BEGIN");
  EXPECT_EQ(run({5, 6}), "105 106");
  execute(*db, "COMMIT");
  EXPECT_EQ(all(), "'5 6'");
}

TEST_F(PostgresSteps, StopAtAValueThatDoesNotFit) {
  ahead("BEGIN");
  std::vector<Step> steps;
  for (const int64_t a : {int64_t{1}, int64_t{1} << 40, int64_t{2}}) {
    steps.push_back(
        {insert.get(),
         [this, a] { return insert->bind(0, value::Value::of_int(value::Type::kInt, a).view()); },
         [this] { return insert->execute(); }});
  }
  EXPECT_EQ(db->run_steps(steps).error().code(), Code::kRange);
  EXPECT_TRUE(db->is_usable());
  execute(*db, "ROLLBACK");
  EXPECT_TRUE(add(7));
  EXPECT_EQ(all(), "'7'");
}

TEST_F(PostgresSteps, RunManyInAFewRoundTrips) {
  ahead("BEGIN");
  std::vector<int> values(1000);
  for (int i = 0; i < 1000; ++i) values[static_cast<size_t>(i)] = i;
  EXPECT_LE(turns_of([&] { EXPECT_NE(run(values), ""); }), 40);
  EXPECT_EQ(changes, 1000);
  execute(*db, "COMMIT");
  EXPECT_EQ(one(*direct, "SELECT count(*) FROM thing_steps"), "1000");
}

// One by one, as a guard would have to take each back.
TEST_F(PostgresSteps, RunOneByOneUnderAGuard) {
  db->guard_statements(true);
  ahead("BEGIN");
  EXPECT_EQ(run({1, 2}), "101 102");
  EXPECT_EQ(run({3, 1}), "");
  EXPECT_TRUE(add(4));
  execute(*db, "COMMIT");
  EXPECT_EQ(all(), "'1 2 3 4'");
}

}  // namespace
}  // namespace thing::test
