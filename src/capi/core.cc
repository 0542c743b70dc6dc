#include "capi/core.h"

#include <algorithm>

#include <pthread.h>

#include "capi/handles.h"

// Closed databases that somebody still holds, or did a moment ago: one that gave it back while it
// was being closed did not look here. The next release of a closed one does, and every open and
// close.
struct Graveyard {
  std::mutex mutex;
  thing_db* first = nullptr;

  static Graveyard& all() {
    static Graveyard* const graveyard = new Graveyard;  // outlives what static destructors free
    return *graveyard;
  }

  void add(thing_db* db) {
    db->next_closed_ = first;
    first = db;
  }

  // Takes out those that nobody holds. They are deleted without the lock.
  thing_db* take_free() {
    thing_db* taken = nullptr;
    for (thing_db** link = &first; *link != nullptr;) {
      thing_db* const db = *link;
      if (db->is_child() || !db->holders_.is_nobody()) {
        link = &db->next_closed_;
        continue;
      }
      *link = db->next_closed_;
      db->next_closed_ = taken;
      taken = db;
    }
    return taken;
  }

  static void destroy(thing_db* list) {
    while (list != nullptr) {
      const std::unique_ptr<thing_db> db(list);
      list = db->next_closed_;
    }
  }
};

namespace thing::capi {
namespace {

std::atomic<uint32_t> generation{0};

}  // namespace

uint32_t fork_generation() noexcept { return generation.load(std::memory_order_relaxed); }

void watch_forks() {
  static std::once_flag once;
  std::call_once(once, [] {
    // The lock is held over the fork, so that the child does not inherit it from a thread it lacks.
    pthread_atfork([] { Graveyard::all().mutex.lock(); }, [] { Graveyard::all().mutex.unlock(); },
                   [] {
                     generation.fetch_add(1, std::memory_order_relaxed);
                     Graveyard::all().mutex.unlock();
                   });
  });
}

void sweep() noexcept {
  thing_db* taken = nullptr;
  {
    std::lock_guard lock(Graveyard::all().mutex);
    taken = Graveyard::all().take_free();
  }
  Graveyard::destroy(taken);
}

namespace {

template <class T>
void remove_from(std::vector<std::shared_ptr<T>>& list, const T* one) noexcept {
  const auto is_it = [one](const std::shared_ptr<T>& item) { return item.get() == one; };
  const auto at = std::find_if(list.begin(), list.end(), is_it);
  if (at == list.end()) return;
  std::swap(*at, list.back());
  list.pop_back();
}

template <class T>
std::shared_ptr<T> take_from(std::vector<std::shared_ptr<T>>& list) noexcept {
  if (list.empty()) return nullptr;
  std::shared_ptr<T> one = std::move(list.back());
  list.pop_back();
  return one;
}

}  // namespace
}  // namespace thing::capi

using thing::capi::OpenCursor;
using thing::capi::OpenTx;

void thing_db::bury() noexcept {
  {
    std::lock_guard lock(Graveyard::all().mutex);
    holders_.give();
    Graveyard::all().add(this);
  }
  thing::capi::sweep();
}

void thing_db::release_closed() noexcept {
  holders_.give();  // another thread's sweep may delete it from here on
  thing::capi::sweep();
}

bool thing_db::add(std::shared_ptr<OpenTx> tx) {
  std::lock_guard lock(open_mutex_);
  if (closed_.load()) return false;
  open_txs_.push_back(std::move(tx));
  return true;
}

bool thing_db::add(std::shared_ptr<OpenCursor> cursor) {
  std::lock_guard lock(open_mutex_);
  if (closed_.load()) return false;
  open_cursors_.push_back(std::move(cursor));
  return true;
}

void thing_db::remove(const OpenTx* tx) noexcept {
  std::lock_guard lock(open_mutex_);
  thing::capi::remove_from(open_txs_, tx);
}

void thing_db::remove(const OpenCursor* cursor) noexcept {
  std::lock_guard lock(open_mutex_);
  thing::capi::remove_from(open_cursors_, cursor);
}

std::shared_ptr<OpenTx> thing_db::take_tx() noexcept {
  std::lock_guard lock(open_mutex_);
  return thing::capi::take_from(open_txs_);
}

std::shared_ptr<OpenCursor> thing_db::take_cursor() noexcept {
  std::lock_guard lock(open_mutex_);
  return thing::capi::take_from(open_cursors_);
}
