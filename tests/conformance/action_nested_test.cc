// Writes within writes: what the data of create, update and upsert says of rows of relations.
#include "action_nested_support.h"

namespace conformance {
namespace {

class ActionNested : public NestedTest {};
FOR_SETUPS(ActionNested, kEverywhere);

// ---- create

TEST_P(ActionNested, ARecordIsMadeWithAllThatBelongsToIt) {
  EXPECT_EQ(
      act("Author", "create", R"({"data": {"name": "Eve",
        "boss": {"create": {"name": "Fay", "boss": {"connect": {"email": "bob"}}}},
        "profile": {"create": {"bio": "new"}},
        "books": {"create": [
          {"title": "One", "reviews": {"create": {"stars": 3}}, "tags": {"create": {"label": "black"}, "connect": [{"id": 1}, {"label": "green"}]}},
          {"title": "Two", "reviews": {"createMany": {"data": [{"stars": 1}, {"stars": 2}]}}}]}},
        "include": {"boss": {"include": {"boss": true}}, "profile": true, "books": {"include": {"reviews": true, "tags": true}}}})"),
      R"({"id":5,"name":"Eve","boss":{"id":4,"name":"Fay","boss":{"id":2,"name":"Bob"}},"profile":{"id":2,"bio":"new"},)"
      R"("books":[{"id":5,"title":"One","reviews":[{"id":3,"stars":3}],"tags":[{"id":4,"label":"black"},{"id":3,"label":"green"},{"id":1,"label":"red"}]},)"
      R"({"id":6,"title":"Two","reviews":[{"id":4,"stars":1},{"id":5,"stars":2}],"tags":[]}]})");
}

TEST_P(ActionNested, ARecordRefersToOneThatIsThereOrIsMadeForIt) {
  const auto made = [this](const char* author) {
    return act("Book", "create",
               R"({"data": {"title": "New", "author": )" + std::string(author) +
                   R"(}, "select": {"author": true}})");
  };
  EXPECT_EQ(made(R"({"connect": {"id": 2}})"), R"({"author":{"id":2,"name":"Bob"}})");
  EXPECT_EQ(made(R"({"connect": {"email": "bob", "name": {"startsWith": "B"}}})"),
            R"({"author":{"id":2,"name":"Bob"}})");
  const std::string or_create =
      R"({"connectOrCreate": {"where": {"email": "gus"}, "create": {"name": "Gus", "email": "gus"}}})";
  EXPECT_EQ(made(or_create.c_str()), R"({"author":{"id":4,"name":"Gus"}})");
  EXPECT_EQ(made(or_create.c_str()), R"({"author":{"id":4,"name":"Gus"}})");
}

TEST_P(ActionNested, RowsOfManyAreConnectedOrMadeOneAfterTheOther) {
  EXPECT_EQ(act("Book", "create", R"({"data": {"title": "New", "tags": {"connectOrCreate": [
                {"where": {"label": "red"}, "create": {"label": "no"}},
                {"where": {"label": "pink"}, "create": {"label": "pink"}},
                {"where": {"label": "pink"}, "create": {"label": "pink"}}]}},
                "select": {"tags": true}})"),
            R"({"tags":[{"id":4,"label":"pink"},{"id":1,"label":"red"}]})");
  EXPECT_EQ(act("Author", "create", R"({"data": {"name": "New", "books": {"connectOrCreate": [
                {"where": {"id": 4}, "create": {"title": "no"}},
                {"where": {"isbn": "e"}, "create": {"title": "Epsilon", "isbn": "e"}}]}},
                "select": {"books": true}})"),
            R"({"books":[{"id":4,"title":"Delta"},{"id":6,"title":"Epsilon"}]})");
}

TEST_P(ActionNested, ManyRowsLeaveDuplicatesOutWhenTheyAreTold) {
  EXPECT_STATUS(
      THING_E_UNIQUE,
      author_refused(
          R"({"books": {"createMany": {"data": [{"title": "x", "isbn": "x"}, {"title": "y", "isbn": "d"}]}}})"));
  EXPECT_EQ(books(1), (Texts{"Alpha", "Beta"}));
  author(
      R"({"books": {"createMany": {"data": [{"title": "x", "isbn": "x"}, {"title": "y", "isbn": "d"}], "skipDuplicates": true}}})");
  EXPECT_EQ(books(1), (Texts{"Alpha", "Beta", "x"}));
}

// ---- update: has_many

TEST_P(ActionNested, ChildrenComeAndGo) {
  author(R"({"books": {"connect": [{"id": 3}, {"isbn": "d"}, {"id": 1}]}})");
  EXPECT_EQ(books(1), (Texts{"Alpha", "Beta", "Gamma", "Delta"}));
  author(R"({"books": {"disconnect": [{"id": 1}, {"isbn": "b"}, {"id": 99}, {"isbn": "none"}]}})");
  EXPECT_EQ(books(1), (Texts{"Gamma", "Delta"}));
  author(R"({"books": {"set": [{"id": 2}, {"isbn": "c"}]}})");
  EXPECT_EQ(books(1), (Texts{"Beta", "Gamma"}));
  author(R"({"books": {"disconnect": {"id": 4}}})");  // which is nobody's
  author(R"({"books": {"set": []}})");
  EXPECT_EQ(books(1), Texts{});
  EXPECT_EQ(count(db_, db_.model("Book"), "{}"), 4);
}

TEST_P(ActionNested, ChildrenAreChangedAndDeleted) {
  author(
      R"({"books": {"update": [{"where": {"id": 1}, "data": {"title": "A", "sold": {"increment": 2}}},
                               {"where": {"isbn": "b"}, "data": {"reviews": {"create": {"stars": 4}}}}]}})");
  EXPECT_EQ(books(1), (Texts{"A", "Beta"}));
  EXPECT_EQ(ids(db_, db_.model("Review"), R"({"where": {"bookId": 2}})"), Ids{3});
  author(R"({"books": {"updateMany": {"where": {"draft": true}, "data": {"title": "B"}}}})");
  EXPECT_EQ(books(1), (Texts{"A", "B"}));
  author(R"({"books": {"upsert": [
      {"where": {"isbn": "b"}, "create": {"title": "no"}, "update": {"title": "BB"}},
      {"where": {"isbn": "e"}, "create": {"title": "E", "isbn": "e"}, "update": {"title": "no"}}]}})");
  EXPECT_EQ(books(1), (Texts{"A", "BB", "E"}));
  author(R"({"books": {"delete": [{"id": 1}, {"isbn": "e"}]}})");
  EXPECT_EQ(books(1), Texts{"BB"});
  EXPECT_EQ(ids(db_, db_.model("Review"), "{}"), Ids{3});  // those of the book went with it
  author(R"({"books": {"deleteMany": [{"title": "none"}, {"draft": true}]}})");
  EXPECT_EQ(books(1), Texts{});
  EXPECT_EQ(books(2), Texts{"Gamma"});
}

TEST_P(ActionNested, WritesOfManyAreOfTheRecordsOwnRows) {
  author(R"({"books": {"updateMany": {"data": {"sold": 7}}, "deleteMany": {"isbn": "c"}}})");
  EXPECT_EQ(query(db_, db_.model("Book"), R"({"where": {"sold": 7}})").texts("title"),
            (Texts{"Alpha", "Beta"}));
  author(R"({"books": {"deleteMany": {}}})");
  EXPECT_EQ(query(db_, db_.model("Book"), "{}").texts("title"), (Texts{"Gamma", "Delta"}));
}

TEST_P(ActionNested, ARelationWithConditionsHasItsOwnRowsAlone) {
  EXPECT_STATUS(THING_E_FOREIGN_KEY, author_refused(R"({"drafts": {"delete": {"id": 1}}})"));
  author(
      R"({"drafts": {"update": {"where": {"id": 2}, "data": {"sold": 1}}, "updateMany": {"data": {"title": "draft"}}}})");
  EXPECT_EQ(books(1), (Texts{"Alpha", "draft"}));
  author(R"({"drafts": {"set": []}})");
  EXPECT_EQ(books(1), Texts{"Alpha"});
}

// ---- update: many_to_many

TEST_P(ActionNested, PairsComeAndGo) {
  book(R"({"tags": {"connect": [{"label": "green"}, {"id": 1}]}})");
  EXPECT_EQ(tags(1), (Texts{"blue", "green", "red"}));
  book(R"({"tags": {"disconnect": [{"label": "blue"}, {"id": 99}], "create": {"label": "new"}}})");
  EXPECT_EQ(tags(1), (Texts{"green", "new", "red"}));
  book(R"({"tags": {"set": [{"label": "blue"}, {"id": 1}]}})");
  EXPECT_EQ(tags(1), (Texts{"blue", "red"}));
  book(R"({"tags": {"set": []}})");
  EXPECT_EQ(tags(1), Texts{});
  EXPECT_EQ(tags(3), Texts{"blue"});
  EXPECT_EQ(count(db_, db_.model("Tag"), "{}"), 4);
}

TEST_P(ActionNested, RowsBehindPairsAreChangedAndDeleted) {
  book(R"({"tags": {"update": {"where": {"label": "red"}, "data": {"label": "dark"}}}})");
  book(R"({"tags": {"upsert": [
      {"where": {"label": "blue"}, "create": {"label": "no"}, "update": {"label": "sky"}},
      {"where": {"label": "pink"}, "create": {"label": "pink"}, "update": {"label": "no"}}]}})");
  EXPECT_EQ(tags(1), (Texts{"dark", "pink", "sky"}));
  book(
      R"({"tags": {"updateMany": {"where": {"label": {"in": ["pink", "green"]}}, "data": {"label": "rose"}}}})");
  EXPECT_EQ(tags(1), (Texts{"dark", "rose", "sky"}));
  book(R"({"tags": {"delete": {"label": "sky"}}})");
  EXPECT_EQ(tags(1), (Texts{"dark", "rose"}));
  EXPECT_EQ(tags(3), Texts{});
  book(R"({"tags": {"deleteMany": {}}})");
  EXPECT_EQ(query(db_, db_.model("Tag"), "{}").texts("label"), Texts{"green"});
  // One that is there and not the book's is none of its rows.
  EXPECT_STATUS(
      THING_E_FOREIGN_KEY,
      book_refused(R"({"tags": {"update": {"where": {"id": 3}, "data": {"label": "x"}}}})"));
}

TEST_P(ActionNested, PairsHoldWhatIsSaidOfThem) {
  db_.define(R"([
    {"name": "Prize", "fields": {"id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}}, "name": "text"}},
    {"name": "Award", "primary": ["authorId", "prizeId"], "fields": {"authorId": "int", "prizeId": "int", "year": "int"},
     "relations": {"author": {"belongs_to": "Author"}, "prize": {"belongs_to": "Prize", "on_delete": "cascade"}}}])");
  author(
      R"({"prizes": {"create": [{"name": "Gold"}, {"name": "Silver"}], "pivot": {"year": 1999}}})");
  author(R"({"prizes": {"connect": {"id": 1}, "pivot": {"year": 2000}}})");
  EXPECT_EQ(query(db_, db_.model("Award"), "{}").json(),
            R"([{"authorId":1,"prizeId":1,"year":2000},{"authorId":1,"prizeId":2,"year":1999}])");
  EXPECT_TRUE(says(author_refused(R"({"prizes": {"create": {"name": "Tin"}}})"),
                   "data.prizes.create: "));  // the year is required
  EXPECT_TRUE(says(author_refused(R"({"prizes": {"connect": {"id": 1}, "pivot": {"prizeId": 2}}})"),
                   "data.prizes.pivot.prizeId: found a field of the pair's keys"));
  EXPECT_TRUE(says(author_refused(R"({"prizes": {"connect": {"id": 1}, "pivot": {"yaer": 2}}})"),
                   "data.prizes.pivot: found field 'yaer', expected a field of Award"));
  EXPECT_EQ(count(db_, db_.model("Prize"), "{}"), 2);
}

// ---- update: belongs_to and has_one

TEST_P(ActionNested, WhatARecordRefersToIsChanged) {
  const auto boss = [this] {
    return act("Author", "findUnique", R"({"where": {"id": 2}, "select": {"boss": true}})");
  };
  const auto update = [this](const char* data) {
    act("Author", "update", R"({"where": {"id": 2}, "data": {"boss": )" + std::string(data) + "}}");
  };
  update(R"({"update": {"name": "Anna"}})");
  update(R"({"update": {"where": {"name": "Anna"}, "data": {"name": {"set": "Anne"}}}})");
  EXPECT_EQ(boss(), R"({"boss":{"id":1,"name":"Anne"}})");
  update(R"({"disconnect": true})");
  EXPECT_EQ(boss(), R"({"boss":null})");
  update(R"({"disconnect": true})");
  update(R"({"disconnect": false})");
  const char* const upsert = R"({"upsert": {"create": {"name": "Dee"}, "update": {"name": "Di"}}})";
  update(upsert);
  EXPECT_EQ(boss(), R"({"boss":{"id":4,"name":"Dee"}})");
  update(upsert);
  EXPECT_EQ(boss(), R"({"boss":{"id":4,"name":"Di"}})");
  update(R"({"delete": true, "connect": {"id": 3}})");
  EXPECT_EQ(boss(), R"({"boss":{"id":3,"name":"Cem"}})");
  update(R"({"delete": true})");
  EXPECT_EQ(boss(), R"({"boss":null})");
  EXPECT_EQ(ids(db_, db_.model("Author"), "{}"), (Ids{1, 2}));
}

TEST_P(ActionNested, TheOneRowThatRefersToARecordIsChanged) {
  const auto bio = [this](int64_t author) {
    return act(
        "Author", "findUnique",
        R"({"where": {"id": )" + std::to_string(author) + R"(}, "select": {"profile": true}})");
  };
  author(R"({"profile": {"update": {"bio": "wrote"}}})");
  EXPECT_EQ(bio(1), R"({"profile":{"id":1,"bio":"wrote"}})");
  author(R"({"profile": {"upsert": {"create": {"bio": "no"}, "update": {"bio": "reads"}}}})");
  EXPECT_EQ(bio(1), R"({"profile":{"id":1,"bio":"reads"}})");
  // Its key is required, so it can not just be left alone.
  EXPECT_TRUE(says(author_refused(R"({"profile": {"disconnect": true}})"),
                   "data.profile.disconnect: found it of the key 'authorId' of Profile"));
  const Outcome displaced = author_refused(R"({"profile": {"create": {"bio": "second"}}})");
  EXPECT_STATUS(THING_E_NOT_NULL, displaced);
  EXPECT_TRUE(displaced.message.starts_with("data.profile.create: ")) << displaced.message;
  author(R"({"profile": {"delete": true, "create": {"bio": "second"}}})");
  EXPECT_EQ(bio(1), R"({"profile":{"id":2,"bio":"second"}})");
  EXPECT_STATUS(
      THING_E_FOREIGN_KEY,
      author_refused(R"({"profile": {"update": {"where": {"bio": "x"}, "data": {"bio": "y"}}}})"));
  act("Author", "update", R"({"where": {"id": 3}, "data": {"profile": {"connect": {"id": 2}}}})");
  EXPECT_EQ(bio(1), R"({"profile":null})");
  EXPECT_EQ(bio(3), R"({"profile":{"id":2,"bio":"second"}})");
  const std::string or_create =
      R"({"where": {"id": 2}, "data": {"profile": {"connectOrCreate": {"where": {"id": 9}, "create": {"id": 9, "bio": "made"}}}}})";
  act("Author", "update", or_create);
  act("Author", "update", or_create);
  EXPECT_EQ(bio(2), R"({"profile":{"id":9,"bio":"made"}})");
  remove(db_, db_.model("Profile"), 9);
  author(R"({"profile": {"upsert": {"create": {"bio": "third"}, "update": {"bio": "no"}}}})");
  author(R"({"profile": {"delete": true}})");
  EXPECT_EQ(bio(1), R"({"profile":null})");
  EXPECT_STATUS(THING_E_FOREIGN_KEY, author_refused(R"({"profile": {"delete": true}})"));
}

TEST_P(ActionNested, ChildrenOfSeveralModelsHaveTheirType) {
  db_.define(
      R"({"name": "Note", "fields": {"id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}},
      "ownerType": "text?", "ownerId": "int?", "text": "text"},
      "relations": {"owner": {"belongs_to": ["Author", "Book"], "types": {"Book": "book"}}}})");
  insert(db_, db_.model("Note"), R"({"ownerType": "Author", "ownerId": 1, "text": "of Ann"})");
  book(
      R"({"notes": {"create": {"text": "x"}, "createMany": {"data": [{"text": "y"}]}, "connect": {"id": 1}}})");
  EXPECT_EQ(
      query(db_, db_.model("Note"),
            R"({"orderBy": {"text": "asc"}, "select": ["text", "ownerType", "ownerId"]})")
          .json(),
      R"([{"id":1,"ownerType":"book","ownerId":1,"text":"of Ann"},{"id":2,"ownerType":"book","ownerId":1,"text":"x"},{"id":3,"ownerType":"book","ownerId":1,"text":"y"}])");
  book(R"({"notes": {"delete": {"id": 1}, "updateMany": {"data": {"text": "z"}}}})");
  EXPECT_EQ(act("Book", "findUnique",
                R"({"where": {"id": 1}, "select": {"notes": {"select": {"text": true}}}})"),
            R"({"notes":[{"id":2,"ownerId":1,"text":"z"},{"id":3,"ownerId":1,"text":"z"}]})");
  EXPECT_TRUE(
      says(refused("Note", "create", R"({"data": {"text": "t", "owner": {"connect": {"id": 1}}}})"),
           "data.owner: found a relation to several models, expected its fields 'ownerType' and "
           "'ownerId'"));
}

TEST_P(ActionNested, KeysMayHaveSeveralFields) {
  db_.define(R"([
    {"name": "Guest", "fields": {"id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}}, "name": "text"},
     "relations": {"rooms": {"many_to_many": "Room", "through": "Stay"}}},
    {"name": "Room", "primary": ["house", "number"], "fields": {"house": "text", "number": "int", "beds": "int?"},
     "relations": {"guests": {"many_to_many": "Guest", "through": "Stay"}, "keys": {"has_many": "DoorKey"}}},
    {"name": "Stay", "primary": ["guestId", "house", "number"], "fields": {"guestId": "int", "house": "text", "number": "int"},
     "relations": {"guest": {"belongs_to": "Guest", "on_delete": "cascade"},
                   "room": {"belongs_to": "Room", "fields": ["house", "number"], "on_delete": "cascade"}}},
    {"name": "DoorKey", "fields": {"id": {"type": "int", "primary": true}, "house": "text?", "number": "int?"},
     "relations": {"room": {"belongs_to": "Room", "fields": ["house", "number"]}}}])");
  const auto update = [this](const char* model, const char* where, const char* data) {
    return act(model, "update",
               R"({"where": )" + std::string(where) + R"(, "data": )" + data + "}");
  };
  act("Guest", "create", R"({"data": {"name": "Gil", "rooms": {"create": [
      {"house": "a", "number": 1, "keys": {"createMany": {"data": [{"id": 1}, {"id": 2}]}}}, {"house": "a", "number": 2}, {"house": "b", "number": 1}]}}})");
  update("Guest", R"({"id": 1})",
         R"({"rooms": {"disconnect": {"house_number": {"house": "a", "number": 2}}}})");
  update("Guest", R"({"id": 1})", R"({"rooms": {"updateMany": {"data": {"beds": 2}},
      "update": {"where": {"house": "b", "number": 1}, "data": {"beds": {"set": 1}}}}})");
  EXPECT_EQ(
      act("Room", "findMany", R"({"select": ["house", "number", "beds"]})"),
      R"([{"house":"a","number":1,"beds":2},{"house":"a","number":2,"beds":null},{"house":"b","number":1,"beds":2}])");
  update("Room", R"({"house": "a", "number": 2})",
         R"({"keys": {"connect": [{"id": 1}, {"id": 2}]}, "guests": {"connect": {"id": 1}}})");
  EXPECT_EQ(query(db_, db_.model("DoorKey"), R"({"where": {"house": "a", "number": 2}})").count(),
            2);
  EXPECT_TRUE(says(
      refused(
          "Room", "update",
          R"({"where": {"house": "a", "number": 1}, "data": {"keys": {"create": {"id": 3, "number": 1}}}})"),
      "data.keys.create.number: found a value beside the relation 'keys'"));
  update(
      "Guest", R"({"id": 1})",
      R"({"rooms": {"delete": {"house_number": {"house": "b", "number": 1}}, "deleteMany": {"beds": 2}}})");
  EXPECT_EQ(
      act("Guest", "findMany", R"({"include": {"rooms": {"include": {"keys": true}}}})"),
      R"([{"id":1,"name":"Gil","rooms":[{"house":"a","number":2,"beds":null,"keys":[{"id":1,"house":"a","number":2},{"id":2,"house":"a","number":2}]}]}])");
}

// ---- order, depth, upsert

TEST_P(ActionNested, OperationsHaveTheirOrderWhateverThatOfTheDocument) {
  // What leaves goes first, so its key is free; what is made can be connected at once.
  author(R"({"books": {
      "connect": {"isbn": "new"},
      "create": [{"title": "again", "isbn": "a"}, {"title": "new", "isbn": "new"}],
      "updateMany": {"data": {"sold": {"increment": 1}}},
      "delete": {"isbn": "a"},
      "disconnect": {"isbn": "b"},
      "set": [{"id": 1}, {"id": 2}, {"id": 3}]}})");
  EXPECT_EQ(
      query(db_, db_.model("Book"), R"({"where": {"authorId": 1}, "select": ["title", "sold"]})")
          .json(THING_JSON_HIDDEN),
      R"([{"id":3,"title":"Gamma","sold":1},{"id":5,"title":"again","sold":0},{"id":6,"title":"new","sold":0}])");
}

TEST_P(ActionNested, UpsertWritesWhatItsHalfSays) {
  const auto upsert = [this](const char* email) {
    return act("Author", "upsert",
               R"({"where": {"email": ")" + std::string(email) + R"("},
        "create": {"name": "New", "email": ")" +
                   email + R"(", "books": {"create": {"title": "first"}}},
        "update": {"books": {"create": {"title": "more"}, "disconnect": {"id": 1}}},
        "select": {"name": true, "books": {"select": {"title": true}, "orderBy": {"title": "asc"}}}})");
  };
  const auto titles = [](const std::string& json) {
    Texts out;
    const Json read = Json::parse(json);
    for (size_t i = 0; i < read["books"].size(); ++i)
      out.push_back(read["books"].at(i)["title"].text());
    return out;
  };
  EXPECT_EQ(titles(upsert("ann")), (Texts{"Beta", "more"}));
  EXPECT_EQ(titles(upsert("new")), Texts{"first"});
  EXPECT_EQ(titles(upsert("new")), (Texts{"first", "more"}));
  // A child that meets a key of another's is no reason to update.
  const Outcome outcome = refused("Author", "upsert", R"({"where": {"email": "x"}, "update": {},
      "create": {"name": "X", "email": "x", "books": {"create": {"title": "t", "isbn": "a"}}}})");
  EXPECT_STATUS(THING_E_UNIQUE, outcome);
  EXPECT_EQ(outcome.field, "isbn");
  EXPECT_TRUE(outcome.message.starts_with("create.books.create: ")) << outcome.message;
  EXPECT_EQ(found(db_, "Author", R"({"where": {"email": "x"}})"), 0U);
}

TEST_P(ActionNested, WritesReachAsDeepAsTheirDocument) {
  std::string data = R"({"name": "last"})";
  for (int i = 0; i < 20; ++i) data = R"({"name": "n", "staff": {"create": [)" + data + "]}}";
  act("Author", "create", R"({"data": )" + data + "}");
  EXPECT_EQ(count(db_, db_.model("Author"), R"({"where": {"name": "n"}})"), 20);
  EXPECT_EQ(
      act("Author", "findFirst",
          R"({"where": {"name": "last"}, "select": {"boss": {"select": {"name": true, "boss": {"select": {"name": true}}}}}})"),
      R"({"boss":{"id":23,"name":"n","boss":{"id":22,"name":"n"}}})");
}

}  // namespace
}  // namespace conformance
