#pragma once
// Those who make trouble, each in a process of its own, until board.stop.
#include <cstdint>
#include <string>

#include "board.h"

namespace storm {

// A Redis server that a storm owns, in a folder of its own.
class RedisServer {
 public:
  RedisServer();
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  const std::string& url() const { return url_; }
  int pid() const;
  void kill() const { run("kill"); }
  void restart() const { run("restart"); }  // with what it saved last

 private:
  std::string run(const std::string& verb) const;
  std::string directory_, url_;
};

// Stops it for 10 to 500 ms, cuts all its clients off, has it forget its scripts and run out of
// memory: it keeps its marks all the while.
void trouble_redis(Board& board, const RedisServer& redis, uint64_t seed);
// Has it lose everything, at once or by a crash from which it comes back with an older state.
void empty_redis(Board& board, const RedisServer& redis, uint64_t seed);
// Delays and cuts what goes through the doors.
void trouble_network(Board& board, uint64_t seed);
// Has COMMITs and statements hang, with a standby that is not there, or a lock.
void hold_commits(Board& board, const std::string& database, uint64_t seed);
// Undoes what a holder of commits left that did not come to its end.
void release_commits(const std::string& database);

}  // namespace storm
