#include <charconv>
#include <cmath>

#include "base/decimal.h"
#include "base/time.h"
#include "base/utf8.h"
#include "base/uuid.h"
#include "value/value.h"

namespace thing::value {
namespace {

using base::Code;
using base::fail;
using base::quoted;
using base::Result;

constexpr double kMostExact = 9007199254740992.0;  // 2^53

Result<Value> in_range(Type type, int64_t v, int64_t low, int64_t high) {
  if (v < low || v > high) return fail(Code::kRange, "found {} for a {}, expected {} to {}", v, type_name(type), low, high);
  return Value::of_int(type, v);
}

Result<Value> wrong_kind(Type type, std::string_view found) {
  return fail(Code::kType, "found {}, expected a value for {}", found, type_name(type));
}

Result<Value> int_from_text(std::string_view text) {
  int64_t v = 0;
  std::string_view digits = text;
  if (digits.starts_with('+')) digits.remove_prefix(1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), v);
  const bool is_whole = end == digits.data() + digits.size();
  if (error == std::errc::result_out_of_range && is_whole) {
    return fail(Code::kRange, "found {} for an int, expected at most 64 bits", quoted(text));
  }
  if (error != std::errc() || !is_whole || text.starts_with("+-")) {
    return fail(Code::kSyntax, "found {}, expected a whole number", quoted(text));
  }
  return Value::of_int(Type::kInt, v);
}

Result<Value> float_from_text(std::string_view text) {
  double v = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), v);
  if (error == std::errc::result_out_of_range) return fail(Code::kRange, "found {} for a float, expected a finite number", quoted(text));
  if (error != std::errc() || end != text.data() + text.size()) return fail(Code::kSyntax, "found {}, expected a number", quoted(text));
  return from_double(Type::kFloat, v);
}

Result<Value> bool_from_text(std::string_view text) {
  if (text == "true" || text == "1") return Value::of_int(Type::kBool, 1);
  if (text == "false" || text == "0") return Value::of_int(Type::kBool, 0);
  return fail(Code::kSyntax, "found {}, expected true or false", quoted(text));
}

Result<Value> time_from_text(Type type, std::string_view text) {
  const auto v = type == Type::kDatetime ? base::parse_datetime(text) : type == Type::kDate ? base::parse_date(text) : base::parse_time(text);
  if (v.has_value()) return Value::of_int(type, *v);
  const std::string_view form = type == Type::kDatetime ? "2024-05-06T07:08:09Z" : type == Type::kDate ? "2024-05-06" : "07:08:09";
  return fail(Code::kSyntax, "found {}, expected a {} as '{}'", quoted(text), type_name(type), form);
}

Result<Value> uuid_from_text(std::string_view text) {
  if (text.size() == 16) return Value::of_bytes(Type::kUuid, std::string(text));
  const auto uuid = base::parse_uuid(text);
  if (!uuid.has_value()) return fail(Code::kSyntax, "found {}, expected a UUID of 36 characters or 16 bytes", quoted(text));
  return Value::of_bytes(Type::kUuid, std::string(reinterpret_cast<const char*>(uuid->data()), uuid->size()));
}

Result<Value> decimal_from_text(std::string_view text) {
  auto canonical = base::canonical_decimal(text);
  if (!canonical.has_value()) {
    return fail(Code::kSyntax, "found {}, expected a decimal of at most {} digits", quoted(text), base::kMaxDecimalDigits);
  }
  return Value::of_bytes(Type::kDecimal, std::move(*canonical));
}

Result<Value> utf8_text(Type type, std::string_view text) {
  if (!base::is_utf8(text)) return fail(Code::kInvalid, "found {}, expected valid UTF-8", quoted(text));
  return Value::of_bytes(type, std::string(text));
}

}  // namespace

Result<Value> from_int64(Type type, int64_t v) {
  switch (type) {
    case Type::kBool: return in_range(type, v, 0, 1);
    case Type::kInt: return Value::of_int(type, v);
    case Type::kFloat:
      if (std::abs(static_cast<double>(v)) > kMostExact) return fail(Code::kRange, "found {} for a float, expected at most 53 bits", v);
      return Value::of_float(static_cast<double>(v));
    case Type::kDecimal: return Value::of_bytes(type, std::to_string(v));
    case Type::kDatetime: return in_range(type, v, base::kMinDatetime, base::kMaxDatetime);
    case Type::kDate: return in_range(type, v, base::kMinDate, base::kMaxDate);
    case Type::kTime: return in_range(type, v, 0, base::kMicrosPerDay - 1);
    default: return wrong_kind(type, "an integer");
  }
}

Result<Value> from_double(Type type, double v) {
  if (!std::isfinite(v)) return fail(Code::kRange, "found {} for a {}, expected a finite number", v, type_name(type));
  if (type == Type::kFloat) return Value::of_float(v == 0 ? 0.0 : v);  // -0.0 and 0.0 are one value
  if (type == Type::kInt && v == std::trunc(v) && std::abs(v) <= kMostExact) return Value::of_int(type, static_cast<int64_t>(v));
  if (type == Type::kInt) return fail(Code::kType, "found {} for an int, expected a whole number of at most 53 bits", v);
  return wrong_kind(type, "a floating-point number");
}

Result<Value> from_text(Type type, std::string_view text) {
  switch (type) {
    case Type::kBool: return bool_from_text(text);
    case Type::kInt: return int_from_text(text);
    case Type::kFloat: return float_from_text(text);
    case Type::kDecimal: return decimal_from_text(text);
    case Type::kDatetime:
    case Type::kDate:
    case Type::kTime: return time_from_text(type, text);
    case Type::kUuid: return uuid_from_text(text);
    case Type::kBytes: return Value::of_bytes(type, std::string(text));
    case Type::kText:
    case Type::kJson:
    case Type::kEnum: return utf8_text(type, text);
    case Type::kNull: break;
  }
  return wrong_kind(type, "a text");
}

}  // namespace thing::value
