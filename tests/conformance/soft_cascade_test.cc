// Soft deletes that go on to rows of relations, and come back with them.
#include "support.h"

namespace conformance {
namespace {

constexpr const char* kModels = R"([
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
])";

class SoftCascade : public DatabaseTest {
 protected:
  void SetUp() override {
    DatabaseTest::SetUp();
    if (IsSkipped()) return;
    db_.define(kModels);
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

// ---- what is written meanwhile

// At the hooks of paper 1 and of paper 3 others move; paper 4 moves itself.
struct Mover {
  const Db& db;
  std::string events;
  int64_t shown = -1;  // of paper 5, as its hook has it
};

thing_status move(void* user, int32_t event, thing_db*, thing_ctx* ctx, thing_obj* obj,
                  thing_error**) {
  Mover& mover = *static_cast<Mover*>(user);
  const thing_model* const paper = mover.db.model("Paper");
  const int64_t id = thing_obj_id(obj);
  const bool restores = event == THING_ON_BEFORE_RESTORE;
  mover.events += (restores ? "+" : "-") + std::to_string(id);
  thing_ctx_set_flags(ctx, restores ? THING_CTX_ONLY_DELETED : 0);
  if (id == 1 && !restores) update(mover.db, paper, 2, R"({"folderId": 4})", ctx);
  if (id == 1 && restores) update(mover.db, paper, 3, R"({"folderId": 4})", ctx);
  thing_ctx_set_flags(ctx, THING_CTX_UNSCOPED);
  if (id == 3 && !restores) update(mover.db, paper, 5, R"({"shown": true})", ctx);
  if (id == 4 && !restores) update(mover.db, paper, 4, R"({"folderId": 4})", ctx);
  if (id == 5) mover.shown = Borrowed(obj).integer("shown");
  thing_ctx_set_flags(ctx, 0);
  return THING_OK;
}

TEST_P(SoftCascade, WhatHooksMoveAwayStays) {
  Mover mover{db_, ""};
  int64_t id = 0;
  ASSERT_OK(call(thing_hook_add, db_, paper(),
                 THING_ON_BEFORE_SOFT_DELETE | THING_ON_BEFORE_RESTORE, move, &mover, nullptr,
                 &id));
  const Obj first = find(db_, folder(), 1);
  ASSERT_OK(call(thing_delete, db_, nullptr, first, THING_DELETE_DEFAULT));
  EXPECT_EQ(there(), "Fo4 Pa2 Pa4 Pa6");
  // Of what was moved before its turn no hook is told, of what was changed the hook has it all.
  EXPECT_EQ(mover.events, "-1-3-5-4");
  EXPECT_EQ(mover.shown, 1);
  mover.events.clear();
  ASSERT_OK(call(thing_restore, db_, nullptr, first));
  EXPECT_EQ(mover.events, "+1+5");
  EXPECT_EQ(there(), "Fo1 Fo2 Fo3 Fo4 Pa1 Pa2 Pa4 Pa5 Pa6");
  EXPECT_EQ(thing_hook_remove(db_, id), THING_OK);
}

// Transactions whose snapshot is older than what another handle wrote. PostgreSQL refuses to write
// over that where it keeps a snapshot, so there each statement has its own.
class SoftCascadeOfTwo : public SoftCascade {
 protected:
  void SetUp() override {
    SoftCascade::SetUp();
    if (IsSkipped()) return;
    other_ = open_again();
    other_.define(kModels);
  }
  static int32_t level() {
    return GetParam().database == Database::kMysql ? THING_TX_REPEATABLE_READ
                                                   : THING_TX_READ_COMMITTED;
  }
  // Past the caches, which do not hear of another handle everywhere.
  Ids left(const char* model, int32_t flags = 0) const {
    const Ctx past(db_, THING_CTX_NO_CACHE_READ | flags);
    return ids(db_, db_.model(model), "{}", past);
  }
  Db other_;
};
FOR_SETUPS(SoftCascadeOfTwo, kServers);

TEST_P(SoftCascadeOfTwo, TakeAlongWhatBelongsNow) {
  Tx tx(db_, level());
  EXPECT_EQ(ids(db_, paper(), "{}", tx.ctx()), (Ids{1, 2, 3, 4, 6}));
  const thing_model* const papers = other_.model("Paper");
  update(other_, papers, 1, R"({"folderId": 4})");
  update(other_, papers, 2, R"({"shown": false})");  // and its version
  EXPECT_EQ(insert(other_, papers, R"({"folderId": 2})"), 7);
  update(other_, other_.model("Folder"), 3, R"({"parentId": null})");
  const Obj first = find(db_, folder(), 1, tx.ctx());
  ASSERT_OK(call(thing_delete, db_, tx.ctx(), first, THING_DELETE_DEFAULT));
  ASSERT_OK(tx.commit());
  EXPECT_EQ(left("Folder"), (Ids{3, 4}));
  EXPECT_EQ(left("Paper"), (Ids{1, 4, 6}));
  EXPECT_EQ(left("Paper", THING_CTX_ONLY_DELETED | THING_CTX_UNSCOPED), (Ids{2, 3, 5, 7}));
  ASSERT_OK(call(thing_restore, db_, nullptr, first));
  EXPECT_EQ(left("Folder"), (Ids{1, 2, 3, 4}));
  EXPECT_EQ(left("Paper", THING_CTX_UNSCOPED), (Ids{1, 2, 3, 4, 5, 6, 7}));
}

TEST_P(SoftCascadeOfTwo, InBulkDeleteWhatMatchesNow) {
  Tx tx(db_, level());
  EXPECT_EQ(ids(db_, folder(), "{}", tx.ctx()), (Ids{1, 2, 3, 4}));
  const thing_model* const folders = other_.model("Folder");
  update(other_, folders, 3, R"({"parentId": null})");
  EXPECT_EQ(insert(other_, folders, R"({"parentId": 4})"), 5);
  int64_t affected = 0;
  ASSERT_OK(call(thing_delete_where, db_, tx.ctx(),
                 parse(folder(), R"({"where": {"parentId": {"gte": 1}}})"), THING_DELETE_DEFAULT, 0,
                 &affected));
  ASSERT_OK(tx.commit());
  EXPECT_EQ(affected, 2);
  EXPECT_EQ(left("Folder"), (Ids{1, 3, 4}));
  EXPECT_EQ(left("Paper"), (Ids{1, 2, 4, 6}));
}

// ---- many

TEST_P(SoftCascade, OfManyItTakesNoOrder) {
  for (const bool parent_first : {true, false}) {
    const Obj first = find(db_, folder(), 1), third = find(db_, folder(), 3);
    const Obj one = find(db_, paper(), 1);
    std::vector<thing_obj*> all{first.get(), third.get(), one.get()};
    if (!parent_first) std::reverse(all.begin(), all.end());
    ASSERT_OK(call(thing_delete_many, db_, nullptr, all.data(), int64_t{3}, THING_DELETE_DEFAULT));
    for (const thing_obj* o : all) EXPECT_NE(thing_obj_state(o) & THING_OBJ_DELETED, 0);
    EXPECT_EQ(there(), "Fo4 Pa6");
    // All went at one time, so all come back.
    ASSERT_OK(call(thing_restore, db_, nullptr, first));
    EXPECT_EQ(there(), "Fo1 Fo2 Fo3 Fo4 Pa1 Pa2 Pa3 Pa4 Pa6");
  }
  // What was gone before is not there, and nothing is deleted then.
  const Obj first = find(db_, folder(), 1), one = find(db_, paper(), 1);
  remove(db_, paper(), 1);
  thing_obj* const all[] = {first.get(), one.get()};
  EXPECT_STATUS(THING_NOT_FOUND,
                call(thing_delete_many, db_, nullptr, all, int64_t{2}, THING_DELETE_DEFAULT));
  EXPECT_EQ(thing_obj_state(first) & THING_OBJ_DELETED, 0);
  EXPECT_EQ(there(), "Fo1 Fo2 Fo3 Fo4 Pa2 Pa3 Pa4 Pa6");
}

TEST_P(SoftCascade, AsksForTheRowsOfALevelTogether) {
  const auto statements = [this](int more) {
    Tx tx(db_);
    for (int i = 0; i < more; ++i) insert(db_, folder(), R"({"parentId": 4})", tx.ctx());
    EXPECT_OK(tx.commit());
    const Obj fourth = find(db_, folder(), 4);
    const int64_t before = db_.sql();
    EXPECT_OK(call(thing_delete, db_, nullptr, fourth, THING_DELETE_DEFAULT));
    const int64_t used = db_.sql() - before;
    EXPECT_EQ(there(), "Fo1 Fo2 Fo3 Pa1 Pa2 Pa3 Pa4 Fl1");
    EXPECT_OK(call(thing_restore, db_, nullptr, fourth));
    return used;
  };
  // A row costs what marking it takes, and no queries.
  const int64_t few = statements(4);
  EXPECT_LE(statements(6) - few, 6 * 3);
  // More than one query asks for.
  Tx tx(db_);
  std::string last;
  for (int i = 0; i < 501; ++i)
    last = std::to_string(insert(db_, folder(), R"({"parentId": 4})", tx.ctx()));
  insert(db_, paper(), R"({"folderId": )" + last + "}", tx.ctx());
  ASSERT_OK(tx.commit());
  remove(db_, folder(), 4);
  EXPECT_EQ(there(), "Fo1 Fo2 Fo3 Pa1 Pa2 Pa3 Pa4 Fl1");
}

TEST_P(SoftCascade, KeysOfSeveralFieldsLeadOnToo) {
  db_.define(R"([
    {"name": "Realm", "fields": {"id": "int"}, "softDelete": true,
     "relations": {"shops": {"has_many": "Shop", "on_soft_delete": "cascade"}}},
    {"name": "Shop", "fields": {"city": "text", "number": "int", "realmId": "int?"}, "primary": ["city", "number"],
     "softDelete": true,
     "relations": {"realm": {"belongs_to": "Realm"},
                   "sales": {"has_many": "Sale", "fields": ["shopCity", "shopNumber"], "on_soft_delete": "cascade"}}},
    {"name": "Sale", "fields": {"id": "int", "shopCity": "text", "shopNumber": "int"}, "softDelete": true,
     "relations": {"shop": {"belongs_to": "Shop", "fields": ["shopCity", "shopNumber"]}}}
  ])");
  const thing_model* const sale = db_.model("Sale");
  insert(db_, db_.model("Realm"), R"({"id": 1})");
  for (const char* row : {R"({"city": "Bonn", "number": 1, "realmId": 1})",
                          R"({"city": "Köln", "number": 2, "realmId": 1})",
                          R"({"city": "Bonn", "number": 2})", R"({"city": "Köln", "number": 1})"})
    insert(db_, db_.model("Shop"), row);
  for (const char* row : {R"({"id": 1, "shopCity": "Bonn", "shopNumber": 1})",
                          R"({"id": 2, "shopCity": "Bonn", "shopNumber": 2})",
                          R"({"id": 3, "shopCity": "Köln", "shopNumber": 2})",
                          R"({"id": 4, "shopCity": "Köln", "shopNumber": 1})"})
    insert(db_, sale, row);
  const Obj realm = find(db_, db_.model("Realm"), 1);
  ASSERT_OK(call(thing_delete, db_, nullptr, realm, THING_DELETE_DEFAULT));
  EXPECT_EQ(ids(db_, sale, "{}"), (Ids{2, 4}));
  ASSERT_OK(call(thing_restore, db_, nullptr, realm));
  EXPECT_EQ(ids(db_, sale, "{}"), (Ids{1, 2, 3, 4}));
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
