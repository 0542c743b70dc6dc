#pragma once
#include <string>
#include <string_view>

#include "value/value.h"

// Pieces of which each database's literals are made.
namespace thing::dialect {

// 'text' or "name": the quote around, doubled inside.
std::string doubled(std::string_view text, char quote);
std::string hexadecimal_digits(std::string_view bytes);  // "00FF"
bool has_control(std::string_view text);                 // a byte that would end or break the line
std::string float_literal(double v);                     // never an integer: "2.0"
std::string uuid_literal(std::string_view bytes);        // '00000000-...'
// '2024-05-06 07:08:09.25', what `type` says, followed by `suffix` inside the quotes.
std::string time_literal(const value::ValueView& v, std::string_view suffix = "");

}  // namespace thing::dialect
