#include "store/writing.h"

#include <algorithm>

#include "store/list.h"
#include "store/shared.h"
#include "store/sight.h"

namespace thing::store {

using base::Code;
using base::fail;

base::Status Writing::open(bool several) {
  if (store_.is_closed()) return fail(Code::kClosed, "the database is closed");
  if (call_.control != nullptr) THING_TRY(call_.control->check());
  several_ = several;
  if (call_.tx != nullptr) {
    THING_TRY(call_.tx->check());
    if (call_.tx->is_read_only()) return fail(Code::kReadonly, "the transaction is read-only");
    session::Connection& connection = call_.tx->connection();
    attached_.attach(call_.control, connection);
    if (several) THING_TRY(session::begin_part(connection));
    connection_ = &connection;
  } else {
    THING_ASSIGN(loan_, store_.session().write(call_.control));
    connection_ = &*loan_;
    if (several) {
      if (auto begun = session::begin(*connection_, session::Begin::kImmediate); !begun) {
        connection_ = nullptr;
        return fail(std::move(begun.error()));
      }
    }
  }
  total_before_ = connection_->raw().total_changes();
  return {};
}

Writing::~Writing() {
  if (!done_ && connection_ != nullptr) undo();
}

void Writing::undo() noexcept {
  if (call_.tx != nullptr) {
    if (!several_) {
      // A statement that failed took itself back; what fails after one that wrote can not be kept
      // apart from it.
      if (wrote_ && !of_batch_) call_.tx->poison();
      return;
    }
    connection_->raw().set_control(nullptr);  // also after the deadline
    if (!session::undo_part(*connection_)) call_.tx->poison();
    return;
  }
  if (several_) session::rollback(*connection_);
}

base::Status Writing::concern(ModelState& model, Kind kind) {
  if (!store_.is_server()) return {};  // what more is written is counted
  THING_ASSIGN(const driver::MoreWrites more, store_.writes_more(*connection_, model));
  const bool by_keys = kind == Kind::kUpdate   ? more.by_updates
                       : kind == Kind::kDelete ? more.by_deletes
                                               : kind == Kind::kAny && more.any();
  if (!more.always && !by_keys) return {};
  side_effects_ = true;
  writes_.add_everything();
  return {};
}

base::Status Writing::ended(base::Status done) {
  if (!done && done.error().code() == Code::kCommitUnknown) commit_.lost();
  return done;
}

int64_t Writing::executed() {
  const int64_t total = connection_->raw().total_changes();
  const int64_t delta = total - total_before_;
  total_before_ = total;
  const int64_t direct = delta == 0 ? 0 : connection_->raw().changes();
  wrote_ = wrote_ || delta != 0;
  if (delta != direct) {
    side_effects_ = true;
    writes_.add_everything();
  }
  return direct;
}

void Writing::wrote_otherwise() noexcept {
  writes_.add_everything();
  if (call_.tx != nullptr) {
    call_.tx->writes().add_everything();
  } else if (!several_) {
    commit_.succeeded(writes_, true);
    call_.note_degraded(commit_.is_degraded());
    wait_until(commit_.wait_until());
  }
}

base::Result<value::BatchRef> Writing::read_row(ModelState& model, const session::Plan& plan,
                                                const Key& key) {
  value::BatchBuilder row;
  row.start(model.model.layout, false);
  Running running(store_, call_, *connection_, &model.model);
  THING_TRY(running.prepare(plan));
  THING_TRY(running.bind_key(key));
  THING_ASSIGN(const bool found, running.step(row, model.whole));
  return found ? row.finish() : value::BatchRef();
}

base::Result<bool> Writing::sees(ModelState& model, const Key& key, const value::RowView& row) {
  THING_ASSIGN(const query::Membership seen, admit(store_, call_, model, row, connection_));
  if (seen != query::Membership::kMaybe) return seen == query::Membership::kYes;
  Call all = call_;
  all.flags |= kWithDeleted;
  THING_ASSIGN(const query::Query q, sight_of(model, key, all));
  return has_row(q, model);
}

base::Result<bool> Writing::finds(ModelState& model, const Key& key, const value::RowView& now,
                                  const FoundBy& by) {
  if (is_as_found(model.model, by, now)) return true;
  THING_ASSIGN(const query::Query q, query_again(model, by, key));
  return has_row(q, model);
}

base::Result<bool> Writing::has_row(const query::Query& q, ModelState& model) {
  const auto plan = store_.plans().get(store_.dialect(), q, PlanKind::kNewest);
  value::BatchBuilder rows;
  rows.start(model.model.layout, false);
  Running running(store_, call_, *connection_, &model.model);
  THING_TRY(running.prepare(plan->plan));
  THING_TRY(bind_arguments(running, plan->arguments, q));
  THING_TRY(running.step_all(rows, plan->projection));
  return rows.rows() != 0;
}

bool Writing::touches_lists(ModelState& model, std::span<const uint32_t> fields) {
  if (model.shared != nullptr && Shared::needs_images(model, fields)) return true;
  if (model.lists.empty()) return false;
  if (fields.empty()) return true;
  const std::vector<uint64_t> watched = model.lists.fields();
  return std::any_of(fields.begin(), fields.end(), [&](uint32_t f) {
    return f / 64 < watched.size() && (watched[f / 64] >> (f % 64) & 1) != 0;
  });
}

void Writing::note(ModelState& model, const Key& key, value::BatchRef before, value::BatchRef after,
                   bool touches, std::span<const uint32_t> fields) {
  WriteSet::Row row;
  row.model = &model;
  row.id = key.integer;
  if (!key.is_integer) row.key = key_bytes(key);
  row.has_key = key.is_known;
  row.has_images = before || after;
  row.no_list = !touches;
  row.fields.assign(fields.begin(), fields.end());
  row.before = std::move(before);
  row.after = std::move(after);
  writes_.add(std::move(row));
}

base::Status Writing::done() {
  if (call_.tx != nullptr) {
    call_.tx->writes().merge(std::move(writes_));
    if (several_) THING_TRY(session::keep_part(*connection_));
    done_ = true;
    return {};
  }
  if (several_) {
    THING_TRY(commit_.begin(writes_, *connection_));
    THING_TRY(ended(session::commit(*connection_)));
  }
  done_ = true;
  commit_.succeeded(writes_, wrote_);
  call_.note_degraded(commit_.is_degraded());
  loan_ = session::Loan();
  wait_until(commit_.wait_until());
  return {};
}

}  // namespace thing::store
