#pragma once
#include <sqlite3.h>

#include <memory>

namespace thing::driver::sqlite {

struct CloseHandle {
  // v2: a statement that somebody still holds keeps the handle until it goes.
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
using Handle = std::unique_ptr<sqlite3, CloseHandle>;

struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using StatementHandle = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

}  // namespace thing::driver::sqlite
