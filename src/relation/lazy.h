#pragma once
// Relations of one object.
#include <optional>
#include <string>

#include "entity/object.h"
#include "query/criteria.h"
#include "relation/rows.h"
#include "store/store.h"

namespace thing::relation {

// The key by which an object's rows of a relation are found, as bytes: other bytes mean other rows.
std::string key_of(const entity::Object& object, const schema::Link& link);
// What belongs to one row of a set, as of row 0 of one.
Related of_row(const Related& related, uint32_t row);
// The rows of a relation of an object as it is now, saved or not; one that has no key yet has none.
base::Result<Related> load_related(store::Store& store, const store::Call& call,
                                   const entity::Object& object, const query::Include& include);
// Numbers about such rows; nullopt: kCacheOnly met a miss.
base::Result<std::optional<Numbers>> count_related(store::Store& store, const store::Call& call,
                                                   const entity::Object& object,
                                                   const query::Include& include);
// The same rows as a query. kUnsupported: of a relation through others; kState: the object has no
// key that rows could belong to.
base::Result<query::Criteria> criteria_of(const entity::Object& object, const schema::Link& link);

}  // namespace thing::relation
