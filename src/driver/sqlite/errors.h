#pragma once
#include <string_view>

#include <sqlite3.h>

#include "driver/driver.h"

namespace thing::driver::sqlite {

// Why a call of SQLite returned `rc`. When SQLite gave up because the control's call is over, that
// is the reason.
base::Error make_error(sqlite3* db, int rc, const Control* control = nullptr);
// The same from the parts, without a database.
base::Error make_error(int rc, std::string_view message);

inline bool is_no_memory(int rc) { return (rc & 0xff) == SQLITE_NOMEM || rc == SQLITE_IOERR_NOMEM; }
// Whether the connection is better opened anew.
bool is_broken(int rc);

}  // namespace thing::driver::sqlite
