#pragma once
#include <string>
#include <string_view>

namespace thing::base {

bool is_utf8(std::string_view text);  // no surrogates, no overlong forms, at most U+10FFFF
// The text in quotes for a message: at most `limit` bytes, invalid and control bytes as \xNN, cut
// text ends in "...".
std::string quoted(std::string_view text, size_t limit = 64);

}  // namespace thing::base
