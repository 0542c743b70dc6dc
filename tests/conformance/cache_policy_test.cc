// The cache that processes share when its server can not be reached, and when somebody writes who
// does not know this library. To the database, and to Redis, another handle is another process; one
// behind a network of its own can be cut off alone.
#include <chrono>
#include <cstdlib>
#include <thread>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "driver_proxy.h"
#include "support.h"

namespace conformance {
namespace {

using Net = thing::test::Proxy::Net;

constexpr const char* kModel =
    R"({"name": "Item", "table": "policy_items", "fields": {
         "id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}},
         "name": "text", "grp": "int?"}})";
constexpr const char* kGroup = R"({"where": {"grp": 1}})";

int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// Whether it holds within some seconds.
template <class Condition>
bool comes(Condition condition, int64_t within_ms = 10'000) {
  for (const int64_t end = now_ms() + within_ms; now_ms() < end;) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return condition();
}

// redis://[:password@]127.0.0.1:PORT[/n]
struct RedisUrl {
  explicit RedisUrl(const std::string& url) {
    const size_t colon = url.rfind(':');
    const size_t end = url.find_first_of("/?", colon);
    before = url.substr(0, url.rfind('@') == url.npos ? url.find("://") + 3 : url.rfind('@') + 1);
    port = std::stoi(url.substr(colon + 1));
    after = end == url.npos ? "" : url.substr(end);
  }
  std::string at(int other) const { return before + "127.0.0.1:" + std::to_string(other) + after; }
  std::string before, after;
  int port = 0;
};

std::string redis_of_tests() {
  const char* const url = std::getenv("THING_TEST_REDIS");
  return url != nullptr ? url : "redis://127.0.0.1:1";
}

class CachePolicy : public DatabaseTest {
 protected:
  CachePolicy() : redis_(redis_of_tests()), net_("127.0.0.1", redis_.port) {}

  void SetUp() override {
    if (IsSkipped()) return;
    plain_ = open_again("cache=off");
    db_.define(kModel);
  }
  // A handle whose way to Redis can be cut.
  Db open_far(const std::string& options = "") const {
    Db db = open_again("redis=" + redis_.at(net_.port()) + (options.empty() ? "" : "&" + options));
    EXPECT_OK(call(thing_model_register, db.get(), kModel, int64_t{-1}));
    return db;
  }
  const thing_model* item(const Db& db) const { return db.model("Item"); }
  int64_t words() const {
    return std::stoll(sql_value(plain_, "SELECT COUNT(*) FROM thing_outbox"));
  }
  // A row that the handle has in the cache, with the list and the count of its group.
  void warm(const Db& db, int64_t id) const {
    for (int i = 0; i < 2; ++i) {
      (void)read_text(db, item(db), id, "name");
      (void)ids(db, item(db), kGroup);
      (void)count(db, item(db), kGroup);
    }
  }
  void write_past(const std::string& sql) const { execute(plain_, sql, ""); }

  const RedisUrl redis_;
  thing::test::Proxy net_;
  Db plain_;  // somebody who does not know of the cache
};
inline constexpr Setup kWithRedis[] = {kPostgresRedis, kMysqlRedis};
FOR_SETUPS(CachePolicy, kWithRedis);

TEST_P(CachePolicy, StrictMakesNoWriteThatOthersAreNotToldOf) {
  const Db far = open_far("cache_policy=strict");
  const int64_t id = insert(db_, item(db_), R"({"name": "a", "grp": 1})");
  net_.set(Net::kCut);
  Obj obj = find(far, item(far), id);
  EXPECT_OK(obj.set("name", "b"));
  EXPECT_STATUS(THING_E_CACHE_DOWN, call(thing_save, far.get(), nullptr, obj.get()));
  EXPECT_TRUE(obj.is_dirty("name"));
  EXPECT_EQ(sql_value(plain_, "SELECT name FROM policy_items"), "a");
  EXPECT_EQ(words(), 0);
}

TEST_P(CachePolicy, AvailableTellsOthersBeforeTheWriteReturns) {
  const Db far = open_far("cache_wait_ms=20000");
  const int64_t id = insert(db_, item(db_), R"({"name": "a", "grp": 1})");
  warm(db_, id);
  warm(far, id);
  net_.set(Net::kCut);
  const Ctx ctx(far);

  update(far, item(far), id, R"({"name": "b"})", ctx);
  EXPECT_FALSE(thing_ctx_degraded(ctx));
  EXPECT_EQ(read_text(db_, item(db_), id, "name"), "b");
  warm(db_, id);
  const int64_t other = insert(far, item(far), R"({"name": "c", "grp": 1})", ctx);
  EXPECT_EQ(ids(db_, item(db_), kGroup), (Ids{id, other}));
  EXPECT_EQ(count(db_, item(db_), kGroup), 2);
  warm(db_, other);
  remove(far, item(far), other, THING_DELETE_DEFAULT, ctx);
  EXPECT_FALSE(exists(db_, item(db_), other));
  EXPECT_EQ(count(db_, item(db_), kGroup), 1);
  EXPECT_EQ(ids(db_, item(db_), kGroup), (Ids{id}));
  warm(db_, id);
  const Criteria all = parse(item(far), "{}");
  EXPECT_OK(call(thing_update_where, far.get(), ctx.get(), all.get(), R"({"name": "d"})",
                 int64_t{-1}, THING_BULK_ALL, nullptr));
  EXPECT_EQ(read_text(db_, item(db_), id, "name"), "d");
  warm(db_, id);
  execute(far, "UPDATE policy_items SET name = 'e', grp = 2", "policy_items", ctx);
  EXPECT_EQ(read_text(db_, item(db_), id, "name"), "e");
  EXPECT_EQ(count(db_, item(db_), kGroup), 0);
  EXPECT_EQ(far.stat(THING_STAT_DEGRADED), 0);
  EXPECT_EQ(words(), 0);
}

TEST_P(CachePolicy, AvailableTellsOthersOfTransactions) {
  const Db far = open_far("cache_wait_ms=20000");
  const int64_t id = insert(db_, item(db_), R"({"name": "a", "grp": 1})");
  warm(db_, id);
  net_.set(Net::kCut);
  {
    Tx undone(far);
    update(far, item(far), id, R"({"name": "x"})", undone.ctx());
    EXPECT_OK(undone.rollback());
  }
  EXPECT_EQ(words(), 0);
  Tx tx(far);
  update(far, item(far), id, R"({"name": "b"})", tx.ctx());
  const int64_t other = insert(far, item(far), R"({"name": "c", "grp": 1})", tx.ctx());
  EXPECT_EQ(read_text(db_, item(db_), id, "name"), "a");
  EXPECT_OK(tx.commit());
  EXPECT_FALSE(thing_ctx_degraded(tx.ctx()));
  EXPECT_EQ(read_text(db_, item(db_), id, "name"), "b");
  EXPECT_EQ(ids(db_, item(db_), kGroup), (Ids{id, other}));
  EXPECT_EQ(words(), 0);
}

// A statement that fails takes the transaction with it that was made for its word.
TEST_P(CachePolicy, AWriteThatFailsLeavesNoWord) {
  const Db far = open_far();
  const int64_t id = insert(db_, item(db_), R"({"name": "a"})");
  net_.set(Net::kCut);
  Obj twice = new_obj(item(far), "{\"id\": " + std::to_string(id) + R"(, "name": "b"})");
  EXPECT_STATUS(THING_E_UNIQUE, call(thing_save, far.get(), nullptr, twice.get()));
  EXPECT_EQ(call(thing_delete_by_id, far.get(), nullptr, item(far), id + 1000, THING_DELETE_DEFAULT)
                .status,
            THING_NOT_FOUND);
  EXPECT_EQ(words(), 0);
  EXPECT_EQ(read_text(far, item(far), id, "name"), "a");
  EXPECT_EQ(far.stat(THING_STAT_DEGRADED), 0);
}

TEST_P(CachePolicy, DegradedIsSaidAndNothingOldIsSeenAfterwards) {
  const Db far = open_far("cache_wait_ms=100"), near = open_far("cache_wait_ms=100");
  db_ = Db();  // who would tell
  const int64_t id = insert(far, item(far), R"({"name": "a", "grp": 1})");
  warm(near, id);
  warm(far, id);
  net_.set(Net::kCut);
  const Ctx ctx(far);
  const Log log(far, THING_LOG_WARN);
  update(far, item(far), id, R"({"name": "b", "grp": 2})", ctx);
  EXPECT_TRUE(thing_ctx_degraded(ctx));
  EXPECT_EQ(far.stat(THING_STAT_DEGRADED), 1);
  EXPECT_NE(log.all().find("degraded"), std::string::npos) << log.all();
  EXPECT_EQ(words(), 1);
  EXPECT_EQ(read_text(near, item(near), id, "name"), "b") << "from the database";
  (void)read_text(far, item(far), id, "name", ctx);
  EXPECT_FALSE(thing_ctx_degraded(ctx)) << "of the last call alone";
  // What others left is not waited for once more.
  const int64_t before = now_ms();
  insert(far, item(far), R"({"name": "c", "grp": 2})");
  EXPECT_LT(now_ms() - before, 5'000);
  EXPECT_EQ(words(), 2);

  net_.set(Net::kOpen);
  const int64_t hits = near.stat(THING_STAT_OBJECT_HIT);
  EXPECT_TRUE(comes([&] {
    EXPECT_EQ(read_text(near, item(near), id, "name"), "b");
    EXPECT_EQ(count(near, item(near), kGroup), 0);
    EXPECT_EQ(ids(near, item(near), kGroup), Ids());
    return near.stat(THING_STAT_OBJECT_HIT) > hits + 3;
  })) << "the cache is in use again";
  EXPECT_TRUE(comes([&] { return words() == 0; }));
}

TEST_P(CachePolicy, LooseMakesTheWriteAndSaysSo) {
  const Db far = open_far("cache_policy=loose");
  const int64_t id = insert(db_, item(db_), R"({"name": "a"})");
  net_.set(Net::kCut);
  const Ctx ctx(far);
  update(far, item(far), id, R"({"name": "b"})", ctx);
  EXPECT_TRUE(thing_ctx_degraded(ctx));
  EXPECT_EQ(far.stat(THING_STAT_DEGRADED), 1);
  EXPECT_EQ(sql_value(plain_, "SELECT name FROM policy_items"), "b");
  EXPECT_EQ(words(), 0);
}

TEST_P(CachePolicy, TellsOfAWriterThatWasKilled) {
  const Db near = open_again("cache_poll_ms=1500");
  EXPECT_OK(call(thing_model_register, near.get(), kModel, int64_t{-1}));
  const int64_t id = insert(near, item(near), R"({"name": "a", "grp": 1})");
  db_ = Db();
  warm(near, id);
  net_.set(Net::kCut);
  const std::string url =
      this->url("redis=" + redis_.at(net_.port()) + "&cache_wait_ms=60000&cache_poll_ms=60000");
  const pid_t pid = fork();
  if (pid == 0) {
    thing_db* db = nullptr;
    if (thing_open(url.c_str(), -1, &db, nullptr) != THING_OK) _exit(1);
    thing_exec(db, nullptr, "UPDATE policy_items SET name = 'b', grp = 2", -1, nullptr, 0,
               "policy_items", nullptr, nullptr);
    _exit(2);
  }
  EXPECT_TRUE(comes([&] { return sql_value(plain_, "SELECT name FROM policy_items") == "b"; }));
  kill(pid, SIGKILL);
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_TRUE(comes([&] { return read_text(near, item(near), id, "name") == "b"; }));
  EXPECT_EQ(count(near, item(near), kGroup), 0);
  EXPECT_TRUE(comes([&] { return words() == 0; }));
}

// The thread that looks for word is its parent's.
TEST_P(CachePolicy, AChildClosesHandlesOfItsParent) {
  const pid_t pid = fork();
  if (pid == 0) {
    alarm(20);
    thing_close(plain_.release());
    thing_close(db_.release());
    _exit(7);
  }
  int status = 0;
  ASSERT_EQ(waitpid(pid, &status, 0), pid);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 7);
  const int64_t id = insert(db_, item(db_), R"({"name": "a"})");
  EXPECT_EQ(read_text(db_, item(db_), id, "name"), "a");
}

// A server of the test's own, which comes back empty and as another run.
TEST_P(CachePolicy, NothingOldIsSeenWhenRedisWasStartedAgain) {
  const Folder folder;
  const auto run = [&folder](const std::string& verb) {
    const char* const scripts = std::getenv("THING_SERVER_SCRIPTS");
    const std::string line = std::string(scripts != nullptr ? scripts : "tests/servers") +
                             "/redis " + verb + " " + folder.file("redis");
    FILE* const pipe = popen(line.c_str(), "r");
    std::string out;
    char piece[512];
    while (pipe != nullptr && fgets(piece, sizeof piece, pipe) != nullptr) out += piece;
    EXPECT_EQ(pipe != nullptr ? pclose(pipe) : -1, 0) << line;
    while (!out.empty() && out.back() == '\n') out.pop_back();
    return out;
  };
  const std::string options = "redis=" + run("start") + "&cache_wait_ms=100";
  {
    const Db one = open_again(options), other = open_again(options);
    for (const Db* db : {&one, &other})
      EXPECT_OK(call(thing_model_register, db->get(), kModel, int64_t{-1}));
    db_ = Db();
    const int64_t id = insert(one, item(one), R"({"name": "a", "grp": 1})");
    warm(one, id);
    warm(other, id);
    run("kill");
    update(one, item(one), id, R"({"name": "b", "grp": 2})");
    EXPECT_EQ(one.stat(THING_STAT_DEGRADED), 1);
    run("restart");
    const int64_t hits = other.stat(THING_STAT_OBJECT_HIT);
    EXPECT_TRUE(comes([&] {
      EXPECT_EQ(read_text(other, item(other), id, "name"), "b");
      EXPECT_EQ(count(other, item(other), kGroup), 0);
      return other.stat(THING_STAT_OBJECT_HIT) > hits + 3;
    }));
    EXPECT_TRUE(comes([&] { return words() == 0; }));
  }
  run("stop");
}

TEST_P(CachePolicy, WithoutAPlaceForWordWritesAreNotMade) {
  execute(plain_, "DROP TABLE thing_outbox", "");
  execute(plain_, "CREATE TABLE thing_outbox (x INTEGER)", "");
  const Db far = open_far();
  Buf info;
  EXPECT_OK(call(thing_info_json, far.get(), nullptr, info.out()));
  EXPECT_NE(info.text().find(R"("cache_policy":"strict")"), std::string::npos) << info.text();
  EXPECT_NE(info.text().find("writes are not made"), std::string::npos) << info.text();
  net_.set(Net::kCut);
  Obj obj = new_obj(item(far), R"({"name": "b"})");
  EXPECT_STATUS(THING_E_CACHE_DOWN, call(thing_save, far.get(), nullptr, obj.get()));
}

TEST_P(CachePolicy, TheOutboxIsNoTableOfModels) {
  EXPECT_EQ(tables(), (Texts{"policy_items"}));
  Buf plan;
  EXPECT_OK(call(thing_cache_watch, db_.get(), nullptr, item(db_), true));
  EXPECT_OK(call(thing_schema_plan, db_.get(), nullptr, plan.out()));
  EXPECT_EQ(plan.text(), "");
  EXPECT_OK(call(thing_schema_sync, db_.get(), nullptr));
  EXPECT_EQ(introspected(db_).find("thing_"), std::string::npos) << introspected(db_);
}

// ---- who writes past the library

TEST_P(CachePolicy, FollowsWhoWritesPastTheLibraryByTriggers) {
  EXPECT_OK(call(thing_cache_watch, db_.get(), nullptr, item(db_), true));
  EXPECT_OK(call(thing_cache_watch, db_.get(), nullptr, item(db_), true)) << "once more";
  const int64_t id = insert(db_, item(db_), R"({"name": "a", "grp": 1})");
  const auto follows = [&](const std::string& sql, auto is_seen) {
    warm(db_, id);
    write_past(sql);
    const int64_t start = now_ms();
    EXPECT_TRUE(comes(is_seen)) << sql;
    RecordProperty("seen_after_ms", static_cast<int>(now_ms() - start));
  };
  follows("UPDATE policy_items SET name = 'b'",
          [&] { return read_text(db_, item(db_), id, "name") == "b"; });
  follows("INSERT INTO policy_items (id, name, grp) VALUES (900, 'c', 1)",
          [&] { return count(db_, item(db_), kGroup) == 2; });
  EXPECT_TRUE(exists(db_, item(db_), 900));
  follows("DELETE FROM policy_items WHERE id = 900", [&] { return !exists(db_, item(db_), 900); });
  follows("UPDATE policy_items SET id = 901 WHERE id = " + std::to_string(id),
          [&] { return !exists(db_, item(db_), id) && exists(db_, item(db_), 901); });
  if (database() == Database::kPostgres)
    follows("TRUNCATE policy_items", [&] { return !exists(db_, item(db_), 901); });
  EXPECT_TRUE(comes([&] { return words() == 0; }));
}

TEST_P(CachePolicy, OwnWritesAreNotToldByTriggers) {
  const Db only = open_again("cache_poll_ms=60000");
  EXPECT_OK(call(thing_model_register, only.get(), kModel, int64_t{-1}));
  EXPECT_OK(call(thing_cache_watch, only.get(), nullptr, item(only), true));
  db_ = Db();  // who would take them out
  const int64_t id = insert(only, item(only), R"({"name": "a", "grp": 1})");
  const int64_t far = insert(only, item(only), R"({"name": "b", "grp": 2})");
  warm(only, id);
  update(only, item(only), far, R"({"name": "c"})");
  execute(only, "UPDATE policy_items SET name = 'c' WHERE grp = 2", nullptr);
  EXPECT_EQ(words(), 0);
  warm(only, id);
  warm(only, far);
  // Its own triggers are none that write more than the statement says.
  update(only, item(only), far, R"({"name": "d"})");
  const int64_t hits = only.stat(THING_STAT_OBJECT_HIT);
  EXPECT_EQ(read_text(only, item(only), id, "name"), "a");
  EXPECT_EQ(only.stat(THING_STAT_OBJECT_HIT), hits + 1) << "one row was written, another is cached";
  write_past("UPDATE policy_items SET name = 'e' WHERE id = " + std::to_string(far));
  EXPECT_GT(words(), 0);
  EXPECT_OK(call(thing_cache_watch, only.get(), nullptr, item(only), false));
  write_past("DELETE FROM thing_outbox");
  write_past("UPDATE policy_items SET name = 'f'");
  EXPECT_EQ(words(), 0);
}

TEST_P(CachePolicy, EvictAndClearReachAllWhoShareTheCache) {
  const Db other = open_again();
  EXPECT_OK(call(thing_model_register, other.get(), kModel, int64_t{-1}));
  const int64_t id = insert(db_, item(db_), R"({"name": "a", "grp": 1})");
  const auto key = std::to_string(id);
  warm(other, id);
  write_past("UPDATE policy_items SET name = 'b', grp = 2");
  EXPECT_EQ(read_text(other, item(other), id, "name"), "a") << "nobody was told";
  EXPECT_OK(call(thing_cache_evict, db_.get(), nullptr, item(db_), id));
  EXPECT_EQ(read_text(other, item(other), id, "name"), "b");
  EXPECT_EQ(count(other, item(other), kGroup), 0);
  warm(other, id);
  write_past("UPDATE policy_items SET name = 'c', grp = 1");
  EXPECT_OK(call(thing_cache_evict_key, db_.get(), nullptr, item(db_), key.c_str(), int64_t{-1}));
  EXPECT_EQ(read_text(other, item(other), id, "name"), "c");
  EXPECT_EQ(count(other, item(other), kGroup), 1);
  warm(other, id);
  write_past("UPDATE policy_items SET name = 'd', grp = 2");
  EXPECT_OK(call(thing_cache_clear, db_.get(), nullptr, nullptr));
  EXPECT_EQ(read_text(other, item(other), id, "name"), "d");
  EXPECT_EQ(ids(other, item(other), kGroup), Ids());
}

TEST_P(CachePolicy, EvictLeavesWordWhereRedisCanNotBeReached) {
  const Db far = open_far("cache_wait_ms=20000"), strict = open_far("cache_policy=strict");
  const int64_t id = insert(db_, item(db_), R"({"name": "a", "grp": 1})");
  warm(db_, id);
  net_.set(Net::kCut);
  write_past("UPDATE policy_items SET name = 'b', grp = 2");
  EXPECT_STATUS(THING_E_CACHE_DOWN,
                call(thing_cache_evict, strict.get(), nullptr, item(strict), id));
  EXPECT_OK(call(thing_cache_evict, far.get(), nullptr, item(far), id));
  EXPECT_EQ(read_text(db_, item(db_), id, "name"), "b");
  EXPECT_EQ(count(db_, item(db_), kGroup), 0);
}

// Keys of several columns, and of text, are told by row, too.
TEST_P(CachePolicy, TellsOfRowsWithOtherKeys) {
  const char* const model =
      R"({"name": "Seat", "table": "policy_seats", "primary": ["hall", "number"], "fields": {
           "hall": {"type": "uuid"}, "number": "int", "guest": "text"}})";
  db_.define(model);
  EXPECT_OK(call(thing_cache_watch, db_.get(), nullptr, db_.model("Seat"), true));
  const Db far = open_far("cache_wait_ms=20000");
  EXPECT_OK(call(thing_model_register, far.get(), model, int64_t{-1}));
  const std::string hall = "00112233-4455-6677-8899-aabbccddeeff";
  const std::string key = "[\"" + hall + "\", 7]";
  const auto guest = [&](const Db& db) {
    Obj obj;
    EXPECT_OK(call(thing_by_key, db.get(), nullptr, db.model("Seat"), key.c_str(), int64_t{-1},
                   obj.out()));
    return obj.get() != nullptr ? obj.text("guest") : "<ABSENT>";
  };
  Obj seat =
      new_obj(db_.model("Seat"), "{\"hall\": \"" + hall + R"(", "number": 7, "guest": "a"})");
  EXPECT_OK(call(thing_save, db_.get(), nullptr, seat.get()));
  for (int i = 0; i < 2; ++i) EXPECT_EQ(guest(db_), "a");
  net_.set(Net::kCut);
  Obj loaded;
  EXPECT_OK(call(thing_by_key, far.get(), nullptr, far.model("Seat"), key.c_str(), int64_t{-1},
                 loaded.out()));
  EXPECT_OK(loaded.set("guest", "b"));
  EXPECT_OK(call(thing_save, far.get(), nullptr, loaded.get()));
  for (int i = 0; i < 2; ++i) EXPECT_EQ(guest(db_), "b");
  write_past("UPDATE policy_seats SET guest = 'c'");
  EXPECT_TRUE(comes([&] { return guest(db_) == "c"; }));
}

#if CONFORMANCE_POSTGRES
// Locks of a session that others get, too, tell nothing.
TEST(CacheBehindAPooler, IsUnsupported) {
  const char* const pooler = std::getenv("THING_TEST_PGBOUNCER");
  if (pooler == nullptr || *pooler == '\0') GTEST_SKIP() << "THING_TEST_PGBOUNCER names no pooler";
  const std::string url = pooler;
  const std::string config =
      url + (url.find('?') == url.npos ? "?" : "&") + "cache=redis&redis=" + redis_of_tests();
  thing_db* db = nullptr;
  const Outcome outcome = call(thing_open, config.c_str(), int64_t{-1}, &db);
  EXPECT_EQ(outcome.status, THING_E_UNSUPPORTED) << outcome.message;
  EXPECT_TRUE(says(outcome, "pooler"));
  thing_close(db);
}
#endif

}  // namespace
}  // namespace conformance
