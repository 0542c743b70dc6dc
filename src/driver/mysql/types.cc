// Reading is wider than writing: tables that others made hold numbers as decimals, times as text,
// UUIDs as 36 characters. What can not be meant is an error, never a default.
#include "driver/mysql/types.h"

#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "base/decimal.h"
#include "base/utf8.h"
#include "base/uuid.h"
#include "driver/mysql/sql_time.h"
#include "value/list.h"

namespace thing::driver::mysql {
namespace {

using base::Code;
using base::Status;
using value::Type;
using value::ValueView;
using Kind = Column::Kind;

constexpr unsigned kBinaryCharset = 63;

Kind kind_of(const MYSQL_FIELD& field) {
  switch (field.type) {
    case MYSQL_TYPE_TINY:
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_YEAR: return Kind::kInteger;
    case MYSQL_TYPE_LONGLONG:
      return (field.flags & UNSIGNED_FLAG) != 0 ? Kind::kUnsigned : Kind::kInteger;
    case MYSQL_TYPE_FLOAT: return Kind::kSingle;
    case MYSQL_TYPE_DOUBLE: return Kind::kDouble;
    case MYSQL_TYPE_DECIMAL:
    case MYSQL_TYPE_NEWDECIMAL: return Kind::kDecimal;
    case MYSQL_TYPE_DATE:
    case MYSQL_TYPE_NEWDATE:
    case MYSQL_TYPE_TIME:
    case MYSQL_TYPE_DATETIME:
    case MYSQL_TYPE_TIMESTAMP: return Kind::kTime;
    case MYSQL_TYPE_BIT: return Kind::kBits;
    default: return Kind::kBytes;
  }
}

// MariaDB tells JSON and UUID apart from other text and bytes only in the extended metadata.
Type extended_type([[maybe_unused]] const MYSQL_FIELD& field, Type otherwise) {
#ifdef MARIADB_PACKAGE_VERSION
  MARIADB_CONST_STRING name{};
  if (mariadb_field_attr(&name, &field, MARIADB_FIELD_ATTR_DATA_TYPE_NAME) == 0 &&
      std::string_view(name.str, name.length) == "uuid")
    return Type::kUuid;
  if (mariadb_field_attr(&name, &field, MARIADB_FIELD_ATTR_FORMAT_NAME) == 0 &&
      std::string_view(name.str, name.length) == "json")
    return Type::kJson;
#endif
  return otherwise;
}

Type natural_type_of(const MYSQL_FIELD& field, Kind kind, bool is_prepared) {
  switch (kind) {
    case Kind::kInteger:
    case Kind::kUnsigned:
    case Kind::kBits: return Type::kInt;
    case Kind::kSingle:
    case Kind::kDouble: return Type::kFloat;
    case Kind::kDecimal: return Type::kDecimal;
    case Kind::kTime:
      if (field.type == MYSQL_TYPE_TIME) return Type::kTime;
      return field.type == MYSQL_TYPE_DATE || field.type == MYSQL_TYPE_NEWDATE ? Type::kDate
                                                                               : Type::kDatetime;
    case Kind::kBytes: break;
  }
  if (field.type == MYSQL_TYPE_JSON) return Type::kJson;
  const Type type = field.charsetnr == kBinaryCharset ? Type::kBytes : Type::kText;
  return is_prepared ? extended_type(field, type) : type;
}

std::string_view kind_name(const Column& c) {
  switch (c.kind()) {
    case Kind::kInteger:
    case Kind::kUnsigned: return "an integer";
    case Kind::kSingle:
    case Kind::kDouble: return "a real";
    case Kind::kDecimal: return "a decimal";
    case Kind::kTime: return "a time";
    case Kind::kBits: return "bits";
    case Kind::kBytes: return c.is_binary() ? "bytes" : "text";
  }
  return "something";
}

base::Error column_error(const Column& c, Code code, std::string_view found,
                         std::string_view expected) {
  base::Error error(code,
                    fmt::format("column '{}' holds {}, expected {}", c.name(), found, expected));
  return std::move(error).column(c.name());
}

// One column on its way into the batch.
struct Reading {
  const Column& column;
  Type type;
  uint32_t field;
  value::BatchBuilder& out;

  // The column can not hold such values; or this value is not one. Never the value itself.
  tl::unexpected<base::Error> misfit(std::string_view found) const {
    return base::fail(column_error(column, Code::kSchema, found, value::type_name(type)));
  }
  tl::unexpected<base::Error> misfit_kind() const { return misfit(kind_name(column)); }
  tl::unexpected<base::Error> outside(std::string_view found) const {
    return base::fail(column_error(column, Code::kRange, found, value::type_name(type)));
  }
  Status put_int(int64_t v) const {
    out.set_int64(field, v);
    return {};
  }
};

uint64_t bits_of(const Column& c) {
  uint64_t v = 0;
  for (const char b : c.bytes()) v = v << 8 | static_cast<unsigned char>(b);
  return v;
}

bool is_past_int64(const Column& c) {
  if (c.kind() == Kind::kBits) return bits_of(c) > std::numeric_limits<int64_t>::max();
  return c.kind() == Kind::kUnsigned && c.integer() < 0;
}

bool is_whole(const Column& c) {
  return c.kind() == Kind::kInteger || c.kind() == Kind::kUnsigned || c.kind() == Kind::kBits;
}

int64_t whole(const Column& c) {
  return c.kind() == Kind::kBits ? static_cast<int64_t>(bits_of(c)) : c.integer();
}

Status read_bool(const Reading& r) {
  if (!is_whole(r.column)) return r.misfit_kind();
  const int64_t v = whole(r.column);
  if (v != 0 && v != 1) return r.misfit("an integer other than 0 and 1");
  return r.put_int(v);
}

// The sum of integers is a decimal.
Status read_int_of_decimal(const Reading& r) {
  const std::string_view text = r.column.bytes();
  const size_t dot = std::min(text.find('.'), text.size());
  if (text.find_first_not_of('0', dot + 1) != std::string_view::npos)
    return r.misfit("a decimal that is no integer");
  int64_t v = 0;
  const auto end = std::from_chars(text.data(), text.data() + dot, v);
  if (end.ec != std::errc() || end.ptr != text.data() + dot)
    return r.outside("a decimal beyond 64 bits");
  return r.put_int(v);
}

Status read_int(const Reading& r) {
  if (r.column.kind() == Kind::kDecimal) return read_int_of_decimal(r);
  if (!is_whole(r.column)) return r.misfit_kind();
  if (is_past_int64(r.column)) return r.outside("an unsigned integer beyond 63 bits");
  return r.put_int(whole(r.column));
}

Status read_float(const Reading& r) {
  const Kind kind = r.column.kind();
  double v = r.column.real();
  if (kind == Kind::kInteger) {
    v = static_cast<double>(r.column.integer());
  } else if (kind == Kind::kUnsigned) {
    v = static_cast<double>(static_cast<uint64_t>(r.column.integer()));
  } else if (kind == Kind::kDecimal) {
    const std::string_view text = r.column.bytes();
    std::from_chars(text.data(), text.data() + text.size(), v);
  } else if (kind != Kind::kSingle && kind != Kind::kDouble) {
    return r.misfit_kind();
  }
  if (!std::isfinite(v)) return r.misfit("infinity");
  r.out.set_float64(r.field, v);
  return {};
}

Status put_decimal(const Reading& r, std::string_view text) {
  const auto canonical = base::canonical_decimal(text);
  if (!canonical) return r.misfit("text that is no decimal");
  return r.out.set_bytes(r.field, *canonical);
}

Status read_decimal(const Reading& r) {
  switch (r.column.kind()) {
    case Kind::kInteger: return put_decimal(r, fmt::format("{}", r.column.integer()));
    case Kind::kUnsigned:
      return put_decimal(r, fmt::format("{}", static_cast<uint64_t>(r.column.integer())));
    case Kind::kSingle:
    case Kind::kDouble: return put_decimal(r, fmt::format("{}", r.column.real()));
    case Kind::kDecimal: return put_decimal(r, r.column.bytes());
    case Kind::kBytes:
      if (!r.column.is_binary()) return put_decimal(r, r.column.bytes());
      [[fallthrough]];
    default: return r.misfit_kind();
  }
}

// JSON of MySQL, and what its functions make of it, comes without a character set.
Status read_text(const Reading& r) {
  if (r.column.kind() != Kind::kBytes) return r.misfit_kind();
  if (r.column.is_binary() && r.column.type() != MYSQL_TYPE_JSON) return r.misfit_kind();
  if (!base::is_utf8(r.column.bytes())) return r.misfit("text that is not UTF-8");
  return r.out.set_bytes(r.field, r.column.bytes());
}

// Whoever wrote it, with blanks or without.
Status read_list(const Reading& r) {
  if (r.column.kind() != Kind::kBytes) return r.misfit_kind();
  if (r.column.is_binary() && r.column.type() != MYSQL_TYPE_JSON) return r.misfit_kind();
  const auto list = value::list_from_text(r.type, r.column.bytes());
  if (list) return r.out.set_bytes(r.field, list->view().bytes);
  return list.error().detail() == nullptr ? Status(base::fail(base::Error()))
                                          : Status(r.misfit("text that is none"));
}

Status read_bytes(const Reading& r) {
  if (r.column.kind() != Kind::kBytes && r.column.kind() != Kind::kBits) return r.misfit_kind();
  return r.out.set_bytes(r.field, r.column.bytes());
}

using ParseTime = std::optional<int64_t> (*)(std::string_view);
using MakeTime = std::optional<int64_t> (*)(const MYSQL_TIME&);

Status read_time(const Reading& r, bool fits, MakeTime make, ParseTime parse) {
  if (r.column.kind() == Kind::kBytes && !r.column.is_binary()) {
    const auto v = parse(r.column.bytes());
    return v ? r.put_int(*v) : Status(r.misfit("text of another form"));
  }
  if (r.column.kind() != Kind::kTime || !fits) return r.misfit_kind();
  const auto v = make(r.column.time());
  return v ? r.put_int(*v) : Status(r.outside("a zero date or a time outside one day"));
}

Status read_uuid(const Reading& r) {
  if (r.column.kind() != Kind::kBytes) return r.misfit_kind();
  const std::string_view bytes = r.column.bytes();
  if (bytes.size() == 16 && r.column.is_binary()) return r.out.set_bytes(r.field, bytes);
  const auto uuid = base::parse_uuid(bytes);
  if (!uuid) return r.misfit("text of another form");
  return r.out.set_bytes(r.field, {reinterpret_cast<const char*>(uuid->data()), uuid->size()});
}

base::Result<value::Value> time_value(const Column& c) {
  const Type type = c.natural_type();
  const MakeTime make = type == Type::kTime ? time_of : type == Type::kDate ? days_of : datetime_of;
  const auto v = make(c.time());
  if (v) return value::Value::of_int(type, *v);
  return base::fail(column_error(c, Code::kRange, "a zero date or a time outside one day",
                                 value::type_name(type)));
}

// A column with ZEROFILL has zeros in front.
base::Result<value::Value> decimal_value(const Column& c) {
  auto canonical = base::canonical_decimal(c.bytes());
  if (canonical) return value::Value::of_bytes(Type::kDecimal, std::move(*canonical));
  return base::fail(column_error(c, Code::kSchema, "text that is no decimal", "decimal"));
}

base::Result<value::Value> bytes_value(const Column& c) {
  const Type type = c.natural_type();
  if (type == Type::kUuid && c.bytes().size() != 16) {
    const auto uuid = base::parse_uuid(c.bytes());
    if (!uuid) return base::fail(column_error(c, Code::kSchema, "text of another form", "uuid"));
    return value::Value(
        ValueView::of_bytes(type, {reinterpret_cast<const char*>(uuid->data()), uuid->size()}));
  }
  if (value::is_utf8_type(type) && !base::is_utf8(c.bytes()))
    return base::fail(column_error(c, Code::kSchema, "text that is not UTF-8", "text"));
  return value::Value(ValueView::of_bytes(type, c.bytes()));
}

}  // namespace

Column::Column(const MYSQL_FIELD& field, bool is_prepared)
    : name_(field.name),
      type_(field.type),
      flags_(field.flags),
      charset_(field.charsetnr),
      is_binary_(field.charsetnr == kBinaryCharset),
      kind_(kind_of(field)),
      natural_(natural_type_of(field, kind_, is_prepared)) {
  constexpr unsigned long kLeast = 16, kMost = 1024;
  if (kind_ == Kind::kBytes || kind_ == Kind::kBits || kind_ == Kind::kDecimal)
    room_.resize(std::clamp(field.length, kLeast, kMost));
}

bool Column::is_like(const MYSQL_FIELD& field) const {
  return type_ == field.type && flags_ == field.flags && charset_ == field.charsetnr &&
         name_ == field.name;
}

MYSQL_BIND Column::bind() {
  MYSQL_BIND b{};
  b.is_null = &is_null_;
  b.error = &is_cut_;
  switch (kind_) {
    case Kind::kInteger:
    case Kind::kUnsigned:
      b.buffer_type = MYSQL_TYPE_LONGLONG;
      b.buffer = &integer_;
      b.is_unsigned = kind_ == Kind::kUnsigned ? 1 : 0;
      return b;
    case Kind::kSingle:
      b.buffer_type = MYSQL_TYPE_FLOAT;
      b.buffer = &single_;
      return b;
    case Kind::kDouble:
      b.buffer_type = MYSQL_TYPE_DOUBLE;
      b.buffer = &real_;
      return b;
    case Kind::kTime:
      b.buffer_type = type_;
      b.buffer = &time_;
      return b;
    default:
      b.buffer_type = kind_ == Kind::kDecimal ? MYSQL_TYPE_STRING : MYSQL_TYPE_BLOB;
      b.buffer = room_.data();
      b.buffer_length = room_.size();
      b.length = &length_;
      return b;
  }
}

void Column::shrink() {
  constexpr size_t kKept = 64 * 1024;
  length_ = 0;
  if (room_.size() > kKept) std::vector<char>(kKept).swap(room_);
}

Status read_column(const Column& column, Type type, uint32_t field, value::BatchBuilder& out) {
  const Reading r{column, type, field, out};
  const Type natural = column.natural_type();
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
      return read_time(r, natural != Type::kTime, datetime_of, base::parse_datetime);
    case Type::kDate: return read_time(r, natural == Type::kDate, days_of, base::parse_date);
    case Type::kTime: return read_time(r, natural == Type::kTime, time_of, base::parse_time);
    case Type::kUuid: return read_uuid(r);
    case Type::kNull: break;
  }
  return r.misfit_kind();
}

base::Result<value::Value> read_dynamic(const Column& c) {
  if (c.is_null()) return value::Value();
  switch (c.kind()) {
    case Kind::kInteger:
    case Kind::kUnsigned:
    case Kind::kBits:
      if (is_past_int64(c))
        return base::fail(
            column_error(c, Code::kRange, "an unsigned integer beyond 63 bits", "int"));
      return value::Value::of_int(Type::kInt, whole(c));
    case Kind::kSingle:
    case Kind::kDouble: return value::Value::of_float(c.real());
    case Kind::kDecimal: return decimal_value(c);
    case Kind::kTime: return time_value(c);
    case Kind::kBytes: return bytes_value(c);
  }
  return value::Value();
}

}  // namespace thing::driver::mysql
