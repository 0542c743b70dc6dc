// thing_call: what all actions have in common. That it is the same engine as the typed calls, and
// what it says of wrong documents.
#include "actions.h"

#include <atomic>
#include <thread>

namespace conformance {
namespace {

class Actions : public StandardTest {};
FOR_SETUPS(Actions, kEverywhere);

constexpr const char* kAlice =
    R"({"id":1,"name":"Alice","email":"alice@example.com","age":25,"active":true})";

// ---- one engine

TEST_P(Actions, BelongToTheTransactionOfTheCall) {
  {
    Tx tx(db_);
    act(db_, "User", "create", R"({"data": {"name": "T", "email": "t"}})", tx.ctx());
    act(db_, "User", "update", R"({"where": {"id": 1}, "data": {"age": 1}})", tx.ctx());
    act(db_, "User", "upsert",
        R"({"where": {"id": 2}, "create": {"name": "u", "email": "u"}, "update": {"age": 2}})",
        tx.ctx());
    act(db_, "User", "delete", R"({"where": {"id": 3}})", tx.ctx());
    EXPECT_EQ(act(db_, "User", "findMany",
                  R"({"select": ["id", "age"], "where": {"id": {"lte": 3}}})", tx.ctx()),
              R"([{"id":1,"age":1},{"id":2,"age":2}])");
    ASSERT_OK(tx.rollback());
  }
  EXPECT_EQ(
      act(db_, "User", "findMany", R"({"select": ["id", "age"], "where": {"id": {"lte": 3}}})"),
      R"([{"id":1,"age":25},{"id":2,"age":30},{"id":3,"age":35}])");
  EXPECT_EQ(act(db_, "User", "count", "{}"), "5");
}

TEST_P(Actions, RunHooksAndMayBeRefusedByThem) {
  struct Seen {
    int created = 0, updated = 0, deleted = 0;
  } seen;
  const auto hook = [](void* user, int32_t event, thing_db*, thing_ctx*, thing_obj* obj,
                       thing_error** err) -> thing_status {
    auto* const s = static_cast<Seen*>(user);
    s->created += event == THING_ON_BEFORE_CREATE;
    s->updated += event == THING_ON_BEFORE_UPDATE;
    s->deleted += event == THING_ON_BEFORE_DELETE;
    const Borrowed o(obj);
    return o.text("name") == "No" ? thing_error_set(err, THING_E_CALLBACK, "no", -1) : THING_OK;
  };
  int64_t id = 0;
  ASSERT_OK(call(thing_hook_add, db_, user_,
                 THING_ON_BEFORE_CREATE | THING_ON_BEFORE_UPDATE | THING_ON_BEFORE_DELETE, hook,
                 &seen, nullptr, &id));
  act(db_, "User", "create", R"({"data": {"name": "a", "email": "a"}})");
  act(db_, "User", "createMany", R"({"skipDuplicates": true, "data": [{"name": "a", "email": "a"},
                                    {"name": "b", "email": "b"}, {"name": "c", "email": "c"}]})");
  act(db_, "User", "update", R"({"where": {"id": 1}, "data": {"age": 3}})");
  act(db_, "User", "delete", R"({"where": {"id": 2}})");
  EXPECT_EQ(seen.created, 4);
  EXPECT_EQ(seen.updated, 1);
  EXPECT_EQ(seen.deleted, 1);
  EXPECT_STATUS(THING_E_CALLBACK,
                refused(db_, "User", "update", R"({"where": {"id": 1}, "data": {"name": "No"}})"));
  EXPECT_EQ(read_text(db_, user_, 1, "name"), "Alice");
  EXPECT_EQ(thing_hook_remove(db_, id), THING_OK);
}

TEST_P(Actions, RaiseVersionsAndMoveTimes) {
  db_.define(
      R"({"name": "Page", "fields": {"id": {"type": "int", "default": {"fn": "autoincrement"}},
                 "text": "text"}, "timestamps": true, "version": true})");
  const Json made = Json::parse(act(db_, "Page", "create", R"({"data": {"text": "a"}})"));
  const Json same =
      Json::parse(act(db_, "Page", "update", R"({"where": {"id": 1}, "data": {"text": "a"}})"));
  EXPECT_EQ(same.print(), made.print());
  const Json changed =
      Json::parse(act(db_, "Page", "update", R"({"where": {"id": 1}, "data": {"text": "b"}})"));
  EXPECT_EQ(std::stoll(changed["version"].text()), std::stoll(made["version"].text()) + 1);
  EXPECT_EQ(changed["createdAt"].text(), made["createdAt"].text());
  EXPECT_GE(changed["updatedAt"].text(), made["updatedAt"].text());
  EXPECT_EQ(act(db_, "Page", "findUnique", R"({"where": {"id": 1}})"), changed.print());
}

TEST_P(Actions, LeaveHiddenFieldsOutUnlessTheyAreNamed) {
  db_.define(
      R"({"name": "Account", "fields": {"id": {"type": "int", "default": {"fn": "autoincrement"}},
                 "name": "text", "secret": "text"}, "hidden": ["secret"]})");
  EXPECT_EQ(act(db_, "Account", "create", R"({"data": {"name": "a", "secret": "s"}})"),
            R"({"id":1,"name":"a"})");
  EXPECT_EQ(act(db_, "Account", "findMany", "{}"), R"([{"id":1,"name":"a"}])");
  EXPECT_EQ(act(db_, "Account", "findMany", R"({"omit": ["id"]})"), R"([{"name":"a"}])");
  EXPECT_EQ(act(db_, "Account", "findMany", R"({"select": ["secret"]})"), R"([{"secret":"s"}])");
}

TEST_P(Actions, ServeEveryTypeAsTheTypedCallsDo) {
  db_.define(
      R"({"name": "All", "fields": {"id": {"type": "int", "default": {"fn": "autoincrement"}},
    "b": "bool?", "i": "int?", "f": "float?", "d": "decimal?", "t": "text?", "y": "bytes?", "dt": "datetime?",
    "da": "date?", "ti": "time?", "u": "uuid?", "j": "json?",
    "l": {"type": "int", "list": true, "null": true}}})");
  const std::string data =
      R"("b":true,"i":-9223372036854775808,"f":1.5,"d":"-0.10","t":"q\"\u00e9","y":"AAEC",)"
      R"("dt":"2024-05-06T07:08:09.250000Z","da":"2024-05-06","ti":"07:08:09.250000",)"
      R"("u":"0a8f1b5e-5f7c-4b7e-9d5a-1c2d3e4f5a6b","j":{"set":[1]},"l":[1,2])";
  const std::string made = act(db_, "All", "create", R"({"data": {)" + data + "}}");
  EXPECT_EQ(made, canonical(find(db_, db_.model("All"), 1).json()));
  EXPECT_EQ(made, canonical(R"({"id":1,)" + data + "}"));
  EXPECT_EQ(act(db_, "All", "findUnique", R"({"where": {"id": 1}})"), made);
  EXPECT_EQ(act(db_, "All", "update", R"({"where": {"id": 1}, "data": {"j": {"set": {"set": [2]}}},
                                          "select": ["j"]})"),
            R"({"j":{"set":[2]}})");
  EXPECT_EQ(act(db_, "All", "update", R"({"where": {"id": 1}, "data": {"j": {"x": 1}, "l": []},
                                          "select": ["j", "l"]})"),
            R"({"j":{"x":1},"l":[]})");
}

// ---- wrong documents

TEST_P(Actions, SayWhereADocumentIsWrong) {
  const struct {
    const char *action, *args, *message;
    thing_status status;
  } cases[] = {
      {"findMany", R"({"wher": {}})", "findMany: found key 'wher', expected one of where, orderBy",
       THING_E_INVALID},
      {"findMany", R"({"include": {"posts": true}})", "include: found relation 'posts'",
       THING_E_INVALID},
      {"findMany", R"({"where": {"agee": 1}})",
       "where: found field 'agee', expected a field of User", THING_E_INVALID},
      {"findMany", R"({"where": {"age": {"gtt": 1}}})", "where.age: found operator 'gtt'",
       THING_E_INVALID},
      {"findMany", R"({"where": {"OR": [{"age": "x"}]}})", "where.OR[0].age: ", THING_E_TYPE},
      {"findMany", R"({"distinct": true})", "distinct: found a boolean", THING_E_TYPE},
      {"findMany", R"({"distinct": ["x"]})", "distinct: found field 'x'", THING_E_INVALID},
      {"findMany", R"({"distinct": []})", "distinct: found no name", THING_E_INVALID},
      {"findMany", R"({"select": {"x": true}})", "select: found field 'x'", THING_E_INVALID},
      {"findMany", R"({"select": {"age": 1}})",
       "select.age: found a number, expected true or false", THING_E_TYPE},
      {"findMany", R"({"select": {}})", "select: found no field", THING_E_INVALID},
      {"findMany", R"({"select": ["age"], "omit": ["age"]})", "select: found omit beside it",
       THING_E_INVALID},
      {"findMany", R"({"omit": ["id", "name", "email", "age", "active"]})",
       "omit: found no field that is left", THING_E_INVALID},
      {"findMany", R"({"take": -1})", "take", THING_E_RANGE},
      {"findMany", R"([])", "findMany: found an array, expected an object", THING_E_TYPE},
      {"findMany", R"({"take": 1)", "JSON: line 1", THING_E_SYNTAX},
      {"findUnique", R"({})", "where: found none", THING_E_INVALID},
      {"findUnique", R"({"where": 5})", "where: found a number", THING_E_TYPE},
      {"findUnique", R"({"where": {"name": "Bob"}})",
       "where: found no value for a primary or unique key, expected id or email", THING_E_INVALID},
      {"findUnique", R"({"where": {"id": {"gt": 1}}})", "where: found no value", THING_E_INVALID},
      {"findUnique", R"({"where": {"email": null}})", "where: found no value", THING_E_INVALID},
      {"findUnique", R"({"where": {"id": "1"}})", "where.id: ", THING_E_TYPE},
      {"findUnique", R"({"where": {"id": 1}, "take": 1})", "findUnique: found key 'take'",
       THING_E_INVALID},
      {"create", R"({"data": {"age": "x"}})", "data.age: found a text, expected a value for int",
       THING_E_TYPE},
      {"create", R"({"data": {"posts": {}}})", "data: found field 'posts'", THING_E_INVALID},
      {"create", R"({"data": []})", "data: found an array", THING_E_TYPE},
      {"create", R"({"dat": {}})", "create: found key 'dat'", THING_E_INVALID},
      {"createMany", R"({})", "data: found none", THING_E_INVALID},
      {"createMany", R"({"data": [{"name": "a"}, {"age": 1.5}]})", "data[1].age: ", THING_E_TYPE},
      {"createMany", R"({"data": [1]})", "data[0]: found a number", THING_E_TYPE},
      {"createMany", R"({"data": [], "skipDuplicates": 1})", "skipDuplicates: found a number",
       THING_E_TYPE},
      {"update", R"({"where": {"id": 1}})", "data: found none", THING_E_INVALID},
      {"update", R"({"data": {}})", "where: found none", THING_E_INVALID},
      {"update", R"({"where": {"id": 1}, "data": {"age": {"add": 1}}})",
       "data.age: found operation 'add', expected one of set, increment, decrement",
       THING_E_INVALID},
      {"update", R"({"where": {"id": 1}, "data": {"age": {"set": 1, "increment": 1}}})",
       "data.age: found 2 operations", THING_E_INVALID},
      {"update", R"({"where": {"id": 1}, "data": {"age": {"increment": "x"}}})",
       "data.age.increment: found a text", THING_E_TYPE},
      {"update", R"({"where": {"id": 1}, "data": {"age": {"increment": null}}})",
       "data.age.increment: found null", THING_E_TYPE},
      {"update", R"({"where": {"id": 1}, "data": {"name": {"increment": 1}}})",
       "data.name: found increment of 'name' that is text", THING_E_TYPE},
      {"updateMany", R"({"where": {"id": 1}, "data": {"ag": 1}})", "data: found field 'ag'",
       THING_E_INVALID},
      {"updateMany", R"({"where": {"id": 1}, "data": {}})", "data: found no field",
       THING_E_INVALID},
      {"updateMany", R"({"where": {"id": 1}, "data": {"id": 1}})",
       "data.id: found a field of the primary key", THING_E_UNSUPPORTED},
      {"updateMany", R"({"where": {"id": 1}, "data": {"age": 1}, "take": 1})",
       "updateMany: found key 'take'", THING_E_INVALID},
      {"upsert", R"({"where": {"id": 1}, "update": {}})", "create: found none", THING_E_INVALID},
      {"upsert", R"({"where": {"id": 1}, "create": {}})", "update: found none", THING_E_INVALID},
      {"upsert", R"({"where": {"id": 1}, "create": {"age": true}, "update": {}})",
       "create.age: ", THING_E_TYPE},
      {"upsert", R"({"where": {"id": 1}, "create": {}, "update": {"age": true}})",
       "update.age: ", THING_E_TYPE},
      {"delete", R"({"where": {"name": "Bob"}})", "where: found no value", THING_E_INVALID},
      {"deleteMany", R"({"where": {"id": 1}, "all": 1})", "all: found a number", THING_E_TYPE},
      {"findAll", R"({})", "action: found 'findAll', expected one of findUnique", THING_E_INVALID},
  };
  for (const auto& c : cases) {
    const Outcome outcome = refused(db_, "User", c.action, c.args);
    EXPECT_EQ(outcome.status, c.status) << c.action << " " << c.args << ": " << outcome.message;
    EXPECT_TRUE(outcome.message.starts_with(c.message)) << c.args << ": " << outcome.message;
  }
  EXPECT_TRUE(says(refused(db_, "Usr", "findMany", "{}"), "model: found 'Usr'"));
  EXPECT_EQ(act(db_, "User", "count", "{}"), "5");
}

TEST_P(Actions, NameTheFieldOfAViolation) {
  const Outcome twice =
      refused(db_, "User", "create", R"({"data": {"name": "a", "email": "bob@example.com"}})");
  EXPECT_STATUS(THING_E_UNIQUE, twice);
  EXPECT_EQ(twice.field, "email");
  const Outcome missing = refused(db_, "User", "create", R"({"data": {"email": "a"}})");
  EXPECT_STATUS(THING_E_NOT_NULL, missing);
  EXPECT_EQ(missing.field, "name");
  EXPECT_STATUS(THING_E_UNIQUE, refused(db_, "User", "update", R"({"where": {"id": 1},
                                        "data": {"email": "bob@example.com"}})"));
  EXPECT_EQ(act(db_, "User", "findUnique", R"({"where": {"id": 1}})"), kAlice);
}

// ---- cache

class CachedActions : public StandardTest {};
FOR_SETUPS(CachedActions, kMemoryCaches);

TEST_P(CachedActions, AskTheDatabaseOnceForWhatStays) {
  const std::pair<const char*, const char*> reads[] = {
      {"findUnique", R"({"where": {"id": 1}})"},
      {"findUnique", R"({"where": {"email": "bob@example.com"}, "select": ["name"]})"},
      {"findFirst", R"({"where": {"name": "Eve"}})"},
      {"findMany", R"({"where": {"age": {"gt": 26}}, "orderBy": {"age": "asc"}})"},
      {"findMany", R"({"distinct": ["active"]})"},
      {"count", R"({"where": {"active": true}})"}};
  for (const auto& [action, args] : reads) {
    const std::string first = act(db_, "User", action, args);
    const int64_t before = db_.sql();
    EXPECT_EQ(act(db_, "User", action, args), first);
    EXPECT_EQ(db_.sql(), before) << action << args;
  }
}

TEST_P(CachedActions, SeeEachOthersWrites) {
  const char* const by_name = R"({"where": {"name": "Zoe"}, "select": ["age"]})";
  EXPECT_EQ(act(db_, "User", "findMany", by_name), "[]");
  EXPECT_EQ(act(db_, "User", "count", R"({"where": {"name": "Zoe"}})"), "0");
  act(db_, "User", "create", R"({"data": {"name": "Zoe", "email": "z", "age": 1}})");
  EXPECT_EQ(act(db_, "User", "findMany", by_name), R"([{"age":1}])");
  EXPECT_EQ(act(db_, "User", "count", R"({"where": {"name": "Zoe"}})"), "1");
  act(db_, "User", "update", R"({"where": {"email": "z"}, "data": {"age": {"increment": 1}}})");
  EXPECT_EQ(act(db_, "User", "findMany", by_name), R"([{"age":2}])");
  act(db_, "User", "updateMany", R"({"where": {"name": "Zoe"}, "data": {"age": 7}})");
  EXPECT_EQ(act(db_, "User", "findMany", by_name), R"([{"age":7}])");
  act(db_, "User", "upsert",
      R"({"where": {"email": "z"}, "create": {}, "update": {"name": "Zed"}})");
  EXPECT_EQ(act(db_, "User", "findMany", by_name), "[]");
  act(db_, "User", "deleteMany", R"({"where": {"email": "z"}})");
  EXPECT_EQ(act(db_, "User", "findUnique", R"({"where": {"email": "z"}})"), "null");
}

TEST_P(CachedActions, SayWhatIsNotCachedWhenNothingElseIsAsked) {
  const Ctx cached(db_, THING_CTX_CACHE_ONLY);
  const char* const args = R"({"where": {"age": 30}, "select": ["id"]})";
  EXPECT_STATUS(THING_MORE, refused(db_, "User", "findMany", args, cached));
  act(db_, "User", "findMany", args);
  EXPECT_EQ(act(db_, "User", "findMany", args, cached), R"([{"id":2}])");
  EXPECT_STATUS(THING_MORE, refused(db_, "User", "findUnique", R"({"where": {"id": 99}})", cached));
  EXPECT_STATUS(THING_MORE, refused(db_, "User", "count", R"({"where": {"age": 77}})", cached));
  EXPECT_STATUS(THING_MORE, refused(db_, "User", "aggregate", R"({"_count": true})", cached));
}

// ---- several at once

class ConcurrentActions : public StandardTest {};
FOR_SETUPS(ConcurrentActions, kConcurrent);

TEST_P(ConcurrentActions, LoseNoUpdateAndNoUpsert) {
  constexpr int kThreads = 4, kTimes = 20;
  std::vector<std::thread> threads;
  std::atomic<int> failed{0};
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([this, &failed] {
      for (int i = 0; i < kTimes; ++i) {
        const std::string key = R"({"where": {"email": "k)" + std::to_string(i) +
                                R"("}, "update": {"age": {"increment": 1}}, )"
                                R"("create": {"name": "k", "age": 1, "email": "k)" +
                                std::to_string(i) + "\"}}";
        for (const auto& [action, args] :
             {std::pair<const char*, std::string>{
                  "update", R"({"where": {"id": 1}, "data": {"age": {"increment": 1}}})"},
              std::pair<const char*, std::string>{"upsert", key}}) {
          for (int tries = 0;; ++tries) {  // a deadlock of others is nobody's fault
            Buf out;
            const Outcome done = call(thing_call, db_.get(), nullptr, "User", action, args.c_str(),
                                      int64_t{-1}, out.out());
            if (done.status == THING_OK) break;
            if (done.retryable && tries < 50) continue;
            failed += 1;
            ADD_FAILURE() << action << ": " << done.message;
            break;
          }
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_EQ(failed.load(), 0);
  EXPECT_EQ(find(db_, user_, 1).integer("age"), 25 + kThreads * kTimes);
  EXPECT_EQ(act(db_, "User", "aggregate",
                R"({"where": {"name": "k"}, "_count": true, "_sum": {"age": true}})"),
            R"({"_count":20,"_sum":{"age":80}})");
}

// ---- documents that are no text, arguments that are none

TEST_P(Actions, CheckTheirArguments) {
  Buf out;
  EXPECT_OK(call(thing_call, db_.get(), nullptr, "User", "count", nullptr, int64_t{-1}, out.out()));
  EXPECT_EQ(out.text(), "5");
  EXPECT_STATUS(THING_E_INVALID, call(thing_call, db_.get(), nullptr, nullptr, "count", "{}",
                                      int64_t{-1}, out.out()));
  EXPECT_STATUS(THING_E_INVALID, call(thing_call, db_.get(), nullptr, "User", nullptr, "{}",
                                      int64_t{-1}, out.out()));
  EXPECT_STATUS(THING_E_INVALID, call(thing_call, db_.get(), nullptr, "User", "count",
                                      "{\"\xff\":1}", int64_t{-1}, out.out()));
  EXPECT_STATUS(THING_E_INVALID,
                call(thing_call, db_.get(), nullptr, "User", "count", "{}", int64_t{-1}, nullptr));
}

}  // namespace
}  // namespace conformance
