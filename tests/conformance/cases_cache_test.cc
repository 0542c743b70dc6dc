// Cases that a cache of rows, lists and counts is accepted by, as CASES.md lists them: those that
// no other test of this folder shows on every cache.
#include <atomic>
#include <thread>

#include "support.h"

namespace conformance {
namespace {

constexpr const char* kTask =
    R"({"name": "Task", "fields": {"id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}},
         "name": "text", "status": "text?", "rank": "int?", "note": "text?",
         "hidden": {"type": "bool", "default": false}}, "softDelete": true})";
constexpr const char* kOpen = R"({"where": {"status": "open"}})";
constexpr const char* kShown = R"({"where": {"hidden": false}})";

class CacheCases : public DatabaseTest {
 protected:
  void SetUp() override {
    db_.define(kTask);
    task_ = db_.model("Task");
  }
  int64_t add(const std::string& json, thing_ctx* ctx = nullptr) {
    return insert(db_, task_, json, ctx);
  }
  template <class Work>
  int64_t added(int32_t which, Work&& work) {
    const int64_t before = db_.stat(which);
    work();
    return db_.stat(which) - before;
  }
  int64_t list_cost(const std::string& json) {
    return added(THING_STAT_SQL, [&] { ids(db_, task_, json); });
  }
  int64_t count_cost(const std::string& json) {
    return added(THING_STAT_SQL, [&] { count(db_, task_, json); });
  }
  static bool is_in_redis() { return GetParam().is_in_redis(); }
  // Until nothing of it costs a statement.
  void warm(const std::string& json) {
    for (int i = 0; i < 2; ++i) ids(db_, task_, json);
    count(db_, task_, json);
    expect_kept(json);
  }
  void expect_kept(const std::string& json) {
    EXPECT_EQ(list_cost(json), 0) << json;
    EXPECT_EQ(count_cost(json), 0) << json;
  }
  void expect_now(const std::string& json, const Ids& expected) {
    EXPECT_EQ(matching(db_, task_, json), expected) << json;
    EXPECT_EQ(counted(db_, task_, json), static_cast<int64_t>(expected.size())) << json;
  }
  int64_t total(thing_ctx* ctx = nullptr) const { return count(db_, task_, "{}", ctx); }

  const thing_model* task_ = nullptr;
};
FOR_SETUPS(CacheCases, kCaches);

TEST_P(CacheCases, K3_AListIsReadOnceAndItsRowsAreObjectsOfTheCache) {
  const int64_t a = add(R"({"name": "a", "status": "open"})");
  add(R"({"name": "b", "status": "open"})");
  ASSERT_OK(call(thing_cache_clear, db_, nullptr, nullptr));
  EXPECT_EQ(added(THING_STAT_LIST_MISS, [&] { EXPECT_EQ(list_cost(kOpen), 1); }), 1);
  EXPECT_EQ(added(THING_STAT_LIST_HIT, [&] { EXPECT_EQ(list_cost(kOpen), 0); }), 1);
  EXPECT_EQ(added(THING_STAT_SQL, [&] { EXPECT_EQ(read_text(db_, task_, a, "name"), "a"); }), 0);
}

TEST_P(CacheCases, K5_ARowIsReadByAtMostOneStatementAfterAWrite) {
  const int64_t id = add(R"({"name": "a"})");
  const auto expect = [&](const char* name) {
    EXPECT_LE(added(THING_STAT_SQL, [&] { EXPECT_EQ(read_text(db_, task_, id, "name"), name); }),
              1);
    EXPECT_EQ(added(THING_STAT_SQL, [&] { EXPECT_EQ(read_text(db_, task_, id, "name"), name); }),
              0);
  };
  expect("a");
  update(db_, task_, id, R"({"name": "b"})");
  expect("b");
  remove(db_, task_, id, THING_DELETE_HARD);
  Obj obj;
  EXPECT_STATUS(THING_NOT_FOUND, call(thing_by_id, db_, nullptr, task_, id, obj.out()));
  EXPECT_EQ(added(THING_STAT_SQL, [&] { EXPECT_FALSE(exists(db_, task_, id)); }), 0);
}

TEST_P(CacheCases, K10_AListOfValuesIsTouchedByThoseValuesAlone) {
  const char* const some = R"({"where": {"name": {"in": ["a", "b"]}, "rank": {"in": [1, 2]}}})";
  const int64_t in = add(R"({"name": "a", "rank": 1})"), out = add(R"({"name": "a", "rank": 3})");
  warm(some);
  update(db_, task_, out, R"({"name": "c"})");  // in Redis the writer learns of the query
  warm(some);
  const int64_t other = add(R"({"name": "c", "rank": 1})");
  expect_kept(some);
  update(db_, task_, out, R"({"name": "b"})");
  expect_kept(some);
  update(db_, task_, out, R"({"rank": 2})");
  expect_now(some, {in, out});
  update(db_, task_, other, R"({"name": "b"})");
  expect_now(some, {in, out, other});
  warm(some);
  remove(db_, task_, other, THING_DELETE_HARD);
  update(db_, task_, in, R"({"name": "c"})");
  expect_now(some, {out});
}

TEST_P(CacheCases, K10_AListOfMoreValuesThanHaveBucketsFollowsAllOfThem) {
  std::string values = "0";
  for (int i = 1; i < 40; ++i) values += ", " + std::to_string(i);
  const std::string many = R"({"where": {"rank": {"in": [)" + values + "]}}}";
  warm(many);
  Ids expected;
  for (const int rank : {0, 16, 17, 39, 40}) {
    const int64_t id = add(R"({"name": "a", "rank": )" + std::to_string(rank) + "}");
    if (rank < 40) expected.push_back(id);
    expect_now(many, expected);
  }
}

TEST_P(CacheCases, K10_APageOfAListOfValuesFollowsThem) {
  const char* const top =
      R"({"where": {"status": {"in": ["open", "late"]}}, "orderBy": {"rank": "desc"}, "take": 2})";
  const int64_t a = add(R"({"name": "a", "status": "open", "rank": 3})"),
                b = add(R"({"name": "b", "status": "late", "rank": 2})"),
                c = add(R"({"name": "c", "status": "open", "rank": 1})");
  for (int i = 0; i < 2; ++i) EXPECT_EQ(matching(db_, task_, top), (Ids{a, b}));
  update(db_, task_, c, R"({"rank": 5})");
  EXPECT_EQ(matching(db_, task_, top), (Ids{c, a}));
  update(db_, task_, a, R"({"status": "done"})");
  EXPECT_EQ(matching(db_, task_, top), (Ids{c, b}));
  update(db_, task_, b, R"({"status": null})");
  EXPECT_EQ(matching(db_, task_, top), (Ids{c}));
  EXPECT_EQ(count(db_, task_, top), 1);
}

// The statement names no table, so nobody is told of what it does.
TEST_P(CacheCases, K12_ClearingATableShowsWhatNobodyWasToldOf) {
  const int64_t first = add(R"({"name": "a", "status": "open"})");
  warm(kOpen);
  EXPECT_FALSE(exists(db_, task_, first + 1));
  execute(db_, "INSERT INTO tasks (name, status) VALUES ('raw', 'open')", "");
  EXPECT_EQ(count(db_, task_, kOpen), 1) << "nobody was told";
  ASSERT_OK(call(thing_cache_clear, db_, nullptr, task_));
  EXPECT_EQ(count(db_, task_, kOpen), 2);
  EXPECT_EQ(ids(db_, task_, kOpen), (Ids{first, first + 1}));
  EXPECT_EQ(read_text(db_, task_, first + 1, "name"), "raw");
}

TEST_P(CacheCases, K13_AListThatIsWholeAnswersTheCount) {
  for (const char* name : {"a", "b"})
    add(R"({"name": ")" + std::string(name) + R"(", "status": "open"})");
  ASSERT_OK(call(thing_cache_clear, db_, nullptr, nullptr));
  ids(db_, task_, kOpen);
  const int64_t hits = db_.stat(THING_STAT_COUNT_HIT);
  EXPECT_EQ(added(THING_STAT_SQL, [&] { EXPECT_EQ(count(db_, task_, kOpen), 2); }), 0);
  EXPECT_EQ(db_.stat(THING_STAT_COUNT_HIT), hits + 1);
  const char* const names = R"({"select": ["name"], "distinct": true})";
  ids(db_, task_, names);
  EXPECT_EQ(added(THING_STAT_SQL, [&] { EXPECT_EQ(count(db_, task_, names), 2); }), 0);
  const char* const page = R"({"where": {"status": "open"}, "orderBy": {"id": "desc"}, "take": 2})";
  ASSERT_OK(call(thing_cache_clear, db_, nullptr, nullptr));
  ids(db_, task_, page);
  EXPECT_EQ(added(THING_STAT_SQL, [&] { EXPECT_EQ(count(db_, task_, page), 2); }), 1)
      << "there may be more behind a full page";
  add(R"({"name": "c", "status": "open"})");
  EXPECT_EQ(count(db_, task_, kOpen), 3);
}

// Which rows are to be seen is a condition of the query, in the list and in the count alike.
TEST_P(CacheCases, K15_HiddenRowsAreInNeitherTheListNorTheCount) {
  for (const char* hidden : {"true", "false", "true", "false", "true"})
    add(R"({"name": "a", "hidden": )" + std::string(hidden) + "}");
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(ids(db_, task_, kShown), (Ids{2, 4}));
    EXPECT_EQ(count(db_, task_, kShown), 2);
    EXPECT_EQ(total(), 5);
  }
  remove(db_, task_, 4);
  Ctx all(db_, THING_CTX_WITH_DELETED);
  EXPECT_EQ(count(db_, task_, kShown), 1);
  EXPECT_EQ(count(db_, task_, kShown, all), 2);
  EXPECT_EQ(total(), 4);
  EXPECT_EQ(total(all), 5);
}

TEST_P(CacheCases, K15_MoreThan200RowsAreCountedExactly) {
  Tx tx(db_);
  for (int i = 1; i <= 250; ++i) {
    add(R"({"name": "a", "hidden": )" + std::string(i % 5 == 0 ? "true" : "false") + "}", tx.ctx());
  }
  ASSERT_OK(tx.commit());
  for (int i = 0; i < 2; ++i) EXPECT_EQ(count(db_, task_, kShown), 200);
  EXPECT_EQ(ids(db_, task_, kShown).size(), 200U);
  update(db_, task_, 5, R"({"hidden": false})");
  EXPECT_EQ(count(db_, task_, kShown), 201);
  Ids pages;
  for (int skip = 0; skip < 250; skip += 50) {
    const std::string json =
        R"({"where": {"hidden": false}, "take": 50, "skip": )" + std::to_string(skip) + "}";
    const Ids page = matching(db_, task_, json);
    pages.insert(pages.end(), page.begin(), page.end());
  }
  EXPECT_EQ(pages, ids(db_, task_, kShown)) << "each row once, in order";
}

TEST_P(CacheCases, K16_HidingAndShowingARowIsSeen) {
  for (int i = 0; i < 3; ++i) add(R"({"name": "a"})");
  warm(kShown);
  update(db_, task_, 2, R"({"hidden": true})");
  expect_now(kShown, {1, 3});
  warm(kShown);
  update(db_, task_, 2, R"({"hidden": false})");
  expect_now(kShown, {1, 2, 3});
  warm(kShown);
  remove(db_, task_, 3);
  expect_now(kShown, {1, 2});
  Ctx all(db_, THING_CTX_WITH_DELETED);
  Obj gone = find(db_, task_, 3, all);
  ASSERT_OK(call(thing_restore, db_, nullptr, gone));
  expect_now(kShown, {1, 2, 3});
}

TEST_P(CacheCases, K17_AQueryIsNotChangedByARunThatSeesDeletedRows) {
  const int64_t a = add(R"({"name": "a", "rank": 2})"), b = add(R"({"name": "b", "rank": 1})");
  const Criteria q = parse(task_, R"({"orderBy": {"rank": "asc"}})");
  Ctx all(db_, THING_CTX_WITH_DELETED);
  const auto first = [&](thing_ctx* ctx) {
    Obj obj;
    const Outcome outcome = call(thing_query_first, db_, ctx, q, obj.out());
    return outcome.status == THING_OK ? obj.id() : -outcome.status;
  };
  const auto run = [&](thing_ctx* ctx) {
    Rows rows;
    EXPECT_OK(call(thing_query_run, db_, ctx, q, rows.out()));
    return rows.ids();
  };
  for (int i = 0; i < 2; ++i) EXPECT_EQ(first(nullptr), b);
  remove(db_, task_, b);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(first(all), b);
    EXPECT_EQ(first(nullptr), a);
    EXPECT_EQ(run(all), (Ids{b, a}));
    EXPECT_EQ(run(nullptr), (Ids{a}));
  }
  remove(db_, task_, a);
  EXPECT_EQ(first(nullptr), -THING_NOT_FOUND);
  EXPECT_EQ(run(nullptr), Ids());
}

TEST_P(CacheCases, K20_ABatchThatFailsLeavesNothingInTheCache) {
  db_.define(R"({"name": "Tag", "fields": {"id": {"type": "int", "primary": true},
                 "word": {"type": "text", "unique": true}}})");
  const thing_model* const tag = db_.model("Tag");
  insert(db_, tag, R"({"id": 1, "word": "a"})");
  const char* const twice = R"({"where": {"word": "b"}})";
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(read_text(db_, tag, 1, "word"), "a");
    EXPECT_FALSE(exists(db_, tag, 2));
    EXPECT_EQ(ids(db_, tag, twice), Ids());
    EXPECT_EQ(count(db_, tag, twice), 0);
  }
  Obj known = find(db_, tag, 1), fresh = new_obj(tag, R"({"id": 2, "word": "b"})");
  ASSERT_OK(known.set("word", "b"));
  thing_obj* const objs[] = {known, fresh};
  EXPECT_STATUS(THING_E_UNIQUE, call(thing_save_many, db_, nullptr, objs, 2));
  EXPECT_EQ(read_text(db_, tag, 1, "word"), "a");
  EXPECT_FALSE(exists(db_, tag, 2));
  EXPECT_EQ(ids(db_, tag, twice), Ids());
  EXPECT_EQ(count(db_, tag, twice), 0);
  ASSERT_OK(fresh.set("word", "c"));
  ASSERT_OK(call(thing_save_many, db_, nullptr, objs, 2));
  EXPECT_EQ(ids(db_, tag, twice), (Ids{1}));
  EXPECT_EQ(read_text(db_, tag, 2, "word"), "c");
}

TEST_P(CacheCases, N6_NothingOfAnOpenTransactionIsKept) {
  const int64_t id = add(R"({"name": "a", "status": "open"})");
  warm(kOpen);
  EXPECT_EQ(read_text(db_, task_, id, "name"), "a");
  for (const bool commits : {false, true}) {
    Tx tx(db_);
    update(db_, task_, id, R"({"name": "b", "status": "done"})", tx.ctx());
    EXPECT_EQ(read_text(db_, task_, id, "name", tx.ctx()), "b");
    EXPECT_EQ(count(db_, task_, kOpen, tx.ctx()), 0);
    EXPECT_EQ(ids(db_, task_, kOpen, tx.ctx()), Ids());
    if (!GetParam().in_memory) {  // its one connection is the transaction's
      for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(read_text(db_, task_, id, "name"), "a");
        EXPECT_EQ(count(db_, task_, kOpen), 1);
        EXPECT_EQ(ids(db_, task_, kOpen), (Ids{id}));
      }
    }
    ASSERT_OK(commits ? tx.commit() : tx.rollback());
    EXPECT_EQ(read_text(db_, task_, id, "name"), commits ? "b" : "a");
    expect_now(kOpen, commits ? Ids() : Ids{id});
  }
}

TEST_P(CacheCases, N8_ASaveOfARowThatIsNotThereLeavesNothingInTheCache) {
  const int64_t id = add(R"({"name": "a", "status": "open"})");
  Obj obj = find(db_, task_, id);
  execute(db_, "DELETE FROM tasks WHERE id = " + std::to_string(id), "tasks");
  warm(kOpen);
  ASSERT_OK(obj.set("name", "ghost"));
  EXPECT_STATUS(THING_NOT_FOUND, call(thing_save, db_, nullptr, obj));
  for (int i = 0; i < 2; ++i) EXPECT_FALSE(exists(db_, task_, id));
  expect_now(kOpen, {});
  expect_now("{}", {});
}

// ---- by two handles: to the database, and to Redis, two processes

class SharedCacheCases : public DatabaseTest {
 protected:
  void SetUp() override {
    db_.define(kTask);
    other_ = open_again();
    ASSERT_OK(call(thing_model_register, other_, kTask, -1));
  }
  Db other_;
};
FOR_SETUPS(SharedCacheCases, kShared);

TEST_P(SharedCacheCases, K23_IncrementsOfManyThreadsAndTwoProcessesAddUp) {
  constexpr int kThreads = 50, kEach = 5;
  const thing_model *const mine = db_.model("Task"), *const theirs = other_.model("Task");
  const int64_t id = insert(db_, mine, R"({"name": "a", "rank": 0})");
  const int32_t rank = thing_model_field_index(mine, "rank", -1);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      const Db& db = t % 2 == 0 ? db_ : other_;
      const thing_model* const m = t % 2 == 0 ? mine : theirs;
      for (int64_t before = 0, i = 0; i < kEach; ++i) {
        int64_t now = 0;
        EXPECT_OK(call(thing_incr, db, nullptr, m, id, rank, 1, &now));
        EXPECT_GT(now, before);
        EXPECT_GE(find(db, m, id).integer("rank"), now) << "what returned is seen";
        before = now;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(find(db_, mine, id).integer("rank"), kThreads * kEach);
  EXPECT_EQ(find(other_, theirs, id).integer("rank"), kThreads * kEach);
}

TEST_P(SharedCacheCases, N5_WhatOneReadsTheOtherMayChange) {
  const thing_model *const mine = db_.model("Task"), *const theirs = other_.model("Task");
  const int64_t id = insert(db_, mine, R"({"name": "a", "status": "open"})");
  for (int i = 0; i < 10; ++i) {
    const std::string name = "n" + std::to_string(i);
    for (int again = 0; again < 2; ++again) {
      read_text(db_, mine, id, "name");
      ids(db_, mine, kOpen);
      count(db_, mine, kOpen);
    }
    update(other_, theirs, id, R"({"name": ")" + name + "\"}");
    const int64_t more = insert(other_, theirs, R"({"name": "b", "status": "open"})");
    EXPECT_EQ(read_text(db_, mine, id, "name"), name);
    EXPECT_EQ(query(db_, mine, kOpen).texts("name").front(), name);
    EXPECT_EQ(count(db_, mine, kOpen), i + 2);
    EXPECT_EQ(ids(db_, mine, kOpen).back(), more);
  }
}

}  // namespace
}  // namespace conformance
