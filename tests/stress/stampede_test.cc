// Many threads that miss the same entry at once read the database once.
#include <barrier>

#include <gtest/gtest.h>

#include "counters.h"

namespace trial {
namespace {

constexpr int kThreads = 64;

class Stampede : public testing::Test {
 protected:
  Stampede() {
    make_counters(file_);
    db_ = open_counters(file_);
    model_ = model_of(db_, "Counter");
    run([this] { read_by_id(1); });  // connections and statements are there
  }

  // Statements that run while all threads do the same at once.
  int64_t run(const std::function<void()>& read) {
    must("thing_cache_clear", thing_cache_clear, db_.get(), static_cast<thing_ctx*>(nullptr),
         model_);
    const int64_t before = thing_cache_stat(db_, THING_STAT_SQL);
    Crew crew;
    for (int i = 0; i < kThreads; i++) crew.add(read);
    crew.run();
    return thing_cache_stat(db_, THING_STAT_SQL) - before;
  }
  void read_by_id(int64_t id) const {
    Obj obj;
    must("thing_by_id", thing_by_id, db_.get(), static_cast<thing_ctx*>(nullptr), model_, id,
         obj.out());
  }

  Folder folder_;
  std::string file_ = folder_.file("stampede.db");
  Db db_;
  const thing_model* model_ = nullptr;
};

TEST_F(Stampede, OnARowRunsOneStatement) {
  for (int round = 0; round < rounds(20); round++) {
    EXPECT_EQ(run([this] { read_by_id(3); }), 1) << "round " << round;
  }
}

TEST_F(Stampede, OnAnAbsentRowRunsOneStatement) {
  for (int round = 0; round < rounds(20); round++) {
    const int64_t statements = run([this] {
      Obj obj;
      const Outcome outcome = call(thing_by_id, db_.get(), static_cast<thing_ctx*>(nullptr), model_,
                                   int64_t{999}, obj.out());
      if (outcome.status != THING_NOT_FOUND) throw Wrong("an absent row gave " + outcome.text());
    });
    EXPECT_EQ(statements, 1) << "round " << round;
  }
}

TEST_F(Stampede, OnAListRunsOneStatement) {
  for (int round = 0; round < rounds(20); round++) {
    const int64_t statements = run([this] {
      Rows rows;
      must("thing_query", thing_query, db_.get(), static_cast<thing_ctx*>(nullptr), model_,
           R"({"where": {"kind": 2}})", int64_t{-1}, rows.out());
      if (thing_rows_count(rows) != kKeys / kGroups)
        throw Wrong("a list of " + std::to_string(thing_rows_count(rows)));
    });
    EXPECT_EQ(statements, 1) << "round " << round;
  }
}

TEST_F(Stampede, OnACountRunsOneStatement) {
  for (int round = 0; round < rounds(20); round++) {
    const int64_t statements = run([this] {
      const Criteria q(thing_criteria_new(model_));
      int64_t count = 0;
      must("thing_query_count", thing_query_count, db_.get(), static_cast<thing_ctx*>(nullptr),
           q.get(), &count);
      if (count != kKeys) throw Wrong("a count of " + std::to_string(count));
    });
    EXPECT_EQ(statements, 1) << "round " << round;
  }
}

}  // namespace
}  // namespace trial
