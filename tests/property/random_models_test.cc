// The story told of random models: fields of all types, keys, defaults, soft deletion, versions.
// All handles are asked the same, again and again, and must answer as the uncached one.
//
// THING_SEED=n replays the first world of a run, THING_PROPERTY_SECONDS=n makes each test last.
#include <gtest/gtest.h>

#include "random_table.h"
#include "story.h"

namespace trial {
namespace {

constexpr int64_t kSteps = 50;

struct On {
  const char* name;
  Database database;
  Cache cache;
  int64_t worlds;
};
void PrintTo(const On& on, std::ostream* out) { *out << on.name; }

std::vector<On> all_databases() {
  std::vector<On> all = {{"Sqlite", Database::kSqlite, Cache::kMemory, kSanitized ? 4 : 20}};
  if (thing_has("backend:postgres")) {
    all.push_back({"PostgresMemory", Database::kPostgres, Cache::kMemory, 3});
    all.push_back({"PostgresRedis", Database::kPostgres, Cache::kRedis, 3});
  }
  if (thing_has("backend:mysql")) {
    all.push_back({"MysqlMemory", Database::kMysql, Cache::kMemory, 3});
    all.push_back({"MysqlRedis", Database::kMysql, Cache::kRedis, 3});
  }
  return all;
}

class RandomModels : public testing::TestWithParam<On> {
 protected:
  void SetUp() override {
    const std::string absence = PairWorld::absence_of(GetParam().database, GetParam().cache);
    if (!absence.empty()) GTEST_SKIP() << absence;
  }
};
INSTANTIATE_TEST_SUITE_P(On, RandomModels, testing::ValuesIn(all_databases()),
                         [](const auto& on) { return std::string(on.param.name); });

void tell_one(const On& on, uint64_t seed) {
  Random random(seed);
  const std::deque<Table> tables = random_tables(random, on.database);
  Tables named;
  std::string documents;
  for (const Table& table : tables) {
    named.push_back(&table);
    documents += "\n  " + table.document;
  }
  int64_t step = 0;
  std::string recent;
  try {
    PairWorld world(on.database, on.cache, named,
                    random.chance(50) ? "cache_copies=off" : "cache_copies=validate");
    Story story(world, seed);
    try {
      while (step++ < kSteps) story.step();
    } catch (const std::exception&) {
      recent = story.recent();
      throw;
    }
  } catch (const std::exception& error) {
    FAIL() << "THING_SEED=" << seed << ", step " << step << ":\n  " << error.what()
           << "\n\nthe models:" << documents << "\n\nthe last writes:" << recent;
  }
}

TEST_P(RandomModels, AreAnsweredFromTheCacheAsFromTheDatabase) {
  const uint64_t seed = choose_seed();
  Budget budget(GetParam().worlds, "THING_PROPERTY_SECONDS");
  for (uint64_t world = 0; budget.take() && !HasFatalFailure(); world++)
    tell_one(GetParam(), seed + world);
}

}  // namespace
}  // namespace trial
