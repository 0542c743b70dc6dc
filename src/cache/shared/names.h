#pragma once
#include <string>
#include <string_view>

#include "cache/shared/shared_cache.h"

namespace thing::cache::shared {

// Keys of Redis.
inline std::string key(const Wire& wire, const Table& table, std::string_view cell) {
  const std::string_view space = wire.space();
  std::string out;
  out.reserve(space.size() + table.tag.size() + cell.size());
  out.append(space).append(table.tag).append(cell);
  return out;
}
inline std::string entry_cell(std::string_view hash) { return "q:" + std::string(hash); }

inline std::optional<std::string_view> bytes_of(const Reply& reply) {
  if (!reply.is_bytes()) return std::nullopt;
  return reply.bytes;
}

// The registry's nonce, the table's stamp, the buckets' stamps.
inline void add_stamps(const Wire& wire, const Table& table, const Depends& depends, Words& keys) {
  keys.push_back(key(wire, table, SharedCache::kRegistryCell));
  keys.push_back(key(wire, table, SharedCache::kTableCell));
  for (const std::string& bucket : depends.buckets) keys.push_back(key(wire, table, bucket));
}

}  // namespace thing::cache::shared
