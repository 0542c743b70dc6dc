// Calls that end before they are done: cancelled, or too late.
#include <chrono>
#include <thread>

#include <signal.h>

#include "base/clock.h"
#include "postgres_server.h"

namespace thing::test {
namespace {

using base::Code;
using driver::Control;

class PostgresControl : public PostgresTest {};

// The shortest of some attempts: other programs may hold the machine in any one of them.
constexpr int kAttempts = 20;

TEST_F(PostgresControl, EndsARunningStatementWhenCancelled) {
  int64_t shortest = INT64_MAX;
  auto db = connect();
  for (int i = 0; i < kAttempts && shortest >= 100'000; ++i) {
    if (!db->is_usable()) db = connect();
    Control control;
    const Serving serving(*db, control);
    int64_t cancelled = 0;
    std::thread other([&] {
      sleep_ms(20);
      cancelled = now();
      control.cancel();
    });
    const auto detail = detail_of(*db, "SELECT pg_sleep(60)");
    const int64_t ended = now();
    other.join();
    EXPECT_EQ(detail.code, Code::kCancelled);
    EXPECT_EQ(detail.sqlstate, "57014");
    shortest = std::min(shortest, ended - cancelled);
  }
  EXPECT_LT(shortest, 100'000);
}

TEST_F(PostgresControl, EndsARunningStatementAtTheDeadline) {
  int64_t shortest = INT64_MAX;
  auto db = connect();
  for (int i = 0; i < kAttempts && shortest >= 100'000; ++i) {
    if (!db->is_usable()) db = connect();
    auto statement = prepare(*db, "SELECT pg_sleep(60)");
    Control control;
    control.set_deadline(now() + 20'000);
    const Serving serving(*db, control);
    const auto done = statement->execute();
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code(), Code::kTimeout);
    shortest = std::min(shortest, now() - control.deadline());
  }
  EXPECT_LT(shortest, 100'000);
}

TEST_F(PostgresControl, StartsNothingThatIsCancelledAlready) {
  auto db = connect();
  execute(*db, "CREATE TEMP TABLE t(a int)");
  auto statement = prepare(*db, "INSERT INTO t VALUES(1)");
  Control control;
  control.cancel();
  {
    const Serving serving(*db, control);
    EXPECT_EQ(statement->execute().error().code(), Code::kCancelled);
    EXPECT_EQ(db->execute("INSERT INTO t VALUES(1)").error().code(), Code::kCancelled);
  }
  EXPECT_EQ(one(*db, "SELECT count(*) FROM t"), "0");
}

TEST_F(PostgresControl, LetsACancelledCallRollBack) {
  auto db = connect();
  execute(*db, "BEGIN");
  Control control;
  control.cancel();
  const Serving serving(*db, control);
  EXPECT_FALSE(db->execute("COMMIT"));
  EXPECT_TRUE(db->in_transaction());
  execute(*db, "ROLLBACK");
  EXPECT_FALSE(db->in_transaction());
  EXPECT_TRUE(db->is_usable());
}

TEST_F(PostgresControl, NeverHitsTheNextCall) {
  auto db = connect();
  for (int i = 0; i < 100; ++i) {
    if (!db->is_usable()) db = connect();
    Control control;
    auto statement = prepare(*db, i % 2 == 0 ? "SELECT pg_sleep(60)" : "SELECT pg_sleep(0.001)");
    std::thread other([&, i] {
      std::this_thread::sleep_for(std::chrono::microseconds(i * 20));
      control.cancel();
    });
    {
      const Serving serving(*db, control);
      const auto done = statement->execute();
      EXPECT_TRUE(i % 2 == 1 || !done);
    }
    EXPECT_TRUE(!db->is_usable() || one(*db, "SELECT 1") == "1");
    other.join();
    EXPECT_TRUE(!db->is_usable() || one(*db, "SELECT 1") == "1");
  }
}

TEST_F(PostgresControl, TellsAnInterruptWithoutControlAsCancelled) {
  auto db = connect();
  auto statement = prepare(*db, "SELECT pg_sleep(60)");
  std::thread other([&] { sleep_ms(20), db->interrupt(); });
  EXPECT_EQ(statement->execute().error().code(), Code::kCancelled);
  other.join();
}

TEST_F(PostgresControl, EndsAWaitForALock) {
  auto holder = connect(), other = connect();
  execute(*holder, "CREATE TABLE IF NOT EXISTS thing_held(a int)");
  execute(*holder, "BEGIN; LOCK thing_held");
  other->set_busy_timeout(60'000);
  Control control;
  control.set_deadline(now() + 200'000);
  const Serving serving(*other, control);
  EXPECT_EQ(other->execute("SELECT * FROM thing_held").error().code(), Code::kTimeout);
  EXPECT_LT(now(), control.deadline() + 5'000'000);
}

// A server process that stands still, as one behind a network that went away.
class Stopped {
 public:
  explicit Stopped(driver::Connection& connection)
      : process_(std::stoi(one(connection, "SELECT pg_backend_pid()"))) {
    stopped_ = kill(process_, SIGSTOP) == 0;
  }
  ~Stopped() {
    if (stopped_) kill(process_, SIGCONT);
  }
  Stopped(const Stopped&) = delete;
  bool is_stopped() const { return stopped_; }

 private:
  pid_t process_;
  bool stopped_;
};

TEST_F(PostgresControl, LeavesAServerThatDoesNotAnswer) {
  auto db = connect();
  auto statement = prepare(*db, "SELECT 1");
  const Stopped server(*db);
  if (!server.is_stopped()) GTEST_SKIP() << "the server is not ours to stop";
  Control control;
  control.set_deadline(now() + 20'000);
  const Serving serving(*db, control);
  const auto done = statement->execute();
  EXPECT_LT(now(), control.deadline() + 5'000'000);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), Code::kTimeout);
  EXPECT_FALSE(db->is_usable());
  EXPECT_EQ(db->execute("ROLLBACK").error().code(), Code::kConnection);
}

TEST_F(PostgresControl, DoesNotSayThatAWriteWithoutAnswerDidNotHappen) {
  auto db = connect();
  execute(*db, "CREATE TEMP TABLE t(a int)");
  auto insert = prepare(*db, "INSERT INTO t VALUES(1)");
  const Stopped server(*db);
  if (!server.is_stopped()) GTEST_SKIP() << "the server is not ours to stop";
  Control control;
  const Serving serving(*db, control);
  std::thread other([&] { sleep_ms(20), control.cancel(); });
  const auto done = insert->execute();
  other.join();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), Code::kCommitUnknown);
  EXPECT_FALSE(done.error().detail()->retryable);
}

}  // namespace
}  // namespace thing::test
