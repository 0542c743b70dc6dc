#pragma once
// What the tests of races stand on: threads of calls that stop at a named step of the protocol
// (docs/design/cache.md), and a table in the cache that two handles, or processes, share.
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "../storm/resp.h"
#include "support.h"

extern "C" {
// Of builds with faults; not in thing.h.
void thing_faults_hook(void (*hook)(const char* point, void* user), void* user);
}

namespace races {

using namespace conformance;  // NOLINT: its short words are this folder's too

// A call in a thread of its own that has come to a step and stays there until it is told.
class Stopped {
 public:
  Stopped(const char* point, std::function<void()> call);
  ~Stopped() { go_on(); }
  Stopped(const Stopped&) = delete;

  void go_on_to(const char* point);  // and stops there
  void go_on();                      // to the end of the call

 private:
  static void reached(const char* point, void*);
  void stop(const char* point);
  void await(const char* point);

  static thread_local Stopped* own_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string point_;
  bool is_there_ = false;
  bool is_over_ = false;
  std::thread thread_;
};

// Copies of what is in Redis would answer now and then before a step is reached.
inline constexpr Setup kOnServers[] = {
    {"PostgresRedis", Database::kPostgres, "cache=redis&cache_copies=off"},
    {"MysqlRedis", Database::kMysql, "cache=redis&cache_copies=off"}};

// Of all handles.
const char* models();

// The table race_items: row 1 (one, group 1), row 2 (two, group 1), row 3 (three, group 2). Rows
// get their keys from the database. All that was cached of it is gone.
class Race : public DatabaseTest {
 protected:
  void SetUp() override;

  const thing_model* item(const Db& db) const { return db.model("Item"); }
  // An object to save, loaded past every cache.
  Obj loaded(const Db& db, int64_t id) const;
  void save(const Db& db, int64_t id, const char* json) const;
  std::string name(const Db& db, int64_t id) const { return read_text(db, item(db), id, "name"); }
  Ids group(const Db& db, int number) const;
  int64_t size(const Db& db, int number) const;
  // Both handles give it, again and again, and so does the database.
  void expect_name(int64_t id, const std::string& name) const;
  void expect_group(int number, const Ids& ids) const;
  // Within a few seconds it comes from the cache.
  void expect_cached(const Db& db, int64_t id) const;
  void flush() const { redis_->ask({"FLUSHALL"}); }
  // Redis evicts the table's cells whose names begin so.
  void evict(const std::string& cells) const;

  Db other_;  // another process, as far as the servers can tell
  Db bare_;   // without a cache
  std::unique_ptr<storm::Resp> redis_;
};

// For races of rows that another process is to die in: one is run that is killed at the step.
void run_victim(const std::string& url, const std::string& point, const std::string& verb,
                int64_t id);

}  // namespace races
