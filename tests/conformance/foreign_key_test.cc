// Foreign keys in documents: made, kept to, found again, and never different without a word.
#include "support.h"

namespace conformance {
namespace {

constexpr const char* kAuthors =
    R"({"name": "Author", "fields": {"id": "int", "code": {"type": "text", "unique": true}}})";
constexpr const char* kAuthorsAndBooks = R"([
  {"name": "Book", "fields": {"id": "int", "authorId": "int?"},
   "foreign_keys": [{"fields": ["authorId"], "references": {"model": "Author"}}]},
  {"name": "Author", "fields": {"id": "int", "code": {"type": "text", "unique": true}}}])";

// Author, and Book with this key over `authorId` (int?, default 0) or `code` (text?).
std::string books(const std::string& key) {
  return std::string("[") + kAuthors +
         R"(, {"name": "Book", "fields": {"id": "int", "authorId": {"type": "int", "null": true, "default": 0},
              "code": "text?"}, "foreign_keys": [{)" +
         key + "}]}]";
}

class ForeignKeys : public DatabaseTest {
 protected:
  static Outcome define(const Db& db, const std::string& models) {
    Outcome outcome = call(thing_model_register, db, models.data(), -1);
    return outcome.status != THING_OK ? outcome : call(thing_schema_sync, db, nullptr);
  }
  static std::string plan(const Db& db) {
    Buf buf;
    EXPECT_OK(call(thing_schema_plan, db, nullptr, buf.out()));
    return buf.text();
  }
  static Outcome save(const Db& db, const char* model, const char* json) {
    Obj obj = new_obj(db.model(model), json);
    return call(thing_save, db, nullptr, obj);
  }
  static Outcome delete_author(const Db& db, int64_t id) {
    return call(thing_delete_by_id, db, nullptr, db.model("Author"), id, THING_DELETE_DEFAULT);
  }
  // What is kept of a book, asked twice so that a cache answers.
  static std::string book(const Db& db, const char* field) {
    const auto read = [&]() -> std::string {
      const Obj obj = find(db, db.model("Book"), 1);
      if (obj.get() == nullptr) return "<ABSENT>";
      const Json value = Json::parse(obj.json())[field];
      return value.kind() == Json::Kind::kNull ? "<NULL>" : value.text();
    };
    const std::string first = read();
    EXPECT_EQ(read(), first);
    return first;
  }
  static bool has_set_default() { return database() != Database::kMysql; }
};
FOR_SETUPS(ForeignKeys, kEverywhere);

TEST_P(ForeignKeys, AreMadeAndKeptTo) {
  ASSERT_OK(define(db_, kAuthorsAndBooks));
  EXPECT_EQ(plan(db_), "");
  const Outcome refused = save(db_, "Book", R"({"id": 1, "authorId": 7})");
  EXPECT_STATUS(THING_E_FOREIGN_KEY, refused);
  EXPECT_EQ(refused.model, "Book");
  EXPECT_EQ(refused.constraint, is_sqlite() ? "" : "books_author_id_fkey");
  ASSERT_OK(save(db_, "Author", R"({"id": 7, "code": "x"})"));
  ASSERT_OK(save(db_, "Book", R"({"id": 1, "authorId": 7})"));
  ASSERT_OK(save(db_, "Book", R"({"id": 2})"));
  EXPECT_STATUS(THING_E_FOREIGN_KEY, delete_author(db_, 7));
}

TEST_P(ForeignKeys, AreWrittenOutInTheModel) {
  ASSERT_OK(define(db_, kAuthorsAndBooks));
  Buf json;
  ASSERT_OK(call(thing_model_json, db_.model("Book"), json.out()));
  EXPECT_EQ(
      Json::parse(json.text())["foreign_keys"].print(),
      R"([{"name":"books_author_id_fkey","fields":["authorId"],"references":{"model":"Author"},)"
      R"("on_delete":"no_action","on_update":"no_action"}])");
  EXPECT_OK(call(thing_model_register, db_, json.text().c_str(), -1)) << "the same model";
}

TEST_P(ForeignKeys, DoWhatTheyAreToWhenARowGoes) {
  const std::string key = R"("fields": ["authorId"], "references": {"model": "Author"}, )";
  const std::pair<const char*, const char*> actions[] = {{"cascade", "<ABSENT>"},
                                                         {"set_null", "<NULL>"},
                                                         {"set_default", "0"},
                                                         {"restrict", "7"},
                                                         {"no_action", "7"}};
  for (const auto& [action, expected] : actions) {
    SCOPED_TRACE(action);
    const Place place(GetParam());
    const Db db(place.url());
    const Outcome made = define(db, books(key + R"("on_delete": ")" + action + "\""));
    if (std::string(action) == "set_default" && !has_set_default()) {
      EXPECT_STATUS(THING_E_UNSUPPORTED, made);
      continue;
    }
    ASSERT_OK(made);
    EXPECT_EQ(plan(db), "");
    ASSERT_OK(save(db, "Author", R"({"id": 0, "code": "none"})"));
    ASSERT_OK(save(db, "Author", R"({"id": 7, "code": "x"})"));
    ASSERT_OK(save(db, "Book", R"({"id": 1, "authorId": 7})"));
    EXPECT_EQ(book(db, "authorId"), "7");
    EXPECT_EQ(counted(db, db.model("Book"), R"({"where": {"authorId": 7}})"), 1);
    const bool stays = std::string(expected) == "7";
    EXPECT_STATUS(stays ? THING_E_FOREIGN_KEY : THING_OK, delete_author(db, 7));
    EXPECT_EQ(book(db, "authorId"), expected);
    EXPECT_EQ(counted(db, db.model("Book"), R"({"where": {"authorId": 7}})"), stays ? 1 : 0);
  }
}

TEST_P(ForeignKeys, FollowAKeyThatChanges) {
  const std::string key =
      R"("fields": ["code"], "references": {"model": "Author", "fields": ["code"]}, )";
  for (const auto& [action, expected] :
       {std::pair("cascade", "new"), {"set_null", "<NULL>"}, {"restrict", "old"}}) {
    SCOPED_TRACE(action);
    const Place place(GetParam());
    const Db db(place.url());
    ASSERT_OK(define(db, books(key + R"("on_update": ")" + action + "\"")));
    ASSERT_OK(save(db, "Author", R"({"id": 7, "code": "old"})"));
    ASSERT_OK(save(db, "Book", R"({"id": 1, "code": "old", "authorId": null})"));
    EXPECT_EQ(book(db, "code"), "old");
    Obj author = find(db, db.model("Author"), 7);
    ASSERT_OK(author.set("code", "new"));
    EXPECT_STATUS(std::string(expected) == "old" ? THING_E_FOREIGN_KEY : THING_OK,
                  call(thing_save, db, nullptr, author));
    EXPECT_EQ(book(db, "code"), expected);
  }
}

// Simple, composite, to itself, in a circle, to a unique field; every action that there is.
std::string all_keys(bool has_set_default) {
  const std::string last = has_set_default ? "set_default" : "restrict";
  return R"([
    {"name": "Shelf", "fields": {"room": "text", "place": "int", "best": "int?"}, "primary": ["room", "place"],
     "foreign_keys": [{"name": "best of", "fields": ["best"], "references": {"model": "Volume"}, "on_delete": "set_null"}]},
    {"name": "Volume", "fields": {"id": "int", "room": "text?", "place": "int?", "before": "int?", "owner": "uuid?",
                                  "lender": {"type": "uuid", "null": true, "default": null}},
     "foreign_keys": [
       {"fields": ["place", "room"], "references": {"model": "Shelf", "fields": ["place", "room"]},
        "on_delete": "cascade", "on_update": "cascade"},
       {"fields": ["before"], "references": {"model": "Volume"}, "on_delete": "restrict"},
       {"fields": ["owner"], "references": {"table": "Strange \"people`", "columns": ["key"]}, "on_update": "restrict"},
       {"fields": ["lender"], "references": {"model": "Person", "fields": ["key"]}, "on_delete": ")" +
         last + R"("}]},
    {"name": "Person", "table": "Strange \"people`", "fields": {"id": "int", "key": {"type": "uuid", "unique": true}}}])";
}

TEST_P(ForeignKeys, ComeBackFromTheDatabase) {
  ASSERT_OK(define(db_, all_keys(has_set_default())));
  EXPECT_EQ(plan(db_), "");
  const std::string documents = introspected(db_);
  const Json all = Json::parse(documents);
  size_t keys = 0;
  for (size_t i = 0; i < all.size(); ++i) keys += all.at(i)["foreign_keys"].size();
  EXPECT_EQ(keys, 5u) << documents;

  const Place place(GetParam());
  const Db other(place.url());
  ASSERT_OK(define(other, documents));
  EXPECT_EQ(plan(other), "");
  EXPECT_EQ(introspected(other), documents) << "made anew from what was found";
  if (GetParam().in_memory) return;
  const Db again = open_again();
  ASSERT_OK(call(thing_model_register, again, documents.data(), -1));
  EXPECT_EQ(plan(again), "") << "what was found is what is there";
}

TEST_P(ForeignKeys, OfOtherToolsAreFoundAndAccepted) {
  execute_all(
      {"CREATE TABLE towns (id INTEGER PRIMARY KEY)",
       "CREATE TABLE folks (id INTEGER PRIMARY KEY, town INTEGER REFERENCES towns ON "
       "DELETE CASCADE, x INTEGER REFERENCES nowhere)"},
      {"CREATE TABLE towns (id bigint PRIMARY KEY)",
       "CREATE TABLE folks (id bigint PRIMARY KEY, town integer CONSTRAINT lives REFERENCES "
       "towns ON DELETE CASCADE DEFERRABLE)"},
      {"CREATE TABLE towns (id int PRIMARY KEY)",
       "CREATE TABLE folks (id bigint PRIMARY KEY, town int, CONSTRAINT lives FOREIGN KEY "
       "(town) REFERENCES towns (id) ON DELETE CASCADE)"});
  const std::string documents = introspected(db_);
  const Json all = Json::parse(documents);
  const Json& folks = all.at(0)["table"].text() == "folks" ? all.at(0) : all.at(1);
  ASSERT_EQ(folks["foreign_keys"].size(), 1u) << documents;
  const Json& key = folks["foreign_keys"].at(0);
  EXPECT_EQ(key["references"].print(), R"({"table":"towns","columns":["id"]})");
  EXPECT_EQ(key["on_delete"].text(), "cascade");
  EXPECT_EQ(key["name"].text(), is_sqlite() ? "" : "lives");
  ASSERT_OK(call(thing_model_register, db_, documents.data(), -1));
  EXPECT_EQ(plan(db_), "");
}

TEST_P(ForeignKeys, AreRefusedWhereTheyCanNotBe) {
  const struct {
    const char* key;
    thing_status status;
    const char* says;
  } cases[] = {
      {R"("fields": ["code"], "references": {"model": "Author"})", THING_E_SCHEMA, "'code'"},
      {R"("fields": ["authorId"], "references": {"model": "Author", "fields": ["code"]})",
       THING_E_SCHEMA, "'author_id'"},
      {R"("fields": ["authorId"], "references": {"table": "authors", "columns": ["nothing"]})",
       THING_E_SCHEMA, "(nothing)"},
      {R"("fields": ["authorId"], "references": {"table": "nowhere"})", THING_E_SCHEMA, "nowhere"},
      {R"("fields": ["authorId"], "references": {"table": "nowhere", "columns": ["id"]})",
       THING_E_SCHEMA, "nowhere"},
      {R"("fields": ["authorId", "code"], "references": {"model": "Author"})", THING_E_MODEL,
       "primary key"},
      {R"("fields": ["authorId"], "references": {"model": "Nobody"})", THING_E_MODEL, "Nobody"},
      {R"("fields": ["authorId"], "references": {"model": "Author", "fields": ["nothing"]})",
       THING_E_MODEL, "nothing"}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.key);
    const Place place(GetParam());
    const Db db(place.url());
    const Outcome refused = define(db, books(c.key));
    EXPECT_STATUS(c.status, refused);
    EXPECT_TRUE(says(refused, c.says));
    EXPECT_EQ(conformance::tables(db), Texts{}) << "nothing was made";
  }
}

TEST_P(ForeignKeys, OfDocumentsThatAreWrongAreTold) {
  const char* wrong[] = {
      R"("fields": ["authorId"])",
      R"("references": {"model": "Author"})",
      R"("fields": [], "references": {"model": "Author"})",
      R"("fields": ["nothing"], "references": {"model": "Author"})",
      R"("fields": ["authorId", "authorId"], "references": {"model": "Author"})",
      R"("fields": ["authorId"], "references": "Author")",
      R"("fields": ["authorId"], "references": {})",
      R"("fields": ["authorId"], "references": {"model": "Author", "table": "authors"})",
      R"("fields": ["authorId"], "references": {"table": "authors", "fields": ["id"]})",
      R"("fields": ["authorId"], "references": {"model": "Author", "fields": ["id", "code"]})",
      R"("fields": ["authorId"], "references": {"model": "Author"}, "on_delete": "CASCADE")",
      R"("fields": ["authorId"], "references": {"model": "Author"}, "on_delete": null)",
      R"("fields": ["authorId"], "references": {"model": "Author"}, "onDelete": "cascade")",
      R"("fields": ["authorId"], "references": {"model": "Author"}, "name": "")"};
  for (const char* key : wrong) {
    const Outcome refused = call(thing_model_register, db_, books(key).data(), -1);
    EXPECT_STATUS(THING_E_MODEL, refused) << key;
    EXPECT_TRUE(says(refused, "foreign_keys[0]")) << key;
  }
}

TEST_P(ForeignKeys, AreInTheStatementsOfAModel) {
  const std::string key =
      R"("fields": ["authorId"], "references": {"model": "Author"}, "on_delete": "cascade")";
  ASSERT_OK(call(thing_model_register, db_, books(key).data(), -1));
  const auto ddl = [this](const char* dialect) {
    Buf buf;
    EXPECT_OK(call(thing_ddl, db_, db_.model("Book"), dialect, buf.out()));
    return buf.text();
  };
  EXPECT_NE(ddl("sqlite").find(R"(, CONSTRAINT "books_author_id_fkey" FOREIGN KEY ("author_id") )"
                               R"(REFERENCES "authors" ("id") ON DELETE CASCADE);)"),
            std::string::npos)
      << ddl("sqlite");
  EXPECT_NE(ddl("postgres")
                .find(R"(ALTER TABLE "books" ADD CONSTRAINT "books_author_id_fkey" FOREIGN KEY )"),
            std::string::npos)
      << ddl("postgres");
}

// ---- a table that is there

class ForeignKeysOfTwo : public ForeignKeys {
 protected:
  void SetUp() override {
    if (IsSkipped()) return;
    ASSERT_OK(define(db_, R"([{"name": "Book", "fields": {"id": "int", "authorId": "int?"}},
                              {"name": "Author", "fields": {"id": "int"}}])"));
  }
  static std::string later(const std::string& fields, const std::string& key) {
    return R"([{"name": "Author", "fields": {"id": "int"}}, {"name": "Book", "fields": {"id": "int", "authorId": "int?")" +
           fields + R"(}, "foreign_keys": [{)" + key + "}]}]";
  }
};
FOR_SETUPS(ForeignKeysOfTwo, kConcurrent);

TEST_P(ForeignKeysOfTwo, AreAddedWhereTheDatabaseCan) {
  Db other = open_again();
  const Outcome added =
      define(other, later("", R"("fields": ["authorId"], "references": {"model": "Author"})"));
  if (is_sqlite()) {
    EXPECT_STATUS(THING_E_UNSUPPORTED, added);
    EXPECT_TRUE(says(added, "books_author_id_fkey"));
    return;
  }
  ASSERT_OK(added);
  EXPECT_EQ(plan(other), "");
  EXPECT_STATUS(THING_E_FOREIGN_KEY, save(other, "Book", R"({"id": 1, "authorId": 7})"));
}

TEST_P(ForeignKeysOfTwo, ComeWithANewColumn) {
  ASSERT_OK(save(db_, "Book", R"({"id": 1})"));
  Db other = open_again();
  ASSERT_OK(define(other, later(R"(, "editorId": "int?")",
                                R"("fields": ["editorId"], "references": {"model": "Author"},
                                   "on_delete": "set_null")")));
  EXPECT_EQ(plan(other), "");
  EXPECT_STATUS(THING_E_FOREIGN_KEY, save(other, "Book", R"({"id": 2, "editorId": 7})"));
  ASSERT_OK(save(other, "Author", R"({"id": 7})"));
  update(other, other.model("Book"), 1, R"({"editorId": 7})");
  EXPECT_EQ(book(other, "editorId"), "7");
  ASSERT_OK(delete_author(other, 7));
  EXPECT_EQ(book(other, "editorId"), "<NULL>");
}

TEST_P(ForeignKeysOfTwo, AreNotAddedToRowsThatBreakThem) {
  if (is_sqlite()) GTEST_SKIP() << "SQLite adds none to a table that is there";
  ASSERT_OK(save(db_, "Book", R"({"id": 1, "authorId": 7})"));
  Db other = open_again();
  EXPECT_STATUS(
      THING_E_FOREIGN_KEY,
      define(other, later("", R"("fields": ["authorId"], "references": {"model": "Author"})")));
  EXPECT_NE(plan(other), "");
  ASSERT_OK(save(db_, "Author", R"({"id": 7})"));
  EXPECT_OK(call(thing_schema_sync, other, nullptr));
  EXPECT_EQ(plan(other), "");
}

TEST_P(ForeignKeysOfTwo, ThatDifferAreTold) {
  const std::string key =
      R"("fields": ["editorId"], "references": {"model": "Author"}, "on_delete": )";
  Db first = open_again();
  ASSERT_OK(define(first, later(R"(, "editorId": "int?")", key + R"("cascade")")));
  Db second = open_again();
  const Outcome refused = define(second, later(R"(, "editorId": "int?")", key + R"("set_null")"));
  EXPECT_STATUS(THING_E_SCHEMA, refused);
  EXPECT_TRUE(says(refused, "CASCADE"));
  EXPECT_TRUE(says(refused, "SET NULL"));
  EXPECT_EQ(refused.constraint, "books_editor_id_fkey");
  // Another name is the same key, and a model that names none leaves it alone.
  Db third = open_again();
  ASSERT_OK(define(third, later(R"(, "editorId": "int?")", key + R"("cascade", "name": "mine")")));
  EXPECT_EQ(plan(third), "");
  EXPECT_EQ(plan(db_), "");
}

}  // namespace
}  // namespace conformance
