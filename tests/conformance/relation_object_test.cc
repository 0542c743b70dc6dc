// Relations of one object, and rows that are loaded afterwards.
#include "relation_support.h"

namespace conformance {
namespace {

class RelationObject : public RelationTest {
 protected:
  Rows related(const Obj& object, const char* relation, int32_t flags = 0) const {
    Rows rows;
    EXPECT_OK(call(thing_related, db_, nullptr, object, relation, -1, flags, rows.out()));
    return rows;
  }
  Outcome related_one(const Obj& object, const char* relation, Obj& out, int32_t flags = 0) const {
    return call(thing_related_one, db_, nullptr, object, relation, -1, flags, out.out());
  }
};
FOR_SETUPS(RelationObject, kEverywhere);

TEST_P(RelationObject, LoadsWhenAskedAndKeepsIt) {
  const Obj ann = find(db_, model("Person"), 1);
  EXPECT_FALSE(thing_obj_has_related(ann, "posts", -1));
  EXPECT_EQ(related(ann, "posts").ids(), (Ids{1, 2}));
  EXPECT_TRUE(thing_obj_has_related(ann, "posts", -1));
  EXPECT_EQ(statements([&] { EXPECT_EQ(related(ann, "posts").ids(), (Ids{1, 2})); }), 0);
  insert(db_, model("Post"), R"({"id": 8, "authorId": 1, "title": "Eighth", "status": "draft"})");
  EXPECT_EQ(related(ann, "posts").ids(), (Ids{1, 2}));
  EXPECT_EQ(related(ann, "posts", THING_LOAD_AGAIN).ids(), (Ids{1, 2, 8}));
  EXPECT_EQ(
      ann.json(),
      R"({"id":1,"name":"Ann","posts":[{"id":1,"title":"First"},{"id":2,"title":"Second"},{"id":8,"title":"Eighth"}]})");
  Obj again(thing_obj_clone(ann));
  EXPECT_TRUE(thing_obj_has_related(again, "posts", -1));
  ASSERT_OK(call(thing_reload, db_, nullptr, again));
  EXPECT_FALSE(thing_obj_has_related(again, "posts", -1));
}

TEST_P(RelationObject, OfOneRow) {
  const Obj post = find(db_, model("Post"), 3);
  Obj author;
  ASSERT_OK(related_one(post, "author", author));
  EXPECT_EQ(author.text("name"), "Bob");
  const Obj lost = find(db_, model("Post"), 6);
  EXPECT_STATUS(THING_NOT_FOUND, related_one(lost, "author", author));
  EXPECT_STATUS(THING_NOT_FOUND, related_one(lost, "author", author, THING_LOAD_STRICT));
  remove(db_, model("Person"), 2);
  EXPECT_STATUS(THING_NOT_FOUND, related_one(find(db_, model("Post"), 3), "author", author));
  EXPECT_STATUS(THING_E_FOREIGN_KEY,
                related_one(find(db_, model("Post"), 3), "author", author, THING_LOAD_STRICT));
}

TEST_P(RelationObject, FollowsTheKeyThatTheObjectHasNow) {
  Obj post = find(db_, model("Post"), 3);
  Obj author;
  ASSERT_OK(related_one(post, "author", author));
  ASSERT_OK(post.set("authorId", 3));
  EXPECT_FALSE(thing_obj_has_related(post, "author", -1));
  ASSERT_OK(related_one(post, "author", author));
  EXPECT_EQ(author.text("name"), "Cem");
  ASSERT_OK(post.set_null("authorId"));
  EXPECT_STATUS(THING_NOT_FOUND, related_one(post, "author", author));
}

TEST_P(RelationObject, ANewOneHasNoRowsYet) {
  const Obj person = new_obj(model("Person"), R"({"name": "Fay"})");
  EXPECT_EQ(related(person, "posts").count(), 0);
  Obj profile;
  EXPECT_STATUS(THING_NOT_FOUND, related_one(person, "profile", profile));
}

TEST_P(RelationObject, OfSeveralModelsHasTheRightOne) {
  Obj owner;
  ASSERT_OK(related_one(find(db_, model("Comment"), 3), "owner", owner));
  EXPECT_STREQ(thing_model_name(thing_obj_model(owner)), "Course");
  ASSERT_OK(related_one(find(db_, model("Comment"), 4), "owner", owner));
  EXPECT_STREQ(thing_model_name(thing_obj_model(owner)), "Post");
}

TEST_P(RelationObject, RowsThatWereIncludedCostNothing) {
  const Rows people =
      query(db_, model("Person"), R"({"include": {"posts": {"include": {"tags": true}}}})");
  EXPECT_EQ(statements([&] {
              Rows posts;
              ASSERT_OK(call(thing_rows_related, people, int64_t{1}, "posts", -1, posts.out()));
              EXPECT_EQ(posts.ids(), (Ids{3, 5}));
              Rows tags;
              ASSERT_OK(call(thing_rows_related, posts, int64_t{0}, "tags", -1, tags.out()));
              EXPECT_EQ(tags.ids(), (Ids{2, 3}));
              EXPECT_EQ(related(people.obj(1), "posts").ids(), (Ids{3, 5}));
              Obj first = related(people.obj(1), "posts").obj(0);
              EXPECT_EQ(related(first, "tags").ids(), (Ids{2, 3}));
            }),
            0);
  Rows none;
  EXPECT_STATUS(THING_E_STATE,
                call(thing_rows_related, people, int64_t{0}, "profile", -1, none.out()));
  EXPECT_STATUS(THING_E_RANGE,
                call(thing_rows_related, people, int64_t{9}, "posts", -1, none.out()));
  EXPECT_STATUS(THING_E_INVALID,
                call(thing_rows_related, people, int64_t{0}, "pets", -1, none.out()));
}

TEST_P(RelationObject, RowsAreLoadedAfterwardsForAllTogether) {
  const Rows people = query(db_, model("Person"), R"({"include": {"posts": true}})");
  Rows more;
  const int64_t cost = statements([&] {
    ASSERT_OK(call(thing_rows_load, db_, nullptr, people, R"({"posts": true, "profile": true})", -1,
                   more.out()));
  });
  EXPECT_LE(cost, 1);
  Rows profile;
  ASSERT_OK(call(thing_rows_related, more, int64_t{2}, "profile", -1, profile.out()));
  EXPECT_EQ(profile.ids(), (Ids{2}));
  EXPECT_STATUS(THING_E_STATE,
                call(thing_rows_related, people, int64_t{2}, "profile", -1, profile.out()));
}

TEST_P(RelationObject, AQueryOfThemCanBeNarrowed) {
  const Obj ann = find(db_, model("Person"), 1);
  Criteria posts;
  ASSERT_OK(call(thing_criteria_related, ann, "posts", -1, posts.out()));
  ASSERT_OK(call(thing_criteria_where_json, posts, R"({"status": "draft"})", -1));
  int64_t n = 0;
  ASSERT_OK(call(thing_query_count, db_, nullptr, posts, &n));
  EXPECT_EQ(n, 1);
  ASSERT_OK(call(thing_criteria_related, find(db_, model("Post"), 1), "comments", -1, posts.out()));
  ASSERT_OK(call(thing_query_count, db_, nullptr, posts, &n));
  EXPECT_EQ(n, 2);
  EXPECT_STATUS(THING_E_UNSUPPORTED, call(thing_criteria_related, ann, "tags", -1, posts.out()));
  EXPECT_STATUS(THING_E_STATE,
                call(thing_criteria_related, new_obj(model("Person")), "posts", -1, posts.out()));
}

TEST_P(RelationObject, LazyLoadsAreCountedLoggedAndRefused) {
  ASSERT_OK(call(thing_set_option, db_, "lazy_loads", "log", -1));
  const Log log(db_, THING_LOG_WARN);
  const Obj ann = find(db_, model("Person"), 1);
  (void)related(ann, "posts");
  (void)related(ann, "posts");
  (void)related(find(db_, model("Person"), 2), "posts");
  const std::string line =
      R"("event":"lazy_load","model":"Person","relation":"posts","count":2)";
  EXPECT_NE(log.all().find(line), std::string::npos) << log.all();
  Buf info;
  ASSERT_OK(call(thing_info_json, db_, nullptr, info.out()));
  EXPECT_NE(info.text().find(R"("lazyLoads":{"Person.posts":2})"), std::string::npos);
  ASSERT_OK(call(thing_set_option, db_, "lazy_loads", "refuse", -1));
  Rows rows;
  EXPECT_STATUS(THING_E_UNSUPPORTED,
                call(thing_related, db_, nullptr, ann, "tags", -1, 0, rows.out()));
  EXPECT_EQ(related(ann, "posts").count(), 2);
  EXPECT_EQ(query(db_, model("Person"), R"({"include": {"tags": true}})").count(), 5);
}

TEST_P(RelationObject, CursorsBringRelationsWithEachBatch) {
  const Criteria q = parse(model("Person"), R"({"include": {"posts": true}})");
  Cursor cursor;
  if (GetParam().in_memory) {  // it has one connection, which the cursor holds
    EXPECT_STATUS(THING_E_UNSUPPORTED,
                  call(thing_query_open, db_, nullptr, q, int64_t{2}, cursor.out()));
    return;
  }
  ASSERT_OK(call(thing_query_open, db_, nullptr, q, int64_t{2}, cursor.out()));
  std::string all;
  Rows rows;
  while (call(thing_cursor_next, cursor, nullptr, rows.out()).status == THING_OK)
    all += rows.json();
  EXPECT_NE(all.find(R"({"id":3,"name":"Cem","posts":[{"id":4,"title":"Fourth"}]})"),
            std::string::npos)
      << all;
}

// A page of rows with relations takes as many statements as there are tables.
TEST_P(RelationObject, StatementsDoNotGrowWithRows) {
  const Ctx past(db_, THING_CTX_NO_CACHE_READ | THING_CTX_NO_CACHE_WRITE);
  const auto cost = [&](const char* json) {
    return statements([&] { (void)query(db_, model("Person"), json, past); });
  };
  EXPECT_EQ(cost(R"({"include": {"posts": true}})"), 2);
  EXPECT_EQ(cost(R"({"include": {"posts": {"take": 1}}})"), 2);
  EXPECT_EQ(cost(R"({"include": {"boss": true}})"), 2);
  EXPECT_EQ(cost(R"({"include": {"posts": {"include": {"comments": true}}}})"), 3);
  EXPECT_EQ(cost(R"({"include": {"courses": true}})"), 3);
  EXPECT_EQ(cost(R"({"where": {"id": 5}, "include": {"posts": {"include": {"comments": true}}}})"),
            2);
}

TEST_P(RelationObject, CachedRelationsCostNothing) {
  if (!GetParam().is_cached()) return;
  const char* const page = R"({"include": {"posts": {"include": {"tags": true}}, "boss": true}})";
  const std::string first = json("Person", page);
  EXPECT_EQ(statements([&] { EXPECT_EQ(json("Person", page), first); }), 0);
}

TEST_P(RelationObject, ModelsTellTheirRelations) {
  const thing_model* const m = model("Post");
  ASSERT_EQ(thing_model_relation_count(m), 3);
  EXPECT_STREQ(thing_model_relation_name(m, 0), "author");
  EXPECT_EQ(thing_model_relation_kind(m, 0), THING_BELONGS_TO);
  EXPECT_EQ(thing_model_relation_kind(m, 2), THING_MANY_TO_MANY);
  EXPECT_STREQ(thing_model_relation_target(m, 2), "Tag");
  EXPECT_EQ(thing_model_relation_name(m, 3), nullptr);
  EXPECT_EQ(thing_model_relation_kind(nullptr, 0), 0);
}

}  // namespace
}  // namespace conformance
