#include "text/names.h"

namespace thing::text {
namespace {

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }

// Whether the capital at i begins a word: behind anything but a capital, and at the last capital of
// a run that small letters follow ("HTTPServer"). An s that ends the name belongs to the run
// ("userIDs").
bool begins_word(std::string_view name, size_t i) {
  if (i == 0 || name[i - 1] == '_') return false;
  if (!is_upper(name[i - 1])) return true;
  const std::string_view rest = name.substr(i + 1);
  return !rest.empty() && is_lower(rest[0]) && rest != "s";
}

}  // namespace

std::string snake_case(std::string_view name) {
  std::string out;
  out.reserve(name.size() + 4);
  for (size_t i = 0; i < name.size(); ++i) {
    if (!is_upper(name[i])) {
      out += name[i];
      continue;
    }
    if (begins_word(name, i)) out += '_';
    out += static_cast<char>(name[i] - 'A' + 'a');
  }
  return out;
}

}  // namespace thing::text
