#pragma once
#include <string>
#include <string_view>

#include "schema/model.h"

namespace thing::dialect {

// The default of a column as it follows DEFAULT: 'text', 7, CURRENT_TIMESTAMP, (expression); ""
// when the database gives none.
std::string sqlite_default(const schema::Model& model, uint32_t field);
// Whether a column with this default can be added to a table that has rows.
bool is_constant_default(const schema::Field& field);
// add_column of a field that may be NULL, without its default, so that a table with rows takes it.
std::string add_column_without_default(const schema::Model& model, uint32_t field);

// A random UUID in lower case, as SQLite makes one. Introspection knows the text again.
extern const std::string_view kUuidExpression;

}  // namespace thing::dialect
