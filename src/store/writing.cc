#include "store/writing.h"

#include <algorithm>

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
    } else if (store_.use_cache()) {
      store_.stamps().begin_commit();
      in_commit_ = true;
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
      if (wrote_) call_.tx->poison();
      return;
    }
    connection_->raw().set_control(nullptr);  // also after the deadline
    if (!session::undo_part(*connection_)) call_.tx->poison();
    return;
  }
  if (several_) session::rollback(*connection_);
  if (in_commit_) store_.stamps().end_commit(cache::Stamps::Ended::kFailed);
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

base::Result<value::BatchRef> Writing::image(ModelState& model, const Key& key) {
  value::BatchBuilder row;
  row.start(model.model.layout, false);
  Running running(store_, call_, *connection_, &model.model);
  THING_TRY(running.prepare(model.select_one));
  THING_TRY(running.bind_key(key));
  THING_ASSIGN(const bool found, running.step(row, model.whole));
  return found ? row.finish() : value::BatchRef();
}

bool Writing::touches_lists(ModelState& model, std::span<const uint32_t> fields) {
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
  row.has_images = before || after;
  row.no_list = !touches;
  if (!touches) row.fields.assign(fields.begin(), fields.end());
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
  if (several_) THING_TRY(commit_alone());
  done_ = true;
  if (in_commit_) store_.publish(writes_, wrote_);
  in_commit_ = false;
  loan_ = session::Loan();
  return {};
}

base::Status Writing::commit_alone() {
  if (store_.use_cache()) {
    store_.stamps().begin_commit();
    in_commit_ = true;
  }
  return session::commit(*connection_);
}

// Tells cache and idle readers of a commit that happened. Called before the connection is given
// back.
//
// Who wrote nothing may have waited for somebody who did: the one commit since begin_commit() is
// then not ours.
void Store::publish(const WriteSet& writes, bool wrote) noexcept {
  bool told = !writes.is_everything();
  try {
    if (told) apply(writes, stamps_->commit_stamp());
  } catch (const std::bad_alloc&) {
    told = false;  // what could not be told apart is all dropped
  }
  using Ended = cache::Stamps::Ended;
  stamps_->end_commit(!told ? Ended::kUnknown : wrote ? Ended::kTold : Ended::kFailed);
  session_->end_idle_leases();
}

void Store::drop_model(ModelState& model, cache::Stamp stamp) {
  cache::Stamp before = model.bulk_stamp.load(std::memory_order_relaxed);
  while (before < stamp && !model.bulk_stamp.compare_exchange_weak(before, stamp)) {
  }
  model.lists.drop(stamp);
}

// Other models of the same table see the write too, but may have other keys and fields.
void Store::drop_twins(const ModelState& model, cache::Stamp stamp) {
  if (!model.has_twin.load(std::memory_order_acquire)) return;
  for (int i = 0; i < model_count(); ++i) {
    ModelState* const other = model_at(i);
    if (other != &model && is_same_table(other->model, model.model)) drop_model(*other, stamp);
  }
}

void Store::apply(const WriteSet& writes, cache::Stamp stamp) {
  for (ModelState* model : writes.bulk()) {
    drop_model(*model, stamp);
    drop_twins(*model, stamp);
  }
  struct Changed {
    ModelState* model = nullptr;
    std::vector<cache::Images> images;
    std::vector<const WriteSet::Row*> unlisted;
    bool unknown = false;
  };
  std::vector<Changed> changed;
  for (const WriteSet::Row& row : writes.rows()) {
    objects_->invalidate(row.model->model.id >= 0
                             ? cache::ObjectKey::of(row.model->number, row.id)
                             : cache::ObjectKey::of(row.model->number, row.key),
                         stamp);
    auto it = std::find_if(changed.begin(), changed.end(),
                           [&row](const Changed& c) { return c.model == row.model; });
    if (it == changed.end()) it = changed.insert(changed.end(), Changed{row.model, {}, {}, false});
    if (row.has_images) {
      it->images.push_back({row.before ? row.before->row(0) : value::RowView(),
                            row.after ? row.after->row(0) : value::RowView()});
    } else if (row.no_list) {
      it->unlisted.push_back(&row);
    } else {
      it->unknown = true;
    }
  }
  for (const Changed& c : changed) {
    drop_twins(*c.model, stamp);
    if (c.unknown) {
      c.model->lists.drop(stamp);
    } else {
      c.model->lists.apply(c.images, stamp);
      // From here on no list is kept that was read before. One that was kept since the row was
      // written was not asked about it.
      if (std::any_of(c.unlisted.begin(), c.unlisted.end(), [&c](const WriteSet::Row* row) {
            return Writing::touches_lists(*c.model, row->fields);
          })) {
        c.model->lists.drop(stamp);
      }
    }
  }
}

}  // namespace thing::store
