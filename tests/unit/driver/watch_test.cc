#include <cstring>

#include "sqlite_file.h"

namespace thing::test {
namespace {

using driver::ChangeMark;
using driver::ChangeWatch;

ChangeMark mark_of(ChangeWatch& watch) {
  auto mark = watch.read();
  if (!mark) ADD_FAILURE() << mark.error().message();
  return mark ? *mark : ChangeMark();
}

// A file with a table, a connection that writes, and the watch. `wal` or not: most claims hold for
// both.
class SqliteWatch : public testing::TestWithParam<bool> {
 protected:
  SqliteWatch() : file_(GetParam()), db_(file_.connect()) {
    execute(*db_, "CREATE TABLE t(n); INSERT INTO t VALUES(0)");
    watch_ = file_.watch();
  }
  SqliteFile file_;
  std::unique_ptr<driver::Connection> db_;
  std::unique_ptr<ChangeWatch> watch_;
};

INSTANTIATE_TEST_SUITE_P(Journals, SqliteWatch, testing::Bool(),
                         [](const auto& with) { return with.param ? "Wal" : "Delete"; });

TEST_P(SqliteWatch, HasWordsInSharedMemoryOnlyWithALog) {
  EXPECT_EQ(watch_->words != nullptr, GetParam());
}

TEST_P(SqliteWatch, ChangesWithEveryCommitOfAnotherConnection) {
  for (int i = 0; i < 3000; ++i) {
    const ChangeMark before = mark_of(*watch_);
    ASSERT_TRUE(watch_->is_still(before));
    execute(*db_, "UPDATE t SET n = n + 1");
    ASSERT_FALSE(watch_->is_still(before)) << i;
    const ChangeMark after = mark_of(*watch_);
    ASSERT_EQ(watch_->is_next(before, after), GetParam()) << i;
    if (!GetParam() && i == 50) break;  // each commit is synced there
  }
}

TEST_P(SqliteWatch, StaysTheSameWhenNobodyCommits) {
  const ChangeMark before = mark_of(*watch_);
  rows(*db_, "SELECT * FROM t");
  execute(*db_, "BEGIN; UPDATE t SET n = 7; ROLLBACK");
  auto other = file_.connect();
  rows(*other, "SELECT * FROM t");
  other.reset();
  EXPECT_TRUE(watch_->is_still(before));
}

TEST_P(SqliteWatch, DoesNotShowWhatIsNotCommitted) {
  const ChangeMark before = mark_of(*watch_);
  execute(*db_, "BEGIN IMMEDIATE; UPDATE t SET n = 7");
  EXPECT_TRUE(watch_->is_still(before));
  execute(*db_, "COMMIT");
  EXPECT_FALSE(watch_->is_still(before));
}

TEST_P(SqliteWatch, SeesCommitsOfOtherProcesses) {
  for (int i = 0; i < 3; ++i) {
    const ChangeMark before = mark_of(*watch_);
    ASSERT_TRUE(run_elsewhere(file_.options().path, "UPDATE t SET n = n + 1"));
    EXPECT_FALSE(watch_->is_still(before));
    EXPECT_EQ(watch_->is_next(before, mark_of(*watch_)), GetParam());
  }
}

TEST_P(SqliteWatch, TellsTwoCommitsFromOne) {
  const ChangeMark before = mark_of(*watch_);
  execute(*db_, "UPDATE t SET n = 1; UPDATE t SET n = 2");
  EXPECT_FALSE(watch_->is_next(before, mark_of(*watch_)));
  EXPECT_FALSE(watch_->is_next(before, before));
}

TEST(SqliteWalWatch, TellsNextAcrossRestartsOfTheLog) {
  SqliteFile file;
  auto db = file.connect();
  execute(*db, "CREATE TABLE t(n); INSERT INTO t VALUES(0)");
  auto watch = file.watch();
  int restarts = 0;
  for (int i = 0; i < 200; ++i) {
    if (i % 10 == 9) execute(*db, "PRAGMA wal_checkpoint(PASSIVE)");
    const ChangeMark before = mark_of(*watch);
    execute(*db, "UPDATE t SET n = n + 1");
    const ChangeMark after = mark_of(*watch);
    ASSERT_TRUE(watch->is_next(before, after)) << i;
    restarts +=
        static_cast<uint32_t>(after.word[1]) < static_cast<uint32_t>(before.word[1]) ? 1 : 0;
  }
  EXPECT_GE(restarts, 19);
}

TEST(SqliteWalWatch, KnowsTheLengthOfTheLog) {
  SqliteFile file;
  auto db = file.connect();
  auto watch = file.watch();
  execute(*db, "CREATE TABLE t(n)");
  const int64_t size = watch->log_size();
  EXPECT_GT(size, 0);
  execute(*db, "INSERT INTO t VALUES(1)");
  EXPECT_EQ(watch->log_size(), size + 1);
  execute(*db, "PRAGMA wal_checkpoint(PASSIVE)");
  EXPECT_EQ(watch->log_size(), 0);
}

TEST(SqliteWalWatch, DoesNotHoldTheLogBack) {
  SqliteFile file;
  auto db = file.connect();
  execute(*db, "CREATE TABLE t(n)");
  auto watch = file.watch();
  mark_of(*watch);
  EXPECT_EQ(rows(*db, "PRAGMA wal_checkpoint(TRUNCATE)"), std::vector<std::string>{"0|0|0"});
}

TEST(SqliteWalWatch, WorksOnAFreshFileAndForReaders) {
  SqliteFile file;
  auto db = file.connect();
  file.options().mode = driver::sqlite::OpenMode::kReadOnly;
  auto watch = file.watch();
  ASSERT_NE(watch->words, nullptr);
  const ChangeMark before = mark_of(*watch);
  execute(*db, "CREATE TABLE t(n)");
  EXPECT_FALSE(watch->is_still(before));
}

TEST(SqliteVersionWatch, KeepsWorkingWhenSomebodyTurnsTheFileToWal) {
  SqliteFile file(false);
  auto db = file.connect();
  execute(*db, "CREATE TABLE t(n); INSERT INTO t VALUES(0)");
  db.reset();
  auto watch = file.watch();
  ASSERT_EQ(watch->words, nullptr);
  mark_of(*watch);
  ASSERT_TRUE(run_elsewhere(file.options().path, "PRAGMA journal_mode=wal"));
  for (int i = 0; i < 3; ++i) {
    const ChangeMark before = mark_of(*watch);
    ASSERT_TRUE(run_elsewhere(file.options().path, "UPDATE t SET n = n + 1"));
    EXPECT_FALSE(watch->is_still(before));
  }
}

TEST(SqliteMemoryWatch, NeverChanges) {
  driver::sqlite::Options options;
  options.path = ":memory:";
  auto watch = driver::sqlite::watch(options);
  ASSERT_TRUE(watch);
  ASSERT_NE((*watch)->words, nullptr);
  const ChangeMark mark = mark_of(**watch);
  EXPECT_TRUE((*watch)->is_still(mark));
  EXPECT_TRUE((*watch)->is_next(mark, mark));
}

}  // namespace
}  // namespace thing::test
