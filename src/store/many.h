#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "store/copies.h"
#include "store/reading.h"
#include "store/running.h"
#include "store/shared_rows.h"
#include "store/store.h"

namespace thing::store {

// Puts single rows out of a batch into the object table.
class RowFiller {
 public:
  void fill(Store& store, ModelState& model, const cache::ObjectKey& key, const value::RowView& row,
            cache::Stamp stamp);
  // The row alone, valid until the next call; empty when it is too long to be kept.
  std::span<const uint8_t> pack(ModelState& model, const value::RowView& row);

 private:
  value::BatchBuilder builder_;
  std::vector<uint64_t> words_;
};

// One read of many rows by key.
class ManyReader {
 public:
  ManyReader(Store& store, const Call& call, ModelState& model, const std::vector<Key>& keys);
  // The rows in the order of the keys, absent ones left out; empty when kCacheOnly met a miss.
  base::Result<value::BatchRef> run();
  // The same from the shared cache and what it lacks from the database; empty when the rows are not
  // those of a state that `under` holds in.
  base::Result<value::BatchRef> run_shared(const cache::shared::Under* under,
                                           const cache::Stamps::Now& now);
  // Whether rows came from the database: what is read beside a mark may be of before its commit.
  bool has_loaded() const { return loaded_batch_ && loaded_batch_->rows() != 0; }

 private:
  enum class Where : uint8_t { kUnknown, kAbsent, kCached, kLoaded };
  struct Place {
    Where where = Where::kUnknown;
    size_t at = 0;  // word in cached_, or row of loaded_batch_
  };
  static constexpr uint32_t kNotFound = UINT32_MAX;

  void look(const cache::Stamps::Now& now);
  // Some of the keys, for one request to the shared cache.
  struct Part {
    std::vector<size_t> places;
    std::vector<RowCopy> copies;  // of them; or none
  };
  std::vector<Part> unknown_parts() const;
  std::vector<std::string> find_copies(Part& part, const cache::Stamps::Now& now) const;
  bool take(const SharedRows& rows, const Part& part);
  void keep(const SharedRows& rows, const Part& part, const cache::Stamps::Now& now);
  bool fill(SharedRows& rows, const Part& part);
  base::Status load(cache::Stamp fill_stamp, bool snapshot);
  base::Status load_twice(cache::Stamp fill_stamp, bool snapshot) {
    return read_twice(store_, call_, [&] { return load(fill_stamp, snapshot); });
  }
  base::Status load_batch(Reading& reading, std::span<const size_t> asked);
  bool uses_array() const;
  base::Status load_array(Running& running, std::span<const size_t> asked);
  void fill(const std::vector<size_t>& asked, const std::vector<uint32_t>& found,
            cache::Stamp stamp);
  base::Result<value::BatchRef> compose();

  Store& store_;
  const Call& call_;
  ModelState& model_;
  const std::vector<Key>& keys_;
  std::vector<Place> places_;
  std::vector<uint64_t> cached_;
  value::BatchBuilder loaded_;
  value::BatchRef loaded_batch_;
  RowFiller filler_;
  query::Lock lock_;
  size_t hits_ = 0;
};

}  // namespace thing::store
