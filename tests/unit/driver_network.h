#pragma once
// What calls tell when the network to a server fails, and how soon: the same of every server.
// A network_test.cc instantiates the suite for its driver and adds what only that one has.
#include <algorithm>

#include "driver_proxy.h"
#include "driver_steps.h"

namespace thing::test {

// The shortest of some attempts counts: other programs may hold the machine in any one of them.
constexpr int kAttempts = 10;
constexpr int64_t kPromised = 100'000;

// `Server` is a fixture of the driver's tests that has
//   bool reach()            a proxy before the server, and options that lead through it; or skips
//   connect_through()       a connection by these options, or why there is none
//   options `through`, kSleep "SLEEP(0.3)"
//   kStaysInTransaction     what a connection says whose answer did not come, and that is unusable
template <class Server>
class Network : public Server {
 protected:
  using Code = base::Code;
  using Net = Proxy::Net;

  void SetUp() override {
    Server::SetUp();
    if (this->IsSkipped() || !this->reach()) return;
    direct = this->connect();
    execute(*direct, "DROP TABLE IF EXISTS thing_sent");
    execute(*direct, "CREATE TABLE thing_sent(a int)");
    open();
  }
  void open() {
    this->proxy->set(Net::kOpen);
    db = this->connect(this->through);
  }
  // The failure of `sql` with a deadline after 30 ms, or a cancel; the network is `net` then.
  Code end_of(Net net, std::string_view sql, bool cancel) {
    auto statement = prepare(*db, sql);
    driver::Control control;
    const Serving serving(*db, control);
    this->proxy->set(net);
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
  // What is told of a statement whose connection is cut while it runs.
  base::Error::Detail lost(const std::string& sql) {
    auto statement = prepare(*db, sql);
    std::thread other([&] { sleep_ms(50), this->proxy->set(Net::kCut); });
    const auto done = statement->execute();
    other.join();
    return done ? base::Error::Detail{.code = Code::kOk} : *done.error().detail();
  }
  std::string count() { return one(*direct, "SELECT count(*) FROM thing_sent"); }

  std::unique_ptr<driver::Connection> db, direct;
  int64_t late = INT64_MAX;
};

inline constexpr std::string_view kSend = "INSERT INTO thing_sent VALUES(1)";

TYPED_TEST_SUITE_P(Network);

TYPED_TEST_P(Network, EndsAReadInTimeWhenNothingPasses) {
  for (int i = 0; i<kAttempts&& this->late> kPromised; ++i, this->open()) {
    EXPECT_EQ(this->end_of(Proxy::Net::kDead, "SELECT 1", i % 2 != 0),
              i % 2 != 0 ? base::Code::kCancelled : base::Code::kTimeout);
    EXPECT_FALSE(this->db->is_usable());
    EXPECT_FALSE(this->db->is_alive());
  }
  EXPECT_LE(this->late, kPromised);
}

TYPED_TEST_P(Network, DoesNotSayThatAWriteWithoutAnswerDidNotHappen) {
  EXPECT_EQ(this->end_of(Proxy::Net::kNoAnswers, kSend, false), base::Code::kCommitUnknown);
  EXPECT_EQ(this->count(), "1");
  this->open();
  EXPECT_EQ(this->end_of(Proxy::Net::kNoAnswers, kSend, true), base::Code::kCommitUnknown);
  EXPECT_EQ(this->count(), "2");
}

TYPED_TEST_P(Network, KnowsThatALostTransactionIsRolledBack) {
  execute(*this->db, "BEGIN");
  EXPECT_EQ(this->end_of(Proxy::Net::kNoAnswers, kSend, false), base::Code::kTimeout);
  EXPECT_FALSE(this->db->is_usable());
  EXPECT_EQ(this->db->in_transaction(), TypeParam::kStaysInTransaction);
  this->proxy->set(Proxy::Net::kCut);
  EXPECT_EQ(this->count(), "0");
}

TYPED_TEST_P(Network, TellsWhetherALostCallCanBeRepeated) {
  const std::string sleep(TypeParam::kSleep);
  const auto read = this->lost("SELECT " + sleep);
  EXPECT_EQ(read.code, base::Code::kConnection);
  EXPECT_TRUE(read.retryable);
  const std::string slow = "INSERT INTO thing_sent SELECT 1 FROM (SELECT " + sleep + ") AS s";
  this->open();
  const auto write = this->lost(slow);
  EXPECT_EQ(write.code, base::Code::kCommitUnknown);
  EXPECT_FALSE(write.retryable);
  for (const bool is_guarded : {false, true}) {
    this->open();
    this->db->guard_statements(is_guarded);
    execute(*this->db, "BEGIN");
    const auto inside = this->lost(slow);
    EXPECT_EQ(inside.code, base::Code::kConnection);
    EXPECT_TRUE(inside.retryable);
    EXPECT_FALSE(this->db->in_transaction());
  }
}

TYPED_TEST_P(Network, GivesUpConnectingInTime) {
  this->proxy->set(Proxy::Net::kDead);
  this->through.connect_timeout_ms = 100;
  for (int i = 0; i<kAttempts&& this->late> kPromised; ++i) {
    const int64_t end = now() + 100'000;
    const auto connection = this->connect_through();
    this->late = std::min(this->late, now() - end);
    ASSERT_FALSE(connection);
    EXPECT_EQ(connection.error().code(), base::Code::kConnection);
  }
  EXPECT_LE(this->late, kPromised);
}

TYPED_TEST_P(Network, GivesUpAPingInTime) {
  this->through.connect_timeout_ms = 200;
  for (int i = 0; i<kAttempts&& this->late> kPromised; ++i) {
    this->open();
    this->proxy->set(Proxy::Net::kDead);
    EXPECT_TRUE(this->db->is_alive());  // nothing tells
    const int64_t end = now() + 200'000;
    const auto done = this->db->ping();
    this->late = std::min(this->late, now() - end);
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code(), base::Code::kConnection);
    EXPECT_TRUE(done.error().detail()->retryable);
    EXPECT_FALSE(this->db->is_usable());
  }
  EXPECT_LE(this->late, kPromised);
}

TYPED_TEST_P(Network, EndsAPingWithItsCall) {
  driver::Control control;
  const Serving serving(*this->db, control);
  this->proxy->set(Proxy::Net::kDead);
  control.set_deadline(now() + 30'000);
  EXPECT_EQ(this->db->ping().error().code(), base::Code::kTimeout);
  EXPECT_LT(now(), control.deadline() + 5'000'000);
}

TYPED_TEST_P(Network, WaitsForASlowOne) {
  this->proxy->set(Proxy::Net::kDead);
  std::thread other([&] { sleep_ms(200), this->proxy->set(Proxy::Net::kOpen); });
  const bool is_answered = this->db->ping().has_value();
  other.join();
  EXPECT_TRUE(is_answered);
  this->proxy->delay(20);
  EXPECT_EQ(one(*this->db, "SELECT 1"), "1");
}

TYPED_TEST_P(Network, SeesAConnectionThatWasCut) {
  EXPECT_TRUE(this->db->is_alive());
  this->proxy->set(Proxy::Net::kCut);
  EXPECT_FALSE(this->db->is_alive());
  EXPECT_FALSE(this->db->is_usable());
}

REGISTER_TYPED_TEST_SUITE_P(Network, EndsAReadInTimeWhenNothingPasses,
                            DoesNotSayThatAWriteWithoutAnswerDidNotHappen,
                            KnowsThatALostTransactionIsRolledBack,
                            TellsWhetherALostCallCanBeRepeated, GivesUpConnectingInTime,
                            GivesUpAPingInTime, EndsAPingWithItsCall, WaitsForASlowOne,
                            SeesAConnectionThatWasCut);

}  // namespace thing::test
