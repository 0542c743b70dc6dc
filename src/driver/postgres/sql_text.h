#pragma once
#include <cstdint>
#include <string_view>

namespace thing::driver::postgres {

// What a statement's text tells without the server.
struct SqlText {
  bool is_empty = true;      // nothing but space and comments
  bool is_several = false;   // statements, as far as semicolons tell
  bool is_rollback = false;  // ROLLBACK, also to a savepoint
  bool is_commit = false;
  bool ends_transaction = false;  // it is COMMIT or ROLLBACK and nothing else
  bool has_commit = false;        // it or one of those behind it
  // One of its statements begins, ends or divides a transaction, must be the first of one, or lets
  // prepared statements go: it is nothing that could run inside a savepoint.
  bool is_control = false;
  bool drops_prepared = false;  // DEALLOCATE, DISCARD
  // It asks for rows, which it may lock, and none of its parts writes. The functions that it calls
  // may.
  bool is_read_only = false;
  bool is_query = false;     // its first statement reads or writes rows
  bool names_limit = false;  // it speaks of statement_timeout, maybe to set it
  bool is_setting = false;   // BEGIN, SAVEPOINT, SET, ...: nothing that another session would see

  bool may_write() const { return !is_empty && !is_read_only && !is_setting; }
};

SqlText look_at(std::string_view sql);

}  // namespace thing::driver::postgres
