// Handles are freed, and databases closed, in any order and from any thread.
#include <algorithm>
#include <filesystem>
#include <memory>

#include <gtest/gtest.h>

#include "counters.h"

namespace trial {
namespace {

int64_t open_files() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"),
                       std::filesystem::directory_iterator());
}

thing_ctx* no_ctx() { return nullptr; }

// One of each kind of handle, to be let go of in any order.
std::vector<std::function<void()>> handles_of(thing_db* db, const thing_model* model,
                                              Random& random) {
  std::vector<std::function<void()>> frees;
  const auto add = [&frees](auto owned) {
    auto shared = std::make_shared<decltype(owned)>(std::move(owned));
    frees.emplace_back([shared]() mutable { shared->reset(); });
  };
  Obj obj;
  must("thing_by_id", thing_by_id, db, no_ctx(), model, random.between(1, kKeys), obj.out());
  Rows rows;
  must("thing_query", thing_query, db, no_ctx(), model, R"({"orderBy": {"value": "desc"}})",
       int64_t{-1}, rows.out());
  Criteria q(thing_criteria_new(model));
  Cursor cursor;
  must("thing_query_open", thing_query_open, db, no_ctx(), q.get(), int64_t{2}, cursor.out());
  Buf json;
  must("thing_rows_json", thing_rows_json, rows.get(), 0, json.out());
  add(Obj(thing_rows_obj(rows, 0)));
  add(Obj(thing_obj_clone(obj)));
  add(Obj(thing_obj_new(model)));
  add(Ctx(thing_ctx_new(db)));
  add(std::move(obj));
  add(std::move(rows));
  add(std::move(q));
  add(std::move(cursor));
  add(std::move(json));
  if (random.chance(50)) {
    Tx tx;
    must("thing_tx_begin", thing_tx_begin, db, no_ctx(), static_cast<int32_t>(THING_TX_READ_ONLY),
         tx.out());
    add(std::move(tx));
  }
  for (size_t i = frees.size(); i > 1; i--)
    std::swap(frees[i - 1], frees[static_cast<size_t>(random.below(static_cast<int64_t>(i)))]);
  return frees;
}

// A call that has to do with the database itself.
thing_status call_anything(thing_db* db, thing_ctx* ctx, const thing_model* model, Random& random) {
  const int64_t id = random.between(1, kKeys);
  Obj obj;
  Rows rows;
  Tx tx;
  switch (random.below(5)) {
    case 0:
      return call(thing_incr, db, ctx, model, id, 1, int64_t{1}, static_cast<int64_t*>(nullptr))
          .status;
    case 1: return call(thing_query, db, ctx, model, "{}", int64_t{2}, rows.out()).status;
    case 2:
      return call(thing_tx_begin, db, ctx, static_cast<int32_t>(THING_TX_READ_ONLY), tx.out())
          .status;
    case 3: return call(thing_ping, db, ctx).status;
    default: return call(thing_by_id, db, ctx, model, id, obj.out()).status;
  }
}

TEST(Lifecycle, HandlesOutliveTheirDatabaseInAnyOrder) {
  const uint64_t seed = choose_seed();
  const Folder folder;
  make_counters(folder.file("a.db"));
  const int64_t before = open_files();
  for (int round = 0; round < rounds(60); round++) {
    Random random(seed + static_cast<uint64_t>(round));
    Db db = open_counters(folder.file("a.db"), "&connections=16");
    const thing_model* model = model_of(db, "Counter");
    std::vector<std::vector<std::function<void()>>> parts;
    for (int i = 0; i < 4; i++) parts.push_back(handles_of(db, model, random));
    Crew crew;
    for (auto& part : parts)
      crew.add([&part] {
        for (auto& free : part) free();
      });
    crew.add([&db] { db.reset(); });
    crew.run();
  }
  EXPECT_EQ(open_files(), before) << "THING_SEED=" << seed;
}

// A transaction that is open when its database closes is rolled back, and says so.
TEST(Lifecycle, ClosingRollsOpenTransactionsBack) {
  const Folder folder;
  make_counters(folder.file("a.db"));
  Db db = open_counters(folder.file("a.db"));
  Tx tx;
  must("thing_tx_begin", thing_tx_begin, db.get(), no_ctx(), static_cast<int32_t>(THING_TX_DEFAULT),
       tx.out());
  must("thing_incr", thing_incr, db.get(), thing_tx_ctx(tx), model_of(db, "Counter"), int64_t{1}, 1,
       int64_t{5}, static_cast<int64_t*>(nullptr));
  db.reset();
  EXPECT_EQ(call(thing_tx_commit, tx.get()).status, THING_E_CLOSED);
  tx.reset();
  EXPECT_EQ(Raw(folder.file("a.db")).number("SELECT value FROM counters WHERE id = 1"), 0);
}

// Threads that hold a handle of the database go on calling while another one closes it.
TEST(Lifecycle, CallsDuringAndAfterCloseSayClosed) {
  const uint64_t seed = choose_seed();
  const Folder folder;
  make_counters(folder.file("a.db"));
  const int64_t before = open_files();
  for (int round = 0; round < rounds(40); round++) {
    Db owner = open_counters(folder.file("a.db"));
    thing_db* db = owner.get();
    const thing_model* model = model_of(db, "Counter");
    Crew crew;
    for (uint64_t i = 0; i < 4; i++) {
      crew.add(
          [&, ctx = std::make_shared<Ctx>(thing_ctx_new(db)), random = Random(seed + i)]() mutable {
            thing_status status = THING_OK;
            while (status == THING_OK) status = call_anything(db, *ctx, model, random);
            if (status != THING_E_CLOSED)
              throw Wrong(std::string("a call during close gave ") + thing_status_name(status));
            status = call_anything(db, *ctx, model, random);
            if (status != THING_E_CLOSED)
              throw Wrong(std::string("a call after close gave ") + thing_status_name(status));
          });
    }
    crew.add([&owner, spins = Random(seed + 77).below(3000)] {
      for (int64_t n = spins; n > 0; n--) std::this_thread::yield();
      owner.reset();
    });
    crew.run();
  }
  EXPECT_EQ(open_files(), before) << "THING_SEED=" << seed;
}

TEST(Lifecycle, ManyThreadsOpenAndCloseOneFile) {
  const uint64_t seed = choose_seed();
  const Folder folder;
  make_counters(folder.file("a.db"));
  SharedBoard board(folder.file("board"));
  const int64_t before = open_files();
  Crew crew;
  for (uint64_t i = 0; i < 6; i++) {
    crew.add([&, random = Random(seed + i)]() mutable {
      for (Budget budget = stress_budget(60); !crew.is_stopped() && budget.take();) {
        const Db db = open_counters(folder.file("a.db"), random.chance(50) ? "&cache=off" : "");
        for (int64_t n = random.between(0, 3); n > 0; n--) raise_counter(db, *board, random);
        for (int64_t n = random.between(0, 5); n > 0; n--) check_counters(db, *board, random);
      }
    });
  }
  crew.run();
  EXPECT_EQ(open_files(), before) << "THING_SEED=" << seed;
  Raw(folder.file("a.db")).must_be_sound();
}

}  // namespace
}  // namespace trial
