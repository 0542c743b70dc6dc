// Many processes read and write the same rows, lists and counts through the shared cache, while
// they are killed and stopped at any moment and Redis loses what it may lose. No read may give what
// was older than a write that had returned, or than another read had given, before it began.
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nemesis.h"
#include "network.h"
#include "worker.h"

namespace storm {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

const char* variable(const char* name) {
  const char* const value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : nullptr;
}

double seconds() {
  const char* const value = variable("THING_STORM_SECONDS");
  return value != nullptr ? std::strtod(value, nullptr) : 2;
}

struct Weather {
  Sky sky;
  bool kills = false;
  bool evicts = false;
  bool stalls = false;
};

// The parent opens no database: its children are forked, and only what is mapped outlives them.
class Storm : public testing::TestWithParam<const char*> {
 protected:
  using Work = std::function<void()>;

  Storm() {
    void* const map =
        mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    board_ = new (map) Board{};
  }
  ~Storm() override {
    for (const auto& [pid, name] : processes_) {
      ::kill(pid, SIGKILL);
      waitpid(pid, nullptr, 0);
    }
    munmap(board_, sizeof(Board));
  }
  void SetUp() override {
    for (const char* const name : {GetParam(), "THING_TEST_REDIS"}) {
      if (variable(name) == nullptr) GTEST_SKIP() << name << " names no server";
    }
    servers_ = {variable(GetParam()), variable("THING_TEST_REDIS")};
    ASSERT_NO_FATAL_FAILURE(run_alone([](Worker& w) { w.make_tables(); }));
  }

  // A process that goes with this one, whatever happens to it.
  pid_t start(const std::string& name, const Work& work) {
    const pid_t parent = getpid();
    const pid_t pid = fork();
    if (pid > 0) processes_[pid] = name;
    if (pid != 0) return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    int code = 0;
    try {
      work();
    } catch (const std::exception& e) {
      if (!board_->stop) {
        std::fprintf(stderr, "storm: %s: %s\n", name.c_str(), e.what());
        code = 1;
      }
    }
    _exit(code);
  }
  pid_t start(const Sky& sky, int number, uint64_t seed, const std::function<void(Worker&)>& work) {
    return start("worker " + std::to_string(number), [=, this] {
      Worker worker(*board_, sky, servers_, number, seed);
      work(worker);
    });
  }
  // Its status; a process that does not end by itself is killed, which is a failure.
  int end_of(pid_t pid) {
    const std::string name = processes_[pid];
    processes_.erase(pid);
    int status = 0;
    const auto end = Clock::now() + std::chrono::seconds(60);
    while (waitpid(pid, &status, WNOHANG) == 0) {
      if (Clock::now() > end) {
        ::kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
        ADD_FAILURE() << name << " did not end";
        break;
      }
      std::this_thread::sleep_for(milliseconds(2));
    }
    return status;
  }
  void run_alone(const std::function<void(Worker&)>& work) {
    ASSERT_EQ(end_of(start(Sky{}, 0, 1, work)), 0);
  }
  void open_doors();
  void evict(Resp& redis);
  static void stall(pid_t pid, std::mt19937_64& random);
  void blow(const Weather& weather, uint64_t seed);
  void expect_right(const Weather& weather);

  Board* board_;
  Servers servers_;
  std::vector<std::pair<std::string, Work>> nemeses_;
  std::map<pid_t, std::string> processes_;
  int64_t kills_ = 0, evictions_ = 0;
};

// Keys that have a time to live, and the registry, may go at any moment; marks, which have none,
// may not.
void Storm::evict(Resp& redis) {
  static const std::string kScript =
      "local k = redis.call('RANDOMKEY') if not k then return 0 end "
      "local kind = string.match(k, '}:(%a)') "
      "if not kind or not string.find('obqnpu', kind, 1, true) then return 0 end "
      "if string.find('obq', kind, 1, true) and redis.call('PTTL', k) < 0 then return 0 end "
      "redis.call('DEL', k) return 1";
  if (redis.ask({"EVAL", kScript, "0"}) == "1") ++evictions_;
}

// Both links go through a network that fails.
void Storm::open_doors() {
  const auto open = [this](const char* name, Board::Door& door, std::string& url) {
    start(name, [this, &door, server = url] { keep_door(*board_, door, server); });
    const auto end = Clock::now() + std::chrono::seconds(10);
    while (door.port == 0 && Clock::now() < end) std::this_thread::sleep_for(milliseconds(1));
    ASSERT_NE(door.port, 0) << name;
    url = through(url, door.port);
  };
  open("door to the database", board_->to_database, servers_.database);
  open("door to Redis", board_->to_redis, servers_.redis);
}

void Storm::stall(pid_t pid, std::mt19937_64& random) {
  ::kill(pid, SIGSTOP);
  std::this_thread::sleep_for(milliseconds(random() % 8));
  ::kill(pid, SIGCONT);
}

void Storm::blow(const Weather& weather, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::unique_ptr<Resp> redis;
  if (weather.evicts || weather.sky.way == Way::kNaive) {
    redis = std::make_unique<Resp>(servers_.redis);
    redis->ask({"FLUSHALL"});
  }
  const auto run = [](Worker& w) { w.run(); };
  std::vector<pid_t> workers;
  for (int i = 0; i < kWorkers; ++i) workers.push_back(start(weather.sky, i, random(), run));
  std::vector<pid_t> nemeses;
  for (const auto& [name, work] : nemeses_) nemeses.push_back(start(name, work));
  const auto end = Clock::now() + std::chrono::duration<double>(seconds());
  auto next_kill = Clock::now() + milliseconds(200);
  while (Clock::now() < end) {
    std::this_thread::sleep_for(milliseconds(2));
    if (weather.evicts) evict(*redis);
    const auto number = static_cast<size_t>(random() % workers.size());
    if (weather.stalls && random() % 4 == 0) stall(workers[number], random);
    if (!weather.kills || Clock::now() < next_kill) continue;
    next_kill = Clock::now() + milliseconds(40 + random() % 60);
    ::kill(workers[number], SIGKILL);
    const int status = end_of(workers[number]);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        << "it had ended before, with status " << status;
    ++kills_;
    workers[number] = start(weather.sky, static_cast<int>(number), random(), run);
  }
  board_->stop = true;
  for (const pid_t pid : workers) EXPECT_EQ(end_of(pid), 0);
  for (const pid_t pid : nemeses) EXPECT_EQ(end_of(pid), 0);
  const Board& b = *board_;
  std::printf(
      "storm: operations=%ld reads=%ld hits=%ld writes=%ld lists=%ld counts=%ld refused=%ld "
      "kills=%ld evictions=%ld faults=%ld restarts=%ld backwards=%ld old_rows=%ld old_lists=%ld "
      "old_counts=%ld\n",
      b.operations(), b.reads.load(), b.hits.load(), b.writes.load(), b.lists.load(),
      b.counts.load(), b.refused.load(), kills_, evictions_, b.faults.load(), b.restarts.load(),
      b.backwards.load(), b.old_rows.load(), b.old_lists.load(), b.old_counts.load());
  EXPECT_EQ(board_->errors, 0);
}

void Storm::expect_right(const Weather& weather) {
  const uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  blow(weather, seed);
  EXPECT_EQ(board_->violations(), 0);
  EXPECT_GT(board_->hits, 0);
  run_alone([](Worker& w) { w.check_rest(); });
  EXPECT_EQ(board_->violations(), 0) << "at rest";
  EXPECT_EQ(board_->errors, 0) << "at rest";
}

TEST_P(Storm, OfKillsAndEvictionsGivesNothingOld) {
  expect_right({{Way::kLibrary, false, false}, true, true, true});
  EXPECT_GT(kills_, 0);
}

TEST_P(Storm, OfKillsWithCopiesGivesNothingOlderThanAWriteThatReturned) {
  expect_right({{Way::kLibrary, false, false, true}, true, true, true});
  EXPECT_GT(kills_, 0);
}

TEST_P(Storm, OfARedisInTroubleGivesNothingOld) {
  const RedisServer redis;
  servers_.redis = redis.url();
  nemeses_.emplace_back("trouble of Redis", [&] { trouble_redis(*board_, redis, 2); });
  expect_right({{Way::kLibrary, false, true}, true, false, false});
  EXPECT_GT(board_->faults, 0);
}

// What was read before may come back for a moment while a write of it is under way; what was old
// when a write returned may not. Nobody is killed: a mark that is lost and a writer that dies just
// then leave what only its time to live ends.
TEST_P(Storm, OfARedisThatForgetsGivesNothingOlderThanAWriteThatReturned) {
  const RedisServer redis;
  servers_.redis = redis.url();
  nemeses_.emplace_back("emptying of Redis", [&] { empty_redis(*board_, redis, 3); });
  expect_right({{Way::kLibrary, true, true}, false, false, true});
  EXPECT_GT(board_->faults, 0);
}

TEST_P(Storm, OfANetworkThatFailsGivesNothingOld) {
  const Servers direct = servers_;
  ASSERT_NO_FATAL_FAILURE(open_doors());
  nemeses_.emplace_back("trouble of the network", [&] { trouble_network(*board_, 4); });
  Weather weather{{Way::kLibrary, false, true}, true, false, false};
  blow(weather, std::random_device{}());
  servers_ = direct;
  EXPECT_EQ(board_->violations(), 0);
  run_alone([](Worker& w) { w.check_rest(); });
  EXPECT_EQ(board_->violations(), 0) << "at rest";
  EXPECT_EQ(board_->errors, 0) << "at rest";
}

TEST_P(Storm, OfCommitsThatHangGivesNothingOld) {
  const std::string database = servers_.database;
  nemeses_.emplace_back("holder of commits", [&] { hold_commits(*board_, database, 5); });
  expect_right({{Way::kLibrary, false, false}, true, true, false});
  EXPECT_EQ(end_of(start("release", [&] { release_commits(database); })), 0);
}

// The same look at a cache that is filled after reads and emptied after writes, as it is often
// done: a storm that finds nothing there would find nothing anywhere.
TEST_P(Storm, FindsWhatIsOldInANaiveCache) {
  blow({{Way::kNaive, false, false}, true, false, true}, 1);
  EXPECT_GT(board_->violations(), 0);
}

std::string name_of(const testing::TestParamInfo<const char*>& server) {
  return std::string(server.param) == "THING_TEST_POSTGRES" ? "Postgres" : "Mysql";
}

INSTANTIATE_TEST_SUITE_P(On, Storm, testing::Values("THING_TEST_POSTGRES", "THING_TEST_MYSQL"),
                         name_of);

}  // namespace
}  // namespace storm
