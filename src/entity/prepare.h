#pragma once
#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "entity/object.h"

namespace thing::entity {

// What a save will do, made without changing the object.
struct Prepared {
  std::vector<uint32_t> fields;  // that the statement is given, in order
  // A field that the statement makes: the id of a new row (0 in `row` until it is known), or the
  // version of an old one. -1: none.
  int made = -1;
  value::BatchRef row;  // as it will be; a field that only the database knows is absent

  value::ValueView value(const schema::Model& model, uint32_t field) const {
    return row->row(0).value(field, model.layout.types[field]);
  }
};

// The columns of an INSERT: set fields, literal, now and uuid defaults, timestamps (unless
// `timestamps` is false), version 0 or as set, NULL for nullable fields that are unset. Left to the
// database: autoincrement, {"sql"} defaults. kNotNull when a required field has no value.
base::Result<Prepared> prepare_insert(const Object& object, const base::Clock& clock,
                                      bool timestamps);
// The columns of an UPDATE: the changes, and the updated time unless it was set by hand. Not the
// version, which the statement raises, unless it was set. kState: that was not selected.
base::Result<Prepared> prepare_update(const Object& object, const base::Clock& clock,
                                      bool timestamps);

// kState: the version was not selected, by which a write that comes too late is told.
base::Status check_version(const Object& object);

Saved saved_by(const Object& object, const Prepared& prepared);

}  // namespace thing::entity
