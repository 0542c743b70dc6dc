#pragma once
#include <memory>
#include <optional>
#include <string>

#include "query/criteria.h"
#include "store/store.h"

namespace thing::store {

// A query text, parsed and resolved for one model and scope.
struct PreparedQuery {
  ModelState* model = nullptr;
  query::Sight scope = query::Scope::kAlive;
  query::Query query;
  bool is_empty = false;   // the row that the page should start with is not there
  bool is_missed = false;  // or not in the cache that alone was to be asked
  std::vector<query::Include> includes;
};

// Runs queries of one call.
class ListReader {
 public:
  ListReader(Store& store, const Call& call, ModelState& model)
      : store_(store), call_(call), model_(model) {}

  // nullopt: the row that the page should start with is not there, or, when has_missed(), not in
  // the cache that alone was to be asked.
  base::Result<std::optional<query::Query>> resolve(const query::Criteria& criteria);
  bool has_missed() const { return missed_; }
  base::Result<RowSet> list(const query::Query& query);
  base::Result<int64_t> count(const query::Query& query);  // -1: kCacheOnly met a miss
  // nullopt: kCacheOnly met a miss.
  base::Result<std::optional<bool>> exists(const query::Query& query);
  RowSet empty(const query::Query* query) const;  // or one that was missed

 private:
  std::optional<RowSet> look_list(const query::Query& query, const cache::Stamps::Now& now);
  std::optional<int64_t> look_count(const query::Query& query, const cache::Stamps::Now& now);
  // `now`: before the first request, for the copies that are kept of what is found.
  base::Result<RowSet> list_shared(const query::Query& query, const cache::Stamps::Now& now);
  base::Result<int64_t> count_shared(const query::Query& query, const cache::Stamps::Now& now);
  std::optional<int64_t> find_count_shared(const query::Query& query,
                                           const cache::Stamps::Now& now);
  std::optional<int64_t> count_listed(const query::Query& query, const cache::Stamps::Now& now);
  // The state of the process' memory for this call; stamp 0 when it is not to be used.
  cache::Stamps::Now memory_now() const {
    return store_.has_memory(call_, model_) ? store_.stamps().now() : cache::Stamps::Now{};
  }
  base::Result<RowSet> select(const query::Query& query, cache::Stamp fill_stamp);
  base::Result<int64_t> select_count(const query::Query& query, cache::Stamp fill_stamp);
  base::Result<int64_t> read_number(const query::Query& query, PlanKind kind);
  base::Result<int64_t> read_number_once(const query::Query& query, PlanKind kind);
  void fill(const query::Query& query, const value::BatchRef& rows, cache::Stamp stamp);
  RowSet row_set(const query::Query& query, value::BatchRef rows, bool from_cache) const;
  // Whether the cache alone is to be asked, which has nothing to do with the query.
  bool asks_cache_in_vain(const query::Query& query) const {
    if (!call_.has(kCacheOnly)) return false;
    return !query.is_cacheable() || !store_.may_read_cache(call_, model_);
  }
  RowSet missed(const query::Query& query) const;

  Store& store_;
  const Call& call_;
  ModelState& model_;
  bool missed_ = false;
};

// The name of a count: the condition alone, or all of a distinct query.
inline const std::string& count_identity(const query::Query& q) {
  return q.distinct ? q.identity : q.predicate;
}
inline const base::Hash128& count_hash(const query::Query& q) {
  return q.distinct ? q.identity_hash : q.predicate_hash;
}

// Of a list whose rows become objects in the cache too.
inline constexpr uint32_t kMostRowsToFill = 100;

// Whether the list of a query has every row that matches.
inline bool is_complete(const query::Query& q, uint32_t rows) {
  const bool starts_at_first =
      q.distinct_on.empty() && !q.keyset.has_value() && q.skip.value_or(0) == 0;
  return starts_at_first && (!q.take.has_value() || static_cast<int64_t>(rows) < *q.take);
}

// Binds what the plan asks for.
class Running;
base::Status bind_arguments(Running& running, const std::vector<dialect::Argument>& arguments,
                            const query::Query& query);

}  // namespace thing::store
