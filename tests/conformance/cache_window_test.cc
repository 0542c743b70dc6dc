// Lists that are cut, in the cache that processes share: a row far behind their end may change and
// they stay; and whatever changes, they are what the database has.
#include "support.h"

namespace conformance {
namespace {

constexpr const char* kModel =
    R"({"name": "Player", "table": "window_players", "fields": {
         "id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}},
         "name": "text", "team": "int", "score": "int", "born": "date?", "rank": "int?"}})";

class SharedWindows : public DatabaseTest {
 protected:
  void SetUp() override {
    db_.define(kModel);
    other_ = open_again();
    other_.define(kModel);
    uncached_ = open_again("cache=off");
    uncached_.define(kModel);
    for (int i = 0; i < 30; ++i) {
      players_.push_back(
          insert(db_, db_.model("Player"),
                 "{\"name\": \"p\", \"team\": 1, \"score\": " + std::to_string(i * 10) +
                     ", \"rank\": " + (i % 3 == 0 ? "null" : std::to_string(i)) + "}"));
    }
  }
  // The list as the other handle has it, which must be as it is without a cache.
  Ids top(const std::string& query) const {
    const Ids found = ids(other_, other_.model("Player"), query);
    EXPECT_EQ(found, ids(uncached_, uncached_.model("Player"), query)) << query;
    return found;
  }
  // Whether the list came from the cache.
  bool is_hit(const std::string& query) const {
    const int64_t hits = other_.stat(THING_STAT_LIST_HIT);
    top(query);
    return other_.stat(THING_STAT_LIST_HIT) == hits + 1;
  }
  void fill(const std::string& query) const {
    top(query);
    EXPECT_TRUE(is_hit(query)) << query;
  }
  void set(int64_t id, const std::string& json) const {
    update(db_, db_.model("Player"), id, json);
  }
  int64_t add(const std::string& rest) const {
    return insert(db_, db_.model("Player"), R"({"name": "new", "team": 1, )" + rest + "}");
  }

  Db other_, uncached_;
  Ids players_;  // by score, ascending
};
inline constexpr Setup kWithRedis[] = {kPostgresRedis, kMysqlRedis};
FOR_SETUPS(SharedWindows, kWithRedis);

constexpr const char* kTop = R"({"where": {"team": 1}, "orderBy": {"score": "desc"}, "take": 10})";
constexpr const char* kTop20 =
    R"({"where": {"team": 1}, "orderBy": {"score": "desc"}, "take": 20})";

TEST_P(SharedWindows, StayWhileRowsFarBehindChange) {
  fill(kTop);
  set(players_[3], R"({"score": 31})");  // the writer learns of the list
  fill(kTop);
  for (int i = 0; i < 4; ++i) {
    set(players_[static_cast<size_t>(i)], R"({"score": )" + std::to_string(50 + i) + "}");
    EXPECT_TRUE(is_hit(kTop)) << i;
  }
  add(R"("score": 1)");
  EXPECT_TRUE(is_hit(kTop)) << "a row came far behind";
  remove(db_, db_.model("Player"), players_[5]);
  EXPECT_TRUE(is_hit(kTop)) << "a row went far behind";
  set(players_[6], R"({"team": 2})");
  EXPECT_TRUE(is_hit(kTop)) << "a row left the list far behind";
  set(players_[6], R"({"team": 1})");
  EXPECT_TRUE(is_hit(kTop)) << "a row entered the list far behind";
  Tx tx(db_);
  Obj obj = find(db_, db_.model("Player"), players_[7]);
  EXPECT_OK(obj.set("score", 72));
  EXPECT_OK(call(thing_save, db_.get(), tx.ctx(), obj.get()));
  EXPECT_OK(tx.commit());
  EXPECT_TRUE(is_hit(kTop));
}

TEST_P(SharedWindows, FollowRowsThatEnterLeaveAndTie) {
  fill(kTop);
  set(players_[0], R"({"score": 1})");
  fill(kTop);
  EXPECT_EQ(top(kTop).back(), players_[20]);
  set(players_[0], R"({"score": 1000})");
  EXPECT_EQ(top(kTop).front(), players_[0]);
  EXPECT_EQ(top(kTop).back(), players_[21]);
  set(players_[0], R"({"score": 0})");
  EXPECT_EQ(top(kTop).back(), players_[20]);
  for (const size_t tie : {1U, 2U}) {
    fill(kTop);
    set(players_[tie], R"({"score": 200})");  // as the last one has
    top(kTop);
  }
  const int64_t fresh = add(R"("score": 200)");
  top(kTop);
  fill(kTop);
  remove(db_, db_.model("Player"), players_[25]);
  top(kTop);
  fill(kTop);
  set(fresh, R"({"score": 201})");
  top(kTop);
  fill(kTop);
  set(players_[29], R"({"team": 2})");
  top(kTop);
}

TEST_P(SharedWindows, ThatAreNotFullTakeEveryRow) {
  const char* const all = R"({"where": {"team": 1}, "orderBy": {"score": "desc"}, "take": 31})";
  fill(all);
  const int64_t last = add(R"("score": -5)");
  EXPECT_EQ(top(all).back(), last);
  fill(all);
  add(R"("score": -6)");
  EXPECT_EQ(top(all).back(), last) << "the list is full now";
}

TEST_P(SharedWindows, OfTwoLengthsAreBothRight) {
  for (const auto& [first, second] : {std::pair(kTop, kTop20), std::pair(kTop20, kTop)}) {
    fill(first);
    set(players_[0], R"({"score": 2})");
    fill(first);
    fill(second);
    set(players_[1], R"({"score": 155})");  // in the longer one alone
    top(first);
    top(second);
    set(players_[1], R"({"score": 10})");
    top(first);
    top(second);
  }
}

TEST_P(SharedWindows, LeaveCountsAndWholeListsBesideThemRight) {
  const char* const all = R"({"where": {"team": 1}, "orderBy": {"score": "desc"}})";
  const char* const team = R"({"where": {"team": 1}})";
  const auto check = [&](const char* what) {
    top(all);
    EXPECT_EQ(count(other_, other_.model("Player"), team),
              count(uncached_, uncached_.model("Player"), team))
        << what;
  };
  fill(kTop);
  fill(all);
  check("before");
  set(players_[0], R"({"score": 3})");
  fill(kTop);
  check("moved");
  add(R"("score": 4)");
  EXPECT_TRUE(is_hit(kTop));
  check("came");
  remove(db_, db_.model("Player"), players_[1]);
  EXPECT_TRUE(is_hit(kTop));
  check("went");
}

// All directions, NULLs at either end, a column that may be NULL before one that may not, dates:
// each list is read before and after each write, of which some hit its end.
TEST_P(SharedWindows, AreRightInEveryOrder) {
  std::vector<std::string> queries;
  for (const char* order :
       {R"({"rank": "asc"})", R"({"rank": "desc"})",
        R"({"rank": {"sort": "asc", "nulls": "first"}})",
        R"({"rank": {"sort": "asc", "nulls": "last"}})",
        R"({"rank": {"sort": "desc", "nulls": "first"}})",
        R"({"rank": {"sort": "desc", "nulls": "last"}})", R"([{"born": "desc"}, {"score": "asc"}])",
        R"([{"score": "asc"}, {"rank": "desc"}])", R"([{"name": "asc"}, {"score": "desc"}])",
        R"([{"score": "desc"}, {"name": "asc"}])", R"({"id": "desc"})"}) {
    for (const char* take : {"3", "12"})
      queries.push_back(std::string(R"({"where": {"team": 1}, "orderBy": )") + order +
                        R"(, "take": )" + take + "}");
  }
  Random random;
  SCOPED_TRACE(random.seed());
  for (int round = 0; round < 40; ++round) {
    const int64_t id = random.pick(players_);
    const std::string n = std::to_string(random.below(12) * 10);
    switch (random.below(7)) {
      case 0: set(id, "{\"rank\": " + std::to_string(random.below(12)) + "}"); break;
      case 1: set(id, R"({"rank": null})"); break;
      case 2: set(id, "{\"score\": " + n + "}"); break;
      case 3:
        set(id, "{\"score\": -" + n + R"(, "born": "19)" + std::to_string(random.below(40) + 10) +
                    "-05-06\"}");
        break;
      case 4: set(id, "{\"team\": " + std::to_string(random.below(2) + 1) + "}"); break;
      case 5: players_.push_back(add("\"score\": " + n)); break;
      default: set(id, R"({"born": null, "name": "q"})"); break;
    }
    for (const std::string& query : queries) {
      if (random.chance(50)) top(query);
    }
  }
  EXPECT_GT(other_.stat(THING_STAT_LIST_HIT), 0);
}

}  // namespace
}  // namespace conformance
