#include "cache/redis/breaker.h"

#include <gtest/gtest.h>

#include "redis_server.h"

namespace thing::cache::redis {
namespace {

using Outcome = Breaker::Outcome;
using Pass = Breaker::Pass;
using State = Breaker::State;

class BreakerTest : public testing::Test {
 protected:
  void fail(Outcome outcome, int times = 1) {
    for (int i = 0; i < times; ++i) breaker.tell(breaker.ask(false), outcome);
  }
  test::ManualClock clock;
  Breaker breaker{clock};
};

TEST_F(BreakerTest, OpensAtThreeFailuresInASecond) {
  fail(Outcome::kFailure, 2);
  EXPECT_EQ(breaker.state(), State::kClosed);
  clock.pass_ms(1000);
  fail(Outcome::kFailure);
  EXPECT_EQ(breaker.state(), State::kOpen);
  EXPECT_EQ(breaker.ask(false), Pass::kRefused);
}

TEST_F(BreakerTest, StaysClosedWhenFailuresAreFarApart) {
  for (int i = 0; i < 20; ++i) {
    fail(Outcome::kFailure);
    clock.pass_ms(501);
  }
  EXPECT_EQ(breaker.state(), State::kClosed);
}

TEST_F(BreakerTest, OpensAtTwoTimeoutsInASecond) {
  fail(Outcome::kTimeout);
  clock.pass_ms(1001);
  fail(Outcome::kTimeout);
  EXPECT_EQ(breaker.state(), State::kClosed);
  clock.pass_ms(999);
  fail(Outcome::kTimeout);
  EXPECT_EQ(breaker.state(), State::kOpen);
}

TEST_F(BreakerTest, CountsTimeoutsAsFailures) {
  fail(Outcome::kFailure, 2);
  fail(Outcome::kTimeout);
  EXPECT_EQ(breaker.state(), State::kOpen);
}

TEST_F(BreakerTest, LetsOneCallTryAfterThePause) {
  fail(Outcome::kFailure, 3);
  clock.pass_ms(99);
  EXPECT_EQ(breaker.ask(false), Pass::kRefused);
  clock.pass_ms(1);
  EXPECT_EQ(breaker.state(), State::kHalfOpen);
  EXPECT_EQ(breaker.ask(false), Pass::kTrial);
  EXPECT_EQ(breaker.ask(false), Pass::kRefused);
  breaker.tell(Pass::kTrial, Outcome::kSuccess);
  EXPECT_EQ(breaker.state(), State::kClosed);
  EXPECT_EQ(breaker.ask(false), Pass::kFree);
}

TEST_F(BreakerTest, DoublesThePauseUpToFiveSeconds) {
  fail(Outcome::kFailure, 3);
  for (const int64_t pause : {100, 200, 400, 800, 1600, 3200, 5000, 5000}) {
    clock.pass_ms(pause - 1);
    EXPECT_EQ(breaker.ask(false), Pass::kRefused) << pause;
    clock.pass_ms(1);
    ASSERT_EQ(breaker.ask(false), Pass::kTrial) << pause;
    breaker.tell(Pass::kTrial, Outcome::kFailure);
  }
}

TEST_F(BreakerTest, BeginsWithTheFirstPauseAgain) {
  fail(Outcome::kFailure, 3);
  clock.pass_ms(100);
  fail(Outcome::kFailure);
  clock.pass_ms(200);
  fail(Outcome::kSuccess);
  fail(Outcome::kFailure, 2);
  EXPECT_EQ(breaker.state(), State::kClosed);
  fail(Outcome::kFailure);
  clock.pass_ms(100);
  EXPECT_EQ(breaker.state(), State::kHalfOpen);
  EXPECT_EQ(breaker.count_opened(), 3);
}

TEST_F(BreakerTest, GivesTheTrialToAnotherWhenOneWasGivenUp) {
  fail(Outcome::kFailure, 3);
  clock.pass_ms(100);
  breaker.tell(breaker.ask(false), Outcome::kUnknown);
  EXPECT_EQ(breaker.state(), State::kHalfOpen);
  EXPECT_EQ(breaker.ask(false), Pass::kTrial);
}

TEST_F(BreakerTest, LearnsNothingFromCallsThatBeganBefore) {
  const Pass before = breaker.ask(false);
  fail(Outcome::kFailure, 3);
  breaker.tell(before, Outcome::kSuccess);
  EXPECT_EQ(breaker.state(), State::kOpen);
  breaker.tell(before, Outcome::kTimeout);
  clock.pass_ms(100);
  EXPECT_EQ(breaker.state(), State::kHalfOpen);
}

TEST_F(BreakerTest, NeverRefusesWhatMustGoThrough) {
  fail(Outcome::kFailure, 3);
  EXPECT_EQ(breaker.ask(true), Pass::kFree);
  clock.pass_ms(100);
  EXPECT_EQ(breaker.ask(true), Pass::kTrial);
  EXPECT_EQ(breaker.ask(true), Pass::kFree);
}

}  // namespace
}  // namespace thing::cache::redis
