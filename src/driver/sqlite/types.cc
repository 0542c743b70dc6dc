// How SQLite stores each type is drawn in docs/reference/models.md. Reading is wider than writing: files that others wrote hold
// times as seconds, numbers as integers, UUIDs as 16 bytes. What can not be meant is an error, never a default.
#include "driver/sqlite/types.h"

#include <fmt/format.h>

#include <cmath>

#include "base/decimal.h"
#include "base/time.h"
#include "base/utf8.h"
#include "base/uuid.h"
#include "driver/sqlite/errors.h"

namespace thing::driver::sqlite {
namespace {

using base::Code;
using base::Status;
using value::Type;
using value::ValueView;

std::string_view storage_name(int storage) {
  switch (storage) {
    case SQLITE_INTEGER: return "an integer";
    case SQLITE_FLOAT: return "a real";
    case SQLITE_TEXT: return "text";
    case SQLITE_BLOB: return "a blob";
    default: return "NULL";
  }
}

// Says what is wrong with the column, never the value itself.
tl::unexpected<base::Error> misfit(sqlite3_stmt* s, int column, std::string_view found, std::string_view expected) {
  const char* name = sqlite3_column_name(s, column);
  if (name == nullptr) return base::fail(base::Error());
  base::Error error(Code::kSchema, fmt::format("column '{}' holds {}, expected {}", name, found, expected));
  return base::fail(std::move(error).field(name));
}

// One column on its way into the batch.
struct Reading {
  sqlite3_stmt* s;
  int column;
  int storage;
  Type type;
  uint32_t field;
  value::BatchBuilder& out;

  tl::unexpected<base::Error> misfit_storage() const {
    return misfit(s, column, storage_name(storage), value::type_name(type));
  }
  tl::unexpected<base::Error> misfit_found(std::string_view found) const {
    return misfit(s, column, found, value::type_name(type));
  }
  Status put_int(int64_t v) const {
    out.set_int64(field, v);
    return {};
  }
};

Status read_bool(const Reading& r) {
  if (r.storage != SQLITE_INTEGER) return r.misfit_storage();
  const int64_t v = sqlite3_column_int64(r.s, r.column);
  if (v != 0 && v != 1) return r.misfit_found("an integer other than 0 and 1");
  return r.put_int(v);
}

Status read_int(const Reading& r) {
  if (r.storage == SQLITE_INTEGER) return r.put_int(sqlite3_column_int64(r.s, r.column));
  if (r.storage != SQLITE_FLOAT) return r.misfit_storage();
  const double v = sqlite3_column_double(r.s, r.column);
  constexpr double kLimit = 9223372036854775808.0;
  if (!(v >= -kLimit && v < kLimit) || v != std::trunc(v)) return r.misfit_found("a real that is no integer");
  return r.put_int(static_cast<int64_t>(v));
}

Status read_float(const Reading& r) {
  if (r.storage != SQLITE_FLOAT && r.storage != SQLITE_INTEGER) return r.misfit_storage();
  const double v = sqlite3_column_double(r.s, r.column);
  if (!std::isfinite(v)) return r.misfit_found("infinity");
  r.out.set_float64(r.field, v);
  return {};
}

Status put_decimal(const Reading& r, std::string_view text) {
  const auto canonical = base::canonical_decimal(text);
  if (!canonical) return r.misfit_found("text that is no decimal");
  return r.out.set_bytes(r.field, *canonical);
}

Status read_decimal(const Reading& r) {
  if (r.storage == SQLITE_BLOB) return r.misfit_storage();
  if (r.storage == SQLITE_FLOAT) {
    const double v = sqlite3_column_double(r.s, r.column);
    return std::isfinite(v) ? put_decimal(r, fmt::format("{}", v)) : Status(r.misfit_found("infinity"));
  }
  THING_ASSIGN(const std::string_view text, column_text(r.s, r.column));
  return put_decimal(r, text);
}

Status read_text(const Reading& r) {
  if (r.storage == SQLITE_BLOB) return r.misfit_storage();
  THING_ASSIGN(const std::string_view text, column_text(r.s, r.column));
  if (!base::is_utf8(text)) return r.misfit_found("text that is not UTF-8");
  return r.out.set_bytes(r.field, text);
}

Status read_bytes(const Reading& r) {
  if (r.storage != SQLITE_BLOB && r.storage != SQLITE_TEXT) return r.misfit_storage();
  THING_ASSIGN(const std::string_view bytes, r.storage == SQLITE_BLOB ? column_bytes(r.s, r.column)
                                                                      : column_text(r.s, r.column));
  return r.out.set_bytes(r.field, bytes);
}

// Seconds since 1970, as strftime('%s') and most programs store them.
Status read_seconds(const Reading& r) {
  const int64_t v = sqlite3_column_int64(r.s, r.column);
  if (v < base::kMinDatetime / 1'000'000 || v > base::kMaxDatetime / 1'000'000) {
    return r.misfit_found("seconds outside the years 0001 to 9999");
  }
  return r.put_int(v * 1'000'000);
}

using ParseTime = std::optional<int64_t> (*)(std::string_view);

Status read_time(const Reading& r, ParseTime parse) {
  if (r.storage != SQLITE_TEXT) return r.misfit_storage();
  THING_ASSIGN(const std::string_view text, column_text(r.s, r.column));
  const auto v = parse(text);
  return v ? r.put_int(*v) : Status(r.misfit_found("text of another form"));
}

Status read_uuid(const Reading& r) {
  if (r.storage == SQLITE_BLOB) {
    THING_ASSIGN(const std::string_view bytes, column_bytes(r.s, r.column));
    return bytes.size() == 16 ? r.out.set_bytes(r.field, bytes) : Status(r.misfit_found("a blob of another length"));
  }
  if (r.storage != SQLITE_TEXT) return r.misfit_storage();
  THING_ASSIGN(const std::string_view text, column_text(r.s, r.column));
  const auto uuid = base::parse_uuid(text);
  if (!uuid) return r.misfit_found("text of another form");
  return r.out.set_bytes(r.field, {reinterpret_cast<const char*>(uuid->data()), uuid->size()});
}

int bind_text(sqlite3_stmt* s, int index, std::string_view text) {
  const char* p = text.data() != nullptr ? text.data() : "";  // NULL would be bound as NULL
  return sqlite3_bind_text64(s, index + 1, p, text.size(), SQLITE_STATIC, SQLITE_UTF8);
}

int bind_bytes(sqlite3_stmt* s, int index, std::string_view bytes) {
  if (bytes.empty()) return sqlite3_bind_zeroblob(s, index + 1, 0);
  return sqlite3_bind_blob64(s, index + 1, bytes.data(), bytes.size(), SQLITE_STATIC);
}

int bind_printed(sqlite3_stmt* s, int index, int (*print)(int64_t, char*), int64_t v, BoundTexts& texts) {
  static_assert(BoundTexts::kSize >= base::kMaxTimeText);
  char* place = texts.place(s, index);
  return bind_text(s, index, {place, static_cast<size_t>(print(v, place))});
}

int bind_uuid(sqlite3_stmt* s, int index, std::string_view bytes, BoundTexts& texts) {
  constexpr size_t kLength = 36;
  static_assert(BoundTexts::kSize >= kLength);
  if (bytes.size() != 16) return SQLITE_MISMATCH;
  char* place = texts.place(s, index);
  base::print_uuid(reinterpret_cast<const uint8_t*>(bytes.data()), place);
  return bind_text(s, index, {place, kLength});
}

}  // namespace

char* BoundTexts::place(sqlite3_stmt* statement, int index) {
  if (places_.empty()) places_.resize(static_cast<size_t>(sqlite3_bind_parameter_count(statement)));
  static char nowhere[kSize];  // binding will refuse the index
  return static_cast<size_t>(index) < places_.size() ? places_[static_cast<size_t>(index)].data() : nowhere;
}

int bind_value(sqlite3_stmt* s, int index, const ValueView& v, BoundTexts& texts) {
  switch (v.type) {
    case Type::kNull: return sqlite3_bind_null(s, index + 1);
    case Type::kBool: return sqlite3_bind_int(s, index + 1, v.integer != 0);
    case Type::kInt: return sqlite3_bind_int64(s, index + 1, v.integer);
    case Type::kFloat: return sqlite3_bind_double(s, index + 1, v.real);
    case Type::kDecimal:
    case Type::kText:
    case Type::kJson:
    case Type::kEnum: return bind_text(s, index, v.bytes);
    case Type::kBytes: return bind_bytes(s, index, v.bytes);
    case Type::kDatetime: return bind_printed(s, index, base::print_datetime_sql, v.integer, texts);
    case Type::kDate: return bind_printed(s, index, base::print_date, v.integer, texts);
    case Type::kTime: return bind_printed(s, index, base::print_time, v.integer, texts);
    case Type::kUuid: return bind_uuid(s, index, v.bytes, texts);
  }
  return SQLITE_MISMATCH;
}

base::Result<std::string_view> column_text(sqlite3_stmt* s, int column) {
  const unsigned char* text = sqlite3_column_text(s, column);
  if (text == nullptr) return base::fail(base::Error());  // not NULL, so there was no memory for another form of it
  return std::string_view(reinterpret_cast<const char*>(text), static_cast<size_t>(sqlite3_column_bytes(s, column)));
}

base::Result<std::string_view> column_bytes(sqlite3_stmt* s, int column) {
  const void* bytes = sqlite3_column_blob(s, column);
  const auto size = static_cast<size_t>(sqlite3_column_bytes(s, column));
  // An empty blob has no bytes to point at; neither has one for which memory was missing.
  if (bytes == nullptr && (size != 0 || is_no_memory(sqlite3_errcode(sqlite3_db_handle(s))))) {
    return base::fail(base::Error());
  }
  return std::string_view(static_cast<const char*>(bytes), size);
}

Status read_column(sqlite3_stmt* s, int column, Type type, uint32_t field, value::BatchBuilder& out) {
  const Reading r{s, column, sqlite3_column_type(s, column), type, field, out};
  switch (type) {
    case Type::kBool: return read_bool(r);
    case Type::kInt: return read_int(r);
    case Type::kFloat: return read_float(r);
    case Type::kDecimal: return read_decimal(r);
    case Type::kText:
    case Type::kJson:
    case Type::kEnum: return read_text(r);
    case Type::kBytes: return read_bytes(r);
    case Type::kDatetime: return r.storage == SQLITE_INTEGER ? read_seconds(r) : read_time(r, base::parse_datetime);
    case Type::kDate: return read_time(r, base::parse_date);
    case Type::kTime: return read_time(r, base::parse_time);
    case Type::kUuid: return read_uuid(r);
    case Type::kNull: break;
  }
  return base::fail(Code::kInternal, "a layout has a column without type");
}

base::Result<value::Value> read_dynamic(sqlite3_stmt* s, int column) {
  switch (sqlite3_column_type(s, column)) {
    case SQLITE_INTEGER: return value::Value::of_int(Type::kInt, sqlite3_column_int64(s, column));
    case SQLITE_FLOAT: {
      const double v = sqlite3_column_double(s, column);
      if (!std::isfinite(v)) return misfit(s, column, "infinity", "a finite number");
      return value::Value::of_float(v);
    }
    case SQLITE_TEXT: {
      THING_ASSIGN(const std::string_view text, column_text(s, column));
      if (!base::is_utf8(text)) return misfit(s, column, "text that is not UTF-8", "text");
      return value::Value(ValueView::of_bytes(Type::kText, text));
    }
    case SQLITE_BLOB: {
      THING_ASSIGN(const std::string_view bytes, column_bytes(s, column));
      return value::Value(ValueView::of_bytes(Type::kBytes, bytes));
    }
    default: return value::Value();
  }
}

}  // namespace thing::driver::sqlite
