// Processes that are killed at every step. What is read then is what was committed, and after a
// while it comes from the cache again. THING_RACE_ROUNDS: kills at each step, 20 unless it is said.
#include <cstdlib>

#include "races.h"

namespace races {
namespace {

int rounds() {
  const char* const value = std::getenv("THING_RACE_ROUNDS");
  return value != nullptr && *value != '\0' ? std::atoi(value) : 20;
}

class KillRace : public Race {
 protected:
  void kill_at(const char* step, const char* verb, int round) {
    SCOPED_TRACE(std::string(verb) + " at " + step);
    const std::string row = std::string(step) + " " + verb + " " + std::to_string(round);
    const int64_t id = insert(db_, item(db_), R"({"grp": 1, "name": ")" + row + "\"}");
    const bool is_write = std::string_view(step).starts_with("write");
    if (is_write && round % 2 == 0) name(other_, id);
    if (is_write && round % 3 == 0) group(other_, 1);
    run_victim(url(), step, verb, id);
    expect_name(id, name(bare_, id));
    expect_group(1, group(bare_, 1));
    last_ = id;
    if (name(bare_, id) == "<ABSENT>") last_ = 1;
  }
  void expect_usable() const {
    expect_cached(db_, last_);
    expect_cached(other_, last_);
    for (int look = 0; look < 100; ++look) {
      const int64_t hits = other_.stat(THING_STAT_LIST_HIT);
      group(other_, 1);
      if (other_.stat(THING_STAT_LIST_HIT) > hits) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(30));
    }
    ADD_FAILURE() << "the list does not come from the cache any more";
  }

  int64_t last_ = 1;
};
FOR_SETUPS(KillRace, kOnServers);

TEST_P(KillRace, B5_AtEveryStepOfAWrite) {
  const char* const steps[] = {"write.begun",       "write.planned",   "write.marked",
                               "write.commit_sent", "write.committed", "write.cleared"};
  const char* const verbs[] = {"save", "insert", "remove", "tx"};
  for (const char* const step : steps) {
    for (int round = 0; round < rounds(); ++round) kill_at(step, verbs[round % 4], round);
    expect_usable();
  }
}

// Each of them is found to be over, whatever others are met at the same time.
TEST_P(KillRace, ManyAreKilledBeforeAnybodyLooks) {
  for (int victim = 0; victim < 60; ++victim) run_victim(url(), "write.marked", "insert", 1);
  expect_group(1, group(bare_, 1));
  expect_usable();
}

TEST_P(KillRace, AtEveryStepOfARead) {
  for (int round = 0; round < (rounds() + 3) / 4; ++round) {
    for (const char* const step : {"read.found", "read.leased", "read.loaded", "read.filled"}) {
      flush();
      kill_at(step, "read", round);
    }
    for (const char* const step : {"list.found", "list.acquired", "list.loaded", "list.put"}) {
      flush();
      kill_at(step, "list", round);
    }
  }
  expect_usable();
}

}  // namespace
}  // namespace races
