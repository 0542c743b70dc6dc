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
  EXPECT_TRUE(look_at("COMMIT").is_commit);
  EXPECT_TRUE(look_at("rollback to x").is_rollback);
  EXPECT_FALSE(look_at("SELECT 'COMMIT'").is_commit);
}

}  // namespace
}  // namespace thing::test
