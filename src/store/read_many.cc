// Many rows by key: what the cache has, then the rest in batches, put together in the order asked
// for.
#include <algorithm>
#include <cstring>
#include <string_view>
#include <unordered_map>

#include "base/faults.h"
#include "store/keys.h"
#include "store/many.h"
#include "store/reading.h"
#include "store/running.h"
#include "store/sight.h"

namespace thing::store {

using base::fail;

namespace {

constexpr int kBatch = 256;
constexpr int kArrayBatch = 10'000;

// Statements exist for these numbers of keys; a batch is padded by repeating its last key.
int padded(size_t keys) {
  for (int n : {1, 4, 16, 64}) {
    if (keys <= static_cast<size_t>(n)) return n;
  }
  return kBatch;
}

class PieceSink final : public RowSink {
 public:
  explicit PieceSink(std::vector<uint64_t>& words) : words_(words), start_(words.size()) {}
  uint8_t* place(uint64_t bytes) override {
    words_.resize(start_ + (bytes + 7) / 8);
    return reinterpret_cast<uint8_t*>(words_.data() + start_);
  }
  size_t start() const { return start_; }

 private:
  std::vector<uint64_t>& words_;
  size_t start_;
};

}  // namespace

ManyReader::ManyReader(Store& store, const Call& call, ModelState& model,
                       const std::vector<Key>& keys)
    : store_(store), call_(call), model_(model), keys_(keys) {
  places_.resize(keys.size());
}

base::Result<value::BatchRef> ManyReader::run() {
  THING_ASSIGN(lock_, store_.row_lock(call_));
  const bool is_shared = model_.shared != nullptr && lock_.is_none();
  const bool reads_cache = store_.may_read_cache(call_, model_);
  const bool fills_cache = store_.may_fill_cache(call_, model_);
  cache::Stamps::Now now;
  if ((reads_cache || fills_cache) && store_.has_memory(call_, model_)) now = store_.stamps().now();
  if (reads_cache && now.stamp != 0 && !store_.validates_copies()) look(now);
  if (hits_ != keys_.size() && call_.has(kCacheOnly) && lock_.is_none()) return value::BatchRef();
  if (is_shared && reads_cache) {
    if (hits_ != keys_.size()) return run_shared(nullptr, now);
    return compose();
  }
  const bool mixes = hits_ != 0 && hits_ != keys_.size();
  if (hits_ != keys_.size())
    THING_TRY(load_twice(fills_cache && model_.shared == nullptr ? now.stamp : 0, false));
  // Hits and loaded rows are one state only when nobody committed in between.
  if (mixes && store_.stamps().now().state != now.state) {
    for (Place& place : places_) place = Place{};
    THING_TRY(load_twice(0, true));
  }
  return compose();
}

// ---- the cache that is shared with other processes

// Takes over what was seen of the keys at these places. Whether that is all.
bool ManyReader::take(const SharedRows& rows, const Part& part) {
  bool all = true;
  for (size_t i = 0; i < rows.count(); ++i) {
    Place& place = places_[part.places[i]];
    if (place.where != Where::kUnknown) continue;
    if (rows.seen(i) == cache::shared::Seen::kAbsent) {
      place.where = Where::kAbsent;
      store_.stats().add(cache::Stat::kAbsentHit);
    } else if (rows.seen(i) == cache::shared::Seen::kRow ||
               rows.seen(i) == cache::shared::Seen::kSame) {
      const std::string_view row =
          rows.seen(i) == cache::shared::Seen::kRow ? rows.row(i) : part.copies[i].row();
      PieceSink sink(cached_);
      std::memcpy(sink.place(row.size()), row.data(), row.size());
      place = Place{Where::kCached, sink.start()};
      store_.stats().add(cache::Stat::kObjectHit);
    } else {
      all = false;
    }
  }
  return all;
}

void ManyReader::keep(const SharedRows& rows, const Part& part, const cache::Stamps::Now& now) {
  if (now.stamp == 0 || !rows.may_copy() || !store_.may_fill_cache(call_, model_)) return;
  for (size_t i = 0; i < rows.count(); ++i) {
    if (rows.seen(i) != cache::shared::Seen::kRow && rows.seen(i) != cache::shared::Seen::kAbsent)
      continue;
    const Key& key = keys_[part.places[i]];
    const std::string bytes = key.is_integer ? std::string() : key_bytes(key);
    keep_copy(store_, object_key(model_, key, bytes), rows.row(i), rows.nonce(i), now);
  }
}

// The nonces of copies, for a look that has to be no more than that.
std::vector<std::string> ManyReader::find_copies(Part& part, const cache::Stamps::Now& now) const {
  std::vector<std::string> nonces(part.places.size());
  part.copies.resize(part.places.size());
  for (size_t i = 0; i < part.places.size(); ++i) {
    const Key& key = keys_[part.places[i]];
    const std::string bytes = key.is_integer ? std::string() : key_bytes(key);
    auto copy = find_copy(store_, model_, object_key(model_, key, bytes), now);
    if (!copy.has_value()) continue;
    nonces[i] = copy->nonce;
    part.copies[i] = std::move(*copy);
  }
  return nonces;
}

bool ManyReader::fill(SharedRows& rows, const Part& part) {
  std::vector<std::string> packed(rows.count());
  std::vector<std::optional<std::string_view>> values(rows.count());
  for (size_t i = 0; i < rows.count(); ++i) {
    const Place& place = places_[part.places[i]];
    if (rows.seen(i) != cache::shared::Seen::kLeased) continue;
    if (place.where == Where::kAbsent) values[i] = std::string_view();
    if (place.where != Where::kLoaded) continue;
    const auto bytes = filler_.pack(model_, loaded_batch_->row(static_cast<uint32_t>(place.at)));
    if (bytes.empty()) continue;  // too long
    packed[i].assign(bytes.begin(), bytes.end());
    values[i] = packed[i];
  }
  return rows.fill(values);
}

// The places that are still unknown, as many as Redis is asked for at once.
std::vector<ManyReader::Part> ManyReader::unknown_parts() const {
  constexpr size_t kAsked = 1000;
  std::vector<Part> parts;
  for (size_t i = 0; i < places_.size(); ++i) {
    if (places_[i].where != Where::kUnknown) continue;
    if (parts.empty() || parts.back().places.size() == kAsked) parts.emplace_back();
    parts.back().places.push_back(i);
  }
  return parts;
}

// `now`: before the first request, for the copies that are kept of what is found.
base::Result<value::BatchRef> ManyReader::run_shared(const cache::shared::Under* under,
                                                     const cache::Stamps::Now& now) {
  if (!store_.shared()->is_open_to(call_, model_) || !model_.has_exact_key()) {
    THING_TRY(load_twice(0, false));
    return compose();
  }
  std::vector<Part> parts = unknown_parts();
  std::vector<SharedRows> looks;
  bool all = true;
  bool holds = under == nullptr;
  for (Part& part : parts) {
    std::vector<std::string> cells;
    for (const size_t i : part.places) cells.push_back(model_.shared->row_cell(keys_[i]));
    SharedRows& rows = looks.emplace_back(store_, call_, model_, std::move(cells));
    std::vector<std::string> known;
    if (store_.validates_copies() && now.stamp != 0) known = find_copies(part, now);
    rows.find(under, known);
    holds = holds || (rows.is_still() && parts.size() == 1);
    keep(rows, part, now);
    if (take(rows, part)) continue;
    all = false;
    for (const size_t i : part.places) {
      if (places_[i].where == Where::kUnknown) store_.stats().add(cache::Stat::kObjectMiss);
    }
    if (!store_.may_fill_cache(call_, model_)) continue;
    rows.lease();
    take(rows, part);
  }
  if (!all) {
    THING_TRY(load_twice(0, false));
    for (size_t i = 0; i < parts.size(); ++i) fill(looks[i], parts[i]);
  }
  if (under != nullptr && (!all || !holds) && !base::is_removed("list.one_state") &&
      !store_.shared()->cache().is_still(*model_.shared->table(), *under))
    return value::BatchRef();
  return compose();
}

void ManyReader::look(const cache::Stamps::Now& now) {
  const cache::Stamp floor = model_.object_floor(now);
  for (size_t i = 0; i < keys_.size(); ++i) {
    const std::string bytes = keys_[i].is_integer ? std::string() : key_bytes(keys_[i]);
    const auto key = object_key(model_, keys_[i], bytes);
    cache::ObjectTable::Found found;
    if (!store_.objects().find(key, floor, found)) {
      store_.stats().add(cache::Stat::kObjectMiss);
      continue;
    }
    if (found.bytes == 0) {
      places_[i].where = Where::kAbsent;
      store_.stats().add(cache::Stat::kAbsentHit);
      ++hits_;
      continue;
    }
    PieceSink sink(cached_);
    uint8_t* const out = sink.place(found.bytes);
    if (!store_.objects().copy(found, reinterpret_cast<uint64_t*>(out))) {
      cached_.resize(sink.start());
      continue;
    }
    places_[i] = Place{Where::kCached, sink.start()};
    store_.stats().add(cache::Stat::kObjectHit);
    ++hits_;
  }
}

base::Status ManyReader::load(cache::Stamp fill_stamp, bool snapshot) {
  // The keys to ask for, each once, and who asks for them.
  std::vector<size_t> asked;
  std::unordered_map<int64_t, size_t> by_integer;
  std::unordered_map<std::string, size_t> by_bytes;
  for (size_t i = 0; i < keys_.size(); ++i) {
    if (places_[i].where != Where::kUnknown) continue;
    const bool is_first = keys_[i].is_integer
                              ? by_integer.try_emplace(keys_[i].integer, asked.size()).second
                              : by_bytes.try_emplace(key_bytes(keys_[i]), asked.size()).second;
    if (is_first) asked.push_back(i);
  }
  loaded_.start(model_.model.layout, false);
  std::vector<uint32_t> found(asked.size(), kNotFound);
  bool is_exact = model_.has_exact_key();
  {
    Reading reading(store_, call_);
    const auto batch = static_cast<size_t>(uses_array() ? kArrayBatch : kBatch);
    THING_TRY(reading.open(snapshot || !is_exact || asked.size() > batch));
    if (!is_exact) {
      THING_TRY(store_.learn_exactness(reading.connection(), model_));
      is_exact = model_.has_exact_key();
    }
    const size_t step = is_exact ? batch : 1;
    for (size_t at = 0; at < asked.size(); at += step) {
      const uint32_t before = loaded_.rows();
      THING_TRY(load_batch(reading, {asked.data() + at, std::min(step, asked.size() - at)}));
      if (!is_exact && loaded_.rows() != before) found[at] = before;
    }
  }
  if (!is_exact) fill_stamp = 0;
  loaded_batch_ = loaded_.finish();
  // A key that equals others, though written in another way, is asked for alone.
  for (uint32_t r = 0; is_exact && r < loaded_batch_->rows(); ++r) {
    const value::RowView row = loaded_batch_->row(r);
    if (model_.model.id >= 0) {
      if (auto it = by_integer.find(row.int64(static_cast<uint32_t>(model_.model.id)));
          it != by_integer.end())
        found[it->second] = r;
    } else {
      if (auto it = by_bytes.find(row_key_bytes(model_.model, row)); it != by_bytes.end())
        found[it->second] = r;
    }
  }
  for (size_t i = 0; i < keys_.size(); ++i) {
    if (places_[i].where != Where::kUnknown) continue;
    const size_t number =
        keys_[i].is_integer ? by_integer.at(keys_[i].integer) : by_bytes.at(key_bytes(keys_[i]));
    places_[i] = found[number] == kNotFound ? Place{Where::kAbsent, 0}
                                            : Place{Where::kLoaded, found[number]};
  }
  if (fill_stamp != 0) fill(asked, found, fill_stamp);
  return {};
}

bool ManyReader::uses_array() const {
  return store_.dialect().features().key_array && model_.model.primary.size() == 1;
}

base::Status ManyReader::load_array(Running& running, std::span<const size_t> asked) {
  const value::Type type = model_.model.fields[model_.model.primary[0]].type;
  std::vector<value::ValueView> values;
  values.reserve(asked.size());
  for (const size_t i : asked) {
    values.push_back(keys_[i].is_integer ? value::ValueView::of_int(type, keys_[i].integer)
                                         : keys_[i].values[0].view());
  }
  THING_TRY(running.bind_array(type, values));
  return running.step_all(loaded_, model_.whole);
}

base::Status ManyReader::load_batch(Reading& reading, std::span<const size_t> asked) {
  const bool is_array = asked.size() > 1 && uses_array();
  const int slots = is_array ? 2 : padded(asked.size());  // one text for any number in an array
  const auto plan = model_.writes.select_keys(store_.dialect(), slots, lock_);
  Running running(store_, call_, reading.connection(), &model_.model);
  THING_TRY(running.prepare(*plan));
  if (is_array) return load_array(running, asked);
  for (int i = 0; i < slots; ++i) {
    THING_TRY(
        running.bind_key(keys_[asked[std::min<size_t>(static_cast<size_t>(i), asked.size() - 1)]]));
  }
  return running.step_all(loaded_, model_.whole);
}

void ManyReader::fill(const std::vector<size_t>& asked, const std::vector<uint32_t>& found,
                      cache::Stamp stamp) {
  for (size_t n = 0; n < asked.size(); ++n) {
    const Key& key = keys_[asked[n]];
    const std::string bytes = key.is_integer ? std::string() : key_bytes(key);
    if (found[n] == kNotFound) {
      if (store_.objects().put(object_key(model_, key, bytes), nullptr, 0, stamp))
        store_.stats().add(cache::Stat::kAbsentFill);
    } else {
      filler_.fill(store_, model_, object_key(model_, key, bytes), loaded_batch_->row(found[n]),
                   stamp);
    }
  }
}

base::Result<value::BatchRef> ManyReader::compose() {
  value::BatchBuilder out;
  out.start(model_.model.layout, false);
  for (const Place& place : places_) {
    if (place.where == Where::kAbsent) continue;
    const value::RowView row =
        place.where == Where::kCached
            ? value::RowView(reinterpret_cast<const uint8_t*>(cached_.data() + place.at), 0)
            : loaded_batch_->row(static_cast<uint32_t>(place.at));
    if (!is_visible(model_.model, row, call_.scope().deleted)) continue;
    auto seen = query::Membership::kYes;
    if (is_scoped(model_, call_)) {
      THING_ASSIGN(seen, admit(store_, call_, model_, row));
    }
    if (seen == query::Membership::kNo) continue;
    if (seen == query::Membership::kYes) {
      THING_TRY(out.append(row, model_.model.layout));
      continue;
    }
    if (call_.has(kCacheOnly)) return value::BatchRef();
    THING_ASSIGN(const value::BatchRef one,
                 read_seen(store_, call_, model_, row_key(model_.model, row)));
    if (one) THING_TRY(out.append(one->row(0), model_.model.layout));
  }
  return out.finish();
}

void RowFiller::fill(Store& store, ModelState& model, const cache::ObjectKey& key,
                     const value::RowView& row, cache::Stamp stamp) {
  const std::span<const uint8_t> packed = pack(model, row);
  if (packed.empty()) return;
  if (store.objects().put(key, packed.data(), packed.size(), stamp))
    store.stats().add(cache::Stat::kObjectFill);
}

std::span<const uint8_t> RowFiller::pack(ModelState& model, const value::RowView& row) {
  builder_.start(model.model.layout, false);
  if (!builder_.append(row, model.model.layout)) return {};
  const uint64_t bytes = builder_.packed_size();
  if (bytes > cache::ObjectTable::kMaxRow) return {};
  words_.resize((bytes + 7) / 8);
  auto* const out = reinterpret_cast<uint8_t*>(words_.data());
  builder_.write_to(out);
  return {out, bytes};
}

base::Result<RowSet> Store::find_keys(const Call& call, ModelState& model,
                                      const std::vector<Key>& keys) {
  if (is_closed()) return fail(base::Code::kClosed, "the database is closed");
  if (call.control != nullptr) THING_TRY(call.control->check());
  RowSet out;
  out.model = &model;
  THING_ASSIGN(out.rows, ManyReader(*this, call, model, keys).run());
  out.missed = !out.rows;
  return out;
}

base::Result<RowSet> Store::find_ids(const Call& call, ModelState& model,
                                     std::span<const int64_t> ids) {
  if (model.model.id < 0) {
    return fail(base::Code::kInvalid,
                "{}: the primary key is not one int field, expected a call by keys",
                model.model.name);
  }
  std::vector<Key> keys(ids.size());
  for (size_t i = 0; i < ids.size(); ++i) {
    keys[i].is_integer = true;
    keys[i].integer = ids[i];
  }
  return find_keys(call, model, keys);
}

base::Status Store::warm(const Call& call, ModelState& model, std::span<const int64_t> ids) {
  for (size_t at = 0; at < ids.size(); at += 1000) {
    auto rows = find_ids(call, model, ids.subspan(at, std::min<size_t>(1000, ids.size() - at)));
    if (!rows) return fail(std::move(rows.error()));
  }
  return {};
}

}  // namespace thing::store
