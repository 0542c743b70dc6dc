#include "base/thread_slot.h"

#include <barrier>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace thing::base {
namespace {

TEST(ThreadSlot, StaysTheSameWithinAThread) { EXPECT_EQ(thread_slot(), thread_slot()); }

TEST(ThreadSlot, DiffersBetweenThreadsThatRunAtOnce) {
  constexpr int kThreads = 8;
  std::barrier all(kThreads);
  std::mutex mutex;
  std::set<uint32_t> slots;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        {
          std::lock_guard lock(mutex);
          slots.insert(thread_slot());
        }
        all.arrive_and_wait();
      });
    }
  }
  EXPECT_EQ(slots.size(), static_cast<size_t>(kThreads));
}

TEST(ThreadSlot, IsFreeAgainWhenItsThreadEnds) {
  std::set<uint32_t> slots;
  for (int i = 0; i < 200; ++i) std::jthread([&] { slots.insert(thread_slot()); });
  EXPECT_LT(slots.size(), 4u);
}

TEST(AddInSlot, LosesNothingInTheSharedSlot) {
  std::atomic<uint64_t> counter{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int n = 0; n < 1000; ++n)
          add_in_slot(counter, kThreadSlots, 1, std::memory_order_relaxed);
      });
    }
  }
  EXPECT_EQ(counter.load(), 4000u);
}

}  // namespace
}  // namespace thing::base
