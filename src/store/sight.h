#pragma once
#include <cstdint>
#include <vector>

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
// A row that a condition found, for a write. Once somebody changed what the condition asks for, the
// row is written only where the condition finds it still.
struct FoundBy {
  const query::Criteria& criteria;
  query::Sight sight;
  const std::vector<uint64_t>& fields;  // that decide, as query::fields_of() tells them
  value::RowView row;
};
// Whether the row is as it was found, as far as the condition asks.
bool is_as_found(const schema::Model& model, const FoundBy& by, const value::RowView& now);
// A call that reads a row as the database has it, whatever this one wants of reads.
Call past_cache(const Call& call);
// The query that finds the row of this key still.
base::Result<query::Query> query_again(const ModelState& model, const FoundBy& by, const Key& key);
// The query for the row of this key, as the call's sight has it.
base::Result<query::Query> sight_of(const ModelState& model, const Key& key, const Call& call);
// The row from the database, which decides; empty when it is not there to be seen.
base::Result<value::BatchRef> read_seen(Store& store, const Call& call, ModelState& model,
                                        const Key& key);

}  // namespace thing::store
