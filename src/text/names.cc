#include "text/names.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace thing::text {
namespace {

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
char lower(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_vowel(char c) { return std::string_view("aeiou").find(c) != std::string_view::npos; }

constexpr std::array<std::pair<std::string_view, std::string_view>, 32> kIrregular = {{
    {"person", "people"},     {"man", "men"},           {"woman", "women"},       {"child", "children"},   {"mouse", "mice"},
    {"goose", "geese"},       {"foot", "feet"},         {"tooth", "teeth"},       {"ox", "oxen"},          {"quiz", "quizzes"},
    {"index", "indices"},     {"matrix", "matrices"},   {"vertex", "vertices"},   {"appendix", "appendices"}, {"datum", "data"},
    {"medium", "media"},      {"bacterium", "bacteria"}, {"analysis", "analyses"}, {"basis", "bases"},      {"crisis", "crises"},
    {"thesis", "theses"},     {"diagnosis", "diagnoses"}, {"axis", "axes"},       {"criterion", "criteria"}, {"phenomenon", "phenomena"},
    {"alumnus", "alumni"},    {"cactus", "cacti"},      {"focus", "foci"},        {"radius", "radii"},     {"leaf", "leaves"},
    {"thief", "thieves"},     {"staff", "staff"},
}};

constexpr std::array<std::string_view, 20> kUncountable = {
    "equipment", "information", "rice",  "money", "species", "series", "fish", "sheep",    "deer",     "news",
    "data",      "metadata",    "media", "music", "advice",  "luggage", "police", "feedback", "software", "hardware"};

// Nouns in -o that take -es, and in -f or -fe that take -ves.
constexpr std::array<std::string_view, 8> kOes = {"hero", "potato", "tomato", "echo", "veto", "cargo", "torpedo", "buffalo"};
constexpr std::array<std::string_view, 10> kVes = {"knife", "wife", "life", "half", "calf", "wolf", "loaf", "shelf", "self", "elf"};

template <class List>
bool contains(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

bool ends_in_any(std::string_view word, std::initializer_list<std::string_view> ends) {
  return std::any_of(ends.begin(), ends.end(), [word](std::string_view e) { return word.ends_with(e); });
}

std::string plural_word(std::string_view word) {
  for (const auto& [one, many] : kIrregular) {
    if (word == one) return std::string(many);
  }
  if (word.empty() || contains(kUncountable, word)) return std::string(word);
  const std::string_view stem = word.substr(0, word.size() - 1);
  if (contains(kVes, word)) return std::string(word.ends_with("fe") ? word.substr(0, word.size() - 2) : stem) + "ves";
  if (word.ends_with('y') && word.size() > 1 && !is_vowel(stem.back())) return std::string(stem) + "ies";
  if (ends_in_any(word, {"s", "x", "z", "ch", "sh"}) || contains(kOes, word)) return std::string(word) + "es";
  return std::string(word) + "s";
}

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int base64_digit(char c) {
  if (is_upper(c)) return c - 'A';
  if (is_lower(c)) return c - 'a' + 26;
  if (is_digit(c)) return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

}  // namespace

// A word starts at a capital behind a small letter or digit, and at the last capital of a run that a small letter follows:
// "HTTPRequest" is http_request, "OAuth2Token" o_auth2_token.
std::string snake_case(std::string_view name) {
  std::string out;
  for (size_t i = 0; i < name.size(); ++i) {
    const bool starts = i > 0 && is_upper(name[i]) && name[i - 1] != '_' &&
                        (!is_upper(name[i - 1]) || (i + 1 < name.size() && is_lower(name[i + 1])));
    if (starts) out += '_';
    out += lower(name[i]);
  }
  return out;
}

std::string plural(std::string_view noun) {
  const size_t last = noun.rfind('_');
  if (last == noun.npos) return plural_word(noun);
  return std::string(noun.substr(0, last + 1)) + plural_word(noun.substr(last + 1));
}

std::string base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t n = std::min<size_t>(3, bytes.size() - i);
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k) group = group << 8 | (k < n ? static_cast<unsigned char>(bytes[i + k]) : 0);
    for (size_t k = 0; k < 4; ++k) out += k <= n ? kAlphabet[group >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

bool parse_base64(std::string_view text, std::string& out) {
  out.clear();
  if (text.size() % 4 == 0 && text.ends_with("==")) {
    text.remove_suffix(2);
  } else if (text.size() % 4 == 0 && text.ends_with('=')) {
    text.remove_suffix(1);
  }
  if (text.size() % 4 == 1) return false;
  uint32_t group = 0;
  int bits = 0;
  for (char c : text) {
    const int digit = base64_digit(c);
    if (digit < 0) return false;
    group = group << 6 | static_cast<uint32_t>(digit);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out += static_cast<char>(group >> bits & 255);
  }
  return (group & ((1U << bits) - 1)) == 0;  // bits left over must be zero: one text for one value
}

}  // namespace thing::text
