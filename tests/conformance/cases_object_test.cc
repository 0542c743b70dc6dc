// Cases of objects and builders that nothing else asks for.
#include "relation_support.h"

namespace conformance {
namespace {

class CasesOfObjects : public StandardTest {};
FOR_SETUPS(CasesOfObjects, kEverywhere);

TEST_P(CasesOfObjects, AValueIsThereOrNotAndColumnsOfNoRowsAreEmpty) {
  Obj value;
  ASSERT_OK(call(thing_query_first, db_, nullptr,
                 parse(user_, R"({"where": {"name": "Bob"}, "select": ["age"]})"), value.out()));
  EXPECT_EQ(value.integer("age"), 30);
  const Criteria none = parse(user_, R"({"where": {"name": "nobody"}, "select": ["age"]})");
  EXPECT_STATUS(THING_NOT_FOUND, call(thing_query_first, db_, nullptr, none, value.out()));
  EXPECT_EQ(value.get(), nullptr);
  Buf column;
  ASSERT_OK(call(thing_query_pluck, db_, nullptr, none, thing_model_field_index(user_, "age", -1),
                 column.out()));
  EXPECT_EQ(canonical(column.text()), "[]");
  bool is_there = true;
  ASSERT_OK(call(thing_query_exists, db_, nullptr, none, &is_there));
  EXPECT_FALSE(is_there);
  ASSERT_OK(call(thing_query_exists, db_, nullptr, parse(user_, R"({"where": {"name": "Bob"}})"),
                 &is_there));
  EXPECT_TRUE(is_there);
}

TEST_P(CasesOfObjects, RowsOfABatchEachHaveTheirOwnValues) {
  Obj alice = find(db_, user_, 1), bob = find(db_, user_, 2), eve = find(db_, user_, 5);
  ASSERT_OK(alice.assign(R"({"age": 26, "name": "Al"})"));
  ASSERT_OK(bob.set_null("age"));
  ASSERT_OK(eve.assign(R"({"active": false})"));
  const Log log(db_, THING_LOG_DEBUG);
  thing_obj* const all[] = {alice, bob, eve};
  ASSERT_OK(call(thing_save_many, db_, nullptr, static_cast<thing_obj* const*>(all), int64_t{3}));
  EXPECT_EQ(find(db_, user_, 1).json(),
            R"({"id":1,"name":"Al","email":"alice@example.com","age":26,"active":true})");
  EXPECT_EQ(find(db_, user_, 2).json(),
            R"({"id":2,"name":"Bob","email":"bob@example.com","age":null,"active":true})");
  EXPECT_EQ(find(db_, user_, 5).json(),
            R"({"id":5,"name":"Eve","email":"eve@example.com","age":28,"active":false})");
}

TEST_P(CasesOfObjects, RowsAreDeletedByFilterByKeyAndByKeys) {
  int64_t n = 0;
  ASSERT_OK(call(thing_delete_where, db_, nullptr,
                 parse(user_, R"({"where": {"id": {"in": [4, 5, 99]}}})"), THING_DELETE_DEFAULT, 0,
                 &n));
  EXPECT_EQ(n, 2);
  ASSERT_OK(
      call(thing_delete_by_key, db_, nullptr, user_, R"({"id": 3})", -1, THING_DELETE_DEFAULT));
  EXPECT_EQ(matching(db_, user_, "{}"), (Ids{1, 2}));
  for (const char* key : {"[]", "{}", "null"}) {
    EXPECT_TRUE(
        fails_with(call(thing_delete_by_key, db_, nullptr, user_, key, -1, THING_DELETE_DEFAULT),
                   {THING_E_INVALID, THING_E_TYPE}))
        << key;
  }
  EXPECT_EQ(matching(db_, user_, "{}"), (Ids{1, 2}));
}

TEST_P(CasesOfObjects, SavepointsNestAndEachTakesBackItsOwn) {
  const auto add = [this](const char* name, const Tx& tx) {
    insert(db_, user_, R"({"name": ")" + std::string(name) + R"(", "email": ")" + name + "\"}",
           tx.ctx());
  };
  Tx first(db_);
  add("one", first);
  {
    Tx second(db_, THING_TX_DEFAULT, first.ctx());
    add("two", second);
    {
      Tx third(db_, THING_TX_DEFAULT, second.ctx());
      add("three", third);
      {
        Tx fourth(db_, THING_TX_DEFAULT, third.ctx());
        add("four", fourth);
        ASSERT_OK(fourth.commit());
      }
      ASSERT_OK(third.rollback());
    }
    add("five", second);
    ASSERT_OK(second.commit());
  }
  ASSERT_OK(first.commit());
  EXPECT_EQ(
      query(db_, user_, R"({"where": {"id": {"gt": 5}}, "orderBy": {"id": "asc"}})").texts("name"),
      (Texts{"one", "two", "five"}));
}

TEST_P(CasesOfObjects, LiteralQuestionMarksAndQuotesAreKept) {
  insert(db_, user_, R"({"name": "who?", "email": "it's \"?\" \\ %"})");
  EXPECT_EQ(matching(db_, user_, R"({"where": {"name": {"endsWith": "?"}}})"), (Ids{6}));
  EXPECT_EQ(matching(db_, user_, R"({"where": {"email": "it's \"?\" \\ %"}})"), (Ids{6}));
  EXPECT_EQ(
      sql_json(db_, "SELECT '?''?' AS q, name FROM users WHERE name = ? AND email LIKE '%''s%?%'",
               R"(["who?"])"),
      R"([{"q":"?'?","name":"who?"}])");
}

class CasesOfTimes : public DatabaseTest {
 protected:
  void SetUp() override {
    db_.define(R"([
      {"name": "Student", "fields": {"id": "int", "name": "text"}, "timestamps": true,
       "relations": {"courses": {"many_to_many": "Course", "through": "Place"},
                     "seats": {"many_to_many": "Course", "through": "Seat"}}},
      {"name": "Course", "fields": {"id": "int", "title": "text"}},
      {"name": "Place", "fields": {"studentId": "int", "courseId": "int", "grade": "int?"}, "primary": ["studentId", "courseId"],
       "timestamps": true, "relations": {"student": {"belongs_to": "Student"}, "course": {"belongs_to": "Course"}}},
      {"name": "Seat", "fields": {"id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}},
         "studentId": "int", "courseId": "int", "row": "text"},
       "relations": {"student": {"belongs_to": "Student"}, "course": {"belongs_to": "Course"}}}])");
    insert(db_, model("Student"), R"({"id": 1, "name": "Ann"})");
    for (const char* row : {R"({"id": 1, "title": "Go"})", R"({"id": 2, "title": "C"})",
                            R"({"id": 3, "title": "Ada"})"})
      insert(db_, model("Course"), row);
  }
  const thing_model* model(const char* name) const { return db_.model(name); }
  Outcome link(const char* relation, int32_t mode, const char* keys,
               const char* pivot = nullptr) const {
    return call(thing_link, db_, nullptr, find(db_, model("Student"), 1), relation, -1, mode, keys,
                -1, pivot, -1, nullptr, nullptr);
  }
  Obj place(int64_t course) const {
    return query(db_, model("Place"), R"({"where": {"courseId": )" + std::to_string(course) + "}}")
        .obj(0);
  }
  std::string old() const {
    return sql({.sqlite = "'2001-01-01 00:00:00'",
                .postgres = "'2001-01-01 00:00:00+00'",
                .mysql = "'2001-01-01 00:00:00'"});
  }
  static constexpr int64_t kOld = 978307200000000;
};
FOR_SETUPS(CasesOfTimes, kEverywhere);

TEST_P(CasesOfTimes, ThoseThatAreGivenAreKept) {
  const int64_t id = insert(
      db_, model("Student"),
      R"({"id": 2, "name": "Bob", "createdAt": "2001-01-01T01:00:00+01:00", "updatedAt": "2002-01-01T00:00:00Z"})");
  EXPECT_EQ(id, 2);
  EXPECT_EQ(find(db_, model("Student"), 2).integer("createdAt"), kOld);
  EXPECT_EQ(find(db_, model("Student"), 2).integer("updatedAt"), 1009843200000000);
  update(db_, model("Student"), 2, R"({"name": "Rob", "updatedAt": "2003-01-01T00:00:00Z"})");
  EXPECT_EQ(find(db_, model("Student"), 2).integer("updatedAt"), 1041379200000000);
  update(db_, model("Student"), 2, R"({"name": "Bob"})");
  EXPECT_GT(find(db_, model("Student"), 2).integer("updatedAt"), 1041379200000000);
  EXPECT_EQ(find(db_, model("Student"), 2).integer("createdAt"), kOld);
}

// What is attached has its times; what stays keeps them; what is told anew has its own moved.
TEST_P(CasesOfTimes, OfPairsAreThoseOfTheirModel) {
  ASSERT_OK(link("courses", THING_LINK_ADD, "[1, 2]", R"({"grade": 1})"));
  EXPECT_GT(place(1).integer("createdAt"), kOld);
  EXPECT_GE(place(1).integer("updatedAt"), place(1).integer("createdAt"));
  execute(db_, "UPDATE places SET created_at = " + old() + ", updated_at = " + old(), "places");
  ASSERT_OK(link("courses", THING_LINK_SET, "[2, 3]"));
  EXPECT_EQ(place(2).integer("grade"), 1);
  EXPECT_EQ(place(2).integer("updatedAt"), kOld);
  EXPECT_GT(place(3).integer("createdAt"), kOld);
  ASSERT_OK(link("courses", THING_LINK_ADD, "[2]", R"({"grade": 6})"));
  EXPECT_EQ(place(2).integer("grade"), 6);
  EXPECT_EQ(place(2).integer("createdAt"), kOld);
  EXPECT_GT(place(2).integer("updatedAt"), kOld);
  EXPECT_EQ(count(db_, model("Place"), "{}"), 2);
  ASSERT_OK(link("courses", THING_LINK_ADD, "[]"));
  ASSERT_OK(link("courses", THING_LINK_SET, "[]"));
  EXPECT_EQ(count(db_, model("Place"), "{}"), 0);
}

// A model of pairs that has to know more takes no pair that does not say it.
TEST_P(CasesOfTimes, PairsHoldAllThatTheirModelRequires) {
  EXPECT_STATUS(THING_E_NOT_NULL, link("seats", THING_LINK_ADD, "[1]"));
  ASSERT_OK(link("seats", THING_LINK_ADD, "[1]", R"({"row": "A"})"));
  EXPECT_STATUS(THING_E_INVALID, link("seats", THING_LINK_ADD, "[1]", R"({"rows": "A"})"));
  EXPECT_STATUS(THING_E_NOT_NULL, link("seats", THING_LINK_SET, "[1, 2]"));
  EXPECT_EQ(count(db_, model("Seat"), "{}"), 1);
}

// Pairs may be there twice where their key lets them; the row that they lead to is one.
TEST_P(CasesOfTimes, RowsWithTwoPairsCountOnce) {
  for (const char* row : {R"({"studentId": 1, "courseId": 1, "row": "A"})",
                          R"({"studentId": 1, "courseId": 1, "row": "B"})",
                          R"({"studentId": 1, "courseId": 2, "row": "C"})"})
    insert(db_, model("Seat"), row);
  EXPECT_EQ(query(db_, model("Student"),
                  R"({"select": ["name"], "include": {"_count": {"select": {"seats": true,
    "go": {"relation": "seats", "where": {"title": "Go"}}}}}})")
                .json(),
            R"([{"id":1,"name":"Ann","_count":{"seats":2,"go":1}}])");
  EXPECT_EQ(count(db_, model("Seat"), R"({"where": {"studentId": 1}})"), 3);
  EXPECT_EQ(ids(db_, model("Student"), R"({"where": {"seats": {"some": {"title": "Go"}}}})"),
            (Ids{1}));
}

class CasesOfRows : public RelationTest {};
FOR_SETUPS(CasesOfRows, kEverywhere);

TEST_P(CasesOfRows, RowsOfARelationAreACopyOfTheirOwn) {
  const Obj ann = find(db_, model("Person"), 1);
  Rows posts, again;
  ASSERT_OK(call(thing_related, db_, nullptr, ann, "posts", -1, 0, posts.out()));
  Obj first = posts.obj(0);
  ASSERT_OK(first.set("title", "changed"));
  ASSERT_OK(call(thing_related, db_, nullptr, ann, "posts", -1, 0, again.out()));
  EXPECT_EQ(again.texts("title"), (Texts{"First", "Second"}));
  ASSERT_OK(call(thing_save, db_, nullptr, first));
  remove(db_, model("Post"), 2);
  EXPECT_EQ(posts.texts("title"), (Texts{"First", "Second"}));  // as they were when they were read
  ASSERT_OK(call(thing_related, db_, nullptr, ann, "posts", -1, THING_LOAD_AGAIN, again.out()));
  EXPECT_EQ(again.texts("title"), (Texts{"changed"}));
  EXPECT_EQ(posts.count(), 2);
}

TEST_P(CasesOfRows, NoRowsHaveNoRelationsToLoad) {
  const Rows none = query(db_, model("Person"), R"({"where": {"name": "nobody"}})");
  Rows loaded;
  const int64_t cost = statements([&] {
    ASSERT_OK(call(
        thing_rows_load, db_, nullptr, none,
        R"({"posts": {"include": {"tags": true}}, "boss": true, "_count": {"select": {"posts": true}}})",
        -1, loaded.out()));
  });
  EXPECT_EQ(cost, 0);
  EXPECT_EQ(loaded.count(), 0);
  EXPECT_EQ(loaded.json(), "[]");
  EXPECT_STATUS(THING_E_INVALID,
                call(thing_rows_load, db_, nullptr, none, R"({"pets": true})", -1, loaded.out()));
}

TEST_P(CasesOfRows, WhatIsLoadedIsNotLoadedAgainAtAnyDepth) {
  const Rows people = query(db_, model("Person"),
                            R"({"where": {"id": {"in": [1, 2]}}, "include": {"posts": true}})");
  insert(db_, model("Post"), R"({"id": 8, "authorId": 1, "title": "Eighth", "status": "draft"})");
  Rows more;
  ASSERT_OK(call(thing_rows_load, db_, nullptr, people, R"({"posts": {"include": {"tags": true}}})",
                 -1, more.out()));
  EXPECT_EQ(
      more.json(),
      R"([{"id":1,"name":"Ann","posts":[{"id":1,"title":"First","tags":[{"id":2,"label":"blue"},{"id":1,"label":"red"}]},)"
      R"({"id":2,"title":"Second","tags":[]}]},)"
      R"({"id":2,"name":"Bob","posts":[{"id":3,"title":"Third","tags":[{"id":2,"label":"blue"},{"id":3,"label":"green"}]},)"
      R"({"id":5,"title":"Fifth","tags":[]}]}])");
  EXPECT_EQ(statements([&] {
              Rows same;
              ASSERT_OK(call(thing_rows_load, db_, nullptr, more,
                             R"({"posts": {"include": {"tags": true}}})", -1, same.out()));
              EXPECT_EQ(same.json(), more.json());
            }),
            0);
}

}  // namespace
}  // namespace conformance
