// Whatever happened before, an answer with the cache is the answer without it, and the one that
// plain SQL and docs/reference/criteria.md call for; and a write changes what it says and nothing
// else.
//
// THING_SEED=n replays a run, THING_PROPERTY_SECONDS=n makes it last.
#include <gtest/gtest.h>

#include "story.h"

namespace trial {
namespace {

TEST(RandomStory, EveryAnswerIsTheOneOfTheDatabase) {
  const uint64_t seed = choose_seed();
  World world;
  Story story(world, seed);
  Budget budget(kSanitized ? 300 : 3000, "THING_PROPERTY_SECONDS");
  for (int64_t step = 1; budget.take(); step++) {
    try {
      story.step();
    } catch (const std::exception& error) {
      FAIL() << "THING_SEED=" << seed << ", step " << step << ":\n  " << error.what()
             << "\n\nthe last writes:" << story.recent();
    }
  }
  world.raw().must_be_sound();
}

// The oracle itself, where a mistake would be easy.
TEST(Oracle, ComparesDecimalsAsNumbers) {
  EXPECT_EQ(compare_decimals("1.5", "1.50"), 0);
  EXPECT_EQ(compare_decimals("-0.0", "0"), 0);
  EXPECT_LT(compare_decimals("-10", "-9.99"), 0);
  EXPECT_LT(compare_decimals("9.99", "10"), 0);
  EXPECT_LT(compare_decimals("0.09", "0.1"), 0);
  EXPECT_GT(compare_decimals("12345678901234567890.123456789", "12345678901234567890.123456788"),
            0);
}

TEST(Oracle, LeavesNullRowsOutOfNegations) {
  Row row;
  for (const Field& field : seat_table().fields)
    row.push_back(field.nullable ? Cell{Null{}} : field.pool[0]);
  Where inner;
  inner.members.push_back({});
  inner.members[0].field = seat_table().find("visits");
  inner.members[0].operators = {{Op::kLt, {int64_t{5}}, {}}};
  Where outer;
  outer.members.push_back({});
  outer.members[0].kind = Member::Kind::kNot;
  outer.members[0].parts = {inner};
  EXPECT_EQ(evaluate(seat_table(), inner, row), Truth::kUnknown);
  EXPECT_EQ(evaluate(seat_table(), outer, row), Truth::kUnknown);
}

}  // namespace
}  // namespace trial
