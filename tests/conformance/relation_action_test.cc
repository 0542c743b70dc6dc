// Relations in the documents of actions.
#include "relation_support.h"

namespace conformance {
namespace {

class RelationAction : public RelationTest {};
FOR_SETUPS(RelationAction, kEverywhere);

TEST_P(RelationAction, FindsIncludeThem) {
  EXPECT_EQ(
      act("Person", "findMany", R"({"where": {"id": {"in": [1, 3]}},
                "include": {"posts": {"take": 1, "include": {"tags": true}}, "profile": true}})"),
      R"([{"id":1,"name":"Ann","posts":[{"id":1,"title":"First","tags":[{"id":2,"label":"blue"},{"id":1,"label":"red"}]}],)"
      R"("profile":{"id":1,"bio":"writes"}},)"
      R"({"id":3,"name":"Cem","posts":[{"id":4,"title":"Fourth","tags":[{"id":1,"label":"red"}]}],"profile":{"id":2,"bio":"reads"}}])");
  EXPECT_EQ(act("Post", "findUnique", R"({"where": {"id": 3}, "include": {"author": true}})"),
            R"({"id":3,"title":"Third","author":{"id":2,"name":"Bob"}})");
  EXPECT_EQ(
      act("Post", "findFirst",
          R"({"where": {"author": {"name": "Bob"}}, "select": {"title": true, "author": {"select": {"name": true}}}})"),
      R"({"title":"Third","author":{"id":2,"name":"Bob"}})");
}

TEST_P(RelationAction, SelectChoosesThemAlone) {
  EXPECT_EQ(act("Person", "findMany", R"({"where": {"id": 3}, "select": {"posts": true}})"),
            R"([{"posts":[{"id":4,"title":"Fourth"}]}])");
  EXPECT_EQ(act("Person", "findMany",
                R"({"where": {"id": 3}, "omit": {"id": true}, "include": {"posts": true}})"),
            R"([{"name":"Cem","posts":[{"id":4,"title":"Fourth"}]}])");
}

TEST_P(RelationAction, WritesAnswerWithThem) {
  EXPECT_EQ(
      act("Post", "create",
          R"({"data": {"title": "New", "status": "draft", "authorId": 5}, "include": {"author": true, "tags": true}})"),
      R"({"id":7,"title":"New","author":{"id":5,"name":"Eve"},"tags":[]})");
  EXPECT_EQ(act("Post", "update",
                R"({"where": {"id": 7}, "data": {"authorId": 4}, "select": {"author": true}})"),
            R"({"author":{"id":4,"name":"Dee"}})");
  EXPECT_EQ(act("Post", "delete", R"({"where": {"id": 1}, "include": {"tags": true}})"),
            R"({"id":1,"title":"First","tags":[{"id":2,"label":"blue"},{"id":1,"label":"red"}]})");
}

TEST_P(RelationAction, CountsByThem) {
  EXPECT_EQ(act("Person", "count", R"({"where": {"posts": {"some": {"status": "published"}}}})"),
            "2");
  EXPECT_EQ(
      act("Post", "updateMany", R"({"where": {"author": {"name": "Bob"}}, "data": {"views": 2}})"),
      R"({"count":2})");
}

TEST_P(RelationAction, UnknownNamesAreErrors) {
  EXPECT_STATUS(THING_E_INVALID, refused("Person", "findMany", R"({"include": {"pets": true}})"));
  EXPECT_STATUS(THING_E_INVALID, refused("Person", "findMany", R"({"select": {"pets": true}})"));
  EXPECT_STATUS(THING_E_INVALID, refused("Person", "findMany",
                                         R"({"include": {"posts": {"where": {"colour": 1}}}})"));
}

}  // namespace
}  // namespace conformance
