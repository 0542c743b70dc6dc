// Copies in the process of what is in the shared cache, in each of the ways that keep them right,
// and what configurations and models say of the cache.
#include <chrono>
#include <thread>

#include <unistd.h>

#include "support.h"

namespace conformance {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kModel =
    R"({"name": "Item", "table": "copied_items", "fields": {
         "id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}},
         "name": "text", "grp": "int?"}})";
constexpr const char* kGroup = R"({"where": {"grp": 1}})";

class Copies : public DatabaseTest {
 protected:
  void SetUp() override {
    DatabaseTest::SetUp();
    db_.define(kModel);
    id_ = insert(db_, db_.model("Item"), R"({"name": "0", "grp": 1})");
  }

  Db open_with(const std::string& copies) const {
    Db db = open_again(copies);
    db.define(kModel);
    return db;
  }
  const thing_model* item(const Db& db) const { return db.model("Item"); }

  static Outcome try_open(const std::string& config) {
    Db db;
    return call(thing_open, config.data(), static_cast<int64_t>(config.size()), db.out());
  }
  // Whether the row is in memory.
  bool has_row(const Db& db, int64_t id) const {
    const Ctx ctx(db.get(), THING_CTX_CACHE_ONLY);
    Obj obj;
    const Outcome found = call(thing_by_id, db.get(), ctx.get(), item(db), id, obj.out());
    return found.status != THING_MORE;
  }
  bool has_count(const Db& db) const {
    const Ctx ctx(db.get(), THING_CTX_CACHE_ONLY);
    int64_t n = 0;
    Criteria criteria = parse(item(db), kGroup);
    return call(thing_query_count, db.get(), ctx.get(), criteria.get(), &n).status != THING_MORE;
  }
  // Reads until a copy was there for one look: the machine may be busy for longer than it lives.
  bool comes_to_have_row(const Db& db, int64_t id) const {
    for (int i = 0; i < 300; ++i) {
      (void)exists(db, item(db), id);
      if (has_row(db, id)) return true;
    }
    return false;
  }
  // Reads what others write, each at once after they returned.
  void sees_each_write_of(const Db& writer, const Db& reader) const {
    for (int i = 1; i <= 60; ++i) {
      for (int reads = 0; reads < 3; ++reads) {
        (void)read_text(reader, item(reader), id_, "name");
        (void)ids(reader, item(reader), kGroup);
        (void)count(reader, item(reader), kGroup);
      }
      update(writer, item(writer), id_,
             R"({"name": ")" + std::to_string(i) + R"(", "grp": )" + std::to_string(i % 2) + "}");
      ASSERT_EQ(read_text(reader, item(reader), id_, "name"), std::to_string(i));
      ASSERT_EQ(ids(reader, item(reader), kGroup), i % 2 == 1 ? Ids{id_} : Ids{});
      ASSERT_EQ(count(reader, item(reader), kGroup), i % 2);
    }
  }

  int64_t id_ = 0;
};
inline constexpr Setup kWithRedis[] = {kPostgresRedis, kMysqlRedis};
FOR_SETUPS(Copies, kWithRedis);

TEST_P(Copies, AreLeasedUnlessItIsSaidOtherwise) {
  Buf info;
  EXPECT_OK(call(thing_info_json, db_.get(), nullptr, info.out()));
  EXPECT_NE(info.text().find(R"("copies":"lease")"), std::string::npos) << info.text();
  EXPECT_TRUE(comes_to_have_row(db_, id_));
}

TEST_P(Copies, OfALeaseLiveForItsTime) {
  const Db db = open_with("cache_copies=lease&cache_copies_ms=10");
  ASSERT_TRUE(comes_to_have_row(db, id_));
  std::this_thread::sleep_for(std::chrono::milliseconds(11));
  EXPECT_FALSE(has_row(db, id_));
  EXPECT_FALSE(has_count(db));
}

TEST_P(Copies, OfALeaseAreNeverOld) {
  sees_each_write_of(db_, open_with("cache_copies=lease&cache_copies_ms=10"));
}

// The writer keeps no copies, and has to know of those that others keep.
TEST_P(Copies, OfALeaseAreKnownToWritersWithoutAny) {
  sees_each_write_of(open_with("cache_copies=off"),
                     open_with("cache_copies=lease&cache_copies_ms=10"));
}

TEST_P(Copies, OfALeaseAreNeverOldInTheirOwnProcess) {
  const Db db = open_with("cache_copies=lease&cache_copies_ms=10");
  sees_each_write_of(db, db);
}

TEST_P(Copies, OfALeaseAreNeverOldAfterTransactionsAndBulkWrites) {
  const Db reader = open_with("cache_copies=lease&cache_copies_ms=10");
  for (int i = 1; i <= 40; ++i) {
    for (int reads = 0; reads < 3; ++reads) (void)read_text(reader, item(reader), id_, "name");
    const std::string name = std::to_string(i);
    if (i % 2 == 0) {
      Tx tx(db_);
      Obj obj = find(db_, item(db_), id_);
      EXPECT_OK(obj.set("name", name));
      EXPECT_OK(call(thing_save, db_.get(), tx.ctx(), obj.get()));
      EXPECT_OK(tx.commit());
    } else {
      const std::string statement = "UPDATE copied_items SET name = '" + name + "'";
      execute(db_, statement, "copied_items");
    }
    ASSERT_EQ(read_text(reader, item(reader), id_, "name"), name);
  }
}

TEST_P(Copies, OfALeaseAreNeverOldAfterTheCacheIsCleared) {
  const Db reader = open_with("cache_copies=lease&cache_copies_ms=10");
  for (int i = 1; i <= 20; ++i) {
    for (int reads = 0; reads < 3; ++reads) (void)read_text(reader, item(reader), id_, "name");
    const std::string name = std::to_string(i);
    {
      const Db past = Db(url("cache=off"));  // a writer that tells nobody
      past.define(kModel);
      update(past, item(past), id_, R"({"name": ")" + name + "\"}");
    }
    if (i % 2 == 0) {
      EXPECT_OK(call(thing_cache_evict, db_.get(), nullptr, item(db_), id_));
    } else {
      EXPECT_OK(call(thing_cache_clear, db_.get(), nullptr, item(db_)));
    }
    ASSERT_EQ(read_text(reader, item(reader), id_, "name"), name);
  }
}

TEST_P(Copies, ThatAreValidatedAreNeverOld) {
  const Db db = open_with("cache_copies=validate");
  sees_each_write_of(db_, db);
  sees_each_write_of(db, db);
}

TEST_P(Copies, ThatAreValidatedAreRowsAndListsAndBytesOfTheDatabase) {
  const Db db = open_with("cache_copies=validate");
  for (const std::string& name : {std::string("a"), std::string(1000, 'b'), std::string()}) {
    update(db_, item(db_), id_, R"({"name": ")" + name + "\"}");
    for (int i = 0; i < 4; ++i) {
      ASSERT_EQ(read_text(db, item(db), id_, "name"), name);
      ASSERT_EQ(ids(db, item(db), kGroup), Ids{id_});
    }
  }
  EXPECT_GT(db.stat(THING_STAT_ENTRIES), 0);
}

TEST_P(Copies, OfATrackerFollowOthers) {
  const Db db = open_with("cache_copies=track&cache_copies_ms=1000");
  ASSERT_TRUE(comes_to_have_row(db, id_));
  for (int i = 1; i <= 20; ++i) {
    (void)comes_to_have_row(db, id_);
    const std::string name = std::to_string(i);
    update(db_, item(db_), id_, R"({"name": ")" + name + "\"}");
    const auto end = Clock::now() + std::chrono::seconds(1);
    while (read_text(db, item(db), id_, "name") != name) ASSERT_LT(Clock::now(), end);
    ASSERT_EQ(read_text(db, item(db), id_, "name"), name) << "once seen, it stays";
  }
}

TEST_P(Copies, OfATrackerLiveUntilTheyChange) {
  const Db db = open_with("cache_copies=track&cache_copies_ms=1000");
  ASSERT_TRUE(comes_to_have_row(db, id_));
  // What the first read put into Redis is heard of, too.
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  ASSERT_TRUE(comes_to_have_row(db, id_));
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  // Nothing reads it into memory again; but on a busy machine nothing may be heard for a while.
  const auto end = Clock::now() + std::chrono::seconds(5);
  while (!has_row(db, id_) && Clock::now() < end)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_TRUE(has_row(db, id_));
}

TEST_P(Copies, OfATrackerAreNeverOldInTheirOwnProcess) {
  const Db db = open_with("cache_copies=track");
  sees_each_write_of(db, db);
}

TEST_P(Copies, WithATimeEndWithIt) {
  const Db db = open_with("cache_copies=ttl&cache_copies_ms=200");
  ASSERT_TRUE(comes_to_have_row(db, id_));
  const auto kept = Clock::now();
  update(db_, item(db_), id_, R"({"name": "new"})");
  while (read_text(db, item(db), id_, "name") != "new")
    ASSERT_LT(Clock::now() - kept, std::chrono::seconds(2));
  sees_each_write_of(db, db);
}

TEST_P(Copies, CanBeOff) {
  const Db db = open_with("cache_copies=off");
  for (int i = 0; i < 10; ++i) (void)exists(db, item(db), id_);
  EXPECT_FALSE(has_row(db, id_));
  EXPECT_EQ(db.stat(THING_STAT_ENTRIES), 0);
}

TEST_P(Copies, AreLeftAsideByACallThatSaysSo) {
  const Db db = open_with("cache_copies=ttl&cache_copies_ms=60000");
  ASSERT_TRUE(comes_to_have_row(db, id_));
  update(db_, item(db_), id_, R"({"name": "new"})");
  const Ctx ctx(db.get(), THING_CTX_NO_COPIES);
  Obj obj;
  EXPECT_OK(call(thing_by_id, db.get(), ctx.get(), item(db), id_, obj.out()));
  EXPECT_EQ(obj.text("name"), "new");
}

TEST_P(Copies, WithATimeThatIsTooLongForALeaseAreRefused) {
  const Outcome outcome = try_open(url("cache_copies=lease&cache_copies_ms=11"));
  EXPECT_STATUS(THING_E_RANGE, outcome);
  EXPECT_STATUS(THING_E_INVALID, try_open(url("cache_copies=sometimes")));
}

TEST_P(Copies, OfAModelCanBeOff) {
  constexpr const char* kQuiet =
      R"({"name": "Quiet", "table": "copied_items", "cache": {"memory": false, "ttlMs": 60000},
          "fields": {"id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}},
                     "name": "text", "grp": "int?"}})";
  const Db db = open_with("cache_copies=ttl");
  db.define(kQuiet);
  for (int i = 0; i < 4; ++i) (void)exists(db, db.model("Quiet"), id_);
  const Ctx ctx(db.get(), THING_CTX_CACHE_ONLY);
  Obj obj;
  EXPECT_STATUS(THING_MORE,
                call(thing_by_id, db.get(), ctx.get(), db.model("Quiet"), id_, obj.out()));
  const int64_t sql = db.sql();
  (void)exists(db, db.model("Quiet"), id_);
  EXPECT_EQ(db.sql(), sql) << "it is in Redis";
}

// ---- what models say, in every cache

class ModelCache : public DatabaseTest {};
inline constexpr Setup kCaches[] = {kCached, kPostgresCached, kPostgresRedis, kMysqlCached,
                                    kMysqlRedis};
FOR_SETUPS(ModelCache, kCaches);

TEST_P(ModelCache, IsOffForAModelThatSaysSo) {
  db_.define(
      R"({"name": "Plain", "cache": false, "fields": {
           "id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}},
           "name": "text"}})");
  const thing_model* const m = db_.model("Plain");
  const int64_t id = insert(db_, m, R"({"name": "a"})");
  (void)read_text(db_, m, id, "name");
  int64_t sql = db_.sql();
  EXPECT_EQ(read_text(db_, m, id, "name"), "a");
  EXPECT_EQ(db_.sql(), sql + 1);
  (void)ids(db_, m, "{}");
  sql = db_.sql();
  EXPECT_EQ(ids(db_, m, "{}"), Ids{id});
  EXPECT_EQ(count(db_, m, "{}"), 1);
  EXPECT_EQ(db_.sql(), sql + 2);
}

TEST_P(ModelCache, OptionsAreRead) {
  for (const char* const bad :
       {R"("cache": 1)", R"("cache": {"memori": true})", R"("cache": {"ttlMs": 0})",
        R"("cache": {"ttlMs": 1.5})", R"("cache": {"memory": 1})"}) {
    const std::string model =
        std::string(R"({"name": "Bad", "fields": {"id": "int"}, )") + bad + "}";
    EXPECT_STATUS(THING_E_MODEL, call(thing_model_register, db_.get(), model.c_str(),
                                      static_cast<int64_t>(model.size())))
        << bad;
  }
}

// ---- the cache of one process on a server

class BoundedMemory : public DatabaseTest {};
inline constexpr Setup kServerMemory[] = {kPostgresCached, kMysqlCached};
FOR_SETUPS(BoundedMemory, kServerMemory);

TEST_P(BoundedMemory, IsOldForNoLongerThanItsTime) {
  db_.define(kModel);
  const Db db = open_again("cache_copies_ms=300");
  db.define(kModel);
  const thing_model* const m = db.model("Item");
  const int64_t id = insert(db_, db_.model("Item"), R"({"name": "a"})");
  EXPECT_EQ(read_text(db, m, id, "name"), "a");
  const int64_t sql = db.sql();
  const auto kept = Clock::now();
  (void)read_text(db, m, id, "name");
  if (Clock::now() - kept < std::chrono::milliseconds(200)) {
    EXPECT_EQ(db.sql(), sql);
  }
  update(db_, db_.model("Item"), id, R"({"name": "b"})");
  std::this_thread::sleep_for(std::chrono::milliseconds(301));
  EXPECT_EQ(read_text(db, m, id, "name"), "b");
  update(db, m, id, R"({"name": "c"})");
  EXPECT_EQ(read_text(db, m, id, "name"), "c") << "own writes are seen at once";
}

}  // namespace
}  // namespace conformance
