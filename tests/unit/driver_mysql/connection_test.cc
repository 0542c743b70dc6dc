#include <sys/wait.h>
#include <unistd.h>

#include "mysql_server.h"

namespace thing::test {
namespace {

using base::Code;
using driver::mysql::Options;
using driver::mysql::Tls;
using value::Type;
using value::Value;
using value::ValueView;

using MysqlConnection = MysqlTest;

Code code_of_open(const Options& options) {
  auto connection = driver::mysql::connect(options);
  return connection ? Code::kOk : connection.error().code();
}

Code code_of_prepare(driver::Connection& connection, std::string_view sql) {
  auto statement = connection.prepare(sql);
  return statement ? Code::kOk : statement.error().code();
}

TEST_F(MysqlConnection, SetsTheSessionAsValuesNeedIt) {
  auto db = connect();
  EXPECT_EQ(one(*db, "SELECT @@character_set_client, @@time_zone, @@autocommit, @@lc_messages"),
            "'utf8mb4'|'+00:00'|1|'en_US'");
  EXPECT_EQ(one(*db, "SELECT @@innodb_lock_wait_timeout, @@lock_wait_timeout"), "5|5");
  const std::string mode = one(*db, "SELECT @@sql_mode");
  for (const char* part : {"STRICT_ALL_TABLES", "NO_ZERO_DATE", "ONLY_FULL_GROUP_BY",
                           "NO_BACKSLASH_ESCAPES", "NO_AUTO_VALUE_ON_ZERO"})
    EXPECT_NE(mode.find(part), std::string::npos) << mode;
  EXPECT_EQ(mode.find("ANSI_QUOTES"), std::string::npos);
}

TEST_F(MysqlConnection, NamesItsServer) {
  auto db = connect();
  EXPECT_TRUE(db->dialect() == "mariadb" || db->dialect() == "mysql");
  const std::string said = one(*db, "SELECT VERSION()");
  EXPECT_EQ(db->dialect() == "mariadb", said.find("MariaDB") != std::string::npos);
  EXPECT_EQ("'" + db->server_version() + "'", said);
  EXPECT_FALSE(driver::mysql::library_version().empty());
}

TEST_F(MysqlConnection, RefusesAWrongPasswordWithoutNamingIt) {
  Options wrong = options();
  wrong.password = "sesame";
  auto db = driver::mysql::connect(wrong);
  ASSERT_FALSE(db);
  EXPECT_EQ(db.error().code(), Code::kAuth);
  EXPECT_EQ(db.error().message().find("sesame"), std::string_view::npos);
}

TEST_F(MysqlConnection, TellsWhatCanNotBeOpened) {
  Options wrong = options();
  wrong.database = "absent";
  EXPECT_EQ(code_of_open(wrong), Code::kSchema);
  wrong = options();
  wrong.socket.clear();
  wrong.host = "127.0.0.1";
  wrong.port = 1;
  EXPECT_EQ(code_of_open(wrong), Code::kConnection);
  wrong.socket = "/absent/socket";
  EXPECT_EQ(code_of_open(wrong), Code::kConnection);
}

TEST_F(MysqlConnection, OpensByTheUnixSocket) {
  const char* url = getenv("THING_TEST_MYSQL_SOCKET");
  if (url == nullptr) GTEST_SKIP() << "THING_TEST_MYSQL_SOCKET is not set";
  auto db = connect(*driver::mysql::parse_url(url));
  ASSERT_NE(db, nullptr);
  EXPECT_EQ(one(*db, "SELECT 1"), "1");
}

std::string cipher(driver::Connection& connection) {
  return one(connection, "SHOW STATUS LIKE 'Ssl_cipher'");
}

TEST_F(MysqlConnection, SpeaksTlsWhenTheServerHasIt) {
  if (one(*connect(), "SELECT @@have_ssl = 'YES'") != "1") GTEST_SKIP() << "the server has no TLS";
  Options with_tls = options();
  if (!with_tls.socket.empty()) GTEST_SKIP() << "a Unix socket is not listened to";
  with_tls.tls = Tls::kPreferred;
  EXPECT_NE(cipher(*connect(with_tls)), "'Ssl_cipher'|''");
  with_tls.tls = Tls::kRequired;
  auto db = connect(with_tls);
  EXPECT_NE(cipher(*db), "'Ssl_cipher'|''");
  const std::string large(3 << 20, 'x');
  EXPECT_EQ(one(*db, "SELECT LENGTH(?)", {text(large)}), "3145728");
  EXPECT_EQ(one(*db, "SELECT REPEAT('x', 3145728)"), "'" + large + "'");
  with_tls.tls = Tls::kDisabled;
  EXPECT_EQ(cipher(*connect(with_tls)), "'Ssl_cipher'|''");
}

TEST_F(MysqlConnection, LooksAtTheCertificateWhenItIsToBeVerified) {
  auto db = connect();
  std::string ca = one(*db, "SELECT @@ssl_ca");
  if (!ca.starts_with("'/")) GTEST_SKIP() << "the server has no certificate of its own";
  ca = ca.substr(1, ca.size() - 2);
  if (access(ca.c_str(), R_OK) != 0) GTEST_SKIP() << "its certificate can not be read from here";
  Options with_tls = options();
  with_tls.socket.clear();
  with_tls.tls = Tls::kVerify;
  EXPECT_EQ(code_of_open(with_tls), Code::kConnection);  // signed by nobody known
  with_tls.tls_ca = ca;
  EXPECT_EQ(code_of_open(with_tls), Code::kOk);
}

TEST_F(MysqlConnection, OpensOnlyWithTheTlsThatIsRequired) {
  const bool has_tls = one(*connect(), "SELECT @@have_ssl = 'YES'") == "1";
  Options with_tls = options();
  with_tls.tls = Tls::kRequired;
  EXPECT_EQ(code_of_open(with_tls), has_tls ? Code::kOk : Code::kConnection);
  with_tls.tls = Tls::kVerify;  // a certificate that nobody known has signed is no better than none
  EXPECT_EQ(code_of_open(with_tls), Code::kConnection);
  with_tls.tls = Tls::kDisabled;
  EXPECT_EQ(code_of_open(with_tls), Code::kOk);
}

TEST_F(MysqlConnection, PreparesExactlyOneStatement) {
  auto db = connect();
  EXPECT_EQ(code_of_prepare(*db, "SELECT 1"), Code::kOk);
  EXPECT_EQ(code_of_prepare(*db, "SELECT 1; -- that is all\n"), Code::kOk);
  EXPECT_EQ(code_of_prepare(*db, "SELECT 1; SELECT 2"), Code::kInvalid);
  EXPECT_EQ(code_of_prepare(*db, "SELECT 1; /* then */ SELECT 2"), Code::kInvalid);
  EXPECT_EQ(code_of_prepare(*db, ""), Code::kInvalid);
  EXPECT_EQ(code_of_prepare(*db, " -- nothing"), Code::kInvalid);
  EXPECT_EQ(code_of_prepare(*db, std::string_view("SELECT 1\0 AND 2", 15)), Code::kInvalid);
  EXPECT_EQ(code_of_prepare(*db, "SELEC 1"), Code::kSyntax);
}

TEST_F(MysqlConnection, ExecutesSeveralStatements) {
  auto db = connect();
  execute(*db,
          "CREATE TABLE t(id INT AUTO_INCREMENT PRIMARY KEY, a INT); -- first\n"
          "INSERT INTO t(a) VALUES(1); SELECT * FROM t; INSERT INTO t(a) VALUES(2), (3);");
  EXPECT_EQ(rows(*db, "SELECT a FROM t ORDER BY a"), (std::vector<std::string>{"1", "2", "3"}));
  EXPECT_EQ(db->last_insert_id(), 3);
  EXPECT_EQ(db->changes(), 2);
  EXPECT_EQ(db->total_changes(), 3);
  execute(*db, " -- nothing");
  EXPECT_EQ(db->execute("INSERT INTO t(a) VALUES(4); INSERT INTO u VALUES(1)").error().code(),
            Code::kSchema);
  EXPECT_EQ(one(*db, "SELECT COUNT(*) FROM t"), "4");
}

TEST_F(MysqlConnection, RunsAStatementWithItsOwnSemicolons) {
  auto db = connect();
  execute(*db,
          "CREATE TABLE t(a INT); CREATE TRIGGER r BEFORE INSERT ON t FOR EACH ROW BEGIN SET NEW.a "
          "= NEW.a + 1; SET NEW.a = NEW.a * 2; END; INSERT INTO t VALUES(1)");
  EXPECT_EQ(one(*db, "SELECT a FROM t"), "4");
  ASSERT_TRUE(run(*db, "CREATE PROCEDURE p() BEGIN SELECT a FROM t; SELECT 'x', 'y'; END"));
  EXPECT_EQ(one(*db, "CALL p()"), "4");
  EXPECT_EQ(one(*db, "SELECT 5"), "5");  // the second result is out of the way
}

TEST_F(MysqlConnection, KnowsWhetherATransactionIsOpen) {
  auto db = connect();
  execute(*db, "CREATE TABLE t(a INT)");
  EXPECT_FALSE(db->in_transaction());
  ASSERT_TRUE(run(*db, "BEGIN"));
  EXPECT_TRUE(db->in_transaction());
  ASSERT_TRUE(run(*db, "INSERT INTO t VALUES(?)", {integer(1)}));
  ASSERT_TRUE(run(*db, "SAVEPOINT s"));
  ASSERT_TRUE(run(*db, "INSERT INTO t VALUES(?)", {integer(2)}));
  ASSERT_TRUE(run(*db, "ROLLBACK TO s"));
  EXPECT_TRUE(db->in_transaction());
  ASSERT_TRUE(run(*db, "COMMIT"));
  EXPECT_FALSE(db->in_transaction());
  EXPECT_EQ(one(*db, "SELECT COUNT(*) FROM t"), "1");
}

TEST_F(MysqlConnection, RunsAsTextWhatCanNotBePrepared) {
  auto db = connect();
  auto statement = prepare(*db, "PREPARE x FROM 'SELECT 1'");
  EXPECT_EQ(statement->parameter_count(), 0);
  EXPECT_TRUE(statement->execute());
  EXPECT_EQ(statement->bind(0, ValueView()).error().code(), Code::kInvalid);
}

TEST_F(MysqlConnection, CountsRowsThatMatched) {
  auto db = connect();
  execute(*db, "CREATE TABLE t(id INT PRIMARY KEY, a INT); INSERT INTO t VALUES(1, 1), (2, 1)");
  ASSERT_TRUE(run(*db, "UPDATE t SET a = 1"));
  EXPECT_EQ(db->changes(), 2);
  const int64_t before = db->total_changes();
  const std::string upsert = "INSERT INTO t VALUES(?, ?) ON DUPLICATE KEY UPDATE a = VALUES(a)";
  ASSERT_TRUE(run(*db, upsert, {integer(3), integer(1)}));
  EXPECT_EQ(db->changes(), 1);
  ASSERT_TRUE(run(*db, upsert, {integer(3), integer(2)}));
  EXPECT_EQ(db->changes(), 2);
  ASSERT_TRUE(run(*db, upsert, {integer(3), integer(2)}));
  EXPECT_EQ(db->changes(), 1);
  rows(*db, "SELECT * FROM t");
  EXPECT_EQ(db->changes(), 1);
  EXPECT_EQ(db->total_changes(), before + 4);
  ASSERT_TRUE(run(*db, "DELETE FROM t WHERE id = 9"));
  EXPECT_EQ(db->changes(), 0);
}

TEST_F(MysqlConnection, TellsTheIdOfTheLastRow) {
  auto db = connect();
  execute(*db, "CREATE TABLE t(id BIGINT AUTO_INCREMENT PRIMARY KEY, a INT UNIQUE)");
  EXPECT_EQ(db->id_step(), 1);
  ASSERT_TRUE(run(*db, "INSERT INTO t(a) VALUES(1)"));
  EXPECT_EQ(db->last_insert_id(), 1);
  ASSERT_TRUE(
      run(*db, "INSERT INTO t(a) VALUES(?), (?), (?)", {integer(2), integer(3), integer(4)}));
  EXPECT_EQ(db->last_insert_id(), 4);
  EXPECT_EQ(one(*db, "SELECT MAX(id) FROM t"), "4");
  ASSERT_TRUE(run(*db, "UPDATE t SET a = 9 WHERE id = 1"));
  rows(*db, "SELECT * FROM t");
  EXPECT_EQ(db->last_insert_id(), 4);
  ASSERT_TRUE(run(*db, "INSERT INTO t(id, a) VALUES(0, 0)"));  // 0 is an id like others
  EXPECT_EQ(one(*db, "SELECT a FROM t WHERE id = 0"), "0");
}

TEST_F(MysqlConnection, KnowsTheStepBetweenIds) {
  auto db = connect();
  const std::string before = one(*db, "SELECT @@global.auto_increment_increment");
  execute(*db, "SET GLOBAL auto_increment_increment = 10");
  auto other = connect();
  execute(*db, "SET GLOBAL auto_increment_increment = " + before);
  EXPECT_EQ(other->id_step(), 10);
  execute(*other, "CREATE TABLE t(id BIGINT AUTO_INCREMENT PRIMARY KEY, a INT)");
  ASSERT_TRUE(run(*other, "INSERT INTO t(a) VALUES(1), (2), (3)"));
  EXPECT_EQ(std::to_string(other->last_insert_id()), one(*other, "SELECT MAX(id) FROM t"));
}

TEST_F(MysqlConnection, CountsTheRowsThatReturningGives) {
  auto db = connect();
  if (db->dialect() != "mariadb") GTEST_SKIP() << "MySQL has no RETURNING";
  execute(*db, "CREATE TABLE t(id BIGINT AUTO_INCREMENT PRIMARY KEY, a INT)");
  EXPECT_EQ(rows(*db, "INSERT INTO t(a) VALUES(7), (8) RETURNING id, a"),
            (std::vector<std::string>{"1|7", "2|8"}));
  EXPECT_EQ(db->changes(), 2);
  EXPECT_EQ(rows(*db, "DELETE FROM t RETURNING id").size(), 2u);
  EXPECT_EQ(db->total_changes(), 4);
}

TEST_F(MysqlConnection, KnowsWhichColumnsCompareBytes) {
  auto db = connect();
  execute(*db,
          "CREATE TABLE t(a TEXT, b TEXT COLLATE utf8mb4_bin, c INT, d BLOB, e VARBINARY(9), f "
          "TEXT COLLATE utf8mb4_general_ci, g VARCHAR(9) COLLATE utf8mb4_nopad_bin, h DATETIME)");
  for (const char* column : {"a", "c", "d", "e", "g", "h"})
    EXPECT_TRUE(*db->compares_bytes("t", column)) << column;
  for (const char* column : {"b", "f"}) EXPECT_FALSE(*db->compares_bytes("t", column)) << column;
  EXPECT_EQ(db->compares_bytes("t", "z").error().code(), Code::kSchema);
  EXPECT_EQ(db->compares_bytes("u", "a").error().code(), Code::kSchema);
}

TEST_F(MysqlConnection, TellsWhatElseAWriteMayWrite) {
  auto db = connect();
  execute(*db,
          "CREATE TABLE plain(a INT PRIMARY KEY); CREATE TABLE p1(a INT PRIMARY KEY);"
          "CREATE TABLE p2(a INT PRIMARY KEY); CREATE TABLE refers(a INT, b INT, FOREIGN KEY(a)"
          " REFERENCES plain(a), FOREIGN KEY(b) REFERENCES plain(a) ON DELETE RESTRICT);"
          "CREATE TABLE cascades(a INT, b INT, FOREIGN KEY(a) REFERENCES p1(a) ON DELETE CASCADE,"
          " FOREIGN KEY(b) REFERENCES p2(a) ON UPDATE SET NULL);"
          "CREATE TABLE self(a INT PRIMARY KEY, b INT, FOREIGN KEY(b) REFERENCES self(a) ON DELETE"
          " CASCADE); CREATE TABLE triggered(a INT); CREATE TRIGGER r AFTER INSERT ON triggered FOR"
          " EACH ROW DELETE FROM plain; CREATE VIEW v AS SELECT a FROM triggered");
  const auto more = [&](std::string_view table) -> std::string {
    auto answer = db->writes_more(table);
    if (!answer) return std::string(answer.error().message());
    return std::string(answer->always ? "always " : "") + (answer->by_updates ? "updates " : "") +
           (answer->by_deletes ? "deletes " : "");
  };
  for (const char* table : {"plain", "refers", "cascades"}) EXPECT_EQ(more(table), "") << table;
  for (const char* table : {"p1", "self"}) EXPECT_EQ(more(table), "deletes ") << table;
  EXPECT_EQ(more("p2"), "updates ");
  for (const char* table : {"triggered", "v"}) EXPECT_EQ(more(table), "always ") << table;
  EXPECT_EQ(db->writes_more("absent").error().code(), Code::kSchema);
}

TEST_F(MysqlConnection, IsAliveAsLongAsTheServerIs) {
  auto db = connect(), killer = connect();
  EXPECT_TRUE(db->is_alive());
  EXPECT_TRUE(db->ping());
  execute(*killer, "KILL " + one(*db, "SELECT CONNECTION_ID()"));
  const int64_t until = now() + 10'000'000;
  while (db->is_alive() && now() < until) sleep_ms(1);
  EXPECT_FALSE(db->is_alive());
  EXPECT_FALSE(db->is_usable());
  EXPECT_EQ(db->ping().error().code(), Code::kConnection);
}

TEST_F(MysqlConnection, IsAliveWithAResultThatNobodyTook) {
  auto db = connect();
  execute(*db, "CREATE PROCEDURE p() BEGIN SELECT 1; SELECT 2; END");
  auto call = prepare(*db, "CALL p()");
  std::vector<Value> row;
  ASSERT_TRUE(*call->step_dynamic(row));
  sleep_ms(20);
  EXPECT_TRUE(db->is_alive());
  call->reset();
  EXPECT_TRUE(db->is_alive());
  EXPECT_EQ(one(*db, "SELECT 5"), "5");
}

TEST_F(MysqlConnection, IsAliveWithTls) {
  if (one(*connect(), "SELECT @@have_ssl = 'YES'") != "1") GTEST_SKIP() << "the server has no TLS";
  Options with_tls = options();
  with_tls.socket.clear();
  with_tls.tls = Tls::kRequired;
  auto db = connect(with_tls), killer = connect();
  EXPECT_TRUE(db->is_alive());
  const std::string kill = "KILL " + one(*db, "SELECT CONNECTION_ID()");
  EXPECT_TRUE(db->is_alive());
  EXPECT_TRUE(db->ping());
  execute(*killer, kill);
  const int64_t until = now() + 10'000'000;
  while (db->is_alive() && now() < until) sleep_ms(1);
  EXPECT_FALSE(db->is_usable());
}

TEST_F(MysqlConnection, LooksAtTextsInItsMode) {
  auto db = connect();
  execute(*db, "SET sql_mode = ''");
  EXPECT_FALSE(prepare(*db, "SELECT 'it\\'s' INTO @a")->is_read_only());
  EXPECT_TRUE(prepare(*db, "SELECT 'it\\' INTO '")->is_read_only());
}

TEST_F(MysqlConnection, TakesOverAChangedBusyTimeout) {
  auto db = connect();
  db->set_busy_timeout(1500);
  EXPECT_EQ(one(*db, "SELECT @@innodb_lock_wait_timeout, @@lock_wait_timeout"), "2|2");
}

TEST_F(MysqlConnection, GivesUpALockThatDoesNotCome) {
  auto db = connect(), other = connect();
  execute(*db, "CREATE TABLE t(id INT PRIMARY KEY, a INT); INSERT INTO t VALUES(1, 1)");
  execute(*db, "BEGIN; UPDATE t SET a = 2");
  other->set_busy_timeout(0);
  execute(*other, "BEGIN");
  const base::Error error = error_of(*other, "UPDATE t SET a = 3");
  EXPECT_EQ(error.code(), Code::kBusy);
  EXPECT_TRUE(error.detail()->retryable);
  EXPECT_TRUE(other->in_transaction());
  EXPECT_TRUE(other->is_usable());
}

TEST_F(MysqlConnection, IsNotForAForkedChild) {
  auto db = connect();
  auto statement = prepare(*db, "SELECT 1");
  const pid_t child = fork();
  if (child == 0) {
    std::vector<Value> row;
    const auto stepped = statement->step_dynamic(row);
    const auto executed = db->execute("SELECT 1");
    const bool closed = !stepped && stepped.error().code() == Code::kClosed && !executed &&
                        executed.error().code() == Code::kClosed;
    statement.reset();
    db.reset();
    _exit(closed ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  std::vector<Value> row;
  EXPECT_TRUE(*statement->step_dynamic(row));
  EXPECT_EQ(one(*db, "SELECT 2"), "2");
}

}  // namespace
}  // namespace thing::test
