#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"

namespace thing::store {

// A row of the shared cache that this process has a copy of. Where copies are used only after a
// look at the shared cache, the nonce of the value is kept behind the row.
struct RowCopy {
  std::vector<uint64_t> words;
  size_t bytes = 0;  // of the row
  std::string nonce;

  std::string_view row() const { return {reinterpret_cast<const char*>(words.data()), bytes}; }
};

// A copy to be looked at, whatever its age; of configurations that validate.
std::optional<RowCopy> find_copy(Store& store, const ModelState& model, const cache::ObjectKey& key,
                                 const cache::Stamps::Now& now);
// Keeps a row (empty: it is absent) that was found by a request sent after `now`.
void keep_copy(Store& store, const cache::ObjectKey& key, std::string_view row,
               std::string_view nonce, const cache::Stamps::Now& now);

// A key of the shared cache changed, as it is named without the space.
void forget_copies(Store& store, std::string_view key);

}  // namespace thing::store
