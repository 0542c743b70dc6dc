// Races of rows. The names are those of the catalogue of races that README.md has.
#include "races.h"

namespace races {
namespace {

class RowRace : public Race {};
FOR_SETUPS(RowRace, kOnServers);

void sleep_ms(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

TEST_P(RowRace, B1_FillAfterWrite) {
  Stopped reader("read.loaded", [this] { name(other_, 1); });
  save(db_, 1, R"({"name": "new"})");
  reader.go_on();
  expect_name(1, "new");
  expect_cached(db_, 1);
}

TEST_P(RowRace, B1_FillOfManyAfterWrite) {
  Stopped reader("read.loaded", [this] {
    Rows rows;
    const int64_t ids[] = {1, 2};
    EXPECT_OK(call(thing_by_ids, other_.get(), nullptr, item(other_), ids, int64_t{2}, rows.out()));
  });
  save(db_, 1, R"({"name": "new"})");
  save(db_, 2, R"({"name": "newer"})");
  reader.go_on();
  expect_name(1, "new");
  expect_name(2, "newer");
}

TEST_P(RowRace, S3_FillAfterAllWasLost) {
  Stopped reader("read.loaded", [this] { name(other_, 1); });
  flush();
  save(db_, 1, R"({"name": "new"})");
  flush();
  reader.go_on();
  expect_name(1, "new");
}

TEST_P(RowRace, B2_TwoWritersClearInReverse) {
  name(other_, 1);
  Stopped first("write.committed", [this] { save(db_, 1, R"({"name": "first"})"); });
  Stopped second("write.committed", [this] { save(other_, 1, R"({"name": "second"})"); });
  EXPECT_EQ(name(other_, 1), "second");
  second.go_on();
  EXPECT_EQ(name(other_, 1), "second");
  first.go_on();
  expect_name(1, "second");
  expect_cached(other_, 1);
}

TEST_P(RowRace, B3_ManyWritersOfOneRow) {
  std::vector<std::thread> writers;
  for (int w = 0; w < 10; ++w) {
    writers.emplace_back([this, w] {
      const Db& db = w % 2 == 0 ? db_ : other_;
      const auto score = static_cast<int32_t>(thing_model_field_index(item(db), "score", -1));
      for (int i = 0; i < 10; ++i) {
        int64_t made = 0;
        EXPECT_OK(
            call(thing_incr, db.get(), nullptr, item(db), int64_t{1}, score, int64_t{1}, &made));
        EXPECT_GE(find(db, item(db), 1).integer("score"), made);
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(find(db_, item(db_), 1).integer("score"), 100);
}

TEST_P(RowRace, B4_ClearTakesItsOwnTokenAlone) {
  Stopped first("write.committed", [this] { save(db_, 1, R"({"name": "first"})"); });
  Stopped second("write.commit_sent", [this] { save(other_, 1, R"({"name": "second"})"); });
  first.go_on();
  EXPECT_EQ(name(db_, 1), "first");
  second.go_on_to("write.committed");
  expect_name(1, "second");
}

TEST_P(RowRace, H1_AMarkHasNoTimerAndKeepsReadersOut) {
  name(other_, 1);
  Stopped writer("write.commit_sent", [this] { save(db_, 1, R"({"name": "new"})"); });
  for (int look = 0; look < 15; ++look) {
    EXPECT_EQ(name(other_, 1), "one");
    sleep_ms(20);
  }
  writer.go_on_to("write.committed");
  expect_name(1, "new");
  writer.go_on();
  expect_name(1, "new");
  expect_cached(other_, 1);
}

TEST_P(RowRace, C1_ReadsBetweenCommitAndClear) {
  for (const Db* db : {&db_, &other_}) EXPECT_EQ(name(*db, 1), "one");
  Stopped writer("write.committed", [this] { save(db_, 1, R"({"name": "new"})"); });
  expect_name(1, "new");
}

TEST_P(RowRace, S3_AllIsLostBetweenMarkAndClear) {
  Stopped writer("write.commit_sent", [this] { save(db_, 1, R"({"name": "new"})"); });
  flush();
  EXPECT_EQ(name(other_, 1), "one");
  writer.go_on();
  expect_name(1, "new");
}

TEST_P(RowRace, B22_AbsenceReadBeforeAnInsert) {
  Stopped reader("read.loaded", [this] { exists(other_, item(other_), 50); });
  insert(db_, item(db_), R"({"id": 50, "name": "fifty"})");
  reader.go_on();
  expect_name(50, "fifty");
}

TEST_P(RowRace, B22_AbsenceIsOverWhenTheDatabaseMakesTheKey) {
  const int64_t last = insert(db_, item(db_), R"({"name": "last"})");
  for (int i = 0; i < 2; ++i) {
    for (const Db* db : {&db_, &other_}) EXPECT_FALSE(exists(*db, item(*db), last + 1));
  }
  const int64_t hits = other_.stat(THING_STAT_SQL);
  EXPECT_FALSE(exists(other_, item(other_), last + 1));
  EXPECT_EQ(other_.stat(THING_STAT_SQL), hits) << "absence is kept";
  ASSERT_EQ(insert(db_, item(db_), R"({"name": "next"})"), last + 1);
  expect_name(last + 1, "next");
}

TEST_P(RowRace, S5_LookupsWhileAnInsertCommits) {
  Stopped writer("write.commit_sent",
                 [this] { insert(db_, item(db_), R"({"id": 60, "name": "sixty"})"); });
  for (int look = 0; look < 5; ++look) EXPECT_FALSE(exists(other_, item(other_), 60));
  writer.go_on_to("write.committed");
  expect_name(60, "sixty");
  writer.go_on();
  expect_name(60, "sixty");
}

TEST_P(RowRace, B24_ATransactionReadsItsOwnWrites) {
  for (int i = 0; i < 2; ++i) EXPECT_EQ(name(db_, 1), "one");
  Tx tx(db_);
  update(db_, item(db_), 1, R"({"name": "own"})", tx.ctx());
  EXPECT_EQ(read_text(db_, item(db_), 1, "name", tx.ctx()), "own");
  EXPECT_EQ(name(other_, 1), "one");
  EXPECT_OK(tx.rollback());
  expect_name(1, "one");
}

TEST_P(RowRace, H9_ARowWhoseWriteFailedIsCachedAgain) {
  EXPECT_EQ(name(db_, 1), "one");
  Obj obj = loaded(db_, 1);
  EXPECT_OK(obj.set("name", "two"));
  EXPECT_STATUS(THING_E_UNIQUE, call(thing_save, db_, nullptr, obj));
  expect_name(1, "one");
  expect_cached(db_, 1);
  expect_cached(other_, 1);
}

TEST_P(RowRace, H6_BulkWrites) {
  for (int i = 0; i < 2; ++i) EXPECT_EQ(name(other_, 1), "one");
  const Criteria criteria = parse(item(db_), R"({"where": {"id": 1}})");
  int64_t affected = 0;
  EXPECT_OK(call(thing_update_where, db_.get(), nullptr, criteria.get(), R"({"name": "bulk"})",
                 int64_t{-1}, int32_t{0}, &affected));
  EXPECT_EQ(name(other_, 3), "three");  // there is a stamp of the table again
  expect_name(1, "bulk");
}

TEST_P(RowRace, WritesOfRawSql) {
  for (int i = 0; i < 2; ++i) EXPECT_EQ(name(other_, 1), "one");
  execute(db_, "UPDATE race_items SET name = 'raw' WHERE id = 1", nullptr);
  expect_name(1, "raw");
}

TEST_P(RowRace, S7_ASavepointThatIsRolledBackKeepsTheWritesBeforeIt) {
  for (int i = 0; i < 2; ++i) EXPECT_EQ(name(other_, 1), "one");
  Tx tx(db_);
  update(db_, item(db_), 1, R"({"name": "kept"})", tx.ctx());
  EXPECT_OK(call(thing_tx_savepoint, tx.get(), "here"));
  update(db_, item(db_), 2, R"({"name": "taken back"})", tx.ctx());
  EXPECT_OK(call(thing_tx_rollback_to, tx.get(), "here"));
  EXPECT_OK(tx.commit());
  expect_name(1, "kept");
  expect_name(2, "two");
}

// A program with another model of the same table, as while a new version is rolled out.
TEST_P(RowRace, S4_ModelsOfOtherColumnsReadTheirOwn) {
  db_.define(R"({"name": "Moved", "table": "race_moved", "fields": {
         "id": {"type": "int", "primary": true}, "name": "text", "next": "text"}})");
  const Db third = open_again();
  EXPECT_OK(call(thing_model_register, third.get(),
                 R"({"name": "Moved", "table": "race_moved", "fields": {
         "id": {"type": "int", "primary": true}, "name": {"type": "text", "column": "next"},
         "next": {"type": "text", "column": "name"}}})",
                 int64_t{-1}));
  insert(db_, db_.model("Moved"), R"({"id": 1, "name": "old", "next": "new"})");
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(read_text(db_, db_.model("Moved"), 1, "name"), "old");
    EXPECT_EQ(read_text(third, third.model("Moved"), 1, "name"), "new");
  }
}

TEST_P(RowRace, AWriteThatNobodyCouldBeToldOfIsNotMadeOrIsSeen) {
  for (int i = 0; i < 2; ++i) EXPECT_EQ(name(other_, 1), "one");
  const Db cut_off = open_again("redis=redis://127.0.0.1:1/0");
  cut_off.define(models());
  Obj obj = loaded(cut_off, 1);
  EXPECT_OK(obj.set("name", "new"));
  const Outcome outcome = call(thing_save, cut_off.get(), nullptr, obj.get());
  expect_name(1, outcome.status == THING_OK ? "new" : "one");
}

// ---- the resolver

TEST_P(RowRace, B5_AnOrphanMarkGoesWhenTheSessionIsOver) {
  run_victim(url(), "write.commit_sent", "save", 1);
  expect_name(1, "one");
  expect_cached(db_, 1);
  run_victim(url(), "write.committed", "save", 1);
  expect_name(1, "killed 1");
  expect_cached(db_, 1);
}

// ---- the cache of one process

inline constexpr Setup kInOneProcess[] = {kPostgresCached, kMysqlCached};
class Memory : public Race {};
FOR_SETUPS(Memory, kInOneProcess);

TEST_P(Memory, KeepsNothingThatACommitIsAboutToChange) {
  Stopped writer("write.commit_sent", [this] { save(db_, 1, R"({"name": "new"})"); });
  EXPECT_EQ(name(db_, 1), "one");
  writer.go_on_to("write.committed");
  EXPECT_EQ(name(db_, 1), "new");
  writer.go_on();
  EXPECT_EQ(name(db_, 1), "new");
}

TEST_P(Memory, IsNotFilledInATransaction) {
  Tx tx(db_);
  update(db_, item(db_), 1, R"({"name": "own"})", tx.ctx());
  EXPECT_EQ(read_text(db_, item(db_), 1, "name", tx.ctx()), "own");
  EXPECT_EQ(name(db_, 1), "one");
  EXPECT_OK(tx.rollback());
  EXPECT_EQ(name(db_, 1), "one");
}

TEST_P(Memory, B10_NullIsNeitherEqualNorUnequal) {
  insert(db_, item(db_), R"({"name": "none", "grp": null})");
  const char* const others = R"({"where": {"NOT": {"grp": 1}}})";
  for (int i = 0; i < 2; ++i) EXPECT_EQ(ids(db_, item(db_), others), (Ids{3}));
  save(db_, 4, R"({"grp": 5})");
  EXPECT_EQ(ids(db_, item(db_), others), (Ids{3, 4}));
  EXPECT_EQ(count(db_, item(db_), others), 2);
}

class File : public Race {};
FOR_SETUPS(File, kSqliteFileCaches);

TEST_P(File, SeesWhatAnotherHandleCommitted) {
  for (int i = 0; i < 2; ++i) EXPECT_EQ(name(db_, 1), "one");
  save(other_, 1, R"({"name": "new"})");
  EXPECT_EQ(name(db_, 1), "new");
}

}  // namespace
}  // namespace races
