// Hooks and transactions: what they write stays or goes with the write that they are part of. Which
// write it is; who does not hear of it.
#include <functional>

#include "support.h"

namespace conformance {
namespace {

struct Listener {
  std::vector<int32_t> events;
  std::function<thing_status(int32_t event, thing_obj* obj, thing_ctx* ctx, thing_error** err)> act;

  static thing_status run(void* user, int32_t event, thing_db*, thing_ctx* ctx, thing_obj* obj,
                          thing_error** err) {
    auto* self = static_cast<Listener*>(user);
    self->events.push_back(event);
    return self->act ? self->act(event, obj, ctx, err) : THING_OK;
  }
};

using Events = std::vector<int32_t>;

constexpr int32_t kBefore = THING_ON_BEFORE_SAVE | THING_ON_BEFORE_CREATE | THING_ON_BEFORE_UPDATE |
                            THING_ON_BEFORE_DELETE | THING_ON_BEFORE_RESTORE |
                            THING_ON_BEFORE_SOFT_DELETE | THING_ON_BEFORE_HARD_DELETE;
constexpr int32_t kAll = kBefore | kBefore << 1;
constexpr int32_t kEnds = THING_ON_AFTER_COMMIT | THING_ON_AFTER_ROLLBACK;

thing_status refuse(int32_t, thing_obj*, thing_ctx*, thing_error** err) {
  return thing_error_set(err, THING_E_CALLBACK, "not today", -1);
}

class WriteHooks : public DatabaseTest {
 protected:
  void SetUp() override {
    db_.define(R"([{"name": "Doc", "fields": {
      "id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}},
      "title": "text", "stars": {"type": "int", "default": 0}}, "softDelete": true},
      {"name": "Audit", "fields": {
      "id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}},
      "what": "text"}}])");
    doc_ = db_.model("Doc");
    audit_ = db_.model("Audit");
    for (const char* row : {R"({"title": "one"})", R"({"title": "two"})", R"({"title": "three"})"})
      insert(db_, doc_, row);
  }
  int64_t listen(Listener& listener, int32_t events) {
    int64_t id = -1;
    EXPECT_OK(call(thing_hook_add, db_, doc_, events, Listener::run, &listener, nullptr, &id));
    return id;
  }
  // A listener that writes a row beside each event, then does what `then` does.
  Listener auditor(decltype(Listener::act) then = {}) {
    Listener listener;
    listener.act = [this, then](int32_t event, thing_obj* obj, thing_ctx* ctx, thing_error** err) {
      Obj audit = new_obj(audit_, R"({"what": "w"})");
      EXPECT_OK(call(thing_save, db_, ctx, audit));
      return then ? then(event, obj, ctx, err) : THING_OK;
    };
    return listener;
  }
  int64_t audits() { return counted(db_, audit_, "{}"); }

  const thing_model* doc_ = nullptr;
  const thing_model* audit_ = nullptr;
};
FOR_SETUPS(WriteHooks, kEverywhere);

TEST_P(WriteHooks, TellASoftDeleteFromAHardOne) {
  Listener listener;
  listen(listener, kAll | kEnds);
  Obj soft = find(db_, doc_, 1), hard = find(db_, doc_, 2);
  ASSERT_OK(call(thing_delete, db_, nullptr, soft, THING_DELETE_DEFAULT));
  EXPECT_EQ(listener.events,
            (Events{THING_ON_BEFORE_DELETE, THING_ON_BEFORE_SOFT_DELETE, THING_ON_AFTER_SOFT_DELETE,
                    THING_ON_AFTER_DELETE, THING_ON_AFTER_COMMIT}));
  listener.events.clear();
  ASSERT_OK(call(thing_delete, db_, nullptr, hard, THING_DELETE_HARD));
  EXPECT_EQ(listener.events,
            (Events{THING_ON_BEFORE_DELETE, THING_ON_BEFORE_HARD_DELETE, THING_ON_AFTER_HARD_DELETE,
                    THING_ON_AFTER_DELETE, THING_ON_AFTER_COMMIT}));
}

TEST_P(WriteHooks, RunInOrderAroundARestore) {  // H3
  Obj obj = find(db_, doc_, 1);
  ASSERT_OK(call(thing_delete, db_, nullptr, obj, THING_DELETE_SOFT));
  Listener listener;
  listen(listener, kAll | kEnds);
  ASSERT_OK(call(thing_restore, db_, nullptr, obj));
  EXPECT_EQ(listener.events,
            (Events{THING_ON_BEFORE_RESTORE, THING_ON_BEFORE_SAVE, THING_ON_BEFORE_UPDATE,
                    THING_ON_AFTER_UPDATE, THING_ON_AFTER_SAVE, THING_ON_AFTER_RESTORE,
                    THING_ON_AFTER_COMMIT}));
  EXPECT_TRUE(exists(db_, doc_, 1));
}

TEST_P(WriteHooks, RefuseARestoreAndEachKindOfDelete) {
  Obj gone = find(db_, doc_, 1), soft = find(db_, doc_, 2), hard = find(db_, doc_, 3);
  ASSERT_OK(call(thing_delete, db_, nullptr, gone, THING_DELETE_SOFT));
  Listener listener;
  listener.act = refuse;
  listen(listener,
         THING_ON_BEFORE_RESTORE | THING_ON_BEFORE_SOFT_DELETE | THING_ON_BEFORE_HARD_DELETE);
  EXPECT_STATUS(THING_E_CALLBACK, call(thing_restore, db_, nullptr, gone));
  EXPECT_STATUS(THING_E_CALLBACK, call(thing_delete, db_, nullptr, soft, THING_DELETE_SOFT));
  EXPECT_STATUS(THING_E_CALLBACK, call(thing_delete, db_, nullptr, hard, THING_DELETE_HARD));
  EXPECT_NE(thing_obj_state(gone) & THING_OBJ_DELETED, 0);
  EXPECT_EQ(thing_obj_state(soft) & THING_OBJ_DELETED, 0);
  EXPECT_EQ(matching(db_, doc_, "{}"), (Ids{2, 3}));
}

TEST_P(WriteHooks, TellWhatADeleteAndARestoreWrote) {
  Texts changes;
  Listener listener;
  listener.act = [&](int32_t, thing_obj* obj, thing_ctx*, thing_error**) {
    const std::string all = Borrowed(obj).saved_changes();
    changes.push_back(all.substr(0, all.find(':')));
    return THING_OK;
  };
  listen(listener, THING_ON_AFTER_SOFT_DELETE | THING_ON_AFTER_RESTORE);
  Obj obj = find(db_, doc_, 1);
  ASSERT_OK(call(thing_delete, db_, nullptr, obj, THING_DELETE_SOFT));
  ASSERT_OK(call(thing_restore, db_, nullptr, obj));
  EXPECT_EQ(changes, (Texts{R"({"deletedAt")", R"({"deletedAt")"}));
}

TEST_P(WriteHooks, WriteInTheTransactionOfACallThatStandsAlone) {
  Listener listener = auditor();
  listen(listener, THING_ON_BEFORE_SAVE | THING_ON_AFTER_CREATE);
  insert(db_, doc_, R"({"title": "four"})");
  EXPECT_EQ(audits(), 2);
  EXPECT_EQ(counted(db_, doc_, "{}"), 4);
}

TEST_P(WriteHooks, LoseWhatTheyWroteWhenALaterOneRefuses) {
  Listener writes = auditor(), refuses;
  refuses.act = refuse;
  listen(writes, THING_ON_BEFORE_SAVE);
  listen(refuses, THING_ON_BEFORE_UPDATE);
  Obj obj = find(db_, doc_, 1);
  ASSERT_OK(obj.set("title", "changed"));
  EXPECT_STATUS(THING_E_CALLBACK, call(thing_save, db_, nullptr, obj));
  EXPECT_EQ(audits(), 0);
  EXPECT_EQ(read_text(db_, doc_, 1, "title"), "one");
}

TEST_P(WriteHooks, LoseWhatTheyWroteInsideOfATransactionToo) {
  Listener writes = auditor(), refuses;
  refuses.act = refuse;
  listen(writes, THING_ON_BEFORE_SAVE);
  listen(refuses, THING_ON_BEFORE_UPDATE);
  Tx tx(db_);
  insert(db_, audit_, R"({"what": "mine"})", tx.ctx());
  Obj obj = find(db_, doc_, 1, tx.ctx());
  ASSERT_OK(obj.set("title", "changed"));
  EXPECT_STATUS(THING_E_CALLBACK, call(thing_save, db_, tx.ctx(), obj));
  ASSERT_OK(tx.commit());
  EXPECT_EQ(audits(), 1);
}

TEST_P(WriteHooks, LeaveTheObjectAsItWasWhenTheSaveFails) {
  Listener sets, refuses;
  sets.act = [](int32_t, thing_obj* obj, thing_ctx*, thing_error** err) {
    return thing_obj_set_int64(obj, thing_model_field_index(thing_obj_model(obj), "stars", -1), 5,
                               err);
  };
  refuses.act = refuse;
  listen(sets, THING_ON_BEFORE_SAVE);
  listen(refuses, THING_ON_BEFORE_SAVE);
  Obj obj = find(db_, doc_, 1);
  ASSERT_OK(obj.set("title", "changed"));
  EXPECT_STATUS(THING_E_CALLBACK, call(thing_save, db_, nullptr, obj));
  EXPECT_EQ(obj.changes(), R"({"title":["one","changed"]})");
}

TEST_P(WriteHooks, FailTheSaveFromAfterWhenTheyMay) {
  Listener writes = auditor(), fails;
  fails.act = refuse;
  listen(writes, THING_ON_AFTER_SAVE);
  listen(fails, THING_ON_AFTER_SAVE | THING_HOOK_MAY_FAIL);
  Obj obj = find(db_, doc_, 1), added = new_obj(doc_, R"({"title": "four"})");
  ASSERT_OK(obj.set("title", "changed"));
  const Outcome outcome = call(thing_save, db_, nullptr, obj);
  EXPECT_STATUS(THING_E_CALLBACK, outcome);
  EXPECT_TRUE(says(outcome, "not today"));
  EXPECT_STATUS(THING_E_CALLBACK, call(thing_save, db_, nullptr, added));
  EXPECT_EQ(obj.changes(), R"({"title":["one","changed"]})");
  EXPECT_NE(thing_obj_state(added) & THING_OBJ_NEW, 0);
  EXPECT_EQ(added.id(), 0);
  EXPECT_EQ(matching(db_, doc_, R"({"where": {"title": {"in": ["changed", "four"]}}})"), Ids{});
  EXPECT_EQ(audits(), 0);
}

TEST_P(WriteHooks, FailAPartOfATransactionAlone) {
  Listener fails;
  fails.act = refuse;
  Tx tx(db_);
  insert(db_, doc_, R"({"title": "four"})", tx.ctx());
  listen(fails, THING_ON_AFTER_DELETE | THING_ON_AFTER_CREATE | THING_HOOK_MAY_FAIL);
  Obj added = new_obj(doc_, R"({"title": "five"})"), obj = find(db_, doc_, 1, tx.ctx());
  EXPECT_STATUS(THING_E_CALLBACK, call(thing_save, db_, tx.ctx(), added));
  EXPECT_STATUS(THING_E_CALLBACK, call(thing_delete, db_, tx.ctx(), obj, THING_DELETE_HARD));
  ASSERT_OK(tx.commit());
  EXPECT_EQ(matching(db_, doc_, "{}"), (Ids{1, 2, 3, find(db_, doc_, 4) ? 4 : 5}));
  EXPECT_EQ(counted(db_, doc_, R"({"where": {"title": "four"}})"), 1);
}

TEST_P(WriteHooks, FailAllOfABatch) {
  Listener fails;
  fails.act = [](int32_t event, thing_obj* obj, thing_ctx* ctx, thing_error** err) {
    return Borrowed(obj).text("title") == "b" ? refuse(event, obj, ctx, err) : THING_OK;
  };
  listen(fails, THING_ON_AFTER_SAVE | THING_HOOK_MAY_FAIL);
  Obj a = new_obj(doc_, R"({"title": "a"})"), b = new_obj(doc_, R"({"title": "b"})");
  thing_obj* const objs[] = {a, b};
  EXPECT_STATUS(THING_E_CALLBACK, call(thing_save_many, db_, nullptr, objs, 2));
  EXPECT_NE(thing_obj_state(a) & THING_OBJ_NEW, 0);
  EXPECT_EQ(counted(db_, doc_, "{}"), 3);
}

TEST_P(WriteHooks, OnlyLogFailuresAfterTheEnd) {
  Listener fails;
  fails.act = refuse;
  listen(fails, THING_ON_AFTER_COMMIT | THING_ON_AFTER_LOAD | THING_HOOK_MAY_FAIL);
  update(db_, doc_, 1, R"({"title": "changed"})");
  EXPECT_EQ(read_text(db_, doc_, 1, "title"), "changed");
  EXPECT_FALSE(fails.events.empty());
}

TEST_P(WriteHooks, AfterOneFailedTheOthersStillRun) {
  Listener fails, hears;
  fails.act = refuse;
  listen(fails, THING_ON_AFTER_SAVE);
  listen(hears, THING_ON_AFTER_SAVE);
  update(db_, doc_, 1, R"({"title": "changed"})");
  EXPECT_EQ(hears.events, (Events{THING_ON_AFTER_SAVE}));
}

TEST_P(WriteHooks, AreMutedModelByModel) {
  Listener docs, audits;
  listen(docs, kAll | kEnds | THING_ON_AFTER_LOAD);
  int64_t id = 0;
  ASSERT_OK(call(thing_hook_add, db_, audit_, kAll, Listener::run, &audits, nullptr, &id));
  Ctx ctx(db_);
  ASSERT_OK(call(thing_ctx_mute, ctx, doc_));
  find(db_, doc_, insert(db_, doc_, R"({"title": "four"})", ctx), ctx);
  insert(db_, audit_, R"({"what": "w"})", ctx);
  EXPECT_EQ(docs.events, Events{});
  EXPECT_EQ(audits.events.size(), 4U);
  thing_ctx_reset(ctx);
  insert(db_, doc_, R"({"title": "five"})", ctx);
  EXPECT_EQ(docs.events.size(), 5U);
  EXPECT_STATUS(THING_E_INVALID, call(thing_ctx_mute, ctx, nullptr));
}

TEST_P(WriteHooks, StayMutedInATransactionOfTheContext) {
  Listener listener;
  listen(listener, kAll | kEnds);
  Ctx ctx(db_);
  ASSERT_OK(call(thing_ctx_mute, ctx, doc_));
  Tx tx(db_, THING_TX_DEFAULT, ctx);
  insert(db_, doc_, R"({"title": "four"})", tx.ctx());
  ASSERT_OK(tx.commit());
  EXPECT_EQ(listener.events, Events{});
}

TEST_P(WriteHooks, SeeOneTransactionFromBeforeToAfter) {
  Listener listener;
  int64_t seen = 0;
  listener.act = [&](int32_t event, thing_obj*, thing_ctx* ctx, thing_error**) {
    if (event == THING_ON_AFTER_CREATE)
      seen = count(db_, doc_, R"({"where": {"title": "four"}})", ctx);
    return THING_OK;
  };
  listen(listener, THING_ON_BEFORE_CREATE | THING_ON_AFTER_CREATE);
  insert(db_, doc_, R"({"title": "four"})");
  EXPECT_EQ(seen, 1);
}

TEST_P(WriteHooks, HearNothingOfAFlagThatIsNoEvent) {
  Listener listener;
  int64_t id = 0;
  EXPECT_STATUS(THING_E_INVALID, call(thing_hook_add, db_, doc_, THING_HOOK_MAY_FAIL, Listener::run,
                                      &listener, nullptr, &id));
}

}  // namespace
}  // namespace conformance
