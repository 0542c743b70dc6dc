#include "driver/sqlite/errors.h"

#include "sqlite_file.h"

namespace thing::test {
namespace {

using base::Code;
using driver::sqlite::make_error;

struct Case {
  int native;
  Code code;
  std::string_view sqlstate;
  bool retryable = false;
};

constexpr Case kCases[] = {
    {SQLITE_CONSTRAINT_UNIQUE, Code::kUnique, "23505"},
    {SQLITE_CONSTRAINT_PRIMARYKEY, Code::kUnique, "23505"},
    {SQLITE_CONSTRAINT_ROWID, Code::kUnique, "23505"},
    {SQLITE_CONSTRAINT_NOTNULL, Code::kNotNull, "23502"},
    {SQLITE_CONSTRAINT_FOREIGNKEY, Code::kForeignKey, "23503"},
    {SQLITE_CONSTRAINT_CHECK, Code::kCheck, "23514"},
    {SQLITE_CONSTRAINT_TRIGGER, Code::kCheck, "23000"},
    {SQLITE_CONSTRAINT_DATATYPE, Code::kType, "42804"},
    {SQLITE_BUSY, Code::kBusy, "55P03", true},
    {SQLITE_BUSY_RECOVERY, Code::kBusy, "55P03", true},
    {SQLITE_BUSY_SNAPSHOT, Code::kSerialization, "40001", true},
    {SQLITE_LOCKED, Code::kBusy, "55006", true},
    {SQLITE_PROTOCOL, Code::kBusy, "55P03", true},
    {SQLITE_INTERRUPT, Code::kCancelled, "57014"},
    {SQLITE_READONLY, Code::kReadonly, "25006"},
    {SQLITE_READONLY_DBMOVED, Code::kReadonly, "25006"},
    {SQLITE_FULL, Code::kConnection, "53100"},
    {SQLITE_IOERR_WRITE, Code::kConnection, "58030"},
    {SQLITE_CANTOPEN, Code::kConnection, "08001"},
    {SQLITE_NOTADB, Code::kConnection, "XX001"},
    {SQLITE_CORRUPT, Code::kConnection, "XX001"},
    {SQLITE_SCHEMA, Code::kSchema, "55000", true},
    {SQLITE_TOOBIG, Code::kRange, "54000"},
    {SQLITE_MISMATCH, Code::kType, "42804"},
    {SQLITE_AUTH, Code::kAuth, "42501"},
    {SQLITE_PERM, Code::kAuth, "42501"},
    {SQLITE_RANGE, Code::kInvalid, "07009"},
    {SQLITE_ABORT_ROLLBACK, Code::kState, "40000"},
    {SQLITE_MISUSE, Code::kInternal, "XX000"},
};

TEST(SqliteErrors, HaveACodeForEveryResult) {
  for (const Case& c : kCases) {
    const base::Error error = make_error(c.native, "message");
    ASSERT_NE(error.detail(), nullptr) << c.native;
    EXPECT_EQ(error.code(), c.code) << c.native;
    EXPECT_EQ(error.detail()->sqlstate, c.sqlstate) << c.native;
    EXPECT_EQ(error.detail()->native, c.native);
    EXPECT_EQ(error.detail()->retryable, c.retryable) << c.native;
    EXPECT_EQ(error.message(), "sqlite: message");
  }
}

TEST(SqliteErrors, NeedNoMemoryForTheLackOfIt) {
  EXPECT_EQ(make_error(SQLITE_NOMEM, "").detail(), nullptr);
  EXPECT_EQ(make_error(SQLITE_IOERR_NOMEM, "").detail(), nullptr);
}

TEST(SqliteErrors, SayWhatTheFailedCallSaid) {
  auto db = memory();
  const base::Error error = error_of(*db, "SELECT a\nFROM \"b\nc\"");
  EXPECT_EQ(error.message(), "sqlite: no such table: b c");
}

TEST(SqliteErrors, TellMistakesInSqlApart) {
  auto db = memory();
  execute(*db, "CREATE TABLE t(a, b)");
  const std::vector<std::tuple<std::string, Code, std::string>> cases = {
      {"SELECT * FROM u", Code::kSchema, "42P01"},
      {"SELECT c FROM t", Code::kSchema, "42703"},
      {"INSERT INTO t(c) VALUES(1)", Code::kSchema, "42703"},
      {"SELECT absent(1)", Code::kSchema, "42883"},
      {"DROP INDEX i", Code::kSchema, "42704"},
      {"CREATE TABLE t(a)", Code::kSchema, "42P07"},
      {"CREATE TABLE u(a, a)", Code::kSchema, "42701"},
      {"SELECT a FROM t AS x, t AS y", Code::kSyntax, "42702"},
      {"SELECT FROM", Code::kSyntax, "42601"},
      {"SELECT (", Code::kSyntax, "42601"},
      {"SELECT 'a", Code::kSyntax, "42601"},
      {"SELECT count(1, 2)", Code::kSyntax, "42000"},
      {"SELECT abs(-9223372036854775808)", Code::kRange, "22003"},
      {"COMMIT", Code::kState, "25P01"},
      {"ROLLBACK TO x", Code::kState, "3B001"},
      {"SELECT zeroblob(2000000000)", Code::kRange, "54000"},
  };
  for (const auto& [sql, code, sqlstate] : cases) {
    const base::Error::Detail detail = detail_of(*db, sql);
    EXPECT_EQ(detail.code, code) << sql << ": " << detail.message;
    EXPECT_EQ(detail.sqlstate, sqlstate) << sql << ": " << detail.message;
  }
  execute(*db, "BEGIN");
  EXPECT_EQ(detail_of(*db, "BEGIN").sqlstate, "25001");
}

TEST(SqliteErrors, NameTheColumnsOfAConstraint) {
  auto db = memory();
  execute(*db,
          "CREATE TABLE t(id INTEGER PRIMARY KEY, a NOT NULL, b, c CONSTRAINT positive CHECK(c > "
          "0), UNIQUE(a, b));"
          "CREATE UNIQUE INDEX lower_b ON t(lower(b)); INSERT INTO t VALUES(1, 'x', 'y', 1)");
  EXPECT_EQ(detail_of(*db, "INSERT INTO t VALUES(2, 'x', 'y', 1)").constraint, "lower_b");
  execute(*db, "DROP INDEX lower_b");
  EXPECT_EQ(detail_of(*db, "INSERT INTO t VALUES(2, 'x', 'y', 1)").field, "a,b");
  EXPECT_EQ(detail_of(*db, "INSERT INTO t VALUES(1, 'x', 'z', 1)").field, "id");
  EXPECT_EQ(detail_of(*db, "INSERT INTO t VALUES(2, NULL, 'z', 1)").field, "a");
  EXPECT_EQ(detail_of(*db, "INSERT INTO t VALUES(2, 'z', 'z', -1)").constraint, "positive");
  const auto unique = detail_of(*db, "INSERT INTO t VALUES(2, 'x', 'y', 1)");
  EXPECT_EQ(unique.table + "." + unique.column, "t.a,b");
}

TEST(SqliteErrors, NameWhatIsMissing) {
  auto db = memory();
  execute(*db, "CREATE TABLE t(a)");
  const auto missing = [&](std::string_view sql) {
    const auto detail = detail_of(*db, sql);
    EXPECT_EQ(detail.code, Code::kSchema) << sql;
    return detail.table + "." + detail.column;
  };
  EXPECT_EQ(missing("SELECT * FROM absent"), "absent.");
  EXPECT_EQ(missing("SELECT * FROM main.absent"), "absent.");
  EXPECT_EQ(missing("DROP TABLE absent"), "absent.");
  EXPECT_EQ(missing("SELECT b FROM t"), ".b");
  EXPECT_EQ(missing("SELECT x.b FROM t x"), ".b");
  EXPECT_EQ(missing("INSERT INTO t(b) VALUES(1)"), "t.b");
}

TEST(SqliteErrors, NameColumnsWithOddNames) {
  auto db = memory();
  execute(*db,
          "CREATE TABLE \"my t\"(\"a, b\", \"c.d\", UNIQUE(\"a, b\", \"c.d\")); INSERT INTO \"my "
          "t\" VALUES(1, 2)");
  EXPECT_EQ(detail_of(*db, "INSERT INTO \"my t\" VALUES(1, 2)").field, "a, b,c.d");
}

TEST(SqliteErrors, KnowForeignKeysAndTriggers) {
  auto db = memory();
  execute(*db,
          "CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE c(p REFERENCES p(id));"
          "CREATE TRIGGER no BEFORE DELETE ON p BEGIN SELECT RAISE(ABORT, 'not today'); END; "
          "INSERT INTO p VALUES(1)");
  EXPECT_EQ(error_of(*db, "INSERT INTO c VALUES(7)").code(), Code::kForeignKey);
  const base::Error error = error_of(*db, "DELETE FROM p");
  EXPECT_EQ(error.code(), Code::kCheck);
  EXPECT_EQ(error.message(), "sqlite: not today");
}

TEST(SqliteErrors, NeverHoldABoundValue) {
  auto db = memory();
  execute(
      *db,
      "CREATE TABLE t(a TEXT UNIQUE CHECK(length(a) < 20)) STRICT; INSERT INTO t VALUES('secret')");
  const auto secret = value::Value::of_bytes(value::Type::kText, "secret");
  const auto longer = value::Value::of_bytes(value::Type::kText, "secret secret secret secret");
  for (const auto& v : {secret, longer}) {
    const base::Error error = error_of(*db, "INSERT INTO t VALUES(?)", {v});
    EXPECT_EQ(error.message().find("secret"), std::string_view::npos) << error.message();
  }
}

TEST(SqliteErrors, TurnALostSnapshotIntoASerializationFailure) {
  SqliteFile file;
  auto a = file.connect(), b = file.connect();
  execute(*a, "CREATE TABLE t(n); INSERT INTO t VALUES(1); BEGIN");
  rows(*a, "SELECT * FROM t");
  execute(*b, "UPDATE t SET n = 2");
  const base::Error error = error_of(*a, "UPDATE t SET n = 3");
  EXPECT_EQ(error.code(), Code::kSerialization);
  EXPECT_TRUE(error.detail()->retryable);
}

}  // namespace
}  // namespace thing::test
