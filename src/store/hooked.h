#pragma once
#include "store/store.h"
#include "store/transaction.h"

namespace thing::store {

// Runs the hooks of an event that can not fail any more; what they return is logged.
void run_after(Store& store, const Call& call, int32_t event, entity::Object& object) noexcept;

// The object was written: its AFTER_COMMIT hooks run now, or, with a copy of the object, at the end
// of the transaction.
void ended(Store& store, const Call& call, ModelState& model, entity::Object& object) noexcept;

}  // namespace thing::store
