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

base::Result<query::Query> sight_of(const ModelState& model, const Key& key, const Call& call) {
  const schema::Model& m = model.model;
  query::Criteria criteria(m);
  for (size_t i = 0; i < m.primary.size(); ++i) {
    value::Value v =
        key.is_integer ? value::Value::of_int(value::Type::kInt, key.integer) : key.values[i];
    THING_TRY(criteria.compare(m.primary[i], query::Op::kEq, false, std::move(v)));
  }
  return query::resolve(criteria, call.scope());
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
