#include <algorithm>
#include <array>
#include <utility>

#include "text/names.h"

// English plurals of lower-case nouns, from the most special rule to the most general. A word that
// looks like a plural ("settings", "details") stays as it is.
namespace thing::text {
namespace {

using std::string_view;
using Pair = std::pair<string_view, string_view>;

// Whole words.
constexpr std::array kIrregular = std::to_array<Pair>({
    {"ox", "oxen"},
    {"quiz", "quizzes"},
    {"goose", "geese"},
    {"louse", "lice"},
    {"index", "indices"},
    {"matrix", "matrices"},
    {"vertex", "vertices"},
    {"vortex", "vortices"},
    {"appendix", "appendices"},
    {"axis", "axes"},
    {"datum", "data"},
    {"medium", "media"},
    {"bacterium", "bacteria"},
    {"stratum", "strata"},
    {"erratum", "errata"},
    {"addendum", "addenda"},
    {"criterion", "criteria"},
    {"phenomenon", "phenomena"},
    {"curriculum", "curricula"},
    {"memorandum", "memoranda"},
    {"alumnus", "alumni"},
    {"cactus", "cacti"},
    {"focus", "foci"},
    {"fungus", "fungi"},
    {"locus", "loci"},
    {"nucleus", "nuclei"},
    {"radius", "radii"},
    {"stimulus", "stimuli"},
    {"genus", "genera"},
    {"corpus", "corpora"},
});

// Also at the end of compounds: "grandchild", "salesperson", "bookshelf".
constexpr std::array kIrregularEnds = std::to_array<Pair>({
    {"person", "people"}, {"child", "children"}, {"man", "men"},      {"mouse", "mice"},
    {"foot", "feet"},     {"tooth", "teeth"},    {"knife", "knives"}, {"wife", "wives"},
    {"life", "lives"},    {"leaf", "leaves"},    {"loaf", "loaves"},  {"thief", "thieves"},
    {"sheaf", "sheaves"}, {"shelf", "shelves"},  {"self", "selves"},  {"half", "halves"},
    {"calf", "calves"},   {"wolf", "wolves"},    {"elf", "elves"},    {"sis", "ses"},
});

constexpr std::array<string_view, 7> kNotMen = {"human",  "german",   "roman", "ottoman",
                                                "shaman", "talisman", "caiman"};

constexpr std::array<string_view, 38> kUncountable = {
    "advice",    "bison",   "cattle",    "data",         "deer",     "equipment",   "evidence",
    "feedback",  "fish",    "furniture", "headquarters", "homework", "information", "jeans",
    "knowledge", "luggage", "means",     "media",        "metadata", "money",       "moose",
    "music",     "news",    "offspring", "police",       "rice",     "salmon",      "scissors",
    "series",    "sheep",   "shrimp",    "species",      "staff",    "swine",       "traffic",
    "trousers",  "trout",   "weather"};

constexpr std::array<string_view, 4> kUncountableEnds = {"ware", "craft", "fish", "ics"};

// In -s, but not plurals.
constexpr std::array<string_view, 8> kSingularInS = {"alias",  "atlas", "bias", "canvas",
                                                     "cosmos", "gas",   "lens", "summons"};

constexpr std::array<string_view, 15> kOes = {
    "buffalo", "cargo",  "domino",  "echo",    "embargo", "hero",    "mango", "mosquito",
    "potato",  "tomato", "tornado", "torpedo", "veto",    "volcano", "motto"};

// -ch as in "loch".
constexpr std::array<string_view, 7> kHardCh = {"epoch",     "stomach",   "tech", "monarch",
                                                "patriarch", "matriarch", "loch"};

template <class List>
bool contains(const List& list, string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

template <class List>
bool has_end(const List& list, string_view word) {
  return std::any_of(list.begin(), list.end(),
                     [word](string_view end) { return word.ends_with(end); });
}

bool is_vowel(char c) { return string_view("aeiou").find(c) != string_view::npos; }

bool is_plural(string_view word) {
  return word.size() > 2 && word.ends_with('s') &&
         !has_end(std::array<string_view, 3>{"ss", "us", "is"}, word) &&
         !contains(kSingularInS, word);
}

bool takes_es(string_view word) {
  if (word.ends_with("ch")) return !has_end(kHardCh, word);
  return has_end(std::array<string_view, 4>{"s", "x", "z", "sh"}, word) || contains(kOes, word);
}

// "category", "soliloquy"; not "day"
bool takes_ies(string_view word) {
  if (word.size() < 2 || !word.ends_with('y')) return false;
  return !is_vowel(word[word.size() - 2]) || word.ends_with("quy");
}

std::string plural_word(string_view word) {
  if (word.empty() || contains(kUncountable, word) || has_end(kUncountableEnds, word))
    return std::string(word);
  for (const auto& [one, many] : kIrregular) {
    if (word == one) return std::string(many);
  }
  if (is_plural(word)) return std::string(word);
  for (const auto& [one, many] : kIrregularEnds) {
    if (!word.ends_with(one) || contains(kNotMen, word)) continue;
    return std::string(word.substr(0, word.size() - one.size())).append(many);
  }
  if (takes_ies(word)) return std::string(word.substr(0, word.size() - 1)) + "ies";
  return std::string(word) + (takes_es(word) ? "es" : "s");
}

}  // namespace

std::string plural(string_view noun) {
  const size_t last = noun.rfind('_') + 1;  // npos + 1 is 0
  return std::string(noun.substr(0, last)) + plural_word(noun.substr(last));
}

}  // namespace thing::text
