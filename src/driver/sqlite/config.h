#pragma once
#include <string>

#include "driver/sqlite/database.h"
#include "driver/sqlite/handle.h"
#include "driver/sqlite/waits.h"

namespace thing::driver::sqlite {

// An open connection with everything set that `options` ask for. `waits` must live as long as it.
base::Result<Handle> open_handle(const Options& options, Waits& waits);
// The first column of the first row as text; empty when there is no row.
base::Result<std::string> query_text(sqlite3* db, const char* sql, const Waits& waits);

inline bool is_memory(const Options& options) { return options.path == ":memory:"; }

}  // namespace thing::driver::sqlite
