// A network that delays, loses and cuts: deadlines and cancels hold, no thread hangs.
#include <algorithm>
#include <atomic>
#include <functional>
#include <thread>
#include <vector>

#include "server.h"

namespace outage {
namespace {

using conformance::call;
using conformance::Ctx;
using conformance::Db;
using conformance::Obj;
using conformance::Outcome;
using Net = thing::test::Proxy::Net;

constexpr int64_t kLate = 100;  // ms that a call may take longer than it was given
constexpr int kTries = 4;       // of which one must be in time, as other programs run too

class Network : public ServerTest {
 protected:
  void SetUp() override {
    ServerTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    net_ = server().network();
    db_ = Db(server().url(*net_));
    item_ = define(db_);
    Obj obj = conformance::new_obj(item_, R"({"number": 1, "name": "one"})");
    ASSERT_OK(call(thing_save, db_, nullptr, obj));
  }
  void TearDown() override {
    if (net_ != nullptr) net_->set(Net::kOpen);
    db_ = Db();
  }
  Outcome save(thing_ctx* ctx, int64_t number) const {
    Obj obj(thing_obj_new(item_));
    EXPECT_OK(obj.set("number", number));
    EXPECT_OK(obj.set("name", "x"));
    return call(thing_save, db_, ctx, obj);
  }
  Outcome read(thing_ctx* ctx) const {
    Obj obj;
    return call(thing_by_id, db_, ctx, item_, int64_t{1}, obj.out());
  }
  Outcome list(thing_ctx* ctx) const {
    conformance::Rows rows;
    return call(thing_query, db_, ctx, item_, "{}", -1, rows.out());
  }
  Outcome begin(thing_ctx* ctx) const {
    thing_tx* tx = nullptr;
    const Outcome outcome = call(thing_tx_begin, db_, ctx, 0, &tx);
    thing_tx_free(tx);
    return outcome;
  }
  // With its first statement, which PostgreSQL gets together with BEGIN.
  Outcome begin_and_read(thing_ctx* ctx) const {
    thing_tx* tx = nullptr;
    Outcome outcome = call(thing_tx_begin, db_, ctx, 0, &tx);
    if (tx != nullptr) outcome = read(thing_tx_ctx(tx));
    thing_tx_free(tx);
    return outcome;
  }

  // The call ends by its deadline while nothing passes. Each try has a dead network anew.
  void expect_deadline(const char* what, const std::function<Outcome(thing_ctx*)>& body,
                       std::initializer_list<thing_status> statuses) {
    int64_t best = INT64_MAX;
    for (int i = 0; i < kTries && best > kLate; ++i) {
      net_->set(Net::kOpen);
      ASSERT_OK(read(nullptr));
      net_->set(Net::kDead);
      Ctx ctx(db_);
      thing_ctx_set_timeout_ms(ctx, 200);
      const int64_t start = now_ms();
      const Outcome outcome = body(ctx);
      EXPECT_TRUE(conformance::fails_with(outcome, statuses)) << what;
      best = std::min(best, now_ms() - start - 200);
    }
    EXPECT_LE(best, kLate) << what;
    net_->set(Net::kOpen);
  }

  void expect_cancel(const char* what, const std::function<Outcome(thing_ctx*)>& body,
                     std::initializer_list<thing_status> statuses) {
    int64_t best = INT64_MAX;
    for (int i = 0; i < kTries && best > kLate; ++i) {
      net_->set(Net::kOpen);
      ASSERT_OK(read(nullptr));
      net_->set(Net::kDead);
      Ctx ctx(db_);
      std::atomic<int64_t> cancelled{0};
      std::thread other([&] {
        sleep_ms(150);
        cancelled = now_ms();
        thing_ctx_cancel(ctx);
      });
      const Outcome outcome = body(ctx);
      const int64_t end = now_ms();
      other.join();
      EXPECT_TRUE(conformance::fails_with(outcome, statuses)) << what;
      best = std::min(best, end - cancelled);
    }
    EXPECT_LE(best, kLate) << what;
    net_->set(Net::kOpen);
  }

  std::unique_ptr<thing::test::Proxy> net_;
  Db db_;
  const thing_model* item_ = nullptr;
};
ON_SERVERS(Network);

constexpr std::initializer_list<thing_status> kTimeout = {THING_E_TIMEOUT};
constexpr std::initializer_list<thing_status> kTimeoutOrUnknown = {THING_E_TIMEOUT,
                                                                   THING_E_COMMIT_UNKNOWN};
constexpr std::initializer_list<thing_status> kCancelled = {THING_E_CANCELLED};
constexpr std::initializer_list<thing_status> kCancelledOrUnknown = {THING_E_CANCELLED,
                                                                     THING_E_COMMIT_UNKNOWN};

TEST_P(Network, DeadIsLeftAtTheDeadline) {
  expect_deadline(
      "read", [this](thing_ctx* ctx) { return read(ctx); }, kTimeout);
  expect_deadline(
      "list", [this](thing_ctx* ctx) { return list(ctx); }, kTimeout);
  expect_deadline(
      "begin", [this](thing_ctx* ctx) { return begin_and_read(ctx); }, kTimeout);
  int64_t number = 1000;
  expect_deadline(
      "save", [&](thing_ctx* ctx) { return save(ctx, ++number); }, kTimeoutOrUnknown);
  EXPECT_OK(read(nullptr));
}

TEST_P(Network, DeadIsLeftWhenCancelled) {
  expect_cancel(
      "read", [this](thing_ctx* ctx) { return read(ctx); }, kCancelled);
  expect_cancel(
      "list", [this](thing_ctx* ctx) { return list(ctx); }, kCancelled);
  expect_cancel(
      "begin", [this](thing_ctx* ctx) { return begin(ctx); },
      server().is_postgres() ? std::initializer_list<thing_status>{THING_OK} : kCancelled);
  int64_t number = 2000;
  expect_cancel(
      "save", [&](thing_ctx* ctx) { return save(ctx, ++number); }, kCancelledOrUnknown);
  EXPECT_OK(read(nullptr));
}

// A connection that is made anew listens to the call too.
TEST_P(Network, DeadIsLeftWhileConnecting) {
  const auto without_connection = [this](thing_ctx* ctx) {
    net_->set(Net::kCut);  // the pool's connection is gone, ...
    sleep_ms(50);
    net_->set(Net::kDead);  // ... and no other can be had
    return read(ctx);
  };
  expect_deadline("connect", without_connection, {THING_E_TIMEOUT, THING_E_CONNECTION});
  expect_cancel("connect", without_connection, {THING_E_CANCELLED, THING_E_CONNECTION});
}

TEST_P(Network, LosingTheAnswerToACommitLeavesDoubt) {
  ASSERT_OK(conformance::Tx(db_).commit());  // the connection knows the statement by now
  thing_tx* tx = nullptr;
  ASSERT_OK(call(thing_tx_begin, db_, nullptr, 0, &tx));
  ASSERT_OK(save(thing_tx_ctx(tx), 3000));
  net_->set(Net::kNoAnswers);
  thing_ctx_set_timeout_ms(thing_tx_ctx(tx), 200);
  EXPECT_STATUS(THING_E_COMMIT_UNKNOWN, call(thing_tx_commit, tx));
  thing_tx_free(tx);
  net_->set(Net::kOpen);
  EXPECT_EQ(conformance::count(db_, item_, R"({"where": {"number": 3000}})"), 1)
      << "the server had committed";
}

TEST_P(Network, LosingTheAnswerToAWriteLeavesDoubt) {
  net_->set(Net::kNoAnswers);
  Ctx ctx(db_);
  thing_ctx_set_timeout_ms(ctx, 300);
  EXPECT_STATUS(THING_E_COMMIT_UNKNOWN, save(ctx, 4000));
  net_->set(Net::kOpen);
  for (int i = 0; i < 100 && conformance::count(db_, item_, R"({"where": {"number": 4000}})") == 0;
       ++i)
    sleep_ms(20);
  EXPECT_EQ(conformance::count(db_, item_, R"({"where": {"number": 4000}})"), 1);
}

TEST_P(Network, CutIsAnErrorAndThenForgotten) {
  net_->set(Net::kCut);
  EXPECT_STATUS(THING_E_CONNECTION, read(nullptr));
  EXPECT_TRUE(conformance::fails_with(save(nullptr, 5000), {THING_E_CONNECTION}));
  net_->set(Net::kOpen);
  EXPECT_OK(read(nullptr));
  EXPECT_OK(save(nullptr, 5000));
}

// Threads read and write while the network does what it likes: every call comes back.
TEST_P(Network, MayDoWhatItLikes) {
  std::atomic<bool> ends{false};
  std::atomic<int64_t> number{10'000}, good{0}, bad{0};
  std::vector<std::thread> crew;
  for (int w = 0; w < 4; ++w) {
    crew.emplace_back([&, w] {
      while (!ends) {
        Ctx ctx(db_);
        thing_ctx_set_timeout_ms(ctx, 150);
        const Outcome outcome = w % 2 == 0 ? read(ctx) : save(ctx, ++number);
        (outcome.status == THING_OK ? good : bad)++;
      }
    });
  }
  for (int i = 0; i < 12; ++i) {
    constexpr Net kNets[] = {Net::kOpen, Net::kDead, Net::kOpen,
                             Net::kCut,  Net::kOpen, Net::kNoAnswers};
    net_->set(kNets[i % 6]);
    net_->delay(i % 4 == 2 ? 20 : 0);
    sleep_ms(150);
  }
  net_->delay(0);
  net_->set(Net::kOpen);
  ends = true;
  const int64_t start = now_ms();
  for (std::thread& c : crew) c.join();
  EXPECT_LT(now_ms() - start, 5'000);
  EXPECT_GT(good, 0);
  EXPECT_GT(bad, 0);
  EXPECT_OK(read(nullptr));
}

TEST_P(Network, DeadDoesNotKeepACloseWaiting) {
  thing_tx* tx = nullptr;
  ASSERT_OK(call(thing_tx_begin, db_, nullptr, 0, &tx));
  ASSERT_OK(save(thing_tx_ctx(tx), 6000));
  net_->set(Net::kDead);
  const int64_t start = now_ms();
  thing_close(db_.release());
  thing_tx_free(tx);
  EXPECT_LT(now_ms() - start, 15'000) << "a rollback is waited for, but not for ever";
}

// What can go together does, on PostgreSQL: BEGIN with the first statement, the statements of many
// rows with each other.
TEST_P(Network, IsCrossedNoMoreOftenThanItMust) {
  if (!server().is_postgres()) GTEST_SKIP() << "MySQL's protocol has no pipelines";
  const auto turns_of = [&](const std::function<void()>& body) {
    const int before = net_->turns();
    body();
    return net_->turns() - before;
  };
  const auto write_in_transaction = [&](int64_t number) {
    thing_tx* tx = nullptr;
    ASSERT_OK(call(thing_tx_begin, db_, nullptr, 0, &tx));
    EXPECT_OK(save(thing_tx_ctx(tx), number));
    EXPECT_OK(call(thing_tx_commit, tx));
    thing_tx_free(tx);
  };
  write_in_transaction(8000);  // parses what is needed
  EXPECT_EQ(turns_of([&] { write_in_transaction(8001); }), 2);
  const auto write_many = [&](int64_t from) {
    std::vector<Obj> objects;
    std::vector<thing_obj*> all;
    for (int64_t n = 0; n < 1000; ++n) {
      objects.emplace_back(thing_obj_new(item_));
      EXPECT_OK(objects.back().set("number", from + n));
      EXPECT_OK(objects.back().set("name", "x"));
      all.push_back(objects.back());
    }
    EXPECT_OK(call(thing_save_many, db_, nullptr, all.data(), int64_t{1000}));
    EXPECT_GT(objects.back().id(), objects.front().id());
  };
  write_many(10'000);
  EXPECT_LE(turns_of([&] { write_many(20'000); }), 4);
}

}  // namespace
}  // namespace outage
