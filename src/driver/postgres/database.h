#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "driver/driver.h"

namespace thing::driver::postgres {

struct Options {
  // What libpq understands: "postgresql://user:password@host:5432/name?sslmode=verify-full" or
  // "host=/run/postgresql dbname=name"; also services, several hosts, and the variables PGHOST, ...
  std::string conninfo;
  int64_t connect_timeout_ms = 10'000;  // looking up the name of the host is not counted
  int64_t busy_timeout_ms = 5000;       // wait for a lock, at least 1
  std::string application_name;         // empty: that of the conninfo
  bool read_only = false;
  // False behind a pooler that changes the session at every transaction (PgBouncer): statements
  // are parsed at each run, and the session keeps its lock_timeout, as it would go to others.
  bool prepared = true;
  // The session has to be this connection's as long as it lives: none of a pooler's.
  bool own_session = false;
};

// Gives up, too, when the call of the control is over; afterwards the control is not kept.
base::Result<std::unique_ptr<Connection>> connect(const Options& options,
                                                  Control* control = nullptr);
// The conninfo for messages: passwords replaced by "***".
std::string mask_password(std::string_view conninfo);
std::string library_version();  // of libpq, "15.3"

}  // namespace thing::driver::postgres
