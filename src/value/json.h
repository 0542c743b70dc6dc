#pragma once
#include "text/json.h"
#include "value/value.h"

// Values as JSON: docs/reference/models.md, "Values".
namespace thing::value {

// The value that a JSON node means for the type; null gives NULL. kType: another kind; kRange,
// kSyntax: not a value of the type. Whether it is one of an enum's values, the caller checks.
base::Result<Value> from_json(Type type, const text::JsonNode& node, const text::Json& json);

// Hot: rows are printed with it.
void print_value(text::JsonWriter& writer, Type type, const ValueView& v);

}  // namespace thing::value
