// Many processes read and write the same rows, lists and counts through the shared cache, while
// they are killed and stopped at any moment and Redis loses what it may lose. No read may give what
// was older than a write that had returned, or than another read had given, before it began.
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <optional>
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
#include "word.h"
#include "worker.h"

namespace storm {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

const char* variable(const char* name) {
  const char* const value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : nullptr;
}

double seconds(double unless_said) {
  const char* const value = variable("THING_STORM_SECONDS");
  return value != nullptr ? std::strtod(value, nullptr) : unless_said;
}

struct Weather {
  Sky sky;
  bool kills = false;
  bool evicts = false;
  bool stalls = false;
  double seconds = 2;  // unless it is said
  int kill_ms = 40;    // between two kills, and up to so much and a half more
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
  pid_t start(const Sky& sky, const Servers& servers, int number, uint64_t seed,
              const std::function<void(Worker&)>& work) {
    return start("worker " + std::to_string(number), [=, this] {
      Worker worker(*board_, sky, servers, number, seed);
      work(worker);
    });
  }
  pid_t start(const Weather& weather, int number, uint64_t seed) {
    const Servers& servers = number % 2 == 0 && half_.has_value() ? *half_ : servers_;
    return start(weather.sky, servers, number, seed, [](Worker& w) { w.run(); });
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
  void run_alone(const std::function<void(Worker&)>& work, const Sky& sky = Sky{}) {
    ASSERT_EQ(end_of(start(sky, servers_, 0, 1, work)), 0);
  }
  std::string open(const char* name, Board::Door& door, const std::string& url);
  Servers open_doors();
  void evict(Resp& redis);
  static void stall(pid_t pid, std::mt19937_64& random);
  void blow(const Weather& weather, uint64_t seed);
  void expect_right(const Weather& weather);
  void expect_right(const Weather& weather, const Servers& at_rest);

  const uint64_t seed_ = std::random_device{}();
  Board* board_;
  Servers servers_;
  std::optional<Servers> half_;  // of every second worker
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

// Gives the URL of the server through the door.
std::string Storm::open(const char* name, Board::Door& door, const std::string& url) {
  start(name, [this, &door, url] { keep_door(*board_, door, url); });
  const auto end = Clock::now() + std::chrono::seconds(10);
  while (door.port == 0 && Clock::now() < end) std::this_thread::sleep_for(milliseconds(1));
  EXPECT_NE(door.port, 0) << name;
  return through(url, door.port);
}

// Both links go through a network that fails.
Servers Storm::open_doors() {
  return {open("door to the database", board_->to_database, servers_.database),
          open("door to Redis", board_->to_redis, servers_.redis)};
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
  std::vector<pid_t> workers;
  for (int i = 0; i < kWorkers; ++i) workers.push_back(start(weather, i, random()));
  std::vector<pid_t> nemeses;
  for (const auto& [name, work] : nemeses_) nemeses.push_back(start(name, work));
  const auto end = Clock::now() + std::chrono::duration<double>(seconds(weather.seconds));
  auto next_kill = Clock::now() + milliseconds(200);
  while (Clock::now() < end) {
    std::this_thread::sleep_for(milliseconds(2));
    if (weather.evicts) evict(*redis);
    const auto number = static_cast<size_t>(random() % workers.size());
    if (weather.stalls && random() % 4 == 0) stall(workers[number], random);
    if (!weather.kills || Clock::now() < next_kill) continue;
    next_kill = Clock::now() + milliseconds(weather.kill_ms + static_cast<int>(random() % 1000) *
                                                                  weather.kill_ms * 3 / 2000);
    ::kill(workers[number], SIGKILL);
    const int status = end_of(workers[number]);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        << "it had ended before, with status " << status;
    ++kills_;
    workers[number] = start(weather, static_cast<int>(number), random());
  }
  board_->stop = true;
  for (const pid_t pid : workers) EXPECT_EQ(end_of(pid), 0);
  for (const pid_t pid : nemeses) EXPECT_EQ(end_of(pid), 0);
  const Board& b = *board_;
  std::printf(
      "storm: operations=%ld reads=%ld hits=%ld writes=%ld untold=%ld lists=%ld windows=%ld "
      "counts=%ld refused=%ld kills=%ld evictions=%ld faults=%ld restarts=%ld backwards=%ld "
      "old_rows=%ld old_lists=%ld old_windows=%ld old_counts=%ld\n",
      b.operations(), b.reads.load(), b.hits.load(), b.writes.load(), b.untold.load(),
      b.lists.load(), b.windows.load(), b.counts.load(), b.refused.load(), kills_, evictions_,
      b.faults.load(), b.restarts.load(), b.backwards.load(), b.old_rows.load(), b.old_lists.load(),
      b.old_windows.load(), b.old_counts.load());
  EXPECT_EQ(board_->errors, 0);
}

void Storm::expect_right(const Weather& weather) { expect_right(weather, servers_); }

void Storm::expect_right(const Weather& weather, const Servers& at_rest) {
  SCOPED_TRACE("seed " + std::to_string(seed_));
  blow(weather, seed_);
  servers_ = at_rest;
  EXPECT_EQ(board_->violations(), 0);
  EXPECT_GT(board_->hits, 0);
  run_alone([](Worker& w) { w.check_rest(); }, {.leaves_word = weather.sky.leaves_word});
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

TEST_P(Storm, OfListsThatAreCutGivesNothingOld) {
  expect_right({{.cuts_lists = true}, true, false, true, 1, 200});
}

TEST_P(Storm, OfARedisInTroubleGivesNothingOld) {
  const RedisServer redis;
  servers_.redis = redis.url();
  nemeses_.emplace_back("trouble of Redis", [&] { trouble_redis(*board_, redis, seed_ + 2); });
  expect_right({{Way::kLibrary, false, true}, true, false, false});
  EXPECT_GT(board_->faults, 0);
}

// What was read before may come back for a moment while a write of it is under way; what was old
// when a write returned may not. Nobody is killed: a mark that is lost and a writer that dies just
// then leave what only its time to live ends.
TEST_P(Storm, OfARedisThatForgetsGivesNothingOlderThanAWriteThatReturned) {
  const RedisServer redis;
  servers_.redis = redis.url();
  nemeses_.emplace_back("emptying of Redis", [&] { empty_redis(*board_, redis, seed_ + 3); });
  expect_right({{Way::kLibrary, true, true}, false, false, true});
  EXPECT_GT(board_->faults, 0);
}

TEST_P(Storm, OfANetworkThatFailsGivesNothingOld) {
  const Servers direct = servers_;
  servers_ = open_doors();
  nemeses_.emplace_back("trouble of the network", [&] { trouble_network(*board_, seed_ + 4); });
  expect_right({{Way::kLibrary, false, true}, true, false, false}, direct);
}

// A link that is dead, and nobody tells: what one side says is swallowed, for longer than the other
// waits, or comes long after. The server keeps the session of who is long gone, until the network
// gives it up. Every second worker is well.
TEST_P(Storm, OfLinksThatAreHalfOpenGivesNothingOld) {
  half_ = open_doors();
  nemeses_.emplace_back("mute network", [&] { mute_network(*board_, seed_ + 6); });
  expect_right({{.is_rough = true, .has_deadlines = true}, true, false, false, 1, 250});
  EXPECT_GT(board_->faults, 0);
}

// Marks are lost with the run that had them, and nobody is killed, as above.
TEST_P(Storm, OfARedisThatComesBackOldGivesNothingOlderThanAWriteThatReturned) {
  const RedisServer redis;
  servers_.redis = redis.url();
  nemeses_.emplace_back("ageing of Redis",
                        [&] { age_redis(*board_, redis, 100, false, seed_ + 7); });
  expect_right({{.loses_marks = true, .is_rough = true}, false, false, true, 1});
  EXPECT_GT(board_->revived, 0);
}

// Who can not reach Redis writes all the same (cache_policy=available), beside those who can: every
// second worker is cut off again and again. Many are killed while they wait for their word to be
// taken out.
TEST_P(Storm, OfARedisThatSomeCanNotReachGivesNothingOlderThanAWriteThatWasTold) {
  const RedisServer redis;
  servers_.redis = redis.url();
  half_ = Servers{servers_.database, open("door to Redis", board_->to_redis, redis.url())};
  nemeses_.emplace_back("cutting off", [&] { cut_off_redis(*board_, seed_ + 8); });
  nemeses_.emplace_back("trouble of Redis", [&] { trouble_redis(*board_, redis, seed_ + 9); });
  nemeses_.emplace_back("look", [&] { watch_outbox(*board_, servers_.database); });
  expect_right(
      {{.is_rough = true, .has_copies = true, .leaves_word = true}, true, false, true, 1, 80});
  EXPECT_GT(board_->faults, 0);
  EXPECT_GT(board_->looks, 0);
}

// The same while nobody can, and it comes back with what it had long ago.
TEST_P(Storm, OfARedisThatIsGoneForAWhileGivesNothingOlderThanAWriteThatWasTold) {
  const RedisServer redis;
  servers_.redis = redis.url();
  nemeses_.emplace_back("ageing of Redis",
                        [&] { age_redis(*board_, redis, 800, true, seed_ + 10); });
  nemeses_.emplace_back("holder of commits",
                        [&] { hold_commits(*board_, servers_.database, seed_ + 11); });
  nemeses_.emplace_back("look", [&] { watch_outbox(*board_, servers_.database); });
  expect_right(
      {{.loses_marks = true, .is_rough = true, .leaves_word = true}, false, false, true, 1});
  EXPECT_EQ(end_of(start("release", [&] { release_commits(servers_.database); })), 0);
  EXPECT_GT(board_->restarts, 0);
  EXPECT_GT(board_->looks, 0);
}

TEST_P(Storm, OfCommitsThatHangGivesNothingOld) {
  const std::string database = servers_.database;
  nemeses_.emplace_back("holder of commits", [&] { hold_commits(*board_, database, seed_ + 5); });
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
