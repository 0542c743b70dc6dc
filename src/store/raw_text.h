#pragma once
#include <string_view>

#include "base/result.h"
#include "dialect/dialect.h"

namespace thing::store {

// kUnsupported for SQL that would change the transaction or the session behind the library's back:
// by its first words, as what it does in the database is not known here.
base::Status check_raw(std::string_view sql, const dialect::Dialect& dialect, bool in_transaction);
// Whether the statement may make triggers or foreign keys: it is none that reads or writes rows.
bool may_change_schema(std::string_view sql, const dialect::Dialect& dialect);

}  // namespace thing::store
