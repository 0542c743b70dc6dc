#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace thing::store {

// What thing_open was asked for; thing.h lists keys and defaults.
struct Config {
  std::string url;   // as given, for messages
  std::string path;  // of the SQLite file, or ":memory:"
  bool cache = true;
  int64_t cache_bytes = 64 << 20;
  int64_t busy_timeout_ms = 5000;
  int64_t connections = 8;
  std::string mode = "rwc";
  std::string journal = "wal";
  std::string synchronous = "normal";
  bool foreign_keys = true;
  bool lease = true;

  bool is_memory() const { return path == ":memory:"; }
  bool is_read_only() const { return mode == "ro"; }
};

// Reads a URL or a JSON object.
base::Result<Config> parse_config(std::string_view text);
// Sets one key from text: kInvalid for an unknown key, kRange or kInvalid for a value that is not
// allowed.
base::Status set_config(Config& config, std::string_view key, std::string_view value);

}  // namespace thing::store
