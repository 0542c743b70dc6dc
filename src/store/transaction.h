#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "entity/trail.h"
#include "session/session.h"
#include "store/store.h"
#include "store/write_set.h"

namespace thing::store {

// How a transaction begins.
struct Begin {
  bool read_only = false;
  bool deferred = false;  // the write lock is taken at the first write
  // The statements in it are the library's own and taken back as a whole: none needs a guard.
  bool whole = false;
  dialect::Isolation isolation = dialect::Isolation::kDefault;
};

// A transaction on a connection of its own: collects what it writes, and tells the cache at the
// commit. [1]
class Transaction {
 public:
  // Waits for the connection and the write lock. kReadonly when the database is read-only and the
  // transaction is not.
  static base::Result<std::unique_ptr<Transaction>> begin(Store& store, const Call& call,
                                                          const Begin& how);
  ~Transaction();  // rolls back when open
  Transaction(const Transaction&) = delete;

  bool is_open() const { return open_; }
  // kState when it is over, or can only be rolled back: a write failed that could not be taken back
  // alone, or the database has rolled all of it back, as SQLite does after an interrupted write.
  base::Status check() const;
  bool is_read_only() const { return read_only_; }
  // Whether it may be without the write lock that there is one of for all.
  bool is_deferred() const { return deferred_; }
  // `call` gives control, tag and context for what runs inside.
  base::Status commit(const Call& call);
  base::Status rollback(const Call& call);
  // Named by the user, or by capi for nested transactions. kInvalid: a bad name; kState: no such
  // savepoint.
  base::Status savepoint(std::string_view name);
  base::Status release(std::string_view name);
  // The hooks of what it takes back run in run_undone(), when the caller has put its own affairs in
  // order: they may use the transaction.
  base::Status rollback_to(std::string_view name);
  void run_undone(const Call& call) noexcept;
  bool has_savepoint(std::string_view name) const { return find(name) != 0; }

  // A savepoint of the library's own around several writes, then kept or taken back: when that
  // fails, by a rollback of the whole. `whole`: no statement inside needs a guard of its own.
  base::Status begin_part(bool whole);
  base::Status keep_part();
  void undo_part(const Call& call) noexcept;

  // What was written can not be kept apart from what failed: only a rollback is possible from here
  // on.
  void poison() { poisoned_ = true; }

  // What becomes of its writes, for the objects that were written.
  const entity::Trail& trail() const { return *trail_; }
  void remember(entity::Object& object) noexcept { object.remember(trail_, trail_->now()); }
  void remember(entity::Object& object, entity::Object&& before) noexcept {
    object.remember(std::move(before), trail_, trail_->now());
  }

  session::Connection& connection() { return *loan_; }
  WriteSet& writes() { return writes_; }
  Store& store() { return store_; }

 private:
  Transaction(Store& store, session::Loan loan, const Begin& how)
      : store_(store),
        loan_(std::move(loan)),
        read_only_(how.read_only),
        deferred_(how.deferred && how.isolation == dialect::Isolation::kDefault) {}
  // The database knows savepoints by numbers: SQLite would take "a" for "A".
  struct Savepoint {
    std::string name;
    std::string number;
    size_t hooked = 0;     // writes_.hooked() when it was set
    bool guarded = false;  // whether statements were, then
  };
  base::Status send_commit(const Call& call);
  void finish(const Call& call, int32_t event) noexcept;
  void run_hooked(const Call& call, size_t from, int32_t event) noexcept;
  base::Status set_savepoint(std::string name);
  size_t find(std::string_view name) const;
  void leave_savepoints(size_t left) noexcept;

  Store& store_;
  session::Loan loan_;
  WriteSet writes_;
  const std::shared_ptr<entity::Trail> trail_ = std::make_shared<entity::Trail>();
  std::vector<Savepoint> savepoints_;
  uint64_t last_number_ = 0;
  int64_t total_before_ = 0;  // of changes, when it began
  int64_t wait_until_ = 0;    // as Commit says
  bool read_only_;
  bool deferred_;
  bool poisoned_ = false;
  bool open_ = true;
};

}  // namespace thing::store
