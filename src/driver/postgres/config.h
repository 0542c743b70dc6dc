#pragma once
#include "driver/postgres/database.h"
#include "driver/postgres/link.h"

namespace thing::driver::postgres {

// Makes the link a session with everything set that `options` ask for. Gives the session's own
// limit of statements in ms, 0 without one.
base::Result<int64_t> open_link(const Options& options, Link& link, Waits& waits);
// Sets how long the session waits for a lock.
base::Status set_lock_timeout(Link& link, int64_t ms);

}  // namespace thing::driver::postgres
