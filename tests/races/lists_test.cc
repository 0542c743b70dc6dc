// Races of lists and counts. The names are those of the catalogue of races that README.md has.
#include "races.h"

namespace races {
namespace {

class ListRace : public Race {
 protected:
  // Lists and counts are in the cache, and both handles know of their template when they write.
  void fill() const {
    for (int i = 0; i < 3; ++i) {
      if (i == 1) {
        save(db_, 1, R"({"score": 1})");
        save(other_, 1, R"({"score": 2})");
      }
      for (const Db* db : {&db_, &other_}) {
        EXPECT_EQ(group(*db, 1), (Ids{1, 2}));
        EXPECT_EQ(size(*db, 1), 2);
      }
    }
  }
};
FOR_SETUPS(ListRace, kOnServers);

void sleep_ms(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

TEST_P(ListRace, B9_ListFilledAfterAnInsert) {
  Stopped reader("list.loaded", [this] { group(other_, 1); });
  insert(db_, item(db_), R"({"name": "four", "grp": 1})");
  reader.go_on();
  expect_group(1, {1, 2, 4});
}

TEST_P(ListRace, B9_CountFilledAfterAnInsert) {
  Stopped reader("list.loaded", [this] { size(other_, 1); });
  insert(db_, item(db_), R"({"name": "four", "grp": 1})");
  reader.go_on();
  expect_group(1, {1, 2, 4});
}

// The list gives the count; what came since is told by the stamps that the count is kept under.
TEST_P(ListRace, B9_CountOfAListFilledAfterAnInsert) {
  for (int i = 0; i < 2; ++i) EXPECT_EQ(group(other_, 1), (Ids{1, 2}));
  const int64_t sql = other_.sql();
  Stopped reader("list.loaded", [this] { EXPECT_EQ(size(other_, 1), 2); });
  EXPECT_EQ(other_.sql(), sql);
  insert(db_, item(db_), R"({"name": "four", "grp": 1})");
  reader.go_on();
  expect_group(1, {1, 2, 4});
}

TEST_P(ListRace, AListThatIsCutIsNoCount) {
  const char* const first = R"({"where": {"grp": 1}, "take": 1})";
  for (int i = 0; i < 2; ++i) EXPECT_EQ(ids(db_, item(db_), first), (Ids{1}));
  EXPECT_EQ(count(db_, item(db_), first), 2);
}

TEST_P(ListRace, AListOfSeveralValuesDependsOnEachOfThem) {
  const char* const both = R"({"where": {"grp": {"in": [1, 2]}}})";
  const auto expect = [&](const Ids& expected) {
    for (int i = 0; i < 2; ++i) {
      for (const Db* db : {&db_, &other_}) EXPECT_EQ(ids(*db, item(*db), both), expected);
    }
  };
  expect({1, 2, 3});
  save(db_, 2, R"({"score": 7})");  // now it knows of the template
  expect({1, 2, 3});
  save(db_, 3, R"({"grp": 5})");
  expect({1, 2});
  save(db_, 1, R"({"grp": 5})");
  expect({2});
}

TEST_P(ListRace, C3_EmptyListFilledAfterAnInsert) {
  Stopped reader("list.loaded", [this] { EXPECT_EQ(group(other_, 9), Ids{}); });
  insert(db_, item(db_), R"({"name": "four", "grp": 9})");
  reader.go_on();
  expect_group(9, {4});
}

TEST_P(ListRace, B8_AProcessThatNeverReadListsInserts) {
  fill();
  const Db fresh = open_again();
  EXPECT_OK(call(thing_model_register, fresh.get(), models(), int64_t{-1}));
  insert(fresh, item(fresh), R"({"name": "four", "grp": 1})");
  expect_group(1, {1, 2, 4});
}

TEST_P(ListRace, ARowMovesIn) {
  fill();
  save(db_, 3, R"({"grp": 1})");
  expect_group(1, {1, 2, 3});
}

TEST_P(ListRace, ARowMovesOut) {
  fill();
  save(db_, 2, R"({"grp": 3})");
  expect_group(1, {1});
}

TEST_P(ListRace, B14_DeleteOfAnObjectThatWasModified) {
  fill();
  Obj obj = loaded(db_, 2);
  EXPECT_OK(obj.set("grp", 7));
  EXPECT_OK(call(thing_delete, db_.get(), nullptr, obj.get(), int32_t{THING_DELETE_HARD}));
  expect_group(1, {1});
}

TEST_P(ListRace, H6_BulkWrites) {
  fill();
  const Criteria criteria = parse(item(db_), R"({"where": {"id": 3}})");
  int64_t affected = 0;
  EXPECT_OK(call(thing_update_where, db_.get(), nullptr, criteria.get(), R"({"grp": 1})",
                 int64_t{-1}, int32_t{0}, &affected));
  expect_group(1, {1, 2, 3});
}

TEST_P(ListRace, H1_AMarkHasNoTimerAndKeepsReadersOut) {
  fill();
  Stopped writer("write.commit_sent", [this] { save(db_, 3, R"({"grp": 1})"); });
  for (int look = 0; look < 15; ++look) {
    EXPECT_EQ(group(other_, 1), (Ids{1, 2}));
    sleep_ms(20);
  }
  writer.go_on_to("write.committed");
  expect_group(1, {1, 2, 3});
  writer.go_on();
  expect_group(1, {1, 2, 3});
}

TEST_P(ListRace, H5_ReadsBetweenCommitAndClear) {
  fill();
  Stopped writer("write.committed", [this] { save(db_, 3, R"({"grp": 1})"); });
  expect_group(1, {1, 2, 3});
}

TEST_P(ListRace, B4_TwoWritersAreInOneMark) {
  fill();
  Stopped first("write.commit_sent", [this] { save(db_, 3, R"({"grp": 1})"); });
  save(other_, 2, R"({"grp": 5})");
  EXPECT_EQ(group(other_, 1), (Ids{1}));
  first.go_on_to("write.committed");
  expect_group(1, {1, 3});
}

TEST_P(ListRace, B5_AnOrphanIsResolvedAloneOfTwoInOneMark) {
  fill();
  run_victim(url(), "write.commit_sent", "insert", 9);
  Stopped writer("write.commit_sent", [this] { save(db_, 3, R"({"grp": 1})"); });
  for (int look = 0; look < 15; ++look) {
    EXPECT_EQ(group(other_, 1), (Ids{1, 2}));
    sleep_ms(20);
  }
  writer.go_on_to("write.committed");
  expect_group(1, {1, 2, 3});
}

// A writer that is under way when a template is made has marked nothing of it.
TEST_P(ListRace, TemplatesWaitForTheWritersThatDoNotKnowThem) {
  Stopped writer("write.commit_sent", [this] { save(db_, 3, R"({"grp": 1})"); });
  for (int look = 0; look < 3; ++look) EXPECT_EQ(group(other_, 1), (Ids{1, 2}));
  writer.go_on();
  expect_group(1, {1, 2, 3});
}

// Rows of a list and the list itself are of one moment.
TEST_P(ListRace, H7_ARowMovesOutBetweenTheListAndItsRows) {
  fill();
  Stopped reader("list.found", [this] {
    const Rows rows = query(other_, item(other_), R"({"where": {"grp": 1}})");
    for (int64_t i = 0; i < thing_rows_count(rows); ++i) EXPECT_EQ(rows.obj(i).integer("grp"), 1);
  });
  save(db_, 2, R"({"grp": 6})");
  reader.go_on();
  expect_group(1, {1});
}

// As if two queries had one hash.
TEST_P(ListRace, B21_AnEntryOfAnotherQueryIsNoHit) {
  save(db_, 2, R"({"score": 9})");
  const char* const all = R"({"where": {"grp": 1, "score": {"gt": -1}}})";
  const char* const high = R"({"where": {"grp": 1, "score": {"gt": 5}}})";
  for (int i = 0; i < 2; ++i) EXPECT_EQ(ids(other_, item(other_), all), (Ids{1, 2}));
  const std::string key =
      redis_->ask({"EVAL", "return redis.call('KEYS', '*race_items}:q:*')", "0"});
  ASSERT_NE(key, "");
  for (int i = 0; i < 2; ++i) EXPECT_EQ(ids(other_, item(other_), high), (Ids{2}));
  // The one gets the other's entry.
  redis_->ask({"EVAL",
               "for _, k in ipairs(redis.call('KEYS', '*race_items}:q:*')) do if k ~= ARGV[1] "
               "then redis.call('COPY', ARGV[1], k, 'REPLACE') end end",
               "0", key});
  EXPECT_EQ(ids(other_, item(other_), high), (Ids{2}));
  EXPECT_EQ(ids(db_, item(db_), high), (Ids{2}));
}

TEST_P(ListRace, H3_AnythingMayBeEvicted) {
  const char* const kinds[] = {"o", "b", "t", "i", "q", "p", "n", "u", "c"};
  for (const char* const kind : kinds) {
    SCOPED_TRACE(kind);
    const int number = 10 + static_cast<int>(kind[0] - 'a');
    const std::string row = R"({"name": "of )" + std::string(kind) + R"(", "grp": )";
    for (int i = 0; i < 2; ++i) EXPECT_EQ(group(other_, number), Ids{});
    Stopped reader("list.loaded", [&] {
      EXPECT_EQ(ids(other_, item(other_),
                    R"({"where": {"grp": )" + std::to_string(number) + R"(, "score": 0}})"),
                Ids{});
    });
    evict(kind);
    const int64_t id = insert(db_, item(db_), row + std::to_string(number) + "}");
    reader.go_on();
    expect_group(number, {id});
  }
}

// Lists that are cut: what is written behind the end of all that are kept leaves them, and those
// that are read meanwhile and reach farther have to notice.
class WindowRace : public ListRace {
 protected:
  void SetUp() override {
    ListRace::SetUp();
    save(db_, 1, R"({"score": 40})");
    save(db_, 2, R"({"score": 30})");
    third_ = insert(db_, item(db_), R"({"name": "c", "grp": 1, "score": 20})");
    fourth_ = insert(db_, item(db_), R"({"name": "d", "grp": 1, "score": 10})");
    expect_top(1, {1});
    save(db_, fourth_, R"({"score": 11})");  // now it knows of the template
    expect_top(1, {1});
  }
  Ids top(const Db& db, int take) const {
    return ids(db, item(db),
               R"({"where": {"grp": 1}, "orderBy": {"score": "desc"}, "take": )" +
                   std::to_string(take) + "}");
  }
  void expect_top(int take, const Ids& expected) const {
    for (int i = 0; i < 2; ++i) {
      for (const Db* db : {&db_, &other_}) EXPECT_EQ(top(*db, take), expected);
    }
  }

  int64_t third_ = 0, fourth_ = 0;
};
FOR_SETUPS(WindowRace, kOnServers);

TEST_P(WindowRace, AFillThatReachesFartherThanTheEndThatAWriteSaw) {
  Stopped reader("list.loaded", [this] { EXPECT_EQ(top(other_, 2), (Ids{1, 2})); });
  save(db_, third_, R"({"score": 35})");
  reader.go_on();
  expect_top(2, {1, third_});
  expect_top(1, {1});
}

TEST_P(WindowRace, AFillBesideAWriteBehindTheEnd) {
  Stopped writer("write.commit_sent", [this] { save(db_, third_, R"({"score": 35})"); });
  for (int look = 0; look < 3; ++look) EXPECT_EQ(top(other_, 2), (Ids{1, 2}));
  writer.go_on_to("write.committed");
  expect_top(2, {1, third_});
  expect_top(1, {1});
}

}  // namespace
}  // namespace races
