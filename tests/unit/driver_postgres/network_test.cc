// What calls tell when the network fails, and how soon.
#include "../driver_proxy.h"
#include "postgres_server.h"

namespace thing::test {
namespace {

using base::Code;
using Net = Proxy::Net;

// The shortest of some attempts counts: other programs may hold the machine in any one of them.
constexpr int kAttempts = 10;
constexpr int64_t kPromised = 100'000;

class PostgresNetwork : public PostgresTest {
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
    execute(*direct, "DROP TABLE IF EXISTS thing_sent; CREATE TABLE thing_sent(a int PRIMARY KEY)");
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
  std::string count() { return one(*direct, "SELECT count(*) FROM thing_sent"); }

  driver::postgres::Options through;
  std::unique_ptr<Proxy> proxy;
  std::unique_ptr<driver::Connection> db, direct;
  int64_t late = INT64_MAX;
};

TEST_F(PostgresNetwork, EndsAReadInTimeWhenNothingPasses) {
  for (int i = 0; i < kAttempts && late > kPromised; ++i, open()) {
    EXPECT_EQ(end_of(Net::kDead, "SELECT 1", i % 2 != 0),
              i % 2 != 0 ? Code::kCancelled : Code::kTimeout);
    EXPECT_FALSE(db->is_usable());
    EXPECT_FALSE(db->is_alive());
  }
  EXPECT_LE(late, kPromised);
}

TEST_F(PostgresNetwork, EndsAGuardedStatementInTimeWhenNothingPasses) {
  for (int i = 0; i < kAttempts && late > kPromised; ++i, open()) {
    db->guard_statements(true);
    execute(*db, "BEGIN");
    EXPECT_EQ(end_of(Net::kDead, "INSERT INTO thing_sent VALUES(1)", i % 2 == 0),
              i % 2 == 0 ? Code::kCancelled : Code::kTimeout);
    EXPECT_FALSE(db->is_usable());
  }
  EXPECT_LE(late, kPromised);
}

TEST_F(PostgresNetwork, DoesNotSayThatAWriteWithoutAnswerDidNotHappen) {
  EXPECT_EQ(end_of(Net::kNoAnswers, "INSERT INTO thing_sent VALUES(1)", false),
            Code::kCommitUnknown);
  EXPECT_EQ(count(), "1");
}

TEST_F(PostgresNetwork, KnowsThatALostTransactionIsRolledBack) {
  execute(*db, "BEGIN");
  EXPECT_EQ(end_of(Net::kNoAnswers, "INSERT INTO thing_sent VALUES(1)", false), Code::kTimeout);
  EXPECT_FALSE(db->is_usable());
  proxy->set(Net::kCut);
  EXPECT_EQ(count(), "0");
}

TEST_F(PostgresNetwork, TellsWhetherALostCallCanBeRepeated) {
  const auto lost = [&](std::string_view sql) {
    auto statement = prepare(*db, sql);
    std::thread other([&] { sleep_ms(50), proxy->set(Net::kCut); });
    const auto done = statement->execute();
    other.join();
    return done ? base::Error::Detail{.code = Code::kOk} : *done.error().detail();
  };
  const auto read = lost("SELECT pg_sleep(0.3)");
  EXPECT_EQ(read.code, Code::kConnection);
  EXPECT_TRUE(read.retryable);
  open();
  const auto write = lost("INSERT INTO thing_sent SELECT 1 FROM pg_sleep(0.3)");
  EXPECT_EQ(write.code, Code::kCommitUnknown);
  EXPECT_FALSE(write.retryable);
  for (const bool is_guarded : {false, true}) {
    open();
    db->guard_statements(is_guarded);
    execute(*db, "BEGIN");
    const auto inside = lost("INSERT INTO thing_sent SELECT 2 FROM pg_sleep(0.3)");
    EXPECT_EQ(inside.code, Code::kConnection);
    EXPECT_TRUE(inside.retryable);
    EXPECT_FALSE(db->in_transaction());
  }
}

TEST_F(PostgresNetwork, GuardsAStatementInOneRoundTrip) {
  db->guard_statements(true);
  auto insert = prepare(*db, "INSERT INTO thing_sent VALUES($1)");
  execute(*db, "BEGIN");
  const auto turns_of = [&](int key) {
    const int before = proxy->turns();
    EXPECT_TRUE(insert->bind(0, integer(key).view()));
    const bool done = insert->execute().has_value();
    return std::make_pair(done, proxy->turns() - before);
  };
  EXPECT_EQ(turns_of(1), std::make_pair(true, 1));
  EXPECT_EQ(turns_of(2), std::make_pair(true, 1));
  EXPECT_EQ(turns_of(1), std::make_pair(false, 2));
  EXPECT_EQ(turns_of(3), std::make_pair(true, 1));
  const int before = proxy->turns();
  execute(*db, "DELETE FROM thing_sent");
  EXPECT_EQ(proxy->turns() - before, 1);
}

TEST_F(PostgresNetwork, GivesUpConnectingInTime) {
  proxy->set(Net::kDead);
  through.connect_timeout_ms = 100;
  for (int i = 0; i < kAttempts && late > kPromised; ++i) {
    const int64_t end = now() + 100'000;
    const auto connection = driver::postgres::connect(through);
    late = std::min(late, now() - end);
    ASSERT_FALSE(connection);
    EXPECT_EQ(connection.error().code(), Code::kConnection);
  }
  EXPECT_LE(late, kPromised);
}

TEST_F(PostgresNetwork, GivesUpAPingInTime) {
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

TEST_F(PostgresNetwork, EndsAPingWithItsCall) {
  driver::Control control;
  const Serving serving(*db, control);
  proxy->set(Net::kDead);
  control.set_deadline(now() + 30'000);
  EXPECT_EQ(db->ping().error().code(), Code::kTimeout);
  EXPECT_LT(now(), control.deadline() + 5'000'000);
}

TEST_F(PostgresNetwork, WaitsForASlowOne) {
  proxy->set(Net::kDead);
  std::thread other([&] { sleep_ms(200), proxy->set(Net::kOpen); });
  const bool is_answered = db->ping().has_value();
  other.join();
  EXPECT_TRUE(is_answered);
  proxy->delay(20);
  EXPECT_EQ(one(*db, "SELECT 1"), "1");
}

TEST_F(PostgresNetwork, SeesAConnectionThatWasCut) {
  EXPECT_TRUE(db->is_alive());
  proxy->set(Net::kCut);
  EXPECT_FALSE(db->is_alive());
  EXPECT_FALSE(db->is_usable());
}

}  // namespace
}  // namespace thing::test
