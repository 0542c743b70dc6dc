#pragma once
#include <atomic>
#include <cstdint>

#include <unistd.h>

namespace thing::base {

// The process that something was made in. Connections must not be used by a forked child, so they
// ask.
class Process {
 public:
  static Process current();
  bool is_current() const {
    if (word_ != nullptr) return word_->load(std::memory_order_relaxed) == number_;
    return number_ == static_cast<uint64_t>(getpid());
  }

 private:
  // A word that the kernel clears in a child, or nullptr where it can not. One load instead of a
  // system call.
  const std::atomic<uint64_t>* word_ = nullptr;
  uint64_t number_ = 0;
};

}  // namespace thing::base
