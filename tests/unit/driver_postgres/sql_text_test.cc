#include "driver/postgres/sql_text.h"

#include <gtest/gtest.h>

namespace thing::driver::postgres {
namespace {

bool reads(std::string_view sql) { return look_at(sql).is_read_only; }

TEST(PostgresSqlText, KnowsStatementsThatOnlyRead) {
  for (const char* sql : {"select 1",
                          " -- first\n/* a /* nested */ comment */ SELECT 1",
                          "(SELECT 1) UNION SELECT 2",
                          "WITH a AS (SELECT 1) SELECT * FROM a",
                          "VALUES (1)",
                          "TABLE t",
                          "SHOW timezone",
                          "EXPLAIN SELECT 1",
                          "SELECT 1;",
                          "SELECT 1; -- end\n",
                          "SELECT update FROM t",
                          "SELECT $1 FROM t WHERE a = $2",
                          "SELECT 'INTO' FROM t",
                          "SELECT \"INTO\" FROM t",
                          "SELECT $$ INTO $$, $a$ INTO $b$ INTO $a$",
                          "SELECT E'it\\'s INTO' ",
                          "SELECT 'a''INTO'",
                          "SELECT x$INTO FROM t",
                          "SELECT * FROM t FOR UPDATE",
                          "SELECT * FROM t FOR NO KEY UPDATE",
                          "SELECT * FROM t FOR KEY SHARE SKIP LOCKED",
                          "SELECT * FROM (SELECT 1) FOR UPDATE NOWAIT"})
    EXPECT_TRUE(reads(sql)) << sql;
}

TEST(PostgresSqlText, KnowsStatementsThatWrite) {
  for (const char* sql :
       {"INSERT INTO t VALUES(1)", "UPDATE t SET a = 1", "DELETE FROM t", "MERGE INTO t USING u",
        "WITH a AS (DELETE FROM t RETURNING *) SELECT * FROM a", "SELECT 'a' INTO t",
        "WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a", "SELECT 1 FOR UPDATE; DELETE FROM t",
        "EXPLAIN ANALYZE DELETE FROM t", "EXPLAIN (ANALYZE) DELETE FROM t", "CREATE TABLE t()",
        "SELECT 1; DROP TABLE t", "CALL p()", "DO 'x'", "SET a = 1", "BEGIN", ""})
    EXPECT_FALSE(reads(sql)) << sql;
}

TEST(PostgresSqlText, IsNotLedAstrayByQuotes) {
  for (const char* sql : {"WITH a AS (SELECT E'it''s \\''), b AS (DELETE FROM t) SELECT '1'",
                          "WITH a AS (SELECT E'a'\n'\\''), b AS (DELETE FROM t) SELECT '1'",
                          "WITH a AS (SELECT e'\\\\'), b AS (DELETE FROM t) SELECT '1'",
                          "WITH a AS (SELECT 'x\\'), b AS (DELETE FROM t) SELECT '1'",
                          "WITH a AS (SELECT U&'x\\'), b AS (DELETE FROM t) SELECT '1'",
                          "SELECT E'''\\'' INTO t -- '"})
    EXPECT_FALSE(reads(sql)) << sql;
  for (const char* sql : {"SELECT E'it''s \\' INTO '", "SELECT E'a' -- b\n '\\' INTO '",
                          "SELECT E'\\\\', ' INTO '", "SELECT E'a' 'INTO'"})
    EXPECT_TRUE(reads(sql)) << sql;
}

TEST(PostgresSqlText, FindsTheStatementBehindACycle) {
  const std::string with = "WITH RECURSIVE a(i) AS (SELECT 1) ";
  EXPECT_FALSE(reads(with + "SEARCH DEPTH FIRST BY i SET o DELETE FROM t"));
  EXPECT_FALSE(reads(with + "CYCLE i SET c USING \"p\" UPDATE t SET b = 1"));
  EXPECT_TRUE(reads(with + "SEARCH DEPTH FIRST BY i SET o SELECT * FROM a"));
}

TEST(PostgresSqlText, KnowsWhatBelongsToNoSavepoint) {
  for (const char* sql :
       {"BEGIN", "start transaction", "COMMIT", "end;", "ROLLBACK", "ABORT", "SAVEPOINT a",
        "RELEASE a", "ROLLBACK TO a", "PREPARE TRANSACTION 'x'", "SELECT 1; COMMIT",
        "SET TRANSACTION READ ONLY", "SET LOCAL transaction_isolation = 'serializable'",
        "SET SESSION transaction_deferrable = on", "DEALLOCATE ALL", "DISCARD PLANS"})
    EXPECT_TRUE(look_at(sql).is_control) << sql;
  for (const char* sql :
       {"SELECT 1", "SET x = 1", "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
        "PREPARE p AS SELECT 1", "SELECT commit FROM t", "LOCK t", "SET LOCAL x = 1"})
    EXPECT_FALSE(look_at(sql).is_control) << sql;
  EXPECT_TRUE(look_at("DEALLOCATE a").drops_prepared);
}

TEST(PostgresSqlText, CountsStatements) {
  EXPECT_FALSE(look_at("SELECT 1; -- that is all\n ;").is_several);
  EXPECT_TRUE(look_at(";SELECT 1; SELECT 2").is_several);
  EXPECT_TRUE(look_at("DELETE FROM t; COMMIT").has_commit);
  EXPECT_FALSE(look_at("DELETE FROM t; COMMIT").is_commit);
}

TEST(PostgresSqlText, KnowsWhatLeavesNothingBehind) {
  for (const char* sql : {"BEGIN", "SAVEPOINT a", "RELEASE a", "SET x = 1", "SELECT 1", "begin;"})
    EXPECT_FALSE(look_at(sql).may_write()) << sql;
  for (const char* sql : {"BEGIN; DELETE FROM t", "COMMIT", "CREATE TABLE t()", "DELETE FROM t"})
    EXPECT_TRUE(look_at(sql).may_write()) << sql;
}

TEST(PostgresSqlText, KnowsTheEndsOfTransactions) {
  EXPECT_TRUE(look_at("commit").is_commit);
  EXPECT_TRUE(look_at(" END;").is_commit);
  EXPECT_TRUE(look_at("ROLLBACK TO a").is_rollback);
  EXPECT_FALSE(look_at("SELECT 'COMMIT'").is_commit);
}

TEST(PostgresSqlText, KnowsTextWithoutStatement) {
  for (const char* sql : {"", " ", ";", "-- nothing", "/* nothing", "\t;\n;"})
    EXPECT_TRUE(look_at(sql).is_empty) << sql;
  EXPECT_FALSE(look_at("x").is_empty);
}

TEST(PostgresSqlText, EndsBehindTextThatIsNotClosed) {
  for (const char* sql : {"SELECT 'a", "SELECT E'a\\", "SELECT $a$ b", "SELECT \"", "SELECT $",
                          "SELECT /*/", "SELECT $1$", "SELECT E"})
    EXPECT_FALSE(look_at(sql).is_empty) << sql;
}

}  // namespace
}  // namespace thing::driver::postgres
