// Raw SQL: results, parameters, what is refused, and what it does to the cache.
#include "support.h"

namespace conformance {
namespace {

class Sql : public StandardTest {
 protected:
  Outcome read(const char* sql, const char* params = nullptr) {
    Rows rows;
    return call(thing_sql, db_, nullptr, sql, -1, params, -1, rows.out());
  }
  Outcome run(const char* sql, const char* params = nullptr, const char* tables = nullptr,
              int64_t* affected = nullptr) {
    return call(thing_exec, db_, nullptr, sql, -1, params, -1, tables, affected);
  }
};
FOR_SETUPS(Sql, kEverywhere);

TEST_P(Sql, AggregatesPublishedPosts) {  // S14
  // A sum of integers is a decimal on servers.
  const std::string sum = sql({.sqlite = "sum(views)",
                               .postgres = "CAST(sum(views) AS bigint)",
                               .mysql = "CAST(sum(views) AS SIGNED)"});
  EXPECT_EQ(sql_json(db_, "SELECT count(*) AS n, " + sum +
                              " AS s, min(views) AS low, max(views) AS high "
                              "FROM posts WHERE published = TRUE"),
            R"([{"n":3,"s":1150,"low":50,"high":1000}])");
  const std::string average = sql_value(db_, "SELECT avg(views) FROM posts WHERE published = TRUE");
  EXPECT_NEAR(std::stod(average), 383.33, 0.5);
}

TEST_P(Sql, GroupsAndFilters) {  // S16
  EXPECT_EQ(
      matching(db_, post_,
               R"({"where": {"published": true, "OR": [{"views": {"gt": 100}}, {"userId": 3}]}})"),
      (Ids{5}));
  const Json rows = Json::parse(
      sql_json(db_,
               "SELECT u.name AS name, count(*) AS n FROM users u JOIN posts p ON p.user_id = u.id "
               "GROUP BY u.id, u.name HAVING count(*) > 0 ORDER BY n DESC, u.id"));
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows.at(0).print(), R"({"name":"Alice","n":2})");
  EXPECT_EQ(rows.at(2).print(), R"({"name":"Charlie","n":1})");
}

TEST_P(Sql, ReadsRowsAndCounts) {  // S22
  EXPECT_EQ(Json::parse(sql_json(db_, "SELECT * FROM users WHERE active = TRUE")).size(), 4U);
  EXPECT_EQ(sql_value(db_, "SELECT count(*) FROM users"), "5");
  EXPECT_EQ(sql_json(db_, "SELECT id FROM users WHERE id = 99"), "[]");
}

TEST_P(Sql, GivesRowsWithoutModel) {
  Rows rows;
  ASSERT_OK(call(thing_sql, db_, nullptr, "SELECT id, name FROM users ORDER BY id", -1, nullptr, 0,
                 rows.out()));
  EXPECT_EQ(rows.count(), 5);
  EXPECT_EQ(thing_rows_model(rows), nullptr);
  EXPECT_EQ(thing_rows_obj(rows, 0), nullptr);
}

TEST_P(Sql, KeepsTheTypesOfTheDatabase) {  // S22
  EXPECT_EQ(sql_json(db_, sql({.sqlite = "SELECT 42 AS i, 3.14 AS f, 'text' AS t, NULL AS n, "
                                         "9007199254740993 AS big",
                               .postgres = "SELECT 42 AS i, float8 '3.14' AS f, text 'text' AS t, "
                                           "NULL AS n, 9007199254740993 AS big",
                               .mysql = "SELECT 42 AS i, 3.14e0 AS f, 'text' AS t, NULL AS n, "
                                        "9007199254740993 AS big"})),
            R"([{"i":42,"f":3.14,"t":"text","n":null,"big":9007199254740993}])");
  EXPECT_EQ(sql_json(db_, sql({.sqlite = "SELECT x'00ff' AS bytes",
                               .postgres = "SELECT bytea '\\x00ff' AS bytes",
                               .mysql = "SELECT x'00ff' AS bytes"})),
            R"([{"bytes":"AP8="}])");
  // Only PostgreSQL has truth values of their own.
  EXPECT_EQ(sql_json(db_, "SELECT 1 = 1 AS b"),
            database() == Database::kPostgres ? R"([{"b":true}])" : R"([{"b":1}])");
}

TEST_P(Sql, BindsParametersAndLeavesLiteralsAlone) {  // S22
  EXPECT_EQ(sql_json(db_, "SELECT name FROM users WHERE name = ? AND '?' = '?' -- ?", R"(["Bob"])"),
            R"([{"name":"Bob"}])");
  // PostgreSQL has to be told the types of what it can not see.
  EXPECT_EQ(
      sql_json(db_,
               sql({.sqlite = "SELECT ? AS a, ? AS b, ? AS c, ? AS d, '?' AS q",
                    .postgres = "SELECT ?::int AS a, ?::text AS b, ?::text AS c, ?::float8 AS "
                                "d, '?' AS q",
                    .mysql = "SELECT ? AS a, ? AS b, ? AS c, ? AS d, '?' AS q"}),
               R"([1, "x'y", null, 2.5])"),
      R"([{"a":1,"b":"x'y","c":null,"d":2.5,"q":"?"}])");
  EXPECT_EQ(sql_json(db_,
                     sql({.sqlite = "SELECT ? AS t, ? AS big",
                          .postgres = "SELECT ?::bool::int AS t, ?::bigint AS big",
                          .mysql = "SELECT ? AS t, ? AS big"}),
                     "[true, 9223372036854775807]"),
            R"([{"t":1,"big":9223372036854775807}])");
  EXPECT_EQ(sql_json(db_,
                     sql({.sqlite = "SELECT length(?) AS n",
                          .postgres = "SELECT length(?) AS n",
                          .mysql = "SELECT char_length(?) AS n"}),
                     R"(["ü😀"])"),
            R"([{"n":2}])");
}

class SqlOfPostgres : public Sql {};
FOR_SETUPS(SqlOfPostgres, kPostgres);

TEST_P(SqlOfPostgres, TellsParametersFromEverythingElse) {
  EXPECT_EQ(sql_json(db_,
                     "SELECT ?::int AS a, $$?$$ AS b, $q$ ? $$ $q$ AS c, E'\\'?' AS d, \"?\" AS e, "
                     "/* /* ? */ ? */ ?::int AS f FROM (SELECT 7 AS \"?\") t -- ?",
                     "[1, 2]"),
            R"([{"a":1,"b":"?","c":" ? $$ ","d":"'?","e":7,"f":2}])");
  EXPECT_EQ(sql_json(db_, "SELECT jsonb '{\"k\": 1}' ?? ? AS has", R"(["k"])"),
            R"([{"has":true}])");
}

TEST_P(Sql, RefusesParametersThatDoNotFit) {
  for (const char* params : {R"(["a"])", R"(["a", "b", "c"])", R"({"a": 1})"}) {
    EXPECT_TRUE(
        fails_with(read("SELECT ?, ?", params), {THING_E_INVALID, THING_E_TYPE, THING_E_RANGE}))
        << params;
  }
  // Without parameters a question mark is what PostgreSQL takes it for: part of an operator.
  EXPECT_TRUE(fails_with(read("SELECT ?, ?"), {THING_E_INVALID, THING_E_RANGE, THING_E_SYNTAX}));
  EXPECT_TRUE(fails_with(read("SELECT ?", "[[1]]"), {THING_E_INVALID, THING_E_TYPE}));
  EXPECT_STATUS(THING_E_SYNTAX, read("SELECT ?", "[1"));
}

TEST_P(Sql, RefusesToWriteWhileReading) {
  for (const char* sql : {"DELETE FROM users", "INSERT INTO posts (title, user_id) VALUES ('x', 1)",
                          "UPDATE users SET age = 1", "DROP TABLE users",
                          "DELETE FROM users RETURNING id", "CREATE TABLE t (x integer)"}) {
    EXPECT_STATUS(THING_E_READONLY, read(sql)) << sql;
  }
  EXPECT_EQ(counted(db_, user_, "{}"), 5);
}

TEST_P(Sql, RefusesTransactionsAndAttachments) {
  for (const char* sql : {"BEGIN", "begin immediate", "  COMMIT", "/* x */ ROLLBACK",
                          "-- c\nSAVEPOINT a", "RELEASE SAVEPOINT a", ";BEGIN"}) {
    EXPECT_TRUE(fails_with(run(sql), {THING_E_UNSUPPORTED, THING_E_INVALID})) << sql;
    EXPECT_TRUE(fails_with(read(sql), {THING_E_UNSUPPORTED, THING_E_INVALID, THING_E_READONLY}))
        << sql;
  }
  EXPECT_STATUS(THING_E_UNSUPPORTED, run("BEGIN"));
  EXPECT_STATUS(THING_E_UNSUPPORTED, run("/* hidden */ commit"));
  // Words of one database alone.
  static const std::vector<const char*> kOwn[] = {
      {"RELEASE a", "END", "ATTACH ':memory:' AS other", "DETACH other"},
      {"START TRANSACTION", "END", "ABORT", "PREPARE TRANSACTION 'x'", "RELEASE a"},
      {"START TRANSACTION", "BEGIN WORK", "XA START 'x'", "PREPARE a FROM 'SELECT 1'"}};
  for (const char* sql : kOwn[static_cast<int>(database())])
    EXPECT_TRUE(fails_with(run(sql), {THING_E_UNSUPPORTED, THING_E_INVALID})) << sql;
  Tx tx(db_);
  insert(db_, user_, R"({"name": "x", "email": "x"})", tx.ctx());
  EXPECT_STATUS(THING_E_UNSUPPORTED,
                call(thing_exec, db_, tx.ctx(), "COMMIT", -1, nullptr, 0, nullptr, nullptr));
  ASSERT_OK(tx.rollback());
  EXPECT_EQ(counted(db_, user_, "{}"), 5);
}

TEST_P(Sql, RefusesMoreThanOneStatementAndNone) {
  EXPECT_TRUE(
      fails_with(run("DELETE FROM posts; DELETE FROM users"), {THING_E_INVALID, THING_E_SYNTAX}));
  EXPECT_TRUE(fails_with(read("SELECT 1; SELECT 2"), {THING_E_INVALID, THING_E_SYNTAX}));
  for (const char* sql : {"", " ", "-- nothing", ";"}) {
    EXPECT_TRUE(fails_with(run(sql), {THING_E_INVALID, THING_E_SYNTAX})) << sql;
    EXPECT_TRUE(fails_with(read(sql), {THING_E_INVALID, THING_E_SYNTAX})) << sql;
  }
  EXPECT_EQ(counted(db_, post_, "{}"), 5);
  EXPECT_OK(read("SELECT 1; "));
}

TEST_P(Sql, TellsWrongSql) {  // S20
  const Outcome syntax = read("SELEKT 1");
  EXPECT_STATUS(THING_E_SYNTAX, syntax);
  EXPECT_EQ(syntax.native != 0, nature().has_native_codes);
  EXPECT_EQ(syntax.sqlstate.substr(0, 2), "42");
  EXPECT_STATUS(THING_E_SCHEMA, read("SELECT * FROM nowhere"));
  EXPECT_STATUS(THING_E_SCHEMA, read("SELECT absent FROM users"));
  EXPECT_STATUS(
      THING_E_UNIQUE,
      run("INSERT INTO users (name, email, active) VALUES ('x', 'bob@example.com', TRUE)"));
  EXPECT_STATUS(THING_E_NOT_NULL, run("INSERT INTO users (email, active) VALUES ('x', TRUE)"));
}

TEST_P(Sql, CountsAffectedRows) {
  int64_t affected = -1;
  ASSERT_OK(run("UPDATE users SET age = 1 WHERE id IN (?, ?)", "[1, 2]", "users", &affected));
  EXPECT_EQ(affected, 2);
  ASSERT_OK(run("DELETE FROM users WHERE id = 99", nullptr, "users", &affected));
  EXPECT_EQ(affected, 0);
}

TEST_P(Sql, DropsWhatItsTablesCached) {  // K-12, T10
  EXPECT_EQ(find(db_, user_, 1).integer("age"), 25);
  EXPECT_EQ(matching(db_, user_, R"({"where": {"age": 25}})"), (Ids{1}));
  EXPECT_EQ(counted(db_, user_, R"({"where": {"age": 25}})"), 1);
  for (const char* tables : {"users", "posts,users", static_cast<const char*>(nullptr)}) {
    SCOPED_TRACE(tables != nullptr ? tables : "everything");
    ASSERT_OK(run("UPDATE users SET age = 26 WHERE id = 1", nullptr, tables));
    EXPECT_EQ(find(db_, user_, 1).integer("age"), 26);
    EXPECT_EQ(counted(db_, user_, R"({"where": {"age": 25}})"), 0);
    EXPECT_EQ(matching(db_, user_, R"({"where": {"age": 25}})"), Ids{});
    ASSERT_OK(run("UPDATE users SET age = 25 WHERE id = 1", nullptr, tables));
    EXPECT_EQ(find(db_, user_, 1).integer("age"), 25);
    EXPECT_EQ(counted(db_, user_, R"({"where": {"age": 25}})"), 1);
  }
}

TEST_P(Sql, InsertsAreSeenByListsAndCounts) {  // K-12
  EXPECT_EQ(counted(db_, user_, "{}"), 5);
  EXPECT_EQ(matching(db_, user_, R"({"where": {"name": "raw"}})"), Ids{});
  EXPECT_FALSE(exists(db_, user_, 6));
  execute(db_, "INSERT INTO users (name, email, active) VALUES ('raw', 'raw', TRUE)", "users");
  EXPECT_EQ(counted(db_, user_, "{}"), 6);
  EXPECT_EQ(matching(db_, user_, R"({"where": {"name": "raw"}})"), (Ids{6}));
  EXPECT_TRUE(exists(db_, user_, 6));
}

TEST_P(Sql, WorksInsideATransaction) {
  EXPECT_EQ(find(db_, user_, 1).integer("age"), 25);
  Tx tx(db_);
  execute(db_, "UPDATE users SET age = 99 WHERE id = 1", "users", tx.ctx());
  EXPECT_EQ(sql_json(db_, "SELECT age FROM users WHERE id = 1", nullptr, tx.ctx()),
            R"([{"age":99}])");
  EXPECT_EQ(find(db_, user_, 1, tx.ctx()).integer("age"), 99);
  ASSERT_OK(tx.rollback());
  EXPECT_EQ(find(db_, user_, 1).integer("age"), 25);
}

TEST_P(Sql, SeesTheWritesOfTheLibrary) {
  update(db_, user_, 1, R"({"age": 26})");
  EXPECT_EQ(sql_value(db_, "SELECT age FROM users WHERE id = 1"), "26");
}

}  // namespace
}  // namespace conformance
