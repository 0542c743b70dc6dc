// Conditions on rows of relations.
#include "relation_support.h"

namespace conformance {
namespace {

class RelationFilter : public RelationTest {
 protected:
  Ids people(const char* where) const {
    return matching(db_, model("Person"), ("{\"where\": " + std::string(where) + "}").c_str());
  }
  Ids posts(const char* where) const {
    return matching(db_, model("Post"), ("{\"where\": " + std::string(where) + "}").c_str());
  }
};
FOR_SETUPS(RelationFilter, kEverywhere);

TEST_P(RelationFilter, SomeIsOneOrMore) {
  EXPECT_EQ(people(R"({"posts": {"some": {"status": "published"}}})"), (Ids{1, 2}));
  EXPECT_EQ(people(R"({"posts": {"some": {}}})"), (Ids{1, 2, 3}));
  EXPECT_EQ(people(R"({"posts": {"some": {"views": {"gt": 10}, "title": {"startsWith": "F"}}}})"),
            (Ids{1, 2}));
}

TEST_P(RelationFilter, EveryHoldsForNoneToo) {
  EXPECT_EQ(people(R"({"posts": {"every": {"status": "published"}}})"), (Ids{2, 4, 5}));
  EXPECT_EQ(people(R"({"staff": {"every": {"bossId": 1}}})"), (Ids{1, 2, 4, 5}));
}

// A row for which the condition is unknown does not fulfil it.
TEST_P(RelationFilter, EveryTakesNullForNotFulfilled) {
  EXPECT_EQ(people(R"({"comments": {"every": {"photoNumber": {"lt": 5}}}})"), (Ids{4, 5}));
}

TEST_P(RelationFilter, NoneIsNoRow) {
  EXPECT_EQ(people(R"({"posts": {"none": {"status": "published"}}})"), (Ids{3, 4, 5}));
  EXPECT_EQ(people(R"({"posts": {"none": {}}})"), (Ids{4, 5}));
  EXPECT_EQ(people(R"({"posts": {"some": {}, "none": {"status": "draft"}}})"), (Ids{2}));
}

TEST_P(RelationFilter, OfOneRow) {
  EXPECT_EQ(posts(R"({"author": {"is": {"name": "Bob"}}})"), (Ids{3, 5}));
  EXPECT_EQ(posts(R"({"author": {"name": "Bob"}})"), (Ids{3, 5}));
  EXPECT_EQ(posts(R"({"author": {"isNot": {"name": "Bob"}}})"), (Ids{1, 2, 4, 6}));
  EXPECT_EQ(posts(R"({"author": null})"), (Ids{6}));
  EXPECT_EQ(posts(R"({"author": {"isNot": null}})"), (Ids{1, 2, 3, 4, 5}));
  EXPECT_EQ(people(R"({"profile": null})"), (Ids{2, 4, 5}));
  EXPECT_EQ(people(R"({"profile": {"bio": {"contains": "rit"}}})"), (Ids{1}));
}

TEST_P(RelationFilter, ThroughPairsAndOthers) {
  EXPECT_EQ(posts(R"({"tags": {"some": {"label": "blue"}}})"), (Ids{1, 3}));
  EXPECT_EQ(posts(R"({"tags": {"none": {"label": "blue"}}})"), (Ids{2, 4, 5, 6}));
  EXPECT_EQ(posts(R"({"tags": {"every": {"label": {"in": ["red", "blue"]}}}})"),
            (Ids{1, 2, 4, 5, 6}));
  EXPECT_EQ(people(R"({"tags": {"some": {"label": "red"}}})"), (Ids{1, 3}));
  EXPECT_EQ(people(R"({"courses": {"some": {"title": "C"}}})"), (Ids{1, 4}));
  EXPECT_EQ(people(R"({"friends": {"some": {"name": "Bob"}}})"), (Ids{1}));
}

TEST_P(RelationFilter, OfAReferenceToSeveralModels) {
  EXPECT_EQ(posts(R"({"comments": {"some": {"text": "long"}}})"), Ids{});
  EXPECT_EQ(posts(R"({"comments": {"some": {}}})"), (Ids{1, 3}));
  Rows rows;
  EXPECT_STATUS(THING_E_UNSUPPORTED, call(thing_query, db_, nullptr, model("Comment"),
                                          R"({"where": {"owner": {"is": {}}}})", -1, rows.out()));
}

TEST_P(RelationFilter, NestedAndMixed) {
  EXPECT_EQ(people(R"({"posts": {"some": {"comments": {"some": {"person": {"name": "Cem"}}}}}})"),
            (Ids{1}));
  EXPECT_EQ(people(R"({"OR": [{"name": "Dee"}, {"posts": {"some": {"views": 1000}}}]})"),
            (Ids{2, 4}));
  EXPECT_EQ(people(R"({"NOT": {"posts": {"some": {"OR": [{"views": 1000}, {"views": 100}]}}}})"),
            (Ids{3, 4, 5}));
  EXPECT_EQ(people(R"({"boss": {"boss": {"name": "Ann"}}})"), (Ids{4}));
  EXPECT_EQ(people(R"({"boss": {"is": {"boss": null}}})"), (Ids{2, 3, 5}));
}

TEST_P(RelationFilter, NestEightDeepAndNoDeeper) {
  const auto nested = [](int depth) {
    std::string where = R"({"name": "Ann"})";
    for (int i = 0; i < depth; ++i)
      where = R"({"OR": [{"id": 77}, {"boss": {"isNot": )" + where + "}}]}";
    return where;
  };
  EXPECT_EQ(people(nested(8).c_str()), people(nested(2).c_str()));
  Rows rows;
  const std::string deep = "{\"where\": " + nested(9) + "}";
  EXPECT_STATUS(THING_E_RANGE,
                call(thing_query, db_, nullptr, model("Person"), deep.c_str(), -1, rows.out()));
}

TEST_P(RelationFilter, DeletedRowsDoNotCount) {
  remove(db_, model("Comment"), 1);
  remove(db_, model("Comment"), 2);
  EXPECT_EQ(posts(R"({"comments": {"some": {}}})"), (Ids{3}));
  EXPECT_EQ(posts(R"({"comments": {"every": {"text": "new"}}})"), (Ids{1, 2, 3, 4, 5, 6}));
  const Ctx all(db_, THING_CTX_WITH_DELETED);
  EXPECT_EQ(ids(db_, model("Post"), R"({"where": {"comments": {"some": {}}}})", all), (Ids{1, 3}));
}

TEST_P(RelationFilter, WritesOfOtherTablesAreSeen) {
  const char* const where = R"({"posts": {"some": {"title": "New"}}})";
  EXPECT_EQ(people(where), Ids{});
  const int64_t post =
      insert(db_, model("Post"), R"({"id": 9, "authorId": 5, "title": "New", "status": "draft"})");
  EXPECT_EQ(people(where), (Ids{5}));
  update(db_, model("Post"), post, R"({"authorId": 4})");
  EXPECT_EQ(people(where), (Ids{4}));
  remove(db_, model("Post"), post);
  EXPECT_EQ(people(where), Ids{});
}

TEST_P(RelationFilter, BulkWritesByRelations) {
  int64_t affected = 0;
  const Criteria q = parse(model("Post"), R"({"where": {"author": {"name": "Bob"}}})");
  ASSERT_OK(call(thing_update_where, db_, nullptr, q, R"({"views": 1})", -1, 0, &affected));
  EXPECT_EQ(affected, 2);
  EXPECT_EQ(ids(db_, model("Post"), R"({"where": {"views": 1}})"), (Ids{3, 5}));
  const Criteria lonely = parse(model("Tag"), R"({"where": {"posts": {"none": {}}}})");
  insert(db_, model("Tag"), R"({"id": 4, "label": "grey"})");
  ASSERT_OK(call(thing_delete_where, db_, nullptr, lonely, THING_DELETE_HARD, 0, &affected));
  EXPECT_EQ(affected, 1);
}

// Queries of one shape take their values by number: wherever the parts of a scope stand.
TEST_P(RelationFilter, BulkWritesByRelationsToTheirOwnTable) {
  execute(db_, "DELETE FROM comments", "comments");
  int64_t affected = 0;
  const Criteria q = parse(model("Person"), R"({"where": {"boss": {"name": "Cem"}}})");
  ASSERT_OK(call(thing_update_where, db_, nullptr, q, R"({"name": "Dan"})", -1, 0, &affected));
  EXPECT_EQ(affected, 1);
  ASSERT_OK(call(thing_delete_where, db_, nullptr, q, THING_DELETE_HARD, 0, &affected));
  EXPECT_EQ(affected, 1);
}

// What the statement has written itself so far decides nothing.
TEST_P(RelationFilter, BulkChangesMeanTheRowsAsTheyWereBefore) {
  update(db_, model("Person"), 2, R"({"bossId": 3})");
  update(db_, model("Person"), 3, R"({"bossId": 4})");
  update(db_, model("Person"), 4, R"({"bossId": null})");
  int64_t affected = 0;
  const Criteria q =
      parse(model("Person"), R"({"where": {"staff": {"none": {"name": {"not": "new"}}}}})");
  ASSERT_OK(call(thing_update_where, db_, nullptr, q, R"({"name": "new"})", -1, 0, &affected));
  EXPECT_EQ(affected, 2);
  EXPECT_EQ(ids(db_, model("Person"), R"({"where": {"name": "new"}})"), (Ids{2, 5}));
}

// Who has lost the boss in the same statement is still one of those that it means.
TEST_P(RelationFilter, BulkDeletesMeanTheRowsAsTheyWereBefore) {
  execute(db_, "DELETE FROM comments", "comments");
  int64_t affected = 0;
  const Criteria q = parse(model("Person"), R"({"where": {"bossId": {"not": 7}}})");
  ASSERT_OK(call(thing_delete_where, db_, nullptr, q, THING_DELETE_HARD, 0, &affected));
  EXPECT_EQ(affected, 4);
  EXPECT_EQ(ids(db_, model("Person"), "{}"), Ids{1});
}

// One of the posts that it goes by goes with the first author.
TEST_P(RelationFilter, BulkDeletesMeanTheRelationsAsTheyWereBefore) {
  execute(db_, "DELETE FROM comments", "comments");
  execute(db_, "DELETE FROM profiles", "profiles");
  int64_t affected = 0;
  const Criteria q = parse(
      model("Tag"), R"({"where": {"posts": {"some": {"tags": {"some": {"label": "blue"}}}}}})");
  ASSERT_OK(call(thing_delete_where, db_, nullptr, q, THING_DELETE_HARD, 0, &affected));
  EXPECT_EQ(affected, 3);
  EXPECT_EQ(count(db_, model("Tag"), "{}"), 0);
}

TEST_P(RelationFilter, AConditionThatSaysNothingIsNone) {
  for (const char* where :
       {R"({"NOT": []})", R"({"OR": [{}, {}]})", R"({"AND": [{"OR": [{}]}]})"}) {
    int64_t affected = 0;
    const std::string json = "{\"where\": " + std::string(where) + "}";
    const Criteria q = parse(model("Tag"), json);
    EXPECT_STATUS(THING_E_INVALID,
                  call(thing_update_where, db_, nullptr, q, R"({"label": "x"})", -1, 0, &affected))
        << where;
    EXPECT_EQ(matching(db_, model("Tag"), json).size(), 3U);
  }
  EXPECT_EQ(matching(db_, model("Tag"), R"({"where": {"NOT": {"AND": []}}})").size(), 0U);
}

TEST_P(RelationFilter, QueriesOfOneShapeTakeTheirOwnValues) {
  db_.define(
      R"([{"name": "Box", "fields": {"id": "int"}, "relations": {"parts": {"has_many": "Part"}}},
    {"name": "Part", "fields": {"id": "int", "boxId": "int", "gone": "bool", "size": "int"}, "softDelete": "gone",
     "relations": {"box": {"belongs_to": "Box"}}}])");
  insert(db_, db_.model("Box"), R"({"id": 1})");
  insert(db_, db_.model("Part"), R"({"id": 1, "boxId": 1, "size": 5})");
  const auto boxes = [this](const char* json, thing_ctx* ctx) {
    return ids(db_, db_.model("Box"), json, ctx);
  };
  const Ctx all(db_, THING_CTX_WITH_DELETED);
  EXPECT_EQ(boxes(R"({"where": {"parts": {"some": {"size": 5}}}})", nullptr), Ids{1});
  EXPECT_EQ(boxes(R"({"where": {"parts": {"some": {"gone": false, "size": 5}}}})", all), Ids{1});
  EXPECT_EQ(boxes(R"({"where": {"parts": {"some": {"gone": true, "size": 5}}}})", all), Ids{});
}

TEST_P(RelationFilter, BuiltStepByStepTheyPrintAsJson) {
  Criteria q(thing_criteria_new(model("Person")));
  ASSERT_OK(call(thing_criteria_begin_related, q, "posts", -1, THING_RELATED_NONE));
  thing_error* error = nullptr;
  const int32_t status = thing_model_field_index(model("Post"), "status", -1);
  const int32_t slot = thing_criteria_text(q, status, THING_OP_EQ, "published", -1, &error);
  ASSERT_GE(slot, 0);
  ASSERT_OK(call(thing_criteria_end, q));
  Rows rows;
  ASSERT_OK(call(thing_query_run, db_, nullptr, q, rows.out()));
  EXPECT_EQ(rows.ids(), (Ids{3, 4, 5}));
  ASSERT_OK(call(thing_criteria_rebind_text, q, slot, "draft", -1));
  ASSERT_OK(call(thing_query_run, db_, nullptr, q, rows.out()));
  EXPECT_EQ(rows.ids(), (Ids{2, 4, 5}));
  Buf text;
  ASSERT_OK(call(thing_criteria_json, q, text.out()));
  EXPECT_EQ(text.text(),
            R"({"where":{"AND":[{"posts":{"none":{"AND":[{"status":{"equals":"draft"}}]}}}]}})");
  EXPECT_EQ(ids(db_, model("Person"), text.text().c_str()), (Ids{2, 4, 5}));
}

}  // namespace
}  // namespace conformance
