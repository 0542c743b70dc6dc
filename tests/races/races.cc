#include "races.h"

#include <chrono>
#include <cstdlib>

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

extern char** environ;

namespace races {

thread_local Stopped* Stopped::own_ = nullptr;

Stopped::Stopped(const char* point, std::function<void()> call) : point_(point) {
  thing_faults_hook(reached, nullptr);
  thread_ = std::thread([this, call = std::move(call)] {
    own_ = this;
    call();
    own_ = nullptr;
    const std::lock_guard lock(mutex_);
    is_over_ = true;
    changed_.notify_all();
  });
  await(point);
}

void Stopped::reached(const char* point, void*) {
  if (own_ != nullptr) own_->stop(point);
}

void Stopped::stop(const char* point) {
  std::unique_lock lock(mutex_);
  if (point_ != point) return;
  is_there_ = true;
  changed_.notify_all();
  changed_.wait(lock, [this] { return !is_there_; });
}

void Stopped::await(const char* point) {
  std::unique_lock lock(mutex_);
  const bool came =
      changed_.wait_for(lock, std::chrono::seconds(20), [this] { return is_there_ || is_over_; });
  EXPECT_TRUE(came && is_there_) << "the call did not come to " << point;
}

void Stopped::go_on_to(const char* point) {
  {
    const std::lock_guard lock(mutex_);
    point_ = point;
    is_there_ = false;
    changed_.notify_all();
  }
  await(point);
}

void Stopped::go_on() {
  {
    const std::lock_guard lock(mutex_);
    point_.clear();
    is_there_ = false;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

const char* models() {
  return R"({"name": "Item", "table": "race_items", "fields": {
         "id": {"type": "int", "primary": true, "default": {"fn": "autoincrement"}},
         "name": {"type": "text", "unique": true}, "grp": "int?",
         "score": {"type": "int", "default": 0}}})";
}

void Race::evict(const std::string& cells) const {
  redis_->ask({"EVAL",
               "for _, k in ipairs(redis.call('KEYS', '*race_items}:' .. ARGV[1] .. '*')) do "
               "redis.call('DEL', k) end",
               "0", cells});
}

void Race::SetUp() {
  if (!IsSkipped() && GetParam().is_in_redis()) {
    redis_ = std::make_unique<storm::Resp>(std::getenv("THING_TEST_REDIS"));
    flush();
  }
  db_.define(models());
  other_ = open_again();
  bare_ = open_again("cache=off");
  for (const Db* db : {&other_, &bare_}) db->define(models());
  insert(db_, item(db_), R"({"name": "one", "grp": 1})");
  insert(db_, item(db_), R"({"name": "two", "grp": 1})");
  insert(db_, item(db_), R"({"name": "three", "grp": 2})");
  for (const Db* db : {&db_, &other_}) name(*db, 3);  // what they ask once is asked
  if (redis_ != nullptr) flush();
}

Obj Race::loaded(const Db& db, int64_t id) const {
  Ctx past(db, THING_CTX_NO_CACHE_READ | THING_CTX_NO_CACHE_WRITE);
  return find(db, item(db), id, past);
}

void Race::save(const Db& db, int64_t id, const char* json) const {
  Obj obj = loaded(db, id);
  EXPECT_OK(obj.assign(json));
  EXPECT_OK(call(thing_save, db, nullptr, obj));
}

Ids Race::group(const Db& db, int number) const {
  return ids(db, item(db), R"({"where": {"grp": )" + std::to_string(number) + "}}");
}

int64_t Race::size(const Db& db, int number) const {
  return count(db, item(db), R"({"where": {"grp": )" + std::to_string(number) + "}}");
}

void Race::expect_name(int64_t id, const std::string& expected) const {
  EXPECT_EQ(name(bare_, id), expected) << "in the database";
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(name(db_, id), expected);
    EXPECT_EQ(name(other_, id), expected);
  }
}

void Race::expect_group(int number, const Ids& expected) const {
  EXPECT_EQ(group(bare_, number), expected) << "in the database";
  for (int i = 0; i < 2; ++i) {
    for (const Db* db : {&db_, &other_}) {
      EXPECT_EQ(group(*db, number), expected);
      EXPECT_EQ(size(*db, number), static_cast<int64_t>(expected.size()));
    }
  }
}

void Race::expect_cached(const Db& db, int64_t id) const {
  for (int look = 0; look < 100; ++look) {
    const Obj obj = find(db, item(db), id);
    if (obj != nullptr && (thing_obj_state(obj) & THING_OBJ_FROM_CACHE) != 0) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
  }
  ADD_FAILURE() << "row " << id << " does not come from the cache any more";
}

void run_victim(const std::string& url, const std::string& point, const std::string& verb,
                int64_t id) {
  std::string words[] = {
      std::getenv("THING_RACES_VICTIM"), url, models(), point, verb, std::to_string(id)};
  char* arguments[std::size(words) + 1] = {};
  for (size_t i = 0; i < std::size(words); ++i) arguments[i] = words[i].data();
  pid_t pid = 0;
  ASSERT_EQ(posix_spawn(&pid, arguments[0], nullptr, nullptr, arguments, environ), 0);
  int status = 0;
  waitpid(pid, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
      << verb << " at " << point << ": status " << status;
}

}  // namespace races
