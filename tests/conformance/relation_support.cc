#include "relation_support.h"

namespace conformance {

const char* RelationTest::models() {
  return R"([
    {"name": "Person",
     "fields": {"id": "int", "name": "text", "bossId": "int?"},
     "softDelete": true,
     "hidden": ["deletedAt", "bossId"],
     "relations": {
       "boss": {"belongs_to": "Person", "on_delete": "set_null"},
       "staff": {"has_many": "Person", "inverse": "boss"},
       "profile": {"has_one": "Profile"},
       "posts": {"has_many": "Post"},
       "published": {"has_many": "Post", "where": {"status": "published"}, "orderBy": {"views": "desc"}},
       "comments": {"has_many": "Comment"},
       "postComments": {"has_many": "Comment", "through": "posts", "source": "comments"},
       "tags": {"has_many": "Tag", "through": "posts"},
       "courses": {"many_to_many": "Course", "through": "Enrolment"},
       "friends": {"many_to_many": "Person", "table": "friendships", "inverse": "one", "source": "other"}}},
    {"name": "Profile",
     "fields": {"id": "int", "personId": "int", "bio": "text"},
     "hidden": ["personId"],
     "relations": {"person": {"belongs_to": "Person", "unique": true, "on_delete": "cascade"}}},
    {"name": "Post",
     "fields": {"id": "int", "authorId": "int?", "title": "text", "status": "text", "views": {"type": "int", "default": 0}},
     "hidden": ["authorId", "status", "views"],
     "relations": {
       "author": {"belongs_to": "Person", "on_delete": "cascade"},
       "comments": {"has_many": "Comment"},
       "tags": {"many_to_many": "Tag"}}},
    {"name": "Photo",
     "fields": {"code": {"type": "text", "primary": true}, "number": {"type": "int", "unique": true}},
     "relations": {"comments": {"has_many": "Comment", "references": ["number"], "fields": ["photoNumber"]}}},
    {"name": "Comment",
     "fields": {"id": "int", "personId": "int?", "ownerType": "text", "ownerId": "int", "photoNumber": "int?", "text": "text"},
     "hidden": ["personId", "ownerType", "ownerId", "photoNumber", "deletedAt"],
     "softDelete": "deletedAt",
     "relations": {
       "person": {"belongs_to": "Person"},
       "owner": {"belongs_to": ["Post", "Course"], "types": {"Post": "post"}}}},
    {"name": "Tag",
     "fields": {"id": "int", "label": "text"},
     "order": [{"label": "asc"}],
     "relations": {"posts": {"many_to_many": "Post"}}},
    {"name": "Course",
     "fields": {"id": "int", "title": "text"},
     "relations": {
       "comments": {"has_many": "Comment"},
       "students": {"many_to_many": "Person", "through": "Enrolment"}}},
    {"name": "Enrolment",
     "fields": {"personId": "int", "courseId": "int", "grade": "int?"},
     "primary": ["personId", "courseId"],
     "relations": {
       "person": {"belongs_to": "Person", "on_delete": "cascade"},
       "course": {"belongs_to": "Course", "on_delete": "cascade"}}}
  ])";
}

void RelationTest::SetUp() {
  DatabaseTest::SetUp();
  if (IsSkipped()) return;
  db_.define(models());
  Tx tx(db_);
  const auto add = [this, &tx](const char* name, std::initializer_list<const char*> rows) {
    for (const char* row : rows) insert(db_, model(name), row, tx.ctx());
  };
  add("Person",
      {R"({"id": 1, "name": "Ann"})", R"({"id": 2, "name": "Bob", "bossId": 1})",
       R"({"id": 3, "name": "Cem", "bossId": 1})", R"({"id": 4, "name": "Dee", "bossId": 3})",
       R"({"id": 5, "name": "Eve", "bossId": 1})"});
  add("Profile", {R"({"id": 1, "personId": 1, "bio": "writes"})",
                  R"({"id": 2, "personId": 3, "bio": "reads"})"});
  add("Post",
      {R"({"id": 1, "authorId": 1, "title": "First", "status": "published", "views": 100})",
       R"({"id": 2, "authorId": 1, "title": "Second", "status": "draft", "views": 0})",
       R"({"id": 3, "authorId": 2, "title": "Third", "status": "published", "views": 50})",
       R"({"id": 4, "authorId": 3, "title": "Fourth", "status": "draft", "views": 0})",
       R"({"id": 5, "authorId": 2, "title": "Fifth", "status": "published", "views": 1000})",
       R"({"id": 6, "title": "Lost", "status": "draft", "views": 7})"});
  add("Photo", {R"({"code": "sea", "number": 1})"});
  add("Course", {R"({"id": 1, "title": "Go"})", R"({"id": 2, "title": "C"})"});
  add("Comment",
      {R"({"id": 1, "personId": 2, "ownerType": "post", "ownerId": 1, "text": "good"})",
       R"({"id": 2, "personId": 3, "ownerType": "post", "ownerId": 1, "text": "bad"})",
       R"({"id": 3, "personId": 1, "ownerType": "Course", "ownerId": 1, "text": "long"})",
       R"({"id": 4, "personId": 1, "ownerType": "post", "ownerId": 3, "text": "new", "photoNumber": 1})"});
  add("Tag", {R"({"id": 1, "label": "red"})", R"({"id": 2, "label": "blue"})",
              R"({"id": 3, "label": "green"})"});
  add("PostsTags", {R"({"postId": 1, "tagId": 1})", R"({"postId": 1, "tagId": 2})",
                    R"({"postId": 3, "tagId": 2})", R"({"postId": 3, "tagId": 3})",
                    R"({"postId": 4, "tagId": 1})"});
  add("Enrolment",
      {R"({"personId": 1, "courseId": 1, "grade": 3})", R"({"personId": 1, "courseId": 2})",
       R"({"personId": 4, "courseId": 2, "grade": 1})"});
  add("Friendships", {R"({"oneId": 1, "otherId": 2})", R"({"oneId": 1, "otherId": 4})",
                      R"({"oneId": 2, "otherId": 1})"});
  ASSERT_OK(tx.commit());
}

}  // namespace conformance
