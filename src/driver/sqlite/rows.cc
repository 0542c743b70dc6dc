// The hot path of every read: one pass over the columns, straight into the batch. What is stored in
// the form that libthing writes is read here; all else is left to types.cc.
#include "driver/sqlite/rows.h"

#include <cmath>
#include <cstring>

#include "driver/sqlite/sql_time.h"
#include "driver/sqlite/types.h"

namespace thing::driver::sqlite {
namespace {

using value::Type;

uint64_t load(const char* p) {
  uint64_t word;
  std::memcpy(&word, p, 8);
  return word;
}

// Words that overlap at the end instead of single bytes.
bool is_ascii(const char* p, size_t size) {
  uint64_t all = 0;
  if (size < 8) {
    for (size_t i = 0; i < size; ++i)
      all |= static_cast<uint64_t>(static_cast<unsigned char>(p[i]));
  } else {
    for (size_t i = 0; i + 8 < size; i += 8) all |= load(p + i);
    all |= load(p + size - 8);
  }
  return (all & 0x8080808080808080u) == 0;
}

// Each false: the value is not stored in the usual form, or there was no room. read_column() finds
// out which.
bool put_ascii(const Column& column, uint32_t field, value::BatchBuilder& out) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(column.value));
  if (text == nullptr) return false;
  const auto size = static_cast<size_t>(sqlite3_value_bytes(column.value));
  return is_ascii(text, size) && out.set_bytes(field, {text, size}).has_value();
}

bool put_time(const Column& column, uint32_t field, value::BatchBuilder& out) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(column.value));
  if (text == nullptr) return false;
  int64_t micros = 0;
  if (!SqlTime::parse(text, static_cast<size_t>(sqlite3_value_bytes(column.value)), micros))
    return false;
  out.set_int64(field, micros);
  return true;
}

bool put_integer(const Column& column, Type type, uint32_t field, value::BatchBuilder& out) {
  const int64_t v = sqlite3_value_int64(column.value);
  if (type != Type::kInt && (type != Type::kBool || (v & ~int64_t{1}) != 0)) return false;
  out.set_int64(field, v);
  return true;
}

bool put_real(const Column& column, Type type, uint32_t field, value::BatchBuilder& out) {
  const double v = sqlite3_value_double(column.value);
  if (type != Type::kFloat || !std::isfinite(v)) return false;
  out.set_float64(field, v);
  return true;
}

bool put_usual(const Column& column, Type type, uint32_t field, value::BatchBuilder& out) {
  switch (column.storage) {
    case SQLITE_INTEGER: return put_integer(column, type, field, out);
    case SQLITE_TEXT:
      if (type == Type::kText) return put_ascii(column, field, out);
      return type == Type::kDatetime && put_time(column, field, out);
    case SQLITE_FLOAT: return put_real(column, type, field, out);
    case SQLITE_NULL: out.set_null(field); return true;
    default: return false;
  }
}

}  // namespace

base::Status read_row(sqlite3_stmt* s, const Projection& projection, value::BatchBuilder& out) {
  out.begin_row();
  const Type* types = projection.layout->types.data();
  int number = 0;
  for (const uint32_t field : projection.fields) {
    const Column column(s, number++);
    if (put_usual(column, types[field], field, out)) [[likely]]
      continue;
    THING_TRY(read_column(column, types[field], field, out));
  }
  return {};
}

}  // namespace thing::driver::sqlite
