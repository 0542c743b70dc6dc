#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace thing::base {

using Uuid = std::array<uint8_t, 16>;

Uuid random_uuid();  // version 4, from the system's random source
std::optional<Uuid> parse_uuid(std::string_view text);  // 36 characters, any case
void print_uuid(const uint8_t* bytes, char* out);       // 36 characters, lower case, no NUL

}  // namespace thing::base
