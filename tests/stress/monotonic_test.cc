// A read that begins after a write returned sees that write: from all threads, with other handles
// and another process on the same file, and while options, hooks and the cache itself change under
// it.
#include <memory>

#include <gtest/gtest.h>

#include "counters.h"

namespace trial {
namespace {

void write_as_child(const std::string& database, Board& board, Random& random) {
  const Db db = open_counters(database);
  while (board.stop.load() == 0) {
    raise_counter(db, board, random);
    check_counters(db, board, random);
    board.progress.fetch_add(1);
  }
}

// In every process of the program, the child among them.
const bool kHasWriter = (add_role("writer", write_as_child), true);

class MonotonicReads : public testing::Test {
 protected:
  MonotonicReads() { make_counters(file_); }
  uint64_t next_seed() { return seed_ * 1000 + ++numbers_; }

  void add_writer(thing_db* db, int64_t times) {
    crew_.add([this, db, times, random = Random(next_seed())]() mutable {
      for (Budget budget = stress_budget(times); !crew_.is_stopped() && budget.take();)
        raise_counter(db, *board_, random);
    });
  }
  void add_reader(thing_db* db, int64_t times) {
    crew_.add([this, db, times, random = Random(next_seed())]() mutable {
      for (Budget budget = stress_budget(times); !crew_.is_stopped() && budget.take();)
        check_counters(db, *board_, random);
    });
  }
  void run_with_child() {
    Child child("writer", file_, folder_.file("board"), next_seed());
    while (board_->progress.load() == 0 && child.is_running()) std::this_thread::yield();
    crew_.run();
    board_->stop.store(1);
    EXPECT_TRUE(child.wait()) << "the child failed";
    EXPECT_GT(board_->progress.load(), 0);
  }

  Folder folder_;
  std::string file_ = folder_.file("counters.db");
  SharedBoard board_{folder_.file("board")};
  uint64_t seed_ = choose_seed();
  uint64_t numbers_ = 0;
  Crew crew_;
};

TEST_F(MonotonicReads, HoldAcrossThreadsHandlesAndProcesses) {
  const Db a = open_counters(file_), b = open_counters(file_, "&lease=false"),
           c = open_counters(file_, "&cache=off");
  add_writer(a, 700);
  add_writer(b, 400);
  for (thing_db* db : {a.get(), a.get(), b.get(), c.get()}) add_reader(db, 6000);
  run_with_child();
  for (thing_db* db : {a.get(), b.get(), c.get()}) check_all_counters(db, *board_);
  Raw(file_).must_be_sound();
}

TEST_F(MonotonicReads, HoldWhenOneHandleDoesItAll) {
  const Db a = open_counters(file_);
  add_writer(a, 1500);
  for (int i = 0; i < 3; i++) add_reader(a, 15000);
  crew_.run();
  check_all_counters(a, *board_);
}

TEST_F(MonotonicReads, HoldWhileTheCacheIsEvictedClearedAndSwitched) {
  const Db a = open_counters(file_, "&cache_bytes=64KiB");
  const thing_model* model = model_of(a, "Counter");
  add_writer(a, 800);
  for (int i = 0; i < 3; i++) add_reader(a, 6000);
  crew_.add([&, random = Random(next_seed())]() mutable {
    const std::pair<const char*, const char*> options[] = {
        {"cache_bytes", "0"}, {"cache_bytes", "4096"}, {"cache_bytes", "16MiB"},
        {"cache", "off"},     {"cache", "memory"},     {"lease", "false"},
        {"lease", "true"},    {"cache", "memory"},     {"cache_bytes", "65536"}};
    for (Budget budget = stress_budget(3000); !crew_.is_stopped() && budget.take();) {
      const int64_t id = random.between(1, kKeys);
      const auto& [key, value] = random.pick(options);
      switch (random.below(5)) {
        case 0: must("thing_set_option", thing_set_option, a.get(), key, value, int64_t{-1}); break;
        case 1:
          must("thing_cache_clear", thing_cache_clear, a.get(), static_cast<thing_ctx*>(nullptr),
               random.chance(50) ? model : nullptr);
          break;
        case 2:
          must("thing_cache_evict", thing_cache_evict, a.get(), static_cast<thing_ctx*>(nullptr),
               model, id);
          break;
        case 3:
          must("thing_cache_warm", thing_cache_warm, a.get(), static_cast<thing_ctx*>(nullptr),
               model, static_cast<const int64_t*>(&id), int64_t{1});
          break;
        default: {
          Buf json;
          must("thing_cache_stats_json", thing_cache_stats_json, a.get(), random.chance(20),
               json.out());
          for (int32_t stat = 0; stat <= 19; stat++) thing_cache_stat(a, stat);
        }
      }
    }
  });
  run_with_child();
  check_all_counters(a, *board_);
}

// What a hook holds on to.
struct Payload {
  std::atomic<int64_t>* freed;
  std::atomic<bool> alive{true};
};

thing_status look(void* user, int32_t, thing_db*, thing_ctx*, thing_obj* obj, thing_error**) {
  const auto* payload = static_cast<Payload*>(user);
  return payload->alive.load() && obj != nullptr ? THING_OK : THING_E_CALLBACK;
}

void drop(void* user) {
  const std::unique_ptr<Payload> payload(static_cast<Payload*>(user));
  payload->alive.store(false);
  payload->freed->fetch_add(1);
}

void count_line(void* user, int32_t, const char*, int64_t len) {
  if (len > 0) static_cast<std::atomic<int64_t>*>(user)->fetch_add(1);
}

TEST_F(MonotonicReads, HoldWhileHooksAndLogsComeAndGo) {
  std::atomic<int64_t> freed{0}, lines{0}, added{0};
  {
    const Db a = open_counters(file_);
    add_writer(a, 700);
    add_writer(a, 700);
    add_reader(a, 5000);
    const auto churn = [&](uint64_t seed) {
      Random random(seed);
      for (Budget budget = stress_budget(1200); !crew_.is_stopped() && budget.take();) {
        int64_t id = 0;
        const int32_t events = static_cast<int32_t>(random.between(1, 2047));
        auto* payload = new Payload{&freed};
        must("thing_hook_add", thing_hook_add, a.get(), static_cast<const thing_model*>(nullptr),
             events, look, static_cast<void*>(payload), drop, &id);
        added.fetch_add(1);
        if (random.chance(10))
          thing_log_set(a, THING_LOG_DEBUG | THING_LOG_ARGS, count_line, &lines, nullptr);
        if (random.chance(10)) thing_log_set(a, THING_LOG_OFF, nullptr, nullptr, nullptr);
        if (random.chance(95) && thing_hook_remove(a, id) != THING_OK)
          throw Wrong("thing_hook_remove does not know its hook");
        if (random.chance(20) && thing_hook_remove(a, id + 1'000'000) != THING_NOT_FOUND)
          throw Wrong("thing_hook_remove knows what is none");
        Buf facts;
        must("thing_info_json", thing_info_json, a.get(), static_cast<thing_ctx*>(nullptr),
             facts.out());
      }
    };
    crew_.add([&, seed = next_seed()] { churn(seed); });
    crew_.add([&, seed = next_seed()] { churn(seed); });
    crew_.run();
    check_all_counters(a, *board_);
  }
  EXPECT_EQ(freed.load(), added.load()) << "hooks that were not freed";
}

}  // namespace
}  // namespace trial
