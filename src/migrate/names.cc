#include "migrate/names.h"

#include <array>
#include <vector>

#include "text/names.h"

namespace thing::migrate {
namespace {

constexpr size_t kMaxName = 63;

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
char to_upper(char c) { return is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c; }
char to_lower(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

struct Ending {
  std::string_view plural;
  std::string_view singular;
};

// The likelier reading first: "addresses" is "address", "houses" is "house". Whole words come
// before endings.
// clang-format off
constexpr std::array kEndings = {
    Ending{"people", "person"}, Ending{"children", "child"}, Ending{"men", "man"}, Ending{"mice", "mouse"},
    Ending{"geese", "goose"}, Ending{"teeth", "tooth"}, Ending{"feet", "foot"}, Ending{"movies", "movie"},
    Ending{"cookies", "cookie"}, Ending{"caches", "cache"}, Ending{"criteria", "criterion"}, Ending{"ices", "ex"},
    Ending{"ices", "ix"}, Ending{"yses", "ysis"}, Ending{"ves", "f"}, Ending{"ves", "fe"},
    Ending{"oes", "o"}, Ending{"ies", "y"}, Ending{"sses", "ss"}, Ending{"shes", "sh"},
    Ending{"ches", "ch"}, Ending{"xes", "x"}, Ending{"zzes", "zz"}, Ending{"ouses", "ouse"},
    Ending{"auses", "ause"}, Ending{"uses", "us"}, Ending{"s", ""}, Ending{"es", ""},
};
// clang-format on

std::vector<std::string> words(std::string_view name) {
  std::vector<std::string> found(1);
  for (const char c : name) {
    if (is_lower(c) || is_upper(c) || is_digit(c)) {
      found.back() += c;
    } else if (!found.back().empty()) {
      found.emplace_back();
    }
  }
  if (found.back().empty()) found.pop_back();
  return found;
}

// Joins words with capitals between them; a name begins with a letter.
std::string joined(const std::vector<std::string>& parts, std::string_view otherwise) {
  std::string name;
  for (const std::string& part : parts) {
    if (name.empty() && is_digit(part[0])) name = otherwise;
    name += name.empty() ? part[0] : to_upper(part[0]);
    name += part.substr(1);
  }
  if (name.empty()) name = otherwise;
  return name.substr(0, kMaxName);
}

}  // namespace

std::string folded(std::string_view name) {
  std::string out(name);
  for (char& c : out) c = to_lower(c);
  return out;
}

std::string compared(std::string_view name, const dialect::Spelling& spelling) {
  return spelling.folds ? folded(name) : std::string(name);
}

bool same_name(std::string_view a, std::string_view b, const dialect::Spelling& spelling) {
  return compared(a, spelling) == compared(b, spelling);
}

// An ending is taken only when the plural of the result is the noun again.
std::string singular(std::string_view noun) {
  for (const Ending& ending : kEndings) {
    if (!noun.ends_with(ending.plural)) continue;
    std::string one(noun.substr(0, noun.size() - ending.plural.size()));
    one += ending.singular;
    if (!one.empty() && text::plural(one) == noun) return one;
  }
  return std::string(noun);
}

std::string model_name(std::string_view table) {
  std::vector<std::string> parts = words(table);
  if (!parts.empty()) parts.back() = singular(parts.back());
  std::string name = joined(parts, "Table");
  name[0] = to_upper(name[0]);
  return name;
}

std::string field_name(std::string_view column) {
  std::string name = joined(words(column), "field");
  for (size_t i = 0; i < name.size() && is_upper(name[i]); i++) {
    const bool starts_word = i > 0 && i + 1 < name.size() && is_lower(name[i + 1]);
    if (starts_word) break;
    name[i] = to_lower(name[i]);
  }
  return name;
}

std::string NameSet::add(std::string name) {
  std::string candidate = name;
  for (int number = 2; !names_.insert(candidate).second; number++) {
    const std::string suffix = std::to_string(number);
    candidate = name.substr(0, kMaxName - suffix.size()) + suffix;
  }
  return candidate;
}

}  // namespace thing::migrate
