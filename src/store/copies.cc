#include "store/copies.h"

#include <charconv>
#include <cstring>

#include "store/shared.h"

namespace thing::store {

namespace {

constexpr size_t kWord = sizeof(uint64_t);

void forget_row(Store& store, const ModelState& model, std::string_view key, cache::Stamp stamp) {
  if (model.model.id < 0) {
    store.objects().invalidate(cache::ObjectKey::of(model.number, key), stamp);
    return;
  }
  int64_t id = 0;
  const auto read = std::from_chars(key.data(), key.data() + key.size(), id);
  if (read.ec == std::errc())
    store.objects().invalidate(cache::ObjectKey::of(model.number, id), stamp);
}

}  // namespace

// Behind the row: bytes of the last word that are its own, then the nonce.
std::optional<RowCopy> find_copy(Store& store, const ModelState& model, const cache::ObjectKey& key,
                                 const cache::Stamps::Now& now) {
  if (now.stamp == 0) return std::nullopt;
  cache::ObjectTable::Found found;
  if (!store.objects().find(key, model.object_floor(now), found) || found.bytes < 2 * kWord)
    return std::nullopt;
  RowCopy copy;
  copy.words.resize(found.bytes / kWord);
  if (!store.objects().copy(found, copy.words.data())) return std::nullopt;
  copy.nonce.assign(reinterpret_cast<const char*>(&copy.words.back()), cache::shared::kNonce);
  copy.words.pop_back();
  copy.bytes = copy.words.back();
  copy.words.pop_back();
  return copy;
}

void keep_copy(Store& store, const cache::ObjectKey& key, std::string_view row,
               std::string_view nonce, const cache::Stamps::Now& now) {
  if (now.stamp == 0) return;
  // In words of their own: the table's are whole ones.
  std::vector<uint64_t> words((row.size() + kWord - 1) / kWord);
  if (!row.empty()) std::memcpy(words.data(), row.data(), row.size());
  size_t bytes = row.size();
  // Of rows that come, no cell of theirs is heard.
  if (row.empty() && store.config().copies == Copies::kTrack) return;
  if (store.validates_copies()) {
    if (row.empty() || nonce.size() != kWord) return;  // nothing to know it by
    words.push_back(row.size());
    words.push_back(0);
    std::memcpy(&words.back(), nonce.data(), kWord);
    bytes = words.size() * kWord;
  }
  store.objects().put(key, reinterpret_cast<const uint8_t*>(words.data()), bytes, now.stamp);
}

// {table}:cell. All lists of the table go: they are kept with their rows, and what each depends on
// is not looked at one by one.
void forget_copies(Store& store, std::string_view key) {
  using cache::shared::SharedCache;
  const size_t end = key.find("}:");
  if (end == key.npos) return;
  const std::string_view tag = key.substr(0, end + 2);
  const std::string_view cell = key.substr(end + 2);
  const cache::Stamp stamp = store.stamps().advance();
  for (int i = 0; i < store.model_count(); ++i) {
    ModelState& model = *store.model_at(i);
    const cache::shared::Table* const table = model.shared->table();
    if (table == nullptr || table->tag != tag) continue;
    if (cell == SharedCache::kTableCell) {
      Store::drop_model(model, stamp);
    } else if (cell == SharedCache::kRegistryCell || cell.starts_with("b:")) {
      model.lists.drop(stamp);
    } else if (const auto row = model.shared->key_of(cell); row.has_value()) {
      forget_row(store, model, *row, stamp);
      model.lists.drop(stamp);
    }
  }
}

}  // namespace thing::store
