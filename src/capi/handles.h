#pragma once
// The structs behind the opaque types of thing.h.
#include <atomic>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "capi/core.h"
#include "capi/gate.h"
#include "entity/object.h"
#include "query/criteria.h"
#include "relation/numbers.h"
#include "relation/rows.h"
#include "store/cursor.h"
#include "store/model_state.h"
#include "store/store.h"
#include "store/transaction.h"

struct thing_error {
  thing::base::Error error;
};

// Its bytes follow it in the same block of malloc(), and one NUL follows them.
struct thing_buf {
  int64_t size = 0;
};

namespace thing::capi {

// A transaction, shared by its handle, the nested ones and the cursors that read in it. Everything
// but the gate belongs to the thread inside the gate.
struct OpenTx {
  explicit OpenTx(thing_db* database) : db(database) {}
  // A savepoint that is set: of the user, or (level > 0) of a nested transaction.
  struct Mark {
    std::string name;
    uint64_t level = 0;
  };

  thing_db* const db;
  Gate gate;
  std::unique_ptr<store::Transaction> transaction;
  std::vector<Mark> marks;           // in the order they were set
  std::vector<OpenCursor*> cursors;  // those that are open in it
  uint64_t last_level = 0;

  bool is_open(uint64_t level) const;
  std::string name_of(uint64_t level) const;
  base::Status commit(const store::Call& call);
  base::Status rollback(const store::Call& call);
  base::Status rollback_level(uint64_t level);  // of a nested one
  // A handle that is freed; from inside a call of it, it goes when the call ends.
  void free(thing_tx* handle) noexcept;
  void leave() noexcept;  // the gate

 private:
  void close_cursors() noexcept;
  void end_freed(const thing_tx* handle) noexcept;

  thing_tx* freed_ = nullptr;
};

// A cursor; inside a transaction it shares its gate, for it shares its connection.
struct OpenCursor {
  std::shared_ptr<OpenTx> tx;
  std::unique_ptr<store::Cursor> cursor;
  bool failed = false;

  Gate& gate() { return tx != nullptr ? tx->gate : own_gate_; }
  void close() noexcept;  // inside the gate

 private:
  Gate own_gate_;
};

}  // namespace thing::capi

struct thing_ctx {
  explicit thing_ctx(thing_db* database) : db(database) {}
  thing_db* const db;
  thing::driver::Control control;
  int32_t flags = 0;
  std::string tag;
  std::vector<const thing::schema::Model*> muted;  // whose hooks do not run
  std::atomic<bool> degraded{false};               // of its last call
  thing::capi::Gate gate;
  thing_tx* tx = nullptr;  // whose thing_tx_ctx it is
  // The ctx of the transaction that thing_tx_run runs for this one: cancelled with it.
  std::mutex inner_mutex;
  thing_ctx* inner = nullptr;
};

namespace thing::capi {
// thing_ctx_cached(): belongs to no database, and nobody changes it.
inline bool is_shared(const thing_ctx* ctx) { return ctx->db == nullptr; }
}  // namespace thing::capi

struct thing_tx {
  thing_tx(thing_db* db, std::shared_ptr<thing::capi::OpenTx> s) : state(std::move(s)), ctx(db) {
    ctx.tx = this;
  }
  std::shared_ptr<thing::capi::OpenTx> state;
  uint64_t level = 0;     // of a nested one
  bool borrowed = false;  // belongs to thing_tx_run
  thing_tx* next_freed = nullptr;
  thing_ctx ctx;

  bool is_open() const { return state->is_open(level); }
};

namespace thing::capi {

// Rows of relations that were loaded for an object, and numbers about them: of its one row, with
// the key by which they were found.
class ObjectRelations {
 public:
  struct Loaded {
    relation::Related related;
    std::string key;
  };
  struct Counted {
    const schema::Link* link = nullptr;
    query::Number number;
    value::Value value;
    std::string key;
  };
  // nullptr: not loaded, or of another key.
  const relation::Related* find(const schema::Relation& relation, std::string_view key) const;
  void set(relation::Related related, std::string key);
  // The numbers of one row, each in place of the one of its name.
  void set(const relation::Numbers& numbers, const std::string& key);
  // Those that are of the object's key as it is now.
  relation::NumberList numbers(const entity::Object& object) const;
  void forget(const schema::Relation& relation);
  void clear() { items_.reset(); }
  void copy_from(const ObjectRelations& other);
  std::span<const Loaded> rows() const;

 private:
  struct Items {
    std::vector<Loaded> rows;
    std::vector<Counted> numbers;
  };
  Items& items();

  std::unique_ptr<Items> items_;  // mostly none
};

}  // namespace thing::capi

// A record. The row of one that was read alone lies behind it in the same block.
struct thing_obj : thing::entity::Object {
  explicit thing_obj(const thing_model* m) : Object(*m->model), handle(m) {}
  ~thing_obj() { destroy(original); }

  // With room for a row. Neither holds the database nor gives it back.
  static thing_obj* make(const thing_model* m, uint64_t row_bytes = 0);
  static void destroy(thing_obj* o) noexcept;
  // Gives up a hold, and with the last one the object and its hold of the database.
  static void release(thing_obj* o) noexcept;

  uint8_t* room() { return reinterpret_cast<uint8_t*>(this + 1); }
  // The row as a packed batch of its own, when that is what it lies in and nothing was changed.
  std::string_view packed() const;

  const thing_model* const handle;
  thing::capi::ObjectRelations relations;
  std::atomic<int32_t> holders{1};  // the user, until thing_obj_free, and objects it is attached to
  thing_obj* original = nullptr;    // thing_obj_original, made when it was asked for
  std::atomic<bool> busy{false};
  bool borrowed = false;  // belongs to another object
};
static_assert(sizeof(thing_obj) % 8 == 0);

struct thing_criteria {
  const thing_model* handle;
  thing::query::Criteria criteria;
};

struct thing_rows {
  thing_rows(thing_db* database, const thing_model* m, thing::relation::RowTree&& t)
      : db(database), handle(m), tree(std::move(t)) {}
  ~thing_rows() { delete[] ids.load(std::memory_order_relaxed); }

  thing_db* const db;
  const thing_model* const handle;  // nullptr: raw SQL
  const thing::relation::RowTree tree;
  const thing::store::RowSet& set = tree.set;
  bool hooks = true;                           // whether AFTER_LOAD hooks see its objects
  mutable std::atomic<int64_t*> ids{nullptr};  // made when they are asked for
};

struct thing_cursor {
  thing_db* db;
  const thing_model* handle;
  bool hooks;
  std::shared_ptr<thing::capi::OpenCursor> state;
  std::vector<thing::query::Include> includes;
};

namespace thing::capi {

// The handle of a registered model.
inline const thing_model* handle_of(const schema::Model& model) {
  return static_cast<const thing_model*>(store::state_of(model).handle);
}

inline const entity::RowPrinter& printer_of(const schema::Model& model) {
  return handle_of(model)->printer;
}

struct FreeObject {
  void operator()(thing_obj* o) const { thing_obj::destroy(o); }
};
using OwnedObject = std::unique_ptr<thing_obj, FreeObject>;

// Comes before every use of a user's object: what a rollback took back of it goes back now. May
// run out of memory; then the object is as it was and goes back the next time.
inline void settle(const thing_obj* o) {
  if (o != nullptr && o->has_past()) const_cast<thing_obj*>(o)->settle();
}
void settle_if_possible(const thing_obj* o) noexcept;  // of calls that can not fail

}  // namespace thing::capi
