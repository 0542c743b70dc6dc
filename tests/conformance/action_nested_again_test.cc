// One document that writes the same row several times, or rows that its relation does not show.
#include "action_nested_support.h"

namespace conformance {
namespace {

class ActionNestedAgain : public ActionTest {
 protected:
  // Of the first row.
  std::string update(const char* model, std::string_view data, thing_ctx* ctx = nullptr) const {
    return act(model, "update", update_of(data), ctx);
  }
  Outcome refused(const char* model, std::string_view data, thing_ctx* ctx = nullptr) const {
    return ActionTest::refused(model, "update", update_of(data), ctx);
  }
  std::string all(const char* model, std::string_view select, thing_ctx* ctx = nullptr) const {
    return act(model, "findMany", R"({"select": [)" + std::string(select) + "]}", ctx);
  }
  // [{"id": first}, ...]
  static std::string keys(int first, int count) {
    std::string out;
    for (int i = first; i < first + count; ++i)
      out += (out.empty() ? "[{\"id\": " : ", {\"id\": ") + std::to_string(i) + "}";
    return out + "]";
  }

 private:
  static std::string update_of(std::string_view data) {
    return R"({"where": {"id": 1}, "data": )" + std::string(data) + "}";
  }
};
FOR_SETUPS(ActionNestedAgain, kEverywhere);

// ---- the same row, several times

TEST_P(ActionNestedAgain, ARecordBuildsOnWhatItsDocumentWroteOfItBefore) {
  db_.define(R"({"name": "Being", "version": true, "hidden": ["version"],
    "fields": {"id": "int", "n": {"type": "int", "default": 0}, "m": {"type": "int", "default": 0}, "bossId": "int?"},
    "relations": {"boss": {"belongs_to": "Being"}, "staff": {"has_many": "Being", "inverse": "boss"}}})");
  for (const char* row : {R"({"id": 2})", R"({"id": 1, "bossId": 2})"})
    insert(db_, db_.model("Being"), row);
  EXPECT_EQ(update("Being", R"({"n": {"increment": 1}, "boss": {"update": {
               "n": 5, "staff": {"updateMany": {"data": {"n": {"increment": 10}}}}}}})"),
            R"({"id":1,"n":11,"m":0,"bossId":2})");
  // What is as it was when the record was found is written all the same.
  EXPECT_EQ(update("Being", R"({"n": 11, "boss": {"update": {
                     "staff": {"update": {"where": {"id": 1}, "data": {"n": 3, "m": 4}}}}}})"),
            R"({"id":1,"n":11,"m":4,"bossId":2})");
  EXPECT_EQ(update("Being", R"({"m": 7, "staff": {"connect": {"id": 1}, "create": {"id": 3}},
                     "boss": {"update": {"staff": {"set": []}}}})"),
            R"({"id":1,"n":11,"m":7,"bossId":1})");
  EXPECT_EQ(all("Being", R"("id", "n", "m", "bossId")"),
            R"([{"id":1,"n":11,"m":7,"bossId":1},{"id":2,"n":5,"m":0,"bossId":null},)"
            R"({"id":3,"n":0,"m":0,"bossId":1}])");
}

TEST_P(ActionNestedAgain, RowsThatAreWrittenTwiceAreNoConflict) {
  db_.define(R"([
    {"name": "Writer", "fields": {"id": "int"}, "relations": {"posts": {"has_many": "Post"}}},
    {"name": "Post", "version": true, "timestamps": true,
     "fields": {"id": "int", "writerId": "int", "n": {"type": "int", "default": 0}},
     "relations": {"writer": {"belongs_to": "Writer"}, "comments": {"has_many": "Comment"}}},
    {"name": "Comment", "fields": {"id": "int", "postId": "int"},
     "relations": {"post": {"belongs_to": "Post", "touch": true}}}])");
  insert(db_, db_.model("Writer"), R"({"id": 1})");
  insert(db_, db_.model("Post"), R"({"id": 1, "writerId": 1})");
  const auto post = [this] { return find(db_, db_.model("Post"), 1); };
  const int64_t first = post().integer("updatedAt");
  update("Writer", R"({"posts": {
      "update": {"where": {"id": 1}, "data": {"n": 5, "comments": {"create": {"id": 1}}}},
      "updateMany": {"data": {"n": {"increment": 7}}}}})");
  EXPECT_EQ(post().integer("n"), 12);
  EXPECT_EQ(post().integer("version"), 3);
  EXPECT_GT(post().integer("updatedAt"), first);
  update("Writer", R"({"posts": {"update": [
      {"where": {"id": 1}, "data": {"n": 1, "comments": {"create": {"id": 2}}}},
      {"where": {"id": 1}, "data": {"n": {"increment": 1}, "comments": {"create": {"id": 3}}}}]}})");
  EXPECT_EQ(post().integer("n"), 2);
  EXPECT_EQ(count(db_, db_.model("Comment"), "{}"), 3);
}

TEST_P(ActionNestedAgain, ARowThatLeavesMayBeWrittenBeforeItGoes) {
  db_.define(R"([
    {"name": "Team", "fields": {"id": "int", "captainId": "int?"},
     "relations": {"captain": {"belongs_to": "Member"}, "members": {"has_many": "Member", "inverse": "team"}}},
    {"name": "Member", "version": true, "fields": {"id": "int", "teamId": "int?", "name": "text"},
     "relations": {"team": {"belongs_to": "Team", "fields": ["teamId"]}}}])");
  insert(db_, db_.model("Team"), R"({"id": 1})");
  for (const char* row : {R"({"id": 1, "teamId": 1, "name": "a"})", R"({"id": 2, "name": "b"})"})
    insert(db_, db_.model("Member"), row);
  update("Team", R"({"captain": {"connect": {"id": 1}}})");
  update("Team", R"({"captain": {"delete": true}, "members": {"set": [{"id": 2}]}})");
  EXPECT_EQ(all("Member", R"("id", "teamId")"), R"([{"id":2,"teamId":1}])");
  update("Team", R"({"captain": {"connect": {"id": 2}}})");
  update("Team", R"({"captain": {"delete": true},
                     "members": {"update": {"where": {"id": 2}, "data": {"name": "last words"}}}})");
  EXPECT_EQ(all("Member", R"("id")"), "[]");
}

struct Hears {
  int events = 0;
  bool writes = false;
};

// Writes a row that the action has in hand, too.
thing_status hear(void* user, int32_t, thing_db* db, thing_ctx* ctx, thing_obj*, thing_error**) {
  auto* const hears = static_cast<Hears*>(user);
  ++hears->events;
  if (!hears->writes) return THING_OK;
  const thing_model* const post = thing_model_find(db, "Post", -1);
  return call(thing_incr, db, ctx, post, 1, thing_model_field_index(post, "n", -1), 10, nullptr)
      .status;
}

TEST_P(ActionNestedAgain, ARecordBuildsOnWhatHooksWroteOfIt) {
  db_.define(R"([
    {"name": "Post", "version": true, "timestamps": true, "hidden": ["createdAt", "updatedAt"],
     "fields": {"id": "int", "n": {"type": "int", "default": 0}, "mainId": "int?"},
     "relations": {"main": {"belongs_to": "Comment"}, "comments": {"has_many": "Comment", "inverse": "post"}}},
    {"name": "Comment", "fields": {"id": "int", "postId": "int?"},
     "relations": {"post": {"belongs_to": "Post", "fields": ["postId"], "touch": true}}}])");
  insert(db_, db_.model("Post"), R"({"id": 1})");
  Hears hears{0, true};
  int64_t hook = 0;
  ASSERT_OK(call(thing_hook_add, db_, db_.model("Comment"), THING_ON_AFTER_CREATE, hear, &hears,
                 nullptr, &hook));
  EXPECT_EQ(update("Post", R"({"n": {"increment": 1}, "main": {"create": {"id": 1}},
                               "comments": {"create": [{"id": 2}, {"id": 3}]}})"),
            R"({"id":1,"n":31,"mainId":1,"version":5})");
  EXPECT_EQ(hears.events, 3);
  EXPECT_EQ(thing_hook_remove(db_, hook), THING_OK);
}

TEST_P(ActionNestedAgain, OwnersAreTouchedOnceHoweverManyRowsAreWritten) {
  db_.define(R"([
    {"name": "Post", "version": true, "timestamps": true, "fields": {"id": "int"}, "relations": {"comments": {"has_many": "Comment"}}},
    {"name": "Comment", "fields": {"id": "int", "postId": "int?"}, "relations": {"post": {"belongs_to": "Post", "touch": true}}}])");
  for (const char* row : {R"({"id": 1})", R"({"id": 2})"}) insert(db_, db_.model("Post"), row);
  const auto versions = [this] {
    return std::pair(find(db_, db_.model("Post"), 1).integer("version"),
                     find(db_, db_.model("Post"), 2).integer("version"));
  };
  using Versions = std::pair<int64_t, int64_t>;
  EXPECT_LE(
      statements([&] { update("Post", R"({"comments": {"create": )" + keys(1, 100) + "}}"); }), 10);
  EXPECT_EQ(versions(), Versions(1, 0));
  // Of one that moves on, the former too.
  act("Comment", "update", R"({"where": {"id": 1}, "data": {"post": {"connect": {"id": 2}}}})");
  EXPECT_EQ(versions(), Versions(2, 1));
  update("Post", R"({"comments": {"connect": [{"id": 1}, {"id": 2}]}})");
  EXPECT_EQ(versions(), Versions(3, 2));
  update("Post", R"({"comments": {"disconnect": [{"id": 1}, {"id": 2}]}})");
  EXPECT_EQ(versions(), Versions(4, 2));
  update("Post", R"({"comments": {"delete": [{"id": 3}, {"id": 4}]}})");
  EXPECT_EQ(versions(), Versions(5, 2));
  update("Post", R"({"comments": {"set": []}})");
  EXPECT_EQ(versions(), Versions(6, 2));
  act("Comment", "createMany", R"({"data": [{"id": 101, "postId": 2}, {"id": 102, "postId": 2}]})");
  EXPECT_EQ(versions(), Versions(6, 3));
  act("Comment", "delete", R"({"where": {"id": 101}})");
  EXPECT_EQ(versions(), Versions(6, 4));
  const Ctx quiet(db_, THING_CTX_NO_TIMESTAMPS);
  act("Comment", "delete", R"({"where": {"id": 102}})", quiet);
  EXPECT_EQ(versions(), Versions(6, 4));
}

// ---- pairs

TEST_P(ActionNestedAgain, PairsOfKeysOfSeveralFieldsAreFoundAndRemovedInParts) {
  db_.define(R"([
    {"name": "Owner", "fields": {"id": "int"}, "relations": {
      "docs": {"many_to_many": "Doc", "through": "Rel"},
      "valid": {"many_to_many": "Doc", "through": "Rel", "where": {"v": "x"}}}},
    {"name": "Doc", "primary": ["a", "b"], "fields": {"a": "int", "b": "int", "v": "text"}},
    {"name": "Rel", "primary": ["ownerId", "a", "b"], "fields": {"ownerId": "int", "a": "int", "b": "int"},
     "relations": {"owner": {"belongs_to": "Owner", "on_delete": "cascade"},
                   "doc": {"belongs_to": "Doc", "fields": ["a", "b"], "on_delete": "cascade"}}}])");
  constexpr int kPairs = 2'500;
  insert(db_, db_.model("Owner"), R"({"id": 1})");
  std::string docs, pairs;
  for (int i = 0; i < kPairs; ++i) {
    const std::string start = docs.empty() ? "[" : ",", n = std::to_string(i);
    docs += start + R"({"a": )" + n + R"(, "b": 1, "v": ")" + (i < 3 ? "y" : "x") + "\"}";
    pairs += start + R"({"ownerId": 1, "a": )" + n + R"(, "b": 1})";
  }
  act("Doc", "createMany", R"({"data": )" + docs + "]}");
  act("Rel", "createMany", R"({"data": )" + pairs + "]}");
  EXPECT_LE(statements([&] { update("Owner", R"({"valid": {"set": []}})"); }), 70);
  EXPECT_EQ(all("Rel", R"("a")"), R"([{"a":0},{"a":1},{"a":2}])");
}

TEST_P(ActionNestedAgain, PairsAreRemovedInFewStatements) {
  db_.define(R"([
    {"name": "Page", "fields": {"id": "int"}, "relations": {"labels": {"many_to_many": "Label"}}},
    {"name": "Label", "fields": {"id": "int"}, "relations": {"pages": {"many_to_many": "Page"}}}])");
  for (const char* row : {R"({"id": 1})", R"({"id": 2})"}) insert(db_, db_.model("Page"), row);
  act("Label", "createMany", R"({"data": )" + keys(1, 200) + "}");
  const auto labels = [this](int page) {
    return count(db_, db_.model("Label"),
                 R"({"where": {"pages": {"some": {"id": )" + std::to_string(page) + "}}}}");
  };
  const std::string connect = R"({"labels": {"connect": )" + keys(1, 200) + "}}";
  update("Page", connect);
  act("Page", "update", R"({"where": {"id": 2}, "data": )" + connect + "}");
  EXPECT_EQ(labels(1), 200);
  EXPECT_LE(
      statements([&] { update("Page", R"({"labels": {"disconnect": )" + keys(1, 150) + "}}"); }),
      8);
  EXPECT_EQ(labels(1), 50);
  EXPECT_LE(statements([&] { update("Page", R"({"labels": {"set": [{"id": 200}]}})"); }), 8);
  EXPECT_EQ(labels(1), 1);
  EXPECT_EQ(labels(2), 200);
  // Who listens hears of each.
  Hears hears;
  int64_t hook = 0;
  ASSERT_OK(call(thing_hook_add, db_, db_.model("LabelsPages"), THING_ON_AFTER_DELETE, hear, &hears,
                 nullptr, &hook));
  act("Page", "update",
      R"({"where": {"id": 2}, "data": {"labels": {"disconnect": )" + keys(1, 20) + "}}}");
  EXPECT_EQ(hears.events, 20);
  EXPECT_EQ(labels(2), 180);
  EXPECT_EQ(thing_hook_remove(db_, hook), THING_OK);
}

TEST_P(ActionNestedAgain, APairWithARowThatTheRelationDoesNotShowIsThereAlready) {
  db_.define(R"([
    {"name": "Item", "fields": {"id": "int"}, "relations": {
      "tags": {"many_to_many": "Tag", "through": "Tagging"},
      "hot": {"many_to_many": "Tag", "through": "Tagging", "where": {"hot": true}}}},
    {"name": "Tag", "fields": {"id": "int", "hot": "bool"}},
    {"name": "Tagging", "primary": ["itemId", "tagId"], "fields": {"itemId": "int", "tagId": "int", "note": "text?"},
     "relations": {"item": {"belongs_to": "Item"}, "tag": {"belongs_to": "Tag"}}}])");
  insert(db_, db_.model("Item"), R"({"id": 1})");
  for (const char* row : {R"({"id": 1, "hot": true})", R"({"id": 2, "hot": false})"})
    insert(db_, db_.model("Tag"), row);
  const auto pairs = [this] { return all("Tagging", R"("tagId", "note")"); };
  for (int i = 0; i < 2; ++i) update("Item", R"({"hot": {"connect": [{"id": 1}, {"id": 2}]}})");
  EXPECT_EQ(pairs(), R"([{"tagId":1,"note":null},{"tagId":2,"note":null}])");
  update("Item", R"({"hot": {"connect": {"id": 2}, "pivot": {"note": "n"}}})");
  EXPECT_EQ(pairs(), R"([{"tagId":1,"note":null},{"tagId":2,"note":"n"}])");
  // It is none of the relation, so it is not removed by it.
  update("Item", R"({"hot": {"set": [{"id": 2}]}})");
  update("Item", R"({"hot": {"set": [], "disconnect": {"id": 2}}})");
  EXPECT_EQ(pairs(), R"([{"tagId":2,"note":"n"}])");
}

TEST_P(ActionNestedAgain, ARowThatAScopeHidesIsPairedWhenItIsMade) {
  db_.define(R"([
    {"name": "Song", "fields": {"id": "int"}, "relations": {"tags": {"many_to_many": "Tag"}}},
    {"name": "Tag", "fields": {"id": "int", "label": {"type": "text", "unique": true}, "pub": {"type": "bool", "default": false}},
     "scopes": {"pub": {"where": {"pub": true}, "default": true}},
     "relations": {"songs": {"many_to_many": "Song"}}}])");
  act("Song", "create", R"({"data": {"id": 1, "tags": {"create": {"id": 1, "label": "x"}}}})");
  update("Song", R"({"tags": {
      "connectOrCreate": {"where": {"label": "y"}, "create": {"id": 2, "label": "y"}},
      "upsert": {"where": {"label": "z"}, "create": {"id": 3, "label": "z"}, "update": {"label": "no"}}}})");
  const Ctx unscoped(db_, THING_CTX_UNSCOPED);
  EXPECT_EQ(
      act("Song", "findMany", R"({"include": {"tags": {"select": ["label"]}}})", unscoped),
      R"([{"id":1,"tags":[{"id":1,"label":"x"},{"id":2,"label":"y"},{"id":3,"label":"z"}]}])");
}

TEST_P(ActionNestedAgain, APairThatWasDeletedSoftlyIsMadeAnew) {
  db_.define(R"([
    {"name": "Left", "fields": {"id": "int"}, "relations": {"rights": {"many_to_many": "Right", "through": "Pair"}}},
    {"name": "Right", "fields": {"id": "int"}},
    {"name": "Pair", "primary": ["leftId", "rightId"], "softDelete": true, "hidden": ["deletedAt"],
     "fields": {"leftId": "int", "rightId": "int", "note": {"type": "text", "default": "new"}},
     "relations": {"left": {"belongs_to": "Left"}, "right": {"belongs_to": "Right"}}}])");
  insert(db_, db_.model("Left"), R"({"id": 1})");
  act("Right", "createMany", R"({"data": )" + keys(1, 8) + "}");
  update("Left", R"({"rights": {"connect": )" + keys(1, 8) + R"(, "pivot": {"note": "old"}}})");
  act("Pair", "deleteMany", R"({"all": true})");
  update("Left", R"({"rights": {"connect": {"id": 1}}})");
  EXPECT_EQ(all("Pair", R"("rightId", "note")"), R"([{"rightId":1,"note":"new"}])");
  update("Left", R"({"rights": {"set": )" + keys(1, 7) + "}}");
  EXPECT_EQ(count(db_, db_.model("Pair"), "{}"), 7);
  // One that is not named stays as it is.
  Ctx with_deleted(db_, THING_CTX_WITH_DELETED);
  EXPECT_EQ(count(db_, db_.model("Pair"), "{}", with_deleted), 8);
  update("Left", R"({"rights": {"disconnect": {"id": 8}}})");
  EXPECT_EQ(count(db_, db_.model("Pair"), "{}", with_deleted), 8);
  update("Left", R"({"rights": {"set": []}})");
  EXPECT_EQ(all("Pair", R"("rightId")", with_deleted), R"([{"rightId":8}])");
}

// ---- has_one, and contexts

TEST_P(ActionNestedAgain, OfManyRowsThatReferToARecordHasOneIsTheFirst) {
  db_.define(R"([
    {"name": "Van", "fields": {"id": "int"}, "relations": {
      "wheels": {"has_many": "Wheel"}, "last": {"has_one": "Wheel", "orderBy": {"id": "desc"}}}},
    {"name": "Wheel", "fields": {"id": "int", "vanId": "int?"}, "relations": {"van": {"belongs_to": "Van"}}}])");
  insert(db_, db_.model("Van"), R"({"id": 1})");
  for (const char* row : {R"({"id": 1, "vanId": 1})", R"({"id": 2, "vanId": 1})",
                          R"({"id": 3, "vanId": 1})", R"({"id": 4})"})
    insert(db_, db_.model("Wheel"), row);
  const auto wheels = [this] { return ids(db_, db_.model("Wheel"), R"({"where": {"vanId": 1}})"); };
  update("Van", R"({"last": {"disconnect": true}})");
  EXPECT_EQ(wheels(), (Ids{1, 2}));
  update("Van", R"({"last": {"create": {"id": 5}}})");
  EXPECT_EQ(wheels(), (Ids{1, 5}));
  update("Van", R"({"last": {"connect": {"id": 4}}})");
  EXPECT_EQ(wheels(), (Ids{1, 4}));
}

TEST_P(ActionNestedAgain, ARowOfHasOneThatWasDeletedSoftlyKeepsItsKeyWhereAnIndexSaysSo) {
  const std::string owner =
      R"({"name": "Desk", "fields": {"id": "int"}, "relations": {"lamp": {"has_one": "Lamp"}}})";
  const char* const replaced = R"({"lamp": {"delete": true, "create": {"id": 2}}})";
  db_.define("[" + owner +
             R"(, {"name": "Lamp", "softDelete": true, "fields": {"id": "int", "deskId": "int?"},
            "relations": {"desk": {"belongs_to": "Desk", "unique": true}}}])");
  act("Desk", "create", R"({"data": {"id": 1, "lamp": {"create": {"id": 1}}}})");
  const Outcome outcome = refused("Desk", replaced);
  EXPECT_STATUS(THING_E_UNIQUE, outcome);
  EXPECT_TRUE(outcome.message.starts_with("data.lamp.create: ")) << outcome.message;
  EXPECT_EQ(ids(db_, db_.model("Lamp"), "{}"), Ids{1});
  update("Desk", R"({"lamp": {"create": {"id": 2}}})");  // the other lets go of its key
  EXPECT_EQ(ids(db_, db_.model("Lamp"), R"({"where": {"deskId": 1}})"), Ids{2});
}

TEST_P(ActionNestedAgain, ACallThatReadsDeletedRowsLinksThoseThatAreThere) {
  db_.define(R"([
    {"name": "Van", "softDelete": true, "fields": {"id": "int"}, "relations": {"wheels": {"has_many": "Wheel"}, "tags": {"many_to_many": "Tag"}}},
    {"name": "Wheel", "softDelete": true, "fields": {"id": "int", "vanId": "int?"}, "relations": {"van": {"belongs_to": "Van"}}},
    {"name": "Tag", "softDelete": true, "fields": {"id": "int", "label": {"type": "text", "unique": true}}, "relations": {"vans": {"many_to_many": "Van"}}}])");
  for (const char* row : {R"({"id": 1})", R"({"id": 2})"}) insert(db_, db_.model("Van"), row);
  act("Wheel", "createMany", R"({"data": )" + keys(1, 10) + "}");
  insert(db_, db_.model("Tag"), R"({"id": 1, "label": "t"})");
  update("Van", R"({"tags": {"connect": {"id": 1}}})");
  act("Van", "delete", R"({"where": {"id": 1}})");
  Ctx deleted(db_, THING_CTX_ONLY_DELETED);
  const auto wheels = [this] {
    return count(db_, db_.model("Wheel"), R"({"where": {"vanId": 1}})");
  };
  for (const int n : {4, 10}) {
    update("Van", R"({"wheels": {"connect": )" + keys(1, n) + "}}", deleted);
    EXPECT_EQ(wheels(), n);
    update("Van", R"({"wheels": {"set": []}})", deleted);
    EXPECT_EQ(wheels(), 0);
  }
  update("Van", R"({"tags": {"disconnect": {"label": "t"}}})", deleted);
  EXPECT_EQ(count(db_, db_.model("Tag"), R"({"where": {"vans": {"some": {"id": 1}}}})"), 0);
}

}  // namespace
}  // namespace conformance
