#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace thing::base {

int hex_digit(char c);  // -1: none
// A part of a URL without its percent-encoding (RFC 3986, 2.1); nullopt: a '%' without two
// hexadecimal digits.
std::optional<std::string> percent_decoded(std::string_view text);

}  // namespace thing::base
