#pragma once
#include <cstdint>
#include <vector>

#include "cache/shared/shared_cache.h"
#include "store/outbox.h"
#include "store/store.h"

namespace thing::store {

// One commit on its way, and what the cache must know of it.
class Commit {
 public:
  explicit Commit(Store& store) : store_(store) {}
  ~Commit();  // nothing was committed, unless it was told otherwise
  Commit(const Commit&) = delete;

  // Before COMMIT, or a statement that stands alone, is sent; with the writer of the file held.
  // `writes`: what is known of the changes by then. kCacheDown: others can not be told, and so
  // nothing may be committed.
  base::Status begin(const WriteSet& writes, session::Connection& connection);
  // A statement that stands alone has to run in a transaction, as word of it goes with it: begin()
  // is to be called once more, before COMMIT.
  bool needs_transaction() const { return is_unnoted_; }
  // Tells cache and idle readers of the commit. Before the connection is given back. `wrote`:
  // whether there was anything to commit.
  void succeeded(const WriteSet& writes, bool wrote) noexcept;
  // Whether it succeeded and others may see what was before for a while.
  bool is_degraded() const { return is_degraded_; }
  // When copies that other processes use without asking are used no more, by base::boot_micros();
  // 0: there are none. The write returns no earlier.
  int64_t wait_until() const { return wait_until_; }
  // The connection was lost and nobody knows the outcome.
  void lost() noexcept;

 private:
  bool tell(const WriteSet& writes, cache::Stamp stamp) noexcept;
  void mark(const WriteSet& writes);
  void mark_model(ModelState& model, bool whole);
  void unmark() noexcept;
  base::Status mark_shared(const WriteSet& writes);
  base::Status go_without_marks(const WriteSet& writes, base::Error&& why);
  base::Status leave_word(const WriteSet& writes);
  void await_word() noexcept;
  void wait_for_copies();
  void tell_afterwards() noexcept;
  bool clear_shared() noexcept;  // false: the marks may still be there
  void tell_by_word(const WriteSet& writes) noexcept;

  Store& store_;
  bool begun_ = false;
  // What is marked, on a server.
  std::vector<uint64_t> hashes_;
  std::vector<ModelState*> lists_;
  std::vector<ModelState*> bulk_;
  bool blocks_ = false;
  // What is marked in the shared cache.
  session::Connection* connection_ = nullptr;
  bool told_everything_ = false;
  cache::shared::Token token_;
  std::vector<cache::shared::Cells> cells_;
  // Instead of marks.
  bool is_unnoted_ = false;
  Outbox::Range word_;
  bool is_degraded_ = false;
  int64_t wait_until_ = 0;
};

// Sleeps until then, by base::boot_micros().
void wait_until(int64_t time) noexcept;

}  // namespace thing::store
