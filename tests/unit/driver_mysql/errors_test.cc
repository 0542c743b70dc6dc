#include "driver/mysql/errors.h"

#include <thread>

#include "mysql_server.h"

namespace thing::test {
namespace {

using base::Code;
using driver::mysql::make_error;

struct Case {
  unsigned native;
  Code code;
  bool retryable = false;
};

constexpr Case kCases[] = {
    {1062, Code::kUnique},
    {1586, Code::kUnique},
    {1048, Code::kNotNull},
    {1364, Code::kNotNull},
    {1451, Code::kForeignKey},
    {1452, Code::kForeignKey},
    {1216, Code::kForeignKey},
    {1217, Code::kForeignKey},
    {3819, Code::kCheck},
    {4025, Code::kCheck},
    {1265, Code::kType},
    {1366, Code::kType},
    {1292, Code::kType},
    {1406, Code::kRange},
    {1264, Code::kRange},
    {1213, Code::kSerialization, true},
    {1205, Code::kBusy, true},
    {1317, Code::kCancelled},
    {1969, Code::kTimeout},
    {3024, Code::kTimeout},
    {2002, Code::kConnection, true},
    {2003, Code::kConnection, true},
    {2006, Code::kConnection, true},
    {2013, Code::kConnection},
    {1044, Code::kAuth},
    {1045, Code::kAuth},
    {1698, Code::kAuth},
    {1146, Code::kSchema},
    {1054, Code::kSchema},
    {1064, Code::kSyntax},
    {1290, Code::kReadonly},
    {1792, Code::kReadonly},
    {1836, Code::kReadonly},
    {1040, Code::kBusy, true},
    {1203, Code::kBusy, true},
    {1153, Code::kRange},
    {2020, Code::kRange},
    {1615, Code::kSchema, true},
    {4031, Code::kConnection, true},
};

TEST(MysqlErrors, HaveACodeForTheNumbersThatMatter) {
  for (const Case& c : kCases) {
    const base::Error error = make_error({c.native, "HY000", "Message"});
    ASSERT_NE(error.detail(), nullptr) << c.native;
    EXPECT_EQ(error.code(), c.code) << c.native;
    EXPECT_EQ(error.detail()->native, c.native);
    EXPECT_EQ(error.detail()->sqlstate, "HY000");
    EXPECT_EQ(error.detail()->retryable, c.retryable) << c.native;
  }
}

TEST(MysqlErrors, OfOtherNumbersGoByTheirSqlstate) {
  EXPECT_EQ(make_error({9999, "22007", "x"}).code(), Code::kRange);
  EXPECT_EQ(make_error({9999, "23000", "x"}).code(), Code::kCheck);
  EXPECT_EQ(make_error({9999, "08S01", "x"}).code(), Code::kConnection);
  EXPECT_EQ(make_error({9999, "28000", "x"}).code(), Code::kAuth);
  EXPECT_EQ(make_error({9999, "42000", "x"}).code(), Code::kSyntax);
  EXPECT_EQ(make_error({9999, "HY000", "x"}).code(), Code::kInternal);
}

TEST(MysqlErrors, NeedNoMemoryForTheLackOfIt) {
  EXPECT_EQ(make_error({2008, "HY001", ""}).detail(), nullptr);
}

TEST(MysqlErrors, OfAnEndedStatementSayWhyTheCallEnded) {
  EXPECT_EQ(make_error({1317, "70100", "x"}, Code::kTimeout).code(), Code::kTimeout);
  EXPECT_EQ(make_error({2013, "HY000", "x"}, Code::kCancelled).code(), Code::kCancelled);
  EXPECT_EQ(make_error({1062, "23000", "x"}, Code::kCancelled).code(), Code::kUnique);
}

TEST(MysqlErrors, ReadNamesOfMySqlToo) {
  const auto key = make_error({1062, "23000", "Duplicate entry 'for key 'x'' for key 't.email'"});
  EXPECT_EQ(key.detail()->constraint, "email");
  EXPECT_EQ(key.detail()->table, "t");
  const auto check = make_error({3819, "HY000", "Check constraint 'positive' is violated."});
  EXPECT_EQ(check.detail()->constraint, "positive");
  EXPECT_EQ(check.message(), "mysql: check constraint 'positive' is violated");
}

class MysqlServerErrors : public MysqlTest {
 protected:
  void SetUp() override {
    MysqlTest::SetUp();
    if (!IsSkipped()) db = connect();
  }
  std::unique_ptr<driver::Connection> db;
};

TEST_F(MysqlServerErrors, NameConstraintsAndColumns) {
  execute(*db,
          "CREATE TABLE p(id INT PRIMARY KEY);"
          "CREATE TABLE t(id INT PRIMARY KEY, a INT NOT NULL, b VARCHAR(9), c INT, p INT,"
          " UNIQUE KEY by_b(a, b), CONSTRAINT positive CHECK(c > 0),"
          " CONSTRAINT to_p FOREIGN KEY(p) REFERENCES p(id));"
          "INSERT INTO p VALUES(1); INSERT INTO t VALUES(1, 1, 'x', 1, 1)");
  EXPECT_EQ(detail_of(*db, "INSERT INTO t VALUES(2, 1, 'x', 1, 1)").constraint, "by_b");
  EXPECT_EQ(detail_of(*db, "INSERT INTO t VALUES(1, 2, 'x', 1, 1)").constraint, "PRIMARY");
  EXPECT_EQ(detail_of(*db, "INSERT INTO t VALUES(2, NULL, 'x', 1, 1)").field, "a");
  EXPECT_EQ(detail_of(*db, "INSERT INTO t(id) VALUES(2)").field, "a");
  EXPECT_EQ(detail_of(*db, "INSERT INTO t VALUES(2, 2, 'x', -1, 1)").constraint, "positive");
  const auto absent = detail_of(*db, "INSERT INTO t VALUES(2, 2, 'x', 1, 7)");
  EXPECT_EQ(absent.code, Code::kForeignKey);
  EXPECT_EQ(absent.constraint, "to_p");
  EXPECT_EQ(absent.table + "." + absent.column, "t.p");
  EXPECT_EQ(absent.sqlstate, "23503");
  EXPECT_EQ(absent.native, 1452);
  const auto referred = detail_of(*db, "DELETE FROM p");
  EXPECT_EQ(referred.constraint + "/" + referred.field, "to_p/id");
  EXPECT_EQ(referred.table + "." + referred.column, "t.");
  const auto names = [&](std::string_view sql) {
    const auto detail = detail_of(*db, sql);
    return detail.table + "." + detail.column;
  };
  EXPECT_EQ(names("INSERT INTO t VALUES(2, 2, 'x', -1, 1)"), "t.");
  EXPECT_EQ(names("INSERT INTO t VALUES('x', 2, 'x', 1, 1)"), "t.id");
  EXPECT_EQ(names("INSERT INTO t VALUES(2, NULL, 'x', 1, 1)"), ".a");
  EXPECT_EQ(names("SELECT * FROM absent"), "absent.");
  EXPECT_EQ(names("DROP TABLE absent"), "absent.");
  EXPECT_EQ(names("SELECT x.absent FROM t x"), ".absent");
  EXPECT_EQ(detail_of(*db, "INSERT INTO t VALUES(2, 2, '0123456789', 1, 1)").field, "b");
  EXPECT_EQ(detail_of(*db, "INSERT INTO t VALUES('x', 2, 'x', 1, 1)").field, "id");
}

TEST_F(MysqlServerErrors, NameAllColumnsOfAKey) {
  execute(*db,
          "CREATE TABLE p(x INT, y INT, PRIMARY KEY(x, y)); INSERT INTO p VALUES(1, 1);"
          "CREATE TABLE t(a INT, b INT, c INT CHECK(c > 0), CONSTRAINT two FOREIGN KEY(a, b)"
          " REFERENCES p(x, y)); INSERT INTO t VALUES(1, 1, 1)");
  const auto absent = detail_of(*db, "UPDATE t SET b = 2");
  EXPECT_EQ(absent.constraint + "/" + absent.field, "two/a,b");
  const auto referred = detail_of(*db, "UPDATE p SET x = 2");
  EXPECT_EQ(referred.constraint + "/" + referred.field, "two/x,y");
  EXPECT_EQ(detail_of(*db, "UPDATE t SET c = 0").code, Code::kCheck);
  const auto null = detail_of(*db, "UPDATE p SET y = NULL");
  EXPECT_EQ(null.code, Code::kNotNull);
  EXPECT_EQ(null.field, "y");
}

TEST_F(MysqlServerErrors, TellMistakesInSqlApart) {
  execute(*db, "CREATE TABLE t(a INT)");
  EXPECT_EQ(error_of(*db, "SELECT * FROM u").code(), Code::kSchema);
  EXPECT_EQ(error_of(*db, "SELECT c FROM t").code(), Code::kSchema);
  EXPECT_EQ(error_of(*db, "INSERT INTO t(c) VALUES(1)").code(), Code::kSchema);
  EXPECT_EQ(error_of(*db, "CREATE TABLE t(a INT)").code(), Code::kSchema);
  EXPECT_EQ(error_of(*db, "SELECT FROM").code(), Code::kSyntax);
  EXPECT_EQ(error_of(*db, "SELECT absent(1)").code(), Code::kSchema);
  EXPECT_EQ(error_of(*db, "SELECT 9223372036854775807 + 1").code(), Code::kRange);
  EXPECT_EQ(error_of(*db, "ROLLBACK TO x").code(), Code::kSchema);
}

TEST_F(MysqlServerErrors, NeverHoldABoundValue) {
  execute(*db,
          "CREATE TABLE t(a VARCHAR(20) UNIQUE, b INT, c DATE); INSERT INTO t(a) "
          "VALUES('secret')");
  for (const char* sql :
       {"INSERT INTO t(a) VALUES(?)", "INSERT INTO t(b) VALUES(?)", "INSERT INTO t(c) VALUES(?)",
        "UPDATE t SET c = CAST(? AS DATE)", "UPDATE t SET b = CAST(? AS SIGNED)"}) {
    const base::Error error = error_of(*db, sql, {text("secret")});
    EXPECT_LT(error.code(), Code::kOk);
    EXPECT_EQ(error.message().find("secret"), std::string_view::npos) << error.message();
  }
  ASSERT_TRUE(run(*db, "INSERT INTO t(a) VALUES(?)", {text("x' for key 'y")}));
  EXPECT_EQ(detail_of(*db, "INSERT INTO t(a) VALUES(?)", {text("x' for key 'y")}).constraint, "a");
}

// The one of the two that the server chooses is rolled back whole.
TEST_F(MysqlServerErrors, OfADeadlockAskForTheTransactionToBeRunAgain) {
  auto other = connect();
  execute(*db, "CREATE TABLE t(id INT PRIMARY KEY, n INT); INSERT INTO t VALUES(1, 0), (2, 0)");
  execute(*db, "BEGIN; UPDATE t SET n = 1 WHERE id = 1");
  execute(*other, "BEGIN; UPDATE t SET n = 1 WHERE id = 2");
  base::Status theirs;
  std::thread waiting([&] { theirs = other->execute("UPDATE t SET n = 2 WHERE id = 1"); });
  const base::Status ours = db->execute("UPDATE t SET n = 2 WHERE id = 2");
  if (ours) execute(*db, "COMMIT");
  waiting.join();
  ASSERT_NE(ours.has_value(), theirs.has_value());
  const base::Error& lost = ours ? theirs.error() : ours.error();
  EXPECT_EQ(lost.code(), Code::kSerialization);
  EXPECT_TRUE(lost.detail()->retryable);
  EXPECT_FALSE((ours ? other : db)->in_transaction());
  EXPECT_TRUE((ours ? other : db)->is_usable());
}

}  // namespace
}  // namespace thing::test
