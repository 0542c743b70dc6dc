#include "driver/mysql/sql_text.h"

#include <gtest/gtest.h>

namespace thing::test {
namespace {

using driver::mysql::look_at;

TEST(MysqlSqlText, KnowsStatementsThatOnlyRead) {
  for (const char* sql :
       {"SELECT 1", "select 1", " -- x\n select 1", "/* x */ SELECT 1", "# x\nSELECT 1",
        "(SELECT 1) UNION (SELECT 2)", "SHOW TABLES", "DESC t", "EXPLAIN DELETE FROM t",
        "WITH a AS (SELECT 1) SELECT * FROM a", "SELECT 'x INTO y'", "SELECT `into` FROM t",
        "SELECT 1 FOR UPDATE", "WITH a AS (SELECT 1) SELECT * FROM a FOR UPDATE", "VALUES (1)",
        "SELECT 'a''INTO' FROM t", "SELECT '\\', x FROM t WHERE a = ' INTO '"}) {
    EXPECT_TRUE(look_at(sql).is_read_only) << sql;
  }
}

TEST(MysqlSqlText, KnowsStatementsThatMayWrite) {
  for (const char* sql :
       {"INSERT INTO t VALUES(1)", "UPDATE t SET a = 1", "DELETE FROM t", "CREATE TABLE t(a INT)",
        "REPLACE INTO t VALUES(1)", "SELECT 1 INTO OUTFILE '/x'", "SELECT 1 INTO @a", "CALL p()",
        "WITH a AS (SELECT 1) DELETE FROM t", "WITH a AS (SELECT 1) UPDATE t SET b = 1",
        "/*! DELETE FROM t */", "/*!50001 DROP */ TABLE t", "SELECT 1 /*M! INTO @a */",
        "SELECT NEXTVAL(s)", "SELECT NEXT VALUE FOR s", "ANALYZE UPDATE t SET a = 1", "SET @a = 1",
        "SELECT '\\' INTO @a -- '", ""}) {
    EXPECT_FALSE(look_at(sql).is_read_only) << sql;
  }
}

TEST(MysqlSqlText, TakesBackslashesAsTheServerDoes) {
  const std::string hidden = "SELECT '\\' INTO @a -- '";
  EXPECT_FALSE(look_at(hidden, false).is_read_only);
  EXPECT_TRUE(look_at(hidden, true).is_read_only);
  const std::string shown = "SELECT 'it\\'s' INTO @a, '";
  EXPECT_FALSE(look_at(shown, true).is_read_only);
  EXPECT_FALSE(look_at("SELECT `\\` INTO @a -- `", true).is_read_only);
}

// Which comments are code depends on the version.
TEST(MysqlSqlText, TakesCodeInCommentsForWhatIsWorse) {
  for (const char* sql :
       {"SELECT 1 /*!99999 ' */ INTO @a -- '", "SELECT 1 /*!40000 INTO @a */",
        "/*!99999 SELECT 1 -- */ DELETE FROM t", "SELECT 1 /*!99999 ; */ ; DROP TABLE t"})
    EXPECT_FALSE(look_at(sql).is_read_only) << sql;
  EXPECT_TRUE(look_at("SELECT /*!40001 SQL_NO_CACHE */ 1").is_read_only);
}

TEST(MysqlSqlText, FindsStatementsInsideOthers) {
  for (const char* sql : {"EXPLAIN ANALYZE DELETE FROM t",
                          "EXPLAIN ANALYZE FORMAT=TREE UPDATE t SET a = 1", "ANALYZE DELETE FROM t",
                          "SELECT 1; DELETE FROM t", "WITH a AS (SELECT '\\') DELETE FROM t"})
    EXPECT_FALSE(look_at(sql).is_read_only) << sql;
  EXPECT_TRUE(look_at("EXPLAIN ANALYZE SELECT 1").is_read_only);
}

TEST(MysqlSqlText, KnowsWhatMayLeaveSomethingBehind) {
  for (const char* sql :
       {"BEGIN", "SET a = 1", "SAVEPOINT a", "SELECT 1", "USE x", "SET a = 1; BEGIN"})
    EXPECT_FALSE(look_at(sql).may_write()) << sql;
  for (const char* sql :
       {"COMMIT", "DELETE FROM t", "BEGIN; DELETE FROM t", "CALL p()", "DROP TABLE t"})
    EXPECT_TRUE(look_at(sql).may_write()) << sql;
  for (const char* sql : {"COMMIT", "INSERT INTO t VALUES(1); COMMIT", "CALL p()",
                          "SET autocommit = 1", "BEGIN NOT ATOMIC DELETE FROM t; COMMIT; END"})
    EXPECT_TRUE(look_at(sql).has_commit) << sql;
  EXPECT_TRUE(look_at("CREATE TABLE t(a INT)").commits_before);
  EXPECT_FALSE(look_at("INSERT INTO t VALUES(1)").commits_before);
}

TEST(MysqlSqlText, CountsStatements) {
  EXPECT_FALSE(look_at("SELECT 1").is_several);
  EXPECT_FALSE(look_at("SELECT 1; -- that is all\n ; /* really */").is_several);
  EXPECT_FALSE(look_at("SELECT ';x'; ").is_several);
  EXPECT_TRUE(look_at("SELECT 1; SELECT 2").is_several);
  EXPECT_TRUE(look_at("SELECT 1;/*! SELECT 2*/").is_several);
  EXPECT_TRUE(look_at("SELECT 1--1; SELECT 2").is_several);
  EXPECT_TRUE(look_at("").is_empty);
  EXPECT_TRUE(look_at(" ; -- nothing").is_empty);
  EXPECT_TRUE(look_at("/* open").is_empty);
  EXPECT_FALSE(look_at("'").is_empty);
}

TEST(MysqlSqlText, KnowsTheEndsOfTransactions) {
  EXPECT_TRUE(look_at("COMMIT").has_commit);
  EXPECT_TRUE(look_at("rollback to x").is_rollback);
  EXPECT_FALSE(look_at("SELECT 'COMMIT'").has_commit);
}

}  // namespace
}  // namespace thing::test
