// Whatever happened before, an answer with the cache is the answer without it, and the one that
// plain SQL and docs/reference/criteria.md call for, on every database; and a write changes what it
// says and nothing else.
//
// THING_SEED=n replays a run, THING_PROPERTY_SECONDS=n makes each story last.
#include <deque>
#include <memory>

#include <gtest/gtest.h>

#include "story.h"
#include "telling.h"

namespace trial {
namespace {

void tell_story(Surroundings& world, int64_t steps) {
  const uint64_t seed = choose_seed();
  Story story(world, seed);
  tell(story, seed, steps);
  if (!testing::Test::HasFatalFailure()) world.must_be_sound();
}

TEST(RandomStory, EveryAnswerIsTheOneOfTheDatabase) {
  World world;
  tell_story(world, kSanitized ? 300 : 3000);
}

// ---- on servers

struct OnServer {
  const char* name;
  Database database;
  Cache cache;
};
void PrintTo(const OnServer& on, std::ostream* out) { *out << on.name; }

bool is_built(Database database) {
  return thing_has(database == Database::kPostgres ? "backend:postgres" : "backend:mysql");
}

std::vector<OnServer> all_on_servers() {
  std::vector<OnServer> all;
  for (const OnServer& on : {OnServer{"PostgresUncached", Database::kPostgres, Cache::kOff},
                             OnServer{"PostgresCached", Database::kPostgres, Cache::kMemory},
                             OnServer{"PostgresRedis", Database::kPostgres, Cache::kRedis},
                             OnServer{"MysqlUncached", Database::kMysql, Cache::kOff},
                             OnServer{"MysqlCached", Database::kMysql, Cache::kMemory},
                             OnServer{"MysqlRedis", Database::kMysql, Cache::kRedis}}) {
    if (is_built(on.database)) all.push_back(on);
  }
  return all;
}

class RandomStoryOnServer : public testing::TestWithParam<OnServer> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RandomStoryOnServer);
INSTANTIATE_TEST_SUITE_P(On, RandomStoryOnServer, testing::ValuesIn(all_on_servers()),
                         [](const auto& on) { return std::string(on.param.name); });

TEST_P(RandomStoryOnServer, EveryAnswerIsTheOneOfTheDatabase) {
  const std::string absence = PairWorld::absence_of(GetParam().database, GetParam().cache);
  if (!absence.empty()) GTEST_SKIP() << absence;
  PairWorld world(GetParam().database, GetParam().cache);
  tell_story(world, 200);
}

// The same story told to all databases at once, of seats alone: their keys are given, so that no
// generated key makes a difference.
TEST(RandomStoryOfAll, IsTheSameOnEveryDatabase) {
  const uint64_t seed = choose_seed();
  std::vector<std::unique_ptr<PairWorld>> worlds;
  std::deque<Story> stories;
  for (const Database database : {Database::kSqlite, Database::kPostgres, Database::kMysql}) {
    if (database != Database::kSqlite && !is_built(database)) continue;
    const std::string absence = PairWorld::absence_of(database, Cache::kOff);
    if (!absence.empty()) GTEST_SKIP() << absence;
    worlds.push_back(std::make_unique<PairWorld>(database, Cache::kOff));
    stories.emplace_back(*worlds.back(), seed, Tables{&seat_table()});
  }
  Budget budget(200, "THING_PROPERTY_SECONDS");
  for (int64_t step = 1; budget.take(); step++) {
    const std::string where =
        "THING_SEED=" + std::to_string(seed) + ", step " + std::to_string(step);
    try {
      for (Story& story : stories) story.step();
    } catch (const std::exception& error) {
      FAIL() << where << ":\n  " << error.what();
    }
    const std::vector<Row> rows = worlds[0]->rows(seat_table());
    for (size_t i = 1; i < worlds.size(); i++) {
      const std::vector<Row> others = worlds[i]->rows(seat_table());
      ASSERT_TRUE(others == rows) << where << ", " << worlds[i]->doors()[0].name << "\n  holds  "
                                  << show(seat_table(), others) << "\n  SQLite "
                                  << show(seat_table(), rows)
                                  << "\n\nthe last writes:" << stories[0].recent()
                                  << "\n\nthere:" << stories[i].recent();
    }
  }
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
