// thing_call: the actions that write records.
#include "actions.h"

namespace conformance {
namespace {

class WriteActions : public StandardTest {};
FOR_SETUPS(WriteActions, kEverywhere);

constexpr const char* kAlice =
    R"({"id":1,"name":"Alice","email":"alice@example.com","age":25,"active":true})";

// ---- one record

TEST_P(WriteActions, CreateARecordAndGiveIt) {
  EXPECT_EQ(act(db_, "User", "create", R"({"data": {"name": "Frank", "email": "f", "age": 9}})"),
            R"({"id":6,"name":"Frank","email":"f","age":9,"active":true})");
  EXPECT_EQ(read_text(db_, user_, 6, "name"), "Frank");
  EXPECT_EQ(
      act(db_, "User", "create", R"({"data": {"name": "G", "email": "g"}, "select": ["id"]})"),
      R"({"id":7})");
}

TEST_P(WriteActions, S18_CreateARecordOfDefaults) {
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

TEST_P(WriteActions, UpdateARecordByEachKey) {
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

TEST_P(WriteActions, KeepNumbersExact) {
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

TEST_P(WriteActions, DeleteARecordAndGiveItAsItWas) {
  EXPECT_EQ(act(db_, "User", "delete", R"({"where": {"id": 1}})"), kAlice);
  EXPECT_STATUS(THING_NOT_FOUND, refused(db_, "User", "delete", R"({"where": {"id": 1}})"));
  EXPECT_EQ(act(db_, "User", "findUnique", R"({"where": {"id": 1}})"), "null");
  EXPECT_EQ(act(db_, "User", "delete",
                R"({"where": {"email": "bob@example.com"}, "select": {"name": true}})"),
            R"({"name":"Bob"})");
  EXPECT_EQ(act(db_, "User", "count", "{}"), "3");
}

TEST_P(WriteActions, DeleteSoftlyWhereTheModelDoes) {
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

TEST_P(WriteActions, UpsertByWhatIsThere) {
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

TEST_P(WriteActions, FindByKeysOfSeveralFields) {
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

TEST_P(WriteActions, CreateManyAllOrNone) {
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

TEST_P(WriteActions, CreateManySkippingDuplicatesAlone) {
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

TEST_P(WriteActions, UpdateAndDeleteManyByCondition) {
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

TEST_P(WriteActions, RefuseToChangeEveryRecordUnasked) {
  for (const char* args : {R"({"data": {"age": 1}})", R"({"where": {}, "data": {"age": 1}})",
                           R"({"where": {"AND": []}, "data": {"age": 1}, "all": false})"})
    EXPECT_TRUE(says(refused(db_, "User", "updateMany", args), "updateMany: found no condition"))
        << args;
  for (const char* args : {"{}", R"({"where": {}})"})
    EXPECT_STATUS(THING_E_INVALID, refused(db_, "User", "deleteMany", args));
  EXPECT_EQ(act(db_, "User", "count", R"({"where": {"age": 1}})"), "0");
}

TEST_P(WriteActions, S28_WriteManyInATransaction) {
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

}  // namespace
}  // namespace conformance
