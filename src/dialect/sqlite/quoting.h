#pragma once
#include <string>
#include <string_view>

#include "value/value.h"

namespace thing::dialect {

// A value as SQL, in the form that the driver stores. One line; text with control characters is
// written in hexadecimal.
std::string sqlite_literal(const value::ValueView& v);

// Decimals are text that is compared as numbers, by a collation that every connection has.
inline constexpr std::string_view kDecimalCollation = " COLLATE thing_decimal";
inline std::string_view sqlite_collation(value::Type type) {
  return type == value::Type::kDecimal ? kDecimalCollation : std::string_view();
}

}  // namespace thing::dialect
