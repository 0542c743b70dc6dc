#pragma once
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "entity/object.h"

namespace thing::entity {

// What a save will write: fields in order with their values, made without changing the object.
struct Prepared {
  std::vector<uint32_t> fields;
  std::vector<value::Value> values;
};

// Required fields and enum values, as `thing_obj_validate`. kNotNull names the fields.
base::Status validate(const Object& object);

// The columns of an INSERT: set fields, literal, now and uuid defaults, timestamps (unless
// `timestamps` is false), version 0 or as set, NULL for nullable fields that are unset. Left to the
// database: autoincrement, {"sql"} defaults. kNotNull when a required field has no value.
base::Result<Prepared> prepare_insert(const Object& object, const base::Clock& clock,
                                      bool timestamps);
// The columns of an UPDATE: the changes, and the updated time unless it was set by hand. Not the
// version: the caller raises it.
base::Result<Prepared> prepare_update(const Object& object, const base::Clock& clock,
                                      bool timestamps);

// The row after the write: the object's row (or nothing, for an insert) with the prepared values
// laid over it.
base::Result<value::BatchRef> merged_row(const Object& object, const Prepared& prepared);
std::vector<SavedChange> saved_changes(const Object& object, const Prepared& prepared);

}  // namespace thing::entity
