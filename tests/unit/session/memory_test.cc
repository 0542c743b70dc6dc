// A session in which memory runs out: the call fails, the session goes on.
#include <chrono>
#include <cstdlib>
#include <new>
#include <thread>

#include "session_file.h"

namespace {

// How many more allocations of this thread succeed; none is limited below 0.
thread_local int allocations_left = -1;

}  // namespace

void* operator new(size_t size) {
  if (allocations_left == 0) throw std::bad_alloc();
  if (allocations_left > 0) --allocations_left;
  if (void* p = std::malloc(size != 0 ? size : 1)) return p;
  throw std::bad_alloc();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, size_t) noexcept { std::free(p); }

namespace thing::test {
namespace {

void sleep_ms(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

// Whether the body ran through with so many allocations.
template <class Body>
bool runs_with(int allocations, Body body) {
  allocations_left = allocations;
  try {
    body();
  } catch (const std::bad_alloc&) {
    allocations_left = -1;
    return false;
  }
  allocations_left = -1;
  return true;
}

void add_one(session::Session& session) {
  auto loan = session.write(nullptr);
  if (!loan || !session::begin(**loan, session::Begin::kImmediate)) throw std::bad_alloc();
  if (!(*loan)->raw().execute("UPDATE t SET n = n + 1") || !session::commit(**loan))
    throw std::bad_alloc();
}

TEST(SessionMemory, TakesWhoWaitsOutOfTheQueue) {
  SessionFile f;
  f.options().busy_timeout_ms = 20;
  auto& session = f.open();
  auto loan = write(session);
  EXPECT_EQ(code_of_write(session), base::Code::kBusy);
  EXPECT_FALSE(runs_with(0, [&] { (void)session.write(nullptr); }));  // no memory for the message
  session.set_busy_timeout(10'000);
  std::thread other([&] { EXPECT_EQ(code_of_write(session), base::Code::kOk); });
  sleep_ms(50);
  loan = session::Loan();
  other.join();
}

TEST(SessionMemory, GoesOnAfterEveryFailedAllocation) {
  for (int n = 0;; ++n) {
    SessionFile f;
    auto& session = f.open();
    const session::Plan plan("SELECT n FROM t");
    const bool ran = runs_with(n, [&] {
      add_one(session);
      auto loan = session.read(nullptr, true);
      if (!loan || !(*loan)->statement(plan)) throw std::bad_alloc();
    });
    EXPECT_EQ(session.stats().in_use, 0);
    const int64_t before = read_n(*read(session));
    add_one(session);
    EXPECT_EQ(read_n(*read(session)), before + 1);
    if (ran) break;
    ASSERT_LT(n, 1000);
  }
}

}  // namespace
}  // namespace thing::test
