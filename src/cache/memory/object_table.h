#pragma once
// Rows by key, read without locks and without writing to shared memory.
//
// index   buckets of one cache line: [marks << 48 | last write's stamp][7 entries]; an entry is a
//         slot's address and 16 bits of the hash
// slot    8 words of header, then the key (unless it is one integer) and the packed row, as words:
//           0 sequence (odd: being written; otherwise unique)
//           1 hash
//           2 integer key
//           3 stamp
//           4 model, bytes of the row (0: the row is absent)
//           5 bytes of the key
//           6 used since the clock hand passed
//           7 size class << 48, bucket + 1 (0: not in the index)
// chunk   64 KiB cut into slots of one size class; a chunk may be given to another class as a whole
//
// A reader copies a slot's words with acquire loads and then checks that sequence and index entry
// are as before: a seqlock (Boehm, "Can seqlocks get along with programming language memory
// models?", 2012). Memory is never unmapped while the table lives, so a reader that comes late
// reads garbage and throws it away. Writers take a bucket's lock.
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "cache/stamps.h"
#include "cache/stats.h"

namespace thing::cache {

// A row's name: an integer for models with one int key, else the key's canonical bytes.
struct ObjectKey {
  uint32_t model = 0;
  int64_t integer = 0;
  std::string_view bytes;
  uint64_t hash = 0;

  static ObjectKey of(uint32_t model, int64_t id) {
    return {model, id, {}, base::mix64(static_cast<uint64_t>(id) ^ (uint64_t{model + 1} << 48))};
  }
  static ObjectKey of(uint32_t model, std::string_view bytes) {
    return {model, 0, bytes, base::hash64(bytes.data(), bytes.size(), model + 1)};
  }
};

class ObjectTable {
 public:
  static constexpr uint64_t kMaxRow = 60 << 10;  // larger rows are not kept
  static constexpr uint64_t kMaxKey = 512;

  ObjectTable(uint64_t max_bytes, Stats& stats);
  ~ObjectTable();
  ObjectTable(const ObjectTable&) = delete;

  // What find() met: enough to make room for the row and copy it.
  struct Found {
    const std::atomic<uint64_t>* slot = nullptr;
    const std::atomic<uint64_t>* entry = nullptr;
    uint64_t sequence = 0;
    uint64_t entry_value = 0;
    uint32_t bytes = 0;  // of the row; 0: the row is known to be absent
    uint32_t key_words = 0;
  };
  // An entry with a stamp of at least `floor`; false: there is none.
  bool find(const ObjectKey& key, Stamp floor, Found& found) const;
  // Copies the row, found.bytes rounded up to 8, to `out`. False: it changed meanwhile, count it as
  // a miss.
  bool copy(const Found& found, uint64_t* out) const;

  // Keeps a row (or its absence for empty bytes), read when `stamp` held. Refused when the row was
  // written since.
  bool put(const ObjectKey& key, const uint8_t* row, uint64_t bytes, Stamp stamp);
  // The row was written by the commit with this stamp.
  void invalidate(const ObjectKey& key, Stamp stamp);
  // Commits under way that will write a row of this hash: until unmark() nothing is kept under it.
  void mark(uint64_t hash);
  void unmark(uint64_t hash);
  void evict(const ObjectKey& key);
  void clear();
  void set_max_bytes(uint64_t bytes);

  uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  uint64_t entries() const { return entries_.load(std::memory_order_relaxed); }

 private:
  using Word = std::atomic<uint64_t>;
  static constexpr uint32_t kHeader = 8;
  static constexpr uint32_t kWays = 7;
  static constexpr uint64_t kChunkBytes = 64 << 10;
  struct alignas(64) Bucket {
    std::atomic<uint64_t> last_write;
    Word entry[kWays];
  };
  struct SizeClass {
    uint32_t words = 0;  // of a slot
    std::vector<Word*> free;
    std::vector<uint32_t> chunks;
    uint64_t hand = 0;  // the clock's, over all slots of the class
  };

  Bucket& bucket_of(uint64_t hash) const { return index_[hash & index_mask_]; }
  std::mutex& lock_of(const Bucket& bucket) const {
    return locks_[static_cast<size_t>(&bucket - index_) % locks_.size()];
  }
  static constexpr uint64_t kOneMark = uint64_t{1} << 48;  // stamps are below
  static constexpr int kOwner = 7, kClassShift = 48;
  static constexpr uint64_t kOwnerMask = (uint64_t{1} << kClassShift) - 1;
  static void set_owner(Word* slot, uint64_t owner) {
    const uint64_t size_class = slot[kOwner].load(std::memory_order_relaxed) & ~kOwnerMask;
    slot[kOwner].store(size_class | owner, std::memory_order_relaxed);
  }
  static uint64_t entry_of(const Word* slot, uint64_t hash) {
    return reinterpret_cast<uint64_t>(slot) | (hash >> 48 << 48);
  }
  static Word* slot_of(uint64_t entry) {
    return reinterpret_cast<Word*>(entry & 0xffff'ffff'ffffULL);
  }
  bool is_key(const Word* slot, const ObjectKey& key) const;
  const Word* find_entry(const Bucket& bucket, const ObjectKey& key) const;

  // Slots; under slots_mutex_.
  Word* take_slot(uint32_t words);
  bool add_chunk(SizeClass& size_class);
  Word* reclaim_from(SizeClass& size_class);
  bool steal_chunk(SizeClass& to);
  void cut(SizeClass& size_class, uint32_t chunk);
  void give_slot(Word* slot);
  bool unlink(Word* slot);
  SizeClass* class_for(uint32_t words);

  void write_slot(Word* slot, const ObjectKey& key, const uint8_t* row, uint64_t bytes,
                  Stamp stamp);
  Word* link(Word* slot, const ObjectKey& key, Stamp stamp, bool& linked);
  Word* remove(Bucket& bucket, const ObjectKey& key);

  Stats& stats_;
  Bucket* index_ = nullptr;
  uint64_t index_mask_ = 0;
  mutable std::array<std::mutex, 256> locks_;
  std::mutex slots_mutex_;
  std::vector<SizeClass> classes_;
  std::vector<Word*> chunks_;
  std::vector<uint32_t> spare_chunks_;
  uint64_t max_chunks_ = 0;
  uint64_t used_chunks_ = 0;
  std::atomic<uint64_t> sequence_{2};
  std::atomic<uint64_t> bytes_{0};
  std::atomic<uint64_t> entries_{0};
};

}  // namespace thing::cache
