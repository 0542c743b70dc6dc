// Soft deletes that go on to rows of relations, and come back with them.
#include "support.h"

namespace conformance {
namespace {

class SoftCascade : public DatabaseTest {
 protected:
  void SetUp() override {
    DatabaseTest::SetUp();
    if (IsSkipped()) return;
    db_.define(R"([
      {"name": "Folder",
       "fields": {"id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}}, "parentId": "int?"},
       "softDelete": true,
       "relations": {
         "parent": {"belongs_to": "Folder"},
         "folders": {"has_many": "Folder", "on_soft_delete": "cascade"},
         "papers": {"has_many": "Paper", "on_soft_delete": "cascade"},
         "flags": {"has_many": "Flag", "on_soft_delete": "cascade"}}},
      {"name": "Paper",
       "fields": {"id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}}, "folderId": "int", "shown": {"type": "bool", "default": true}},
       "softDelete": true, "version": true, "visible": {"shown": true},
       "relations": {"folder": {"belongs_to": "Folder"}}},
      {"name": "Flag",
       "fields": {"id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}}, "folderId": "int", "gone": {"type": "bool", "default": false}},
       "softDelete": "gone",
       "relations": {"folder": {"belongs_to": "Folder"}}}
    ])");
    Tx tx(db_);
    //  1 > 2 > 3, 4;  papers 1 and 2 in 1, 3 in 2, 4 in 3, 5 (hidden) in 2, 6 in 4;  a flag in 2
    for (const char* row : {"{}", R"({"parentId": 1})", R"({"parentId": 2})", "{}"})
      insert(db_, folder(), row, tx.ctx());
    for (const char* row :
         {R"({"folderId": 1})", R"({"folderId": 1})", R"({"folderId": 2})", R"({"folderId": 3})",
          R"({"folderId": 2, "shown": false})", R"({"folderId": 4})"})
      insert(db_, paper(), row, tx.ctx());
    insert(db_, db_.model("Flag"), R"({"folderId": 2})", tx.ctx());
    ASSERT_OK(tx.commit());
  }
  const thing_model* folder() const { return db_.model("Folder"); }
  const thing_model* paper() const { return db_.model("Paper"); }
  // What is there, from the cache too.
  std::string there() const {
    std::string out;
    for (const char* name : {"Folder", "Paper", "Flag"}) {
      const thing_model* const m = db_.model(name);
      const Ids found = ids(db_, m, "{}");
      EXPECT_EQ(count(db_, m, "{}"), static_cast<int64_t>(found.size()));
      for (const int64_t id : found) {
        EXPECT_TRUE(exists(db_, m, id)) << name << id;
        out += std::string(out.empty() ? "" : " ") + name[0] + name[1] + std::to_string(id);
      }
    }
    return out;
  }
};
FOR_SETUPS(SoftCascade, kEverywhere);

constexpr const char* kAll = "Fo1 Fo2 Fo3 Fo4 Pa1 Pa2 Pa3 Pa4 Pa6 Fl1";

TEST_P(SoftCascade, GoesOnToAllThatBelongsAndComesBackWithIt) {
  EXPECT_EQ(there(), kAll);
  const Obj first = find(db_, folder(), 1);
  ASSERT_OK(call(thing_delete, db_, nullptr, first, THING_DELETE_DEFAULT));
  EXPECT_EQ(there(), "Fo4 Pa6");
  const Ctx deleted(db_, THING_CTX_ONLY_DELETED | THING_CTX_UNSCOPED);
  EXPECT_EQ(ids(db_, paper(), "{}", deleted), (Ids{1, 2, 3, 4, 5}));
  ASSERT_OK(call(thing_restore, db_, nullptr, first));
  // A bool tells no time, so what it deleted does not come back.
  EXPECT_EQ(there(), "Fo1 Fo2 Fo3 Fo4 Pa1 Pa2 Pa3 Pa4 Pa6");
  const Ctx all(db_, THING_CTX_UNSCOPED);
  EXPECT_TRUE(exists(db_, paper(), 5, all));
}

TEST_P(SoftCascade, WhatWasDeletedBeforeStaysDeleted) {
  remove(db_, paper(), 2);
  remove(db_, folder(), 3);
  EXPECT_EQ(there(), "Fo1 Fo2 Fo4 Pa1 Pa3 Pa6 Fl1");
  const Obj first = find(db_, folder(), 1);
  ASSERT_OK(call(thing_delete, db_, nullptr, first, THING_DELETE_SOFT));
  EXPECT_EQ(there(), "Fo4 Pa6");
  ASSERT_OK(call(thing_restore, db_, nullptr, first));
  EXPECT_EQ(there(), "Fo1 Fo2 Fo4 Pa1 Pa3 Pa6");
  const Ctx deleted(db_, THING_CTX_ONLY_DELETED);
  const Obj third = find(db_, folder(), 3, deleted);
  ASSERT_OK(call(thing_restore, db_, nullptr, third));
  EXPECT_EQ(there(), "Fo1 Fo2 Fo3 Fo4 Pa1 Pa3 Pa4 Pa6");
}

TEST_P(SoftCascade, DeletesByKeyAndInBulkGoOnToo) {
  ASSERT_OK(call(thing_delete_by_id, db_, nullptr, folder(), 2, THING_DELETE_DEFAULT));
  EXPECT_EQ(there(), "Fo1 Fo4 Pa1 Pa2 Pa6");
  EXPECT_STATUS(THING_NOT_FOUND,
                call(thing_delete_by_id, db_, nullptr, folder(), 2, THING_DELETE_DEFAULT));
  const Ctx deleted(db_, THING_CTX_ONLY_DELETED);
  const Obj second = find(db_, folder(), 2, deleted);
  ASSERT_OK(call(thing_restore, db_, nullptr, second));
  int64_t affected = 0;
  ASSERT_OK(call(thing_delete_where, db_, nullptr,
                 parse(folder(), R"({"where": {"id": {"lte": 2}}})"), THING_DELETE_DEFAULT, 0,
                 &affected));
  EXPECT_EQ(affected, 2);
  EXPECT_EQ(there(), "Fo4 Pa6");
  Buf out;
  ASSERT_OK(
      call(thing_call, db_, nullptr, "Folder", "delete", R"({"where": {"id": 4}})", -1, out.out()));
  EXPECT_EQ(there(), "");
}

struct Seen {
  thing_db* db;
  int64_t refuses = 0;
  std::string events;
};

thing_status note(void* user, int32_t event, thing_db*, thing_ctx* ctx, thing_obj* obj,
                  thing_error** err) {
  Seen& seen = *static_cast<Seen*>(user);
  const char* const what = event == THING_ON_BEFORE_SOFT_DELETE  ? "-"
                           : event == THING_ON_AFTER_SOFT_DELETE ? "!"
                                                                 : "+";
  seen.events += what + std::to_string(thing_obj_id(obj));
  if (event == THING_ON_BEFORE_SOFT_DELETE && thing_obj_id(obj) == seen.refuses)
    return thing_error_set(err, THING_E_CALLBACK, "not this one", -1);
  // The ctx carries the transaction of the delete: its folder is gone there already.
  if (event == THING_ON_AFTER_SOFT_DELETE) {
    Obj gone;
    const thing_model* const folder = thing_model_find(seen.db, "Folder", -1);
    EXPECT_STATUS(THING_NOT_FOUND, call(thing_by_id, seen.db, ctx, folder, int64_t{1}, gone.out()));
  }
  return THING_OK;
}

TEST_P(SoftCascade, HooksOfWhatGoesAlongTakePart) {
  Seen seen{db_};
  int64_t id = 0;
  ASSERT_OK(call(thing_hook_add, db_, paper(),
                 THING_ON_BEFORE_SOFT_DELETE | THING_ON_AFTER_SOFT_DELETE | THING_ON_AFTER_RESTORE,
                 note, &seen, nullptr, &id));
  const Obj first = find(db_, folder(), 1);
  seen.refuses = 4;
  EXPECT_STATUS(THING_E_CALLBACK, call(thing_delete, db_, nullptr, first, THING_DELETE_DEFAULT));
  EXPECT_EQ(there(), kAll);
  EXPECT_EQ(thing_obj_state(first) & THING_OBJ_DELETED, 0);
  seen = {db_, 0, ""};
  ASSERT_OK(call(thing_delete, db_, nullptr, first, THING_DELETE_DEFAULT));
  EXPECT_EQ(seen.events, "-1!1-2!2-3!3-5!5-4!4");
  EXPECT_EQ(there(), "Fo4 Pa6");
  seen.events.clear();
  ASSERT_OK(call(thing_restore, db_, nullptr, first));
  EXPECT_EQ(seen.events, "+1+2+3+5+4");
  seen.events.clear();
  ASSERT_OK(call(thing_delete_by_id, db_, nullptr, folder(), 1, THING_DELETE_DEFAULT));
  EXPECT_EQ(seen.events, "-1!1-2!2-3!3-5!5-4!4");
  EXPECT_EQ(thing_hook_remove(db_, id), THING_OK);
}

TEST_P(SoftCascade, ATransactionThatIsRolledBackTakesAllBack) {
  Tx tx(db_);
  const Obj first = find(db_, folder(), 1, tx.ctx());
  ASSERT_OK(call(thing_delete, db_, tx.ctx(), first, THING_DELETE_DEFAULT));
  EXPECT_EQ(ids(db_, paper(), "{}", tx.ctx()), (Ids{6}));
  ASSERT_OK(tx.rollback());
  EXPECT_EQ(there(), kAll);
}

TEST_P(SoftCascade, ModelsThatCanNotAreRefused) {
  const auto refused = [this](const char* document) {
    return call(thing_model_register, db_, document, -1);
  };
  EXPECT_TRUE(says(
      refused(
          R"([{"name": "Old", "fields": {"id": "int"}, "softDelete": true, "relations": {"hard": {"has_many": "Hard", "on_soft_delete": "cascade"}}},
              {"name": "Hard", "fields": {"id": "int", "oldId": "int"}}])"),
      "relations.hard: on_soft_delete: found Hard without soft delete"));
  EXPECT_TRUE(says(
      refused(
          R"([{"name": "Old", "fields": {"id": "int"}, "relations": {"papers": {"has_many": "Soft", "on_soft_delete": "cascade"}}},
              {"name": "Soft", "fields": {"id": "int", "oldId": "int"}, "softDelete": true}])"),
      "on_soft_delete: found Old without soft delete"));
  EXPECT_TRUE(says(
      refused(
          R"({"name": "Old", "fields": {"id": "int"}, "relations": {"papers": {"has_many": "Paper", "on_soft_delete": "drop"}}})"),
      "relations.papers.on_soft_delete"));
  EXPECT_STATUS(
      THING_E_MODEL,
      refused(
          R"({"name": "Old", "fields": {"id": "int"}, "relations": {"papers": {"many_to_many": "Paper", "on_soft_delete": "cascade"}}})"));
  Buf document;
  ASSERT_OK(call(thing_model_json, folder(), document.out()));
  EXPECT_NE(document.text().find(R"("on_soft_delete":"cascade")"), std::string::npos);
  EXPECT_OK(call(thing_model_register, db_, document.text().c_str(), -1));
}

}  // namespace
}  // namespace conformance
