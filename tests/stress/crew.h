#pragma once
// Threads that begin together, and processes that write the same file.
#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "surroundings.h"

namespace trial {

// Runs functions on threads of their own. The first one that throws stops the others, and is what
// run() throws.
class Crew {
 public:
  void add(std::function<void()> work) { works_.push_back(std::move(work)); }
  void run();
  // For loops: whether somebody failed, or the work is over.
  bool is_stopped() const { return stopped_.load(std::memory_order_relaxed); }
  void stop() { stopped_.store(true, std::memory_order_relaxed); }

 private:
  std::vector<std::function<void()>> works_;
  std::atomic<bool> stopped_{false};
};

// `times` operations, fewer under sanitizers, or THING_STRESS_SECONDS. One a thread.
inline Budget stress_budget(int64_t times) {
  return Budget(kSanitized ? (times + 9) / 10 : times, "THING_STRESS_SECONDS");
}

inline int rounds(int plain) { return kSanitized ? (plain + 9) / 10 : plain; }

// What processes and threads tell each other.
inline constexpr int kKeys = 16;
struct Board {
  std::atomic<int64_t> returned[kKeys];  // the newest value that a write of the key has returned
  std::atomic<int64_t> progress;         // writes of the child
  std::atomic<int64_t> stop;
  std::atomic<int64_t> failed;
};

// A board in a file that is mapped by all who open it.
class SharedBoard {
 public:
  explicit SharedBoard(const std::string& file);
  ~SharedBoard();
  SharedBoard(const SharedBoard&) = delete;
  SharedBoard& operator=(const SharedBoard&) = delete;
  Board* operator->() const { return board_; }
  Board& operator*() const { return *board_; }

 private:
  Board* board_ = nullptr;
};

inline void raise_to(std::atomic<int64_t>& value, int64_t seen) {
  int64_t old = value.load();
  while (old < seen && !value.compare_exchange_weak(old, seen)) {
  }
}

// This program once more, as another process: `--child ROLE DATABASE BOARD SEED`.
class Child {
 public:
  Child(const std::string& role, const std::string& database, const std::string& board,
        uint64_t seed);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  void kill();
  // Waits for the end; true when it left with 0.
  bool wait();
  bool is_running();

 private:
  int pid_ = -1;
  int status_ = 0;
};

// What a child does until the board says stop. Roles are registered by the tests.
using Role = std::function<void(const std::string& database, Board& board, Random& random)>;
void add_role(const std::string& name, Role role);

}  // namespace trial
