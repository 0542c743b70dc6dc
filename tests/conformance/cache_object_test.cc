// Cached rows and cached absence: what a hit costs, and that no write leaves an old answer.
#include <algorithm>
#include <thread>

#include "packed.h"
#include "support.h"

namespace conformance {
namespace {

class CachedObjects : public StandardTest {
 protected:
  // What a piece of work adds to a counter.
  template <class Work>
  int64_t added(int32_t which, Work&& work) {
    const int64_t before = db_.stat(which);
    work();
    return db_.stat(which) - before;
  }
};
FOR_SETUPS(CachedObjects, kCaches);

// What is told of memory alone, or known of it before anybody was asked.
class MemoryObjects : public CachedObjects {};
FOR_SETUPS(MemoryObjects, kMemoryCaches);

TEST_P(CachedObjects, MissOnceThenHit) {  // K-1
  ASSERT_OK(call(thing_cache_clear, db_, nullptr, nullptr));
  Buf ignored;
  ASSERT_OK(call(thing_cache_stats_json, db_, true, ignored.out()));
  const int64_t sql = db_.sql();
  const std::string first = find(db_, user_, 1).json();
  EXPECT_EQ(db_.sql(), sql + 1);
  EXPECT_EQ(db_.stat(THING_STAT_OBJECT_MISS), 1);
  EXPECT_EQ(db_.stat(THING_STAT_OBJECT_FILL), 1);
  EXPECT_EQ(db_.stat(THING_STAT_OBJECT_HIT), 0);
  EXPECT_EQ(find(db_, user_, 1).json(), first);
  EXPECT_EQ(db_.sql(), sql + 1);
  EXPECT_EQ(db_.stat(THING_STAT_OBJECT_HIT), 1);
  EXPECT_EQ(db_.stat(THING_STAT_OBJECT_FILL), 1);
}

TEST_P(CachedObjects, RememberAbsence) {  // K-2
  EXPECT_EQ(added(THING_STAT_ABSENT_FILL, [&] { EXPECT_FALSE(exists(db_, user_, 99)); }), 1);
  const int64_t sql = db_.sql();
  EXPECT_EQ(added(THING_STAT_ABSENT_FILL, [&] { EXPECT_FALSE(exists(db_, user_, 99)); }), 0);
  EXPECT_EQ(added(THING_STAT_ABSENT_HIT, [&] { EXPECT_FALSE(exists(db_, user_, 99)); }), 1);
  EXPECT_EQ(db_.sql(), sql);
}

TEST_P(CachedObjects, ReadWithoutSqlSoonAfterACreate) {  // K-5
  const int64_t id = insert(db_, user_, R"({"name": "Frank", "email": "f"})");
  EXPECT_LE(added(THING_STAT_SQL, [&] { EXPECT_EQ(read_text(db_, user_, id, "name"), "Frank"); }),
            1);
  EXPECT_EQ(added(THING_STAT_SQL, [&] { EXPECT_EQ(read_text(db_, user_, id, "name"), "Frank"); }),
            0);
}

// Only a delete sets the actions of such foreign keys off.
TEST_P(CachedObjects, StayThroughWritesToATableThatOthersReferTo) {
  db_.define(R"([
    {"name": "Shelf", "fields": {"id": {"type": "int", "primary": true}, "room": "text"}},
    {"name": "Volume", "fields": {"id": {"type": "int", "primary": true}, "shelfId": "int"},
     "relations": {"shelf": {"belongs_to": "Shelf", "on_delete": "cascade"}}}])");
  const thing_model *shelf = db_.model("Shelf"), *volume = db_.model("Volume");
  insert(db_, shelf, R"({"id": 1, "room": "A"})");
  insert(db_, volume, R"({"id": 7, "shelfId": 1})");
  EXPECT_TRUE(exists(db_, volume, 7));
  insert(db_, shelf, R"({"id": 2, "room": "B"})");
  update(db_, shelf, 1, R"({"room": "C"})");
  EXPECT_EQ(added(THING_STAT_SQL, [&] { EXPECT_TRUE(exists(db_, volume, 7)); }), 0);
  remove(db_, shelf, 1);
  EXPECT_FALSE(exists(db_, volume, 7));
}

TEST_P(CachedObjects, ShowEveryKindOfWrite) {  // K-5, N10
  EXPECT_EQ(read_text(db_, user_, 1, "name"), "Alice");
  update(db_, user_, 1, R"({"name": "A1"})");
  EXPECT_EQ(read_text(db_, user_, 1, "name"), "A1");
  ASSERT_OK(call(thing_update_where, db_, nullptr, parse(user_, R"({"where": {"id": 1}})"),
                 R"({"name": "A2"})", -1, 0, nullptr));
  EXPECT_EQ(read_text(db_, user_, 1, "name"), "A2");
  Obj upsert = new_obj(user_, R"({"id": 1, "name": "A3", "email": "alice@example.com"})");
  ASSERT_OK(call(thing_upsert, db_, nullptr, upsert, nullptr, 0));
  EXPECT_EQ(read_text(db_, user_, 1, "name"), "A3");
  execute(db_, "UPDATE users SET name = 'A4' WHERE id = 1", "users");
  EXPECT_EQ(read_text(db_, user_, 1, "name"), "A4");
  ASSERT_OK(call(thing_incr, db_, nullptr, user_, 1, thing_model_field_index(user_, "age", -1), 1,
                 nullptr));
  EXPECT_EQ(find(db_, user_, 1).integer("age"), 26);
  remove(db_, user_, 1);
  EXPECT_EQ(read_text(db_, user_, 1, "name"), "<ABSENT>");
  insert(db_, user_, R"({"id": 1, "name": "A5", "email": "a5"})");
  EXPECT_EQ(read_text(db_, user_, 1, "name"), "A5");
  ASSERT_OK(call(thing_delete_where, db_, nullptr, parse(user_, R"({"where": {"id": 1}})"),
                 THING_DELETE_DEFAULT, 0, nullptr));
  EXPECT_EQ(read_text(db_, user_, 1, "name"), "<ABSENT>");
}

TEST_P(CachedObjects, LeaveOtherRowsCached) {
  find(db_, user_, 1);
  find(db_, user_, 2);
  update(db_, user_, 1, R"({"name": "A"})");
  EXPECT_EQ(added(THING_STAT_SQL, [&] { EXPECT_EQ(read_text(db_, user_, 2, "name"), "Bob"); }), 0);
}

TEST_P(MemoryObjects, ServeWhatListsLoaded) {  // K-3
  query(db_, user_, "{}");
  EXPECT_EQ(added(THING_STAT_SQL, [&] { EXPECT_EQ(read_text(db_, user_, 3, "name"), "Charlie"); }),
            0);
}

TEST_P(CachedObjects, ServeManyAndLoadOnlyTheMissing) {
  ASSERT_OK(call(thing_cache_clear, db_, nullptr, nullptr));
  find(db_, user_, 2);
  const int64_t ids[] = {1, 2, 3, 77};
  for (const int64_t expected : {1, 0}) {
    EXPECT_EQ(added(THING_STAT_SQL,
                    [&] {
                      Rows rows;
                      ASSERT_OK(call(thing_by_ids, db_, nullptr, user_, ids, 4, rows.out()));
                      EXPECT_EQ(rows.ids(), (Ids{1, 2, 3}));
                    }),
              expected);
  }
}

TEST_P(CachedObjects, ComePackedFromTheCache) {
  std::vector<uint8_t> buffer(4096);
  int64_t need = 0;
  for (int again = 0; again < 2; ++again) {
    ASSERT_OK(call(thing_by_id_packed, db_, nullptr, user_, 2, buffer.data(), 4096, &need));
    const PackReader row(buffer.data(), need);
    ASSERT_TRUE(row.is_valid());
    EXPECT_EQ(row.integer(0, 0), 2);
    EXPECT_EQ(row.bytes(0, 1), "Bob");
  }
  EXPECT_STATUS(THING_NOT_FOUND,
                call(thing_by_id_packed, db_, nullptr, user_, 99, buffer.data(), 4096, &need));
}

TEST_P(MemoryObjects, NeverBlockWhenOnlyTheCacheIsAsked) {
  ASSERT_OK(call(thing_cache_clear, db_, nullptr, nullptr));
  Ctx cache_only(db_, THING_CTX_CACHE_ONLY);
  Obj obj;
  const int64_t sql = db_.sql();
  EXPECT_STATUS(THING_MORE, call(thing_by_id, db_, cache_only, user_, 1, obj.out()));
  EXPECT_EQ(obj.get(), nullptr);
  EXPECT_EQ(db_.sql(), sql);
  find(db_, user_, 1);
  EXPECT_STATUS(THING_OK, call(thing_by_id, db_, cache_only, user_, 1, obj.out()));
  EXPECT_EQ(obj.text("name"), "Alice");
  update(db_, user_, 1, R"({"name": "A"})");
  const Outcome outcome = call(thing_by_id, db_, cache_only, user_, 1, obj.out());
  EXPECT_TRUE(outcome.status == THING_MORE || obj.text("name") == "A") << "never an old answer";
}

TEST_P(MemoryObjects, AreFoundWithTheContextOfAll) {
  thing_ctx* const cached = thing_ctx_cached();
  ASSERT_NE(cached, nullptr);
  EXPECT_EQ(cached, thing_ctx_cached());
  ASSERT_OK(call(thing_cache_clear, db_, nullptr, nullptr));
  Obj missed;
  const int64_t sql = db_.sql();
  EXPECT_STATUS(THING_MORE, call(thing_by_id, db_, cached, user_, 1, missed.out()));
  EXPECT_EQ(db_.sql(), sql);
  find(db_, user_, 1);
  // Nothing of it changes, so that any number of calls may have it at once.
  thing_ctx_set_timeout_ms(cached, 0);
  thing_ctx_set_flags(cached, THING_CTX_NO_CACHE_READ);
  thing_ctx_set_tag(cached, "x", 1);
  thing_ctx_cancel(cached);
  thing_ctx_reset(cached);
  thing_ctx_free(cached);
  EXPECT_FALSE(thing_ctx_cancelled(cached));
  EXPECT_FALSE(thing_ctx_degraded(cached));
  EXPECT_STATUS(THING_E_INVALID, call(thing_ctx_mute, cached, user_));
  std::atomic<int> found{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        Obj obj;
        found += call(thing_by_id, db_, cached, user_, 1, obj.out()).status == THING_OK &&
                 obj.text("name") == "Alice";
      }
    });
  }
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(found, 2000);
  EXPECT_EQ(db_.sql(), sql + 1);
}

TEST_P(MemoryObjects, AreWrittenWithTheContextOfAll) {
  Obj user = find(db_, user_, 1);
  ASSERT_OK(call(thing_obj_assign_json, user, R"({"name": "A"})", -1));
  ASSERT_OK(call(thing_save, db_, thing_ctx_cached(), user));
  struct Work {
    thing_db* db;
    thing_obj* user;
  } work{db_, user};
  const auto body = [](void* given, thing_tx*, thing_ctx* ctx, thing_error** err) {
    const Work& w = *static_cast<Work*>(given);
    const thing_status status = thing_obj_assign_json(w.user, R"({"name": "B"})", -1, err);
    return status != THING_OK ? status : thing_save(w.db, ctx, w.user, err);
  };
  ASSERT_OK(call(thing_tx_run, db_, thing_ctx_cached(), THING_TX_DEFAULT, 1, body, &work));
  EXPECT_EQ(find(db_, user_, 1).text("name"), "B");
}

TEST_P(CachedObjects, AreLeftAsideWhenTheContextSaysSo) {
  Ctx no_write(db_, THING_CTX_NO_CACHE_WRITE), no_read(db_, THING_CTX_NO_CACHE_READ);
  ASSERT_OK(call(thing_cache_clear, db_, nullptr, nullptr));
  EXPECT_EQ(added(THING_STAT_OBJECT_FILL, [&] { find(db_, user_, 1, no_write); }), 0);
  EXPECT_EQ(added(THING_STAT_SQL, [&] { find(db_, user_, 1, no_write); }), 1);
  find(db_, user_, 1);
  EXPECT_EQ(added(THING_STAT_SQL, [&] { find(db_, user_, 1, no_read); }), 1);
  EXPECT_EQ(added(THING_STAT_SQL, [&] { find(db_, user_, 1); }), 0);
}

TEST_P(CachedObjects, AreEvictedClearedAndWarmed) {
  find(db_, user_, 1);
  find(db_, user_, 2);
  ASSERT_OK(call(thing_cache_evict, db_, nullptr, user_, 1));
  EXPECT_EQ(added(THING_STAT_SQL, [&] { find(db_, user_, 2); }), 0);
  EXPECT_EQ(added(THING_STAT_SQL, [&] { find(db_, user_, 1); }), 1);
  ASSERT_OK(call(thing_cache_clear, db_, nullptr, post_));
  EXPECT_EQ(added(THING_STAT_SQL, [&] { find(db_, user_, 1); }), 0);
  ASSERT_OK(call(thing_cache_clear, db_, nullptr, user_));
  EXPECT_EQ(added(THING_STAT_SQL, [&] { find(db_, user_, 1); }), 1);
  ASSERT_OK(call(thing_cache_clear, db_, nullptr, nullptr));
  const int64_t ids[] = {1, 2, 3, 4, 5};
  EXPECT_GE(added(THING_STAT_SQL,
                  [&] { ASSERT_OK(call(thing_cache_warm, db_, nullptr, user_, ids, 5)); }),
            1);
  EXPECT_EQ(added(THING_STAT_SQL,
                  [&] {
                    for (const int64_t id : ids) find(db_, user_, id);
                  }),
            0);
}

TEST_P(CachedObjects, MayBeSwitchedOffAndOnAgain) {
  find(db_, user_, 1);
  ASSERT_OK(call(thing_set_option, db_, "cache", "off", -1));
  EXPECT_EQ(added(THING_STAT_SQL, [&] { find(db_, user_, 1); }), 1);
  EXPECT_EQ(added(THING_STAT_SQL, [&] { find(db_, user_, 1); }), 1);
  update(db_, user_, 1, R"({"name": "while off"})");
  ASSERT_OK(
      call(thing_set_option, db_, "cache", GetParam().is_in_redis() ? "redis" : "memory", -1));
  EXPECT_EQ(read_text(db_, user_, 1, "name"), "while off");
  EXPECT_EQ(
      added(THING_STAT_SQL, [&] { EXPECT_EQ(read_text(db_, user_, 1, "name"), "while off"); }), 0);
}

TEST_P(MemoryObjects, StayWithinTheirBytes) {
  db_.define(R"({"name": "Blob", "fields": {"id": "int", "text": "text"}})");
  const thing_model* blob = db_.model("Blob");
  ASSERT_OK(call(thing_set_option, db_, "cache_bytes", "262144", -1));
  const std::string text(2000, 'x');
  Tx tx(db_);
  for (int i = 1; i <= 1000; ++i)
    insert(db_, blob, R"({"id": )" + std::to_string(i) + R"(, "text": ")" + text + "\"}", tx.ctx());
  ASSERT_OK(tx.commit());
  for (int i = 1; i <= 1000; ++i) {
    ASSERT_EQ(read_text(db_, blob, i, "text").size(), text.size());
    ASSERT_LE(db_.stat(THING_STAT_BYTES), 262144);
  }
  EXPECT_GT(db_.stat(THING_STAT_EVICTION), 0);
  EXPECT_GT(db_.stat(THING_STAT_ENTRIES), 0);
  ASSERT_OK(call(thing_set_option, db_, "cache_bytes", "64KiB", -1));
  find(db_, blob, 1);
  EXPECT_LE(db_.stat(THING_STAT_BYTES), 65536);
}

TEST_P(CachedObjects, AreGivenUpByEveryFailedWrite) {  // K-20
  EXPECT_EQ(read_text(db_, user_, 1, "email"), "alice@example.com");
  Obj obj = find(db_, user_, 1);
  ASSERT_OK(obj.set("email", "bob@example.com"));
  EXPECT_STATUS(THING_E_UNIQUE, call(thing_save, db_, nullptr, obj));
  EXPECT_EQ(read_text(db_, user_, 1, "email"), "alice@example.com");
}

TEST_P(CachedObjects, NeverHoldWhatARolledBackTransactionRead) {  // N6, H9, B24
  find(db_, user_, 1);
  {
    Tx tx(db_);
    update(db_, user_, 1, R"({"name": "uncommitted"})", tx.ctx());
    const int64_t id = insert(db_, user_, R"({"name": "ghost", "email": "g"})", tx.ctx());
    EXPECT_EQ(read_text(db_, user_, 1, "name", tx.ctx()), "uncommitted");
    EXPECT_EQ(read_text(db_, user_, id, "name", tx.ctx()), "ghost");
    remove(db_, user_, 2, THING_DELETE_DEFAULT, tx.ctx());
    EXPECT_FALSE(exists(db_, user_, 2, tx.ctx()));
    ASSERT_OK(tx.rollback());
    EXPECT_FALSE(exists(db_, user_, id));
  }
  EXPECT_EQ(read_text(db_, user_, 1, "name"), "Alice");
  EXPECT_TRUE(exists(db_, user_, 2));
}

TEST_P(CachedObjects, ShowBulkWritesInTheSameTransaction) {  // H6
  find(db_, user_, 1);
  Tx tx(db_);
  find(db_, user_, 1, tx.ctx());
  ASSERT_OK(call(thing_update_where, db_, tx.ctx(), parse(user_, R"({"where": {"id": 1}})"),
                 R"({"age": 1})", -1, 0, nullptr));
  EXPECT_EQ(find(db_, user_, 1, tx.ctx()).integer("age"), 1);
  ASSERT_OK(tx.commit());
  EXPECT_EQ(find(db_, user_, 1).integer("age"), 1);
}

TEST_P(CachedObjects, ShareNoChangesWithTheirReaders) {
  Obj mine = find(db_, user_, 1);
  ASSERT_OK(mine.set("name", "never saved"));
  EXPECT_EQ(read_text(db_, user_, 1, "name"), "Alice");
  mine.reset();
  EXPECT_EQ(read_text(db_, user_, 1, "name"), "Alice");
}

TEST_P(CachedObjects, OutliveEvictionInTheHandsOfTheirReaders) {
  Obj mine = find(db_, user_, 1);
  Rows rows = query(db_, user_, "{}");
  ASSERT_OK(call(thing_cache_clear, db_, nullptr, nullptr));
  update(db_, user_, 1, R"({"name": "new"})");
  db_.reset();
  EXPECT_EQ(mine.text("name"), "Alice");
  EXPECT_EQ(rows.texts("name").front(), "Alice");
}

TEST_P(CachedObjects, GiveTheTruthWhenTheKeyOfATriggerChanges) {  // T27
  execute_all(
      {"CREATE TRIGGER follow AFTER UPDATE OF name ON users BEGIN UPDATE posts SET title = "
       "new.name WHERE user_id = new.id; END"},
      {"CREATE FUNCTION follow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN UPDATE posts SET "
       "title = new.name WHERE user_id = new.id; RETURN NULL; END'",
       "CREATE TRIGGER follow AFTER UPDATE OF name ON users FOR EACH ROW EXECUTE FUNCTION "
       "follow()"},
      {"CREATE TRIGGER follow AFTER UPDATE ON users FOR EACH ROW UPDATE posts SET title = "
       "new.name WHERE user_id = new.id"});
  EXPECT_EQ(read_text(db_, post_, 1, "title"), "First Post");
  EXPECT_EQ(matching(db_, post_, R"({"where": {"title": "First Post"}})"), (Ids{1}));
  update(db_, user_, 1, R"({"name": "Trigger"})");
  EXPECT_EQ(read_text(db_, post_, 1, "title"), "Trigger");
  EXPECT_EQ(matching(db_, post_, R"({"where": {"title": "First Post"}})"), Ids{});
}

TEST_P(CachedObjects, GiveTheTruthWhenAForeignKeyCascades) {  // T27
  execute(db_, "CREATE TABLE parents (id INTEGER PRIMARY KEY)", "");
  execute(db_,
          "CREATE TABLE kids (id INTEGER PRIMARY KEY, parent INTEGER, FOREIGN KEY (parent) "
          "REFERENCES parents (id) ON DELETE CASCADE)",
          "");
  db_.define(
      R"([{"name": "Parent", "table": "parents", "fields": {"id": "int"}}, {"name": "Kid", "table": "kids", "fields": {"id": "int", "parent": "int?"}}])");
  const thing_model* parent = db_.model("Parent");
  const thing_model* kid = db_.model("Kid");
  insert(db_, parent, R"({"id": 1})");
  insert(db_, kid, R"({"id": 5, "parent": 1})");
  EXPECT_TRUE(exists(db_, kid, 5));
  EXPECT_EQ(counted(db_, kid, R"({"where": {"parent": 1}})"), 1);
  remove(db_, parent, 1);
  EXPECT_FALSE(exists(db_, kid, 5));
  EXPECT_EQ(counted(db_, kid, R"({"where": {"parent": 1}})"), 0);
}

// ---- failures are no absence

TEST_P(CachedObjects, NeverTakeAFailureForAbsence) {  // N9, B15, T31
  find(db_, user_, 1);
  execute(db_, "ALTER TABLE users RENAME TO hidden", nullptr);
  Obj obj;
  Rows rows;
  int64_t n = 0;
  const int64_t ids[] = {1, 2};
  EXPECT_STATUS(THING_E_SCHEMA, call(thing_by_id, db_, nullptr, user_, 2, obj.out()));
  EXPECT_STATUS(THING_E_SCHEMA, call(thing_by_ids, db_, nullptr, user_, ids, 2, rows.out()));
  EXPECT_STATUS(THING_E_SCHEMA, call(thing_query, db_, nullptr, user_, "{}", -1, rows.out()));
  EXPECT_STATUS(THING_E_SCHEMA, call(thing_query_count, db_, nullptr, parse(user_, "{}"), &n));
  execute(db_, "ALTER TABLE hidden RENAME TO users", nullptr);
  EXPECT_EQ(read_text(db_, user_, 2, "name"), "Bob");
  EXPECT_EQ(matching(db_, user_, "{}").size(), 5U);
  EXPECT_EQ(counted(db_, user_, "{}"), 5);
}

TEST_P(CachedObjects, NeverTakeATimeoutForAbsence) {
  Ctx late(db_);
  thing_ctx_set_timeout_ms(late, 0);
  ASSERT_OK(call(thing_cache_clear, db_, nullptr, nullptr));
  Obj obj;
  EXPECT_STATUS(THING_E_TIMEOUT, call(thing_by_id, db_, late, user_, 1, obj.out()));
  EXPECT_EQ(read_text(db_, user_, 1, "name"), "Alice");
}

TEST_P(CachedObjects, HaveStatisticsAsJson) {
  find(db_, user_, 1);
  Buf buf;
  ASSERT_OK(call(thing_cache_stats_json, db_, false, buf.out()));
  EXPECT_EQ(Json::parse(buf.text()).kind(), Json::Kind::kObject) << buf.text();
  ASSERT_OK(call(thing_cache_stats_json, db_, true, buf.out()));
  EXPECT_EQ(db_.stat(THING_STAT_OBJECT_HIT), 0);
  EXPECT_EQ(db_.stat(THING_STAT_OBJECT_MISS), 0);
  if (!GetParam().is_in_redis()) {
    EXPECT_GT(db_.stat(THING_STAT_ENTRIES), 0) << "what is there now is no counter";
  }
  EXPECT_EQ(db_.stat(0), 0);
  EXPECT_EQ(db_.stat(99), 0);
}

TEST_P(CachedObjects, AreRightForThousandsOfKeys) {  // N18
  db_.define(
      R"({"name": "Word", "fields": {"key": {"type": "text", "primary": true}, "n": "int"}})");
  const thing_model* word = db_.model("Word");
  const int kWords = repetitions(is_sqlite() ? 4000 : 500);
  Tx tx(db_);
  for (int i = 0; i < kWords; ++i)
    insert(db_, word,
           R"({"key": "w)" + std::to_string(i * 7919) + R"(", "n": )" + std::to_string(i) + "}",
           tx.ctx());
  ASSERT_OK(tx.commit());
  for (int again = 0; again < 2; ++again) {
    for (int i = 0; i < kWords; ++i) {
      Obj obj;
      const std::string key = "\"w" + std::to_string(i * 7919) + "\"";
      ASSERT_OK(call(thing_by_key, db_, nullptr, word, key.data(), -1, obj.out()));
      ASSERT_EQ(obj.integer("n"), i);
    }
  }
}

TEST_P(CachedObjects, OfTwoModelsOfOneTableFollowEachOther) {
  db_.define(R"({"name": "Account", "table": "users", "fields": {"id": "int", "name": "text"}})");
  const thing_model* account = db_.model("Account");
  EXPECT_EQ(read_text(db_, account, 1, "name"), "Alice");
  EXPECT_EQ(ids(db_, account, R"({"where": {"name": "Alice"}})"), (Ids{1}));
  update(db_, user_, 1, R"({"name": "Al"})");
  EXPECT_EQ(read_text(db_, account, 1, "name"), "Al");
  EXPECT_EQ(ids(db_, account, R"({"where": {"name": "Alice"}})"), Ids());
  Criteria all = parse(account, "{}");
  EXPECT_EQ(read_text(db_, user_, 1, "name"), "Al");
  ASSERT_OK(call(thing_update_where, db_, nullptr, all, R"({"name": "same"})", -1,
                 int32_t{THING_BULK_ALL}, nullptr));
  EXPECT_EQ(read_text(db_, user_, 1, "name"), "same");
}

// A column that folds case makes one row of several keys.
TEST_P(CachedObjects, OfKeysThatFoldAreRead) {
  execute_all(
      {"CREATE TABLE folded (k TEXT PRIMARY KEY COLLATE NOCASE, v TEXT)"},
      {"CREATE COLLATION folding (provider = icu, locale = 'und-u-ks-level2', deterministic "
       "= false)",
       "CREATE TABLE folded (k text COLLATE folding PRIMARY KEY, v text)"},
      {"CREATE TABLE folded (k VARCHAR(60) COLLATE utf8mb4_general_ci PRIMARY KEY, v TEXT)"});
  execute(db_, "INSERT INTO folded VALUES ('abc', 'one')", "");
  db_.define(R"({"name": "Folded", "table": "folded", "primary": ["k"],
                 "fields": {"k": "text", "v": "text?"}})");
  const thing_model* folded = db_.model("Folded");
  const auto value = [&](const char* key) {
    Obj obj;
    const Outcome outcome = call(thing_by_key, db_, nullptr, folded, key, -1, obj.out());
    return outcome.status == THING_OK ? obj.text("v") : "absent";
  };
  EXPECT_EQ(value(R"("ABC")"), "one");
  EXPECT_EQ(value(R"("xyz")"), "absent");
  Rows rows;
  ASSERT_OK(call(thing_by_keys, db_, nullptr, folded, R"(["ABC", "xyz", "abc"])", -1, rows.out()));
  EXPECT_EQ(rows.texts("v"), (Texts{"one", "one"}));
  Obj obj;
  ASSERT_OK(call(thing_by_key, db_, nullptr, folded, R"("abc")", -1, obj.out()));
  ASSERT_OK(obj.set("v", "two"));
  ASSERT_OK(call(thing_save, db_, nullptr, obj));
  Obj fresh = new_obj(folded, R"({"k": "XYZ", "v": "three"})");
  ASSERT_OK(call(thing_save, db_, nullptr, fresh));
  EXPECT_EQ(value(R"("ABC")"), "two");
  EXPECT_EQ(value(R"("xyz")"), "three");
  query(db_, folded, "{}");
  ASSERT_OK(call(thing_delete_by_key, db_, nullptr, folded, R"("ABC")", -1,
                 int32_t{THING_DELETE_DEFAULT}));
  EXPECT_EQ(value(R"("abc")"), "absent");
}

}  // namespace
}  // namespace conformance
