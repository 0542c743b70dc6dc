#include <atomic>
#include <chrono>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "scripted_driver.h"
#include "session_file.h"

namespace thing::test {
namespace {

using base::Code;
using driver::Control;
using session::Loan;

void sleep_ms(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

// Runs in a forked child and gives what it returned.
template <class Body>
int in_child(Body body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Session, OpensReadersAsTheyAreNeeded) {
  SessionFile f;
  f.options().readers = 3;
  auto& session = f.open();
  EXPECT_EQ(session.stats().open, 1);  // the writer
  std::vector<Loan> loans;
  for (int i = 1; i <= 3; ++i) {
    loans.push_back(read(session));
    EXPECT_EQ(session.stats().open, 1 + i);
    EXPECT_EQ(session.stats().in_use, i);
  }
  loans.clear();
  read(session);
  EXPECT_EQ(session.stats().open, 4);
  EXPECT_EQ(session.stats().in_use, 0);
}

TEST(Session, IsBusyWhenNoReaderComesFreeInTime) {
  SessionFile f;
  f.options().readers = 2;
  f.options().busy_timeout_ms = 40;
  auto& session = f.open();
  const Loan a = read(session), b = read(session);
  const int64_t started = now();
  EXPECT_EQ(code_of_read(session), Code::kBusy);
  EXPECT_GE(now() - started, 40'000);
  EXPECT_LT(now() - started, 5'000'000);
}

TEST(Session, IsBusyWhenAThreadAsksForItsSecondWriter) {
  SessionFile f;
  f.options().busy_timeout_ms = 40;
  auto& session = f.open();
  const Loan loan = write(session);
  EXPECT_EQ(code_of_write(session), Code::kBusy);
  EXPECT_EQ(code_of_read(session), Code::kOk);
}

TEST(Session, WaitsOnlyAsLongAsTheCallMay) {
  SessionFile f;
  auto& session = f.open();
  const Loan loan = write(session);
  Control late, cancelled;
  late.set_deadline(now() + 20'000);
  EXPECT_EQ(code_of_write(session, &late), Code::kTimeout);
  std::thread other([&] { sleep_ms(20), cancelled.cancel(); });
  EXPECT_EQ(code_of_write(session, &cancelled), Code::kCancelled);
  other.join();
}

TEST(Session, TakesANewBusyTimeoutForWaitsAndConnections) {
  SessionFile f;
  auto& session = f.open();
  session.set_busy_timeout(20);
  auto other = f.file().connect();
  execute(*other, "BEGIN IMMEDIATE");
  const Loan loan = write(session);
  EXPECT_EQ(loan->raw().execute("UPDATE t SET n = 1").error().code(), Code::kBusy);
  EXPECT_EQ(code_of_write(session), Code::kBusy);
}

TEST(Session, GivesAConnectionToWhoeverWaits) {
  SessionFile f;
  f.options().readers = 1;
  auto& session = f.open();
  for (int i = 0; i < 50; ++i) {
    Loan loan = read(session);
    std::thread other([&] { EXPECT_EQ(code_of_read(session), Code::kOk); });
    if (i % 2 == 0) sleep_ms(1);
    loan = Loan();
    other.join();
  }
}

TEST(Session, ServesManyThreadsWithFewConnections) {
  SessionFile f;
  f.options().readers = 2;
  auto& session = f.open();
  std::vector<std::thread> threads;
  std::atomic<int> done{0};
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 300; ++i) {
        if ((t + i) % 4 == 0)
          execute(write(session)->raw(), "UPDATE t SET n = n + 1");
        else
          read_n(*read(session));
        ++done;
      }
    });
  }
  for (auto& t : threads) t.join();
  EXPECT_EQ(done.load(), 2400);
  EXPECT_EQ(read_n(*read(session)), 600);
  EXPECT_EQ(session.stats().in_use, 0);
  EXPECT_LE(session.stats().open, 3);
}

// A thread that takes the writer again at once may not starve another one.
TEST(Session, LetsEveryWriterHaveItsTurn) {
  SessionFile f;
  auto& session = f.open();
  std::atomic<bool> done{false};
  std::thread greedy([&] {
    while (!done.load()) {
      const Loan loan = write(session);
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  });
  sleep_ms(5);
  const int64_t started = now();
  for (int i = 0; i < 10; ++i) write(session);
  done.store(true);
  greedy.join();
  EXPECT_LT(now() - started, 3'000'000);
}

TEST(Session, EndsWhatALoanLeftOpen) {
  SessionFile f;
  auto& session = f.open();
  const session::Plan two_rows("SELECT n FROM t UNION ALL SELECT n + 1 FROM t");
  for (const bool lease : {true, false}) {
    session.set_lease(lease);
    {
      auto loan = write(session);
      ASSERT_TRUE(session::begin(*loan, session::Begin::kImmediate));
      execute(loan->raw(), "UPDATE t SET n = 7");
    }
    {
      auto loan = read(session);
      std::vector<value::Value> row;
      auto statement = loan->statement(two_rows);
      ASSERT_TRUE(*(*statement)->step_dynamic(row));
    }
    EXPECT_EQ(read_n(*read(session)), 0);
    session.end_idle_leases();
    auto other = f.file().connect();
    EXPECT_EQ(rows(*other, "PRAGMA wal_checkpoint(TRUNCATE)"), std::vector<std::string>{"0|0|0"});
  }
}

TEST(Session, ReplacesAConnectionThatIsUnusable) {
  SessionFile f;
  Script script;
  f.options().readers = 1;
  f.options().connect = [&](driver::Control*) -> base::Result<std::unique_ptr<driver::Connection>> {
    return std::make_unique<ScriptedConnection>(script);
  };
  auto& session = f.open();
  read(session);
  EXPECT_EQ(script.connections, 2);
  {
    const Loan loan = read(session);
    script.is_usable = false;
  }
  EXPECT_EQ(script.connections, 1);
  EXPECT_EQ(session.stats().open, 1);
  script.is_usable = true;
  read(session);
  EXPECT_EQ(script.connections, 2);
}

TEST(Session, GivesTheSlotBackWhenItsConnectionCanNotBeOpened) {
  SessionFile f;
  f.options().readers = 1;
  auto& session = f.open();
  const auto mode = std::exchange(f.file().options().mode, driver::sqlite::OpenMode::kReadWrite);
  const auto path = std::exchange(f.file().options().path, "nowhere/at/all.db");
  EXPECT_EQ(code_of_read(session), Code::kConnection);
  EXPECT_EQ(code_of_read(session), Code::kConnection);
  f.file().options().path = path;
  f.file().options().mode = mode;
  EXPECT_EQ(code_of_read(session), Code::kOk);
}

TEST(Session, ReadsAndWritesByOneConnectionWhenThereIsOnlyOne) {
  SessionFile f;
  f.options().single_connection = true;
  f.options().busy_timeout_ms = 30;
  f.file().options().path = ":memory:";
  auto& session = f.open();
  execute(write(session)->raw(), "CREATE TABLE t(n); INSERT INTO t VALUES(7)");
  EXPECT_EQ(read_n(*read(session)), 7);
  {
    const Loan loan = read(session, true);
    EXPECT_EQ(code_of_read(session), Code::kBusy);
    EXPECT_EQ(code_of_write(session), Code::kBusy);
  }
  EXPECT_EQ(session.stats().open, 1);
  EXPECT_EQ(session.stats().leases, 0);
  EXPECT_FALSE(write(session)->raw().in_transaction());
}

TEST(Session, DoesNotReplaceTheOneConnectionOfADatabaseInMemory) {
  SessionFile f;
  Script script;
  f.options().single_connection = true;
  f.options().connect = [&](driver::Control*) -> base::Result<std::unique_ptr<driver::Connection>> {
    return std::make_unique<ScriptedConnection>(script);
  };
  auto& session = f.open();
  {
    const Loan loan = write(session);
    script.is_usable = false;
  }
  EXPECT_EQ(script.connections, 1);
  EXPECT_EQ(code_of_read(session), Code::kConnection);
  EXPECT_EQ(code_of_write(session), Code::kConnection);
}

TEST(Session, HasNoWriterWhenItIsReadOnly) {
  SessionFile f;
  f.options().read_only = true;
  f.file().options().mode = driver::sqlite::OpenMode::kReadOnly;
  auto& session = f.open();
  EXPECT_EQ(code_of_write(session), Code::kReadonly);
  EXPECT_EQ(read_n(*read(session)), 0);
  EXPECT_EQ(session.stats().open, 1);
}

TEST(Session, IsClosedForEverything) {
  SessionFile f;
  auto& session = f.open();
  session.close();
  session.close();
  EXPECT_TRUE(session.is_closed());
  EXPECT_EQ(code_of_read(session), Code::kClosed);
  EXPECT_EQ(code_of_write(session), Code::kClosed);
  session.set_lease(true);
  session.end_idle_leases();
}

TEST(Session, WritesTheLogBackWhenItEnds) {
  SessionFile f;
  auto& session = f.open();
  execute(write(session)->raw(), "UPDATE t SET n = 7");
  read_n(*read(session));
  f.end();
  EXPECT_EQ(f.file().size_of("-wal"), -1);
  EXPECT_EQ(rows(*f.file().connect(), "SELECT n FROM t"), std::vector<std::string>{"7"});
}

TEST(Session, WaitsForLoansWhenItCloses) {
  SessionFile f;
  auto& session = f.open();
  Loan loan = read(session);
  std::atomic<bool> closed{false};
  std::thread other([&] {
    session.close();
    closed.store(true);
  });
  while (!session.is_closed()) sleep_ms(1);
  EXPECT_EQ(code_of_read(session), Code::kClosed);
  sleep_ms(30);
  EXPECT_FALSE(closed.load());
  EXPECT_EQ(read_n(*loan), 0);
  loan = Loan();
  other.join();
}

TEST(Session, TurnsAwayWhoWaitsWhenItCloses) {
  SessionFile f;
  auto& session = f.open();
  Loan loan = write(session);
  std::thread waiting([&] { EXPECT_EQ(code_of_write(session), Code::kClosed); });
  sleep_ms(20);
  std::thread closing([&] { session.close(); });
  waiting.join();
  loan = Loan();
  closing.join();
}

TEST(Session, CancelsWhatALoanRuns) {
  SessionFile f;
  auto& session = f.open();
  Control control;
  {
    auto loan = session.read(&control);
    ASSERT_TRUE(loan);
    std::thread other([&] { sleep_ms(20), control.cancel(); });
    EXPECT_EQ(
        error_of(
            (*loan)->raw(),
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n")
            .code(),
        Code::kCancelled);
    other.join();
  }
  EXPECT_EQ(code_of_read(session, &control), Code::kOk);  // a free connection is no reason to look
  EXPECT_EQ(read_n(*read(session)), 0);
}

TEST(Session, ServesOneCallAfterAnother) {
  SessionFile f;
  auto& session = f.open();
  Loan loan;
  {
    Control first;
    auto taken = session.write(&first);
    ASSERT_TRUE(taken);
    loan = std::move(*taken);
    loan.detach_control();
  }
  Control second;
  second.cancel();
  loan.serve(&second);
  EXPECT_EQ(loan->raw().execute("SELECT 1").error().code(), Code::kCancelled);
  loan.serve(nullptr);
  EXPECT_TRUE(loan->raw().execute("SELECT 1"));
}

TEST(Session, IsClosedInAForkedChild) {
  SessionFile f;
  auto& session = f.open();
  read_n(*read(session));
  Loan loan = write(session);
  execute(loan->raw(), "BEGIN; UPDATE t SET n = 1");
  EXPECT_EQ(in_child([&] {
              if (code_of_read(session) != Code::kClosed || code_of_write(session) != Code::kClosed)
                return 1;
              if (!session.is_closed() || session.stats().open != 0) return 2;
              session.end_idle_leases();
              session.set_lease(false);
              session.set_busy_timeout(1);
              loan = Loan();
              session.close();
              f.end();
              return 0;
            }),
            0);
  execute(loan->raw(), "COMMIT");
  loan = Loan();
  EXPECT_EQ(read_n(*read(session)), 1);
}

TEST(Session, IsOpenInAChildThatOpenedIt) {
  SessionFile f;
  f.open();
  EXPECT_EQ(in_child([&] {
              SessionFile own;
              return read_n(*read(own.open())) == 0 ? 0 : 1;
            }),
            0);
}

}  // namespace
}  // namespace thing::test
