// Objects that hold some fields of their row: what needs another one says that it was not selected.
#include "support.h"

namespace conformance {
namespace {

class Partial : public DatabaseTest {
 protected:
  void SetUp() override {
    db_.define(R"([
      {"name": "Shelf", "fields": {"id": "int", "code": {"type": "text", "unique": true}}, "timestamps": true,
       "relations": {"books": {"has_many": "Book", "fields": ["shelfCode"], "references": ["code"]}}},
      {"name": "Book", "softDelete": true, "version": true, "fields": {
         "id": "int", "shelfCode": "text?", "title": "text", "pages": {"type": "int", "default": 1}, "extra": "json?"},
       "relations": {"shelf": {"belongs_to": "Shelf", "fields": ["shelfCode"], "references": ["code"], "touch": true}}},
      {"name": "Note", "fields": {"id": "int", "ownerType": "text", "ownerId": "int", "text": "text"},
       "relations": {"owner": {"belongs_to": ["Shelf", "Book"]}}}])");
    insert(db_, model("Shelf"), R"({"id": 1, "code": "A"})");
    insert(db_, model("Book"), R"({"id": 1, "shelfCode": "A", "title": "T", "extra": {"a": 1}})");
    insert(db_, model("Note"), R"({"id": 1, "ownerType": "Book", "ownerId": 1, "text": "n"})");
  }
  const thing_model* model(const char* name) const { return db_.model(name); }
  // The first object of the model, with these fields alone.
  Obj with(const char* name, const char* fields, bool distinct = false) const {
    return query(
               db_, model(name),
               R"({"select": )" + std::string(fields) + (distinct ? R"(, "distinct": true})" : "}"))
        .obj(0);
  }
  static void expect_not_selected(const Outcome& out, const char* model, const char* field) {
    EXPECT_STATUS(THING_E_STATE, out);
    EXPECT_TRUE(says(out, std::string(model) + ": '" + field + "' was not selected"));
    EXPECT_EQ(out.model, model);
    EXPECT_EQ(out.field, field);
  }
  Outcome save(const Obj& o) const { return call(thing_save, db_, nullptr, o); }

  Rows rows_;
  Obj out_;
  Buf buf_;
};
FOR_SETUPS(Partial, kEverywhere);

TEST_P(Partial, TellsWhichFieldsAreMissingWhenTheyAreRequired) {
  const Obj book = with("Book", R"(["title", "extra"])");
  const auto require = [](const Obj& o, std::vector<int32_t> fields) {
    return call(thing_obj_require, o, fields.data(), static_cast<int32_t>(fields.size()));
  };
  EXPECT_OK(require(book, {book.field("id"), book.field("title"), book.field("extra")}));
  expect_not_selected(require(book, {book.field("pages"), book.field("id"), book.field("version")}),
                      "Book", "pages,version");
  expect_not_selected(call(thing_obj_require, book, nullptr, 0), "Book",
                      "shelfCode,pages,deletedAt,version");
  EXPECT_OK(call(thing_obj_require, find(db_, model("Book"), 1), nullptr, 0));
  const Outcome unset =
      call(thing_obj_require, new_obj(model("Shelf"), R"({"id": 2})"), nullptr, 0);
  EXPECT_STATUS(THING_E_STATE, unset);
  EXPECT_TRUE(says(unset, "Shelf: 'code,createdAt,updatedAt' is unset"));
  EXPECT_STATUS(THING_E_INVALID, require(book, {99}));
}

TEST_P(Partial, GivesNothingOfWhatItDoesNotHold) {
  Obj book = with("Book", R"(["title"])");
  EXPECT_EQ(book.integer("pages"), 0);
  EXPECT_EQ(book.text("extra"), "<MISSING>");
  EXPECT_EQ(book.state("shelfCode"), THING_STATE_MISSING);
  EXPECT_EQ(book.json(), R"({"id":1,"title":"T"})");
  ASSERT_OK(call(thing_obj_json_fields, book, "title,pages", -1, 0, buf_.out()));
  EXPECT_EQ(buf_.text(), R"({"title":"T"})");
  ASSERT_OK(book.set("pages", 7));
  EXPECT_EQ(book.changes(), R"({"pages":[null,7]})");
  EXPECT_OK(call(thing_obj_validate, book));  // what is as it was loaded is not looked at
  thing_obj_revert(book, -1);
  EXPECT_EQ(book.state("pages"), THING_STATE_MISSING);
  // A packed row says which fields it has.
  ASSERT_OK(call(thing_obj_pack, book, buf_.out()));
  Obj copy(thing_obj_new(model("Book")));
  ASSERT_OK(call(thing_obj_assign_packed, copy, thing_buf_data(buf_), thing_buf_len(buf_)));
  EXPECT_EQ(copy.json(), R"({"id":1,"title":"T"})");
}

TEST_P(Partial, EditsNoFieldWhoseValueItWouldHaveToKnow) {
  Obj book = with("Book", R"(["title"])");
  expect_not_selected(call(thing_obj_json_set, book, book.field("extra"), "/a", -1, "2", -1),
                      "Book", "extra");
  expect_not_selected(call(thing_obj_json_merge, book, book.field("extra"), "{}", -1), "Book",
                      "extra");
  expect_not_selected(call(thing_obj_json_remove, book, book.field("extra"), "/a", -1), "Book",
                      "extra");
  expect_not_selected(
      call(thing_obj_fill_json, book, R"({"title": "U", "pages": 3})", -1, THING_FILL_IF_ABSENT),
      "Book", "pages");
  EXPECT_FALSE(book.is_dirty());
  ASSERT_OK(call(thing_obj_fill_json, book, R"({"title": "U"})", -1, THING_FILL_IF_ABSENT));
  EXPECT_EQ(book.text("title"), "T");
  ASSERT_OK(book.set("extra", R"({"b": 2})"));  // now it is known
  ASSERT_OK(call(thing_obj_json_set, book, book.field("extra"), "/b", -1, "3", -1));
  EXPECT_EQ(book.text("extra"), R"({"b":3})");
}

TEST_P(Partial, IsCopiedIntoNoNewRow) {
  Obj book = with("Book", R"(["title"])");
  expect_not_selected(call(thing_obj_replicate, book, nullptr, 0, out_.out()), "Book",
                      "shelfCode,pages,extra");
  const int32_t except[] = {book.field("shelfCode"), book.field("pages"), book.field("extra")};
  ASSERT_OK(call(thing_obj_replicate, book, except, 3, out_.out()));
  EXPECT_EQ(out_.json(), R"({"title":"T"})");
  expect_not_selected(call(thing_upsert, db_, nullptr, book, nullptr, 0), "Book",
                      "shelfCode,pages,extra,deletedAt,version");
}

TEST_P(Partial, IsWrittenByItsKeyAndVersion) {
  Obj book = with("Book", R"(["title", "shelfCode"])");
  ASSERT_OK(book.set("title", "U"));
  expect_not_selected(save(book), "Book", "version");
  for (const int32_t mode : {THING_DELETE_SOFT, THING_DELETE_HARD})
    expect_not_selected(call(thing_delete, db_, nullptr, book, mode), "Book", "version");
  expect_not_selected(call(thing_restore, db_, nullptr, book), "Book", "version");
  thing_obj* const all[] = {book};
  expect_not_selected(
      call(thing_save_many, db_, nullptr, static_cast<thing_obj* const*>(all), int64_t{1}), "Book",
      "version");
  EXPECT_EQ(read_text(db_, model("Book"), 1, "title"), "T");
  Obj known = with("Book", R"(["title", "shelfCode", "version"])");
  ASSERT_OK(known.set("title", "V"));
  ASSERT_OK(save(known));
  EXPECT_EQ(known.integer("version"), 1);
  Obj late = with("Book", R"(["shelfCode", "version"])");
  update(db_, model("Book"), 1, R"({"pages": 9})");
  EXPECT_STATUS(THING_E_CONFLICT, call(thing_delete, db_, nullptr, late, THING_DELETE_SOFT));
  ASSERT_OK(call(thing_reload, db_, nullptr, late));  // makes it whole
  EXPECT_OK(call(thing_obj_require, late, nullptr, 0));
  ASSERT_OK(call(thing_delete, db_, nullptr, late, THING_DELETE_SOFT));
}

TEST_P(Partial, OfDifferentRowsHasNoKeyToBeFoundBy) {
  Obj shelf = with("Shelf", R"(["code"])", true);
  EXPECT_EQ(shelf.id(), 0);
  ASSERT_OK(shelf.set("code", "B"));
  expect_not_selected(save(shelf), "Shelf", "id");
  expect_not_selected(call(thing_delete, db_, nullptr, shelf, THING_DELETE_HARD), "Shelf", "id");
  expect_not_selected(call(thing_reload, db_, nullptr, shelf), "Shelf", "id");
  expect_not_selected(call(thing_fresh, db_, nullptr, shelf, out_.out()), "Shelf", "id");
  EXPECT_FALSE(thing_obj_same(shelf, find(db_, model("Shelf"), 1)));
}

TEST_P(Partial, LeadsNowhereWithoutTheFieldsThatLeadThere) {
  const Obj shelf = with("Shelf", R"(["id"])");
  const Obj book = with("Book", R"(["title"])");
  const Obj note = with("Note", R"(["ownerId"])");
  const auto related = [this](const Obj& o, const char* relation) {
    return call(thing_related, db_, nullptr, o, relation, -1, 0, rows_.out());
  };
  expect_not_selected(related(shelf, "books"), "Shelf", "code");
  expect_not_selected(related(book, "shelf"), "Book", "shelfCode");
  expect_not_selected(related(note, "owner"), "Note", "ownerType");
  expect_not_selected(call(thing_related_one, db_, nullptr, book, "shelf", -1, 0, out_.out()),
                      "Book", "shelfCode");
  expect_not_selected(call(thing_obj_load, db_, nullptr, book, R"({"shelf": true})", -1), "Book",
                      "shelfCode");
  expect_not_selected(
      call(thing_obj_load, db_, nullptr, shelf, R"({"_count": {"select": {"books": true}}})", -1),
      "Shelf", "code");
  const Rows books = query(db_, model("Book"), R"({"select": ["title"]})");
  expect_not_selected(
      call(thing_rows_load, db_, nullptr, books, R"({"shelf": true})", -1, rows_.out()), "Book",
      "shelfCode");
  Criteria q;
  expect_not_selected(call(thing_criteria_related, shelf, "books", -1, q.out()), "Shelf", "code");
  expect_not_selected(call(thing_criteria_related, note, "owner", -1, q.out()), "Note",
                      "ownerType");
  EXPECT_FALSE(thing_obj_has_related(book, "shelf", -1));
  // A query that includes a relation loads what it needs for that.
  EXPECT_EQ(query(db_, model("Shelf"),
                  R"({"select": ["id"], "include": {"books": {"select": ["title"]}}})")
                .json(),
            R"([{"id":1,"code":"A","books":[{"id":1,"shelfCode":"A","title":"T"}]}])");
}

TEST_P(Partial, IsLinkedByFieldsThatItHas) {
  const Obj shelf = with("Shelf", R"(["id"])");
  Obj book = with("Book", R"(["title", "version"])");
  expect_not_selected(call(thing_link, db_, nullptr, shelf, "books", -1, THING_LINK_SET, "[1]", -1,
                           nullptr, 0, nullptr, nullptr),
                      "Shelf", "code");
  expect_not_selected(call(thing_obj_set_related, book, "shelf", -1, shelf.get()), "Shelf", "code");
  const Obj child = new_obj(model("Book"), R"({"id": 2, "title": "C"})");
  expect_not_selected(call(thing_obj_add_related, shelf, "books", -1, child), "Shelf", "code");
  EXPECT_EQ(child.state("shelfCode"), THING_STATE_MISSING);
  EXPECT_FALSE(book.is_dirty());
  // Whom a save touches has to be known, before and after.
  ASSERT_OK(book.set("title", "U"));
  EXPECT_STATUS(THING_E_STATE, save(book));
  ASSERT_OK(call(thing_obj_set_related, book, "shelf", -1, nullptr));
  const Outcome moved = save(book);
  EXPECT_STATUS(THING_E_STATE, moved);
  EXPECT_EQ(moved.field, "shelfCode");
  EXPECT_EQ(read_text(db_, model("Book"), 1, "title"), "T");
  const Ctx quiet(db_, THING_CTX_NO_TIMESTAMPS);
  ASSERT_OK(call(thing_save, db_, quiet, book));
  EXPECT_EQ(read_text(db_, model("Book"), 1, "shelfCode"), "<NULL>");
}

}  // namespace
}  // namespace conformance
