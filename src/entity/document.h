#pragma once
#include <string_view>

#include "entity/object.h"

namespace thing::entity {

enum class Fill : uint8_t {
  kForce,    // every field
  kGuarded,  // fields that may not be filled are dropped
  kStrict,   // ... are kInvalid
};

// The error of a value as that of its field.
base::Error about(base::Error&& error, const schema::Model& model, const schema::Field& field);

// Sets the fields of a JSON object: all or none. Unknown names are kInvalid. With `if_absent`,
// fields that have a value keep it.
base::Status assign_json(Object& object, std::string_view document, Fill fill, bool if_absent);
// Sets the fields that a packed row holds (value::check_packed has passed): all or none.
base::Status assign_row(Object& object, const value::RowView& row);

}  // namespace thing::entity
