// Calls that end before they are done: cancelled, too late, or waiting too long for a lock.
#include <chrono>
#include <thread>

#include "base/clock.h"
#include "sqlite_file.h"

namespace thing::test {
namespace {

using base::Code;
using driver::Control;

constexpr std::string_view kEndless =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";

// A file whose write lock one connection holds, and another one that would like it.
struct Contended {
  SqliteFile file;
  std::unique_ptr<driver::Connection> holder = file.connect(), other = file.connect();
  Contended() { execute(*holder, "CREATE TABLE t(a); BEGIN IMMEDIATE"); }
};

TEST(SqliteControl, EndsARunningStatementWhenCancelled) {
  auto db = memory();
  Control control;
  const Serving serving(*db, control);
  std::thread other([&] { sleep_ms(20), control.cancel(); });
  const base::Error error = error_of(*db, kEndless);
  other.join();
  EXPECT_EQ(error.code(), Code::kCancelled);
  EXPECT_EQ(error.detail()->sqlstate, "57014");
}

TEST(SqliteControl, EndsARunningStatementAtTheDeadline) {
  auto db = memory();
  Control control;
  control.set_deadline(now() + 20'000);
  const Serving serving(*db, control);
  EXPECT_EQ(error_of(*db, kEndless).code(), Code::kTimeout);
  EXPECT_LT(now(), control.deadline() + 5'000'000);
}

TEST(SqliteControl, StartsNothingThatIsCancelledAlready) {
  auto db = memory();
  execute(*db, "CREATE TABLE t(a)");
  Control control;
  control.cancel();
  {
    const Serving serving(*db, control);
    EXPECT_EQ(error_of(*db, "INSERT INTO t VALUES(1)").code(), Code::kCancelled);
    EXPECT_EQ(db->execute("INSERT INTO t VALUES(1)").error().code(), Code::kCancelled);
  }
  EXPECT_EQ(rows(*db, "SELECT count(*) FROM t"), std::vector<std::string>{"0"});
}

TEST(SqliteControl, LetsACancelledCallRollBack) {
  auto db = memory();
  execute(*db, "BEGIN");
  Control control;
  control.cancel();
  const Serving serving(*db, control);
  EXPECT_FALSE(db->execute("COMMIT"));
  execute(*db, "ROLLBACK");
  EXPECT_FALSE(db->in_transaction());
}

TEST(SqliteControl, NeverHitsTheNextCall) {
  auto db = memory();
  for (int i = 0; i < 200; ++i) {
    Control control;
    std::thread other([&, i] {
      std::this_thread::sleep_for(std::chrono::microseconds(i % 50));
      control.cancel();
    });
    {
      const Serving serving(*db, control);
      EXPECT_EQ(error_of(*db, kEndless).code(), Code::kCancelled);
    }
    ASSERT_EQ(rows(*db, "SELECT 1"), std::vector<std::string>{"1"});
    other.join();
    ASSERT_EQ(rows(*db, "SELECT 1"), std::vector<std::string>{"1"});
  }
}

TEST(SqliteControl, TellsAnInterruptWithoutControlAsCancelled) {
  auto db = memory();
  std::thread other([&] { sleep_ms(20), db->interrupt(); });
  EXPECT_EQ(error_of(*db, kEndless).code(), Code::kCancelled);
  other.join();
}

TEST(SqliteControl, WaitsForALockAsLongAsTheBusyTimeout) {
  Contended c;
  c.other->set_busy_timeout(60);
  const int64_t started = now();
  const base::Error error = error_of(*c.other, "INSERT INTO t VALUES(1)");
  EXPECT_EQ(error.code(), Code::kBusy);
  EXPECT_TRUE(error.detail()->retryable);
  EXPECT_GE(now() - started, 60'000);
  EXPECT_LT(now() - started, 5'000'000);
}

TEST(SqliteControl, DoesNotWaitWithoutABusyTimeout) {
  Contended c;
  c.other->set_busy_timeout(0);
  const int64_t started = now();
  EXPECT_EQ(error_of(*c.other, "INSERT INTO t VALUES(1)").code(), Code::kBusy);
  EXPECT_LT(now() - started, 1'000'000);
}

TEST(SqliteControl, GetsALockThatComesFree) {
  Contended c;
  std::thread other([&] { sleep_ms(30), execute(*c.holder, "COMMIT"); });
  execute(*c.other, "INSERT INTO t VALUES(1)");
  other.join();
}

TEST(SqliteControl, EndsAWaitForALock) {
  Contended c;
  c.other->set_busy_timeout(60'000);
  Control late, cancelled;
  late.set_deadline(now() + 20'000);
  {
    const Serving serving(*c.other, late);
    EXPECT_EQ(error_of(*c.other, "INSERT INTO t VALUES(1)").code(), Code::kTimeout);
  }
  const Serving serving(*c.other, cancelled);
  std::thread other([&] { sleep_ms(20), cancelled.cancel(); });
  EXPECT_EQ(error_of(*c.other, "INSERT INTO t VALUES(1)").code(), Code::kCancelled);
  other.join();
}

TEST(SqliteControl, WaitsForTheFileToTurnItToWal) {
  SqliteFile file(false);
  auto holder = file.connect();
  execute(*holder, "CREATE TABLE t(a); BEGIN EXCLUSIVE");
  file.options().wal = true;
  file.options().busy_timeout_ms = 30;
  EXPECT_EQ(driver::sqlite::connect(file.options()).error().code(), Code::kBusy);
  file.options().busy_timeout_ms = 5000;
  std::thread other([&] {
    sleep_ms(30);
    execute(*holder, "COMMIT");
    holder.reset();
  });
  EXPECT_EQ(rows(*file.connect(), "PRAGMA journal_mode"), std::vector<std::string>{"'wal'"});
  other.join();
}

TEST(Control, KnowsItsState) {
  Control control;
  EXPECT_EQ(control.state(), Code::kOk);
  EXPECT_TRUE(control.check());
  control.set_deadline(now() - 1);
  EXPECT_EQ(control.check().error().code(), Code::kTimeout);
  control.cancel();
  EXPECT_EQ(control.check().error().code(), Code::kCancelled);
  control.clear();
  control.set_deadline(Control::kNoDeadline);
  EXPECT_EQ(control.state(), Code::kOk);
}

// SQLite asks its progress handler once more when a statement is done, and takes a refusal for the
// end of the statement: what was committed would be told as cancelled.
TEST(SqliteControl, NeverTellsAWriteThatHappenedAsEnded) {
  auto db = memory();
  execute(*db, "CREATE TABLE t(a); INSERT INTO t VALUES(0)");
  auto update = prepare(*db, "UPDATE t SET a = a + 1");
  int64_t done = 0, ended = 0;
  for (int64_t i = 0; i < 20'000; ++i) {
    Control control;
    control.set_deadline(now() + i % 8);
    const Serving serving(*db, control);
    update->execute() ? ++done : ++ended;
  }
  EXPECT_EQ(one(*db, "SELECT a FROM t"), std::to_string(done));
  EXPECT_GT(ended, 0);
}

TEST(SqliteControl, NeverTellsACommitThatHappenedAsEnded) {
  auto db = memory();
  execute(*db, "CREATE TABLE t(a)");
  auto begin = prepare(*db, "BEGIN"), insert = prepare(*db, "INSERT INTO t VALUES(1)");
  auto commit = prepare(*db, "COMMIT"), rollback = prepare(*db, "ROLLBACK");
  int64_t done = 0;
  for (int64_t i = 0; i < 20'000; ++i) {
    ASSERT_TRUE(begin->execute());
    ASSERT_TRUE(insert->execute());
    Control control;
    control.set_deadline(now() + i % 4);
    const Serving serving(*db, control);
    if (commit->execute()) {
      ++done;
    } else {
      ASSERT_TRUE(rollback->execute());
    }
  }
  EXPECT_EQ(one(*db, "SELECT count(*) FROM t"), std::to_string(done));
}

}  // namespace
}  // namespace thing::test
