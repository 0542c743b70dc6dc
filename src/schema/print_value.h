#pragma once
#include "text/json.h"
#include "value/value.h"

namespace thing::schema {

// Writes a value as docs/reference/models.md, "Values", says. Hot: rows are printed with it.
void print_value(text::JsonWriter& writer, value::Type type, const value::ValueView& v);

}  // namespace thing::schema
