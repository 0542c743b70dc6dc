// thing_call: the actions that find records.
#include "actions.h"

namespace conformance {
namespace {

class FindActions : public StandardTest {};
FOR_SETUPS(FindActions, kEverywhere);

constexpr const char* kAlice =
    R"({"id":1,"name":"Alice","email":"alice@example.com","age":25,"active":true})";

TEST_P(FindActions, FindAUniqueRecordByEachKey) {
  EXPECT_EQ(act(db_, "User", "findUnique", R"({"where": {"id": 1}})"), kAlice);
  EXPECT_EQ(act(db_, "User", "findUnique", R"({"where": {"id": {"equals": 1}}})"), kAlice);
  EXPECT_EQ(act(db_, "User", "findUnique", R"({"where": {"email": "alice@example.com"}})"), kAlice);
  EXPECT_EQ(act(db_, "User", "findUnique", R"({"where": {"id": 1, "age": {"gt": 24}}})"), kAlice);
  EXPECT_EQ(act(db_, "User", "findUnique", R"({"where": {"id": 1, "age": {"gt": 25}}})"), "null");
  EXPECT_EQ(act(db_, "User", "findUnique", R"({"where": {"id": 99}})"), "null");
  EXPECT_EQ(act(db_, "User", "findUnique", R"({"where": {"email": "nobody"}})"), "null");
}

TEST_P(FindActions, TellARecordThatHasToBeThereFromNone) {
  EXPECT_EQ(act(db_, "User", "findUniqueOrThrow", R"({"where": {"id": 1}})"), kAlice);
  EXPECT_STATUS(THING_NOT_FOUND,
                refused(db_, "User", "findUniqueOrThrow", R"({"where": {"id": 9}})"));
  EXPECT_STATUS(THING_NOT_FOUND,
                refused(db_, "User", "findUniqueOrThrow", R"({"where": {"email": "x"}})"));
  EXPECT_EQ(act(db_, "User", "findFirstOrThrow", R"({"where": {"name": "Alice"}})"), kAlice);
  EXPECT_STATUS(THING_NOT_FOUND,
                refused(db_, "User", "findFirstOrThrow", R"({"where": {"name": "x"}})"));
}

TEST_P(FindActions, FindTheFirstInOrder) {
  EXPECT_EQ(
      act(db_, "User", "findFirst", R"({"orderBy": {"age": "desc"}, "select": {"name": true}})"),
      R"({"name":"Charlie"})");
  EXPECT_EQ(act(db_, "User", "findFirst", R"({"skip": 1, "select": {"id": true}})"), R"({"id":2})");
  EXPECT_EQ(act(db_, "User", "findFirst", R"({"where": {"age": {"gt": 99}}})"), "null");
  EXPECT_EQ(act(db_, "User", "findFirst", R"({"take": 0})"), "null");
}

TEST_P(FindActions, FindManyAsTheTypedQueryDoes) {
  for (const char* query :
       {"{}", R"({"where": {"age": {"gte": 28}}, "orderBy": [{"age": "desc"}]})",
        R"({"where": {"OR": [{"name": "Alice"}, {"age": null}]}})", R"({"take": 2, "skip": 1})",
        R"({"cursor": {"id": 3}, "take": 2})", R"({"cursor": {"id": 99}})",
        R"({"where": {"name": {"contains": "li"}}, "orderBy": {"name": "asc"}})"}) {
    const std::string typed = canonical(conformance::query(db_, user_, query).json());
    for (int i = 0; i < 3; ++i) EXPECT_EQ(act(db_, "User", "findMany", query), typed) << query;
  }
}

TEST_P(FindActions, PrintChosenFieldsAlone) {
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

TEST_P(FindActions, TakeTheFirstOfThoseThatAreAlike) {
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

TEST_P(FindActions, FollowWritesInWhatIsDistinct) {
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

}  // namespace
}  // namespace conformance
