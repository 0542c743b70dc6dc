#pragma once
#include <string_view>

namespace thing::driver::mysql {

// What is known of a statement from its text alone. Comments, quoted names and strings are not
// looked into. The text in /*! ... */ may be code or not, as the server's version wants: it counts
// as what is worse.
struct SqlText {
  bool is_empty = true;     // no statement: blanks and comments only
  bool is_several = false;  // something follows a semicolon
  bool is_read_only = false;
  bool is_rollback = false;
  bool is_setting = false;  // BEGIN, SAVEPOINT, SET, ...: nothing that another session would see
  bool has_commit = false;  // or may have one inside, as CALL may
  bool commits_before = false;  // an open transaction, as all that defines tables does

  bool may_write() const { return !is_empty && !is_read_only && !is_setting; }
};

// `has_escapes`: backslashes in strings are more than characters (no NO_BACKSLASH_ESCAPES).
SqlText look_at(std::string_view sql, bool has_escapes = false);

}  // namespace thing::driver::mysql
