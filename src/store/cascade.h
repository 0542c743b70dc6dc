#pragma once
// Soft deletes that go on to rows of relations that say so ("on_soft_delete"), and come back with
// the row.
#include <span>

#include "store/store.h"

namespace thing::store {

bool cascades(const schema::Model& model);
// Whether such a delete of a row goes on to others.
inline bool goes_on(const schema::Model& model, Mode mode) {
  return mode != Mode::kHard && model.deleted >= 0 && cascades(model);
}
// The call that asks for rows to mark: those that are alive now, whatever the transaction's
// snapshot has, and they stay so up to its end.
Call for_writing(const Store& store, const Call& call);
// What belongs to the objects, which were deleted just now, and what belongs to that; in the
// transaction and with the time of the call, through objects, whose hooks take part.
base::Status delete_children(Store& store, const Call& call,
                             std::span<const entity::Object* const> objects);
// What was deleted with the object, at the same time; `before`: the row as it was. Nothing where
// times are not kept.
base::Status restore_children(Store& store, const Call& call, const entity::Object& object,
                              const value::RowView& before);

}  // namespace thing::store
