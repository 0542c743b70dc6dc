#include <gtest/gtest.h>

#include "text/names.h"

namespace thing::text {
namespace {

using Cases = std::initializer_list<std::pair<const char*, const char*>>;

void expect_plurals(Cases cases) {
  for (const auto& [one, many] : cases) EXPECT_EQ(plural(one), many) << one;
}

TEST(Plural, AddsAnS) {
  expect_plurals({{"user", "users"},
                  {"post", "posts"},
                  {"house", "houses"},
                  {"cache", "caches"},
                  {"movie", "movies"},
                  {"cookie", "cookies"},
                  {"page", "pages"},
                  {"schema", "schemas"},
                  {"forum", "forums"},
                  {"roof", "roofs"},
                  {"chief", "chiefs"},
                  {"x1", "x1s"}});
}

TEST(Plural, AddsEsBehindASibilant) {
  expect_plurals({{"status", "statuses"},
                  {"bus", "buses"},
                  {"address", "addresses"},
                  {"class", "classes"},
                  {"box", "boxes"},
                  {"tax", "taxes"},
                  {"branch", "branches"},
                  {"dish", "dishes"},
                  {"waltz", "waltzes"},
                  {"alias", "aliases"},
                  {"bias", "biases"},
                  {"lens", "lenses"},
                  {"campus", "campuses"},
                  {"bonus", "bonuses"},
                  {"iris", "irises"},
                  {"match", "matches"}});
}

TEST(Plural, KnowsAHardCh) {
  expect_plurals({{"epoch", "epochs"}, {"stomach", "stomachs"}, {"tech", "techs"}});
}

TEST(Plural, TurnsYBehindAConsonantIntoIes) {
  expect_plurals({{"category", "categories"},
                  {"city", "cities"},
                  {"company", "companies"},
                  {"soliloquy", "soliloquies"},
                  {"query", "queries"},
                  {"day", "days"},
                  {"key", "keys"},
                  {"toy", "toys"},
                  {"guy", "guys"}});
}

TEST(Plural, TurnsFIntoVesWhereEnglishDoes) {
  expect_plurals({{"leaf", "leaves"},
                  {"shelf", "shelves"},
                  {"bookshelf", "bookshelves"},
                  {"wolf", "wolves"},
                  {"knife", "knives"},
                  {"wife", "wives"},
                  {"housewife", "housewives"},
                  {"life", "lives"},
                  {"half", "halves"},
                  {"self", "selves"},
                  {"thief", "thieves"},
                  {"safe", "safes"}});
}

TEST(Plural, KnowsWordsInO) {
  expect_plurals({{"hero", "heroes"},
                  {"potato", "potatoes"},
                  {"echo", "echoes"},
                  {"photo", "photos"},
                  {"video", "videos"},
                  {"studio", "studios"},
                  {"logo", "logos"},
                  {"memo", "memos"}});
}

TEST(Plural, KnowsIrregularNouns) {
  expect_plurals({{"person", "people"},
                  {"child", "children"},
                  {"man", "men"},
                  {"woman", "women"},
                  {"mouse", "mice"},
                  {"goose", "geese"},
                  {"foot", "feet"},
                  {"tooth", "teeth"},
                  {"ox", "oxen"},
                  {"quiz", "quizzes"},
                  {"salesman", "salesmen"},
                  {"salesperson", "salespeople"},
                  {"grandchild", "grandchildren"},
                  {"human", "humans"},
                  {"german", "germans"},
                  {"mongoose", "mongooses"},
                  {"fox", "foxes"}});
}

TEST(Plural, KnowsLatinAndGreek) {
  expect_plurals({{"index", "indices"},
                  {"matrix", "matrices"},
                  {"vertex", "vertices"},
                  {"analysis", "analyses"},
                  {"crisis", "crises"},
                  {"hypothesis", "hypotheses"},
                  {"axis", "axes"},
                  {"criterion", "criteria"},
                  {"phenomenon", "phenomena"},
                  {"datum", "data"},
                  {"medium", "media"},
                  {"radius", "radii"},
                  {"curriculum", "curricula"}});
}

TEST(Plural, LeavesUncountableNouns) {
  for (const char* noun :
       {"sheep",    "equipment", "information", "fish",     "jellyfish",  "series",    "species",
        "news",     "money",     "rice",        "data",     "metadata",   "media",     "software",
        "hardware", "feedback",  "staff",       "aircraft", "statistics", "analytics", "police"}) {
    EXPECT_EQ(plural(noun), noun);
  }
}

TEST(Plural, LeavesPlurals) {
  for (const char* noun :
       {"settings", "details", "users", "photos", "categories", "keys", "schemas"})
    EXPECT_EQ(plural(noun), noun);
}

TEST(Plural, ChangesTheLastWordAlone) {
  expect_plurals({{"order_item", "order_items"},
                  {"user_category", "user_categories"},
                  {"sheep_person", "sheep_people"},
                  {"people_index", "people_indices"},
                  {"user_information", "user_information"},
                  {"_x", "_xes"},
                  {"a_", "a_"},
                  {"", ""}});
}

}  // namespace
}  // namespace thing::text
