#include "driver/postgres/errors.h"

#include <thread>

#include "postgres_server.h"

namespace thing::test {
namespace {

using base::Code;

class PostgresErrors : public PostgresTest {};

// Ends a session from outside, in the middle of pg_sleep().
void end_in_sleep(driver::Connection& killer, const std::string& pid) {
  while (
      one(killer, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND pid = " +
                      pid) != "1") {
  }
  one(killer, "SELECT pg_terminate_backend(" + pid + ")");
}

TEST_F(PostgresErrors, NameTheConstraintAndTheColumns) {
  auto db = connect();
  execute(*db,
          "CREATE TEMP TABLE p(a int CONSTRAINT p_key PRIMARY KEY, b text NOT NULL, c int "
          "CONSTRAINT c_positive CHECK(c > 0), \"d d\" int, CONSTRAINT p_bd UNIQUE(b, \"d d\"));"
          "CREATE UNIQUE INDEX p_lower ON p(lower(b));"
          "CREATE TEMP TABLE q(a int CONSTRAINT q_p REFERENCES p);"
          "INSERT INTO p VALUES(1, 'x', 1, 1); INSERT INTO q VALUES(1)");
  const auto unique = detail_of(*db, "INSERT INTO p VALUES(1, 'y', 1)");
  EXPECT_EQ(unique.code, Code::kUnique);
  EXPECT_EQ(unique.sqlstate, "23505");
  EXPECT_EQ(unique.constraint, "p_key");
  EXPECT_EQ(unique.table + "." + unique.column, "p.a");
  EXPECT_EQ(unique.field, "a");
  EXPECT_FALSE(unique.retryable);
  EXPECT_EQ(detail_of(*db, "INSERT INTO p VALUES(2, 'x', 1, 1)").field, "b,d d");
  const auto expression = detail_of(*db, "INSERT INTO p VALUES(2, 'X', 1, 1)");
  EXPECT_EQ(expression.constraint + "/" + expression.field, "p_lower/");
  const auto null = detail_of(*db, "INSERT INTO p VALUES(2, NULL, 1)");
  EXPECT_EQ(null.code, Code::kNotNull);
  EXPECT_EQ(null.table + "." + null.column, "p.b");
  const auto check = detail_of(*db, "INSERT INTO p VALUES(2, 'y', 0)");
  EXPECT_EQ(check.code, Code::kCheck);
  EXPECT_EQ(check.table + "." + check.constraint, "p.c_positive");
  const auto foreign = detail_of(*db, "INSERT INTO q VALUES(5)");
  EXPECT_EQ(foreign.code, Code::kForeignKey);
  EXPECT_EQ(foreign.constraint + "/" + foreign.field, "q_p/a");
  EXPECT_EQ(foreign.table + "." + foreign.column, "q.a");
  const auto referred = detail_of(*db, "DELETE FROM p");
  EXPECT_EQ(referred.code, Code::kForeignKey);
  EXPECT_EQ(referred.table + "." + referred.column + "/" + referred.field, "q./a");
}

TEST_F(PostgresErrors, NameWhatIsMissing) {
  auto db = connect();
  execute(*db, "CREATE TEMP TABLE p(a int)");
  const auto missing = [&](std::string_view sql) {
    const auto detail = detail_of(*db, sql);
    EXPECT_EQ(detail.code, Code::kSchema) << sql;
    return detail.table + "." + detail.column;
  };
  EXPECT_EQ(missing("SELECT * FROM absent"), "absent.");
  EXPECT_EQ(missing("SELECT * FROM public.absent"), "absent.");
  EXPECT_EQ(missing("DROP TABLE absent"), "absent.");
  EXPECT_EQ(missing("SELECT b FROM p"), ".b");
  EXPECT_EQ(missing("SELECT x.b FROM p x"), ".b");
  EXPECT_EQ(missing("INSERT INTO p(b) VALUES(1)"), "p.b");
  EXPECT_EQ(missing("UPDATE p SET \"b b\" = 1"), "p.b b");
}

TEST_F(PostgresErrors, TellMistakesApart) {
  auto db = connect();
  const auto code = [&](std::string_view sql) { return error_of(*db, sql).code(); };
  EXPECT_EQ(code("SELECT * FROM absent"), Code::kSchema);
  EXPECT_EQ(code("SELECT absent"), Code::kSchema);
  EXPECT_EQ(code("SELECT absent(1)"), Code::kSchema);
  EXPECT_EQ(code("SELECT 'a'::absent"), Code::kSchema);
  EXPECT_EQ(code("SELECT 1 1"), Code::kSyntax);
  EXPECT_EQ(code("SELECT 1/0"), Code::kRange);
  EXPECT_EQ(code("SELECT 2147483647 + 1"), Code::kRange);
  EXPECT_EQ(code("SELECT 'x'::varchar(1), 'xy'::text::int"), Code::kSyntax);
  EXPECT_EQ(code("SELECT 1 = 'a'::text"), Code::kSchema);  // no such operator
  EXPECT_EQ(code("RELEASE SAVEPOINT a"), Code::kState);
  EXPECT_EQ(code("SET TRANSACTION READ ONLY; SELECT 1"), Code::kInvalid);
  EXPECT_EQ(code("ALTER TABLE absent RENAME TO b"), Code::kSchema);
  execute(*db, "BEGIN READ ONLY");
  EXPECT_EQ(code("CREATE TABLE never()"), Code::kReadonly);
  execute(*db, "ROLLBACK");
  EXPECT_EQ(code("DO $$BEGIN RAISE 'no'; END$$"), Code::kCheck);
}

TEST_F(PostgresErrors, TellThatALockDidNotComeInTime) {
  auto holder = connect(), other = connect();
  execute(*holder, "CREATE TABLE IF NOT EXISTS thing_locked(a int)");
  execute(*holder, "BEGIN; LOCK thing_locked");
  other->set_busy_timeout(30);
  const auto busy = detail_of(*other, "SELECT * FROM thing_locked");
  EXPECT_EQ(busy.code, Code::kBusy);
  EXPECT_EQ(busy.sqlstate, "55P03");
  EXPECT_TRUE(busy.retryable);
  execute(*holder, "ROLLBACK");
  EXPECT_EQ(one(*other, "SHOW lock_timeout"), "'30ms'");
}

TEST_F(PostgresErrors, TellThatATransactionLostAgainstAnother) {
  auto first = connect(), second = connect();
  execute(*first,
          "DROP TABLE IF EXISTS thing_counter; CREATE TABLE thing_counter(a int);"
          "INSERT INTO thing_counter VALUES(0)");
  execute(*first, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT * FROM thing_counter");
  execute(*second, "UPDATE thing_counter SET a = 1");
  const auto lost = detail_of(*first, "UPDATE thing_counter SET a = 2");
  EXPECT_EQ(lost.code, Code::kSerialization);
  EXPECT_TRUE(lost.retryable);
}

TEST_F(PostgresErrors, TellADeadlock) {
  auto first = connect(), second = connect();
  execute(*first,
          "DROP TABLE IF EXISTS thing_pair; CREATE TABLE thing_pair(a int PRIMARY KEY);"
          "INSERT INTO thing_pair VALUES(1), (2)");
  execute(*first, "SET deadlock_timeout = '20ms'; BEGIN; DELETE FROM thing_pair WHERE a = 1");
  execute(*second, "SET deadlock_timeout = '20ms'; BEGIN; DELETE FROM thing_pair WHERE a = 2");
  Code first_code = Code::kOk, second_code = Code::kOk;
  std::thread other([&] {
    if (auto done = second->execute("DELETE FROM thing_pair WHERE a = 1"); !done)
      second_code = done.error().code();
    (void)second->execute("ROLLBACK");
  });
  if (auto done = first->execute("DELETE FROM thing_pair WHERE a = 2"); !done)
    first_code = done.error().code();
  (void)first->execute("ROLLBACK");
  other.join();
  EXPECT_TRUE(first_code == Code::kSerialization || second_code == Code::kSerialization);
}

TEST_F(PostgresErrors, TellTheLimitOfTheServer) {
  auto db = connect();
  execute(*db, "SET statement_timeout = '20ms'");
  EXPECT_EQ(error_of(*db, "SELECT pg_sleep(10)").code(), Code::kTimeout);
  EXPECT_TRUE(db->is_usable());
}

TEST_F(PostgresErrors, TellThatTheSessionWasEnded) {
  auto db = connect(), killer = connect();
  const std::string pid = one(*db, "SELECT pg_backend_pid()");
  EXPECT_EQ(one(*killer, "SELECT pg_terminate_backend(" + pid + ", 60000)"), "true");
  const auto lost = detail_of(*db, "SELECT 1");
  EXPECT_EQ(lost.code, Code::kConnection);
  EXPECT_TRUE(lost.retryable);
  EXPECT_FALSE(db->is_usable());
  EXPECT_FALSE(db->in_transaction());
  EXPECT_EQ(detail_of(*db, "SELECT 1").code, Code::kConnection);
}

TEST_F(PostgresErrors, TellThatTheSessionWasEndedInAStatement) {
  auto db = connect(), killer = connect();
  const std::string pid = one(*db, "SELECT pg_backend_pid()");
  std::thread other([&] { end_in_sleep(*killer, pid); });
  const auto lost = detail_of(*db, "SELECT pg_sleep(60)");
  other.join();
  EXPECT_EQ(lost.code, Code::kConnection);
  EXPECT_EQ(lost.sqlstate, "57P01");
  EXPECT_FALSE(db->is_usable());
}

TEST_F(PostgresErrors, TellThatACommitMayHaveHappened) {
  auto db = connect(), killer = connect();
  execute(*db,
          "CREATE TEMP TABLE t(a int); CREATE FUNCTION pg_temp.wait() RETURNS trigger LANGUAGE "
          "plpgsql AS $$BEGIN PERFORM pg_sleep(60); RETURN NULL; END$$;"
          "CREATE CONSTRAINT TRIGGER w AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED "
          "FOR EACH ROW EXECUTE FUNCTION pg_temp.wait()");
  const std::string pid = one(*db, "SELECT pg_backend_pid()");
  execute(*db, "BEGIN; INSERT INTO t VALUES(1)");
  std::thread other([&] { end_in_sleep(*killer, pid); });
  const auto unknown = detail_of(*db, "COMMIT");
  other.join();
  EXPECT_EQ(unknown.code, Code::kCommitUnknown);
  EXPECT_FALSE(unknown.retryable);
}

TEST(PostgresErrorStates, MeanWhatTheirClassDoes) {
  const auto code = [](std::string_view state) {
    return driver::postgres::make_error(state, "x").code();
  };
  EXPECT_EQ(code("08006"), Code::kConnection);
  EXPECT_EQ(code("22P05"), Code::kInvalid);
  EXPECT_EQ(code("23P01"), Code::kCheck);
  EXPECT_EQ(code("40P01"), Code::kSerialization);
  EXPECT_EQ(code("42501"), Code::kAuth);
  EXPECT_EQ(code("53100"), Code::kConnection);
  EXPECT_EQ(code("53300"), Code::kBusy);
  EXPECT_EQ(code("57P03"), Code::kConnection);
  EXPECT_EQ(code("XX000"), Code::kInternal);
  EXPECT_EQ(code("ZZZZZ"), Code::kInternal);
  EXPECT_EQ(driver::postgres::make_error("22012", "a\nb\n").message(), "postgres: a b");
}

}  // namespace
}  // namespace thing::test
