// Hooks: order, refusal, changes from inside, and their end.
#include <atomic>
#include <functional>
#include <thread>

#include "support.h"

namespace conformance {
namespace {

std::string event_name(int32_t event) {
  switch (event) {
    case THING_ON_BEFORE_SAVE: return "before save";
    case THING_ON_AFTER_SAVE: return "after save";
    case THING_ON_BEFORE_CREATE: return "before create";
    case THING_ON_AFTER_CREATE: return "after create";
    case THING_ON_BEFORE_UPDATE: return "before update";
    case THING_ON_AFTER_UPDATE: return "after update";
    case THING_ON_BEFORE_DELETE: return "before delete";
    case THING_ON_AFTER_DELETE: return "after delete";
    case THING_ON_AFTER_LOAD: return "after load";
    case THING_ON_AFTER_COMMIT: return "after commit";
    case THING_ON_AFTER_ROLLBACK: return "after rollback";
    default: return "event " + std::to_string(event);
  }
}

constexpr int32_t kWrites = THING_ON_BEFORE_SAVE | THING_ON_AFTER_SAVE | THING_ON_BEFORE_CREATE |
                            THING_ON_AFTER_CREATE | THING_ON_BEFORE_UPDATE | THING_ON_AFTER_UPDATE |
                            THING_ON_BEFORE_DELETE | THING_ON_AFTER_DELETE;
constexpr int32_t kEnds = THING_ON_AFTER_COMMIT | THING_ON_AFTER_ROLLBACK;

// A hook of a test: writes down its events, then does what it is told.
struct Listener {
  Texts events;
  std::function<thing_status(int32_t event, thing_obj* obj, thing_ctx* ctx, thing_error** err)> act;
  int freed = 0;

  static thing_status run(void* user, int32_t event, thing_db*, thing_ctx* ctx, thing_obj* obj,
                          thing_error** err) {
    auto* self = static_cast<Listener*>(user);
    self->events.push_back(event_name(event));
    return self->act ? self->act(event, obj, ctx, err) : THING_OK;
  }
  static void free(void* user) { ++static_cast<Listener*>(user)->freed; }
};

class Hooks : public StandardTest {
 protected:
  int64_t listen(Listener& listener, int32_t events, const thing_model* m = nullptr) {
    int64_t id = -1;
    EXPECT_OK(call(thing_hook_add, db_, m, events, Listener::run, &listener, nullptr, &id));
    return id;
  }
};
FOR_SETUPS(Hooks, kEverywhere);

TEST_P(Hooks, RunInOrderAroundACreate) {  // K-21, H1
  Listener listener;
  listen(listener, kWrites | kEnds, user_);
  insert(db_, user_, R"({"name": "Frank", "email": "f"})");
  EXPECT_EQ(listener.events,
            (Texts{"before save", "before create", "after create", "after save", "after commit"}));
}

TEST_P(Hooks, RunInOrderAroundAnUpdate) {  // K-21, H1
  Obj obj = find(db_, user_, 1);
  Listener listener;
  listen(listener, kWrites | kEnds, user_);
  ASSERT_OK(obj.set("age", 26));
  ASSERT_OK(call(thing_save, db_, nullptr, obj));
  EXPECT_EQ(listener.events,
            (Texts{"before save", "before update", "after update", "after save", "after commit"}));
}

TEST_P(Hooks, RunInOrderAroundADelete) {  // K-21, H1
  Obj obj = find(db_, user_, 1);
  Listener listener;
  listen(listener, kWrites | kEnds, user_);
  ASSERT_OK(call(thing_delete, db_, nullptr, obj, THING_DELETE_DEFAULT));
  EXPECT_EQ(listener.events, (Texts{"before delete", "after delete", "after commit"}));
}

TEST_P(Hooks, AbortAWriteFromBefore) {  // K-21, H2
  const std::pair<int32_t, bool> cases[] = {{THING_ON_BEFORE_SAVE, true},
                                            {THING_ON_BEFORE_CREATE, true},
                                            {THING_ON_BEFORE_UPDATE, false}};
  for (const auto& [event, is_create] : cases) {
    Listener listener;
    listener.act = [](int32_t, thing_obj*, thing_ctx*, thing_error** err) {
      return thing_error_set(err, THING_E_CALLBACK, "not today", -1);
    };
    const int64_t id = listen(listener, event, user_);
    Obj obj =
        is_create ? new_obj(user_, R"({"name": "Frank", "email": "f"})") : find(db_, user_, 1);
    EXPECT_OK(obj.set("age", 99));
    const std::string before = obj.json();
    const Outcome outcome = call(thing_save, db_, nullptr, obj);
    EXPECT_STATUS(THING_E_CALLBACK, outcome) << event_name(event);
    EXPECT_TRUE(says(outcome, "not today"));
    EXPECT_EQ(obj.json(), before);
    EXPECT_TRUE(obj.is_dirty("age"));
    EXPECT_EQ(thing_hook_remove(db_, id), THING_OK);
  }
  EXPECT_EQ(matching(db_, user_, R"({"where": {"age": 99}})"), Ids{});
  EXPECT_EQ(counted(db_, user_, "{}"), 5);
}

TEST_P(Hooks, AbortADeleteFromBefore) {  // K-21
  Listener listener;
  listener.act = [](int32_t, thing_obj*, thing_ctx*, thing_error** err) {
    return thing_error_set(err, THING_E_CALLBACK, "keep it", -1);
  };
  listen(listener, THING_ON_BEFORE_DELETE, user_);
  Obj obj = find(db_, user_, 1);
  EXPECT_STATUS(THING_E_CALLBACK, call(thing_delete, db_, nullptr, obj, THING_DELETE_DEFAULT));
  EXPECT_TRUE(exists(db_, user_, 1));
}

TEST_P(Hooks, RefuseWithAnyStatus) {
  Listener listener;
  listener.act = [](int32_t, thing_obj*, thing_ctx*, thing_error**) { return THING_E_CHECK; };
  listen(listener, THING_ON_BEFORE_SAVE, user_);
  Obj obj = new_obj(user_, R"({"name": "Frank", "email": "f"})");
  EXPECT_TRUE(fails_with(call(thing_save, db_, nullptr, obj), {THING_E_CHECK, THING_E_CALLBACK}));
}

TEST_P(Hooks, AbortAllOfSaveMany) {
  Listener listener;
  listener.act = [](int32_t, thing_obj* obj, thing_ctx*, thing_error** err) {
    return Borrowed(obj).text("name") == "second" ? thing_error_set(err, THING_E_CALLBACK, "no", -1)
                                                  : THING_OK;
  };
  listen(listener, THING_ON_BEFORE_CREATE, user_);
  Obj first = new_obj(user_, R"({"name": "first", "email": "1"})"),
      second = new_obj(user_, R"({"name": "second", "email": "2"})");
  thing_obj* const objs[] = {first, second};
  EXPECT_STATUS(THING_E_CALLBACK, call(thing_save_many, db_, nullptr, objs, 2));
  EXPECT_EQ(counted(db_, user_, "{}"), 5);
}

TEST_P(Hooks, SetFieldsBeforeTheyAreSaved) {
  Listener listener;
  listener.act = [](int32_t, thing_obj* obj, thing_ctx*, thing_error** err) {
    return thing_obj_set_int64(obj, thing_model_field_index(thing_obj_model(obj), "age", -1), 77,
                               err);
  };
  listen(listener, THING_ON_BEFORE_SAVE, user_);
  Obj obj = new_obj(user_, R"({"name": "Frank", "email": "f"})");
  ASSERT_OK(call(thing_save, db_, nullptr, obj));
  EXPECT_EQ(obj.integer("age"), 77);
  EXPECT_EQ(find(db_, user_, obj.id()).integer("age"), 77);
}

TEST_P(Hooks, SeeTheChangesOfTheSave) {  // K-21
  std::string before, after;
  Listener listener;
  listener.act = [&](int32_t event, thing_obj* obj, thing_ctx*, thing_error**) {
    if (event == THING_ON_BEFORE_SAVE)
      before = Borrowed(obj).changes();
    else
      after = Borrowed(obj).saved_changes();
    return THING_OK;
  };
  Obj obj = find(db_, user_, 1);
  listen(listener, THING_ON_BEFORE_SAVE | THING_ON_AFTER_SAVE, user_);
  ASSERT_OK(obj.set("age", 26));
  ASSERT_OK(call(thing_save, db_, nullptr, obj));
  EXPECT_EQ(before, R"({"age":[25,26]})");
  EXPECT_EQ(after, R"({"age":[25,26]})");
}

TEST_P(Hooks, OnlyLogWhatAfterReturns) {  // H2
  Listener listener;
  listener.act = [](int32_t, thing_obj*, thing_ctx*, thing_error** err) {
    return thing_error_set(err, THING_E_CALLBACK, "late", -1);
  };
  listen(listener, THING_ON_AFTER_SAVE | THING_ON_AFTER_CREATE | THING_ON_AFTER_COMMIT, user_);
  const int64_t id = insert(db_, user_, R"({"name": "Frank", "email": "f"})");
  EXPECT_EQ(read_text(db_, user_, id, "name"), "Frank");
}

TEST_P(Hooks, StopWhenRemoved) {  // K-21
  Listener listener;
  int64_t id = 0;
  ASSERT_OK(
      call(thing_hook_add, db_, user_, kWrites, Listener::run, &listener, Listener::free, &id));
  EXPECT_EQ(thing_hook_remove(db_, id), THING_OK);
  EXPECT_EQ(listener.freed, 1);
  insert(db_, user_, R"({"name": "Frank", "email": "f"})");
  EXPECT_EQ(listener.events, Texts{});
  EXPECT_EQ(thing_hook_remove(db_, id), THING_NOT_FOUND);
  EXPECT_EQ(thing_hook_remove(db_, -5), THING_NOT_FOUND);
}

TEST_P(Hooks, AreFreedWhenTheDatabaseCloses) {
  Listener listener;
  {
    Db other("sqlite::memory:");
    int64_t id = 0;
    ASSERT_OK(call(thing_hook_add, other, nullptr, kWrites, Listener::run, &listener,
                   Listener::free, &id));
  }
  EXPECT_EQ(listener.freed, 1);
}

TEST_P(Hooks, BelongToOneModelOrToAll) {
  Listener users, all;
  listen(users, THING_ON_AFTER_SAVE, user_);
  listen(all, THING_ON_AFTER_SAVE);
  insert(db_, user_, R"({"name": "Frank", "email": "f"})");
  insert(db_, post_, R"({"title": "t", "userId": 1})");
  EXPECT_EQ(users.events.size(), 1U);
  EXPECT_EQ(all.events.size(), 2U);
}

TEST_P(Hooks, BelongToTheirDatabase) {  // T56
  Listener listener;
  listen(listener, kWrites);
  Db other("sqlite::memory:");
  other.define(models());
  insert(other, other.model("User"), R"({"name": "Frank", "email": "f"})");
  EXPECT_EQ(listener.events, Texts{});
}

TEST_P(Hooks, AreLeftOutWhenTheContextSaysSo) {
  Listener listener;
  listen(listener, kWrites | kEnds | THING_ON_AFTER_LOAD);
  Ctx ctx(db_, THING_CTX_NO_HOOKS);
  const int64_t id = insert(db_, user_, R"({"name": "Frank", "email": "f"})", ctx);
  find(db_, user_, id, ctx);
  remove(db_, user_, id, THING_DELETE_DEFAULT, ctx);
  EXPECT_EQ(listener.events, Texts{});
}

TEST_P(Hooks, RunOncePerObjectAtTheEndOfATransaction) {
  Listener listener;
  listen(listener, kEnds, user_);
  {
    Tx tx(db_);
    insert(db_, user_, R"({"name": "a", "email": "a"})", tx.ctx());
    insert(db_, user_, R"({"name": "b", "email": "b"})", tx.ctx());
    EXPECT_EQ(listener.events, Texts{});
    ASSERT_OK(tx.commit());
  }
  EXPECT_EQ(listener.events, (Texts{"after commit", "after commit"}));
  listener.events.clear();
  {
    Tx tx(db_);
    insert(db_, user_, R"({"name": "c", "email": "c"})", tx.ctx());
    ASSERT_OK(tx.rollback());
  }
  EXPECT_EQ(listener.events, (Texts{"after rollback"}));
}

TEST_P(Hooks,
       SeeTheCommittedRowAfterCommit) {  // S6 of the races: hooks run after the cache is right
  Texts seen;
  Listener listener;
  listener.act = [&](int32_t, thing_obj*, thing_ctx*, thing_error**) {
    seen.push_back(read_text(db_, user_, 1, "name"));
    seen.push_back(std::to_string(count(db_, user_, R"({"where": {"name": "Alicia"}})")));
    return THING_OK;
  };
  EXPECT_EQ(counted(db_, user_, R"({"where": {"name": "Alicia"}})"), 0);
  find(db_, user_, 1);
  listen(listener, THING_ON_AFTER_COMMIT, user_);
  update(db_, user_, 1, R"({"name": "Alicia"})");
  EXPECT_EQ(seen, (Texts{"Alicia", "1"}));
}

TEST_P(Hooks, WriteOtherRowsInTheSameTransaction) {
  Listener listener;
  listener.act = [&](int32_t, thing_obj*, thing_ctx* ctx, thing_error**) {
    insert(db_, post_, R"({"title": "from a hook", "userId": 1})", ctx);
    return THING_OK;
  };
  listen(listener, THING_ON_AFTER_CREATE, user_);
  Tx tx(db_);
  insert(db_, user_, R"({"name": "a", "email": "a"})", tx.ctx());
  EXPECT_EQ(count(db_, post_, R"({"where": {"title": "from a hook"}})", tx.ctx()), 1);
  ASSERT_OK(tx.rollback());
  EXPECT_EQ(counted(db_, post_, R"({"where": {"title": "from a hook"}})"), 0);
}

TEST_P(Hooks, RunOnTheThreadThatCalled) {
  const auto caller = std::this_thread::get_id();
  std::atomic<int> elsewhere{0};
  Listener listener;
  listener.act = [&](int32_t, thing_obj*, thing_ctx*, thing_error**) {
    if (std::this_thread::get_id() != caller) ++elsewhere;
    return THING_OK;
  };
  listen(listener, kWrites | kEnds | THING_ON_AFTER_LOAD);
  insert(db_, user_, R"({"name": "a", "email": "a"})");
  query(db_, user_, "{}");
  EXPECT_EQ(elsewhere, 0);
  EXPECT_FALSE(listener.events.empty());
}

TEST_P(Hooks, SeeLoadedObjects) {
  Texts names;
  Listener listener;
  listener.act = [&](int32_t, thing_obj* obj, thing_ctx*, thing_error**) {
    names.push_back(Borrowed(obj).text("name"));
    return THING_OK;
  };
  listen(listener, THING_ON_AFTER_LOAD, user_);
  Ctx past_cache(db_, THING_CTX_NO_CACHE_READ);
  find(db_, user_, 2, past_cache);
  EXPECT_EQ(names, (Texts{"Bob"}));
}

TEST_P(Hooks, AreNotRunByBulkWrites) {
  Listener listener;
  listen(listener, kWrites, user_);
  ASSERT_OK(call(thing_update_where, db_, nullptr, parse(user_, R"({"where": {"id": 1}})"),
                 R"({"age": 1})", -1, 0, nullptr));
  ASSERT_OK(call(thing_delete_where, db_, nullptr, parse(user_, R"({"where": {"id": 1}})"),
                 THING_DELETE_DEFAULT, 0, nullptr));
  EXPECT_EQ(listener.events, Texts{});
}

TEST_P(Hooks, RefuseWhatIsNoHook) {
  int64_t id = 0;
  Listener listener;
  EXPECT_STATUS(THING_E_INVALID,
                call(thing_hook_add, db_, user_, kWrites, nullptr, &listener, nullptr, &id));
  EXPECT_TRUE(
      fails_with(call(thing_hook_add, db_, user_, 0, Listener::run, &listener, nullptr, &id),
                 {THING_E_INVALID, THING_E_RANGE}));
  EXPECT_TRUE(
      fails_with(call(thing_hook_add, db_, user_, 1 << 20, Listener::run, &listener, nullptr, &id),
                 {THING_E_INVALID, THING_E_RANGE}));
}

TEST_P(Hooks, OfARollbackMayUseTheTransaction) {
  Tx tx(db_);
  Listener listener;
  int number = 0;
  listener.act = [&](int32_t, thing_obj*, thing_ctx*, thing_error**) {
    for (int i = 0; i < 20; ++i) {
      const std::string name = "inner" + std::to_string(number++);
      EXPECT_OK(call(thing_tx_savepoint, tx, name.c_str()));
    }
    EXPECT_OK(call(thing_tx_rollback_to, tx, "inner0"));
    return THING_OK;
  };
  listen(listener, THING_ON_AFTER_ROLLBACK, user_);
  insert(db_, user_, R"({"name": "kept", "email": "kept"})", tx.ctx());
  ASSERT_OK(call(thing_tx_savepoint, tx, "outer"));
  for (const char* row : {R"({"name": "b", "email": "b"})", R"({"name": "c", "email": "c"})"})
    insert(db_, user_, row, tx.ctx());
  EXPECT_OK(call(thing_tx_rollback_to, tx, "outer"));
  EXPECT_EQ(listener.events.size(), 2U);
  EXPECT_OK(call(thing_tx_rollback_to, tx, "inner0"));
  insert(db_, user_, R"({"name": "d", "email": "d"})", tx.ctx());
  ASSERT_OK(tx.commit());
  EXPECT_EQ(counted(db_, user_, "{}"), 7);
}

TEST_P(Hooks, MayFreeTheTransactionOfTheirCall) {
  for (const int32_t event : {THING_ON_BEFORE_SAVE, THING_ON_AFTER_CREATE}) {
    Tx tx(db_);
    Listener listener;
    listener.act = [&](int32_t, thing_obj*, thing_ctx*, thing_error**) {
      tx.reset();
      return THING_OK;
    };
    const int64_t id = listen(listener, event, user_);
    Obj obj = new_obj(user_, R"({"name": "x", "email": "x"})");
    EXPECT_OK(call(thing_save, db_, tx.ctx(), obj)) << "it is over when the call ends";
    EXPECT_EQ(counted(db_, user_, "{}"), 5);
    EXPECT_EQ(thing_hook_remove(db_, id), THING_OK);
    EXPECT_EQ(Tx(db_).rollback().status, THING_OK) << "the connection is free again";
  }
}

}  // namespace
}  // namespace conformance
