#include "store/list.h"

#include "store/keys.h"
#include "store/many.h"
#include "store/reading.h"
#include "store/running.h"
#include "store/watch.h"

namespace thing::store {

using base::Code;
using base::fail;

namespace {

class BufferSink final : public RowSink {
 public:
  uint8_t* place(uint64_t bytes) override {
    words_.resize((bytes + 7) / 8);
    return reinterpret_cast<uint8_t*>(words_.data());
  }
  value::RowView row() const { return {reinterpret_cast<const uint8_t*>(words_.data()), 0}; }

 private:
  std::vector<uint64_t> words_;
};

std::shared_ptr<const cache::Keys> keys_of(const schema::Model& model,
                                           const value::BatchRef& rows) {
  auto keys = std::make_shared<cache::Keys>();
  keys->count = rows->rows();
  if (model.id >= 0) {
    keys->integers.reserve(rows->rows());
    for (uint32_t r = 0; r < rows->rows(); ++r)
      keys->integers.push_back(rows->row(r).int64(static_cast<uint32_t>(model.id)));
    return keys;
  }
  value::BatchBuilder builder;
  builder.start(model.key_layout, false);
  for (uint32_t r = 0; r < rows->rows(); ++r) {
    builder.begin_row();
    for (uint32_t c = 0; c < model.primary.size(); ++c) {
      const uint32_t field = model.primary[c];
      if (!builder.set(c, rows->row(r).value(field, model.fields[field].type))) return nullptr;
    }
  }
  keys->packed = builder.finish();
  return keys;
}

std::vector<Key> key_list(const schema::Model& model, const cache::Keys& keys) {
  std::vector<Key> out(keys.count);
  for (uint32_t r = 0; r < keys.count; ++r) {
    if (model.id >= 0) {
      out[r].is_integer = true;
      out[r].integer = keys.integers[r];
    } else {
      for (uint32_t c = 0; c < model.primary.size(); ++c) {
        out[r].values.emplace_back(keys.packed->row(r).value(c, model.key_layout.types[c]));
      }
    }
  }
  return out;
}

}  // namespace

base::Status bind_arguments(Running& running, const std::vector<dialect::Argument>& arguments,
                            const query::Query& q) {
  using From = dialect::Argument::From;
  for (const dialect::Argument& a : arguments) {
    switch (a.from) {
      case From::kParam:
        if (a.count == 0) {
          THING_TRY(running.bind(q.params[a.index].view()));
        } else {
          std::vector<value::ValueView> values;
          values.reserve(a.count);
          for (uint32_t i = 0; i < a.count; ++i) values.push_back(q.params[a.index + i].view());
          THING_TRY(running.bind_array(values[0].type, values));
        }
        break;
      case From::kKeyset: THING_TRY(running.bind(q.keyset->values[a.index].view())); break;
      case From::kTake:
        THING_TRY(running.bind(value::ValueView::of_int(value::Type::kInt, q.take.value_or(-1))));
        break;
      case From::kSkip:
        THING_TRY(running.bind(value::ValueView::of_int(value::Type::kInt, q.skip.value_or(0))));
        break;
    }
  }
  return {};
}

base::Result<std::optional<query::Query>> ListReader::resolve(const query::Criteria& criteria) {
  THING_TRY(store_.row_lock(call_, criteria.lock()));
  std::optional<query::Keyset> start;
  if (!criteria.cursor_key().empty()) {
    THING_TRY(query::check_place(model_.model, criteria.order()));
    Key key;
    key.is_integer = model_.model.id >= 0;
    if (key.is_integer) {
      key.integer = criteria.cursor_key()[0].view().integer;
    } else {
      key.values = criteria.cursor_key();
    }
    BufferSink sink;
    Call place = call_;  // the row itself is not asked for, so it is not locked
    place.lock = {};
    if (criteria.leaves_all_scopes_out() || !criteria.left_out().empty()) place.flags |= kUnscoped;
    THING_ASSIGN(const Found found, store_.find_key(place, model_, key, sink));
    missed_ = found == Found::kUncached;
    if (found == Found::kNo || missed_) return std::optional<query::Query>();
    start = query::row_keyset(model_.model, query::complete_order(criteria), sink.row(), true);
  }
  THING_ASSIGN(query::Query q, query::resolve(criteria, call_.scope(), std::move(start)));
  return std::optional<query::Query>(std::move(q));
}

RowSet ListReader::row_set(const query::Query& q, value::BatchRef rows, bool from_cache) const {
  RowSet out;
  out.model = &model_;
  out.rows = std::move(rows);
  out.from_cache = from_cache;
  if (!q.distinct && q.per.empty()) out.order = q.order;
  out.take = q.take;
  return out;
}

RowSet ListReader::empty(const query::Query* q) const {
  value::BatchBuilder builder;
  builder.start(model_.model.layout, false);
  RowSet out;
  out.model = &model_;
  out.rows = builder.finish();
  out.missed = missed_;
  if (q != nullptr) out.order = q->order;
  return out;
}

std::optional<RowSet> ListReader::look_list(const query::Query& q, const cache::Stamps::Now& now) {
  if (now.stamp == 0) return std::nullopt;
  auto list = model_.lists.find_list(q.identity_hash, q.identity, now.floor);
  if (!list.has_value()) return std::nullopt;
  if (list->rows) return row_set(q, std::move(list->rows), true);
  if (model_.shared != nullptr) return std::nullopt;  // its rows are all of one state there
  // The keys still hold; the rows are put together again from objects.
  Call all = call_;
  all.flags |= kWithDeleted | kUnscoped;
  const std::vector<Key> keys = key_list(model_.model, *list->keys);
  auto rows = ManyReader(store_, all, model_, keys).run();
  if (!rows || !*rows || (*rows)->rows() != keys.size() || store_.stamps().now().state != now.state)
    return std::nullopt;
  model_.lists.put_rows(q.identity_hash, q.identity, *rows, now.stamp);
  return row_set(q, std::move(*rows), true);
}

RowSet ListReader::missed(const query::Query& q) const {
  RowSet out = row_set(q, {}, true);
  out.missed = true;
  return out;
}

base::Result<RowSet> ListReader::list(const query::Query& q) {
  THING_ASSIGN(const query::Lock lock, store_.row_lock(call_, q.lock));
  if (!lock.is_none() && !q.per.empty())
    return fail(base::Error(Code::kUnsupported,
                            "lock: found take or skip of a relation, whose rows it can not lock")
                    .model(model_.model.name));
  if (lock != q.lock) {
    THING_ASSIGN(const query::Query locked, query::with_lock(q, lock));
    return select(locked, 0);
  }
  if (!q.lock.is_none()) return select(q, 0);
  if (asks_cache_in_vain(q)) return missed(q);
  const bool is_shared = model_.shared != nullptr;
  // Which row is the first of its like is nothing that others are told of.
  if (is_shared && !q.distinct_on.empty() && !call_.has(kCacheOnly)) return select(q, 0);
  const bool reads_cache = q.is_cacheable() && store_.may_read_cache(call_, model_);
  const bool fills_cache = q.is_cacheable() && store_.may_fill_cache(call_, model_);
  if (!reads_cache) return select(q, fills_cache && !is_shared ? store_.stamps().now().stamp : 0);
  const cache::Stamps::Now now = memory_now();
  if (!store_.validates_copies()) {
    if (auto found = look_list(q, now); found.has_value()) {
      store_.stats().add(cache::Stat::kListHit);
      return std::move(*found);
    }
  }
  if (is_shared && !call_.has(kCacheOnly)) return list_shared(q, now);
  store_.stats().add(cache::Stat::kListMiss);
  if (call_.has(kCacheOnly)) return missed(q);
  if (!fills_cache) return select(q, 0);
  const auto ticket = store_.enter_flight(call_, q.identity_hash.low);
  if (!ticket.leads()) {
    if (call_.control != nullptr) THING_TRY(call_.control->check());
    store_.stats().add(cache::Stat::kFlightJoin);
  }
  if (auto found = look_list(q, store_.stamps().now()); found.has_value()) return std::move(*found);
  return select(q, store_.stamps().now().stamp);
}

base::Result<RowSet> ListReader::select(const query::Query& q, cache::Stamp fill_stamp) {
  const auto plan = store_.plans().get(store_.dialect(), q, PlanKind::kSelect);
  value::BatchRef rows;
  base::Status read = read_twice(store_, call_, [&]() -> base::Status {
    Reading reading(store_, call_);
    THING_TRY(reading.open());
    if (fill_stamp != 0) THING_TRY(store_.learn_exactness(reading.connection(), model_));
    value::BatchBuilder& builder = reading.connection().scratch();
    builder.start(model_.model.layout, plan->projection.partial);
    Running running(store_, call_, reading.connection(), &model_.model);
    THING_TRY(running.prepare(plan->plan));
    THING_TRY(bind_arguments(running, plan->arguments, q));
    THING_TRY(running.step_all(builder, plan->projection));
    rows = builder.finish();
    return {};
  });
  THING_TRY(std::move(read));
  if (fill_stamp != 0) fill(q, rows, fill_stamp);
  return row_set(q, std::move(rows), false);
}

void ListReader::fill(const query::Query& q, const value::BatchRef& rows, cache::Stamp stamp) {
  if (rows->size() > store_.lists().max_entry_bytes()) return;
  const bool has_rows = q.select.empty();
  cache::List list{has_rows ? keys_of(model_.model, rows) : nullptr, rows};
  model_.lists.put_list(q.identity_hash, q.identity,
                        std::make_shared<QueryWatch>(q, model_.exactness, cache::Kind::kList),
                        std::move(list), stamp);
  if (is_complete(q, rows->rows())) {
    model_.lists.put_count(count_hash(q), count_identity(q),
                           std::make_shared<QueryWatch>(q, model_.exactness, cache::Kind::kCount),
                           rows->rows(), stamp);
  }
  if (!has_rows || rows->rows() > kMostRowsToFill || !model_.has_exact_key()) return;
  RowFiller filler;
  for (uint32_t r = 0; r < rows->rows(); ++r) {
    const value::RowView row = rows->row(r);
    const std::string bytes =
        model_.model.id >= 0 ? std::string() : row_key_bytes(model_.model, row);
    const auto key =
        model_.model.id >= 0
            ? cache::ObjectKey::of(model_.number, row.int64(static_cast<uint32_t>(model_.model.id)))
            : cache::ObjectKey::of(model_.number, bytes);
    filler.fill(store_, model_, key, row, stamp);
  }
}

base::Result<int64_t> ListReader::read_number(const query::Query& q, PlanKind kind) {
  return read_twice(store_, call_, [&] { return read_number_once(q, kind); });
}

base::Result<int64_t> ListReader::read_number_once(const query::Query& q, PlanKind kind) {
  const auto plan = store_.plans().get(store_.dialect(), q, kind);
  Reading reading(store_, call_);
  THING_TRY(reading.open());
  if (store_.may_fill_cache(call_, model_))
    THING_TRY(store_.learn_exactness(reading.connection(), model_));
  static const value::Layout layout{0, {value::Type::kInt}};
  const driver::Projection projection{.layout = &layout, .fields = {0}, .partial = false};
  value::BatchBuilder& builder = reading.connection().scratch();
  builder.start(layout, false);
  Running running(store_, call_, reading.connection(), &model_.model);
  THING_TRY(running.prepare(plan->plan));
  THING_TRY(bind_arguments(running, plan->arguments, q));
  THING_ASSIGN(const bool found, running.step(builder, projection));
  return found ? builder.last_row().int64(0) : 0;
}

std::optional<int64_t> ListReader::look_count(const query::Query& q,
                                              const cache::Stamps::Now& now) {
  if (now.stamp == 0) return std::nullopt;
  return model_.lists.find_count(count_hash(q), count_identity(q), now.floor);
}

base::Result<int64_t> ListReader::select_count(const query::Query& q, cache::Stamp fill_stamp) {
  THING_ASSIGN(const int64_t n, read_number(q, PlanKind::kCount));
  if (fill_stamp != 0) {
    model_.lists.put_count(count_hash(q), count_identity(q),
                           std::make_shared<QueryWatch>(q, model_.exactness, cache::Kind::kCount),
                           n, fill_stamp);
  }
  return n;
}

base::Result<int64_t> ListReader::count(const query::Query& q) {
  if (asks_cache_in_vain(q)) return -1;
  const bool is_shared = model_.shared != nullptr;
  const bool reads_cache = q.is_cacheable() && store_.may_read_cache(call_, model_);
  const bool fills_cache = q.is_cacheable() && store_.may_fill_cache(call_, model_);
  if (!reads_cache)
    return select_count(q, fills_cache && !is_shared ? store_.stamps().now().stamp : 0);
  const cache::Stamps::Now now = memory_now();
  if (!store_.validates_copies()) {
    if (auto n = look_count(q, now); n.has_value()) {
      store_.stats().add(cache::Stat::kCountHit);
      return *n;
    }
  }
  if (is_shared && !call_.has(kCacheOnly)) return count_shared(q, now);
  store_.stats().add(cache::Stat::kCountMiss);
  if (call_.has(kCacheOnly)) return -1;
  if (!fills_cache) return select_count(q, 0);
  const auto ticket = store_.enter_flight(call_, ~count_hash(q).low);
  if (!ticket.leads()) {
    if (call_.control != nullptr) THING_TRY(call_.control->check());
    store_.stats().add(cache::Stat::kFlightJoin);
  }
  if (auto n = look_count(q, store_.stamps().now()); n.has_value()) return *n;
  return select_count(q, store_.stamps().now().stamp);
}

base::Result<std::optional<bool>> ListReader::exists(const query::Query& q) {
  if (store_.may_read_cache(call_, model_) && q.is_cacheable() && !q.distinct) {
    const cache::Stamps::Now now = memory_now();
    auto n = store_.validates_copies() ? std::nullopt : look_count(q, now);
    if (!n.has_value() && model_.shared != nullptr && !call_.has(kCacheOnly))
      n = find_count_shared(q, now);
    if (n.has_value()) {
      store_.stats().add(cache::Stat::kCountHit);
      return *n != 0;
    }
  }
  if (call_.has(kCacheOnly)) return std::nullopt;
  THING_ASSIGN(const int64_t n, read_number(q, PlanKind::kExists));
  return n != 0;
}

}  // namespace thing::store
