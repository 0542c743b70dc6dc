#pragma once
#include <memory>
#include <string>
#include <vector>

#include <libpq-fe.h>

#include "driver/driver.h"
#include "driver/postgres/types.h"

namespace thing::driver::postgres {

struct Column;

// A value that is not NULL, on its way into a field of the batch.
struct Cell {
  const char* wire;
  size_t size;
  const Column& column;
  value::BatchBuilder& out;
};
using Reader = base::Status (*)(const Cell& cell);

struct Column {
  Reader reader = nullptr;
  uint32_t field = 0;
  value::Type type = value::Type::kNull;
  const PgType* pg_type = nullptr;
  std::string name;
  std::unique_ptr<const Column> element;  // of an array that is read as a list
};

// How the columns of results become rows of a batch.
class RowReader {
 public:
  // `checks_utf8`: the server does not.
  base::Status start(const PGresult* result, const Types& types, const Projection& projection,
                     bool checks_utf8);
  // As the types of the database are.
  void start_dynamic(const PGresult* result, const Types& types, bool checks_utf8);
  // Appends a row. On failure the batch holds a part of it: drop it.
  base::Status read(const PGresult* result, int row, value::BatchBuilder& out) const;
  base::Status read_dynamic(const PGresult* result, int row, std::vector<value::Value>& out) const;

 private:
  bool fits(const PGresult* result, const Projection& projection) const;

  std::vector<Column> columns_;
  bool is_dynamic_ = false;
};

}  // namespace thing::driver::postgres
