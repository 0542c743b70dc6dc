// A writer that is killed at any moment leaves nothing half done, and no reader with an old answer.
#include <gtest/gtest.h>

#include "counters.h"
#include "purses.h"

namespace trial {
namespace {

void write_until_killed(const std::string& database, Board& board, Random& random) {
  const Db counters = open_counters(database + ".counters");
  const Db purses = open_purses(database + ".purses");
  for (int64_t number = board.progress.load() + 1;; number++) {
    raise_counter(counters, board, random);
    move_money(purses, random);
    board.progress.store(number);  // before: a number whose entry may be there is not used again
    add_entries(purses, number);
  }
}

// In every process of the program, the child among them.
const bool kHasVictim = (add_role("victim", write_until_killed), true);

TEST(KilledWriter, LeavesWholeTransactionsAndFreshReads) {
  const uint64_t seed = choose_seed();
  Random random(seed);
  const Folder folder;
  const std::string file = folder.file("crash");
  make_counters(file + ".counters");
  make_purses(file + ".purses");
  SharedBoard board(folder.file("board"));
  const Db counters = open_counters(file + ".counters"), purses = open_purses(file + ".purses");
  for (int round = 0; round < rounds(30); round++) {
    SCOPED_TRACE("THING_SEED=" + std::to_string(seed) + ", round " + std::to_string(round));
    const int64_t goal = board->progress.load() + random.between(1, 25);
    Child child("victim", file, folder.file("board"), seed + static_cast<uint64_t>(round));
    while (board->progress.load() < goal &&
           child.is_running()) {  // reads that fill the cache meanwhile
      check_counters(counters, *board, random);
      check_sum(purses, random);
      check_ledger(purses);
    }
    for (int64_t spin = random.below(20'000); spin > 0; spin--) std::this_thread::yield();
    ASSERT_TRUE(child.is_running()) << "the child ended by itself";
    child.kill();
    child.wait();
    check_all_counters(counters, *board);
    check_sum(purses, random);
    check_towns(purses);
    check_ledger(purses);
    Raw(file + ".counters").must_be_sound();
    Raw(file + ".purses").must_be_sound();
    raise_counter(counters, *board, random);  // no lock was left behind
    move_money(purses, random);
  }
}

}  // namespace
}  // namespace trial
