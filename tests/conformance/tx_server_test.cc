// Transactions on servers, where several write at the same time: what they see of each other, what
// they wait for, and what ends them.
#include <atomic>
#include <thread>

#include "tx_support.h"

namespace conformance {
namespace {

// Writers of different rows go on at the same time.
class TransactionOnServer : public Transaction {};
FOR_SETUPS(TransactionOnServer, kServers);

TEST_P(TransactionOnServer, GoesOnAfterAWriteThatWasEnded) {
  Tx tx(db_);
  add("one", tx.ctx());
  EXPECT_STATUS(THING_E_TIMEOUT, write_endless(tx));
  EXPECT_EQ(count(db_, user_, "{}", tx.ctx()), 6);
  EXPECT_EQ(find(db_, user_, 1, tx.ctx()).integer("age"), 25);
  add("two", tx.ctx());
  ASSERT_OK(tx.commit());
  EXPECT_EQ(counted(db_, user_, "{}"), 7);
}

TEST_P(TransactionOnServer, SeesNothingOfAnotherThatIsOpen) {  // S24, S26
  Tx first(db_), second(db_);
  update(db_, user_, 1, R"({"age": 30})", first.ctx());
  update(db_, user_, 2, R"({"age": 31})", second.ctx());
  const int64_t frank = add("Frank", first.ctx());
  EXPECT_EQ(find(db_, user_, 1, second.ctx()).integer("age"), 25);
  EXPECT_EQ(find(db_, user_, 2, first.ctx()).integer("age"), 30);
  EXPECT_FALSE(exists(db_, user_, frank, second.ctx()));
  EXPECT_EQ(count(db_, user_, "{}", first.ctx()), 6);
  EXPECT_EQ(count(db_, user_, "{}", second.ctx()), 5);
  EXPECT_EQ(ids(db_, user_, R"({"where": {"age": 30}})", first.ctx()), (Ids{1, 2}));
  EXPECT_EQ(ids(db_, user_, R"({"where": {"age": 31}})", second.ctx()), (Ids{2}));
  ASSERT_OK(second.commit());
  ASSERT_OK(first.commit());
  EXPECT_EQ(find(db_, user_, 1).integer("age"), 30);
  EXPECT_EQ(find(db_, user_, 2).integer("age"), 31);
  EXPECT_EQ(counted(db_, user_, "{}"), 6);
}

TEST_P(TransactionOnServer, SeesCommitsOfOthersAsItsLevelSays) {  // S24
  for (const auto& [level, expected] : {std::pair(THING_TX_READ_COMMITTED, 26),
                                        {THING_TX_REPEATABLE_READ, 25},
                                        {THING_TX_READ_ONLY, 25}}) {
    update(db_, user_, 1, R"({"age": 25})");
    Tx tx(db_, level);
    EXPECT_EQ(find(db_, user_, 1, tx.ctx()).integer("age"), 25);
    update(db_, user_, 1, R"({"age": 26})");
    EXPECT_EQ(find(db_, user_, 1, tx.ctx()).integer("age"), expected) << level;
    EXPECT_EQ(ids(db_, user_, R"({"where": {"age": 26}})", tx.ctx()),
              expected == 26 ? Ids{1} : Ids{})
        << level;
    ASSERT_OK(tx.commit());
    EXPECT_EQ(find(db_, user_, 1).integer("age"), 26) << "what it read may not be shared";
  }
}

TEST_P(TransactionOnServer, WaitsForAnotherThatWroteTheSameRow) {  // S27
  const int32_t views = thing_model_field_index(post_, "views", -1);
  for (const bool commits : {true, false}) {
    const int64_t before = find(db_, post_, 1).integer("views");
    Tx first(db_);
    ASSERT_OK(call(thing_incr, db_, first.ctx(), post_, 1, views, 10, nullptr));
    std::atomic<bool> is_over{false};
    std::thread waiting([&] {
      Tx second(db_);
      EXPECT_OK(call(thing_incr, db_, second.ctx(), post_, 1, views, 1, nullptr));
      EXPECT_TRUE(is_over) << "it did not wait";
      EXPECT_OK(second.commit());
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    is_over = true;
    ASSERT_OK(commits ? first.commit() : first.rollback());
    waiting.join();
    EXPECT_EQ(find(db_, post_, 1).integer("views"), before + (commits ? 11 : 1));
  }
}

// MySQL would commit by it, and the library would not know.
TEST_P(TransactionOnServer, TakesNoTablesFromRawSqlWhereTheyWouldEndIt) {
  Tx tx(db_);
  insert(db_, user_, R"({"name": "Zoe", "email": "zoe@example.com"})", tx.ctx());
  for (const std::string sql : {"CREATE TABLE more(i int)", "/* a */ TRUNCATE TABLE posts",
                                "ALTER TABLE posts ADD i int"}) {
    const Outcome made =
        call(thing_exec, db_, tx.ctx(), sql.data(), -1, nullptr, -1, nullptr, nullptr);
    EXPECT_STATUS(nature().schema_is_transactional ? THING_OK : THING_E_UNSUPPORTED, made) << sql;
  }
  ASSERT_OK(tx.rollback());
  EXPECT_EQ(count(db_, user_, "{}"), 5);
  EXPECT_EQ(count(db_, post_, "{}"), 5);
}

// Rows that a foreign key's action takes away are known to be gone, also when SQL names its table.
TEST_P(TransactionOnServer, IsFollowedByWhatForeignKeysDo) {
  execute(db_,
          "ALTER TABLE posts ADD CONSTRAINT of_user FOREIGN KEY (user_id) REFERENCES users (id) ON "
          "DELETE CASCADE",
          nullptr);
  EXPECT_TRUE(exists(db_, post_, 1));
  EXPECT_EQ(count(db_, post_, "{}"), 5);
  EXPECT_EQ(execute(db_, "DELETE FROM users WHERE id = 1", "users"), 1);
  EXPECT_FALSE(exists(db_, post_, 1));
  EXPECT_EQ(count(db_, post_, "{}"), 3);
  EXPECT_TRUE(exists(db_, post_, 3));
  remove(db_, user_, 2);
  EXPECT_FALSE(exists(db_, post_, 3));
  EXPECT_EQ(count(db_, post_, "{}"), 1);
}

TEST_P(TransactionOnServer, LocksRowsThatSqlAsksFor) {
  const auto read = [this](const std::string& sql, thing_ctx* ctx) {
    Rows rows;
    const Outcome outcome = call(thing_sql, db_, ctx, sql.data(), -1, nullptr, -1, rows.out());
    return std::make_pair(outcome, outcome.status == THING_OK ? rows.json() : "");
  };
  const std::string sql = "SELECT id FROM users WHERE id = 1 FOR UPDATE";
  Tx one(db_), two(db_);
  EXPECT_EQ(read(sql, one.ctx()).second, R"([{"id":1}])");
  EXPECT_EQ(read(sql + " SKIP LOCKED", two.ctx()).second, "[]");
  EXPECT_STATUS(THING_E_BUSY, read(sql + " NOWAIT", two.ctx()).first);
  EXPECT_EQ(read("SELECT id FROM users WHERE id = 2 FOR UPDATE NOWAIT", two.ctx()).second,
            R"([{"id":2}])")
      << "the transaction goes on, and other rows are free";
  ASSERT_OK(one.commit());
  EXPECT_EQ(read(sql + " NOWAIT", two.ctx()).second, R"([{"id":1}])");
  ASSERT_OK(two.commit());
}

TEST_P(TransactionOnServer, LosesAUniqueValueToAnotherThatCommits) {  // S19, S27
  for (const bool commits : {true, false}) {
    const int64_t before = counted(db_, user_, "{}");
    const std::string row = R"({"name": "n", "email": "same)" + std::to_string(commits) + "\"}";
    Tx first(db_);
    insert(db_, user_, row, first.ctx());
    std::thread waiting([&] {
      Tx second(db_);
      Obj obj = new_obj(user_, row);
      EXPECT_STATUS(commits ? THING_E_UNIQUE : THING_OK, call(thing_save, db_, second.ctx(), obj));
      add(commits ? "Frank" : "Grace", second.ctx());
      EXPECT_OK(second.commit());
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    ASSERT_OK(commits ? first.commit() : first.rollback());
    waiting.join();
    EXPECT_EQ(counted(db_, user_, "{}"), before + 2);
  }
}

TEST_P(TransactionOnServer, GivesWayWhenTwoWaitForEachOther) {  // S27
  const int32_t views = thing_model_field_index(post_, "views", -1);
  Tx first(db_), second(db_);
  ASSERT_OK(call(thing_incr, db_, first.ctx(), post_, 1, views, 1, nullptr));
  ASSERT_OK(call(thing_incr, db_, second.ctx(), post_, 2, views, 1, nullptr));
  Outcome one;
  std::thread waiting([&] {
    one = call(thing_incr, db_, first.ctx(), post_, 2, views, 1, nullptr);
    if (one.status != THING_OK) {
      EXPECT_OK(first.rollback());
    }
  });
  const Outcome two = call(thing_incr, db_, second.ctx(), post_, 1, views, 1, nullptr);
  if (two.status != THING_OK) {
    EXPECT_OK(second.rollback());
  }
  waiting.join();
  const Outcome& lost = one.status == THING_OK ? two : one;
  EXPECT_NE(one.status == THING_OK, two.status == THING_OK);
  EXPECT_STATUS(THING_E_SERIALIZATION, lost);
  EXPECT_TRUE(lost.retryable);
  EXPECT_OK(one.status == THING_OK ? first.commit() : second.commit());
  EXPECT_EQ(find(db_, post_, 1).integer("views"), 101);
  EXPECT_EQ(find(db_, post_, 2).integer("views"), 1);
}

constexpr Setup kMysql[] = {kMysqlUncached, kMysqlCached};
class TransactionOnMysql : public Transaction {};
FOR_SETUPS(TransactionOnMysql, kMysql);

// An update to what is there already makes no row of this transaction.
TEST_P(TransactionOnMysql, UpsertsARowThatItsSnapshotDoesNotHave) {
  Db other = open_again();
  other.define(models());
  Tx tx(db_, THING_TX_REPEATABLE_READ);
  EXPECT_EQ(count(db_, user_, "{}", tx.ctx()), 5);
  const char* const row = R"({"id": 9, "name": "Ina", "email": "ina@example.com", "age": 7})";
  insert(other, other.model("User"), row);
  update(other, other.model("User"), 1, R"({"age": 77})");
  Obj obj = new_obj(user_, row);
  ASSERT_OK(call(thing_upsert, db_, tx.ctx(), obj, nullptr, 0));
  EXPECT_EQ(obj.text("name"), "Ina");
  Obj alice = new_obj(user_, R"({"id": 1, "name": "Alice", "email": "alice@example.com"})");
  ASSERT_OK(call(thing_upsert, db_, tx.ctx(), alice, nullptr, 0));
  EXPECT_EQ(alice.integer("age"), 77);
  ASSERT_OK(tx.commit());
  EXPECT_EQ(counted(other, other.model("User"), "{}"), 6);
}

}  // namespace
}  // namespace conformance
