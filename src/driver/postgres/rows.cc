// The hot path of every read: which reader a column needs is found once a result, then each cell
// goes straight into the batch.
#include "driver/postgres/rows.h"

#include <fmt/format.h>

#include "driver/postgres/arrays.h"
#include "driver/postgres/cells.h"

namespace thing::driver::postgres {
namespace {

using base::Code;

Column make_column(const PGresult* result, int number, const Types& types) {
  Column column;
  const char* name = PQfname(result, number);
  column.name = name != nullptr ? name : "";
  column.pg_type = &types.get(PQftype(result, number));
  return column;
}

// nullptr when the one can not be the other.
void set_reader(Column& column, const Types& types, bool checks_utf8) {
  if (!value::is_list(column.type)) {
    column.reader = find_reader(column.pg_type->kind, column.type, checks_utf8);
    return;
  }
  if (column.pg_type->kind != Kind::kArray) return;
  auto element = std::make_unique<Column>();
  element->name = column.name;
  element->type = value::element_of(column.type);
  element->pg_type = &types.get(column.pg_type->element);
  element->reader = find_reader(element->pg_type->kind, element->type, checks_utf8);
  if (element->reader != nullptr) column.reader = read_list;
  column.element = std::move(element);
}

base::Error mismatch(const Column& column) {
  base::Error error(Code::kType,
                    fmt::format("column '{}' is of type {}, expected one for {}", column.name,
                                column.pg_type->name, value::type_name(column.type)));
  return std::move(error).column(column.name);
}

}  // namespace

bool RowReader::fits(const PGresult* result, const Projection& projection) const {
  const size_t count = columns_.size();
  if (is_dynamic_ || count != projection.fields.size() ||
      PQnfields(result) != static_cast<int>(count))
    return false;
  for (size_t i = 0; i < count; ++i) {
    const Column& column = columns_[i];
    if (column.field != projection.fields[i] ||
        column.type != projection.layout->types[column.field] ||
        column.pg_type->oid != PQftype(result, static_cast<int>(i)))
      return false;
  }
  return true;
}

base::Status RowReader::start(const PGresult* result, const Types& types,
                              const Projection& projection, bool checks_utf8) {
  if (fits(result, projection)) return {};
  columns_.clear();
  is_dynamic_ = false;
  const auto found = static_cast<size_t>(PQnfields(result));
  if (found != projection.fields.size())
    return base::fail(Code::kSchema, "the statement gives {} columns, expected {}", found,
                      projection.fields.size());
  for (const uint32_t field : projection.fields) {
    Column column = make_column(result, static_cast<int>(columns_.size()), types);
    column.field = field;
    column.type = projection.layout->types[field];
    set_reader(column, types, checks_utf8);
    if (column.reader == nullptr) {
      columns_.clear();
      return base::fail(mismatch(column));
    }
    columns_.push_back(std::move(column));
  }
  return {};
}

void RowReader::start_dynamic(const PGresult* result, const Types& types, bool checks_utf8) {
  columns_.clear();
  is_dynamic_ = true;
  for (int i = 0; i < PQnfields(result); ++i) {
    Column column = make_column(result, i, types);
    column.type = natural_type(column.pg_type->kind);
    column.reader = find_reader(column.pg_type->kind, column.type, checks_utf8);
    columns_.push_back(std::move(column));
  }
}

base::Status RowReader::read(const PGresult* result, int row, value::BatchBuilder& out) const {
  out.begin_row();
  int number = 0;
  for (const Column& column : columns_) {
    const int size = PQgetlength(result, row, number);
    if (size == 0 && PQgetisnull(result, row, number) != 0) {
      out.set_null(column.field);
    } else {
      THING_TRY(
          column.reader({PQgetvalue(result, row, number), static_cast<size_t>(size), column, out}));
    }
    ++number;
  }
  return {};
}

base::Status RowReader::read_dynamic(const PGresult* result, int row,
                                     std::vector<value::Value>& out) const {
  value::BatchBuilder batch;
  for (int i = 0; i < static_cast<int>(columns_.size()); ++i) {
    const Column& column = columns_[static_cast<size_t>(i)];
    if (PQgetisnull(result, row, i) != 0 || column.pg_type->kind == Kind::kVoid) {
      out.emplace_back();
      continue;
    }
    if (column.reader == nullptr)
      return base::fail(Code::kUnsupported,
                        "column '{}' is of the PostgreSQL type {}, which can not be read; cast it "
                        "to text",
                        column.name, column.pg_type->name);
    const value::Layout layout{.hash = 0, .types = {column.type}};
    batch.start(layout, false);
    batch.begin_row();
    const auto size = static_cast<size_t>(PQgetlength(result, row, i));
    THING_TRY(column.reader({PQgetvalue(result, row, i), size, column, batch}));
    out.emplace_back(batch.last_row().value(0, column.type));
  }
  return {};
}

}  // namespace thing::driver::postgres
