#include "store/commit.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/faults.h"
#include "store/keys.h"
#include "store/shared.h"
#include "store/writing.h"

namespace thing::store {

using Ended = cache::Stamps::Ended;
using base::Code;

namespace {

constexpr int kClears = 4;
constexpr auto kBetweenClears = std::chrono::milliseconds(30);

cache::ObjectKey row_object_key(const WriteSet::Row& row) {
  return row.model->model.id >= 0 ? cache::ObjectKey::of(row.model->number, row.id)
                                  : cache::ObjectKey::of(row.model->number, row.key);
}

}  // namespace

Commit::~Commit() {
  if (!begun_) return;
  if (base::is_removed("clear.after_rollback")) cells_.clear();
  clear_shared();
  if (store_.is_server()) {
    unmark();
  } else {
    store_.stamps().end_commit(Ended::kFailed);
  }
}

base::Status Commit::begin(const WriteSet& writes, session::Connection& connection) {
  if (is_unnoted_) return leave_word(writes);
  // Others may keep what this handle does not.
  if (begun_ || (!store_.use_cache() && store_.shared() == nullptr)) return {};
  begun_ = true;
  if (!store_.is_server()) {
    store_.stamps().begin_commit();
    return {};
  }
  base::reach("write.begun");
  mark(writes);
  if (store_.shared() != nullptr && !writes.empty()) {
    connection_ = &connection;
    told_everything_ = writes.is_everything();
    if (!base::is_removed("mark.put") && !base::is_removed("mark.before_commit"))
      THING_TRY(mark_shared(writes));
  }
  base::reach("write.commit_sent");
  return {};
}

base::Status Commit::mark_shared(const WriteSet& writes) {
  token_ = store_.shared()->cache().next_token(connection_->name());
  auto marked = store_.shared()->mark(*connection_, token_, writes, cells_);
  if (marked) {
    wait_for_copies();
    base::reach("write.marked");
    return {};
  }
  if (base::is_removed("mark.must_succeed")) return {};
  // A mark that is still on its way may come after it was cleared.
  if (!cells_.empty()) connection_->give_up();
  base::reach("commit.unmarked");
  return go_without_marks(writes, std::move(marked.error()));
}

// What was marked all the same is left to others, by the end of the session.
base::Status Commit::go_without_marks(const WriteSet& writes, base::Error&& why) {
  const bool is_alone = !connection_->raw().in_transaction();
  const bool may_leave_word = store_.outbox()->policy() == CachePolicy::kAvailable &&
                              // Alone, what changes tables may not run in a transaction, or end it.
                              !(is_alone && writes.changes_schema());
  if (store_.outbox()->policy() == CachePolicy::kLoose || may_leave_word) cells_.clear();
  if (store_.outbox()->policy() == CachePolicy::kLoose) {
    is_degraded_ = true;
    return {};
  }
  if (may_leave_word) {
    is_unnoted_ = true;
    return is_alone ? base::Status() : leave_word(writes);
  }
  return base::fail(
      base::Error(Code::kCacheDown, fmt::format("the shared cache could not be told of the write, "
                                                "which was not made: {}",
                                                why.message()))
          .retryable(true));
}

// It is committed with the write, or not at all.
base::Status Commit::leave_word(const WriteSet& writes) {
  is_unnoted_ = false;
  told_everything_ = writes.is_everything();
  if (base::is_removed("outbox.word")) return {};
  auto words = store_.shared()->words_of(*connection_, writes);
  auto done = words ? store_.outbox()->note(*connection_, *words, word_)
                    : base::Status(base::fail(std::move(words.error())));
  if (done) return done;
  switch (done.error().code()) {  // as of any other statement of the write
    case Code::kTimeout:
    case Code::kCancelled:
    case Code::kConnection:
    case Code::kSerialization: return done;
    default: break;
  }
  return base::fail(
      base::Error(Code::kCacheDown,
                  fmt::format("the shared cache could not be told of the write, which was not "
                              "made, and word of it could not be left in the database: {}",
                              done.error().message()))
          .retryable(true));
}

void Commit::await_word() noexcept {
  if (word_.last != 0 && !store_.outbox()->await(*connection_, word_)) is_degraded_ = true;
  if (!is_degraded_) {
    if (word_.last != 0) wait_until_ = std::max(wait_until_, end_of_copies());
    return;
  }
  store_.stats().add(cache::Stat::kDegraded);
  if (!store_.log().wants(Level::kWarn)) return;
  try {
    store_.log().write(Level::kWarn,
                       fmt::format(R"({{"level":"warn","event":"degraded","policy":"{}"}})",
                                   policy_name(store_.outbox()->policy())));
  } catch (const std::bad_alloc&) {  // a line less
  }
}

// Copies that were right before the marks were there may be used for so long since, and a hundredth
// more: clocks of two machines may run at that much another speed.
void Commit::wait_for_copies() {
  int64_t ms = 0;
  for (const cache::shared::Cells& c : cells_) ms = std::max(ms, c.copies_ms);
  if (ms != 0 && !base::is_removed("copies.wait"))
    wait_until_ = base::boot_micros() + ms * 1010 + 1;
}

void wait_until(int64_t time) noexcept {
  const int64_t left = time == 0 ? 0 : time - base::boot_micros();
  if (left > 0) std::this_thread::sleep_for(std::chrono::microseconds(left));
}

// When the marks can not be taken off, others do it once the session is over: they ask the database
// about it.
bool Commit::clear_shared() noexcept {
  if (cells_.empty()) return true;
  bool cleared = false;
  // Again and again: a mark that was lost leaves what was filled in its place to be dropped here.
  for (int attempt = 0; attempt < kClears && !cleared; ++attempt) {
    if (attempt > 0) std::this_thread::sleep_for(kBetweenClears * attempt);
    try {
      const auto lost = store_.shared()->cache().clear(token_, cells_);
      cleared = lost.has_value();
      if (cleared && *lost > 0 && !base::is_removed("copies.lost_marks"))
        wait_until_ = std::max(wait_until_, end_of_copies());
    } catch (const std::bad_alloc&) {
    }
  }
  if (!cleared && !base::is_removed("clear.gives_up")) connection_->give_up();
  cells_.clear();
  return cleared;
}

// Marks that are still there others take off. In place of those that were lost there may be what
// was read before the commit, and nobody else knows.
void Commit::tell_by_word(const WriteSet& writes) noexcept {
  if (base::is_removed("clear.leaves_word")) return;
  if (store_.outbox()->policy() != CachePolicy::kAvailable) {
    is_degraded_ = true;  // the one case in which a strict write can be
    store_.shared()->renew_links();
    return;
  }
  try {
    auto words = store_.shared()->words_of(*connection_, writes);
    if (!words || !store_.outbox()->note(*connection_, *words, word_)) is_degraded_ = true;
  } catch (const std::bad_alloc&) {
    is_degraded_ = true;
  }
  base::reach("write.told_by_word");
  store_.shared()->renew_links();
}

// Who wrote nothing may have waited for somebody who did: the one commit of the file since begin()
// is then not ours.
void Commit::succeeded(const WriteSet& writes, bool wrote) noexcept {
  base::reach("write.committed");
  // What this process reads from here on comes over links that were caught up since.
  if (word_.last != 0 || is_degraded_) store_.shared()->renew_links();
  if (base::is_removed("mark.before_commit") && connection_ != nullptr) (void)mark_shared(writes);
  if (!cells_.empty()) {
    try {
      Shared::put_rows(writes, cells_);
    } catch (const std::bad_alloc&) {
      for (cache::shared::Cells& c : cells_) c.values.clear();
    }
  }
  const bool cleared = clear_shared();
  base::reach("write.cleared");
  if (!cleared) tell_by_word(writes);
  // Of what was known only afterwards nothing was marked.
  if (connection_ != nullptr && writes.is_everything() && !told_everything_) tell_afterwards();
  if (!begun_) {
    // The cache was off when the commit began: what it kept since then was not told of it.
    if (store_.is_server() && store_.use_cache()) store_.stamps().drop_all();
  } else if (store_.is_server()) {
    if (!tell(writes, store_.stamps().advance())) store_.stamps().drop_all();
    unmark();
  } else {
    const bool told = tell(writes, store_.stamps().commit_stamp());
    store_.stamps().end_commit(!told ? Ended::kUnknown : wrote ? Ended::kTold : Ended::kFailed);
  }
  begun_ = false;
  if (writes.changes_schema()) store_.forget_schema();
  store_.session().end_idle_leases();
  await_word();
}

void Commit::tell_afterwards() noexcept {
  const Shared::Dropped dropped = store_.shared()->drop_all(connection_);
  wait_until_ = std::max(wait_until_, dropped.until);
  is_degraded_ = is_degraded_ || !dropped.is_told;
}

// Whether all that changed could be told apart.
bool Commit::tell(const WriteSet& writes, cache::Stamp stamp) noexcept {
  if (writes.is_everything()) return false;
  try {
    store_.apply(writes, stamp);
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

// The server may still be about to commit, and nobody tells when it has: what is marked stays so,
// and with it the models, as not all of what was to be written is known before it is.
void Commit::lost() noexcept {
  if (base::is_removed("lost.keeps_marks")) clear_shared();
  cells_.clear();  // their marks stay until the session is over
  if (begun_ && store_.is_server()) {
    for (ModelState* model : lists_) {
      model->marks.fetch_add(1);
      Store::drop_model(*model, store_.stamps().advance());
    }
    hashes_.clear();
    lists_.clear();
    bulk_.clear();
    begun_ = false;
  }
}

void Commit::mark(const WriteSet& writes) {
  if (writes.is_everything()) {
    store_.stamps().block();
    blocks_ = true;
    return;
  }
  for (ModelState* model : writes.bulk()) mark_model(*model, true);
  std::vector<uint64_t> hashes;
  hashes.reserve(writes.rows().size());
  for (const WriteSet::Row& row : writes.rows()) {
    mark_model(*row.model, false);
    hashes.push_back(row_object_key(row).hash);
  }
  // Each once: the count of marks has its bounds.
  std::sort(hashes.begin(), hashes.end());
  hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
  if (base::is_removed("memory.mark")) hashes.clear();
  hashes_ = std::move(hashes);
  for (const uint64_t hash : hashes_) store_.objects().mark(hash);
  store_.apply(writes, store_.stamps().advance());
}

// With `whole` none of its rows is kept; other models of the table may have other keys, so none of
// theirs is.
void Commit::mark_model(ModelState& model, bool whole) {
  const auto mark_lists = [this](ModelState& m) {
    if (std::find(lists_.begin(), lists_.end(), &m) != lists_.end()) return;
    lists_.push_back(&m);
    m.lists.mark();
  };
  const auto mark_rows = [this](ModelState& m) {
    if (std::find(bulk_.begin(), bulk_.end(), &m) != bulk_.end()) return;
    bulk_.push_back(&m);
    m.marks.fetch_add(1);
  };
  mark_lists(model);
  if (whole) mark_rows(model);
  if (!model.has_twin.load(std::memory_order_acquire)) return;
  for (int i = 0; i < store_.model_count(); ++i) {
    ModelState* const other = store_.model_at(i);
    if (other == &model || !is_same_table(other->model, model.model)) continue;
    mark_lists(*other);
    mark_rows(*other);
  }
}

void Commit::unmark() noexcept {
  for (const uint64_t hash : hashes_) store_.objects().unmark(hash);
  for (ModelState* model : lists_) model->lists.unmark();
  for (ModelState* model : bulk_) model->marks.fetch_sub(1);
  if (blocks_) {
    store_.stamps().drop_all();  // also when it failed: triggers may have written all the same
    store_.stamps().unblock();
  }
  blocks_ = false;
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
    objects_->invalidate(row_object_key(row), stamp);
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
