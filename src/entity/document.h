#pragma once
#include <string>
#include <string_view>

#include "entity/object.h"

namespace thing::entity {

enum class Fill : uint8_t {
  kForce,         // every field
  kGuarded,       // fields that may not be filled are dropped
  kStrict,        // ... are kInvalid
};

// Sets the fields of a JSON object: all or none. Unknown names are kInvalid. With `if_absent`, fields that have a value keep it.
base::Status assign_json(Object& object, std::string_view document, Fill fill, bool if_absent);
// Sets the fields that a packed row holds (value::check_packed has passed): all or none.
base::Status assign_row(Object& object, const value::RowView& row);

// Appends {"field":value,...}: missing fields are left out, hidden ones unless asked for.
struct PrintOptions {
  bool hidden = false;
  bool changed_only = false;
};
void print_object(std::string& out, const Object& object, PrintOptions options);
void print_row(std::string& out, const schema::Model& model, const value::RowView& row, bool hidden);  // hot: lists
void print_changes(std::string& out, const Object& object);        // {"field":[old,new],...}
void print_saved_changes(std::string& out, const Object& object);

}  // namespace thing::entity
