// Saves and deletes of single rows and of many: inserts, updates, versions, times, soft deletes,
// upserts, increments.
#include <atomic>
#include <thread>

#include "support.h"

namespace conformance {
namespace {

class Write : public StandardTest {};
FOR_SETUPS(Write, kEverywhere);

TEST_P(Write, InsertsAndGivesTheGeneratedKey) {
  Obj obj = new_obj(user_, R"({"name": "Frank", "email": "f"})");
  ASSERT_OK(call(thing_save, db_, nullptr, obj));
  EXPECT_EQ(obj.id(), 6);
  EXPECT_EQ(obj.integer("active"), 1);
  EXPECT_FALSE(obj.is_dirty());
  EXPECT_EQ(thing_obj_state(obj) & (THING_OBJ_NEW | THING_OBJ_DELETED), 0);
  EXPECT_EQ(read_text(db_, user_, 6, "name"), "Frank");
}

TEST_P(Write, TakesAGivenKeyOfAnAutoincrementModel) {
  EXPECT_EQ(insert(db_, user_, R"({"id": 100, "name": "x", "email": "x"})"), 100);
  EXPECT_EQ(insert(db_, user_, R"({"name": "y", "email": "y"})"),
            nature().ids_follow_given_ones ? 101 : 6);
  EXPECT_EQ(read_text(db_, user_, 100, "name"), "x");
}

TEST_P(Write, InsertsARowOfDefaults) {  // S18
  db_.define(
      R"({"name": "Blank", "fields": {"id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}},
                 "status": {"type": "text", "default": "active"}, "createdAt": {"type": "datetime", "default": {"fn": "now"}}}})");
  Obj obj(thing_obj_new(db_.model("Blank")));
  ASSERT_OK(call(thing_save, db_, nullptr, obj));
  EXPECT_GT(obj.id(), 0);
  EXPECT_EQ(obj.text("status"), "active");
  EXPECT_EQ(obj.state("createdAt"), THING_STATE_SET);
  EXPECT_EQ(counted(db_, db_.model("Blank"), "{}"), 1);
}

TEST_P(Write, TellsAUniqueViolation) {  // S19
  Obj obj = new_obj(user_, R"({"name": "Copy", "email": "bob@example.com"})");
  const Outcome outcome = call(thing_save, db_, nullptr, obj);
  EXPECT_STATUS(THING_E_UNIQUE, outcome);
  EXPECT_EQ(outcome.model, "User");
  EXPECT_EQ(outcome.field, "email");
  EXPECT_EQ(outcome.sqlstate, "23505");
  EXPECT_EQ(outcome.native != 0, nature().has_native_codes);
  EXPECT_FALSE(outcome.retryable);
  EXPECT_EQ(outcome.message.find("bob@"), std::string::npos) << outcome.message;
  EXPECT_EQ(counted(db_, user_, "{}"), 5);
}

TEST_P(Write, TellsANotNullViolation) {  // S19
  Obj obj = new_obj(user_, R"({"email": "x"})");
  const Outcome outcome = call(thing_save, db_, nullptr, obj);
  EXPECT_STATUS(THING_E_NOT_NULL, outcome);
  EXPECT_EQ(outcome.field, "name");
  EXPECT_EQ(counted(db_, user_, "{}"), 5);
}

TEST_P(Write, TellsACheckViolation) {
  execute(db_, "CREATE TABLE limits (id INTEGER PRIMARY KEY, n INTEGER CHECK (n < 10))", "");
  db_.define(R"({"name": "Limit", "fields": {"id": "int", "n": "int?"}})");
  Obj obj = new_obj(db_.model("Limit"), R"({"id": 1, "n": 10})");
  EXPECT_STATUS(THING_E_CHECK, call(thing_save, db_, nullptr, obj));
}

TEST_P(Write, TellsAForeignKeyViolation) {
  execute(db_, "CREATE TABLE owners (id INTEGER PRIMARY KEY)", "");
  execute(
      db_,
      "CREATE TABLE pets (id INTEGER PRIMARY KEY, owner INTEGER, FOREIGN KEY (owner) REFERENCES "
      "owners (id))",
      "");
  db_.define(
      R"([{"name": "Owner", "fields": {"id": "int"}}, {"name": "Pet", "fields": {"id": "int", "owner": "int?"}}])");
  Obj orphan = new_obj(db_.model("Pet"), R"({"id": 1, "owner": 5})");
  EXPECT_STATUS(THING_E_FOREIGN_KEY, call(thing_save, db_, nullptr, orphan));
  insert(db_, db_.model("Owner"), R"({"id": 5})");
  EXPECT_OK(call(thing_save, db_, nullptr, orphan));
  EXPECT_STATUS(THING_E_FOREIGN_KEY, call(thing_delete_by_id, db_, nullptr, db_.model("Owner"), 5,
                                          THING_DELETE_DEFAULT));
}

TEST_P(Write, UpdatesALoadedRow) {
  update(db_, user_, 2, R"({"age": 31, "active": false})");
  EXPECT_EQ(find(db_, user_, 2).json(),
            R"({"id":2,"name":"Bob","email":"bob@example.com","age":31,"active":false})");
}

TEST_P(Write, NeverTakesAGoneRowForSaved) {  // N8
  Obj obj = find(db_, user_, 2);
  remove(db_, user_, 2);
  ASSERT_OK(obj.set("age", 99));
  EXPECT_STATUS(THING_NOT_FOUND, call(thing_save, db_, nullptr, obj));
  EXPECT_TRUE(obj.is_dirty("age"));
  EXPECT_FALSE(exists(db_, user_, 2));
  EXPECT_EQ(counted(db_, user_, "{}"), 4);
}

TEST_P(Write, DeletesARowOnce) {
  Obj obj = find(db_, user_, 3);
  ASSERT_OK(call(thing_delete, db_, nullptr, obj, THING_DELETE_DEFAULT));
  EXPECT_NE(thing_obj_state(obj) & THING_OBJ_DELETED, 0);
  EXPECT_FALSE(exists(db_, user_, 3));
  EXPECT_STATUS(THING_NOT_FOUND, call(thing_delete, db_, nullptr, obj, THING_DELETE_DEFAULT));
  EXPECT_STATUS(THING_NOT_FOUND,
                call(thing_delete_by_id, db_, nullptr, user_, 3, THING_DELETE_HARD));
}

TEST_P(Write, RefusesASoftDeleteOfAModelWithoutOne) {
  EXPECT_TRUE(fails_with(call(thing_delete_by_id, db_, nullptr, user_, 1, THING_DELETE_SOFT),
                         {THING_E_UNSUPPORTED, THING_E_INVALID}));
  Obj obj = find(db_, user_, 1);
  EXPECT_TRUE(
      fails_with(call(thing_restore, db_, nullptr, obj), {THING_E_UNSUPPORTED, THING_E_INVALID}));
  EXPECT_TRUE(exists(db_, user_, 1));
}

// ---- many at once

class WriteMany : public StandardTest {
 protected:
  Outcome save_many(const std::vector<thing_obj*>& objs, thing_ctx* ctx = nullptr) {
    return call(thing_save_many, db_, ctx, objs.data(), static_cast<int64_t>(objs.size()));
  }
  Outcome delete_many(const std::vector<thing_obj*>& objs) {
    return call(thing_delete_many, db_, nullptr, objs.data(), static_cast<int64_t>(objs.size()),
                THING_DELETE_DEFAULT);
  }
};
FOR_SETUPS(WriteMany, kEverywhere);

TEST_P(WriteMany, InsertsAndUpdatesTogether) {  // K-20
  Obj fresh = new_obj(user_, R"({"name": "Frank", "email": "f"})"),
      post = new_obj(post_, R"({"title": "t", "userId": 6})");
  Obj alice = find(db_, user_, 1);
  ASSERT_OK(alice.set("age", 26));
  ASSERT_OK(save_many({fresh, alice, post}));
  EXPECT_EQ(find(db_, user_, 1).integer("age"), 26);
  EXPECT_EQ(read_text(db_, user_, fresh.id(), "name"), "Frank");
  EXPECT_EQ(read_text(db_, post_, post.id(), "title"), "t");
  EXPECT_FALSE(alice.is_dirty());
}

TEST_P(WriteMany, ChangesNothingWhenOneFails) {  // K-20
  EXPECT_EQ(matching(db_, user_, R"({"where": {"age": 77}})"), Ids{});
  Obj fresh = new_obj(user_, R"({"name": "Frank", "email": "f", "age": 77})");
  Obj twice = new_obj(user_, R"({"name": "Eve", "email": "eve@example.com", "age": 77})");
  Obj alice = find(db_, user_, 1);
  ASSERT_OK(alice.set("age", 77));
  EXPECT_STATUS(THING_E_UNIQUE, save_many({alice, fresh, twice}));
  EXPECT_EQ(fresh.id(), 0);
  EXPECT_NE(thing_obj_state(fresh) & THING_OBJ_NEW, 0);
  EXPECT_TRUE(alice.is_dirty("age"));
  EXPECT_EQ(find(db_, user_, 1).integer("age"), 25);
  EXPECT_EQ(matching(db_, user_, R"({"where": {"age": 77}})"), Ids{});
  EXPECT_EQ(counted(db_, user_, "{}"), 5);
}

TEST_P(WriteMany, ChangesNothingWhenARowIsGone) {  // K-20
  Obj alice = find(db_, user_, 1), bob = find(db_, user_, 2);
  remove(db_, user_, 2);
  ASSERT_OK(alice.set("age", 77));
  ASSERT_OK(bob.set("age", 77));
  EXPECT_STATUS(THING_NOT_FOUND, save_many({alice, bob}));
  EXPECT_EQ(find(db_, user_, 1).integer("age"), 25);
  EXPECT_TRUE(alice.is_dirty("age"));
}

TEST_P(WriteMany, RefusesNullItems) {  // K-20
  Obj fresh = new_obj(user_, R"({"name": "Frank", "email": "f"})");
  EXPECT_STATUS(THING_E_INVALID, save_many({fresh, nullptr}));
  EXPECT_STATUS(THING_E_INVALID, delete_many({nullptr}));
  EXPECT_EQ(counted(db_, user_, "{}"), 5);
}

TEST_P(WriteMany, TakesNothingAtAll) {
  EXPECT_OK(call(thing_save_many, db_, nullptr, nullptr, 0));
  EXPECT_OK(call(thing_delete_many, db_, nullptr, nullptr, 0, THING_DELETE_DEFAULT));
}

TEST_P(WriteMany, DeletesAllOrNone) {  // K-20
  Obj a = find(db_, user_, 1), b = find(db_, user_, 2), c = find(db_, user_, 3);
  remove(db_, user_, 2);
  EXPECT_STATUS(THING_NOT_FOUND, delete_many({a, b, c}));
  EXPECT_EQ(matching(db_, user_, "{}"), (Ids{1, 3, 4, 5}));
  ASSERT_OK(delete_many({a, c}));
  EXPECT_EQ(matching(db_, user_, "{}"), (Ids{4, 5}));
}

TEST_P(WriteMany, GivesEachRowOfALargeBatchItsKeyInOrder) {
  std::vector<Obj> objs;
  std::vector<thing_obj*> raw;
  for (int i = 0; i < 2500; ++i) {
    objs.push_back(new_obj(post_, R"({"title": "t)" + std::to_string(i) + R"(", "userId": 9})"));
    raw.push_back(objs.back());
  }
  ASSERT_OK(save_many(raw));
  for (size_t i = 0; i < objs.size(); ++i) {
    ASSERT_EQ(objs[i].id(), static_cast<int64_t>(i) + 6);
    if (i % 100 != 0) continue;
    EXPECT_EQ(read_text(db_, post_, objs[i].id(), "title"), "t" + std::to_string(i));
  }
  EXPECT_EQ(counted(db_, post_, R"({"where": {"userId": 9, "published": false}})"), 2500);
}

TEST_P(WriteMany, SendsManyRowsInAStatement) {
  std::vector<Obj> objs;
  std::vector<thing_obj*> raw;
  for (int i = 0; i < 500; ++i) {
    objs.push_back(new_obj(post_, R"({"title": "t", "userId": 9})"));
    raw.push_back(objs.back());
  }
  const int64_t sql = db_.sql();
  ASSERT_OK(save_many(raw));
  EXPECT_LT(db_.sql() - sql, 100);
}

TEST_P(WriteMany, TakesTheSameObjectTwiceOrRefusesIt) {
  Obj fresh = new_obj(user_, R"({"name": "Frank", "email": "f"})");
  const Outcome outcome = save_many({fresh, fresh});
  EXPECT_EQ(counted(db_, user_, "{}"), outcome.status == THING_OK ? 6 : 5);
}

// ---- versions

class Versions : public DatabaseTest {
 protected:
  void SetUp() override {
    db_.define(
        R"({"name": "Page", "fields": {"id": "int", "body": "text", "n": {"type": "int", "default": 0}}, "version": true})");
    page_ = db_.model("Page");
    insert(db_, page_, R"({"id": 1, "body": "one"})");
  }
  const thing_model* page_ = nullptr;
};
FOR_SETUPS(Versions, kEverywhere);

TEST_P(Versions, RiseWithEachSave) {
  const int64_t first = find(db_, page_, 1).integer("version");
  update(db_, page_, 1, R"({"body": "two"})");
  EXPECT_EQ(find(db_, page_, 1).integer("version"), first + 1);
  Obj obj = find(db_, page_, 1);
  ASSERT_OK(obj.set("body", "three"));
  ASSERT_OK(call(thing_save, db_, nullptr, obj));
  EXPECT_EQ(obj.integer("version"), first + 2);
  ASSERT_OK(obj.set("body", "four"));
  EXPECT_OK(call(thing_save, db_, nullptr, obj)) << "an object may be saved again and again";
}

TEST_P(Versions, TellASaveThatCameTooLate) {  // N7
  Obj mine = find(db_, page_, 1), theirs = find(db_, page_, 1);
  ASSERT_OK(theirs.set("body", "theirs"));
  ASSERT_OK(call(thing_save, db_, nullptr, theirs));
  ASSERT_OK(mine.set("body", "mine"));
  const Outcome outcome = call(thing_save, db_, nullptr, mine);
  EXPECT_STATUS(THING_E_CONFLICT, outcome);
  EXPECT_EQ(outcome.model, "Page");
  EXPECT_EQ(read_text(db_, page_, 1, "body"), "theirs");
  EXPECT_TRUE(mine.is_dirty("body"));
  ASSERT_OK(call(thing_reload, db_, nullptr, mine));
  ASSERT_OK(mine.set("body", "mine"));
  EXPECT_OK(call(thing_save, db_, nullptr, mine));
}

TEST_P(Versions, TellALateSaveFromAGoneRow) {
  Obj mine = find(db_, page_, 1);
  remove(db_, page_, 1);
  ASSERT_OK(mine.set("body", "mine"));
  EXPECT_STATUS(THING_NOT_FOUND, call(thing_save, db_, nullptr, mine));
}

TEST_P(Versions, ProtectDeletes) {
  Obj mine = find(db_, page_, 1);
  update(db_, page_, 1, R"({"body": "theirs"})");
  EXPECT_STATUS(THING_E_CONFLICT, call(thing_delete, db_, nullptr, mine, THING_DELETE_DEFAULT));
  EXPECT_TRUE(exists(db_, page_, 1));
}

TEST_P(Versions, RiseWithBulkUpdates) {
  Obj mine = find(db_, page_, 1);
  ASSERT_OK(call(thing_update_where, db_, nullptr, parse(page_, R"({"where": {"id": 1}})"),
                 R"({"body": "bulk"})", -1, 0, nullptr));
  ASSERT_OK(mine.set("body", "mine"));
  EXPECT_STATUS(THING_E_CONFLICT, call(thing_save, db_, nullptr, mine));
}

TEST_P(Versions, LetNoUpdateGetLost) {
  constexpr int kThreads = 4;
  const int rounds = repetitions(40);
  std::vector<std::thread> threads;
  std::atomic<int> failures{0};
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < rounds; ++i) {
        for (;;) {
          Obj obj = find(db_, page_, 1);
          if (obj.set("n", obj.integer("n") + 1).status != THING_OK) ++failures;
          const thing_status status = call(thing_save, db_, nullptr, obj).status;
          if (status == THING_OK) break;
          if (status != THING_E_CONFLICT && status != THING_E_BUSY) {
            ++failures;
            break;
          }
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(find(db_, page_, 1).integer("n"), kThreads * rounds);
}

// ---- times

class Timestamps : public DatabaseTest {
 protected:
  void SetUp() override {
    db_.define(
        R"({"name": "Entry", "fields": {"id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}},
                   "text": "text?"}, "timestamps": true, "softDelete": true})");
    entry_ = db_.model("Entry");
    id_ = insert(db_, entry_, R"({"text": "a"})");
  }
  // Moves both times into the past, so that a new time is surely another.
  void age() {
    const std::string time = sql({.sqlite = "'2001-01-01 00:00:00'",
                                  .postgres = "'2001-01-01 00:00:00+00'",
                                  .mysql = "'2001-01-01 00:00:00'"});
    execute(db_, "UPDATE entries SET created_at = " + time + ", updated_at = " + time, "entries");
  }
  static constexpr int64_t kOld = 978307200000000;
  const thing_model* entry_ = nullptr;
  int64_t id_ = 0;
};
FOR_SETUPS(Timestamps, kEverywhere);

TEST_P(Timestamps, AreSetOnInsert) {
  Obj obj = find(db_, entry_, id_);
  EXPECT_GT(obj.integer("createdAt"), kOld);
  EXPECT_GE(obj.integer("updatedAt"), obj.integer("createdAt"));
}

TEST_P(Timestamps, MoveOnUpdateOnly) {  // K-19
  age();
  update(db_, entry_, id_, R"({"text": "b"})");
  Obj obj = find(db_, entry_, id_);
  EXPECT_EQ(obj.integer("createdAt"), kOld);
  EXPECT_GT(obj.integer("updatedAt"), kOld);
}

TEST_P(Timestamps, StayWhenNothingChanged) {  // K-19
  age();
  Obj obj = find(db_, entry_, id_);
  ASSERT_OK(obj.set("text", "a"));
  ASSERT_OK(call(thing_save, db_, nullptr, obj));
  EXPECT_EQ(find(db_, entry_, id_).integer("updatedAt"), kOld);
}

TEST_P(Timestamps, StayWhenTheContextSaysSo) {
  age();
  Ctx ctx(db_, THING_CTX_NO_TIMESTAMPS);
  update(db_, entry_, id_, R"({"text": "b", "createdAt": "2002-01-01T00:00:00Z"})", ctx);
  Obj obj = find(db_, entry_, id_);
  EXPECT_EQ(obj.integer("createdAt"), 1009843200000000);
  EXPECT_EQ(obj.integer("updatedAt"), kOld);
}

TEST_P(Timestamps, MoveOnBulkUpdate) {
  age();
  ASSERT_OK(call(thing_update_where, db_, nullptr, parse(entry_, R"({"where": {"text": "a"}})"),
                 R"({"text": "c"})", -1, 0, nullptr));
  EXPECT_GT(find(db_, entry_, id_).integer("updatedAt"), kOld);
}

TEST_P(Timestamps, MoveOnSoftDelete) {  // K-18
  age();
  remove(db_, entry_, id_);
  Ctx all(db_, THING_CTX_WITH_DELETED);
  Obj obj = find(db_, entry_, id_, all);
  ASSERT_NE(obj.get(), nullptr);
  EXPECT_GT(obj.integer("updatedAt"), kOld);
  EXPECT_GT(obj.integer("deletedAt"), kOld);
}

TEST_P(Timestamps, MayHaveOtherNames) {
  db_.define(
      R"({"name": "Odd", "fields": {"id": "int", "text": "text?", "born": "datetime"}, "timestamps": {"created": "born"}})");
  insert(db_, db_.model("Odd"), R"({"id": 1})");
  EXPECT_GT(find(db_, db_.model("Odd"), 1).integer("born"), kOld);
  EXPECT_EQ(thing_model_field_index(db_.model("Odd"), "updatedAt", -1), -1);
}

}  // namespace
}  // namespace conformance
