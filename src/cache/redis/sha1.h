#pragma once
#include <string>
#include <string_view>

namespace thing::cache::redis {

// The name that Redis gives a script: SHA-1 (FIPS 180-4) in 40 lower-case hexadecimal digits.
std::string sha1_hex(std::string_view text);

}  // namespace thing::cache::redis
