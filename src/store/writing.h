#pragma once
#include <optional>

#include "store/commit.h"
#include "store/keys.h"
#include "store/reading.h"
#include "store/running.h"
#include "store/store.h"
#include "store/transaction.h"

namespace thing::store {

struct FoundBy;

// One writing call: on its transaction, or on the writer by itself. Until done() everything can be
// taken back, and is when the Writing goes away: then the database is as before.
//
// A statement that stands alone commits when it runs. So everything that needs memory comes before
// it: noting what it will change, making the object's new row; afterwards only numbers are filled
// in. Running out of memory then never reports a write that happened as failed.
//
//   Writing writing(store, call);
//   writing.open(several); writing.concern(model, Writing::Kind::kUpdate);
//   writing.note(...); writing.ready();
//   writing.ended(running.execute()); writing.executed();
//   writing.done();
class Writing {
 public:
  Writing(Store& store, const Call& call) : store_(store), call_(call), commit_(store) {}
  ~Writing();
  Writing(const Writing&) = delete;

  // `several`: more than one statement, which then happen together or not at all.
  base::Status open(bool several);
  // It is one of a batch, which is taken back as a whole when it fails.
  void is_of_batch() { of_batch_ = true; }
  session::Connection& connection() { return *connection_; }
  WriteSet& writes() { return writes_; }

  // Before the first statement that writes to the model: learns once what else such writes change.
  enum class Kind : uint8_t { kInsert, kUpdate, kDelete, kAny };
  base::Status concern(ModelState& model, Kind kind);
  // All that a statement will change is noted, and it runs next.
  base::Status ready() {
    if (call_.tx != nullptr || several_) return {};
    THING_TRY(commit_.begin(writes_, *connection_));
    if (!commit_.needs_transaction()) return {};
    several_ = true;
    return session::begin(*connection_, session::Begin::kImmediate);
  }
  // What became of the statement, or of the commit.
  base::Status ended(base::Status done);
  // Rows that the statement just run wrote. Also notices when triggers or foreign keys wrote more.
  int64_t executed();
  // The statement ran, and what it was to write is not there: whatever a trigger wrote in its place
  // is, and nobody knows what that is.
  void wrote_otherwise() noexcept;
  // Whether the row may hold other values than those written.
  bool has_side_effects() const { return side_effects_; }

  // The row as the database has it; empty when absent. Before a change it is locked, so that it
  // stays so: what nobody reads anew would be wrong then.
  base::Result<value::BatchRef> image(ModelState& model, const Key& key) {
    return read_row(model, model.select_one, key);
  }
  // After it: locked too where others keep it, since a change that changes nothing leaves an older
  // snapshot as it was.
  base::Result<value::BatchRef> image_after(ModelState& model, const Key& key) {
    const bool is_newest = model.shared != nullptr && call_.tx != nullptr;
    return read_row(model, is_newest ? model.select_for_update : model.select_one, key);
  }
  base::Result<value::BatchRef> image_before(ModelState& model, const Key& key) {
    return read_row(model, model.select_for_update, key);
  }
  // Whether the default scopes of the model let the call see the row, which was read for it.
  base::Result<bool> sees(ModelState& model, const Key& key, const value::RowView& row);
  // Whether the condition that found the row finds it as it is now, too.
  base::Result<bool> finds(ModelState& model, const Key& key, const value::RowView& now,
                           const FoundBy& by);
  // Whether the shared cache takes the row as the database has it after the write.
  bool keeps_rows(const ModelState& model) const {
    return model.shared != nullptr && store_.use_cache() && model.model.cache.is_on &&
           !call_.has(kNoCacheWrite) && model.has_exact_key();
  }
  // Of the row noted last.
  void stored(const ModelState& model, value::BatchRef row) {
    if (keeps_rows(model)) {
      writes_.set_last_stored(std::move(row));
    } else {
      writes_.set_last_after(std::move(row));
    }
  }
  // Whether lists that are cached may change when these fields do (all for an empty span: a row
  // comes or goes).
  static bool touches_lists(ModelState& model, std::span<const uint32_t> fields);

  // Notes the changed row, and which fields were changed (none: all).
  void note(ModelState& model, const Key& key, value::BatchRef before, value::BatchRef after,
            bool touches_lists, std::span<const uint32_t> fields = {});

  // Commits what stands alone and tells the cache; inside a transaction that waits for its commit.
  base::Status done();

 private:
  base::Result<value::BatchRef> read_row(ModelState& model, const session::Plan& plan,
                                         const Key& key);
  // Whether the query has a row, as rows are now.
  base::Result<bool> has_row(const query::Query& q, ModelState& model);
  void undo() noexcept;

  Store& store_;
  const Call& call_;
  session::Loan loan_;
  session::Connection* connection_ = nullptr;
  Attached attached_;  // in a transaction
  WriteSet writes_;
  Commit commit_;  // goes before the loan
  int64_t total_before_ = 0;
  bool several_ = false;
  bool of_batch_ = false;
  bool side_effects_ = false;
  bool wrote_ = false;
  bool done_ = false;
};

}  // namespace thing::store
