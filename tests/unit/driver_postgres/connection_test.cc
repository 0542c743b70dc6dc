#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "postgres_server.h"

namespace thing::test {
namespace {

using base::Code;
using driver::postgres::Options;

class PostgresConnection : public PostgresTest {
 protected:
  static base::Error error_of_connect(const Options& options) {
    auto connection = driver::postgres::connect(options);
    if (!connection) return std::move(connection.error());
    ADD_FAILURE() << "did connect";
    return {Code::kOk, ""};
  }
  // The conninfo with another setting, which counts as the last one.
  static Options with(const std::string& setting) {
    Options o = options();
    o.conninfo += "&" + setting;
    return o;
  }
  static std::string port() { return url().substr(url().find("&port=") + 6); }
};

TEST_F(PostgresConnection, SetsUpItsSession) {
  auto db = connect();
  EXPECT_EQ(one(*db,
                "SELECT current_setting('TimeZone'), current_setting('client_encoding'), "
                "current_setting('DateStyle'), current_setting('lock_timeout'), "
                "current_setting('application_name')"),
            "'UTC'|'UTF8'|'ISO, MDY'|'5s'|'libthing'");
  EXPECT_EQ(db->dialect(), "postgres");
  EXPECT_EQ(db->last_insert_id(), 0);
  EXPECT_TRUE(db->is_usable());
  EXPECT_FALSE(db->in_transaction());
}

TEST_F(PostgresConnection, KeepsToItsOptions) {
  Options o = options();
  o.application_name = "a test";
  o.busy_timeout_ms = 0;
  o.read_only = true;
  auto db = connect(o);
  EXPECT_EQ(one(*db, "SHOW application_name"), "'a test'");
  EXPECT_EQ(one(*db, "SHOW lock_timeout"), "'1ms'");
  EXPECT_EQ(error_of(*db, "CREATE TABLE never()").code(), Code::kReadonly);
}

TEST_F(PostgresConnection, TellsTheVersions) {
  auto db = connect();
  const std::string version = db->server_version();
  EXPECT_EQ(version.find_first_not_of("0123456789."), std::string::npos) << version;
  EXPECT_EQ(one(*db, "SHOW server_version").substr(1, version.size()), version);
  EXPECT_NE(driver::postgres::library_version().find('.'), std::string::npos);
}

TEST_F(PostgresConnection, TellsWhyThereIsNone) {
  EXPECT_EQ(error_of_connect(with("dbname=absent")).code(), Code::kSchema);
  EXPECT_EQ(error_of_connect(with("user=absent")).code(), Code::kAuth);
  const base::Error unreachable = error_of_connect(with("port=1"));
  EXPECT_EQ(unreachable.code(), Code::kConnection);
  EXPECT_TRUE(unreachable.detail()->retryable);
  EXPECT_EQ(error_of_connect(with("sslmode=perhaps")).code(), Code::kConnection);
}

TEST_F(PostgresConnection, AsksForThePasswordAndNeverTellsIt) {
  auto db = connect();
  execute(*db,
          "DROP ROLE IF EXISTS thing_guarded; CREATE ROLE thing_guarded LOGIN PASSWORD 'open'");
  Options o = options();
  const std::string host = "@127.0.0.1:" + port() + "/thing";
  o.conninfo = "postgresql://thing_guarded:open" + host;
  EXPECT_TRUE(driver::postgres::connect(o));
  o.conninfo = "postgresql://thing_guarded:wrong-one" + host;
  const base::Error wrong = error_of_connect(o);
  EXPECT_EQ(wrong.code(), Code::kAuth);
  EXPECT_EQ(wrong.detail()->sqlstate, "28P01");
  EXPECT_EQ((wrong.detail()->message + wrong.detail()->context).find("wrong-one"),
            std::string::npos);
  o.conninfo = "postgresql://thing_guarded" + host;
  EXPECT_EQ(error_of_connect(o).code(), Code::kAuth);
}

TEST_F(PostgresConnection, TakesSettingsInsteadOfAUrl) {
  Options o = options();
  const std::string rest = url().substr(url().find("host=") + 5);
  o.conninfo = "host=" + rest.substr(0, rest.find('&')) + " port=" + port() +
               " user=thing dbname=thing connect_timeout=2";
  EXPECT_EQ(one(*connect(o), "SELECT 1"), "1");
}

TEST_F(PostgresConnection, GivesUpConnectingAtItsTimeout) {
  Options o = options();
  o.conninfo = "host=192.0.2.1 dbname=x";  // goes nowhere (RFC 5737)
  o.connect_timeout_ms = 50;
  const int64_t started = base::system_clock().monotonic_micros();
  EXPECT_EQ(error_of_connect(o).code(), Code::kConnection);
  EXPECT_LT(base::system_clock().monotonic_micros() - started, 5'000'000);
}

TEST_F(PostgresConnection, ExecutesSeveralStatements) {
  auto db = connect();
  execute(*db,
          "CREATE TEMP TABLE t(a int); INSERT INTO t VALUES(1), (2); SELECT * FROM t;"
          " UPDATE t SET a = 3 WHERE a = 2; SELECT 1");
  EXPECT_EQ(rows(*db, "SELECT a FROM t ORDER BY 1"), (std::vector<std::string>{"1", "3"}));
  EXPECT_EQ(db->changes(), 1);
  EXPECT_EQ(db->total_changes(), 3);
  EXPECT_EQ(db->execute("SELECT 1; SELECT * FROM absent").error().code(), Code::kSchema);
  EXPECT_EQ(db->execute(std::string_view("SELECT 1\0", 9)).error().code(), Code::kInvalid);
}

TEST_F(PostgresConnection, PreparesExactlyOneStatement) {
  auto db = connect();
  const auto code = [&](std::string_view sql) {
    auto statement = db->prepare(sql);
    return statement ? Code::kOk : statement.error().code();
  };
  EXPECT_EQ(code("SELECT 1; -- that is all\n"), Code::kOk);
  EXPECT_EQ(code("SELECT 1; SELECT 2"), Code::kInvalid);
  EXPECT_EQ(code(""), Code::kInvalid);
  EXPECT_EQ(code(" -- nothing"), Code::kInvalid);
  EXPECT_EQ(code(std::string_view("SELECT 1\0 AND 2", 15)), Code::kInvalid);
  EXPECT_EQ(code("SELEC 1"), Code::kSyntax);
  EXPECT_EQ(code("SELECT * FROM absent"), Code::kSchema);
  EXPECT_EQ(one(*db, "SELECT 1"), "1");
}

TEST_F(PostgresConnection, KnowsWhenItIsInATransaction) {
  auto db = connect();
  execute(*db, "BEGIN");
  EXPECT_TRUE(db->in_transaction());
  EXPECT_FALSE(db->execute("SELECT * FROM absent"));
  EXPECT_TRUE(db->in_transaction());
  EXPECT_EQ(db->execute("SELECT 1").error().code(), Code::kState);
  execute(*db, "ROLLBACK");
  EXPECT_FALSE(db->in_transaction());
  EXPECT_TRUE(db->is_usable());
}

TEST_F(PostgresConnection, DoesNotTakeARollbackForACommit) {
  auto db = connect();
  execute(*db, "BEGIN");
  EXPECT_FALSE(db->execute("SELECT * FROM absent"));
  EXPECT_EQ(db->execute("COMMIT").error().code(), Code::kState);
  EXPECT_FALSE(db->in_transaction());
  execute(*db, "BEGIN");
  EXPECT_FALSE(db->execute("SELECT * FROM absent"));
  EXPECT_EQ(detail_of(*db, "COMMIT").sqlstate, "25P02");
}

TEST_F(PostgresConnection, TellsWhatFailsAtTheEndOfAStatement) {
  auto db = connect();
  execute(*db,
          "CREATE TEMP TABLE p(a int PRIMARY KEY);"
          "CREATE TEMP TABLE c(a int CONSTRAINT c_p REFERENCES p DEFERRABLE INITIALLY DEFERRED)");
  EXPECT_EQ(error_of(*db, "INSERT INTO c VALUES(1)").code(), Code::kForeignKey);
  execute(*db, "BEGIN; INSERT INTO c VALUES(1)");
  EXPECT_EQ(detail_of(*db, "COMMIT").constraint, "c_p");
  EXPECT_EQ(one(*db, "SELECT count(*) FROM c"), "0");
}

TEST_F(PostgresConnection, KnowsWhichColumnsCompareBytes) {
  auto db = connect();
  execute(*db,
          "CREATE COLLATION IF NOT EXISTS thing_ci "
          "(provider = icu, locale = 'und-u-ks-level2', deterministic = false)");
  execute(*db,
          "CREATE TEMP TABLE \"t\"\"t\"(a text, b text COLLATE \"C\", c int, d char(3), "
          "e text COLLATE thing_ci, f text COLLATE \"und-x-icu\", g jsonb, h bytea)");
  const auto compares = [&](std::string_view column) {
    auto answer = db->compares_bytes("t\"t", column);
    return answer ? (*answer ? "yes" : "no") : "failed";
  };
  EXPECT_STREQ(compares("a"), "yes");  // the database is in "C"
  EXPECT_STREQ(compares("b"), "yes");
  EXPECT_STREQ(compares("c"), "yes");
  EXPECT_STREQ(compares("d"), "no");
  EXPECT_STREQ(compares("e"), "no");
  EXPECT_STREQ(compares("f"), "no");
  EXPECT_STREQ(compares("g"), "no");
  EXPECT_STREQ(compares("h"), "yes");
  EXPECT_EQ(db->compares_bytes("t\"t", "z").error().code(), Code::kSchema);
  EXPECT_EQ(db->compares_bytes("absent", "a").error().code(), Code::kSchema);
}

TEST_F(PostgresConnection, TellsWhatElseAWriteMayWrite) {
  auto db = connect();
  execute(
      *db,
      "CREATE TEMP TABLE plain(a int PRIMARY KEY); CREATE TEMP TABLE \"q\"\"q\"(a int);"
      "CREATE TEMP TABLE refers(a int REFERENCES plain, b int REFERENCES plain ON DELETE RESTRICT);"
      "CREATE TEMP TABLE p1(a int PRIMARY KEY); CREATE TEMP TABLE p2(a int PRIMARY KEY);"
      "CREATE TEMP TABLE p3(a int PRIMARY KEY); CREATE TEMP TABLE self(a int PRIMARY KEY,"
      " b int REFERENCES self ON DELETE CASCADE);"
      "CREATE TEMP TABLE cascades(a int REFERENCES p1 ON DELETE CASCADE,"
      " b int REFERENCES p2 ON UPDATE SET NULL, c int REFERENCES p3 ON DELETE SET DEFAULT);"
      "CREATE FUNCTION pg_temp.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"
      "CREATE TEMP TABLE triggered(a int);"
      "CREATE TRIGGER r AFTER INSERT ON triggered EXECUTE FUNCTION pg_temp.f();"
      "CREATE TEMP TABLE ruled(a int);"
      "CREATE RULE r AS ON DELETE TO ruled DO ALSO DELETE FROM plain;"
      "CREATE TEMP VIEW v AS SELECT a FROM triggered;"
      "CREATE TEMP TABLE whole(a int) PARTITION BY RANGE(a);"
      "CREATE TEMP TABLE part PARTITION OF whole FOR VALUES FROM (0) TO (9);"
      "CREATE TEMP TABLE quiet(a int) PARTITION BY RANGE(a);"
      "CREATE TRIGGER r AFTER INSERT ON part FOR EACH ROW EXECUTE FUNCTION pg_temp.f()");
  const auto more = [&](std::string_view table) -> std::string {
    auto answer = db->writes_more(table);
    if (!answer) return std::string(answer.error().message());
    return std::string(answer->always ? "always " : "") + (answer->by_updates ? "updates " : "") +
           (answer->by_deletes ? "deletes " : "");
  };
  for (const char* table : {"plain", "q\"q", "refers", "cascades", "quiet"})
    EXPECT_EQ(more(table), "") << table;
  for (const char* table : {"p1", "p3", "self"}) EXPECT_EQ(more(table), "deletes ") << table;
  EXPECT_EQ(more("p2"), "updates ");
  for (const char* table : {"triggered", "ruled", "v", "whole", "part"})
    EXPECT_EQ(more(table), "always ") << table;
  EXPECT_EQ(db->writes_more("absent").error().code(), Code::kSchema);
}

TEST_F(PostgresConnection, IsAliveAsLongAsTheServerIs) {
  auto db = connect(), killer = connect();
  EXPECT_TRUE(db->is_alive());
  EXPECT_TRUE(db->ping());
  const std::string pid = one(*db, "SELECT pg_backend_pid()");
  EXPECT_EQ(one(*killer, "SELECT pg_terminate_backend(" + pid + ", 60000)"), "true");
  EXPECT_TRUE(db->is_usable());  // nobody has looked yet
  EXPECT_FALSE(db->is_alive());
  EXPECT_FALSE(db->is_usable());
  EXPECT_EQ(db->ping().error().code(), Code::kConnection);
}

TEST_F(PostgresConnection, IsAliveWithTls) {
  auto killer = connect();
  if (one(*killer, "SHOW ssl") != "'on'") GTEST_SKIP() << "the server has no TLS";
  execute(*killer, "DROP ROLE IF EXISTS thing_tls; CREATE ROLE thing_tls LOGIN PASSWORD 'open'");
  Options o = options();
  o.conninfo = "postgresql://thing_tls:open@127.0.0.1:" + port() + "/thing?sslmode=require";
  auto db = connect(o);
  EXPECT_EQ(one(*db, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"), "true");
  EXPECT_TRUE(db->is_alive());
  EXPECT_TRUE(db->ping());
  db->guard_statements(true);
  execute(*db, "BEGIN");
  EXPECT_FALSE(db->execute("SELECT 1/0"));
  EXPECT_EQ(one(*db, "SELECT repeat('x', 3000000)").size(), 3'000'002U);
  execute(*db, "COMMIT; LISTEN thing_tls");
  execute(*killer, "NOTIFY thing_tls, 'x'");
  sleep_ms(50);
  EXPECT_TRUE(db->is_alive());
  const std::string pid = one(*db, "SELECT pg_backend_pid()");
  EXPECT_EQ(one(*killer, "SELECT pg_terminate_backend(" + pid + ", 60000)"), "true");
  EXPECT_FALSE(db->is_alive());
}

TEST_F(PostgresConnection, StaysAliveWhenTheServerTellsSomething) {
  auto db = connect(), other = connect();
  execute(*db, "LISTEN thing_news");
  execute(*other, "NOTIFY thing_news, 'first'; NOTIFY thing_news, 'second'");
  sleep_ms(50);
  EXPECT_TRUE(db->is_alive());
  EXPECT_TRUE(db->is_alive());
  EXPECT_EQ(one(*db, "SELECT 1"), "1");
}

TEST_F(PostgresConnection, PingsInAnEndedTransaction) {
  auto db = connect();
  execute(*db, "BEGIN");
  EXPECT_FALSE(db->execute("SELECT 1/0"));
  EXPECT_TRUE(db->ping());
  EXPECT_TRUE(db->in_transaction());
}

TEST_F(PostgresConnection, RefusesToBeTheEndOfACopy) {
  auto db = connect();
  EXPECT_EQ(db->execute("COPY (SELECT 1) TO STDOUT").error().code(), Code::kUnsupported);
  EXPECT_FALSE(db->is_usable());
  EXPECT_EQ(db->execute("SELECT 1").error().code(), Code::kConnection);
}

TEST_F(PostgresConnection, IsLeftAloneByAChild) {
  auto db = connect();
  auto statement = prepare(*db, "SELECT 1");
  const pid_t child = fork();
  if (child == 0) {
    const bool refused = !db->is_usable() && !statement->execute() && !db->execute("SELECT 1");
    statement.reset();
    db.reset();
    _exit(refused ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_TRUE(statement->execute());
  EXPECT_EQ(one(*db, "SELECT 1"), "1");
}

TEST_F(PostgresConnection, LetsStatementsGoThatNobodyHolds) {
  auto db = connect();
  for (int i = 0; i < 100; ++i) one(*db, "SELECT 1");
  const std::string kept = one(*db, "SELECT count(*) FROM pg_prepared_statements");
  EXPECT_LT(std::stoi(kept), 20);
}

TEST_F(PostgresConnection, WorksWithoutPreparedStatements) {
  Options o = options();
  o.prepared = false;
  auto db = connect(o);
  auto statement = prepare(*db, "SELECT $1::int + 1");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(one(*db, "SELECT $1::int * 2", {integer(i)}), std::to_string(2 * i));
    std::vector<value::Value> out;
    ASSERT_TRUE(statement->bind(0, integer(i).view()));
    ASSERT_TRUE(*statement->step_dynamic(out));
    EXPECT_EQ(out[0].view().integer, i + 1);
    execute(*db, "DISCARD ALL");
  }
  EXPECT_EQ(one(*db, "SELECT count(*) FROM pg_prepared_statements"), "0");
  EXPECT_EQ(one(*db, "SHOW lock_timeout"), "'0'");
  o.read_only = true;
  EXPECT_EQ(driver::postgres::connect(o).error().code(), Code::kUnsupported);
}

}  // namespace
}  // namespace thing::test
