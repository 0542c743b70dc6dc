// Locks of rows: who waits for whom, who does not, and where there can be none.
#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include "tx_support.h"

namespace conformance {
namespace {

constexpr const char* kForUpdate = R"({"where": {"id": 1}, "lock": "update"})";
constexpr const char* kForShare = R"({"where": {"id": 1}, "lock": "share"})";

class RowLock : public Transaction {
 protected:
  Outcome ask(const Db& db, const std::string& json, thing_ctx* ctx, Rows* rows = nullptr) {
    Rows mine;
    return call(thing_query, db, ctx, db.model("User"), json.data(), -1,
                (rows != nullptr ? *rows : mine).out());
  }
  Outcome ask(const std::string& json, thing_ctx* ctx) { return ask(db_, json, ctx); }

  // Every way to read user 1 by a query with this lock, or in a ctx with these flags.
  std::vector<std::pair<const char*, std::function<Outcome(thing_ctx*)>>> ways(int32_t lock,
                                                                               int32_t flags) {
    const auto locked = [this, lock] {
      Criteria q = parse(user_, R"({"where": {"id": 1}})");
      EXPECT_OK(call(thing_criteria_lock, q, lock, THING_WAIT_BLOCK));
      return q;
    };
    // The flags are the ctx's for the one call.
    const auto flagged = [flags](auto read) {
      return [flags, read](thing_ctx* ctx) {
        thing_ctx_set_flags(ctx, flags);
        Outcome outcome = read(ctx);
        thing_ctx_set_flags(ctx, 0);
        return outcome;
      };
    };
    return {
        {"run",
         [=, this](thing_ctx* ctx) {
           Rows rows;
           return call(thing_query_run, db_, ctx, locked(), rows.out());
         }},
        {"first",
         [=, this](thing_ctx* ctx) {
           Obj obj;
           return call(thing_query_first, db_, ctx, locked(), obj.out());
         }},
        {"pluck",
         [=, this](thing_ctx* ctx) {
           Buf buf;
           return call(thing_query_pluck, db_, ctx, locked(), 1, buf.out());
         }},
        {"cursor",
         [=, this](thing_ctx* ctx) {
           Cursor cursor;
           Rows rows;
           Outcome opened = call(thing_query_open, db_, ctx, locked(), 10, cursor.out());
           if (opened.status != THING_OK) return opened;
           return call(thing_cursor_next, cursor, ctx, rows.out());
         }},
        {"list", flagged([this](thing_ctx* ctx) { return ask(R"({"where": {"id": 1}})", ctx); })},
        {"id", flagged([this](thing_ctx* ctx) {
           Obj obj;
           return call(thing_by_id, db_, ctx, user_, 1, obj.out());
         })},
        {"key", flagged([this](thing_ctx* ctx) {
           Obj obj;
           return call(thing_by_key, db_, ctx, user_, "1", -1, obj.out());
         })},
        {"ids", flagged([this](thing_ctx* ctx) {
           Rows rows;
           const int64_t ids[] = {1, 1};
           return call(thing_by_ids, db_, ctx, user_, ids, 2, rows.out());
         })},
        {"reload", flagged([this](thing_ctx* ctx) {
           Obj obj = find(db_, user_, 1);
           return call(thing_reload, db_, ctx, obj);
         })},
    };
  }
};
FOR_SETUPS(RowLock, kEverywhere);

TEST_P(RowLock, NeedsATransactionThatMayKeepOthersFromTheRow) {
  for (const auto& [name, read] : ways(THING_LOCK_UPDATE, THING_CTX_LOCK_UPDATE)) {
    SCOPED_TRACE(name);
    Ctx ctx(db_);
    const Outcome outside = read(ctx);
    EXPECT_STATUS(THING_E_STATE, outside);
    EXPECT_TRUE(says(outside, "transaction"));
    if (GetParam().in_memory && std::string(name) == "reload") continue;  // it has one connection
    Tx tx(db_, THING_TX_READ_ONLY);
    EXPECT_STATUS(THING_E_READONLY, read(tx.ctx()));
    ASSERT_OK(tx.commit());
  }
}

TEST_P(RowLock, IsRefusedWhereNoRowOfTheTableComesBack) {
  Tx tx(db_);
  const Criteria q = parse(user_, kForShare);
  int64_t n = 0;
  bool any = false;
  EXPECT_STATUS(THING_E_UNSUPPORTED, call(thing_query_count, db_, tx.ctx(), q, &n));
  EXPECT_STATUS(THING_E_UNSUPPORTED, call(thing_query_exists, db_, tx.ctx(), q, &any));
  EXPECT_STATUS(THING_E_UNSUPPORTED,
                ask(R"({"select": ["name"], "distinct": true, "lock": "update"})", tx.ctx()));
  EXPECT_STATUS(THING_E_UNSUPPORTED,
                call(thing_update_where, db_, tx.ctx(), q, R"({"age": 1})", -1, 0, nullptr));
  EXPECT_STATUS(THING_E_UNSUPPORTED,
                call(thing_delete_where, db_, tx.ctx(), q, THING_DELETE_DEFAULT, 0, nullptr));
  thing_ctx_set_flags(tx.ctx(), THING_CTX_LOCK_SHARE);
  EXPECT_STATUS(THING_E_UNSUPPORTED,
                call(thing_query_count, db_, tx.ctx(), parse(user_, "{}"), &n));
  ASSERT_OK(tx.commit());
}

TEST_P(RowLock, GivesTheRowsThatTheQueryFinds) {
  Tx tx(db_);
  for (const char* lock : {R"("update")", R"("share")", R"({"for": "update"})",
                           R"({"for": "share", "wait": "block"})"}) {
    const std::string json = R"({"where": {"age": {"gte": 25}}, "orderBy": {"age": "desc"},
                                 "take": 2, "skip": 1, "lock": )" +
                             std::string(lock) + "}";
    EXPECT_EQ(ids(db_, user_, json, tx.ctx()), (Ids{2, 5})) << lock;
  }
  thing_ctx_set_flags(tx.ctx(), THING_CTX_LOCK_UPDATE);
  const int64_t wanted[] = {3, 9, 1, 3};
  Rows rows;
  ASSERT_OK(call(thing_by_ids, db_, tx.ctx(), user_, wanted, 4, rows.out()));
  EXPECT_EQ(rows.ids(), (Ids{3, 1, 3}));
  EXPECT_FALSE(exists(db_, user_, 9, tx.ctx()));
  // Writes take the ctx as it is.
  update(db_, user_, 1, R"({"age": 77})", tx.ctx());
  ASSERT_OK(tx.commit());
  EXPECT_EQ(find(db_, user_, 1).integer("age"), 77);
}

TEST_P(RowLock, GoesRoundAsJson) {
  Criteria q(thing_criteria_new(user_));
  ASSERT_OK(call(thing_criteria_lock, q, THING_LOCK_UPDATE, THING_WAIT_SKIP_LOCKED));
  Buf json;
  ASSERT_OK(call(thing_criteria_json, q, json.out()));
  EXPECT_EQ(canonical(json.text()), R"({"lock":{"for":"update","wait":"skip_locked"}})");
  Buf again;
  ASSERT_OK(call(thing_criteria_json, parse(user_, json.text()), again.out()));
  EXPECT_EQ(again.text(), json.text());
  ASSERT_OK(call(thing_criteria_lock, q, THING_LOCK_NONE, THING_WAIT_BLOCK));
  ASSERT_OK(call(thing_criteria_json, q, json.out()));
  EXPECT_EQ(canonical(json.text()), "{}");
}

TEST_P(RowLock, RefusesWhatIsNone) {
  Criteria q(thing_criteria_new(user_));
  EXPECT_STATUS(THING_E_INVALID, call(thing_criteria_lock, q, 3, THING_WAIT_BLOCK));
  EXPECT_STATUS(THING_E_INVALID, call(thing_criteria_lock, q, THING_LOCK_UPDATE, 3));
  EXPECT_STATUS(THING_E_INVALID, call(thing_criteria_lock, q, -1, THING_WAIT_BLOCK));
  EXPECT_STATUS(THING_E_INVALID, call(thing_criteria_lock, q, THING_LOCK_NONE, THING_WAIT_NOWAIT));
  const std::pair<const char*, thing_status> cases[] = {
      {R"({"lock": "exclusive"})", THING_E_INVALID},
      {R"({"lock": ""})", THING_E_INVALID},
      {R"({"lock": true})", THING_E_TYPE},
      {R"({"lock": null})", THING_E_TYPE},
      {R"({"lock": ["update"]})", THING_E_TYPE},
      {R"({"lock": {}})", THING_E_INVALID},
      {R"({"lock": {"wait": "nowait"}})", THING_E_INVALID},
      {R"({"lock": {"for": "update", "wait": "never"}})", THING_E_INVALID},
      {R"({"lock": {"for": "update", "wait": 1}})", THING_E_TYPE},
      {R"({"lock": {"for": "update", "of": "users"}})", THING_E_INVALID},
      {R"({"lock": {"for": "UPDATE"}})", THING_E_INVALID}};
  Tx tx(db_);
  for (const auto& [json, expected] : cases) EXPECT_STATUS(expected, ask(json, tx.ctx())) << json;
  constexpr int32_t kNone[] = {THING_CTX_NOWAIT, THING_CTX_LOCK_SHARE | THING_CTX_LOCK_UPDATE,
                               THING_CTX_LOCK_SHARE | THING_CTX_NOWAIT | THING_CTX_SKIP_LOCKED};
  for (const int32_t flags : kNone) {
    Obj obj;
    thing_ctx_set_flags(tx.ctx(), flags);
    EXPECT_STATUS(THING_E_INVALID, call(thing_by_id, db_, tx.ctx(), user_, 1, obj.out())) << flags;
  }
}

TEST_P(RowLock, IsSeenInTheSqlOfServers) {
  const auto end = [this](const char* lock) {
    Buf json;
    const std::string document = R"({"take": 1, "lock": )" + std::string(lock) + "}";
    EXPECT_OK(call(thing_query_explain, db_, nullptr, parse(user_, document), json.out()));
    const std::string text = Json::parse(json.text())["sql"].text();
    return text.substr(text.rfind("LIMIT"));
  };
  EXPECT_EQ(end(R"("update")"), sql({"LIMIT ?", "LIMIT $1 FOR UPDATE", "LIMIT ? FOR UPDATE"}));
  if (is_sqlite()) return;
  EXPECT_NE(end(R"({"for": "share", "wait": "nowait"})").find(" NOWAIT"), std::string::npos);
  EXPECT_NE(end(R"({"for": "share", "wait": "skip_locked"})").find(" SKIP LOCKED"),
            std::string::npos);
}

// ---- SQLite, which has one writer

class RowLockOfSqlite : public RowLock {};
FOR_SETUPS(RowLockOfSqlite, kSqlite);

TEST_P(RowLockOfSqlite, HasNoWaitOfItsOwn) {
  Tx tx(db_);
  for (const char* wait : {"nowait", "skip_locked"}) {
    const Outcome refused =
        ask(R"({"lock": {"for": "update", "wait": ")" + std::string(wait) + "\"}}", tx.ctx());
    EXPECT_STATUS(THING_E_UNSUPPORTED, refused);
    EXPECT_TRUE(says(refused, "SQLite"));
    EXPECT_TRUE(says(refused, wait));
  }
}

TEST_P(RowLockOfSqlite, NeedsTheWriteLockFromTheBeginOn) {
  Tx deferred(db_, THING_TX_DEFERRED);
  const Outcome refused = ask(kForUpdate, deferred.ctx());
  EXPECT_STATUS(THING_E_STATE, refused);
  EXPECT_TRUE(says(refused, "deferred"));
  ASSERT_OK(deferred.commit());
}

// ---- two transactions

class RowLockOfTwo : public RowLock {};
FOR_SETUPS(RowLockOfTwo, kConcurrent);

TEST_P(RowLockOfTwo, KeepsAWriterWaitingUntilTheTransactionEnds) {
  for (const bool shared : {false, true}) {
    const auto all = shared ? ways(THING_LOCK_SHARE, THING_CTX_LOCK_SHARE)
                            : ways(THING_LOCK_UPDATE, THING_CTX_LOCK_UPDATE);
    Db other = open_again();
    other.define(models());
    for (const auto& [name, read] : all) {
      SCOPED_TRACE(name);
      Tx tx(db_);
      ASSERT_OK(read(tx.ctx()));
      std::atomic<bool> is_over{false};
      std::thread writer([&] {
        Tx second(other);
        update(other, other.model("User"), 1, R"({"email": "w@example.com"})", second.ctx());
        EXPECT_TRUE(is_over) << "it did not wait";
        EXPECT_OK(second.rollback());
      });
      std::this_thread::sleep_for(std::chrono::milliseconds(30));
      is_over = true;
      ASSERT_OK(tx.commit());
      writer.join();
    }
  }
}

// What is locked is the row as it is, whatever the cache has of it; and nothing of it is kept.
TEST_P(RowLockOfTwo, ReadsPastTheCache) {
  const char* plain = R"({"where": {"id": 1}})";
  EXPECT_EQ(query(db_, user_, plain).obj(0).integer("age"), 25);
  EXPECT_EQ(find(db_, user_, 1).integer("age"), 25);
  Db other = open_again();
  other.define(models());
  update(other, other.model("User"), 1, R"({"age": 41})");
  const int64_t fills[] = {db_.stat(THING_STAT_LIST_FILL), db_.stat(THING_STAT_OBJECT_FILL)};
  const int64_t hits[] = {db_.stat(THING_STAT_LIST_HIT), db_.stat(THING_STAT_OBJECT_HIT)};
  Tx tx(db_);
  for (const char* json : {kForUpdate, kForShare})
    EXPECT_EQ(query(db_, user_, json, tx.ctx()).obj(0).integer("age"), 41);
  thing_ctx_set_flags(tx.ctx(), THING_CTX_LOCK_UPDATE);
  EXPECT_EQ(find(db_, user_, 1, tx.ctx()).integer("age"), 41);
  EXPECT_EQ(db_.stat(THING_STAT_LIST_FILL), fills[0]);
  EXPECT_EQ(db_.stat(THING_STAT_OBJECT_FILL), fills[1]);
  EXPECT_EQ(db_.stat(THING_STAT_LIST_HIT), hits[0]);
  EXPECT_EQ(db_.stat(THING_STAT_OBJECT_HIT), hits[1]);
  ASSERT_OK(tx.commit());
}

// ---- servers, which lock rows one by one

class RowLockOnServer : public RowLock {
 protected:
  void SetUp() override {
    RowLock::SetUp();
    if (IsSkipped()) return;
    other_ = open_again();
    other_.define(models());
  }
  Db other_;
};
FOR_SETUPS(RowLockOnServer, kServers);

TEST_P(RowLockOnServer, FailsAtOnceWithNowait) {
  Tx one(db_), two(other_);
  ASSERT_OK(ask(db_, kForUpdate, one.ctx()));
  const auto begin = std::chrono::steady_clock::now();
  for (const char* lock : {"update", "share"}) {
    const Outcome busy =
        ask(other_, R"({"lock": {"for": ")" + std::string(lock) + R"(", "wait": "nowait"}})",
            two.ctx());
    EXPECT_STATUS(THING_E_BUSY, busy);
    EXPECT_TRUE(busy.retryable);
    EXPECT_EQ(busy.model, "User");
  }
  Obj obj;
  thing_ctx_set_flags(two.ctx(), THING_CTX_LOCK_SHARE | THING_CTX_NOWAIT);
  const thing_model* user = other_.model("User");
  EXPECT_STATUS(THING_E_BUSY, call(thing_by_id, other_, two.ctx(), user, 1, obj.out()));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
  EXPECT_OK(call(thing_by_id, other_, two.ctx(), user, 2, obj.out()))
      << "the transaction goes on, and other rows are free";
  ASSERT_OK(one.commit());
  EXPECT_OK(call(thing_by_id, other_, two.ctx(), user, 1, obj.out()));
  ASSERT_OK(two.commit());
}

TEST_P(RowLockOnServer, LeavesLockedRowsOutWithSkipLocked) {
  Tx one(db_), two(other_);
  const thing_model* user = other_.model("User");
  ASSERT_OK(ask(db_, R"({"where": {"id": {"in": [1, 3]}}, "lock": "update"})", one.ctx()));
  EXPECT_EQ(ids(other_, user, R"({"lock": {"for": "update", "wait": "skip_locked"}})", two.ctx()),
            (Ids{2, 4, 5}));
  thing_ctx_set_flags(two.ctx(), THING_CTX_LOCK_UPDATE | THING_CTX_SKIP_LOCKED);
  const int64_t wanted[] = {1, 2, 3};
  Rows rows;
  Obj obj;
  ASSERT_OK(call(thing_by_ids, other_, two.ctx(), user, wanted, 3, rows.out()));
  EXPECT_EQ(rows.ids(), (Ids{2}));
  EXPECT_STATUS(THING_NOT_FOUND, call(thing_by_id, other_, two.ctx(), user, 3, obj.out()));
  ASSERT_OK(one.rollback());
  EXPECT_OK(call(thing_by_id, other_, two.ctx(), user, 3, obj.out()));
  ASSERT_OK(two.commit());
}

TEST_P(RowLockOnServer, IsSharedByReadersAlone) {
  Tx one(db_), two(other_);
  const std::string share = R"({"where": {"id": 1}, "lock": {"for": "share", "wait": "nowait"}})";
  const std::string write = R"({"where": {"id": 1}, "lock": {"for": "update", "wait": "nowait"}})";
  EXPECT_OK(ask(db_, share, one.ctx()));
  EXPECT_OK(ask(other_, share, two.ctx()));
  EXPECT_STATUS(THING_E_BUSY, ask(other_, write, two.ctx()));
  ASSERT_OK(one.commit());
  EXPECT_OK(ask(other_, write, two.ctx()));
  ASSERT_OK(two.commit());
}

TEST_P(RowLockOnServer, WaitsNoLongerThanTheDeadline) {
  Tx one(db_), two(other_);
  ASSERT_OK(ask(db_, kForUpdate, one.ctx()));
  thing_ctx_set_timeout_ms(two.ctx(), 50);
  EXPECT_STATUS(THING_E_TIMEOUT, ask(other_, kForUpdate, two.ctx()));
  thing_ctx_set_timeout_ms(two.ctx(), -1);
  ASSERT_OK(one.commit());
}

// Workers that take a job each: every job runs once, and nobody waits for another's.
TEST_P(RowLockOnServer, LetsWorkersShareAQueue) {
  const char* jobs = R"({"name": "Job", "table": "jobs",
    "fields": {"id": "int", "done": {"type": "bool", "default": false}, "runs": {"type": "int", "default": 0}}})";
  db_.define(jobs);
  constexpr int kJobs = 24, kWorkers = 3;
  for (int i = 1; i <= kJobs; ++i)
    insert(db_, db_.model("Job"), "{\"id\": " + std::to_string(i) + "}");
  const std::string next =
      R"({"where": {"done": false}, "take": 1, "lock": {"for": "update", "wait": "skip_locked"}})";
  {
    Db two = open_again();
    two.define(jobs);
    Tx first(db_), second(two);
    EXPECT_EQ(ids(db_, db_.model("Job"), next, first.ctx()), (Ids{1}));
    EXPECT_EQ(ids(two, two.model("Job"), next, second.ctx()), (Ids{2}));
  }
  const auto work = [&] {
    Db db = open_again();
    db.define(jobs);
    const thing_model* job = db.model("Job");
    for (bool more = true; more;) {
      Tx tx(db);
      const Ids mine = ids(db, job, next, tx.ctx());
      for (const int64_t id : mine) {
        EXPECT_OK(call(thing_incr, db, tx.ctx(), job, id, 2, 1, nullptr));
        update(db, job, id, R"({"done": true})", tx.ctx());
      }
      EXPECT_OK(tx.commit());
      Ctx fresh(db, THING_CTX_NO_CACHE_READ);
      more = !mine.empty() || count(db, job, R"({"where": {"done": false}})", fresh) > 0;
    }
  };
  std::vector<std::thread> workers;
  for (int i = 0; i < kWorkers; ++i) workers.emplace_back(work);
  for (std::thread& worker : workers) worker.join();
  EXPECT_EQ(sql_json(db_, "SELECT count(*) AS n FROM jobs WHERE runs = 1"),
            R"([{"n":)" + std::to_string(kJobs) + "}]");
}

}  // namespace
}  // namespace conformance
