// What one query, one stream or one transaction reads is one state of the database.
#include <gtest/gtest.h>

#include "purses.h"

namespace trial {
namespace {

void pay_as_child(const std::string& database, Board& board, Random& random) {
  const Db db = open_purses(database);
  while (board.stop.load() == 0) {
    move_money(db, random);
    check_sum(db, random);
    board.progress.fetch_add(1);
  }
}

// In every process of the program, the child among them.
const bool kHasPayer = (add_role("payer", pay_as_child), true);

TEST(MoneyInRows, AddsUpInEveryReadWhileItMoves) {
  const uint64_t seed = choose_seed();
  const Folder folder;
  const std::string file = folder.file("purses.db");
  make_purses(file);
  SharedBoard board(folder.file("board"));
  Child child("payer", file, folder.file("board"), seed);
  const Db a = open_purses(file), b = open_purses(file, "&lease=false");
  Crew crew;
  for (uint64_t i = 0; i < 2; i++) {
    crew.add([&, i, random = Random(seed + i)]() mutable {
      for (Budget budget = stress_budget(500); !crew.is_stopped() && budget.take();)
        move_money(i == 0 ? a : b, random);
    });
  }
  for (uint64_t i = 0; i < 4; i++) {
    crew.add([&, i, random = Random(seed + 10 + i)]() mutable {
      thing_db* db = i < 3 ? a : b;
      for (Budget budget = stress_budget(2500); !crew.is_stopped() && budget.take();) {
        check_sum(db, random);
        if (random.chance(20)) check_towns(db);
        if (random.chance(10)) check_snapshot(db);
      }
    });
  }
  while (board->progress.load() == 0 && child.is_running()) std::this_thread::yield();
  crew.run();
  board->stop.store(1);
  EXPECT_TRUE(child.wait()) << "the child failed";
  Random random(seed);
  for (thing_db* db : {a.get(), b.get()}) check_sum(db, random);
  Raw(file).must_be_sound();
}

}  // namespace
}  // namespace trial
