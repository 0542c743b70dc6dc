#pragma once
#include <memory>
#include <utility>

#include <sqlite3.h>

#include "base/process.h"

namespace thing::driver::sqlite {

// An open database of SQLite, closed when it goes; in a forked child it is left alone.
class Handle {
 public:
  Handle() = default;
  explicit Handle(sqlite3* db);
  Handle(Handle&& o) noexcept : db_(std::exchange(o.db_, nullptr)), process_(o.process_) {}
  Handle& operator=(Handle&& o) noexcept {
    std::swap(db_, o.db_);
    std::swap(process_, o.process_);
    return *this;
  }
  ~Handle();
  sqlite3* get() const { return db_; }
  bool is_inherited() const { return !process_.is_current(); }

 private:
  sqlite3* db_ = nullptr;
  base::Process process_ = base::Process::current();
};

// To be called before a file is opened. A forked child inherits what SQLite knows of the locks of
// the process, but not the locks: a file that it opens anew would be taken for locked already. This
// makes SQLite forget the files of the parent.
void forget_inherited_files();

struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using StatementHandle = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

}  // namespace thing::driver::sqlite
