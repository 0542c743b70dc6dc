#include <fstream>
#include <sstream>

#include "migrate_database.h"

namespace thing::test {
namespace {

using Sql = std::vector<std::string>;

// The one model of a document.
std::unique_ptr<schema::Model> only(const std::string& document) {
  auto models = schema::parse_models(document);
  if (!models || models->size() != 1) throw std::runtime_error(document);
  return std::move(models->front());
}

TEST(Introspect, WritesAModel) {
  MigrateDatabase db;
  db.run(
      "CREATE TABLE order_items (id INTEGER PRIMARY KEY AUTOINCREMENT, first_name VARCHAR(20) "
      "UNIQUE, \"Odd Name\" INT NOT NULL DEFAULT 5,"
      "made DATETIME DEFAULT CURRENT_TIMESTAMP, x REAL DEFAULT (1+1)); CREATE INDEX made_at ON "
      "order_items (made, x)");
  EXPECT_EQ(
      db.introspect(),
      R"([{"name":"OrderItem","table":"order_items","fields":{"id":{"type":"int","primary":true,"default":{"fn":"autoincrement"}},)"
      R"("firstName":{"type":"text","null":true,"unique":true},"oddName":{"type":"int","column":"Odd Name","default":5},)"
      R"("made":{"type":"datetime","null":true,"default":{"fn":"now"}},"x":{"type":"float","null":true,"default":{"sql":"1+1"}}},)"
      R"("indexes":[{"fields":["made","x"],"name":"made_at"}]}])");
}

TEST(Introspect, ReadsDefaultsAsLiterals) {
  MigrateDatabase db;
  db.run(
      "CREATE TABLE rows (id INTEGER PRIMARY KEY, a INT DEFAULT -5, b BOOLEAN DEFAULT TRUE, c TEXT "
      "DEFAULT 'it''s', d BLOB DEFAULT x'00ff',"
      "e DATETIME DEFAULT '2024-05-06 07:08:09', f INT DEFAULT '7', g TEXT DEFAULT NULL, h DATE "
      "DEFAULT 'soon', i DECIMAL_TEXT DEFAULT 1.50,"
      "j JSON DEFAULT '{\"fn\":\"now\"}', k JSON DEFAULT '[1]', l TEXT DEFAULT \"dq\", m BOOLEAN "
      "DEFAULT 0)");
  const auto model = only(db.introspect());
  const auto literal = [&](const char* name) {
    return model->fields[static_cast<size_t>(model->find(name))].initial.literal.view();
  };
  EXPECT_EQ(literal("a").integer, -5);
  EXPECT_EQ(literal("b").integer, 1);
  EXPECT_EQ(literal("c").bytes, "it's");
  EXPECT_EQ(literal("d").bytes, std::string("\0\xff", 2));
  EXPECT_EQ(literal("e").integer, 1714979289000000);
  EXPECT_EQ(literal("f").integer, 7);
  EXPECT_TRUE(literal("g").is_null());
  EXPECT_EQ(literal("i").bytes, "1.50");
  EXPECT_EQ(literal("k").bytes, "[1]");
  EXPECT_EQ(literal("l").bytes, "dq");
  EXPECT_EQ(literal("m").integer, 0);
  EXPECT_EQ(model->fields[static_cast<size_t>(model->find("h"))].initial.sql, "'soon'");
  EXPECT_EQ(model->fields[static_cast<size_t>(model->find("j"))].initial.kind,
            schema::DefaultKind::kSql);
}

TEST(Introspect, ReadsCompositeKeysInTheirOrder) {
  MigrateDatabase db;
  db.run("CREATE TABLE pairs (a INT, b TEXT, PRIMARY KEY (b, a)) WITHOUT ROWID");
  const auto model = only(db.introspect());
  EXPECT_EQ(model->primary, (std::vector<uint32_t>{1, 0}));
  EXPECT_FALSE(model->autoincrement);
}

TEST(Introspect, ReadsConditionsOfPartialIndexes) {
  MigrateDatabase db;
  db.run(
      "CREATE TABLE rows (id INTEGER PRIMARY KEY, a INT, b TEXT, c BOOLEAN);"
      "CREATE UNIQUE INDEX i ON rows (b) WHERE a IS NOT NULL AND (b IN ('x', 'y') OR a NOT BETWEEN "
      "1 AND 2);"
      "CREATE UNIQUE INDEX j ON rows (b) WHERE c AND NOT (a <> -5 OR b ISNULL)");
  const auto model = only(db.introspect());
  ASSERT_EQ(model->indexes.size(), 2u);
  EXPECT_EQ(
      model->indexes[0].where,
      R"({"AND":[{"a":{"not":null}},{"OR":[{"b":{"in":["x","y"]}},{"NOT":{"a":{"between":[1,2]}}}]}]})");
  EXPECT_EQ(model->indexes[1].where,
            R"({"AND":[{"c":true},{"NOT":{"OR":[{"a":{"not":-5}},{"b":null}]}}]})");
}

TEST(Introspect, LeavesOutIndexesThatDocumentsCanNotSay) {
  MigrateDatabase db;
  db.run(
      "CREATE TABLE rows (id INTEGER PRIMARY KEY, a TEXT, c BOOLEAN); CREATE INDEX i ON rows "
      "(lower(a));"
      "CREATE INDEX j ON rows (a) WHERE length(a) > 5; CREATE INDEX k ON rows (a) WHERE c < 1; "
      "CREATE INDEX l ON rows (a)");
  const auto model = only(db.introspect());
  ASSERT_EQ(model->indexes.size(), 1u);
  EXPECT_EQ(model->indexes[0].name, "l");
}

TEST(Introspect, TakesTablesWithAKeyUnlessNamed) {
  MigrateDatabase db;
  db.run(
      "CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (x INT); CREATE VIEW c AS SELECT 1;"
      "CREATE VIRTUAL TABLE d USING fts5(x); INSERT INTO d VALUES ('a'); CREATE TABLE e (id "
      "INTEGER PRIMARY KEY AUTOINCREMENT)");
  auto models = schema::parse_models(db.introspect());
  ASSERT_TRUE(models);
  ASSERT_EQ(models->size(), 2u);
  EXPECT_EQ((*models)[0]->table, "a");
  EXPECT_EQ((*models)[1]->table, "e");
}

struct Named {
  const char* table;
  base::Code code;
  const char* message;
};

class IntrospectRefuses : public testing::TestWithParam<Named> {};

TEST_P(IntrospectRefuses, ANamedTableThatNoModelDescribes) {
  MigrateDatabase db;
  db.run("CREATE TABLE b (x INT); CREATE VIEW c AS SELECT 1; CREATE VIRTUAL TABLE d USING fts5(x)");
  const auto result = migrate::introspect(db.connection(), {GetParam().table});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), GetParam().code);
  EXPECT_EQ(result.error().message(), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, IntrospectRefuses,
    testing::Values(
        Named{"b", base::Code::kUnsupported, "table 'b': found no primary key, expected one"},
        Named{"c", base::Code::kUnsupported, "table 'c': found view, expected a table"},
        Named{"d", base::Code::kUnsupported, "table 'd': found virtual table, expected a table"},
        Named{"e", base::Code::kSchema, "table 'e': found none, expected a table"}));

TEST(Introspect, GivesDifferentNamesToSimilarTablesAndColumns) {
  MigrateDatabase db;
  db.run(
      "CREATE TABLE user (id INTEGER PRIMARY KEY, a_b, aB, \"a b\", \"2\", \"ü\" INT); "
      "CREATE TABLE users (id INTEGER PRIMARY KEY)");
  auto models = schema::parse_models(db.introspect());
  ASSERT_TRUE(models) << models.error().message();
  ASSERT_EQ(models->size(), 2u);
  EXPECT_EQ((*models)[0]->name, "User");
  EXPECT_EQ((*models)[1]->name, "User2");
}

TEST(Introspect, FindsTablesByNameInAnyCase) {
  MigrateDatabase db;
  db.run(
      "CREATE TABLE Users (id INTEGER PRIMARY KEY); CREATE TABLE other (id INTEGER PRIMARY KEY)");
  EXPECT_EQ(only(db.introspect({"USERS"}))->table, "Users");
}

TEST(Introspect, OfASyncedDatabasePlansNothing) {
  std::ifstream file(std::string(std::getenv("THING_GOLDEN")) + "/models.json");
  std::stringstream document;
  document << file.rdbuf();
  MigrateDatabase db;
  db.sync(document.str());
  EXPECT_EQ(db.plan(document.str()), Sql());
  const std::string found = db.introspect();
  EXPECT_EQ(db.plan(found), Sql());
  MigrateDatabase copy;
  copy.sync(found);
  EXPECT_EQ(copy.introspect(), found);
}

}  // namespace
}  // namespace thing::test
