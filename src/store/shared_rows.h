#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/shared.h"

namespace thing::store {

// One call's look at rows in the shared cache.
class SharedRows {
 public:
  SharedRows(Store& store, const Call& call, ModelState& model, std::vector<std::string> cells);
  SharedRows(SharedRows&&) = default;
  ~SharedRows();  // gives leases back that were not used

  // `known`: nonces of values that the caller has, "" for none; or nothing.
  void find(const cache::shared::Under* under = nullptr, std::span<const std::string> known = {});
  bool may_copy() const { return look_.may_copy; }
  bool is_still() const { return look_.is_still; }  // what it was asked under
  // Leases what find() did not see. A row that somebody else is about to fill is waited for, a
  // little.
  void lease();
  size_t count() const { return cells_.size(); }
  cache::shared::Seen seen(size_t i) const { return look_.rows[i].seen; }
  std::string_view row(size_t i) const { return look_.rows[i].row; }
  std::string_view nonce(size_t i) const { return look_.rows[i].nonce; }
  // What the database has of the leased ones, of the others nothing is taken; empty: the row is
  // absent; nullopt: it is not to be kept.
  bool fill(std::span<const std::optional<std::string_view>> rows);

 private:
  void check();

  Store& store_;
  const Call& call_;
  ModelState& model_;
  std::vector<std::string> cells_;
  cache::shared::Look look_;
};

}  // namespace thing::store
