// thing_call: every action, what it says of wrong documents, and that it is the same engine as the
// typed calls.
#include "actions.h"

#include <atomic>
#include <thread>

namespace conformance {
namespace {

class Actions : public StandardTest {};
FOR_SETUPS(Actions, kEverywhere);

constexpr const char* kAlice =
    R"({"id":1,"name":"Alice","email":"alice@example.com","age":25,"active":true})";

// ---- find

TEST_P(Actions, FindAUniqueRecordByEachKey) {
  EXPECT_EQ(act(db_, "User", "findUnique", R"({"where": {"id": 1}})"), kAlice);
  EXPECT_EQ(act(db_, "User", "findUnique", R"({"where": {"id": {"equals": 1}}})"), kAlice);
  EXPECT_EQ(act(db_, "User", "findUnique", R"({"where": {"email": "alice@example.com"}})"), kAlice);
  EXPECT_EQ(act(db_, "User", "findUnique", R"({"where": {"id": 1, "age": {"gt": 24}}})"), kAlice);
  EXPECT_EQ(act(db_, "User", "findUnique", R"({"where": {"id": 1, "age": {"gt": 25}}})"), "null");
  EXPECT_EQ(act(db_, "User", "findUnique", R"({"where": {"id": 99}})"), "null");
  EXPECT_EQ(act(db_, "User", "findUnique", R"({"where": {"email": "nobody"}})"), "null");
}

TEST_P(Actions, TellARecordThatHasToBeThereFromNone) {
  EXPECT_EQ(act(db_, "User", "findUniqueOrThrow", R"({"where": {"id": 1}})"), kAlice);
  EXPECT_STATUS(THING_NOT_FOUND,
                refused(db_, "User", "findUniqueOrThrow", R"({"where": {"id": 9}})"));
  EXPECT_STATUS(THING_NOT_FOUND,
                refused(db_, "User", "findUniqueOrThrow", R"({"where": {"email": "x"}})"));
  EXPECT_EQ(act(db_, "User", "findFirstOrThrow", R"({"where": {"name": "Alice"}})"), kAlice);
  EXPECT_STATUS(THING_NOT_FOUND,
                refused(db_, "User", "findFirstOrThrow", R"({"where": {"name": "x"}})"));
}

TEST_P(Actions, FindTheFirstInOrder) {
  EXPECT_EQ(
      act(db_, "User", "findFirst", R"({"orderBy": {"age": "desc"}, "select": {"name": true}})"),
      R"({"name":"Charlie"})");
  EXPECT_EQ(act(db_, "User", "findFirst", R"({"skip": 1, "select": {"id": true}})"), R"({"id":2})");
  EXPECT_EQ(act(db_, "User", "findFirst", R"({"where": {"age": {"gt": 99}}})"), "null");
  EXPECT_EQ(act(db_, "User", "findFirst", R"({"take": 0})"), "null");
}

TEST_P(Actions, FindManyAsTheTypedQueryDoes) {
  for (const char* query :
       {"{}", R"({"where": {"age": {"gte": 28}}, "orderBy": [{"age": "desc"}]})",
        R"({"where": {"OR": [{"name": "Alice"}, {"age": null}]}})", R"({"take": 2, "skip": 1})",
        R"({"cursor": {"id": 3}, "take": 2})", R"({"cursor": {"id": 99}})",
        R"({"where": {"name": {"contains": "li"}}, "orderBy": {"name": "asc"}})"}) {
    const std::string typed = canonical(conformance::query(db_, user_, query).json());
    for (int i = 0; i < 3; ++i) EXPECT_EQ(act(db_, "User", "findMany", query), typed) << query;
  }
}

TEST_P(Actions, PrintChosenFieldsAlone) {
  const std::string_view by_id = R"({"where": {"id": 2}, )";
  const auto one = [&](const char* rest) {
    return act(db_, "User", "findUnique", std::string(by_id) + rest);
  };
  EXPECT_EQ(one(R"("select": {"email": true, "name": true, "age": false}})"),
            R"({"name":"Bob","email":"bob@example.com"})");
  EXPECT_EQ(one(R"("select": ["age"]})"), R"({"age":30})");
  EXPECT_EQ(one(R"("omit": {"email": true, "id": true}})"),
            R"({"name":"Bob","age":30,"active":true})");
  EXPECT_EQ(act(db_, "User", "findMany", R"({"take": 2, "select": {"age": true}})"),
            R"([{"age":25},{"age":30}])");
  EXPECT_EQ(act(db_, "User", "findMany", R"({"take": 1, "omit": {"email": true}})"),
            R"([{"id":1,"name":"Alice","age":25,"active":true}])");
}

TEST_P(Actions, TakeTheFirstOfThoseThatAreAlike) {
  db_.define(
      R"({"name": "Product", "fields": {"id": {"type": "int", "default": {"fn": "autoincrement"}},
                 "category": "text?", "brand": "text", "price": "decimal"}})");
  act(db_, "Product", "createMany", R"({"data": [
    {"category": "a", "brand": "x", "price": "3.0"}, {"category": "b", "brand": "x", "price": 2},
    {"category": "a", "brand": "y", "price": 1}, {"category": null, "brand": "x", "price": 9},
    {"category": null, "brand": "y", "price": 8}, {"category": "b", "brand": "z", "price": "3.00"}]})");
  const auto ids = [this](const char* query) {
    const std::string json =
        act(db_, "Product", "findMany", std::string(query) + R"(, "select": {"id": true}})");
    EXPECT_EQ(act(db_, "Product", "findMany", std::string(query) + R"(, "select": {"id": true}})"),
              json);
    return json;
  };
  EXPECT_EQ(ids(R"({"distinct": ["category"])"), R"([{"id":1},{"id":2},{"id":4}])");
  EXPECT_EQ(ids(R"({"distinct": ["category"], "orderBy": {"price": "asc"})"),
            R"([{"id":3},{"id":2},{"id":5}])");
  EXPECT_EQ(ids(R"({"distinct": ["brand"], "orderBy": {"id": "desc"})"),
            R"([{"id":6},{"id":5},{"id":4}])");
  EXPECT_EQ(ids(R"({"distinct": ["category", "brand"], "where": {"price": {"lt": 9}})"),
            R"([{"id":1},{"id":2},{"id":3},{"id":5},{"id":6}])");
  EXPECT_EQ(ids(R"({"distinct": ["price"])"), R"([{"id":1},{"id":2},{"id":3},{"id":4},{"id":5}])");
  EXPECT_EQ(ids(R"({"distinct": ["category"], "skip": 1, "take": 1)"), R"([{"id":2}])");
  EXPECT_EQ(ids(R"({"distinct": ["category"], "cursor": {"id": 2})"), R"([{"id":2},{"id":4}])");
}

TEST_P(Actions, FollowWritesInWhatIsDistinct) {
  const std::string query = R"({"distinct": ["active"], "select": {"id": true}})";
  const std::string whole = R"({"distinct": ["active"], "orderBy": {"age": "asc"}})";
  EXPECT_EQ(act(db_, "User", "findMany", query), R"([{"id":1},{"id":3}])");
  EXPECT_EQ(Json::parse(act(db_, "User", "findMany", whole)).at(1)["id"].text(), "3");
  update(db_, user_, 1, R"({"active": false})");
  EXPECT_EQ(act(db_, "User", "findMany", query), R"([{"id":1},{"id":2}])");
  EXPECT_EQ(Json::parse(act(db_, "User", "findMany", whole)).at(0)["id"].text(), "1");
  update(db_, user_, 1, R"({"age": 99})");
  EXPECT_EQ(Json::parse(act(db_, "User", "findMany", whole)).at(1)["id"].text(), "3");
  remove(db_, user_, 3);
  EXPECT_EQ(Json::parse(act(db_, "User", "findMany", whole)).at(1)["id"].text(), "1");
}

// ---- one record

TEST_P(Actions, CreateARecordAndGiveIt) {
  EXPECT_EQ(act(db_, "User", "create", R"({"data": {"name": "Frank", "email": "f", "age": 9}})"),
            R"({"id":6,"name":"Frank","email":"f","age":9,"active":true})");
  EXPECT_EQ(read_text(db_, user_, 6, "name"), "Frank");
  EXPECT_EQ(
      act(db_, "User", "create", R"({"data": {"name": "G", "email": "g"}, "select": ["id"]})"),
      R"({"id":7})");
}

TEST_P(Actions, S18_CreateARecordOfDefaults) {
  db_.define(
      R"({"name": "Job", "fields": {"id": {"type": "int", "default": {"fn": "autoincrement"}},
                 "status": {"type": "text", "default": "active"}}, "timestamps": true})");
  for (const char* args : {"{}", R"({"data": {}})"}) {
    const Json made = Json::parse(act(db_, "Job", "create", args));
    EXPECT_GT(std::stoll(made["id"].text()), 0);
    EXPECT_EQ(made["status"].text(), "active");
    EXPECT_EQ(made["createdAt"].kind(), Json::Kind::kString);
  }
  EXPECT_EQ(act(db_, "Job", "count", "{}"), "2");
}

TEST_P(Actions, UpdateARecordByEachKey) {
  EXPECT_EQ(
      act(db_, "User", "update", R"({"where": {"id": 1}, "data": {"age": {"increment": 2}}})"),
      R"({"id":1,"name":"Alice","email":"alice@example.com","age":27,"active":true})");
  EXPECT_EQ(act(db_, "User", "update", R"({"where": {"email": "bob@example.com"},
                "data": {"name": {"set": "Rob"}, "age": {"decrement": 1}}, "select": ["name", "age"]})"),
            R"({"name":"Rob","age":29})");
  EXPECT_EQ(act(db_, "User", "update", R"({"where": {"id": 4}, "data": {"age": {"increment": 4}},
                                           "select": ["age"]})"),
            R"({"age":4})");
  EXPECT_EQ(act(db_, "User", "update", R"({"where": {"id": 3}, "data": {}, "select": ["name"]})"),
            R"({"name":"Charlie"})");
  EXPECT_EQ(read_text(db_, user_, 2, "name"), "Rob");
  EXPECT_STATUS(THING_NOT_FOUND,
                refused(db_, "User", "update", R"({"where": {"id": 9}, "data": {"age": 1}})"));
}

TEST_P(Actions, KeepNumbersExact) {
  db_.define(
      R"({"name": "Purse", "fields": {"id": {"type": "int", "default": {"fn": "autoincrement"}},
                 "n": "int", "sum": "decimal?", "real": "float"}})");
  EXPECT_EQ(
      act(db_, "Purse", "create",
          R"({"data": {"n": 9223372036854775806, "sum": "12345678901234567890.123", "real": 0.5}})"),
      R"({"id":1,"n":9223372036854775806,"sum":"12345678901234567890.123","real":0.5})");
  EXPECT_EQ(act(db_, "Purse", "update", R"({"where": {"id": 1}, "data": {"n": {"increment": 1},
                "sum": {"decrement": "0.1235"}, "real": {"increment": 0.25}}})"),
            R"({"id":1,"n":9223372036854775807,"sum":"12345678901234567889.9995","real":0.75})");
  const Outcome over =
      refused(db_, "Purse", "update", R"({"where": {"id": 1}, "data": {"n": {"increment": 1}}})");
  EXPECT_STATUS(THING_E_RANGE, over);
  EXPECT_TRUE(says(over, "data.n.increment: "));
  EXPECT_EQ(over.field, "n");
  EXPECT_EQ(act(db_, "Purse", "findUnique", R"({"where": {"id": 1}, "select": ["n"]})"),
            R"({"n":9223372036854775807})");
}

TEST_P(Actions, DeleteARecordAndGiveItAsItWas) {
  EXPECT_EQ(act(db_, "User", "delete", R"({"where": {"id": 1}})"), kAlice);
  EXPECT_STATUS(THING_NOT_FOUND, refused(db_, "User", "delete", R"({"where": {"id": 1}})"));
  EXPECT_EQ(act(db_, "User", "findUnique", R"({"where": {"id": 1}})"), "null");
  EXPECT_EQ(act(db_, "User", "delete",
                R"({"where": {"email": "bob@example.com"}, "select": {"name": true}})"),
            R"({"name":"Bob"})");
  EXPECT_EQ(act(db_, "User", "count", "{}"), "3");
}

TEST_P(Actions, DeleteSoftlyWhereTheModelDoes) {
  db_.define(
      R"({"name": "Note", "fields": {"id": {"type": "int", "default": {"fn": "autoincrement"}},
                 "text": "text"}, "softDelete": true})");
  act(db_, "Note", "createMany", R"({"data": [{"text": "a"}, {"text": "b"}, {"text": "c"}]})");
  EXPECT_EQ(act(db_, "Note", "delete", R"({"where": {"id": 1}})"),
            R"({"id":1,"text":"a","deletedAt":null})");
  EXPECT_EQ(act(db_, "Note", "deleteMany", R"({"where": {"text": "b"}})"), R"({"count":1})");
  EXPECT_EQ(act(db_, "Note", "findMany", R"({"select": ["text"]})"), R"([{"text":"c"}])");
  EXPECT_STATUS(THING_NOT_FOUND,
                refused(db_, "Note", "update", R"({"where": {"id": 1}, "data": {"text": "z"}})"));
  const Ctx all(db_, THING_CTX_WITH_DELETED), gone(db_, THING_CTX_ONLY_DELETED);
  EXPECT_EQ(act(db_, "Note", "count", "{}", all), "3");
  EXPECT_EQ(act(db_, "Note", "findMany", R"({"select": ["text"]})", gone),
            R"([{"text":"a"},{"text":"b"}])");
  EXPECT_EQ(act(db_, "Note", "aggregate", R"({"_count": true})"), R"({"_count":1})");
  EXPECT_EQ(act(db_, "Note", "aggregate", R"({"_count": true})", gone), R"({"_count":2})");
}

TEST_P(Actions, UpsertByWhatIsThere) {
  const std::string_view args = R"({"where": {"email": "x@example.com"}, "select": ["name", "age"],
    "create": {"name": "X", "email": "x@example.com", "age": 1}, "update": {"age": {"increment": 10}}})";
  EXPECT_EQ(act(db_, "User", "upsert", args), R"({"name":"X","age":1})");
  EXPECT_EQ(act(db_, "User", "upsert", args), R"({"name":"X","age":11})");
  EXPECT_EQ(act(db_, "User", "upsert", args), R"({"name":"X","age":21})");
  EXPECT_EQ(act(db_, "User", "count", "{}"), "6");
  // Another key than the one asked for.
  EXPECT_STATUS(THING_E_UNIQUE, refused(db_, "User", "upsert", R"({"where": {"id": 77},
    "create": {"name": "Y", "email": "bob@example.com"}, "update": {"age": 5}})"));
  EXPECT_EQ(act(db_, "User", "count", "{}"), "6");
}

TEST_P(Actions, FindByKeysOfSeveralFields) {
  db_.define(
      R"({"name": "Seat", "primary": ["hall", "place"], "fields": {"hall": "text", "place": "int",
    "row": "int", "number": "int", "label": "text?"},
    "indexes": [{"fields": ["row", "number"], "unique": true}]})");
  act(db_, "Seat", "createMany", R"({"data": [{"hall": "A", "place": 1, "row": 5, "number": 6},
                                             {"hall": "A", "place": 2, "row": 5, "number": 7}]})");
  for (const char* where :
       {R"({"hall": "A", "place": 2})", R"({"hall_place": {"hall": "A", "place": 2}})",
        R"({"row": 5, "number": 7})", R"({"row_number": {"number": 7, "row": 5}})",
        R"({"row_number": {"number": 7, "row": 5}, "hall": {"startsWith": "A"}})"}) {
    const std::string args = std::string(R"({"where": )") + where + R"(, "select": ["place"]})";
    EXPECT_EQ(act(db_, "Seat", "findUnique", args), R"({"place":2})") << where;
  }
  EXPECT_EQ(act(db_, "Seat", "update",
                R"({"where": {"hall_place": {"hall": "A", "place": 1}}, "data": {"label": "x"}})"),
            R"({"hall":"A","place":1,"row":5,"number":6,"label":"x"})");
  const Outcome half = refused(db_, "Seat", "findUnique", R"({"where": {"hall": "A"}})");
  EXPECT_STATUS(THING_E_INVALID, half);
  EXPECT_TRUE(says(half,
                   "where: found no value for a primary or unique key, expected hall and place or "
                   "row and number"));
  EXPECT_TRUE(
      says(refused(db_, "Seat", "findUnique", R"({"where": {"hall_place": {"hall": "A"}}})"),
           "where.hall_place: found 1 fields"));
}

// ---- many records

TEST_P(Actions, CreateManyAllOrNone) {
  EXPECT_EQ(act(db_, "User", "createMany",
                R"({"data": [{"name": "a", "email": "a"}, {"name": "b", "email": "b"}]})"),
            R"({"count":2})");
  EXPECT_EQ(act(db_, "User", "createMany", R"({"data": {"name": "c", "email": "c"}})"),
            R"({"count":1})");
  EXPECT_EQ(act(db_, "User", "createMany", R"({"data": []})"), R"({"count":0})");
  EXPECT_STATUS(THING_E_UNIQUE,
                refused(db_, "User", "createMany",
                        R"({"data": [{"name": "d", "email": "d"}, {"name": "b", "email": "b"}]})"));
  EXPECT_EQ(act(db_, "User", "count", "{}"), "8");
}

TEST_P(Actions, CreateManySkippingDuplicatesAlone) {
  std::string many = R"({"skipDuplicates": true, "data": [)";
  for (int i = 0; i < 40; ++i) {
    if (i > 0) many += ',';
    // Each fourth twice, and one that is there.
    const int n = i % 4 == 3 ? i - 1 : i;
    many += R"({"name": "n", "email": ")" +
            (i == 10 ? std::string("bob@example.com") : "m" + std::to_string(n)) + "\"}";
  }
  many += "]}";
  EXPECT_EQ(act(db_, "User", "createMany", many), R"({"count":30})");
  EXPECT_EQ(act(db_, "User", "count", "{}"), "35");
  EXPECT_EQ(read_text(db_, user_, 2, "name"), "Bob");
  EXPECT_EQ(act(db_, "User", "createMany", many), R"({"count":0})");
  // What is no duplicate stays an error, and takes back what came before it.
  EXPECT_STATUS(THING_E_NOT_NULL, refused(db_, "User", "createMany", R"({"skipDuplicates": true,
    "data": [{"name": "p", "email": "p"}, {"name": "p", "email": "p"}, {"email": "q"}]})"));
  Tx tx(db_);
  EXPECT_STATUS(THING_E_NOT_NULL, refused(db_, "User", "createMany", R"({"skipDuplicates": true,
    "data": [{"name": "p", "email": "p"}, {"name": "p", "email": "p"}, {"email": "q"}]})",
                                          tx.ctx()));
  EXPECT_EQ(act(db_, "User", "count", "{}", tx.ctx()), "35");
  ASSERT_OK(tx.commit());
  EXPECT_EQ(act(db_, "User", "count", "{}"), "35");
}

TEST_P(Actions, UpdateAndDeleteManyByCondition) {
  EXPECT_EQ(
      act(db_, "User", "updateMany",
          R"({"where": {"age": {"lt": 30}}, "data": {"active": false, "age": {"increment": 1}}})"),
      R"({"count":2})");
  EXPECT_EQ(
      act(db_, "User", "findMany", R"({"where": {"active": false}, "select": ["id", "age"]})"),
      R"([{"id":1,"age":26},{"id":3,"age":35},{"id":5,"age":29}])");
  EXPECT_EQ(act(db_, "User", "deleteMany", R"({"where": {"active": false}})"), R"({"count":3})");
  EXPECT_EQ(act(db_, "User", "deleteMany", R"({"where": {"id": 99}})"), R"({"count":0})");
  EXPECT_EQ(act(db_, "User", "updateMany", R"({"all": true, "data": {"age": null}})"),
            R"({"count":2})");
  EXPECT_EQ(act(db_, "User", "deleteMany", R"({"all": true})"), R"({"count":2})");
}

TEST_P(Actions, RefuseToChangeEveryRecordUnasked) {
  for (const char* args : {R"({"data": {"age": 1}})", R"({"where": {}, "data": {"age": 1}})",
                           R"({"where": {"AND": []}, "data": {"age": 1}, "all": false})"})
    EXPECT_TRUE(says(refused(db_, "User", "updateMany", args), "updateMany: found no condition"))
        << args;
  for (const char* args : {"{}", R"({"where": {}})"})
    EXPECT_STATUS(THING_E_INVALID, refused(db_, "User", "deleteMany", args));
  EXPECT_EQ(act(db_, "User", "count", R"({"where": {"age": 1}})"), "0");
}

TEST_P(Actions, S28_WriteManyInATransaction) {
  Tx tx(db_);
  EXPECT_EQ(act(db_, "User", "updateMany", R"({"where": {"name": "Alice"}, "data": {"age": 40}})",
                tx.ctx()),
            R"({"count":1})");
  EXPECT_EQ(act(db_, "User", "deleteMany", R"({"where": {"name": "Bob"}})", tx.ctx()),
            R"({"count":1})");
  EXPECT_EQ(act(db_, "User", "count", "{}", tx.ctx()), "4");
  ASSERT_OK(tx.rollback());
  EXPECT_EQ(act(db_, "User", "count", "{}"), "5");
  EXPECT_EQ(act(db_, "User", "findUnique", R"({"where": {"id": 1}})"), kAlice);
}

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

// ---- the JSON query suite

class JsonQueries : public DatabaseTest {
 protected:
  void SetUp() override {
    db_.define(R"([
      {"name": "Member", "fields": {"id": {"type": "int", "default": {"fn": "autoincrement"}}, "name": "text",
        "age": "int", "role": "text", "active": {"type": "bool", "default": true}}},
      {"name": "Product", "fields": {"id": {"type": "int", "default": {"fn": "autoincrement"}}, "name": "text",
        "price": "float"}},
      {"name": "Article", "fields": {"id": {"type": "int", "default": {"fn": "autoincrement"}}, "title": "text",
        "views": "int"}}])");
    act(db_, "Member", "createMany", R"({"data": [{"name": "Alice", "age": 25, "role": "admin"},
      {"name": "Bob", "age": 30, "role": "user"}, {"name": "Charlie", "age": 25, "role": "user"},
      {"name": "David", "age": 35, "role": "admin", "active": false}]})");
    act(db_, "Product", "createMany", R"({"data": [{"name": "Laptop", "price": 999.99},
      {"name": "Mouse", "price": 29.99}, {"name": "Keyboard", "price": 89.99}, {"name": "Monitor", "price": 299.99}]})");
    act(db_, "Article", "createMany",
        R"({"data": [{"title": "A", "views": 100}, {"title": "B", "views": 200},
      {"title": "C", "views": 150}, {"title": "D", "views": 50}]})");
  }
};
FOR_SETUPS(JsonQueries, kEverywhere);

TEST_P(JsonQueries, CombineConditions) {
  EXPECT_EQ(found(db_, "Member", R"({"where": {"OR": [{"age": 25}, {"role": "admin"}]}})"), 3u);
  EXPECT_EQ(found(db_, "Member", R"({"where": {"AND": [{"age": 25}, {"active": true}]}})"), 2u);
  EXPECT_EQ(found(db_, "Member", R"({"where": {"NOT": {"role": "admin"}}})"), 2u);
  EXPECT_EQ(found(db_, "Member", R"({"where": {"OR": [{"AND": [{"age": 25}, {"role": "admin"}]},
                                    {"AND": [{"age": {"gt": 30}}, {"active": false}]}]}})"),
            2u);
}

TEST_P(JsonQueries, CompareByEachOperator) {
  EXPECT_EQ(found(db_, "Product", R"({"where": {"price": {"gt": 100}}})"), 2u);
  EXPECT_EQ(found(db_, "Product", R"({"where": {"price": {"gte": 89.99}}})"), 3u);
  EXPECT_EQ(found(db_, "Product", R"({"where": {"price": {"lt": 100}}})"), 2u);
  EXPECT_EQ(found(db_, "Product", R"({"where": {"price": {"lte": 89.99}}})"), 2u);
  EXPECT_EQ(found(db_, "Product", R"({"where": {"name": {"in": ["Laptop", "Mouse"]}}})"), 2u);
  EXPECT_EQ(found(db_, "Product", R"({"where": {"name": {"notIn": ["Laptop", "Mouse"]}}})"), 2u);
  EXPECT_EQ(found(db_, "Product", R"({"where": {"name": {"contains": "board"}}})"), 1u);
  EXPECT_EQ(found(db_, "Product", R"({"where": {"name": {"startsWith": "M"}}})"), 2u);
  EXPECT_EQ(found(db_, "Product", R"({"where": {"name": {"endsWith": "o"}}})"), 0u);
  EXPECT_EQ(
      found(db_, "Product",
            R"({"where": {"OR": [{"name": {"endsWith": "top"}}, {"name": {"endsWith": "or"}}]}})"),
      2u);
}

TEST_P(JsonQueries, TakePagesInOrder) {
  const auto titles = [this](const char* args) { return act(db_, "Article", "findMany", args); };
  EXPECT_EQ(titles(R"({"orderBy": [{"views": "desc"}], "take": 3, "select": ["title"]})"),
            R"([{"title":"B"},{"title":"C"},{"title":"A"}])");
  EXPECT_EQ(titles(R"({"orderBy": [{"title": "asc"}], "skip": 2, "take": 1, "select": ["title"]})"),
            R"([{"title":"C"}])");
  EXPECT_EQ(titles(R"({"orderBy": [{"title": "asc"}], "skip": 1, "take": 2, "select": ["title"]})"),
            R"([{"title":"B"},{"title":"C"}])");
}

TEST_P(JsonQueries, TransferMoneyOrLeaveIt) {
  const auto transfer = [this](int64_t amount, bool fails) {
    Tx tx(db_);
    act(db_, "Article", "update",
        R"({"where": {"id": 1}, "data": {"views": {"decrement": )" + std::to_string(amount) + "}}}",
        tx.ctx());
    if (fails) {
      EXPECT_STATUS(
          THING_NOT_FOUND,
          refused(db_, "Article", "update",
                  R"({"where": {"id": 99}, "data": {"views": {"increment": 1}}})", tx.ctx()));
      ASSERT_OK(tx.rollback());
      return;
    }
    act(db_, "Article", "update",
        R"({"where": {"id": 2}, "data": {"views": {"increment": )" + std::to_string(amount) + "}}}",
        tx.ctx());
    ASSERT_OK(tx.commit());
  };
  transfer(30, false);
  transfer(50, true);
  EXPECT_EQ(act(db_, "Article", "findMany", R"({"take": 2, "select": ["views"]})"),
            R"([{"views":70},{"views":230}])");
}

TEST_P(JsonQueries, TakeBackATransactionWithAllThatIsNestedInIt) {
  Tx outer(db_);
  act(db_, "Article", "create", R"({"data": {"title": "E", "views": 1}})", outer.ctx());
  {
    Tx inner(db_, THING_TX_DEFAULT, outer.ctx());
    act(db_, "Article", "createMany",
        R"({"skipDuplicates": true, "data": [{"id": 1, "title": "F", "views": 1},
      {"title": "G", "views": 2}]})",
        inner.ctx());
    EXPECT_STATUS(THING_E_UNIQUE,
                  refused(db_, "Article", "create",
                          R"({"data": {"id": 2, "title": "H", "views": 1}})", inner.ctx()));
    EXPECT_EQ(act(db_, "Article", "count", "{}", inner.ctx()), "6");
    ASSERT_OK(inner.rollback());
  }
  EXPECT_EQ(act(db_, "Article", "count", "{}", outer.ctx()), "5");
  ASSERT_OK(outer.rollback());
  EXPECT_EQ(act(db_, "Article", "count", "{}"), "4");
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
