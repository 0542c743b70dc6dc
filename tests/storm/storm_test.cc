// Many processes read and write the same rows, lists and counts through the shared cache, while
// they are killed and stopped at any moment and Redis loses what it may lose. No read may give what
// was older than a write that had returned, or than another read had given, before it began.
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "worker.h"

namespace storm {
namespace {

using Clock = std::chrono::steady_clock;

const char* variable(const char* name) {
  const char* const value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : nullptr;
}

double seconds() {
  const char* const value = variable("THING_STORM_SECONDS");
  return value != nullptr ? std::strtod(value, nullptr) : 6;
}

struct Weather {
  Way way = Way::kLibrary;
  bool kills = false;
  bool evicts = false;
  bool stalls = false;
};

// The parent opens no database: its children are forked, and only what is mapped outlives them.
class Storm : public testing::TestWithParam<const char*> {
 protected:
  Storm() {
    void* const map =
        mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    board_ = new (map) Board{};
  }
  ~Storm() override { munmap(board_, sizeof(Board)); }
  void SetUp() override {
    for (const char* const name : {GetParam(), "THING_TEST_REDIS"}) {
      if (variable(name) == nullptr) GTEST_SKIP() << name << " names no server";
    }
    database_ = variable(GetParam());
    redis_ = variable("THING_TEST_REDIS");
  }

  pid_t start(Way way, int number, uint64_t seed, const std::function<void(Worker&)>& work) {
    const pid_t pid = fork();
    if (pid != 0) return pid;
    int code = 0;
    try {
      Worker worker(*board_, way, database_, redis_, number, seed);
      work(worker);
    } catch (const std::exception& e) {
      std::fprintf(stderr, "storm: process %d: %s\n", number, e.what());
      code = 1;
    }
    _exit(code);
  }
  void run_alone(const std::function<void(Worker&)>& work) {
    int status = 0;
    waitpid(start(Way::kLibrary, 0, 1, work), &status, 0);
    ASSERT_EQ(status, 0);
  }
  void evict(Resp& redis);
  void blow(const Weather& weather, uint64_t seed);

  Board* board_;
  std::string database_, redis_;
  int64_t kills_ = 0, evictions_ = 0;
};

// Keys that have a time to live, and the registry, may go at any moment; marks may not.
void Storm::evict(Resp& redis) {
  static const std::string kScript =
      "local k = redis.call('RANDOMKEY') if not k then return 0 end "
      "local kind = string.match(k, '}:(%a)') "
      "if not kind or not string.find('obqnpu', kind, 1, true) then return 0 end "
      "if redis.call('TYPE', k).ok == 'string' and "
      "string.sub(redis.call('GET', k), 1, 1) == 'M' then return 0 end "
      "redis.call('DEL', k) return 1";
  if (redis.ask({"EVAL", kScript, "0"}) == "1") ++evictions_;
}

void Storm::blow(const Weather& weather, uint64_t seed) {
  std::mt19937_64 random(seed);
  Resp redis(redis_);
  redis.ask({"FLUSHALL"});
  const auto run = [](Worker& w) { w.run(); };
  std::vector<pid_t> workers;
  for (int i = 0; i < kWorkers; ++i) workers.push_back(start(weather.way, i, random(), run));
  const auto end = Clock::now() + std::chrono::duration<double>(seconds());
  auto next_kill = Clock::now();
  while (Clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    if (weather.evicts) evict(redis);
    const auto number = static_cast<size_t>(random() % workers.size());
    if (weather.stalls && random() % 4 == 0) {
      ::kill(workers[number], SIGSTOP);
      std::this_thread::sleep_for(std::chrono::milliseconds(random() % 8));
      ::kill(workers[number], SIGCONT);
    }
    if (!weather.kills || Clock::now() < next_kill) continue;
    next_kill = Clock::now() + std::chrono::milliseconds(30 + random() % 30);
    ::kill(workers[number], SIGKILL);
    waitpid(workers[number], nullptr, 0);
    ++kills_;
    workers[number] = start(weather.way, static_cast<int>(number), random(), run);
  }
  board_->stop = true;
  for (const pid_t pid : workers) {
    int status = 0;
    waitpid(pid, &status, 0);
    EXPECT_EQ(status, 0);
  }
  const std::string figures =
      std::to_string(board_->reads) + " reads (" + std::to_string(board_->hits) + " hits), " +
      std::to_string(board_->writes) + " writes, " + std::to_string(board_->lists) + " lists, " +
      std::to_string(board_->counts) + " counts, " + std::to_string(board_->refused) +
      " refused; " + std::to_string(kills_) + " kills, " + std::to_string(evictions_) +
      " evictions; old: " + std::to_string(board_->old_rows) + " rows, " +
      std::to_string(board_->old_lists) + " lists, " + std::to_string(board_->old_counts) +
      " counts";
  std::printf("storm: %s\n", figures.c_str());
  EXPECT_EQ(board_->errors, 0);
}

TEST_P(Storm, OfKillsAndEvictionsGivesNothingOld) {
  ASSERT_NO_FATAL_FAILURE(run_alone([](Worker& w) { w.make_tables(); }));
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  blow({Way::kLibrary, true, true, true}, seed);
  EXPECT_EQ(board_->violations(), 0);
  EXPECT_GT(board_->hits, 0);
  EXPECT_GT(kills_, 0);
  run_alone([](Worker& w) { w.check_rest(); });
  EXPECT_EQ(board_->violations(), 0) << "at rest";
  EXPECT_EQ(board_->errors, 0) << "at rest";
}

// The same look at a cache that is filled after reads and emptied after writes, as it is often
// done: a storm that finds nothing there would find nothing anywhere.
TEST_P(Storm, FindsWhatIsOldInANaiveCache) {
  ASSERT_NO_FATAL_FAILURE(run_alone([](Worker& w) { w.make_tables(); }));
  blow({Way::kNaive, true, false, true}, 1);
  EXPECT_GT(board_->violations(), 0);
}

std::string name_of(const testing::TestParamInfo<const char*>& server) {
  return std::string(server.param) == "THING_TEST_POSTGRES" ? "Postgres" : "Mysql";
}

INSTANTIATE_TEST_SUITE_P(On, Storm, testing::Values("THING_TEST_POSTGRES", "THING_TEST_MYSQL"),
                         name_of);

}  // namespace
}  // namespace storm
