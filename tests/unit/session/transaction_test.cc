#include "scripted_driver.h"
#include "session_file.h"

namespace thing::test {
namespace {

using base::Code;
using session::Begin;

struct ScriptedTransaction : testing::Test {
  Script script;
  session::Connection connection{std::make_unique<ScriptedConnection>(script)};
};

TEST_F(ScriptedTransaction, RunsStatementsThatStayPrepared) {
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(session::begin(connection, Begin::kImmediate));
    ASSERT_TRUE(session::commit(connection));
  }
  EXPECT_EQ(script.executed,
            (std::vector<std::string>{"BEGIN IMMEDIATE", "COMMIT", "BEGIN IMMEDIATE", "COMMIT"}));
  EXPECT_EQ(script.prepared, (std::vector<std::string>{"BEGIN IMMEDIATE", "COMMIT"}));
}

TEST_F(ScriptedTransaction, QuotesTheNamesOfSavepoints) {
  ASSERT_TRUE(session::savepoint(connection, "a\"b"));
  ASSERT_TRUE(session::rollback_to(connection, "a\"b"));
  ASSERT_TRUE(session::release(connection, "a\"b"));
  EXPECT_EQ(script.executed,
            (std::vector<std::string>{"SAVEPOINT \"a\"\"b\"", "ROLLBACK TO SAVEPOINT \"a\"\"b\"",
                                      "RELEASE SAVEPOINT \"a\"\"b\""}));
}

TEST_F(ScriptedTransaction, StaysOpenWhenTheCommitFails) {
  script.failing = {"COMMIT"};
  ASSERT_TRUE(session::begin(connection, Begin::kDeferred));
  EXPECT_EQ(session::commit(connection).error().code(), Code::kConnection);
  EXPECT_TRUE(connection.raw().in_transaction());
  session::rollback(connection);
  EXPECT_FALSE(connection.raw().in_transaction());
}

TEST_F(ScriptedTransaction, LeavesTheConnectionUnusableWhenItCanNotBeRolledBack) {
  script.failing = {"ROLLBACK"};
  ASSERT_TRUE(session::begin(connection, Begin::kDeferred));
  session::rollback(connection);
  EXPECT_FALSE(connection.raw().is_usable());
}

TEST_F(ScriptedTransaction, IsNotRolledBackTwice) {
  session::rollback(connection);
  EXPECT_TRUE(script.executed.empty());
}

TEST(Transaction, KeepsOrDropsWhatItWrote) {
  SessionFile f;
  auto loan = write(f.open());
  ASSERT_TRUE(session::begin(*loan, Begin::kImmediate));
  execute(loan->raw(), "UPDATE t SET n = 1");
  ASSERT_TRUE(session::savepoint(*loan, "s"));
  execute(loan->raw(), "UPDATE t SET n = 2");
  ASSERT_TRUE(session::rollback_to(*loan, "s"));
  ASSERT_TRUE(session::release(*loan, "s"));
  EXPECT_EQ(session::release(*loan, "s").error().code(), Code::kState);
  ASSERT_TRUE(session::commit(*loan));
  EXPECT_EQ(read_n(*loan), 1);
  ASSERT_TRUE(session::begin(*loan, Begin::kDeferred));
  execute(loan->raw(), "UPDATE t SET n = 3");
  session::rollback(*loan);
  EXPECT_EQ(read_n(*loan), 1);
}

TEST(Transaction, WaitsForTheWriteLockOfOthersForABoundedTime) {
  SessionFile f;
  f.options().busy_timeout_ms = 50;
  auto loan = write(f.open());
  auto other = f.file().connect();
  execute(*other, "BEGIN IMMEDIATE");
  EXPECT_EQ(session::begin(*loan, Begin::kImmediate).error().code(), Code::kBusy);
  execute(*other, "COMMIT");
  EXPECT_TRUE(session::begin(*loan, Begin::kImmediate));
}

TEST(Transaction, CanBeRolledBackByACancelledCall) {
  SessionFile f;
  auto& session = f.open();
  driver::Control control;
  auto loan = session.write(&control);
  ASSERT_TRUE(loan);
  ASSERT_TRUE(session::begin(**loan, Begin::kImmediate));
  execute((*loan)->raw(), "UPDATE t SET n = 1");
  control.cancel();
  EXPECT_EQ(session::commit(**loan).error().code(), Code::kCancelled);
  session::rollback(**loan);
  EXPECT_FALSE((*loan)->raw().in_transaction());
  EXPECT_TRUE((*loan)->raw().is_usable());
}

}  // namespace
}  // namespace thing::test
