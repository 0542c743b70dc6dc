// The network between the driver and its server fails.
#include "../driver_network.h"
#include "mysql_server.h"

namespace thing::test {
namespace {

using base::Code;
using Net = Proxy::Net;

class MysqlBehind : public MysqlTest {
 public:
  static constexpr std::string_view kSleep = "SLEEP(0.3)";
  static constexpr bool kStaysInTransaction = false;

 protected:
  bool reach() {
    through = options();
    if (!through.socket.empty()) return skip();
    proxy = std::make_unique<Proxy>(through.host == "localhost" ? "127.0.0.1" : through.host,
                                    through.port);
    through.host = "127.0.0.1";
    through.port = proxy->port();
    return true;
  }
  auto connect_through() { return driver::mysql::connect(through); }

  driver::mysql::Options through;
  std::unique_ptr<Proxy> proxy;

 private:
  static bool skip() {
    const auto told = [] { GTEST_SKIP() << "the server is not reached by TCP"; };
    told();
    return false;
  }
};
INSTANTIATE_TYPED_TEST_SUITE_P(Mysql, Network, MysqlBehind);

class MysqlBehindTls : public MysqlBehind {
 protected:
  bool reach() {
    if (!MysqlBehind::reach()) return false;
    through.tls = driver::mysql::Tls::kRequired;
    return true;
  }
};
INSTANTIATE_TYPED_TEST_SUITE_P(MysqlByTls, Network, MysqlBehindTls);

using MysqlNetworkByTls = Network<MysqlBehindTls>;

// OpenSSL keeps errors by thread, not by session.
TEST_F(MysqlNetworkByTls, LosesNoOtherSessionOfTheThread) {
  auto by_tls = options();
  by_tls.tls = through.tls;
  const auto other = connect(by_tls);
  for (const Net net : {Net::kCut, Net::kNoAnswers}) {
    open();
    EXPECT_NE(end_of(net, "SELECT 1", false), Code::kOk);
    EXPECT_EQ(one(*other, "SELECT 7"), "7");
  }
}

TEST_F(MysqlNetworkByTls, SendsAndReadsWhatTakesManyPackets) {
  const std::string large(3'000'000, 'x');
  EXPECT_EQ(one(*db, "SELECT LENGTH('" + large + "')"), "3000000");
  EXPECT_EQ(one(*db, "SELECT REPEAT('x', 3000000)").size(), large.size() + 2);
}

using MysqlNetwork = Network<MysqlBehind>;

TEST_F(MysqlNetwork, DoesNotSayThatATextWithoutAnswerDidNotHappen) {
  driver::Control control;
  const Serving serving(*db, control);
  proxy->set(Net::kNoAnswers);
  control.set_deadline(now() + 30'000);
  const auto done =
      db->execute("INSERT INTO thing_sent VALUES(1); INSERT INTO thing_sent VALUES(2)");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), Code::kCommitUnknown);
  EXPECT_FALSE(done.error().detail()->retryable);
}

TEST_F(MysqlNetwork, KnowsThatDefinitionsCommit) {
  execute(*db, "BEGIN; INSERT INTO thing_sent VALUES(1)");
  EXPECT_EQ(end_of(Net::kNoAnswers, "CREATE TABLE u(a INT)", false), Code::kCommitUnknown);
}

// The answer may come while the server is asked to end what is done already.
TEST_F(MysqlNetworkByTls, TellsTheEndOfTheCallThatCostTheConnection) {
  for (int ms = 10; ms <= 60; ms += 5) {
    proxy->delay(0);
    open();
    driver::Control control;
    const Serving serving(*db, control);
    proxy->delay(ms);
    control.set_deadline(now() + ms * 1000);
    const auto done = run(*db, "SELECT 1");
    ASSERT_FALSE(done) << ms;
    EXPECT_EQ(done.error().code(), Code::kTimeout) << ms << ": " << done.error().message();
  }
}

TEST_F(MysqlNetwork, EndsConnectingWithItsCallHoweverFarItCame) {
  proxy->delay(20);
  for (int ms = 5; ms < 120; ms += 10) {
    driver::Control control;
    control.set_deadline(now() + ms * 1000);
    const auto connection = driver::mysql::connect(through, &control);
    ASSERT_FALSE(connection) << ms;
    EXPECT_EQ(connection.error().code(), Code::kTimeout)
        << ms << ": " << connection.error().message();
  }
}

// The server hears of the end of the call before it hears of the statement, which goes on its way
// so long after the end.
class MysqlLate : public MysqlNetwork {
 protected:
  // One of some attempts counts: to ask the server takes a connection, for which there are 60 ms.
  bool ends(int64_t late_ms) {
    for (int i = 0; i < 5; ++i, open()) {
      const std::string id = one(*db, "SELECT CONNECTION_ID()");
      run_late(late_ms);
      if (is_gone(id)) return true;
      (void)direct->execute("KILL " + id);
    }
    return false;
  }

 private:
  // The statement, unlike one that sleeps, does not look whether its client is there.
  void run_late(int64_t late_ms) {
    auto statement = prepare(*db, "SELECT BENCHMARK(1000000000, MD5('x'))");
    driver::Control control;
    const Serving serving(*db, control);
    proxy->set(Net::kHeld);
    control.set_deadline(now() + 20'000);
    std::thread other([&] { sleep_ms(20 + late_ms), proxy->set(Net::kOpen); });
    const auto done = statement->execute();
    other.join();
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code(), Code::kTimeout);
  }
  bool is_gone(const std::string& id) {
    const std::string is_there =
        "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID = " + id;
    const int64_t end = now() + 2'000'000;
    while (one(*direct, is_there) != "0") {
      if (now() > end) return false;
      sleep_ms(10);
    }
    return true;
  }
};

TEST_F(MysqlLate, EndsAStatementThatBeganAfterTheServerWasAskedToEndIt) { EXPECT_TRUE(ends(50)); }

TEST_F(MysqlLate, EndsAStatementThatBeganAfterTheSessionWasGivenUp) { EXPECT_TRUE(ends(200)); }

TEST_F(MysqlNetwork, SaysThatAKilledWriteDidNotHappen) {
  Code code = Code::kCommitUnknown;
  for (int i = 0; i < 20 && code == Code::kCommitUnknown; ++i, open())
    code = end_of(Net::kOpen, "INSERT INTO thing_sent SELECT SLEEP(10)", false);
  EXPECT_EQ(code, Code::kTimeout);
  EXPECT_EQ(count(), "0");
}

}  // namespace
}  // namespace thing::test
