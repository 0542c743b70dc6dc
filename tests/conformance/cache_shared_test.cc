// The cache that processes share, as far as one process can tell: how it is configured, and what is
// without its server. What others write is in the tests of all setups, and in tests/storm.
#include <latch>
#include <thread>

#include "support.h"

namespace conformance {
namespace {

constexpr const char* kModel =
    R"({"name": "Item", "table": "shared_items", "fields": {
         "id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}},
         "name": "text", "grp": "int?"}})";

class WithoutRedis : public DatabaseTest {
 protected:
  // Nobody listens there.
  Db open_without() const {
    return open_again("redis=redis://:secret@127.0.0.1:1/0&cache_policy=strict");
  }
};
inline constexpr Setup kWithRedis[] = {kPostgresRedis, kMysqlRedis};
FOR_SETUPS(WithoutRedis, kWithRedis);

TEST_P(WithoutRedis, ReadsComeFromTheDatabase) {
  db_.define(kModel);
  const int64_t id = insert(db_, db_.model("Item"), R"({"name": "a", "grp": 1})");
  const Db db = open_without();
  db.define(kModel);
  const thing_model* const m = db.model("Item");
  EXPECT_EQ(read_text(db, m, id, "name"), "a");
  EXPECT_EQ(ids(db, m, R"({"where": {"grp": 1}})"), (Ids{id}));
  EXPECT_EQ(count(db, m, R"({"where": {"grp": 1}})"), 1);
}

TEST_P(WithoutRedis, WritesAreNotMade) {
  db_.define(kModel);
  const int64_t id = insert(db_, db_.model("Item"), R"({"name": "a"})");
  const Db db = open_without();
  db.define(kModel);
  const thing_model* const m = db.model("Item");
  Obj fresh = new_obj(m, R"({"name": "b"})");
  Outcome outcome = call(thing_save, db.get(), nullptr, fresh.get());
  EXPECT_EQ(outcome.status, THING_E_CACHE_DOWN) << outcome.message;
  EXPECT_TRUE(outcome.retryable);
  EXPECT_EQ(outcome.message.find("secret"), std::string::npos) << outcome.message;
  Obj known = find(db, m, id);
  EXPECT_OK(known.set("name", "c"));
  EXPECT_STATUS(THING_E_CACHE_DOWN, call(thing_save, db.get(), nullptr, known.get()));
  EXPECT_TRUE(known.is_dirty("name"));
  Tx tx(db);
  EXPECT_OK(call(thing_save, db.get(), tx.ctx(), known.get()));
  EXPECT_STATUS(THING_E_CACHE_DOWN, tx.commit());
  EXPECT_EQ(count(db_, db_.model("Item"), R"({})"), 1);
  EXPECT_EQ(read_text(db_, db_.model("Item"), id, "name"), "a");
}

TEST_P(WithoutRedis, ItsPasswordIsNotShown) {
  const Db db = open_without();
  Buf buf;
  EXPECT_OK(call(thing_info_json, db.get(), nullptr, buf.out()));
  EXPECT_EQ(buf.text().find("secret"), std::string::npos) << buf.text();
  EXPECT_NE(buf.text().find("127.0.0.1:1"), std::string::npos) << buf.text();
}

class SharedCache : public DatabaseTest {};
FOR_SETUPS(SharedCache, kWithRedis);

// To the database, and to Redis, another handle is another process.
TEST_P(SharedCache, GivesOneHandleWhatAnotherFilled) {
  db_.define(kModel);
  const Db other = open_again();
  other.define(kModel);
  const int64_t id = insert(db_, db_.model("Item"), R"({"name": "a", "grp": 7})");
  const char* const group = R"({"where": {"grp": 7}})";
  EXPECT_EQ(read_text(db_, db_.model("Item"), id, "name"), "a");
  EXPECT_EQ(ids(db_, db_.model("Item"), group), (Ids{id}));
  EXPECT_EQ(count(db_, db_.model("Item"), group), 1);
  EXPECT_FALSE(exists(db_, db_.model("Item"), id + 1000));
  const int64_t sql = other.sql();
  EXPECT_EQ(read_text(other, other.model("Item"), id, "name"), "a");
  EXPECT_EQ(ids(other, other.model("Item"), group), (Ids{id}));
  EXPECT_EQ(count(other, other.model("Item"), group), 1);
  EXPECT_FALSE(exists(other, other.model("Item"), id + 1000));
  EXPECT_EQ(other.sql(), sql) << "all of it was in the cache";
  EXPECT_GT(other.stat(THING_STAT_OBJECT_HIT), 0);
  EXPECT_GT(other.stat(THING_STAT_LIST_HIT), 0);
  EXPECT_GT(other.stat(THING_STAT_COUNT_HIT), 0);
}

TEST_P(SharedCache, ListsThatAWriteDoesNotConcernStay) {
  db_.define(kModel);
  const thing_model* const m = db_.model("Item");
  const int64_t id = insert(db_, m, R"({"name": "a", "grp": 1})");
  const int64_t far = insert(db_, m, R"({"name": "b", "grp": 2})");
  const char* const group = R"({"where": {"grp": 1}})";
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ids(db_, m, group), (Ids{id}));
  update(db_, m, far, R"({"name": "c"})");  // learns of the template
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ids(db_, m, group), (Ids{id}));
  update(db_, m, far, R"({"grp": 3})");
  update(db_, m, id, R"({"name": "d"})");
  EXPECT_EQ(read_text(db_, m, id, "name"), "d");
  const int64_t hits = db_.stat(THING_STAT_LIST_HIT);
  EXPECT_EQ(ids(db_, m, group), (Ids{id}));
  EXPECT_EQ(db_.stat(THING_STAT_LIST_HIT), hits + 1) << "no row of the group came, went or moved";
  update(db_, m, far, R"({"grp": 1})");
  EXPECT_EQ(ids(db_, m, group), (Ids{id, far}));
}

TEST_P(SharedCache, FollowsTablesThatTheWriterHasNoModelOf) {
  db_.define(kModel);
  const int64_t id = insert(db_, db_.model("Item"), R"({"name": "a"})");
  for (int i = 0; i < 2; ++i) EXPECT_EQ(read_text(db_, db_.model("Item"), id, "name"), "a");
  const Db other = open_again();
  execute(other, "UPDATE shared_items SET name = 'b'", "shared_items");
  EXPECT_EQ(read_text(db_, db_.model("Item"), id, "name"), "b");
}

TEST_P(SharedCache, StaysRightForOthersWhereItIsOff) {
  db_.define(kModel);
  const Db other = open_again();
  other.define(kModel);
  const int64_t id = insert(db_, db_.model("Item"), R"({"name": "a"})");
  for (int i = 0; i < 2; ++i) EXPECT_EQ(read_text(db_, db_.model("Item"), id, "name"), "a");
  EXPECT_OK(call(thing_set_option, other.get(), "cache", "off", int64_t{-1}));
  update(other, other.model("Item"), id, R"({"name": "b"})");
  EXPECT_EQ(read_text(db_, db_.model("Item"), id, "name"), "b");
}

TEST_P(SharedCache, FollowsUpsertsOfWhoHasItOff) {
  db_.define(kModel);
  const Db other = open_again();
  other.define(kModel);
  const int64_t id = insert(db_, db_.model("Item"), R"({"name": "a"})");
  for (int i = 0; i < 2; ++i) EXPECT_EQ(read_text(db_, db_.model("Item"), id, "name"), "a");
  EXPECT_OK(call(thing_set_option, other.get(), "cache", "off", int64_t{-1}));
  Obj obj = new_obj(other.model("Item"), "{\"id\": " + std::to_string(id) + R"(, "name": "b"})");
  EXPECT_OK(call(thing_upsert, other.get(), nullptr, obj.get(), nullptr, 0));
  EXPECT_EQ(read_text(db_, db_.model("Item"), id, "name"), "b");
}

// A program that never read lists does not know of those that others keep.
TEST_P(SharedCache, FollowsTheFirstInsertOfAProgram) {
  const char* const model =
      R"({"name": "Task", "table": "shared_tasks", "fields": {
           "id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}},
           "name": "text", "state": {"type": "int", "default": {"sql": "7"}}}})";
  db_.define(model);
  const char* const open = R"({"where": {"state": 7}})";
  insert(db_, db_.model("Task"), R"({"name": "a"})");
  for (int i = 0; i < 2; ++i) EXPECT_EQ(count(db_, db_.model("Task"), open), 1);
  const Db other = open_again();
  EXPECT_OK(call(thing_model_register, other.get(), model, int64_t{-1}));
  insert(other, other.model("Task"), R"({"name": "b"})");
  EXPECT_EQ(count(db_, db_.model("Task"), open), 2);
  insert(other, other.model("Task"), R"({"name": "c"})");
  EXPECT_EQ(count(db_, db_.model("Task"), open), 3);
}

TEST_P(SharedCache, FollowsColumnsThatTheDatabaseComputes) {
  db_.define(kModel);
  execute(db_,
          sql({.sqlite = "",
               .postgres = "ALTER TABLE shared_items ADD COLUMN twice bigint GENERATED ALWAYS "
                           "AS (grp * 2) STORED",
               .mysql = "ALTER TABLE shared_items ADD COLUMN twice bigint GENERATED ALWAYS AS "
                        "(grp * 2) STORED"}),
          nullptr);
  const char* const model =
      R"({"name": "Twice", "table": "shared_items", "fields": {
           "id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}},
           "name": "text", "grp": "int?", "twice": "int?"}})";
  const Db other = open_again();
  EXPECT_OK(call(thing_model_register, other.get(), model, int64_t{-1}));
  const int64_t id = insert(db_, db_.model("Item"), R"({"name": "a", "grp": 1})");
  const char* const two = R"({"where": {"twice": 2}})";
  for (int i = 0; i < 2; ++i) EXPECT_EQ(count(other, other.model("Twice"), two), 1);
  Obj obj = find(other, other.model("Twice"), id);
  EXPECT_OK(obj.set("grp", 2));
  EXPECT_OK(call(thing_save, other.get(), nullptr, obj.get()));
  EXPECT_EQ(count(other, other.model("Twice"), two), 0);
}

// One table, one name of the field, two columns: as while a new version of a program is rolled out.
TEST_P(SharedCache, TellsModelsOfOtherColumnsApart) {
  db_.define(R"({"name": "Item", "table": "shared_moved", "fields": {
                   "id": {"type": "int", "primary": true},
                   "name": "text", "next": {"type": "text", "column": "next"}}})");
  const Db other = open_again();
  const char* const moved = R"({"name": "Item", "table": "shared_moved", "fields": {
                   "id": {"type": "int", "primary": true},
                   "name": {"type": "text", "column": "next"},
                   "next": {"type": "text", "column": "name"}}})";
  EXPECT_OK(call(thing_model_register, other.get(), moved, int64_t{-1}));
  insert(db_, db_.model("Item"), R"({"id": 1, "name": "old", "next": "new"})");
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(read_text(db_, db_.model("Item"), 1, "name"), "old");
    EXPECT_EQ(count(db_, db_.model("Item"), R"({"where": {"name": "old"}})"), 1);
    EXPECT_EQ(read_text(other, other.model("Item"), 1, "name"), "new");
    EXPECT_EQ(count(other, other.model("Item"), R"({"where": {"name": "old"}})"), 0);
  }
  update(other, other.model("Item"), 1, R"({"name": "newer"})");
  EXPECT_EQ(read_text(db_, db_.model("Item"), 1, "next"), "newer");
}

// ---- what a write leaves in the cache

class SharedWrites : public SharedCache {
 protected:
  void SetUp() override {
    db_.define(kModel);
    other_ = open_again();
    other_.define(kModel);
  }
  // Reads the row where it was not written, and says whether that took a statement.
  bool misses(int64_t id, const std::string& name, thing_ctx* ctx = nullptr) {
    const int64_t sql = other_.sql();
    EXPECT_EQ(read_text(other_, other_.model("Item"), id, "name", ctx), name);
    return other_.sql() != sql;
  }
  // Lists that depend on names: then a write reads what it makes of its row, whatever the database.
  void list_names() {
    for (int i = 0; i < 2; ++i)
      EXPECT_EQ(count(db_, db_.model("Item"), R"({"where": {"name": "of none"}})"), 0);
    update(db_, db_.model("Item"), insert(db_, db_.model("Item"), R"({"name": "x"})"),
           R"({"name": "y"})");  // learns of the template
  }
  Db other_;
};
FOR_SETUPS(SharedWrites, kWithRedis);

TEST_P(SharedWrites, LeaveTheRowForOthers) {
  const int64_t id = insert(db_, db_.model("Item"), R"({"name": "a"})");
  EXPECT_TRUE(misses(id, "a"));
  list_names();
  for (const char* name : {"b", "c"}) {
    update(db_, db_.model("Item"), id, std::string(R"({"name": ")") + name + "\"}");
    EXPECT_FALSE(misses(id, name)) << name;
  }
  Tx tx(db_);
  Obj obj = find(db_, db_.model("Item"), id);
  EXPECT_OK(obj.set("name", "d"));
  EXPECT_OK(call(thing_save, db_.get(), tx.ctx(), obj.get()));
  EXPECT_FALSE(misses(id, "c")) << "nothing of it is there before the commit";
  EXPECT_OK(tx.commit());
  EXPECT_FALSE(misses(id, "d"));
  remove(db_, db_.model("Item"), id);
  EXPECT_FALSE(exists(other_, other_.model("Item"), id));
}

TEST_P(SharedWrites, LeaveTheRowWithoutAStatementMore) {
  const int64_t id = insert(db_, db_.model("Item"), R"({"name": "a"})");
  EXPECT_TRUE(misses(id, "a"));
  const Db uncached = open_again("cache=off");
  uncached.define(kModel);
  Obj cached = find(db_, db_.model("Item"), id), plain = find(uncached, uncached.model("Item"), id);
  const int64_t before = db_.sql(), before_plain = uncached.sql();
  EXPECT_OK(plain.set("name", "b"));
  EXPECT_OK(call(thing_save, uncached.get(), nullptr, plain.get()));
  EXPECT_OK(cached.set("name", "c"));
  EXPECT_OK(call(thing_save, db_.get(), nullptr, cached.get()));
  EXPECT_EQ(db_.sql() - before, uncached.sql() - before_plain);
  // Where an UPDATE does not give its row, only a statement more would.
  EXPECT_EQ(misses(id, "c"), database() != Database::kPostgres);
}

TEST_P(SharedWrites, AreNotKeptWhereTheyWereTakenBack) {
  const int64_t id = insert(db_, db_.model("Item"), R"({"name": "a"})");
  EXPECT_TRUE(misses(id, "a"));
  list_names();
  Tx tx(db_);
  Obj obj = find(db_, db_.model("Item"), id);
  EXPECT_OK(obj.set("name", "b"));
  EXPECT_OK(call(thing_save, db_.get(), tx.ctx(), obj.get()));
  EXPECT_OK(call(thing_tx_savepoint, tx.get(), "sp"));
  EXPECT_OK(obj.set("name", "c"));
  EXPECT_OK(call(thing_save, db_.get(), tx.ctx(), obj.get()));
  EXPECT_OK(call(thing_tx_rollback_to, tx.get(), "sp"));
  EXPECT_OK(tx.commit());
  EXPECT_TRUE(misses(id, "b"));
}

TEST_P(SharedWrites, AreTheRowsOfTheDatabase) {
  execute(db_,
          sql({.sqlite = "",
               .postgres = "ALTER TABLE shared_items ADD COLUMN price numeric(10,2) DEFAULT 1.5",
               .mysql = "ALTER TABLE shared_items ADD COLUMN price decimal(10,2) DEFAULT 1.5"}),
          nullptr);
  const char* const model =
      R"({"name": "Priced", "table": "shared_items", "fields": {
           "id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}},
           "name": "text", "grp": "int?", "price": "decimal?"}})";
  const Db first = open_again(), second = open_again();
  for (const Db* db : {&first, &second})
    EXPECT_OK(call(thing_model_register, db->get(), model, int64_t{-1}));
  const thing_model *const m = first.model("Priced"), *const n = second.model("Priced");
  const int64_t id = insert(first, m, R"({"name": "a", "price": "2.5"})");
  EXPECT_EQ(read_text(second, n, id, "price"), "2.50");
  for (int i = 0; i < 2; ++i) EXPECT_EQ(count(first, m, R"({"where": {"name": "a"}})"), 1);
  update(first, m, id, R"({"name": "b", "price": "1.004"})");
  EXPECT_EQ(read_text(second, n, id, "price"), "1.00");
  update(first, m, id, R"({"name": "c", "price": "3.999"})");
  EXPECT_EQ(read_text(second, n, id, "price"), "4.00");
}

TEST_P(SharedWrites, AreNotKeptByACallThatKeepsNothing) {
  const int64_t id = insert(db_, db_.model("Item"), R"({"name": "a"})");
  EXPECT_TRUE(misses(id, "a"));
  list_names();
  Ctx ctx(db_, THING_CTX_NO_CACHE_WRITE);
  Obj obj = find(db_, db_.model("Item"), id);
  EXPECT_OK(obj.set("name", "b"));
  EXPECT_OK(call(thing_save, db_.get(), ctx.get(), obj.get()));
  EXPECT_TRUE(misses(id, "b"));
}

// Many rows have few buckets: what they name is counted each once.
TEST_P(SharedCache, FollowsEachOfManyRowsOfACommit) {
  constexpr int kRows = 150;
  db_.define(kModel);
  const Db other = open_again();
  other.define(kModel);
  const thing_model *const m = db_.model("Item"), *const n = other.model("Item");
  Ids rows;
  for (int i = 0; i < kRows; ++i) rows.push_back(insert(db_, m, R"({"name": "a", "grp": 1})"));
  const char* const named = R"({"where": {"name": "a"}})";
  for (int i = 0; i < 2; ++i) EXPECT_EQ(count(other, n, named), kRows);
  update(db_, m, rows[0], R"({"name": "b"})");  // learns of the template
  EXPECT_EQ(count(other, n, named), kRows - 1);
  for (const int64_t id : rows) read_text(other, n, id, "name");
  Tx tx(db_);
  for (const int64_t id : rows) {
    Obj obj = find(db_, m, id, tx.ctx());
    EXPECT_OK(obj.set("name", "c"));
    EXPECT_OK(call(thing_save, db_.get(), tx.ctx(), obj.get()));
  }
  EXPECT_OK(tx.commit());
  for (const int64_t id : rows) EXPECT_EQ(read_text(other, n, id, "name"), "c");
  EXPECT_EQ(count(other, n, named), 0);
}

// On a machine with too much to do some of them wait no longer for the one that reads, so it is
// enough to see it once.
TEST_P(SharedCache, ThreadsThatMissOneRowReadItOnce) {
  constexpr int kThreads = 64;
  constexpr int kTrials = 20;
  db_.define(kModel);
  const thing_model* const m = db_.model("Item");
  const int64_t id = insert(db_, m, R"({"name": "a"})");
  EXPECT_EQ(read_text(db_, m, id, "name"), "a");  // connections and statements are there
  int64_t statements = 0;
  for (int trial = 0; trial < kTrials && statements != 1; ++trial) {
    EXPECT_OK(call(thing_cache_clear, db_.get(), nullptr, m));
    const int64_t sql = db_.sql();
    std::latch ready(kThreads);
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        ready.arrive_and_wait();
        EXPECT_EQ(read_text(db_, m, id, "name"), "a");
      });
    }
    threads.clear();
    statements = db_.sql() - sql;
  }
  EXPECT_EQ(statements, 1);
}

TEST_P(SharedCache, IsClearedByHand) {
  db_.define(kModel);
  const thing_model* const m = db_.model("Item");
  const int64_t id = insert(db_, m, R"({"name": "a"})");
  for (int i = 0; i < 2; ++i) EXPECT_EQ(read_text(db_, m, id, "name"), "a");
  execute(open_again("cache=off"), "UPDATE shared_items SET name = 'b'", "");
  EXPECT_EQ(read_text(db_, m, id, "name"), "a") << "nobody was told";
  EXPECT_OK(call(thing_cache_clear, db_.get(), nullptr, m));
  EXPECT_EQ(read_text(db_, m, id, "name"), "b");
}

TEST(SharedCacheConfiguration, IsChecked) {
  struct Case {
    const char* config;
    thing_status status;
    const char* says;
  };
  const Case cases[] = {
    {R"({"url": "sqlite::memory:", "cache": "redis"})", THING_E_INVALID, "tells every change"},
    {R"({"url": "sqlite::memory:", "redis": "redis://127.0.0.1/0"})", THING_E_INVALID, "redis"},
#if CONFORMANCE_POSTGRES
    {"postgresql://127.0.0.1:1/a?cache=redis", THING_E_INVALID, "redis"},
    {R"({"url": "postgresql://127.0.0.1:1/a", "cache": "redis", "redis": "http://x"})",
     THING_E_SYNTAX, "redis://"},
    {"postgresql://127.0.0.1:1/a?cache=redis&prepared=false&redis=redis://127.0.0.1/0",
     THING_E_UNSUPPORTED, "prepared=false"},
#endif
  };
  for (const Case& c : cases) {
    thing_db* db = nullptr;
    const Outcome outcome = call(thing_open, c.config, int64_t{-1}, &db);
    EXPECT_EQ(outcome.status, c.status) << c.config << ": " << outcome.message;
    EXPECT_TRUE(says(outcome, c.says)) << c.config;
    thing_close(db);
  }
}

}  // namespace
}  // namespace conformance
