#pragma once
#include <array>
#include <vector>

#include <sqlite3.h>

#include "base/result.h"
#include "value/row.h"
#include "value/value.h"

namespace thing::driver::sqlite {

// Room for the texts that values are bound as and that are not in the value itself. One place a
// parameter, so that each text stays until the parameter is bound again.
class BoundTexts {
 public:
  static constexpr int kSize = 40;
  char* place(sqlite3_stmt* statement, int index);

 private:
  std::vector<std::array<char, kSize>> places_;
};

// SQLite's result code. `index` from 0.
int bind_value(sqlite3_stmt* statement, int index, const value::ValueView& v, BoundTexts& texts);

// A column of the row that a statement stands on. SQLite looks the value up once: the
// sqlite3_column_ functions would do it, and take a mutex that is not there, at every call. One
// thread at a time uses a statement, which is what this needs.
struct Column {
  sqlite3_stmt* statement;
  int number;
  sqlite3_value* value;
  int storage;  // SQLITE_INTEGER, ...

  Column(sqlite3_stmt* s, int i)
      : statement(s),
        number(i),
        value(sqlite3_column_value(s, i)),
        storage(sqlite3_value_type(value)) {}
};

// The value of a column that is not NULL as a value of `type`; kSchema when it can not be one.
base::Status read_column(const Column& column, value::Type type, uint32_t field,
                         value::BatchBuilder& out);
// The value as SQLite has it.
base::Result<value::Value> read_dynamic(const Column& column);

}  // namespace thing::driver::sqlite
