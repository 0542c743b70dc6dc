// Cached lists and counts: what keeps them, what drops them, and what they cost.
#include "support.h"

namespace conformance {
namespace {

class CachedLists : public DatabaseTest {
 protected:
  void SetUp() override {
    db_.define(
        R"({"name": "Task", "fields": {"id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}},
                   "name": "text", "status": "text?", "rank": "int?", "note": "text?"}, "softDelete": true})");
    task_ = db_.model("Task");
  }
  int64_t add(const char* json, thing_ctx* ctx = nullptr) { return insert(db_, task_, json, ctx); }

  // The statements that reading the list, or the count, of a query costs.
  int64_t list_cost(const std::string& json) {
    const int64_t before = db_.sql();
    ids(db_, task_, json);
    return db_.sql() - before;
  }
  int64_t count_cost(const std::string& json) {
    const int64_t before = db_.sql();
    count(db_, task_, json);
    return db_.sql() - before;
  }
  void warm(const std::string& json) {
    // In Redis the first read keeps which rows there are, and the second one the rows.
    for (int i = 0; i < (GetParam().is_in_redis() ? 2 : 1); ++i) ids(db_, task_, json);
    count(db_, task_, json);
    EXPECT_EQ(list_cost(json), 0) << json;
    EXPECT_EQ(count_cost(json), 0) << json;
  }
  void expect_kept(const std::string& json) {
    EXPECT_EQ(list_cost(json), 0) << json;
    EXPECT_EQ(count_cost(json), 0) << json;
  }
  // The row that was written has the values that the condition compares by equality, and fails it
  // otherwise: in memory the entries stay; those in Redis go, as a writer knows no more of them.
  void expect_kept_in_memory(const std::string& json) {
    if (!GetParam().is_in_redis()) return expect_kept(json);
    const Ids now = ids(db_, task_, json);
    expect_now(json, now);
    warm(json);
  }
  // Both must be read anew and be right.
  void expect_now(const std::string& json, const Ids& expected) {
    EXPECT_EQ(matching(db_, task_, json), expected) << json;
    EXPECT_EQ(counted(db_, task_, json), static_cast<int64_t>(expected.size())) << json;
  }

  const thing_model* task_ = nullptr;
};
FOR_SETUPS(CachedLists, kCaches);

constexpr const char* kOpen = R"({"where": {"status": "open"}})";

TEST_P(CachedLists, MissOnceThenHit) {  // K-3
  add(R"({"name": "a", "status": "open"})");
  add(R"({"name": "b", "status": "open"})");
  ASSERT_OK(call(thing_cache_clear, db_, nullptr, nullptr));
  const int64_t misses = db_.stat(THING_STAT_LIST_MISS), fills = db_.stat(THING_STAT_LIST_FILL),
                hits = db_.stat(THING_STAT_LIST_HIT);
  const std::string first = query(db_, task_, kOpen).json();
  EXPECT_EQ(db_.stat(THING_STAT_LIST_MISS), misses + 1);
  EXPECT_EQ(db_.stat(THING_STAT_LIST_FILL), fills + 1);
  const int64_t sql = db_.sql();
  EXPECT_EQ(query(db_, task_, kOpen).json(), first);
  EXPECT_EQ(db_.stat(THING_STAT_LIST_HIT), hits + 1);
  EXPECT_EQ(db_.sql(), sql);
}

TEST_P(CachedLists, CountsMissOnceThenHit) {
  add(R"({"name": "a", "status": "open"})");
  ASSERT_OK(call(thing_cache_clear, db_, nullptr, nullptr));
  const int64_t misses = db_.stat(THING_STAT_COUNT_MISS), fills = db_.stat(THING_STAT_COUNT_FILL),
                hits = db_.stat(THING_STAT_COUNT_HIT);
  EXPECT_EQ(count(db_, task_, kOpen), 1);
  EXPECT_EQ(db_.stat(THING_STAT_COUNT_MISS), misses + 1);
  EXPECT_EQ(db_.stat(THING_STAT_COUNT_FILL), fills + 1);
  EXPECT_EQ(count_cost(kOpen), 0);
  EXPECT_EQ(db_.stat(THING_STAT_COUNT_HIT), hits + 1);
}

TEST_P(CachedLists, FollowARename) {  // K-4
  const int64_t id = add(R"({"name": "old"})");
  const char* old_name = R"({"where": {"name": "old"}})";
  const char* new_name = R"({"where": {"name": "new"}})";
  warm(old_name);
  warm(new_name);
  update(db_, task_, id, R"({"name": "new"})");
  expect_now(old_name, {});
  expect_now(new_name, {id});
}

TEST_P(CachedLists, FollowEveryStepOfALife) {  // K-6, K-8
  warm(kOpen);
  const int64_t id = add(R"({"name": "a", "status": "open"})");
  expect_now(kOpen, {id});
  update(db_, task_, id, R"({"status": "done"})");
  expect_now(kOpen, {});
  update(db_, task_, id, R"({"status": "open"})");
  expect_now(kOpen, {id});
  remove(db_, task_, id, THING_DELETE_SOFT);
  expect_now(kOpen, {});
  const int64_t other = add(R"({"name": "b", "status": "open"})");
  expect_now(kOpen, {other});
  remove(db_, task_, other, THING_DELETE_HARD);
  expect_now(kOpen, {});
}

TEST_P(CachedLists, StayThroughWritesOfRowsThatDoNotMatch) {  // K-7
  const int64_t inside = add(R"({"name": "in", "status": "open", "rank": 1})");
  const int64_t outside = add(R"({"name": "out", "status": "done", "rank": 1})");
  warm(kOpen);
  const int64_t third = add(R"({"name": "x", "status": "done"})");
  expect_kept(kOpen);
  update(db_, task_, outside, R"({"name": "y", "rank": 9})");
  expect_kept(kOpen);
  update(db_, task_, outside, R"({"status": "late"})");
  expect_kept(kOpen);
  remove(db_, task_, third, THING_DELETE_HARD);
  expect_kept(kOpen);
  remove(db_, task_, outside, THING_DELETE_SOFT);
  expect_kept(kOpen);
  expect_now(kOpen, {inside});
}

TEST_P(CachedLists, ShowNewValuesOfRowsThatStayInThem) {
  const int64_t id = add(R"({"name": "in", "status": "open", "note": "before"})");
  warm(kOpen);
  update(db_, task_, id, R"({"note": "after"})");
  EXPECT_EQ(query(db_, task_, kOpen).texts("note"), (Texts{"after"}));
  EXPECT_EQ(count_cost(kOpen), 0) << "the number of rows did not change";
}

TEST_P(CachedLists, AreDroppedOnDoubt) {  // K-9
  const char* folded = R"({"where": {"name": {"equals": "äb", "mode": "insensitive"}}})";
  warm(folded);
  const int64_t id = add(R"({"name": "äB"})");
  expect_now(folded, {id});
  remove(db_, task_, id, THING_DELETE_HARD);
  expect_now(folded, {});
}

TEST_P(CachedLists, DecideByWholeConditions) {  // K-10
  const char* complex = R"({"where": {"status": "open", "name": {"startsWith": "ab"}}})";
  warm(complex);
  add(R"({"name": "abc", "status": "done"})");
  expect_kept(complex);
  add(R"({"name": "xyz", "status": "open"})");
  expect_kept_in_memory(complex);
  const int64_t id = add(R"({"name": "abx", "status": "open"})");
  expect_now(complex, {id});
}

TEST_P(CachedLists, DecideByListsOfValues) {  // K-10
  const char* in_names = R"({"where": {"name": {"in": ["a", "b"]}}})";
  const char* in_ids = R"({"where": {"id": {"in": [2, 3]}}})";
  warm(in_names);
  warm(in_ids);
  const int64_t first = add(R"({"name": "c"})");
  ASSERT_EQ(first, 1);
  expect_kept(in_names);
  expect_kept_in_memory(in_ids);  // Redis: the key is not known yet when the row is told of
  const int64_t second = add(R"({"name": "b"})");
  expect_now(in_names, {second});
  expect_now(in_ids, {second});
}

TEST_P(CachedLists, DecideByGroupsAndRanges) {  // K-10
  const char* either = R"({"where": {"OR": [{"status": "open"}, {"rank": {"gt": 5}}]}})";
  const char* range = R"({"where": {"rank": {"gte": 3, "lt": 6}}})";
  const int64_t id = add(R"({"name": "a", "status": "done", "rank": 1})");
  warm(either);
  warm(range);
  update(db_, task_, id, R"({"rank": 2})");
  expect_kept_in_memory(either);
  expect_kept_in_memory(range);
  update(db_, task_, id, R"({"rank": 3})");
  expect_kept_in_memory(either);
  expect_now(range, {id});
  update(db_, task_, id, R"({"rank": 6})");
  expect_now(either, {id});
  expect_now(range, {});
}

TEST_P(CachedLists, SortAnewWhenAnOrderFieldChanges) {  // K-11
  const char* ordered = R"({"where": {"status": "open"}, "orderBy": {"rank": "asc"}})";
  const int64_t a = add(R"({"name": "a", "status": "open", "rank": 1})"),
                b = add(R"({"name": "b", "status": "open", "rank": 2})");
  warm(ordered);
  update(db_, task_, a, R"({"rank": 3})");
  EXPECT_EQ(count_cost(ordered), 0) << "the count entry is kept";
  EXPECT_EQ(ids(db_, task_, ordered), (Ids{b, a}));
  expect_now(ordered, {b, a});
}

TEST_P(CachedLists, FollowPagesWhenARowMovesAcrossTheirEdges) {
  const char* top = R"({"orderBy": {"rank": "desc"}, "take": 2})";
  const int64_t a = add(R"({"name": "a", "rank": 1})"), b = add(R"({"name": "b", "rank": 2})"),
                c = add(R"({"name": "c", "rank": 3})");
  EXPECT_EQ(matching(db_, task_, top), (Ids{c, b}));
  update(db_, task_, a, R"({"rank": 9})");
  EXPECT_EQ(matching(db_, task_, top), (Ids{a, c}));
  remove(db_, task_, c, THING_DELETE_HARD);
  EXPECT_EQ(matching(db_, task_, top), (Ids{a, b}));
  const int64_t d = add(R"({"name": "d", "rank": 5})");
  EXPECT_EQ(matching(db_, task_, top), (Ids{a, d}));
}

TEST_P(CachedLists, AnswerCountsWhenTheyAreWhole) {  // K-13
  add(R"({"name": "a", "status": "open"})");
  add(R"({"name": "b", "status": "open"})");
  ids(db_, task_, kOpen);
  EXPECT_EQ(count_cost(kOpen), 0);
  EXPECT_EQ(count(db_, task_, kOpen), 2);
  const char* short_page =
      R"({"where": {"status": "open"}, "orderBy": {"name": "desc"}, "take": 3})";
  ASSERT_OK(call(thing_cache_clear, db_, nullptr, nullptr));
  ids(db_, task_, short_page);
  EXPECT_EQ(count_cost(short_page), 0) << "fewer rows than the take are all rows";
}

TEST_P(CachedLists, NeverAnswerCountsFromACutPage) {  // B19
  for (int i = 0; i < 5; ++i) add(R"({"name": "a", "status": "open"})");
  const char* page = R"({"where": {"status": "open"}, "take": 2})";
  const char* late = R"({"where": {"status": "open"}, "take": 10, "skip": 4})";
  EXPECT_EQ(ids(db_, task_, page).size(), 2U);
  EXPECT_EQ(count(db_, task_, page), 5);
  ASSERT_OK(call(thing_cache_clear, db_, nullptr, nullptr));
  EXPECT_EQ(ids(db_, task_, late).size(), 1U);
  EXPECT_EQ(count(db_, task_, late), 5);
}

TEST_P(CachedLists, ShareOneCountAmongPagesAndOrders) {
  for (int i = 0; i < 5; ++i) add(R"({"name": "a", "status": "open"})");
  count(db_, task_, kOpen);
  EXPECT_EQ(
      count_cost(
          R"({"where": {"status": "open"}, "orderBy": {"name": "asc"}, "take": 2, "skip": 1})"),
      0);
}

TEST_P(CachedLists, GiveEveryPageOfALargeResult) {  // K-14, T38
  Tx tx(db_);
  for (int i = 0; i < 220; ++i) add(R"({"name": "a", "status": "open"})", tx.ctx());
  ASSERT_OK(tx.commit());
  const auto page = [&](int skip, int take) {
    return matching(db_, task_,
                    R"({"where": {"status": "open"}, "take": )" + std::to_string(take) +
                        R"(, "skip": )" + std::to_string(skip) + "}");
  };
  EXPECT_EQ(page(0, 2), (Ids{1, 2}));
  EXPECT_EQ(page(2, 2), (Ids{3, 4}));
  EXPECT_EQ(page(0, 200).size(), 200U);
  Ids expected;
  for (int64_t id = 199; id <= 208; ++id) expected.push_back(id);
  EXPECT_EQ(page(198, 10), expected);
  EXPECT_EQ(page(215, 10).size(), 5U);
  EXPECT_EQ(counted(db_, task_, kOpen), 220);
}

TEST_P(CachedLists, TellHiddenRowsFromAll) {  // K-15, K-16, K-17
  for (int i = 0; i < 5; ++i) add(R"({"name": "a", "status": "open"})");
  warm(kOpen);
  for (const int64_t id : {1, 3, 5}) remove(db_, task_, id);
  Ctx all(db_, THING_CTX_WITH_DELETED), deleted(db_, THING_CTX_ONLY_DELETED);
  EXPECT_EQ(count(db_, task_, kOpen, all), 5);
  EXPECT_EQ(count(db_, task_, kOpen, deleted), 3);
  expect_now(kOpen, {2, 4});
  Obj hidden = find(db_, task_, 3, all);
  ASSERT_OK(call(thing_restore, db_, nullptr, hidden));
  expect_now(kOpen, {2, 3, 4});
  EXPECT_EQ(count(db_, task_, kOpen, deleted), 2);
  EXPECT_EQ(ids(db_, task_, kOpen, deleted), (Ids{1, 5}));
}

TEST_P(CachedLists, FollowDeletesByIdAlone) {  // N10, T25
  const int64_t id = add(R"({"name": "a", "status": "open"})");
  warm(kOpen);
  ASSERT_OK(call(thing_delete_by_id, db_, nullptr, task_, id, THING_DELETE_HARD));
  expect_now(kOpen, {});
}

TEST_P(CachedLists, FollowDeletesOfObjectsThatWereEdited) {  // B14
  const int64_t id = add(R"({"name": "a", "status": "open"})");
  warm(kOpen);
  Obj edited = find(db_, task_, id);
  ASSERT_OK(edited.set("status", "elsewhere"));
  ASSERT_OK(call(thing_delete, db_, nullptr, edited, THING_DELETE_HARD));
  expect_now(kOpen, {});
}

TEST_P(CachedLists, FollowDeletesOfPartialAndStaleObjects) {  // B14, N7
  const int64_t a = add(R"({"name": "a", "status": "open"})"),
                b = add(R"({"name": "b", "status": "done"})");
  Obj partial = query(db_, task_, R"({"where": {"name": "a"}, "select": ["name"]})").obj(0);
  Obj stale = find(db_, task_, b);
  update(db_, task_, b, R"({"status": "open"})");
  warm(kOpen);
  expect_now(kOpen, {a, b});
  ASSERT_OK(call(thing_delete, db_, nullptr, partial, THING_DELETE_HARD));
  expect_now(kOpen, {b});
  ASSERT_OK(call(thing_delete, db_, nullptr, stale, THING_DELETE_HARD));
  expect_now(kOpen, {});
}

TEST_P(CachedLists, FollowSavesOfStaleObjects) {  // T22
  const int64_t id = add(R"({"name": "a", "status": "open"})");
  Obj stale = find(db_, task_, id);
  update(db_, task_, id, R"({"status": "done"})");
  warm(kOpen);
  const char* done = R"({"where": {"status": "done"}})";
  warm(done);
  ASSERT_OK(stale.set("status", "late"));
  ASSERT_OK(call(thing_save, db_, nullptr, stale));
  expect_now(done, {});
  expect_now(R"({"where": {"status": "late"}})", {id});
}

TEST_P(CachedLists, FollowTransactionsAtTheirCommit) {  // N6
  const int64_t a = add(R"({"name": "a", "status": "open"})");
  warm(kOpen);
  {
    Tx tx(db_);
    add(R"({"name": "b", "status": "open"})", tx.ctx());
    EXPECT_EQ(ids(db_, task_, kOpen, tx.ctx()).size(), 2U);
    EXPECT_EQ(count(db_, task_, kOpen, tx.ctx()), 2);
    ASSERT_OK(tx.rollback());
  }
  expect_now(kOpen, {a});
  Tx tx(db_);
  const int64_t c = add(R"({"name": "c", "status": "open"})", tx.ctx());
  update(db_, task_, a, R"({"status": "done"})", tx.ctx());
  ASSERT_OK(tx.commit());
  expect_now(kOpen, {c});
}

TEST_P(CachedLists, FollowWhatASavepointLeft) {
  warm(kOpen);
  Tx tx(db_);
  ASSERT_OK(call(thing_tx_savepoint, tx, "sp"));
  add(R"({"name": "b", "status": "open"})", tx.ctx());
  EXPECT_EQ(count(db_, task_, kOpen, tx.ctx()), 1);
  ASSERT_OK(call(thing_tx_rollback_to, tx, "sp"));
  EXPECT_EQ(count(db_, task_, kOpen, tx.ctx()), 0);
  const int64_t c = add(R"({"name": "c", "status": "open"})", tx.ctx());
  ASSERT_OK(tx.commit());
  expect_now(kOpen, {c});
}

TEST_P(CachedLists, AreClearedByHand) {
  add(R"({"name": "a", "status": "open"})");
  warm(kOpen);
  ASSERT_OK(call(thing_cache_clear, db_, nullptr, task_));
  EXPECT_GT(list_cost(kOpen), 0);
}

TEST_P(CachedLists, OfSelectionsAndDifferentValuesFollowToo) {
  const int64_t id = add(R"({"name": "a", "status": "open"})");
  const char* names = R"({"select": ["status"], "distinct": true})";
  const char* some = R"({"where": {"status": "open"}, "select": ["note"]})";
  for (int again = 0; again < 2; ++again) {
    EXPECT_EQ(query(db_, task_, names).texts("status"), (Texts{"open"}));
    EXPECT_EQ(query(db_, task_, some).texts("note"), (Texts{"<NULL>"}));
    EXPECT_EQ(count(db_, task_, names), 1);
  }
  update(db_, task_, id, R"({"note": "n"})");
  EXPECT_EQ(query(db_, task_, some).texts("note"), (Texts{"n"}));
  add(R"({"name": "b", "status": "done"})");
  EXPECT_EQ(query(db_, task_, names).texts("status"), (Texts{"done", "open"}));
  EXPECT_EQ(count(db_, task_, names), 2);
}

TEST_P(CachedLists, FollowFirstAndExists) {
  Criteria q = parse(task_, R"({"where": {"status": "open"}, "orderBy": {"rank": "asc"}})");
  const auto first = [&] {
    Obj obj;
    const Outcome outcome = call(thing_query_first, db_, nullptr, q, obj.out());
    bool any = false;
    EXPECT_OK(call(thing_query_exists, db_, nullptr, q, &any));
    EXPECT_EQ(any, outcome.status == THING_OK);
    return outcome.status == THING_OK ? obj.text("name") : "<NONE>";
  };
  EXPECT_EQ(first(), "<NONE>");
  EXPECT_EQ(first(), "<NONE>");
  const int64_t a = add(R"({"name": "a", "status": "open", "rank": 2})");
  EXPECT_EQ(first(), "a");
  add(R"({"name": "b", "status": "open", "rank": 1})");
  EXPECT_EQ(first(), "b");
  execute(db_,
          std::string("UPDATE tasks SET ") +
              sql({.sqlite = "\"rank\"", .postgres = "\"rank\"", .mysql = "`rank`"}) +
              " = 0 WHERE id = " + std::to_string(a),
          "tasks");
  EXPECT_EQ(first(), "a");
}

TEST_P(CachedLists, FollowPluck) {
  add(R"({"name": "a", "status": "open"})");
  Criteria q = parse(task_, kOpen);
  const auto names = [&] {
    Buf buf;
    EXPECT_OK(call(thing_query_pluck, db_, nullptr, q, thing_model_field_index(task_, "name", -1),
                   buf.out()));
    return canonical(buf.text());
  };
  EXPECT_EQ(names(), R"(["a"])");
  update(db_, task_, 1, R"({"name": "b"})");
  EXPECT_EQ(names(), R"(["b"])");
}

TEST_P(CachedLists, AreRightForThousandsOfQueries) {  // N18
  const int kRows = repetitions(is_sqlite() ? 1500 : 200);
  Tx tx(db_);
  for (int i = 1; i <= kRows; ++i) {
    add((R"({"name": "n)" + std::to_string(i) + R"(", "rank": )" + std::to_string(i % 10) + "}")
            .c_str(),
        tx.ctx());
  }
  ASSERT_OK(tx.commit());
  for (int again = 0; again < 2; ++again) {
    for (int i = 1; i <= kRows; ++i) {
      const std::string name = std::to_string(i), rank = std::to_string(i % 10);
      ASSERT_EQ(ids(db_, task_, R"({"where": {"name": "n)" + name + "\"}}"), (Ids{i}));
      ASSERT_EQ(
          count(db_, task_, R"({"where": {"name": "n)" + name + R"(", "rank": )" + rank + "}}"), 1);
      ASSERT_EQ(count(db_, task_,
                      R"({"where": {"name": "n)" + name + R"(", "rank": {"not": )" + rank + "}}}"),
                0);
    }
  }
}

}  // namespace
}  // namespace conformance
