#include "base/process.h"

#include <new>

#include <sys/mman.h>

namespace thing::base {
namespace {

std::atomic<uint64_t>* map_word() {
#ifdef MADV_WIPEONFORK
  const auto size = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  void* page = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return nullptr;
  if (madvise(page, size, MADV_WIPEONFORK) == 0) return new (page) std::atomic<uint64_t>(0);
  munmap(page, size);
#endif
  return nullptr;
}

}  // namespace

Process Process::current() {
  static std::atomic<uint64_t>* const word = map_word();  // stays mapped as long as the process
  static std::atomic<uint64_t> next{
      1};  // goes on in a child, so no number comes twice in one line of forks
  Process p;
  p.word_ = word;
  p.number_ = static_cast<uint64_t>(getpid());
  if (word == nullptr) return p;
  uint64_t number = 0;
  const uint64_t fresh = next.fetch_add(1, std::memory_order_relaxed);
  p.number_ = word->compare_exchange_strong(number, fresh) ? fresh : number;
  return p;
}

}  // namespace thing::base
