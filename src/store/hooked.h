#pragma once
#include "store/store.h"
#include "store/transaction.h"

namespace thing::store {

// Runs the hooks of events before a write, up to the first that refuses.
base::Status run_before(Store& store, const Call& call, entity::Object& object,
                        std::initializer_list<int32_t> events);
// Runs the hooks of events after a write, while it can still be taken back: it fails where a hook
// does that may. What others return is logged.
base::Status run_after(Store& store, const Call& call, entity::Object& object,
                       std::initializer_list<int32_t> events);
// Runs the hooks of an event that can not fail any more; what they return is logged.
void run_late(Store& store, const Call& call, int32_t event, entity::Object& object) noexcept;

// The object was written: its AFTER_COMMIT hooks run now, or, with a copy of the object, at the end
// of the transaction.
void ended(Store& store, const Call& call, ModelState& model, entity::Object& object) noexcept;

// Both, behind a write. One that is taken back again for a hook is told of as rolled back.
base::Status wrote(Store& store, const Call& call, ModelState& model, entity::Object& object,
                   std::initializer_list<int32_t> events);

}  // namespace thing::store
