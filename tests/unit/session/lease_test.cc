// Snapshots that idle readers keep: always as fresh as a new one, and never in the way of the log.
#include <atomic>
#include <chrono>
#include <thread>

#include "session_file.h"

namespace thing::test {
namespace {

void sleep_ms(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

// Waits up to ten seconds.
template <class Claim>
bool becomes_true(Claim claim) {
  for (int i = 0; i < 1000 && !claim(); ++i) sleep_ms(10);
  return claim();
}

std::string checkpoint(SessionFile& f, driver::Connection& db) {
  execute(db, "PRAGMA busy_timeout=0");
  auto found = rows(db, "PRAGMA wal_checkpoint(TRUNCATE)");
  return found.empty() ? "" : found[0] + (f.file().size_of("-wal") == 0 ? " empty" : "");
}

TEST(Lease, ServesManyReadsFromOneSnapshot) {
  SessionFile f;
  auto& session = f.open();
  for (int i = 0; i < 2500; ++i) ASSERT_EQ(read_n(*read(session)), 0);
  EXPECT_EQ(session.stats().leased_reads + session.stats().leases, 2500);
  EXPECT_EQ(session.stats().leases, 3);  // at most 1,000 reads each
}

TEST(Lease, IsAsFreshAsANewSnapshot) {
  SessionFile f;
  auto& session = f.open();
  auto other = f.file().connect();
  for (int i = 1; i <= 4000; ++i) {
    execute(*other, "UPDATE t SET n = n + 1");
    ASSERT_EQ(read_n(*read(session)), i);
    ASSERT_EQ(read_n(*read(session)), i);
  }
}

TEST(Lease, SeesTheSessionsOwnWrites) {
  SessionFile f;
  auto& session = f.open();
  for (int i = 1; i <= 2000; ++i) {
    execute(write(session)->raw(), "UPDATE t SET n = n + 1");
    ASSERT_EQ(read_n(*read(session)), i);
  }
}

TEST(Lease, SeesCommitsOfOtherProcesses) {
  SessionFile f;
  auto& session = f.open();
  for (int i = 1; i <= 10; ++i) {
    ASSERT_EQ(read_n(*read(session)), i - 1);
    ASSERT_TRUE(run_elsewhere(f.file().options().path, "UPDATE t SET n = n + 1"));
    ASSERT_EQ(read_n(*read(session)), i);
  }
}

// Every reader sees at least what had returned before it asked, while others commit all the time.
TEST(Lease, IsFreshForManyReadersBesideAWriter) {
  SessionFile f;
  auto& session = f.open();
  std::atomic<int64_t> committed{0};
  std::atomic<bool> done{false};
  std::atomic<int64_t> reads{0};
  std::vector<std::thread> readers;
  for (int t = 0; t < 3; ++t) {
    readers.emplace_back([&] {
      while (!done.load()) {
        const int64_t before = committed.load();
        const int64_t found = read_n(*read(session));
        if (found < before)
          ADD_FAILURE() << "read " << found << " after " << before << " was committed";
        ++reads;
      }
    });
  }
  auto other = f.file().connect();
  for (int i = 1; i <= 2000; ++i) {
    if (i % 2 == 0)
      execute(*other, "UPDATE t SET n = n + 1");
    else
      execute(write(session)->raw(), "UPDATE t SET n = n + 1");
    committed.store(i);
  }
  while (reads.load() < 100) sleep_ms(1);
  done.store(true);
  for (auto& r : readers) r.join();
  EXPECT_EQ(read_n(*read(session)), 2000);
}

TEST(Lease, KeepsASnapshotForTheWholeLoan) {
  SessionFile f;
  auto& session = f.open();
  auto other = f.file().connect();
  for (const bool on : {true, false}) {
    session.set_lease(on);
    auto loan = read(session, true);
    const int64_t n = read_n(*loan);
    execute(*other, "UPDATE t SET n = n + 1");
    EXPECT_EQ(read_n(*loan), n);
    loan = session::Loan();
    EXPECT_EQ(read_n(*read(session)), n + 1);
  }
}

TEST(Lease, EndsWhenItIsIdle) {
  SessionFile f;
  auto& session = f.open();
  auto other = f.file().connect();
  execute(*other, "UPDATE t SET n = 1");
  EXPECT_EQ(read_n(*read(session)), 1);
  EXPECT_NE(checkpoint(f, *other), "0|0|0 empty");  // the lease needs the log
  EXPECT_TRUE(becomes_true([&] { return checkpoint(f, *other) == "0|0|0 empty"; }));
}

TEST(Lease, EndsAtOnceWhenAsked) {
  SessionFile f;
  auto& session = f.open();
  auto other = f.file().connect();
  execute(*other, "UPDATE t SET n = 1");
  EXPECT_EQ(read_n(*read(session)), 1);
  session.end_idle_leases();
  EXPECT_EQ(checkpoint(f, *other), "0|0|0 empty");
}

TEST(Lease, BeginsAgainAfterIdleTimes) {
  SessionFile f;
  auto& session = f.open();
  for (int i = 1; i <= 3; ++i) {
    read(session);
    EXPECT_EQ(session.stats().leases, i);
    sleep_ms(200);
  }
}

TEST(Lease, DoesNotLetTheLogGrowWhileOneThreadReadsAndWrites) {
  SessionFile f;
  auto& session = f.open();
  for (int i = 0; i < 6000; ++i) {
    execute(write(session)->raw(), "UPDATE t SET n = n + 1");
    read_n(*read(session));
  }
  EXPECT_LT(session.watch()->log_size(), 2000);
  EXPECT_LT(f.file().size_of("-wal"), 3000 * 4200);
}

TEST(Lease, GivesWayToTheLogWhileReadersNeverRest) {
  SessionFile f;
  auto& session = f.open();
  std::atomic<bool> done{false};
  std::vector<std::thread> readers;
  for (int t = 0; t < 2; ++t) {
    readers.emplace_back([&] {
      while (!done.load()) read_n(*read(session));
    });
  }
  auto other = f.file().connect();
  for (int i = 0; i < 30'000; ++i) execute(*other, "UPDATE t SET n = n + 1");
  done.store(true);
  for (auto& r : readers) r.join();
  EXPECT_LT(session.watch()->log_size(), 15'000);
}

TEST(Lease, IsNotTakenWhereAReaderWouldBlockWriters) {
  SessionFile f(false);
  auto& session = f.open();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(read_n(*read(session)), 0);
  EXPECT_EQ(session.stats().leases, 0);
  auto other = f.file().connect();
  other->set_busy_timeout(0);
  execute(*other, "UPDATE t SET n = 1");
  EXPECT_EQ(read_n(*read(session)), 1);
}

TEST(Lease, CanBeSwitchedOffAndOn) {
  SessionFile f;
  f.options().lease = false;
  auto& session = f.open();
  read_n(*read(session));
  EXPECT_EQ(session.stats().leases, 0);
  session.set_lease(true);
  read_n(*read(session));
  EXPECT_EQ(session.stats().leases, 1);
  {
    auto loan = read(session);
    session.set_lease(false);  // while one is on loan
  }
  auto other = f.file().connect();
  read_n(*read(session));
  EXPECT_EQ(session.stats().leases, 1);
  execute(*other, "UPDATE t SET n = 1");
  EXPECT_EQ(checkpoint(f, *other), "0|0|0 empty");
}

TEST(Lease, GivesWayToATransactionOfTheCaller) {
  SessionFile f;
  auto& session = f.open();
  auto other = f.file().connect();
  read(session);
  {
    auto loan = read(session);
    ASSERT_TRUE(session::begin(*loan, session::Begin::kDeferred));
    EXPECT_EQ(read_n(*loan), 0);
    execute(*other, "UPDATE t SET n = 1");
    EXPECT_EQ(read_n(*loan), 0);
    ASSERT_TRUE(session::commit(*loan));
    EXPECT_EQ(read_n(*loan), 1);
  }
  EXPECT_EQ(read_n(*read(session)), 1);
  execute(*other, "UPDATE t SET n = 2");
  EXPECT_EQ(read_n(*read(session)), 2);
}

}  // namespace
}  // namespace thing::test
