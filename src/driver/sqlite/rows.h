#pragma once
#include <sqlite3.h>

#include "driver/driver.h"

namespace thing::driver::sqlite {

// Appends the row that the statement stands on. On failure the batch holds a part of the row: drop
// it.
base::Status read_row(sqlite3_stmt* statement, const Projection& projection,
                      value::BatchBuilder& out);

}  // namespace thing::driver::sqlite
