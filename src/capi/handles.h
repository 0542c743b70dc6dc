#pragma once
// The structs behind the opaque types of thing.h.
#include <pthread.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "capi/core.h"
#include "entity/object.h"
#include "query/criteria.h"
#include "store/cursor.h"
#include "store/store.h"
#include "store/transaction.h"

struct thing_error {
  thing::base::Error error;
};

struct thing_buf {
  std::string text;
  char* block = nullptr;  // of entity::Output, instead of text
  size_t size = 0;
  ~thing_buf() { std::free(block); }
};

namespace thing::capi {

// One thread at a time, but the thread inside may come in again (from a hook).
class Door {
 public:
  bool enter() {
    const uint64_t self = me();
    if (owner_.load(std::memory_order_relaxed) == self) {
      ++depth_;
      return true;
    }
    uint64_t nobody = 0;
    if (!owner_.compare_exchange_strong(nobody, self)) return false;
    depth_ = 1;
    return true;
  }
  // True when the thread is out.
  bool leave() {
    if (--depth_ > 0) return false;
    owner_.store(0);
    return true;
  }
  bool enter_first() {  // not again
    return owner_.load(std::memory_order_relaxed) != me() && enter();
  }

 private:
  static uint64_t me() { return static_cast<uint64_t>(pthread_self()); }
  std::atomic<uint64_t> owner_{0};
  int depth_ = 0;
};

// A transaction with the nested ones inside it; shared by their handles.
struct TxRoot {
  Door door;
  std::unique_ptr<store::Transaction> tx;
  int nested = 0;  // savepoints made so far, for their names
  std::vector<thing_tx*> open;  // nested handles, outermost first

  bool is_open() const { return tx != nullptr && tx->is_open(); }
};

struct CursorRoot {
  Door door;
  std::unique_ptr<store::Cursor> cursor;
  std::shared_ptr<TxRoot> tx;  // the transaction it reads in
};

}  // namespace thing::capi

struct thing_ctx {
  thing_db* db = nullptr;
  thing::driver::Control control;
  int32_t flags = 0;
  std::string tag;
  thing_tx* tx = nullptr;  // of a thing_tx_ctx
};

struct thing_tx {
  thing_db* db = nullptr;
  std::shared_ptr<thing::capi::TxRoot> root;
  std::string savepoint;  // "" for the outermost
  bool open = true;
  thing_ctx ctx;

  bool is_open() const { return open && root->is_open(); }
};

// A record. Its row lies behind it in the same block when it was read alone.
struct thing_obj : thing::entity::Object {
  explicit thing_obj(const thing_model* m) : Object(*m->model), handle(m) {}
  ~thing_obj();
  const thing_model* handle;
  thing_obj* before = nullptr;  // thing_obj_original, made when asked for
  std::atomic<bool> busy{false};

  static thing_obj* make(const thing_model* m, uint64_t row_bytes);  // does not hold the database yet
  static void destroy(thing_obj* o);                                 // nor gives it back
  uint8_t* row_bytes() { return reinterpret_cast<uint8_t*>(this + 1); }
};
static_assert(sizeof(thing_obj) % 8 == 0);

struct thing_criteria {
  const thing_model* handle;
  thing::query::Criteria criteria;
};

struct thing_rows {
  thing_db* db = nullptr;
  const thing_model* handle = nullptr;  // nullptr for raw SQL
  thing::store::RowSet set;
  std::unique_ptr<thing::entity::RowPrinter> raw_printer;
  mutable std::atomic<int64_t*> ids{nullptr};
  ~thing_rows() { delete[] ids.load(std::memory_order_relaxed); }
};

struct thing_cursor {
  thing_db* db = nullptr;
  const thing_model* handle = nullptr;
  std::shared_ptr<thing::capi::CursorRoot> root;
};
