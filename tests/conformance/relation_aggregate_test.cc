// Numbers about the rows of relations: with lists, with objects, in actions.
#include "relation_support.h"

namespace conformance {
namespace {

class RelationNumbers : public RelationTest {};
FOR_SETUPS(RelationNumbers, kEverywhere);

TEST_P(RelationNumbers, CountsComeWithEachRow) {
  EXPECT_EQ(
      json(
          "Person",
          R"({"where": {"id": {"lte": 4}}, "include": {"_count": {"select": {"posts": true, "staff": true}}}})"),
      R"([{"id":1,"name":"Ann","_count":{"posts":2,"staff":3}},)"
      R"({"id":2,"name":"Bob","_count":{"posts":2,"staff":0}},)"
      R"({"id":3,"name":"Cem","_count":{"posts":1,"staff":1}},)"
      R"({"id":4,"name":"Dee","_count":{"posts":0,"staff":0}}])");
  EXPECT_EQ(json("Post", R"({"where": {"id": {"lte": 2}}, "include": {"_count": true}})"),
            R"([{"id":1,"title":"First","_count":{"comments":2,"tags":2}},)"
            R"({"id":2,"title":"Second","_count":{"comments":0,"tags":0}}])");
  EXPECT_EQ(
      json(
          "Post",
          R"({"where": {"id": 6}, "include": {"_exists": {"select": {"author": true, "tags": true}}}})"),
      R"([{"id":6,"title":"Lost","_exists":{"author":false,"tags":false}}])");
  EXPECT_EQ(json("Photo", R"({"include": {"_count": {"select": {"comments": true}}}})"),
            R"([{"code":"sea","number":1,"_count":{"comments":1}}])");
}

TEST_P(RelationNumbers, EachHasConditionsAndMayHaveAnotherName) {
  EXPECT_EQ(
      json("Person", R"({"where": {"id": {"lte": 2}}, "include": {"_count": {"select": {
             "posts": {"where": {"views": {"gt": 0}}}, "drafts": {"relation": "posts", "where": {"status": "draft"}},
             "discussed": {"relation": "posts", "where": {"comments": {"some": {}}}}}},
           "_exists": {"select": {"drafts": {"relation": "posts", "where": {"status": "draft"}}}}}})"),
      R"([{"id":1,"name":"Ann","_count":{"posts":1,"drafts":1,"discussed":1},"_exists":{"drafts":true}},)"
      R"({"id":2,"name":"Bob","_count":{"posts":2,"drafts":0,"discussed":1},"_exists":{"drafts":false}}])");
  EXPECT_EQ(json("Person",
                 R"({"where": {"id": 1}, "include": {"_count": {"select": {"published": true}}}})"),
            R"([{"id":1,"name":"Ann","_count":{"published":1}}])");
}

TEST_P(RelationNumbers, RowsThatAreReachedByManyWaysCountOnce) {
  insert(db_, model("PostsTags"), R"({"postId": 2, "tagId": 1})");
  EXPECT_EQ(
      json(
          "Person",
          R"({"where": {"id": {"in": [1, 2, 5]}}, "include": {"_count": {"select": {"tags": true, "postComments": true, "friends": true,
           "redTags": {"relation": "tags", "where": {"label": "red"}}}}}})"),
      R"([{"id":1,"name":"Ann","_count":{"tags":2,"postComments":2,"friends":2,"redTags":1}},)"
      R"({"id":2,"name":"Bob","_count":{"tags":2,"postComments":1,"friends":1,"redTags":0}},)"
      R"({"id":5,"name":"Eve","_count":{"tags":0,"postComments":0,"friends":0,"redTags":0}}])");
}

TEST_P(RelationNumbers, SumsAndAveragesOfNoRowsAreZeroAndNull) {
  EXPECT_EQ(
      json("Person",
           R"({"where": {"id": {"in": [1, 2, 4]}}, "include": {"_sum": {"posts": {"views": true}},
           "_avg": {"posts": {"select": ["views"]}}, "_min": {"posts": {"views": true, "title": true}},
           "_max": {"read": {"relation": "posts", "where": {"views": {"lt": 1000}}, "select": {"views": true}}}}})"),
      R"([{"id":1,"name":"Ann","_sum":{"posts":{"views":100}},"_avg":{"posts":{"views":50.0}},)"
      R"("_min":{"posts":{"views":0,"title":"First"}},"_max":{"read":{"views":100}}},)"
      R"({"id":2,"name":"Bob","_sum":{"posts":{"views":1050}},"_avg":{"posts":{"views":525.0}},)"
      R"("_min":{"posts":{"views":50,"title":"Fifth"}},"_max":{"read":{"views":50}}},)"
      R"({"id":4,"name":"Dee","_sum":{"posts":{"views":0}},"_avg":{"posts":{"views":null}},)"
      R"("_min":{"posts":{"views":null,"title":null}},"_max":{"read":{"views":null}}}])");
}

TEST_P(RelationNumbers, EachRelationIsOneStatementWhateverTheNumberOfRows) {
  const char* const plain = "{}";
  const int64_t without = statements([&] { (void)json("Person", plain); });
  const int64_t again = statements([&] { (void)json("Person", plain); });
  EXPECT_LE(again, without);
  EXPECT_EQ(
      statements([&] {
        (void)json(
            "Person",
            R"({"include": {"_count": {"select": {"posts": true, "tags": true}}, "_sum": {"posts": {"views": true}}}})");
      }),
      again + 2);
  EXPECT_EQ(
      statements([&] {
        (void)json(
            "Person",
            R"({"include": {"_count": {"select": {"posts": true, "drafts": {"relation": "posts", "where": {"status": "draft"}}}}}})");
      }),
      again + 2);
}

TEST_P(RelationNumbers, DeletedRowsDoNotCountUnlessAskedFor) {
  remove(db_, model("Comment"), 2);
  remove(db_, model("Person"), 2);
  const char* const query =
      R"({"where": {"id": 1}, "include": {"_count": {"select": {"postComments": true, "staff": true, "friends": true}}}})";
  EXPECT_EQ(json("Person", query),
            R"([{"id":1,"name":"Ann","_count":{"postComments":1,"staff":2,"friends":1}}])");
  const Ctx all(db_, THING_CTX_WITH_DELETED);
  EXPECT_EQ(json("Person", query, all),
            R"([{"id":1,"name":"Ann","_count":{"postComments":2,"staff":3,"friends":2}}])");
}

TEST_P(RelationNumbers, OfAnObjectAreThoseOfItsRow) {
  remove(db_, model("Person"), 2);
  const Ctx deleted(db_, THING_CTX_ONLY_DELETED);
  const char* const count = R"({"_count": {"select": {"staff": true}}})";
  EXPECT_EQ(json("Person", (R"({"include": )" + std::string(count) + "}").c_str(), deleted),
            R"([{"id":2,"name":"Bob","_count":{"staff":0}}])");
  const Obj ann = find(db_, model("Person"), 1);
  ASSERT_OK(call(thing_obj_load, db_, deleted, ann, count, -1));
  int64_t staff = 0;
  ASSERT_OK(call(thing_obj_related_int64, ann, "_count.staff", -1, &staff));
  EXPECT_EQ(staff, 2) << "those that are there";
}

// Texts of keys are told apart by their bytes, whatever the collation of a column of others.
TEST_P(RelationNumbers, KeysOfTextAreTheirBytes) {
  db_.define(R"([
    {"name": "Owner", "fields": {"code": {"type": "text", "primary": true}},
     "relations": {"parts": {"has_many": "Part"}, "things": {"many_to_many": "Thing", "through": "Pair"}}},
    {"name": "Part", "fields": {"id": {"type": "int", "primary": true}, "ownerCode": "text", "n": "int"},
     "relations": {"owner": {"belongs_to": "Owner", "fields": ["ownerCode"], "foreign_key": false, "index": false}}},
    {"name": "Thing", "fields": {"id": {"type": "int", "primary": true}},
     "relations": {"owners": {"many_to_many": "Owner", "through": "Pair"}}},
    {"name": "Pair", "fields": {"id": {"type": "int", "primary": true}, "ownerCode": "text", "thingId": "int"},
     "relations": {
       "owner": {"belongs_to": "Owner", "fields": ["ownerCode"], "foreign_key": false, "index": false},
       "thing": {"belongs_to": "Thing", "fields": ["thingId"], "foreign_key": false, "index": false}}}
  ])");
  if (database() == Database::kMysql) {
    for (const char* table : {"parts", "pairs"})
      execute(db_,
              "ALTER TABLE " + std::string(table) +
                  " MODIFY owner_code VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci",
              nullptr);
  }
  for (const char* code : {R"({"code": "A"})", R"({"code": "a"})"})
    insert(db_, model("Owner"), code);
  int64_t id = 0;
  for (const char* code : {"A", "a", "A", "a"}) {
    const std::string key = std::to_string(++id);
    const std::string owner = R"({"id": )" + key + R"(, "ownerCode": ")" + code + "\", ";
    insert(db_, model("Part"), owner + "\"n\": " + key + "}");
    insert(db_, model("Thing"), "{\"id\": " + key + "}");
    insert(db_, model("Pair"), owner + "\"thingId\": " + key + "}");
  }
  EXPECT_EQ(
      json(
          "Owner",
          R"({"include": {"_count": {"select": {"parts": true, "things": true}}, "_sum": {"parts": {"n": true}},
              "parts": {"take": 1, "select": ["id"]}, "things": {"take": 1}}})"),
      R"([{"code":"A","parts":[{"id":1,"ownerCode":"A"}],"things":[{"id":1}],"_count":{"parts":2,"things":2},"_sum":{"parts":{"n":4}}},)"
      R"({"code":"a","parts":[{"id":2,"ownerCode":"a"}],"things":[{"id":2}],"_count":{"parts":2,"things":2},"_sum":{"parts":{"n":6}}}])");
}

TEST_P(RelationNumbers, WritesAreSeenAtOnce) {
  const char* const query =
      R"({"where": {"id": 4}, "include": {"_count": {"select": {"posts": true, "tags": true}}}})";
  EXPECT_EQ(json("Person", query), R"([{"id":4,"name":"Dee","_count":{"posts":0,"tags":0}}])");
  insert(db_, model("Post"), R"({"id": 7, "authorId": 4, "title": "Seventh", "status": "draft"})");
  insert(db_, model("PostsTags"), R"({"postId": 7, "tagId": 2})");
  EXPECT_EQ(json("Person", query), R"([{"id":4,"name":"Dee","_count":{"posts":1,"tags":1}}])");
  update(db_, model("Post"), 7, R"({"authorId": 5})");
  EXPECT_EQ(json("Person", query), R"([{"id":4,"name":"Dee","_count":{"posts":0,"tags":0}}])");
}

TEST_P(RelationNumbers, ComeWithIncludedRowsToo) {
  EXPECT_EQ(
      json(
          "Person",
          R"({"where": {"id": 1}, "include": {"posts": {"select": {"title": true, "_count": {"select": {"tags": true}}}},
           "_count": {"select": {"posts": true}}}})"),
      R"([{"id":1,"name":"Ann","posts":[{"id":1,"title":"First","_count":{"tags":2}},)"
      R"({"id":2,"title":"Second","_count":{"tags":0}}],"_count":{"posts":2}}])");
}

TEST_P(RelationNumbers, ActionsTakeThemInIncludeAndSelect) {
  EXPECT_EQ(
      act("Person", "findMany",
          R"({"where": {"id": 1}, "select": {"name": true, "_count": {"select": {"posts": true}}}})"),
      R"([{"name":"Ann","_count":{"posts":2}}])");
  EXPECT_EQ(act("Person", "findMany",
                R"({"where": {"id": 3}, "select": {"_count": {"select": {"posts": true}}}})"),
            R"([{"_count":{"posts":1}}])");
  EXPECT_EQ(
      act("Person", "findUnique",
          R"({"where": {"id": 2}, "include": {"_count": {"select": {"posts": true}}, "profile": true}})"),
      R"({"id":2,"name":"Bob","profile":null,"_count":{"posts":2}})");
  EXPECT_EQ(
      act("Post", "update",
          R"({"where": {"id": 1}, "data": {"title": "Erst"}, "include": {"_count": {"select": {"tags": true}}}})"),
      R"({"id":1,"title":"Erst","_count":{"tags":2}})");
}

TEST_P(RelationNumbers, RowsThatWereLoadedTakeThemLater) {
  const Rows people = query(db_, model("Person"), R"({"where": {"id": {"in": [1, 4]}}})");
  Rows counted;
  ASSERT_OK(call(thing_rows_load, db_, nullptr, people,
                 R"({"_count": {"select": {"posts": true}}, "posts": {"take": 1}})", -1,
                 counted.out()));
  Rows more;
  EXPECT_EQ(
      statements([&] {
        ASSERT_OK(call(thing_rows_load, db_, nullptr, counted,
                       R"({"_count": {"select": {"posts": true, "tags": true}}})", -1, more.out()));
      }),
      1);
  EXPECT_EQ(
      more.json(),
      R"([{"id":1,"name":"Ann","posts":[{"id":1,"title":"First"}],"_count":{"posts":2,"tags":2}},)"
      R"({"id":4,"name":"Dee","posts":[],"_count":{"posts":0,"tags":0}}])");
  const Rows staff = query(
      db_, model("Person"),
      R"({"where": {"id": 1}, "include": {"staff": {"include": {"_count": {"select": {"posts": true}}}}}})");
  Rows of_first;
  ASSERT_OK(call(thing_rows_related, staff, 0, "staff", -1, of_first.out()));
  EXPECT_EQ(
      of_first.json(),
      R"([{"id":2,"name":"Bob","_count":{"posts":2}},{"id":3,"name":"Cem","_count":{"posts":1}},)"
      R"({"id":5,"name":"Eve","_count":{"posts":0}}])");
}

TEST_P(RelationNumbers, ObjectsGiveThemTyped) {
  const Obj ann =
      query(db_, model("Person"),
            R"({"where": {"id": 1}, "include": {"_count": {"select": {"posts": true}}}})")
          .obj(0);
  int64_t n = -1;
  ASSERT_OK(call(thing_obj_related_int64, ann, "_count.posts", -1, &n));
  EXPECT_EQ(n, 2);
  EXPECT_STATUS(THING_E_STATE, call(thing_obj_related_int64, ann, "_count.tags", -1, &n));
  EXPECT_EQ(n, 0);
  ASSERT_OK(call(
      thing_obj_load, db_, nullptr, ann,
      R"({"_exists": {"select": {"tags": true}}, "_avg": {"posts": {"views": true}}, "_min": {"posts": {"title": true}},
                     "_max": {"none": {"relation": "posts", "where": {"id": 0}, "select": {"views": true}}}, "profile": true})",
      -1));
  ASSERT_OK(call(thing_obj_related_int64, ann, "_exists.tags", -1, &n));
  EXPECT_EQ(n, 1);
  double average = 0;
  ASSERT_OK(call(thing_obj_related_double, ann, "_avg.posts.views", -1, &average));
  EXPECT_EQ(average, 50.0);
  const char* text = nullptr;
  int64_t len = 0;
  ASSERT_OK(call(thing_obj_related_text, ann, "_min.posts.title", -1, &text, &len));
  EXPECT_EQ(std::string(text, static_cast<size_t>(len)), "First");
  EXPECT_STATUS(THING_NULL, call(thing_obj_related_int64, ann, "_max.none.views", -1, &n));
  EXPECT_STATUS(THING_E_TYPE, call(thing_obj_related_int64, ann, "_min.posts.title", -1, &n));
  EXPECT_STATUS(THING_E_TYPE, call(thing_obj_related_text, ann, "_count.posts", -1, &text, &len));
  EXPECT_TRUE(thing_obj_has_related(ann, "profile", -1));
  EXPECT_EQ(
      ann.json(),
      R"({"id":1,"name":"Ann","profile":{"id":1,"bio":"writes"},"_count":{"posts":2},"_exists":{"tags":true},)"
      R"("_avg":{"posts":{"views":50.0}},"_min":{"posts":{"title":"First"}},"_max":{"none":{"views":null}}})");
  // They are of the row that it was.
  Obj other(thing_obj_clone(ann));
  ASSERT_OK(call(thing_obj_related_int64, other, "_count.posts", -1, &n));
  ASSERT_OK(other.set("id", 9));
  EXPECT_STATUS(THING_E_STATE, call(thing_obj_related_int64, other, "_count.posts", -1, &n));
  const Obj fresh = new_obj(model("Person"));
  ASSERT_OK(
      call(thing_obj_load, db_, nullptr, fresh, R"({"_count": {"select": {"posts": true}}})", -1));
  ASSERT_OK(call(thing_obj_related_int64, fresh, "_count.posts", -1, &n));
  EXPECT_EQ(n, 0);
}

TEST_P(RelationNumbers, ChosenFieldsArePrinted) {
  const Rows people =
      query(db_, model("Person"),
            R"({"where": {"id": 1}, "include": {"_count": {"select": {"posts": true, "tags": true}},
      "_sum": {"posts": {"views": true, "id": true}}}})");
  const auto chosen = [&people](const char* fields) {
    Buf out;
    EXPECT_OK(call(thing_rows_json_fields, people, fields, -1, 0, out.out()));
    return out.text();
  };
  EXPECT_EQ(chosen("_count{tags},name"), R"([{"_count":{"tags":2},"name":"Ann"}])");
  EXPECT_EQ(chosen("_sum{posts{views}},_avg"), R"([{"_sum":{"posts":{"views":100}},"_avg":null}])");
  EXPECT_EQ(chosen("-id,-_sum"), R"([{"name":"Ann","_count":{"posts":2,"tags":2}}])");
  Buf out;
  EXPECT_OK(call(thing_obj_json_fields, people.obj(0), "_count{posts}", -1, 0, out.out()));
  EXPECT_EQ(out.text(), R"({"_count":{"posts":2}})");
}

TEST_P(RelationNumbers, TheDocumentOfACriteriaHasThem) {
  const char* const document =
      R"({"where": {"id": 1}, "include": {"_count": {"select": {"drafts": {"relation": "posts", "where": {"status": "draft"}}}},
          "_sum": {"posts": {"views": true}}}, "orderBy": {"id": "asc"}})";
  const Criteria criteria = parse(model("Person"), document);
  Buf out;
  ASSERT_OK(call(thing_criteria_json, criteria, out.out()));
  EXPECT_EQ(json("Person", out.text().c_str()), json("Person", document)) << out.text();
}

TEST_P(RelationNumbers, WrongDocumentsAreErrorsWithTheirPlace) {
  EXPECT_TRUE(says(query_refused("Person", R"({"include": {"_count": {"posts": true}}})"),
                   "include._count"));
  EXPECT_TRUE(
      says(query_refused("Person", R"({"include": {"_count": {"select": {"pets": true}}}})"),
           "include._count.select: found relation 'pets'"));
  EXPECT_TRUE(says(
      query_refused("Person",
                    R"({"include": {"_count": {"select": {"posts": {"where": {"colour": 1}}}}}})"),
      "include._count.select.posts.where"));
  EXPECT_TRUE(says(
      query_refused("Person", R"({"include": {"_count": {"select": {"posts": {"take": 1}}}}})"),
      "found key 'take'"));
  EXPECT_TRUE(says(query_refused("Person", R"({"include": {"_sum": {"posts": {"title": true}}}})"),
                   "include._sum.posts: found 'title' that is text"));
  EXPECT_TRUE(says(query_refused("Person", R"({"include": {"_sum": {"posts": {"colour": true}}}})"),
                   "include._sum.posts: found field 'colour'"));
  EXPECT_TRUE(says(query_refused("Person", R"({"include": {"_sum": {"posts": true}}})"),
                   "include._sum.posts"));
  EXPECT_STATUS(
      THING_E_UNSUPPORTED,
      query_refused("Comment", R"({"include": {"_count": {"select": {"owner": true}}}})"));
}

TEST_P(RelationNumbers, TheCacheAloneHasNone) {
  const Ctx cache_only(db_, THING_CTX_CACHE_ONLY);
  (void)json("Person", R"({"where": {"id": 1}})");
  Rows rows;
  EXPECT_STATUS(THING_MORE,
                call(thing_query, db_, cache_only, model("Person"),
                     R"({"where": {"id": 1}, "include": {"_count": {"select": {"posts": true}}}})",
                     -1, rows.out()));
}

// Sums of decimals are exact; keys of several fields and of text are keys, too.
class RelationSums : public DatabaseTest {
 protected:
  void SetUp() override {
    DatabaseTest::SetUp();
    if (IsSkipped()) return;
    db_.define(R"([
      {"name": "Shop", "fields": {"city": "text", "number": "int"}, "primary": ["city", "number"],
       "relations": {"sales": {"has_many": "Sale", "fields": ["shopCity", "shopNumber"]}}},
      {"name": "Sale",
       "fields": {"id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}}, "shopCity": "text?", "shopNumber": "int?",
                  "total": "decimal?", "pieces": "int?", "weight": "float?", "open": {"type": "bool", "default": true}},
       "scopes": {"open": {"where": {"open": true}, "default": true}},
       "relations": {"goods": {"many_to_many": "Good"}}},
      {"name": "Good", "fields": {"code": {"type": "text", "primary": true}, "price": "decimal"},
       "relations": {"sales": {"many_to_many": "Sale"}}}
    ])");
  }
};
FOR_SETUPS(RelationSums, kEverywhere);

TEST_P(RelationSums, AreExactAndSeeWhatScopesLetThem) {
  const thing_model* const shop = db_.model("Shop");
  const thing_model* const sale = db_.model("Sale");
  for (const char* row : {R"({"city": "Ulm", "number": 1})", R"({"city": "Ulm", "number": 2})"})
    ASSERT_OK(call(thing_save, db_, nullptr, new_obj(shop, row)));
  for (const char* row : {R"({"code": "a", "price": "0.1"})", R"({"code": "A", "price": "0.20"})"})
    ASSERT_OK(call(thing_save, db_, nullptr, new_obj(db_.model("Good"), row)));
  Tx tx(db_);
  insert(
      db_, sale,
      R"({"shopCity": "Ulm", "shopNumber": 1, "total": "0.10", "pieces": 9223372036854775807, "weight": 0.5})",
      tx.ctx());
  insert(db_, sale,
         R"({"shopCity": "Ulm", "shopNumber": 1, "total": "99999999999999999.20", "pieces": null})",
         tx.ctx());
  insert(db_, sale, R"({"shopCity": "Ulm", "shopNumber": 1, "total": "5", "open": false})",
         tx.ctx());
  ASSERT_OK(tx.commit());
  const char* const sums =
      R"({"include": {"_count": {"select": {"sales": true, "all": {"relation": "sales", "unscoped": true}}},
          "_sum": {"sales": {"total": true, "pieces": true, "weight": true}}, "_avg": {"sales": {"total": true}}}})";
  EXPECT_EQ(
      query(db_, shop, sums).json(),
      R"([{"city":"Ulm","number":1,"_count":{"sales":2,"all":3},"_sum":{"sales":{"total":"99999999999999999.3","pieces":9223372036854775807,"weight":0.5}},)"
      R"("_avg":{"sales":{"total":"49999999999999999.65"}}},)"
      R"({"city":"Ulm","number":2,"_count":{"sales":0,"all":0},"_sum":{"sales":{"total":"0","pieces":0,"weight":0.0}},)"
      R"("_avg":{"sales":{"total":null}}}])");
  update(db_, sale, 2, R"({"pieces": 1})");
  Rows rows;
  EXPECT_TRUE(says(call(thing_query, db_, nullptr, shop, sums, -1, rows.out()),
                   "_sum.sales.pieces: found a sum of more than 64 bits"));
  const Obj first = find(db_, sale, 1);
  ASSERT_OK(call(thing_link, db_, nullptr, first, "goods", -1, THING_LINK_ADD, R"(["a", "A"])", -1,
                 nullptr, 0, nullptr, nullptr));
  ASSERT_OK(
      call(thing_obj_load, db_, nullptr, first, R"({"_sum": {"goods": {"price": true}}})", -1));
  const char* text = nullptr;
  int64_t len = 0;
  ASSERT_OK(call(thing_obj_related_text, first, "_sum.goods.price", -1, &text, &len));
  EXPECT_EQ(std::string(text, static_cast<size_t>(len)), "0.3");
  EXPECT_EQ(query(db_, db_.model("Good"),
                  R"({"where": {"code": "a"}, "include": {"_sum": {"sales": {"weight": true}}}})")
                .json(),
            R"([{"code":"a","price":"0.1","_sum":{"sales":{"weight":0.5}}}])");
}

}  // namespace
}  // namespace conformance
