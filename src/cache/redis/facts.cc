#include "cache/redis/facts.h"

#include <charconv>

#include "base/utf8.h"

namespace thing::cache::redis {
namespace {

constexpr int kOldest = 7;  // the major version

void read_line(std::string_view key, std::string_view value, Facts& facts) {
  if (key == "redis_version") facts.version = value;
  if (key == "run_id") facts.run_id = value;
  if (key == "maxmemory_policy") facts.policy = value;
  if (key == "role") facts.role = value;
  if (key == "redis_mode") facts.mode = value;
  if (key == "maxmemory")
    std::from_chars(value.data(), value.data() + value.size(), facts.maxmemory);
}

}  // namespace

void read_info(std::string_view info, Facts& facts) {
  while (!info.empty()) {
    std::string_view line = info.substr(0, info.find('\n'));
    info.remove_prefix(std::min(line.size() + 1, info.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    const size_t colon = line.find(':');
    if (colon != line.npos) read_line(line.substr(0, colon), line.substr(colon + 1), facts);
  }
}

base::Status check_facts(const Facts& facts) {
  int major = 0;
  const char* begin = facts.version.data();
  std::from_chars(begin, begin + facts.version.size(), major);
  if (major < kOldest)
    return base::fail(base::Code::kUnsupported,
                      "Redis: the server's version is {}, expected {}.0 or newer",
                      base::quoted(facts.version), kOldest);
  if (facts.run_id.empty() || facts.role.empty() || facts.policy.empty())
    return base::fail(base::Code::kUnsupported,
                      "Redis: INFO has no run_id, role or maxmemory_policy");
  return {};
}

}  // namespace thing::cache::redis
