#include "store/sight.h"

#include "store/list.h"
#include "store/reading.h"

namespace thing::store {

base::Result<query::Membership> admit(Store& store, const Call& call, ModelState& model,
                                      const value::RowView& row, session::Connection* connection) {
  if (!model.exactness_known.load(std::memory_order_acquire)) {
    if (connection == nullptr && call.has(kCacheOnly)) return query::Membership::kMaybe;
    Reading reading(store, call);
    if (connection == nullptr) THING_TRY(reading.open());
    THING_TRY(
        store.learn_exactness(connection != nullptr ? *connection : reading.connection(), model));
  }
  return model.model.conditions->admit(model.model, row, model.exactness);
}

namespace {

base::Status add_key(query::Criteria& criteria, const schema::Model& m, const Key& key) {
  for (size_t i = 0; i < m.primary.size(); ++i) {
    value::Value v =
        key.is_integer ? value::Value::of_int(value::Type::kInt, key.integer) : key.values[i];
    THING_TRY(criteria.compare(m.primary[i], query::Op::kEq, false, std::move(v)));
  }
  return {};
}

}  // namespace

bool is_as_found(const schema::Model& model, const FoundBy& by, const value::RowView& now) {
  for (uint32_t f = 0; f < model.columns(); ++f) {
    const bool decides = (by.fields[f / 64] >> (f % 64) & 1) != 0;
    const value::Type type = model.fields[f].type;
    if (decides && !value::equal(by.row.value(f, type), now.value(f, type))) return false;
  }
  return true;
}

base::Result<query::Query> query_again(const ModelState& model, const FoundBy& by, const Key& key) {
  query::Criteria criteria = by.criteria;
  THING_TRY(add_key(criteria, model.model, key));
  return query::resolve(criteria, by.sight);
}

base::Result<query::Query> sight_of(const ModelState& model, const Key& key, const Call& call) {
  query::Criteria criteria(model.model);
  THING_TRY(add_key(criteria, model.model, key));
  return query::resolve(criteria, call.scope());
}

Call past_cache(const Call& call) {
  Call all = call;
  all.flags |= kWithDeleted | kUnscoped | kNoCacheRead;
  all.flags &= ~static_cast<int32_t>(kCacheOnly);
  return all;
}

base::Result<value::BatchRef> read_seen(Store& store, const Call& call, ModelState& model,
                                        const Key& key) {
  Call direct = call;
  direct.flags |= kNoCacheRead | kNoCacheWrite;
  THING_ASSIGN(const query::Query q, sight_of(model, key, direct));
  THING_ASSIGN(RowSet found, ListReader(store, direct, model).list(q));
  return found.rows->rows() == 0 ? value::BatchRef() : std::move(found.rows);
}

}  // namespace thing::store
