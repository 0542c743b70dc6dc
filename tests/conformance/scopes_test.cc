// Scopes: those that a query asks for, those that hold by themselves, and what a model lets be
// seen.
#include "support.h"

namespace conformance {
namespace {

class Scopes : public DatabaseTest {
 protected:
  void SetUp() override {
    db_.define(R"({"name": "Task", "fields": {
      "id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}},
      "title": "text", "stars": {"type": "int", "default": 0}, "tenant": {"type": "text", "default": "a"},
      "hidden": {"type": "bool", "default": false}, "extra": "json?"},
      "softDelete": true,
      "scopes": {"starred": {"where": {"stars": {"gte": 3}}, "orderBy": [{"stars": "desc"}]},
                 "named": {"where": {"OR": [{"title": "one"}, {"title": "two"}]}},
                 "byTitle": {"orderBy": [{"title": "asc"}]},
                 "mine": {"where": {"tenant": "a"}, "default": true}},
      "visible": {"hidden": false}})");
    task_ = db_.model("Task");
    for (const char* row :
         {R"({"title": "one", "stars": 3})", R"({"title": "two", "stars": 5})",
          R"({"title": "three", "stars": 4})", R"({"title": "four", "tenant": "b", "stars": 9})",
          R"({"title": "five", "hidden": true, "stars": 8})", R"({"title": "six"})"})
      insert(db_, task_, row);
  }
  static Outcome stars_to(const Db& db, const thing_model* m, const char* criteria, int64_t* n) {
    return call(thing_update_where, db, nullptr, parse(m, criteria), R"({"stars": 1})", -1, 0, n);
  }

  const thing_model* task_ = nullptr;
};
FOR_SETUPS(Scopes, kEverywhere);

TEST_P(Scopes, HoldInEveryListAndCount) {  // H8, M18
  EXPECT_EQ(matching(db_, task_, "{}"), (Ids{1, 2, 3, 6}));
  EXPECT_EQ(matching(db_, task_, R"({"where": {"stars": {"gte": 4}}})"), (Ids{2, 3}));
  Criteria all = parse(task_, "{}");
  bool exists = true;
  ASSERT_OK(call(thing_query_exists, db_, nullptr, parse(task_, R"({"where": {"title": "five"}})"),
                 &exists));
  EXPECT_FALSE(exists);
  Buf titles;
  ASSERT_OK(call(thing_query_pluck, db_, nullptr, all, thing_model_field_index(task_, "title", -1),
                 titles.out()));
  EXPECT_EQ(titles.text(), R"(["one","two","three","six"])");
}

TEST_P(Scopes, AreLeftOutByName) {
  EXPECT_EQ(matching(db_, task_, R"({"unscoped": ["mine"]})"), (Ids{1, 2, 3, 4, 6}));
  EXPECT_EQ(matching(db_, task_, R"({"unscoped": "visible"})"), (Ids{1, 2, 3, 5, 6}));
  EXPECT_EQ(matching(db_, task_, R"({"unscoped": true})"), (Ids{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(matching(db_, task_, R"({"unscoped": false})"), (Ids{1, 2, 3, 6}));
  Criteria q = parse(task_, "{}");
  ASSERT_OK(call(thing_criteria_unscoped, q, "mine", -1));
  int64_t n = 0;
  ASSERT_OK(call(thing_query_count, db_, nullptr, q, &n));
  EXPECT_EQ(n, 5);
  ASSERT_OK(call(thing_criteria_unscoped, q, nullptr, 0));
  ASSERT_OK(call(thing_query_count, db_, nullptr, q, &n));
  EXPECT_EQ(n, 6);
}

TEST_P(Scopes, AreLeftOutByTheContext) {
  Ctx all(db_, THING_CTX_UNSCOPED);
  EXPECT_EQ(ids(db_, task_, "{}", all), (Ids{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(ids(db_, task_, "{}"), (Ids{1, 2, 3, 6}));
  EXPECT_EQ(count(db_, task_, "{}", all), 6);
  EXPECT_TRUE(exists(db_, task_, 4, all));
  EXPECT_TRUE(exists(db_, task_, 5, all));
}

TEST_P(Scopes, AreAskedForByName) {
  EXPECT_EQ(matching(db_, task_, R"({"scope": "starred"})"), (Ids{2, 3, 1}));
  EXPECT_EQ(matching(db_, task_, R"({"scope": ["starred", "named"]})"), (Ids{2, 1}));
  EXPECT_EQ(matching(db_, task_, R"({"scope": ["starred"], "orderBy": {"id": "asc"}})"),
            (Ids{1, 2, 3}));
  EXPECT_EQ(matching(db_, task_, R"({"scope": "byTitle"})"), (Ids{1, 6, 3, 2}));
  EXPECT_EQ(matching(db_, task_, R"({"scope": ["starred"], "unscoped": ["mine"], "take": 2})"),
            (Ids{4, 2}));
  EXPECT_EQ(matching(db_, task_, R"({"scope": ["mine"], "unscoped": true})"), (Ids{1, 2, 3, 5, 6}));
  Criteria q(thing_criteria_new(task_));
  ASSERT_OK(call(thing_criteria_scope, q, "named", -1));
  Rows rows;
  ASSERT_OK(call(thing_query_run, db_, nullptr, q, rows.out()));
  EXPECT_EQ(rows.ids(), (Ids{1, 2}));
}

TEST_P(Scopes, KeepTheSlotsOfTheirQuery) {
  Criteria q(thing_criteria_new(task_));
  ASSERT_OK(call(thing_criteria_scope, q, "named", -1));
  thing_error* err = nullptr;
  const int32_t slot =
      thing_criteria_int64(q, thing_model_field_index(task_, "stars", -1), THING_OP_GE, 4, &err);
  ASSERT_GE(slot, 0);
  Rows rows;
  ASSERT_OK(call(thing_query_run, db_, nullptr, q, rows.out()));
  EXPECT_EQ(rows.ids(), (Ids{2}));
  ASSERT_OK(call(thing_criteria_rebind_int64, q, slot, 3));
  ASSERT_OK(call(thing_query_run, db_, nullptr, q, rows.out()));
  EXPECT_EQ(rows.ids(), (Ids{1, 2}));
}

TEST_P(Scopes, AreTold) {
  const Criteria q = parse(task_, R"({"scope": "starred", "unscoped": ["mine", "visible"]})");
  Buf json;
  ASSERT_OK(call(thing_criteria_json, q, json.out()));
  EXPECT_EQ(json.text(), R"({"scope":["starred"],"unscoped":["mine","visible"]})");
  ASSERT_OK(call(thing_criteria_json, parse(task_, R"({"unscoped": true})"), json.out()));
  EXPECT_EQ(json.text(), R"({"unscoped":true})");
}

TEST_P(Scopes, HideRowsFromReadsByKey) {  // M18
  for (int i = 0; i < 2; ++i) {           // from the database, from the cache
    EXPECT_TRUE(exists(db_, task_, 1));
    EXPECT_FALSE(exists(db_, task_, 4));
    EXPECT_FALSE(exists(db_, task_, 5));
    const int64_t ids[] = {5, 2, 4, 1, 2};
    Rows rows;
    ASSERT_OK(call(thing_by_ids, db_, nullptr, task_, ids, 5, rows.out()));
    EXPECT_EQ(rows.ids(), (Ids{2, 1, 2}));
  }
  Tx tx(db_);
  EXPECT_FALSE(exists(db_, task_, 5, tx.ctx()));
}

TEST_P(Scopes, FollowARowThatIsHiddenAndShown) {  // K-16
  EXPECT_EQ(matching(db_, task_, "{}"), (Ids{1, 2, 3, 6}));
  EXPECT_TRUE(exists(db_, task_, 2));
  Obj obj = find(db_, task_, 2);
  ASSERT_OK(obj.assign(R"({"hidden": true})"));
  ASSERT_OK(call(thing_save, db_, nullptr, obj));
  EXPECT_FALSE(exists(db_, task_, 2));
  EXPECT_EQ(matching(db_, task_, "{}"), (Ids{1, 3, 6}));
  EXPECT_EQ(counted(db_, task_, "{}"), 3);
  ASSERT_OK(obj.assign(R"({"hidden": false})"));
  ASSERT_OK(call(thing_save, db_, nullptr, obj));
  EXPECT_TRUE(exists(db_, task_, 2));
  EXPECT_EQ(matching(db_, task_, "{}"), (Ids{1, 2, 3, 6}));
  EXPECT_EQ(counted(db_, task_, "{}"), 4);
}

TEST_P(Scopes, HoldForBulkWrites) {
  int64_t n = 0;
  ASSERT_OK(stars_to(db_, task_, R"({"where": {"stars": {"gte": 5}}})", &n));
  EXPECT_EQ(n, 1);
  ASSERT_OK(stars_to(db_, task_, R"({"scope": "starred"})", &n));
  EXPECT_EQ(n, 2);
  EXPECT_STATUS(THING_E_INVALID, stars_to(db_, task_, "{}", &n))
      << "a default scope is no condition";
  EXPECT_STATUS(THING_E_INVALID, stars_to(db_, task_, R"({"scope": "byTitle"})", &n));
  ASSERT_OK(stars_to(db_, task_, R"({"where": {"stars": {"gte": 5}}, "unscoped": "mine"})", &n));
  EXPECT_EQ(n, 1);
  ASSERT_OK(call(thing_delete_where, db_, nullptr, parse(task_, R"({"where": {"id": {"gte": 4}}})"),
                 THING_DELETE_DEFAULT, 0, &n));
  EXPECT_EQ(n, 1);
  EXPECT_EQ(sql_value(db_, "SELECT count(*) FROM tasks WHERE deleted_at IS NULL"), "5");
}

TEST_P(Scopes, HideRowsFromWritesByKey) {
  const int32_t stars = thing_model_field_index(task_, "stars", -1);
  for (const int64_t id : {4, 5}) {
    EXPECT_STATUS(THING_NOT_FOUND, call(thing_incr, db_, nullptr, task_, id, stars, 1, nullptr));
    for (const int32_t mode : {THING_DELETE_SOFT, THING_DELETE_HARD})
      EXPECT_STATUS(THING_NOT_FOUND, call(thing_delete_by_id, db_, nullptr, task_, id, mode));
  }
  int64_t now = 0;
  ASSERT_OK(call(thing_incr, db_, nullptr, task_, 1, stars, 1, &now));
  EXPECT_EQ(now, 4);
  ASSERT_OK(call(thing_delete_by_id, db_, nullptr, task_, 1, THING_DELETE_HARD));
  Ctx all(db_, THING_CTX_UNSCOPED);
  ASSERT_OK(call(thing_delete_by_id, db_, all, task_, 5, THING_DELETE_HARD));
  EXPECT_EQ(sql_value(db_, "SELECT count(*) FROM tasks"), "4");
}

TEST_P(Scopes, LeaveSoftDeleteAsItIs) {
  remove(db_, task_, 1);
  Ctx all(db_, THING_CTX_WITH_DELETED);
  EXPECT_EQ(ids(db_, task_, "{}", all), (Ids{1, 2, 3, 6}));
  EXPECT_EQ(ids(db_, task_, R"({"unscoped": true})"), (Ids{2, 3, 4, 5, 6}));
  Ctx only(db_, THING_CTX_ONLY_DELETED);
  EXPECT_EQ(ids(db_, task_, "{}", only), (Ids{1}));
  Obj hidden = find(db_, task_, 5, all);
  EXPECT_EQ(hidden.get(), nullptr);
}

TEST_P(Scopes, LetObjectsBeSavedAndReadAgain) {
  Ctx all(db_, THING_CTX_UNSCOPED);
  Obj hidden = find(db_, task_, 5, all);
  ASSERT_OK(hidden.set("title", "still five"));
  ASSERT_OK(call(thing_save, db_, nullptr, hidden));
  ASSERT_OK(call(thing_reload, db_, nullptr, hidden));
  EXPECT_EQ(hidden.text("title"), "still five");
  ASSERT_OK(call(thing_delete, db_, nullptr, hidden, THING_DELETE_SOFT));
}

TEST_P(Scopes, PageThroughWhatIsSeenAlone) {  // K-15, N14
  Tx tx(db_);
  std::vector<Obj> objs;
  std::vector<thing_obj*> raw;
  for (int i = 0; i < 260; ++i) {
    objs.push_back(
        new_obj(task_, i % 13 == 0 ? R"({"title": "p", "hidden": true})" : R"({"title": "p"})"));
    raw.push_back(objs.back());
  }
  ASSERT_OK(call(thing_save_many, db_, tx.ctx(), raw.data(), 260));
  ASSERT_OK(tx.commit());
  EXPECT_EQ(counted(db_, task_, R"({"where": {"title": "p"}})"), 240);
  Ids seen;
  std::string token;
  do {
    const std::string after = token.empty() ? "" : R"(, "after": ")" + token + "\"";
    Rows rows = query(db_, task_, R"({"where": {"title": "p"}, "take": 7)" + after + "}");
    for (const int64_t id : rows.ids()) seen.push_back(id);
    token = rows.next();
  } while (!token.empty());
  EXPECT_EQ(seen, matching(db_, task_, R"({"where": {"title": "p"}})"));
  EXPECT_EQ(seen.size(), 240U);
  EXPECT_EQ(query(db_, task_, R"({"where": {"title": "p"}, "skip": 230, "take": 20})").count(), 10);
}

TEST_P(Scopes, BeginAPageWithARowThatIsSeen) {
  EXPECT_EQ(ids(db_, task_, R"({"cursor": {"id": 3}})"), (Ids{3, 6}));
  EXPECT_EQ(ids(db_, task_, R"({"cursor": {"id": 5}})"), Ids{});
  EXPECT_EQ(ids(db_, task_, R"({"cursor": {"id": 5}, "unscoped": true})"), (Ids{5, 6}));
}

TEST_P(Scopes, AskTheDatabaseWhereTheyCanNotDecide) {
  db_.define(R"({"name": "Doc", "table": "docs", "fields": {"id": "int", "body": "json?"},
      "visible": {"body": {"not": {"a": 1}}}})");
  const thing_model* doc = db_.model("Doc");
  for (const char* row : {R"({"id": 1, "body": {"a": 1}})", R"({"id": 2, "body": {"a": 2}})",
                          R"({"id": 3, "body": {"a": 3}})"})
    insert(db_, doc, row);
  EXPECT_EQ(sql_value(db_, "SELECT count(*) FROM docs"), "3");
  const Ids listed = matching(db_, doc, "{}");
  for (int i = 0; i < 2; ++i) {
    Ids by_id;
    for (int64_t id = 1; id <= 3; ++id) {
      if (exists(db_, doc, id)) by_id.push_back(id);
    }
    EXPECT_EQ(by_id, listed);
    const int64_t all[] = {1, 2, 3};
    Rows rows;
    ASSERT_OK(call(thing_by_ids, db_, nullptr, doc, all, 3, rows.out()));
    EXPECT_EQ(rows.ids(), listed);
  }
  EXPECT_EQ(listed, (Ids{2, 3}));
  EXPECT_STATUS(THING_NOT_FOUND, call(thing_delete_by_id, db_, nullptr, doc, 1, THING_DELETE_HARD));
  EXPECT_OK(call(thing_delete_by_id, db_, nullptr, doc, 2, THING_DELETE_HARD));
}

TEST_P(Scopes, AreCachedAsOtherConditionsAre) {
  if (!GetParam().is_cached()) GTEST_SKIP() << "there is no cache";
  const char* lists[] = {"{}", R"({"unscoped": true})", R"({"scope": "starred"})"};
  for (const char* json : lists) ids(db_, task_, json);
  for (const char* json : lists) count(db_, task_, json);
  const int64_t before = db_.sql();
  EXPECT_EQ(ids(db_, task_, lists[0]), (Ids{1, 2, 3, 6}));
  EXPECT_EQ(ids(db_, task_, lists[1]), (Ids{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(ids(db_, task_, lists[2]), (Ids{2, 3, 1}));
  EXPECT_EQ(count(db_, task_, lists[1]), 6);
  EXPECT_EQ(db_.sql(), before);
}

TEST_P(Scopes, RefuseWhatIsNone) {
  Criteria q(thing_criteria_new(task_));
  EXPECT_STATUS(THING_E_INVALID, call(thing_criteria_scope, q, "nothing", -1));
  EXPECT_STATUS(THING_E_INVALID, call(thing_criteria_unscoped, q, "nothing", -1));
  Rows rows;
  for (const char* json : {R"({"scope": "nothing"})", R"({"scope": [1]})", R"({"unscoped": ["x"]})",
                           R"({"scope": {}})"})
    EXPECT_TRUE(fails_with(call(thing_query, db_, nullptr, task_, json, -1, rows.out()),
                           {THING_E_INVALID, THING_E_TYPE}))
        << json;
  for (const char* keys :
       {R"("scopes": {"visible": {"where": {"a": 1}}})", R"("scopes": {"s": {}})",
        R"("scopes": {"s": {"where": {"b": 1}}})", R"("visible": {"a": "x"})",
        R"("scopes": {"s": {"orderBy": [{"a": "asc"}], "default": true}})", R"("visible": true)",
        R"("scopes": {"s": {"where": {"a": 1}, "global": true}})"}) {
    const std::string model =
        std::string(R"({"name": "Bad", "fields": {"id": "int", "a": "int"}, )") + keys + "}";
    EXPECT_STATUS(THING_E_MODEL, call(thing_model_register, db_, model.c_str(), -1)) << keys;
  }
}

TEST_P(Scopes, ArePartOfTheDocumentThatAModelPrints) {
  Buf printed;
  ASSERT_OK(call(thing_model_json, task_, printed.out()));
  EXPECT_NE(printed.text().find(R"("mine":{"where":{"tenant": "a"},"default":true})"),
            std::string::npos)
      << printed.text();
  EXPECT_OK(call(thing_model_register, db_, printed.text().c_str(), -1));
}

// ---- of models at the other end of a relation

class ScopesOfRelations : public DatabaseTest {
 protected:
  void SetUp() override {
    db_.define(R"([{"name": "Shelf", "fields": {"id": "int"},
        "relations": {"books": {"has_many": "Book"}}},
      {"name": "Book", "fields": {"id": "int", "shelfId": "int?", "lost": {"type": "bool", "default": false},
        "stars": {"type": "int", "default": 0}},
        "relations": {"shelf": {"belongs_to": "Shelf"}},
        "scopes": {"good": {"where": {"stars": {"gte": 3}}}}, "visible": {"lost": false}}])");
    shelf_ = db_.model("Shelf");
    for (const char* row : {R"({"id": 1})", R"({"id": 2})"}) insert(db_, shelf_, row);
    for (const char* row :
         {R"({"id": 1, "shelfId": 1, "stars": 5})",
          R"({"id": 2, "shelfId": 1, "lost": true, "stars": 5})",
          R"({"id": 3, "shelfId": 2, "lost": true})", R"({"id": 4, "shelfId": 1})"})
      insert(db_, db_.model("Book"), row);
  }
  Texts books_of(const char* include) const {
    const std::string criteria = std::string(R"({"include": {"books": )") + include + "}}";
    Rows shelves = query(db_, shelf_, criteria);
    Texts all;
    for (int64_t i = 0; i < shelves.count(); ++i) {
      Rows books;
      EXPECT_OK(call(thing_rows_related, shelves, i, "books", -1, books.out()));
      std::string joined;
      for (const int64_t id : books.ids()) joined += std::to_string(id) + " ";
      all.push_back(joined);
    }
    return all;
  }

  const thing_model* shelf_ = nullptr;
};
FOR_SETUPS(ScopesOfRelations, kEverywhere);

TEST_P(ScopesOfRelations, HoldForWhatIsLoaded) {  // H6, T33, O3
  EXPECT_EQ(books_of("true"), (Texts{"1 4 ", ""}));
  EXPECT_EQ(books_of(R"({"unscoped": true})"), (Texts{"1 2 4 ", "3 "}));
  EXPECT_EQ(books_of(R"({"scope": "good"})"), (Texts{"1 ", ""}));
  EXPECT_EQ(books_of(R"({"scope": "good", "unscoped": "visible"})"), (Texts{"1 2 ", ""}));
}

TEST_P(ScopesOfRelations, HoldForConditions) {
  EXPECT_EQ(matching(db_, shelf_, R"({"where": {"books": {"some": {}}}})"), (Ids{1}));
  EXPECT_EQ(matching(db_, shelf_, R"({"where": {"books": {"none": {"stars": 0}}}})"), (Ids{2}));
  Ctx all(db_, THING_CTX_UNSCOPED);
  EXPECT_EQ(ids(db_, shelf_, R"({"where": {"books": {"some": {}}}})", all), (Ids{1, 2}));
}

TEST_P(ScopesOfRelations, TakeNoRelationIntoTheirCondition) {
  const char* model = R"({"name": "Bad", "fields": {"id": "int", "shelfId": "int?"},
      "relations": {"shelf": {"belongs_to": "Shelf"}}, "visible": {"shelf": {"id": 1}}})";
  EXPECT_STATUS(THING_E_MODEL, call(thing_model_register, db_, model, -1));
}

// ---- unique keys of the rows that are alive

class AliveKeys : public DatabaseTest {
 protected:
  static constexpr const char* kModel = R"({"name": "Account", "fields": {
      "id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}},
      "email": {"type": "text", "unique": true, "alive": true}, "shop": "int?", "number": "int?"},
      "indexes": [{"fields": ["shop", "number"], "unique": true, "alive": true, "where": {"shop": {"gt": 0}}}],
      "softDelete": true})";
};
FOR_SETUPS(AliveKeys, kEverywhere);

TEST_P(AliveKeys, AreFreeAgainOfDeletedRows) {
  if (!nature().has_partial_indexes) GTEST_SKIP() << "the database has no indexes with a condition";
  db_.define(kModel);
  const thing_model* m = db_.model("Account");
  const int64_t first = insert(db_, m, R"({"email": "a", "shop": 1, "number": 1})");
  Obj twin = new_obj(m, R"({"email": "a"})"),
      other = new_obj(m, R"({"email": "b", "shop": 1, "number": 1})");
  EXPECT_STATUS(THING_E_UNIQUE, call(thing_save, db_, nullptr, twin));
  EXPECT_STATUS(THING_E_UNIQUE, call(thing_save, db_, nullptr, other));
  Obj gone = find(db_, m, first);
  ASSERT_OK(call(thing_delete, db_, nullptr, gone, THING_DELETE_SOFT));
  ASSERT_OK(call(thing_save, db_, nullptr, twin));
  ASSERT_OK(call(thing_save, db_, nullptr, other));
  EXPECT_STATUS(THING_E_UNIQUE, call(thing_restore, db_, nullptr, gone));
  EXPECT_NE(thing_obj_state(gone) & THING_OBJ_DELETED, 0);
  EXPECT_FALSE(exists(db_, m, first));
  remove(db_, m, twin.id(), THING_DELETE_HARD);
  remove(db_, m, other.id());
  EXPECT_OK(call(thing_restore, db_, nullptr, gone));
  Buf plan;
  ASSERT_OK(call(thing_schema_plan, db_, nullptr, plan.out()));
  EXPECT_EQ(plan.text(), "");
}

TEST_P(AliveKeys, AreRefusedWhereTheDatabaseHasNone) {
  if (nature().has_partial_indexes) GTEST_SKIP() << "the database has indexes with a condition";
  ASSERT_OK(call(thing_model_register, db_, kModel, -1));
  EXPECT_STATUS(THING_E_UNSUPPORTED, call(thing_schema_sync, db_, nullptr));
}

TEST_P(AliveKeys, NeedSoftDeleteAndAUniqueKey) {
  for (
      const char* model :
      {R"({"name": "Bad", "fields": {"id": "int", "a": {"type": "int", "unique": true, "alive": true}}})",
       R"({"name": "Bad", "fields": {"id": "int", "a": {"type": "int", "alive": true}}, "softDelete": true})",
       R"({"name": "Bad", "fields": {"id": "int", "a": "int"}, "softDelete": true,
            "indexes": [{"fields": ["a"], "alive": true}]})"})
    EXPECT_STATUS(THING_E_MODEL, call(thing_model_register, db_, model, -1)) << model;
}

TEST_P(AliveKeys, ArePartOfTheDocumentThatAModelPrints) {
  ASSERT_OK(call(thing_model_register, db_, kModel, -1));
  Buf printed;
  ASSERT_OK(call(thing_model_json, db_.model("Account"), printed.out()));
  EXPECT_OK(call(thing_model_register, db_, printed.text().c_str(), -1)) << printed.text();
}

}  // namespace
}  // namespace conformance
