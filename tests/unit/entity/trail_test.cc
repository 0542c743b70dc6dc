#include "entity/trail.h"

#include <thread>

#include <gtest/gtest.h>

namespace entity_test {
namespace {

using thing::entity::Trail;
using Fate = Trail::Fate;

TEST(TrailOfATransaction, IsOpenUntilItEnds) {
  Trail kept, undone;
  EXPECT_EQ(kept.fate(kept.now()), Fate::kOpen);
  kept.end(true);
  undone.end(false);
  EXPECT_EQ(kept.fate(0), Fate::kKept);
  EXPECT_EQ(undone.fate(0), Fate::kUndone);
}

TEST(TrailOfATransaction, UndoesWhatCameSinceAPartBegan) {
  Trail trail;
  const uint64_t before = trail.now();
  trail.begin_part();
  const uint64_t inside = trail.now();
  trail.undo(0);
  const uint64_t after = trail.now();
  EXPECT_EQ(trail.fate(before), Fate::kOpen);
  EXPECT_EQ(trail.fate(inside), Fate::kUndone);
  EXPECT_EQ(trail.fate(after), Fate::kOpen);
  trail.end(true);
  EXPECT_EQ(trail.fate(before), Fate::kKept);
  EXPECT_EQ(trail.fate(inside), Fate::kUndone);
  EXPECT_EQ(trail.fate(after), Fate::kKept);
}

TEST(TrailOfATransaction, UndoesAPartThatWasLeftWithTheOneAroundIt) {
  Trail trail;
  trail.begin_part();
  trail.begin_part();
  const uint64_t inner = trail.now();
  trail.leave_parts(1);
  EXPECT_EQ(trail.part_of(inner), trail.part_of(1));
  EXPECT_EQ(trail.fate(inner), Fate::kOpen);
  trail.undo(0);
  EXPECT_EQ(trail.fate(inner), Fate::kUndone);
}

TEST(TrailOfATransaction, TellsManyPartsApart) {
  Trail trail;
  std::vector<std::pair<uint64_t, Fate>> writes;
  for (int i = 0; i < 1000; ++i) {
    trail.begin_part();
    const bool undone = i % 3 != 0;
    writes.emplace_back(trail.now(), undone ? Fate::kUndone : Fate::kOpen);
    if (undone) trail.undo(0);
    trail.leave_parts(0);
    writes.emplace_back(trail.now(), Fate::kOpen);
  }
  for (const auto& [write, fate] : writes) EXPECT_EQ(trail.fate(write), fate) << write;
  trail.end(false);
  for (const auto& [write, fate] : writes) EXPECT_EQ(trail.fate(write), Fate::kUndone);
}

TEST(TrailOfATransaction, IsReadWhileItGrows) {
  Trail trail;
  trail.begin_part();
  const uint64_t first = trail.now();
  trail.undo(0);
  std::thread reader([&] {
    while (trail.fate(0) == Fate::kOpen) EXPECT_EQ(trail.fate(first), Fate::kUndone);
  });
  for (int i = 0; i < 20'000; ++i) {
    trail.leave_parts(0);
    trail.begin_part();
    if (i % 2 == 0) trail.undo(0);
  }
  trail.end(true);
  reader.join();
  EXPECT_EQ(trail.fate(first), Fate::kUndone);
}

}  // namespace
}  // namespace entity_test
