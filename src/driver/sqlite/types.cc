// How SQLite stores each type is drawn in docs/reference/models.md. Reading is wider than writing:
// files that others wrote hold times as seconds, numbers as integers, UUIDs as 16 bytes. What can
// not be meant is an error, never a default.
#include "driver/sqlite/types.h"

#include <cmath>

#include <fmt/format.h>

#include "base/decimal.h"
#include "base/time.h"
#include "base/utf8.h"
#include "base/uuid.h"
#include "driver/sqlite/errors.h"
#include "value/list.h"

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
tl::unexpected<base::Error> misfit(const Column& c, std::string_view found,
                                   std::string_view expected) {
  const char* name = sqlite3_column_name(c.statement, c.number);
  if (name == nullptr) return base::fail(base::Error());
  base::Error error(Code::kSchema,
                    fmt::format("column '{}' holds {}, expected {}", name, found, expected));
  return base::fail(std::move(error).column(name));
}

// A value that is not NULL has a text: where there is none, memory for another form of it was
// missing.
base::Result<std::string_view> text_of(const Column& c) {
  const unsigned char* text = sqlite3_value_text(c.value);
  if (text == nullptr) return base::fail(base::Error());
  return std::string_view(reinterpret_cast<const char*>(text),
                          static_cast<size_t>(sqlite3_value_bytes(c.value)));
}

// An empty blob has no bytes to point at; neither has one for which memory was missing.
base::Result<std::string_view> blob_of(const Column& c) {
  const void* bytes = sqlite3_value_blob(c.value);
  const auto size = static_cast<size_t>(sqlite3_value_bytes(c.value));
  if (bytes == nullptr &&
      (size != 0 || is_no_memory(sqlite3_errcode(sqlite3_db_handle(c.statement))))) {
    return base::fail(base::Error());
  }
  return std::string_view(static_cast<const char*>(bytes), size);
}

// One column on its way into the batch.
struct Reading {
  const Column& column;
  Type type;
  uint32_t field;
  value::BatchBuilder& out;

  int storage() const { return column.storage; }
  int64_t integer() const { return sqlite3_value_int64(column.value); }
  double real() const { return sqlite3_value_double(column.value); }
  tl::unexpected<base::Error> misfit_found(std::string_view found) const {
    return misfit(column, found, value::type_name(type));
  }
  tl::unexpected<base::Error> misfit_storage() const {
    return misfit_found(storage_name(storage()));
  }
  Status put_int(int64_t v) const {
    out.set_int64(field, v);
    return {};
  }
};

Status read_bool(const Reading& r) {
  if (r.storage() != SQLITE_INTEGER) return r.misfit_storage();
  const int64_t v = r.integer();
  if (v != 0 && v != 1) return r.misfit_found("an integer other than 0 and 1");
  return r.put_int(v);
}

Status read_int(const Reading& r) {
  if (r.storage() == SQLITE_INTEGER) return r.put_int(r.integer());
  if (r.storage() != SQLITE_FLOAT) return r.misfit_storage();
  const double v = r.real();
  constexpr double kLimit = 9223372036854775808.0;
  if (!(v >= -kLimit && v < kLimit) || v != std::trunc(v))
    return r.misfit_found("a real that is no integer");
  return r.put_int(static_cast<int64_t>(v));
}

Status read_float(const Reading& r) {
  if (r.storage() != SQLITE_FLOAT && r.storage() != SQLITE_INTEGER) return r.misfit_storage();
  const double v = r.real();
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
  if (r.storage() == SQLITE_BLOB) return r.misfit_storage();
  if (r.storage() == SQLITE_FLOAT) {
    const double v = r.real();
    return std::isfinite(v) ? put_decimal(r, fmt::format("{}", v))
                            : Status(r.misfit_found("infinity"));
  }
  THING_ASSIGN(const std::string_view text, text_of(r.column));
  return put_decimal(r, text);
}

Status read_text(const Reading& r) {
  if (r.storage() == SQLITE_BLOB) return r.misfit_storage();
  THING_ASSIGN(const std::string_view text, text_of(r.column));
  if (!base::is_utf8(text)) return r.misfit_found("text that is not UTF-8");
  return r.out.set_bytes(r.field, text);
}

Status read_bytes(const Reading& r) {
  if (r.storage() != SQLITE_BLOB && r.storage() != SQLITE_TEXT) return r.misfit_storage();
  THING_ASSIGN(const std::string_view bytes,
               r.storage() == SQLITE_BLOB ? blob_of(r.column) : text_of(r.column));
  return r.out.set_bytes(r.field, bytes);
}

// Seconds since 1970, as strftime('%s') and most programs store them.
Status read_seconds(const Reading& r) {
  const int64_t v = r.integer();
  if (v < base::kMinDatetime / 1'000'000 || v > base::kMaxDatetime / 1'000'000) {
    return r.misfit_found("seconds outside the years 0001 to 9999");
  }
  return r.put_int(v * 1'000'000);
}

using ParseTime = std::optional<int64_t> (*)(std::string_view);

Status read_time(const Reading& r, ParseTime parse) {
  if (r.storage() != SQLITE_TEXT) return r.misfit_storage();
  THING_ASSIGN(const std::string_view text, text_of(r.column));
  const auto v = parse(text);
  return v ? r.put_int(*v) : Status(r.misfit_found("text of another form"));
}

Status read_uuid(const Reading& r) {
  if (r.storage() == SQLITE_BLOB) {
    THING_ASSIGN(const std::string_view bytes, blob_of(r.column));
    return bytes.size() == 16 ? r.out.set_bytes(r.field, bytes)
                              : Status(r.misfit_found("a blob of another length"));
  }
  if (r.storage() != SQLITE_TEXT) return r.misfit_storage();
  THING_ASSIGN(const std::string_view text, text_of(r.column));
  const auto uuid = base::parse_uuid(text);
  if (!uuid) return r.misfit_found("text of another form");
  return r.out.set_bytes(r.field, {reinterpret_cast<const char*>(uuid->data()), uuid->size()});
}

// Whoever wrote it, with blanks or without.
Status read_list(const Reading& r) {
  if (r.storage() != SQLITE_TEXT) return r.misfit_storage();
  THING_ASSIGN(const std::string_view text, text_of(r.column));
  const auto list = value::list_from_text(r.type, text);
  if (list) return r.out.set_bytes(r.field, list->view().bytes);
  return list.error().detail() == nullptr ? Status(base::fail(base::Error()))
                                          : Status(r.misfit_found("text that is none"));
}

int bind_text(sqlite3_stmt* s, int index, std::string_view text) {
  const char* p = text.data() != nullptr ? text.data() : "";  // NULL would be bound as NULL
  return sqlite3_bind_text64(s, index + 1, p, text.size(), SQLITE_STATIC, SQLITE_UTF8);
}

int bind_bytes(sqlite3_stmt* s, int index, std::string_view bytes) {
  if (bytes.empty()) return sqlite3_bind_zeroblob(s, index + 1, 0);
  return sqlite3_bind_blob64(s, index + 1, bytes.data(), bytes.size(), SQLITE_STATIC);
}

int bind_printed(sqlite3_stmt* s, int index, int (*print)(int64_t, char*), int64_t v,
                 BoundTexts& texts) {
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
  return static_cast<size_t>(index) < places_.size() ? places_[static_cast<size_t>(index)].data()
                                                     : nowhere;
}

int bind_value(sqlite3_stmt* s, int index, const ValueView& v, BoundTexts& texts) {
  if (value::is_list(v.type)) return bind_text(s, index, v.bytes);
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

Status read_column(const Column& column, Type type, uint32_t field, value::BatchBuilder& out) {
  const Reading r{column, type, field, out};
  if (value::is_list(type)) return read_list(r);
  switch (type) {
    case Type::kBool: return read_bool(r);
    case Type::kInt: return read_int(r);
    case Type::kFloat: return read_float(r);
    case Type::kDecimal: return read_decimal(r);
    case Type::kText:
    case Type::kJson:
    case Type::kEnum: return read_text(r);
    case Type::kBytes: return read_bytes(r);
    case Type::kDatetime:
      return r.storage() == SQLITE_INTEGER ? read_seconds(r) : read_time(r, base::parse_datetime);
    case Type::kDate: return read_time(r, base::parse_date);
    case Type::kTime: return read_time(r, base::parse_time);
    case Type::kUuid: return read_uuid(r);
    case Type::kNull: break;
  }
  return base::fail(Code::kInternal, "a layout has a column without type");
}

base::Result<value::Value> read_dynamic(const Column& c) {
  switch (c.storage) {
    case SQLITE_INTEGER: return value::Value::of_int(Type::kInt, sqlite3_value_int64(c.value));
    case SQLITE_FLOAT: {
      const double v = sqlite3_value_double(c.value);
      if (!std::isfinite(v)) return misfit(c, "infinity", "a finite number");
      return value::Value::of_float(v);
    }
    case SQLITE_TEXT: {
      THING_ASSIGN(const std::string_view text, text_of(c));
      if (!base::is_utf8(text)) return misfit(c, "text that is not UTF-8", "text");
      return value::Value(ValueView::of_bytes(Type::kText, text));
    }
    case SQLITE_BLOB: {
      THING_ASSIGN(const std::string_view bytes, blob_of(c));
      return value::Value(ValueView::of_bytes(Type::kBytes, bytes));
    }
    default: return value::Value();
  }
}

}  // namespace thing::driver::sqlite
