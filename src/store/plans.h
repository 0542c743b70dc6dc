#pragma once
// SQL texts that are made once: by shape of query, and by set of written fields.
#include <array>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "dialect/dialect.h"
#include "query/criteria.h"
#include "session/session.h"

namespace thing::store {

// kNewest: rows are locked, so that they are read as they are, and not as an older snapshot has
// them.
enum class PlanKind : uint8_t { kSelect, kCount, kExists, kRemoveWhere, kNewest };

// A compiled query.
struct QueryPlan {
  QueryPlan(dialect::Compiled compiled, driver::Projection p)
      : plan(std::move(compiled.sql)),
        arguments(std::move(compiled.arguments)),
        projection(std::move(p)) {}
  const session::Plan plan;
  const std::vector<dialect::Argument> arguments;
  const driver::Projection projection;
};

// Keeps the latest `kMost` values by text. [S]
template <class T, size_t kMost>
class TextCache {
 public:
  std::shared_ptr<const T> find(std::string_view text, uint64_t hash) {
    Shard& shard = shards_[hash % shards_.size()];
    std::lock_guard lock(shard.mutex);
    auto it = shard.by_hash.find(hash);
    if (it == shard.by_hash.end() || it->second->text != text) return nullptr;
    shard.order.splice(shard.order.begin(), shard.order, it->second);
    return it->second->value;
  }
  void put(std::string_view text, uint64_t hash, std::shared_ptr<const T> value) {
    Shard& shard = shards_[hash % shards_.size()];
    std::list<Item> item;
    item.push_front(Item{std::string(text), hash, std::move(value)});
    std::lock_guard lock(shard.mutex);
    if (auto it = shard.by_hash.find(hash); it != shard.by_hash.end()) {
      shard.order.erase(it->second);
      shard.by_hash.erase(it);
    }
    shard.by_hash.emplace(hash, item.begin());
    shard.order.splice(shard.order.begin(), item);
    if (shard.order.size() <= kMost / kShards) return;
    shard.by_hash.erase(shard.order.back().hash);
    shard.order.pop_back();
  }

 private:
  static constexpr size_t kShards = 8;
  struct Item {
    std::string text;
    uint64_t hash;
    std::shared_ptr<const T> value;
  };
  struct Shard {
    std::mutex mutex;
    std::list<Item> order;  // latest first
    std::unordered_map<uint64_t, typename std::list<Item>::iterator> by_hash;
  };
  std::array<Shard, kShards> shards_;
};

// Compiled queries by shape and kind.
class PlanCache {
 public:
  std::shared_ptr<const QueryPlan> get(const dialect::Dialect& dialect, const query::Query& query,
                                       PlanKind kind);
  std::shared_ptr<const QueryPlan> get_update(const dialect::Dialect& dialect,
                                              const query::Query& query,
                                              std::span<const dialect::Set> sets);
  // The same plan for the same text, so that connections find the statement that they have of it.
  std::shared_ptr<const session::Plan> get_text(std::string sql);

 private:
  TextCache<QueryPlan, 2048> plans_;
  TextCache<session::Plan, 512> texts_;
};

// A query text as parsed, resolved and ready to look for in the cache.
struct PreparedQuery;
using QueryTexts = TextCache<PreparedQuery, 4096>;

// The writing statements of one model. [S]
class WritePlans {
 public:
  explicit WritePlans(const schema::Model& model) : model_(model) {}
  std::shared_ptr<const session::Plan> insert(const dialect::Dialect& dialect,
                                              std::span<const uint32_t> fields, int rows,
                                              std::span<const uint32_t> returning);
  std::shared_ptr<const session::Plan> update(const dialect::Dialect& dialect,
                                              std::span<const dialect::Set> sets, bool with_version,
                                              std::span<const uint32_t> returning);
  std::shared_ptr<const session::Plan> remove(const dialect::Dialect& dialect, bool with_version);
  std::shared_ptr<const session::Plan> select_keys(const dialect::Dialect& dialect, int keys,
                                                   query::Lock lock);
  std::shared_ptr<const session::Plan> upsert(const dialect::Dialect& dialect,
                                              std::span<const uint32_t> fields,
                                              std::span<const uint32_t> key_fields,
                                              std::span<const uint32_t> updates);

 private:
  const schema::Model& model_;
  TextCache<session::Plan, 512> plans_;
};

}  // namespace thing::store
