#include <filesystem>

#include "sqlite_file.h"

namespace thing::test {
namespace {

using base::Code;
using driver::sqlite::OpenMode;
using value::Type;
using value::Value;
using value::ValueView;

Code code_of_open(const driver::sqlite::Options& options) {
  auto connection = driver::sqlite::connect(options);
  return connection ? Code::kOk : connection.error().code();
}

Code code_of_prepare(driver::Connection& connection, std::string_view sql) {
  auto statement = connection.prepare(sql);
  return statement ? Code::kOk : statement.error().code();
}

TEST(SqliteConnection, OpensInWalUnlessTheJournalIsToBeKept) {
  SqliteFile wal, keep(false);
  EXPECT_EQ(rows(*wal.connect(), "PRAGMA journal_mode"), std::vector<std::string>{"'wal'"});
  EXPECT_EQ(rows(*keep.connect(), "PRAGMA journal_mode"), std::vector<std::string>{"'delete'"});
}

TEST(SqliteConnection, KeepsToItsOptions) {
  SqliteFile file;
  file.options().synchronous = "full";
  file.options().foreign_keys = false;
  auto db = file.connect();
  EXPECT_EQ(rows(*db, "PRAGMA synchronous"), std::vector<std::string>{"2"});
  EXPECT_EQ(rows(*db, "PRAGMA foreign_keys"), std::vector<std::string>{"0"});
  file.options().synchronous = "sometimes";
  EXPECT_EQ(code_of_open(file.options()), Code::kInvalid);
}

TEST(SqliteConnection, CreatesAFileOnlyWhenItMay) {
  SqliteFile file;
  file.options().mode = OpenMode::kReadWrite;
  EXPECT_EQ(code_of_open(file.options()), Code::kConnection);
  file.options().mode = OpenMode::kReadOnly;
  EXPECT_EQ(code_of_open(file.options()), Code::kConnection);
  file.options().mode = OpenMode::kCreate;
  EXPECT_EQ(code_of_open(file.options()), Code::kOk);
  file.options().mode = OpenMode::kReadOnly;
  EXPECT_EQ(error_of(*file.connect(), "CREATE TABLE t(a)").code(), Code::kReadonly);
}

TEST(SqliteConnection, RefusesWhatIsNoDatabaseWhenItOpens) {
  SqliteFile file;
  run_elsewhere(file.options().path, "CREATE TABLE t(a)");
  std::filesystem::resize_file(file.options().path, 512);
  EXPECT_EQ(code_of_open(file.options()), Code::kConnection);
  file.options().path = "";
  EXPECT_EQ(code_of_open(file.options()), Code::kInvalid);
  file.options().path = std::string("a\0b", 3);
  EXPECT_EQ(code_of_open(file.options()), Code::kInvalid);
}

TEST(SqliteConnection, TakesAPathLikeAUriAsAPath) {
  ScratchDirectory directory;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(directory.file(""));
  driver::sqlite::Options options;
  options.path = "file:x?mode=memory";
  EXPECT_EQ(code_of_open(options), Code::kOk);
  EXPECT_TRUE(std::filesystem::exists(directory.file(options.path)));
  std::filesystem::current_path(before);
}

TEST(SqliteConnection, PreparesExactlyOneStatement) {
  auto db = memory();
  EXPECT_EQ(code_of_prepare(*db, "SELECT 1"), Code::kOk);
  EXPECT_EQ(code_of_prepare(*db, "SELECT 1; -- that is all\n ; /* really */"), Code::kOk);
  EXPECT_EQ(code_of_prepare(*db, "SELECT 1; SELECT 2"), Code::kInvalid);
  EXPECT_EQ(code_of_prepare(*db, "SELECT 1; /* then */ SELECT 2"), Code::kInvalid);
  EXPECT_EQ(code_of_prepare(*db, ""), Code::kInvalid);
  EXPECT_EQ(code_of_prepare(*db, " -- nothing"), Code::kInvalid);
  EXPECT_EQ(code_of_prepare(*db, std::string_view("SELECT 1\0 AND 2", 15)), Code::kInvalid);
  EXPECT_EQ(code_of_prepare(*db, "SELEC 1"), Code::kSyntax);
}

TEST(SqliteConnection, ExecutesSeveralStatements) {
  auto db = memory();
  execute(*db,
          "CREATE TABLE t(a); -- first\n INSERT INTO t VALUES(1); SELECT * FROM t; INSERT INTO t "
          "VALUES(2);");
  EXPECT_EQ(rows(*db, "SELECT a FROM t"), (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(db->last_insert_id(), 2);
  EXPECT_EQ(db->changes(), 1);
  EXPECT_EQ(db->total_changes(), 2);
}

TEST(SqliteConnection, TakesAMisspeltColumnInQuotesForAnErrorNotAText) {
  auto db = memory();
  EXPECT_EQ(error_of(*db, "SELECT \"nme\"").code(), Code::kSchema);
}

TEST(SqliteConnection, ComparesDecimalsAsNumbers) {
  auto db = memory();
  EXPECT_EQ(rows(*db,
                 "SELECT column1 FROM (VALUES('10'), ('9.5'), ('-1'), ('9.50')) ORDER BY 1 COLLATE "
                 "thing_decimal"),
            (std::vector<std::string>{"'-1'", "'9.5'", "'9.50'", "'10'"}));
}

TEST(SqliteConnection, KnowsWhichColumnsCompareBytes) {
  auto db = memory();
  execute(*db, "CREATE TABLE t(a TEXT, b TEXT COLLATE nocase, c INTEGER, d COLLATE binary)");
  EXPECT_TRUE(*db->compares_bytes("t", "a"));
  EXPECT_FALSE(*db->compares_bytes("t", "b"));
  EXPECT_TRUE(*db->compares_bytes("t", "c"));
  EXPECT_TRUE(*db->compares_bytes("t", "d"));
  EXPECT_EQ(db->compares_bytes("t", "e").error().code(), Code::kSchema);
  EXPECT_EQ(db->compares_bytes("u", "a").error().code(), Code::kSchema);
  auto wide = memory();
  execute(*wide, "PRAGMA encoding='UTF-16le'; CREATE TABLE t(a TEXT)");
  EXPECT_FALSE(*wide->compares_bytes("t", "a"));
}

TEST(SqliteConnection, RunsAStatementAgainAfterReset) {
  auto db = memory();
  auto statement = prepare(*db, "SELECT ?, ?");
  EXPECT_TRUE(statement->is_read_only());
  EXPECT_EQ(statement->parameter_count(), 2);
  EXPECT_EQ(statement->column_count(), 2);
  EXPECT_EQ(statement->column_name(1), "?");
  std::vector<Value> row;
  ASSERT_TRUE(statement->bind(0, ValueView::of_int(Type::kInt, 7)));
  ASSERT_TRUE(*statement->step_dynamic(row));
  ASSERT_TRUE(
      statement->bind(1, ValueView::of_int(Type::kInt, 8)));  // starts anew, with nothing bound
  row.clear();
  ASSERT_TRUE(*statement->step_dynamic(row));
  EXPECT_TRUE(row[0].is_null());
  EXPECT_EQ(row[1].view().integer, 8);
  EXPECT_FALSE(*statement->step_dynamic(row));
  row.clear();
  ASSERT_TRUE(*statement->step_dynamic(row));
  EXPECT_TRUE(row[1].is_null());
}

TEST(SqliteConnection, RefusesAParameterThatIsNotThere) {
  auto db = memory();
  EXPECT_EQ(prepare(*db, "SELECT ?")->bind(1, ValueView::of_int(Type::kDate, 7)).error().code(),
            Code::kInvalid);
}

TEST(SqliteConnection, PutsColumnsIntoTheFieldsOfTheProjection) {
  auto db = memory();
  const value::Layout layout{.hash = 1, .types = {Type::kInt, Type::kText, Type::kFloat}};
  value::BatchBuilder out;
  for (const bool partial : {false, true}) {
    const driver::Projection projection{.layout = &layout, .fields = {2, 0}, .partial = partial};
    out.start(layout, partial);
    ASSERT_TRUE(*prepare(*db, "SELECT 1.5, 7")->step(out, projection));
    EXPECT_EQ(out.last_row().float64(2), 1.5);
    EXPECT_EQ(out.last_row().int64(0), 7);
    EXPECT_FALSE(out.last_row().has(1));
    EXPECT_EQ(out.last_row().is_absent(1), partial);
  }
}

TEST(SqliteConnection, RefusesAStatementWithOtherColumnsThanTheProjection) {
  auto db = memory();
  execute(*db, "CREATE TABLE t(a); INSERT INTO t VALUES(1)");
  const value::Layout layout{.hash = 1, .types = {Type::kInt}};
  const driver::Projection projection{.layout = &layout, .fields = {0}, .partial = false};
  value::BatchBuilder out;
  out.start(layout, false);
  auto statement = prepare(*db, "SELECT * FROM t");
  ASSERT_TRUE(*statement->step(out, projection));
  statement->reset();
  execute(*db, "ALTER TABLE t ADD COLUMN b");
  EXPECT_EQ(statement->step(out, projection).error().code(), Code::kSchema);
}

TEST(SqliteConnection, LeavesNothingOpenBehindARowThatDoesNotFit) {
  SqliteFile file;
  auto db = file.connect();
  execute(*db, "CREATE TABLE t(a); INSERT INTO t VALUES('x'), (1)");
  const value::Layout layout{.hash = 1, .types = {Type::kInt}};
  const driver::Projection projection{.layout = &layout, .fields = {0}, .partial = false};
  value::BatchBuilder out;
  out.start(layout, false);
  auto statement = prepare(*db, "SELECT a FROM t");
  EXPECT_EQ(statement->step(out, projection).error().code(), Code::kSchema);
  EXPECT_TRUE(run_elsewhere(file.options().path, "PRAGMA wal_checkpoint(TRUNCATE)"));
  EXPECT_EQ(file.size_of("-wal"), 0);
}

TEST(SqliteConnection, IsUnusableWhenATransactionCanNotBeRolledBack) {
  auto db = memory();
  EXPECT_FALSE(db->execute("ROLLBACK"));  // there is none
  EXPECT_TRUE(db->is_usable());
  execute(*db, "BEGIN");
  EXPECT_TRUE(db->in_transaction());
  execute(*db, "ROLLBACK");
  EXPECT_FALSE(db->in_transaction());
  EXPECT_TRUE(db->is_usable());
}

}  // namespace
}  // namespace thing::test
