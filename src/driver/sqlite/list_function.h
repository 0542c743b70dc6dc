#pragma once
#include <sqlite3.h>

namespace thing::driver::sqlite {

// thing_list(test, type of the elements, list, other list): value::test_list() for conditions, with
// the tests 'equal', 'every' and 'some'. NULL for NULL and for a text that is no such list.
// thing_json(test, whether it is insensitive, shape, document, values...): value::test_document().
// SQLite's result code.
int add_list_function(sqlite3* db);

}  // namespace thing::driver::sqlite
