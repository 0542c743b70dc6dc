// Writes within writes are one: what they refuse, what they take back, and that hooks, rules,
// scopes, times and caches are those of any other write.
#include "action_nested_support.h"

namespace conformance {
namespace {

class ActionNestedWhole : public NestedTest {
 protected:
  // A field that is not printed unless it is named.
  std::string version(int64_t author) const {
    return act("Author", "findUnique",
               R"({"where": {"id": )" + std::to_string(author) + R"(}, "select": ["version"]})");
  }
};
FOR_SETUPS(ActionNestedWhole, kEverywhere);

// ---- what is wrong

TEST_P(ActionNestedWhole, AWrongDocumentIsToldByItsPathAndWritesNothing) {
  const struct {
    const char *model, *data, *message;
    thing_status status;
  } cases[] = {
      {"Author", R"({"books": 1})", "data.books: found a number, expected an object of operations",
       THING_E_TYPE},
      {"Author", R"({"books": {"make": {}}})",
       "data.books: found operation 'make', expected one of create, createMany, connect, "
       "connectOrCreate, update, updateMany, upsert, set, disconnect, delete, deleteMany",
       THING_E_INVALID},
      {"Book", R"({"author": {"set": []}})",
       "data.author: found operation 'set', expected one of create, connect, connectOrCreate, "
       "update, upsert, disconnect, delete",
       THING_E_INVALID},
      {"Book", R"({"tags": {"createMany": {"data": []}}})",
       "data.tags: found operation 'createMany', expected one of create, connect, ",
       THING_E_INVALID},
      {"Author", R"({"books": {"create": [{"title": "a"}, {"titel": "b"}]}})",
       "data.books.create[1]: found field 'titel', expected a field of Book", THING_E_INVALID},
      {"Author", R"({"books": {"create": [{"title": "a"}, {"title": 1}]}})",
       "data.books.create[1].title: found a number, expected a value for text", THING_E_TYPE},
      {"Author", R"({"books": {"create": {"title": "a", "reviews": {"create": {"stars": "x"}}}}})",
       "data.books.create.reviews.create.stars: found a text", THING_E_TYPE},
      {"Author", R"({"books": {"create": {"title": "a", "reviews": {"update": []}}}})",
       "data.books.create.reviews: found operation 'update', expected one of create, createMany, "
       "connect, connectOrCreate",
       THING_E_INVALID},
      {"Author", R"({"books": {"create": {"title": "a", "authorId": 1}}})",
       "data.books.create.authorId: found a value beside the relation 'books'", THING_E_INVALID},
      {"Author", R"({"books": {"create": {"title": "a", "author": {"connect": {"id": 1}}}}})",
       "data.books.create.author: found it in a row of 'books'", THING_E_INVALID},
      {"Author", R"({"books": {"createMany": {"data": [{"title": "a", "reviews": {}}]}}})",
       "data.books.createMany.data[0]: found relation 'reviews', expected a field of Book",
       THING_E_INVALID},
      {"Author", R"({"books": {"createMany": {"data": [{"authorId": 1}]}}})",
       "data.books.createMany.data[0].authorId: found a value beside", THING_E_INVALID},
      {"Author", R"({"books": {"createMany": {}}})", "data.books.createMany.data: found none",
       THING_E_INVALID},
      {"Author", R"({"books": {"createMany": {"data": [], "skip": 1}}})",
       "data.books.createMany: found key 'skip', expected one of data, skipDuplicates",
       THING_E_INVALID},
      {"Book", R"({"authorId": 1, "author": {"connect": {"id": 1}}})",
       "data.authorId: found a value beside the relation 'author'", THING_E_INVALID},
      {"Book", R"({"author": {"connect": [{"id": 1}]}})",
       "data.author.connect: found an array, expected an object", THING_E_TYPE},
      {"Book", R"({"author": {"connect": {"name": "Ann"}}})",
       "data.author.connect: found no value for a primary or unique key, expected id or email",
       THING_E_INVALID},
      {"Book", R"({"author": {"connect": {"id": 1}, "create": {"name": "x"}}})",
       "data.author: found 2 operations, expected one", THING_E_INVALID},
      {"Book", R"({"author": {"disconnect": 1}})",
       "data.author.disconnect: found a number, expected true or false", THING_E_TYPE},
      {"Book", R"({"author": {"upsert": {"create": {"name": "x"}}}})",
       "data.author.upsert.update: found none", THING_E_INVALID},
      {"Book", R"({"tags": {"connect": [{"id": 1}, {"id": "x"}]}})",
       "data.tags.connect[1].id: ", THING_E_TYPE},
      {"Book", R"({"tags": {"connectOrCreate": [{"where": {"id": 1}}]}})",
       "data.tags.connectOrCreate[0].create: found none", THING_E_INVALID},
      {"Book", R"({"tags": {"update": {"where": {"id": 1}, "data": {"lable": "x"}}}})",
       "data.tags.update.data: found field 'lable'", THING_E_INVALID},
      {"Book", R"({"tags": {"update": [{"data": {}}]}})", "data.tags.update[0].where: found none",
       THING_E_INVALID},
      {"Book", R"({"tags": {"updateMany": {"where": {"x": 1}, "data": {"label": "x"}}}})",
       "data.tags.updateMany.where: found field 'x'", THING_E_INVALID},
      {"Book", R"({"tags": {"updateMany": {"data": {}}}})",
       "data.tags.updateMany.data: found no field", THING_E_INVALID},
      {"Book", R"({"tags": {"deleteMany": [{"label": {"like": 1}}]}})",
       "data.tags.deleteMany[0].label: found operator 'like'", THING_E_INVALID},
      {"Book", R"({"reviews": {"disconnect": {"id": 1}}})",
       "data.reviews.disconnect: found it of the key 'bookId' of Review, which is required",
       THING_E_NOT_NULL},
      {"Book", R"({"reviews": {"create": {"stars": 1}, "pivot": {}}})",
       "data.reviews: found 'pivot', expected it of a many_to_many", THING_E_INVALID},
      {"Author", R"({"reviews": {"connect": {"id": 1}}})",
       "data.reviews: found a relation through 'books', expected one that leads straight",
       THING_E_UNSUPPORTED},
      {"Author", R"({"prizes": {"connect": {"id": 1}}})", "data.prizes: ", THING_E_MODEL},
  };
  const std::string before = everything();
  for (const auto& c : cases) {
    // What comes before it in the document is not written either.
    const std::string json = R"({"where": {"id": 1}, "data": )" + std::string(c.data) + "}";
    const Outcome outcome = refused(c.model, "update", json);
    EXPECT_EQ(outcome.status, c.status) << c.data << ": " << outcome.message;
    EXPECT_TRUE(outcome.message.starts_with(c.message)) << c.data << ": " << outcome.message;
  }
  EXPECT_TRUE(says(refused("Author", "create", R"({"data": {"name": "x", "books": {"set": []}}})"),
                   "data.books: found operation 'set', expected one of create, createMany"));
  EXPECT_TRUE(says(refused("Author", "createMany", R"({"data": [{"name": "x", "books": {}}]})"),
                   "data[0]: found relation 'books', expected a field of Author"));
  EXPECT_TRUE(says(refused("Author", "updateMany", R"({"data": {"books": {}}, "all": true})"),
                   "data: found relation 'books', expected a field of Author"));
  EXPECT_EQ(everything(), before);
}

TEST_P(ActionNestedWhole, ARowThatIsNotThereOrNotRelatedIsToldByItsPath) {
  const struct {
    const char *model, *data, *message;
  } cases[] = {
      {"Book", R"({"title": "x", "author": {"connect": {"id": 99}}})",
       "data.author.connect: found no such Author, expected one that is there"},
      {"Author",
       R"({"books": {"create": {"title": "x"}, "connect": [{"id": 1}, {"id": 99}, {"id": 3}]}})",
       "data.books.connect[1]: found no such Book"},
      {"Author", R"({"books": {"connect": [{"id": 3}, {"isbn": "none"}]}})",
       "data.books.connect[1]: found no such Book"},
      {"Author", R"({"books": {"set": [{"id": 1}, {"id": 99}]}})",
       "data.books.set[1]: found no such Book"},
      {"Book", R"({"tags": {"connect": [{"id": 3}, {"id": 99}]}})",
       "data.tags.connect[1]: found no such Tag"},
      {"Author", R"({"books": {"update": {"where": {"id": 3}, "data": {"title": "x"}}}})",
       "data.books.update: found no such Book in 'books', expected one"},
      {"Author", R"({"books": {"delete": [{"id": 1}, {"id": 3}]}})",
       "data.books.delete[1]: found no such Book in 'books'"},
      {"Book", R"({"tags": {"delete": [{"id": 1}, {"id": 3}]}})",
       "data.tags.delete[1]: found no such Tag in 'tags'"},
      {"Author", R"({"name": "x", "boss": {"update": {"name": "y"}}})",
       "data.boss.update: found no such Author in 'boss'"},
      {"Author", R"({"boss": {"delete": true}})",
       "data.boss.delete: found no such Author in 'boss'"},
      {"Author", R"({"books": {"update": {"where": {"id": 1}, "data": {"title": "x",
         "tags": {"update": {"where": {"id": 3}, "data": {"label": "x"}}}}}}})",
       "data.books.update.data.tags.update: found no such Tag in 'tags'"},
  };
  const std::string before = everything();
  for (const auto& c : cases) {
    const std::string json = R"({"where": {"id": 1}, "data": )" + std::string(c.data) + "}";
    const Outcome outcome = refused(c.model, "update", json);
    EXPECT_STATUS(THING_E_FOREIGN_KEY, outcome) << c.data;
    EXPECT_TRUE(outcome.message.starts_with(c.message)) << c.data << ": " << outcome.message;
    EXPECT_EQ(everything(), before) << c.data;
  }
}

TEST_P(ActionNestedWhole, WhatADatabaseRefusesIsToldWithItsPathAndField) {
  const std::string before = everything();
  const Outcome twice = author_refused(
      R"({"name": "x", "books": {"create": {"title": "t", "reviews": {"create": {"stars": 1}}}, "update": {"where": {"id": 1}, "data": {"isbn": "c"}}}})");
  EXPECT_STATUS(THING_E_UNIQUE, twice);
  EXPECT_EQ(twice.field, "isbn");
  EXPECT_EQ(twice.table, "books");
  EXPECT_TRUE(twice.message.starts_with("data.books.update.data: ")) << twice.message;
  // A rule is broken by one of several rows that are written together.
  const Outcome rule =
      author_refused(R"({"books": {"create": [{"title": "a"}, {"title": ""}, {"title": "c"}]}})");
  EXPECT_STATUS(THING_E_CHECK, rule);
  EXPECT_EQ(rule.field, "title");
  EXPECT_TRUE(rule.message.starts_with("data.books.create[1]: ")) << rule.message;
  // The database decides on rows that refer to one that goes.
  const Outcome referred = refused(
      "Tag", "update",
      R"({"where": {"id": 1}, "data": {"label": "x", "books": {"update": {"where": {"id": 1}, "data": {"reviews": {"delete": {"id": 9}}}}}}})");
  EXPECT_STATUS(THING_E_FOREIGN_KEY, referred);
  EXPECT_EQ(everything(), before);
}

// ---- all or none

TEST_P(ActionNestedWhole, AFailureAtTheEndTakesAllBack) {
  const std::string before = everything();
  const char* const data = R"({"name": "x",
      "boss": {"create": {"name": "new"}}, "profile": {"update": {"bio": "x"}},
      "books": {"disconnect": {"id": 2}, "delete": {"id": 1}, "create": [{"title": "x", "tags": {"connect": {"id": 99}}}]}})";
  EXPECT_STATUS(THING_E_FOREIGN_KEY, author_refused(data));
  EXPECT_EQ(everything(), before);
  EXPECT_STATUS(
      THING_E_UNIQUE,
      refused(
          "Book", "create",
          R"({"data": {"title": "new", "author": {"create": {"name": "x", "email": "bob"}}}})"));
  EXPECT_STATUS(THING_E_UNIQUE, refused("Author", "upsert", R"({"where": {"id": 99}, "update": {},
      "create": {"name": "x", "books": {"create": [{"title": "1", "isbn": "1"}, {"title": "2", "isbn": "1"}]}}})"));
  EXPECT_EQ(everything(), before);
}

TEST_P(ActionNestedWhole, AFailureInATransactionLeavesNothingOfTheActionInIt) {
  Tx tx(db_);
  const auto rows = [&](const char* model) {
    return query(db_, db_.model(model), "{}", tx.ctx()).json(THING_JSON_HIDDEN);
  };
  act("Author", "update", R"({"where": {"id": 1}, "data": {"name": "before"}})", tx.ctx());
  const std::string authors = rows("Author"), books = rows("Book");
  for (
      const char* data :
      {R"({"name": "x", "books": {"create": {"title": "x", "isbn": "c"}}})",
       R"({"name": "x", "books": {"deleteMany": {}, "connect": {"id": 99}}})",
       R"({"name": "x", "books": {"create": {"title": "", "tags": {"create": {"label": "t"}}}}})"}) {
    const std::string json = R"({"where": {"id": 1}, "data": )" + std::string(data) + "}";
    EXPECT_LT(refused("Author", "update", json, tx.ctx()).status, 0);
    EXPECT_EQ(rows("Author"), authors) << data;
    EXPECT_EQ(rows("Book"), books) << data;
  }
  act("Author", "update",
      R"({"where": {"id": 1}, "data": {"books": {"create": {"title": "after"}}}})", tx.ctx());
  ASSERT_OK(tx.commit());
  EXPECT_EQ(this->books(1), (Texts{"Alpha", "Beta", "after"}));
  EXPECT_EQ(read_text(db_, db_.model("Author"), 1, "name"), "before");
}

// ---- hooks

struct Seen {
  std::string events;
  thing_db* db = nullptr;
  bool writes = false;
};

std::string name_of(int32_t event) {
  switch (event) {
    case THING_ON_BEFORE_CREATE: return "+";
    case THING_ON_BEFORE_UPDATE: return "~";
    case THING_ON_BEFORE_DELETE: return "-";
    case THING_ON_AFTER_COMMIT: return "!";
    default: return "?";
  }
}

thing_status note(void* user, int32_t event, thing_db* db, thing_ctx* ctx, thing_obj* obj,
                  thing_error** err) {
  auto* const seen = static_cast<Seen*>(user);
  const Borrowed o(obj);
  const std::string model = thing_model_name(thing_obj_model(obj));
  seen->events += name_of(event) + model + " ";
  if (model == "Tag" && o.text("label") == "refused")
    return thing_error_set(err, THING_E_CALLBACK, "no such tag", -1);
  if (!seen->writes || event != THING_ON_BEFORE_CREATE || model != "Book") return THING_OK;
  // What it writes by its ctx is one with the action.
  Obj tag(thing_obj_new(thing_model_find(db, "Tag", -1)));
  (void)tag.set("label", "by the hook of " + o.text("title"));
  return call(thing_save, db, ctx, tag.get()).status;
}

TEST_P(ActionNestedWhole, HooksSeeEveryRecordThatIsWritten) {
  Seen seen;
  int64_t id = 0;
  ASSERT_OK(call(thing_hook_add, db_, nullptr,
                 THING_ON_BEFORE_CREATE | THING_ON_BEFORE_UPDATE | THING_ON_BEFORE_DELETE |
                     THING_ON_AFTER_COMMIT,
                 note, &seen, nullptr, &id));
  const auto events = [&seen] { return std::exchange(seen.events, ""); };
  act("Author", "create", R"({"data": {"name": "x", "boss": {"create": {"name": "y"}},
      "books": {"create": [{"title": "a"}, {"title": "b"}], "connect": {"id": 4}}}})");
  EXPECT_EQ(events(), "+Author +Author +Book +Book ~Book !Author !Author !Book !Book !Book ");
  author(
      R"({"books": {"update": {"where": {"id": 1}, "data": {"title": "c"}}, "delete": {"id": 2}}})");
  EXPECT_EQ(events(), "-Book ~Book !Book !Book ");
  book(R"({"tags": {"disconnect": {"id": 1}, "connect": [{"id": 1}, {"id": 3}]}})");
  EXPECT_EQ(events(), "-BooksTags +BooksTags +BooksTags !BooksTags !BooksTags !BooksTags ");
  author(R"({"books": {"updateMany": {"data": {"sold": 1}}, "deleteMany": {"id": 77}}})");
  EXPECT_EQ(events(), "");
  EXPECT_EQ(thing_hook_remove(db_, id), THING_OK);
}

TEST_P(ActionNestedWhole, AHookThatRefusesTakesBackAllAndWhatHooksWrote) {
  Seen seen;
  seen.writes = true;
  int64_t id = 0;
  ASSERT_OK(call(thing_hook_add, db_, nullptr, THING_ON_BEFORE_CREATE, note, &seen, nullptr, &id));
  const std::string before = everything();
  const Outcome outcome = author_refused(
      R"({"name": "x", "books": {"create": [{"title": "a"}, {"title": "b", "tags": {"create": {"label": "refused"}}}]}})");
  EXPECT_STATUS(THING_E_CALLBACK, outcome);
  EXPECT_TRUE(outcome.message.starts_with("data.books.create[1].tags.create: ")) << outcome.message;
  EXPECT_EQ(everything(), before);
  author(R"({"books": {"create": {"title": "a"}}})");
  EXPECT_EQ(found(db_, "Tag", R"({"where": {"label": "by the hook of a"}})"), 1U);
  EXPECT_EQ(thing_hook_remove(db_, id), THING_OK);
}

// ---- versions, times, soft deletes, scopes

TEST_P(ActionNestedWhole, VersionsAndTimesAreThoseOfEachRecord) {
  const auto state = [this](int64_t id) {
    const Obj o = find(db_, db_.model("Author"), id);
    return std::pair(o.integer("version"), o.integer("updatedAt"));
  };
  const auto ann = state(1), bob = state(2);
  author(R"({"staff": {"update": {"where": {"id": 2}, "data": {"name": "B"}}}})");
  EXPECT_EQ(state(1), ann);
  EXPECT_EQ(version(2), R"({"version":1})");
  EXPECT_GT(state(2).second, bob.second);
  // A row that asks for it, as the profile did when it was made, sets the time of the one that it
  // belongs to.
  act("Profile", "update", R"({"where": {"id": 1}, "data": {"bio": "alone"}})");
  EXPECT_EQ(version(1), R"({"version":2})");
  const std::string touched = act(
      "Author", "update",
      R"({"where": {"id": 1}, "data": {"name": "A", "profile": {"update": {"bio": "touched"}}}, "select": ["version", "updatedAt"]})");
  EXPECT_EQ(touched, act("Author", "findUnique",
                         R"({"where": {"id": 1}, "select": ["version", "updatedAt"]})"));
  EXPECT_EQ(version(1), R"({"version":4})");
}

TEST_P(ActionNestedWhole, RowsThatAreDeletedSoftlyStayAndAreNotThere) {
  author(R"({"staff": {"delete": {"id": 2}}})");
  Ctx all(db_, THING_CTX_WITH_DELETED);
  EXPECT_EQ(count(db_, db_.model("Author"), R"({"where": {"id": 2}})", all), 1);
  EXPECT_EQ(count(db_, db_.model("Author"), R"({"where": {"id": 2}})"), 0);
  for (const char* data :
       {R"({"staff": {"connect": {"id": 2}}})", R"({"staff": {"connect": {"email": "bob"}}})",
        R"({"boss": {"connect": {"id": 2}}})", R"({"staff": {"set": [{"id": 2}]}})",
        R"({"staff": {"update": {"where": {"id": 2}, "data": {"name": "x"}}}})"})
    EXPECT_STATUS(THING_E_FOREIGN_KEY, author_refused(data)) << data;
  act("Author", "update",
      R"({"where": {"id": 3}, "data": {"staff": {"connect": {"id": 1}, "deleteMany": {}}}})");
  EXPECT_EQ(ids(db_, db_.model("Author"), "{}"), (Ids{1, 3}));
}

TEST_P(ActionNestedWhole, RowsThatAScopeHidesAreNotThere) {
  db_.define(R"([
    {"name": "Shelf", "fields": {"id": {"type": "int", "primary": true}, "name": "text"}, "relations": {"things": {"has_many": "Thing"}}},
    {"name": "Thing", "fields": {"id": {"type": "int", "primary": true}, "shelfId": "int?", "kept": "bool"},
     "scopes": {"kept": {"where": {"kept": true}, "default": true}},
     "relations": {"shelf": {"belongs_to": "Shelf"}}}])");
  act("Shelf", "create",
      R"({"data": {"id": 1, "name": "s", "things": {"create": [{"id": 1, "kept": true}, {"id": 2, "kept": false}]}}})");
  const auto update = [this](const char* data, thing_ctx* ctx = nullptr) {
    return refused("Shelf", "update",
                   R"({"where": {"id": 1}, "data": {"things": )" + std::string(data) + "}}", ctx);
  };
  EXPECT_STATUS(THING_E_FOREIGN_KEY, update(R"({"connect": {"id": 2}})"));
  EXPECT_STATUS(THING_E_FOREIGN_KEY, update(R"({"delete": {"id": 2}})"));
  Ctx all(db_, THING_CTX_UNSCOPED);
  act("Shelf", "update", R"({"where": {"id": 1}, "data": {"things": {"delete": {"id": 2}}}})", all);
  EXPECT_EQ(count(db_, db_.model("Thing"), "{}", all), 1);
}

// ---- caches and statements

TEST_P(ActionNestedWhole, WhatIsCachedIsToldOfEveryWrite) {
  const char* const page =
      R"({"include": {"books": {"include": {"tags": true, "reviews": true}}, "profile": true, "staff": true}})";
  const auto fresh = [&] {
    Ctx past(db_, THING_CTX_NO_CACHE_READ);
    const std::string json = act("Author", "findMany", page, past);
    EXPECT_EQ(act("Author", "findMany", page), json);
    EXPECT_EQ(act("Author", "findMany", page), json);
    EXPECT_EQ(count(db_, db_.model("Book"), R"({"where": {"authorId": 1}})"),
              count(db_, db_.model("Book"), R"({"where": {"authorId": 1}})", past));
    return json;
  };
  std::string last = fresh();
  for (
      const char* data :
      {R"({"books": {"connect": [{"id": 3}, {"id": 4}]}})",
       R"({"books": {"update": {"where": {"id": 1}, "data": {"title": "A", "tags": {"set": [{"id": 3}]}}}}})",
       R"({"books": {"updateMany": {"data": {"title": "B"}}}})",
       R"({"books": {"createMany": {"data": [{"title": "1"}, {"title": "2"}, {"title": "3"}, {"title": "4"}, {"title": "5"}]}}})",
       R"({"books": {"set": []}})",
       R"({"books": {"connect": [{"id": 1}, {"id": 2}, {"id": 3}, {"id": 4}, {"id": 5}, {"id": 6}]}})",
       R"({"books": {"deleteMany": {"id": {"lt": 3}}}, "profile": {"delete": true}})",
       R"({"staff": {"upsert": {"where": {"id": 2}, "create": {"name": "x"}, "update": {"name": "y"}}}})",
       R"({"staff": {"disconnect": {"id": 2}}})"}) {
    author(data);
    const std::string now = fresh();
    EXPECT_NE(now, last) << data;
    last = now;
  }
}

// What a call wants of its reads is nothing to what it writes.
TEST_P(ActionNestedWhole, ACallThatReadsTheCacheAloneWritesAllTheSame) {
  Ctx cached(db_, THING_CTX_CACHE_ONLY);
  EXPECT_EQ(
      act("Author", "update", R"({"where": {"id": 1}, "data": {
                "boss": {"connect": {"email": "bob"}}, "profile": {"upsert": {"create": {"bio": "x"}, "update": {"bio": "y"}}},
                "books": {"connect": [{"id": 3}, {"isbn": "d"}], "update": {"where": {"id": 1}, "data": {
                  "tags": {"set": [{"id": 3}], "updateMany": {"data": {"label": "all"}, "where": {"id": 1}}}}}}},
                "select": {"boss": true, "profile": true, "books": {"include": {"tags": true}}}})",
          cached),
      R"({"boss":{"id":2,"name":"Bob"},"profile":{"id":1,"bio":"y"},"books":[)"
      R"({"id":1,"title":"Alpha","tags":[{"id":3,"label":"green"}]},{"id":2,"title":"Beta","tags":[]},)"
      R"({"id":3,"title":"Gamma","tags":[{"id":2,"label":"blue"}]},{"id":4,"title":"Delta","tags":[]}]})");
}

TEST_P(ActionNestedWhole, ManyRowsTakeFewStatements) {
  std::string rows, keys, kinds;
  for (int i = 0; i < 100; ++i) {
    const char* const comma = i == 0 ? "" : ",";
    rows += comma + std::string(R"({"title": "t)") + std::to_string(i) + R"("})";
    keys += comma + std::string(R"({"id": )") + std::to_string(i + 5) + "}";
    kinds += comma + std::string(R"({"label": "l)") + std::to_string(i) + R"("})";
  }
  const auto of = [this](const std::string& data) { return statements([&] { author(data); }); };
  EXPECT_LE(of(R"({"books": {"createMany": {"data": [)" + rows + "]}}}"), 8);
  EXPECT_LE(of(R"({"books": {"set": []}})"), 10);
  EXPECT_EQ(books(1), Texts{});
  EXPECT_LE(of(R"({"books": {"connect": [)" + keys + "]}}"), 10);
  EXPECT_EQ(books(1).size(), 100U);
  EXPECT_LE(of(R"({"books": {"disconnect": [)" + keys + "]}}"), 10);
  EXPECT_LE(of(R"({"books": {"create": [)" + rows + "]}}"), 8);
  EXPECT_EQ(books(1).size(), 100U);
  EXPECT_LE(statements([&] { book(R"({"tags": {"create": [)" + kinds + "]}}"); }), 14);
  EXPECT_EQ(tags(1).size(), 102U);
}

}  // namespace
}  // namespace conformance
