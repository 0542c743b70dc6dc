#pragma once
#include <sqlite3.h>

namespace thing::driver::sqlite {

// Makes thing_sum(x) and thing_avg(x): the exact sum of integers and decimals, and their average,
// as text. Rows with NULL do not count, and without others they are NULL.
int add_sum_functions(sqlite3* db);

}  // namespace thing::driver::sqlite
