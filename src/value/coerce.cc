#include <charconv>
#include <cmath>

#include "base/decimal.h"
#include "base/time.h"
#include "base/utf8.h"
#include "base/uuid.h"
#include "value/list.h"
#include "value/value.h"

namespace thing::value {
namespace {

using base::Code;
using base::fail;
using base::quoted;
using base::Result;

constexpr int64_t kMostExact = int64_t{1} << 53;  // every whole number up to here is a double

// As a message says it.
std::string_view named(Type type) {
  constexpr std::string_view kNames[] = {"no type", "a bool", "an int",     "a float", "a decimal",
                                         "a text",  "bytes",  "a datetime", "a date",  "a time",
                                         "a uuid",  "a json", "an enum"};
  if (is_list(type)) return "a list";
  return kNames[static_cast<size_t>(type)];
}

Result<Value> wrong_kind(Type type, std::string_view found) {
  return fail(Code::kType, "found {}, expected a value for {}", found, named(type));
}

Result<Value> in_range(Type type, int64_t v, int64_t low, int64_t high) {
  if (v >= low && v <= high) return Value::of_int(type, v);
  return fail(Code::kRange, "found {} for {}, expected {} to {}", v, named(type), low, high);
}

Result<Value> float_from_int64(int64_t v) {
  if (v >= -kMostExact && v <= kMostExact) return Value::of_float(static_cast<double>(v));
  return fail(Code::kRange,
              "found {} for a float, expected at most {}, up to which floats are exact", v,
              kMostExact);
}

Result<Value> int_from_double(double v) {
  if (v != std::trunc(v))
    return fail(Code::kType, "found {} for an int, expected a whole number", v);
  if (std::abs(v) <= static_cast<double>(kMostExact))
    return Value::of_int(Type::kInt, static_cast<int64_t>(v));
  return fail(Code::kRange,
              "found {} for an int, expected at most {}, up to which floats are exact", v,
              kMostExact);
}

// A sign is '-' or '+'.
Result<Value> int_from_text(std::string_view text) {
  std::string_view digits = text;
  if (text.starts_with('+') && !text.starts_with("+-")) digits.remove_prefix(1);
  int64_t v = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), v);
  const bool is_whole = end == digits.data() + digits.size();
  if (!is_whole || error == std::errc::invalid_argument)
    return fail(Code::kSyntax, "found {}, expected a whole number", quoted(text));
  if (error == std::errc()) return Value::of_int(Type::kInt, v);
  return fail(Code::kRange, "found {} for an int, expected at most 64 bits", quoted(text));
}

Result<Value> float_from_text(std::string_view text) {
  double v = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), v);
  if (end != text.data() + text.size() || error == std::errc::invalid_argument) {
    return fail(Code::kSyntax, "found {}, expected a number", quoted(text));
  }
  if (error == std::errc()) return from_double(Type::kFloat, v);
  return fail(Code::kRange, "found {} for a float, expected 2.3e-308 to 1.8e308, or zero",
              quoted(text));
}

Result<Value> bool_from_text(std::string_view text) {
  if (text == "true" || text == "1") return Value::of_int(Type::kBool, 1);
  if (text == "false" || text == "0") return Value::of_int(Type::kBool, 0);
  return fail(Code::kSyntax, "found {}, expected true or false", quoted(text));
}

std::optional<int64_t> parse(Type type, std::string_view text) {
  if (type == Type::kDatetime) return base::parse_datetime(text);
  return type == Type::kDate ? base::parse_date(text) : base::parse_time(text);
}

std::string_view form_of(Type type) {
  if (type == Type::kDatetime) return "2024-05-06T07:08:09Z";
  return type == Type::kDate ? "2024-05-06" : "07:08:09";
}

// Whether a datetime or date that does not parse would in another year, or is only moved out of its
// year by an offset.
bool is_outside_years(Type type, std::string_view text) {
  const size_t year = text.find_first_not_of("0123456789");
  if (type == Type::kTime || year == text.npos || year < 4 || text.size() - year < 6) return false;
  const bool has_possible_year = year == 4 && text.substr(0, 4) != "0000";
  if (has_possible_year && !base::parse_date(text.substr(0, 10))) return false;
  return parse(type, "2000" + std::string(text.substr(year))).has_value();
}

Result<Value> time_from_text(Type type, std::string_view text) {
  if (const auto v = parse(type, text); v.has_value()) return Value::of_int(type, *v);
  if (text.size() <= 64 && is_outside_years(type, text)) {
    return fail(Code::kRange, "found {} for {}, expected the years 0001 to 9999", quoted(text),
                named(type));
  }
  return fail(Code::kSyntax, "found {}, expected {} as '{}'", quoted(text), named(type),
              form_of(type));
}

Result<Value> uuid_from_text(std::string_view text) {
  if (text.size() == 16) return Value::of_bytes(Type::kUuid, text);
  const auto uuid = base::parse_uuid(text);
  if (!uuid.has_value())
    return fail(Code::kSyntax, "found {}, expected a UUID of 36 characters or 16 bytes",
                quoted(text));
  return Value::of_bytes(Type::kUuid, {reinterpret_cast<const char*>(uuid->data()), uuid->size()});
}

Result<Value> decimal_from_text(std::string_view text) {
  auto canonical = base::canonical_decimal(text);
  if (canonical.has_value()) return Value::of_bytes(Type::kDecimal, *canonical);
  return fail(Code::kSyntax, "found {}, expected a decimal of at most {} digits", quoted(text),
              base::kMaxDecimalDigits);
}

Result<Value> utf8_text(Type type, std::string_view text) {
  if (!base::is_utf8(text))
    return fail(Code::kInvalid, "found {}, expected valid UTF-8", quoted(text));
  return Value::of_bytes(type, text);
}

}  // namespace

Result<Value> from_int64(Type type, int64_t v) {
  switch (type) {
    case Type::kBool: return in_range(type, v, 0, 1);
    case Type::kInt: return Value::of_int(type, v);
    case Type::kFloat: return float_from_int64(v);
    case Type::kDecimal: return Value::of_bytes(type, std::to_string(v));
    case Type::kDatetime: return in_range(type, v, base::kMinDatetime, base::kMaxDatetime);
    case Type::kDate: return in_range(type, v, base::kMinDate, base::kMaxDate);
    case Type::kTime: return in_range(type, v, 0, base::kMicrosPerDay - 1);
    default: return wrong_kind(type, fmt::format("the integer {}", v));
  }
}

Result<Value> from_double(Type type, double v) {
  if (!std::isfinite(v))
    return fail(Code::kRange, "found {} for {}, expected a finite number", v, named(type));
  if (type == Type::kInt) return int_from_double(v);
  if (type == Type::kFloat) return Value::of_float(v == 0 ? 0.0 : v);  // -0.0 and 0.0 are one value
  return wrong_kind(type, fmt::format("the floating-point number {}", v));
}

Result<Value> from_text(Type type, std::string_view text) {
  if (is_list(type)) return list_from_text(type, text);
  switch (type) {
    case Type::kBool: return bool_from_text(text);
    case Type::kInt: return int_from_text(text);
    case Type::kFloat: return float_from_text(text);
    case Type::kDecimal: return decimal_from_text(text);
    case Type::kDatetime:
    case Type::kDate:
    case Type::kTime: return time_from_text(type, text);
    case Type::kUuid: return uuid_from_text(text);
    case Type::kBytes: return Value::of_bytes(type, text);
    case Type::kText:
    case Type::kJson:
    case Type::kEnum: return utf8_text(type, text);
    case Type::kNull: break;
  }
  return wrong_kind(type, "the text " + quoted(text));
}

}  // namespace thing::value
