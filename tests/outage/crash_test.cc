// Servers that crash and come back: clear errors, a pool that recovers, nothing half, nothing
// twice.
#include <atomic>
#include <map>
#include <mutex>
#include <thread>

#include "server.h"

namespace outage {
namespace {

using conformance::call;
using conformance::Db;
using conformance::Obj;
using conformance::Outcome;
using conformance::Tx;

Outcome save(const Db& db, const thing_model* item, int64_t number, const char* name,
             thing_ctx* ctx = nullptr) {
  Obj obj(thing_obj_new(item));
  EXPECT_OK(obj.set("number", number));
  EXPECT_OK(obj.set("name", name));
  return call(thing_save, db, ctx, obj);
}

std::string count_of(int64_t number) {
  return R"({"where": {"number": )" + std::to_string(number) + "}}";
}

class Crash : public ServerTest {};
ON_SERVERS(Crash);

TEST_P(Crash, BetweenTwoCallsReachesNoReader) {
  const Db db(server().url());
  const thing_model* const item = define(db);
  ASSERT_OK(save(db, item, 1, "one"));
  {
    // Several connections, all of which will be lost.
    Tx a(db), b(db), c(db);
    ASSERT_OK(a.commit());
    ASSERT_OK(b.commit());
    ASSERT_OK(c.commit());
  }
  server().kill();
  server().restart();
  EXPECT_EQ(conformance::read_text(db, item, 1, "name"), "one");
  EXPECT_EQ(conformance::count(db, item, "{}"), 1);
  EXPECT_EQ(conformance::query(db, item, "{}").count(), 1);
  const int64_t ids[] = {1, 2};
  conformance::Rows rows;
  EXPECT_OK(call(thing_by_ids, db, nullptr, item, ids, 2, rows.out()));
  EXPECT_EQ(rows.count(), 1);
  EXPECT_OK(call(thing_ping, db, nullptr));
}

TEST_P(Crash, BetweenTwoCallsReachesNoWriter) {
  const Db db(server().url());
  const thing_model* const item = define(db);
  ASSERT_OK(save(db, item, 1, "one"));
  server().kill();
  server().restart();
  EXPECT_OK(save(db, item, 2, "two"));
  server().kill();
  server().restart();
  Tx tx(db);
  EXPECT_OK(save(db, item, 3, "three", tx.ctx()));
  EXPECT_OK(tx.commit());
  EXPECT_EQ(conformance::count(db, item, "{}"), 3);
}

TEST_P(Crash, IsAnErrorOfTheConnectionWhileItLasts) {
  const Db db(server().url());
  const thing_model* const item = define(db);
  ASSERT_OK(save(db, item, 1, "one"));
  server().kill();
  Obj found;
  const Outcome read = call(thing_by_id, db, nullptr, item, int64_t{1}, found.out());
  EXPECT_STATUS(THING_E_CONNECTION, read);
  EXPECT_STATUS(THING_E_CONNECTION, save(db, item, 2, "two"))
      << "it is known that nothing was sent";
  thing_tx* tx = nullptr;
  EXPECT_STATUS(THING_E_CONNECTION, call(thing_tx_begin, db, nullptr, 0, &tx));
  thing_db* other = nullptr;
  EXPECT_STATUS(THING_E_CONNECTION, call(thing_open, server().url().data(), -1, &other));
  server().restart();
  EXPECT_OK(call(thing_by_id, db, nullptr, item, int64_t{1}, found.out()));
  EXPECT_OK(save(db, item, 2, "two"));
  EXPECT_EQ(conformance::count(db, item, "{}"), 2);
}

TEST_P(Crash, InsideATransactionTakesAllOfItBack) {
  const Db db(server().url());
  const thing_model* const item = define(db);
  Tx tx(db);
  ASSERT_OK(save(db, item, 1, "one", tx.ctx()));
  server().kill();
  server().restart();
  const Outcome later = save(db, item, 2, "two", tx.ctx());
  EXPECT_TRUE(conformance::fails_with(later, {THING_E_CONNECTION, THING_E_STATE}));
  const Outcome commit = tx.commit();
  EXPECT_TRUE(conformance::fails_with(commit, {THING_E_CONNECTION, THING_E_STATE}));
  EXPECT_EQ(conformance::count(db, item, "{}"), 0);
  EXPECT_OK(save(db, item, 2, "two"));
}

TEST_P(Crash, BeforeTheCommitIsNoCommit) {
  const Db db(server().url());
  const thing_model* const item = define(db);
  Tx tx(db);
  ASSERT_OK(save(db, item, 1, "one", tx.ctx()));
  server().kill();
  server().restart();
  const Outcome commit = tx.commit();
  EXPECT_LT(commit.status, 0);
  EXPECT_EQ(conformance::count(db, item, "{}"), 0);
  tx.reset();
  EXPECT_OK(save(db, item, 1, "one"));
}

TEST_P(Crash, InTheMiddleOfAStatementIsToldSoon) {
  const Db db(server().url());
  define(db);
  std::atomic<int64_t> killed{0};
  std::thread killer([&] {
    sleep_ms(300);
    server().kill();
    killed = now_ms();
  });
  conformance::Rows rows;
  const std::string sql = server().sleep(60);
  const Outcome outcome = call(thing_sql, db, nullptr, sql.data(), -1, nullptr, -1, rows.out());
  killer.join();
  EXPECT_STATUS(THING_E_CONNECTION, outcome);
  EXPECT_LT(now_ms() - killed, 20'000);
  server().restart();
  EXPECT_OK(call(thing_ping, db, nullptr));
}

// Writers go on while the server crashes again and again. What was told as written is there, what
// was told as failed is not, and nothing is there twice.
TEST_P(Crash, UnderWritersLosesNothingAndDoublesNothing) {
  const Db db(server().url());
  const thing_model* const item = define(db);
  std::mutex mutex;
  std::map<int64_t, thing_status> told;
  std::atomic<int64_t> next{1};
  std::atomic<bool> ends{false};
  const auto write_alone = [&](int64_t number) { return save(db, item, number, "alone").status; };
  const auto write_together = [&](int64_t number) -> thing_status {
    thing_tx* raw = nullptr;
    thing_status status = call(thing_tx_begin, db, nullptr, 0, &raw).status;
    if (status != THING_OK) return status;
    status = save(db, item, number, "together", thing_tx_ctx(raw)).status;
    if (status == THING_OK) status = save(db, item, -number, "together", thing_tx_ctx(raw)).status;
    if (status == THING_OK) status = call(thing_tx_commit, raw).status;
    thing_tx_free(raw);
    return status;
  };
  std::vector<std::thread> writers;
  for (int w = 0; w < 4; ++w) {
    writers.emplace_back([&, w] {
      while (!ends) {
        const int64_t number = next++;
        const thing_status status = w % 2 == 0 ? write_alone(number) : write_together(number);
        if (status == THING_E_CONNECTION) sleep_ms(20);
        const std::lock_guard lock(mutex);
        told[number] = status;
      }
    });
  }
  for (int crash = 0; crash < 3; ++crash) {
    sleep_ms(300);
    server().kill();
    sleep_ms(100);
    server().restart();
  }
  sleep_ms(300);
  ends = true;
  for (std::thread& w : writers) w.join();

  int written = 0, failed = 0, unknown = 0;
  for (const auto& [number, status] : told) {
    const int64_t rows = conformance::count(db, item, count_of(number));
    const int64_t halves = conformance::count(db, item, count_of(-number));
    const bool pair = halves != 0;
    EXPECT_LE(rows, 1) << number;
    EXPECT_TRUE(!pair || rows == 1) << "half of a transaction: " << number;
    if (status == THING_OK) {
      ++written;
      EXPECT_EQ(rows, 1) << number << " was told as written";
    } else if (status == THING_E_COMMIT_UNKNOWN) {
      ++unknown;
    } else {
      ++failed;
      EXPECT_EQ(rows, 0) << number << " was told as failed: " << thing_status_name(status);
    }
  }
  std::cout << written << " written, " << failed << " failed, " << unknown << " unknown\n";
  EXPECT_GT(written, 0);
  EXPECT_GT(failed, 0);
}

// The cache keeps nothing of a write that nobody knows the outcome of.
TEST_P(Crash, LeavesTheCacheRight) {
  const Db db(server().url() + "&cache=memory");
  const thing_model* const item = define(db);
  ASSERT_OK(save(db, item, 1, "one"));
  EXPECT_EQ(conformance::read_text(db, item, 1, "name"), "one");
  for (int i = 0; i < 3; ++i) {
    std::thread killer([&] { server().kill(); });
    thing_status last = THING_OK;
    for (int n = 0; last == THING_OK || last == THING_E_COMMIT_UNKNOWN; ++n) {
      Obj obj;
      last = call(thing_by_id, db, nullptr, item, int64_t{1}, obj.out()).status;
      if (last != THING_OK) break;
      EXPECT_OK(obj.set("name", std::to_string(n)));
      last = call(thing_save, db, nullptr, obj).status;
    }
    killer.join();
    server().restart();
    conformance::Ctx past(db, THING_CTX_NO_CACHE_READ);
    const std::string real = conformance::read_text(db, item, 1, "name", past);
    EXPECT_EQ(conformance::read_text(db, item, 1, "name"), real);
    EXPECT_EQ(conformance::query(db, item, "{}").texts("name"), conformance::Texts{real});
  }
}

}  // namespace
}  // namespace outage
