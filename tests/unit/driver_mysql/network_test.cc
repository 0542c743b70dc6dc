// What calls tell when the network fails, and how soon.
#include <cstdlib>

#include "../driver_proxy.h"
#include "mysql_server.h"

namespace thing::test {
namespace {

using base::Code;
using Net = Proxy::Net;

// The shortest of some attempts counts: other programs may hold the machine in any one of them.
constexpr int kAttempts = 10;
constexpr int64_t kPromised = 100'000;

class MysqlNetwork : public MysqlTest {
 protected:
  void SetUp() override {
    MysqlTest::SetUp();
    if (IsSkipped()) return;
    direct = connect();
    execute(*direct, "CREATE TABLE t(a INT)");
    through = options();
    if (!through.socket.empty()) GTEST_SKIP() << "the server is not reached by TCP";
    proxy = std::make_unique<Proxy>(through.host == "localhost" ? "127.0.0.1" : through.host,
                                    through.port);
    through.host = "127.0.0.1";
    through.port = proxy->port();
    open();
  }
  void open() {
    proxy->set(Net::kOpen);
    db = connect(through);
  }
  // The failure of `sql` with a deadline after 30 ms, or a cancel; the network is `net` then.
  Code end_of(Net net, std::string_view sql, bool cancel) {
    auto statement = prepare(*db, sql);
    driver::Control control;
    const Serving serving(*db, control);
    proxy->set(net);
    const int64_t end = now() + 30'000;
    if (!cancel) control.set_deadline(end);
    std::thread other([&] {
      sleep_ms(30);
      if (cancel) control.cancel();
    });
    const auto done = statement->execute();
    late = std::min(late, now() - end);
    other.join();
    return done ? Code::kOk : done.error().code();
  }
  std::string count() { return one(*direct, "SELECT COUNT(*) FROM t"); }

  driver::mysql::Options through;
  std::unique_ptr<Proxy> proxy;
  std::unique_ptr<driver::Connection> db, direct;
  int64_t late = INT64_MAX;
};

TEST_F(MysqlNetwork, EndsAReadInTimeWhenNothingPasses) {
  for (int i = 0; i < kAttempts && late > kPromised; ++i, open()) {
    EXPECT_EQ(end_of(Net::kDead, "SELECT 1", i % 2 != 0),
              i % 2 != 0 ? Code::kCancelled : Code::kTimeout);
    EXPECT_FALSE(db->is_usable());
    EXPECT_FALSE(db->is_alive());
  }
  EXPECT_LE(late, kPromised);
}

TEST_F(MysqlNetwork, DoesNotSayThatAWriteWithoutAnswerDidNotHappen) {
  EXPECT_EQ(end_of(Net::kNoAnswers, "INSERT INTO t VALUES(1)", false), Code::kCommitUnknown);
  EXPECT_EQ(count(), "1");
  open();
  EXPECT_EQ(end_of(Net::kNoAnswers, "INSERT INTO t VALUES(1)", true), Code::kCommitUnknown);
  EXPECT_EQ(count(), "2");
}

TEST_F(MysqlNetwork, DoesNotSayThatATextWithoutAnswerDidNotHappen) {
  driver::Control control;
  const Serving serving(*db, control);
  proxy->set(Net::kNoAnswers);
  control.set_deadline(now() + 30'000);
  const auto done = db->execute("INSERT INTO t VALUES(1); INSERT INTO t VALUES(2)");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), Code::kCommitUnknown);
  EXPECT_FALSE(done.error().detail()->retryable);
}

TEST_F(MysqlNetwork, KnowsThatALostTransactionIsRolledBack) {
  execute(*db, "BEGIN");
  EXPECT_EQ(end_of(Net::kNoAnswers, "INSERT INTO t VALUES(1)", false), Code::kTimeout);
  EXPECT_FALSE(db->in_transaction());
  proxy->set(Net::kCut);
  EXPECT_EQ(count(), "0");
}

TEST_F(MysqlNetwork, KnowsThatDefinitionsCommit) {
  execute(*db, "BEGIN; INSERT INTO t VALUES(1)");
  EXPECT_EQ(end_of(Net::kNoAnswers, "CREATE TABLE u(a INT)", false), Code::kCommitUnknown);
}

TEST_F(MysqlNetwork, SaysThatAKilledWriteDidNotHappen) {
  Code code = Code::kCommitUnknown;
  for (int i = 0; i < 20 && code == Code::kCommitUnknown; ++i, open())
    code = end_of(Net::kOpen, "INSERT INTO t SELECT SLEEP(10)", false);
  EXPECT_EQ(code, Code::kTimeout);
  EXPECT_EQ(count(), "0");
}

TEST_F(MysqlNetwork, TellsWhetherALostCallCanBeRepeated) {
  const auto lost = [&](std::string_view sql) {
    auto statement = prepare(*db, sql);
    std::thread other([&] { sleep_ms(50), proxy->set(Net::kCut); });
    const auto done = statement->execute();
    other.join();
    return done ? base::Error::Detail{.code = Code::kOk} : *done.error().detail();
  };
  const auto read = lost("SELECT SLEEP(0.3)");
  EXPECT_EQ(read.code, Code::kConnection);
  EXPECT_TRUE(read.retryable);
  open();
  const auto write = lost("INSERT INTO t SELECT SLEEP(0.3)");
  EXPECT_EQ(write.code, Code::kCommitUnknown);
  EXPECT_FALSE(write.retryable);
  open();
  execute(*db, "BEGIN");
  const auto inside = lost("INSERT INTO t SELECT SLEEP(0.3)");
  EXPECT_EQ(inside.code, Code::kConnection);
  EXPECT_TRUE(inside.retryable);
}

TEST_F(MysqlNetwork, GivesUpConnectingInTime) {
  proxy->set(Net::kDead);
  through.connect_timeout_ms = 100;
  for (int i = 0; i < kAttempts && late > kPromised; ++i) {
    const int64_t end = now() + 100'000;
    const auto connection = driver::mysql::connect(through);
    late = std::min(late, now() - end);
    ASSERT_FALSE(connection);
    EXPECT_EQ(connection.error().code(), Code::kConnection);
  }
  EXPECT_LE(late, kPromised);
}

TEST_F(MysqlNetwork, GivesUpAPingInTime) {
  through.connect_timeout_ms = 200;
  for (int i = 0; i < kAttempts && late > kPromised; ++i) {
    open();
    proxy->set(Net::kDead);
    EXPECT_TRUE(db->is_alive());  // nothing tells
    const int64_t end = now() + 200'000;
    const auto done = db->ping();
    late = std::min(late, now() - end);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code(), Code::kConnection);
    EXPECT_TRUE(done.error().detail()->retryable);
    EXPECT_FALSE(db->is_usable());
  }
  EXPECT_LE(late, kPromised);
}

TEST_F(MysqlNetwork, EndsAPingWithItsCall) {
  driver::Control control;
  const Serving serving(*db, control);
  proxy->set(Net::kDead);
  control.set_deadline(now() + 30'000);
  EXPECT_EQ(db->ping().error().code(), Code::kTimeout);
  EXPECT_LT(now(), control.deadline() + 5'000'000);
}

TEST_F(MysqlNetwork, WaitsForASlowOne) {
  proxy->set(Net::kDead);
  std::thread other([&] { sleep_ms(200), proxy->set(Net::kOpen); });
  const bool is_answered = db->ping().has_value();
  other.join();
  EXPECT_TRUE(is_answered);
  proxy->delay(20);
  EXPECT_EQ(one(*db, "SELECT 1"), "1");
}

TEST_F(MysqlNetwork, SeesAConnectionThatWasCut) {
  EXPECT_TRUE(db->is_alive());
  proxy->set(Net::kCut);
  EXPECT_FALSE(db->is_alive());
  EXPECT_FALSE(db->is_usable());
}

}  // namespace
}  // namespace thing::test
