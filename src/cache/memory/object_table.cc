#include "cache/memory/object_table.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

#include <sys/mman.h>

namespace thing::cache {
namespace {

constexpr uint32_t kSequence = 0, kHash = 1, kInteger = 2, kStamp = 3, kMeta = 4, kKeyBytes = 5,
                   kUsed = 6;
constexpr uint64_t kBytesPerBucket = 7 * 192;  // a bucket for as many usual rows as it has ways

uint32_t words_of(uint64_t bytes) { return static_cast<uint32_t>((bytes + 7) / 8); }

// Zeroed pages that cost nothing until they are touched.
void* map_pages(uint64_t bytes) {
  void* p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) throw std::bad_alloc();
  return p;
}

}  // namespace

ObjectTable::ObjectTable(uint64_t max_bytes, Stats& stats) : stats_(stats) {
  const uint64_t for_index =
      std::max<uint64_t>(max_bytes, 64 << 20);  // set_max_bytes may raise it later
  const uint64_t buckets = std::bit_ceil(for_index / kBytesPerBucket);
  index_mask_ = buckets - 1;
  // Slot sizes in words, each about 4/3 of the one before; the largest is a whole chunk.
  for (uint32_t w :
       {16, 24, 32, 40, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 2048, 4096, 8192}) {
    classes_.push_back(SizeClass{.words = w, .free = {}, .chunks = {}, .hand = 0});
  }
  set_max_bytes(max_bytes);
  index_ = static_cast<Bucket*>(map_pages(buckets * sizeof(Bucket)));
}

ObjectTable::~ObjectTable() {
  munmap(index_, (index_mask_ + 1) * sizeof(Bucket));
  for (Word* chunk : chunks_) munmap(chunk, kChunkBytes);
}

bool ObjectTable::is_key(const Word* slot, const ObjectKey& key) const {
  if (slot[kHash].load(std::memory_order_acquire) != key.hash ||
      slot[kInteger].load(std::memory_order_acquire) != static_cast<uint64_t>(key.integer) ||
      slot[kMeta].load(std::memory_order_acquire) >> 32 != key.model ||
      slot[kKeyBytes].load(std::memory_order_acquire) != key.bytes.size()) {
    return false;
  }
  for (size_t at = 0; at < key.bytes.size(); at += 8) {
    uint64_t word = 0;
    std::memcpy(&word, key.bytes.data() + at, std::min<size_t>(8, key.bytes.size() - at));
    if (slot[kHeader + at / 8].load(std::memory_order_acquire) != word) return false;
  }
  return true;
}

bool ObjectTable::find(const ObjectKey& key, Stamp floor, Found& found) const {
  const Bucket& bucket = bucket_of(key.hash);
  for (const Word& way : bucket.entry) {
    const uint64_t entry = way.load(std::memory_order_acquire);
    if ((entry >> 48) != (key.hash >> 48) || entry == 0) continue;
    Word* const slot = slot_of(entry);
    const uint64_t sequence = slot[kSequence].load(std::memory_order_acquire);
    if ((sequence & 1) != 0 || !is_key(slot, key)) continue;
    if (slot[kStamp].load(std::memory_order_acquire) < floor) return false;
    const auto bytes = static_cast<uint32_t>(slot[kMeta].load(std::memory_order_acquire));
    if (bytes > kMaxRow) continue;  // torn
    if (slot[kUsed].load(std::memory_order_relaxed) == 0)
      slot[kUsed].store(1, std::memory_order_relaxed);
    found.slot = slot;
    found.entry = &way;
    found.sequence = sequence;
    found.entry_value = entry;
    found.bytes = bytes;
    found.key_words = words_of(key.bytes.size());
    return bytes != 0 || copy(found, nullptr);
  }
  return false;
}

bool ObjectTable::copy(const Found& found, uint64_t* out) const {
  const Word* from = found.slot + kHeader + found.key_words;
  const uint32_t words = words_of(found.bytes);
  for (uint32_t i = 0; i < words; ++i) out[i] = from[i].load(std::memory_order_acquire);
  return found.slot[kSequence].load(std::memory_order_acquire) == found.sequence &&
         found.entry->load(std::memory_order_acquire) == found.entry_value;
}

void ObjectTable::write_slot(Word* slot, const ObjectKey& key, const uint8_t* row, uint64_t bytes,
                             Stamp stamp) {
  // Stores are releases so that none of them passes the odd sequence.
  slot[kSequence].store(sequence_.fetch_add(2, std::memory_order_relaxed) | 1,
                        std::memory_order_release);
  slot[kHash].store(key.hash, std::memory_order_release);
  slot[kInteger].store(static_cast<uint64_t>(key.integer), std::memory_order_release);
  slot[kStamp].store(stamp, std::memory_order_release);
  slot[kMeta].store(uint64_t{key.model} << 32 | bytes, std::memory_order_release);
  slot[kKeyBytes].store(key.bytes.size(), std::memory_order_release);
  slot[kUsed].store(0, std::memory_order_release);
  Word* out = slot + kHeader;
  const auto put = [&out](const void* from, uint64_t size) {
    for (uint64_t at = 0; at < size; at += 8) {
      uint64_t word = 0;
      std::memcpy(&word, static_cast<const char*>(from) + at, std::min<uint64_t>(8, size - at));
      (out++)->store(word, std::memory_order_release);
    }
  };
  put(key.bytes.data(), key.bytes.size());
  put(row, bytes);
  slot[kSequence].store(sequence_.fetch_add(2, std::memory_order_relaxed),
                        std::memory_order_release);
}

bool ObjectTable::put(const ObjectKey& key, const uint8_t* row, uint64_t bytes, Stamp stamp) {
  if (bytes > kMaxRow || key.bytes.size() > kMaxKey) return false;
  Word* slot = nullptr;
  {
    std::lock_guard lock(slots_mutex_);
    slot = take_slot(kHeader + words_of(key.bytes.size()) + words_of(bytes));
  }
  if (slot == nullptr) return false;
  write_slot(slot, key, row, bytes, stamp);
  bool linked = false;
  if (Word* const spare = link(slot, key, stamp, linked); spare != nullptr) {
    std::lock_guard lock(slots_mutex_);
    give_slot(spare);
  }
  return linked;
}

// Puts the slot into its bucket; returns the slot that is free now: the one replaced, or the given
// one when refused.
ObjectTable::Word* ObjectTable::link(Word* slot, const ObjectKey& key, Stamp stamp, bool& linked) {
  Bucket& bucket = bucket_of(key.hash);
  std::lock_guard lock(lock_of(bucket));
  if (stamp < bucket.last_write.load(std::memory_order_relaxed)) return slot;  // or it is marked
  Word* old = remove(bucket, key);
  Word* way = std::find_if(bucket.entry, bucket.entry + kWays,
                           [](const Word& w) { return w.load(std::memory_order_relaxed) == 0; });
  if (way == bucket.entry + kWays) {  // full: the first one not used lately, or any
    way = std::find_if(bucket.entry, bucket.entry + kWays, [](const Word& w) {
      return slot_of(w.load(std::memory_order_relaxed))[kUsed].exchange(
                 0, std::memory_order_relaxed) == 0;
    });
    if (way == bucket.entry + kWays) way = bucket.entry + (key.hash >> 32) % kWays;
    old = slot_of(way->load(std::memory_order_relaxed));
    set_owner(old, 0);
    entries_.fetch_sub(1, std::memory_order_relaxed);
    stats_.add(Stat::kEviction);
  }
  set_owner(slot, static_cast<uint64_t>(&bucket - index_) + 1);
  way->store(entry_of(slot, key.hash), std::memory_order_release);
  entries_.fetch_add(1, std::memory_order_relaxed);
  linked = true;
  return old;
}

// Takes the key's slot out of its bucket; under the bucket's lock.
ObjectTable::Word* ObjectTable::remove(Bucket& bucket, const ObjectKey& key) {
  for (Word& way : bucket.entry) {
    const uint64_t entry = way.load(std::memory_order_relaxed);
    if (entry == 0 || (entry >> 48) != (key.hash >> 48) || !is_key(slot_of(entry), key)) continue;
    way.store(0, std::memory_order_release);
    set_owner(slot_of(entry), 0);
    entries_.fetch_sub(1, std::memory_order_relaxed);
    return slot_of(entry);
  }
  return nullptr;
}

void ObjectTable::invalidate(const ObjectKey& key, Stamp stamp) {
  Bucket& bucket = bucket_of(key.hash);
  Word* old = nullptr;
  {
    std::lock_guard lock(lock_of(bucket));
    const uint64_t last = bucket.last_write.load(std::memory_order_relaxed);
    const uint64_t marks = last / kOneMark * kOneMark;
    bucket.last_write.store(marks | std::max(stamp, last - marks), std::memory_order_relaxed);
    old = remove(bucket, key);
  }
  if (old == nullptr) return;
  stats_.add(Stat::kInvalidation);
  std::lock_guard lock(slots_mutex_);
  give_slot(old);
}

void ObjectTable::mark(uint64_t hash) {
  Bucket& bucket = bucket_of(hash);
  std::lock_guard lock(lock_of(bucket));
  bucket.last_write.fetch_add(kOneMark, std::memory_order_relaxed);
}

void ObjectTable::unmark(uint64_t hash) {
  Bucket& bucket = bucket_of(hash);
  std::lock_guard lock(lock_of(bucket));
  bucket.last_write.fetch_sub(kOneMark, std::memory_order_relaxed);
}

void ObjectTable::evict(const ObjectKey& key) {
  Bucket& bucket = bucket_of(key.hash);
  Word* old = nullptr;
  {
    std::lock_guard lock(lock_of(bucket));
    old = remove(bucket, key);
  }
  if (old == nullptr) return;
  std::lock_guard lock(slots_mutex_);
  give_slot(old);
}

}  // namespace thing::cache
