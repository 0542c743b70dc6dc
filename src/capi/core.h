#pragma once
// The database behind the handles, and how long it lives.
#include <array>
#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "base/thread_slot.h"
#include "entity/row_printer.h"
#include "store/store.h"
#include "thing.h"

struct thing_model {
  thing_model(thing_db* db_, thing::store::ModelState& state_) : db(db_), state(&state_), model(&state_.model), printer(state_.model) {}
  thing_db* db;
  thing::store::ModelState* state;
  const thing::schema::Model* model;
  thing::entity::RowPrinter printer;
};

namespace thing::capi {

struct TxRoot;
struct CursorRoot;

// Handles and running calls each hold the database. Counting them in one number would make every thread write the same
// memory at each cached read, so each thread slot counts what it took and what it gave back. The database is alive while
// the sums differ. A sweep reads all `given` first and then all `taken`: given(t1) <= taken(t1) <= taken(t2), so equal sums
// mean that at t1 nobody held it; and who holds nothing can not take.
class Holders {
 public:
  void take() {
    const uint32_t slot = base::thread_slot();
    base::add_in_slot(slots_[slot].taken, slot, 1, std::memory_order_release);
  }
  void give() {
    const uint32_t slot = base::thread_slot();
    base::add_in_slot(slots_[slot].given, slot, 1, std::memory_order_release);
  }
  bool is_free() const {
    uint64_t given = 0, taken = 0;
    for (const Slot& s : slots_) given += s.given.load(std::memory_order_acquire);
    for (const Slot& s : slots_) taken += s.taken.load(std::memory_order_acquire);
    return given == taken;
  }

 private:
  struct alignas(64) Slot {
    std::atomic<uint64_t> taken{0}, given{0};
  };
  std::array<Slot, base::kThreadSlots + 1> slots_;
};

// Raised in the child of a fork: handles of the parent's generation are closed there.
extern std::atomic<uint32_t> fork_generation;

}  // namespace thing::capi

struct thing_db {
  std::unique_ptr<thing::store::Store> store;
  std::deque<thing_model> models;
  std::mutex models_mutex;
  std::atomic<bool> closed{false};
  uint32_t generation = 0;
  thing::capi::Holders holders;
  // Open transactions and cursors: closing ends them.
  std::mutex roots_mutex;
  std::vector<std::weak_ptr<thing::capi::TxRoot>> transactions;
  std::vector<std::weak_ptr<thing::capi::CursorRoot>> cursors;

  bool is_child() const { return generation != thing::capi::fork_generation.load(std::memory_order_relaxed); }
  bool is_open() const { return !closed.load(std::memory_order_acquire) && !is_child(); }
  void hold() { holders.take(); }
  void release() {
    if (!closed.load(std::memory_order_acquire)) {
      holders.give();  // nothing of this object is touched after this
    } else {
      release_closed();
    }
  }

 private:
  void release_closed();
};

namespace thing::capi {

// Gives a closed database up, and frees those that nobody holds any more.
void bury(thing_db* db);
void sweep_graveyard();
void watch_forks();

// Holds the database during a call.
class Held {
 public:
  explicit Held(thing_db* db) : db_(db) { db_->hold(); }
  ~Held() {
    if (db_ != nullptr) db_->release();
  }
  Held(const Held&) = delete;
  void pass_on() { db_ = nullptr; }  // a new handle has it now

 private:
  thing_db* db_;
};

}  // namespace thing::capi
