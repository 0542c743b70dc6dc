// Objects that were saved in a transaction, after it was taken back: they are as they were before,
// so what was to be saved is saved by the next call.
#include <functional>
#include <thread>

#include "support.h"

namespace conformance {
namespace {

class TakenBack : public DatabaseTest {
 protected:
  void SetUp() override {
    db_.define(R"([{"name": "Author", "fields": {
      "id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}},
      "name": {"type": "text", "unique": true}},
      "relations": {"books": {"has_many": "Book"}}},
      {"name": "Book", "version": true, "timestamps": true, "softDelete": true, "fields": {
      "id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}},
      "title": "text", "pages": {"type": "int", "default": 7}, "authorId": "int?"},
      "relations": {"author": {"belongs_to": "Author"}}}])");
    author_ = db_.model("Author");
    book_ = db_.model("Book");
    id_ = insert(db_, book_, R"({"title": "old"})");
  }
  Outcome save(const Obj& obj, thing_ctx* ctx) { return call(thing_save, db_, ctx, obj); }
  Obj old_book(thing_ctx* ctx = nullptr) { return find(db_, book_, id_, ctx); }
  Obj changed_book(thing_ctx* ctx, const char* title = "changed") {
    Obj book = old_book(ctx);
    EXPECT_OK(book.set("title", title));
    EXPECT_OK(save(book, ctx));
    return book;
  }
  std::string title() { return read_text(db_, book_, id_, "title"); }
  // As an object that nobody saved.
  static void expect_new(const Obj& obj) {
    EXPECT_EQ(thing_obj_state(obj), THING_OBJ_NEW | THING_OBJ_DIRTY);
    EXPECT_EQ(obj.id(), 0);
    EXPECT_EQ(obj.state("id"), THING_STATE_MISSING);
    EXPECT_EQ(obj.saved_changes(), "{}");
  }

  const thing_model* author_ = nullptr;
  const thing_model* book_ = nullptr;
  int64_t id_ = 0;
};
FOR_SETUPS(TakenBack, kEverywhere);

TEST_P(TakenBack, AnInsertedObjectIsNewAgain) {
  Obj book = new_obj(book_, R"({"title": "new"})");
  Tx tx(db_);
  ASSERT_OK(save(book, tx.ctx()));
  EXPECT_NE(book.id(), 0);
  EXPECT_EQ(book.integer("pages"), 7);
  ASSERT_OK(tx.rollback());
  expect_new(book);
  EXPECT_EQ(book.json(), R"({"title":"new"})");
  ASSERT_OK(save(book, nullptr));
  EXPECT_EQ(read_text(db_, book_, book.id(), "title"), "new");
  EXPECT_EQ(counted(db_, book_, "{}"), 2);
}

TEST_P(TakenBack, AnUpdatedObjectHasItsChangesAndItsOriginalsAgain) {
  Obj book = old_book();
  const std::string before = book.json(), updated = book.text("title");
  const int64_t time = book.integer("updatedAt");
  Tx tx(db_);
  ASSERT_OK(book.set("title", "one"));
  ASSERT_OK(save(book, tx.ctx()));
  ASSERT_OK(book.set("title", "two"));
  ASSERT_OK(book.set("pages", 9));
  ASSERT_OK(save(book, tx.ctx()));
  EXPECT_EQ(book.integer("version"), 2);
  ASSERT_OK(tx.rollback());
  EXPECT_EQ(book.changes(), R"({"title":["old","two"],"pages":[7,9]})");
  EXPECT_EQ(book.integer("version"), 0);
  EXPECT_EQ(book.integer("updatedAt"), time);
  EXPECT_EQ(Borrowed(const_cast<thing_obj*>(thing_obj_original(book))).json(), before);
  ASSERT_OK(save(book, nullptr));
  EXPECT_EQ(title(), "two");
  EXPECT_EQ(book.integer("version"), 1);
}

TEST_P(TakenBack, WhatWasSetSinceTheSaveStays) {
  Obj book = old_book();
  Tx tx(db_);
  ASSERT_OK(book.set("title", "saved"));
  ASSERT_OK(save(book, tx.ctx()));
  ASSERT_OK(book.set("pages", 9));
  ASSERT_OK(tx.rollback());
  EXPECT_EQ(book.changes(), R"({"title":["old","saved"],"pages":[7,9]})");
  Tx again(db_);
  ASSERT_OK(save(book, again.ctx()));
  ASSERT_OK(book.set("title", "old"));
  ASSERT_OK(again.rollback());
  EXPECT_EQ(book.changes(), R"({"pages":[7,9]})");
}

TEST_P(TakenBack, ADeletedObjectIsThereAgain) {
  Obj soft = old_book(), hard = old_book();
  ASSERT_OK(hard.set("pages", 8));
  Tx tx(db_);
  ASSERT_OK(call(thing_delete, db_, tx.ctx(), soft, THING_DELETE_DEFAULT));
  EXPECT_NE(thing_obj_state(soft) & THING_OBJ_DELETED, 0);
  ASSERT_OK(call(thing_restore, db_, tx.ctx(), soft));
  ASSERT_OK(call(thing_delete, db_, tx.ctx(), soft, THING_DELETE_DEFAULT));
  ASSERT_OK(tx.rollback());
  EXPECT_EQ(thing_obj_state(soft) & THING_OBJ_DELETED, 0);
  EXPECT_EQ(soft.state("deletedAt"), THING_STATE_NULL);
  EXPECT_EQ(soft.integer("version"), 0);
  Tx other(db_);
  ASSERT_OK(call(thing_delete, db_, other.ctx(), hard, THING_DELETE_HARD));
  ASSERT_OK(other.rollback());
  EXPECT_EQ(thing_obj_state(hard) & THING_OBJ_DELETED, 0);
  EXPECT_EQ(hard.changes(), R"({"pages":[7,8]})");
  ASSERT_OK(save(hard, nullptr));
  EXPECT_EQ(old_book().integer("pages"), 8);
  Tx last(db_);
  Obj kept = old_book();
  thing_obj* const both[] = {kept};
  ASSERT_OK(call(thing_delete_many, db_, last.ctx(), both, int64_t{1}, THING_DELETE_DEFAULT));
  ASSERT_OK(last.rollback());
  EXPECT_EQ(thing_obj_state(kept) & THING_OBJ_DELETED, 0);
  ASSERT_OK(call(thing_delete, db_, nullptr, kept, THING_DELETE_DEFAULT));
  EXPECT_FALSE(exists(db_, book_, id_));
}

TEST_P(TakenBack, ARestoredObjectIsDeletedAgain) {
  Obj book = old_book();
  ASSERT_OK(call(thing_delete, db_, nullptr, book, THING_DELETE_DEFAULT));
  Tx tx(db_);
  ASSERT_OK(call(thing_restore, db_, tx.ctx(), book));
  EXPECT_EQ(thing_obj_state(book) & THING_OBJ_DELETED, 0);
  ASSERT_OK(tx.rollback());
  EXPECT_NE(thing_obj_state(book) & THING_OBJ_DELETED, 0);
  ASSERT_OK(call(thing_restore, db_, nullptr, book));
  EXPECT_TRUE(exists(db_, book_, id_));
}

TEST_P(TakenBack, ACommitLeavesThemSaved) {
  Obj added = new_obj(book_, R"({"title": "new"})");
  Tx tx(db_);
  Obj changed = changed_book(tx.ctx());
  ASSERT_OK(save(added, tx.ctx()));
  ASSERT_OK(tx.commit());
  EXPECT_EQ(thing_obj_state(added), 0);
  EXPECT_EQ(thing_obj_state(changed), 0);
  EXPECT_TRUE(thing_obj_was_changed(changed, changed.field("title")));
  EXPECT_EQ(title(), "changed");
  EXPECT_TRUE(exists(db_, book_, added.id()));
  EXPECT_EQ(changed.integer("version"), 1);
}

TEST_P(TakenBack, ManyThatWereSavedTogether) {
  Obj one = new_obj(book_, R"({"title": "one"})"), two = new_obj(book_, R"({"title": "two"})"),
      old = old_book();
  ASSERT_OK(old.set("title", "three"));
  thing_obj* const all[] = {one, two, old};
  Tx tx(db_);
  ASSERT_OK(call(thing_save_many, db_, tx.ctx(), all, int64_t{3}));
  EXPECT_EQ(thing_obj_state(two), 0);
  ASSERT_OK(tx.rollback());
  expect_new(one);
  expect_new(two);
  EXPECT_EQ(old.changes(), R"({"title":["old","three"]})");
  ASSERT_OK(call(thing_save_many, db_, nullptr, all, int64_t{3}));
  EXPECT_EQ(query(db_, book_, R"({"orderBy": {"title": "asc"}})").texts("title"),
            (Texts{"one", "three", "two"}));
}

TEST_P(TakenBack, OnesThatWereUpserted) {
  Obj one = new_obj(author_, R"({"name": "Ann"})"), two = new_obj(author_, R"({"name": "Bob"})");
  const int32_t name = one.field("name");
  thing_obj* const many[] = {two};
  Tx tx(db_);
  ASSERT_OK(call(thing_upsert, db_, tx.ctx(), one, &name, 1));
  ASSERT_OK(call(thing_upsert_many, db_, tx.ctx(), many, int64_t{1}, &name, 1, nullptr, 0, 0));
  EXPECT_NE(one.id(), 0);
  ASSERT_OK(tx.rollback());
  expect_new(one);
  expect_new(two);
  ASSERT_OK(call(thing_upsert, db_, nullptr, one, &name, 1));
  EXPECT_EQ(counted(db_, author_, "{}"), 1);
}

TEST_P(TakenBack, ThoseOfASavepointAlone) {
  Tx tx(db_);
  Obj book = changed_book(tx.ctx(), "kept");
  ASSERT_OK(call(thing_tx_savepoint, tx, "here"));
  ASSERT_OK(book.set("title", "undone"));
  ASSERT_OK(save(book, tx.ctx()));
  Obj added = new_obj(book_, R"({"title": "new"})");
  ASSERT_OK(save(added, tx.ctx()));
  ASSERT_OK(call(thing_tx_rollback_to, tx, "here"));
  EXPECT_EQ(book.changes(), R"({"title":["kept","undone"]})");
  EXPECT_EQ(book.integer("version"), 1);
  expect_new(added);
  ASSERT_OK(save(book, tx.ctx()));
  ASSERT_OK(call(thing_tx_rollback_to, tx, "here"));
  EXPECT_EQ(book.changes(), R"({"title":["kept","undone"]})");
  ASSERT_OK(book.set("title", "last"));
  ASSERT_OK(save(book, tx.ctx()));
  ASSERT_OK(call(thing_tx_release, tx, "here"));
  ASSERT_OK(tx.commit());
  EXPECT_EQ(thing_obj_state(book), 0);
  EXPECT_EQ(book.integer("version"), 2);
  EXPECT_EQ(title(), "last");
}

TEST_P(TakenBack, ThoseOfANestedOneWithWhatIsAroundIt) {
  Tx outer(db_);
  Obj undone, kept;
  {
    Tx inner(db_, THING_TX_DEFAULT, outer.ctx());
    undone = changed_book(inner.ctx(), "undone");
    ASSERT_OK(inner.rollback());
  }
  EXPECT_EQ(undone.changes(), R"({"title":["old","undone"]})");
  Tx inner(db_, THING_TX_DEFAULT, outer.ctx());
  kept = changed_book(inner.ctx(), "kept");
  ASSERT_OK(inner.commit());
  EXPECT_EQ(thing_obj_state(kept), 0);
  ASSERT_OK(outer.rollback());
  EXPECT_EQ(kept.changes(), R"({"title":["old","kept"]})");
  ASSERT_OK(save(kept, nullptr));
  EXPECT_EQ(title(), "kept");

  Tx around(db_);
  Tx within(db_, THING_TX_DEFAULT, around.ctx());
  ASSERT_OK(kept.set("pages", 1));
  ASSERT_OK(save(kept, within.ctx()));
  ASSERT_OK(within.commit());
  ASSERT_OK(around.commit());
  EXPECT_EQ(thing_obj_state(kept), 0);
  EXPECT_EQ(old_book().integer("pages"), 1);
}

// Each of many parts is undone, or a part of what it is in; the object follows every time.
TEST_P(TakenBack, AsOftenAsItHappens) {
  Obj book = old_book();
  Tx tx(db_);
  std::string kept = "old";
  for (int i = 0; i < 40; ++i) {
    Tx part(db_, THING_TX_DEFAULT, tx.ctx());
    const std::string now = "t" + std::to_string(i);
    ASSERT_OK(book.set("title", now));
    ASSERT_OK(save(book, part.ctx()));
    if (i % 3 == 0) {
      ASSERT_OK(part.commit());
      kept = now;
      continue;
    }
    ASSERT_OK(part.rollback());
    EXPECT_EQ(book.changes(), R"({"title":[")" + kept + R"(",")" + now + R"("]})");
  }
  ASSERT_OK(tx.rollback());
  EXPECT_EQ(book.changes(), R"({"title":["old","t39"]})");
  EXPECT_EQ(book.integer("version"), 0);
}

TEST_P(TakenBack, ByACommitThatFails) {
  Tx tx(db_);
  Obj book = changed_book(tx.ctx()), added = new_obj(book_, R"({"title": "new"})");
  ASSERT_OK(save(added, tx.ctx()));
  thing_ctx_cancel(tx.ctx());
  EXPECT_STATUS(THING_E_CANCELLED, tx.commit());
  EXPECT_TRUE(book.is_dirty("title"));
  expect_new(added);
  ASSERT_OK(save(book, nullptr));
  EXPECT_EQ(title(), "changed");
}

TEST_P(TakenBack, ByACommitThatAConstraintRefuses) {
  if (database() == Database::kMysql) GTEST_SKIP() << "no constraints that wait for the commit";
  execute(db_,
          "CREATE TABLE notes (id INTEGER PRIMARY KEY, author INTEGER REFERENCES authors (id) "
          "DEFERRABLE INITIALLY DEFERRED)",
          nullptr);
  Tx tx(db_);
  Obj book = changed_book(tx.ctx()), added = new_obj(book_, R"({"title": "new"})");
  ASSERT_OK(save(added, tx.ctx()));
  execute(db_, "INSERT INTO notes VALUES (1, 999)", "notes", tx.ctx());
  EXPECT_STATUS(THING_E_FOREIGN_KEY, tx.commit());
  EXPECT_EQ(book.changes(), R"({"title":["old","changed"]})");
  expect_new(added);
}

TEST_P(TakenBack, ByATransactionThatIsFreed) {
  Obj added = new_obj(book_, R"({"title": "new"})"), freed = new_obj(book_, R"({"title": "f"})");
  {
    Tx tx(db_);
    ASSERT_OK(save(added, tx.ctx()));
    ASSERT_OK(save(freed, tx.ctx()));
    freed.reset();
  }
  expect_new(added);
}

TEST_P(TakenBack, BeforeAnotherThreadUsesThem) {
  Obj added = new_obj(book_, R"({"title": "new"})");
  Tx tx(db_);
  Obj book = changed_book(tx.ctx());
  ASSERT_OK(save(added, tx.ctx()));
  ASSERT_OK(tx.rollback());
  std::thread([&] {
    expect_new(added);
    EXPECT_OK(save(added, nullptr));
    EXPECT_OK(save(book, nullptr));
  }).join();
  EXPECT_EQ(title(), "changed");
  EXPECT_EQ(counted(db_, book_, "{}"), 2);
}

TEST_P(TakenBack, BeforeTheBodyOfARunThatIsTriedAgain) {
  struct Body {
    const Db* db;
    Obj added, changed;
    int calls = 0;
    Texts found = {};
    static thing_status run(void* user, thing_tx*, thing_ctx* ctx, thing_error** err) {
      auto* self = static_cast<Body*>(user);
      self->found.push_back(self->added.json() + self->changed.changes());
      EXPECT_OK(call(thing_save, *self->db, ctx, self->added));
      EXPECT_OK(call(thing_save, *self->db, ctx, self->changed));
      if (++self->calls < 3) return thing_error_set(err, THING_E_BUSY, "made up", -1);
      return THING_OK;
    }
  } body{&db_, new_obj(book_, R"({"title": "new"})"), old_book()};
  ASSERT_OK(body.changed.set("title", "changed"));
  ASSERT_OK(call(thing_tx_run, db_, nullptr, 0, 5, Body::run, &body));
  const std::string as_it_was = R"({"title":"new"}{"title":["old","changed"]})";
  EXPECT_EQ(body.found, (Texts{as_it_was, as_it_was, as_it_was}));
  EXPECT_EQ(title(), "changed");
  EXPECT_EQ(read_text(db_, book_, body.added.id(), "title"), "new");
  EXPECT_EQ(counted(db_, book_, "{}"), 2);
}

TEST_P(TakenBack, WithThoseThatWereSavedWithThem) {
  Obj author = new_obj(author_, R"({"name": "Ann"})"), book = new_obj(book_, R"({"title": "new"})"),
      second = new_obj(book_, R"({"title": "second"})");
  ASSERT_OK(call(thing_obj_set_related, book, "author", -1, author));
  ASSERT_OK(call(thing_obj_add_related, author, "books", -1, second));
  Tx tx(db_);
  ASSERT_OK(save(book, tx.ctx()));
  EXPECT_EQ(book.integer("authorId"), author.id());
  ASSERT_OK(tx.rollback());
  for (const Obj* o : {&author, &book, &second}) expect_new(*o);
  EXPECT_EQ(book.json(), R"({"title":"new","authorId":null})");
  EXPECT_EQ(second.json(), R"({"title":"second"})");
  ASSERT_OK(save(book, nullptr));
  EXPECT_NE(author.id(), 0);
  EXPECT_EQ(find(db_, book_, book.id()).integer("authorId"), author.id());
  EXPECT_EQ(find(db_, book_, second.id()).integer("authorId"), author.id());
}

TEST_P(TakenBack, NotWithARelationThatWasSetSince) {
  Obj ann = new_obj(author_, R"({"name": "Ann"})"), bob = new_obj(author_, R"({"name": "Bob"})"),
      book = new_obj(book_, R"({"title": "new"})");
  ASSERT_OK(save(bob, nullptr));
  ASSERT_OK(call(thing_obj_set_related, book, "author", -1, ann));
  Tx tx(db_);
  ASSERT_OK(save(book, tx.ctx()));
  ASSERT_OK(call(thing_obj_set_related, book, "author", -1, bob));
  ASSERT_OK(tx.rollback());
  ASSERT_OK(save(book, nullptr));
  EXPECT_EQ(find(db_, book_, book.id()).integer("authorId"), bob.id());
  expect_new(ann);
}

TEST_P(TakenBack, ByAFailureInsideOfATransactionThatGoesOn) {
  insert(db_, author_, R"({"name": "Ann"})");
  Obj author = new_obj(author_, R"({"name": "Ann"})"), first = new_obj(author_, R"({"name": "F"})"),
      book = new_obj(book_, R"({"title": "new"})"), before = new_obj(book_, R"({"title": "b"})");
  ASSERT_OK(call(thing_obj_set_related, before, "author", -1, first));
  ASSERT_OK(call(thing_obj_set_related, book, "author", -1, author));
  Tx tx(db_);
  Obj kept = changed_book(tx.ctx());
  thing_obj* const all[] = {before, book, kept};
  ASSERT_OK(kept.set("pages", 3));
  EXPECT_STATUS(THING_E_UNIQUE, call(thing_save_many, db_, tx.ctx(), all, int64_t{3}));
  for (const Obj* o : {&author, &first, &book, &before}) expect_new(*o);
  EXPECT_EQ(kept.changes(), R"({"pages":[7,3]})");
  ASSERT_OK(author.set("name", "Other"));
  ASSERT_OK(call(thing_save_many, db_, tx.ctx(), all, int64_t{3}));
  EXPECT_EQ(book.integer("authorId"), author.id());
  ASSERT_OK(tx.rollback());
  for (const Obj* o : {&author, &first, &book, &before}) expect_new(*o);
  EXPECT_EQ(kept.changes(), R"({"title":["old","changed"],"pages":[7,3]})");
  ASSERT_OK(call(thing_save_many, db_, nullptr, all, int64_t{3}));
  EXPECT_EQ(counted(db_, author_, "{}"), 3);
  EXPECT_EQ(find(db_, book_, book.id()).integer("authorId"), author.id());
}

TEST_P(TakenBack, WithoutWhatHooksSetInThem) {
  struct Hook {
    static thing_status run(void*, int32_t, thing_db*, thing_ctx*, thing_obj* o,
                            thing_error** err) {
      const int32_t pages = thing_model_field_index(thing_obj_model(o), "pages", -1);
      return thing_obj_set_int64(o, pages, thing_obj_int64(o, pages) + 1, err);
    }
  };
  int64_t hook = 0;
  ASSERT_OK(
      call(thing_hook_add, db_, book_, THING_ON_BEFORE_SAVE, Hook::run, nullptr, nullptr, &hook));
  Obj book = old_book();
  ASSERT_OK(book.set("title", "new"));
  for (int i = 0; i < 2; ++i) {
    Tx tx(db_);
    ASSERT_OK(save(book, tx.ctx()));
    EXPECT_EQ(book.integer("pages"), 8);
    ASSERT_OK(tx.rollback());
    EXPECT_EQ(book.changes(), R"({"title":["old","new"]})");
  }
  ASSERT_OK(save(book, nullptr));
  EXPECT_EQ(old_book().integer("pages"), 8);
}

// What a hook saves by its ctx goes with the write that it is part of.
TEST_P(TakenBack, WithObjectsThatAHookSaved) {
  struct Hook {
    Obj author;
    bool refuses = false;
    static thing_status run(void* user, int32_t, thing_db* db, thing_ctx* ctx, thing_obj*,
                            thing_error** err) {
      auto* self = static_cast<Hook*>(user);
      EXPECT_OK(call(thing_save, db, ctx, self->author));
      return self->refuses ? thing_error_set(err, THING_E_CALLBACK, "no", -1) : THING_OK;
    }
  } user{new_obj(author_, R"({"name": "Ann"})")};
  int64_t hook = 0;
  ASSERT_OK(call(thing_hook_add, db_, book_, THING_ON_AFTER_SAVE | THING_HOOK_MAY_FAIL, Hook::run,
                 &user, nullptr, &hook));
  user.refuses = true;
  Obj book = new_obj(book_, R"({"title": "new"})");
  EXPECT_STATUS(THING_E_CALLBACK, save(book, nullptr));
  expect_new(user.author);
  {
    Tx tx(db_);
    EXPECT_STATUS(THING_E_CALLBACK, save(book, tx.ctx()));
    expect_new(user.author);
    user.refuses = false;
    ASSERT_OK(save(book, tx.ctx()));
    EXPECT_NE(user.author.id(), 0);
    ASSERT_OK(tx.rollback());
  }
  expect_new(user.author);
  expect_new(book);
  ASSERT_OK(save(book, nullptr));
  EXPECT_EQ(counted(db_, author_, "{}"), 1);
  EXPECT_EQ(thing_obj_state(user.author), 0);
}

TEST_P(TakenBack, CopiesOfThemToo) {
  Obj added = new_obj(book_, R"({"title": "new"})");
  Tx tx(db_);
  ASSERT_OK(save(added, tx.ctx()));
  Obj copy(thing_obj_clone(added));
  added.reset();
  ASSERT_OK(tx.rollback());
  expect_new(copy);
  EXPECT_EQ(copy.json(), R"({"title":"new"})");
}

TEST_P(TakenBack, ButNotWhatIsReadAfterwards) {
  Tx tx(db_);
  Obj book = changed_book(tx.ctx());
  ASSERT_OK(tx.rollback());
  ASSERT_OK(call(thing_reload, db_, nullptr, book));
  EXPECT_EQ(thing_obj_state(book) & THING_OBJ_DIRTY, 0);
  EXPECT_EQ(book.text("title"), "old");
  EXPECT_EQ(book.integer("version"), 0);
  ASSERT_OK(book.set("title", "later"));
  ASSERT_OK(save(book, nullptr));
  EXPECT_EQ(title(), "later");
}

// Whatever asks first finds the object as it was.
TEST_P(TakenBack, ForEveryCall) {
  const auto has = [](thing_buf* raw, const char* text) {
    const Buf buf(raw);
    return buf.get() != nullptr && buf.text().find(text) != std::string::npos;
  };
  const int32_t title = thing_model_field_index(book_, "title", -1),
                version = thing_model_field_index(book_, "version", -1);
  using Ask = std::function<bool(Obj&)>;
  const std::vector<std::pair<const char*, Ask>> calls = {
      {"id", [](Obj& o) { return thing_obj_id(o) == 0; }},
      {"state", [](Obj& o) { return (thing_obj_state(o) & THING_OBJ_NEW) != 0; }},
      {"field_state",
       [&](Obj& o) { return thing_obj_field_state(o, version) == THING_STATE_MISSING; }},
      {"int64",
       [&](Obj& o) {
         return thing_obj_int64(o, thing_model_field_index(book_, "pages", -1)) == 0;
       }},
      {"double",
       [&](Obj& o) {
         return thing_obj_double(o, thing_model_field_index(book_, "pages", -1)) == 0;
       }},
      {"original", [](Obj& o) { return thing_obj_original(o) == nullptr; }},
      {"dirty", [&](Obj& o) { return thing_obj_dirty(o, title) && thing_obj_dirty(o, -1); }},
      {"revert",
       [&](Obj& o) {
         thing_obj_revert(o, title);
         return o.state("title") == THING_STATE_MISSING;
       }},
      {"was_changed", [](Obj& o) { return !thing_obj_was_changed(o, -1); }},
      {"set",
       [](Obj& o) {
         return o.set("pages", 1).status == THING_OK && o.json() == R"({"title":"new","pages":1})";
       }},
      {"assign",
       [](Obj& o) { return o.assign(R"({"pages": 1})").status == THING_OK && o.id() == 0; }},
      {"changes", [](Obj& o) { return o.changes().find("title") != std::string::npos; }},
      {"saved_changes", [](Obj& o) { return o.saved_changes() == "{}"; }},
      {"json", [](Obj& o) { return o.json() == R"({"title":"new"})"; }},
      {"json_fields",
       [&](Obj& o) {
         thing_buf* out = nullptr;
         EXPECT_OK(call(thing_obj_json_fields, o, "title,pages", -1, 0, &out));
         return !has(out, "pages");
       }},
      {"pack",
       [](Obj& o) {
         thing_buf* out = nullptr;
         EXPECT_OK(call(thing_obj_pack, o, &out));
         const Buf packed(out);
         thing_obj* again = nullptr;
         return call(thing_obj_unpack, thing_obj_model(o), thing_buf_data(packed),
                     thing_buf_len(packed), &again)
                    .status == THING_E_INVALID;
       }},
      {"require",
       [](Obj& o) { return call(thing_obj_require, o, nullptr, 0).status == THING_E_STATE; }},
      {"sync", [](Obj& o) { return call(thing_obj_sync, o).status == THING_OK && o.id() == 0; }},
      {"validate", [](Obj& o) { return call(thing_obj_validate, o).status == THING_OK; }},
      {"clone", [](Obj& o) { return Obj(thing_obj_clone(o)).id() == 0; }},
      {"same", [](Obj& o) { return !thing_obj_same(o, o); }},
      {"fresh",
       [this](Obj& o) {
         Obj out;
         return call(thing_fresh, db_, nullptr, o, out.out()).status == THING_E_INVALID;
       }},
      {"reload", [this](Obj& o) { return call(thing_reload, db_, nullptr, o).status < 0; }},
      {"delete", [this](Obj& o) { return call(thing_delete, db_, nullptr, o, 0).status < 0; }},
      {"has_related", [](Obj& o) { return !thing_obj_has_related(o, "author", -1); }},
      {"set_related",
       [](Obj& o) {
         return call(thing_obj_set_related, o, "author", -1, nullptr).status == THING_OK &&
                o.json() == R"({"title":"new","authorId":null})";
       }},
      {"save",
       [this](Obj& o) {
         const int64_t sql = db_.sql();
         return save(o, nullptr).status == THING_OK && db_.sql() > sql;
       }},
  };
  Tx tx(db_);
  std::vector<Obj> objects;
  for (size_t i = 0; i < calls.size(); ++i) {
    objects.push_back(new_obj(book_, R"({"title": "new"})"));
    ASSERT_OK(save(objects.back(), tx.ctx()));
  }
  ASSERT_OK(tx.rollback());
  for (size_t i = 0; i < calls.size(); ++i)
    EXPECT_TRUE(calls[i].second(objects[i])) << calls[i].first;
}

}  // namespace
}  // namespace conformance
