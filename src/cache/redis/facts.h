#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace thing::cache::redis {

// What a server says of itself (INFO server, memory, replication) when a link is made.
struct Facts {
  std::string version;  // as it is written: "7.0.15"
  std::string run_id;   // another after each start and each failover
  std::string policy;   // maxmemory_policy
  std::string role;     // "master" or "slave", as Redis calls them
  std::string mode;     // "standalone", "cluster", "sentinel"
  uint64_t maxmemory = 0;

  bool is_replica() const { return role == "slave"; }
  bool is_cluster() const { return mode == "cluster"; }
  // Whether keys without a TTL may vanish: then marks are not safe.
  bool evicts_keys_without_ttl() const { return policy.starts_with("allkeys-"); }
};

// Fills what the text of one or more sections has; lines that are not known are passed over.
void read_info(std::string_view info, Facts& facts);
// kUnsupported for a server that is too old: scripts with flags came with 7.0.
base::Status check_facts(const Facts& facts);

}  // namespace thing::cache::redis
