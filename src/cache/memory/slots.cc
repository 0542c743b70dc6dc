// The memory of ObjectTable: chunks, size classes, and the clock that finds slots to use again.
#include <algorithm>
#include <new>

#include <sys/mman.h>

#include "cache/memory/object_table.h"

namespace thing::cache {
namespace {

constexpr uint32_t kSequence = 0, kUsed = 6;

}  // namespace

ObjectTable::SizeClass* ObjectTable::class_for(uint32_t words) {
  auto it = std::find_if(classes_.begin(), classes_.end(),
                         [words](const SizeClass& c) { return c.words >= words; });
  return it == classes_.end() ? nullptr : &*it;
}

ObjectTable::Word* ObjectTable::take_slot(uint32_t words) {
  SizeClass* const c = class_for(words);
  if (c == nullptr) return nullptr;
  if (c->free.empty() && !add_chunk(*c)) {
    if (Word* slot = reclaim_from(*c); slot != nullptr) return slot;
    if (!steal_chunk(*c)) return nullptr;
  }
  Word* const slot = c->free.back();
  c->free.pop_back();
  return slot;
}

// Room for one more chunk within the budget.
bool ObjectTable::add_chunk(SizeClass& c) {
  if (used_chunks_ >= max_chunks_) return false;
  if (spare_chunks_.empty()) {
    chunks_.reserve(chunks_.size() + 1);
    spare_chunks_.reserve(1);
    void* p =
        mmap(nullptr, kChunkBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) return false;
    chunks_.push_back(static_cast<Word*>(p));
    spare_chunks_.push_back(static_cast<uint32_t>(chunks_.size() - 1));
  }
  const uint32_t chunk = spare_chunks_.back();
  c.chunks.reserve(c.chunks.size() + 1);
  c.free.reserve(c.chunks.size() * (kChunkBytes / 8 / c.words) + kChunkBytes / 8 / c.words);
  spare_chunks_.pop_back();
  cut(c, chunk);
  ++used_chunks_;
  bytes_.store(used_chunks_ * kChunkBytes, std::memory_order_relaxed);
  return true;
}

// Slots of a chunk become free slots of the class. The caller reserved the room, so this does not
// throw.
void ObjectTable::cut(SizeClass& c, uint32_t chunk) {
  const auto size_class = static_cast<uint64_t>(&c - classes_.data());
  c.chunks.push_back(chunk);
  const uint32_t slots = kChunkBytes / 8 / c.words;
  for (uint32_t i = 0; i < slots; ++i) {
    Word* const slot = chunks_[chunk] + uint64_t{i} * c.words;
    slot[kSequence].store(1, std::memory_order_release);
    slot[kOwner].store(size_class << kClassShift, std::memory_order_release);
    c.free.push_back(slot);
  }
}

// Takes a slot out of the index; false when it is not there (free, or about to be linked).
bool ObjectTable::unlink(Word* slot) {
  const uint64_t owner = slot[kOwner].load(std::memory_order_relaxed) & kOwnerMask;
  if (owner == 0) return false;
  Bucket& bucket = index_[owner - 1];
  std::lock_guard lock(lock_of(bucket));
  for (Word& way : bucket.entry) {
    if (slot_of(way.load(std::memory_order_relaxed)) != slot) continue;
    way.store(0, std::memory_order_release);
    set_owner(slot, 0);
    entries_.fetch_sub(1, std::memory_order_relaxed);
    return true;
  }
  return false;
}

// The clock: passes over slots used since it last came by, and takes the first that was not.
ObjectTable::Word* ObjectTable::reclaim_from(SizeClass& c) {
  const uint64_t per_chunk = kChunkBytes / 8 / c.words;
  const uint64_t slots = per_chunk * c.chunks.size();
  for (uint64_t step = 0; step < 2 * slots; ++step) {
    const uint64_t at = c.hand++ % slots;
    Word* const slot = chunks_[c.chunks[at / per_chunk]] + at % per_chunk * c.words;
    if (slot[kUsed].exchange(0, std::memory_order_relaxed) != 0) continue;
    if (!unlink(slot)) continue;
    stats_.add(Stat::kEviction);
    return slot;
  }
  return nullptr;
}

// Empties a chunk of the class that has most, for a class that has none to reclaim from.
bool ObjectTable::steal_chunk(SizeClass& to) {
  auto from = std::max_element(
      classes_.begin(), classes_.end(),
      [](const SizeClass& a, const SizeClass& b) { return a.chunks.size() < b.chunks.size(); });
  if (from->chunks.empty() || &*from == &to) return false;
  const uint32_t chunk = from->chunks.back();
  Word* const begin = chunks_[chunk];
  Word* const end = begin + kChunkBytes / 8;
  const uint32_t slots = kChunkBytes / 8 / from->words;
  to.chunks.reserve(to.chunks.size() + 1);
  to.free.reserve(to.free.size() + kChunkBytes / 8 / to.words);
  uint32_t found = 0;
  for (uint32_t i = 0; i < slots; ++i) {
    if (unlink(begin + uint64_t{i} * from->words)) {
      stats_.add(Stat::kEviction);
      from->free.push_back(begin + uint64_t{i} * from->words);
    }
  }
  for (const Word* slot : from->free) found += slot >= begin && slot < end;
  if (found != slots) return false;  // somebody is filling one of them right now
  std::erase_if(from->free, [begin, end](const Word* slot) { return slot >= begin && slot < end; });
  from->chunks.pop_back();
  cut(to, chunk);
  return true;
}

void ObjectTable::give_slot(Word* slot) {
  classes_[slot[kOwner].load(std::memory_order_relaxed) >> kClassShift].free.push_back(slot);
}

void ObjectTable::clear() {
  std::lock_guard lock(slots_mutex_);
  for (SizeClass& c : classes_) {
    const uint32_t per_chunk = kChunkBytes / 8 / c.words;
    for (uint32_t chunk : c.chunks) {
      for (uint32_t i = 0; i < per_chunk; ++i) {
        Word* const slot = chunks_[chunk] + uint64_t{i} * c.words;
        if (unlink(slot)) c.free.push_back(slot);
      }
    }
  }
}

void ObjectTable::set_max_bytes(uint64_t bytes) {
  std::lock_guard lock(slots_mutex_);
  max_chunks_ = bytes / kChunkBytes;
  for (SizeClass& c : classes_) {
    while (used_chunks_ > max_chunks_ && !c.chunks.empty()) {
      // Giving a chunk up is stealing it for nobody: the pages go back to the system, the addresses
      // stay.
      const uint32_t chunk = c.chunks.back();
      Word* const begin = chunks_[chunk];
      const uint32_t slots = kChunkBytes / 8 / c.words;
      spare_chunks_.reserve(spare_chunks_.size() + 1);
      uint32_t found = 0;
      for (uint32_t i = 0; i < slots; ++i) {
        if (unlink(begin + uint64_t{i} * c.words)) c.free.push_back(begin + uint64_t{i} * c.words);
      }
      for (const Word* slot : c.free) found += slot >= begin && slot < begin + kChunkBytes / 8;
      if (found != slots) break;
      std::erase_if(c.free, [begin](const Word* slot) {
        return slot >= begin && slot < begin + kChunkBytes / 8;
      });
      c.chunks.pop_back();
      madvise(begin, kChunkBytes, MADV_DONTNEED);
      spare_chunks_.push_back(chunk);
      --used_chunks_;
    }
  }
  bytes_.store(used_chunks_ * kChunkBytes, std::memory_order_relaxed);
}

}  // namespace thing::cache
