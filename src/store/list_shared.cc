// Lists and counts in the cache that is shared with other processes. A list is kept as the keys of
// its rows, which come from the cache by themselves; a list of parts of rows as these.
#include <charconv>

#include "base/faults.h"
#include "store/keys.h"
#include "store/list.h"
#include "store/many.h"
#include "store/shared.h"

namespace thing::store {

using cache::shared::SharedCache;
using cache::shared::Under;

namespace {

constexpr uint64_t kMostBytes = 1 << 20;  // of an entry

std::string packed(const value::BatchRef& batch) {
  return {reinterpret_cast<const char*>(batch->bytes()), batch->size()};
}

// nullopt: bytes of somebody else.
std::optional<value::BatchRef> unpacked(std::string_view bytes, const value::Layout& layout) {
  const auto* const data = reinterpret_cast<const uint8_t*>(bytes.data());
  if (!value::check_packed({data, bytes.size()}, layout)) return std::nullopt;
  return value::BatchRef::copy(data, bytes.size());
}

base::Result<value::BatchRef> keys_of(const schema::Model& model, const value::BatchRef& rows) {
  value::BatchBuilder keys;
  keys.start(model.key_layout, false);
  for (uint32_t r = 0; r < rows->rows(); ++r) {
    keys.begin_row();
    for (uint32_t c = 0; c < model.primary.size(); ++c) {
      const uint32_t field = model.primary[c];
      THING_TRY(keys.set(c, rows->row(r).value(field, model.fields[field].type)));
    }
  }
  return keys.finish();
}

std::vector<Key> key_list(const schema::Model& model, const value::Batch& keys) {
  std::vector<Key> out(keys.rows());
  for (uint32_t r = 0; r < keys.rows(); ++r) {
    out[r].is_integer = model.id >= 0;
    if (out[r].is_integer) {
      out[r].integer = keys.row(r).int64(0);
      continue;
    }
    for (uint32_t c = 0; c < model.primary.size(); ++c)
      out[r].values.emplace_back(keys.row(r).value(c, model.key_layout.types[c]));
  }
  return out;
}

}  // namespace

// A query on its way through the cache.
class SharedList {
 public:
  SharedList(Store& store, const Call& call, ModelState& model, const query::Query& query,
             cache::Kind kind, const cache::Stamps::Now& now)
      : store_(store),
        call_(call),
        model_(model),
        query_(query),
        now_(now),
        named_(model.shared->query(model, query, kind)),
        under_{&named_->depends, {}, {}, {}, false} {}

  std::optional<std::string> find() {
    auto found =
        cache().find_entry(*model_.shared->table(), named_->hash, named_->identity, under_);
    base::reach("list.found");
    return found;
  }
  // Empty: the entry is nothing that a list can be made of now.
  base::Result<value::BatchRef> rows_of(std::string_view entry);
  // Keeps what find() found in memory.
  void keep_list(const value::BatchRef& rows) const;
  void keep_count(int64_t count) const;
  // Takes the stamps under which the database is read; `rows`: whole ones, which are kept too.
  bool acquire(bool rows = false);
  void put_rows(const value::BatchRef& rows);
  // `end`: of a list that is cut.
  bool put(std::string_view result, std::string_view end = "") {
    const bool is_put =
        result.size() <= kMostBytes && cache().put_entry(*model_.shared->table(), named_->hash,
                                                         named_->identity, under_, result, end);
    base::reach("list.put");
    return is_put;
  }
  uint64_t flight() const { return base::hash64(named_->identity.data(), named_->identity.size()); }

 private:
  SharedCache& cache() const { return store_.shared()->cache(); }
  bool may_keep() const {
    return now_.stamp != 0 && under_.may_copy && !has_loaded_ &&
           store_.may_fill_cache(call_, model_) && !store_.validates_copies();
  }

  Store& store_;
  const Call& call_;
  ModelState& model_;
  const query::Query& query_;
  const cache::Stamps::Now now_;
  const std::shared_ptr<const SharedQuery> named_;
  Under under_;
  bool has_loaded_ = false;  // a row that find() found the key of
};

void SharedList::keep_list(const value::BatchRef& rows) const {
  if (!may_keep() || rows->size() > store_.lists().max_entry_bytes()) return;
  model_.lists.put_list(query_.identity_hash, query_.identity, named_->watch, {nullptr, rows},
                        now_.stamp);
}

void SharedList::keep_count(int64_t count) const {
  if (!may_keep()) return;
  model_.lists.put_count(count_hash(query_), count_identity(query_), named_->watch, count,
                         now_.stamp);
}

// A few: they are sent whether they are kept already or not.
void SharedList::put_rows(const value::BatchRef& rows) {
  if (under_.last.empty() || rows->rows() > kMostRowsToFill || !model_.has_exact_key()) return;
  const schema::Model& m = model_.model;
  RowFiller filler;
  std::vector<std::string> cells, packed;
  for (uint32_t r = 0; r < rows->rows(); ++r) {
    const value::RowView row = rows->row(r);
    const auto bytes = filler.pack(model_, row);
    if (bytes.empty()) continue;  // too long
    packed.emplace_back(bytes.begin(), bytes.end());
    Key key;
    key.is_integer = m.id >= 0;
    if (key.is_integer) key.integer = row.int64(static_cast<uint32_t>(m.id));
    cells.push_back(key.is_integer ? model_.shared->row_cell(key)
                                   : model_.shared->row_cell(row_key_bytes(m, row)));
  }
  const std::vector<std::string_view> values(packed.begin(), packed.end());
  const int64_t put =
      cache().put_rows(*model_.shared->table(), under_, cells, model_.shared->fingerprint, values);
  store_.stats().add(cache::Stat::kObjectFill, static_cast<uint64_t>(put));
  base::reach("list.rows_put");
}

bool SharedList::acquire(bool rows) {
  std::vector<cache::shared::Met> met;
  const bool is_acquired = cache().acquire(*model_.shared->table(), under_, met, rows);
  if (!is_acquired) store_.shared()->settle(call_, model_, met);
  base::reach("list.acquired");
  return is_acquired;
}

base::Result<value::BatchRef> SharedList::rows_of(std::string_view entry) {
  const schema::Model& m = model_.model;
  if (!query_.select.empty()) return unpacked(entry, m.layout).value_or(value::BatchRef());
  const auto batch = unpacked(entry, m.key_layout);
  if (!batch.has_value()) return value::BatchRef();
  const std::vector<Key> keys = key_list(m, *batch->get());
  Call all = call_;  // its rows are those that its scopes let be seen
  all.flags |= kUnscoped;
  ManyReader reader(store_, all, model_, keys);
  THING_ASSIGN(value::BatchRef rows, reader.run_shared(&under_, {}));
  has_loaded_ = reader.has_loaded() && !base::is_removed("copies.of_one_look");
  // A row that went, or that this call does not see, is no row of the list any more.
  if (rows && rows->rows() != keys.size()) return value::BatchRef();
  return rows;
}

base::Result<RowSet> ListReader::list_shared(const query::Query& q, const cache::Stamps::Now& now) {
  if (!store_.shared()->is_open_to(call_, model_)) return select(q, 0);
  SharedList list(store_, call_, model_, q, cache::Kind::kList, now);
  const auto look = [&]() -> base::Result<value::BatchRef> {
    const auto entry = list.find();
    if (!entry.has_value()) return value::BatchRef();
    return list.rows_of(*entry);
  };
  THING_ASSIGN(value::BatchRef rows, look());
  if (rows) {
    list.keep_list(rows);
    store_.stats().add(cache::Stat::kListHit);
    return row_set(q, std::move(rows), true);
  }
  store_.stats().add(cache::Stat::kListMiss);
  if (!store_.may_fill_cache(call_, model_)) return select(q, 0);
  const auto ticket = store_.enter_flight(call_, list.flight());
  if (!ticket.leads()) {
    if (call_.control != nullptr) THING_TRY(call_.control->check());
    store_.stats().add(cache::Stat::kFlightJoin);
    THING_ASSIGN(rows, look());
    if (rows) return row_set(q, std::move(rows), true);
  }
  const bool has_rows = q.select.empty();
  bool is_kept = !base::is_removed("list.stamps_first") && list.acquire(has_rows);
  THING_ASSIGN(RowSet out, select(q, 0));
  base::reach("list.loaded");
  if (base::is_removed("list.stamps_first")) is_kept = list.acquire(has_rows);
  if (!is_kept || out.rows->size() > kMostBytes) return out;
  if (has_rows) {
    list.put_rows(out.rows);
    THING_ASSIGN(const value::BatchRef keys, keys_of(model_.model, out.rows));
    if (list.put(packed(keys), window_end(q, out.rows))) store_.stats().add(cache::Stat::kListFill);
  } else if (list.put(packed(out.rows))) {
    store_.stats().add(cache::Stat::kListFill);
  }
  return out;
}

namespace {

std::optional<int64_t> number_of(const std::optional<std::string>& entry) {
  if (!entry.has_value()) return std::nullopt;
  int64_t n = 0;
  const char* const end = entry->data() + entry->size();
  const auto read = std::from_chars(entry->data(), end, n);
  if (read.ec != std::errc() || read.ptr != end || n < 0) return std::nullopt;
  return n;
}

}  // namespace

base::Result<int64_t> ListReader::count_shared(const query::Query& q,
                                               const cache::Stamps::Now& now) {
  if (!store_.shared()->is_open_to(call_, model_)) return read_number(q, PlanKind::kCount);
  SharedList list(store_, call_, model_, q, cache::Kind::kCount, now);
  if (const auto n = number_of(list.find()); n.has_value()) {
    list.keep_count(*n);
    store_.stats().add(cache::Stat::kCountHit);
    return *n;
  }
  const auto read = [&]() -> base::Result<int64_t> {
    const auto listed = count_listed(q, now);
    store_.stats().add(listed.has_value() ? cache::Stat::kCountHit : cache::Stat::kCountMiss);
    return listed.has_value() ? *listed : read_number(q, PlanKind::kCount);
  };
  if (!store_.may_fill_cache(call_, model_)) return read();
  const auto ticket = store_.enter_flight(call_, list.flight());
  if (!ticket.leads()) {
    if (call_.control != nullptr) THING_TRY(call_.control->check());
    store_.stats().add(cache::Stat::kFlightJoin);
    if (const auto n = number_of(list.find()); n.has_value()) {
      store_.stats().add(cache::Stat::kCountMiss);
      return *n;
    }
  }
  const bool is_kept = list.acquire();
  THING_ASSIGN(const int64_t n, read());
  base::reach("list.loaded");
  if (is_kept && list.put(fmt::format("{}", n))) store_.stats().add(cache::Stat::kCountFill);
  return n;
}

// The rows of the list of the same query, when all that match are in it.
std::optional<int64_t> ListReader::count_listed(const query::Query& q,
                                                const cache::Stamps::Now& now) {
  SharedList list(store_, call_, model_, q, cache::Kind::kList, now);
  const auto entry = list.find();
  if (!entry.has_value()) return std::nullopt;
  const schema::Model& m = model_.model;
  const auto rows = unpacked(*entry, q.select.empty() ? m.key_layout : m.layout);
  if (!rows.has_value()) return std::nullopt;
  const uint32_t n = rows->get()->rows();
  if (!is_complete(q, n) && !base::is_removed("count.whole_list")) return std::nullopt;
  list.keep_count(n);
  return n;
}

std::optional<int64_t> ListReader::find_count_shared(const query::Query& q,
                                                     const cache::Stamps::Now& now) {
  if (call_.has(kCacheOnly) || !store_.shared()->is_open_to(call_, model_)) return std::nullopt;
  SharedList list(store_, call_, model_, q, cache::Kind::kCount, now);
  const auto n = number_of(list.find());
  if (n.has_value()) list.keep_count(*n);
  return n;
}

}  // namespace thing::store
