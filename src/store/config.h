#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace thing::store {

enum class Backend : uint8_t { kSqlite, kPostgres, kMysql };

// What becomes of a write that the shared cache can not be told of.
enum class CachePolicy : uint8_t {
  kStrict,     // it is not made
  kAvailable,  // it is made, with word of it in the database, which is passed on later
  kLoose,      // it is made
};

// Copies in this process of what is in the shared cache.
enum class Copies : uint8_t {
  kOff,
  kValidate,  // asks whether a copy is still right, without its bytes
  kLease,     // uses it for a few milliseconds; writers wait for these
  kTrack,     // uses it until Redis says that it changed
  kTtl,       // uses it for a time, right or not
};

// What thing_open was asked for; thing.h lists keys and defaults.
struct Config {
  Backend backend = Backend::kSqlite;
  std::string url;     // for messages: without passwords
  std::string server;  // the URL for the driver of a server; secret
  std::string path;    // of the SQLite file, or ":memory:"
  bool cache = true;
  bool shared = false;      // the cache is in Redis
  std::string redis;        // its URL; secret
  std::string redis_shown;  // the same for messages
  std::string cache_space;  // names the database in Redis; "": asked of the database
  int64_t cache_ttl_ms = 600'000;
  CachePolicy cache_policy = CachePolicy::kAvailable;
  int64_t cache_wait_ms = 1'000;  // for somebody to pass word on
  int64_t cache_poll_ms = 250;    // between looks for word of others
  int64_t cache_absent_ttl_ms = 60'000;
  Copies copies = Copies::kLease;
  std::string copies_name = "lease";
  int64_t copies_ms = 0;  // 0: the default of each
  int64_t cache_bytes = 64 << 20;
  int64_t busy_timeout_ms = 5000;
  int64_t connections = 8;
  std::string mode = "rwc";
  std::string lazy_loads = "allow";  // "log", "refuse"
  // Of SQLite alone.
  std::string journal = "wal";
  std::string synchronous = "normal";
  bool foreign_keys = true;
  bool lease = true;
  // Of servers alone.
  int64_t connections_min = 0;
  int64_t connection_idle_ms = 600'000;
  int64_t connection_lifetime_ms = 1'800'000;
  int64_t connect_timeout_ms = 10'000;
  bool prepared = true;  // PostgreSQL

  // How long a copy counts, or how long one may go on counting that nobody told of a change; of
  // cache "memory" 0: as long as this handle does not write.
  int64_t copies_for_ms() const;
  bool is_memory() const { return path == ":memory:"; }
  bool is_read_only() const { return mode == "ro"; }
  bool is_server() const { return backend != Backend::kSqlite; }
};

std::string_view policy_name(CachePolicy policy);
// Reads a URL or a JSON object.
base::Result<Config> parse_config(std::string_view text);
// Sets one key from text: kInvalid for an unknown key or one that the backend does not have, kRange
// or kInvalid for a value that is not allowed.
base::Status set_config(Config& config, std::string_view key, std::string_view value);

}  // namespace thing::store
