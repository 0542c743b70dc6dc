#pragma once
// The database behind the handles, and how long it lives.
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "action/actions.h"
#include "capi/holders.h"
#include "entity/row_printer.h"
#include "store/store.h"
#include "thing.h"

namespace thing::capi {

struct OpenTx;
struct OpenCursor;

// How actions print records, and make those that hooks see.
action::Surroundings action_surroundings();

// Raised in the child of every fork: handles that carry another number belong to a parent.
uint32_t fork_generation() noexcept;

}  // namespace thing::capi

struct thing_model {
  thing_model(thing_db* database, thing::store::ModelState& s)
      : db(database), state(&s), model(&s.model), printer(s.model) {}
  thing_db* const db;
  thing::store::ModelState* const state;
  const thing::schema::Model* const model;
  const thing::entity::RowPrinter printer;
};

// Every handle and every running call holds it; the handle of thing_open does until thing_close. A
// closed one goes with its last holder.
struct thing_db {
  thing_db() = default;
  thing_db(const thing_db&) = delete;

  bool is_child() const { return generation_ != thing::capi::fork_generation(); }
  bool is_open() const { return !closed_.load(std::memory_order_acquire) && !is_child(); }
  void hold() { holders_.take(); }
  void release() noexcept {
    if (is_child()) return;
    if (!closed_.load(std::memory_order_acquire)) return holders_.give();
    release_closed();
  }
  // False for the second time.
  bool start_closing() { return !closed_.exchange(true); }
  // Gives back what thing_open took.
  void bury() noexcept;

  // Transactions and cursors that are open, for thing_close. False: it is closing, nothing may
  // begin.
  bool add(std::shared_ptr<thing::capi::OpenTx> tx);
  bool add(std::shared_ptr<thing::capi::OpenCursor> cursor);
  void remove(const thing::capi::OpenTx* tx) noexcept;
  void remove(const thing::capi::OpenCursor* cursor) noexcept;
  std::shared_ptr<thing::capi::OpenTx> take_tx() noexcept;  // one of them; nullptr: none
  std::shared_ptr<thing::capi::OpenCursor> take_cursor() noexcept;

  std::deque<thing_model> models;  // written by the store's on_model alone, under its lock
  std::unique_ptr<thing::store::Store> store;
  std::unique_ptr<thing::action::Actions> actions;  // of the store

 private:
  friend struct Graveyard;
  void release_closed() noexcept;

  const uint32_t generation_ = thing::capi::fork_generation();
  std::atomic<bool> closed_{false};
  std::mutex open_mutex_;
  std::vector<std::shared_ptr<thing::capi::OpenTx>> open_txs_;
  std::vector<std::shared_ptr<thing::capi::OpenCursor>> open_cursors_;
  thing_db* next_closed_ = nullptr;  // in the graveyard
  thing::capi::Holders holders_;
};

namespace thing::capi {

// To be called before the first database is made.
void watch_forks();
// Frees closed databases that nobody holds any more.
void sweep() noexcept;

// Holds the database for a scope.
class Held {
 public:
  explicit Held(thing_db* db) : db_(db) { db_->hold(); }
  ~Held() { db_->release(); }
  Held(const Held&) = delete;

 private:
  thing_db* const db_;
};

}  // namespace thing::capi
