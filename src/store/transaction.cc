#include "store/transaction.h"

#include <algorithm>

#include "base/utf8.h"
#include "store/hooked.h"
#include "store/reading.h"

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
                                                              Begin mode) {
  if (store.is_closed()) return fail(Code::kClosed, "the database is closed");
  if (call.control != nullptr) THING_TRY(call.control->check());
  const bool read_only = mode == Begin::kReadOnly;
  auto loan =
      read_only ? store.session().read(call.control, true) : store.session().write(call.control);
  if (!loan) return fail(std::move(loan.error()));
  std::unique_ptr<Transaction> tx(new Transaction(store, std::move(*loan), read_only));
  if (!read_only) {
    tx->open_ = false;  // until it is
    THING_TRY(session::begin(tx->connection(), mode == Begin::kImmediate
                                                   ? session::Begin::kImmediate
                                                   : session::Begin::kDeferred));
    tx->open_ = true;
  }
  tx->loan_.detach_control();
  return tx;
}

Transaction::~Transaction() {
  if (open_) (void)rollback(Call{});
}

base::Status Transaction::commit(const Call& call) {
  if (!open_) return fail(Code::kState, "the transaction is over");
  if (poisoned_) {
    (void)rollback(call);
    return fail(Code::kState,
                "a write of the transaction failed and could not be taken back alone; the "
                "transaction was rolled back");
  }
  if (read_only_) {
    open_ = false;
    loan_ = session::Loan();
    finish(call, entity::kAfterCommit);
    return {};
  }
  const bool caches = store_.use_cache();
  if (caches) store_.stamps().begin_commit();
  auto done = [&] {
    const Attached attached(call.control, *loan_);
    return session::commit(*loan_);
  }();
  const bool is_pending = loan_->raw().in_transaction();
  if (done) {
    if (caches) store_.publish(writes_);
  } else {
    if (!is_pending || done.error().code() != Code::kBusy) session::rollback(*loan_);
    if (caches) store_.stamps().end_commit(cache::Stamps::Ended::kFailed);
    if (is_pending && done.error().code() == Code::kBusy) return fail(std::move(done.error()));
  }
  open_ = false;
  loan_ = session::Loan();
  finish(call, done ? entity::kAfterCommit : entity::kAfterRollback);
  return done;
}

base::Status Transaction::rollback(const Call& call) {
  if (!open_) return fail(Code::kState, "the transaction is over");
  open_ = false;
  if (!read_only_) session::rollback(*loan_);
  loan_ = session::Loan();
  finish(call, entity::kAfterRollback);
  return {};
}

// The connection is back already, so hooks may use the database.
void Transaction::finish(const Call& call, int32_t event) noexcept { run_hooked(call, 0, event); }

void Transaction::run_hooked(const Call& call, size_t from, int32_t event) noexcept {
  std::vector<WriteSet::Hooked>& all = writes_.hooked();
  Call outside = call;
  outside.tx = nullptr;
  const size_t end = all.size();  // hooks may write, and so add to it
  for (size_t i = from; i < end; ++i) {
    entity::Object* const object = all[i].object;
    run_after(store_, outside, event, *object);
    store_.free_object(object);
  }
  const auto first = all.begin() + static_cast<std::ptrdiff_t>(from);
  all.erase(first, first + static_cast<std::ptrdiff_t>(end - from));
}

size_t Transaction::find(std::string_view name) const {
  size_t i = savepoints_.size();
  while (i > 0 && savepoints_[i - 1].name != name) --i;
  return i;  // number + 1; 0: none
}

base::Status Transaction::savepoint(std::string_view name) {
  if (!open_) return fail(Code::kState, "the transaction is over");
  if (!is_name(name))
    return fail(Code::kInvalid,
                "savepoint: found name {}, expected 1 to 63 letters, digits and underscores",
                base::quoted(name));
  savepoints_.push_back({std::string(name), writes_.hooked().size()});
  if (auto set = session::savepoint(*loan_, name); !set) {
    savepoints_.pop_back();
    return fail(std::move(set.error()));
  }
  return {};
}

base::Status Transaction::release(std::string_view name) {
  if (!open_) return fail(Code::kState, "the transaction is over");
  const size_t at = find(name);
  if (at == 0) return fail(Code::kState, "there is no savepoint {}", base::quoted(name));
  THING_TRY(session::release(*loan_, name));
  savepoints_.resize(at - 1);
  return {};
}

base::Status Transaction::rollback_to(const Call& call, std::string_view name) {
  if (!open_) return fail(Code::kState, "the transaction is over");
  const size_t at = find(name);
  if (at == 0) return fail(Code::kState, "there is no savepoint {}", base::quoted(name));
  THING_TRY(session::rollback_to(*loan_, name));
  const size_t from = savepoints_[at - 1].hooked;
  savepoints_.resize(at);
  run_hooked(call, from, entity::kAfterRollback);
  return {};
}

base::Status Transaction::begin_part(std::string_view name) {
  savepoints_.push_back({std::string(name), writes_.hooked().size()});
  if (auto set = session::savepoint(*loan_, name); !set) {
    savepoints_.pop_back();
    return fail(std::move(set.error()));
  }
  return {};
}

base::Status Transaction::keep_part(std::string_view name) {
  THING_TRY(session::release(*loan_, name));
  savepoints_.pop_back();
  return {};
}

void Transaction::undo_part(const Call& call, std::string_view name) noexcept {
  bool undone = false;
  try {
    undone = session::rollback_to(*loan_, name) && session::release(*loan_, name);
  } catch (const std::bad_alloc&) {
  }
  if (!undone) poison();
  const size_t from = savepoints_.back().hooked;
  savepoints_.pop_back();
  run_hooked(call, from, entity::kAfterRollback);
}

}  // namespace thing::store
