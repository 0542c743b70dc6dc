// Orders by what rows of relations say, and pages of relations of several steps.
#include "relation_support.h"

namespace conformance {
namespace {

class RelationOrder : public RelationTest {
 protected:
  Ids sorted(const char* name, const std::string& order) const {
    return ids(db_, model(name), R"({"orderBy": )" + order + "}");
  }
};
FOR_SETUPS(RelationOrder, kEverywhere);

TEST_P(RelationOrder, ByAFieldOfTheRowThatIsReferredTo) {
  EXPECT_EQ(sorted("Post", R"({"author": {"name": "asc"}})"), (Ids{1, 2, 3, 5, 4, 6}));
  EXPECT_EQ(sorted("Post", R"([{"author": {"name": "desc"}}, {"id": "desc"}])"),
            (Ids{4, 5, 3, 2, 1, 6}));
  EXPECT_EQ(sorted("Post", R"({"author": {"name": {"sort": "desc", "nulls": "first"}}})"),
            (Ids{6, 4, 3, 5, 1, 2}));
  EXPECT_EQ(sorted("Post", R"([{"status": "asc"}, {"author": {"name": "desc"}}])"),
            (Ids{4, 2, 6, 3, 5, 1}));
}

TEST_P(RelationOrder, BehindOtherRelationsToOneRow) {
  EXPECT_EQ(sorted("Person", R"({"boss": {"profile": {"bio": "desc"}}})"), (Ids{2, 3, 5, 4, 1}));
  EXPECT_EQ(sorted("Post", R"({"author": {"boss": {"name": "asc"}}})"), (Ids{3, 4, 5, 1, 2, 6}));
  EXPECT_EQ(sorted("Profile", R"({"person": {"posts": {"_count": "asc"}}})"), (Ids{2, 1}));
}

TEST_P(RelationOrder, ByHowManyRowsThereAre) {
  EXPECT_EQ(sorted("Person", R"({"posts": {"_count": "desc"}})"), (Ids{1, 2, 3, 4, 5}));
  EXPECT_EQ(sorted("Person", R"([{"posts": {"_count": "asc"}}, {"id": "desc"}])"),
            (Ids{5, 4, 3, 2, 1}));
  EXPECT_EQ(sorted("Post", R"({"tags": {"_count": "desc"}})"), (Ids{1, 3, 4, 2, 5, 6}));
  EXPECT_EQ(sorted("Post", R"({"comments": {"_count": "desc"}})"), (Ids{1, 3, 2, 4, 5, 6}));
  // A row that is reached by two ways counts once.
  insert(db_, model("PostsTags"), R"({"postId": 5, "tagId": 2})");
  insert(db_, model("PostsTags"), R"({"postId": 2, "tagId": 3})");
  EXPECT_EQ(sorted("Person", R"([{"tags": {"_count": "desc"}}, {"id": "desc"}])"),
            (Ids{1, 2, 3, 5, 4}));
}

TEST_P(RelationOrder, WithoutTheRowBetweenThereIsNoCount) {
  EXPECT_EQ(sorted("Post", R"([{"author": {"posts": {"_count": "asc"}}}, {"id": "asc"}])"),
            (Ids{4, 1, 2, 3, 5, 6}));
  EXPECT_EQ(sorted("Post", R"([{"author": {"posts": {"_count": "desc"}}}, {"id": "asc"}])"),
            (Ids{1, 2, 3, 5, 4, 6}));
  EXPECT_EQ(
      sorted(
          "Post",
          R"([{"author": {"posts": {"_count": {"sort": "asc", "nulls": "first"}}}}, {"id": "asc"}])"),
      (Ids{6, 4, 1, 2, 3, 5}));
}

TEST_P(RelationOrder, SeesWhatTheRelationSees) {
  EXPECT_EQ(sorted("Person", R"([{"published": {"_count": "desc"}}, {"id": "asc"}])"),
            (Ids{2, 1, 3, 4, 5}));
  remove(db_, model("Comment"), 1);
  remove(db_, model("Comment"), 2);
  EXPECT_EQ(sorted("Post", R"({"comments": {"_count": "desc"}})"), (Ids{3, 1, 2, 4, 5, 6}));
  remove(db_, model("Person"), 3);
  EXPECT_EQ(sorted("Post", R"({"author": {"name": "desc"}})"), (Ids{3, 5, 1, 2, 4, 6}));
  const Ctx all(db_, THING_CTX_WITH_DELETED);
  EXPECT_EQ(ids(db_, model("Post"), R"({"orderBy": {"author": {"name": "desc"}}})", all),
            (Ids{4, 3, 5, 1, 2, 6}));
}

TEST_P(RelationOrder, WritesOfTheOtherRowsAreSeen) {
  const char* const order = R"({"author": {"name": "asc"}})";
  EXPECT_EQ(sorted("Post", order), (Ids{1, 2, 3, 5, 4, 6}));
  update(db_, model("Person"), 1, R"({"name": "Zoe"})");
  EXPECT_EQ(sorted("Post", order), (Ids{3, 5, 4, 1, 2, 6}));
}

TEST_P(RelationOrder, HasPagesByTakeAndSkipAndConditions) {
  EXPECT_EQ(
      ids(db_, model("Post"),
          R"({"where": {"author": {"boss": null}}, "orderBy": [{"author": {"name": "desc"}}, {"views": "desc"}]})"),
      (Ids{1, 2}));
  EXPECT_EQ(
      ids(db_, model("Post"), R"({"orderBy": {"author": {"name": "asc"}}, "take": 2, "skip": 2})"),
      (Ids{3, 5}));
  EXPECT_EQ(
      json(
          "Person",
          R"({"where": {"id": {"lte": 2}}, "include": {"posts": {"orderBy": {"comments": {"_count": "asc"}}, "take": 1}}})"),
      R"([{"id":1,"name":"Ann","posts":[{"id":2,"title":"Second"}]},)"
      R"({"id":2,"name":"Bob","posts":[{"id":5,"title":"Fifth"}]}])");
  EXPECT_EQ(ids(db_, model("Post"),
                R"({"distinct": ["status"], "orderBy": {"author": {"name": "desc"}}})"),
            (Ids{4, 3}));
}

TEST_P(RelationOrder, HasNoPlacesThatAPageCouldBeginAt) {
  const Rows rows =
      query(db_, model("Post"), R"({"orderBy": {"author": {"name": "asc"}}, "take": 2})");
  Buf token;
  EXPECT_STATUS(THING_E_UNSUPPORTED, call(thing_rows_next, rows, token.out()));
  EXPECT_STATUS(
      THING_E_UNSUPPORTED,
      query_refused("Person", R"({"orderBy": {"posts": {"_count": "asc"}}, "cursor": {"id": 1}})"));
}

TEST_P(RelationOrder, WrongOnesAreErrorsWithTheirPlace) {
  EXPECT_TRUE(says(query_refused("Person", R"({"orderBy": {"posts": {"title": "asc"}}})"),
                   "orderBy.posts: found 'title' of a relation to many rows, expected _count"));
  EXPECT_TRUE(says(query_refused("Person", R"({"orderBy": {"boss": {"colour": "asc"}}})"),
                   "orderBy.boss: found field 'colour'"));
  EXPECT_TRUE(
      says(query_refused("Person", R"({"orderBy": {"boss": {"name": "up"}}})"), "orderBy.boss"));
  EXPECT_TRUE(says(query_refused("Person", R"({"orderBy": {"boss": "asc"}})"), "orderBy.boss"));
  EXPECT_STATUS(
      THING_E_INVALID,
      query_refused("Person",
                    R"({"orderBy": [{"boss": {"name": "asc"}}, {"boss": {"name": "desc"}}]})"));
  EXPECT_STATUS(
      THING_E_INVALID,
      query_refused(
          "Person",
          R"({"select": ["name"], "distinct": true, "orderBy": {"boss": {"name": "asc"}}})"));
  const Criteria criteria(thing_criteria_new(model("Comment")));
  EXPECT_STATUS(THING_E_UNSUPPORTED,
                call(thing_criteria_order_json, criteria, R"({"owner": {"title": "asc"}})", -1));
  ASSERT_OK(call(thing_criteria_order_json, criteria, R"({"person": {"name": "desc"}})", -1));
  Buf document;
  ASSERT_OK(call(thing_criteria_json, criteria, document.out()));
  EXPECT_EQ(ids(db_, model("Comment"), document.text()), (Ids{2, 1, 3, 4}));
}

// ---- pages of relations of several steps

class RelationPages : public RelationTest {};
FOR_SETUPS(RelationPages, kEverywhere);

TEST_P(RelationPages, EachRowHasItsOwn) {
  insert(db_, model("PostsTags"), R"({"postId": 1, "tagId": 3})");
  EXPECT_EQ(
      json("Post", R"({"where": {"id": {"in": [1, 2, 3]}}, "include": {"tags": {"take": 2}}})"),
      R"([{"id":1,"title":"First","tags":[{"id":2,"label":"blue"},{"id":3,"label":"green"}]},)"
      R"({"id":2,"title":"Second","tags":[]},)"
      R"({"id":3,"title":"Third","tags":[{"id":2,"label":"blue"},{"id":3,"label":"green"}]}])");
  EXPECT_EQ(
      json(
          "Post",
          R"({"where": {"id": {"in": [1, 3, 4]}}, "include": {"tags": {"take": 1, "skip": 1, "orderBy": {"id": "desc"}}}})"),
      R"([{"id":1,"title":"First","tags":[{"id":2,"label":"blue"}]},)"
      R"({"id":3,"title":"Third","tags":[{"id":2,"label":"blue"}]},{"id":4,"title":"Fourth","tags":[]}])");
  EXPECT_EQ(json("Post", R"({"where": {"id": 1}, "include": {"tags": {"skip": 2}}})"),
            R"([{"id":1,"title":"First","tags":[{"id":1,"label":"red"}]}])");
  EXPECT_EQ(
      json("Post",
           R"({"where": {"id": 1}, "include": {"tags": {"where": {"label": {"not": "blue"}},
             "orderBy": {"posts": {"_count": "desc"}}, "take": 1, "select": {"label": true}, "include": {"posts": {"take": 1}}}}})"),
      R"([{"id":1,"title":"First","tags":[{"id":1,"label":"red","posts":[{"id":1,"title":"First"}]}]}])");
}

TEST_P(RelationPages, OfRelationsThroughOthersCountEachRowOnce) {
  insert(db_, model("PostsTags"), R"({"postId": 2, "tagId": 1})");
  EXPECT_EQ(
      json(
          "Person",
          R"({"where": {"id": {"lte": 3}}, "include": {"tags": {"take": 2, "orderBy": {"label": "desc"}}, "postComments": {"take": 1}}})"),
      R"([{"id":1,"name":"Ann","tags":[{"id":1,"label":"red"},{"id":2,"label":"blue"}],"postComments":[{"id":1,"text":"good"}]},)"
      R"({"id":2,"name":"Bob","tags":[{"id":3,"label":"green"},{"id":2,"label":"blue"}],"postComments":[{"id":4,"text":"new"}]},)"
      R"({"id":3,"name":"Cem","tags":[{"id":1,"label":"red"}],"postComments":[]}])");
  remove(db_, model("Comment"), 1);
  EXPECT_EQ(json("Person", R"({"where": {"id": 1}, "include": {"postComments": {"take": 1}}})"),
            R"([{"id":1,"name":"Ann","postComments":[{"id":2,"text":"bad"}]}])");
}

TEST_P(RelationPages, HaveThePairsToo) {
  EXPECT_EQ(
      json(
          "Person",
          R"({"where": {"id": {"in": [1, 4]}}, "include": {"courses": {"pivot": true, "take": 1, "orderBy": {"title": "asc"}}}})"),
      R"([{"id":1,"name":"Ann","courses":[{"id":2,"title":"C","pivot":{"personId":1,"courseId":2,"grade":null}}]},)"
      R"({"id":4,"name":"Dee","courses":[{"id":2,"title":"C","pivot":{"personId":4,"courseId":2,"grade":1}}]}])");
  EXPECT_EQ(
      json("Person",
           R"({"where": {"id": {"in": [1, 2]}}, "include": {"friends": {"take": 1, "skip": 1}}})"),
      R"([{"id":1,"name":"Ann","friends":[{"id":4,"name":"Dee"}]},{"id":2,"name":"Bob","friends":[]}])");
}

TEST_P(RelationPages, ReadNoRowsThatAreNotOnThem) {
  {
    Tx tx(db_);
    for (int i = 0; i < 60; ++i) {
      const int64_t tag =
          insert(db_, model("Tag"), R"({"label": "z)" + std::to_string(i) + R"("})", tx.ctx());
      insert(db_, model("PostsTags"), R"({"postId": 1, "tagId": )" + std::to_string(tag) + "}",
             tx.ctx());
    }
    ASSERT_OK(tx.commit());
  }
  Log log(db_, THING_LOG_DEBUG);
  EXPECT_EQ(
      json("Post", R"({"where": {"id": 1}, "include": {"tags": {"take": 2}}})"),
      R"([{"id":1,"title":"First","tags":[{"id":2,"label":"blue"},{"id":1,"label":"red"}]}])");
  int asked = 0;
  for (const std::string& line : log.lines()) {
    if (line.find("tags") == std::string::npos) continue;
    ++asked;
    const bool few = line.find(R"("rows":1,)") != std::string::npos ||
                     line.find(R"("rows":2,)") != std::string::npos ||
                     line.find(R"("rows":2})") != std::string::npos ||
                     line.find(R"("rows":1})") != std::string::npos;
    EXPECT_TRUE(few) << line;
  }
  EXPECT_GT(asked, 0);
}

TEST_P(RelationPages, SeeWrites) {
  const char* const query = R"({"where": {"id": 4}, "include": {"tags": {"take": 1}}})";
  EXPECT_EQ(json("Post", query), R"([{"id":4,"title":"Fourth","tags":[{"id":1,"label":"red"}]}])");
  insert(db_, model("PostsTags"), R"({"postId": 4, "tagId": 2})");
  EXPECT_EQ(json("Post", query), R"([{"id":4,"title":"Fourth","tags":[{"id":2,"label":"blue"}]}])");
  update(db_, model("Tag"), 2, R"({"label": "zinc"})");
  EXPECT_EQ(json("Post", query), R"([{"id":4,"title":"Fourth","tags":[{"id":1,"label":"red"}]}])");
}

}  // namespace
}  // namespace conformance
