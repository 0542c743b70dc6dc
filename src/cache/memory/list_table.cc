#include "cache/memory/list_table.h"

#include <algorithm>
#include <utility>

namespace thing::cache {
namespace {

constexpr uint64_t kStampBytes = 16;
constexpr uint64_t kEntryOverhead = 512;  // maps, vectors, watch

uint64_t size_of(const List& list) {
  uint64_t bytes = list.rows ? list.rows->size() : 0;
  if (list.keys != nullptr)
    bytes += list.keys->integers.size() * 8 + (list.keys->packed ? list.keys->packed->size() : 0);
  if (list.stamps != nullptr) bytes += list.stamps->size() * (sizeof(std::string) + kStampBytes);
  return bytes;
}

}  // namespace

ModelLists::Entry* ModelLists::find(const base::Hash128& hash, Kind kind, std::string_view identity,
                                    Stamp floor) {
  auto [it, end] = entries_.equal_range(hash);
  for (; it != end; ++it) {
    Entry* const e = it->second.get();
    if (e->kind != kind || e->identity != identity) continue;
    if (e->stamp < floor) return nullptr;
    e->used = true;
    return e;
  }
  return nullptr;
}

std::optional<List> ModelLists::find_list(const base::Hash128& hash, std::string_view identity,
                                          Stamp floor) {
  std::lock_guard lock(mutex_);
  Entry* const e = find(hash, Kind::kList, identity, floor);
  if (e == nullptr) return std::nullopt;
  if (e->rows_stamp >= std::max(floor, last_write_)) return e->list;
  if (e->list.keys == nullptr || marks_ != 0) return std::nullopt;
  return List{e->list.keys, {}, nullptr};
}

std::optional<int64_t> ModelLists::find_count(const base::Hash128& hash, std::string_view identity,
                                              Stamp floor) {
  std::lock_guard lock(mutex_);
  Entry* const e = find(hash, Kind::kCount, identity, floor);
  return e == nullptr ? std::nullopt : std::optional<int64_t>(e->count);
}

void ModelLists::put_list(const base::Hash128& hash, std::string_view identity,
                          std::shared_ptr<const Watch> watch, List list, Stamp stamp) {
  const uint64_t bytes = kEntryOverhead + identity.size() + size_of(list);
  put(Entry{.hash = hash,
            .kind = Kind::kList,
            .identity = std::string(identity),
            .watch = std::move(watch),
            .list = std::move(list),
            .count = 0,
            .stamp = stamp,
            .rows_stamp = stamp,
            .bytes = bytes});
}

void ModelLists::put_count(const base::Hash128& hash, std::string_view identity,
                           std::shared_ptr<const Watch> watch, int64_t count, Stamp stamp) {
  put(Entry{.hash = hash,
            .kind = Kind::kCount,
            .identity = std::string(identity),
            .watch = std::move(watch),
            .list = {},
            .count = count,
            .stamp = stamp,
            .rows_stamp = stamp,
            .bytes = kEntryOverhead + identity.size()});
}

void ModelLists::put(Entry entry) {
  if (entry.bytes > table_.max_entry_bytes()) return;
  std::lock_guard lock(mutex_);
  if (marks_ != 0 || entry.stamp < last_write_) return;
  if (Entry* old = find(entry.hash, entry.kind, entry.identity, 0); old != nullptr) remove(old);
  make_room(entry.bytes);
  if (table_.bytes() + entry.bytes > table_.max_bytes()) return;

  auto owned = std::make_unique<Entry>(std::move(entry));
  Entry* const e = owned.get();
  Group& group = groups_[e->watch->group()];
  if (group.any == nullptr) group.any = e->watch;
  Bucket& bucket = group.buckets[e->watch->bucket()];
  bucket.reserve(bucket.size() + 1);
  fields_.resize(std::max(fields_.size(), e->watch->fields().size()));
  std::list<Entry*> place(1, e);
  entries_.emplace(e->hash, std::move(owned));
  // Nothing below allocates: the entry is in every structure or in none.
  e->place = place.begin();
  clock_.splice(clock_.end(), place);
  bucket.push_back(e);
  for (size_t i = 0; i < e->watch->fields().size(); ++i) fields_[i] |= e->watch->fields()[i];
  size_.fetch_add(1, std::memory_order_relaxed);
  table_.bytes_.fetch_add(e->bytes, std::memory_order_relaxed);
  table_.entries_.fetch_add(1, std::memory_order_relaxed);
  stats_.add(e->kind == Kind::kList ? Stat::kListFill : Stat::kCountFill);
}

void ModelLists::put_rows(const base::Hash128& hash, std::string_view identity,
                          value::BatchRef rows, Stamp stamp) {
  std::lock_guard lock(mutex_);
  Entry* const e = find(hash, Kind::kList, identity, 0);
  if (e == nullptr || marks_ != 0 || stamp < last_write_ || e->stamp > stamp) return;
  const uint64_t now = e->bytes - (e->list.rows ? e->list.rows->size() : 0) + rows->size();
  if (now > table_.max_entry_bytes()) return;
  table_.bytes_.fetch_add(now - e->bytes, std::memory_order_relaxed);
  e->bytes = now;
  e->list.rows = std::move(rows);
  e->rows_stamp = stamp;
}

void ModelLists::remove(Entry* entry) {
  auto group = groups_.find(entry->watch->group());
  auto bucket = group->second.buckets.find(entry->watch->bucket());
  std::erase(bucket->second, entry);
  if (bucket->second.empty()) group->second.buckets.erase(bucket);
  if (group->second.buckets.empty()) groups_.erase(group);
  clock_.erase(entry->place);
  table_.bytes_.fetch_sub(entry->bytes, std::memory_order_relaxed);
  table_.entries_.fetch_sub(1, std::memory_order_relaxed);
  size_.fetch_sub(1, std::memory_order_relaxed);
  auto [it, end] = entries_.equal_range(entry->hash);
  it = std::find_if(it, end, [entry](const auto& item) { return item.second.get() == entry; });
  entries_.erase(it);
  if (entries_.empty()) fields_.clear();
}

// Second chance over this model's entries until the budget has room.
void ModelLists::make_room(uint64_t bytes) {
  size_t chances = clock_.size();
  while (table_.bytes() + bytes > table_.max_bytes() && !clock_.empty()) {
    Entry* const e = clock_.front();
    if (e->used && chances-- > 0) {
      e->used = false;
      clock_.splice(clock_.end(), clock_, e->place);
      continue;
    }
    remove(e);
    stats_.add(Stat::kEviction);
  }
}

std::vector<uint64_t> ModelLists::fields() {
  if (empty()) return {};
  std::lock_guard lock(mutex_);
  return fields_;
}

// Asks the entries that share the row's bucket.
void ModelLists::touch(Group& group, const value::RowView& row, const Images& images,
                       std::vector<Entry*>& dropped) {
  if (!row) return;
  const std::optional<uint64_t> bucket = group.any->bucket_of(row);
  if (!bucket.has_value()) return;
  auto it = group.buckets.find(*bucket);
  if (it == group.buckets.end()) return;
  for (Entry* e : it->second) {
    if (e->dropped || e->watch->effect(images) != Effect::kDrop) continue;
    dropped.push_back(e);
    e->dropped = true;
  }
}

void ModelLists::apply(std::span<const Images> images, Stamp stamp) {
  std::lock_guard lock(mutex_);
  last_write_ = std::max(last_write_, stamp);
  std::vector<Entry*> dropped;
  for (const Images& image : images) {
    for (auto& [hash, group] : groups_) {
      touch(group, image.before, image, dropped);
      touch(group, image.after, image, dropped);
    }
    for (Entry* e : dropped) remove(e);
    stats_.add(Stat::kInvalidation, dropped.size());
    dropped.clear();
  }
}

void ModelLists::mark() {
  std::lock_guard lock(mutex_);
  ++marks_;
}

void ModelLists::unmark() {
  std::lock_guard lock(mutex_);
  --marks_;
}

void ModelLists::drop(Stamp stamp) {
  std::lock_guard lock(mutex_);
  last_write_ = std::max(last_write_, stamp);
  stats_.add(Stat::kInvalidation, entries_.size());
  while (!clock_.empty()) remove(clock_.front());
}

}  // namespace thing::cache
