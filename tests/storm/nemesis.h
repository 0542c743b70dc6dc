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
  void kill() const;
  void restart() const;  // with what it saved last
  void forget() const;   // what it saved

 private:
  std::string run(const std::string& verb) const;
  std::string directory_, url_;
};

// Stops it for 10 to 500 ms, cuts all its clients off, has it forget its scripts and run out of
// memory: it keeps its marks all the while.
void trouble_redis(Board& board, const RedisServer& redis, uint64_t seed);
// Has it lose everything, at once or by a crash from which it comes back with an older state.
void empty_redis(Board& board, const RedisServer& redis, uint64_t seed);
// Has it save what it has, go on, crash, and come back with that or with nothing after `down_ms` at
// most. With `stalls` it stands still for a while, too.
void age_redis(Board& board, const RedisServer& redis, int64_t down_ms, bool stalls, uint64_t seed);
// Delays and cuts what goes through the doors.
void trouble_network(Board& board, uint64_t seed);
// Has the doors swallow what comes from one side, or keep it to themselves, for longer than anybody
// waits.
void mute_network(Board& board, uint64_t seed);
// Those who go to Redis through the door do not come there: they are told, or they are not.
void cut_off_redis(Board& board, uint64_t seed);
// Has COMMITs and statements hang, with a standby that is not there, or a lock.
void hold_commits(Board& board, const std::string& database, uint64_t seed);
// Undoes what a holder of commits left that did not come to its end.
void release_commits(const std::string& database);

}  // namespace storm
