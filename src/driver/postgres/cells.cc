// Each kind of PostgreSQL in binary form (the *_send functions of the server) as each type of
// libthing that can hold it. What can not be meant is an error, never a default.
#include "driver/postgres/cells.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "base/time.h"
#include "base/utf8.h"
#include "base/uuid.h"
#include "driver/postgres/numeric.h"
#include "driver/postgres/wire.h"

namespace thing::driver::postgres {

using base::Code;
using base::Status;
using value::Type;

tl::unexpected<base::Error> misfit(const Cell& c, Code code, std::string_view found) {
  base::Error error(code, fmt::format("column '{}' holds {}, expected {}", c.column.name, found,
                                      value::type_name(c.column.type)));
  return base::fail(std::move(error).column(c.column.name));
}

namespace {

tl::unexpected<base::Error> wrong_size(const Cell& c) {
  return misfit(c, Code::kInternal,
                fmt::format("{} bytes of type {}", c.size, c.column.pg_type->name));
}

template <class Integer>
Status read_integer(const Cell& c) {
  if (c.size != sizeof(Integer)) return wrong_size(c);
  c.out.set_int64(c.column.field, load<Integer>(c.wire));
  return {};
}

Status read_bool(const Cell& c) {
  if (c.size != 1) return wrong_size(c);
  c.out.set_int64(c.column.field, *c.wire != 0 ? 1 : 0);
  return {};
}

Status put_real(const Cell& c, double v) {
  if (std::isnan(v)) return misfit(c, Code::kRange, "NaN");
  if (std::isinf(v)) return misfit(c, Code::kRange, "infinity");
  c.out.set_float64(c.column.field, v);
  return {};
}

Status read_float8(const Cell& c) {
  if (c.size != 8) return wrong_size(c);
  return put_real(c, std::bit_cast<double>(load<uint64_t>(c.wire)));
}

Status read_float4(const Cell& c) {
  if (c.size != 4) return wrong_size(c);
  return put_real(c, std::bit_cast<float>(load<uint32_t>(c.wire)));
}

template <class Integer>
Status read_integer_as_float(const Cell& c) {
  if (c.size != sizeof(Integer)) return wrong_size(c);
  return put_real(c, static_cast<double>(load<Integer>(c.wire)));
}

template <class Integer>
Status read_integer_as_decimal(const Cell& c) {
  if (c.size != sizeof(Integer)) return wrong_size(c);
  const fmt::format_int text(int64_t{load<Integer>(c.wire)});
  return c.out.set_bytes(c.column.field, {text.data(), text.size()});
}

base::Result<std::string> decimal_of(const Cell& c) {
  auto text = decode_numeric({c.wire, c.size});
  if (!text) return misfit(c, text.error().code(), text.error().message());
  return text;
}

Status read_decimal(const Cell& c) {
  THING_ASSIGN(const std::string text, decimal_of(c));
  return c.out.set_bytes(c.column.field, text);
}

// sum() of bigint is numeric.
Status read_decimal_as_int(const Cell& c) {
  THING_ASSIGN(const std::string text, decimal_of(c));
  const size_t point = std::min(text.find('.'), text.size());
  if (text.find_first_not_of(".0", point) != std::string::npos)
    return misfit(c, Code::kRange, "a number with a fraction");
  int64_t v = 0;
  if (std::from_chars(text.data(), text.data() + point, v).ec != std::errc())
    return misfit(c, Code::kRange, "a number of more than 64 bits");
  c.out.set_int64(c.column.field, v);
  return {};
}

Status read_decimal_as_float(const Cell& c) {
  THING_ASSIGN(const std::string text, decimal_of(c));
  double v = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), v).ec != std::errc())
    return misfit(c, Code::kRange, "a number outside the doubles");
  return put_real(c, v);
}

Status read_bytes(const Cell& c) { return c.out.set_bytes(c.column.field, {c.wire, c.size}); }

Status read_checked_text(const Cell& c) {
  if (!base::is_utf8({c.wire, c.size})) return misfit(c, Code::kInvalid, "text that is not UTF-8");
  return read_bytes(c);
}

Status read_jsonb(const Cell& c) {
  if (c.size < 1 || *c.wire != 1) return misfit(c, Code::kInternal, "another version of jsonb");
  return c.out.set_bytes(c.column.field, {c.wire + 1, c.size - 1});
}

Status put_in_range(const Cell& c, int64_t v, int64_t low, int64_t high) {
  if (v < low || v > high) return misfit(c, Code::kRange, "a time outside the years 0001 to 9999");
  c.out.set_int64(c.column.field, v);
  return {};
}

// The ends of the range stand for the infinities.
Status read_timestamp(const Cell& c) {
  if (c.size != 8) return wrong_size(c);
  const auto v = load<int64_t>(c.wire);
  if (v == INT64_MIN || v == INT64_MAX) return misfit(c, Code::kRange, "infinity");
  if (v > INT64_MAX - kEpochMicros) return put_in_range(c, v, 0, 0);
  return put_in_range(c, v + kEpochMicros, base::kMinDatetime, base::kMaxDatetime);
}

Status read_date(const Cell& c) {
  if (c.size != 4) return wrong_size(c);
  const auto v = load<int32_t>(c.wire);
  if (v == INT32_MIN || v == INT32_MAX) return misfit(c, Code::kRange, "infinity");
  return put_in_range(c, int64_t{v} + kEpochDays, base::kMinDate, base::kMaxDate);
}

Status read_time(const Cell& c) {
  if (c.size != 8) return wrong_size(c);
  const auto v = load<int64_t>(c.wire);
  if (v < 0 || v >= base::kMicrosPerDay) return misfit(c, Code::kRange, "the time 24:00");
  c.out.set_int64(c.column.field, v);
  return {};
}

Status read_uuid(const Cell& c) {
  if (c.size != 16) return wrong_size(c);
  return read_bytes(c);
}

Status read_text_as_uuid(const Cell& c) {
  const auto uuid = base::parse_uuid({c.wire, c.size});
  if (!uuid) return misfit(c, Code::kSchema, "text of another form");
  return c.out.set_bytes(c.column.field,
                         {reinterpret_cast<const char*>(uuid->data()), uuid->size()});
}

Reader find_int_reader(Kind kind) {
  switch (kind) {
    case Kind::kInt2: return read_integer<int16_t>;
    case Kind::kInt4: return read_integer<int32_t>;
    case Kind::kInt8: return read_integer<int64_t>;
    case Kind::kOid: return read_integer<uint32_t>;
    case Kind::kNumeric: return read_decimal_as_int;
    default: return nullptr;
  }
}

Reader find_float_reader(Kind kind) {
  switch (kind) {
    case Kind::kFloat8: return read_float8;
    case Kind::kFloat4: return read_float4;
    case Kind::kInt2: return read_integer_as_float<int16_t>;
    case Kind::kInt4: return read_integer_as_float<int32_t>;
    case Kind::kInt8: return read_integer_as_float<int64_t>;
    case Kind::kNumeric: return read_decimal_as_float;
    default: return nullptr;
  }
}

Reader find_decimal_reader(Kind kind) {
  switch (kind) {
    case Kind::kNumeric: return read_decimal;
    case Kind::kInt2: return read_integer_as_decimal<int16_t>;
    case Kind::kInt4: return read_integer_as_decimal<int32_t>;
    case Kind::kInt8: return read_integer_as_decimal<int64_t>;
    default: return nullptr;
  }
}

Reader find_text_reader(Kind kind, bool checks_utf8) {
  if (kind == Kind::kJsonb) return read_jsonb;
  if (kind != Kind::kText && kind != Kind::kJson) return nullptr;
  return checks_utf8 ? read_checked_text : read_bytes;
}

Reader only(Kind found, Kind wanted, Reader reader) { return found == wanted ? reader : nullptr; }

}  // namespace

Reader find_reader(Kind kind, Type type, bool checks_utf8) {
  switch (type) {
    case Type::kBool: return only(kind, Kind::kBool, read_bool);
    case Type::kInt: return find_int_reader(kind);
    case Type::kFloat: return find_float_reader(kind);
    case Type::kDecimal: return find_decimal_reader(kind);
    case Type::kText:
    case Type::kJson: return find_text_reader(kind, checks_utf8);
    case Type::kEnum: return only(kind, Kind::kText, find_text_reader(Kind::kText, checks_utf8));
    case Type::kBytes: return only(kind, Kind::kBytes, read_bytes);
    case Type::kDatetime:
      return kind == Kind::kTimestamptz || kind == Kind::kTimestamp ? read_timestamp : nullptr;
    case Type::kDate: return only(kind, Kind::kDate, read_date);
    case Type::kTime: return only(kind, Kind::kTime, read_time);
    case Type::kUuid:
      return kind == Kind::kUuid ? read_uuid : only(kind, Kind::kText, read_text_as_uuid);
    case Type::kNull: break;
  }
  return nullptr;
}

}  // namespace thing::driver::postgres
