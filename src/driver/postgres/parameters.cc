#include "driver/postgres/parameters.h"

#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "base/decimal.h"
#include "base/time.h"
#include "base/uuid.h"
#include "driver/postgres/arrays.h"
#include "driver/postgres/numeric.h"
#include "driver/postgres/wire.h"

namespace thing::driver::postgres {
namespace {

using base::Code;
using value::Type;
using value::ValueView;
using Wire = base::Result<std::string_view>;

// One value on its way to the wire.
struct Encoding {
  const PgType& type;
  const ValueView& v;
  Place& place;

  tl::unexpected<base::Error> mismatch() const {
    return base::fail(Code::kType, "found a value of type {}, expected one for {}",
                      value::type_name(v.type), type.name);
  }
  tl::unexpected<base::Error> out_of_range() const {
    return base::fail(Code::kRange, "found a value of type {} outside the range of {}",
                      value::type_name(v.type), type.name);
  }
  template <class Integer>
  std::string_view fixed(Integer wire) const {
    store(place.fixed, wire);
    return {place.fixed, sizeof wire};
  }
};

template <class Integer>
Wire encode_integer(const Encoding& e) {
  if (e.v.type != Type::kInt) return e.mismatch();
  if (!std::in_range<Integer>(e.v.integer)) return e.out_of_range();
  return e.fixed(static_cast<Integer>(e.v.integer));
}

// An integer that a double can not hold would become another one.
base::Result<double> real_of(const Encoding& e) {
  constexpr int64_t kExact = int64_t{1} << 53;
  if (e.v.type == Type::kInt) {
    if (e.v.integer < -kExact || e.v.integer > kExact) return e.out_of_range();
    return static_cast<double>(e.v.integer);
  }
  if (e.v.type != Type::kFloat) return e.mismatch();
  if (!std::isfinite(e.v.real)) return e.out_of_range();
  return e.v.real;
}

Wire encode_float8(const Encoding& e) {
  THING_ASSIGN(const double v, real_of(e));
  return e.fixed(std::bit_cast<uint64_t>(v));
}

// Rounded, as a column of four bytes is what the schema has; but never to infinity.
Wire encode_float4(const Encoding& e) {
  THING_ASSIGN(const double v, real_of(e));
  const auto narrow = static_cast<float>(v);
  if (!std::isfinite(narrow)) return e.out_of_range();
  return e.fixed(std::bit_cast<uint32_t>(narrow));
}

Wire encode_decimal(const Encoding& e) {
  std::string text;
  switch (e.v.type) {
    case Type::kDecimal: text = e.v.bytes; break;
    case Type::kInt: text = fmt::format("{}", e.v.integer); break;
    case Type::kFloat: text = fmt::format("{}", e.v.real); break;
    default: return e.mismatch();
  }
  const auto canonical = base::canonical_decimal(text);
  if (!canonical) return e.out_of_range();
  e.place.built = encode_numeric(*canonical);
  return e.place.built;
}

Wire encode_micros(const Encoding& e) {
  const bool is_date = e.v.type == Type::kDate;
  if (e.v.type != Type::kDatetime && !is_date) return e.mismatch();
  const int64_t low = is_date ? base::kMinDate : base::kMinDatetime;
  const int64_t high = is_date ? base::kMaxDate : base::kMaxDatetime;
  if (e.v.integer < low || e.v.integer > high) return e.out_of_range();
  const int64_t micros = is_date ? e.v.integer * base::kMicrosPerDay : e.v.integer;
  return e.fixed(micros - kEpochMicros);
}

Wire encode_date(const Encoding& e) {
  if (e.v.type != Type::kDate) return e.mismatch();
  if (e.v.integer < base::kMinDate || e.v.integer > base::kMaxDate) return e.out_of_range();
  return e.fixed(static_cast<int32_t>(e.v.integer) - kEpochDays);
}

Wire encode_time(const Encoding& e) {
  if (e.v.type != Type::kTime) return e.mismatch();
  if (e.v.integer < 0 || e.v.integer >= base::kMicrosPerDay) return e.out_of_range();
  return e.fixed(e.v.integer);
}

Wire encode_uuid(const Encoding& e) {
  if (e.v.type != Type::kUuid || e.v.bytes.size() != 16) return e.mismatch();
  std::memcpy(e.place.fixed, e.v.bytes.data(), 16);
  return std::string_view(e.place.fixed, 16);
}

std::string print_with(int (*print)(int64_t, char*), int64_t v) {
  char text[base::kMaxTimeText];
  return {text, static_cast<size_t>(print(v, text))};
}

std::string print_value(const ValueView& v) {
  switch (v.type) {
    case Type::kBool: return v.integer != 0 ? "true" : "false";
    case Type::kInt: return fmt::format("{}", v.integer);
    case Type::kFloat: return fmt::format("{}", v.real);
    case Type::kDatetime: return print_with(base::print_datetime_rfc3339, v.integer);
    case Type::kDate: return print_with(base::print_date, v.integer);
    case Type::kTime: return print_with(base::print_time, v.integer);
    case Type::kUuid: {
      std::string text(36, '\0');
      base::print_uuid(reinterpret_cast<const uint8_t*>(v.bytes.data()), text.data());
      return text;
    }
    default: return std::string(v.bytes);
  }
}

Wire check_text(std::string_view text) {
  if (text.find('\0') == std::string_view::npos) return text;
  return base::fail(Code::kInvalid, "found a NUL in a text, which PostgreSQL can not store");
}

Wire encode_text(const Encoding& e) {
  if (e.v.type == Type::kBytes || (e.v.type == Type::kUuid && e.v.bytes.size() != 16))
    return e.mismatch();
  if (value::is_utf8_type(e.v.type)) return check_text(e.v.bytes);
  e.place.built = print_value(e.v);
  return e.place.built;
}

Wire encode_json(const Encoding& e) {
  if (e.v.type != Type::kJson && e.v.type != Type::kText) return e.mismatch();
  THING_ASSIGN(const std::string_view text, check_text(e.v.bytes));
  if (e.type.kind == Kind::kJson) return text;
  e.place.built.assign(1, '\1').append(text);  // the version of the form
  return e.place.built;
}

// libpq takes text up to its NUL.
Wire encode_other(const Encoding& e) {
  THING_ASSIGN(const std::string_view text, encode_text(e));
  if (text.data() != e.place.built.data()) e.place.built = text;
  return e.place.built;
}

// Text for a type that is none: parsed here, as the server would be asked to.
Wire encode_parsed(const PgType& type, std::string_view text, Place& place) {
  THING_ASSIGN(const value::Value v, value::from_text(natural_type(type.kind), text));
  return encode(type, v.view(), place);
}

bool is_parsed(Kind kind) {
  switch (kind) {
    case Kind::kOther:
    case Kind::kText:
    case Kind::kJson:
    case Kind::kJsonb:
    case Kind::kBytes:
    case Kind::kArray:
    case Kind::kVoid: return false;
    default: return true;
  }
}

}  // namespace

base::Result<std::string_view> encode(const PgType& type, const ValueView& v, Place& place) {
  const Encoding e{type, v, place};
  if (value::is_list(v.type)) return e.mismatch();  // arrays take them (Parameters::set_list)
  if (v.type == Type::kText && is_parsed(type.kind)) return encode_parsed(type, v.bytes, place);
  switch (type.kind) {
    case Kind::kBool:
      if (v.type != Type::kBool) return e.mismatch();
      return e.fixed(static_cast<uint8_t>(v.integer != 0));
    case Kind::kInt2: return encode_integer<int16_t>(e);
    case Kind::kInt4: return encode_integer<int32_t>(e);
    case Kind::kInt8: return encode_integer<int64_t>(e);
    case Kind::kOid: return encode_integer<uint32_t>(e);
    case Kind::kFloat4: return encode_float4(e);
    case Kind::kFloat8: return encode_float8(e);
    case Kind::kNumeric: return encode_decimal(e);
    case Kind::kText: return encode_text(e);
    case Kind::kBytes:
      if (v.type != Type::kBytes && v.type != Type::kText) return e.mismatch();
      return v.bytes;
    case Kind::kTimestamptz:
    case Kind::kTimestamp: return encode_micros(e);
    case Kind::kDate: return encode_date(e);
    case Kind::kTime: return encode_time(e);
    case Kind::kUuid: return encode_uuid(e);
    case Kind::kJson:
    case Kind::kJsonb: return encode_json(e);
    case Kind::kOther: return encode_other(e);
    case Kind::kArray: return encode_other(e);  // the text "{1,2}"
    case Kind::kVoid: break;
  }
  return e.mismatch();
}

void Parameters::start(const std::vector<const PgType*>& types) {
  types_ = types;
  oids_.clear();
  for (const PgType* type : types) oids_.push_back(type->oid);
  places_.resize(types.size());
  values_.assign(types.size(), nullptr);
  lengths_.assign(types.size(), 0);
  formats_.assign(types.size(), 1);
}

void Parameters::clear() { values_.assign(values_.size(), nullptr); }

base::Status Parameters::put(size_t index, std::string_view wire, bool is_binary) {
  if (wire.size() > static_cast<size_t>(std::numeric_limits<int32_t>::max()))
    return base::fail(Code::kRange, "found a value of {} bytes, expected less than 2 GiB",
                      wire.size());
  values_[index] = wire.data() != nullptr ? wire.data() : "";
  lengths_[index] = static_cast<int>(wire.size());
  formats_[index] = is_binary ? 1 : 0;
  return {};
}

base::Status Parameters::set(int index, const ValueView& v) {
  const auto i = static_cast<size_t>(index);
  if (v.is_null()) {
    values_[i] = nullptr;
    return {};
  }
  THING_ASSIGN(const std::string_view wire, encode(*types_[i], v, places_[i]));
  return put(i, wire, types_[i]->kind != Kind::kOther && types_[i]->kind != Kind::kArray);
}

base::Status Parameters::set_array(int index, const PgType& element, Type type,
                                   std::span<const ValueView> values) {
  const auto i = static_cast<size_t>(index);
  THING_ASSIGN(places_[i].built, encode_array(element, type, values));
  return put(i, places_[i].built, true);
}

base::Status Parameters::set_list(int index, const PgType& element, const ValueView& list) {
  const auto i = static_cast<size_t>(index);
  THING_ASSIGN(places_[i].built, encode_list(element, list));
  return put(i, places_[i].built, true);
}

}  // namespace thing::driver::postgres
