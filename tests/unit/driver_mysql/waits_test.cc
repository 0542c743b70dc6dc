// How calls end before the server's answer.
#include <chrono>
#include <thread>

#include "base/clock.h"
#include "mysql_server.h"

namespace thing::test {
namespace {

using base::Code;
using value::Type;
using value::Value;

using MysqlWaits = MysqlTest;

// What the tests may be late on a busy machine, besides the 100 ms that are promised.
constexpr int64_t kLate = 100'000;

struct Ended {
  Code code;
  int64_t micros_late;
};

// Runs `sql` under a control that is cancelled, or has its deadline, after `after`.
Ended end_after(driver::Connection& db, int64_t after, bool cancel, std::string_view sql) {
  driver::Control control;
  db.set_control(&control);
  control.attach(&db);
  const int64_t end = now() + after;
  if (!cancel) control.set_deadline(end);
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::microseconds(after));
    if (cancel) control.cancel();
  });
  const auto done = run(db, sql);
  const int64_t late = now() - end;
  other.join();
  control.detach();
  db.set_control(nullptr);
  return {done ? Code::kOk : done.error().code(), late};
}

TEST_F(MysqlWaits, EndWhenTheCallIsCancelled) {
  auto db = connect();
  const Ended ended = end_after(*db, 100'000, true, "SELECT SLEEP(10)");
  EXPECT_EQ(ended.code, Code::kCancelled);
  EXPECT_LT(ended.micros_late, 100'000 + kLate);
  EXPECT_GE(ended.micros_late, 0);
}

TEST_F(MysqlWaits, EndAtTheDeadline) {
  auto db = connect();
  const Ended ended = end_after(*db, 100'000, false, "SELECT SLEEP(10)");
  EXPECT_EQ(ended.code, Code::kTimeout);
  EXPECT_LT(ended.micros_late, 100'000 + kLate);
  EXPECT_GE(ended.micros_late, 0);
}

// To ask the server takes a connection, for which there are 60 ms.
TEST_F(MysqlWaits, LeaveAUsableConnectionBehind) {
  int64_t fastest = 1'000'000;
  for (int attempt = 0; attempt < 20; ++attempt) {
    const int64_t start = now();
    auto db = connect();
    fastest = std::min(fastest, now() - start);
    execute(*db, "BEGIN");
    for (int i = 0; i < 3 && db->is_usable(); ++i) end_after(*db, 20'000, true, "SELECT SLEEP(10)");
    if (!db->is_usable()) continue;
    EXPECT_TRUE(db->in_transaction());
    EXPECT_EQ(one(*db, "SELECT 7"), "7");
    return;
  }
  if (fastest > 20'000) GTEST_SKIP() << "a connection takes " << fastest << " us on this machine";
  ADD_FAILURE() << "no statement was ended in time";
}

TEST_F(MysqlWaits, EndWhileALockIsHeldByOthers) {
  auto db = connect(), other = connect();
  execute(*db, "CREATE TABLE t(id INT PRIMARY KEY, a INT); INSERT INTO t VALUES(1, 1)");
  execute(*db, "BEGIN; UPDATE t SET a = 2");
  const Ended ended = end_after(*other, 50'000, false, "UPDATE t SET a = 3");
  EXPECT_EQ(ended.code, Code::kTimeout);
  EXPECT_LT(ended.micros_late, 100'000 + kLate);
  execute(*db, "COMMIT");
  EXPECT_EQ(one(*db, "SELECT a FROM t"), "2");
}

TEST_F(MysqlWaits, EndInTheMiddleOfALongResult) {
  auto db = connect();
  execute(*db, "CREATE TABLE t(a INT); INSERT INTO t VALUES(1), (2), (3), (4), (5), (6), (7), (8)");
  const Ended ended = end_after(
      *db, 100'000, true,
      "SELECT x.a FROM t x, t y, t z, t u, t v, t w, t p, t q, t r WHERE SLEEP(0.000001) = 0");
  EXPECT_EQ(ended.code, Code::kCancelled);
  EXPECT_LT(ended.micros_late, 100'000 + kLate);
}

TEST_F(MysqlWaits, DoNotBeginForACallThatIsOver) {
  auto db = connect();
  execute(*db, "CREATE TABLE t(a INT)");
  driver::Control control;
  control.cancel();
  db->set_control(&control);
  EXPECT_EQ(run(*db, "INSERT INTO t VALUES(1)").error().code(), Code::kCancelled);
  control.clear();
  control.set_deadline(now() - 1);
  EXPECT_EQ(run(*db, "INSERT INTO t VALUES(1)").error().code(), Code::kTimeout);
  db->set_control(nullptr);
  EXPECT_EQ(one(*db, "SELECT COUNT(*) FROM t"), "0");
}

TEST_F(MysqlWaits, AllowARollbackAfterTheCallIsOver) {
  auto db = connect();
  execute(*db, "CREATE TABLE t(a INT); BEGIN; INSERT INTO t VALUES(1)");
  driver::Control control;
  control.cancel();
  db->set_control(&control);
  EXPECT_TRUE(run(*db, "ROLLBACK") || db->execute("ROLLBACK"));
  EXPECT_FALSE(db->in_transaction());
  db->set_control(nullptr);
  EXPECT_EQ(one(*db, "SELECT COUNT(*) FROM t"), "0");
}

TEST_F(MysqlWaits, ForgetAnInterruptThatCameTooLate) {
  auto db = connect();
  db->interrupt();
  EXPECT_EQ(one(*db, "SELECT 1"), "1");
}

TEST_F(MysqlWaits, NeverEndTheStatementAfterTheOneThatWasMeant) {
  auto db = connect();
  for (int i = 0; i < 30; ++i) {
    const int64_t after = 1000 + 200 * i;
    end_after(*db, after, true, "SELECT SLEEP(0.004)");
    if (!db->is_usable()) db = connect();
    EXPECT_EQ(one(*db, "SELECT SLEEP(0.001)"), "0") << i;
  }
}

TEST_F(MysqlWaits, FindOutThatTheServerClosedTheConnection) {
  auto db = connect(), other = connect();
  auto statement = prepare(*db, "SELECT 1");
  execute(*other, "KILL " + one(*db, "SELECT CONNECTION_ID()"));
  std::vector<Value> row;
  EXPECT_EQ(statement->step_dynamic(row).error().code(), Code::kConnection);
  EXPECT_FALSE(db->is_usable());
  EXPECT_FALSE(db->in_transaction());
  EXPECT_EQ(run(*db, "SELECT 1").error().code(), Code::kConnection);
}

TEST_F(MysqlWaits, FindOutThatTheServerEndsTheConnectionInTheMiddle) {
  auto db = connect(), other = connect();
  const std::string kill = "KILL " + one(*db, "SELECT CONNECTION_ID()");
  std::thread killer([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    execute(*other, kill);
  });
  EXPECT_EQ(run(*db, "SELECT SLEEP(10)").error().code(), Code::kConnection);
  killer.join();
  EXPECT_FALSE(db->is_usable());
}

TEST_F(MysqlWaits, GiveUpAServerThatDoesNotAnswer) {
  auto silent = options();
  silent.socket.clear();
  silent.host = "192.0.2.1";  // leads nowhere
  silent.connect_timeout_ms = 200;
  const int64_t start = now();
  auto db = driver::mysql::connect(silent);
  ASSERT_FALSE(db);
  EXPECT_EQ(db.error().code(), Code::kConnection);
  EXPECT_LT(now() - start, 200'000 + 2 * kLate);
}

}  // namespace
}  // namespace thing::test
