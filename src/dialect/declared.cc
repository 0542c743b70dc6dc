#include "dialect/declared.h"

#include <algorithm>
#include <charconv>

namespace thing::dialect {

std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string_view first_word(std::string_view declared) {
  return declared.substr(0, declared.find_first_of("( "));
}

int first_argument(std::string_view declared) {
  const size_t open = declared.find('(');
  if (open == std::string_view::npos) return -1;
  int number = -1;
  std::from_chars(declared.data() + open + 1, declared.data() + declared.size(), number);
  return number;
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace thing::dialect
