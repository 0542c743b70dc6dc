#include "store/backend.h"

#include "base/utf8.h"
#include "cache/shared/shared_cache.h"
#include "driver/sqlite/database.h"
#ifdef THING_HAS_POSTGRES
#include "driver/postgres/database.h"
#endif
#ifdef THING_HAS_MYSQL
#include "driver/mysql/database.h"
#endif
#ifdef THING_HAS_REDIS
#include "cache/tracker.h"
#include "cache/wires.h"
#endif

namespace thing::store {

using base::Code;
using base::fail;

namespace {

driver::sqlite::Options sqlite_options(const Config& config) {
  using driver::sqlite::OpenMode;
  driver::sqlite::Options o;
  o.path = config.path;
  o.mode = config.mode == "ro"   ? OpenMode::kReadOnly
           : config.mode == "rw" ? OpenMode::kReadWrite
                                 : OpenMode::kCreate;
  o.wal = config.journal == "wal";
  o.synchronous = config.synchronous;
  o.foreign_keys = config.foreign_keys;
  o.busy_timeout_ms = config.busy_timeout_ms;
  return o;
}

#ifdef THING_HAS_POSTGRES
driver::postgres::Options postgres_options(const Config& config) {
  driver::postgres::Options o;
  o.conninfo = config.server;
  o.connect_timeout_ms = config.connect_timeout_ms;
  o.busy_timeout_ms = config.busy_timeout_ms;
  o.read_only = config.is_read_only();
  o.prepared = config.prepared;
  o.own_session = config.shared;
  return o;
}
#endif

#ifdef THING_HAS_MYSQL
base::Result<driver::mysql::Options> mysql_options(const Config& config) {
  THING_ASSIGN(driver::mysql::Options o, driver::mysql::parse_url(config.server));
  o.connect_timeout_ms = config.connect_timeout_ms;
  o.busy_timeout_ms = config.busy_timeout_ms;
  return o;
}
#endif

using Connect = decltype(session::Options::connect);

Connect connect_to([[maybe_unused]] const Config& config) {
#ifdef THING_HAS_POSTGRES
  if (config.backend == Backend::kPostgres)
    return [options = postgres_options(config)](driver::Control* control) {
      return driver::postgres::connect(options, control);
    };
#endif
#ifdef THING_HAS_MYSQL
  if (config.backend == Backend::kMysql) {
    // check_server() has read it before.
    auto options = mysql_options(config);
    if (options)
      return [o = std::move(*options)](driver::Control* control) {
        return driver::mysql::connect(o, control);
      };
  }
#endif
  return [](driver::Control*) {
    return base::Result<std::unique_ptr<driver::Connection>>(
        fail(Code::kUnsupported, "this build has no driver for the database"));
  };
}

}  // namespace

bool has_backend(Backend backend) {
  switch (backend) {
    case Backend::kSqlite: return true;
    case Backend::kPostgres:
#ifdef THING_HAS_POSTGRES
      return true;
#else
      return false;
#endif
    case Backend::kMysql:
#ifdef THING_HAS_MYSQL
      return true;
#else
      return false;
#endif
  }
  return false;
}

base::Result<Backend> find_backend(std::string_view scheme) {
  Backend found;
  if (scheme == "sqlite") {
    found = Backend::kSqlite;
  } else if (scheme == "postgresql" || scheme == "postgres") {
    found = Backend::kPostgres;
  } else if (scheme == "mysql" || scheme == "mariadb") {
    found = Backend::kMysql;
  } else {
    return fail(Code::kUnsupported,
                "URL: found scheme {}, expected 'sqlite', 'postgresql', 'mysql' or 'mariadb'",
                base::quoted(scheme));
  }
  if (has_backend(found)) return found;
  return fail(Code::kUnsupported, "URL: found scheme {}, which this build was made without",
              base::quoted(scheme));
}

std::string mask_password([[maybe_unused]] Backend backend, std::string_view url) {
#ifdef THING_HAS_POSTGRES
  if (backend == Backend::kPostgres) return driver::postgres::mask_password(url);
#endif
#ifdef THING_HAS_MYSQL
  if (backend == Backend::kMysql) return driver::mysql::mask_password(url);
#endif
  return std::string(url);
}

base::Status check_server([[maybe_unused]] const Config& config) {
#ifdef THING_HAS_MYSQL
  if (config.backend == Backend::kMysql) THING_TRY(mysql_options(config));
#endif
  return {};
}

base::Status check_cache(const Config& config) {
  constexpr int64_t kLongest = cache::shared::kLongestLease;
  if (!config.shared) return {};
  if (config.copies == Copies::kLease && config.copies_ms > kLongest)
    return fail(Code::kRange,
                "cache_copies_ms: found {}, expected 1 to {} for copies that writers wait for",
                config.copies_ms, kLongest);
  if (config.redis.empty())
    return fail(Code::kInvalid,
                "configuration: found cache 'redis' without 'redis', expected the "
                "URL of a Redis server");
  if (!config.prepared)
    return fail(Code::kUnsupported,
                "configuration: found cache 'redis' with prepared=false, expected sessions of this "
                "program's own: behind a pooler nobody can tell when one is over");
  return {};
}

session::Options session_options(const Config& config) {
  session::Options o;
  o.readers = static_cast<int>(config.connections);
  o.busy_timeout_ms = config.busy_timeout_ms;
  o.read_only = config.is_read_only();
  if (config.is_server()) {
    o.is_server = true;
    o.named = config.shared;
    o.lease = false;
    o.least = static_cast<int>(config.connections_min);
    o.idle_ms = config.connection_idle_ms;
    o.lifetime_ms = config.connection_lifetime_ms;
    o.connect = connect_to(config);
    return o;
  }
  o.lease = config.lease;
  o.single_connection = config.is_memory();
  o.connect = [options = sqlite_options(config)](driver::Control*) {
    return driver::sqlite::connect(options);
  };
  o.watch = [options = sqlite_options(config)] { return driver::sqlite::watch(options); };
  return o;
}

#ifdef THING_HAS_REDIS
bool has_redis() { return true; }

base::Result<std::string> show_redis(std::string_view url) {
  return cache::redis::parse_url(url).map([](const cache::redis::Config& c) { return c.shown(); });
}

base::Result<std::unique_ptr<cache::shared::Wires>> open_redis(const Config& config,
                                                               std::string_view space,
                                                               cache::shared::Greet greet) {
  THING_ASSIGN(cache::redis::Config redis, cache::redis::parse_url(config.redis));
  auto wires = std::make_unique<cache::redis::Wires>(std::move(redis), space, std::move(greet));
  // One that can not be reached now may be later; one that can not serve never will.
  if (auto wire = wires->take(false);
      !wire && wire.error().code() != Code::kConnection && wire.error().code() != Code::kTimeout)
    return fail(std::move(wire.error()));
  return std::unique_ptr<cache::shared::Wires>(std::move(wires));
}

base::Result<std::unique_ptr<cache::shared::Hearing>> hear_redis(
    const Config& config, std::string_view space, cache::shared::Hearing::Told told) {
  THING_ASSIGN(cache::redis::Config redis, cache::redis::parse_url(config.redis));
  std::string full = cache::redis::Wires::full_space(redis, space);
  return std::unique_ptr<cache::shared::Hearing>(std::make_unique<cache::redis::Tracker>(
      std::move(redis), std::move(full), config.copies_for_ms(), std::move(told)));
}
#else
bool has_redis() { return false; }

base::Result<std::string> show_redis(std::string_view) {
  return fail(Code::kUnsupported, "this build has no client of Redis");
}

base::Result<std::unique_ptr<cache::shared::Wires>> open_redis(const Config&, std::string_view,
                                                               cache::shared::Greet) {
  return fail(Code::kUnsupported, "this build has no client of Redis");
}

base::Result<std::unique_ptr<cache::shared::Hearing>> hear_redis(const Config&, std::string_view,
                                                                 cache::shared::Hearing::Told) {
  return fail(Code::kUnsupported, "this build has no client of Redis");
}
#endif

}  // namespace thing::store
