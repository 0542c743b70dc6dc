// Reads of single rows: memory, the shared cache, then one statement, and the cache is filled: in
// memory under the stamp taken before the read, in the shared cache under the lease taken before
// it.
#include "base/faults.h"
#include "store/copies.h"
#include "store/keys.h"
#include "store/reading.h"
#include "store/running.h"
#include "store/shared_rows.h"
#include "store/sight.h"
#include "store/store.h"
#include "store/transaction.h"

namespace thing::store {

using base::Code;
using base::fail;

// One read of one row by key.
class RowReader {
 public:
  RowReader(Store& store, const Call& call, ModelState& model, const Key& key,
            const cache::ObjectKey& cache_key, RowSink& sink)
      : store_(store), call_(call), model_(model), key_(key), cache_key_(cache_key), sink_(sink) {}

  base::Result<Found> run();

 private:
  // The row, whether the call sees it or not.
  base::Result<Found> find();
  // kNo: the row is known to be absent; nullopt: a miss.
  std::optional<Found> look(const cache::Stamps::Now& now);
  // `learn`: whether the cache will want to know how keys compare.
  base::Result<std::span<const uint8_t>> select(bool learn, query::Lock lock = {});
  base::Result<Found> load(cache::Stamp fill_stamp);
  base::Result<std::span<const uint8_t>> select_twice(bool learn) {
    return read_twice(store_, call_, [&] { return select(learn); });
  }
  base::Result<Found> run_shared(const cache::Stamps::Now& now);
  std::optional<Found> take(SharedRows& rows, const std::optional<RowCopy>& copy = {});
  Found deliver(std::string_view row);
  // The row is in the sink.
  Found placed(const uint8_t* row, Found where) {
    row_ = value::RowView(row, 0);
    return where;
  }

  Store& store_;
  const Call& call_;
  ModelState& model_;
  const Key& key_;
  const cache::ObjectKey& cache_key_;
  RowSink& sink_;
  value::RowView row_;
};

bool is_visible(const schema::Model& model, const value::RowView& row, query::Scope scope) {
  if (model.deleted < 0 || scope == query::Scope::kAll) return true;
  const auto field = static_cast<uint32_t>(model.deleted);
  const bool is_flag = model.fields[field].type == value::Type::kBool;
  const bool deleted = row.has(field) && (!is_flag || row.int64(field) != 0);
  return deleted == (scope == query::Scope::kDeleted);
}

base::Result<Found> RowReader::run() {
  THING_ASSIGN(const Found found, find());
  if (found == Found::kNo || found == Found::kUncached) return found;
  if (!is_visible(model_.model, row_, call_.scope().deleted)) return Found::kNo;
  if (!is_scoped(model_, call_)) return found;
  THING_ASSIGN(const query::Membership seen, admit(store_, call_, model_, row_));
  if (seen != query::Membership::kMaybe)
    return seen == query::Membership::kYes ? found : Found::kNo;
  if (call_.has(kCacheOnly)) return Found::kUncached;
  THING_ASSIGN(const value::BatchRef row, read_seen(store_, call_, model_, key_));
  if (!row) return Found::kNo;
  std::memcpy(sink_.place(row->size()), row->bytes(), row->size());
  return Found::kDatabase;
}

std::optional<Found> RowReader::look(const cache::Stamps::Now& now) {
  if (now.stamp == 0) return std::nullopt;
  const cache::Stamp floor = model_.object_floor(now);
  cache::ObjectTable::Found found;
  if (!store_.objects().find(cache_key_, floor, found)) return std::nullopt;
  if (found.bytes == 0) {
    store_.stats().add(cache::Stat::kAbsentHit);
    return Found::kNo;
  }
  uint8_t* const out = sink_.place(found.bytes);
  if (!store_.objects().copy(found, reinterpret_cast<uint64_t*>(out))) return std::nullopt;
  store_.stats().add(cache::Stat::kObjectHit);
  return placed(out, Found::kCache);
}

// The row, in the sink; empty when it is absent.
base::Result<std::span<const uint8_t>> RowReader::select(bool learn, query::Lock lock) {
  Reading reading(store_, call_);
  THING_TRY(reading.open());
  if (learn && !model_.has_exact_key())
    THING_TRY(store_.learn_exactness(reading.connection(), model_));
  value::BatchBuilder& row = reading.connection().scratch();
  row.start(model_.model.layout, false);
  bool found = false;
  {
    Running running(store_, call_, reading.connection(), &model_.model);
    if (lock.is_none()) {
      THING_TRY(running.prepare(model_.select_one));
    } else {
      THING_TRY(running.prepare(*model_.writes.select_keys(store_.dialect(), 1, lock)));
    }
    THING_TRY(running.bind_key(key_));
    THING_ASSIGN(found, running.step(row, model_.whole));
  }
  if (!found) return std::span<const uint8_t>();
  const uint64_t bytes = row.packed_size();
  uint8_t* const out = sink_.place(bytes);
  row.write_to(out);
  return std::span<const uint8_t>(out, bytes);
}

base::Result<Found> RowReader::load(cache::Stamp fill_stamp) {
  THING_ASSIGN(const auto row, select_twice(fill_stamp != 0));
  if (fill_stamp != 0 && model_.has_exact_key() &&
      store_.objects().put(cache_key_, row.data(), row.size(), fill_stamp))
    store_.stats().add(row.empty() ? cache::Stat::kAbsentFill : cache::Stat::kObjectFill);
  if (row.empty()) return Found::kNo;
  return placed(row.data(), Found::kDatabase);
}

// ---- the cache that is shared with other processes

Found RowReader::deliver(std::string_view row) {
  uint8_t* const out = sink_.place(row.size());
  std::memcpy(out, row.data(), row.size());
  store_.stats().add(cache::Stat::kObjectHit);
  return placed(out, Found::kCache);
}

std::optional<Found> RowReader::take(SharedRows& rows, const std::optional<RowCopy>& copy) {
  switch (rows.seen(0)) {
    case cache::shared::Seen::kAbsent:
      store_.stats().add(cache::Stat::kAbsentHit);
      return Found::kNo;
    case cache::shared::Seen::kRow: return deliver(rows.row(0));
    case cache::shared::Seen::kSame: return deliver(copy->row());
    default: return std::nullopt;
  }
}

// `now`: before the first request, for the copy that is kept of what is found.
base::Result<Found> RowReader::run_shared(const cache::Stamps::Now& now) {
  if (call_.has(kCacheOnly)) return Found::kUncached;
  if (!store_.shared()->is_open_to(call_, model_) || !model_.has_exact_key()) return load(0);
  SharedRows rows(store_, call_, model_, {model_.shared->row_cell(key_)});
  std::optional<RowCopy> copy;
  if (store_.validates_copies()) copy = find_copy(store_, model_, cache_key_, now);
  if (copy.has_value()) {
    rows.find(nullptr, {&copy->nonce, 1});
  } else {
    rows.find();
  }
  if (const auto found = take(rows, copy); found.has_value()) {
    if (rows.may_copy() && store_.may_fill_cache(call_, model_) &&
        rows.seen(0) != cache::shared::Seen::kSame)
      keep_copy(store_, cache_key_, rows.row(0), rows.nonce(0),
                base::is_removed("copies.time") ? store_.stamps().now() : now);
    return *found;
  }
  store_.stats().add(cache::Stat::kObjectMiss);
  if (!store_.may_fill_cache(call_, model_)) return load(0);
  const auto ticket = store_.enter_flight(call_, cache_key_.hash);
  if (!ticket.leads()) {
    if (call_.control != nullptr) THING_TRY(call_.control->check());
    store_.stats().add(cache::Stat::kFlightJoin);
  }
  rows.lease();
  if (const auto found = take(rows); found.has_value()) return *found;
  if (rows.seen(0) != cache::shared::Seen::kLeased) return load(0);
  THING_ASSIGN(const auto row, select_twice(false));
  std::optional<std::string_view> bytes;
  if (row.size() <= cache::ObjectTable::kMaxRow)
    bytes = std::string_view(reinterpret_cast<const char*>(row.data()), row.size());
  if (rows.fill({&bytes, 1}))
    store_.stats().add(row.empty() ? cache::Stat::kAbsentFill : cache::Stat::kObjectFill);
  if (row.empty()) return Found::kNo;
  return placed(row.data(), Found::kDatabase);
}

base::Result<Found> RowReader::find() {
  THING_ASSIGN(const query::Lock lock, store_.row_lock(call_));
  if (!lock.is_none()) {
    THING_ASSIGN(const auto row, select(false, lock));
    if (row.empty()) return Found::kNo;
    return placed(row.data(), Found::kDatabase);
  }
  const bool reads_cache = store_.may_read_cache(call_, model_);
  const bool fills_cache = store_.may_fill_cache(call_, model_);
  if (!reads_cache && call_.has(kCacheOnly)) return Found::kUncached;
  if (!reads_cache && !fills_cache) return load(0);
  const bool is_shared = model_.shared != nullptr;
  const cache::Stamps::Now now =
      store_.has_memory(call_, model_) ? store_.stamps().now() : cache::Stamps::Now();
  if (!reads_cache) return load(is_shared ? 0 : now.stamp);
  if (!store_.validates_copies()) {
    if (auto found = look(now); found.has_value()) return *found;
  }
  if (is_shared) return run_shared(now);
  store_.stats().add(cache::Stat::kObjectMiss);
  if (call_.has(kCacheOnly)) return Found::kUncached;
  if (!fills_cache) return load(0);

  const auto ticket = store_.enter_flight(call_, cache_key_.hash);
  if (!ticket.leads()) {
    if (call_.control != nullptr) THING_TRY(call_.control->check());
    store_.stats().add(cache::Stat::kFlightJoin);
  }
  // A leader looks again too: the read before its own may have landed just now.
  const cache::Stamps::Now later = store_.stamps().now();
  if (auto found = look(later); found.has_value()) return *found;
  return load(later.stamp);
}

base::Result<Found> Store::find_id(const Call& call, ModelState& model, int64_t id, RowSink& sink) {
  if (model.model.id < 0)
    return fail(Code::kInvalid, "{}: the primary key is not one int field, expected a call by key",
                model.model.name);
  if (is_closed()) return fail(Code::kClosed, "the database is closed");
  if (call.control != nullptr) THING_TRY(call.control->check());
  Key key;
  key.is_integer = true;
  key.integer = id;
  return RowReader(*this, call, model, key, cache::ObjectKey::of(model.number, id), sink).run();
}

base::Result<Found> Store::find_key(const Call& call, ModelState& model, const Key& key,
                                    RowSink& sink) {
  if (key.is_integer) return find_id(call, model, key.integer, sink);
  if (is_closed()) return fail(Code::kClosed, "the database is closed");
  if (call.control != nullptr) THING_TRY(call.control->check());
  const std::string bytes = key_bytes(key);
  return RowReader(*this, call, model, key, cache::ObjectKey::of(model.number, bytes), sink).run();
}

}  // namespace thing::store
