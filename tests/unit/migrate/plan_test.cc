#include "migrate/sync.h"
#include "migrate_database.h"

namespace thing::test {
namespace {

using base::Code;

constexpr std::string_view kUser = R"({"name":"User","fields":{
  "id":{"type":"int","primary":true,"default":{"fn":"autoincrement"}},"email":{"type":"text","unique":true},"age":"int?"},
  "indexes":[{"name":"grown","fields":["age"],"where":{"age":{"gte":18},"email":{"not":"x"}}}]})";

using Sql = std::vector<std::string>;

TEST(Plan, CreatesWhatIsMissingAndThenNothing) {
  MigrateDatabase db;
  EXPECT_EQ(db.plan(kUser).size(), 3u);
  db.sync(kUser);
  EXPECT_EQ(db.plan(kUser), Sql());
}

TEST(Plan, FollowsTheOrderOfTheModels) {
  MigrateDatabase db;
  const Sql sql =
      db.plan(R"([{"name":"B","fields":{"id":"int"}},{"name":"A","fields":{"id":"int"}}])");
  EXPECT_EQ(sql, (Sql{R"(CREATE TABLE "bs" ("id" INTEGER PRIMARY KEY NOT NULL))",
                      R"(CREATE TABLE "as" ("id" INTEGER PRIMARY KEY NOT NULL))"}));
}

TEST(Plan, AddsColumnsAndIndexes) {
  MigrateDatabase db;
  db.run("CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, Email TEXT NOT NULL UNIQUE)");
  EXPECT_EQ(
      db.plan(kUser),
      (Sql{R"(ALTER TABLE "users" ADD COLUMN "age" INTEGER)",
           R"(CREATE INDEX "grown" ON "users" ("age") WHERE "age" >= 18 AND "email" <> 'x')"}));
  db.sync(kUser);
  EXPECT_EQ(db.plan(kUser), Sql());
}

TEST(Plan, AcceptsAnEquivalentIndexOfAnotherName) {
  MigrateDatabase db;
  db.run(
      "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL, age INT);"
      "CREATE UNIQUE INDEX mail ON users (EMAIL); CREATE INDEX old ON users(age) where (age>=18) "
      "and not email = 'x'");
  EXPECT_EQ(db.plan(kUser), Sql());
}

TEST(Plan, AcceptsForeignDeclarationsThatKeepValues) {
  MigrateDatabase db;
  db.run(
      "CREATE TABLE things (ID BIGINT NOT NULL PRIMARY KEY, flag TINYINT(1), name VARCHAR(20), at "
      "DATETIME, doc JSON, x)");
  EXPECT_EQ(
      db.plan(
          R"({"name":"Thing","fields":{"id":"int","flag":"bool?","name":"text?","at":"datetime?","doc":"json?","x":"decimal?"}})"),
      Sql());
}

struct Refused {
  const char* table;
  const char* fields;
  const char* message;
};

class PlanRefuses : public testing::TestWithParam<Refused> {};

TEST_P(PlanRefuses, ATableThatCanNotServe) {
  MigrateDatabase db;
  db.run(GetParam().table);
  const base::Error error =
      db.plan_error(R"({"name":"Row","fields":)" + std::string(GetParam().fields) + "}");
  EXPECT_EQ(error.code(), Code::kSchema);
  EXPECT_EQ(error.message(), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, PlanRefuses,
    testing::Values(
        Refused{"CREATE TABLE rows (id INTEGER PRIMARY KEY, n TEXT)", R"({"id":"int","n":"int?"})",
                "table 'rows', column 'n': found type 'TEXT', expected 'INTEGER'"},
        Refused{"CREATE TABLE rows (id INTEGER PRIMARY KEY, n DECIMAL(10,2))",
                R"({"id":"int","n":"decimal?"})",
                "table 'rows', column 'n': found type 'DECIMAL(10,2)', expected 'DECIMAL TEXT'"},
        Refused{"CREATE TABLE rows (id INTEGER PRIMARY KEY, n INT NOT NULL)",
                R"({"id":"int","n":"int?"})",
                "table 'rows', column 'n': found NOT NULL, expected a column that may be NULL"},
        Refused{"CREATE TABLE rows (id INTEGER PRIMARY KEY, n INT)",
                R"({"id":"int","n":{"type":"int","default":{"sql":"1+1"}}})",
                "table 'rows', column 'n': found no default, expected DEFAULT (1+1)"},
        Refused{"CREATE TABLE rows (id INTEGER, n INT, PRIMARY KEY (n, id))",
                R"({"id":{"type":"int","primary":true},"n":"int"})",
                "table 'rows': primary key: found (\"n\", \"id\"), expected (\"id\")"},
        Refused{"CREATE TABLE rows (id INT)", R"({"id":"int"})",
                "table 'rows': primary key: found none, expected (\"id\")"},
        Refused{"CREATE TABLE rows (id INT PRIMARY KEY)",
                R"({"id":{"type":"int","default":{"fn":"autoincrement"}}})",
                "table 'rows', column 'id': found 'INT' as the primary key, expected INTEGER "
                "PRIMARY KEY, which gives ids"},
        Refused{"CREATE VIEW rows AS SELECT 1 AS id", R"({"id":"int"})",
                "table 'rows': found view of that name, expected table"},
        Refused{"CREATE VIRTUAL TABLE rows USING fts5(id)", R"({"id":"int"})",
                "table 'rows': found virtual table of that name, expected table"},
        Refused{"CREATE TABLE x (a); CREATE INDEX rows ON x (a)", R"({"id":"int"})",
                "table 'rows': found index of that name, expected table"},
        Refused{"CREATE TABLE rows (id INTEGER PRIMARY KEY, n INT); CREATE INDEX rows_n_key ON "
                "rows (n)",
                R"({"id":"int","n":{"type":"int?","unique":true}})",
                "table 'rows': index 'rows_n_key': found CREATE INDEX rows_n_key ON rows (n), "
                "expected CREATE UNIQUE INDEX \"rows_n_key\" ON \"rows\" (\"n\")"},
        Refused{
            "CREATE TABLE x (a); CREATE INDEX rows_n_key ON x (a)",
            R"({"id":"int","n":{"type":"int?","unique":true}})",
            "table 'rows': index 'rows_n_key': found index of that name elsewhere, expected none"},
        Refused{"CREATE TABLE rows (id INTEGER PRIMARY KEY); INSERT INTO rows VALUES (1)",
                R"({"id":"int","n":"int"})",
                "table 'rows', column 'n': found a table with rows, expected a default for the new "
                "required column, or no rows"},
        Refused{"CREATE TABLE rows (id INTEGER PRIMARY KEY); INSERT INTO rows VALUES (1)",
                R"({"id":"int","n":{"type":"datetime","default":{"fn":"now"}}})",
                "table 'rows', column 'n': found a table with rows, expected a literal as the "
                "default of the new column, or no rows"}));

constexpr std::string_view kGrown =
    R"({"name":"Row","fields":{"id":"int","a":{"type":"int","default":7},"b":{"type":"datetime","null":true,"default":{"fn":"now"}},
  "c":{"type":"text","default":"x\ny"},"d":"decimal?","e":{"type":"uuid","null":true,"default":{"fn":"uuid"}},"f":{"type":"int","null":true,"default":null}}})";

TEST(Plan, AddsEveryColumnThatATableWithRowsTakes) {
  MigrateDatabase db;
  db.run("CREATE TABLE rows (id INTEGER PRIMARY KEY); INSERT INTO rows VALUES (1)");
  db.sync(kGrown);
  EXPECT_EQ(db.plan(kGrown), Sql());
}

TEST(Plan, AddsRequiredColumnsWithoutDefaultToAnEmptyTable) {
  constexpr std::string_view kModel =
      R"({"name":"Row","fields":{"id":"int","n":"int","at":{"type":"datetime","default":{"fn":"now"}},
    "s":{"type":"int","default":{"sql":"1 + 1"}}}})";
  MigrateDatabase db;
  db.run("CREATE TABLE rows (id INTEGER PRIMARY KEY)");
  db.sync(kModel);
  EXPECT_EQ(db.plan(kModel), Sql());
}

TEST(Plan, SaysWhichModelHasABadCondition) {
  MigrateDatabase db;
  const base::Error error = db.plan_error(
      R"({"name":"Row","fields":{"id":"int"},"indexes":[{"name":"i","fields":["id"],"where":{"nope":1}}]})");
  EXPECT_EQ(error.code(), Code::kModel);
  EXPECT_EQ(error.detail()->model, "Row");
}

}  // namespace
}  // namespace thing::test
