#pragma once
#include <sqlite3.h>

#include <array>
#include <vector>

#include "base/result.h"
#include "value/row.h"
#include "value/value.h"

namespace thing::driver::sqlite {

// Room for the texts that values are bound as and that are not in the value itself. One place a parameter, so that each
// text stays until the parameter is bound again.
class BoundTexts {
 public:
  static constexpr int kSize = 40;
  char* place(sqlite3_stmt* statement, int index);

 private:
  std::vector<std::array<char, kSize>> places_;
};

// SQLite's result code. `index` from 0.
int bind_value(sqlite3_stmt* statement, int index, const value::ValueView& v, BoundTexts& texts);

// The value of a column that is not NULL as a value of `type`; kSchema when it can not be one.
base::Status read_column(sqlite3_stmt* statement, int column, value::Type type, uint32_t field, value::BatchBuilder& out);
// The value as SQLite has it.
base::Result<value::Value> read_dynamic(sqlite3_stmt* statement, int column);

// Text or bytes of a column as they are stored.
base::Result<std::string_view> column_text(sqlite3_stmt* statement, int column);
base::Result<std::string_view> column_bytes(sqlite3_stmt* statement, int column);

}  // namespace thing::driver::sqlite
