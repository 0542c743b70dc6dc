#include "cache/redis/pool.h"

#include <sys/wait.h>
#include <unistd.h>

#include "redis_server.h"

namespace thing::test {
namespace {

using base::Code;
using cache::redis::Breaker;
using cache::redis::Greeting;
using cache::redis::LinkPool;
using Loan = LinkPool::Loan;
using Need = LinkPool::Need;
using Talk = FakeServer::Talk;

Code code_of(const base::Result<Loan>& loan) { return loan ? Code::kOk : loan.error().code(); }

// Echoes its commands' first words, as a server of the run that the test names.
struct Echo {
  std::mutex mutex;
  std::string run = "run1";
  void name(const std::string& id) {
    std::lock_guard lock(mutex);
    run = id;
  }
  std::string name() {
    std::lock_guard lock(mutex);
    return run;
  }
  FakeServer server{[this](Talk& talk) {
    talk.greet(name());
    for (auto words = talk.hear(); !words.empty(); words = talk.hear()) {
      if (words[0] == "HANG") continue;
      if (words[0] == "LEAVE") return;
      talk.say(words[0] == "LOADING" ? "-LOADING x\r\n" : "+" + words[0] + "\r\n");
    }
  }};
};

class RedisPool : public RedisTest {
 protected:
  void SetUp() override {
    RedisTest::SetUp();
    settings.idle_ms = 0;
  }
  Config settings = std::getenv("THING_TEST_REDIS") == nullptr ? Config() : config();
  ManualClock clock;
};

TEST_F(RedisPool, LendsALinkAgain) {
  LinkPool pool(settings);
  std::string id;
  for (int i = 0; i < 5; ++i) {
    auto loan = pool.take(within_ms(5'000));
    ASSERT_TRUE(loan);
    const std::string same = ask(**loan, "CLIENT ID");
    EXPECT_TRUE(id.empty() || id == same);
    id = same;
  }
  const auto stats = pool.stats();
  EXPECT_EQ(stats.opened, 1);
  EXPECT_EQ(stats.idle, 1);
  EXPECT_EQ(stats.in_use, 0);
  EXPECT_EQ(stats.commands, 5);
  EXPECT_GT(stats.bytes_sent, 0);
  EXPECT_GT(stats.bytes_received, 0);
}

TEST_F(RedisPool, KeepsALinkForWhatMustGetThrough) {
  settings.links = 2;
  settings.wait_ms = 20;
  LinkPool pool(settings);
  const auto first = pool.take(within_ms(5'000)), second = pool.take(within_ms(5'000));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(code_of(pool.take(within_ms(5'000))), Code::kBusy);
  auto reserved = pool.take(within_ms(5'000), Need::kMust);
  ASSERT_TRUE(reserved);
  EXPECT_EQ(ask(**reserved, "PING"), "PONG");
  EXPECT_EQ(code_of(pool.take(within_ms(5'000), Need::kMust)), Code::kBusy);
  EXPECT_EQ(pool.stats().in_use, 3);
}

TEST_F(RedisPool, WaitsForALinkThatComesBack) {
  settings.links = 1;
  settings.wait_ms = 5'000;
  LinkPool pool(settings);
  auto loan = std::make_unique<base::Result<Loan>>(pool.take(within_ms(5'000)));
  ASSERT_TRUE(*loan);
  std::thread other([&] {
    while (pool.stats().waiters == 0) sleep_ms(1);
    loan.reset();
  });
  EXPECT_EQ(code_of(pool.take(within_ms(5'000))), Code::kOk);
  other.join();
}

TEST_F(RedisPool, EndsAWaitAtTheDeadlineOrWhenCancelled) {
  settings.links = 1;
  settings.wait_ms = 5'000;
  LinkPool pool(settings);
  const auto loan = pool.take(within_ms(5'000));
  ASSERT_TRUE(loan);
  EXPECT_EQ(code_of(pool.take(within_ms(20))), Code::kTimeout);
  std::atomic<bool> cancelled{false};
  std::thread other([&] {
    sleep_ms(10);
    cancelled = true;
  });
  EXPECT_EQ(code_of(pool.take({now() + 5'000'000, &cancelled})), Code::kCancelled);
  other.join();
  EXPECT_EQ(pool.stats().failures, 0);
}

TEST_F(RedisPool, ClosesALinkWithRepliesToCome) {
  LinkPool pool(settings);
  {
    auto loan = pool.take(within_ms(5'000));
    ASSERT_TRUE(loan);
    (*loan)->append({"ECHO", "mine"});
    (*loan)->append({"ECHO", "yours"});
    ASSERT_TRUE((*loan)->read(within_ms(5'000)));
  }
  auto next = pool.take(within_ms(5'000));
  ASSERT_TRUE(next);
  EXPECT_EQ(ask(**next, "ECHO other"), "other");
  EXPECT_EQ(pool.stats().closed, 1);
  EXPECT_EQ(pool.stats().failures, 0);
}

TEST_F(RedisPool, ReplacesALinkThatTheServerClosed) {
  LinkPool pool(settings);
  std::string id;
  {
    auto loan = pool.take(within_ms(5'000));
    ASSERT_TRUE(loan);
    id = ask(**loan, "CLIENT ID");
  }
  ASSERT_EQ(ask(*connect(), "CLIENT KILL ID " + id), "1");
  auto loan = pool.take(within_ms(5'000));
  ASSERT_TRUE(loan);
  EXPECT_EQ(ask(**loan, "PING"), "PONG");
  EXPECT_EQ(pool.stats().opened, 2);
  EXPECT_EQ(pool.stats().failures, 0);
}

TEST_F(RedisPool, ClosesLinksThatWereIdleForLong) {
  settings.idle_ms = 1'000;
  LinkPool pool(settings, nullptr, clock);
  {
    const auto first = pool.take(within_ms(5'000)), second = pool.take(within_ms(5'000));
    ASSERT_TRUE(first && second);
  }
  EXPECT_EQ(pool.stats().idle, 2);
  clock.pass_ms(1'000);
  ASSERT_TRUE(pool.take(within_ms(5'000)));
  EXPECT_EQ(pool.stats().idle, 1);
  EXPECT_EQ(pool.stats().closed, 1);
}

TEST_F(RedisPool, GreetsEachNewLinkBeforeItsFirstCommand) {
  OwnServer server;
  std::vector<std::string> greeted;
  LinkPool pool(
      server.config(), [&](Link& link, const Greeting& greeting, const Patience& patience) {
        greeted.push_back(std::string(greeting.is_first     ? "first"
                                      : greeting.is_new_run ? "run"
                                                            : "more"));
        const auto reply = link.call({"INCR", "greeted"}, patience);
        return reply ? base::Status() : base::fail(base::Error(Code::kConnection, "greeting"));
      });
  {
    auto loan = pool.take(within_ms(5'000)), more = pool.take(within_ms(5'000));
    ASSERT_TRUE(loan && more);
    EXPECT_EQ(ask(**loan, "GET greeted"), "2");
  }
  server.kill();
  server.restart();
  auto loan = pool.take(within_ms(5'000));
  ASSERT_TRUE(loan);
  EXPECT_EQ(ask(**loan, "GET greeted"), "1");
  EXPECT_EQ(greeted, (std::vector<std::string>{"first", "more", "run"}));
  EXPECT_EQ(pool.stats().runs, 2);
}

TEST_F(RedisPool, IsSharedByThreads) {
  settings.links = 4;
  settings.wait_ms = 10'000;
  LinkPool pool(settings);
  std::atomic<int> wrong{0}, done{0};
  const auto work = [&](int number) {
    for (int i = 0; i < 200; ++i) {
      auto loan = pool.take(within_ms(10'000), i % 10 == 0 ? Need::kMust : Need::kMay);
      if (!loan) {
        ++wrong;
        continue;
      }
      const std::string mine = std::to_string(number) + ":" + std::to_string(i);
      if (i % 50 == 49) {
        (*loan)->append({"ECHO", "left behind"});
        continue;
      }
      (ask(**loan, "ECHO " + mine) == mine ? done : wrong)++;
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back(work, i);
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(done, 8 * 196);
  const auto stats = pool.stats();
  EXPECT_EQ(stats.in_use, 0);
  EXPECT_EQ(stats.opened - stats.closed, stats.idle);
  EXPECT_EQ(stats.commands, 8 * 196);
}

TEST_F(RedisPool, BeginsAnewInAForkedChild) {
  LinkPool pool(settings);
  std::string parent;
  auto kept = pool.take(within_ms(5'000));
  ASSERT_TRUE(kept);
  {
    auto loan = pool.take(within_ms(5'000));
    ASSERT_TRUE(loan);
    parent = ask(**loan, "CLIENT ID");
  }
  const pid_t child = fork();
  if (child == 0) {
    const bool is_empty = pool.stats().idle == 0 && pool.stats().in_use == 0;
    auto loan = pool.take(within_ms(5'000));
    const bool works = loan && ask(**loan, "CLIENT ID") != parent;
    { const base::Result<Loan> dropped = std::move(kept); }
    _exit(is_empty && works ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(ask(**kept, "PING"), "PONG");
  auto loan = pool.take(within_ms(5'000));
  ASSERT_TRUE(loan);
  EXPECT_EQ(ask(**loan, "CLIENT ID"), parent);
  EXPECT_EQ(pool.stats().opened, 2);
}

TEST(RedisPoolBreaker, OpensWhereNobodyListens) {
  ManualClock clock;
  Config config;
  config.port = 1;
  LinkPool pool(config, nullptr, clock);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(code_of(pool.take(within_ms(5'000))), Code::kConnection);
  EXPECT_EQ(pool.stats().failures, 3);
  EXPECT_EQ(pool.stats().breaker, Breaker::State::kOpen);
  EXPECT_EQ(code_of(pool.take(within_ms(5'000))), Code::kConnection);
  EXPECT_EQ(pool.stats().failures, 3);
  EXPECT_EQ(pool.stats().refused, 1);
  EXPECT_EQ(code_of(pool.take(within_ms(5'000), Need::kMust)), Code::kConnection);
  EXPECT_EQ(pool.stats().failures, 4);
}

TEST(RedisPoolBreaker, ClosesWhenTheServerIsBack) {
  ManualClock clock;
  OwnServer server;
  LinkPool pool(server.config(), nullptr, clock);
  ASSERT_TRUE(pool.take(within_ms(5'000)));
  server.kill();
  while (pool.stats().breaker != Breaker::State::kOpen) {
    ASSERT_FALSE(pool.take(within_ms(5'000)));
  }
  server.restart();
  EXPECT_EQ(code_of(pool.take(within_ms(5'000))), Code::kConnection);
  clock.pass_ms(100);
  {
    auto loan = pool.take(within_ms(5'000));
    ASSERT_TRUE(loan);
    EXPECT_EQ(code_of(pool.take(within_ms(5'000))), Code::kConnection);
    EXPECT_EQ(ask(**loan, "PING"), "PONG");
  }
  EXPECT_EQ(pool.stats().breaker, Breaker::State::kClosed);
  EXPECT_EQ(pool.stats().breaks, 1);
}

class RedisPoolFake : public testing::Test {
 protected:
  // What the outcome is when the pool's only link says one word.
  void say(LinkPool& pool, const std::string& word, const Patience& patience) {
    auto loan = pool.take(within_ms(5'000));
    ASSERT_TRUE(loan) << loan.error().message();
    (*loan)->append({word});
    (void)(*loan)->read(patience);
  }
  Echo echo;
  ManualClock clock;
};

TEST_F(RedisPoolFake, OpensAtTwoTimeouts) {
  Config config = echo.server.config();
  config.timeout_ms = 20;
  LinkPool pool(config, nullptr, clock);
  say(pool, "HANG", within_ms(5'000));
  EXPECT_EQ(pool.stats().breaker, Breaker::State::kClosed);
  say(pool, "HANG", within_ms(5'000));
  EXPECT_EQ(pool.stats().timeouts, 2);
  EXPECT_EQ(pool.stats().breaker, Breaker::State::kOpen);
}

TEST_F(RedisPoolFake, DoesNotTakeTheCallsDeadlineForATimeout) {
  LinkPool pool(echo.server.config(), nullptr, clock);
  for (int i = 0; i < 4; ++i) say(pool, "HANG", within_ms(5));
  EXPECT_EQ(pool.stats().failures, 0);
  EXPECT_EQ(pool.stats().closed, 4);
  EXPECT_EQ(pool.stats().breaker, Breaker::State::kClosed);
}

TEST_F(RedisPoolFake, OpensWhenTheServerSaysThatItIsDown) {
  LinkPool pool(echo.server.config(), nullptr, clock);
  for (int i = 0; i < 3; ++i) say(pool, "LOADING", within_ms(5'000));
  EXPECT_EQ(pool.stats().breaker, Breaker::State::kOpen);
  EXPECT_EQ(pool.stats().closed, 3);
}

TEST_F(RedisPoolFake, OpensWhenLinksAreLost) {
  LinkPool pool(echo.server.config(), nullptr, clock);
  for (int i = 0; i < 3; ++i) say(pool, "LEAVE", within_ms(5'000));
  EXPECT_EQ(pool.stats().failures, 3);
  EXPECT_EQ(pool.stats().breaker, Breaker::State::kOpen);
}

TEST_F(RedisPoolFake, ReportsANewRun) {
  std::vector<bool> runs;
  LinkPool pool(
      echo.server.config(),
      [&](Link&, const Greeting& greeting, const Patience&) {
        runs.push_back(greeting.is_new_run);
        return base::Status();
      },
      clock);
  say(pool, "LEAVE", within_ms(5'000));
  say(pool, "LEAVE", within_ms(5'000));
  echo.name("run2");
  clock.pass_ms(2'000);
  say(pool, "PING", within_ms(5'000));
  EXPECT_EQ(runs, (std::vector<bool>{false, false, true}));
  EXPECT_EQ(pool.stats().runs, 2);
}

TEST_F(RedisPoolFake, DropsALinkWhoseGreetingFailed) {
  bool fails = true;
  LinkPool pool(
      echo.server.config(),
      [&](Link&, const Greeting& greeting, const Patience&) -> base::Status {
        EXPECT_TRUE(greeting.is_first);
        if (fails) return base::fail(Code::kConnection, "not yet");
        return {};
      },
      clock);
  EXPECT_EQ(code_of(pool.take(within_ms(5'000))), Code::kConnection);
  EXPECT_EQ(pool.stats().failures, 1);
  EXPECT_EQ(pool.stats().idle, 0);
  fails = false;
  EXPECT_EQ(code_of(pool.take(within_ms(5'000))), Code::kOk);
}

}  // namespace
}  // namespace thing::test
