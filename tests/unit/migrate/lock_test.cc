#include <thread>

#include "databases.h"

namespace thing::test {
namespace {

class SchemaLock : public EveryDatabase {
 protected:
  // Locks, and gives whether that went well; the transaction is open then.
  base::Status lock(MigrateDatabase& db) {
    THING_TRY(db.connection().raw().execute(is("sqlite") ? "BEGIN IMMEDIATE" : "BEGIN"));
    base::Status locked = migrate::lock_schema(db.connection());
    if (!locked) db.run("ROLLBACK");
    return locked;
  }
  static void unlock(MigrateDatabase& db) {
    db.run("COMMIT");
    EXPECT_TRUE(migrate::unlock_schema(db.connection()));
  }
};
FOR_EVERY_DATABASE(SchemaLock);

TEST_P(SchemaLock, IsTakenAndGivenBack) {
  for (int i = 0; i < 2; i++) {
    ASSERT_TRUE(lock(*db_));
    unlock(*db_);
  }
}

TEST_P(SchemaLock, IsBusyWhileAnotherHasIt) {
  if (is("sqlite")) GTEST_SKIP() << "a transaction that writes is the lock";
  const auto other = join();
  other->connection().raw().set_busy_timeout(1000);
  ASSERT_TRUE(lock(*db_));
  const base::Status refused = lock(*other);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), base::Code::kBusy);
  unlock(*db_);
  ASSERT_TRUE(lock(*other));
  unlock(*other);
}

TEST_P(SchemaLock, IsOfOneDatabase) {
  if (!is("mysql")) GTEST_SKIP() << "the lock is of the connection's database by itself";
  const auto other = make();
  ASSERT_TRUE(lock(*db_));
  EXPECT_TRUE(lock(*other));
  unlock(*other);
  unlock(*db_);
}

// Every one of them finds the tables missing when it begins.
TEST_P(SchemaLock, LetsManyCreateTheSameTables) {
  if (is("sqlite")) GTEST_SKIP() << "a database in memory has one connection";
  constexpr std::string_view kModels =
      R"([{"name":"A","fields":{"id":"int","n":"int"},"indexes":[{"fields":["n"]}]},{"name":"B","fields":{"id":"int"}}])";
  std::vector<std::unique_ptr<MigrateDatabase>> databases;
  for (int i = 0; i < 4; i++) databases.push_back(join());
  std::vector<std::thread> threads;
  for (const auto& db : databases) {
    threads.emplace_back([&db, kModels, this] {
      const base::Status locked = lock(*db);
      ASSERT_TRUE(locked) << locked.error().message();
      db->sync(kModels);
      unlock(*db);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(db_->plan(kModels), std::vector<std::string>());
}

}  // namespace
}  // namespace thing::test
