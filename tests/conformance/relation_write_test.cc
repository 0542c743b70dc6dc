// Rows of relations written: linked, unlinked, saved together, deleted.
#include "relation_support.h"

namespace conformance {
namespace {

class RelationWrite : public RelationTest {
 protected:
  struct Linked {
    Outcome outcome;
    int64_t added = -1, removed = -1;
  };
  Linked link(const Obj& object, const char* relation, int32_t mode, const char* keys,
              const char* pivot = nullptr, thing_ctx* ctx = nullptr) const {
    Linked out;
    out.outcome = call(thing_link, db_, ctx, object, relation, -1, mode, keys, -1, pivot, -1,
                       &out.added, &out.removed);
    return out;
  }
  Ids tags(int64_t post) const {
    return ids(db_, model("Tag"),
               R"({"where": {"posts": {"some": {"id": )" + std::to_string(post) +
                   R"(}}}, "orderBy": {"id": "asc"}})");
  }
  Ids posts(int64_t author) const {
    return ids(db_, model("Post"), R"({"where": {"authorId": )" + std::to_string(author) + "}}");
  }
  Outcome add(const Obj& to, const char* relation, const Obj& child) const {
    return call(thing_obj_add_related, to, relation, -1, child);
  }
  Outcome refer(const Obj& from, const char* relation, thing_obj* to) const {
    return call(thing_obj_set_related, from, relation, -1, to);
  }
};
FOR_SETUPS(RelationWrite, kEverywhere);

#define EXPECT_LINKED(plus, minus, ...)   \
  do {                                    \
    const Linked linked_ = (__VA_ARGS__); \
    EXPECT_OK(linked_.outcome);           \
    EXPECT_EQ(linked_.added, plus);       \
    EXPECT_EQ(linked_.removed, minus);    \
  } while (false)

TEST_P(RelationWrite, PairsAreAddedOnceAndRemoved) {
  const Obj post = find(db_, model("Post"), 1);
  EXPECT_LINKED(1, 0, link(post, "tags", THING_LINK_ADD, "[1, 3, 3]"));
  EXPECT_EQ(tags(1), (Ids{1, 2, 3}));
  EXPECT_LINKED(0, 2, link(post, "tags", THING_LINK_REMOVE, "[1, 2, 77]"));
  EXPECT_EQ(tags(1), (Ids{3}));
  EXPECT_LINKED(0, 0, link(post, "tags", THING_LINK_ADD, "[]"));
  EXPECT_LINKED(0, 1, link(post, "tags", THING_LINK_REMOVE, nullptr));
  EXPECT_EQ(tags(1), Ids{});
}

TEST_P(RelationWrite, PairsAreSetExactlyAndToggled) {
  const Obj post = find(db_, model("Post"), 3);
  EXPECT_LINKED(1, 1, link(post, "tags", THING_LINK_SET, "[1, 2]"));
  EXPECT_EQ(tags(3), (Ids{1, 2}));
  EXPECT_LINKED(1, 1, link(post, "tags", THING_LINK_TOGGLE, "[2, 3]"));
  EXPECT_EQ(tags(3), (Ids{1, 3}));
  EXPECT_LINKED(0, 2, link(post, "tags", THING_LINK_SET, "[]"));
  EXPECT_EQ(tags(3), Ids{});
}

TEST_P(RelationWrite, PairsThatStayKeepWhatTheyHold) {
  const Obj ann = find(db_, model("Person"), 1);
  EXPECT_LINKED(0, 1, link(ann, "courses", THING_LINK_SET, "[1]"));
  EXPECT_EQ(json("Enrolment", R"({"where": {"personId": 1}})"),
            R"([{"personId":1,"courseId":1,"grade":3}])");
  EXPECT_LINKED(1, 0, link(ann, "courses", THING_LINK_ADD, "[1, 2]", R"({"grade": 5})"));
  EXPECT_EQ(json("Enrolment", R"({"where": {"personId": 1}})"),
            R"([{"personId":1,"courseId":1,"grade":5},{"personId":1,"courseId":2,"grade":5}])");
}

// What readers keep of a relation is told of its pairs.
TEST_P(RelationWrite, N12_ReadersSeeWhatWasLinked) {
  const char* const page = R"({"where": {"id": {"in": [1, 2]}}, "include": {"tags": true}})";
  (void)json("Post", page);
  (void)json("Post", page);
  const Obj post = find(db_, model("Post"), 2);
  EXPECT_LINKED(1, 0, link(post, "tags", THING_LINK_ADD, "[3]"));
  EXPECT_EQ(json("Post", page),
            R"([{"id":1,"title":"First","tags":[{"id":2,"label":"blue"},{"id":1,"label":"red"}]},)"
            R"({"id":2,"title":"Second","tags":[{"id":3,"label":"green"}]}])");
  EXPECT_LINKED(0, 1, link(post, "tags", THING_LINK_REMOVE, "[3]"));
  EXPECT_EQ(json("Post", page),
            R"([{"id":1,"title":"First","tags":[{"id":2,"label":"blue"},{"id":1,"label":"red"}]},)"
            R"({"id":2,"title":"Second","tags":[]}])");
}

TEST_P(RelationWrite, ChildrenAreLinkedByTheirKey) {
  const Obj ann = find(db_, model("Person"), 1);
  EXPECT_LINKED(2, 0, link(ann, "posts", THING_LINK_ADD, "[2, 3, 6]"));
  EXPECT_EQ(posts(1), (Ids{1, 2, 3, 6}));
  EXPECT_LINKED(0, 1, link(ann, "posts", THING_LINK_REMOVE, "[3, 4]"));
  EXPECT_LINKED(1, 2, link(ann, "posts", THING_LINK_SET, "[1, 5]"));
  EXPECT_EQ(posts(1), (Ids{1, 5}));
  const Linked none = link(ann, "posts", THING_LINK_ADD, "[4, 99]");
  EXPECT_STATUS(THING_NOT_FOUND, none.outcome);
  EXPECT_EQ(posts(1), (Ids{1, 5}));
  EXPECT_EQ(posts(3), (Ids{4}));
}

TEST_P(RelationWrite, ARelationWithConditionsHasItsOwnRowsAlone) {
  const Obj ann = find(db_, model("Person"), 1);
  EXPECT_LINKED(0, 1, link(ann, "published", THING_LINK_REMOVE, nullptr));
  EXPECT_EQ(posts(1), (Ids{2}));  // the draft is none of it
}

TEST_P(RelationWrite, OfOneTheFormerGoes) {
  const Obj fay = find(db_, model("Person"), 2);
  const Linked linked = link(find(db_, model("Person"), 1), "profile", THING_LINK_REMOVE, nullptr);
  EXPECT_STATUS(THING_E_NOT_NULL, linked.outcome);  // its key is required
  EXPECT_LINKED(1, 0, link(fay, "profile", THING_LINK_SET, "[2]"));
  EXPECT_EQ(
      json("Person", R"({"where": {"id": {"in": [2, 3]}}, "include": {"profile": true}})"),
      R"([{"id":2,"name":"Bob","profile":{"id":2,"bio":"reads"}},{"id":3,"name":"Cem","profile":null}])");
  EXPECT_STATUS(THING_E_INVALID, link(fay, "profile", THING_LINK_SET, "[1, 2]").outcome);
}

TEST_P(RelationWrite, LinksThatCanNotBeAreRefused) {
  const Obj ann = find(db_, model("Person"), 1);
  EXPECT_STATUS(THING_E_UNSUPPORTED, link(ann, "boss", THING_LINK_ADD, "[2]").outcome);
  EXPECT_STATUS(THING_E_UNSUPPORTED, link(ann, "tags", THING_LINK_ADD, "[2]").outcome);
  EXPECT_STATUS(THING_E_INVALID, link(ann, "posts", THING_LINK_ADD, nullptr).outcome);
  EXPECT_STATUS(THING_E_INVALID, link(ann, "posts", THING_LINK_ADD, "[2]", "{}").outcome);
  EXPECT_STATUS(THING_E_INVALID, link(ann, "pets", THING_LINK_ADD, "[2]").outcome);
  EXPECT_STATUS(THING_E_STATE,
                link(new_obj(model("Person")), "posts", THING_LINK_ADD, "[2]").outcome);
  EXPECT_STATUS(THING_NOT_FOUND,
                link(find(db_, model("Post"), 1), "tags", THING_LINK_ADD, "[1, 99]").outcome);
  EXPECT_EQ(tags(1), (Ids{1, 2}));
}

TEST_P(RelationWrite, ARollbackTakesLinksBack) {
  const Obj post = find(db_, model("Post"), 1);
  {
    Tx tx(db_);
    EXPECT_LINKED(1, 1, link(post, "tags", THING_LINK_SET, "[1, 3]", nullptr, tx.ctx()));
    ASSERT_OK(tx.rollback());
  }
  EXPECT_EQ(tags(1), (Ids{1, 2}));
}

TEST_P(RelationWrite, ReferringSetsTheKey) {
  Obj post = find(db_, model("Post"), 6);
  const Obj bob = find(db_, model("Person"), 2);
  ASSERT_OK(refer(post, "author", bob));
  EXPECT_EQ(post.integer("authorId"), 2);
  EXPECT_TRUE(post.is_dirty("authorId"));
  ASSERT_OK(call(thing_save, db_, nullptr, post));
  EXPECT_EQ(posts(2), (Ids{3, 5, 6}));
  ASSERT_OK(refer(post, "author", nullptr));
  EXPECT_EQ(post.state("authorId") & THING_STATE_NULL, THING_STATE_NULL);
  const Obj course = find(db_, model("Course"), 2);
  Obj comment = find(db_, model("Comment"), 1);
  ASSERT_OK(refer(comment, "owner", course));
  EXPECT_EQ(comment.text("ownerType"), "Course");
  EXPECT_EQ(comment.integer("ownerId"), 2);
  EXPECT_STATUS(THING_E_INVALID, refer(post, "author", course));
  EXPECT_STATUS(THING_E_INVALID, refer(comment, "owner", bob));
  EXPECT_STATUS(THING_E_UNSUPPORTED, refer(bob, "posts", post));
}

TEST_P(RelationWrite, AGraphIsSavedParentsFirst) {
  const Obj boss = new_obj(model("Person"), R"({"name": "Boss"})");
  const Obj author = new_obj(model("Person"), R"({"name": "Author"})");
  const Obj first = new_obj(model("Post"), R"({"title": "A", "status": "draft"})");
  const Obj second = new_obj(model("Post"), R"({"title": "B", "status": "draft"})");
  const Obj tag = new_obj(model("Tag"), R"({"label": "new"})");
  const Obj comment = new_obj(model("Comment"), R"({"text": "own"})");
  ASSERT_OK(refer(author, "boss", boss));
  ASSERT_OK(add(author, "posts", first));
  ASSERT_OK(add(author, "posts", second));
  ASSERT_OK(add(first, "tags", tag));
  ASSERT_OK(add(second, "comments", comment));
  ASSERT_OK(call(thing_save, db_, nullptr, author));
  EXPECT_GT(boss.id(), 0);
  EXPECT_EQ(author.integer("bossId"), boss.id());
  EXPECT_EQ(posts(author.id()), (Ids{first.id(), second.id()}));
  EXPECT_EQ(tags(first.id()), (Ids{tag.id()}));
  EXPECT_EQ(comment.text("ownerType"), "post");
  EXPECT_EQ(comment.integer("ownerId"), second.id());
  EXPECT_EQ(statements([&] { ASSERT_OK(call(thing_save, db_, nullptr, author)); }), 0);
}

TEST_P(RelationWrite, AGraphIsSavedWholeOrNotAtAll) {
  const Obj author = new_obj(model("Person"), R"({"name": "Author"})");
  const Obj good = new_obj(model("Post"), R"({"title": "A", "status": "draft"})");
  Obj bad = new_obj(model("Post"), R"({"title": "B"})");
  ASSERT_OK(add(author, "posts", good));
  ASSERT_OK(add(author, "posts", bad));
  EXPECT_STATUS(THING_E_NOT_NULL, call(thing_save, db_, nullptr, author));
  EXPECT_EQ(count(db_, model("Person"), R"({"where": {"name": "Author"}})"), 0);
  EXPECT_EQ(author.id(), 0);
  EXPECT_EQ(thing_obj_state(author) & THING_OBJ_NEW, THING_OBJ_NEW);
  EXPECT_EQ(thing_obj_state(good) & THING_OBJ_NEW, THING_OBJ_NEW);
  EXPECT_EQ(good.state("authorId"), THING_STATE_MISSING);
  ASSERT_OK(bad.set("status", "draft"));
  ASSERT_OK(call(thing_save, db_, nullptr, author));
  EXPECT_EQ(posts(author.id()).size(), 2U);
}

TEST_P(RelationWrite, CleanObjectsOfAGraphCostNothing) {
  const Obj ann = find(db_, model("Person"), 1);
  const Obj post = find(db_, model("Post"), 1);
  ASSERT_OK(add(ann, "posts", post));
  ASSERT_OK(call(thing_save, db_, nullptr, ann));
  EXPECT_FALSE(thing_obj_was_changed(post, -1));
}

TEST_P(RelationWrite, AGraphIsNoCircleAndOutlivesItsHandles) {
  Obj author = new_obj(model("Person"), R"({"name": "Author"})");
  Obj post = new_obj(model("Post"), R"({"title": "A", "status": "draft"})");
  ASSERT_OK(add(author, "posts", post));
  EXPECT_STATUS(THING_E_INVALID, refer(post, "author", author));
  EXPECT_STATUS(THING_E_INVALID, add(author, "staff", author));
  post.reset();  // it is held
  ASSERT_OK(call(thing_save, db_, nullptr, author));
  EXPECT_EQ(posts(author.id()).size(), 1U);
  Obj other = new_obj(model("Post"), R"({"title": "B", "status": "draft"})");
  ASSERT_OK(add(author, "posts", other));
  author.reset();  // gives what it holds back
  EXPECT_EQ(other.text("title"), "B");
}

// Whatever the order in which they are given.
TEST_P(RelationWrite, AChildGetsItsKeyThoughItIsGivenFirst) {
  const Obj author = new_obj(model("Person"), R"({"name": "Author"})");
  const Obj friendly = new_obj(model("Person"), R"({"name": "Friend"})");
  const Obj post = new_obj(model("Post"), R"({"title": "A", "status": "draft"})");
  ASSERT_OK(add(author, "posts", post));
  ASSERT_OK(add(author, "friends", friendly));
  thing_obj* const all[] = {post, friendly, author};
  ASSERT_OK(call(thing_save_many, db_, nullptr, static_cast<thing_obj* const*>(all), int64_t{3}));
  EXPECT_EQ(posts(author.id()), (Ids{post.id()}));
  EXPECT_FALSE(post.is_dirty());
  EXPECT_EQ(count(db_, model("Person"), R"({"where": {"friends": {"some": {"name": "Friend"}}}})"),
            1);
}

TEST_P(RelationWrite, ACircleOfSavesIsRefused) {
  const Obj author = new_obj(model("Person"), R"({"name": "Author"})");
  const Obj boss = new_obj(model("Person"), R"({"name": "Boss"})");
  ASSERT_OK(refer(author, "boss", boss));
  ASSERT_OK(add(author, "staff", boss));
  EXPECT_STATUS(THING_E_INVALID, call(thing_save, db_, nullptr, author));
  EXPECT_EQ(count(db_, model("Person"), R"({"where": {"name": {"in": ["Author", "Boss"]}}})"), 0);
}

TEST_P(RelationWrite, ManyGraphsAreSavedTogether) {
  const Obj one = new_obj(model("Person"), R"({"name": "One"})");
  const Obj two = new_obj(model("Person"), R"({"name": "Two"})");
  ASSERT_OK(refer(two, "boss", one));
  thing_obj* const all[] = {two, one};
  ASSERT_OK(call(thing_save_many, db_, nullptr, static_cast<thing_obj* const*>(all), int64_t{2}));
  EXPECT_EQ(two.integer("bossId"), one.id());
}

// Rows that a database's rule deletes or changes are not kept by any reader.
TEST_P(RelationWrite, WhatADeleteTakesAlongIsSeen) {
  const char* const page = R"({"where": {"id": {"in": [2, 3]}}, "include": {"boss": true}})";
  EXPECT_EQ(
      json("Person", page),
      R"([{"id":2,"name":"Bob","boss":{"id":1,"name":"Ann"}},{"id":3,"name":"Cem","boss":{"id":1,"name":"Ann"}}])");
  EXPECT_EQ(posts(1), (Ids{1, 2}));
  EXPECT_TRUE(exists(db_, model("Profile"), 1));
  for (const int64_t id : {3, 4})  // its key keeps those of others
    remove(db_, model("Comment"), id, THING_DELETE_HARD);
  remove(db_, model("Person"), 1, THING_DELETE_HARD);
  EXPECT_EQ(json("Person", page),
            R"([{"id":2,"name":"Bob","boss":null},{"id":3,"name":"Cem","boss":null}])");
  EXPECT_EQ(posts(1), Ids{});
  EXPECT_FALSE(exists(db_, model("Profile"), 1));
  EXPECT_EQ(json("Post", R"({"where": {"id": 1}, "include": {"tags": true}})"), "[]");
}

TEST_P(RelationWrite, ADeleteThatIsRefusedLeavesAll) {
  const Obj ann = find(db_, model("Person"), 1);
  EXPECT_STATUS(THING_E_FOREIGN_KEY, call(thing_delete, db_, nullptr, ann, THING_DELETE_HARD));
  EXPECT_EQ(posts(1), (Ids{1, 2}));
  EXPECT_TRUE(exists(db_, model("Person"), 1));
}

class RelationRules : public DatabaseTest {
 protected:
  // A parent with a child that refers to it by this rule.
  void define(const std::string& rule,
              const std::string& key = R"({"type": "int", "null": true})") {
    db_.define(R"([{"name": "Parent", "fields": {"id": "int"}},
      {"name": "Child", "fields": {"id": "int", "parentId": )" +
               key + R"(},
       "relations": {"parent": {"belongs_to": "Parent", "on_delete": ")" +
               rule + R"("}}}])");
    for (const char* id : {"1", "2"})
      insert(db_, db_.model("Parent"), "{\"id\": " + std::string(id) + "}");
    insert(db_, db_.model("Child"), R"({"id": 10, "parentId": 1})");
    EXPECT_EQ(children(), (Ids{10}));
  }
  Ids children() const {
    return ids(db_, db_.model("Child"), R"({"where": {"parentId": {"in": [1, 2]}}})");
  }
  Outcome remove_parent(int64_t id) const {
    return call(thing_delete_by_id, db_, nullptr, db_.model("Parent"), id, THING_DELETE_HARD);
  }
};
FOR_SETUPS(RelationRules, kEverywhere);

TEST_P(RelationRules, CascadeDeletesChildren) {
  define("cascade");
  ASSERT_OK(remove_parent(1));
  EXPECT_FALSE(exists(db_, db_.model("Child"), 10));
  EXPECT_EQ(children(), Ids{});
}

TEST_P(RelationRules, SetNullLeavesThem) {
  define("set_null");
  ASSERT_OK(remove_parent(1));
  EXPECT_EQ(find(db_, db_.model("Child"), 10).json(), R"({"id":10,"parentId":null})");
  EXPECT_EQ(children(), Ids{});
}

TEST_P(RelationRules, SetDefaultGivesThemToAnother) {
  const std::string key = R"({"type": "int", "default": 2})";
  if (database() == Database::kMysql) {
    const Outcome made = [&] {
      EXPECT_OK(call(thing_model_register, db_, R"([{"name": "Parent", "fields": {"id": "int"}},
        {"name": "Child", "fields": {"id": "int", "parentId": {"type": "int", "default": 2}},
         "relations": {"parent": {"belongs_to": "Parent", "on_delete": "set_default"}}}])",
                     -1));
      return call(thing_schema_sync, db_, nullptr);
    }();
    EXPECT_STATUS(THING_E_UNSUPPORTED, made);
    return;
  }
  define("set_default", key);
  ASSERT_OK(remove_parent(1));
  EXPECT_EQ(find(db_, db_.model("Child"), 10).json(), R"({"id":10,"parentId":2})");
}

TEST_P(RelationRules, ProtectRefuses) {
  define("protect");
  EXPECT_STATUS(THING_E_FOREIGN_KEY, remove_parent(1));
  EXPECT_OK(remove_parent(2));
  EXPECT_EQ(children(), (Ids{10}));
}

TEST_P(RelationRules, RestrictRefuses) {
  define("restrict");
  EXPECT_STATUS(THING_E_FOREIGN_KEY, remove_parent(1));
  EXPECT_EQ(children(), (Ids{10}));
}

TEST_P(RelationRules, DoNothingLeavesItToTheDatabase) {
  define("do_nothing");
  EXPECT_STATUS(THING_E_FOREIGN_KEY, remove_parent(1));
  EXPECT_EQ(children(), (Ids{10}));
}

TEST_P(RelationRules, TouchSetsTheTimeOfOwners) {
  db_.define(R"([{"name": "Shelf", "fields": {"id": "int"}, "timestamps": true},
    {"name": "Book", "fields": {"id": "int", "shelfId": "int?", "title": "text"}, "timestamps": true, "version": true,
     "relations": {"shelf": {"belongs_to": "Shelf", "touch": true}}},
    {"name": "Page", "fields": {"id": "int", "bookId": "int", "text": "text"},
     "relations": {"book": {"belongs_to": "Book", "touch": true}}}])");
  const auto shelf = [this](int64_t id) {
    return find(db_, db_.model("Shelf"), id).integer("updatedAt");
  };
  for (const char* id : {"1", "2"})
    insert(db_, db_.model("Shelf"), "{\"id\": " + std::string(id) + "}");
  const int64_t first = shelf(1), other = shelf(2);
  insert(db_, db_.model("Book"), R"({"id": 1, "shelfId": 1, "title": "T"})");
  const int64_t second = shelf(1);
  EXPECT_NE(second, first);
  insert(db_, db_.model("Page"), R"({"id": 1, "bookId": 1, "text": "P"})");
  const int64_t third = shelf(1);
  EXPECT_NE(third, second);
  const Ctx quiet(db_, THING_CTX_NO_TIMESTAMPS);
  update(db_, db_.model("Page"), 1, R"({"text": "Q"})", quiet);
  EXPECT_EQ(shelf(1), third);
  EXPECT_EQ(shelf(2), other);
  update(db_, db_.model("Book"), 1, R"({"shelfId": 2})");
  EXPECT_NE(shelf(1), third);
  EXPECT_NE(shelf(2), other);
  const int64_t fourth = shelf(2);
  // An owner that is saved along stays as its row is.
  Obj book = find(db_, db_.model("Book"), 1);
  const Obj more = new_obj(db_.model("Page"), R"({"id": 2, "text": "M"})");
  ASSERT_OK(call(thing_obj_set_related, more, "book", -1, book));
  ASSERT_OK(book.set("title", "U"));
  ASSERT_OK(call(thing_obj_set_related, more, "book", -1, book));
  ASSERT_OK(call(thing_save, db_, nullptr, more));
  ASSERT_OK(book.set("title", "V"));
  ASSERT_OK(call(thing_save, db_, nullptr, book));
  const Obj page = find(db_, db_.model("Page"), 1);
  ASSERT_OK(call(thing_delete, db_, nullptr, page, THING_DELETE_DEFAULT));
  EXPECT_NE(shelf(2), fourth);
}

}  // namespace
}  // namespace conformance
