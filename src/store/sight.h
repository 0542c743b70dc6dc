#pragma once
#include "query/scopes.h"
#include "store/store.h"

namespace thing::store {

// Whether default scopes of the model hold in the call: then a row that was found by its key is
// held to them, too.
inline bool is_scoped(const ModelState& model, const Call& call) {
  return model.model.conditions != nullptr && model.model.conditions->has_defaults() &&
         !call.has(kUnscoped);
}
// Whether they let the row be seen. kMaybe: only the database can tell. May read the table's
// collations, on the connection or, for nullptr, on one of its own.
base::Result<query::Membership> admit(Store& store, const Call& call, ModelState& model,
                                      const value::RowView& row,
                                      session::Connection* connection = nullptr);
// The query for the row of this key, as the call's sight has it.
base::Result<query::Query> sight_of(const ModelState& model, const Key& key, const Call& call);
// The row from the database, which decides; empty when it is not there to be seen.
base::Result<value::BatchRef> read_seen(Store& store, const Call& call, ModelState& model,
                                        const Key& key);

}  // namespace thing::store
