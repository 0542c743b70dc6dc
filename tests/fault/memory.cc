// The allocator: glibc's own, with failures, and with a table of the blocks that were allocated
// while armed.
#include <atomic>
#include <cstdint>
#include <cstdio>

#include <errno.h>
#include <stdlib.h>

#include "faults.h"

extern "C" {
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t n, size_t size);
void* __libc_realloc(void* block, size_t size);
void* __libc_memalign(size_t alignment, size_t size);
void __libc_free(void* block);
}

namespace {

// Open addressing with room for far more blocks than one call holds; a block is found from its
// address.
class LiveBlocks {
 public:
  void add(void* block, size_t size) {
    if (block == nullptr) return;
    const Lock lock(*this);
    size_t i = home(block);
    while (slots_[i].block != nullptr) i = (i + 1) % kSlots;
    slots_[i] = {block, size, ++number_};
    count_.fetch_add(1, std::memory_order_relaxed);
  }

  bool remove(void* block) {
    if (block == nullptr || count_.load(std::memory_order_relaxed) == 0) return false;
    const Lock lock(*this);
    size_t i = home(block);
    while (slots_[i].block != block) {
      if (slots_[i].block == nullptr) return false;
      i = (i + 1) % kSlots;
    }
    close_gap(i);
    count_.fetch_sub(1, std::memory_order_relaxed);
    return true;
  }

  int64_t count() const { return count_.load(std::memory_order_relaxed); }

  void clear() {
    const Lock lock(*this);
    number_ = 0;
    if (count() == 0) return;
    for (Slot& slot : slots_) slot = {};
    count_.store(0, std::memory_order_relaxed);
  }

  template <class F>
  void each(F f) const {
    for (const Slot& slot : slots_) {
      if (slot.block != nullptr) f(slot.number, slot.size);
    }
  }

 private:
  static constexpr size_t kSlots = size_t{1} << 17;
  struct Slot {
    void* block = nullptr;
    size_t size = 0;
    int64_t number = 0;
  };
  struct Lock {
    explicit Lock(LiveBlocks& owner) : flag(owner.flag_) {
      while (flag.test_and_set(std::memory_order_acquire)) {
      }
    }
    ~Lock() { flag.clear(std::memory_order_release); }
    std::atomic_flag& flag;
  };

  static size_t home(void* block) {
    return (reinterpret_cast<uintptr_t>(block) >> 4) * 0x9E3779B97F4A7C15ULL % kSlots;
  }

  // Moves later blocks of the same run forward, so that looking for them does not stop at the gap.
  void close_gap(size_t gap) {
    size_t i = gap;
    while (true) {
      slots_[gap].block = nullptr;
      size_t wanted = 0;
      do {
        i = (i + 1) % kSlots;
        if (slots_[i].block == nullptr) return;
        wanted = home(slots_[i].block);
      } while (gap <= i ? (gap < wanted && wanted <= i) : (gap < wanted || wanted <= i));
      slots_[gap] = slots_[i];
      gap = i;
    }
  }

  Slot slots_[kSlots] = {};
  std::atomic<int64_t> count_{0};
  int64_t number_ = 0;
  std::atomic_flag flag_ = ATOMIC_FLAG_INIT;
};

constinit LiveBlocks live;

bool refuses(const char* call) {
  if (!trial::strikes(trial::Source::kMemory, call)) return false;
  errno = ENOMEM;
  return true;
}

void* noted(void* block, size_t size) {
  if (trial::is_armed()) live.add(block, size);
  return block;
}

}  // namespace

#pragma GCC visibility push(default)
extern "C" {

void* malloc(size_t size) { return refuses("malloc") ? nullptr : noted(__libc_malloc(size), size); }

void* calloc(size_t n, size_t size) {
  return refuses("calloc") ? nullptr : noted(__libc_calloc(n, size), n * size);
}

void free(void* block) {
  live.remove(block);
  __libc_free(block);
}

void* realloc(void* block, size_t size) {
  if (refuses("realloc")) return nullptr;
  const bool was_live = live.remove(block);
  void* moved = __libc_realloc(block, size);
  const bool kept = moved == nullptr && size > 0;
  if (was_live || trial::is_armed()) live.add(kept ? block : moved, size);
  return moved;
}

void* memalign(size_t alignment, size_t size) {
  return refuses("memalign") ? nullptr : noted(__libc_memalign(alignment, size), size);
}

void* aligned_alloc(size_t alignment, size_t size) {
  return refuses("aligned_alloc") ? nullptr : noted(__libc_memalign(alignment, size), size);
}

int posix_memalign(void** out, size_t alignment, size_t size) {
  if (refuses("posix_memalign")) return ENOMEM;
  *out = noted(__libc_memalign(alignment, size), size);
  return *out == nullptr ? ENOMEM : 0;
}

}  // extern "C"
#pragma GCC visibility pop

namespace trial {

int64_t live_blocks() { return live.count(); }

void forget_live_blocks() { live.clear(); }

std::string describe_live_blocks() {
  char text[1024];
  int used = 0, shown = 0;
  live.each([&](int64_t number, size_t size) {
    if (shown++ < 20) {
      used += std::snprintf(text + used, sizeof text - static_cast<size_t>(used),
                            " #%lld:%zu bytes", static_cast<long long>(number), size);
    }
  });
  return std::string(text, static_cast<size_t>(used));
}

}  // namespace trial
