#pragma once
// What the documents of writes say of fields.
#include <vector>

#include "action/document.h"
#include "entity/object.h"

namespace thing::action {

// What becomes of a field: a value takes the place of its own, or is added to it.
struct Change {
  enum class Kind : uint8_t { kSet, kIncrement, kDecrement } kind = Kind::kSet;
  uint32_t field = 0;
  value::Value value;
};

using Changes = std::vector<Change>;

// Whose fields a document speaks of: a new record is given values alone.
enum class Of : uint8_t { kNew, kThere };

// One field of it: {"field": value} or {"field": {"increment": n}} ("decrement", "set").
base::Result<Change> read_change(const Place& place, uint32_t field, const text::JsonNode& node,
                                 const text::Json& json, Of of);
// An object of fields.
base::Result<Changes> read_changes(const Place& place, const text::JsonNode& node,
                                   const text::Json& json, Of of);
// The same of what is changed in many records at once, by the database. kUnsupported: what it can
// not do.
base::Result<Changes> read_changes_of_many(const Place& place, const text::JsonNode& node,
                                           const text::Json& json);
// Lays them over the record. kRange: a sum that leaves the type of its field.
base::Status apply(const Place& place, const Changes& changes, entity::Object& object);

}  // namespace thing::action
