#pragma once
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

#include "cache/memory/list_table.h"
#include "cache/stamps.h"
#include "driver/driver.h"
#include "query/match.h"
#include "schema/model.h"
#include "session/session.h"
#include "store/plans.h"

namespace thing::store {

class Store;
class SharedModel;

// A registered model with what the store keeps for it. Lives as long as the store.
struct ModelState {
  ModelState(Store& s, std::unique_ptr<schema::Model> m, uint32_t n);
  ~ModelState();
  Store& store;
  const std::unique_ptr<schema::Model> owned;
  const schema::Model& model;
  const uint32_t number;
  void* handle = nullptr;                             // capi's
  const driver::Projection whole;                     // every field, in order
  const session::Plan select_one, select_for_update;  // by key
  WritePlans writes;
  cache::ModelLists lists;
  std::atomic<cache::Stamp> bulk_stamp{0};    // objects read before it do not count
  std::atomic<int> marks{0};                  // commits under way that may write any of its objects
  std::atomic<bool> has_twin{false};          // another model has the same table
  const std::unique_ptr<SharedModel> shared;  // nullptr: no other process shares the cache
  query::Exactness exactness;                 // valid once exactness_known
  std::atomic<bool> exactness_known{false};
  std::mutex exactness_mutex;

  // Whether two texts of a key are one key only when their bytes are equal; else rows are not kept
  // by key. False until learn_exactness(), for keys with text.
  bool has_exact_key() const { return model.id >= 0 || exact_key.load(std::memory_order_acquire); }
  std::atomic<bool> exact_key{false};
  // What there is to know of the table before it can be in a cache that others share.
  bool is_shareable() const;
  // Whether a write to the table writes more than it says: triggers, foreign keys. On servers.
  // The answer holds for one generation of the schema: generation << 3 | what.
  std::atomic<uint64_t> writes_more{0};

  // Objects in the cache with an older stamp do not count.
  cache::Stamp object_floor(const cache::Stamps::Now& now) const {
    if (marks.load(std::memory_order_acquire) != 0) return UINT64_MAX;
    return std::max(now.floor, bulk_stamp.load(std::memory_order_acquire));
  }
};

// What the store keeps for a registered model.
inline ModelState& state_of(const schema::Model& model) {
  return *static_cast<ModelState*>(model.state);
}

}  // namespace thing::store
