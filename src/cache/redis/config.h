#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace thing::cache::redis {

// Where a Redis server is, and how it is spoken to.
//
//   redis://[user][:password]@host:port/db?KEY=VALUE&...     host: a name, 10.0.0.1, [::1]
//   redis+unix://[user][:password]@/path/of/socket?db=2&...
//
// Keys: db, user, password, prefix, timeout_ms, connect_timeout_ms, links, wait_ms, idle_ms.
struct Config {
  std::string host = "127.0.0.1";
  int port = 6379;
  std::string path;  // of a Unix socket; then host and port are not used
  std::string user;
  std::string password;  // secret
  int db = 0;
  std::string prefix = "thing";       // the namespace that keys begin with
  int64_t timeout_ms = 50;            // of one reply
  int64_t connect_timeout_ms = 250;   // of connect, AUTH and INFO together
  int64_t wait_ms = 50;               // for a link when all are in use
  int64_t idle_ms = 60'000;           // a link not used for so long is closed
  int links = 8;                      // besides the one that is reserved
  uint64_t reply_bytes = 256 << 20;   // of one reply, all its texts together
  uint64_t bulk_bytes = 64 << 20;     // of one text in it
  uint32_t array_elements = 1 << 20;  // of one array in it

  // The URL for messages: without the password.
  std::string shown() const;
};

bool is_redis_url(std::string_view text);
// Messages quote no part of the URL, because any may be a password that was not encoded.
base::Result<Config> parse_url(std::string_view url);

}  // namespace thing::cache::redis
