#pragma once
// Soft deletes that go on to rows of relations that say so ("on_soft_delete"), and come back with
// the row.
#include "store/store.h"

namespace thing::store {

bool cascades(const schema::Model& model);
// What belongs to the object, which was deleted just now, and what belongs to that; in the
// transaction and with the time of the call, through objects, whose hooks take part.
base::Status delete_children(Store& store, const Call& call, const entity::Object& object);
// What was deleted with the object, at the same time; `before`: the row as it was. Nothing where
// times are not kept.
base::Status restore_children(Store& store, const Call& call, const entity::Object& object,
                              const value::RowView& before);

}  // namespace thing::store
