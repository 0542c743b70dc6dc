// Sessions with a server, whose connections are all alike and can be lost.
#include <chrono>
#include <thread>

#include <gtest/gtest.h>

#include "scripted_driver.h"
#include "session/session.h"

namespace thing::test {
namespace {

using base::Code;

class ServerSession : public testing::Test {
 protected:
  session::Session& open() {
    options_.is_server = true;
    options_.lease = false;
    options_.connect =
        [this](driver::Control*) -> base::Result<std::unique_ptr<driver::Connection>> {
      if (refuses_) return base::fail(Code::kConnection, "scripted");
      return std::make_unique<ScriptedConnection>(script_);
    };
    auto opened = session::Session::open(options_);
    EXPECT_TRUE(opened);
    session_ = std::move(*opened);
    return *session_;
  }
  static session::Loan read(session::Session& session) {
    auto loan = session.read(nullptr);
    EXPECT_TRUE(loan);
    return std::move(*loan);
  }
  static session::Loan write(session::Session& session) {
    auto loan = session.write(nullptr);
    EXPECT_TRUE(loan);
    return std::move(*loan);
  }
  template <class Condition>
  static bool becomes(Condition condition) {
    for (int i = 0; i < 500; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

  Script script_;
  bool refuses_ = false;
  session::Options options_;
  std::unique_ptr<session::Session> session_;
};

TEST_F(ServerSession, LendsAnyConnectionToReadAndWrite) {
  options_.readers = 2;
  options_.busy_timeout_ms = 20;
  auto& session = open();
  auto one = write(session);
  auto two = write(session);
  EXPECT_NE(&*one, &*two);
  auto none = session.read(nullptr);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code(), Code::kBusy);
  EXPECT_TRUE(none.error().detail()->retryable);
  const session::Stats stats = session.stats();
  EXPECT_EQ(stats.in_use, 2);
  EXPECT_EQ(stats.open, 2);
  EXPECT_EQ(stats.waiters, 0);
  EXPECT_EQ(stats.waits, 1);
  EXPECT_GE(stats.waited, 20'000);
}

TEST_F(ServerSession, CountsWhoWaits) {
  options_.readers = 1;
  auto& session = open();
  auto one = write(session);
  std::thread other([&] { EXPECT_TRUE(session.read(nullptr)); });
  EXPECT_TRUE(becomes([&] { return session.stats().waiters == 1; }));
  one = session::Loan();
  other.join();
  EXPECT_EQ(session.stats().waiters, 0);
}

TEST_F(ServerSession, OpensOnlyWhatIsNeeded) {
  options_.readers = 8;
  auto& session = open();
  for (int i = 0; i < 5; ++i) (void)read(session);
  EXPECT_EQ(session.stats().open, 1);
}

TEST_F(ServerSession, ReplacesALostConnectionBeforeAWrite) {
  options_.readers = 1;
  auto& session = open();
  (void)read(session);
  script_.is_alive = false;
  (void)write(session);
  EXPECT_EQ(script_.opened, 2);
  EXPECT_EQ(session.stats().closed, 1);
}

TEST_F(ServerSession, LooksAtTheOthersAfterALoss) {
  options_.readers = 2;
  auto& session = open();
  {
    auto one = read(session);
    auto two = read(session);
    script_.is_usable = false;
    one = session::Loan();
    script_.is_usable = true;
  }
  EXPECT_EQ(script_.looks, 0) << "a connection used just now is trusted";
  auto one = read(session);
  auto two = read(session);
  EXPECT_EQ(script_.looks, 1);
}

TEST_F(ServerSession, TellsWhenThereIsNoOtherConnection) {
  options_.readers = 1;
  auto& session = open();
  script_.is_alive = false;
  refuses_ = true;
  auto loan = session.write(nullptr);
  ASSERT_FALSE(loan);
  EXPECT_EQ(loan.error().code(), Code::kConnection);
  refuses_ = false;
  script_.is_alive = true;
  (void)write(session);
}

TEST_F(ServerSession, RollsBackWhatALoanLeftOpen) {
  options_.readers = 1;
  auto& session = open();
  {
    auto loan = write(session);
    ASSERT_TRUE(session::begin(*loan, session::Begin::kImmediate));
    loan->guard(true);
  }
  EXPECT_FALSE(script_.in_transaction);
  EXPECT_EQ(script_.executed.back(), "no guard");
}

TEST_F(ServerSession, ClosesWhatIsIdle) {
  options_.readers = 3;
  options_.least = 1;
  options_.idle_ms = 50;
  auto& session = open();
  {
    auto one = read(session);
    auto two = read(session);
    auto three = read(session);
  }
  EXPECT_TRUE(becomes([&] { return session.stats().open == 1; })) << session.stats().open;
  std::this_thread::sleep_for(std::chrono::milliseconds(600));
  EXPECT_EQ(session.stats().open, 1) << "the least stays";
}

TEST_F(ServerSession, ReplacesWhatIsOld) {
  options_.readers = 1;
  options_.lifetime_ms = 30;
  auto& session = open();
  std::this_thread::sleep_for(std::chrono::milliseconds(40));
  (void)read(session);
  EXPECT_GE(script_.opened, 2);
  EXPECT_EQ(script_.connections, 1);
}

TEST_F(ServerSession, OpensTheLeastByItself) {
  options_.readers = 4;
  options_.least = 3;
  auto& session = open();
  EXPECT_TRUE(becomes([&] { return session.stats().open == 3; })) << session.stats().open;
}

TEST_F(ServerSession, ClosesAllAtTheEnd) {
  options_.readers = 3;
  auto& session = open();
  {
    auto one = read(session);
    auto two = read(session);
  }
  session.close();
  EXPECT_EQ(script_.connections, 0);
  EXPECT_EQ(session.read(nullptr).error().code(), Code::kClosed);
}

}  // namespace
}  // namespace thing::test
