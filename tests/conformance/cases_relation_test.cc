// The standard data set with its relations.
#include "actions.h"

namespace conformance {
namespace {

class CasesOfRelations : public ActionTest {
 protected:
  void SetUp() override {
    DatabaseTest::SetUp();
    if (IsSkipped()) return;
    db_.define(R"([
      {"name": "User",
       "fields": {"id": {"type": "int", "primary": true}, "name": "text"},
       "relations": {"posts": {"has_many": "Post"}}},
      {"name": "Post",
       "fields": {"id": {"type": "int", "primary": true}, "title": "text", "userId": "int", "published": "bool", "views": "int"},
       "hidden": ["userId"],
       "relations": {"user": {"belongs_to": "User"}, "comments": {"has_many": "Comment"}, "tags": {"many_to_many": "Tag"}}},
      {"name": "Comment",
       "fields": {"id": {"type": "int", "primary": true}, "postId": "int", "text": "text"},
       "hidden": ["id", "postId"],
       "relations": {"post": {"belongs_to": "Post"}}},
      {"name": "Tag",
       "fields": {"id": {"type": "int", "primary": true}, "word": "text"},
       "relations": {"posts": {"many_to_many": "Post"}}},
      {"name": "Employee",
       "fields": {"id": {"type": "int", "primary": true}, "name": "text", "bossId": "int?"},
       "hidden": ["id", "bossId"],
       "relations": {"boss": {"belongs_to": "Employee"}, "staff": {"has_many": "Employee", "inverse": "boss"}}}
    ])");
    add("User",
        R"([{"id": 1, "name": "Alice"}, {"id": 2, "name": "Bob"}, {"id": 3, "name": "Charlie"},
                    {"id": 4, "name": "David"}, {"id": 5, "name": "Eve"}])");
    add("Post", R"([{"id": 1, "title": "First Post", "userId": 1, "published": true, "views": 100},
                    {"id": 2, "title": "Second Post", "userId": 1, "published": false, "views": 0},
                    {"id": 3, "title": "Bob's Post", "userId": 2, "published": true, "views": 50},
                    {"id": 4, "title": "Charlie's Draft", "userId": 3, "published": false, "views": 0},
                    {"id": 5, "title": "Popular Post", "userId": 2, "published": true, "views": 1000}])");
  }
  void add(const char* model, const std::string& rows) const {
    act(model, "createMany", R"({"data": )" + rows + "}");
  }
  std::string find(const char* model, const std::string& arguments) const {
    return act(model, "findMany", arguments);
  }
};
FOR_SETUPS(CasesOfRelations, kEverywhere);

TEST_P(CasesOfRelations, S29_WhatIsIncludedIsChosenOrderedAndPagedForEachParent) {
  // S15
  EXPECT_EQ(
      act("User", "findUnique",
          R"({"where": {"id": 1}, "include": {"posts": {"orderBy": {"title": "asc"}, "select": ["title"]}}})"),
      R"({"id":1,"name":"Alice","posts":[{"id":1,"title":"First Post"},{"id":2,"title":"Second Post"}]})");
  // S16
  EXPECT_EQ(
      find("Post",
           R"({"where": {"published": true, "OR": [{"views": {"gt": 100}}, {"user": {"id": 3}}]},
                             "select": ["title"]})"),
      R"([{"title":"Popular Post"}])");
  // S29: conditions are of the children, and every user stays; so do pages, for each of them
  EXPECT_EQ(
      find(
          "User",
          R"({"select": {"name": true, "posts": {"where": {"published": true}, "select": ["title"]}}})"),
      R"([{"name":"Alice","posts":[{"id":1,"title":"First Post"}]},)"
      R"({"name":"Bob","posts":[{"id":3,"title":"Bob's Post"},{"id":5,"title":"Popular Post"}]},)"
      R"({"name":"Charlie","posts":[]},{"name":"David","posts":[]},{"name":"Eve","posts":[]}])");
  EXPECT_EQ(find("User", R"({"where": {"posts": {"some": {}}}, "select": {"name": true,
             "posts": {"orderBy": {"views": "desc"}, "take": 1, "select": ["title"]}}})"),
            R"([{"name":"Alice","posts":[{"id":1,"title":"First Post"}]},)"
            R"({"name":"Bob","posts":[{"id":5,"title":"Popular Post"}]},)"
            R"({"name":"Charlie","posts":[{"id":4,"title":"Charlie's Draft"}]}])");
  EXPECT_EQ(
      find("User", R"({"where": {"id": {"in": [1, 3]}}, "select": {"name": true,
                             "posts": {"orderBy": {"views": "desc"}, "skip": 1, "select": ["title"]}}})"),
      R"([{"name":"Alice","posts":[{"id":2,"title":"Second Post"}]},{"name":"Charlie","posts":[]}])");
  add("Comment", R"([{"id": 1, "postId": 5, "text": "good"}, {"id": 2, "postId": 5, "text": "bad"},
                     {"id": 3, "postId": 1, "text": "new"}])");
  const int64_t before = db_.sql();
  EXPECT_EQ(
      find("User",
           R"({"where": {"id": 2}, "select": {"name": true, "posts": {"select": {"title": true,
             "comments": {"orderBy": {"text": "asc"}}}}}})"),
      R"([{"name":"Bob","posts":[{"id":3,"title":"Bob's Post","comments":[]},)"
      R"({"id":5,"title":"Popular Post","comments":[{"text":"bad"},{"text":"good"}]}]}])");
  EXPECT_LE(db_.sql() - before, 3);
}

TEST_P(CasesOfRelations, PairsAndATreeAreFollowedBothWays) {
  add("Tag",
      R"([{"id": 1, "word": "red"}, {"id": 2, "word": "blue"}, {"id": 3, "word": "green"}])");
  add("PostsTags",
      R"([{"postId": 1, "tagId": 1}, {"postId": 1, "tagId": 2}, {"postId": 2, "tagId": 1},
                       {"postId": 2, "tagId": 3}, {"postId": 3, "tagId": 2}, {"postId": 4, "tagId": 1},
                       {"postId": 4, "tagId": 3}, {"postId": 5, "tagId": 2}, {"postId": 5, "tagId": 3}])");
  EXPECT_EQ(act("PostsTags", "count", "{}"), "9");
  EXPECT_EQ(act("Post", "findUnique",
                R"({"where": {"id": 1}, "select": {"tags": {"select": ["word"]}}})"),
            R"({"tags":[{"id":1,"word":"red"},{"id":2,"word":"blue"}]})");
  EXPECT_EQ(
      act("Tag", "findUnique", R"({"where": {"id": 1}, "select": {"posts": {"select": ["id"]}}})"),
      R"({"posts":[{"id":1},{"id":2},{"id":4}]})");
  EXPECT_EQ(act("Post", "count", R"({"where": {"tags": {"some": {"word": "red"}}}})"), "3");

  add("Employee",
      R"([{"id": 1, "name": "Chief"}, {"id": 2, "name": "Head", "bossId": 1}, {"id": 3, "name": "Hand", "bossId": 2}])");
  EXPECT_EQ(
      find(
          "Employee",
          R"({"where": {"boss": null}, "include": {"staff": {"include": {"staff": {"include": {"staff": true}}}}}})"),
      R"([{"name":"Chief","staff":[{"name":"Head","staff":[{"name":"Hand","staff":[]}]}]}])");
  EXPECT_EQ(find("Employee", R"({"where": {"boss": {"boss": {"name": "Chief"}}},
                                 "include": {"boss": {"include": {"boss": true}}}})"),
            R"([{"name":"Hand","boss":{"name":"Head","boss":{"name":"Chief"}}}])");
}

}  // namespace
}  // namespace conformance
