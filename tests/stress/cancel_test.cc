// Calls that are cancelled, or run out of time, end soon, change nothing, and leave everything
// usable.
#include <gtest/gtest.h>

#include "counters.h"

namespace trial {
namespace {

constexpr const char* kEndless =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

struct Tally {
  std::atomic<int64_t> done{0}, ended{0};
};

bool is_end(thing_status status) {
  return status == THING_E_CANCELLED || status == THING_E_TIMEOUT;
}

// Counts what was done; ends are told apart from failures.
void note(const char* what, const Outcome& outcome, Tally& tally) {
  if (outcome.ok()) {
    tally.done.fetch_add(1);
  } else if (is_end(outcome.status)) {
    tally.ended.fetch_add(1);
  } else {
    throw Wrong(std::string(what) + " gave " + outcome.text());
  }
}

TEST(Cancelling, LeavesNoWriteHalfDoneAndNoneUncounted) {
  const uint64_t seed = choose_seed();
  const Folder folder;
  make_counters(folder.file("a.db"));
  const Db db = open_counters(folder.file("a.db"));
  const thing_model* model = model_of(db, "Counter");
  constexpr size_t kWorkers = 4;
  std::vector<Ctx> contexts;
  for (size_t i = 0; i < kWorkers; i++) contexts.emplace_back(thing_ctx_new(db));
  Tally writes, reads, endless;
  std::atomic<size_t> working{kWorkers};
  Crew crew;
  for (size_t i = 0; i < kWorkers; i++) {
    crew.add([&, ctx = contexts[i].get(), random = Random(seed + i)]() mutable {
      for (Budget budget = stress_budget(1500); !crew.is_stopped() && budget.take();) {
        thing_ctx_reset(ctx);
        if (random.chance(20)) thing_ctx_set_timeout_ms(ctx, random.between(0, 2));
        Rows rows;
        Obj obj;
        const int64_t id = random.between(1, kKeys);
        switch (random.chance(2) ? 9 : random.below(3)) {
          case 0:
            note("thing_by_id", call(thing_by_id, db.get(), ctx, model, id, obj.out()), reads);
            break;
          case 1:
            note("thing_query",
                 call(thing_query, db.get(), ctx, model, "{}", int64_t{2}, rows.out()), reads);
            break;
          case 2:
            note("thing_incr",
                 call(thing_incr, db.get(), ctx, model, id, 1, int64_t{1},
                      static_cast<int64_t*>(nullptr)),
                 writes);
            break;
          default:
            thing_ctx_set_timeout_ms(ctx, 50);
            note("thing_sql",
                 call(thing_sql, db.get(), ctx, kEndless, int64_t{-1},
                      static_cast<const char*>(nullptr), int64_t{0}, rows.out()),
                 endless);
        }
      }
      working.fetch_sub(1);
    });
  }
  crew.add([&, random = Random(seed + 100)]() mutable {
    while (working.load() > 0 && !crew.is_stopped()) {
      thing_ctx_cancel(random.pick(contexts));
      for (int64_t n = random.below(200); n > 0; n--) std::this_thread::yield();
    }
  });
  crew.run();
  EXPECT_EQ(endless.done.load(), 0);
  EXPECT_GT(writes.ended.load() + reads.ended.load(), 0);
  EXPECT_EQ(Raw(folder.file("a.db")).number("SELECT sum(value) FROM counters"), writes.done.load())
      << "THING_SEED=" << seed;
  for (const Ctx& ctx : contexts) {
    thing_ctx_reset(ctx);
    EXPECT_FALSE(thing_ctx_cancelled(ctx));
    EXPECT_TRUE(call(thing_ping, db.get(), ctx.get()).ok());
  }
}

TEST(Cancelling, EndsAWaitForTheWriteLock) {
  const Folder folder;
  make_counters(folder.file("a.db"));
  const Db db = open_counters(folder.file("a.db"));
  const thing_model* model = model_of(db, "Counter");
  Raw other(folder.file("a.db"));
  other.run("BEGIN IMMEDIATE");
  const Ctx ctx(thing_ctx_new(db));
  Crew crew;
  std::atomic<bool> ended{false};
  crew.add([&] {
    const Outcome outcome = call(thing_incr, db.get(), ctx.get(), model, int64_t{1}, 1, int64_t{1},
                                 static_cast<int64_t*>(nullptr));
    ended.store(true);
    if (outcome.status != THING_E_CANCELLED) throw Wrong("a cancelled wait gave " + outcome.text());
  });
  crew.add([&] {
    while (!ended.load()) {
      thing_ctx_cancel(ctx);
      std::this_thread::yield();
    }
  });
  crew.run();
  other.run("ROLLBACK");
  EXPECT_EQ(other.number("SELECT sum(value) FROM counters"), 0);
}

}  // namespace
}  // namespace trial
