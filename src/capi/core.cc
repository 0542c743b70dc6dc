#include "capi/core.h"

#include <pthread.h>

#include <algorithm>

namespace thing::capi {

std::atomic<uint32_t> fork_generation{0};

namespace {

// Closed databases that somebody still holds. A release that raced with the close may not have looked here; the next
// one, or the next open or close, does.
struct Graveyard {
  std::mutex mutex;
  std::vector<thing_db*> closed;

  void sweep() {
    std::erase_if(closed, [](thing_db* db) {
      if (db->is_child() || !db->holders.is_free()) return false;
      delete db;
      return true;
    });
  }
};

Graveyard& graveyard() {
  static Graveyard* const all = new Graveyard;  // outlives static destructors of the program
  return *all;
}

}  // namespace

void bury(thing_db* db) {
  std::lock_guard lock(graveyard().mutex);
  graveyard().closed.push_back(db);
  db->holders.give();
  graveyard().sweep();
}

void sweep_graveyard() {
  std::lock_guard lock(graveyard().mutex);
  graveyard().sweep();
}

void watch_forks() {
  static std::once_flag once;
  std::call_once(once, [] { pthread_atfork(nullptr, nullptr, [] { fork_generation.fetch_add(1, std::memory_order_relaxed); }); });
}

}  // namespace thing::capi

void thing_db::release_closed() {
  if (is_child()) return;  // locks may have been held when the parent forked
  std::lock_guard lock(thing::capi::graveyard().mutex);
  holders.give();
  thing::capi::graveyard().sweep();
}
