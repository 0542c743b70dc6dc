// Rows of relations: with a query, with rows, of one object.
#include "relation_support.h"

namespace conformance {
namespace {

class RelationLoad : public RelationTest {};
FOR_SETUPS(RelationLoad, kEverywhere);

TEST_P(RelationLoad, BelongsToComesAsOneRowOrNull) {
  EXPECT_EQ(json("Post", R"({"where": {"id": {"in": [1, 3, 6]}}, "include": {"author": true}})"),
            R"([{"id":1,"title":"First","author":{"id":1,"name":"Ann"}},)"
            R"({"id":3,"title":"Third","author":{"id":2,"name":"Bob"}},)"
            R"({"id":6,"title":"Lost","author":null}])");
}

TEST_P(RelationLoad, HasManyComesAsAnArrayInTheOrderOfItsModel) {
  EXPECT_EQ(
      json("Person", R"({"where": {"id": {"lte": 4}}, "include": {"posts": true}})"),
      R"([{"id":1,"name":"Ann","posts":[{"id":1,"title":"First"},{"id":2,"title":"Second"}]},)"
      R"({"id":2,"name":"Bob","posts":[{"id":3,"title":"Third"},{"id":5,"title":"Fifth"}]},)"
      R"({"id":3,"name":"Cem","posts":[{"id":4,"title":"Fourth"}]},)"
      R"({"id":4,"name":"Dee","posts":[]}])");
}

TEST_P(RelationLoad, HasOneComesAsOneRow) {
  EXPECT_EQ(
      json("Person", R"({"where": {"id": {"in": [1, 2]}}, "include": {"profile": true}})"),
      R"([{"id":1,"name":"Ann","profile":{"id":1,"bio":"writes"}},{"id":2,"name":"Bob","profile":null}])");
}

TEST_P(RelationLoad, ManyToManyComesTheSameEachTime) {
  const char* const query = R"({"where": {"id": {"in": [1, 2, 3]}}, "include": {"tags": true}})";
  const std::string expected =
      R"([{"id":1,"title":"First","tags":[{"id":2,"label":"blue"},{"id":1,"label":"red"}]},)"
      R"({"id":2,"title":"Second","tags":[]},)"
      R"({"id":3,"title":"Third","tags":[{"id":2,"label":"blue"},{"id":3,"label":"green"}]}])";
  EXPECT_EQ(json("Post", query), expected);
  EXPECT_EQ(json("Post", query), expected);
  insert(db_, model("PostsTags"), R"({"postId": 2, "tagId": 3})");
  EXPECT_EQ(json("Post", R"({"where": {"id": 2}, "include": {"tags": true}})"),
            R"([{"id":2,"title":"Second","tags":[{"id":3,"label":"green"}]}])");
}

TEST_P(RelationLoad, ManyToManyOfAModelWithItself) {
  EXPECT_EQ(json("Person", R"({"where": {"id": {"in": [1, 2, 3]}}, "include": {"friends": true}})"),
            R"([{"id":1,"name":"Ann","friends":[{"id":2,"name":"Bob"},{"id":4,"name":"Dee"}]},)"
            R"({"id":2,"name":"Bob","friends":[{"id":1,"name":"Ann"}]},)"
            R"({"id":3,"name":"Cem","friends":[]}])");
}

TEST_P(RelationLoad, PairsComeWithTheirColumns) {
  EXPECT_EQ(json("Person", R"({"where": {"id": 1}, "include": {"courses": {"pivot": true}}})"),
            R"([{"id":1,"name":"Ann","courses":[)"
            R"({"id":1,"title":"Go","pivot":{"personId":1,"courseId":1,"grade":3}},)"
            R"({"id":2,"title":"C","pivot":{"personId":1,"courseId":2,"grade":null}}]}])");
}

TEST_P(RelationLoad, ThroughOthersGivesEachRowOnce) {
  EXPECT_EQ(
      json(
          "Person",
          R"({"where": {"id": {"in": [1, 2, 3]}}, "include": {"tags": true, "postComments": true}})"),
      R"([{"id":1,"name":"Ann","tags":[{"id":2,"label":"blue"},{"id":1,"label":"red"}],)"
      R"("postComments":[{"id":1,"text":"good"},{"id":2,"text":"bad"}]},)"
      R"({"id":2,"name":"Bob","tags":[{"id":2,"label":"blue"},{"id":3,"label":"green"}],)"
      R"("postComments":[{"id":4,"text":"new"}]},)"
      R"({"id":3,"name":"Cem","tags":[{"id":1,"label":"red"}],"postComments":[]}])");
  insert(db_, model("PostsTags"), R"({"postId": 2, "tagId": 1})");
  EXPECT_EQ(json("Person", R"({"where": {"id": 1}, "include": {"tags": true}})"),
            R"([{"id":1,"name":"Ann","tags":[{"id":2,"label":"blue"},{"id":1,"label":"red"}]}])");
}

TEST_P(RelationLoad, AReferenceToSeveralModels) {
  EXPECT_EQ(json("Comment", R"({"include": {"owner": true}})"),
            R"([{"id":1,"text":"good","owner":{"id":1,"title":"First"}},)"
            R"({"id":2,"text":"bad","owner":{"id":1,"title":"First"}},)"
            R"({"id":3,"text":"long","owner":{"id":1,"title":"Go"}},)"
            R"({"id":4,"text":"new","owner":{"id":3,"title":"Third"}}])");
  EXPECT_EQ(
      json("Post", R"({"where": {"id": 1}, "include": {"comments": true}})"),
      R"([{"id":1,"title":"First","comments":[{"id":1,"text":"good"},{"id":2,"text":"bad"}]}])");
  EXPECT_EQ(json("Course", R"({"where": {"id": 1}, "include": {"comments": true}})"),
            R"([{"id":1,"title":"Go","comments":[{"id":3,"text":"long"}]}])");
}

TEST_P(RelationLoad, FieldsThatAreNoPrimaryKey) {
  EXPECT_EQ(json("Photo", R"({"include": {"comments": true}})"),
            R"([{"code":"sea","number":1,"comments":[{"id":4,"text":"new"}]}])");
}

TEST_P(RelationLoad, NestedToAnyDepth) {
  EXPECT_EQ(
      json("Person", R"({"where": {"id": 1}, "include": {"staff": {"include": {"staff": true,
                "posts": {"include": {"comments": {"include": {"person": true}}}}}}}})"),
      R"([{"id":1,"name":"Ann","staff":[)"
      R"({"id":2,"name":"Bob","staff":[],"posts":[)"
      R"({"id":3,"title":"Third","comments":[{"id":4,"text":"new","person":{"id":1,"name":"Ann"}}]},)"
      R"({"id":5,"title":"Fifth","comments":[]}]},)"
      R"({"id":3,"name":"Cem","staff":[{"id":4,"name":"Dee"}],"posts":[{"id":4,"title":"Fourth","comments":[]}]},)"
      R"({"id":5,"name":"Eve","staff":[],"posts":[]}]}])");
}

TEST_P(RelationLoad, ConditionsAreOfTheRelationAlone) {
  EXPECT_EQ(
      json(
          "Person",
          R"({"where": {"id": {"in": [1, 3]}}, "include": {"posts": {"where": {"status": "published"}}}})"),
      R"([{"id":1,"name":"Ann","posts":[{"id":1,"title":"First"}]},{"id":3,"name":"Cem","posts":[]}])");
  EXPECT_EQ(
      json(
          "Post",
          R"({"where": {"id": {"in": [1, 3]}}, "include": {"author": {"where": {"name": "Bob"}}}})"),
      R"([{"id":1,"title":"First","author":null},{"id":3,"title":"Third","author":{"id":2,"name":"Bob"}}])");
}

TEST_P(RelationLoad, ARelationHasConditionsAndAnOrderOfItsOwn) {
  EXPECT_EQ(
      json("Person", R"({"where": {"id": {"in": [1, 2]}}, "include": {"published": true}})"),
      R"([{"id":1,"name":"Ann","published":[{"id":1,"title":"First"}]},)"
      R"({"id":2,"name":"Bob","published":[{"id":5,"title":"Fifth"},{"id":3,"title":"Third"}]}])");
  EXPECT_EQ(
      json(
          "Person",
          R"({"where": {"id": 2}, "include": {"published": {"orderBy": {"id": "asc"}, "where": {"views": {"lt": 100}}}}})"),
      R"([{"id":2,"name":"Bob","published":[{"id":3,"title":"Third"}]}])");
  EXPECT_EQ(ids(db_, model("Person"), R"({"where": {"published": {"some": {}}}})"), (Ids{1, 2}));
  EXPECT_EQ(
      ids(db_, model("Person"), R"({"where": {"published": {"none": {"views": {"gte": 100}}}}})"),
      (Ids{3, 4, 5}));
}

TEST_P(RelationLoad, TakeAndSkipHoldForEachRow) {
  EXPECT_EQ(
      json(
          "Person",
          R"({"where": {"id": {"lte": 3}}, "include": {"posts": {"take": 1, "orderBy": {"id": "desc"}}}})"),
      R"([{"id":1,"name":"Ann","posts":[{"id":2,"title":"Second"}]},)"
      R"({"id":2,"name":"Bob","posts":[{"id":5,"title":"Fifth"}]},)"
      R"({"id":3,"name":"Cem","posts":[{"id":4,"title":"Fourth"}]}])");
  EXPECT_EQ(json("Person", R"({"where": {"id": {"lte": 3}}, "include": {"posts": {"skip": 1}}})"),
            R"([{"id":1,"name":"Ann","posts":[{"id":2,"title":"Second"}]},)"
            R"({"id":2,"name":"Bob","posts":[{"id":5,"title":"Fifth"}]},)"
            R"({"id":3,"name":"Cem","posts":[]}])");
  EXPECT_EQ(
      json(
          "Person",
          R"({"where": {"id": {"lte": 2}}, "include": {"posts": {"skip": 1, "take": 1, "orderBy": {"views": "desc"}}}})"),
      R"([{"id":1,"name":"Ann","posts":[{"id":2,"title":"Second"}]},)"
      R"({"id":2,"name":"Bob","posts":[{"id":3,"title":"Third"}]}])");
  EXPECT_EQ(
      json(
          "Post",
          R"({"where": {"id": {"in": [1, 3]}}, "include": {"tags": {"take": 1, "orderBy": {"label": "desc"}}}})"),
      R"([{"id":1,"title":"First","tags":[{"id":1,"label":"red"}]},)"
      R"({"id":3,"title":"Third","tags":[{"id":3,"label":"green"}]}])");
}

TEST_P(RelationLoad, SelectChoosesFieldsAndRelations) {
  EXPECT_EQ(
      json(
          "Person",
          R"({"where": {"id": 2}, "select": {"name": true, "posts": {"select": {"title": true}}}})"),
      R"([{"id":2,"name":"Bob","posts":[{"id":3,"title":"Third"},{"id":5,"title":"Fifth"}]}])");
}

TEST_P(RelationLoad, ChosenFieldsOfRelationsArePrinted) {
  const Rows people = query(db_, model("Person"), R"({"where": {"id": {"in": [1, 4]}},
      "include": {"posts": {"include": {"tags": true}}, "boss": true}})");
  const auto chosen = [&people](const char* fields) {
    Buf out;
    EXPECT_OK(call(thing_rows_json_fields, people, fields, -1, 0, out.out()));
    return out.text();
  };
  EXPECT_EQ(chosen("posts{title,tags{label}},name"),
            R"([{"posts":[{"title":"First","tags":[{"label":"blue"},{"label":"red"}]},)"
            R"({"title":"Second","tags":[]}],"name":"Ann"},{"posts":[],"name":"Dee"}])");
  EXPECT_EQ(
      chosen("name,boss{-id},profile"),
      R"([{"name":"Ann","boss":null,"profile":null},{"name":"Dee","boss":{"name":"Cem"},"profile":null}])");
  EXPECT_EQ(
      chosen("-posts"),
      R"([{"id":1,"name":"Ann","boss":null},{"id":4,"name":"Dee","boss":{"id":3,"name":"Cem"}}])");
  Buf out;
  EXPECT_OK(call(thing_obj_json_fields, people.obj(0), "name,posts{id}", -1, 0, out.out()));
  EXPECT_EQ(out.text(), R"({"name":"Ann","posts":[{"id":1},{"id":2}]})");
  EXPECT_STATUS(THING_E_INVALID,
                call(thing_rows_json_fields, people, "posts{title{x}}", -1, 0, out.out()));
}

TEST_P(RelationLoad, DeletedRowsAreNotThereUnlessAskedFor) {
  remove(db_, model("Comment"), 2);
  remove(db_, model("Person"), 2);
  const char* const post =
      R"({"where": {"id": {"in": [1, 3]}}, "include": {"comments": true, "author": true}})";
  EXPECT_EQ(
      json("Post", post),
      R"([{"id":1,"title":"First","comments":[{"id":1,"text":"good"}],"author":{"id":1,"name":"Ann"}},)"
      R"({"id":3,"title":"Third","comments":[{"id":4,"text":"new"}],"author":null}])");
  const Ctx all(db_, THING_CTX_WITH_DELETED);
  EXPECT_EQ(
      json("Post", post, all),
      R"([{"id":1,"title":"First","comments":[{"id":1,"text":"good"},{"id":2,"text":"bad"}],"author":{"id":1,"name":"Ann"}},)"
      R"({"id":3,"title":"Third","comments":[{"id":4,"text":"new"}],"author":{"id":2,"name":"Bob"}}])");
  EXPECT_EQ(ids(db_, model("Post"), R"({"where": {"author": {"is": {}}}})"), (Ids{1, 2, 4}));
}

TEST_P(RelationLoad, N11_WritesOfChildrenAreSeen) {
  const char* const query = R"({"where": {"id": {"in": [3, 4]}}, "include": {"posts": true}})";
  EXPECT_EQ(
      json("Person", query),
      R"([{"id":3,"name":"Cem","posts":[{"id":4,"title":"Fourth"}]},{"id":4,"name":"Dee","posts":[]}])");
  insert(db_, model("Post"), R"({"id": 7, "authorId": 4, "title": "Seventh", "status": "draft"})");
  EXPECT_EQ(
      json("Person", query),
      R"([{"id":3,"name":"Cem","posts":[{"id":4,"title":"Fourth"}]},{"id":4,"name":"Dee","posts":[{"id":7,"title":"Seventh"}]}])");
  update(db_, model("Post"), 4, R"({"authorId": 4})");
  EXPECT_EQ(
      json("Person", query),
      R"([{"id":3,"name":"Cem","posts":[]},{"id":4,"name":"Dee","posts":[{"id":4,"title":"Fourth"},{"id":7,"title":"Seventh"}]}])");
  remove(db_, model("Post"), 7);
  EXPECT_EQ(
      json("Person", query),
      R"([{"id":3,"name":"Cem","posts":[]},{"id":4,"name":"Dee","posts":[{"id":4,"title":"Fourth"}]}])");
}

TEST_P(RelationLoad, PairsComeWithChosenFieldsToo) {
  const Rows rows = conformance::query(
      db_, model("Person"), R"({"where": {"id": 4}, "include": {"courses": {"pivot": true}}})");
  Buf out;
  ASSERT_OK(call(thing_rows_json_fields, rows, "name,courses{title}", -1, 0, out.out()));
  EXPECT_EQ(
      out.text(),
      R"([{"name":"Dee","courses":[{"title":"C","pivot":{"personId":4,"courseId":2,"grade":1}}]}])");
}

TEST_P(RelationLoad, PagesThatCanNotBeAreToldWithTheirPlace) {
  Rows rows;
  const Outcome outcome = call(thing_query, db_, nullptr, model("Person"),
                               R"({"include": {"posts": {"take": -1}}})", -1, rows.out());
  EXPECT_STATUS(THING_E_RANGE, outcome);
  EXPECT_NE(outcome.message.find("include.posts.take"), std::string::npos) << outcome.message;
}

TEST_P(RelationLoad, UnknownNamesAreErrors) {
  const auto refused = [this](const char* json) {
    Rows rows;
    return call(thing_query, db_, nullptr, model("Person"), json, -1, rows.out());
  };
  EXPECT_STATUS(THING_E_INVALID, refused(R"({"include": {"pets": true}})"));
  EXPECT_TRUE(says(refused(R"({"include": {"posts": {"include": {"pets": true}}}})"),
                   "include.posts.include"));
  EXPECT_TRUE(
      says(refused(R"({"include": {"posts": {"where": {"colour": 1}}}})"), "include.posts.where"));
  EXPECT_TRUE(says(refused(R"({"include": {"posts": {"distinct": true}}})"), "include.posts"));
  EXPECT_TRUE(says(refused(R"({"where": {"posts": {"any": {}}}})"), "where.posts"));
  EXPECT_TRUE(
      says(refused(R"({"where": {"posts": {"some": {"colour": 1}}}})"), "where.posts.some"));
  EXPECT_STATUS(THING_E_RANGE, refused(R"({"include": {"posts": {"take": -1}}})"));
  std::string deep = "boss";
  for (int i = 0; i < 8; ++i) deep += ".boss";
  Criteria criteria(thing_criteria_new(model("Person")));
  EXPECT_STATUS(THING_E_RANGE, call(thing_criteria_include, criteria, deep.c_str(), -1));
  ASSERT_OK(call(thing_criteria_begin_related, criteria, "boss", -1, THING_RELATED_SOME));
  EXPECT_STATUS(THING_E_STATE,
                call(thing_criteria_include_json, criteria, R"({"posts": true})", -1));
  ASSERT_OK(call(thing_criteria_end, criteria));
  EXPECT_STATUS(THING_E_INVALID, call(thing_criteria_include, criteria, "posts.pets", -1));
}

}  // namespace
}  // namespace conformance
