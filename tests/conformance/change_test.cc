// Soft deletes, upserts, increments, and writes of all rows that match a query.
#include <thread>

#include "support.h"

namespace conformance {
namespace {

class SoftDelete : public DatabaseTest {
 protected:
  void SetUp() override {
    db_.define(R"([{"name": "Doc", "fields": {"id": "int", "title": "text"}, "softDelete": true},
                   {"name": "Flagged", "table": "flagged", "fields": {"id": "int", "title": "text", "gone": {"type": "bool", "default": false}}, "softDelete": "gone"}])");
    doc_ = db_.model("Doc");
    for (int i = 1; i <= 5; ++i) {
      insert(db_, doc_, R"({"id": )" + std::to_string(i) + R"(, "title": "t"})");
      insert(db_, db_.model("Flagged"), R"({"id": )" + std::to_string(i) + R"(, "title": "t"})");
    }
  }
  const thing_model* doc_ = nullptr;
};
FOR_SETUPS(SoftDelete, kEverywhere);

TEST_P(SoftDelete, HidesTheRowFromEveryRead) {  // K-18
  EXPECT_EQ(counted(db_, doc_, "{}"), 5);
  remove(db_, doc_, 2);
  EXPECT_FALSE(exists(db_, doc_, 2));
  EXPECT_EQ(matching(db_, doc_, "{}"), (Ids{1, 3, 4, 5}));
  EXPECT_EQ(matching(db_, doc_, R"({"where": {"id": {"in": [1, 2]}}})"), (Ids{1}));
  EXPECT_EQ(counted(db_, doc_, "{}"), 4);
  const int64_t ids[] = {3, 2, 1};
  Rows rows;
  ASSERT_OK(call(thing_by_ids, db_, nullptr, doc_, ids, 3, rows.out()));
  EXPECT_EQ(rows.ids(), (Ids{3, 1}));
  EXPECT_EQ(sql_value(db_, "SELECT count(*) FROM docs"), "5");
}

TEST_P(SoftDelete, ShowsTheRowWhenAskedTo) {  // K-17, K-18
  remove(db_, doc_, 2);
  remove(db_, doc_, 4);
  Ctx all(db_, THING_CTX_WITH_DELETED), deleted(db_, THING_CTX_ONLY_DELETED);
  for (int again = 0; again < 2; ++again) {
    EXPECT_EQ(ids(db_, doc_, "{}", all), (Ids{1, 2, 3, 4, 5}));
    EXPECT_EQ(ids(db_, doc_, "{}", deleted), (Ids{2, 4}));
    EXPECT_EQ(ids(db_, doc_, "{}"), (Ids{1, 3, 5}));
    EXPECT_EQ(count(db_, doc_, "{}", all), 5);
    EXPECT_EQ(count(db_, doc_, "{}", deleted), 2);
    EXPECT_EQ(count(db_, doc_, "{}"), 3);
    EXPECT_TRUE(exists(db_, doc_, 2, all));
    EXPECT_TRUE(exists(db_, doc_, 2, deleted));
    EXPECT_FALSE(exists(db_, doc_, 1, deleted));
    EXPECT_FALSE(exists(db_, doc_, 2));
  }
}

TEST_P(SoftDelete, HappensOnce) {
  remove(db_, doc_, 2);
  EXPECT_STATUS(THING_NOT_FOUND,
                call(thing_delete_by_id, db_, nullptr, doc_, 2, THING_DELETE_DEFAULT));
  EXPECT_STATUS(THING_NOT_FOUND,
                call(thing_delete_by_id, db_, nullptr, doc_, 2, THING_DELETE_SOFT));
}

TEST_P(SoftDelete, IsTakenBackByRestore) {
  Obj obj = find(db_, doc_, 2);
  ASSERT_OK(call(thing_delete, db_, nullptr, obj, THING_DELETE_DEFAULT));
  EXPECT_FALSE(exists(db_, doc_, 2));
  ASSERT_OK(call(thing_restore, db_, nullptr, obj));
  EXPECT_EQ(thing_obj_state(obj) & THING_OBJ_DELETED, 0);
  EXPECT_TRUE(exists(db_, doc_, 2));
  EXPECT_EQ(find(db_, doc_, 2).state("deletedAt"), THING_STATE_NULL);
  EXPECT_EQ(counted(db_, doc_, "{}"), 5);
}

TEST_P(SoftDelete, LeavesHardDeletesPossible) {
  remove(db_, doc_, 1, THING_DELETE_HARD);
  remove(db_, doc_, 2);
  remove(db_, doc_, 2, THING_DELETE_HARD);
  Ctx all(db_, THING_CTX_WITH_DELETED);
  EXPECT_EQ(ids(db_, doc_, "{}", all), (Ids{3, 4, 5}));
  EXPECT_EQ(sql_value(db_, "SELECT count(*) FROM docs"), "3");
}

TEST_P(SoftDelete, WorksWithABool) {  // K-16
  const thing_model* flagged = db_.model("Flagged");
  EXPECT_EQ(counted(db_, flagged, "{}"), 5);
  remove(db_, flagged, 3);
  EXPECT_EQ(matching(db_, flagged, "{}"), (Ids{1, 2, 4, 5}));
  EXPECT_EQ(counted(db_, flagged, "{}"), 4);
  update(db_, flagged, 4, R"({"gone": true})");
  EXPECT_EQ(matching(db_, flagged, "{}"), (Ids{1, 2, 5}));
  Ctx all(db_, THING_CTX_WITH_DELETED);
  update(db_, flagged, 3, R"({"gone": false})", all);
  EXPECT_EQ(matching(db_, flagged, "{}"), (Ids{1, 2, 3, 5}));
  EXPECT_EQ(counted(db_, flagged, "{}"), 4);
}

TEST_P(SoftDelete, OfManyRowsIsOneWrite) {
  int64_t affected = 0;
  ASSERT_OK(call(thing_delete_where, db_, nullptr, parse(doc_, R"({"where": {"id": {"gt": 3}}})"),
                 THING_DELETE_DEFAULT, 0, &affected));
  EXPECT_EQ(affected, 2);
  EXPECT_EQ(matching(db_, doc_, "{}"), (Ids{1, 2, 3}));
  ASSERT_OK(call(thing_delete_where, db_, nullptr, parse(doc_, R"({"where": {"id": {"gt": 2}}})"),
                 THING_DELETE_DEFAULT, 0, &affected));
  EXPECT_EQ(affected, 1) << "rows that were deleted already are not seen";
}

TEST_P(SoftDelete, KeepsPagesWholeOver200Rows) {  // K-15, N14
  const thing_model* m = doc_;
  Tx tx(db_);
  for (int i = 6; i <= 260; ++i)
    insert(db_, m, R"({"id": )" + std::to_string(i) + R"(, "title": "t"})", tx.ctx());
  for (int i = 13; i <= 260; i += 13) remove(db_, m, i, THING_DELETE_DEFAULT, tx.ctx());
  ASSERT_OK(tx.commit());
  EXPECT_EQ(counted(db_, m, "{}"), 240);
  Ids all;
  for (int skip = 0; skip < 260; skip += 50) {
    const Ids page = matching(db_, m, R"({"take": 50, "skip": )" + std::to_string(skip) + "}");
    all.insert(all.end(), page.begin(), page.end());
  }
  ASSERT_EQ(all.size(), 240U);
  for (size_t i = 1; i < all.size(); ++i) ASSERT_LT(all[i - 1], all[i]);
}

// ---- upsert

class Upsert : public StandardTest {
 protected:
  Outcome upsert(Obj& obj, std::vector<const char*> keys = {}) {
    std::vector<int32_t> fields;
    for (const char* key : keys) fields.push_back(obj.field(key));
    return call(thing_upsert, db_, nullptr, obj, fields.data(),
                static_cast<int32_t>(fields.size()));
  }
};
FOR_SETUPS(Upsert, kEverywhere);

TEST_P(Upsert, InsertsWhatIsNotThere) {
  Obj obj = new_obj(user_, R"({"name": "Frank", "email": "f"})");
  ASSERT_OK(upsert(obj, {"email"}));
  EXPECT_EQ(obj.id(), 6);
  EXPECT_NE(obj.saved_changes().find(R"("id":[null,6])"), std::string::npos) << obj.saved_changes();
  EXPECT_EQ(read_text(db_, user_, 6, "name"), "Frank");
}

TEST_P(Upsert, KeepsIntegersWhereTheFirstFieldIsAFloat) {
  db_.define(R"({"name": "Measure", "table": "change_measures", "primary": ["name"], "fields": {
       "value": "float", "name": "text", "ticks": "int", "good": "bool"}})");
  const thing_model* measure = db_.model("Measure");
  Obj obj =
      new_obj(measure, R"({"value": 1.5, "name": "a", "ticks": 9007199254740993, "good": true})");
  ASSERT_OK(upsert(obj));
  EXPECT_EQ(obj.integer("ticks"), 9007199254740993);
  int64_t ticks = 0;
  ASSERT_OK(call(thing_incr_by_key, db_, nullptr, measure, "[\"a\"]", int64_t{-1},
                 obj.field("ticks"), int64_t{2}, &ticks));
  EXPECT_EQ(ticks, 9007199254740995);
}

TEST_P(Upsert, UpdatesTheRowOfTheSameKey) {
  Obj obj = new_obj(user_, R"({"name": "Robert", "email": "bob@example.com"})");
  Log log(db_, THING_LOG_DEBUG);
  ASSERT_OK(upsert(obj, {"email"}));
  if (nature().has_upserts_by_key) {
    EXPECT_EQ(log.take_sql("INSERT").size(), 1U) << log.all();
    EXPECT_EQ(log.all().find("\"UPDATE"), std::string::npos) << log.all();
  }
  EXPECT_EQ(obj.id(), 2);
  EXPECT_EQ(obj.text("name"), "Robert");
  EXPECT_EQ(find(db_, user_, 2).json(), obj.json());
  EXPECT_EQ(find(db_, user_, 2).integer("age"), 30) << "fields that were not given stay";
  EXPECT_EQ(counted(db_, user_, "{}"), 5);
}

TEST_P(Upsert, GoesByThePrimaryKeyWithoutFields) {
  Obj obj = new_obj(user_, R"({"id": 3, "name": "Chuck", "email": "chuck"})");
  ASSERT_OK(upsert(obj));
  EXPECT_EQ(read_text(db_, user_, 3, "name"), "Chuck");
  EXPECT_EQ(read_text(db_, user_, 3, "email"), "chuck");
}

TEST_P(Upsert, IsSeenByCachedListsAndCounts) {
  EXPECT_EQ(matching(db_, user_, R"({"where": {"name": "Robert"}})"), Ids{});
  EXPECT_EQ(matching(db_, user_, R"({"where": {"name": "Bob"}})"), (Ids{2}));
  Obj obj = new_obj(user_, R"({"name": "Robert", "email": "bob@example.com"})");
  ASSERT_OK(upsert(obj, {"email"}));
  EXPECT_EQ(matching(db_, user_, R"({"where": {"name": "Robert"}})"), (Ids{2}));
  EXPECT_EQ(matching(db_, user_, R"({"where": {"name": "Bob"}})"), Ids{});
}

TEST_P(Upsert, RefusesFieldsThatAreNoKey) {
  Obj obj = new_obj(user_, R"({"name": "Robert", "email": "bob@example.com"})");
  EXPECT_STATUS(THING_E_INVALID, upsert(obj, {"name"}));
  EXPECT_STATUS(THING_E_INVALID, upsert(obj, {"email", "name"}));
  const int32_t bad[] = {99};
  EXPECT_TRUE(
      fails_with(call(thing_upsert, db_, nullptr, obj, bad, 1), {THING_E_INVALID, THING_E_RANGE}));
  EXPECT_EQ(counted(db_, user_, "{}"), 5);
}

TEST_P(Upsert, FailsOnAnotherUniqueKey) {
  Obj obj = new_obj(user_, R"({"id": 1, "name": "Alice", "email": "bob@example.com"})");
  EXPECT_STATUS(THING_E_UNIQUE, upsert(obj));
  EXPECT_EQ(read_text(db_, user_, 1, "email"), "alice@example.com");
}

// ---- increments

class Increment : public StandardTest {
 protected:
  Outcome incr(int64_t id, int64_t delta, int64_t* out, const char* field = "views") {
    return call(thing_incr, db_, nullptr, post_, id, thing_model_field_index(post_, field, -1),
                delta, out);
  }
};
FOR_SETUPS(Increment, kEverywhere);

TEST_P(Increment, AddsInTheDatabase) {
  int64_t views = 0;
  EXPECT_EQ(find(db_, post_, 1).integer("views"), 100);
  ASSERT_OK(incr(1, 5, &views));
  EXPECT_EQ(views, 105);
  ASSERT_OK(incr(1, -6, nullptr));
  EXPECT_EQ(find(db_, post_, 1).integer("views"), 99);
}

TEST_P(Increment, CountsNullAsZero) {
  int64_t age = 0;
  ASSERT_OK(
      call(thing_incr, db_, nullptr, user_, 4, thing_model_field_index(user_, "age", -1), 7, &age));
  EXPECT_EQ(age, 7);
  EXPECT_EQ(find(db_, user_, 4).integer("age"), 7);
}

TEST_P(Increment, RefusesToOverflow) {
  update(db_, post_, 1, R"({"views": 9223372036854775800})");
  int64_t views = -7;
  EXPECT_STATUS(THING_E_RANGE, incr(1, 100, &views));
  EXPECT_EQ(find(db_, post_, 1).integer("views"), 9223372036854775800);
  ASSERT_OK(incr(1, 7, &views));
  EXPECT_EQ(views, INT64_MAX);
  EXPECT_STATUS(THING_E_RANGE, incr(1, 1, &views));
  update(db_, post_, 1, R"({"views": -2})");
  EXPECT_STATUS(THING_E_RANGE, incr(1, INT64_MIN, &views));
  EXPECT_EQ(find(db_, post_, 1).integer("views"), -2);
}

TEST_P(Increment, RefusesOtherFieldsAndAbsentRows) {
  int64_t views = 0;
  EXPECT_STATUS(THING_NOT_FOUND, incr(99, 1, &views));
  EXPECT_STATUS(THING_E_TYPE, incr(1, 1, &views, "title"));
  EXPECT_TRUE(fails_with(call(thing_incr, db_, nullptr, post_, 1, 99, 1, &views),
                         {THING_E_INVALID, THING_E_RANGE}));
  EXPECT_FALSE(exists(db_, post_, 99));
}

TEST_P(Increment, IsSeenByLists) {
  EXPECT_EQ(matching(db_, post_, R"({"where": {"views": {"gt": 100}}})"), (Ids{5}));
  ASSERT_OK(incr(1, 1, nullptr));
  EXPECT_EQ(matching(db_, post_, R"({"where": {"views": {"gt": 100}}})"), (Ids{1, 5}));
}

TEST_P(Increment, LosesNothingToOtherThreads) {  // K-23
  constexpr int kThreads = 50, kEach = 5;
  const int64_t before = find(db_, post_, 2).integer("views");
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) {
        EXPECT_OK(incr(2, 1, nullptr));
        find(db_, post_, 2);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(find(db_, post_, 2).integer("views"), before + kThreads * kEach);
}

// ---- bulk writes

class Bulk : public StandardTest {
 protected:
  Outcome update_where(const std::string& query, const char* set, int64_t* affected = nullptr,
                       int32_t flags = 0, thing_ctx* ctx = nullptr) {
    return call(thing_update_where, db_, ctx, parse(user_, query), set, -1, flags, affected);
  }
  Outcome delete_where(const std::string& query, int64_t* affected = nullptr, int32_t flags = 0,
                       thing_ctx* ctx = nullptr) {
    return call(thing_delete_where, db_, ctx, parse(user_, query), THING_DELETE_DEFAULT, flags,
                affected);
  }
};
FOR_SETUPS(Bulk, kEverywhere);

TEST_P(Bulk, UpdatesAndDeletesInATransaction) {  // S28
  int64_t affected = 0;
  Tx tx(db_);
  ASSERT_OK(
      update_where(R"({"where": {"name": "Alice"}})", R"({"age": 26})", &affected, 0, tx.ctx()));
  EXPECT_EQ(affected, 1);
  ASSERT_OK(delete_where(R"({"where": {"name": "Bob"}})", &affected, 0, tx.ctx()));
  EXPECT_EQ(affected, 1);
  ASSERT_OK(tx.commit());
  EXPECT_EQ(find(db_, user_, 1).integer("age"), 26);
  EXPECT_EQ(matching(db_, user_, "{}"), (Ids{1, 3, 4, 5}));
}

TEST_P(Bulk, SetsFieldsOfAllMatchingRows) {
  int64_t affected = 0;
  matching(db_, user_, R"({"where": {"active": false}})");
  for (int64_t id = 1; id <= 5; ++id) find(db_, user_, id);
  ASSERT_OK(update_where(R"({"where": {"age": {"gte": 28}}})",
                         R"({"active": false, "name": "old"})", &affected));
  EXPECT_EQ(affected, 3);
  EXPECT_EQ(matching(db_, user_, R"({"where": {"active": false}})"), (Ids{2, 3, 5}));
  EXPECT_EQ(read_text(db_, user_, 2, "name"), "old");
  EXPECT_EQ(read_text(db_, user_, 1, "name"), "Alice");
}

TEST_P(Bulk, IncrementsAndDecrements) {
  ASSERT_OK(update_where(R"({"where": {"age": {"not": null}}})", R"({"age": {"increment": 10}})"));
  EXPECT_EQ(find(db_, user_, 1).integer("age"), 35);
  ASSERT_OK(update_where(R"({"where": {"id": 1}})",
                         R"({"age": {"decrement": 5}, "name": {"set": "A"}})"));
  EXPECT_EQ(find(db_, user_, 1).integer("age"), 30);
  EXPECT_EQ(read_text(db_, user_, 1, "name"), "A");
}

TEST_P(Bulk, SetsNull) {
  ASSERT_OK(update_where(R"({"where": {"id": {"in": [1, 2]}}})", R"({"age": null})"));
  EXPECT_EQ(matching(db_, user_, R"({"where": {"age": null}})"), (Ids{1, 2, 4}));
}

TEST_P(Bulk, RefusesToRunWithoutACondition) {
  int64_t affected = -1;
  EXPECT_STATUS(THING_E_INVALID, update_where("{}", R"({"age": 1})", &affected));
  EXPECT_STATUS(THING_E_INVALID, delete_where("{}", &affected));
  EXPECT_EQ(matching(db_, user_, "{}").size(), 5U);
  ASSERT_OK(update_where("{}", R"({"age": 1})", &affected, THING_BULK_ALL));
  EXPECT_EQ(affected, 5);
  ASSERT_OK(delete_where("{}", &affected, THING_BULK_ALL));
  EXPECT_EQ(affected, 5);
  EXPECT_EQ(counted(db_, user_, "{}"), 0);
}

TEST_P(Bulk, RefusesPages) {
  for (const char* query :
       {R"({"where": {"active": true}, "take": 1})", R"({"where": {"active": true}, "skip": 1})"}) {
    EXPECT_STATUS(THING_E_UNSUPPORTED, update_where(query, R"({"age": 1})"));
    EXPECT_STATUS(THING_E_UNSUPPORTED, delete_where(query));
  }
}

TEST_P(Bulk, RefusesWrongSets) {
  const char* where = R"({"where": {"id": 1}})";
  EXPECT_STATUS(THING_E_INVALID, update_where(where, R"({"nope": 1})"));
  EXPECT_STATUS(THING_E_TYPE, update_where(where, R"({"age": "old"})"));
  EXPECT_TRUE(fails_with(update_where(where, R"({"age": {"multiply": 2}})"), {THING_E_INVALID}));
  EXPECT_TRUE(fails_with(update_where(where, R"({"name": {"increment": 2}})"),
                         {THING_E_INVALID, THING_E_TYPE}));
  EXPECT_TRUE(fails_with(update_where(where, "{}"), {THING_E_INVALID}));
  EXPECT_STATUS(THING_E_SYNTAX, update_where(where, "{"));
  EXPECT_STATUS(THING_E_NOT_NULL, update_where(where, R"({"name": null})"));
  EXPECT_EQ(find(db_, user_, 1).json(),
            R"({"id":1,"name":"Alice","email":"alice@example.com","age":25,"active":true})");
}

TEST_P(Bulk, ChangesNothingWhenOneRowFails) {
  EXPECT_STATUS(THING_E_UNIQUE,
                update_where(R"({"where": {"id": {"gt": 1}}})", R"({"email": "same"})"));
  EXPECT_EQ(matching(db_, user_, R"({"where": {"email": "same"}})"), Ids{});
}

TEST_P(Bulk, AffectsNothingWhereNothingMatches) {
  int64_t affected = -1;
  ASSERT_OK(update_where(R"({"where": {"age": {"in": []}}})", R"({"age": 1})", &affected));
  EXPECT_EQ(affected, 0);
  ASSERT_OK(delete_where(R"({"where": {"name": "nobody"}})", &affected));
  EXPECT_EQ(affected, 0);
}

}  // namespace
}  // namespace conformance
