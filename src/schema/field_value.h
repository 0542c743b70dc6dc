#pragma once
#include "base/result.h"
#include "schema/model.h"
#include "text/json.h"
#include "value/value.h"

namespace thing::schema {

// The value that a JSON node means for the field (docs/reference/models.md, "Values"); null gives
// NULL, and a number so many units since 1970 where the field says so ("epoch"). kType: another
// kind; kRange, kSyntax: not a value of the type; kCheck: no value of the enum. The messages do not
// name the field.
base::Result<value::Value> value_from_json(const Field& field, const text::JsonNode& node,
                                           const text::Json& json);

// kCheck when the value, or an element of the list, is no value of the field's enum.
base::Status check_enum(const Field& field, const value::ValueView& v);

}  // namespace thing::schema
