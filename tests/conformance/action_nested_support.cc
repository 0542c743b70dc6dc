#include "action_nested_support.h"

namespace conformance {
namespace {

constexpr const char* kModels = R"([
  {"name": "Author",
   "fields": {"id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}}, "name": {"type": "text", "minLength": 1},
     "email": {"type": "text", "unique": true, "null": true}, "bossId": "int?"},
   "timestamps": true, "softDelete": true, "version": true,
   "hidden": ["email", "bossId", "createdAt", "updatedAt", "deletedAt", "version"],
   "relations": {
     "boss": {"belongs_to": "Author", "on_delete": "set_null"},
     "staff": {"has_many": "Author", "inverse": "boss"},
     "profile": {"has_one": "Profile"},
     "books": {"has_many": "Book"},
     "drafts": {"has_many": "Book", "where": {"draft": true}},
     "reviews": {"has_many": "Review", "through": "books"},
     "prizes": {"many_to_many": "Prize", "through": "Award"}}},
  {"name": "Profile",
   "fields": {"id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}}, "authorId": "int", "bio": "text"},
   "hidden": ["authorId"],
   "relations": {"author": {"belongs_to": "Author", "unique": true, "touch": true}}},
  {"name": "Book",
   "fields": {"id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}}, "authorId": "int?",
     "title": {"type": "text", "minLength": 1}, "isbn": {"type": "text", "unique": true, "null": true},
     "draft": {"type": "bool", "default": false}, "sold": {"type": "int", "default": 0}},
   "hidden": ["authorId", "isbn", "draft", "sold"],
   "relations": {
     "author": {"belongs_to": "Author", "on_delete": "restrict"},
     "reviews": {"has_many": "Review"},
     "tags": {"many_to_many": "Tag"},
     "notes": {"has_many": "Note"}}},
  {"name": "Review",
   "fields": {"id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}}, "bookId": "int", "stars": "int"},
   "hidden": ["bookId"],
   "relations": {"book": {"belongs_to": "Book", "on_delete": "cascade"}}},
  {"name": "Tag",
   "fields": {"id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}}, "label": {"type": "text", "unique": true}},
   "order": [{"label": "asc"}],
   "relations": {"books": {"many_to_many": "Book"}}}
])";

}  // namespace

void NestedTest::SetUp() {
  DatabaseTest::SetUp();
  if (IsSkipped()) return;
  db_.define(kModels);
  Tx tx(db_);  // the ids that the database gives count from 1
  const auto add = [this, &tx](const char* name, std::initializer_list<const char*> rows) {
    for (const char* row : rows) insert(db_, db_.model(name), row, tx.ctx());
  };
  add("Author", {R"({"name": "Ann", "email": "ann"})",
                 R"({"name": "Bob", "email": "bob", "bossId": 1})", R"({"name": "Cem"})"});
  add("Profile", {R"({"authorId": 1, "bio": "writes"})"});
  add("Book",
      {R"({"authorId": 1, "title": "Alpha", "isbn": "a"})",
       R"({"authorId": 1, "title": "Beta", "isbn": "b", "draft": true})",
       R"({"authorId": 2, "title": "Gamma", "isbn": "c"})", R"({"title": "Delta", "isbn": "d"})"});
  add("Review", {R"({"bookId": 1, "stars": 5})", R"({"bookId": 1, "stars": 1})"});
  add("Tag", {R"({"label": "red"})", R"({"label": "blue"})", R"({"label": "green"})"});
  add("BooksTags", {R"({"bookId": 1, "tagId": 1})", R"({"bookId": 1, "tagId": 2})",
                    R"({"bookId": 3, "tagId": 2})"});
  ASSERT_OK(tx.commit());
}

Texts NestedTest::books(int64_t author) const {
  return query(db_, db_.model("Book"), R"({"where": {"authorId": )" + std::to_string(author) + "}}")
      .texts("title");
}

Texts NestedTest::tags(int64_t book) const {
  return query(db_, db_.model("Tag"),
               R"({"where": {"books": {"some": {"id": )" + std::to_string(book) + "}}}}")
      .texts("label");
}

std::string NestedTest::everything() const {
  std::string all;
  for (const char* name : {"Author", "Profile", "Book", "Review", "Tag", "BooksTags"})
    all += query(db_, db_.model(name), "{}").json(THING_JSON_HIDDEN) + "\n";
  return all;
}

}  // namespace conformance
