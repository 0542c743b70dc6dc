#pragma once
#include <initializer_list>
#include <string>
#include <string_view>

// Reading the types that catalogues name: "varchar(255)", "timestamp(6) with time zone".
namespace thing::dialect {

std::string lowered(std::string_view text);  // ASCII letters
// The type without what is in parentheses and what follows a blank: "varchar"; "double" of "double
// precision".
std::string_view first_word(std::string_view declared);
// The first number in parentheses; -1 without.
int first_argument(std::string_view declared);
bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words);

}  // namespace thing::dialect
