#pragma once
#include <string>

#include "driver/mysql/database.h"
#include "driver/mysql/handle.h"
#include "driver/mysql/waits.h"

namespace thing::driver::mysql {

// What a session tells of itself.
struct Session {
  Handle handle;
  int64_t max_packet = 0;  // bytes that one command may have
  int64_t id_step = 1;
  bool is_mariadb = false;
};

// A session with everything set that `options` ask for.
base::Result<Session> open_session(const Options& options, Waits& waits);
// Asks the server to end the statement that session `id` runs; what comes back ends the session by
// the same connection, and is nothing when the server did not say yes before `end`.
Waits::Drop kill_query(const Options& options, unsigned long id, int64_t end);
// "SET SESSION ..." for the waits for locks.
std::string lock_timeouts(int64_t seconds, bool is_mariadb);

}  // namespace thing::driver::mysql
