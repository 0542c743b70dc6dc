#pragma once
#include <vector>

#include "driver/driver.h"
#include "driver/mysql/types.h"

namespace thing::driver::mysql {

// The result columns of a statement and the row that it stands on.
class Rows {
 public:
  // Takes over the columns that the server told of when the statement was prepared.
  void prepare(MYSQL_STMT* statement);
  // And when it was executed, where they are others than before.
  void describe(MYSQL_STMT* statement);
  size_t columns() const { return columns_.size(); }
  std::string_view column_name(size_t i) const {
    return i < columns_.size() ? std::string_view(columns_[i].name()) : std::string_view();
  }
  // Has the library write into the columns. To be called before the first fetch of a result.
  base::Status bind(MYSQL_STMT* statement);
  // The next row of a stored result; false at the end.
  base::Result<bool> fetch(MYSQL_STMT* statement);
  void shrink();

  // Appends the row. On failure the batch holds a part of it: drop it.
  base::Status read(const Projection& projection, value::BatchBuilder& out) const;
  base::Status read_dynamic(std::vector<value::Value>& out) const;

 private:
  base::Status fetch_rest(MYSQL_STMT* statement);

  std::vector<Column> columns_;
  std::vector<MYSQL_BIND> binds_;
  bool grew_ = false;         // the room of a column, since it was bound
  bool is_prepared_ = false;  // the columns were known before the first execution
};

}  // namespace thing::driver::mysql
