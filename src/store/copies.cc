#include "store/copies.h"

#include <cstring>

#include "cache/shared/cell.h"

namespace thing::store {

namespace {

constexpr size_t kWord = sizeof(uint64_t);

}  // namespace

// Behind the row: bytes of the last word that are its own, then the nonce.
std::optional<RowCopy> find_copy(Store& store, const ModelState& model, const cache::ObjectKey& key,
                                 cache::Stamps::Now now) {
  if (now.stamp == 0) return std::nullopt;
  const auto found = store.objects().find(key, model.object_floor(now));
  if (!found.has_value() || found->bytes < 2 * kWord) return std::nullopt;
  RowCopy copy;
  copy.words.resize(found->bytes / kWord);
  if (!store.objects().copy(*found, copy.words.data())) return std::nullopt;
  copy.nonce.assign(reinterpret_cast<const char*>(&copy.words.back()), cache::shared::kNonce);
  copy.words.pop_back();
  copy.bytes = copy.words.back();
  copy.words.pop_back();
  return copy;
}

void keep_copy(Store& store, const cache::ObjectKey& key, std::string_view row,
               std::string_view nonce, cache::Stamps::Now now) {
  if (now.stamp == 0) return;
  // In words of their own: the table's are whole ones.
  std::vector<uint64_t> words((row.size() + kWord - 1) / kWord);
  if (!row.empty()) std::memcpy(words.data(), row.data(), row.size());
  size_t bytes = row.size();
  if (store.validates_copies()) {
    if (row.empty() || nonce.size() != kWord) return;  // nothing to know it by
    words.push_back(row.size());
    words.push_back(0);
    std::memcpy(&words.back(), nonce.data(), kWord);
    bytes = words.size() * kWord;
  }
  store.objects().put(key, reinterpret_cast<const uint8_t*>(words.data()), bytes, now.stamp);
}

}  // namespace thing::store
