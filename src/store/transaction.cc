#include "store/transaction.h"

#include <algorithm>

#include "base/faults.h"
#include "base/utf8.h"
#include "store/commit.h"
#include "store/hooked.h"
#include "store/reading.h"
#include "store/shared.h"

namespace thing::store {

using base::Code;
using base::fail;

namespace {

bool is_name(std::string_view name) {
  const auto is_allowed = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !name.empty() && name.size() <= 63 && std::all_of(name.begin(), name.end(), is_allowed);
}

}  // namespace

base::Result<std::unique_ptr<Transaction>> Transaction::begin(Store& store, const Call& call,
                                                              const Begin& how) {
  if (store.is_closed()) return fail(Code::kClosed, "the database is closed");
  if (call.control != nullptr) THING_TRY(call.control->check());
  const bool is_default = how.isolation == dialect::Isolation::kDefault;
  auto loan = how.read_only ? store.session().read(call.control, is_default)
                            : store.session().write(call.control);
  if (!loan) return fail(std::move(loan.error()));
  std::unique_ptr<Transaction> tx(new Transaction(store, std::move(*loan), how));
  tx->open_ = false;  // until it is
  session::Connection& connection = tx->connection();
  if (!is_default) {
    THING_TRY(session::begin(connection, how.isolation, how.read_only));
  } else if (!how.read_only) {
    THING_TRY(session::begin(
        connection, how.deferred ? session::Begin::kDeferred : session::Begin::kImmediate));
  }
  tx->open_ = true;
  if (!how.whole) connection.guard(true);
  tx->total_before_ = connection.raw().total_changes();
  tx->loan_.detach_control();
  return tx;
}

Transaction::~Transaction() {
  if (open_) (void)rollback(Call{});
}

base::Status Transaction::check() const {
  if (!open_) return fail(Code::kState, "the transaction is over");
  if (poisoned_) {
    return fail(Code::kState,
                "a write of the transaction failed and could not be taken back alone; the "
                "transaction can only be rolled back");
  }
  if (!read_only_ && !loan_->raw().in_transaction()) {
    return fail(Code::kState,
                "the database has rolled the transaction back, after a write that failed or was "
                "interrupted");
  }
  return {};
}

base::Status Transaction::commit(const Call& call) {
  if (!open_) return fail(Code::kState, "the transaction is over");
  if (auto whole = check(); !whole) {
    (void)rollback(call);
    return whole;
  }
  if (read_only_) {
    open_ = false;
    loan_ = session::Loan();
    trail_->end(true);
    finish(call, entity::kAfterCommit);
    return {};
  }
  auto done = send_commit(call);
  const bool is_pending = !done && done.error().code() == Code::kBusy && loan_->raw().is_usable() &&
                          loan_->raw().in_transaction();
  if (is_pending) return done;
  open_ = false;
  loan_ = session::Loan();
  // Of a commit that may have happened, objects are as if it had.
  trail_->end(done || done.error().code() == Code::kCommitUnknown);
  wait_until(wait_until_);
  finish(call, done ? entity::kAfterCommit : entity::kAfterRollback);
  return done;
}

// The cache is told before anybody else has the connection. Afterwards nothing is open, but after a
// lock that did not come, when it can be tried again.
base::Status Transaction::send_commit(const Call& call) {
  const bool wrote = loan_->raw().total_changes() != total_before_;
  Commit commit(store_);
  base::Status done;
  {
    const Attached attached(call.control, *loan_);
    done = commit.begin(writes_, *loan_);
    if (done) done = session::commit(*loan_);
  }
  if (done) {
    commit.succeeded(writes_, wrote);
    call.note_degraded(commit.is_degraded());
    wait_until_ = commit.wait_until();
    return done;
  }
  const Code code = done.error().code();
  if (code == Code::kCommitUnknown) commit.lost();
  if (code != Code::kBusy || !loan_->raw().in_transaction()) session::rollback(*loan_);
  return done;
}

base::Status Transaction::rollback(const Call& call) {
  if (!open_) return fail(Code::kState, "the transaction is over");
  open_ = false;
  // A server that has ended the transaction by itself may have committed it.
  if (!read_only_ && store_.is_server() && !loan_->raw().in_transaction() && !writes_.empty()) {
    store_.stamps().drop_all();
    if (store_.shared() != nullptr) wait_until_ = store_.shared()->drop_all(&*loan_).until;
  }
  if (!read_only_) session::rollback(*loan_);
  loan_ = session::Loan();
  trail_->end(false);
  wait_until(wait_until_);
  finish(call, entity::kAfterRollback);
  return {};
}

// The connection is back already, so hooks may use the database.
void Transaction::finish(const Call& call, int32_t event) noexcept { run_hooked(call, 0, event); }

// Hooks may use the transaction: set savepoints, go back to others, write. So what is to run leaves
// the list first.
void Transaction::run_hooked(const Call& call, size_t from, int32_t event) noexcept {
  std::vector<WriteSet::Hooked>& all = writes_.hooked();
  std::vector<WriteSet::Hooked> mine;
  const auto first = all.begin() + static_cast<std::ptrdiff_t>(from);
  bool runs = true;
  if (from == 0) {
    mine.swap(all);
  } else {
    try {
      mine.assign(first, all.end());
    } catch (const std::bad_alloc&) {  // hooks that can not run for want of memory do not
      runs = false;
      std::for_each(first, all.end(),
                    [this](const WriteSet::Hooked& h) { store_.free_object(h.object); });
    }
    all.resize(from);
  }
  Call outside = call;
  outside.tx = nullptr;
  for (const WriteSet::Hooked& h : mine) {
    if (runs) run_late(store_, outside, event, *h.object);
    store_.free_object(h.object);
  }
}

size_t Transaction::find(std::string_view name) const {
  size_t i = savepoints_.size();
  while (i > 0 && savepoints_[i - 1].name != name) --i;
  return i;  // number + 1; 0: none
}

base::Status Transaction::set_savepoint(std::string name) {
  trail_->leave_parts(savepoints_.size());  // one too many when memory ran out below
  trail_->begin_part();
  savepoints_.push_back({std::move(name), fmt::format("thing {}", ++last_number_),
                         writes_.hooked().size(), loan_->is_guarded()});
  auto set = session::savepoint(*loan_, savepoints_.back().number);
  if (!set) leave_savepoints(savepoints_.size() - 1);
  return set;
}

void Transaction::leave_savepoints(size_t left) noexcept {
  savepoints_.resize(left);
  trail_->leave_parts(left);
}

base::Status Transaction::savepoint(std::string_view name) {
  THING_TRY(check());
  if (!is_name(name))
    return fail(Code::kInvalid,
                "savepoint: found name {}, expected 1 to 63 letters, digits and underscores",
                base::quoted(name));
  return set_savepoint(std::string(name));
}

base::Status Transaction::release(std::string_view name) {
  THING_TRY(check());
  const size_t at = find(name);
  if (at == 0) return fail(Code::kState, "there is no savepoint {}", base::quoted(name));
  THING_TRY(session::release(*loan_, savepoints_[at - 1].number));
  leave_savepoints(at - 1);
  return {};
}

base::Status Transaction::rollback_to(std::string_view name) {
  THING_TRY(check());
  const size_t at = find(name);
  if (at == 0) return fail(Code::kState, "there is no savepoint {}", base::quoted(name));
  if (!base::is_removed("through.savepoints")) writes_.doubt_rows();
  THING_TRY(session::rollback_to(*loan_, savepoints_[at - 1].number));
  if (base::is_removed("savepoint.keeps_writes")) writes_ = WriteSet();
  trail_->undo(at - 1);
  leave_savepoints(at);
  return {};
}

void Transaction::run_undone(const Call& call) noexcept {
  run_hooked(call, savepoints_.back().hooked, entity::kAfterRollback);
}

base::Status Transaction::begin_part(bool whole) {
  THING_TRY(check());
  THING_TRY(set_savepoint("thing batch"));
  if (whole) loan_->guard(false);
  return {};
}

base::Status Transaction::keep_part() {
  THING_TRY(session::release(*loan_, savepoints_.back().number));
  loan_->guard(savepoints_.back().guarded);
  leave_savepoints(savepoints_.size() - 1);
  return {};
}

void Transaction::undo_part(const Call& call) noexcept {
  bool undone = false;
  writes_.doubt_rows();
  try {
    const std::string& number = savepoints_.back().number;
    undone = session::rollback_to(*loan_, number) && session::release(*loan_, number);
  } catch (const std::bad_alloc&) {
  }
  if (!undone) poison();
  loan_->guard(savepoints_.back().guarded);
  const size_t from = savepoints_.back().hooked;
  trail_->undo(savepoints_.size() - 1);
  leave_savepoints(savepoints_.size() - 1);
  run_hooked(call, from, entity::kAfterRollback);
}

}  // namespace thing::store
