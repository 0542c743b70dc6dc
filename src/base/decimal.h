#pragma once
#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace thing::base {

inline constexpr int kMaxDecimalDigits = 1000;

// The canonical text of a decimal: "-12.50" keeps its scale; a leading '+', leading zeros, "-0" and
// exponents are taken away ("1.5e2" is "150"). nullopt when it is not a decimal or longer than
// kMaxDecimalDigits.
std::optional<std::string> canonical_decimal(std::string_view text);
// canonical_decimal(text) == text, without making it.
bool is_canonical_decimal(std::string_view text);
// Numeric order of two decimals; text that is not one sorts after every number, by bytes.
std::strong_ordering compare_decimal(std::string_view a, std::string_view b);

}  // namespace thing::base
