#pragma once
#include <string_view>

namespace thing::driver::mysql {

// What is known of a statement from its text alone. Comments, quoted names and strings are not
// looked into; the text in /*! ... */ is code, as for the server. Backslashes are characters.
struct SqlText {
  bool is_empty = true;     // no statement: blanks and comments only
  bool is_several = false;  // something follows a semicolon
  bool is_read_only = false;
  bool is_commit = false;
  bool is_rollback = false;
};

SqlText look_at(std::string_view sql);

}  // namespace thing::driver::mysql
