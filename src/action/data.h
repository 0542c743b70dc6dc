#pragma once
// What the documents of writes say of fields.
#include <utility>
#include <vector>

#include "action/document.h"
#include "entity/object.h"

namespace thing::action {

using Values = std::vector<std::pair<uint32_t, value::Value>>;

// The values of a new record: an object of fields.
base::Result<Values> read_values(const Place& place, const text::JsonNode& node,
                                 const text::Json& json);

// What becomes of a field: a value takes the place of its own, or is added to it.
struct Change {
  enum class Kind : uint8_t { kSet, kIncrement, kDecrement } kind = Kind::kSet;
  uint32_t field = 0;
  value::Value value;
};

// The changes of a record: {"field": value} or {"field": {"increment": n}} ("decrement", "set").
base::Result<std::vector<Change>> read_changes(const Place& place, const text::JsonNode& node,
                                               const text::Json& json);
// Lays them over the record. kRange: a sum that leaves the type of its field.
base::Status apply(const Place& place, std::vector<Change> changes, entity::Object& object);

}  // namespace thing::action
