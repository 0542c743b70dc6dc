// Conditions of queries on the standard data set: which rows they find.
#include "support.h"

namespace conformance {
namespace {

class Where : public StandardTest {
 protected:
  Ids users(const std::string& where) {
    return matching(db_, user_, R"({"where": )" + where + "}");
  }
  Ids posts(const std::string& where) {
    return matching(db_, post_, R"({"where": )" + where + "}");
  }
  Outcome refused(const std::string& where) {
    Rows rows;
    const std::string json = R"({"where": )" + where + "}";
    Outcome outcome = call(thing_query, db_, nullptr, user_, json.data(), -1, rows.out());
    EXPECT_EQ(rows.get(), nullptr) << where;
    return outcome;
  }
};
FOR_SETUPS(Where, kEverywhere);

TEST_P(Where, FindsEqualValues) {  // S1
  EXPECT_EQ(users(R"({"name": "Alice"})"), (Ids{1}));
  EXPECT_EQ(users(R"({"name": {"equals": "Alice"}})"), (Ids{1}));
  EXPECT_EQ(posts(R"({"userId": 1})"), (Ids{1, 2}));
  EXPECT_EQ(users(R"({"name": "alice"})"), Ids{});
}

TEST_P(Where, LeavesEqualValuesOutForNot) {  // S2
  EXPECT_EQ(users(R"({"name": {"not": "Alice"}})"), (Ids{2, 3, 4, 5}));
}

TEST_P(Where, LeavesNullOutForNot) {
  EXPECT_EQ(users(R"({"age": {"not": 25}})"), (Ids{2, 3, 5}));
  EXPECT_EQ(users(R"({"NOT": {"age": 25}})"), (Ids{2, 3, 5}));
}

TEST_P(Where, ComparesNumbers) {  // S3
  EXPECT_EQ(users(R"({"age": {"gt": 28}})"), (Ids{2, 3}));
  EXPECT_EQ(users(R"({"age": {"gte": 30}})"), (Ids{2, 3}));
  EXPECT_EQ(users(R"({"age": {"lt": 30}})"), (Ids{1, 5}));
  EXPECT_EQ(users(R"({"age": {"lte": 25}})"), (Ids{1}));
}

TEST_P(Where, NeverCountsNullAsGreaterOrLess) {  // S3
  EXPECT_EQ(users(R"({"age": {"gt": -9223372036854775808}})"), (Ids{1, 2, 3, 5}));
  EXPECT_EQ(users(R"({"age": {"lt": 9223372036854775807}})"), (Ids{1, 2, 3, 5}));
  EXPECT_EQ(users(R"({"NOT": {"age": {"gt": 28}}})"), (Ids{1, 5}));
}

TEST_P(Where, ComparesTextByBytes) {
  EXPECT_EQ(users(R"({"name": {"gt": "Bob"}})"), (Ids{3, 4, 5}));
  EXPECT_EQ(users(R"({"name": {"lt": "a"}})"), (Ids{1, 2, 3, 4, 5}));
}

TEST_P(Where, FindsListedValues) {  // S4
  EXPECT_EQ(users(R"({"name": {"in": ["Alice", "Bob", "Eve"]}})"), (Ids{1, 2, 5}));
  EXPECT_EQ(posts(R"({"id": {"in": [1, 3, 5]}})"), (Ids{1, 3, 5}));
  EXPECT_EQ(users(R"({"name": {"notIn": ["Alice", "Bob"]}})"), (Ids{3, 4, 5}));
}

TEST_P(Where, FindsEachRowOnceForRepeatedListedValues) {
  EXPECT_EQ(users(R"({"age": {"in": [25, 25, 30, 25]}})"), (Ids{1, 2}));
}

TEST_P(Where, LeavesNullOutForNotIn) {
  EXPECT_EQ(users(R"({"age": {"notIn": [25, 30]}})"), (Ids{3, 5}));
}

TEST_P(Where, FindsNothingInAnEmptyList) {  // S5
  EXPECT_EQ(users(R"({"age": {"in": []}})"), Ids{});
  EXPECT_EQ(users(R"({"NOT": {"name": {"in": []}}})"), (Ids{1, 2, 3, 4, 5}));
}

TEST_P(Where, FindsEverythingOutsideAnEmptyList) {  // S5
  EXPECT_EQ(users(R"({"age": {"notIn": []}})"), (Ids{1, 2, 3, 4, 5}));
  EXPECT_EQ(users(R"({"NOT": {"name": {"notIn": []}}})"), Ids{});
}

TEST_P(Where, TakesListsOfManyThousandValues) {
  std::string list = "3";
  for (int i = 0; i < 40'000; ++i) list += "," + std::to_string(100 + i);
  EXPECT_EQ(users(R"({"id": {"in": [)" + list + "]}}"), (Ids{3}));
  EXPECT_EQ(users(R"({"id": {"notIn": [)" + list + "]}}"), (Ids{1, 2, 4, 5}));
}

TEST_P(Where, FindsPartsOfText) {  // S6
  EXPECT_EQ(users(R"({"email": {"contains": "example.com"}})").size(), 5U);
  EXPECT_EQ(users(R"({"name": {"startsWith": "A"}})"), (Ids{1}));
  EXPECT_EQ(users(R"({"email": {"endsWith": "@example.com"}})").size(), 5U);
  EXPECT_EQ(users(R"({"name": {"contains": ""}})").size(), 5U);
}

TEST_P(Where, FindsPartsOfTextWithTheirCase) {
  EXPECT_EQ(users(R"({"name": {"startsWith": "a"}})"), Ids{});
  EXPECT_EQ(users(R"({"name": {"contains": "LI"}})"), Ids{});
  EXPECT_EQ(users(R"({"name": {"endsWith": "E"}})"), Ids{});
}

TEST_P(Where, TakesWildcardsLiterally) {  // S6
  const int64_t percent = insert(db_, user_, R"({"name": "100%", "email": "p"})");
  const int64_t underscore = insert(db_, user_, R"({"name": "a_b", "email": "u"})");
  insert(db_, user_, R"({"name": "axb", "email": "x"})");
  const int64_t rest = insert(db_, user_, R"({"name": "[*?\\", "email": "r"})");
  EXPECT_EQ(users(R"({"name": {"contains": "%"}})"), (Ids{percent}));
  EXPECT_EQ(users(R"({"name": {"contains": "_"}})"), (Ids{underscore}));
  EXPECT_EQ(users(R"({"name": {"startsWith": "a_"}})"), (Ids{underscore}));
  EXPECT_EQ(users(R"({"name": {"endsWith": "0%"}})"), (Ids{percent}));
  EXPECT_EQ(users(R"({"name": {"startsWith": "[*"}})"), (Ids{rest}));
  EXPECT_EQ(users(R"({"name": {"endsWith": "?\\"}})"), (Ids{rest}));
  EXPECT_EQ(users(R"({"name": {"contains": "\\%"}})"), Ids{});
}

TEST_P(Where, FoldsAsciiLettersWhenInsensitive) {
  EXPECT_EQ(users(R"({"name": {"equals": "aLICE", "mode": "insensitive"}})"), (Ids{1}));
  EXPECT_EQ(users(R"({"name": {"contains": "LI", "mode": "insensitive"}})"), (Ids{1, 3}));
  EXPECT_EQ(users(R"({"name": {"startsWith": "e", "mode": "insensitive"}})"), (Ids{5}));
  EXPECT_EQ(users(R"({"name": {"endsWith": "E", "mode": "insensitive"}})"), (Ids{1, 3, 5}));
  EXPECT_EQ(users(R"({"name": {"in": ["ALICE", "bob"], "mode": "insensitive"}})"), (Ids{1, 2}));
  EXPECT_EQ(users(R"({"name": {"not": "ALICE", "mode": "insensitive"}})"), (Ids{2, 3, 4, 5}));
}

TEST_P(Where, FoldsNoOtherLettersWhenInsensitive) {
  const int64_t id = insert(db_, user_, R"({"name": "ÄPFEL", "email": "k"})");
  EXPECT_EQ(users(R"({"name": {"equals": "Äpfel", "mode": "insensitive"}})"), (Ids{id}));
  EXPECT_EQ(users(R"({"name": {"equals": "äpfel", "mode": "insensitive"}})"), Ids{});
  EXPECT_EQ(users(R"({"name": {"contains": "äp", "mode": "insensitive"}})"), Ids{});
}

TEST_P(Where, FindsNullOnlyByNull) {  // S7
  EXPECT_EQ(users(R"({"age": null})"), (Ids{4}));
  EXPECT_EQ(users(R"({"age": {"equals": null}})"), (Ids{4}));
  EXPECT_EQ(users(R"({"age": {"not": null}})"), (Ids{1, 2, 3, 5}));
  EXPECT_EQ(posts(R"({"content": null})"), (Ids{4}));
  EXPECT_EQ(users(R"({"NOT": {"age": null}})"), (Ids{1, 2, 3, 5}));
}

TEST_P(Where, IncludesBothEndsOfBetween) {  // S8
  EXPECT_EQ(users(R"({"age": {"between": [25, 30]}})"), (Ids{1, 2, 5}));
  EXPECT_EQ(posts(R"({"views": {"between": [50, 200]}})"), (Ids{1, 3}));
  EXPECT_EQ(users(R"({"age": {"between": [30, 25]}})"), Ids{});
}

TEST_P(Where, JoinsConditionsByAndOrNot) {  // S9
  EXPECT_EQ(users(R"({"age": {"gte": 25}, "active": true})"), (Ids{1, 2, 5}));
  EXPECT_EQ(users(R"({"AND": [{"age": {"gte": 25}}, {"active": true}]})"), (Ids{1, 2, 5}));
  EXPECT_EQ(users(R"({"AND": {"age": {"gte": 25}, "active": true}})"), (Ids{1, 2, 5}));
  EXPECT_EQ(users(R"({"OR": [{"name": "Alice"}, {"name": "Bob"}]})"), (Ids{1, 2}));
  EXPECT_EQ(users(R"({"NOT": {"active": true}})"), (Ids{3}));
  EXPECT_EQ(posts(R"({"published": true, "OR": [{"views": {"gt": 50}}, {"userId": 1}]})"),
            (Ids{1, 5}));
}

TEST_P(Where, WantsNoneOfAnArrayOfNot) {
  EXPECT_EQ(users(R"({"NOT": [{"name": "Alice"}, {"name": "Bob"}]})"), (Ids{3, 4, 5}));
  EXPECT_EQ(users(R"({"NOT": {"name": "Alice", "active": false}})"), (Ids{1, 2, 3, 4, 5}));
}

// Where conditions say nothing, the others are as without them.
TEST_P(Where, TakesItsOwnValuesBesideConditionsThatSayNothing) {
  for (const char* nothing : {R"("OR": [{}, {"age": 7}])", R"("NOT": {"OR": []})",
                              R"("OR": [{"AND": []}, {"age": {"in": [1, 2, 3]}}])"}) {
    EXPECT_EQ(users("{" + std::string(nothing) + R"(, "name": "Bob", "active": true})"), Ids{2});
    EXPECT_EQ(users(R"({"name": "Alice", "active": true})"), Ids{1});
    EXPECT_EQ(users("{" + std::string(nothing) + R"(, "name": "Eve", "active": true})"), Ids{5});
  }
}

TEST_P(Where, FindsNothingForAnEmptyOrAndEverythingForAnEmptyAnd) {
  EXPECT_EQ(users(R"({"OR": []})"), Ids{});
  EXPECT_EQ(users(R"({"AND": []})").size(), 5U);
  EXPECT_EQ(users(R"({"NOT": []})").size(), 5U);
  EXPECT_EQ(users("{}").size(), 5U);
  EXPECT_EQ(users(R"({"name": "Alice", "OR": []})"), Ids{});
  EXPECT_EQ(users(R"({"OR": [{"OR": []}, {"name": "Alice"}]})"), (Ids{1}));
}

TEST_P(Where, WantsAllOperatorsOfOneObject) {
  EXPECT_EQ(users(R"({"age": {"gt": 25, "lt": 35}})"), (Ids{2, 5}));
  EXPECT_EQ(users(R"({"age": {"gte": 25, "not": 28, "notIn": [35]}})"), (Ids{1, 2}));
}

TEST_P(Where, NegatesAnOperatorObject) {
  EXPECT_EQ(users(R"({"age": {"not": {"gt": 28}}})"), (Ids{1, 5}));
  EXPECT_EQ(users(R"({"age": {"not": {"gte": 28, "lte": 30}}})"), (Ids{1, 3}));
  EXPECT_EQ(users(R"({"name": {"not": {"contains": "e"}}})"), (Ids{2, 4}));
}

TEST_P(Where, NestsGroups) {
  EXPECT_EQ(
      users(
          R"({"OR": [{"AND": [{"active": true}, {"age": {"lt": 26}}]}, {"NOT": {"OR": [{"active": true}]}}]})"),
      (Ids{1, 3}));
  std::string deep = R"({"name": "Alice"})";
  for (int i = 0; i < 20; ++i) deep = R"({"NOT": {"NOT": )" + deep + "}}";
  EXPECT_EQ(users(deep), (Ids{1}));
}

TEST_P(Where, RefusesGroupsThatAreTooDeep) {
  std::string deep = R"({"name": "Alice"})";
  for (int i = 0; i < 1000; ++i) deep = R"({"NOT": )" + deep + "}";
  EXPECT_TRUE(fails_with(refused(deep), {THING_E_RANGE, THING_E_INVALID, THING_E_SYNTAX}));
}

TEST_P(Where, RefusesUnknownNames) {  // S20
  EXPECT_STATUS(THING_E_INVALID, refused(R"({"agee": 1})"));
  EXPECT_TRUE(says(refused(R"({"agee": 1})"), "agee"));
  EXPECT_STATUS(THING_E_INVALID, refused(R"({"age": {"gtt": 1}})"));
  EXPECT_TRUE(says(refused(R"({"age": {"gtt": 1}})"), "gtt"));
  EXPECT_STATUS(THING_E_INVALID, refused(R"({"XOR": []})"));
  EXPECT_STATUS(THING_E_INVALID, refused(R"({"name": {"contains": "a", "mode": "sensitif"}})"));
  EXPECT_STATUS(THING_E_INVALID, refused(R"({"or": []})"));
}

TEST_P(Where, RefusesValuesOfAnotherType) {
  for (const char* where :
       {R"({"age": "7"})", R"({"age": 1.5})", R"({"age": true})", R"({"active": 1})",
        R"({"active": "true"})", R"({"name": 5})", R"({"age": {"in": [1, "2"]}})", R"({"age": []})",
        R"({"age": {"in": 5}})", R"({"age": {"between": 5}})", R"({"age": {"between": [1]}})"}) {
    EXPECT_TRUE(fails_with(refused(where), {THING_E_TYPE, THING_E_INVALID, THING_E_RANGE}))
        << where;
  }
  EXPECT_STATUS(THING_E_TYPE, refused(R"({"age": "7"})"));
  EXPECT_STATUS(THING_E_TYPE, refused(R"({"active": 1})"));
  EXPECT_STATUS(THING_E_TYPE, refused(R"({"name": 5})"));
}

TEST_P(Where, RefusesIntegersBeyond64Bits) {
  EXPECT_STATUS(THING_E_RANGE, refused(R"({"age": 9223372036854775808})"));
  EXPECT_STATUS(THING_E_RANGE, refused(R"({"age": -9223372036854775809})"));
  EXPECT_TRUE(fails_with(refused(R"({"age": {"in": [1e30]}})"), {THING_E_RANGE, THING_E_TYPE}));
}

TEST_P(Where, RefusesNullInsideListsAndComparisons) {
  for (const char* where : {R"({"age": {"in": [1, null]}})", R"({"age": {"notIn": [null]}})",
                            R"({"age": {"gt": null}})", R"({"age": {"between": [null, 1]}})",
                            R"({"name": {"contains": null}})"}) {
    EXPECT_TRUE(fails_with(refused(where), {THING_E_TYPE, THING_E_INVALID})) << where;
  }
}

TEST_P(Where, RefusesOperatorsThatDoNotFitTheType) {
  for (const char* where : {R"({"active": {"gt": true}})", R"({"age": {"contains": "1"}})",
                            R"({"age": {"equals": 1, "mode": "insensitive"}})",
                            R"({"active": {"between": [false, true]}})"}) {
    EXPECT_TRUE(fails_with(refused(where), {THING_E_TYPE, THING_E_INVALID})) << where;
  }
}

// ---- the data sets of the JSON query suite

class JsonQueries : public DatabaseTest {
 protected:
  void SetUp() override {
    db_.define(R"([
      {"name": "Member", "fields": {"id": "int", "name": "text", "age": "int", "role": "text",
        "active": {"type": "bool", "default": true}}},
      {"name": "Product", "fields": {"id": "int", "name": "text", "price": "decimal", "category": "text?",
        "brand": "text?", "quantity": "int?"}},
      {"name": "Article", "fields": {"id": "int", "title": "text", "rank": "int"}}])");
    member_ = db_.model("Member");
    product_ = db_.model("Product");
    article_ = db_.model("Article");
  }

  void add(const thing_model* m, std::initializer_list<const char*> rows) {
    for (const char* row : rows) insert(db_, m, row);
  }

  const thing_model* member_ = nullptr;
  const thing_model* product_ = nullptr;
  const thing_model* article_ = nullptr;
};
FOR_SETUPS(JsonQueries, kEverywhere);

TEST_P(JsonQueries, CombineMembersLogically) {
  add(member_, {R"({"id": 1, "name": "Alice", "age": 25, "role": "admin"})",
                R"({"id": 2, "name": "Bob", "age": 30, "role": "user"})",
                R"({"id": 3, "name": "Charlie", "age": 25, "role": "user"})",
                R"({"id": 4, "name": "David", "age": 35, "role": "admin", "active": false})"});
  EXPECT_EQ(matching(db_, member_, R"({"where": {"OR": [{"role": "admin"}, {"age": 25}]}})"),
            (Ids{1, 3, 4}));
  EXPECT_EQ(matching(db_, member_, R"({"where": {"AND": [{"age": 25}, {"active": true}]}})"),
            (Ids{1, 3}));
  EXPECT_EQ(matching(db_, member_, R"({"where": {"NOT": {"role": "admin"}}})"), (Ids{2, 3}));
  EXPECT_EQ(
      matching(db_, member_, R"({"where": {"OR": [{"AND": [{"role": "admin"}, {"active": true}]},
                                   {"AND": [{"role": "user"}, {"age": {"gt": 25}}]}]}})"),
      (Ids{1, 2}));
}

TEST_P(JsonQueries, CompareProductsByPriceAndName) {
  add(product_, {R"({"id": 1, "name": "Laptop Pro", "price": "999.99"})",
                 R"({"id": 2, "name": "Mouse", "price": "29.99"})",
                 R"({"id": 3, "name": "Keyboard", "price": "89.99"})",
                 R"({"id": 4, "name": "Monitor Pro", "price": "299.99"})"});
  const auto found = [&](const char* where) {
    return matching(db_, product_, std::string(R"({"where": )") + where + "}");
  };
  EXPECT_EQ(found(R"({"price": {"gt": 100}})"), (Ids{1, 4}));
  EXPECT_EQ(found(R"({"price": {"gte": 89.99}})"), (Ids{1, 3, 4}));
  EXPECT_EQ(found(R"({"price": {"lt": "100"}})"), (Ids{2, 3}));
  EXPECT_EQ(found(R"({"price": {"lte": "89.99"}})"), (Ids{2, 3}));
  EXPECT_EQ(found(R"({"name": {"in": ["Mouse", "Keyboard"]}})"), (Ids{2, 3}));
  EXPECT_EQ(found(R"({"name": {"notIn": ["Mouse", "Keyboard"]}})"), (Ids{1, 4}));
  EXPECT_EQ(found(R"({"name": {"contains": "board"}})"), (Ids{3}));
  EXPECT_EQ(found(R"({"name": {"startsWith": "M"}})"), (Ids{2, 4}));
  EXPECT_EQ(found(R"({"name": {"endsWith": "Pro"}})"), (Ids{1, 4}));
}

TEST_P(JsonQueries, OrderAndPageArticles) {
  add(article_, {R"({"id": 5, "title": "A", "rank": 1})", R"({"id": 4, "title": "B", "rank": 2})",
                 R"({"id": 3, "title": "C", "rank": 3})", R"({"id": 2, "title": "D", "rank": 4})"});
  const auto titles = [&](const char* json) { return query(db_, article_, json).texts("title"); };
  EXPECT_EQ(titles(R"({"orderBy": {"rank": "asc"}, "take": 3})"), (Texts{"A", "B", "C"}));
  EXPECT_EQ(titles(R"({"orderBy": [{"rank": "asc"}], "skip": 2, "take": 1})"), (Texts{"C"}));
  EXPECT_EQ(titles(R"({"orderBy": [{"title": "asc"}], "skip": 1, "take": 2})"), (Texts{"B", "C"}));
  EXPECT_EQ(titles(R"({"orderBy": {"rank": "desc"}, "take": 2})"), (Texts{"D", "C"}));
}

TEST_P(JsonQueries, FindDifferentCategoriesAndBrands) {
  add(product_,
      {R"({"id": 1, "name": "a", "price": "1000", "category": "Electronics", "brand": "Dell", "quantity": 1})",
       R"({"id": 2, "name": "b", "price": "50", "category": "Electronics", "brand": "Logitech", "quantity": 2})",
       R"({"id": 3, "name": "c", "price": "400", "category": "Electronics", "brand": "Sony", "quantity": 1})",
       R"({"id": 4, "name": "d", "price": "500", "category": "Furniture", "brand": "Ikea", "quantity": 2})",
       R"({"id": 5, "name": "e", "price": "300", "category": "Furniture", "brand": "Vitra", "quantity": 1})"});
  EXPECT_EQ(query(db_, product_, R"({"select": ["category"], "distinct": true})").count(), 2);
  EXPECT_EQ(query(db_, product_, R"({"select": {"brand": true}, "distinct": true})").count(), 5);
  EXPECT_EQ(
      query(db_, product_,
            R"({"where": {"category": "Electronics"}, "select": ["brand"], "distinct": true})")
          .count(),
      3);
  EXPECT_EQ(query(db_, product_, R"({"select": ["category", "brand"], "distinct": true})").count(),
            5);
  EXPECT_EQ(
      sql_json(db_,
               // Sums are decimals on servers.
               sql({.sqlite = "SELECT category AS c, count(*) AS n, sum(CAST(price AS "
                              "INTEGER)) AS s, sum(quantity) AS q FROM products GROUP BY "
                              "category ORDER BY category",
                    .postgres = "SELECT category AS c, count(*) AS n, sum(price)::bigint AS s, "
                                "sum(quantity)::bigint AS q FROM products GROUP BY category "
                                "ORDER BY category",
                    .mysql = "SELECT category AS c, count(*) AS n, CAST(sum(price) AS SIGNED) "
                             "AS s, CAST(sum(quantity) AS SIGNED) AS q FROM products GROUP BY "
                             "category ORDER BY category"})),
      R"([{"c":"Electronics","n":3,"s":1450,"q":4},{"c":"Furniture","n":2,"s":800,"q":3}])");
  EXPECT_EQ(
      sql_value(db_,
                "SELECT count(*) FROM (SELECT category FROM products GROUP BY category HAVING "
                "avg(CAST(price AS DECIMAL(9,2))) > 150) AS g"),
      "2");
}

TEST_P(JsonQueries, FilterByFieldNameAndNeverByColumnName) {  // S17
  db_.define(
      R"({"name": "Person", "fields": {"id": "int", "firstName": {"type": "text", "column": "first_name"}}})");
  const thing_model* person = db_.model("Person");
  insert(db_, person, R"({"id": 1, "firstName": "Ada"})");
  EXPECT_STREQ(thing_model_table(person), "people");
  EXPECT_EQ(matching(db_, person, R"({"where": {"firstName": "Ada"}})"), (Ids{1}));
  EXPECT_EQ(query(db_, person, "{}").json(), R"([{"id":1,"firstName":"Ada"}])");
  Rows rows;
  EXPECT_STATUS(THING_E_INVALID, call(thing_query, db_, nullptr, person,
                                      R"({"where": {"first_name": "Ada"}})", -1, rows.out()));
  EXPECT_EQ(sql_value(db_, "SELECT first_name FROM people"), "Ada");
}

// Servers serve it by a range of the index, whose end has to lie behind every character.
TEST_P(JsonQueries, FindAllThatStartsSoThroughAnIndex) {
  db_.define(R"({"name": "Word", "fields": {"id": "int", "text": "text"},
                 "indexes": [{"fields": ["text"]}]})");
  const thing_model* word = db_.model("Word");
  const char* const texts[] = {
      "a", "ab", R"(a\u00e9)", R"(a\uffff)", R"(a\ud83d\ude00)", R"(a\udbff\udfff)", "b"};
  Ids all;
  for (int64_t id = 1; id <= 140; ++id) {
    const char* const text = texts[id % 7];
    insert(db_, word, R"({"id": )" + std::to_string(id) + R"(, "text": ")" + text + R"("})");
    if (text != texts[6]) all.push_back(id);
  }
  EXPECT_EQ(
      matching(db_, word, R"({"where": {"text": {"startsWith": "a"}}, "orderBy": {"id": "asc"}})"),
      all);
}

}  // namespace
}  // namespace conformance
